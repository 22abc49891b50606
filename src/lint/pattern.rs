//! Evaluates regular expressions of routes by running them: what they match, and what they exclude.

use oxc_allocator::Allocator;
use oxc_regular_expression::ast::{Alternative, BoundaryAssertionKind, LookAroundAssertionKind, Pattern as Tree, Term};
use oxc_regular_expression::{LiteralParser, Options};
use regress::Regex;

use super::witness::{named, witness};

/// Longer patterns are not evaluated.
const LONGEST: usize = 2000;
/// Patterns with more unbounded repetitions than this may take too long.
const MOST_REPETITIONS: usize = 5;
/// A repetition with at most this upper limit counts as bounded.
const FEW: u64 = 10;
/// Possible origins of an app.
const ORIGINS: &[&str] = &["https://app.example", "http://localhost:3000", "https://www.shop.test:8443"];
/// Typical paths on an app's and other hosts.
const PATHS: &[&str] = &[
    "/",
    "/about",
    "/en/blog/post-1?page=2",
    "/api/data",
    "/api/auth/session",
    "/_next/static/chunks/main-0a1b2c3d.js",
    "/_next/static/css/0a1b2c3d.css",
    "/_next/static/media/a.0a1b2c3d.woff2",
    "/_next/image?url=%2Fa.png&w=640&q=75",
    "/_next/data/build/index.json",
    "/images/a.png",
    "/images/a.jpg",
    "/icons/a.svg",
    "/fonts/a.woff2",
    "/static/main.js",
    "/a.mp3",
    "/a.mp4",
    "/a.json",
    "/index.html",
];
/// Endings of host names, by which a pattern is recognized as being about a host.
const HOSTS: &[&str] = &["com", "net", "org", "io", "dev", "app", "co", "cloud"];

/// A regular expression that can be evaluated.
pub struct Pattern {
    regex: Regex,
    /// Its flags.
    pub flags: String,
    anchored: bool,
    /// For each alternative, a text that it is intended to match.
    witnesses: Vec<String>,
    exclusions: Vec<Exclusion>,
}

/// A negative lookahead.
#[derive(Clone, Debug)]
pub struct Exclusion {
    /// Its source.
    pub source: String,
    /// A text for each of its alternatives.
    named: Vec<Named>,
    before: String,
    after: String,
}

#[derive(Clone, Debug)]
struct Named {
    text: String,
    /// Whether the end of the URL must follow.
    ends: bool,
}

impl Pattern {
    /// Parses a pattern. `None` if it is invalid, or might take too long to run.
    #[must_use]
    pub fn new(source: &str, flags: &str) -> Option<Self> {
        if source.len() > LONGEST {
            return None;
        }
        let allocator = Allocator::default();
        let tree = LiteralParser::new(&allocator, source, Some(flags), Options::default()).parse().ok()?;
        let mut cost = Cost::default();
        tree.body.body.iter().for_each(|alternative| cost.count(alternative, 0));
        if cost.endless || cost.open > MOST_REPETITIONS {
            return None;
        }
        let kept: String = flags.chars().filter(|flag| "imsuv".contains(*flag)).collect();
        let regex = Regex::with_flags(source, kept.as_str()).ok()?;
        Some(Self {
            regex,
            flags: flags.to_owned(),
            anchored: is_anchored(&tree),
            witnesses: tree.body.body.iter().map(|alternative| witness(&alternative.body, source)).collect(),
            exclusions: exclusions(&tree, source),
        })
    }

    /// Whether it matches anywhere in a URL, which is Workbox's rule for the worker's own origin.
    #[must_use]
    pub fn matches(&self, url: &str) -> bool {
        self.regex.find(url).is_some()
    }

    fn matches_at_start(&self, url: &str) -> bool {
        self.regex.find(url).is_some_and(|found| found.start() == 0)
    }

