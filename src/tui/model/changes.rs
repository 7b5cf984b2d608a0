//! What the person changed, out of the steps that were done: the order to take it back in. The marks themselves are in
//! [`crate::session::Checklist`].

use crate::guide::{Cause, Step, StepKind};

use super::Model;

/// A step that was done and that changes something on this device or beyond.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// What was done, and when.
    pub changed: &'a crate::session::Changed,
    /// The step.
    pub step: &'a Step,
}

impl Model {
    /// What was changed and not taken back, the last first: the order to take it back in.
    pub fn changes(&self) -> Vec<Change<'_>> {
        let all = self.session.checklist().changes().iter().rev();
        all.filter(|changed| changed.undone.is_none())
            .filter_map(|changed| {
                let step = self.step(&changed.code)?;
                changes_something(step).then_some(Change { changed, step })
            })
            .collect()
    }

    /// Whether anything was changed and not taken back.
    pub fn has_changes(&self) -> bool {
        !self.session.checklist().changes().is_empty() && !self.changes().is_empty()
    }

    /// The step with this code, whichever cause it belongs to.
    fn step(&self, code: &str) -> Option<&Step> {
        let of_cause = |cause: &&Cause| {
            let rest = code.strip_prefix(cause.code.as_str());
            rest.is_some_and(|rest| rest.starts_with('-'))
        };
        let mut causes = self.knowledge.causes.iter().map(|(_, cause)| cause);
        let cause = causes.find(of_cause)?;
        cause
            .steps
            .iter()
            .find(|step| cause.step_code(step) == code)
    }
}

/// Whether carrying a step out changes anything.
pub fn changes_something(step: &Step) -> bool {
    matches!(
        step.kind,
        StepKind::Do | StepKind::Command | StepKind::Isolate
    )
}
