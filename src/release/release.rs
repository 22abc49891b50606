//! A release: one deployable build, with a name.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::remote::Remote;
use super::server::Server;

/// One deployable build. A clone is the same release, and as cheap as its name.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its name: `A`, `B` …
    pub name: String,
    /// What answers for it.
    pub backend: Backend,
    server: Option<Arc<Server>>,
}

/// What answers for a release.
#[derive(Clone, Debug)]
pub enum Backend {
    /// A directory of files.
    Directory(PathBuf),
    /// A server on this machine.
    Server(SocketAddr),
    /// A site that somebody else serves.
    Remote(Remote),
}

impl Release {
    /// A release that is a directory or a URL, or a server whose life is somebody else's concern.
    #[must_use]
    pub fn new(name: &str, backend: Backend) -> Self {
        Self { name: name.to_owned(), backend, server: None }
    }

    /// A release that is served by `server`, which lives as long as any clone of the release.
    #[must_use]
    pub fn served(name: &str, server: Server) -> Self {
        Self { name: name.to_owned(), backend: Backend::Server(server.addr), server: Some(Arc::new(server)) }
    }

    /// Ends its server politely and waits until it is gone, if this is the last clone. A server that is only dropped
    /// is killed.
    pub async fn end(self) {
        if let Some(server) = self.server.and_then(Arc::into_inner) {
            server.end().await;
        }
    }
}
