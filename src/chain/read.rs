//! Certificates out of files and pasted text: PEM, DER, PKCS#7 (certificates only), `openssl s_client -showcerts`.
//!
//! Not here: private keys and PKCS#12. Bounded: bytes read, certificates returned.

use std::ops::Range;

use data_encoding::{BASE64, BASE64_MIME_PERMISSIVE};

use super::der::{self, NotDer, Reader, tag};
use super::path::MAX_CERTIFICATES;
use crate::evidence::Der;
use crate::msg::Msg;

/// The largest input that is read at all: room for a whole trust store.
const MAX_INPUT: usize = 4 << 20;
/// The most certificates a trust store file may hold; a chain has at most [`MAX_CERTIFICATES`].
const MAX_STORE: usize = 4_096;

/// Why no certificates came out of some bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// More bytes than are read.
    #[error("it is {0} bytes; at most {MAX_INPUT} are read")]
    TooLarge(usize),
    /// More certificates than are read.
    #[error("it holds more than {0} certificates")]
    TooMany(usize),
    /// A PEM block that is not base64 or not closed; counted from 1.
    #[error("the PEM block that begins in line {line} is not readable")]
    BadPem {
        /// The line of its first marker, from 1.
        line: usize,
    },
    /// A PKCS#7 structure that holds no certificates or is none.
    #[error("the PKCS#7 data {0}")]
    BadPkcs7(&'static str),
    /// It is (also) something else: a private key, a request, a revocation list.
    #[error("it holds no certificate, but {0:?}")]
    SomethingElse(Other),
    /// Nothing recognisable.
    #[error("it is neither PEM nor DER")]
    Unrecognised,
}

/// What a file held instead of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// A private key.
    PrivateKey,
    /// A certificate request.
    Request,
    /// A revocation list.
    RevocationList,
    /// PEM blocks of another kind.
    Unknown,
}

impl ReadError {
    /// What to tell the person.
    pub fn message(&self) -> Msg {
        match self {
            Self::Empty => Msg::new("chain.read.empty"),
            Self::TooLarge(size) => Msg::new("chain.read.too-large")
                .with("size", size)
                .with("max", MAX_INPUT),
            Self::TooMany(max) => Msg::new("chain.read.too-many").with("max", max),
            Self::BadPem { line } => Msg::new("chain.read.bad-pem").with("line", line),
            Self::BadPkcs7(reason) => Msg::new("chain.read.bad-pkcs7").with("reason", reason),
            Self::SomethingElse(Other::PrivateKey) => Msg::new("chain.read.private-key"),
            Self::SomethingElse(Other::Request) => Msg::new("chain.read.request"),
            Self::SomethingElse(Other::RevocationList) => Msg::new("chain.read.revocation-list"),
            Self::SomethingElse(Other::Unknown) => Msg::new("chain.read.other"),
            Self::Unrecognised => Msg::new("chain.read.unrecognised"),
        }
    }
}

/// The certificates of a chain, in the order found, repeated ones included. They are not parsed yet.
///
/// # Errors
/// [`ReadError`] when there is no certificate, or more than 64, or the input is over 4 MiB.
pub fn read_certificates(bytes: &[u8]) -> Result<Vec<Der>, ReadError> {
    read(bytes, MAX_CERTIFICATES)
}

/// The same for a file that somebody wants judged: what is too much for a chain is no mistake there, the judge takes the
/// first 64 and says so ([`Judgement::bounded`](super::Judgement::bounded)). At most 4096 come back; reading ends there.
///
/// # Errors
/// [`ReadError`] when there is no certificate, or the input is over 4 MiB.
pub fn read_chain(bytes: &[u8]) -> Result<Vec<Der>, ReadError> {
    let mut found = read_some(bytes, MAX_STORE)?;
    found.truncate(MAX_STORE);
    Ok(found)
}

/// The same for a file of trust anchors, which may hold many more.
///
/// # Errors
/// As [`read_certificates`], with at most 4096 certificates.
pub fn read_store(bytes: &[u8]) -> Result<Vec<Der>, ReadError> {
    read(bytes, MAX_STORE)
}

