//! Revocation lists and OCSP answers out of files: PEM or DER, bounded.
//!
//! Not here: what is in them.

use data_encoding::BASE64_MIME_PERMISSIVE;

use super::super::der::{Reader, tag};
use super::{MAX_ANSWER, MAX_LIST};
use crate::evidence::Der;

/// PEM is a third larger than what is in it, and has line ends.
const PEM_FACTOR: usize = 2;
/// Statements of one file.
const MAX_BLOCKS: usize = 64;

/// Why nothing usable came out of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadStatementError {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// More bytes than are read.
    #[error("it is {size} bytes; at most {max} are read")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most that is read.
        max: usize,
    },
    /// More blocks than are read.
    #[error("it holds more than {MAX_BLOCKS} PEM blocks")]
    TooMany,
    /// A PEM block that is not base64 or not closed.
    #[error("the PEM block that begins in line {0} is not readable")]
    BadPem(usize),
    /// PEM blocks, but none of the right kind.
    #[error("it holds no {0}, but other PEM blocks")]
    SomethingElse(&'static str),
    /// Neither PEM nor DER.
    #[error("it is no {0} in PEM or DER")]
    Unrecognised(&'static str),
}

/// The revocation lists of a file, at most 32 MiB each: one in DER, or every `X509 CRL` block.
///
/// # Errors
/// [`ReadStatementError`] when there is none.
pub fn read_lists(bytes: &[u8]) -> Result<Vec<Der>, ReadStatementError> {
    read(bytes, &["X509 CRL", "CRL"], "revocation list", MAX_LIST)
}

/// The OCSP answers of a file, at most 64 KiB each: one in DER, or every `OCSP RESPONSE` block.
///
/// # Errors
/// [`ReadStatementError`] when there is none.
pub fn read_answers(bytes: &[u8]) -> Result<Vec<Der>, ReadStatementError> {
    read(bytes, &["OCSP RESPONSE"], "OCSP answer", MAX_ANSWER)
}

fn read(
    bytes: &[u8],
    labels: &[&str],
    what: &'static str,
    max: usize,
) -> Result<Vec<Der>, ReadStatementError> {
    let bounded = |size: usize, max: usize| {
        if size > max {
            Err(ReadStatementError::TooLarge { size, max })
        } else {
            Ok(())
        }
    };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadStatementError::Empty);
    }
    if let Some(&tag::SEQUENCE) = bytes.first() {
        bounded(bytes.len(), max)?;
        return match Reader::new(bytes).next() {
            Ok(element) if element.raw.len() == bytes.len() => Ok(vec![Der::from(bytes)]),
            _ => Err(ReadStatementError::Unrecognised(what)),
        };
    }
    bounded(bytes.len(), max * PEM_FACTOR)?;
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    let mut others = false;
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(label) = begun(line) else { continue };
        let mut body = String::new();
        let mut closed = false;
        for (_, line) in lines.by_ref() {
            if line.trim_start().starts_with("-----END ") {
                closed = true;
                break;
            }
            body.push_str(line.trim());
        }
        if !labels.contains(&label) {
            others = true;
            continue;
        }
        let der = BASE64_MIME_PERMISSIVE
            .decode(body.as_bytes())
            .ok()
            .filter(|der| closed && !der.is_empty())
            .ok_or(ReadStatementError::BadPem(number + 1))?;
        bounded(der.len(), max)?;
        if found.len() == MAX_BLOCKS {
            return Err(ReadStatementError::TooMany);
        }
        found.push(Der::from(der));
    }
    match (found.is_empty(), others) {
        (false, _) => Ok(found),
        (true, true) => Err(ReadStatementError::SomethingElse(what)),
        (true, false) => Err(ReadStatementError::Unrecognised(what)),
    }
}

fn begun(line: &str) -> Option<&str> {
    line.trim_start_matches('\u{feff}')
        .trim()
        .strip_prefix("-----BEGIN ")?
        .strip_suffix("-----")
}
