//! A certificate for the origins' names, generated in each process, and the fingerprint with which a browser accepts it.

use std::io;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

/// Terminates TLS, and knows the fingerprint of its key.
pub(crate) struct Tls {
    pub acceptor: TlsAcceptor,
    /// The fingerprint of its key.
    pub spki: String,
}

impl Tls {
    /// For these names and addresses; `*.` before a domain matches all names directly below it.
    pub fn new(names: &[String]) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let params = CertificateParams::new(names).map_err(io::Error::other)?;
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        let spki = fingerprint(&key.subject_public_key_info());
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .map_err(io::Error::other)?;
        // HTTP/1.1 only: one request at a time per connection, so dropping it drops nothing else.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), spki })
    }
}

/// Base64 of the SHA-256 of a SubjectPublicKeyInfo, as `--ignore-certificate-errors-spki-list` takes it.
pub(crate) fn fingerprint(public_key: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(public_key))
}

/// TLS for a client that trusts these authorities in addition to those of the system.
///
/// # Errors
/// When one of them is not a valid trust anchor.
pub(crate) fn trusting(authorities: Vec<CertificateDer<'static>>) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    // On a system without any, only the given ones are trusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for authority in authorities {
        roots.add(authority)?;
    }
    let client = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    Ok(client.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth())
}