    /// Whether it matches no URL at all: `Some(true)` if certain.
    #[must_use]
    pub fn never_matches(&self) -> Option<bool> {
        let texts = || self.witnesses.iter().map(String::as_str);
        let tried = probes().chain(texts().flat_map(addresses));
        if tried.into_iter().any(|url| self.matches(&url)) {
            return None;
        }
        Some(self.anchored && texts().all(|text| !text.is_empty() && !text.starts_with('h')))
    }

    /// Whether it matches any host, but only with HTTPS.
    #[must_use]
    pub fn only_https(&self) -> bool {
        let at = |origin: &str, path: &str| self.matches(&format!("{origin}{path}"));
        let any = |path: &&str| at("https://app.example", path) && at("https://www.shop.test:8443", path);
        let plain = |path: &&str| at("http://localhost:3000", path) || at("http://app.example", path);
        PATHS.iter().any(any) && !PATHS.iter().any(plain)
    }

    /// The host that it names, if it only matches after the start of a URL: Workbox then applies it to the worker's own
    /// origin only.
    #[must_use]
    pub fn foreign_host(&self) -> Option<&str> {
        if probes().any(|url| self.matches(&url)) {
            return None;
        }
        let host = |text: &'_ str| -> Option<usize> {
            let end = text.find(['/', ':', '?']).unwrap_or(text.len());
            let last = text[..end].rsplit_once('.')?.1;
            HOSTS.contains(&last).then_some(end)
        };
        let found = self.witnesses.iter().find_map(|text| Some((text, host(text)?)));
        let (text, end) = found?;
        let url = format!("https://{text}");
        (self.matches(&url) && !self.matches_at_start(&url)).then_some(&text[..end])
    }

    /// Whether it matches URLs of other origins, for which Workbox requires a match from the start.
    #[must_use]
    pub fn takes_other_origins(&self) -> bool {
        let named = self.witnesses.iter().any(|text| text.starts_with("http") && self.matches_at_start(text));
        named || PATHS.iter().any(|path| self.matches_at_start(&format!("https://cdn.other.example{path}")))
    }

    /// Whether it matches pages: the start page and another one.
    #[must_use]
    pub fn takes_pages(&self) -> bool {
        let at = |path: &str| self.matches(&format!("https://app.example{path}"));
        at("/") && at("/about")
    }

    /// Negative lookaheads that do not exclude what they name, with an example URL, and whether that holds for everything
    /// that they name.
    #[must_use]
    pub fn idle_exclusions(&self) -> Vec<(&Exclusion, String, bool)> {
        let idle = |exclusion: &'_ Exclusion| {
            let shown: Vec<Option<String>> =
                exclusion.named.iter().map(|named| self.lets_pass(exclusion, named)).collect();
            let all = shown.iter().all(Option::is_some);
            Some((shown.into_iter().flatten().next()?, all))
        };
        self.exclusions.iter().filter_map(|one| idle(one).map(|(url, all)| (one, url, all))).collect()
    }

    /// A URL that contains what the lookahead names, at its position, and is matched nevertheless.
    fn lets_pass(&self, exclusion: &Exclusion, named: &Named) -> Option<String> {
        let before = &exclusion.before;
        let url = |tail: &str| {
            let rest = format!("{}{tail}", named.text);
            if before.starts_with("http") {
                format!("{before}{rest}")
            } else {
                let path = format!("{before}{rest}");
                format!("https://app.example/{}", path.trim_start_matches('/'))
            }
        };
        let tails: &[[&str; 2]] = if named.ends {
            &[["", ""]]
        } else {
            &[["", "/x"], [exclusion.after.as_str(), "/x"], [exclusion.after.as_str(), exclusion.after.as_str()]]
        };
        tails.iter().find_map(|tails| tails.iter().all(|tail| self.matches(&url(tail))).then(|| url(tails[1])))
    }
}

/// URLs that may be requested from an app.
fn probes() -> impl Iterator<Item = String> {
    ORIGINS.iter().flat_map(|origin| PATHS.iter().map(move |path| format!("{origin}{path}")))
}

