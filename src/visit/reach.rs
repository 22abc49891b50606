//! How the browser reaches a site that the system's resolver or its authorities do not know.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::release::remote::Resolve;

/// How a site is reached.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Where hosts are.
    pub resolve: Vec<Resolve>,
    /// A file of certificates (PEM) that are taken beside those of the system: a server's own, or that of an authority
    /// which the server sends along.
    pub ca: Option<PathBuf>,
}

impl Reach {
    /// Arguments for the browser.
    ///
    /// # Errors
    /// When the file holds no certificate.
    pub fn browser_args(&self) -> Result<Vec<String>, Error> {
        let mut args = Vec::new();
        if !self.resolve.is_empty() {
            let rules = self.resolve.iter().map(|Resolve { host, port, addr }| format!("MAP {host}:{port} {addr}"));
            args.push(format!("--host-resolver-rules={}", rules.collect::<Vec<_>>().join(",")));
        }
        if let Some(file) = &self.ca {
            args.push(format!("--ignore-certificate-errors-spki-list={}", keys(file)?.join(",")));
        }
        Ok(args)
    }
}

/// Hashes of the public keys in a file of certificates, as the browser takes them.
fn keys(file: &Path) -> Result<Vec<String>, Error> {
    let unusable = |why: &str| Error::Usage(format!("cannot use {}: {why}", file.display()));
    let text = fs::read(file).map_err(|error| unusable(&error.to_string()))?;
    let certificates = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| unusable(&error.to_string()))?;
    let keys: Option<Vec<String>> = certificates
        .iter()
        .map(|certificate| Some(BASE64_STANDARD.encode(Sha256::digest(public_key(certificate)?))))
        .collect();
    match keys {
        Some(keys) if !keys.is_empty() => Ok(keys),
        _ => Err(unusable("it holds no certificate in the form PEM")),
    }
}

/// The SubjectPublicKeyInfo of a certificate (RFC 5280, 4.1), as it stands there.
fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let (_, certificate, _) = element(certificate).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (_, mut fields, _) = element(certificate)?;
    if let (VERSION, _, rest) = element(fields)? {
        fields = rest;
    }
    // Serial number, algorithm, issuer, validity and subject stand before it.
    for _ in 0..5 {
        (_, _, fields) = element(fields)?;
    }
    let (tag, _, rest) = element(fields)?;
    (tag == SEQUENCE).then(|| &fields[..fields.len() - rest.len()])
}

/// The first element of DER: its tag, its content, and what stands behind it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let (digits, behind) = rest.split_at_checked(usize::from(first & 0x7f)).filter(|(d, _)| d.len() <= 4)?;
        length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
        rest = behind;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, PublicKeyData, generate_simple_self_signed};

    use super::*;

    #[test]
    fn a_place_is_a_rule_for_the_browser() {
        let reach = |place: &str| Reach { resolve: vec![place.parse().unwrap()], ca: None }.browser_args().unwrap();
        assert_eq!(
            reach("shop.example:443:127.0.0.1:8443"),
            ["--host-resolver-rules=MAP shop.example:443 127.0.0.1:8443"]
        );
        assert_eq!(reach("a.test:80:[::1]"), ["--host-resolver-rules=MAP a.test:80 [::1]:80"]);
        for wrong in ["a.test", "a.test:443", "a.test:x:1.2.3.4", "a.test:443:", "*.test:1:b", "a:1:b,MAP * c"] {
            assert!(wrong.parse::<Resolve>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_certificates_key_is_the_one_that_its_maker_knows() {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let pem =
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64_STANDARD.encode(cert.der()));
        fs::write(file.path(), pem).unwrap();
        let hash = BASE64_STANDARD.encode(Sha256::digest(signing_key.subject_public_key_info()));
        assert_eq!(keys(file.path()).unwrap(), [hash]);
    }

    #[test]
    fn a_file_without_a_certificate_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = keys(file.path()).unwrap_err();
        assert!(error.to_string().ends_with("it holds no certificate in the form PEM"), "{error}");
        assert_eq!(public_key(b"\x30\x82"), None);
    }
}
