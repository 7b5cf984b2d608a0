//! PKCS#12 (RFC 7292): a client's certificates and private key out of one file under a password.
//!
//! The pinned reader does the deciphering; what is told apart here is why it fails: damage, a password that does not
//! fit, and ways of packing that it does not know are three different things for a person.
//! Not here: where the file and the password come from.

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;

use super::der::{self, NotDer, Reader, tag};
use super::path::MAX_CERTIFICATES;
use super::private_key::{PrivateKey, read_private_key};
use crate::evidence::Der;
use crate::msg::Msg;

/// Parts of an archive that are deciphered at most; programs write two.
const MAX_PARTS: usize = 8;
const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
/// `pkcs8ShroudedKeyBag` (RFC 7292 section 4.2.2) as it stands in a file.
const SHROUDED_KEY: [u8; 13] = [
    0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02,
];

/// What was in the archive.
#[derive(Debug)]
pub struct Pkcs12 {
    /// All certificates, in the order found.
    pub certificates: Vec<Der>,
    /// All private keys, in the order found.
    pub keys: Vec<PrivateKey>,
}

/// Why an archive did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs12Error {
    /// It is no whole PKCS#12 structure, or what it holds was changed.
    #[error("the PKCS#12 file {0}")]
    Damaged(String),
    /// The password does not fit (or the file was changed in a way that cannot be told from that).
    #[error("the password does not fit")]
    WrongPassword,
    /// It is packed in a way that is not read here.
    #[error("it is packed in a way that is not read here ({0})")]
    Unsupported(&'static str),
}

impl Pkcs12Error {
    /// What to tell the person.
    pub fn message(&self) -> Msg {
        match self {
            Self::Damaged(reason) => Msg::new("client.read.archive-damaged").with("reason", reason),
            Self::WrongPassword => Msg::new("client.read.wrong-password"),
            Self::Unsupported(what) => Msg::new("client.read.unsupported").with("what", what),
        }
    }
}

impl From<NotDer> for Pkcs12Error {
    fn from(error: NotDer) -> Self {
        Self::Damaged(error.0.to_owned())
    }
}

/// Whether these bytes begin as a PKCS#12 archive does: version 3, then its content.
pub fn is_pkcs12(bytes: &[u8]) -> bool {
    let Ok(whole) = Reader::new(bytes).expect(tag::SEQUENCE) else {
        return false;
    };
    let mut pfx = Reader::new(whole.content);
    pfx.expect(tag::INTEGER)
        .is_ok_and(|version| version.content == [3])
        && pfx.peek() == Some(tag::SEQUENCE)
        && pfx
            .next()
            .and_then(|content| Reader::new(content.content).expect(tag::OID))
            .is_ok()
}

/// Opens an archive.
///
/// # Errors
/// [`Pkcs12Error`]. A password that does not fit is told from damage where that can be told: by whether anything in
/// the archive can be deciphered with it.
pub fn open_pkcs12(bytes: &[u8], password: &str) -> Result<Pkcs12, Pkcs12Error> {
    if bytes.is_empty() {
        return Err(Pkcs12Error::Damaged("is empty".to_owned()));
    }
    // The format writes passwords in two bytes a character (RFC 7292 appendix B.1).
    if password.chars().any(|c| c > '\u{ffff}') {
        return Err(Pkcs12Error::Unsupported(
            "characters of more than two bytes in the password",
        ));
    }
    // X.690 section 8.1.3.6: lengths that end with a mark. Some browsers wrote such files.
    if bytes.starts_with(&[tag::SEQUENCE, 0x80]) {
        return Err(Pkcs12Error::Unsupported("BER"));
    }
    let shape = Shape::of(bytes)?;
    if shape.parts.len() > MAX_PARTS {
        return Err(Pkcs12Error::Unsupported("more parts than are read"));
    }
    match Pkcs12Archive::from_pkcs12(shape.whole, password) {
        Ok(archive) => unpack(&archive),
        Err(Error::MacError(_)) if shape.opens_with(password) => Err(Pkcs12Error::Damaged(
            "was changed after it was packed: its checksum is wrong".to_owned(),
        )),
        Err(error) => Err(meaning(&error, shape.sealed)),
    }
}

fn unpack(archive: &Pkcs12Archive) -> Result<Pkcs12, Pkcs12Error> {
    let certificates = archive
        .certs
        .iter()
        .take(MAX_CERTIFICATES)
        .map(|bag| Der::from(bag.cert.as_der()))
        .collect();
    let mut keys = Vec::new();
    for bag in archive.keys.iter().take(MAX_PARTS) {
        let key = read_private_key(bag.key.as_der(), None)
            .map_err(|error| Pkcs12Error::Damaged(format!("holds a key of which {error}")))?;
        keys.push(key);
    }
    Ok(Pkcs12 { certificates, keys })
}

