//! The file of a journal while it is written: opened for this program alone, appended to, mended after a write that
//! did not get through.
//!
//! Not here: when to write (`keeper`), where the file is (`folder`).

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::line::encode;
use super::read::{Condition, Journal};
use super::{Entry, Header, Kept, MAX_LINE, MAX_REPORTS};
use crate::evidence::UnixTime;

/// A journal's file, held by this program alone.
#[derive(Debug)]
pub struct Appender {
    file: File,
    path: PathBuf,
    /// Bytes that are good.
    length: u64,
    /// The number of the next line.
    next: u64,
    /// Whether there may be more in the file than [`Self::length`], because a write failed half-way.
    ragged: bool,
}

/// Why a journal cannot be gone on with.
#[derive(Debug)]
pub enum GoOnError {
    /// Another vpnmedic is in it.
    Busy,
    /// Something in the middle of it is damaged: going on would bury that. What is good of it can be copied.
    Damaged,
    /// It has changed since it was read.
    Changed,
    /// The file cannot be opened or mended.
    Io(io::Error),
}

impl Appender {
    /// A new journal in this file, which must not be there yet, with its first line and these on the disk.
    ///
    /// # Errors
    /// Where the file cannot be made or written; it is not there then.
    pub fn create(path: &Path, header: &Header, at: UnixTime, kept: &[Kept]) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        // A new file is nobody else's yet; a file system without locks is no reason to keep nothing.
        let _ = file.try_lock();
        let mut new = Self {
            file,
            path: path.to_owned(),
            length: 0,
            next: 0,
            ragged: false,
        };
        let mut all = vec![Kept {
            at,
            entry: Entry::Began(header.clone()),
        }];
        all.extend_from_slice(kept);
        if let Err(error) = new.append(&all, true) {
            // An empty file would be found later and mean nothing.
            let _ = std::fs::remove_file(path);
            return Err(error);
        }
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            // The file's name outlives a power cut only with its folder.
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(new)
    }

    /// Goes on with a journal that was read before; an end that was not written through is cut off.
    ///
    /// # Errors
    /// See [`GoOnError`].
    pub fn go_on(path: &Path, journal: &Journal) -> Result<Self, GoOnError> {
        if matches!(journal.condition, Condition::Damaged { .. }) {
            return Err(GoOnError::Damaged);
        }
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(GoOnError::Io)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(GoOnError::Busy),
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let there = file.metadata().map_err(GoOnError::Io)?.len();
        let expected = match journal.condition {
            Condition::Torn { bytes } => journal.good.saturating_add(bytes),
            Condition::Whole | Condition::Damaged { .. } => journal.good,
        };
        if there != expected {
            return Err(GoOnError::Changed);
        }
        if there > journal.good {
            cut(&file, path, journal.good).map_err(GoOnError::Io)?;
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            length: journal.good,
            next: journal.next,
            ragged: false,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all of these or none of them, in one write, and with `sync` onto the disk itself.
    ///
    /// # Errors
    /// Where the write did not get through. The file is as before then, and the same may be tried again.
    pub fn append(&mut self, entries: &[Kept], sync: bool) -> io::Result<()> {
        if self.ragged {
            cut(&self.file, &self.path, self.length)?;
            self.ragged = false;
        }
        let mut bytes = Vec::new();
        let mut next = self.next;
        for Kept { at, entry } in entries {
            let full = self.length + size(&bytes) > MAX_REPORTS;
            if full && !entry.is_the_persons() {
                continue;
            }
            let mut line = encode(next, *at, entry)?;
            if line.len() > MAX_LINE {
                let bytes = size(&line);
                line = encode(next, *at, &Entry::LeftOut { bytes })?;
            }
            bytes.append(&mut line);
            next += 1;
        }
        let written = self
            .file
            .write_all(&bytes)
            .and_then(|()| if sync { self.file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            self.ragged = cut(&self.file, &self.path, self.length).is_err();
            return Err(error);
        }
        self.length += size(&bytes);
        self.next = next;
        Ok(())
    }
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Why nothing can be kept at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// This person has no home folder.
    NoHome,
    /// The folder cannot be written to.
    ReadOnly,
    /// The disk is full, or a quota is.
    Full,
    /// Something else, in the system's words.
    Other(String),
}

impl From<&io::Error> for Trouble {
    fn from(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            kind => Self::Other(kind.to_string()),
        }
    }
}

impl fmt::Display for GoOnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("another vpnmedic is in it"),
            Self::Damaged => f.write_str("it is damaged in the middle"),
            Self::Changed => f.write_str("it has changed since it was read"),
            Self::Io(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for GoOnError {}

/// Cuts the file here. Windows lets a file that was opened for appending only grow, so there another door is taken.
fn cut(file: &File, path: &Path, length: u64) -> io::Result<()> {
    if cfg!(windows) {
        OpenOptions::new().write(true).open(path)?.set_len(length)
    } else {
        file.set_len(length)
    }
}
