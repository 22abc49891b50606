//! A project as the rules see it: its scripts and other files of matter, read, and the paths of all that is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::finding::Unread;
use super::name::{is_configuration, is_document, is_environment, is_text, last, name};
use super::script::{self, Places, Script, Unreadable, Value};
use super::walk::File;

/// What a script has in it if it is of matter here.
const SIGNS: &[&str] = &[
    "serviceWorker",
    "service-worker",
    "next-pwa",
    "serwist",
    "Serwist",
    "workbox",
    "Workbox",
    "vite-plugin-pwa",
    "skipWaiting",
    "runtimeCaching",
    "urlPattern",
    "lear-site-data",
    "lear-Site-Data",
    "caches.",
    "cacheWillUpdate",
    "postMessage",
    "registration.unregister",
    "location.reload",
    "process.env",
];

/// What a script is, seen from the service worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A worker that somebody wrote.
    Worker,
    /// A worker that a tool made.
    Built,
    /// Configuration, or a script that builds.
    Build,
    /// Code of the app: in the page or on the server.
    App,
}

/// A project.
#[derive(Debug, Default)]
pub struct Project {
    /// Scripts of matter, with what they are.
    pub scripts: Vec<(Role, Script)>,
    /// Files that are JSON: `package.json` and `vercel.json`.
    pub documents: Vec<Document>,
    /// Files of servers: `_headers`, `netlify.toml`, nginx, `.env`.
    pub texts: Vec<TextFile>,
    /// Every path that is there, those of builds too.
    pub paths: BTreeSet<PathBuf>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    sources: Vec<(PathBuf, String)>,
}

/// A JSON document.
#[derive(Debug)]
pub struct Document {
    /// Its path.
    pub path: PathBuf,
    /// What it says.
    pub value: Value,
    /// Where its lines begin.
    pub places: Places,
}

/// A file that is not a script.
#[derive(Debug)]
pub struct TextFile {
    /// Its path.
    pub path: PathBuf,
    /// What it says, and where its lines begin.
    pub places: Places,
}

impl Project {
    /// Reads files.
    #[must_use]
    pub fn of(files: Vec<File>, paths: BTreeSet<PathBuf>) -> Self {
        let mut project = Self { paths, ..Self::default() };
        for File { path, text, built } in files {
            project.paths.insert(path.clone());
            if is_document(&path) {
                project.document(path, &text);
            } else if is_text(&path) {
                if is_configuration(&path) && !text.contains("location") && !text.contains("add_header") {
                    continue;
                }
                project.texts.push(TextFile { path, places: Places::of(&text) });
            } else if built || is_of_matter(&path, &text) {
                project.script(path, text, built);
            } else {
                project.sources.push((path, text));
            }
        }
        project
    }

    fn document(&mut self, path: PathBuf, text: &str) {
        match script::json(text) {
            Ok(value) => self.documents.push(Document { path, value, places: Places::of(text) }),
            Err(error) => self.unreadable(path, error),
        }
    }

    fn script(&mut self, path: PathBuf, text: String, built: bool) {
        match script::read(&path, &text) {
            Ok(script) => {
                self.scripts.push((role(&script, built), script));
                self.sources.push((path, text));
            }
            Err(error) => self.unreadable(path, error),
        }
    }

    fn unreadable(&mut self, path: PathBuf, Unreadable { line, column, reason }: Unreadable) {
        self.unread.push(Unread { path, line, column, reason });
    }

    /// The scripts of some roles.
    pub fn scripts_that_are<'a>(&'a self, roles: &'a [Role]) -> impl Iterator<Item = &'a Script> {
        self.scripts.iter().filter(|(role, _)| roles.contains(role)).map(|(_, script)| script)
    }

