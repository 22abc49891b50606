//! A pattern for another origin that does not match from the start of the URL.

use super::pattern_excludes_nothing::patterns;
use super::{Flaw, Rule};
use crate::lint::project::Project;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "config-ignored",
    id: "pattern-foreign-host",
    summary: "a route's pattern names a host, but does not match from the start of the URL",
    explanation: "For requests to another origin, Workbox and Serwist require that a regular expression matches from \
        the first character of the URL. A pattern that matches later is ignored, and the route has no effect.",
    fix: "Begin with the whole origin: `/^https:\\/\\/fonts\\.googleapis\\.com\\//`.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let foreign = patterns(project).filter_map(|(route, at, pattern)| {
        let host = pattern.foreign_host()?;
        let message = format!("unless {host} is the app's own host, this pattern matches none of its URLs");
        // It may be the app's own host.
        Some(Flaw::new(route.script, at, message).likely())
    });
    foreign.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn route(pattern: &str) -> String {
        format!("export default [{{ urlPattern: {pattern}, handler: 'CacheFirst' }}];")
    }

    #[test]
    fn a_host_in_the_middle_is_found() {
        let found = file("caching.js", &route(r"/fonts\.googleapis\.com\/.*/")).one(&RULE);
        assert!(found.message.contains("fonts.googleapis.com"));
    }

    #[test]
    fn a_whole_origin_and_a_path_are_not() {
        file("caching.js", &route(r"/^https:\/\/fonts\.googleapis\.com\/.*/")).none(&RULE);
        file("caching.js", &route(r"/\.(?:png|webp)$/")).none(&RULE);
    }
}
