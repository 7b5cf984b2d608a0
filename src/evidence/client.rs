//! The client certificate that a person handed in, as far as it may be kept: public halves only, no password, no
//! private key.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Der;
use crate::msg::Msg;

/// A client's certificate and key as they were read out of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientEvidence {
    /// The file with the certificate, as it was named.
    pub file: String,
    /// The certificates in it, in the order found.
    pub certificates: Vec<Der>,
    /// Why the file cannot be read, if it cannot.
    pub damage: Option<Msg>,
    /// The private key.
    pub key: ClientKey,
    /// Whether certificate and key could be made ready for showing to a gateway that asks.
    pub can_be_shown: bool,
}

/// What is known of the private key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKey {
    /// The person named no file with a key.
    NotGiven,
    /// The file should hold one and does not: a PKCS#12 archive of certificates alone.
    Missing,
    /// The file with the key cannot be read.
    Unreadable {
        /// The file, as it was named.
        file: String,
        /// Why.
        reason: Msg,
    },
    /// It was read; several where an archive holds several.
    Seen(Vec<PublicKey>),
}

/// The public half of a key pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublicKey {
    /// RSA: modulus and public exponent, big-endian without leading zeros.
    Rsa {
        /// n.
        modulus: Der,
        /// e.
        exponent: Der,
    },
    /// A point on a named curve.
    Ec {
        /// `P-256`, `P-384`, `P-521`.
        curve: String,
        /// Uncompressed (SEC 1 section 2.3.3).
        point: Der,
    },
    /// Ed25519, 32 bytes.
    Ed25519(Der),
    /// A kind that is not compared here, by its object identifier.
    Other(String),
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { modulus, .. } => write!(f, "RSA {}", modulus.as_slice().len() * 8),
            Self::Ec { curve, .. } => write!(f, "EC {curve}"),
            Self::Ed25519(_) => f.write_str("Ed25519"),
            Self::Other(oid) => f.write_str(oid),
        }
    }
}

/// What a gateway said when it asked for a client certificate (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRequest {
    /// The names of the authorities it accepts, as DER; empty where it names none.
    pub authorities: Vec<Der>,
    /// Whether it was shown a certificate.
    pub answered: bool,
}
