//! Where journals are kept, which there are, and deleting them: the state folder of this person, one file a session.
//!
//! Not here: what is in them (`read`), writing them (`append`).

#[cfg(unix)]
use std::fs::File;
use std::fs::{self, DirBuilder, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::append::{Appender, Trouble};
use super::read::{Condition, Journal, ReadError, read};
use super::{Header, Kept};
use crate::cause::CauseId;
use crate::diagnose::{Certainty, Verdict};
use crate::evidence::{Target, UnixTime};
use crate::session::SessionEvent;

/// How many sessions are kept; the oldest go first.
pub const KEPT: usize = 50;
/// What a journal's file is called after its id.
const ENDING: &str = ".session.jsonl";
/// Names tried for a new journal before giving up: one is enough unless several begin in the same second.
const TRIES: u32 = 64;

/// A folder of journals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(PathBuf);

/// What a list of sessions tells of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// What it is called on the command line: the file's name without its ending.
    pub id: String,
    /// The file.
    pub path: PathBuf,
    /// When it began.
    pub began: UnixTime,
    /// When something last happened in it.
    pub last: UnixTime,
    /// The last gateway that was named in it.
    pub target: Option<Target>,
    /// What was said to be wrong: the symptom's id in wizard.toml. Text from outside.
    pub symptom: Option<String>,
    /// How its last run of checks that came to an end came out.
    pub verdict: Option<Verdict>,
    /// What that run found.
    pub causes: Vec<(CauseId, Certainty)>,
    /// Whether the person left.
    pub ended: bool,
    /// How much of the file is good.
    pub condition: Condition,
    /// How many events are in it.
    pub events: usize,
    /// Bytes of the file.
    pub bytes: u64,
}

/// This person's folder of journals; none where they have no home.
pub fn place() -> Option<Place> {
    let folders = directories::ProjectDirs::from("", "", "vpnmedic")?;
    let state = folders
        .state_dir()
        .unwrap_or_else(|| folders.data_local_dir());
    Some(Place(state.join("sessions")))
}

impl Place {
    /// A folder named otherwise than [`place`] does.
    pub fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder. It may not be there yet.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// The file of the session with this id.
    pub fn file(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}{ENDING}"))
    }

    /// The journals here with their ids, the newest first.
    pub fn files(&self) -> Vec<(String, PathBuf)> {
        let Ok(entries) = fs::read_dir(&self.0) else {
            return Vec::new();
        };
        let mut files: Vec<(String, PathBuf)> = entries
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                Some((name.strip_suffix(ENDING)?.to_owned(), entry.path()))
            })
            .collect();
        // Ids begin with the time.
        files.sort_by(|one, other| other.0.cmp(&one.0));
        files
    }

    /// A new journal here, for this person alone, with what is to stand in it first; the oldest go where there are more than [`KEPT`].
    ///
    /// # Errors
    /// Where nothing can be kept.
    pub fn begin(&self, header: &Header, kept: &[Kept]) -> Result<Appender, Trouble> {
        let at = kept.first().map_or(UnixTime(0), |first| first.at);
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&self.0)
            .map_err(|error| Trouble::from(&error))?;
        for trial in 0..TRIES {
            let path = self.file(&id(at, trial));
            match Appender::create(&path, header, at, kept) {
                Ok(appender) => {
                    self.prune(&path);
                    return Ok(appender);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Trouble::from(&error)),
            }
        }
        Err(Trouble::Other(io::ErrorKind::AlreadyExists.to_string()))
    }

    /// Deletes the oldest journals until no more than [`KEPT`] are there; one that is being written stays.
    fn prune(&self, new: &Path) {
        for (_, path) in self.files().into_iter().skip(KEPT) {
            if path != new {
                // What cannot be deleted now is tried again next time.
                let _ = delete(&path);
            }
        }
    }
}

/// `2026-11-22-120320`, with a number behind it where that is taken.
fn id(at: UnixTime, trial: u32) -> String {
    let moment = jiff::Timestamp::from_second(at.0).unwrap_or_default();
    let name = moment
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y-%m-%d-%H%M%S")
        .to_string();
    match trial {
        0 => name,
        more => format!("{name}-{more:02}"),
    }
}

/// What there is to tell of every journal here, the newest first; those that cannot be opened, with the reason.
pub fn list(place: &Place) -> Vec<Result<Summary, (String, ReadError)>> {
    place
        .files()
        .into_iter()
        .filter_map(|(id, path)| match read(&path) {
            Ok(journal) => Some(Ok(summary(id, path, &journal))),
            // Nothing had happened in it.
            Err(ReadError::Empty) => None,
            Err(error) => Some(Err((id, error))),
        })
        .collect()
}

/// The newest journal here that can be opened and that nobody is in, and what it says.
pub fn newest(place: &Place) -> Option<(Summary, Journal)> {
    place.files().into_iter().find_map(|(id, path)| {
        if is_busy(&path) {
            return None;
        }
        let journal = read(&path).ok()?;
        Some((summary(id, path, &journal), journal))
    })
}

/// What a list tells of this journal.
pub fn summary(id: String, path: PathBuf, journal: &Journal) -> Summary {
    let mut summary = Summary {
        id,
        began: journal.began,
        last: journal.last,
        target: None,
        symptom: None,
        verdict: None,
        causes: Vec::new(),
        ended: journal.ended,
        condition: journal.condition,
        events: journal.events.len(),
        bytes: fs::metadata(&path).map_or(journal.good, |data| data.len()),
        path,
    };
    for (_, event) in &journal.events {
        match event {
            SessionEvent::TargetSet { target, .. } => {
                summary.target = Some(target.clone());
                summary.verdict = None;
                summary.causes.clear();
            }
            SessionEvent::SymptomChosen { id } => summary.symptom = Some(id.clone()),
            SessionEvent::Concluded {
                verdict, causes, ..
            } => {
                summary.verdict = Some(*verdict);
                summary.causes.clone_from(causes);
            }
            _ => {}
        }
    }
    summary
}

/// Whether a vpnmedic is in this journal now.
fn is_busy(path: &Path) -> bool {
    OpenOptions::new()
        .append(true)
        .open(path)
        .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Deletes a journal.
///
/// # Errors
/// Where it cannot be deleted, or a vpnmedic is in it ([`io::ErrorKind::ResourceBusy`]).
pub fn delete(path: &Path) -> io::Result<()> {
    if is_busy(path) {
        return Err(io::ErrorKind::ResourceBusy.into());
    }
    fs::remove_file(path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}
