//! The logs of VPN programs on this device, or those a person points to: found, opened, and searched as a stream.
//!
//! Memory stays the same whatever the size: a buffer, and one entry a message and file. What cannot be read is told and
//! the rest still read. Not here: what the messages mean ([`crate::guide::messages`]) and how the answer is worded.

mod locate;
pub mod mask;
mod open;
mod scan;
mod time;

use std::collections::BTreeMap;

use jiff::Zoned;

use crate::guide::messages::Catalogue;

pub use locate::{Candidate, locate, named};
pub use scan::Scanner;
pub use time::When;

/// The most that is read of one log, in bytes of its text.
pub const MOST: u64 = 100 << 20;

/// One log to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Log {
    /// Standard input.
    Input,
    /// A file, packed with gzip or not.
    File(std::path::PathBuf),
}

impl Log {
    /// What it is called when it is shown; not sanitised.
    pub fn name(&self) -> String {
        match self {
            Self::Input => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

/// Why a log, or a part of it, was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It is not there.
    Missing,
    /// This user may not read it.
    Forbidden,
    /// It is a pipe, a device or the like.
    NotAFile,
    /// It is not text.
    Binary,
    /// It is packed, and ends too early or is damaged; what came before was read.
    Damaged,
    /// It is longer than [`MOST`]; its last part was read, or its first where it cannot be read from the end.
    TooLong,
    /// There are more files or deeper folders than are looked through.
    TooMany,
    /// Reading it failed in another way.
    Failed,
}

impl Obstacle {
    /// Of an error while opening or reading.
    fn of(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Missing,
            std::io::ErrorKind::PermissionDenied => Self::Forbidden,
            _ => Self::Failed,
        }
    }
}

/// A message found in a log, with all its repetitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHit {
    /// The message's id.
    pub message: String,
    /// The log.
    pub log: Log,
    /// The line where it stands last, from 1.
    pub line: u64,
    /// How often it stands in this log.
    pub count: u64,
    /// When it was written, where the log says so.
    pub when: Option<When>,
    /// The line, secrets masked, sanitised.
    pub text: String,
}

/// What reading logs gave.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The messages, the newest first.
    pub hits: Vec<LogHit>,
    /// The logs that were read, with the bytes of text in each.
    pub read: Vec<(Log, u64)>,
    /// What was not read, and why.
    pub obstacles: Vec<(String, Obstacle)>,
}

impl Found {
    /// How often each message was seen in all logs.
    pub fn counts(&self) -> Vec<(&str, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for hit in &self.hits {
            let more = usize::try_from(hit.count).unwrap_or(usize::MAX);
            let count = counts.entry(&hit.message).or_default();
            *count = count.saturating_add(more);
        }
        counts.into_iter().collect()
    }
}

/// Reads these logs, as [`read_while`] does, all of them.
pub fn read(logs: &[Log], catalogue: &Catalogue, now: &Zoned) -> Found {
    read_while(logs, catalogue, now, |_| true)
}

/// Reads these logs, each as long as `goes_on` says so before it is opened; those left out are told as too many. `now` tells the year where a log leaves it out, and the zone of times that have one.
pub fn read_while(
    logs: &[Log],
    catalogue: &Catalogue,
    now: &Zoned,
    mut goes_on: impl FnMut(&Log) -> bool,
) -> Found {
    let scanner = Scanner::new(catalogue);
    let mut found = Found::default();
    for log in logs {
        if !goes_on(log) {
            found.obstacles.push((log.name(), Obstacle::TooMany));
            continue;
        }
        let mut opened = match open::open(log) {
            Ok(opened) => opened,
            Err(obstacle) => {
                found.obstacles.push((log.name(), obstacle));
                continue;
            }
        };
        let (hits, bytes, obstacle) = scanner.scan(log, &mut opened, now);
        found.hits.extend(hits);
        found.read.push((log.clone(), bytes));
        let cut = opened.is_cut().then_some(Obstacle::TooLong);
        for obstacle in obstacle.into_iter().chain(cut) {
            found.obstacles.push((log.name(), obstacle));
        }
    }
    // Stable: without a time the later line of the same log comes first, and logs stay in the order given.
    found.hits.sort_by(|a, b| {
        let newest = b
            .when
            .as_ref()
            .map(When::moment)
            .cmp(&a.when.as_ref().map(When::moment));
        newest.then_with(|| match a.log == b.log {
            true => b.line.cmp(&a.line),
            false => std::cmp::Ordering::Equal,
        })
    });
    found
}

/// One log, with a scanner that is there already: building it takes longer than reading what a fuzz target brings.
#[cfg(fuzzing)]
pub fn fuzz(scanner: &Scanner<'_>, log: &Log, now: &Zoned) -> (Vec<LogHit>, Option<Obstacle>) {
    match open::open(log) {
        Err(obstacle) => (Vec::new(), Some(obstacle)),
        Ok(mut opened) => {
            let (hits, bytes, obstacle) = scanner.scan(log, &mut opened, now);
            assert!(bytes <= MOST);
            let cut = opened.is_cut().then_some(Obstacle::TooLong);
            (hits, obstacle.or(cut))
        }
    }
}

#[cfg(test)]
mod tests;
