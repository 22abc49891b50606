//! Forwards requests to a site on another host, over TLS if its URL says so; bodies are streamed both ways.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, EXPECT, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, Uri, Version};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use tokio::time::timeout;
use tower_service::Service;
use url::{Position, Url};

use super::address::Address;
use super::body::{Body, empty};
use super::proxy::{chain, remove_hop_by_hop};
use super::rewrite;
use super::tls::trusting;

/// Time limit for connecting.
const CONNECT: Duration = Duration::from_secs(10);

/// Time limit until a response begins, and then for each further part of its body.
const SILENCE: Duration = Duration::from_secs(30);

/// How long an idle connection is kept: less than the 5 s after which many servers close one.
const KEPT: Duration = Duration::from_secs(2);

/// A site on another host, and the connections to it.
pub struct Upstream {
    site: Url,
    /// The URL to connect to.
    base: String,
    headers: HeaderMap,
    client: legacy::Client<HttpsConnector<HttpConnector<Resolver>>, Body>,
}

impl Upstream {
    /// A client for `site`, which connects to `known` instead of the resolver's address, trusts these authorities in
    /// addition to those of the system, and sends these headers with every request.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        site: &Url,
        known: Option<SocketAddr>,
        authorities: Vec<CertificateDer<'static>>,
        headers: HeaderMap,
    ) -> Result<Self, rustls::Error> {
        let tls = trusting(authorities)?;
        let mut tcp = HttpConnector::new_with_resolver(Resolver(known));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT)
            .build(connector.wrap_connector(tcp));
        // The connector uses the port of the known address only if the URL has none.
        let end = if known.is_some() { Position::AfterHost } else { Position::BeforePath };
        let base = site[..end].to_owned();
        Ok(Self { site: site.clone(), base, headers, client })
    }

    /// Forwards a request, and returns the response as one of the public address.
    ///
    /// # Errors
    /// When the site does not respond; the text says why.
    pub(crate) async fn forward(&self, public: &Address, request: Request<Body>) -> Result<Response<Body>, String> {
        let (mut head, body) = request.into_parts();
        rewrite::request(&mut head.headers, &self.site, public);
        let mut response = self.ask(Request::from_parts(head, body)).await?;
        rewrite::response(response.headers_mut(), &self.site, public);
        Ok(response)
    }

    /// Forwards a request as it is, except for the headers that a proxy must change.
    ///
    /// # Errors
    /// Like [`Upstream::forward`].
    pub(crate) async fn ask(&self, request: Request<Body>) -> Result<Response<Body>, String> {
        let (mut head, mut body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        head.uri = format!("{}{path}", self.base).parse::<Uri>().map_err(|error| error.to_string())?;
        head.version = Version::HTTP_11;
        remove_hop_by_hop(&mut head.headers);
        head.headers.remove(EXPECT);
        let authority = &self.site[Position::BeforeHost..Position::AfterPort];
        head.headers.insert(HOST, HeaderValue::from_str(authority).map_err(|error| error.to_string())?);
        // Uncompressed: bodies in caches are compared with bodies of releases.
        head.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        for (name, value) in &self.headers {
            head.headers.insert(name, value.clone());
        }
        // The site may close a reused connection just when a request is sent.
        let mut again = matches!(head.method, Method::GET | Method::HEAD);
        if again {
            body = empty();
        }
        let response = loop {
            let mut request = Request::new(std::mem::replace(&mut body, empty()));
            *request.method_mut() = head.method.clone();
            *request.uri_mut() = head.uri.clone();
            *request.headers_mut() = head.headers.clone();
            let answer = timeout(SILENCE, self.client.request(request)).await;
            match answer.map_err(|_| format!("no response within {} s", SILENCE.as_secs()))? {
                Ok(response) => break response,
                Err(error) if again && !error.is_connect() => again = false,
                Err(error) => return Err(self.why(&error)),
            }
        };
        let (mut head, body) = response.into_parts();
        remove_hop_by_hop(&mut head.headers);
        Ok(Response::from_parts(head, patient(body)))
    }

    fn why(&self, error: &legacy::Error) -> String {
        let text = chain(error);
        let untrusted = ["UnknownIssuer", "CaUsedAsEndEntity"].iter().any(|kind| text.contains(kind));
        if untrusted {
            format!("{text}; if {} uses a private certificate authority, pass its certificate with --ca", self.base)
        } else {
            text
        }
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers can be secrets.
        f.debug_tuple("Upstream").field(&self.base).finish()
    }
}

/// A body that fails if no data arrives for too long.
fn patient(body: Incoming) -> Body {
    let frames = stream::unfold(Some(body), |body| async move {
        let mut body = body?;
        match timeout(SILENCE, body.frame()).await {
            Ok(frame) => frame.map(|frame| (frame.map_err(Into::into), Some(body))),
            Err(_) => {
                let silent = format!("the body is incomplete: no data for {} s", SILENCE.as_secs());
                Some((Err(io::Error::new(io::ErrorKind::TimedOut, silent).into()), None))
            }
        }
    });
    StreamBody::new(frames).boxed_unsync()
}

/// Resolves every name to the known address if there is one, otherwise with the system's resolver.
#[derive(Clone, Debug)]
struct Resolver(Option<SocketAddr>);

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let known = self.0;
        Box::pin(async move {
            match known {
                Some(addr) => Ok(vec![addr].into_iter()),
                None => Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect::<Vec<_>>().into_iter()),
            }
        })
    }
}
