//! A new worker takes the old release's files away from open tabs.

use super::{Flaw, Rule};
use crate::lint::built;
use crate::lint::name::last;
use crate::lint::project::{Project, Role};
use crate::lint::script::{Kind, Script, Value};
use crate::lint::setup::{Setup, Tool, setups};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "chunk-load-failure",
    id: "skip-waiting",
    summary: "a new worker skips waiting and replaces the precache that open tabs still need",
    explanation: "With `skipWaiting`, the new release's worker takes over at once and removes the old release's files \
        from the precache. Chunks that an open tab has not loaded yet are then neither in the precache nor on the \
        server: a ChunkLoadError.",
    fix: "Let the worker wait: set `skipWaiting: false` (with @ducanh2912/next-pwa inside `workboxOptions`) and offer \
        the update in the page. Or keep the old release's files as long as one of its tabs is open, as \
        `sample-app/variants/proven` does.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let of_setups = setups(project).into_iter().filter_map(|setup| configured(&setup)).collect::<Vec<_>>();
    let of_workers = project.scripts_that_are(&[Role::Worker]).filter_map(written);
    of_setups.into_iter().chain(of_workers).collect()
}

fn configured(setup: &Setup<'_>) -> Option<Flaw> {
    if setup.is_off() || setup.injects() || !setup.precaches() {
        return None;
    }
    let set = setup.generated().and_then(|options| options.entry("skipWaiting"));
    let by_default = matches!(setup.tool, Tool::NextPwa | Tool::OldNextPwa);
    // Files that were never precached cannot be removed from the precache.
    let chosen = ["exclude", "buildExcludes", "manifestTransforms", "chunks", "include"];
    let chooses = chosen.iter().any(|key| setup.generated_option(key).is_some());
    let patterns = setup.get("globPatterns").map(Value::items).unwrap_or_default();
    let some = patterns.iter().any(|pattern| !matches!(&pattern.kind, Kind::Text(text) if text.contains('*')));
    let flaw = match set {
        Some(entry) if setup.generated_option("skipWaiting").and_then(Value::truth) == Some(true) => {
            let message = "`skipWaiting: true` removes the old release's chunks while tabs still need them".to_owned();
            Flaw::new(setup.script, entry.at, message)
        }
        None if by_default && setup.leaves_out("skipWaiting") => {
            let message = "next-pwa skips waiting by default, which removes the old release's chunks while tabs still \
                need them";
            Flaw::new(setup.script, setup.at, message.to_owned())
        }
        _ => return None,
    };
    Some(flaw.likely_if(chooses || some))
}

/// A custom worker with Workbox's precache.
fn written(script: &Script) -> Option<Flaw> {
    let precaches = script.calls.iter().any(|call| {
        last(&call.callee) == "precacheAndRoute"
            && call.args.first().and_then(Value::path).is_some_and(|path| path.ends_with("__WB_MANIFEST"))
    });
    let at = built::skips_waiting(script).filter(|_| precaches)?;
    let message = "`skipWaiting()` removes the old release's chunks while tabs still need them, because Workbox replaces its precache";
    Some(Flaw::new(script, at, message.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;
    use crate::outcome::Confidence;

    fn config(options: &str) -> String {
        format!("const withPWA = require('@ducanh2912/next-pwa').default({options});\nmodule.exports = withPWA({{}});")
    }

    #[test]
    fn next_pwa_skips_waiting_unless_told_otherwise() {
        for options in ["{ dest: 'public' }", "{ workboxOptions: { clientsClaim: true } }", "{ skipWaiting: false }"] {
            let found = file("next.config.js", &config(options)).one(&RULE);
            assert_eq!(found.confidence, Confidence::Certain, "{options}");
        }
        let found = file("next.config.js", &config("{\n workboxOptions: {\n skipWaiting: true } }")).one(&RULE);
        assert_eq!((found.line, found.column), (3, 2));
        let old =
            "const withPWA = require('next-pwa')({ dest: 'public', skipWaiting: true }); module.exports = withPWA({})";
        file("next.config.js", old).one(&RULE);
    }

    #[test]
    fn a_worker_that_waits_is_left_alone() {
        for options in [
            "{ workboxOptions: { skipWaiting: false } }",
            "{ workboxOptions: { skipWaiting: process.env.SKIP === 'yes' } }",
            "{ workboxOptions: { ...shared } }",
            "{ workboxOptions: shared }",
            "{ workboxOptions: { swSrc: 'sw.js' } }",
            "{ disable: true }",
        ] {
            file("next.config.js", &config(options)).none(&RULE);
        }
        let old =
            "const withPWA = require('next-pwa')({ dest: 'public', skipWaiting: false }); module.exports = withPWA({})";
        file("next.config.js", old).none(&RULE);
        let shared = "const shared = { skipWaiting: false };\nmodule.exports = require('@ducanh2912/next-pwa').default({ workboxOptions: shared })({});";
        file("next.config.js", shared).none(&RULE);
    }

    #[test]
    fn a_worker_without_a_precache_takes_nothing_away() {
        let build = |more: &str| {
            format!("import {{ generateSW }} from 'workbox-build'; generateSW({{ skipWaiting: true, {more} }});")
        };
        file("build.mjs", &build("")).none(&RULE);
        file("build.mjs", &build("globDirectory: 'dist'")).one(&RULE);
    }

    #[test]
    fn workers_of_ones_own_are_read_too() {
        let worker = |skip: &str| {
            format!(
                "import {{ precacheAndRoute }} from 'workbox-precaching';\nprecacheAndRoute(self.__WB_MANIFEST);\n{skip}"
            )
        };
        for skip in ["self.addEventListener('install', () => self.skipWaiting());", "self.skipWaiting();"] {
            assert_eq!(file("src/sw.js", &worker(skip)).one(&RULE).line, 3);
        }
        for skip in [
            "self.addEventListener('message', (e) => { if (e.data?.type === 'SKIP_WAITING') self.skipWaiting(); });",
            "self.addEventListener('message', onMessage);\nfunction onMessage(e) { if (e.data === 'go') skip(); }\nfunction skip() { self.skipWaiting(); }",
        ] {
            file("src/sw.js", &worker(skip)).none(&RULE);
        }
        let serwist = |skip: bool| {
            format!(
                "import {{ Serwist }} from 'serwist'; new Serwist({{ precacheEntries: self.__SW_MANIFEST, skipWaiting: {skip} }}).addEventListeners();"
            )
        };
        file("app/sw.ts", &serwist(true)).one(&RULE);
        file("app/sw.ts", &serwist(false)).none(&RULE);
    }
}