    /// The directory of the nearest `package.json` above a file; the root without one.
    #[must_use]
    pub fn home<'a>(&self, path: &'a Path) -> &'a Path {
        let mut above = path.ancestors().skip(1);
        above.find(|dir| self.paths.contains(&dir.join("package.json"))).unwrap_or(Path::new(""))
    }

    /// What a `package.json` says about the project of a file.
    #[must_use]
    pub fn package(&self, path: &Path) -> Option<&Document> {
        let wanted = self.home(path).join("package.json");
        self.documents.iter().find(|document| document.path == wanted)
    }

    /// The major version of a package that the project of a file depends on, as far as its range says one.
    #[must_use]
    pub fn major(&self, path: &Path, package: &str) -> Option<u32> {
        let manifest = &self.package(path)?.value;
        let lists = ["dependencies", "devDependencies", "peerDependencies"];
        let range = lists.iter().find_map(|list| manifest.get(list)?.get(package)?.text())?;
        let digits = range.trim_start_matches(['^', '~', '=', 'v', '>', ' ']);
        digits.split(['.', '-', ' ']).next()?.parse().ok()
    }

    /// Whether any source, of matter or not, has a text in it, other than a file itself.
    #[must_use]
    pub fn is_said_elsewhere(&self, text: &str, than: &Path) -> bool {
        self.sources.iter().any(|(path, source)| path != than && source.contains(text))
    }

    /// Whether the code of pages is in sight, as it is not where only a build lies.
    #[must_use]
    pub fn shows_pages(&self) -> bool {
        let is_page = |path: &Path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("tsx" | "jsx" | "html" | "vue" | "svelte"))
        };
        self.scripts_that_are(&[Role::App]).next().is_some() || self.sources.iter().any(|(path, _)| is_page(path))
    }

    /// Whether a name is set in the environment by some file of the project: `.env`, a workflow, a script.
    #[must_use]
    pub fn sets_variable(&self, name: &str) -> bool {
        let assigns = |text: &str| {
            text.match_indices(name).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + name.len()..].trim_start_matches(['"', '\'', '`', ']']).trim_start();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.')
                    && (after.starts_with('=') && !after.starts_with("==") || after.starts_with(':'))
            })
        };
        self.texts.iter().any(|file| assigns(file.places.text()))
            || self.sources.iter().any(|(_, text)| assigns(text) || sets_by_member(text, name))
            || self.documents.iter().any(|document| assigns(document.places.text()))
    }

    /// The files that were looked into; none if none of them has to do with workers or with how they are served.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let scripts = self.scripts.iter().map(|(_, script)| &script.path);
        let documents = self.documents.iter().map(|document| &document.path);
        let texts = self.texts.iter().map(|file| &file.path).filter(|path| !is_environment(path));
        let of_matter = self.scripts.iter().any(|(role, script)| {
            let text = script.places.text();
            is_next_config(&script.path) || *role == Role::Worker || *role == Role::Built || says_much(text)
        });
        let served = documents.clone().any(|path| name(path) == "vercel.json") || texts.clone().next().is_some();
        let mut files: Vec<PathBuf> = scripts.chain(documents).chain(texts).cloned().collect();
        files.sort();
        if of_matter || served { files } else { Vec::new() }
    }
}

/// Whether a script has to do with workers: not all that may be of matter does.
fn says_much(text: &str) -> bool {
    let weak = ["postMessage", "process.env", "location.reload", "service-worker", "urlPattern"];
    SIGNS.iter().any(|sign| !weak.contains(sign) && text.contains(sign))
}

/// As in `process.env.NAME = …`.
fn sets_by_member(text: &str, name: &str) -> bool {
    let written = format!("env.{name}");
    text.match_indices(&written).any(|(at, found)| {
        let after = text[at + found.len()..].trim_start();
        after.starts_with("??=") || after.starts_with("||=") || after.starts_with('=') && !after.starts_with("==")
    })
}

/// Whether a file is the configuration of Next.
pub(super) fn is_next_config(path: &Path) -> bool {
    name(path).starts_with("next.config.")
}

fn is_of_matter(path: &Path, text: &str) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let is_script = matches!(extension, Some("js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx"));
    is_script
        && !name(path).ends_with(".d.ts")
        && (is_next_config(path) || SIGNS.iter().any(|sign| text.contains(sign)))
}

