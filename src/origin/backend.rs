//! Serves a release, whatever its kind.

use hyper::{Request, Response};

use super::directory::{self, NotFound};
use crate::http::Address;
use crate::http::Body;
use crate::http::proxy;
use crate::release::{Backend, Release};

/// A response of `release`; `public` is the address under which the browser requests it.
///
/// # Errors
/// When the release's server does not respond; the text says why.
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
            .map_err(|error| format!("release {} at {addr} did not respond: {error}", release.name)),
        Backend::Rehearsed(site) => site.answer(&public.to_string(), request).await,
        Backend::Remote(remote) => remote
            .upstream()
            .forward(public, request)
            .await
            .map_err(|error| format!("release {} at {remote} did not respond: {error}", release.name)),
    }
}
