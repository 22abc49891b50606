//! Escapes text from pages. Everything that goes into the markup passes through here, and then through the template's
//! own escaping.

use crate::report::escape;

/// The text on one line, with deceptive characters made visible.
pub(super) fn line(text: &str) -> String {
    escape::line(text)
}

/// Like [`line`], at most `most` characters.
pub(super) fn short(text: &str, most: usize) -> String {
    let whole = escape::line(text);
    if whole.chars().count() <= most {
        return whole;
    }
    let mut cut: String = whole.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A short form of a URL: only the path if it is on the page's own origin.
pub(super) fn address(url: &str, origin: Option<&str>) -> String {
    let path = origin.and_then(|origin| url.strip_prefix(origin)).filter(|rest| rest.starts_with('/'));
    line(path.unwrap_or(url))
}

/// Scheme and host of a URL.
pub(super) fn origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    Some(&url[..end])
}

/// A time in a trace.
pub(super) fn moment(at_ms: u64) -> String {
    format!("{}.{:02} s", at_ms / 1000, at_ms % 1000 / 10)
}

/// `1 cell`, `2 cells`.
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_by_their_path_at_home() {
        let home = origin("https://a.test:8/x?y");
        assert_eq!(home, Some("https://a.test:8"));
        assert_eq!(address("https://a.test:8/x?y", home), "/x?y");
        assert_eq!(address("https://a.test:80/x", home), "https://a.test:80/x");
        assert_eq!(origin("nonsense"), None);
    }

    #[test]
    fn long_text_is_cut_and_moments_are_seconds() {
        assert_eq!((short("abcdef", 4), short("abcd", 4)), ("abc…".to_owned(), "abcd".to_owned()));
        assert_eq!(moment(12_345), "12.34 s");
        assert_eq!((count(1, "cell"), count(0, "cell")), ("1 cell".to_owned(), "0 cells".to_owned()));
    }
}
