//! How the browser reaches a site that the system's resolver or certificate authorities do not know.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;
use webpki::{anchor_from_trusted_cert, spki_for_anchor};

use crate::error::Error;
use crate::http::{fingerprint, trusting};
use crate::release::remote::{Resolve, certificates};

/// How long a server may take to present its certificate.
const ASKED: Duration = Duration::from_secs(10);

/// How to reach a site.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Addresses of hosts.
    pub resolve: Vec<Resolve>,
    /// A PEM file with additional trusted certificates: a server's own, or that of an authority.
    pub ca: Option<PathBuf>,
}

impl Reach {
    /// Browser arguments for visiting `origin`.
    ///
    /// A browser cannot be given an authority, only keys. So the servers are asked for their certificates here, and the
    /// keys of those that the authority has signed are passed to the browser.
    ///
    /// # Errors
    /// When the file contains no certificate.
    pub async fn browser_args(&self, origin: &Url) -> Result<Vec<String>, Error> {
        let mut args = Vec::new();
        if !self.resolve.is_empty() {
            let rules = self.resolve.iter().map(|Resolve { host, port, addr }| format!("MAP {host}:{port} {addr}"));
            args.push(format!("--host-resolver-rules={}", rules.collect::<Vec<_>>().join(",")));
        }
        if let Some(file) = &self.ca {
            let certificates = certificates(file)
                .map_err(|error| Error::Usage(format!("cannot use the certificates in {}: {error}", file.display())))?;
            let mut keys: Vec<String> = certificates.iter().filter_map(|certificate| key(certificate)).collect();
            // If no certificate can be used as an authority, only the keys in the file are trusted.
            if let Ok(tls) = trusting(certificates) {
                let tls = TlsConnector::from(Arc::new(tls));
                let shown = self.servers(origin).map(|(host, addr)| shown(&tls, host, addr));
                keys.extend(join_all(shown).await.into_iter().flatten());
            }
            args.push(format!("--ignore-certificate-errors-spki-list={}", keys.join(",")));
        }
        Ok(args)
    }

    /// The known servers: name and address.
    fn servers(&self, origin: &Url) -> impl Iterator<Item = (String, String)> {
        let known = self.resolve.iter().map(|Resolve { host, addr, .. }| (host.clone(), addr.to_string()));
        let (host, port) = (origin.host_str().unwrap_or_default(), origin.port_or_known_default().unwrap_or_default());
        let is_known = self.resolve.iter().any(|known| known.host == host && known.port == port);
        let own = (!is_known && origin.scheme() == "https").then(|| (host.to_owned(), format!("{host}:{port}")));
        known.chain(own)
    }
}

/// The key of a server, if its certificate is trusted. If not, the browser reports it.
async fn shown(tls: &TlsConnector, host: String, addr: String) -> Option<String> {
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).ok()?;
    let shown = async {
        let stream = tls.connect(name, TcpStream::connect(addr).await.ok()?).await.ok()?;
        key(stream.get_ref().1.peer_certificates()?.first()?)
    };
    timeout(ASKED, shown).await.ok().flatten()
}

/// The hash of a certificate's public key in the browser's format, also for an untrusted or a version 1 certificate.
fn key(certificate: &CertificateDer<'_>) -> Option<String> {
    let anchor = anchor_from_trusted_cert(certificate).ok()?;
    Some(fingerprint(&spki_for_anchor(&anchor)))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use rcgen::{CertifiedKey, PublicKeyData, generate_simple_self_signed};
    use rustls::pki_types::pem::PemObject;
    use sha2::{Digest, Sha256};

    use super::*;

    /// What `openssl x509 -req -signkey` makes without extensions.
    const FIRST_VERSION: &str = "-----BEGIN CERTIFICATE-----
MIIBJzCBzQIURo/zMh8hZ1STRq2cHU67+jlyh04wCgYIKoZIzj0EAwIwFTETMBEG
A1UEAwwKdjEuZXhhbXBsZTAgFw0yNjExMjgxNDI4NDVaGA8yMTI2MTEwNDE0Mjg0
NVowFTETMBEGA1UEAwwKdjEuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABN9UDyW+Vn+faihkI2QdGpi2za23bhKdkuNovxCwPrnhx0pCK7Fl1fhy57zI
3ZUz+2fgmJ3VEdlfLQm1arPHss4wCgYIKoZIzj0EAwIDSQAwRgIhAJH6t7vm+FsM
yiScrQ8CyDxl+PabP2IHEr5MlrlhER5/AiEA38GaE7evIc9fsyKrenj/xGTzAU54
C62e0smFPppeGPM=
-----END CERTIFICATE-----";

    fn site() -> Url {
        Url::parse("https://shop.example/").unwrap()
    }

    #[tokio::test]
    async fn a_place_is_a_rule_for_the_browser() {
        let args = async |place: &str| {
            Reach { resolve: vec![place.parse().unwrap()], ca: None }.browser_args(&site()).await.unwrap()
        };
        assert_eq!(
            args("shop.example:443:127.0.0.1:8443").await,
            ["--host-resolver-rules=MAP shop.example:443 127.0.0.1:8443"]
        );
        assert_eq!(args("a.test:80:[::1]").await, ["--host-resolver-rules=MAP a.test:80 [::1]:80"]);
        for wrong in ["a.test", "a.test:443", "a.test:x:1.2.3.4", "a.test:443:", "*.test:1:b", "a:1:b,MAP * c"] {
            assert!(wrong.parse::<Resolve>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_certificates_key_is_the_one_that_its_maker_knows() {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
        let hash = BASE64_STANDARD.encode(Sha256::digest(signing_key.subject_public_key_info()));
        assert_eq!(key(cert.der()), Some(hash));
        assert_eq!(key(&CertificateDer::from_slice(b"\x30\x82")), None);
    }

    #[test]
    fn a_certificate_of_the_first_version_has_a_key_too() {
        let der = CertificateDer::from_pem_slice(FIRST_VERSION.as_bytes()).unwrap();
        // As `openssl x509 -pubkey` and `openssl pkey -pubin -outform DER | openssl sha256 -binary | base64` give it.
        assert_eq!(key(&der).as_deref(), Some("xXL7KMPrqEolhWxvcnlYihuRxf7+6heMqGMCy4EE8Uc="));
    }

    #[test]
    fn the_servers_are_that_of_the_site_and_those_that_are_given() {
        let servers = |places: &[&str], origin: &str| {
            let resolve = places.iter().map(|place| place.parse().unwrap()).collect();
            let reach = Reach { resolve, ca: None };
            let servers: Vec<String> =
                reach.servers(&Url::parse(origin).unwrap()).map(|(host, addr)| format!("{host} {addr}")).collect();
            servers
        };
        assert_eq!(servers(&[], "https://shop.example/"), ["shop.example shop.example:443"]);
        assert_eq!(servers(&[], "http://shop.example/"), [""; 0]);
        let known = ["shop.example:443:127.0.0.1:8443"];
        assert_eq!(servers(&known, "https://shop.example/"), ["shop.example 127.0.0.1:8443"]);
        let both = ["shop.example 127.0.0.1:8443", "shop.example shop.example:444"];
        assert_eq!(servers(&known, "https://shop.example:444/"), both);
    }

    #[tokio::test]
    async fn a_file_without_a_certificate_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let reach = Reach { resolve: Vec::new(), ca: Some(file.path().to_owned()) };
        let error = reach.browser_args(&site()).await.unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()) && error.contains("no certificate"), "{error}");
    }
}
