//! A whole journal, as far as it is good. A journal may be torn (the last write did not get through), damaged (a disk
//! or an editor did something to it), newer than this program, or not a journal at all.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::Deserialize;

use super::line::{Line, decode};
use super::{Entry, FORMAT, Header, MAX_FILE};
use crate::evidence::UnixTime;
use crate::session::SessionEvent;

/// The most events of one journal; more than any walk has, and few enough to fold in seconds.
const MAX_EVENTS: usize = 500_000;

/// What a journal says.
#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    /// How it began.
    pub header: Header,
    /// When it began.
    pub began: UnixTime,
    /// When the last good line was written.
    pub last: UnixTime,
    /// What happened, in order, each with its time.
    pub events: Vec<(UnixTime, SessionEvent)>,
    /// Whether the person left; a session that was gone on with has not ended until they leave again.
    pub ended: bool,
    /// How much of the file is good.
    pub condition: Condition,
    /// Bytes from the beginning that are good.
    pub good: u64,
    /// The number of the next line.
    pub next: u64,
    /// Good lines whose meaning a newer program knows.
    pub foreign: usize,
    /// Events that were too long to be kept.
    pub left_out: usize,
}

/// How much of a journal is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// All of it.
    #[default]
    Whole,
    /// All but an end that was not written through: nothing good comes after it.
    Torn {
        /// Bytes of that end.
        bytes: u64,
    },
    /// Up to a line that is damaged. What follows is left alone: without the line in between it might mean something
    /// else.
    Damaged {
        /// The damaged line, from 1.
        line: u64,
        /// Bytes from there to the end.
        bytes: u64,
    },
}

/// Why a journal cannot be opened.
#[derive(Debug)]
pub enum ReadError {
    /// The file cannot be read.
    Io(io::Error),
    /// It is empty, or its first line was not written through: nothing had happened yet.
    Empty,
    /// It is no journal.
    NotAJournal,
    /// It is larger than a journal may be.
    TooLarge,
    /// A newer program wrote it.
    Newer {
        /// Its format.
        format: u32,
        /// That program. Text from outside.
        tool: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Empty => f.write_str("nothing was written into it"),
            Self::NotAJournal => f.write_str("not a journal of vpnmedic"),
            Self::TooLarge => write!(f, "larger than {} MiB", MAX_FILE >> 20),
            Self::Newer { format, tool } => write!(
                f,
                "written by {} in format {format}; this program reads up to format {FORMAT}",
                crate::text::sanitise(tool)
            ),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads a journal's file.
///
/// # Errors
/// Where nothing of it can be used; see [`ReadError`].
pub fn read(path: &Path) -> Result<Journal, ReadError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(ReadError::Io)?;
    parse(&bytes)
}

/// Reads a journal.
///
/// # Errors
/// Where nothing of it can be used; see [`ReadError`].
pub fn parse(bytes: &[u8]) -> Result<Journal, ReadError> {
    if length(bytes) > MAX_FILE {
        return Err(ReadError::TooLarge);
    }
    let mut journal = first(bytes)?;
    loop {
        let at = usize::try_from(journal.good).unwrap_or(usize::MAX);
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(journal);
        }
        match next(rest) {
            Some((line, taken)) if line.n == journal.next && journal.events.len() < MAX_EVENTS => {
                journal.take(line);
                journal.good += length(taken) + 1;
            }
            _ => {
                journal.condition = condition(rest, journal.next);
                return Ok(journal);
            }
        }
    }
}

impl Journal {
    fn take(&mut self, line: Line) {
        self.next = line.n + 1;
        self.last = line.at;
        match line.entry {
            Some(Entry::Did(event)) => {
                self.ended = false;
                self.events.push((line.at, event));
            }
            Some(Entry::LeftOut { .. }) => self.left_out += 1,
            Some(Entry::Resumed { .. }) => self.ended = false,
            Some(Entry::Ended) => self.ended = true,
            // A second beginning means nothing.
            Some(Entry::Began(_)) | None => self.foreign += 1,
        }
    }
}

/// The first line: what makes a file a journal.
fn first(bytes: &[u8]) -> Result<Journal, ReadError> {
    let Some((content, _)) = split(bytes) else {
        let begun = bytes.len() < 4096 && (bytes.is_empty() || bytes.starts_with(b"{\"n\":0,"));
        return Err(if begun || b"{\"n\":0,".starts_with(bytes) {
            ReadError::Empty
        } else {
            ReadError::NotAJournal
        });
    };
    let line = decode(content).filter(|line| line.n == 0);
    let line = line.ok_or(ReadError::NotAJournal)?;
    if let Some(newer) = newer(content) {
        return Err(newer);
    }
    let Some(Entry::Began(header)) = line.entry else {
        return Err(ReadError::NotAJournal);
    };
    Ok(Journal {
        header,
        began: line.at,
        last: line.at,
        events: Vec::new(),
        ended: false,
        condition: Condition::Whole,
        good: length(content) + 1,
        next: 1,
        foreign: 0,
        left_out: 0,
    })
}

/// The format of the first line, whatever else it says.
fn newer(content: &[u8]) -> Option<ReadError> {
    #[derive(Deserialize)]
    struct Line {
        entry: Began,
    }
    #[derive(Deserialize)]
    struct Began {
        began: Format,
    }
    #[derive(Deserialize)]
    struct Format {
        format: u32,
        #[serde(default)]
        tool: String,
    }
    let Line { entry } = serde_json::from_slice(content).ok()?;
    let Format { format, tool } = entry.began;
    (format > FORMAT).then_some(ReadError::Newer { format, tool })
}

/// Torn where no good line follows, damaged where one does.
fn condition(rest: &[u8], line: u64) -> Condition {
    let mut after = rest;
    while let Some((content, tail)) = split(after) {
        if decode(content).is_some() {
            return Condition::Damaged {
                line: line + 1,
                bytes: length(rest),
            };
        }
        after = tail;
    }
    Condition::Torn {
        bytes: length(rest),
    }
}

/// The line at the beginning, and its bytes without the line feed.
fn next(bytes: &[u8]) -> Option<(Line, &[u8])> {
    let (content, _) = split(bytes)?;
    Some((decode(content)?, content))
}

/// Up to the first line feed, and after it; none where there is no line feed.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b'\n', bytes)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
