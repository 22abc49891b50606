//! Bodies on their way, and messages of our own.

use std::error::Error;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

/// A body on its way, in either direction.
pub(crate) type Body = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

pub(crate) fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

pub(crate) fn full(text: &str) -> Body {
    Full::new(Bytes::copy_from_slice(text.as_bytes())).map_err(|never| match never {}).boxed_unsync()
}

/// A page of our own. A whole browser asks for an icon that a page does not name, and a headless shell does not: what
/// becomes of the app is not to depend on that.
pub(crate) fn html(title: &str, body: &str) -> String {
    let head = format!("<head><title>{title}</title><link rel=\"icon\" href=\"data:,\"></head>");
    format!("<!doctype html><html>{head}<body>{body}</body></html>\n")
}

/// A message of our own, for people.
pub(crate) fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(full(&format!("swapcheck: {text}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
