//! The next release of a site, derived from today's: the worker script, scripts and styles get a comment, and every
//! hash in the name of an asset is replaced by another one, as are release ids in the names of the worker's own caches.
//! Files sent as `immutable` only change under another name.
//!
//! What today's release serves under a name with a hash, the next one serves under the other name. For a name that a
//! release does not have, the site's own response for a missing asset is used, by requesting a name that it cannot
//! know. Everything depends on today's responses alone, so the same site always has the same next release.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::recording::Record;
use super::tokens::{self, Finder};

/// The maximum number of replaced hashes.
const TOKENS: usize = 20_000;

/// The shortest hash that is also replaced outside a name, as in a bundler's chunk table.
const LONG: usize = 16;

/// The comment added to scripts and styles.
const COMMENT: &str = "\n/* swapcheck: the next release */\n";

/// The next release, derived from today's.
#[derive(Debug, Default)]
pub(crate) struct Next {
    /// Finds the hashes of both releases; the first half are today's.
    tokens: Option<AhoCorasick>,
    /// The other hash for each of them.
    others: Vec<String>,
    /// How many of them are today's.
    todays: usize,
    /// Subresource Integrity hashes, with those of the next release.
    integrity: HashMap<String, String>,
    /// URLs of worker scripts.
    workers: HashSet<String>,
    /// Imports of workers that a deploy does not change.
    libraries: BTreeSet<String>,
}

/// The kind of content of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Html,
    Script,
    Style,
    Text,
    Binary,
}

impl Kind {
    pub fn of(content_type: &str) -> Self {
        let mime = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match mime.as_str() {
            "text/html" | "application/xhtml+xml" => Self::Html,
            "text/css" => Self::Style,
            _ if mime.contains("javascript") || mime.contains("ecmascript") => Self::Script,
            _ if mime.starts_with("text/") || mime.contains("json") || mime.contains("xml") => Self::Text,
            _ => Self::Binary,
        }
    }
}

impl Next {
    /// The release after the recorded one. `workers` are the URLs of worker scripts, `imports` those of their imports,
    /// `caches` the names of their caches.
    pub fn of(
        records: &BTreeMap<String, Vec<Arc<Record>>>,
        workers: HashSet<String>,
        imports: &[String],
        caches: &BTreeSet<String>,
    ) -> Self {
        let texts = || records.values().flatten().filter_map(|record| text_of(record));
        let mut finder = Finder::default();
        records.keys().map(String::as_str).chain(texts()).for_each(|text| finder.read(text));
        let mut found = finder.finish();
        let lengths: HashSet<usize> = found.iter().filter(|token| is_long_hex(token)).map(String::len).collect();
        for text in texts() {
            let quoted = text.split(['"', '\'', '`']).filter(|one| lengths.contains(&one.len()) && is_long_hex(one));
            found.extend(quoted.map(str::to_owned));
        }
        // An imported library that refers to nothing of the app stays the same in the next release.
        let mut libraries = BTreeSet::new();
        for url in imports {
            let mut own = Finder::default();
            own.read(url);
            let own = own.finish();
            let text = records.get(url).and_then(|all| all.first()).and_then(text_of);
            if text.is_some_and(|text| !found.iter().any(|token| !own.contains(token) && text.contains(token.as_str())))
            {
                found.retain(|token| !own.contains(token));
                libraries.insert(url.clone());
            }
        }
        let mut todays: Vec<String> = found.iter().take(TOKENS).cloned().collect();
        let mut nexts: Vec<String> = Vec::with_capacity(todays.len());
        let mut taken: HashSet<String> = found.iter().cloned().collect();
        for token in &todays {
            let new = tokens::other(token, |new| taken.contains(new));
            taken.insert(new.clone());
            nexts.push(new);
        }
        let scripts: Vec<&str> =
            workers.iter().filter_map(|url| records.get(url)?.first()).filter_map(text_of).collect();
        let written = |text: &str| {
            let quoted = ['"', '\'', '`'].map(|quote| format!("{quote}{text}{quote}"));
            scripts.iter().any(|script| quoted.iter().any(|quoted| script.contains(quoted.as_str())))
        };
        for (old, new) in caches.iter().filter_map(|cache| tokens::of_cache(cache, written)) {
            if !taken.contains(&old) && !taken.contains(&new) {
                taken.extend([old.clone(), new.clone()]);
                todays.push(old);
                nexts.push(new);
            }
        }
        let patterns: Vec<&String> = todays.iter().chain(&nexts).collect();
        let matcher = AhoCorasick::builder().match_kind(aho_corasick::MatchKind::LeftmostLongest).build(patterns);
        let mut next = Self {
            tokens: matcher.ok().filter(|_| !todays.is_empty()),
            todays: todays.len(),
            others: nexts.into_iter().chain(todays).collect(),
            integrity: HashMap::new(),
            workers,
            libraries,
        };
        if texts().any(|text| text.contains("sha256-") || text.contains("sha384-") || text.contains("sha512-")) {
            next.integrity = next.bindings(records);
        }
        next
    }

