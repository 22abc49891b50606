//! One listener for all origins of a process, told apart by the `Host` header, so that one browser can visit many.

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

/// The domain of HTTPS origins. `.example` is reserved: it exists nowhere else (RFC 2606).
const DOMAIN: &str = "swapcheck.example";

/// The host from which an app may take its assets, as from a CDN: for every origin the same, since a build has its name
/// in it. Who asks, by `Origin` or `Referer`, tells whose assets are meant. HTTPS only.
const ASSETS: &str = "assets.swapcheck.example";

/// The first byte of every connection with TLS.
const TLS_HANDSHAKE: u8 = 0x16;

/// A free port that no other machine reaches.
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What a connection becomes when it has asked for one to an origin, as one to a proxy does.
type Tunnel = Mutex<Option<OnUpgrade>>;

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

/// The hosts of a real site that an origin stands in for, under their own names.
#[derive(Clone, Debug)]
pub struct Site {
    /// An address of the site.
    pub url: Url,
    /// Addresses of the hosts from which it takes its assets.
    pub assets: Vec<Url>,
    /// Whether the browser is to find no other host.
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

/// Where the browser finds one origin.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub scheme: Scheme,
    /// As in the `Host` header: with its port, where that is not the scheme's own.
    pub host: String,
}

impl Address {
    /// What stands before the path in a URL.
    pub fn base(&self, by: &Host) -> String {
        match by {
            Host::Own => self.to_string(),
            Host::Assets(base) => base.as_ref().to_owned(),
        }
    }
}

/// Which host of an origin is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Host {
    /// Its own.
    #[default]
    Own,
    /// One that has assets only; with what stands before the path in its URLs.
    Assets(Arc<str>),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.host)
    }
}

/// The origins by their hosts.
#[derive(Clone, Debug)]
pub(super) struct Registry {
    origins: Arc<Mutex<BTreeMap<String, Arc<Served>>>>,
    /// The hosts that have assets only: each by its name, with what stands before the path in its URLs.
    assets: Arc<[(String, Arc<str>)]>,
    /// The one host that has an origin, where that stands in for a site.
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

    /// What stands before the path in URLs of hosts that have assets only.
    pub fn asset_bases(&self) -> impl Iterator<Item = &str> {
        self.assets.iter().map(|(_, base)| base.as_ref())
    }

    /// Whether its origin stands in for a real site.
    pub fn stands_in(&self) -> bool {
        self.only.is_some()
    }

    /// Which host is asked for, and under which name its origin is known.
    fn asked(&self, headers: &HeaderMap) -> (Host, String) {
        let host = text(headers, HOST).to_ascii_lowercase();
        match (self.assets.iter().find(|(name, _)| *name == host), &self.only) {
            (None, _) => (Host::Own, host),
            (Some((_, base)), Some(only)) => (Host::Assets(Arc::clone(base)), only.as_ref().to_owned()),
            (Some((_, base)), None) => (Host::Assets(Arc::clone(base)), asker(headers)),
        }
    }

    /// Forgets an origin, unless another has taken its place.
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
    /// Which names the browser is to look for here.
    names: Vec<String>,
    /// Whether it is to find no other.
    alone: bool,
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
        Self::bind_at(scheme, LOOPBACK).await
    }

    /// As [`OriginHost::bind`], on another address.
    ///
    /// # Errors
    /// As [`OriginHost::bind`], and when the address is not this machine's.
    pub async fn bind_at(scheme: Scheme, at: SocketAddr) -> io::Result<Self> {
        let names = match scheme {
            Scheme::Https => vec![format!("*.{DOMAIN}")],
            Scheme::Http => Vec::new(),
        };
        Self::listen(scheme, at, names, Registry::new(None), false).await
    }

    /// As [`OriginHost::bind`], for one origin at a time, which the browser finds under the names of a real site.
    ///
    /// # Errors
    /// As [`OriginHost::bind`].
    pub async fn stand_in(site: &Site) -> io::Result<Self> {
        let scheme = if site.url.scheme() == "http" { Scheme::Http } else { Scheme::Https };
        let urls = std::iter::once(&site.url).chain(&site.assets);
        let names = urls.filter_map(|url| url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()));
        Self::listen(scheme, LOOPBACK, names.collect(), Registry::new(Some(site)), site.alone).await
    }

    /// Without names there is no TLS: the browser finds `localhost` by itself.
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

    /// Where it listens. A browser that cannot be told where the names are finds them with this for its proxy.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The address of an origin that there is not: it is answered all the same.
    #[must_use]
    pub fn nowhere(&self) -> String {
        format!("{}://{}", self.scheme.name(), self.host_name("nowhere"))
    }

    /// Arguments with which Chromium finds the origins and takes their certificate. Chromium heeds the latter only
    /// beside a `--user-data-dir`.
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

    /// A new origin that serves the first of `releases`. Its name is made of `label`; where another origin has that
    /// name, a number is added. One that stands in for a site takes the place of the one before it.
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
    // The hosts of a site may be with and without TLS, and a proxy is asked without.
    let mut first = [0];
    let speaks_tls = stream.peek(&mut first).await.is_ok_and(|_| first[0] == TLS_HANDSHAKE);
    match &tls {
        // A browser opens connections that it then does not use, so a failed handshake means nothing.
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

/// What may be asked for on a connection.
#[derive(Clone, Copy)]
enum Access<'a> {
    /// What an origin answers.
    Plain,
    /// Connections to origins as well; and what they answer only where `plain` is true.
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
                Ok(plain(StatusCode::MISDIRECTED_REQUEST, "this is the proxy of origins that speak HTTPS only"))
            }
            _ => route(registry, request).await,
        }
    });
    // An error is either a drop on purpose or a browser that went away.
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
