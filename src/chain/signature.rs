//! Who signed what: signature algorithms and their verification with the TLS provider's own primitives.
//!
//! Not here: which certificate should have signed which (`path.rs`), and how weak is too weak (`rules.rs`).

use std::fmt;

use aws_lc_rs::signature::{self as verifiers, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::prelude::FromDer;
use x509_parser::x509::AlgorithmIdentifier;

use super::cert::{Cert, KeyAlgorithm};
use super::der::{self, NotDer, Reader, tag};
use super::memo;

/// A hash inside a signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// MD2.
    Md2,
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// Whether collisions are practical, so that a signature over it proves nothing.
    pub const fn is_broken(self) -> bool {
        matches!(self, Self::Md2 | Self::Md5 | Self::Sha1)
    }

    fn by_oid(oid: &str) -> Option<Self> {
        Some(match oid {
            "1.3.14.3.2.26" => Self::Sha1,
            "2.16.840.1.101.3.4.2.4" => Self::Sha224,
            "2.16.840.1.101.3.4.2.1" => Self::Sha256,
            "2.16.840.1.101.3.4.2.2" => Self::Sha384,
            "2.16.840.1.101.3.4.2.3" => Self::Sha512,
            _ => return None,
        })
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Md2 => "MD2",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        }
    }
}

/// A signature algorithm (RFC 3279, RFC 4055, RFC 5758, RFC 8410).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureScheme {
    /// RSA with PKCS#1 v1.5 padding.
    RsaPkcs1(Hash),
    /// RSA with PSS padding, salt as long as the hash, the same hash in its mask.
    RsaPss(Hash),
    /// ECDSA.
    Ecdsa(Hash),
    /// Ed25519.
    Ed25519,
    /// Another one, by its object identifier.
    Other(String),
}

impl SignatureScheme {
    /// Reads an `AlgorithmIdentifier`.
    pub(super) fn read(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let oid = algorithm.algorithm.to_id_string();
        match oid.as_str() {
            "1.2.840.113549.1.1.2" => Self::RsaPkcs1(Hash::Md2),
            "1.2.840.113549.1.1.4" => Self::RsaPkcs1(Hash::Md5),
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => Self::RsaPkcs1(Hash::Sha1),
            "1.2.840.113549.1.1.14" => Self::RsaPkcs1(Hash::Sha224),
            "1.2.840.113549.1.1.11" => Self::RsaPkcs1(Hash::Sha256),
            "1.2.840.113549.1.1.12" => Self::RsaPkcs1(Hash::Sha384),
            "1.2.840.113549.1.1.13" => Self::RsaPkcs1(Hash::Sha512),
            "1.2.840.113549.1.1.10" => {
                let parameters = algorithm
                    .parameters
                    .as_ref()
                    .map_or(&[][..], |any| any.data);
                pss(parameters).map_or(Self::Other(oid), Self::RsaPss)
            }
            "1.2.840.10045.4.1" => Self::Ecdsa(Hash::Sha1),
            "1.2.840.10045.4.3.1" => Self::Ecdsa(Hash::Sha224),
            "1.2.840.10045.4.3.2" => Self::Ecdsa(Hash::Sha256),
            "1.2.840.10045.4.3.3" => Self::Ecdsa(Hash::Sha384),
            "1.2.840.10045.4.3.4" => Self::Ecdsa(Hash::Sha512),
            "1.3.101.112" => Self::Ed25519,
            _ => Self::Other(oid),
        }
    }

    /// Reads an `AlgorithmIdentifier` from its DER, outer SEQUENCE included.
    pub(super) fn from_der(der: &[u8]) -> Result<Self, NotDer> {
        match AlgorithmIdentifier::from_der(der) {
            Ok((&[], algorithm)) => Ok(Self::read(&algorithm)),
            _ => Err(NotDer("has a signature algorithm that is not readable")),
        }
    }

    /// Whether it rests on a hash that is broken.
    pub const fn is_broken(&self) -> bool {
        match self {
            Self::RsaPkcs1(hash) | Self::RsaPss(hash) | Self::Ecdsa(hash) => hash.is_broken(),
            Self::Ed25519 | Self::Other(_) => false,
        }
    }
}

