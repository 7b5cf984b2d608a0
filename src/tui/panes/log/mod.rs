//! The probe log: what each check reported, or when each ran, narrowed and searched as the person asked.
//!
//! | file | does |
//! | --- | --- |
//! | `lines.rs` | one line a report: time, check, what was seen, how long it took |
//! | `timings.rs` | one bar a check on a common axis of time, its outcome and why |
//! | `search.rs` | where a word occurs |

mod lines;
mod search;
mod timings;

use tui_input::Input;

use crate::evidence::{ProbeId, ProbeOutcome};
use crate::msg::Msg;

use super::super::model::{Model, Pane};
use super::super::page::Page;
use super::Context;

/// How the log is shown.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Bars instead of lines.
    pub timings: bool,
    /// Only this check.
    pub probe: Option<ProbeId>,
    /// Only warnings and worse.
    pub only_notable: bool,
    /// What is searched for; empty for nothing.
    pub search: String,
    /// The hit that is looked at, by its number.
    pub hit: Option<usize>,
    /// The search while it is typed.
    pub field: Option<Input>,
}

impl View {
    /// What is to be marked now: what is typed, as it is typed.
    pub fn needle(&self) -> &str {
        match &self.field {
            Some(field) => field.value(),
            None => &self.search,
        }
    }

    /// Whether this check is shown.
    fn shows(&self, id: ProbeId) -> bool {
        self.probe.is_none_or(|only| only == id)
    }

    /// Whether what has this outcome is shown.
    fn shows_outcome(&self, outcome: ProbeOutcome) -> bool {
        !self.only_notable
            || matches!(
                outcome,
                ProbeOutcome::Warn
                    | ProbeOutcome::Fail
                    | ProbeOutcome::Unknown
                    | ProbeOutcome::Crashed
            )
    }
}

pub(super) fn fill(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    if model.session.file().is_some() {
        page.text(&context.t("screen.log.file"), model.theme.dim);
        return;
    }
    let filled = match model.evidence() {
        Some(evidence) if model.log.timings => timings::fill(context, page, evidence),
        Some(evidence) => lines::fill(context, page, evidence),
        None => false,
    };
    if !filled {
        let nothing_yet = model
            .evidence()
            .is_none_or(|evidence| evidence.log.is_empty());
        let id = if nothing_yet {
            "screen.log.empty"
        } else {
            "screen.log.nothing-left"
        };
        page.text(&context.t(id), model.theme.dim);
    }
}

/// What narrows the log and where the search is, for the frame of the pane; nothing where it shows all.
/// `height` are the lines in sight.
pub fn status(context: &Context<'_>, page: &Page, height: usize) -> Option<String> {
    let model = context.model;
    let view = &model.log;
    let mut parts = Vec::new();
    if view.timings {
        parts.push(context.t("screen.log.timings"));
    }
    if let Some(only) = view.probe {
        let msg = Msg::new("screen.log.only").with("probe", only.as_str());
        parts.push(context.words.msg(&msg));
    }
    if view.only_notable {
        parts.push(context.t("screen.log.notable"));
    }
    if !view.timings && !view.search.is_empty() && view.field.is_none() {
        let hits = page.marks.len();
        let msg = match view.hit.filter(|hit| *hit < hits) {
            Some(hit) => Msg::new("screen.log.hit-of").with("n", hit + 1),
            None if hits == 0 => Msg::new("screen.log.no-hit"),
            None => Msg::new("screen.log.hits"),
        };
        let msg = msg.with("text", &view.search).with("total", hits);
        parts.push(context.words.msg(&msg));
    }
    if model.is_running() && follows(model, page, height) {
        parts.push(context.t("screen.log.following"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Whether the log follows what comes in: it does at its end, until the person scrolls up or looks at a hit.
pub fn follows(model: &Model, page: &Page, height: usize) -> bool {
    !model.log.timings
        && model.log.hit.is_none()
        && model.scroll[Pane::Log.index()] >= page.clamp(usize::MAX, height)
}

/// The checks that can be narrowed to: those with something to show.
pub fn probes(model: &Model) -> Vec<ProbeId> {
    let Some(evidence) = model.evidence() else {
        return Vec::new();
    };
    ProbeId::ALL
        .into_iter()
        .filter(|id| evidence.probe(*id).is_some())
        .collect()
}

/// Cells for the names of the checks, a blank behind them included.
fn name_cells(context: &Context<'_>) -> usize {
    let shown = probes(context.model);
    let longest = shown.iter().map(|id| id.as_str().len()).max();
    longest.unwrap_or(0).max(7) + 1
}

/// Milliseconds for people: three figures that matter, never more.
pub(super) fn milliseconds(ms: f64) -> String {
    if ms >= 10_000.0 {
        format!("{:.1} s", ms / 1000.0)
    } else if ms >= 100.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{ms:.1} ms")
    }
}

/// Cells of a measurement with a blank before it.
const TOOK: usize = 9;

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn measurements_fit_their_column() {
        for (ms, shown) in [
            (0.04, "0.0 ms"),
            (12.12, "12.1 ms"),
            (250.4, "250 ms"),
            (4000.0, "4000 ms"),
            (12_345.0, "12.3 s"),
        ] {
            assert_eq!(milliseconds(ms), shown);
        }
    }
}
