//! A page deletes every cache, including the precache of its worker.

use super::{Flaw, Rule};
use crate::lint::name::last;
use crate::lint::project::{Project, Role};
use crate::lint::script::{Call, Script};
use crate::lint::setup::setups;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "offline-broken",
    id: "cache-clearing",
    summary: "a page deletes all caches but keeps the worker that needs them",
    explanation: "A worker fills its precache only while it installs. When a page deletes all caches, the current \
        worker loses its precache and the app no longer works offline.",
    fix: "Leave the precache to the worker (skip names that contain `-precache-`), clean up in the worker's `activate` \
        event, or unregister the worker when you delete its caches.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let has_worker =
        !setups(project).is_empty() || project.scripts_that_are(&[Role::Worker, Role::Built]).next().is_some();
    let pages = project.scripts_that_are(&[Role::App]);
    pages.flat_map(in_script).filter(|_| has_worker).collect()
}

fn in_script(script: &Script) -> Vec<Flaw> {
    let deletes = script.calls.iter().filter(|call| call.callee == "caches.delete" && takes_all(script, call));
    let message = "this also deletes the worker's precache";
    deletes.map(|call| Flaw::new(script, call.at, message.to_owned())).collect()
}

/// Whether a call deletes everything that `caches.keys()` returns, and the worker stays registered.
fn takes_all(script: &Script, delete: &Call) -> bool {
    let unit = script.unit(delete.within);
    let calls = |is: &dyn Fn(&Call) -> bool| script.calls_in(unit).any(is);
    let Some(name) = delete.args.first().and_then(|arg| arg.path()) else { return false };
    // A condition on the name selects only some caches.
    let chosen = delete.guards.iter().any(|guard| {
        let span = script.conditions[*guard].span;
        script.mentions_between(span, |path| path == name || path.starts_with(&format!("{name}.")))
    });
    let keys = calls(&|call| call.callee == "caches.keys");
    let filters = calls(&|call| last(&call.callee) == "filter");
    let ends = calls(&|call| last(&call.callee) == "unregister");
    keys && !filters && !chosen && !ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Files, file};

    fn app(page: &str) -> Files {
        file("app/pwa.tsx", page)
            .with("next.config.mjs", "import init from '@ducanh2912/next-pwa'; export default init({})({});")
    }

    #[test]
    fn a_page_that_deletes_all_is_found() {
        for page in [
            "'use client'; async function f() { const names = await caches.keys();\nawait Promise.all(names.map((name) => caches.delete(name))); }",
            "caches.keys().then((names) => Promise.all(names.map((n) => {\nreturn window.caches.delete(n); })));",
            "async function f() { if (!('caches' in window)) return; for (const name of await caches.keys())\nawait caches.delete(name); }",
        ] {
            assert_eq!(app(page).one(&RULE).line, 2, "{page}");
        }
    }

    #[test]
    fn a_page_that_chooses_or_ends_the_worker_is_not() {
        for page in [
            "async function f() { const names = (await caches.keys()).filter((n) => !n.includes('-precache-')); names.map((n) => caches.delete(n)); }",
            "async function f() { for (const n of await caches.keys()) if (n.startsWith('old-')) await caches.delete(n); }",
            "async function f() { for (const r of await navigator.serviceWorker.getRegistrations()) await r.unregister(); for (const n of await caches.keys()) await caches.delete(n); }",
            "async function f() { await caches.keys(); await caches.delete('pages'); }",
        ] {
            app(page).none(&RULE);
        }
        file("app/pwa.tsx", "async function f() { for (const n of await caches.keys()) caches.delete(n); }")
            .none(&RULE);
        app("").with("public/w.js", "self.addEventListener('activate', async () => { for (const n of await caches.keys()) await caches.delete(n); });").none(&RULE);
    }
}
