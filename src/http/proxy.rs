//! Forwards requests to a release's server and streams the responses back.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};

use http_body_util::BodyExt;
use hyper::header::{
    ACCEPT_ENCODING, CONNECTION, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use hyper::{Request, Response, Uri, Version};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use url::{Host, Position, Url};

use super::address::Address;
use super::body::Body;

pub(crate) type Client = legacy::Client<HttpConnector, Body>;

/// Hop-by-hop headers, in addition to those that `Connection` names.
/// Source: RFC 9110, section 7.6.1.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

pub(crate) fn client() -> Client {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    // The server may close a reused connection just when a request is sent. On loopback a new one is cheap.
    legacy::Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
}

/// Forwards a request.
///
/// # Errors
/// When the server does not respond.
pub(crate) async fn forward(
    client: &Client,
    addr: SocketAddr,
    public: &Address,
    request: Request<Body>,
) -> Result<Response<Body>, String> {
    let (mut head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = Uri::builder()
        .scheme("http")
        .authority(addr.to_string())
        .path_and_query(path)
        .build()
        .map_err(|error| error.to_string())?;
    head.version = Version::HTTP_11;
    remove_hop_by_hop(&mut head.headers);
    head.headers.remove(EXPECT);
    let host = HeaderValue::from_str(&public.host).map_err(|error| error.to_string())?;
    head.headers.insert(HOST, host.clone());
    head.headers.insert("x-forwarded-host", host);
    head.headers.insert("x-forwarded-proto", HeaderValue::from_static(public.scheme.name()));
    head.headers.insert("x-forwarded-for", HeaderValue::from_static("127.0.0.1"));
    // Uncompressed: bodies in caches are compared with bodies of releases.
    head.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));

    let response = client.request(Request::from_parts(head, body)).await.map_err(|error| chain(&error))?;
    let (mut head, body) = response.into_parts();
    remove_hop_by_hop(&mut head.headers);
    let location = head.headers.get(LOCATION).and_then(|location| location.to_str().ok());
    if let Some(location) = location.and_then(|location| public_location(location, addr, public)) {
        head.headers.insert(LOCATION, HeaderValue::from_str(&location).map_err(|error| error.to_string())?);
    }
    Ok(Response::from_parts(head, body.map_err(Into::into).boxed_unsync()))
}

pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_owned())
        .collect();
    for name in named {
        headers.remove(name.as_str());
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

/// A redirect's target under the public address, if it names the server's own address or ours with another scheme.
fn public_location(location: &str, backend: SocketAddr, public: &Address) -> Option<String> {
    let url = Url::parse(location).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host()?;
    let is_backend = url.port_or_known_default() == Some(backend.port())
        && match host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(ip) => ip.is_loopback() || IpAddr::V4(ip) == backend.ip(),
            Host::Ipv6(ip) => ip.is_loopback() || IpAddr::V6(ip) == backend.ip(),
        };
    let is_public = url.host_str() == Some(public.host.as_str()) && url.port().is_none();
    (is_backend || is_public).then(|| format!("{public}{}", &url[Position::BeforePath..]))
}

/// An error with all its causes. The client's own message is left out if there is a cause: it says nothing specific.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let error = error.source().filter(|_| error.is::<legacy::Error>()).unwrap_or(error);
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::address::Scheme;

    #[test]
    fn locations() {
        let public = Address { scheme: Scheme::Https, host: "x.swapcheck.example".into() };
        let location = |text: &str| public_location(text, SocketAddr::from(([127, 0, 0, 1], 3000)), &public);
        let moved = Some("https://x.swapcheck.example/form?a=1#b".to_owned());
        assert_eq!(location("http://127.0.0.1:3000/form?a=1#b"), moved);
        assert_eq!(location("http://localhost:3000/form?a=1#b"), moved);
        assert_eq!(location("https://[::1]:3000/form?a=1#b"), moved);
        assert_eq!(location("http://x.swapcheck.example/form?a=1#b"), moved);
        for other in ["/form", "form", "http://localhost:3001/", "http://localhost/", "https://other.example:3000/"] {
            assert_eq!(location(other), None, "{other}");
        }
    }

    #[test]
    fn hop_by_hop_headers_go() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("connection", "close, x-mine"), ("x-mine", "1"), ("te", "trailers"), ("x-kept", "1")] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        remove_hop_by_hop(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-kept"]);
    }
}
