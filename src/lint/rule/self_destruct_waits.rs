//! A self-destroying worker that waits behind the worker that it should replace.

use super::{Flaw, Rule};
use crate::lint::name::last;
use crate::lint::project::{Project, Role};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "stuck-waiting",
    id: "self-destruct-waits",
    summary: "a self-destroying worker never skips waiting",
    explanation: "The new worker waits until every tab of the old one is closed. A waiting worker receives neither \
        fetch events nor messages to the controller, so a worker that should replace a broken one does nothing while \
        the broken one stays in control.",
    fix: "Take over at once: `self.addEventListener('install', () => self.skipWaiting())`.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let workers = project.scripts_that_are(&[Role::Worker]);
    let ending = workers.filter_map(|script| {
        let end = script.calls.iter().find(|call| call.callee == "registration.unregister")?;
        let skips =
            script.mentions(|path| last(path) == "skipWaiting") || script.mentions(|path| path == "importScripts");
        let message =
            "this worker unregisters itself, but stays in the waiting state until all tabs of the old one are closed";
        (!skips).then(|| Flaw::new(script, end.at, message.to_owned()))
    });
    ending.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    const WORKER: &str = "self.addEventListener('activate', (e) => e.waitUntil(end()));\nasync function end() {\n  await self.registration.unregister();\n}";

    #[test]
    fn a_tombstone_that_waits_is_found() {
        assert_eq!(file("public/sw.js", WORKER).one(&RULE).line, 3);
    }

    #[test]
    fn one_that_takes_over_is_not() {
        let skips = format!("self.addEventListener('install', () => self.skipWaiting());\n{WORKER}");
        file("public/sw.js", &skips).none(&RULE);
        file("public/sw.js", "self.addEventListener('fetch', (e) => e.respondWith(caches.match(e.request)));")
            .none(&RULE);
        file("app/end.ts", "document.title; const r = await navigator.serviceWorker.ready; r.unregister();")
            .none(&RULE);
    }
}
