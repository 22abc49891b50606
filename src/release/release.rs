//! A release: one deployable build, with a name.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::header::HeaderMap;

use super::rehearsal::Rehearsed;
use super::remote::Remote;
use super::server::Server;

/// One deployable build. A clone is the same release, and as cheap as its name.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its name: `A`, `B` …
    pub name: String,
    /// What answers for it.
    pub backend: Backend,
    /// What every request that is handed to it gets in addition, such as what lets through to a protected app.
    pub(crate) headers: HeaderMap,
    server: Option<Arc<Server>>,
}

/// What answers for a release.
#[derive(Clone, Debug)]
pub enum Backend {
    /// A directory of files.
    Directory(PathBuf),
    /// A directory of files with one page, which stands for every page that is no file.
    SinglePage(PathBuf),
    /// A server on this machine.
    Server(SocketAddr),
    /// A site that somebody else serves.
    Remote(Remote),
    /// A site of which a deploy is rehearsed.
    Rehearsed(Arc<Rehearsed>),
}

impl Release {
    /// A release that is a directory or a URL, or a server whose life is somebody else's concern.
    #[must_use]
    pub fn new(name: &str, backend: Backend) -> Self {
        Self { name: name.to_owned(), backend, headers: HeaderMap::new(), server: None }
    }

    /// A release that is served by `server`, which lives as long as any clone of the release.
    #[must_use]
    pub fn served(name: &str, server: Server) -> Self {
        let backend = Backend::Server(server.addr);
        let server = Some(Arc::new(server));
        Self { server, ..Self::new(name, backend) }
    }

    /// Adds these headers to every request that is handed to it.
    #[must_use]
    pub fn with_headers(self, headers: HeaderMap) -> Self {
        Self { headers, ..self }
    }

    /// Ends its server politely and waits until it is gone, if this is the last clone. A server that is only dropped
    /// is killed.
    pub async fn end(self) {
        if let Some(server) = self.server.and_then(Arc::into_inner) {
            server.end().await;
        }
    }
}
