//! One certificate, read once and kept as plain fields.
//!
//! Not here: how it is read (`parse.rs`, `extensions.rs`) and what is wrong with it (`rules.rs`).

use std::net::IpAddr;
use std::ops::Range;

use aws_lc_rs::digest;

use super::dn::Name;
use super::signature::SignatureScheme;
use crate::evidence::{Der, UnixTime};
use crate::msg::Msg;

/// A certificate of the usual life is worth a word once it ends within thirty days, in seconds.
const SOON: i64 = 30 * 86_400;

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
    /// X.509 version, 1 to 3 (RFC 5280 section 4.1.2.1).
    pub version: u8,
    /// Subject, made comparable.
    pub subject_name: Name,
    /// Issuer, made comparable.
    pub issuer_name: Name,
    /// emailAddress attributes of the subject.
    pub subject_emails: Vec<String>,
    /// The signature algorithm, for checking.
    pub scheme: SignatureScheme,
    /// What the extensions say.
    pub extensions: Extensions,
    /// What is wrong with the certificate's own form, whatever it is used for.
    pub defects: Vec<Defect>,
    pub(super) places: Places,
}

/// Where the parts that signatures need lie in [`Cert::der`].
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Places {
    pub tbs: Range<usize>,
    pub spki: Range<usize>,
    pub public_key: Range<usize>,
    pub signature: Range<usize>,
}

/// The extensions that decide what a certificate may do (RFC 5280 section 4.2). `None` where one is absent.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Extensions {
    /// Key usage.
    pub key_usage: Option<KeyUsage>,
    /// Extended key usage.
    pub extended_key_usage: Option<Vec<ExtendedUse>>,
    /// Basic constraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// Name constraints.
    pub name_constraints: Option<NameConstraints>,
    /// All subject alternative names, those TLS does not compare included.
    pub subject_alternative_names: Option<Vec<GeneralName>>,
    /// The issuer's key identifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// The issuer's own issuer, where the authority key identifier names it.
    pub authority_issuer: Option<Name>,
    /// The key identifier of this certificate's key.
    pub subject_key_id: Option<Vec<u8>>,
    /// TLS feature `status_request`: must be served with a stapled OCSP answer (RFC 7633).
    pub must_staple: bool,
    /// Critical extensions that nobody here knows, as dotted object identifiers.
    pub unknown_critical: Vec<String>,
}

/// Basic constraints (RFC 5280 section 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether it is a CA.
    pub ca: bool,
    /// How many intermediates that are not self-issued may follow below it.
    pub path_len: Option<u32>,
}

/// Key usage bits (RFC 5280 section 4.2.1.3); bit n of the number is bit n of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// digitalSignature.
    pub const DIGITAL_SIGNATURE: u16 = 1;
    /// nonRepudiation (contentCommitment).
    pub const NON_REPUDIATION: u16 = 1 << 1;
    /// keyEncipherment.
    pub const KEY_ENCIPHERMENT: u16 = 1 << 2;
    /// keyAgreement.
    pub const KEY_AGREEMENT: u16 = 1 << 4;
    /// keyCertSign.
    pub const KEY_CERT_SIGN: u16 = 1 << 5;
    /// cRLSign.
    pub const CRL_SIGN: u16 = 1 << 6;

    /// Whether any of these bits is set.
    pub const fn any(self, bits: u16) -> bool {
        self.0 & bits != 0
    }

    /// The set bits by the standard's names.
    pub fn words(self) -> String {
        const WORDS: [&str; 9] = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        let set: Vec<&str> = WORDS
            .iter()
            .enumerate()
            .filter(|(bit, _)| self.0 & (1 << bit) != 0)
            .map(|(_, word)| *word)
            .collect();
        if set.is_empty() {
            "-".to_owned()
        } else {
            set.join(", ")
        }
    }
}

/// One extended key usage (RFC 5280 section 4.2.1.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtendedUse {
    /// serverAuth.
    ServerAuth,
    /// clientAuth.
    ClientAuth,
    /// OCSPSigning.
    OcspSigning,
    /// anyExtendedKeyUsage.
    Any,
    /// Another one, by its object identifier.
    Other(String),
}

