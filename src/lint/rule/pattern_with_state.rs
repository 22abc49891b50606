//! A pattern that remembers its last match.

use super::pattern_excludes_nothing::patterns;
use super::{Flaw, Rule};
use crate::lint::project::Project;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "config-ignored",
    id: "pattern-with-state",
    summary: "a route's pattern has the flag `g` or `y`, so it does not match every time",
    explanation: "With these flags, a regular expression continues after its last match. The worker uses the same \
        object for all requests, so of two identical requests the second one misses the route.",
    fix: "Remove the flag.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let with_state = patterns(project).filter_map(|(route, at, pattern)| {
        let flag = pattern.flags.chars().find(|flag| matches!(flag, 'g' | 'y'))?;
        let message = format!("with the flag `{flag}`, this pattern misses every second request that it should match");
        Some(Flaw::new(route.script, at, message))
    });
    with_state.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    #[test]
    fn flags_that_keep_a_place_are_found() {
        for flags in ["g", "gi", "y"] {
            file("caching.js", &format!("export default [{{ urlPattern: /a/{flags}, handler: 'CacheFirst' }}];"))
                .one(&RULE);
        }
    }

    #[test]
    fn other_flags_are_not() {
        for flags in ["", "i", "u"] {
            file("caching.js", &format!("export default [{{ urlPattern: /a/{flags}, handler: 'CacheFirst' }}];"))
                .none(&RULE);
        }
    }
}
