//! A built worker precaches files that are not in the build.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::{Flaw, Rule};
use crate::lint::built::{self, Precached};
use crate::lint::pages;
use crate::lint::project::{Project, Role};
use crate::lint::script::Script;
use crate::lint::walk;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "install-failed",
    id: "missing-file",
    summary: "a built worker precaches files that are not in the build",
    explanation: "While it installs, the worker requests every file in its precache list. If the server does not have \
        one of them, the installation fails for every visitor.",
    fix: "Build the worker after the app, in the same build, and deploy both together; do not commit a built worker.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    project.scripts_that_are(&[Role::Built]).filter_map(|worker| flaw(project, worker)).collect()
}

fn flaw(project: &Project, worker: &Script) -> Option<Flaw> {
    let listed = built::manifest(worker);
    let dir = worker.path.parent()?;
    let missing: Vec<&Precached> = if walk::is_built(&worker.path) {
        listed.iter().filter(|file| !in_export(project, dir, &file.url)).collect()
    } else {
        let home = project.home(&worker.path);
        let is_built = project.paths.contains(&home.join(".next/BUILD_ID"));
        listed.iter().filter(|file| is_built && is_missing_of_next(project, home, &file.url)).collect()
    };
    let first = missing.first()?;
    let (count, all) = (missing.len(), listed.len());
    let message = format!("{count} of {all} precached files are not in the build, for example {}", first.url);
    // The worker may belong to a different build.
    Some(Flaw::new(worker, first.at, message).likely())
}

fn in_export(project: &Project, dir: &Path, url: &str) -> bool {
    let Some(path) = own_path(url) else { return true };
    let has = |path: String| project.paths.contains(&dir.join(path));
    has(path.clone())
        || has(format!("{path}.html"))
        || has(format!("{path}/index.html"))
        || path.is_empty() && has("index.html".to_owned())
}

fn is_missing_of_next(project: &Project, home: &Path, url: &str) -> bool {
    let Some(path) = own_path(url) else { return false };
    if let Some((_, file)) = path.split_once("_next/static/") {
        return !project.paths.contains(&home.join(".next/static").join(file));
    }
    let is_public = project.paths.contains(&home.join("public").join(PathBuf::from(&path)));
    !is_public
        && !path.starts_with("_next/")
        && pages::exists(project, home, &format!("/{path}")) == Some(false)
        && !path.contains('.')
}

/// The path of a URL of the worker's own origin, without the leading slash.
fn own_path(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let is_other = path.contains("://") || path.starts_with("//");
    let path = percent_decode_str(path).decode_utf8_lossy();
    (!is_other).then(|| path.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Files;

    fn worker(urls: &[&str]) -> String {
        let entries: Vec<String> = urls.iter().map(|url| format!("{{url:'{url}',revision:null}}")).collect();
        format!(
            "define(['./workbox-1'],function(e){{self.skipWaiting();\ne.precacheAndRoute([{}],{{}})}});",
            entries.join(",")
        )
    }

    fn next(urls: &[&str]) -> Files {
        Files::of(&[
            ("package.json", "{}"),
            ("app/page.tsx", ""),
            (".next/BUILD_ID", "x"),
            (".next/static/chunks/app/[slug]/a.js", ""),
            ("public/icon.png", ""),
            ("public/sw.js", &worker(urls)),
        ])
    }

    #[test]
    fn a_chunk_of_another_build_is_found() {
        let found =
            next(&["/_next/static/chunks/app/%5Bslug%5D/a.js", "/_next/static/chunks/b.js", "/gone"]).one(&RULE);
        assert!(found.message.contains("2 of 3") && found.message.contains("chunks/b.js"), "{}", found.message);
        assert_eq!(found.line, 2);
    }

    #[test]
    fn what_is_in_the_build_is_not() {
        next(&["/_next/static/chunks/app/[slug]/a.js", "/icon.png", "/", "https://cdn.example/x.js"]).none(&RULE);
        let unbuilt = Files::of(&[
            ("package.json", "{}"),
            ("app/page.tsx", ""),
            ("public/sw.js", &worker(&["/_next/static/b.js"])),
        ]);
        unbuilt.none(&RULE);
    }

    #[test]
    fn an_export_is_looked_through_beside_its_worker() {
        let export = |urls: &[&str]| {
            Files::of(&[("dist/index.html", ""), ("dist/assets/a.js", ""), ("dist/sw.js", &worker(urls))])
        };
        export(&["index.html", "/assets/a.js", "/"]).none(&RULE);
        export(&["assets/gone.js"]).one(&RULE);
    }
}