/// URLs that contain a text.
fn addresses(text: &str) -> [String; 4] {
    let path = text.trim_start_matches('/');
    [
        text.to_owned(),
        format!("https://app.example/{path}"),
        format!("https://{text}"),
        format!("https://app.example{text}"),
    ]
    .map(|url| if url.starts_with("http://") || url.starts_with("https://") { url } else { String::new() })
    .map(|url| if url.is_empty() { "https://app.example/".to_owned() } else { url })
}

fn is_anchored(tree: &Tree<'_>) -> bool {
    let starts = |alternative: &Alternative<'_>| match alternative.body.first() {
        Some(Term::BoundaryAssertion(boundary)) => boundary.kind == BoundaryAssertionKind::Start,
        _ => false,
    };
    tree.body.body.iter().all(starts)
}

fn exclusions(tree: &Tree<'_>, source: &str) -> Vec<Exclusion> {
    let mut found = Vec::new();
    for alternative in &tree.body.body {
        for (at, term) in alternative.body.iter().enumerate() {
            let Term::LookAroundAssertion(look) = term else { continue };
            if look.kind != LookAroundAssertionKind::NegativeLookahead {
                continue;
            }
            let named = look.body.body.iter().map(|one| {
                let (text, ends) = named(&one.body, source);
                Named { text, ends }
            });
            found.push(Exclusion {
                source: source[look.span.start as usize..look.span.end as usize].to_owned(),
                // An empty lookahead excludes everything, intentionally.
                named: named.filter(|named| !named.text.is_empty()).collect(),
                before: witness(&alternative.body[..at], source),
                after: witness(&alternative.body[at + 1..], source),
            });
        }
    }
    found.retain(|exclusion| !exclusion.named.is_empty());
    found
}

/// Estimates the cost of running a pattern.
#[derive(Default)]
struct Cost {
    open: usize,
    endless: bool,
}

impl Cost {
    /// `repeated` counts the enclosing unbounded repetitions.
    fn count(&mut self, alternative: &Alternative<'_>, repeated: usize) {
        alternative.body.iter().for_each(|term| self.term(term, repeated));
    }

