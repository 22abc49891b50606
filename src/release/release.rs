//! A release: one deployable build with a name.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::header::HeaderMap;

use super::rehearsal::Rehearsed;
use super::remote::Remote;
use super::server::Server;

/// One deployable build. Clones are cheap and share the release.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its name: `A`, `B` …
    pub name: String,
    /// What serves it.
    pub backend: Backend,
    /// Headers added to every request to it, for example to access a protected app.
    pub(crate) headers: HeaderMap,
    server: Option<Arc<Server>>,
}

/// What serves a release.
#[derive(Clone, Debug)]
pub enum Backend {
    /// A directory of files.
    Directory(PathBuf),
    /// A directory of files, whose `index.html` is served for every page path without a file.
    SinglePage(PathBuf),
    /// A server on this machine.
    Server(SocketAddr),
    /// A site on another host.
    Remote(Remote),
    /// A site whose next deploy is rehearsed.
    Rehearsed(Arc<Rehearsed>),
}

impl Release {
    /// A release that is a directory or a URL, or a server that is managed elsewhere.
    #[must_use]
    pub fn new(name: &str, backend: Backend) -> Self {
        Self { name: name.to_owned(), backend, headers: HeaderMap::new(), server: None }
    }

    /// A release served by `server`, which runs as long as any clone of the release exists.
    #[must_use]
    pub fn served(name: &str, server: Server) -> Self {
        let backend = Backend::Server(server.addr);
        let server = Some(Arc::new(server));
        Self { server, ..Self::new(name, backend) }
    }

    /// Adds these headers to every request to it.
    #[must_use]
    pub fn with_headers(self, headers: HeaderMap) -> Self {
        Self { headers, ..self }
    }

    /// If this is the last clone, stops its server with SIGTERM and waits until it has exited. A server that is only
    /// dropped is killed.
    pub async fn end(self) {
        if let Some(server) = self.server.and_then(Arc::into_inner) {
            server.end().await;
        }
    }
}
