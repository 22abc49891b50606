//! A worker that is to end itself, but waits behind the one that it is to end.

use super::{Flaw, Rule};
use crate::lint::name::last;
use crate::lint::project::{Project, Role};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "stuck-waiting",
    id: "self-destruct-waits",
    summary: "a worker that ends itself never skips waiting",
    explanation: "The new worker waits until every tab of the old one is closed. As long as it waits it gets no fetch \
        and no message, so a worker that is meant to end a bad one does nothing while the bad one goes on.",
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
        let message = "this worker unregisters itself, but waits behind the old one until all tabs are closed";
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
