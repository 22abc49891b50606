//! A release that is a URL: a site on another host.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::{Host, Position, Url};

use crate::http::Upstream;

/// How to reach a site that is not public.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Addresses that override the resolver.
    pub resolve: Vec<Resolve>,
    /// A PEM file with certificates to trust in addition to those of the system.
    pub ca: Option<PathBuf>,
    /// Headers to send with every request, for example to access a protected preview.
    pub headers: HeaderMap,
}

/// An address that overrides the resolver: `HOST:PORT:ADDR`, as for curl's `--resolve`. The address can include a port,
/// which is then used instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolve {
    /// The host name.
    pub host: String,
    /// The port in the URL.
    pub port: u16,
    /// The address to connect to.
    pub addr: SocketAddr,
}

impl FromStr for Resolve {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not in the form HOST:PORT:ADDR, for example shop.example:443:127.0.0.1");
        let mut parts = text.splitn(3, ':');
        let (Some(host), Some(port), Some(addr)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let port = port.parse().map_err(|_| wrong())?;
        let ip = addr.strip_prefix('[').and_then(|addr| addr.strip_suffix(']')).unwrap_or(addr);
        let addr = ip.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, port)).or_else(|_| addr.parse());
        let addr = addr.map_err(|_| wrong())?;
        // It also becomes a rule for the browser, where commas and spaces have a meaning.
        if host.is_empty() || host.contains([' ', ',', '*']) {
            Err(wrong())
        } else {
            Ok(Self { host: host.to_ascii_lowercase(), port, addr })
        }
    }
}

impl fmt::Display for Resolve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.host, self.port, self.addr)
    }
}

/// A site on another host. Paths are sent as requested; the path of its URL is where visits start. Clones share its
/// connections.
#[derive(Clone, Debug)]
pub struct Remote {
    url: Url,
    upstream: Arc<Upstream>,
}

/// Why a URL cannot be used as a release.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// It is not a URL.
    #[error("`{text}` is not a URL: {reason}")]
    Url {
        /// The text given.
        text: String,
        /// Why it is invalid.
        reason: String,
    },
    /// It is not an HTTP URL.
    #[error("`{0}` is not the URL of a site: it must begin with http:// or https://")]
    Scheme(String),
    /// The certificates cannot be used.
    #[error("cannot use the certificates in {}: {reason}", file.display())]
    Certificates {
        /// The file.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// TLS cannot be used.
    #[error("cannot prepare TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl Remote {
    /// The site at this URL. Sends no request yet.
    ///
    /// # Errors
    /// When it is not the URL of a site, or the certificates cannot be read.
    pub fn new(text: &str, reach: &Reach) -> Result<Self, RemoteError> {
        let mut url =
            Url::parse(text).map_err(|error| RemoteError::Url { text: text.to_owned(), reason: error.to_string() })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(RemoteError::Scheme(text.to_owned()));
        }
        let mut headers = reach.headers.clone();
        if let Some(basic) = credentials(&url) {
            headers.entry(AUTHORIZATION).or_insert(basic);
        }
        // This URL is shown and logged. Neither call fails for a URL that has a host.
        let _ = (url.set_username(""), url.set_password(None));
        url.set_fragment(None);
        let authorities = match &reach.ca {
            Some(file) => certificates(file)
                .map_err(|error| RemoteError::Certificates { file: file.clone(), reason: error.to_string() })?,
            None => Vec::new(),
        };
        let port = url.port_or_known_default().unwrap_or_default();
        let known = reach.resolve.iter().find(|known| {
            matches!(url.host(), Some(Host::Domain(name)) if name.eq_ignore_ascii_case(&known.host))
                && port == known.port
        });
        let upstream = Upstream::new(&url, known.map(|known| known.addr), authorities, headers)?;
        Ok(Self { url, upstream: Arc::new(upstream) })
    }

    /// Its URL, without user name, password and fragment.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The path, with its query, at which visits start.
    #[must_use]
    pub fn start(&self) -> &str {
        &self.url[Position::BeforePath..Position::AfterQuery]
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.upstream
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

/// The `Authorization` header for a URL's user name and password.
fn credentials(url: &Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let plain = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let pair = [plain(url.username()), plain(url.password().unwrap_or_default())].join(&b':');
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The certificates in a file.
///
/// # Errors
/// When it cannot be read, or contains none.
pub fn certificates(file: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let bytes = std::fs::read(file)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found = found.map_err(|error| io::Error::other(format!("not a PEM file: {error}")))?;
    if found.is_empty() { Err(io::Error::other("no certificate in it")) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_curl_takes_them() {
        let addr = |text: &str| text.parse::<Resolve>().map(|known| known.addr.to_string());
        assert_eq!(addr("Shop.example:443:127.0.0.1").unwrap(), "127.0.0.1:443");
        assert_eq!(addr("shop.example:443:127.0.0.1:8443").unwrap(), "127.0.0.1:8443");
        assert_eq!(addr("shop.example:443:[::1]").unwrap(), "[::1]:443");
        assert_eq!(addr("shop.example:443:::1").unwrap(), "[::1]:443");
        assert_eq!(addr("shop.example:443:[::1]:8443").unwrap(), "[::1]:8443");
        for wrong in ["", "shop.example", "shop.example:443", ":443:127.0.0.1", "a:b:127.0.0.1", "a:443:elsewhere"] {
            assert!(addr(wrong).unwrap_err().contains("HOST:PORT:ADDR"), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_site_has_an_address_and_a_start() {
        let remote = Remote::new("https://Shop.example/app/?a=1#b", &Reach::default()).unwrap();
        assert_eq!((remote.to_string().as_str(), remote.start()), ("https://shop.example/app/?a=1", "/app/?a=1"));
        assert_eq!(Remote::new("http://shop.example", &Reach::default()).unwrap().start(), "/");
    }

    #[tokio::test]
    async fn a_password_is_sent_and_never_shown() {
        let remote = Remote::new("https://me:s%20cret@shop.example/", &Reach::default()).unwrap();
        assert_eq!(remote.to_string(), "https://shop.example/");
        assert!(!format!("{remote:?}").contains("cret"));
        let sent = credentials(&Url::parse("https://me:s%20cret@shop.example/").unwrap()).unwrap();
        assert_eq!(sent, format!("Basic {}", STANDARD.encode("me:s cret")));
    }

    #[tokio::test]
    async fn what_is_no_site_is_refused_in_words() {
        let error = |text: &str, reach: &Reach| Remote::new(text, reach).unwrap_err().to_string();
        assert!(error("dist", &Reach::default()).contains("not a URL"));
        assert!(error("file:///dist", &Reach::default()).contains("http:// or https://"));
        let file = tempfile::NamedTempFile::new().unwrap();
        let reach = Reach { ca: Some(file.path().to_owned()), ..Reach::default() };
        assert!(error("https://shop.example", &reach).contains("no certificate in it"));
    }
}