impl fmt::Display for SignatureScheme {
    /// The names OpenSSL uses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPkcs1(hash) => write!(f, "{}WithRSAEncryption", hash.word().to_lowercase()),
            Self::RsaPss(hash) => write!(f, "RSASSA-PSS with {}", hash.word()),
            Self::Ecdsa(hash) => write!(f, "ecdsa-with-{}", hash.word()),
            Self::Ed25519 => f.write_str("ED25519"),
            Self::Other(oid) => f.write_str(algorithm_name(oid).unwrap_or(oid)),
        }
    }
}

/// The name of an algorithm that is neither checked here nor by most clients, for people; signatures and keys alike.
pub(super) fn algorithm_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.113549.1.1.10" => "RSASSA-PSS with unusual parameters",
        "1.2.840.10040.4.1" => "DSA",
        "1.2.840.10040.4.3" => "dsaWithSHA1",
        "2.16.840.1.101.3.4.3.1" => "dsa-with-SHA224",
        "2.16.840.1.101.3.4.3.2" => "dsa-with-SHA256",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        "1.2.156.10197.1.501" => "SM2 with SM3",
        "1.2.643.7.1.1.3.2" | "1.2.643.7.1.1.1.1" => "GOST R 34.10-2012 (256 bits)",
        "1.2.643.7.1.1.3.3" | "1.2.643.7.1.1.1.2" => "GOST R 34.10-2012 (512 bits)",
        _ => return None,
    })
}

/// The hash of `RSASSA-PSS-params` content, if hash, mask and salt are as TLS wants them (RFC 8446 section 4.2.3).
fn pss(content: &[u8]) -> Option<Hash> {
    fn hash_of(element: der::Element<'_>) -> Result<Option<Hash>, NotDer> {
        let mut sequence = Reader::single(element.content, tag::SEQUENCE)?;
        let oid = der::oid(sequence.expect(tag::OID)?.content)?;
        Ok(Hash::by_oid(&oid))
    }
    let mut reader = Reader::new(content);
    let hash = match reader.optional(tag::constructed(0)).ok()? {
        Some(element) => hash_of(element).ok()??,
        None => Hash::Sha1,
    };
    let mask = match reader.optional(tag::constructed(1)).ok()? {
        None => Hash::Sha1,
        Some(element) => {
            let mut sequence = Reader::single(element.content, tag::SEQUENCE).ok()?;
            let function = der::oid(sequence.expect(tag::OID).ok()?.content).ok()?;
            let mut inner = Reader::new(sequence.expect(tag::SEQUENCE).ok()?.content);
            let oid = der::oid(inner.expect(tag::OID).ok()?.content).ok()?;
            if function != "1.2.840.113549.1.1.8" {
                return None;
            }
            Hash::by_oid(&oid)?
        }
    };
    let salt = match reader.optional(tag::constructed(2)).ok()? {
        None => 20,
        Some(element) => der::small_integer(
            Reader::new(element.content)
                .expect(tag::INTEGER)
                .ok()?
                .content,
        )
        .ok()?,
    };
    let expected = match hash {
        Hash::Sha1 => 20,
        Hash::Sha224 => 28,
        Hash::Sha256 => 32,
        Hash::Sha384 => 48,
        Hash::Sha512 => 64,
        Hash::Md2 | Hash::Md5 => return None,
    };
    (mask == hash && salt == expected).then_some(hash)
}

/// What checking a signature gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The key made this signature.
    Yes,
    /// The key did not make this signature.
    No,
    /// This combination of algorithm and key cannot be checked here, nor by most clients.
    CannotTell,
}

/// Whether `issuer`'s key made the signature on `cert`.
pub fn is_signed_by(cert: &Cert, issuer: &Cert) -> Signed {
    memo::checked((cert.sha256, issuer.sha256), || {
        verify(&cert.scheme, cert.tbs(), cert.signature(), issuer)
    })
}

