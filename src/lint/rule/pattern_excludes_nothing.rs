//! A pattern whose lookahead excludes nothing.

use super::{Flaw, Rule};
use crate::lint::pattern::Pattern;
use crate::lint::project::Project;
use crate::lint::route::{Route, routes};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "config-ignored",
    id: "pattern-excludes-nothing",
    summary: "the `(?!…)` in a route's pattern does not exclude what it names",
    explanation: "A lookahead constrains one position only. If the pattern can skip an optional part before it, or \
        start elsewhere, it finds a position where the lookahead holds, and matches URLs that it should exclude: for \
        example, API responses end up in the page cache.",
    fix: "Put nothing optional before the lookahead and begin the pattern with `^`, or use a function: `({ url, \
        sameOrigin }) => sameOrigin && !url.pathname.startsWith('/api/')`.",
    severity: Severity::Error,
    judge: |project| patterns(project).flat_map(|(route, at, pattern)| found(&route, at, &pattern)).collect(),
};

/// The patterns of all routes that can be evaluated, with their positions.
pub(super) fn patterns(project: &Project) -> impl Iterator<Item = (Route<'_>, usize, Pattern)> {
    routes(project).into_iter().filter_map(|route| {
        let (pattern, flags) = route.regex()?;
        let at = route.pattern?.at;
        let pattern = Pattern::new(pattern, flags)?;
        Some((route, at, pattern))
    })
}

fn found(route: &Route<'_>, at: usize, pattern: &Pattern) -> Vec<Flaw> {
    let idle = pattern.idle_exclusions().into_iter();
    let told = idle.map(|(exclusion, url, all)| {
        let source = &exclusion.source;
        let what = if all { "does not exclude what it names" } else { "does not exclude everything that it names" };
        Flaw::new(route.script, at, format!("`{source}` {what}: {url} matches")).likely_if(!all)
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn route(pattern: &str) -> String {
        format!("export default [{{\nurlPattern: {pattern}, handler: 'NetworkFirst' }}];")
    }

    #[test]
    fn an_optional_slash_is_given_up() {
        let found = file("caching.js", &route(r"/^https:\/\/[^/]+\/?(?!api|_next).*/")).one(&RULE);
        assert_eq!((found.line, found.column), (2, 13));
        assert!(found.message.contains("https://a/api/x matches"), "{}", found.message);
    }

    #[test]
    fn a_slash_that_must_be_there_holds() {
        file("caching.js", &route(r"/^https:\/\/[^/]+\/(?!api|_next).*/")).none(&RULE);
        file("caching.js", "export const config = { matcher: ['/((?!api).*)'] }; runtimeCaching").none(&RULE);
    }
}
