//! Pages of one release with the assets of another.

use super::{Flaw, Rule};
use crate::lint::name::last;
use crate::lint::pattern::Pattern;
use crate::lint::project::Project;
use crate::lint::route::{Route, routes};
use crate::lint::script::Kind;
use crate::lint::setup;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "mixed-release",
    id: "network-timeout",
    summary: "slow pages come from a cache that can hold any release, next to the new release's precache",
    explanation: "If the server takes longer than `networkTimeoutSeconds`, the visitor gets the page that was cached \
        last, possibly from the previous release. Its scripts are no longer on the server, nor in the precache, which \
        the new worker has replaced.",
    fix: "Do not set `networkTimeoutSeconds` for pages, or precache the pages and assets of a release together.",
    severity: Severity::Note,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let of_pages =
        routes(project).into_iter().filter(|route| route.strategy == Some("NetworkFirst") && is_of_pages(route));
    let timed = of_pages.filter_map(|route| {
        let options = route.options?;
        let entry = options.entry("networkTimeoutSeconds").filter(|entry| entry.value.path() != Some("undefined"))?;
        let precaches = setup::of_script(route.script).any(|setup| setup.precaches() && !setup.is_off())
            || route.script.calls.iter().any(|call| last(&call.callee) == "precacheAndRoute");
        let message =
            "a page that takes longer than this comes from the cache, possibly from the previous release".to_owned();
        precaches.then(|| Flaw::new(route.script, entry.at, message).likely())
    });
    timed.collect()
}

fn is_of_pages(route: &Route<'_>) -> bool {
    match route.pattern.map(|pattern| &pattern.kind) {
        Some(Kind::Regex { pattern, flags }) => {
            Pattern::new(pattern, flags).is_some_and(|pattern| pattern.takes_pages())
        }
        _ => route.asks_for(&["navigate", "document"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn config(pattern: &str, options: &str) -> String {
        format!(
            "import init from '@ducanh2912/next-pwa';\nexport default init({{ workboxOptions: {{ runtimeCaching: [{{\nurlPattern: {pattern}, handler: 'NetworkFirst', options: {{ {options} }} }}] }} }})({{}});"
        )
    }

    #[test]
    fn a_timeout_for_pages_is_found() {
        for pattern in
            [r"/^https:\/\/[^/]+\/?(?!api|_next).*/", "({ request }) => request.mode === 'navigate'", "/.*/i"]
        {
            assert_eq!(
                file("next.config.mjs", &config(pattern, "networkTimeoutSeconds: 3")).one(&RULE).line,
                3,
                "{pattern}"
            );
        }
    }

    #[test]
    fn other_routes_and_no_timeout_are_not() {
        file("next.config.mjs", &config("/.*/i", "cacheName: 'pages'")).none(&RULE);
        file("next.config.mjs", &config(r"/\/api\//", "networkTimeoutSeconds: 3")).none(&RULE);
        file("next.config.mjs", &config(r"/\/_next\/static\/chunks\/.+\.js$/", "networkTimeoutSeconds: 3")).none(&RULE);
        let bare = "import { generateSW } from 'workbox-build'; generateSW({ runtimeCaching: [{ urlPattern: /.*/, handler: 'NetworkFirst', options: { networkTimeoutSeconds: 3 } }] });";
        file("build.mjs", bare).none(&RULE);
    }
}
