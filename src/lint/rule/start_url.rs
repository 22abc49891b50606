//! next-pwa's own route for the start page.

use super::{Flaw, Rule};
use crate::lint::project::Project;
use crate::lint::script::Value;
use crate::lint::setup::{Setup, Tool, setups};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "cached-error",
    id: "start-url-route",
    summary: "next-pwa's route for the start page caches responses of any status",
    explanation: "Unless `dynamicStartUrl` is false, next-pwa adds a route for `/` before all others, with a plugin \
        that accepts every response: if `/` responds with a 502 once, offline visitors get that 502 page from then on. \
        `cacheStartUrl: false` alone does not remove the route.",
    fix: "Set `dynamicStartUrl: false` (with `cacheStartUrl: false` if `/` differs between visitors), and add your own \
        route for pages with `cacheableResponse: { statuses: [200] }`.",
    severity: Severity::Fatal,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    setups(project).iter().filter_map(flaw).collect()
}

fn flaw(setup: &Setup<'_>) -> Option<Flaw> {
    let is_plugin = matches!(setup.tool, Tool::NextPwa | Tool::OldNextPwa);
    if !is_plugin || setup.is_off() || setup.injects() || !setup.is_on("dynamicStartUrl") {
        return None;
    }
    let alone = setup.options.and_then(|options| options.entry("cacheStartUrl"));
    let alone = alone.filter(|_| setup.get("cacheStartUrl").and_then(Value::truth) == Some(false));
    Some(match alone {
        Some(entry) => {
            let message = "`cacheStartUrl: false` does not remove next-pwa's route for `/`, which caches responses of \
                any status; only `dynamicStartUrl: false` does";
            Flaw::new(setup.script, entry.at, message.to_owned())
        }
        None => {
            let message = "next-pwa adds a route for `/` that caches responses of any status";
            Flaw::new(setup.script, setup.at, message.to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn config(options: &str) -> String {
        format!(
            "import withPWAInit from '@ducanh2912/next-pwa';\nconst withPWA = withPWAInit({options});\nexport default withPWA({{}});"
        )
    }

    #[test]
    fn the_route_is_there_by_default() {
        for options in ["{ dest: 'public' }", "", "{ dynamicStartUrl: true }"] {
            assert_eq!(file("next.config.mjs", &config(options)).one(&RULE).line, 2, "{options}");
        }
        let old =
            "module.exports = require('next-pwa')({ dest: 'public', skipWaiting: true })({ reactStrictMode: true })";
        file("next.config.js", old).one(&RULE);
    }

    #[test]
    fn one_of_the_two_options_is_not_enough() {
        let found = file("next.config.mjs", &config("{\n  cacheStartUrl: false,\n}")).one(&RULE);
        assert_eq!((found.line, found.column), (3, 3));
        assert!(found.message.contains("only `dynamicStartUrl: false`"), "{}", found.message);
    }

    #[test]
    fn without_the_route_nothing_is_said() {
        for options in [
            "{ cacheStartUrl: false, dynamicStartUrl: false }",
            "{ dynamicStartUrl: false }",
            "{ disable: true }",
            "{ ...shared }",
            "options",
            "{ workboxOptions: { swSrc: 'sw.js' } }",
        ] {
            file("next.config.mjs", &config(options)).none(&RULE);
        }
        file("next.config.mjs", "import withSerwist from '@serwist/next'; export default withSerwist({})({});")
            .none(&RULE);
    }
}
