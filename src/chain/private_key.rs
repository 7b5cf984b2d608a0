//! Private keys out of files (PKCS#8, PKCS#1, SEC 1; PEM or DER), and whether one belongs to a certificate.
//!
//! Keys are compared by their public halves: nothing is signed and nothing of the private half leaves [`PrivateKey`].
//! Not here: PKCS#12 (`pkcs12.rs`), where files and passwords come from.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use data_encoding::BASE64_MIME_PERMISSIVE;
use pkcs5::EncryptionScheme;
use pkcs5::pbes2::Kdf;
use zeroize::Zeroizing;

use super::cert::{Cert, KeyAlgorithm};
use super::der::{self, NotDer, Reader, tag};
use super::path::MAX_CERTIFICATES;
use super::read::{as_text, marker};
use crate::evidence::{Der, PublicKey};
use crate::msg::Msg;

/// Rounds of password stretching that are carried out at most.
const MAX_ROUNDS: u32 = 10_000_000;
/// Memory that password stretching by scrypt may take, in bytes.
const MAX_MEMORY: u64 = 256 << 20;

/// A private key, and its public half.
pub struct PrivateKey {
    der: Zeroizing<Vec<u8>>,
    /// How `der` is written.
    pub form: KeyForm,
    /// What may be shown and compared.
    pub public: PublicKey,
}

impl PrivateKey {
    /// The key itself, in [`Self::form`].
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("form", &self.form)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// How a private key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// `PrivateKeyInfo` (RFC 5958).
    Pkcs8,
    /// `RSAPrivateKey` (RFC 8017 appendix A.1.2).
    Pkcs1,
    /// `ECPrivateKey` (RFC 5915).
    Sec1,
}

/// Whether a key belongs to a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// Keys of this kind are not compared here.
    CannotTell,
}

/// Why no private key came out of some bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// It can be read, and holds something else.
    #[error("it holds no private key")]
    NoKey,
    /// It is, or was, a private key and cannot be read.
    #[error("the private key {0}")]
    Damaged(&'static str),
    /// It is kept under a password, and none was given.
    #[error("it is kept under a password")]
    NeedsPassword,
    /// The password given does not open it.
    #[error("the password does not fit")]
    WrongPassword,
    /// It is kept under a password in a way that is not read here.
    #[error("it is protected in a way that is not read here ({0})")]
    Unsupported(String),
}

impl KeyError {
    /// What to tell the person.
    pub fn message(&self) -> Msg {
        match self {
            Self::Empty => Msg::new("client.read.empty"),
            Self::NoKey => Msg::new("client.read.no-key"),
            Self::Damaged(reason) => Msg::new("client.read.key-damaged").with("reason", reason),
            Self::NeedsPassword => Msg::new("client.read.needs-password"),
            Self::WrongPassword => Msg::new("client.read.wrong-key-password"),
            Self::Unsupported(what) => Msg::new("client.read.unsupported").with("what", what),
        }
    }
}

impl From<NotDer> for KeyError {
    fn from(error: NotDer) -> Self {
        Self::Damaged(error.0)
    }
}

/// Whether a file holds a private key beside whatever else it holds: PEM markers say so.
pub fn holds_private_key(bytes: &[u8]) -> bool {
    let text = Zeroizing::new(as_text(bytes));
    text.lines()
        .any(|line| marker(line, "-----BEGIN ").is_some_and(is_key_label))
}

/// The first private key of a file, PEM or DER.
///
/// # Errors
/// [`KeyError`]; [`KeyError::NeedsPassword`] where it is encrypted and `password` is none.
pub fn read_private_key(bytes: &[u8], password: Option<&str>) -> Result<PrivateKey, KeyError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(KeyError::Empty);
    }
    if bytes.first() == Some(&tag::SEQUENCE) {
        let element = Reader::new(bytes).expect(tag::SEQUENCE)?;
        return from_der(element.raw, password);
    }
    let text = Zeroizing::new(as_text(bytes));
    let block = key_block(&text)?.ok_or(KeyError::NoKey)?;
    from_der(&block, password)
}