/// Whether `issuer`'s key made this signature over these bytes.
pub(super) fn verify(
    scheme: &SignatureScheme,
    bytes: &[u8],
    signature: &[u8],
    issuer: &Cert,
) -> Signed {
    let Some(verifier) = verifier(scheme, issuer) else {
        return match (scheme, &issuer.key.algorithm) {
            // A signature of one family can never come from a key of another.
            (
                SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_),
                KeyAlgorithm::Ec(_) | KeyAlgorithm::Ed25519,
            )
            | (SignatureScheme::Ecdsa(_), KeyAlgorithm::Rsa | KeyAlgorithm::Ed25519)
            | (SignatureScheme::Ed25519, KeyAlgorithm::Rsa | KeyAlgorithm::Ec(_)) => Signed::No,
            _ => Signed::CannotTell,
        };
    };
    let key = UnparsedPublicKey::new(verifier, issuer.public_key());
    match key.verify(bytes, signature) {
        Ok(()) => Signed::Yes,
        Err(_) => Signed::No,
    }
}

/// The provider's verifier for this scheme and key. The legacy ones are used on purpose: a SHA-1 signature that is
/// genuine is a weak one, not a forged one, and the two need different repairs.
fn verifier(scheme: &SignatureScheme, issuer: &Cert) -> Option<&'static dyn VerificationAlgorithm> {
    let bits = issuer.key.bits;
    let curve = match &issuer.key.algorithm {
        KeyAlgorithm::Ec(curve) => curve.as_str(),
        _ => "",
    };
    let rsa = issuer.key.algorithm == KeyAlgorithm::Rsa;
    Some(match (scheme, curve) {
        // RFC 4055 section 1.2: such a key makes no other signatures, and OpenSSL and rustls take none from it.
        (SignatureScheme::RsaPkcs1(_), _) if issuer.key.pss_only => return None,
        (SignatureScheme::RsaPkcs1(hash), _) if rsa && (1024..=8192).contains(&bits) => {
            match hash {
                Hash::Sha1 => &verifiers::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
                Hash::Sha256 => &verifiers::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
                Hash::Sha512 => &verifiers::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
                Hash::Sha384 if bits >= 2048 => &verifiers::RSA_PKCS1_2048_8192_SHA384,
                _ => return None,
            }
        }
        (SignatureScheme::RsaPss(hash), _) if rsa && (2048..=8192).contains(&bits) => match hash {
            Hash::Sha256 => &verifiers::RSA_PSS_2048_8192_SHA256,
            Hash::Sha384 => &verifiers::RSA_PSS_2048_8192_SHA384,
            Hash::Sha512 => &verifiers::RSA_PSS_2048_8192_SHA512,
            _ => return None,
        },
        (SignatureScheme::Ecdsa(Hash::Sha1), "P-256") => &verifiers::ECDSA_P256_SHA1_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha256), "P-256") => &verifiers::ECDSA_P256_SHA256_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha384), "P-256") => &verifiers::ECDSA_P256_SHA384_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha512), "P-256") => &verifiers::ECDSA_P256_SHA512_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha256), "P-384") => &verifiers::ECDSA_P384_SHA256_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha384), "P-384") => &verifiers::ECDSA_P384_SHA384_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha512), "P-384") => &verifiers::ECDSA_P384_SHA512_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha1), "P-521") => &verifiers::ECDSA_P521_SHA1_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha224), "P-521") => &verifiers::ECDSA_P521_SHA224_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha256), "P-521") => &verifiers::ECDSA_P521_SHA256_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha384), "P-521") => &verifiers::ECDSA_P521_SHA384_ASN1,
        (SignatureScheme::Ecdsa(Hash::Sha512), "P-521") => &verifiers::ECDSA_P521_SHA512_ASN1,
        (SignatureScheme::Ed25519, _) if issuer.key.algorithm == KeyAlgorithm::Ed25519 => {
            &verifiers::ED25519
        }
        _ => return None,
    })
}

#[cfg(test)]
#[path = "tests/signature.rs"]
mod tests;