fn role(script: &Script, built: bool) -> Role {
    let listens = |event: &str| {
        let to = |call: &&script::Call| call.callee == "addEventListener" && call.within == 0;
        script.calls.iter().filter(to).any(|call| call.args.first().and_then(Value::text) == Some(event))
    };
    let sets = |name: &str| script.assignments.iter().any(|set| set.target == name);
    let in_page = script.mentions(|path| path == "document" || path == "localStorage" || path.starts_with("document."));
    let manifest = script.mentions(|path| path == "__WB_MANIFEST" || path == "__SW_MANIFEST");
    let precaches = script.calls.iter().any(|call| matches!(last(&call.callee), "precacheAndRoute" | "Serwist"));
    let worker = ["install", "activate", "fetch"].iter().any(|event| listens(event) || sets(&format!("on{event}")));
    // The loader that tools put before a worker knows of `document`, so this comes first.
    if (built || worker || manifest || precaches) && is_generated(script) {
        Role::Built
    } else if (worker || manifest || precaches) && !in_page {
        Role::Worker
    } else if builds(script) {
        Role::Build
    } else {
        Role::App
    }
}

/// Whether a tool has written the list of files into the worker, and its libraries with it.
fn is_generated(script: &Script) -> bool {
    let marked = script.texts.iter().any(|(text, _)| text.starts_with("workbox:") || text.starts_with("./workbox-"));
    marked || script.places.text().contains("__SERWIST_") || !super::built::manifest(script).is_empty()
}

fn builds(script: &Script) -> bool {
    let path = &script.path;
    is_next_config(path)
        || name(path).contains(".config.")
        || script.imports.iter().any(|import| import.module.starts_with("node:") || import.module == "fs")
        || ["next-pwa", "@ducanh2912/next-pwa", "workbox-build", "workbox-webpack-plugin"]
            .iter()
            .any(|module| script.imports_from(module))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Files;

    fn role_of(text: &str) -> Role {
        Files::of(&[("public/a.js", text)]).project().scripts[0].0
    }

    #[test]
    fn scripts_are_known_by_what_they_do() {
        assert_eq!(role_of("self.addEventListener('fetch', () => {}); caches.open('a')"), Role::Worker);
        assert_eq!(role_of("self.onfetch = () => caches.match('a')"), Role::Worker);
        assert_eq!(
            role_of("import { Serwist } from 'serwist'; new Serwist({ precacheEntries: self.__SW_MANIFEST })"),
            Role::Worker
        );
        assert_eq!(role_of("workbox.precaching.precacheAndRoute([{ url: '/a.js', revision: 'x' }])"), Role::Built);
        let loader = "if(!self.define){let e={};self.define=()=>{'document'in self?document.head.append(1):importScripts('x')}}\n\
            define(['./workbox-7ba8c57b'],(function(a){'use strict';self.skipWaiting(),a.precacheAndRoute([{url:'/a.js',revision:'1'}],{})}));";
        assert_eq!(role_of(loader), Role::Built);
        assert_eq!(role_of("navigator.serviceWorker.register('/sw.js')"), Role::App);
        assert_eq!(role_of("import { generateSW } from 'workbox-build'"), Role::Build);
    }

    #[test]
    fn versions_are_those_of_the_nearest_package() {
        let files = Files::of(&[
            ("package.json", r#"{"dependencies":{"next":"15.1.0"}}"#),
            ("web/package.json", r#"{"devDependencies":{"next":"^16.0.1","next-pwa":"latest"}}"#),
        ]);
        let project = files.project();
        assert_eq!(project.major(Path::new("web/app/page.tsx"), "next"), Some(16));
        assert_eq!(project.major(Path::new("next.config.js"), "next"), Some(15));
        assert_eq!(project.major(Path::new("web/a.js"), "next-pwa"), None);
    }

    #[test]
    fn variables_are_set_in_many_ways() {
        let set = |path, text| Files::of(&[(path, text)]).project().sets_variable("APP_VERSION");
        assert!(set(".env.production", "APP_VERSION=1"));
        assert!(set("Dockerfile", "ENV APP_VERSION=1"));
        assert!(set("next.config.js", "module.exports = { env: { APP_VERSION: '1' } }"));
        assert!(set("scripts/build.js", "process.env.APP_VERSION ??= commit()"));
        assert!(set("package.json", r#"{"scripts":{"build":"APP_VERSION=1 next build"}}"#));
        assert!(!set("a.ts", "if (process.env.APP_VERSION === 'x' || process.env.APP_VERSION == y) location.reload()"));
        assert!(!set("a.ts", "const v = process.env.MY_APP_VERSION; caches.keys()"));
    }
}