/// A certificate as PEM, lines of 64 characters (RFC 7468 section 5).
pub fn pem(der: &Der) -> String {
    let text = BASE64.encode(der.as_slice());
    let mut pem = String::with_capacity(text.len() + text.len() / 64 + 64);
    pem.push_str("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

fn read(bytes: &[u8], max: usize) -> Result<Vec<Der>, ReadError> {
    let found = read_some(bytes, max)?;
    if found.len() > max {
        Err(ReadError::TooMany(max))
    } else {
        Ok(found)
    }
}

/// Reads until there are more than `max`.
fn read_some(bytes: &[u8], max: usize) -> Result<Vec<Der>, ReadError> {
    if bytes.len() > MAX_INPUT {
        return Err(ReadError::TooLarge(bytes.len()));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    match bytes.first() {
        Some(&tag::SEQUENCE) if Reader::new(bytes).next().is_ok() => from_der(bytes, max),
        _ => from_text(&as_text(bytes), max),
    }
}

/// Text of any encoding that Windows or a mail program leaves: UTF-8 with or without mark, UTF-16 with one.
pub(super) fn as_text(bytes: &[u8]) -> String {
    let wide = |little: bool| -> String {
        let units = bytes
            .get(2..)
            .unwrap_or_default()
            .chunks_exact(2)
            .filter_map(|pair| {
                let pair: [u8; 2] = pair.try_into().ok()?;
                Some(if little {
                    u16::from_le_bytes(pair)
                } else {
                    u16::from_be_bytes(pair)
                })
            });
        char::decode_utf16(units)
            .map(|c| c.unwrap_or('\u{fffd}'))
            .collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(true),
        [0xfe, 0xff, ..] => wide(false),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// One certificate, several one after the other, or a PKCS#7 structure.
fn from_der(bytes: &[u8], max: usize) -> Result<Vec<Der>, ReadError> {
    if is_pkcs7(bytes) {
        return from_pkcs7(bytes, max);
    }
    let mut reader = Reader::new(bytes);
    let mut found = Vec::new();
    while found.len() <= max {
        match reader.next() {
            Ok(element) if element.tag == tag::SEQUENCE => found.push(Der::from(element.raw)),
            // The end; or line ends and filling after the last certificate, which some tools leave.
            _ => break,
        }
    }
    if found.is_empty() {
        Err(ReadError::Unrecognised)
    } else {
        Ok(found)
    }
}

const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

fn is_pkcs7(bytes: &[u8]) -> bool {
    let first = Reader::new(bytes)
        .expect(tag::SEQUENCE)
        .and_then(|whole| Reader::new(whole.content).expect(tag::OID));
    first.is_ok_and(|element| der::oid(element.content).is_ok_and(|oid| oid == SIGNED_DATA))
}

/// The certificates of a `SignedData` (RFC 5652 section 5.1).
fn from_pkcs7(bytes: &[u8], max: usize) -> Result<Vec<Der>, ReadError> {
    fn certificates(bytes: &[u8]) -> Result<Option<der::Element<'_>>, NotDer> {
        let mut whole = Reader::new(Reader::new(bytes).expect(tag::SEQUENCE)?.content);
        whole.expect(tag::OID)?;
        let mut content = Reader::new(whole.expect(tag::constructed(0))?.content);
        let mut signed = Reader::new(content.expect(tag::SEQUENCE)?.content);
        signed.expect(tag::INTEGER)?;
        signed.expect(tag::SET)?;
        signed.expect(tag::SEQUENCE)?;
        signed.optional(tag::constructed(0))
    }
    let bad = |error: NotDer| ReadError::BadPkcs7(error.0);
    let mut found = Vec::new();
    if let Some(set) = certificates(bytes).map_err(bad)? {
        let mut reader = Reader::new(set.content);
        while !reader.is_empty() {
            let element = reader.next().map_err(bad)?;
            // Attribute certificates and other kinds have context tags.
            if element.tag == tag::SEQUENCE {
                found.push(Der::from(element.raw));
            }
            if found.len() > max {
                break;
            }
        }
    }
    if found.is_empty() {
        Err(ReadError::BadPkcs7("holds no certificates"))
    } else {
        Ok(found)
    }
}

/// Every PEM block of a text, whatever stands around it: prompts, `s:` and `i:` lines, quoting marks of mail programs.
fn from_text(text: &str, max: usize) -> Result<Vec<Der>, ReadError> {
    let mut found = Vec::new();
    let mut other = None;
    let mut lines = text
        .lines()
        .enumerate()
        .flat_map(|(number, line)| pieces(line).into_iter().map(move |piece| (number, piece)));
    while let Some((number, line)) = lines.next() {
        let Some(label) = marker(line, "-----BEGIN ") else {
            continue;
        };
        let line = number + 1;
        let mut body = String::new();
        let mut closed = false;
        for (_, inner) in lines.by_ref() {
            if marker(inner, "-----END ").is_some() {
                closed = true;
                break;
            }
            if marker(inner, "-----BEGIN ").is_some() {
                return Err(ReadError::BadPem { line });
            }
            body.extend(
                inner
                    .chars()
                    .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')),
            );
        }
        let wanted = matches!(
            label,
            "CERTIFICATE"
                | "X509 CERTIFICATE"
                | "TRUSTED CERTIFICATE"
                | "PKCS7"
                | "CMS"
                | "PKCS #7 SIGNED DATA"
        );
        if !wanted {
            other = other.or(Some(kind_of(label)));
            continue;
        }
        let bytes = BASE64_MIME_PERMISSIVE
            .decode(body.as_bytes())
            .ok()
            .filter(|bytes| closed && !bytes.is_empty());
        let bytes = bytes.ok_or(ReadError::BadPem { line })?;
        if is_pkcs7(&bytes) {
            found.extend(from_pkcs7(&bytes, max)?);
        } else {
            // `TRUSTED CERTIFICATE` has OpenSSL's own notes after the certificate.
            let element = Reader::new(&bytes)
                .expect(tag::SEQUENCE)
                .map_err(|_| ReadError::BadPem { line })?;
            found.push(Der::from(if label == "TRUSTED CERTIFICATE" {
                element.raw
            } else {
                &bytes
            }));
        }
        if found.len() > max {
            break;
        }
    }
    match (found.is_empty(), other) {
        (false, _) => Ok(found),
        (true, Some(what)) => Err(ReadError::SomethingElse(what)),
        (true, None) => bare_base64(text, max),
    }
}

/// A line cut where PEM wants a new one: consoles and web forms lose the line ends, JSON writes them as `\n`.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    for mut rest in line.split("\\n") {
        while let Some(span) = any_marker(rest) {
            // What stands before the closing marker is base64; before an opening one it may be a mail's quoting mark.
            let (before, from_marker) = rest.split_at(span.start);
            let (marker, after) = from_marker.split_at(span.len());
            if marker.starts_with("-----END ") {
                pieces.extend([before, marker]);
            } else {
                pieces.extend(rest.get(..span.end));
            }
            rest = after;
        }
        pieces.push(rest);
    }
    pieces
}

/// Where the first PEM marker of a line stands, both its dashes included.
fn any_marker(line: &str) -> Option<Range<usize>> {
    let start = ["-----BEGIN ", "-----END "]
        .iter()
        .filter_map(|start| line.find(start))
        .min()?;
    let label = start + "-----".len();
    let length = line.get(label..)?.find("-----")?;
    Some(start..label + length + "-----".len())
}

/// A certificate's base64 without its markers, as some consoles show it.
fn bare_base64(text: &str, max: usize) -> Result<Vec<Der>, ReadError> {
    let body: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match BASE64.decode(body.as_bytes()) {
        Ok(bytes) => from_der(&bytes, max),
        Err(_) => Err(ReadError::Unrecognised),
    }
}

/// The label of a PEM marker, if the line is one; quoting and blanks before it are passed over.
pub(super) fn marker<'l>(line: &'l str, start: &str) -> Option<&'l str> {
    let at = line.find(start)?;
    let before = line.get(..at)?;
    if !before
        .chars()
        .all(|c| c.is_whitespace() || matches!(c, '>' | '|' | '"' | '\'' | '\u{feff}'))
    {
        return None;
    }
    let rest = line.get(at + start.len()..)?;
    rest.split_once("-----").map(|(label, _)| label.trim())
}

fn kind_of(label: &str) -> Other {
    if label.contains("PRIVATE KEY") {
        Other::PrivateKey
    } else if label.contains("REQUEST") {
        Other::Request
    } else if label.contains("CRL") {
        Other::RevocationList
    } else {
        Other::Unknown
    }
}
