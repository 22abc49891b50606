//! One listener for all origins of a process, distinguished by the `Host` header, so that one browser can visit many.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, ORIGIN, REFERER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use url::{Position, Url};

use super::backend::{Body, full, html, plain};
use super::handle::Origin;
use super::matching::text;
use super::proxy;
use super::serve::{Dropped, Served};
use super::tls::Tls;
use crate::release::Release;
use crate::trace::Log;

/// The domain of HTTPS origins. `.example` is reserved (RFC 2606), so it exists nowhere else.
const DOMAIN: &str = "swapcheck.example";

/// The host from which an app can load its assets, as from a CDN. It is the same for every origin, because a build
/// contains its name; the `Origin` or `Referer` header determines whose assets are requested. HTTPS only.
const ASSETS: &str = "assets.swapcheck.example";

/// The first byte of every TLS connection.
const TLS_HANDSHAKE: u8 = 0x16;

/// A free port on a loopback address.
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A connection that is upgraded by a CONNECT request.
type Tunnel = Mutex<Option<OnUpgrade>>;

/// Path of an empty page on every origin, independent of releases and faults; it is not logged.
pub const BLANK: &str = "/.swapcheck/blank";

/// How the browser reaches the origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `https://<label>.swapcheck.example`, with a certificate that the browser must be told to accept.
    Https,
    /// `http://<label>.localhost:<port>`.
    Http,
}

/// The hosts of a live site that an origin replaces, under their own names.
#[derive(Clone, Debug)]
pub struct Site {
    /// A URL of the site.
    pub url: Url,
    /// URLs of the hosts from which it loads its assets.
    pub assets: Vec<Url>,
    /// Whether the browser can reach no other host.
    pub alone: bool,
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

/// Where the browser reaches one origin.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub scheme: Scheme,
    /// As in the `Host` header: with the port, unless it is the scheme's default.
    pub host: String,
}

impl Address {
    /// The part of a URL before the path.
    pub fn base(&self, by: &Host) -> String {
        match by {
            Host::Own => self.to_string(),
            Host::Assets(base) => base.as_ref().to_owned(),
        }
    }
}

/// One of the hosts of an origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Host {
    /// Its own host.
    #[default]
    Own,
    /// An assets host, with the part of its URLs before the path.
    Assets(Arc<str>),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.host)
    }
}

/// The origins by host.
#[derive(Clone, Debug)]
pub(super) struct Registry {
    origins: Arc<Mutex<BTreeMap<String, Arc<Served>>>>,
    /// The assets hosts: name, and the part of their URLs before the path.
    assets: Arc<[(String, Arc<str>)]>,
    /// The only host with an origin, if it replaces a site.
    only: Option<Arc<str>>,
}

impl Registry {
    pub fn new(site: Option<&Site>) -> Self {
        let assets = match site {
            None => vec![(ASSETS.to_owned(), format!("{}://{ASSETS}", Scheme::Https.name()).into())],
            Some(site) => site.assets.iter().map(|url| (authority(url), url[..Position::BeforePath].into())).collect(),
        };
        let only = site.map(|site| authority(&site.url).into());
        Self { origins: Arc::default(), assets: assets.into(), only }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Served>>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The part of the URLs of assets hosts before the path.
    pub fn asset_bases(&self) -> impl Iterator<Item = &str> {
        self.assets.iter().map(|(_, base)| base.as_ref())
    }

    /// Whether its origin replaces a live site.
    pub fn stands_in(&self) -> bool {
        self.only.is_some()
    }

    /// The requested host, and the name of its origin.
    fn asked(&self, headers: &HeaderMap) -> (Host, String) {
        let host = text(headers, HOST).to_ascii_lowercase();
        match (self.assets.iter().find(|(name, _)| *name == host), &self.only) {
            (None, _) => (Host::Own, host),
            (Some((_, base)), Some(only)) => (Host::Assets(Arc::clone(base)), only.as_ref().to_owned()),
            (Some((_, base)), None) => (Host::Assets(Arc::clone(base)), asker(headers)),
        }
    }

    /// Removes an origin, unless another has replaced it.
    pub fn remove(&self, gone: &Arc<Served>) {
        let mut origins = self.lock();
        if origins.get(&gone.address.host).is_some_and(|known| Arc::ptr_eq(known, gone)) {
            origins.remove(&gone.address.host);
        }
    }
}

/// Host and port of a URL, as in the `Host` header.
fn authority(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].to_ascii_lowercase()
}

