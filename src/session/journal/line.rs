//! One line of a journal to bytes and back. The checksum is the CRC-32 of all that stands before it: it finds torn and
//! damaged lines, it does not tell who wrote them.

use flate2::Crc;
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::evidence::UnixTime;

/// What stands between the content of a line and its checksum.
const SEAM: &[u8] = b",\"crc\":\"";
/// The seam, eight digits, and what closes the line.
const TAIL: usize = SEAM.len() + 8 + 2;

#[derive(Serialize)]
struct Written<'a> {
    n: u64,
    at: UnixTime,
    entry: &'a Entry,
}

#[derive(Deserialize)]
struct Read {
    n: u64,
    at: UnixTime,
    entry: Entry,
}

/// A line whose checksum is right and whose entry a newer program may know.
#[derive(Deserialize)]
struct Foreign {
    n: u64,
    at: UnixTime,
}

/// A line that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its running number, from 0.
    pub n: u64,
    /// When it was written, by the device's own clock.
    pub at: UnixTime,
    /// What it says; none where it is whole and its meaning is not known here.
    pub entry: Option<Entry>,
}

/// A line as bytes, with its line feed.
///
/// # Errors
/// When the entry cannot be written as JSON; none of today's can fail so.
pub fn encode(n: u64, at: UnixTime, entry: &Entry) -> serde_json::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(&Written { n, at, entry })?;
    // The closing brace comes after the checksum.
    bytes.pop();
    let sum = checksum(&bytes);
    bytes.extend_from_slice(SEAM);
    bytes.extend_from_slice(format!("{sum:08x}\"}}\n").as_bytes());
    Ok(bytes)
}

/// A line, without its line feed; none where it is not one or is damaged.
pub fn decode(bytes: &[u8]) -> Option<Line> {
    let (content, tail) = bytes.split_at_checked(bytes.len().checked_sub(TAIL)?)?;
    let digits = tail.strip_prefix(SEAM)?.strip_suffix(b"\"}")?;
    if digits != format!("{:08x}", checksum(content)).as_bytes() {
        return None;
    }
    if let Ok(Read { n, at, entry }) = serde_json::from_slice(bytes) {
        let entry = Some(entry);
        return Some(Line { n, at, entry });
    }
    let Foreign { n, at } = serde_json::from_slice(bytes).ok()?;
    Some(Line { n, at, entry: None })
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