/// What the reader's error means. Once a checksum has shown that the password fits, what fails is the content.
fn meaning(error: &Error, sealed: bool) -> Pkcs12Error {
    match error {
        Error::MacError(_) => Pkcs12Error::WrongPassword,
        Error::UnsupportedContentType
        | Error::UnsupportedCertificateType
        | Error::UnsupportedEncryptionScheme
        | Error::UnsupportedMacAlgorithm => Pkcs12Error::Unsupported("its algorithms"),
        Error::InvalidParameters => {
            Pkcs12Error::Unsupported("its parameters, or more rounds than are tried")
        }
        // Without a checksum nothing but the outcome of deciphering speaks of the password.
        _ if !sealed => Pkcs12Error::WrongPassword,
        // The library folds a cipher that it does not know into this one; nothing says that the file is damaged.
        Error::Pkcs5Error(_) | Error::UnpadError => {
            Pkcs12Error::Unsupported("its algorithms, or a second password inside")
        }
        other => Pkcs12Error::Damaged(format!("holds something that is not readable: {other}")),
    }
}

/// The outer structure of an archive (RFC 7292 section 4).
struct Shape<'a> {
    /// Without anything that follows it.
    whole: &'a [u8],
    /// `ContentInfo` by `ContentInfo`.
    parts: Vec<&'a [u8]>,
    /// Whether there is a checksum over the parts.
    sealed: bool,
}

impl<'a> Shape<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, Pkcs12Error> {
        let whole = Reader::new(bytes).expect(tag::SEQUENCE)?;
        let mut pfx = Reader::new(whole.content);
        if pfx.expect(tag::INTEGER)?.content != [3] {
            return Err(Pkcs12Error::Damaged("is not of version 3".to_owned()));
        }
        let mut content = Reader::new(pfx.expect(tag::SEQUENCE)?.content);
        if der::oid(content.expect(tag::OID)?.content)? != DATA {
            return Err(Pkcs12Error::Unsupported("sealed with a public key"));
        }
        let mut explicit = Reader::new(content.expect(tag::constructed(0))?.content);
        let octets = explicit.expect(tag::OCTET_STRING)?.content;
        if octets.starts_with(&[tag::SEQUENCE, 0x80]) {
            return Err(Pkcs12Error::Unsupported("BER"));
        }
        let mut safe = Reader::single(octets, tag::SEQUENCE)?;
        let mut parts = Vec::new();
        while !safe.is_empty() {
            parts.push(safe.expect(tag::SEQUENCE)?.raw);
        }
        let sealed = !pfx.is_empty();
        if sealed {
            pfx.expect(tag::SEQUENCE)?;
        }
        Ok(Self {
            whole: whole.raw,
            parts,
            sealed,
        })
    }

    /// Whether some enciphered part can be deciphered with this password, whatever the checksum says.
    fn opens_with(&self, password: &str) -> bool {
        self.parts
            .iter()
            .filter(|part| is_enciphered(part))
            .any(|part| Pkcs12Archive::from_pkcs12(&alone(part), password).is_ok())
    }
}

fn is_enciphered(part: &[u8]) -> bool {
    let kind = Reader::new(part)
        .expect(tag::SEQUENCE)
        .and_then(|info| Reader::new(info.content).expect(tag::OID))
        .and_then(|kind| der::oid(kind.content));
    kind.is_ok_and(|kind| kind == ENCRYPTED_DATA)
        || part
            .windows(SHROUDED_KEY.len())
            .any(|window| window == SHROUDED_KEY)
}

/// An archive of this one part, without a checksum.
fn alone(part: &[u8]) -> Vec<u8> {
    const DATA_OID: [u8; 11] = [
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01,
    ];
    let safe = wrap(tag::SEQUENCE, part);
    let octets = wrap(tag::OCTET_STRING, &safe);
    let mut content = DATA_OID.to_vec();
    content.extend(wrap(tag::constructed(0), &octets));
    let mut pfx = vec![tag::INTEGER, 1, 3];
    pfx.extend(wrap(tag::SEQUENCE, &content));
    wrap(tag::SEQUENCE, &pfx)
}

/// An element with its length in the shortest form.
fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = content
        .len()
        .to_be_bytes()
        .into_iter()
        .skip_while(|digit| *digit == 0)
        .collect();
    let mut element = vec![tag];
    match (digits.as_slice(), u8::try_from(digits.len())) {
        ([], _) => element.push(0),
        ([short @ 0..=0x7f], _) => element.push(*short),
        (_, Ok(count)) => {
            element.push(0x80 | count);
            element.extend(&digits);
        }
        // A length of more than 127 digits does not exist.
        (_, Err(_)) => {}
    }
    element.extend_from_slice(content);
    element
}
