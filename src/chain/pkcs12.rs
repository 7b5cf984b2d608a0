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

#[cfg(test)]
mod tests {
    use super::*;

    const DATA_OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    const SIGNED_OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    const ENCRYPTED_OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];

    fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        wrap(tag::SEQUENCE, &parts.concat())
    }

    fn part(oid: &[u8], content: &[u8]) -> Vec<u8> {
        sequence(&[&wrap(tag::OID, oid), content])
    }

    /// An archive of this version and kind, with these parts and what follows them.
    fn archive(version: u8, kind: &[u8], safe: &[u8], after: &[u8]) -> Vec<u8> {
        let octets = wrap(tag::OCTET_STRING, safe);
        let content = part(kind, &wrap(tag::constructed(0), &octets));
        sequence(&[&[2, 1, version], &content, after])
    }

    #[test]
    fn lengths_are_written_in_their_shortest_form() {
        for (length, header) in [
            (0, &[4, 0][..]),
            (1, &[4, 1]),
            (0x7f, &[4, 0x7f]),
            (0x80, &[4, 0x81, 0x80]),
            (0x100, &[4, 0x82, 1, 0]),
            (0x1_0000, &[4, 0x83, 1, 0, 0]),
        ] {
            let written = wrap(tag::OCTET_STRING, &vec![7; length]);
            assert_eq!(&written[..header.len()], header);
            let element = Reader::new(&written).next().unwrap();
            assert_eq!(
                (element.content.len(), element.raw.len()),
                (length, written.len())
            );
        }
    }

    #[test]
    fn the_outer_structure_tells_what_can_be_read() {
        let parts = [part(DATA_OID, &[]), part(ENCRYPTED_OID, &[5, 0])];
        let safe = sequence(&[&parts[0], &parts[1]]);
        let seal: &[u8] = &[0x30, 0];
        for (after, sealed) in [(&[][..], false), (seal, true)] {
            let whole = archive(3, DATA_OID, &safe, after);
            // What follows the archive belongs to something else.
            let followed = [&whole[..], b"\n"].concat();
            let shape = Shape::of(&followed).unwrap();
            assert_eq!((shape.whole, shape.sealed), (whole.as_slice(), sealed));
            assert_eq!(shape.parts, parts);
            assert!(is_pkcs12(&whole));
        }
        let fault = |bytes: &[u8]| Shape::of(bytes).err();
        let unsupported = |what| Some(Pkcs12Error::Unsupported(what));
        let old = archive(2, DATA_OID, &safe, seal);
        let version = Pkcs12Error::Damaged("is not of version 3".to_owned());
        assert_eq!((fault(&old), is_pkcs12(&old)), (Some(version), false));
        let signed = archive(3, SIGNED_OID, &safe, seal);
        assert_eq!(fault(&signed), unsupported("sealed with a public key"));
        let open_ended = archive(3, DATA_OID, &[0x30, 0x80, 0, 0], seal);
        assert_eq!(fault(&open_ended), unsupported("BER"));
        for bad in [
            archive(3, DATA_OID, &safe, &[5, 0]),
            archive(3, DATA_OID, &[0x30, 2, 5, 0], seal),
            archive(3, DATA_OID, &[&safe[..], &[0]].concat(), seal),
        ] {
            assert!(matches!(fault(&bad), Some(Pkcs12Error::Damaged(_))));
        }
        for other in [
            &[0x30, 3, 2, 1, 3][..],
            &[0x30, 5, 2, 1, 3, 5, 0],
            &[0x30, 5, 2, 1, 3, 0x30, 0],
            &[],
        ] {
            assert!(!is_pkcs12(other), "{other:x?}");
        }
    }

    #[test]
    fn parts_are_enciphered_as_a_whole_or_in_their_keys() {
        assert!(is_enciphered(&part(ENCRYPTED_OID, &[5, 0])));
        assert!(!is_enciphered(&part(DATA_OID, &[5, 0])));
        assert!(is_enciphered(&part(
            DATA_OID,
            &wrap(tag::OCTET_STRING, &SHROUDED_KEY)
        )));
        // A plain key bag is another number.
        let mut plain = SHROUDED_KEY;
        plain[12] = 1;
        assert!(!is_enciphered(&part(
            DATA_OID,
            &wrap(tag::OCTET_STRING, &plain)
        )));
        assert!(!is_enciphered(&[5, 0]));
    }

    #[test]
    fn more_parts_than_are_read_are_refused() {
        let of = |count: usize| {
            let safe = wrap(tag::SEQUENCE, &part(DATA_OID, &[]).repeat(count));
            open_pkcs12(&archive(3, DATA_OID, &safe, &[]), "").err()
        };
        let refused = Some(Pkcs12Error::Unsupported("more parts than are read"));
        assert_eq!(of(MAX_PARTS + 1), refused);
        assert_ne!(of(MAX_PARTS), refused);
        let empty = Pkcs12Error::Damaged("is empty".to_owned());
        assert_eq!(open_pkcs12(&[], "").err(), Some(empty));
        // Two bytes a character, and the largest that fits them.
        let wide = |password| open_pkcs12(&[0x30, 0x80], password).err();
        assert_eq!(wide("\u{ffff}"), Some(Pkcs12Error::Unsupported("BER")));
        assert_ne!(wide("\u{10000}"), Some(Pkcs12Error::Unsupported("BER")));
    }
}
