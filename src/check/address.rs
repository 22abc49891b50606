//! Comparing URLs.

use std::borrow::Cow;

use url::Url;

/// The query parameter with which Workbox and Serwist distinguish revisions of a precached URL. The server never sees
/// it.
const REVISION: &str = "__WB_REVISION__";

/// True when both URLs name the same resource: fragments and precache revisions are ignored.
pub(super) fn same_resource(a: &str, b: &str) -> bool {
    resource(a) == resource(b)
}

fn resource(url: &str) -> Cow<'_, str> {
    let whole = url.split('#').next().unwrap_or(url);
    let Some((base, query)) = whole.split_once('?') else { return Cow::Borrowed(whole) };
    let is_revision = |pair: &&str| pair.split('=').next() == Some(REVISION);
    if !query.split('&').any(|pair| is_revision(&pair)) {
        return Cow::Borrowed(whole);
    }
    let rest: Vec<&str> = query.split('&').filter(|pair| !is_revision(pair)).collect();
    Cow::Owned(if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) })
}

/// True when both URLs name the same page, ignoring the query: an app that reloads itself may add one to bypass caches.
pub(super) fn same_page(a: &str, b: &str) -> bool {
    page(a) == page(b)
}

fn page(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// True when the path has the extension of a script or style.
pub(super) fn is_code(url: &str) -> bool {
    let name = page(url).rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(_, extension)| matches!(extension, "js" | "mjs" | "css"))
}

/// The script or style named in an error message, as an absolute URL.
pub(super) fn code_named_in(text: &str, base: &str) -> Option<String> {
    let base = Url::parse(base).ok()?;
    text.split(|c: char| c.is_whitespace() || "()[]{}<>\"'`,".contains(c))
        .map(|word| word.trim_end_matches(['.', ':', ';']))
        .filter(|word| word.starts_with('/') || word.starts_with("https://") || word.starts_with("http://"))
        .filter_map(|word| base.join(word).ok())
        .map(String::from)
        .find(|url| is_code(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_and_revisions_do_not_make_another_resource() {
        for other in
            ["https://a/x?v=1#top", "https://a/x?__WB_REVISION__=f00&v=1", "https://a/x?v=1&__WB_REVISION__=f00"]
        {
            assert!(same_resource("https://a/x?v=1", other), "{other}");
        }
        assert!(same_resource("https://a/x", "https://a/x?__WB_REVISION__=f00"));
    }

    #[test]
    fn other_queries_make_another_resource() {
        for other in ["https://a/x", "https://a/x?v=2", "https://a/x?v=1&__WB_REVISIONS__=f00"] {
            assert!(!same_resource("https://a/x?v=1", other), "{other}");
        }
    }

    #[test]
    fn a_page_is_told_by_origin_and_path() {
        assert!(same_page("https://a/x?fresh=1", "https://a/x#top"));
        assert!(!same_page("https://a/x", "https://a/x/y"));
        assert!(!same_page("https://a/x", "https://b/x"));
    }

    #[test]
    fn code_is_told_by_the_end_of_the_path() {
        for code in ["https://a/x.js", "https://a/x.mjs?dpl=1", "https://a/b.c/x.css#y"] {
            assert!(is_code(code), "{code}");
        }
        for other in ["https://a/js", "https://a/x.json", "https://a/?file=x.js", "https://a/x.js/"] {
            assert!(!is_code(other), "{other}");
        }
    }

    #[test]
    fn bundlers_name_the_chunk_in_their_error() {
        for (text, url) in [
            ("ChunkLoadError: Loading chunk 12 failed.\n(error: https://a/_next/12.js)", "https://a/_next/12.js"),
            (
                "Failed to load chunk /_next/static/chunks/7.js?dpl=b from module 3",
                "https://a/_next/static/chunks/7.js?dpl=b",
            ),
            ("Loading CSS chunk 5 failed.\n(/x.css)", "https://a/x.css"),
            ("Failed to fetch dynamically imported module: http://a/m.js.", "http://a/m.js"),
        ] {
            assert_eq!(code_named_in(text, "https://a/page").as_deref(), Some(url), "{text}");
        }
    }

    #[test]
    fn a_stack_or_a_page_is_not_the_chunk() {
        for text in ["Loading chunk 12 failed\n at f (https://a/main.js:1:20)", "see https://a/docs", "in main.js", "/"]
        {
            assert_eq!(code_named_in(text, "https://a/page"), None, "{text}");
        }
        assert_eq!(code_named_in("/x.js", "not a URL"), None);
    }
}