fn is_key_label(label: &str) -> bool {
    label == "PRIVATE KEY" || label.ends_with(" PRIVATE KEY")
}

/// The bytes of the first PEM block with a private key; none where there is no such block.
fn key_block(text: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let mut lines = text.lines();
    let label = loop {
        let Some(line) = lines.next() else {
            return Ok(None);
        };
        if let Some(label) = marker(line, "-----BEGIN ").filter(|label| is_key_label(label)) {
            break label;
        }
    };
    if label == "OPENSSH PRIVATE KEY" {
        return Err(KeyError::Unsupported("OpenSSH".to_owned()));
    }
    let mut body = Zeroizing::new(String::with_capacity(text.len()));
    let mut closed = false;
    for line in lines {
        if marker(line, "-----END ").is_some() {
            closed = true;
            break;
        }
        // RFC 1421 headers: the old way of OpenSSL to encrypt, whose key is stretched by one round of MD5.
        if line.contains("Proc-Type:") || line.contains("DEK-Info:") {
            return Err(KeyError::Unsupported("Proc-Type: 4,ENCRYPTED".to_owned()));
        }
        body.extend(
            line.chars()
                .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')),
        );
    }
    if !closed {
        return Err(KeyError::Damaged("is not closed by its END line"));
    }
    BASE64_MIME_PERMISSIVE
        .decode(body.as_bytes())
        .map(|bytes| Some(Zeroizing::new(bytes)))
        .map_err(|_| KeyError::Damaged("is not base64"))
}

/// A key by its outer shape: the four that are used begin with different types.
fn from_der(bytes: &[u8], password: Option<&str>) -> Result<PrivateKey, KeyError> {
    let mut whole = Reader::single(bytes, tag::SEQUENCE)?;
    if whole.peek() == Some(tag::SEQUENCE) {
        let decrypted = decrypt(bytes, password)?;
        return pkcs8(&decrypted).map_err(|error| match error {
            // Padding that fits by chance: what comes out of a wrong password is noise.
            KeyError::Damaged(_) => KeyError::WrongPassword,
            other => other,
        });
    }
    whole.expect(tag::INTEGER).map_err(|_| KeyError::NoKey)?;
    match whole.peek() {
        Some(tag::SEQUENCE) => pkcs8(bytes),
        Some(tag::INTEGER) => Ok(PrivateKey {
            public: rsa_public(bytes)?,
            form: KeyForm::Pkcs1,
            der: Zeroizing::new(bytes.to_vec()),
        }),
        Some(tag::OCTET_STRING) => Ok(PrivateKey {
            public: ec_public(bytes, None)?,
            form: KeyForm::Sec1,
            der: Zeroizing::new(bytes.to_vec()),
        }),
        _ => Err(KeyError::NoKey),
    }
}

/// `PrivateKeyInfo` (RFC 5958 section 2).
fn pkcs8(bytes: &[u8]) -> Result<PrivateKey, KeyError> {
    let mut info = Reader::single(bytes, tag::SEQUENCE)?;
    info.expect(tag::INTEGER)?;
    let mut algorithm = Reader::new(info.expect(tag::SEQUENCE)?.content);
    let kind = der::oid(algorithm.expect(tag::OID)?.content)?;
    let inner = info.expect(tag::OCTET_STRING)?.content;
    let public = match kind.as_str() {
        "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => rsa_public(inner)?,
        "1.2.840.10045.2.1" => {
            let curve = match algorithm.optional(tag::OID)? {
                Some(named) => Some(der::oid(named.content)?),
                None => None,
            };
            ec_public(inner, curve)?
        }
        "1.3.101.112" => {
            // CurvePrivateKey (RFC 8410 section 7).
            let mut reader = Reader::new(inner);
            let seed = reader.expect(tag::OCTET_STRING)?.content;
            reader.finish()?;
            let wrong = KeyError::Damaged("is not an Ed25519 key of 32 bytes");
            if seed.len() != 32 {
                return Err(wrong);
            }
            let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| wrong)?;
            PublicKey::Ed25519(Der::from(pair.public_key().as_ref()))
        }
        _ => PublicKey::Other(kind),
    };
    Ok(PrivateKey {
        der: Zeroizing::new(bytes.to_vec()),
        form: KeyForm::Pkcs8,
        public,
    })
}

