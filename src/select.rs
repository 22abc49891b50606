//! Selects things by name with globs, as `--variant` and `--scenario` do.

use globset::{Glob, GlobMatcher};

use crate::error::Error;

/// Why a selection fails.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// A pattern is not a glob.
    #[error("`{pattern}` is not a valid {what} pattern: {source}")]
    Pattern {
        /// What is selected.
        what: String,
        /// The pattern.
        pattern: String,
        /// Why it is invalid.
        source: globset::Error,
    },
    /// A pattern matches nothing.
    #[error("no {what} matches `{pattern}`{}; available: {names}", meant(nearest.as_deref()))]
    Nothing {
        /// What is selected.
        what: String,
        /// The pattern.
        pattern: String,
        /// A similar name.
        nearest: Option<String>,
        /// All names.
        names: String,
    },
}

impl From<SelectError> for Error {
    fn from(error: SelectError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// The items of `all` that match any of the patterns, in the order of `all`; all of them if there is no pattern. `what`
/// is the word for one item.
///
/// # Errors
/// When a pattern is not a glob, or matches nothing.
pub fn select<'a, T>(
    what: &str,
    all: &'a [T],
    name: impl Fn(&T) -> &str,
    patterns: &[String],
) -> Result<Vec<&'a T>, SelectError> {
    let mut chosen = vec![patterns.is_empty(); all.len()];
    for pattern in patterns {
        let matcher = matcher(what, pattern)?;
        let mut hits = 0;
        for (chosen, item) in chosen.iter_mut().zip(all) {
            if matcher.is_match(name(item)) {
                (*chosen, hits) = (true, hits + 1);
            }
        }
        if hits == 0 {
            let nearest = nearest(pattern, all.iter().map(&name)).map(str::to_owned);
            let names = all.iter().map(&name).collect::<Vec<_>>().join(", ");
            return Err(SelectError::Nothing { what: what.to_owned(), pattern: pattern.clone(), nearest, names });
        }
    }
    Ok(all.iter().zip(chosen).filter_map(|(item, chosen)| chosen.then_some(item)).collect())
}

/// Minimum similarity, from 0 to 1, at which a name is suggested for a mistyped one.
const ALIKE: f64 = 0.85;

/// The most similar of `names`, if any is similar enough to be suggested.
pub(crate) fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = names.into_iter().map(|name| (strsim::jaro_winkler(given, name), name));
    let (likeness, name) = likeness.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (likeness >= ALIKE).then_some(name)
}

/// The suggestion as part of a sentence, or nothing.
pub(crate) fn meant(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

fn matcher(what: &str, pattern: &str) -> Result<GlobMatcher, SelectError> {
    let glob = Glob::new(pattern);
    let wrong = |source| SelectError::Pattern { what: what.to_owned(), pattern: pattern.to_owned(), source };
    Ok(glob.map_err(wrong)?.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 3] = ["no-worker", "next-pwa-default", "next-pwa-prompt"];

    fn chosen(patterns: &[&str]) -> Result<Vec<&'static str>, String> {
        let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
        let chosen = select("variant", &ALL, |name| name, &patterns).map_err(|error| error.to_string())?;
        Ok(chosen.into_iter().copied().collect())
    }

    #[test]
    fn the_order_is_that_of_the_whole_and_nothing_comes_twice() {
        assert_eq!(chosen(&[]).unwrap(), ALL);
        assert_eq!(chosen(&["next-*", "no-worker", "next-pwa-p*"]).unwrap(), ALL);
        assert_eq!(chosen(&["*-prompt"]).unwrap(), ["next-pwa-prompt"]);
    }

    #[test]
    fn a_pattern_that_matches_nothing_gets_the_names() {
        let error = chosen(&["no-worker", "nowhere*"]).unwrap_err();
        assert_eq!(error, "no variant matches `nowhere*`; available: no-worker, next-pwa-default, next-pwa-prompt");
        let error = chosen(&["next-pwa-promt"]).unwrap_err();
        assert!(
            error.starts_with("no variant matches `next-pwa-promt` (did you mean `next-pwa-prompt`?); "),
            "{error}"
        );
    }

    #[test]
    fn what_is_not_a_glob_is_named() {
        assert!(chosen(&["a["]).unwrap_err().starts_with("`a[` is not a valid variant pattern"));
    }
}