    /// The number of hashes that differ.
    pub fn changed(&self) -> usize {
        self.todays
    }

    /// Today's URL for a URL of the next release, and vice versa.
    pub fn today(&self, url: &str) -> String {
        self.replaced(url, true)
    }

    /// The body of today's response as the next release serves it. A `fixed` one never changes under the same name.
    pub fn body(&self, url: &str, kind: Kind, fixed: bool, text: &str) -> String {
        let mut next = self.unbound(url, kind, fixed, text);
        if !self.integrity.is_empty() {
            next = self.bound(&next);
        }
        next
    }

    /// A value of a header.
    pub fn text(&self, text: &str) -> String {
        self.replaced(text, false)
    }

    fn unbound(&self, url: &str, kind: Kind, fixed: bool, text: &str) -> String {
        let mut next = self.replaced(text, false);
        if self.workers.contains(url) {
            next = other_revisions(&next);
        }
        if matches!(kind, Kind::Script | Kind::Style)
            && !(fixed && self.today(url) == url || self.libraries.contains(url))
        {
            next.push_str(COMMENT);
        }
        next
    }

    fn replaced(&self, text: &str, both_ways: bool) -> String {
        let Some(tokens) = &self.tokens else { return text.to_owned() };
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for found in tokens.find_iter(text) {
            let (start, end, which) = (found.start(), found.end(), found.pattern().as_usize());
            let alone = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
            let bounded =
                alone(start.checked_sub(1).and_then(|at| text.as_bytes().get(at))) && alone(text.as_bytes().get(end));
            if bounded && (both_ways || which < self.todays) {
                out.push_str(&text[from..start]);
                out.push_str(&self.others[which]);
                from = end;
            }
        }
        out.push_str(&text[from..]);
        out
    }

    fn bindings(&self, records: &BTreeMap<String, Vec<Arc<Record>>>) -> HashMap<String, String> {
        let mut bindings = HashMap::new();
        for (url, record) in records.iter().flat_map(|(url, all)| all.iter().map(move |record| (url, record))) {
            let kind = Kind::of(record.header("content-type"));
            let Some(text) = text_of(record).filter(|_| matches!(kind, Kind::Script | Kind::Style)) else { continue };
            let new = self.unbound(url, kind, record.is_fixed(), text);
            bindings.extend(digests(text.as_bytes()).into_iter().zip(digests(new.as_bytes())));
        }
        bindings
    }

    /// The text with every known integrity hash replaced by that of the next release.
    fn bound(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("sha") {
            let (before, here) = rest.split_at(at);
            out.push_str(before);
            let end = here.find(|c: char| !(c.is_ascii_alphanumeric() || "-+/=".contains(c))).unwrap_or(here.len());
            let (hash, after) = here.split_at(end.max(3));
            out.push_str(self.integrity.get(hash).map_or(hash, String::as_str));
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

fn text_of(record: &Arc<Record>) -> Option<&str> {
    let kind = Kind::of(record.header("content-type"));
    (kind != Kind::Binary).then(|| std::str::from_utf8(&record.body).ok()).flatten()
}

fn is_long_hex(text: &str) -> bool {
    text.len() >= LONG && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The integrity hashes of a content.
fn digests(content: &[u8]) -> [String; 3] {
    [
        format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(content))),
        format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(content))),
        format!("sha512-{}", BASE64_STANDARD.encode(Sha512::digest(content))),
    ]
}