impl std::fmt::Display for ExtendedUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ServerAuth => "serverAuth",
            Self::ClientAuth => "clientAuth",
            Self::OcspSigning => "OCSPSigning",
            Self::Any => "anyExtendedKeyUsage",
            Self::Other(oid) => match oid.as_str() {
                "1.3.6.1.5.5.7.3.3" => "codeSigning",
                "1.3.6.1.5.5.7.3.4" => "emailProtection",
                "1.3.6.1.5.5.7.3.8" => "timeStamping",
                other => other,
            },
        })
    }
}

/// A subject alternative name or the base of a name constraint, of any kind (RFC 5280 section 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// dNSName.
    Dns(String),
    /// rfc822Name.
    Email(String),
    /// uniformResourceIdentifier.
    Uri(String),
    /// directoryName.
    Directory(Name),
    /// iPAddress: 4 or 16 bytes in a name, twice that in a constraint; other lengths are kept and match nothing.
    Ip(Vec<u8>),
    /// A kind that is not interpreted, by its context tag number (otherName is 0).
    Other(u8),
}

/// Name constraints (RFC 5280 section 4.2.1.10).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct NameConstraints {
    /// Names must lie in one of these, kind by kind.
    pub permitted: Vec<GeneralName>,
    /// Names must lie in none of these.
    pub excluded: Vec<GeneralName>,
}

/// Something wrong with a certificate's own form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Whether careful clients refuse it, or most take it.
    pub severity: Severity,
    /// What was expected and what was found.
    pub text: Msg,
    /// The rule.
    pub rule: &'static str,
}

/// How much a defect matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Careful clients refuse the certificate.
    Refused,
    /// Against the letter of the profile; most clients take it.
    Remark,
}

impl Cert {
    /// Whether it ends soon after this moment: within thirty days, or within the last third of a shorter life.
    pub fn ends_soon(&self, at: UnixTime) -> bool {
        let (life, left) = (
            self.not_after.since(self.not_before),
            self.not_after.since(at),
        );
        left >= 0 && left < SOON.min(life / 3)
    }

    /// Whether subject and issuer are the same name (RFC 5280 section 3.2).
    pub fn is_self_issued(&self) -> bool {
        self.subject_name == self.issuer_name
    }

    /// The serial number's bytes as in the certificate, most significant first.
    pub fn serial_bytes(&self) -> Vec<u8> {
        data_encoding::HEXLOWER
            .decode(self.serial.as_bytes())
            .unwrap_or_default()
    }

    /// The signed part, `TBSCertificate`.
    pub fn tbs(&self) -> &[u8] {
        self.part(&self.places.tbs)
    }

    /// `SubjectPublicKeyInfo`, as keys are compared.
    pub fn spki(&self) -> &[u8] {
        self.part(&self.places.spki)
    }

    /// SHA-256 of [`Self::spki`], as root programmes name keys.
    pub fn spki_sha256(&self) -> [u8; 32] {
        super::parse::sha256(self.spki())
    }

    /// The bits of the public key, without its algorithm.
    pub fn public_key(&self) -> &[u8] {
        self.part(&self.places.public_key)
    }

    /// The signature's bits.
    pub fn signature(&self) -> &[u8] {
        self.part(&self.places.signature)
    }

    fn part(&self, place: &Range<usize>) -> &[u8] {
        self.der.as_slice().get(place.clone()).unwrap_or_default()
    }

    /// Whether it speaks of the same subject and the same key: for trust they are one (RFC 5280 section 6.1.1 (d)).
    pub fn same_entity(&self, other: &Self) -> bool {
        self.subject_name == other.subject_name && self.spki() == other.spki()
    }

    /// SHA-256 as people compare it: upper-case hexadecimal pairs joined by colons.
    pub fn fingerprint(&self) -> String {
        pairs(&self.sha256)
    }

    /// SHA-1 in the same shape: what Windows shows as the thumbprint. It tells certificates apart for people, nothing
    /// relies on it.
    pub fn thumbprint(&self) -> String {
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.der.as_slice());
        pairs(digest.as_ref())
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

/// Upper-case hexadecimal pairs joined by colons.
fn pairs(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
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
    /// An RSA key that may sign with PSS padding only (`id-RSASSA-PSS`, RFC 4055 section 1.2).
    pub pss_only: bool,
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
