//! A page is to be precached that the app does not have.

use super::{Flaw, Rule};
use crate::lint::name::last;
use crate::lint::pages;
use crate::lint::project::{Project, Role};
use crate::lint::script::{Script, Value};
use crate::lint::setup::{Tool, setups};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "install-failed",
    id: "missing-page",
    summary: "a page is to be precached that the app does not have",
    explanation: "The worker asks for the page while it installs. The server answers 404, precaching rejects that, and \
        the whole worker is thrown away: no visitor ever gets it.",
    fix: "Add the page to the app, or name one that exists.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for setup in setups(project) {
        let mut named = Vec::new();
        if matches!(setup.tool, Tool::NextPwa | Tool::OldNextPwa) {
            let fallback = setup.options.and_then(|options| options.get("fallbacks"));
            named.extend(fallback.and_then(|fallback| setup.script.resolve(fallback).get("document")));
            named.extend(setup.options.and_then(|options| options.get("dynamicStartUrlRedirect")));
        }
        let inner = setup.generated().filter(|inner| setup.options.is_none_or(|own| !std::ptr::eq(own, *inner)));
        for level in setup.options.into_iter().chain(inner) {
            for key in ["additionalManifestEntries", "additionalPrecacheEntries"] {
                let entries = setup.script.get(level, key).map(Value::items).unwrap_or_default();
                named.extend(entries.iter().map(|entry| entry.get("url").unwrap_or(entry)));
            }
            let fallbacks = setup.script.get(level, "fallbacks").and_then(|all| setup.script.get(all, "entries"));
            named.extend(fallbacks.map(Value::items).unwrap_or_default().iter().filter_map(|entry| entry.get("url")));
        }
        flaws.extend(named.into_iter().filter_map(|url| flaw(project, setup.script, url)));
    }
    for worker in project.scripts_that_are(&[Role::Worker]) {
        let adds = worker.calls.iter().filter(|call| matches!(last(&call.callee), "addAll" | "add"));
        let listed = adds.filter_map(|call| call.args.first()).map(|arg| worker.resolve(arg));
        let urls =
            listed.flat_map(|value| if value.items().is_empty() { std::slice::from_ref(value) } else { value.items() });
        flaws.extend(urls.filter_map(|url| flaw(project, worker, url)));
    }
    flaws
}

fn flaw(project: &Project, script: &Script, value: &Value) -> Option<Flaw> {
    let url = script.resolve(value).text()?;
    let file = url.rsplit('/').next().unwrap_or(url);
    // Files other than pages may be made by the build.
    let is_page = url.starts_with('/') && (!file.contains('.') || file.ends_with(".html"));
    let missing = is_page && pages::exists(project, project.home(&script.path), url) == Some(false);
    missing.then(|| Flaw::new(script, value.at, format!("the app has no page for `{url}`, which the worker precaches")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Files;

    fn app(path: &str, text: &str) -> Files {
        Files::of(&[("package.json", "{}"), ("app/page.tsx", ""), (path, text)])
    }

    const NEXT_PWA: &str =
        "import init from '@ducanh2912/next-pwa';\nexport default init({ fallbacks: { document: '/offline' } })({});";

    #[test]
    fn a_fallback_without_a_page_is_found() {
        let found = app("next.config.mjs", NEXT_PWA).one(&RULE);
        assert_eq!((found.line, found.column), (2, 46));
        let serwist = "import init from '@serwist/next'; export default init({ additionalPrecacheEntries: [{ url: '/~offline', revision: 'x' }] })({});";
        app("next.config.mjs", serwist).one(&RULE);
        let injected =
            "import { injectManifest } from 'workbox-build'; injectManifest({ additionalManifestEntries: ['/gone'] });";
        app("worker/build.mjs", injected).one(&RULE);
        let worker = "const FILES = ['/', '/gone'];\nself.addEventListener('install', (e) => e.waitUntil(caches.open('a').then((c) => c.addAll(FILES))));";
        assert_eq!(app("public/sw.js", worker).one(&RULE).line, 1);
        let worker = "import { Serwist } from 'serwist'; new Serwist({ precacheEntries: self.__SW_MANIFEST, fallbacks: { entries: [{ url: '/gone', matcher: () => true }] } })";
        app("app/sw.ts", worker).one(&RULE);
    }

    #[test]
    fn pages_that_exist_or_may_exist_are_not() {
        app("next.config.mjs", NEXT_PWA).with("app/offline/page.tsx", "").none(&RULE);
        app("next.config.mjs", NEXT_PWA).with("app/[slug]/page.tsx", "").none(&RULE);
        app("next.config.mjs", &NEXT_PWA.replace("})({})", "})({ basePath: '/x' })")).none(&RULE);
        Files::of(&[("next.config.mjs", NEXT_PWA)]).none(&RULE);
        let worker = "self.addEventListener('install', (e) => e.waitUntil(caches.open('a').then((c) => c.addAll(['/', '/icon.png']))));";
        app("public/sw.js", worker).none(&RULE);
    }
}