/// The public half that an `RSAPrivateKey` (RFC 8017 appendix A.1.2) begins with.
fn rsa_public(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    let mut key = Reader::single(bytes, tag::SEQUENCE)?;
    key.expect(tag::INTEGER)?;
    let modulus = number(key.expect(tag::INTEGER)?.content);
    let exponent = number(key.expect(tag::INTEGER)?.content);
    // d, p, q and the rest: a file that was cut and closed again lacks them.
    for _ in 0..6 {
        key.expect(tag::INTEGER)?;
    }
    Ok(PublicKey::Rsa { modulus, exponent })
}

/// The public half of an `ECPrivateKey` (RFC 5915 section 3), worked out from the private one.
fn ec_public(bytes: &[u8], curve: Option<String>) -> Result<PublicKey, KeyError> {
    let mut key = Reader::single(bytes, tag::SEQUENCE)?;
    key.expect(tag::INTEGER)?;
    let scalar = key.expect(tag::OCTET_STRING)?.content;
    let named = match key.optional(tag::constructed(0))? {
        Some(parameters) => Reader::new(parameters.content).optional(tag::OID)?,
        None => None,
    };
    let curve = match (curve, named) {
        (Some(curve), _) => curve,
        (None, Some(element)) => der::oid(element.content)?,
        (None, None) => return Ok(PublicKey::Other("1.2.840.10045.2.1".to_owned())),
    };
    let (name, algorithm, size) = match curve.as_str() {
        "1.2.840.10045.3.1.7" => ("P-256", &ECDH_P256, 32),
        "1.3.132.0.34" => ("P-384", &ECDH_P384, 48),
        "1.3.132.0.35" => ("P-521", &ECDH_P521, 66),
        _ => return Ok(PublicKey::Other(curve)),
    };
    let scalar = fixed_size(scalar, size)?;
    let point = agreement::PrivateKey::from_private_key(algorithm, &scalar)
        .map_err(|_| KeyError::Damaged("is no number that its curve allows"))?
        .compute_public_key()
        .map_err(|_| KeyError::Damaged("has no public half"))?;
    Ok(PublicKey::Ec {
        curve: name.to_owned(),
        point: Der::from(point.as_ref()),
    })
}

/// Big-endian bytes of exactly this size: some tools leave out zeros in front, or put one there.
fn fixed_size(bytes: &[u8], size: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let digits = bytes
        .iter()
        .position(|byte| *byte != 0)
        .and_then(|first| bytes.get(first..))
        .unwrap_or_default();
    let missing = size
        .checked_sub(digits.len())
        .ok_or(KeyError::Damaged("is larger than its curve allows"))?;
    let mut fixed = Zeroizing::new(vec![0_u8; missing]);
    fixed.extend_from_slice(digits);
    Ok(fixed)
}

/// The digits of a positive INTEGER.
fn number(content: &[u8]) -> Der {
    let first = content.iter().position(|byte| *byte != 0);
    Der::from(
        first
            .and_then(|first| content.get(first..))
            .unwrap_or_default(),
    )
}