    fn all(&mut self, alternatives: &[Alternative<'_>], repeated: usize) {
        // Ambiguity inside a repetition makes the cost exponential.
        self.endless |= repeated > 0 && alternatives.len() > 1;
        alternatives.iter().for_each(|alternative| self.count(alternative, repeated));
    }

    fn term(&mut self, term: &Term<'_>, repeated: usize) {
        match term {
            Term::Quantifier(quantifier) => {
                let open = quantifier.max.is_none_or(|max| max > FEW);
                self.endless |= repeated > 0 || quantifier.min > 100 || quantifier.max.is_some_and(|max| max > 1000);
                self.open += usize::from(open);
                self.term(&quantifier.body, repeated + usize::from(open || quantifier.max > Some(1)));
            }
            Term::CapturingGroup(group) => self.all(&group.body.body, repeated),
            Term::IgnoreGroup(group) => self.all(&group.body.body, repeated),
            Term::LookAroundAssertion(look) => self.all(&look.body.body, repeated),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(source: &str) -> Pattern {
        Pattern::new(source, "").unwrap()
    }

    fn idle(source: &str) -> Vec<(String, bool)> {
        pattern(source).idle_exclusions().into_iter().map(|(one, _, all)| (one.source.clone(), all)).collect()
    }

    #[test]
    fn a_lookahead_behind_an_optional_slash_excludes_nothing() {
        let all = [("(?!api|_next)".to_owned(), true)];
        assert_eq!(idle(r"^https:\/\/[^/]+\/?(?!api|_next).*"), all);
        assert_eq!(idle(r"^https?:\/\/[^/]+\/?(?!api|_next).*$"), all);
        assert_eq!(idle(r"\/(?!api).*"), [("(?!api)".to_owned(), true)]);
        assert_eq!(idle(r"(?!.*\.png$).*"), [(r"(?!.*\.png$)".to_owned(), true)]);
    }

    #[test]
    fn lookaheads_that_work_are_left_alone() {
        for works in [
            r"^https:\/\/[^/]+\/(?!api|_next).*",
            r"^https?:\/\/[^/]+\/(?!api\/|_next\/)[^.]*$",
            r"\/_next\/static\/(?!chunks).+$",
            r"^(?!.*\/api\/).*$",
            r"^((?!\/api\/).)*$",
            r"^https:\/\/cdn\.example\.com\/(?!private\/).+\.(png|jpg)$",
            r"\/_next\/static\/(?!chunks\/pages).+\.js$",
            r"^https:\/\/a\.com\/.*(?<!\.p)\.woff2",
        ] {
            if let Some(pattern) = Pattern::new(works, "") {
                let idle = pattern.idle_exclusions();
                assert!(idle.is_empty(), "{works}: {idle:?}");
            }
        }
    }

    #[test]
    fn what_is_matched_against_whole_addresses_never_begins_with_a_slash() {
        for never in [r"^\/api\/.*", r"^/_next/static/", r"^\/(?!api).*$", r"^\/$|^\/about$"] {
            assert_eq!(pattern(never).never_matches(), Some(true), "{never}");
        }
        for matches in [
            r"\/api\/.*",
            r".*",
            r"^https?.*",
            r"^https:\/\/fonts\.gstatic\.com\/.*",
            r"\.(?:png|webp)$",
            r"\/cdn\/x",
            r"^https:\/\/[^/]+\/?(?!api|_next).*",
            r"^http:\/\/localhost:\d+\/",
            r"\/_next\/image\?url=.+$",
            r"^https:\/\/(?:www\.)?example\.com\/api\/v[12]\/",
        ] {
            assert_eq!(pattern(matches).never_matches(), None, "{matches}");
        }
        assert_eq!(pattern(r"a\bb").never_matches(), Some(false));
    }

    #[test]
    fn any_host_but_only_https() {
        assert!(pattern(r"^https:\/\/[^/]+\/?(?!api|_next).*").only_https());
        assert!(pattern(r"^https:\/\/.+\/api\/").only_https());
        for not in
            [r"^https?:\/\/[^/]+\/.*", r"^https:\/\/fonts\.gstatic\.com\/.*", r"\/api\/", r"^https:\/\/app\.example\/"]
        {
            assert!(!pattern(not).only_https(), "{not}");
        }
    }

    #[test]
    fn a_host_that_does_not_begin_the_address() {
        assert_eq!(pattern(r"fonts\.googleapis\.com").foreign_host(), Some("fonts.googleapis.com"));
        assert_eq!(pattern(r"cdn\.example\.com\/.+\.js$").foreign_host(), Some("cdn.example.com"));
        for not in [
            r"^https:\/\/fonts\.googleapis\.com\/.*",
            r".*fonts\.googleapis\.com",
            r"\/a\.webp$",
            r"\.js$",
            r"\/icon\.io",
        ] {
            assert_eq!(pattern(not).foreign_host(), None, "{not}");
        }
    }

    #[test]
    fn what_might_run_for_ever_is_not_run() {
        for slow in ["(a+)+$", "(a|a)*$", "(.*)*x", ".*.*.*.*.*.*x", "((a?){10}){10}b", "(?:.|.)+x", "a{1,100000}"] {
            assert!(Pattern::new(slow, "").is_none(), "{slow}");
        }
        assert!(Pattern::new("(", "").is_none());
        assert!(Pattern::new(&"a".repeat(LONGEST + 1), "").is_none());
    }

    #[test]
    fn pages_are_the_start_page_and_others() {
        assert!(pattern(r"^https?.*").takes_pages());
        assert!(!pattern(r"\/api\/").takes_pages());
    }
}
