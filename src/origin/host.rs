//! One listener for all origins of a process, distinguished by the `Host` header, so that one browser can visit many.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use super::handle::Origin;
use super::matching::text;
use super::registry::{ASSETS, Registry, Site};
use super::serve::{Dropped, Served};
use crate::http::Tls;
use crate::http::proxy;
use crate::http::{Address, BLANK, Scheme};
use crate::http::{Body, full, html, plain};
use crate::release::Release;
use crate::trace::Log;

/// The domain of HTTPS origins. `.example` is reserved (RFC 2606), so it exists nowhere else.
const DOMAIN: &str = "swapcheck.example";

/// The first byte of every TLS connection.
const TLS_HANDSHAKE: u8 = 0x16;

/// A free port on a loopback address.
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A connection that is upgraded by a CONNECT request.
type Tunnel = Mutex<Option<OnUpgrade>>;

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
