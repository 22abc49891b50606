//! Faults: what an origin does wrong on purpose.

use std::fmt;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderName, HeaderValue};

use super::matching::Match;
use crate::http::html;
use crate::trace::Gravity;

/// Something that an origin does wrong on purpose, until the fault is healed.
///
/// Faults apply in the order in which they were injected. Of those that respond themselves, and of those that choose a
/// release, the first one counts; delays add up; header changes are all made, one after the other.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The requests that it affects.
    pub matching: Match,
    /// What happens to them.
    pub effect: Effect,
    /// Which misbehavior it excuses.
    pub gravity: Gravity,
    /// A description of the fault.
    pub text: String,
    /// True if it affects only the first URL that it matches, every time that URL is requested.
    pub first_url_only: bool,
}

impl Fault {
    /// A fault with a generated description.
    #[must_use]
    pub fn new(matching: Match, effect: Effect, gravity: Gravity) -> Self {
        let text = format!("{matching}: {effect}");
        Self { matching, effect, gravity, text, first_url_only: false }
    }

    /// The same fault with this description in the trace.
    #[must_use]
    pub fn called(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Sends this response; no release is asked. HTML, unless the headers say otherwise.
    Status {
        /// The status.
        code: StatusCode,
        /// The body.
        body: String,
        /// Headers, for example a `cache-control` that makes things worse.
        headers: Vec<(HeaderName, HeaderValue)>,
    },
    /// Sends an HTML page with status 200, whatever was requested.
    SoftError {
        /// The page.
        body: String,
    },
    /// Closes the connection without a response.
    Drop,
    /// Delays the response by this much, or until the fault is healed.
    Delay(Duration),
    /// Holds the response until the fault is healed.
    Hold,
    /// Releases take turns, separately for each URL: the first request goes to the first release, the second to the
    /// second. So the result does not depend on the order of different URLs. Requests with different `Sec-Fetch-Dest`
    /// are counted separately, so it does not depend either on whether a page or an installing worker comes first.
    Alternate {
        /// Names of the releases, at least one.
        releases: Vec<String>,
    },
    /// Sends a text file; no release is asked. Range requests are supported.
    File {
        /// The text, in ASCII.
        body: String,
        /// Its `Content-Type`.
        content_type: &'static str,
    },
    /// What the responding release does not have (status 404) comes from this one, as on a host that keeps the files of
    /// an earlier release.
    Keep {
        /// Its name.
        release: String,
    },
    /// This release responds, as on a CDN edge that was not purged.
    Pin {
        /// Its name.
        release: String,
    },
    /// Changes the headers of a release's response. Responses of faults are not changed.
    Headers {
        /// Headers to set, replacing those that the release sent.
        set: Vec<(HeaderName, HeaderValue)>,
        /// Headers to remove, before the others are set.
        remove: Vec<HeaderName>,
    },
}

impl Effect {
    /// An error page like that of a gateway, without caching headers.
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

    /// A fixed response.
    #[must_use]
    pub fn fixed(code: StatusCode, body: &str) -> Self {
        Self::Status { code, body: body.to_owned(), headers: Vec::new() }
    }

    /// The same response with one more header. Only a fixed response has headers.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.push((name, HeaderValue::from_static(value)));
        }
        self
    }

    /// An error page with a success status.
    #[must_use]
    pub fn soft_error() -> Self {
        Self::SoftError { body: html("Maintenance", "<h1>Back soon</h1>") }
    }

    /// `cache-control: no-store`, so that the HTTP cache hides nothing.
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

    /// The body that it sends itself, if any.
    pub(super) fn body(&self) -> Option<&str> {
        match self {
            Self::Status { body, .. } | Self::SoftError { body } | Self::File { body, .. } => Some(body),
            _ => None,
        }
    }

    /// True if no release is asked.
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
            Self::Delay(time) => write!(f, "response delayed by {} ms", time.as_millis()),
            Self::Hold => f.write_str("no response until the fault ends"),
            Self::Alternate { releases } => write!(f, "releases {} take turns", releases.join(", ")),
            Self::File { content_type, .. } => write!(f, "a file of type {content_type}, whole or in part"),
            Self::Keep { release } => write!(f, "files of release {release} remain available"),
            Self::Pin { release } => write!(f, "release {release} still responds"),
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
