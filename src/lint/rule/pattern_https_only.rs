//! A pattern that matches in production but not on localhost.

use super::pattern_excludes_nothing::patterns;
use super::{Flaw, Rule};
use crate::lint::project::Project;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "config-ignored",
    id: "pattern-https-only",
    summary: "a route's pattern matches any host, but never http://localhost",
    explanation: "On http://localhost, where service workers also run, the route has no effect, so you do not test \
        what you deploy.",
    fix: "Begin with `^https?:`, or use a function: `({ sameOrigin }) => sameOrigin`.",
    severity: Severity::Note,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let only = patterns(project).filter(|(_, _, pattern)| pattern.only_https());
    only.map(|(route, at, _)| Flaw::new(route.script, at, "this pattern never matches on http://localhost".to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn route(pattern: &str) -> String {
        format!("export default [{{ urlPattern: {pattern}, handler: 'NetworkFirst' }}];")
    }

    #[test]
    fn any_host_with_https_is_noted() {
        assert!(!file("caching.js", &route(r"/^https:\/\/[^/]+\/?(?!api|_next).*/")).one(&RULE).counts());
    }

    #[test]
    fn one_host_and_both_protocols_are_not() {
        file("caching.js", &route(r"/^https:\/\/fonts\.gstatic\.com\/.*/")).none(&RULE);
        file("caching.js", &route(r"/^https?:\/\/.*/")).none(&RULE);
    }
}
