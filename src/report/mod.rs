//! One model of what was found, in one language, and its writers. No looking, no reasoning: that is done by now.

mod device_card;
mod explained;
mod json;
mod metrics;
mod model;
pub mod paper;
mod plan;
pub mod save;
pub mod session;
mod tally;
mod text;

pub use device_card::{CardRow, card};
pub use explained::{Reader as ExplainReader, Reading as LogsReading};
pub use json::{Document, SCHEMA};
pub use metrics::{Sample, metrics};
pub use model::{Report, ReportCause, ReportRepair, ReportStep, Subject};
pub use plan::{PlanDocument, plan_lines};
pub use tally::{Tally, line, target_width};
pub use text::text;

use crate::diagnose::Certainty;
use crate::evidence::ProbeOutcome;
use crate::guide::{Knowledge, Step};
use crate::session::{Mark, Session};

/// The id of the word in `assets/ui` for what became of a step.
pub const fn mark_id(mark: Mark) -> &'static str {
    match mark {
        Mark::Open => "report.mark.open",
        Mark::Done => "report.mark.done",
        Mark::Failed => "report.mark.failed",
        Mark::Skipped => "report.mark.skipped",
        Mark::NotMine => "report.mark.not-mine",
    }
}

/// Every step that was marked in this session: its code, its mark and itself, in the order of the causes.
pub fn marked<'k>(knowledge: &'k Knowledge, session: &Session) -> Vec<(String, Mark, &'k Step)> {
    let mut found = Vec::new();
    for (_, cause) in knowledge.causes.iter() {
        for step in &cause.steps {
            let code = cause.step_code(step);
            match session.mark(&code) {
                Mark::Open => {}
                mark => found.push((code, mark, step)),
            }
        }
    }
    found
}

/// The id of the word in `assets/ui` for how a check ended.
pub const fn outcome_id(outcome: ProbeOutcome) -> &'static str {
    match outcome {
        ProbeOutcome::Running => "screen.outcome.running",
        ProbeOutcome::Pass => "screen.outcome.pass",
        ProbeOutcome::Warn => "screen.outcome.warn",
        ProbeOutcome::Fail => "screen.outcome.fail",
        ProbeOutcome::Skipped => "screen.outcome.skipped",
        ProbeOutcome::Unknown => "screen.outcome.unknown",
        ProbeOutcome::Crashed => "screen.outcome.crashed",
    }
}

/// The id of a certainty's word in `assets/ui`.
pub const fn certainty_id(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Confirmed => "certainty.confirmed",
        Certainty::Likely => "certainty.likely",
        Certainty::Possible => "certainty.possible",
    }
}

/// The id of the word in `assets/ui` for what a client makes of a chain.
pub const fn client_word_id(accepts: Option<bool>) -> &'static str {
    match accepts {
        Some(true) => "clients.word-accepts",
        Some(false) => "clients.word-refuses",
        None => "clients.word-open",
    }
}
