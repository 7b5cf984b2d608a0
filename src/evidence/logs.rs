//! What the logs of VPN programs on this device, or those that the person handed in, say in known messages.
//!
//! A log is the past: what it says is a symptom that somebody had, never an observation of now. How logs are found and
//! read is [`crate::device`]'s, what follows from them [`crate::diagnose`]'s.

use serde::{Deserialize, Serialize};

use super::UnixTime;
use crate::cause::CauseId;

/// The logs that were read, and the known messages in them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogsEvidence {
    /// The logs, in the order read.
    pub read: Vec<LogRead>,
    /// The messages, the newest first; one entry a message and log.
    pub messages: Vec<LogMessage>,
}

/// One log that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRead {
    /// What it is called; the home folder is `~`. Text from outside.
    pub log: String,
    /// Bytes of text that were looked at.
    pub bytes: u64,
    /// Different known messages in it.
    pub known: usize,
}

/// A known message that stands in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogMessage {
    /// Its id in the catalogue.
    pub message: String,
    /// The log, as in [`LogRead::log`].
    pub log: String,
    /// The line where it stands last, from 1.
    pub line: u64,
    /// How often it stands in this log.
    pub count: u64,
    /// When that line was written, where the log says so; a time without a zone is taken as this device's.
    pub at: Option<UnixTime>,
    /// The same as people read it, in the log's own zone.
    pub when: Option<String>,
    /// The line, secrets masked. Text from outside.
    pub text: String,
    /// What the message points to, the likeliest first.
    pub causes: Vec<CauseId>,
    /// Whether it says the same of many faults.
    pub undecided: bool,
    /// Whether the person handed this very log in.
    pub handed_in: bool,
}
