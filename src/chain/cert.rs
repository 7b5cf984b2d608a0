//! One certificate, read once and kept as plain fields.

use std::net::IpAddr;

use crate::evidence::{Der, UnixTime};

/// A parsed certificate. Text fields are as in the certificate: sanitise before showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cert {
    /// The whole certificate.
    pub der: Der,
    /// SHA-256 of `der`.
    pub sha256: [u8; 32],
    /// Subject, RFC 4514 style (`CN=..., O=...`).
    pub subject: String,
    /// Subject as DER, for exact comparison.
    pub subject_der: Vec<u8>,
    /// Issuer, RFC 4514 style.
    pub issuer: String,
    /// Issuer as DER.
    pub issuer_der: Vec<u8>,
    /// The subject's common name, the last one where there are several.
    pub common_name: Option<String>,
    /// The subject's organisation.
    pub organisation: Option<String>,
    /// Serial number in hexadecimal, lower case.
    pub serial: String,
    /// First moment of validity.
    pub not_before: UnixTime,
    /// Last moment of validity.
    pub not_after: UnixTime,
    /// Subject alternative names of the kinds TLS compares.
    pub names: Vec<AltName>,
    /// The public key.
    pub key: Key,
    /// Signature algorithm, its usual name (`ecdsa-with-SHA256`).
    pub signature_algorithm: String,
    /// Whether basic constraints say CA.
    pub is_ca: bool,
    /// Addresses of the issuer's certificate (caIssuers).
    pub issuer_urls: Vec<String>,
    /// Addresses of OCSP responders.
    pub ocsp_urls: Vec<String>,
    /// Addresses of revocation lists.
    pub crl_urls: Vec<String>,
}

impl Cert {
    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// SHA-256 as people compare it: upper-case hexadecimal pairs joined by colons.
    pub fn fingerprint(&self) -> String {
        let pairs: Vec<String> = self
            .sha256
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        pairs.join(":")
    }

    /// What to call it in one line: its common name, else its organisation, else its first name, else the subject.
    pub fn label(&self) -> String {
        let first_name = || {
            self.names.first().map(|name| match name {
                AltName::Dns(name) => name.clone(),
                AltName::Ip(ip) => ip.to_string(),
            })
        };
        let label = self
            .common_name
            .clone()
            .or_else(|| self.organisation.clone())
            .or_else(first_name);
        crate::text::sanitise(&label.unwrap_or_else(|| self.subject.clone()))
    }
}

/// A subject alternative name of the kinds TLS compares.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AltName {
    /// dNSName, as in the certificate.
    Dns(String),
    /// iPAddress.
    Ip(IpAddr),
}

/// A public key, as far as it matters for its strength.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its kind.
    pub algorithm: KeyAlgorithm,
    /// Its size in bits.
    pub bits: u32,
}

/// Kinds of public keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// RSA.
    Rsa,
    /// ECDSA on the named curve.
    Ec(String),
    /// Ed25519.
    Ed25519,
    /// Another one, by its object identifier.
    Other(String),
}

/// Why bytes are not a certificate that can be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a readable certificate: {reason}")]
pub struct Malformed {
    /// What was wrong, in English, from the parser.
    pub reason: String,
}
