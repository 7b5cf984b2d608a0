//! The journal: a session's events in a file, one a line, written as they happen.
//!
//! ```text
//! {"n":0,"at":1795349000,"entry":{"began":{"format":1,"tool":"vpnmedic 0.1.0",...}},"crc":"5d41402a"}
//! {"n":1,"at":1795349002,"entry":{"did":{"target-set":{...}}},"crc":"..."}
//! {"n":2,"at":1795349002,"entry":{"did":{"probe":{"started":{...}}}},"crc":"..."}
//! {"n":3,"at":1795349060,"entry":"ended","crc":"..."}
//! ```
//!
//! | file | does |
//! | --- | --- |
//! | `line` | one line to bytes and back, with its checksum |
//! | `read` | a whole journal, as far as it is good; pure |
//! | `append` | the file: lock, append, onto the disk, mending after a failed write |
//! | `keeper` | the thread that writes, so that the screen does not wait for a slow disk |
//! | `folder` | where journals are, which there are, deleting them |
//! | `scrub` | takes secrets out of what the person typed |
//!
//! Not here: what the events mean ([`super::Session`]).

mod append;
mod folder;
mod keeper;
mod line;
mod read;
mod scrub;

use serde::{Deserialize, Serialize};

use super::SessionEvent;
use crate::evidence::UnixTime;
use crate::guide::{Lang, System};

pub use append::{Appender, GoOnError, Trouble};
pub use folder::{KEPT, Place, Summary, delete, list, newest, place, summary};
pub use keeper::{Keeper, News};
pub use line::{decode, encode};
pub use read::{Condition, Journal, ReadError, parse, read};
pub use scrub::scrub;

/// The format written here, and the newest that is read.
pub const FORMAT: u32 = 1;
/// The longest line written, in bytes: what is longer (a revocation list of many megabytes) leaves a note of its size.
pub const MAX_LINE: usize = 8 << 20;
/// The largest journal read, in bytes.
pub const MAX_FILE: u64 = 64 << 20;
/// Above this many bytes no more reports of checks are written; what the person does still is.
pub const MAX_REPORTS: u64 = 48 << 20;

/// What stands in one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    clippy::large_enum_variant,
    reason = "all but the first of a journal are the large one"
)]
pub enum Entry {
    /// The first line of every journal.
    Began(Header),
    /// Something happened.
    Did(SessionEvent),
    /// Something happened that was longer than a line may be.
    LeftOut {
        /// How long its line would have been.
        bytes: u64,
    },
    /// The session was gone on with after the program had stopped.
    Resumed {
        /// The version that went on.
        tool: String,
    },
    /// The person left.
    Ended,
}

impl Entry {
    /// Whether the person did it, so that it is on the disk before they see it.
    pub fn is_the_persons(&self) -> bool {
        !matches!(
            self,
            Self::Did(SessionEvent::Probe(_) | SessionEvent::Concluded { .. })
        )
    }
}

/// How a session began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Header {
    /// [`FORMAT`] of the program that wrote it.
    pub format: u32,
    /// Its name and version.
    pub tool: String,
    /// The language the session began in.
    pub lang: Lang,
    /// The system steps were wanted for at first.
    pub system: System,
    /// The device's system, for example `linux x86_64`.
    pub device: String,
}

impl Header {
    /// The header of a session that begins now in this program.
    pub fn new(lang: Lang, system: System) -> Self {
        Self {
            format: FORMAT,
            tool: tool(),
            lang,
            system,
            device: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}

/// This program's name and version.
pub fn tool() -> String {
    concat!("vpnmedic ", env!("CARGO_PKG_VERSION")).to_owned()
}

/// Something to write down, and when it happened by this device's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// When.
    pub at: UnixTime,
    /// What.
    pub entry: Entry,
}

impl Kept {
    /// Something that happened in the session, without the secrets that a person may have typed into it.
    pub fn did(at: UnixTime, event: SessionEvent) -> Self {
        let event = match event {
            SessionEvent::ErrorTextGiven { text } => {
                SessionEvent::ErrorTextGiven { text: scrub(&text) }
            }
            SessionEvent::StepNoted { code, note } => SessionEvent::StepNoted {
                code,
                note: scrub(&note),
            },
            other => other,
        };
        Self {
            at,
            entry: Entry::Did(event),
        }
    }
}

#[cfg(test)]
mod power_tests;
#[cfg(test)]
mod tests;
