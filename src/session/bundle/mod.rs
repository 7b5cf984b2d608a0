//! A session in one file to hand over: a tar archive packed with gzip, readable without this program.
//!
//! ```text
//! README.txt        what this is, in both languages
//! manifest.json     format, tool, level of redaction, times
//! events.jsonl      what happened, a line each: a journal
//! conclusions.json  what followed, where the certificates that it followed from are left out
//! chain.pem         the certificates; chain.txt describes them where they are left out
//! log.txt           the log of the checks
//! report.txt, .md   the report
//! ```
//!
//! Pure: bytes in and out. Not here: what is taken out ([`super::redact`]), files on the disk, the verb.

#[cfg(test)]
mod planted;
mod read;
mod recorded;
mod tar;
#[cfg(test)]
mod tests;
mod write;

use serde::{Deserialize, Serialize};

use super::redact::Level;
use crate::evidence::UnixTime;

pub use read::{Bundle, OpenError, is_bundle, open};
pub use recorded::Recorded;
pub use write::{Contents, Packing, pack};

/// The format written here, and the newest that is read.
pub const FORMAT: u32 = 1;
/// The ending of a bundle's file.
pub const ENDING: &str = "vpnmedic";
/// The largest bundle read, in bytes as it lies on the disk.
pub const MAX_PACKED: u64 = 32 << 20;
/// The largest bundle read, in bytes unpacked: a journal of the largest size and what is written beside it.
pub const MAX_UNPACKED: u64 = 96 << 20;

const MANIFEST: &str = "manifest.json";
const EVENTS: &str = "events.jsonl";
const CONCLUSIONS: &str = "conclusions.json";

/// The name of a bundle for which none was given: after the session's beginning, never after the gateway.
pub fn file_name(began: UnixTime) -> String {
    let moment: String = began
        .rfc3339()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("vpnmedic-{moment}.{ENDING}")
}

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`] of the program that wrote it.
    pub format: u32,
    /// Its name and version. Text from outside.
    pub tool: String,
    /// How much was taken out.
    pub redaction: Level,
    /// When the session began.
    pub began: UnixTime,
    /// When something last happened in it.
    pub last: UnixTime,
}
