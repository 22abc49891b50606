//! One listener for all origins of a process, told apart by the `Host` header, so that one browser can visit many.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, ORIGIN, REFERER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use super::backend::{Body, full, plain};
use super::handle::Origin;
use super::matching::text;
use super::proxy;
use super::serve::{Dropped, Served};
use super::tls::Tls;
use crate::release::Release;
use crate::trace::Log;

/// The domain of HTTPS origins. `.example` is reserved: it exists nowhere else (RFC 2606).
const DOMAIN: &str = "swapcheck.example";

/// The host from which an app may take its assets, as from a CDN: for every origin the same, since a build has its name
/// in it. Who asks, by `Origin` or `Referer`, tells whose assets are meant. HTTPS only.
const ASSETS: &str = "assets.swapcheck.example";

/// Path of an empty page that every origin has, whatever its releases and faults; it is not logged.
pub const BLANK: &str = "/.swapcheck/blank";

/// How the browser reaches the origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `https://<label>.swapcheck.example`, with a certificate that the browser has to be told to take.
    Https,
    /// `http://<label>.localhost:<port>`.
    Http,
}

impl Scheme {
    /// As in a URL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

/// Where the browser finds one origin.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub scheme: Scheme,
    /// As in the `Host` header: with its port, where that is not the scheme's own.
    pub host: String,
}

impl Address {
    /// What stands before the path in a URL.
    pub fn base(&self, by: Host) -> String {
        match by {
            Host::Own => self.to_string(),
            Host::Assets => format!("{}://{ASSETS}", Scheme::Https.name()),
        }
    }
}

/// Which host of an origin is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Host {
    /// Its own.
    #[default]
    Own,
    /// The one that has assets only.
    Assets,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.host)
    }
}

/// The origins by their hosts.
#[derive(Clone, Debug, Default)]
pub(super) struct Registry(Arc<Mutex<BTreeMap<String, Arc<Served>>>>);

impl Registry {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Served>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn remove(&self, host: &str) {
        self.lock().remove(host);
    }
}

/// The listener. Dropping it closes all its connections.
pub struct OriginHost {
    scheme: Scheme,
    port: u16,
    spki: Option<String>,
    client: proxy::Client,
    registry: Registry,
    accepting: AbortHandle,
}

impl OriginHost {
    /// Listens on a free port of 127.0.0.1. Needs a tokio runtime, in which it then serves.
    ///
    /// # Errors
    /// When there is no free port or no certificate can be made.
    pub async fn bind(scheme: Scheme) -> io::Result<Self> {
        let tls = match scheme {
            Scheme::Https => Some(Tls::new(DOMAIN)?),
            Scheme::Http => None,
        };
        let spki = tls.as_ref().map(|tls| tls.spki.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let registry = Registry::default();
        let accepting = tokio::spawn(accept(listener, tls, registry.clone())).abort_handle();
        Ok(Self { scheme, port, spki, client: proxy::client(), registry, accepting })
    }

    /// Arguments with which Chromium finds the origins and takes their certificate. Chromium heeds the latter only
    /// beside a `--user-data-dir`.
    #[must_use]
    pub fn browser_args(&self) -> Vec<String> {
        let Some(spki) = &self.spki else { return Vec::new() };
        vec![
            format!("--host-resolver-rules=MAP *.{DOMAIN} 127.0.0.1:{}", self.port),
            format!("--ignore-certificate-errors-spki-list={spki}"),
        ]
    }

    /// A new origin that serves the first of `releases`. Its name is made of `label`; where another origin has that
    /// name, a number is added.
    ///
    /// # Panics
    /// Without a release.
    pub fn origin(&self, label: &str, releases: Vec<Release>, log: Log) -> Origin {
        let Some(current) = releases.first().map(|release| release.name.clone()) else {
            panic!("an origin needs a release");
        };
        let label = dns_label(label);
        let mut origins = self.registry.lock();
        let mut host = self.host_name(&label);
        for number in 2.. {
            if !origins.contains_key(&host) && host != ASSETS {
                break;
            }
            host = self.host_name(&format!("{label}-{number}"));
        }
        let address = Address { scheme: self.scheme, host: host.clone() };
        let served = Arc::new(Served::new(address, releases, log, self.client.clone(), current));
        origins.insert(host, served.clone());
        Origin::new(served, self.registry.clone())
    }

    fn host_name(&self, label: &str) -> String {
        match self.scheme {
            Scheme::Https => format!("{label}.{DOMAIN}"),
            Scheme::Http => format!("{label}.localhost:{}", self.port),
        }
    }
}

impl Drop for OriginHost {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A label of a host name: small letters, digits and inner hyphens, at most 50 of them.
fn dns_label(label: &str) -> String {
    let mut name: String =
        label.chars().take(50).map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    name.truncate(name.trim_end_matches('-').len());
    let name = name.trim_start_matches('-');
    if name.is_empty() { "origin".to_owned() } else { name.to_owned() }
}

async fn accept(listener: TcpListener, tls: Option<Tls>, registry: Registry) {
    // The connections go with this set when the task is aborted.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
                    connections.spawn(connection(stream, acceptor, registry.clone()));
                }
                // Out of file descriptors, say: without a pause this would spin until some are free.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, tls: Option<tokio_rustls::TlsAcceptor>, registry: Registry) {
    let _ = stream.set_nodelay(true);
    match tls {
        None => serve(stream, registry).await,
        // A browser opens connections that it then does not use, so a failed handshake means nothing.
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream, registry).await;
            }
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send, registry: Registry) {
    let service = service_fn(|request| route(&registry, request));
    // An error is either a drop on purpose or a browser that went away.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn route(registry: &Registry, request: Request<Incoming>) -> Result<Response<Body>, Dropped> {
    let host = text(request.headers(), HOST).to_ascii_lowercase();
    let by = if host == ASSETS { Host::Assets } else { Host::Own };
    let owner = if by == Host::Assets { asker(request.headers()) } else { host.clone() };
    let served = registry.lock().get(&owner).cloned();
    match served {
        None => Ok(misdirected(registry, &host)),
        Some(_) if request.uri().path() == BLANK => Ok(blank()),
        Some(served) => served.answer(by, request.map(|body| body.map_err(Into::into).boxed_unsync())).await,
    }
}

/// The host of the page or worker that asks, empty when it does not say.
fn asker(headers: &HeaderMap) -> String {
    let names = [text(headers, ORIGIN), text(headers, REFERER)];
    let hosts =
        names.iter().filter_map(|url| Some(url.parse::<Uri>().ok()?.authority()?.as_str().to_ascii_lowercase()));
    hosts.into_iter().next().unwrap_or_default()
}

fn misdirected(registry: &Registry, host: &str) -> Response<Body> {
    let origins = registry.lock();
    let known = origins.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let text = format!("there is no origin {host:?}; known: {known}");
    plain(StatusCode::MISDIRECTED_REQUEST, &text)
}

fn blank() -> Response<Body> {
    let mut response = Response::new(full("<!doctype html><title>blank</title>\n"));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        assert_eq!(dns_label("Next-PWA open_tab"), "next-pwa-open-tab");
        assert_eq!(dns_label("--ü"), "origin");
        assert_eq!(dns_label(&"x".repeat(99)).len(), 50);
    }
}
