//! What answers for a release, whichever kind it is.

use std::error::Error;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode};

use super::directory::{self, NotFound};
use super::host::Address;
use super::proxy;
use crate::release::{Backend, Release};

/// A body on its way, in either direction.
pub(crate) type Body = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

pub(crate) fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

pub(super) fn full(text: &str) -> Body {
    Full::new(Bytes::copy_from_slice(text.as_bytes())).map_err(|never| match never {}).boxed_unsync()
}

/// A page of our own. A whole browser asks for an icon that a page does not name, and a headless shell does not: what
/// becomes of the app is not to depend on that.
pub(super) fn html(title: &str, body: &str) -> String {
    let head = format!("<head><title>{title}</title><link rel=\"icon\" href=\"data:,\"></head>");
    format!("<!doctype html><html>{head}<body>{body}</body></html>\n")
}

/// A message of our own, for people.
pub(super) fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(full(&format!("swapcheck: {text}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// An answer of `release`; `public` is the address under which the browser knows it.
///
/// # Errors
/// When the release's server gives no answer, in words.
pub(super) async fn answer(
    client: &proxy::Client,
    release: &Release,
    public: &Address,
    mut request: Request<Body>,
) -> Result<Response<Body>, String> {
    for (name, value) in &release.headers {
        request.headers_mut().insert(name.clone(), value.clone());
    }
    match &release.backend {
        Backend::Directory(root) => Ok(directory::answer(root, request, NotFound::Page).await),
        Backend::SinglePage(root) => Ok(directory::answer(root, request, NotFound::StartPage).await),
        Backend::Server(addr) => proxy::forward(client, *addr, public, request)
            .await
            .map_err(|error| format!("release {} at {addr} gave no answer: {error}", release.name)),
        Backend::Rehearsed(site) => site.answer(&public.to_string(), request).await,
        Backend::Remote(remote) => remote
            .upstream()
            .forward(public, request)
            .await
            .map_err(|error| format!("release {} at {remote} gave no answer: {error}", release.name)),
    }
}