/// `EncryptedPrivateKeyInfo` (RFC 5958 section 3).
fn decrypt(bytes: &[u8], password: Option<&str>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut whole = Reader::single(bytes, tag::SEQUENCE)?;
    let algorithm = whole.expect(tag::SEQUENCE)?;
    let encrypted = whole
        .expect(tag::OCTET_STRING)
        .map_err(|_| KeyError::NoKey)?;
    whole.finish()?;
    let name = der::oid(Reader::new(algorithm.content).expect(tag::OID)?.content)?;
    let scheme = match EncryptionScheme::try_from(algorithm.raw) {
        Ok(EncryptionScheme::Pbes2(scheme)) => scheme,
        // PBES1 rests on DES or RC2 with keys stretched by MD5 or SHA-1.
        Ok(_) | Err(_) => return Err(KeyError::Unsupported(name)),
    };
    let bearable = match &scheme.kdf {
        Kdf::Pbkdf2(kdf) => kdf.iteration_count <= MAX_ROUNDS,
        Kdf::Scrypt(kdf) => {
            kdf.parallelization <= 16
                && 128_u64
                    .checked_mul(kdf.cost_parameter)
                    .and_then(|memory| memory.checked_mul(u64::from(kdf.block_size)))
                    .is_some_and(|memory| memory <= MAX_MEMORY)
        }
        _ => false,
    };
    if !bearable {
        return Err(KeyError::Unsupported(name));
    }
    let password = password.ok_or(KeyError::NeedsPassword)?;
    match scheme.decrypt(password.as_bytes(), encrypted.content) {
        Ok(key) => Ok(Zeroizing::new(key)),
        Err(pkcs5::Error::UnsupportedAlgorithm { .. }) => Err(KeyError::Unsupported(name)),
        Err(pkcs5::Error::AlgorithmParametersInvalid { .. }) => {
            Err(KeyError::Damaged("has encryption parameters that are none"))
        }
        Err(_) => Err(KeyError::WrongPassword),
    }
}

/// Whether this key is the one in the certificate.
pub fn fits(cert: &Cert, key: &PublicKey) -> Fit {
    let bytes = cert.public_key();
    let same = match (key, &cert.key.algorithm) {
        (PublicKey::Other(_), _) => return Fit::CannotTell,
        (PublicKey::Rsa { modulus, exponent }, KeyAlgorithm::Rsa) => match certified_rsa(bytes) {
            Ok((n, e)) => n == *modulus && e == *exponent,
            Err(_) => return Fit::CannotTell,
        },
        (PublicKey::Ec { curve, point }, KeyAlgorithm::Ec(named)) => {
            curve == named && same_point(bytes, point.as_slice())
        }
        (PublicKey::Ed25519(key), KeyAlgorithm::Ed25519) => bytes == key.as_slice(),
        (_, KeyAlgorithm::Other(_)) => return Fit::CannotTell,
        _ => false,
    };
    if same { Fit::Yes } else { Fit::No }
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn certified_rsa(bytes: &[u8]) -> Result<(Der, Der), NotDer> {
    let mut key = Reader::single(bytes, tag::SEQUENCE)?;
    let modulus = number(key.expect(tag::INTEGER)?.content);
    let exponent = number(key.expect(tag::INTEGER)?.content);
    Ok((modulus, exponent))
}

/// Whether a certified point, compressed or not (SEC 1 section 2.3.3), is this uncompressed one.
fn same_point(certified: &[u8], point: &[u8]) -> bool {
    match (certified.split_first(), point.split_first()) {
        (Some((parity @ (2 | 3), x)), Some((4, coordinates))) => {
            let odd = coordinates.last().is_some_and(|last| last & 1 == 1);
            coordinates.starts_with(x) && coordinates.len() == 2 * x.len() && odd == (*parity == 3)
        }
        _ => certified == point,
    }
}

/// The readable certificates of a client, the one that belongs to one of these keys first; without such a key the first
/// that is no CA's, else the first. The others keep their order.
pub fn own_chain(certificates: &[Der], keys: &[PublicKey]) -> Vec<Arc<Cert>> {
    let mut chain: Vec<Arc<Cert>> = certificates
        .iter()
        .take(MAX_CERTIFICATES)
        .filter_map(|der| Cert::parse(der).ok())
        .map(Arc::new)
        .collect();
    let owned = chain
        .iter()
        .position(|cert| keys.iter().any(|key| fits(cert, key) == Fit::Yes));
    let end = owned.or_else(|| chain.iter().position(|cert| !cert.is_ca));
    if let Some(place) = end {
        let own = chain.remove(place);
        chain.insert(0, own);
    }
    chain
}

#[cfg(test)]
#[path = "tests/private_key.rs"]
mod tests;
