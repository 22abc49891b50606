//! A built worker that contradicts its configuration.

use super::{Flaw, Rule};
use crate::lint::built;
use crate::lint::project::{Project, Role};
use crate::lint::script::Value;
use crate::lint::setup::{Setup, Tool, setups};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "config-ignored",
    id: "skips-waiting-anyway",
    summary: "the configuration has `skipWaiting: false`, but the built worker skips waiting",
    explanation: "The option is at a level where it is ignored, or the worker was built before it was set. Visitors \
        get the built worker.",
    fix: "With @ducanh2912/next-pwa, move `skipWaiting` into `workboxOptions`; then build again and check the worker: \
        `self.skipWaiting()` may occur only in a `message` handler.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let setups = setups(project);
    let workers = project.scripts_that_are(&[Role::Built]);
    let contradicting = workers.filter_map(|worker| {
        let at = built::skips_waiting(worker)?;
        let home = project.home(&worker.path);
        let setup = setups.iter().find(|setup| project.home(&setup.script.path) == home && forbids(setup))?;
        let message =
            format!("this worker skips waiting, although {} has `skipWaiting: false`", setup.script.path.display());
        Some(Flaw::new(worker, at, message))
    });
    contradicting.collect()
}

fn forbids(setup: &Setup<'_>) -> bool {
    let is_false = |value: Option<&Value>| value.and_then(Value::truth) == Some(false);
    let builds = matches!(setup.tool, Tool::NextPwa | Tool::OldNextPwa | Tool::GenerateSw | Tool::VitePwa);
    builds && (is_false(setup.generated_option("skipWaiting")) || is_false(setup.get("skipWaiting")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Files;

    const BUILT: &str = "define(['./workbox-1'],function(e){\nself.skipWaiting();e.clientsClaim();e.precacheAndRoute([{url:'/a.js',revision:'1'}],{})});";
    const WAITS: &str = "define(['./workbox-1'],function(e){self.addEventListener('message',(s=>{s.data&&'SKIP_WAITING'===s.data.type&&self.skipWaiting()}));e.precacheAndRoute([{url:'/a.js',revision:'1'}],{})});";

    fn app(options: &str, worker: &str) -> Files {
        let config = format!("import init from '@ducanh2912/next-pwa'; export default init({{ {options} }})({{}});");
        Files::of(&[("package.json", "{}"), ("next.config.mjs", &config), ("public/sw.js", worker)])
    }

    #[test]
    fn a_worker_that_contradicts_is_found() {
        for options in ["skipWaiting: false", "workboxOptions: { skipWaiting: false }"] {
            let found = app(options, BUILT).one(&RULE);
            assert_eq!((found.path.to_str(), found.line), (Some("public/sw.js"), 2));
        }
    }

    #[test]
    fn a_worker_that_waits_or_may_skip_is_not() {
        app("workboxOptions: { skipWaiting: false }", WAITS).none(&RULE);
        app("workboxOptions: { skipWaiting: true }", BUILT).none(&RULE);
        app("dest: 'public'", BUILT).none(&RULE);
    }
}
