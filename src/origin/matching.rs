//! Selects the requests that a fault affects.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};
use hyper::header::{ACCEPT, AsHeaderName, HeaderMap, RANGE, REFERER};
use hyper::{Request, Uri};

use crate::http::Host;

/// The requests that a fault affects. Paths are those of the URL as sent: percent-encoded, without the query.
#[derive(Clone, Debug)]
pub enum Match {
    /// Every request.
    Any,
    /// Navigations: `Sec-Fetch-Dest: document` or `Sec-Fetch-Mode: navigate`, or, if a client sends neither, an `Accept`
    /// that names `text/html`. Does not match a page that a worker precaches: nothing in that request identifies it.
    Document,
    /// A worker's own script (`Service-Worker: script` or `Sec-Fetch-Dest: serviceworker`), at registration and at each
    /// update check.
    WorkerScript,
    /// Scripts by path (`.js`, `.mjs`) or `Sec-Fetch-Dest: script`, from any client; not a worker's own script.
    Script,
    /// Build assets: everything under `/_next/static/`, and scripts, styles, source maps, WebAssembly, fonts and images
    /// by extension. No JSON, no documents, and not a worker's own script.
    StaticAsset,
    /// Requests to the assets host, which stands for the app's CDN.
    AssetsHost,
    /// Requests of the worker with this script path itself, for example while it installs. Requests that it forwards for
    /// a page have the page as their `Referer`.
    FetchedBy(String),
    /// The path begins with this.
    Prefix(String),
    /// The path ends with this.
    Suffix(String),
    /// The path matches a glob; see [`Match::glob`].
    Glob(GlobMatcher),
    /// All of these.
    All(Vec<Match>),
    /// At least one of these.
    OneOf(Vec<Match>),
    /// Negates the match.
    Not(Box<Match>),
}

/// Extensions of [`Match::StaticAsset`].
const STATIC: [&str; 18] = [
    "js", "mjs", "css", "map", "wasm", "woff", "woff2", "ttf", "otf", "png", "jpg", "jpeg", "gif", "svg", "webp",
    "avif", "ico", "webm",
];

impl Match {
    /// The path matches a glob, in which `*` stays within one segment and `**` does not: `/_next/static/**/*.js`.
    ///
    /// # Errors
    /// When the pattern is not a valid glob.
    pub fn glob(pattern: &str) -> Result<Self, globset::Error> {
        Ok(Self::Glob(GlobBuilder::new(pattern).literal_separator(true).build()?.compile_matcher()))
    }

    /// Both this and `other`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::All(vec![self, other])
    }

    /// Negates the match.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads better in a chain than an operator")]
    pub fn not(self) -> Self {
        Self::Not(Box::new(self))
    }

    pub(super) fn matches(&self, seen: &Seen) -> bool {
        match self {
            Self::Any => true,
            Self::Document => seen.document,
            Self::WorkerScript => seen.worker_script,
            Self::Script => {
                !seen.worker_script
                    && (seen.destination == "script" || matches!(extension(&seen.path), Some("js" | "mjs")))
            }
            Self::StaticAsset => {
                !seen.worker_script
                    && !seen.document
                    && (seen.path.starts_with("/_next/static/")
                        || extension(&seen.path).is_some_and(|extension| STATIC.contains(&extension)))
            }
            Self::AssetsHost => matches!(seen.by, Host::Assets(_)),
            Self::FetchedBy(script) => !seen.worker_script && seen.destination == "empty" && seen.referrer == *script,
            Self::Prefix(prefix) => seen.path.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => seen.path.ends_with(suffix.as_str()),
            Self::Glob(glob) => glob.is_match(&seen.path),
            Self::All(all) => all.iter().all(|one| one.matches(seen)),
            Self::OneOf(any) => any.iter().any(|one| one.matches(seen)),
            Self::Not(not) => !not.matches(seen),
        }
    }
}

fn extension(path: &str) -> Option<&str> {
    let (_, name) = path.rsplit_once('/')?;
    name.rsplit_once('.').map(|(_, extension)| extension)
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, all: &[Self], by: &str| {
            all.iter().enumerate().try_for_each(|(at, one)| {
                if at > 0 {
                    f.write_str(by)?;
                }
                one.fmt(f)
            })
        };
        match self {
            Self::Any => f.write_str("every request"),
            Self::Document => f.write_str("documents"),
            Self::WorkerScript => f.write_str("the worker script"),
            Self::Script => f.write_str("scripts"),
            Self::StaticAsset => f.write_str("static assets"),
            Self::AssetsHost => f.write_str("the assets host"),
            Self::FetchedBy(script) => write!(f, "requests of the worker {script}"),
            Self::Prefix(prefix) => write!(f, "{prefix}…"),
            Self::Suffix(suffix) => write!(f, "…{suffix}"),
            Self::Glob(glob) => f.write_str(glob.glob().glob()),
            Self::All(all) => joined(f, all, " that are "),
            Self::OneOf(any) => joined(f, any, " and "),
            Self::Not(not) => write!(f, "not {not}"),
        }
    }
}