/// The listener. Dropping it closes all its connections.
pub struct OriginHost {
    scheme: Scheme,
    addr: SocketAddr,
    spki: Option<String>,
    /// The host names that the browser resolves to it.
    names: Vec<String>,
    /// Whether the browser can resolve no other names.
    alone: bool,
    client: proxy::Client,
    registry: Registry,
    accepting: AbortHandle,
}

impl OriginHost {
    /// Listens on a free port of 127.0.0.1 and serves in the current tokio runtime.
    ///
    /// # Errors
    /// When there is no free port, or no certificate can be generated.
    pub async fn bind(scheme: Scheme) -> io::Result<Self> {
        Self::bind_at(scheme, LOOPBACK).await
    }

    /// Like [`OriginHost::bind`], on another address.
    ///
    /// # Errors
    /// Like [`OriginHost::bind`], and when the address is not local.
    pub async fn bind_at(scheme: Scheme, at: SocketAddr) -> io::Result<Self> {
        let names = match scheme {
            Scheme::Https => vec![format!("*.{DOMAIN}")],
            Scheme::Http => Vec::new(),
        };
        Self::listen(scheme, at, names, Registry::new(None), false).await
    }

    /// Like [`OriginHost::bind`], for one origin at a time, which the browser reaches under the names of a live site.
    ///
    /// # Errors
    /// Like [`OriginHost::bind`].
    pub async fn stand_in(site: &Site) -> io::Result<Self> {
        let scheme = if site.url.scheme() == "http" { Scheme::Http } else { Scheme::Https };
        let urls = std::iter::once(&site.url).chain(&site.assets);
        let names = urls.filter_map(|url| url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()));
        Self::listen(scheme, LOOPBACK, names.collect(), Registry::new(Some(site)), site.alone).await
    }

    /// Without names there is no TLS: the browser resolves `localhost` itself.
    async fn listen(
        scheme: Scheme,
        at: SocketAddr,
        names: Vec<String>,
        registry: Registry,
        alone: bool,
    ) -> io::Result<Self> {
        let tls = if names.is_empty() { None } else { Some(Tls::new(&names)?) };
        let spki = tls.as_ref().map(|tls| tls.spki.clone());
        let listener = TcpListener::bind(at).await?;
        let addr = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, tls, registry.clone())).abort_handle();
        Ok(Self { scheme, addr, spki, names, alone, client: proxy::client(), registry, accepting })
    }

    /// The address it listens on. A browser that cannot map the host names can use it as its proxy.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL of an origin that does not exist; requests to it still get a response.
    #[must_use]
    pub fn nowhere(&self) -> String {
        format!("{}://{}", self.scheme.name(), self.host_name("nowhere"))
    }

    /// Arguments with which Chromium resolves the origins and accepts their certificate. Chromium ignores the latter
    /// without `--user-data-dir`.
    #[must_use]
    pub fn browser_args(&self) -> Vec<String> {
        let Some(spki) = &self.spki else { return Vec::new() };
        let mut rules: Vec<String> = self.names.iter().map(|name| format!("MAP {name} {}", self.addr)).collect();
        if self.alone {
            rules.push("MAP * ~NOTFOUND".to_owned());
        }
        vec![
            format!("--host-resolver-rules={}", rules.join(", ")),
            format!("--ignore-certificate-errors-spki-list={spki}"),
        ]
    }

    /// A new origin that serves the first of `releases`. Its host name is derived from `label`, with a number if another
    /// origin already has that name. An origin that replaces a site replaces the previous one.
    ///
    /// # Panics
    /// Without a release.
    pub fn origin(&self, label: &str, releases: Vec<Release>, log: Log) -> Origin {
        let Some(current) = releases.first().map(|release| release.name.clone()) else {
            panic!("an origin needs a release");
        };
        let label = dns_label(label);
        let mut origins = self.registry.lock();
        let mut host = self.registry.only.as_ref().map_or_else(|| self.host_name(&label), |only| only.to_string());
        for number in 2.. {
            if self.registry.only.is_some() || !origins.contains_key(&host) && host != ASSETS {
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
            Scheme::Http => format!("{label}.localhost:{}", self.addr.port()),
        }
    }
}