/// Changes every `revision: "…"` of a precache manifest, because the files differ.
fn other_revisions(script: &str) -> String {
    const NAME: &str = "revision";
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(at) = rest.find(NAME) {
        let (before, after) = rest.split_at(at + NAME.len());
        out.push_str(before);
        rest = after;
        let colon = after.trim_start_matches(['"', '\'', '\\', ' ']);
        let Some(value) = colon.strip_prefix(':').map(str::trim_start) else { continue };
        let value = value.trim_start_matches('\\');
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else { continue };
        let inner = &value[1..];
        let Some(end) = inner.find([quote, '\\', '\n']) else { continue };
        let old = &inner[..end];
        out.push_str(&after[..after.len() - inner.len()]);
        out.push_str(&tokens::other(old, |_| false));
        rest = &inner[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::*;
    use crate::release::rehearsal::recording::tests::record;

    const PAGE: &str = "<html><script src=\"/a/main-18f26a4f2d1c7a55.js\" integrity=\"sha256-OLD\"></script>";
    const MAIN: &str = "load({7:\"00aa11bb22cc33dd\"}[7])";
    const WORKER: &str =
        "precache([{url:\"/a/main-18f26a4f2d1c7a55.js\",revision:null},{'revision':'0123456789abcdef',url:'/'}])";

    fn site() -> (Next, String) {
        let bound = PAGE.replace("sha256-OLD", &digests(MAIN.as_bytes())[0]);
        let records = [
            ("https://a.example/", "text/html", bound.as_str()),
            ("https://a.example/a/main-18f26a4f2d1c7a55.js", "text/javascript", MAIN),
            ("https://a.example/sw.js", "application/javascript; charset=utf-8", WORKER),
        ];
        let records = records.map(|(url, mime, body)| (url.to_owned(), vec![record(StatusCode::OK, mime, body)]));
        (Next::of(&records.into(), HashSet::from(["https://a.example/sw.js".to_owned()]), &[], &BTreeSet::new()), bound)
    }

    #[test]
    fn names_change_in_addresses_and_texts_alike() {
        let (next, page) = site();
        assert_eq!(next.changed(), 3, "the third is a revision that looks like a hash in a name");
        let new = next.today("https://a.example/a/main-18f26a4f2d1c7a55.js");
        assert!(new.starts_with("https://a.example/a/main-") && !new.contains("18f26a4f2d1c7a55"), "{new}");
        assert_eq!(next.today(&new), "https://a.example/a/main-18f26a4f2d1c7a55.js");
        let path = new.strip_prefix("https://a.example").unwrap();
        assert!(next.body("https://a.example/", Kind::Html, false, &page).contains(path));
        let main = next.body("https://a.example/main.js", Kind::Script, false, MAIN);
        assert!(!main.contains("00aa11bb22cc33dd") && main.ends_with(COMMENT), "{main}");
    }

    #[test]
    fn scripts_are_bound_to_what_they_are_in_the_next_release() {
        let (next, page) = site();
        let main = next.body("https://a.example/a/main-18f26a4f2d1c7a55.js", Kind::Script, false, MAIN);
        let page = next.body("https://a.example/", Kind::Html, false, &page);
        assert!(page.contains(&digests(main.as_bytes())[0]), "{page}");
    }

    #[test]
    fn a_precache_manifest_has_other_revisions() {
        let (next, _) = site();
        let worker = next.body("https://a.example/sw.js", Kind::Script, false, WORKER);
        assert!(worker.contains("revision:null") && !worker.contains("0123456789abcdef"), "{worker}");
        let escaped = other_revisions(r#"JSON.parse("[{\"revision\":\"abc123\",\"url\":\"/\"}]")"#);
        assert!(!escaped.contains("abc123") && escaped.contains(r#"\",\"url\":\"/\"}]"#), "{escaped}");
        assert_eq!(other_revisions("the revision is new"), "the revision is new");
    }

    #[test]
    fn a_site_without_hashes_still_has_a_next_release() {
        let next = Next::of(&BTreeMap::new(), HashSet::new(), &[], &BTreeSet::new());
        assert_eq!(next.today("https://a.example/a.js"), "https://a.example/a.js");
        assert_eq!(next.body("https://a.example/a.js", Kind::Script, false, "1"), format!("1{COMMENT}"));
        assert_eq!(next.body("https://a.example/a.js", Kind::Script, true, "1"), "1");
        assert_eq!(next.body("https://a.example/a.json", Kind::Text, false, "1"), "1");
    }

    #[test]
    fn a_library_that_a_worker_imports_stays_what_it_is() {
        let script = |body| vec![record(StatusCode::OK, "text/javascript", body)];
        let (library, app) = ("https://a.example/workbox-b52a85cb.js", "https://a.example/worker-18f26a4f2d1c7a55.js");
        let records = [
            (library.to_owned(), script("define(0) //# sourceMappingURL=workbox-b52a85cb.js.map")),
            (app.to_owned(), script("open('/a/main-00aa11bb22cc33dd.js')")),
        ];
        let imports = [library.to_owned(), app.to_owned()];
        let next = Next::of(&records.into(), HashSet::new(), &imports, &BTreeSet::new());
        assert_eq!(next.today(library), library);
        assert_eq!(next.body(library, Kind::Script, false, "define(0)"), "define(0)");
        assert_ne!(next.today(app), app);
    }

    #[test]
    fn the_same_site_has_the_same_next_release() {
        let body = || site().0.body("https://a.example/sw.js", Kind::Script, false, WORKER);
        assert_eq!(body(), body());
    }
}
