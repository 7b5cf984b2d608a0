//! The checklist of a session: how each step went, when, and with which note; and what was changed on the way, so that
//! it can be taken back.
//!
//! Not here: what the steps are ([`crate::guide`]).

use std::collections::BTreeMap;

use super::Mark;
use crate::evidence::UnixTime;

/// The longest note, in characters.
pub const MAX_NOTE: usize = 500;

/// How a step went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// How.
    pub mark: Mark,
    /// When it was marked or noted last.
    pub at: UnixTime,
    /// What the person wrote beside it. Text from outside.
    pub note: Option<String>,
}

/// A step that was done, in the order of doing. Whether it changes anything, the step itself says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The step's code, for example `C04-W1`.
    pub code: String,
    /// When it was marked as done.
    pub at: UnixTime,
    /// When it was taken back, if it was.
    pub undone: Option<UnixTime>,
}

/// All marks of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checklist {
    steps: BTreeMap<String, Marked>,
    changes: Vec<Changed>,
    /// Whether saving the settings was offered already: once a session is enough.
    pub saving_offered: bool,
}

impl Checklist {
    /// The mark, time and note of this step; none where it was not touched.
    pub fn marked(&self, code: &str) -> Option<&Marked> {
        self.steps.get(code)
    }

    /// Every step that was touched, by its code.
    pub fn steps(&self) -> impl Iterator<Item = (&str, &Marked)> {
        self.steps
            .iter()
            .map(|(code, marked)| (code.as_str(), marked))
    }

    /// What was done, the first first.
    pub fn changes(&self) -> &[Changed] {
        &self.changes
    }

    pub(super) fn mark(&mut self, code: &str, mark: Mark, at: UnixTime) {
        let step = self.steps.entry(code.to_owned()).or_default();
        if step.mark == Mark::Done && mark != Mark::Done {
            // Corrected: it was not done after all.
            self.changes
                .retain(|change| change.code != code || change.undone.is_some());
        }
        if step.mark != Mark::Done && mark == Mark::Done {
            self.changes.push(Changed {
                code: code.to_owned(),
                at,
                undone: None,
            });
        }
        (step.mark, step.at) = (mark, at);
    }

    pub(super) fn note(&mut self, code: &str, note: &str, at: UnixTime) {
        let step = self.steps.entry(code.to_owned()).or_default();
        step.at = at;
        step.note = Some(note.chars().take(MAX_NOTE).collect()).filter(|n: &String| !n.is_empty());
    }

    /// Takes the latest change of this step back; the step is open again.
    pub(super) fn undo(&mut self, code: &str, at: UnixTime) {
        let latest = self
            .changes
            .iter_mut()
            .rev()
            .find(|change| change.code == code && change.undone.is_none());
        if let Some(change) = latest {
            change.undone = Some(at);
            let step = self.steps.entry(code.to_owned()).or_default();
            (step.mark, step.at) = (Mark::Open, at);
        }
    }

    /// For another gateway every step is open; what was changed on this device stays changed.
    pub(super) fn forget_marks(&mut self) {
        self.steps.clear();
    }
}
