//! What an origin does wrong on purpose.

use std::fmt;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderName, HeaderValue};

use super::matching::Match;
use crate::http::html;
use crate::trace::Gravity;

/// Something that an origin does wrong on purpose, until it is healed.
///
/// Faults apply in the order in which they were injected: of those that answer, and of those that choose a release, the
/// first one counts; waits add up; changes of headers are all made, one after the other.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which requests it concerns.
    pub matching: Match,
    /// What happens to them.
    pub effect: Effect,
    /// What it excuses.
    pub gravity: Gravity,
    /// The fault in words.
    pub text: String,
    /// True where it concerns the first URL only that it meets, each time that is asked for.
    pub first_url_only: bool,
}

impl Fault {
    /// A fault that describes itself.
    #[must_use]
    pub fn new(matching: Match, effect: Effect, gravity: Gravity) -> Self {
        let text = format!("{matching}: {effect}");
        Self { matching, effect, gravity, text, first_url_only: false }
    }

    /// The same, for a reader of the trace in these words.
    #[must_use]
    pub fn called(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Effect {
    /// This answer, and no release is asked. HTML, unless the headers say otherwise.
    Status {
        /// The status.
        code: StatusCode,
        /// The body.
        body: String,
        /// Headers, such as a `cache-control` that makes things worse.
        headers: Vec<(HeaderName, HeaderValue)>,
    },
    /// An HTML page with status 200, whatever was asked for.
    SoftError {
        /// The page.
        body: String,
    },
    /// The connection is closed without an answer.
    Drop,
    /// The answer comes so much later, or as soon as the fault is healed.
    Delay(Duration),
    /// The answer comes when the fault is healed.
    Hold,
    /// Releases take turns, for each URL by itself: its first request is answered by the first release, its second by
    /// the second. So the outcome does not depend on the order of different URLs; nor on whether the page or a worker
    /// that installs asks first, as what they ask for it as (`Sec-Fetch-Dest`) is counted apart.
    Alternate {
        /// Names of the releases, at least one.
        releases: Vec<String>,
    },
    /// A file of text, and no release is asked. Who asks for a part of it gets that part.
    File {
        /// The text, in ASCII.
        body: String,
        /// Its `Content-Type`.
        content_type: &'static str,
    },
    /// What the release that answers does not have (status 404) comes from this one, as at a host that keeps the files
    /// of a former release.
    Keep {
        /// Its name.
        release: String,
    },
    /// This release answers, as at an edge that was not purged.
    Pin {
        /// Its name.
        release: String,
    },
    /// A release's answer gets other headers. Answers of faults are left as they are.
    Headers {
        /// Headers to set, in place of what the release sent.
        set: Vec<(HeaderName, HeaderValue)>,
        /// Headers to take away, before the others are set.
        remove: Vec<HeaderName>,
    },
}

impl Effect {
    /// An error page such as a gateway makes, without a word about caching.
    #[must_use]
    pub fn status(code: StatusCode) -> Self {
        let text = code.to_string();
        Self::page(code, &text, &format!("<center><h1>{text}</h1></center>"))
    }

    /// A page with this status.
    #[must_use]
    pub fn page(code: StatusCode, title: &str, body: &str) -> Self {
        Self::fixed(code, &html(title, body))
    }

    /// A fixed answer.
    #[must_use]
    pub fn fixed(code: StatusCode, body: &str) -> Self {
        Self::Status { code, body: body.to_owned(), headers: Vec::new() }
    }

    /// The same answer with one more header. Only a fixed answer has any.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.push((name, HeaderValue::from_static(value)));
        }
        self
    }

    /// An error page that claims success.
    #[must_use]
    pub fn soft_error() -> Self {
        Self::SoftError { body: html("Maintenance", "<h1>Back soon</h1>") }
    }

    /// `cache-control: no-store`, so that the HTTP cache masks nothing.
    #[must_use]
    pub fn no_store() -> Self {
        Self::Headers { set: vec![(CACHE_CONTROL, HeaderValue::from_static("no-store"))], remove: Vec::new() }
    }

