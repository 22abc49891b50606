//! A pattern that matches no URL.

use super::pattern_excludes_nothing::patterns;
use super::{Flaw, Rule};
use crate::lint::project::Project;
use crate::lint::route::{Route, routes};
use crate::lint::script::Kind;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "config-ignored",
    id: "pattern-never-matches",
    summary: "a route's pattern matches no URL",
    explanation: "Workbox and Serwist match a regular expression against the whole URL, including `https://…`, and \
        treat a string as one exact URL. A route that never matches has no effect: its requests go to the next route, \
        or to the network.",
    fix: "Match the whole URL (`/\\/api\\//` instead of `/^\\/api\\//`), or use a function: `({ url }) => \
        url.pathname.startsWith('/api/')`.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let never = patterns(project).filter_map(|(route, at, pattern)| {
        let sure = pattern.never_matches()?;
        Some(Flaw::new(route.script, at, "no URL matches this pattern".to_owned()).likely_if(!sure))
    });
    let wild = routes(project).into_iter().filter_map(|route: Route<'_>| {
        let pattern = route.pattern?;
        let Kind::Text(text) = &pattern.kind else { return None };
        let message = format!("`{text}` is treated as one exact URL; its `*` is not a wildcard");
        text.contains('*').then(|| Flaw::new(route.script, pattern.at, message))
    });
    never.chain(wild).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;
    use crate::outcome::Confidence;

    fn route(pattern: &str) -> String {
        format!("import {{ registerRoute }} from 'workbox-routing';\nregisterRoute({pattern}, handler);")
    }

    #[test]
    fn a_path_in_place_of_an_address_is_found() {
        let found = file("sw.js", &route(r"/^\/api\/.*/")).one(&RULE);
        assert_eq!((found.line, found.column, found.confidence), (2, 15, Confidence::Certain));
        file("sw.js", &route("'/api/*'")).one(&RULE);
        file("sw.js", "export default [{ matcher: /^\\/_next\\/static\\//, handler: 'CacheFirst' }]; serwist")
            .one(&RULE);
    }

    #[test]
    fn patterns_that_match_are_not() {
        for pattern in [
            r"/\/api\/.*/",
            "'/api/data'",
            "({ url }) => url.pathname.startsWith('/api/')",
            r"/.(?:js|css)$/",
            r"new RegExp('^\/api')",
        ] {
            file("sw.js", &route(pattern)).none(&RULE);
        }
    }
}
