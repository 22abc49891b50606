//! A pattern that remembers where it matched last.

use super::pattern_excludes_nothing::patterns;
use super::{Flaw, Rule};
use crate::lint::project::Project;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "config-ignored",
    id: "pattern-with-state",
    summary: "a route's pattern has the flag `g` or `y`, so it matches now and then",
    explanation: "With these flags a regular expression goes on from where it matched last. The worker uses one and the \
        same for every request, so of two equal requests the second goes past the route.",
    fix: "Take the flag away.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let with_state = patterns(project).filter_map(|(route, at, pattern)| {
        let flag = pattern.flags.chars().find(|flag| matches!(flag, 'g' | 'y'))?;
        let message = format!("with the flag `{flag}` this pattern misses every other request that it should match");
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
