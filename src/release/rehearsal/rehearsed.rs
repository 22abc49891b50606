//! A release of a rehearsal: today's site, or the next release derived from it.

use std::fmt;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_RANGES, ALT_SVC, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
    LAST_MODIFIED, LINK, STRICT_TRANSPORT_SECURITY,
};
use hyper::{Method, Request, Response, StatusCode};

use super::next::{Kind, Next};
use super::recording::{Record, Recording};
use crate::http::{Body, empty};

/// Name of the site's release.
pub const TODAY: &str = "today";

/// Name of the release derived from it.
pub const NEXT: &str = "next";

/// The attribute of the root element that contains the release.
pub(crate) const MARK: &str = "data-swapcheck-release";

/// Headers that do not apply to a rehearsed response: they describe the original body, or lead the browser elsewhere.
const DROPPED: [HeaderName; 9] = [
    ACCEPT_RANGES,
    ALT_SVC,
    CONTENT_LENGTH,
    ETAG,
    LAST_MODIFIED,
    STRICT_TRANSPORT_SECURITY,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("nel"),
    HeaderName::from_static("report-to"),
];

/// Today's site, or its next release.
pub struct Rehearsed {
    recording: Arc<Recording>,
    next: Option<Arc<Next>>,
}

impl Rehearsed {
    /// The site as it is.
    #[must_use]
    pub fn today(recording: Arc<Recording>) -> Self {
        Self { recording, next: None }
    }

    pub(crate) fn next(recording: Arc<Recording>, next: Arc<Next>) -> Self {
        Self { recording, next: Some(next) }
    }

    fn name(&self) -> &'static str {
        if self.next.is_some() { NEXT } else { TODAY }
    }

    /// Answers a request to the site or to one of its asset hosts.
    ///
    /// # Errors
    /// When the site does not respond; the message says why.
    pub(crate) async fn answer(&self, public: &str, request: Request<Body>) -> Result<Response<Body>, String> {
        let url = match request.uri().scheme() {
            Some(_) => request.uri().to_string(),
            None => format!("{public}{}", request.uri().path_and_query().map_or("/", |path| path.as_str())),
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            self.recording.not_sent(format!("{} {}", request.method(), url.split('?').next().unwrap_or(&url)));
            let mut response = Response::new(empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            return Ok(response);
        }
        let asked = self.next.as_ref().map_or_else(|| url.clone(), |next| next.today(&url));
        let record = self.recording.get(&asked, request.headers()).await?;
        let body = self.body(&asked, &record);
        let mut response = Response::new(empty());
        *response.status_mut() = record.status;
        let headers = response.headers_mut();
        headers.clone_from(&record.headers);
        for name in &DROPPED {
            headers.remove(name);
        }
        if let Some(next) = &self.next {
            let links: Vec<HeaderValue> = headers
                .get_all(LINK)
                .iter()
                .map(|value| {
                    let text = value.to_str().ok().map(|text| next.text(text));
                    text.and_then(|text| HeaderValue::from_str(&text).ok()).unwrap_or_else(|| value.clone())
                })
                .collect();
            headers.remove(LINK);
            for link in links {
                headers.append(LINK, link);
            }
        }
        headers.insert(CONTENT_LENGTH, body.len().into());
        if *request.method() == Method::GET {
            *response.body_mut() = Full::new(body).map_err(|never| match never {}).boxed_unsync();
        }
        Ok(response)
    }

    /// The body as this release serves it.
    fn body(&self, url: &str, record: &Record) -> Bytes {
        let kind = Kind::of(record.header(CONTENT_TYPE));
        let encoded = !matches!(record.header(CONTENT_ENCODING), "" | "identity");
        let text = std::str::from_utf8(&record.body).ok().filter(|_| kind != Kind::Binary && !encoded);
        let Some(text) = text else { return record.body.clone() };
        let text = match &self.next {
            Some(next) => next.body(url, kind, record.is_fixed(), text),
            None => text.to_owned(),
        };
        if kind == Kind::Html && record.status.is_success() { marked(&text, self.name()).into() } else { text.into() }
    }
}

impl fmt::Debug for Rehearsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.name(), self.recording.site())
    }
}

/// Adds the release mark to a document. A fragment is left unchanged.
fn marked(html: &str, release: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find("<html").map(|at| from + at + "<html".len()) {
        if lower[at..].starts_with(|c: char| c == '>' || c == '/' || c.is_ascii_whitespace()) {
            return format!("{} {MARK}=\"{release}\"{}", &html[..at], &html[at..]);
        }
        from = at;
    }
    // The tag may be missing.
    let doctype = lower.trim_start().starts_with("<!doctype html");
    match lower.find('>').filter(|_| doctype) {
        Some(end) => format!("{}<html {MARK}=\"{release}\">{}", &html[..=end], &html[end + 1..]),
        None => html.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_name_their_release() {
        let mark = " data-swapcheck-release=\"today\"";
        assert_eq!(
            marked("<!DOCTYPE html><html lang=en><p>", TODAY),
            format!("<!DOCTYPE html><html{mark} lang=en><p>")
        );
        assert_eq!(marked("<HTML><p>", TODAY), format!("<HTML{mark}><p>"));
        assert_eq!(
            marked("<!doctype html><title>x</title>", TODAY),
            format!("<!doctype html><html{mark}><title>x</title>")
        );
        for part in ["<p>part</p>", "", "<html-part>", "{}"] {
            assert_eq!(marked(part, TODAY), part);
        }
    }
}
