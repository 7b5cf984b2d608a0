//! Packing the session of the screen beside it: the journal is read and packed on another thread, and a message brings
//! the bundle. What goes into one is [`crate::session::bundle`]'s.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::evidence::UnixTime;
use crate::guide::Knowledge;
use crate::session::bundle::{Packing, pack};
use crate::session::journal;
use crate::session::redact::Level;

use super::super::message::Message;
use super::super::model::{Packed, Reasoner};
use super::App;

impl App {
    /// Packs this journal at this level.
    pub(super) fn pack(&mut self, journal: PathBuf, level: usize, made_at: UnixTime) {
        let knowledge = Arc::clone(&self.model.knowledge);
        let reasoner = Arc::clone(&self.model.reasoner);
        self.aside.spawn_blocking(move || {
            let packed = packed(&knowledge, &reasoner, &journal, level, made_at);
            Message::Packed { level, packed }
        });
    }
}

fn packed(
    knowledge: &Knowledge,
    reasoner: &Reasoner,
    journal: &Path,
    level: usize,
    made_at: UnixTime,
) -> Packed {
    let journal = journal::read(journal).map_err(|error| error.to_string())?;
    let packing = Packing {
        knowledge,
        journal: &journal,
        conclude: &|evidence, system, _| reasoner(evidence, system),
        // A level that does not exist takes out the most.
        level: Level::ALL.get(level).copied().unwrap_or(Level::Strict),
        made_at,
    };
    pack(&packing)
        .map(Arc::new)
        .map_err(|error| error.to_string())
}