/// The properties of a request that faults can match.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The requested host. It cannot be derived from the request alone.
    pub by: Host,
    pub method: String,
    /// As sent, without the query.
    pub path: String,
    /// As sent.
    pub path_and_query: String,
    /// `Sec-Fetch-Dest`, empty if absent.
    pub destination: String,
    pub document: bool,
    pub worker_script: bool,
    /// A navigation preload: sent by the browser before the worker handles the navigation.
    pub preload: bool,
    /// `Range`, empty if absent.
    pub range: String,
    /// Path of the `Referer`, empty if absent.
    pub referrer: String,
}

impl Seen {
    pub fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        let destination = text(headers, "sec-fetch-dest");
        let mode = text(headers, "sec-fetch-mode");
        let says_nothing = destination.is_empty() && mode.is_empty();
        Self {
            by: Host::Own,
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            path_and_query: request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            document: destination == "document"
                || mode == "navigate"
                || (says_nothing && text(headers, ACCEPT).contains("text/html")),
            worker_script: text(headers, "service-worker") == "script" || destination == "serviceworker",
            preload: headers.contains_key("service-worker-navigation-preload"),
            range: text(headers, RANGE),
            destination,
            referrer: text(headers, REFERER).parse::<Uri>().map(|uri| uri.path().to_owned()).unwrap_or_default(),
        }
    }
}

/// A header as text, empty if absent.
pub(super) fn text(headers: &HeaderMap, name: impl AsHeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(path: &str, headers: &[(&str, &str)]) -> Seen {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Seen::of(&request.body(()).unwrap())
    }

    #[test]
    fn documents() {
        for headers in [
            &[("sec-fetch-dest", "document")][..],
            &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
            &[("accept", "text/html,*/*")],
        ] {
            assert!(Match::Document.matches(&seen("/", headers)), "{headers:?}");
        }
        for headers in [&[][..], &[("sec-fetch-dest", "empty"), ("accept", "text/html")]] {
            assert!(!Match::Document.matches(&seen("/", headers)), "{headers:?}");
        }
    }

    #[test]
    fn scripts_are_not_worker_scripts() {
        let worker = seen("/sw.js", &[("service-worker", "script"), ("sec-fetch-dest", "serviceworker")]);
        assert!(Match::WorkerScript.matches(&worker));
        assert!(!Match::Script.matches(&worker) && !Match::StaticAsset.matches(&worker));
        for (path, headers) in [("/a/b.js?x=1", &[][..]), ("/m.mjs", &[]), ("/x", &[("sec-fetch-dest", "script")])] {
            let script = seen(path, headers);
            assert!(Match::Script.matches(&script) && !Match::WorkerScript.matches(&script), "{path}");
        }
        assert!(!Match::Script.matches(&seen("/x.css?a=.js", &[])));
    }

    #[test]
    fn static_assets() {
        for path in ["/_next/static/x/manifest.json", "/a.css", "/f/x.woff2", "/favicon.ico?v=1"] {
            assert!(Match::StaticAsset.matches(&seen(path, &[])), "{path}");
        }
        for path in ["/", "/form", "/data.json", "/v1.2/form", "/manifest.webmanifest"] {
            assert!(!Match::StaticAsset.matches(&seen(path, &[])), "{path}");
        }
        assert!(!Match::StaticAsset.matches(&seen("/logo.svg", &[("sec-fetch-dest", "document")])));
    }

    #[test]
    fn what_a_worker_fetches_by_itself() {
        let fetched = |referrer: &str, destination: &str| {
            let headers = [("referer", referrer), ("sec-fetch-dest", destination)];
            Match::FetchedBy("/sw.js".to_owned()).matches(&seen("/a.js", &headers))
        };
        assert!(fetched("https://app.test/sw.js", "empty"));
        assert!(!fetched("https://app.test/", "empty") && !fetched("https://app.test/sw.js", "script"));
        assert!(!Match::FetchedBy("/sw.js".to_owned()).matches(&seen("/a.js", &[("sec-fetch-dest", "empty")])));
    }

    #[test]
    fn paths_and_combinations() {
        let here = seen("/a/b/c.js?q", &[]);
        let yes = [
            Match::Prefix("/a/".into()),
            Match::Suffix("c.js".into()),
            Match::glob("/a/**/*.js").unwrap(),
            Match::Any.and(Match::Script),
            Match::OneOf(vec![Match::Document, Match::Script]),
            Match::Document.not(),
        ];
        let no = [
            Match::Prefix("/b".into()),
            Match::Suffix("?q".into()),
            Match::glob("/a/*.js").unwrap(),
            Match::Any.and(Match::Document),
            Match::OneOf(vec![Match::Document, Match::WorkerScript]),
            Match::Any.not(),
        ];
        for one in yes {
            assert!(one.matches(&here), "{one}");
        }
        for one in no {
            assert!(!one.matches(&here), "{one}");
        }
    }
}