    /// Names of the releases that it needs.
    pub(super) fn releases(&self) -> &[String] {
        match self {
            Self::Alternate { releases } => releases,
            Self::Pin { release } | Self::Keep { release } => std::slice::from_ref(release),
            _ => &[],
        }
    }

    /// What it answers by itself.
    pub(super) fn body(&self) -> Option<&str> {
        match self {
            Self::Status { body, .. } | Self::SoftError { body } | Self::File { body, .. } => Some(body),
            _ => None,
        }
    }

    /// True where no release is asked.
    pub(super) fn answers(&self) -> bool {
        matches!(self, Self::Status { .. } | Self::SoftError { .. } | Self::File { .. } | Self::Drop)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { code, headers, .. } => {
                write!(f, "status {}", code.as_u16())?;
                listed(f, headers, " with ")
            }
            Self::SoftError { .. } => f.write_str("200 with an HTML error page"),
            Self::Drop => f.write_str("connection dropped"),
            Self::Delay(time) => write!(f, "answered {} ms late", time.as_millis()),
            Self::Hold => f.write_str("no answer until the fault ends"),
            Self::Alternate { releases } => write!(f, "releases {} take turns", releases.join(", ")),
            Self::File { content_type, .. } => write!(f, "a file of type {content_type}, whole or in part"),
            Self::Keep { release } => write!(f, "files of release {release} are kept"),
            Self::Pin { release } => write!(f, "release {release} still answers"),
            Self::Headers { set, remove } => {
                listed(f, set, "sent with ")?;
                for (at, name) in remove.iter().enumerate() {
                    let before = match (at, set.is_empty()) {
                        (0, true) => "sent without ",
                        (0, false) => " and without ",
                        _ => ", ",
                    };
                    write!(f, "{before}{name}")?;
                }
                Ok(())
            }
        }
    }
}

fn listed(f: &mut fmt::Formatter<'_>, headers: &[(HeaderName, HeaderValue)], before: &str) -> fmt::Result {
    headers.iter().enumerate().try_for_each(|(at, (name, value))| {
        f.write_str(if at == 0 { before } else { ", " })?;
        write!(f, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use hyper::header::ETAG;

    use super::*;

    #[test]
    fn no_browser_has_to_ask_for_the_icon_of_our_pages() {
        let pages =
            [Effect::status(StatusCode::BAD_GATEWAY), Effect::page(StatusCode::OK, "", ""), Effect::soft_error()];
        assert!(pages.iter().all(|effect| effect.body().is_some_and(|body| body.contains("rel=\"icon\""))));
    }

    #[test]
    fn faults_describe_themselves() {
        let said = |matching, effect| Fault::new(matching, effect, Gravity::Breaks).text;
        assert_eq!(said(Match::Any, Effect::status(StatusCode::BAD_GATEWAY)), "every request: status 502");
        assert_eq!(said(Match::StaticAsset, Effect::no_store()), "static assets: sent with cache-control: no-store");
        let immutable = (CACHE_CONTROL, HeaderValue::from_static("immutable"));
        let status =
            Effect::Status { code: StatusCode::NOT_FOUND, body: String::new(), headers: vec![immutable.clone()] };
        assert_eq!(said(Match::Script, status), "scripts: status 404 with cache-control: immutable");
        let both = Effect::Headers { set: vec![immutable], remove: vec![ETAG] };
        assert_eq!(said(Match::Any, both), "every request: sent with cache-control: immutable and without etag");
        let removed = Effect::Headers { set: vec![], remove: vec![ETAG, CACHE_CONTROL] };
        assert_eq!(said(Match::Any, removed), "every request: sent without etag, cache-control");
        let turns = Effect::Alternate { releases: vec!["A".into(), "B".into()] };
        assert_eq!(said(Match::Any, turns), "every request: releases A, B take turns");
    }
}
