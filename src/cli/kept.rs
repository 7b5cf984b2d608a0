//! Sessions that verbs look back at: a kept one by its id, or a file. No network.

use std::path::Path;
use std::sync::Arc;

use super::args::Common;
use super::sessions::find;
use super::{Refusal, refuse, setup};
use crate::chain::Stores;
use crate::diagnose::{Context, Diagnosis, Relations, diagnose};
use crate::evidence::{Evidence, UnixTime};
use crate::guide::{Knowledge, System};
use crate::msg::Msg;
use crate::report::save::Saved;
use crate::session::SessionEvent;
use crate::session::bundle::{self, MAX_PACKED, Manifest, Recorded};
use crate::session::journal::{self, Journal, MAX_FILE};
use crate::session::play::{Played, play};
use crate::text::sanitise;

/// Draws conclusions at a point, told how many events came before it.
pub type Conclude = Box<dyn Fn(&Evidence, System, usize) -> Diagnosis + Send + Sync>;

/// A session that is looked back at.
pub struct Kept {
    /// What happened in it.
    pub journal: Journal,
    /// What it says of itself, where it came in a bundle.
    pub manifest: Option<Manifest>,
    recorded: Option<Vec<Recorded>>,
}

impl Kept {
    /// Opens a kept session by its id, the beginning of that, or `last`; or a file.
    pub fn open(named: &str) -> Result<Self, Refusal> {
        let path = Path::new(named);
        let path = if path.is_file() {
            path.to_owned()
        } else {
            let place = journal::place().ok_or_else(|| refuse(&Msg::new("refusal.no-home")))?;
            find(&place, named)?.1
        };
        let bytes = setup::read_bounded(&path, MAX_FILE.max(MAX_PACKED))?;
        let refuse = |error: String| Refusal(format!("{}: {error}", shown(&path)));
        if bundle::is_bundle(&bytes) {
            let opened = bundle::open(&bytes).map_err(|error| refuse(error.to_string()))?;
            return Ok(Self {
                journal: opened.journal,
                manifest: Some(opened.manifest),
                recorded: opened.recorded,
            });
        }
        let journal = journal::parse(&bytes).map_err(|error| refuse(error.to_string()))?;
        Ok(Self {
            journal,
            manifest: None,
            recorded: None,
        })
    }

    /// What happened.
    pub fn events(&self) -> &[(UnixTime, SessionEvent)] {
        &self.journal.events
    }

    /// How conclusions are drawn from it: anew, with what is trusted here; as they were recorded, where certificates are
    /// left out.
    pub fn reasoner(
        &self,
        common: &Common,
        knowledge: &Knowledge,
        stores: Arc<Stores>,
    ) -> Result<Conclude, Refusal> {
        if let Some(recorded) = self.recorded.clone() {
            let events = self.journal.events.clone();
            return Ok(Box::new(move |_, _, count| {
                Recorded::at(&recorded, &events, count)
            }));
        }
        let relations = Relations::from(knowledge);
        let client = setup::client(common, knowledge)?;
        Ok(Box::new(move |evidence, system, _| {
            let context = Context {
                system,
                client: client.clone(),
            };
            diagnose(evidence, &stores, &relations, &context)
        }))
    }

    /// The session after so many of its events.
    pub fn play(
        &self,
        knowledge: &Knowledge,
        count: usize,
        conclude: &dyn Fn(&Evidence, System, usize) -> Diagnosis,
    ) -> Played {
        let header = &self.journal.header;
        let events = self.events().get(..count).unwrap_or(self.events());
        let begun = (header.lang, header.system);
        play(begun, events, &knowledge.wizard, conclude)
    }
}

/// Why a file was not written, for people.
pub fn not_saved(saved: &Saved) -> Refusal {
    match saved {
        Saved::As(path) => Refusal(shown(path)),
        Saved::Exists(path) => refuse(&Msg::new("refusal.is-there").with("file", shown(path))),
        Saved::Failed(path, why) => Refusal(format!("{}: {}", shown(path), sanitise(why))),
    }
}

/// A file's name for people.
pub fn shown(path: &Path) -> String {
    sanitise(&path.display().to_string())
}