impl Drop for OriginHost {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A host name label: at most 50 lowercase letters, digits and inner hyphens.
fn dns_label(label: &str) -> String {
    let mut name: String =
        label.chars().take(50).map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    name.truncate(name.trim_end_matches('-').len());
    let name = name.trim_start_matches('-');
    if name.is_empty() { "origin".to_owned() } else { name.to_owned() }
}

async fn accept(listener: TcpListener, tls: Option<Tls>, registry: Registry) {
    // The connections are dropped with this set when the task is aborted.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
                    connections.spawn(connection(stream, acceptor, registry.clone()));
                }
                // For example out of file descriptors: without a pause this would spin until some are free.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, tls: Option<tokio_rustls::TlsAcceptor>, registry: Registry) {
    let _ = stream.set_nodelay(true);
    // The hosts of a site can be with or without TLS, and proxy requests come without.
    let mut first = [0];
    let speaks_tls = stream.peek(&mut first).await.is_ok_and(|_| first[0] == TLS_HANDSHAKE);
    match &tls {
        // Browsers open connections that they do not use, so a failed handshake means nothing.
        Some(tls) if speaks_tls => {
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream, &registry, Access::Plain).await;
            }
        }
        _ => {
            let tunnel = Tunnel::default();
            let plain = tls.is_none() || registry.only.is_some();
            serve(stream, &registry, Access::Proxy { tunnel: &tunnel, plain }).await;
            let upgrade = tunnel.into_inner().unwrap_or_else(PoisonError::into_inner);
            if let (Some(upgrade), Some(tls)) = (upgrade, &tls)
                && let Ok(stream) = upgrade.await
                && let Ok(stream) = tls.accept(TokioIo::new(stream)).await
            {
                serve(stream, &registry, Access::Plain).await;
            }
        }
    }
}

/// What can be requested on a connection.
#[derive(Clone, Copy)]
enum Access<'a> {
    /// Resources of an origin.
    Plain,
    /// Also connections to origins; resources only if `plain` is true.
    Proxy { tunnel: &'a Tunnel, plain: bool },
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, registry: &Registry, access: Access<'_>) {
    let service = service_fn(|mut request: Request<Incoming>| async move {
        match access {
            Access::Proxy { tunnel, .. } if request.method() == Method::CONNECT => {
                let upgrade = hyper::upgrade::on(&mut request);
                *tunnel.lock().unwrap_or_else(PoisonError::into_inner) = Some(upgrade);
                Ok(Response::new(full("")))
            }
            Access::Proxy { plain: false, .. } => {
                Ok(plain(StatusCode::MISDIRECTED_REQUEST, "this is a proxy for origins that support HTTPS only"))
            }
            _ => route(registry, request).await,
        }
    });
    // An error is either an intended drop or a browser that has disconnected.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

async fn route(registry: &Registry, request: Request<Incoming>) -> Result<Response<Body>, Dropped> {
    let (by, owner) = registry.asked(request.headers());
    let served = registry.lock().get(&owner).cloned();
    match served {
        None => Ok(misdirected(registry, &text(request.headers(), HOST).to_ascii_lowercase())),
        Some(_) if request.uri().path() == BLANK => Ok(blank()),
        Some(served) => served.answer(by, request.map(|body| body.map_err(Into::into).boxed_unsync())).await,
    }
}

/// The host of the requesting page or worker, empty if unknown.
fn asker(headers: &HeaderMap) -> String {
    let names = [text(headers, ORIGIN), text(headers, REFERER)];
    let hosts =
        names.iter().filter_map(|url| Some(url.parse::<Uri>().ok()?.authority()?.as_str().to_ascii_lowercase()));
    hosts.into_iter().next().unwrap_or_default()
}

fn misdirected(registry: &Registry, host: &str) -> Response<Body> {
    let origins = registry.lock();
    let known = origins.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let text = format!("unknown origin {host:?}; available: {known}");
    plain(StatusCode::MISDIRECTED_REQUEST, &text)
}

fn blank() -> Response<Body> {
    let mut response = Response::new(full(&html("blank", "")));
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
