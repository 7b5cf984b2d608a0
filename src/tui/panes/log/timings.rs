//! When each check ran: one bar a check on a common axis of time, its outcome in a sign and a word, how long it took,
//! and why where it was not run or could not tell.
//!
//! ```text
//!                        0                    190 ms
//! dns      ✔ in order    ▰▰                  12.1 ms
//! ports    - not run     Not needed: ...
//! ```

use ratatui::text::{Line, Span};

use crate::evidence::{Evidence, ProbeId, ProbeOutcome, ProbeRecord};

use super::super::super::page::Page;
use super::super::super::wrap;
use super::super::Context;
use super::{TOOK, milliseconds, name_cells};

/// Every outcome's word, so that their column is as wide as the widest.
const OUTCOMES: [ProbeOutcome; 7] = [
    ProbeOutcome::Running,
    ProbeOutcome::Pass,
    ProbeOutcome::Warn,
    ProbeOutcome::Fail,
    ProbeOutcome::Skipped,
    ProbeOutcome::Unknown,
    ProbeOutcome::Crashed,
];
/// The shortest axis worth drawing, in cells.
const LEAST_AXIS: usize = 6;

/// True if there was anything to show.
pub(super) fn fill(context: &Context<'_>, page: &mut Page, evidence: &Evidence) -> bool {
    let model = context.model;
    let view = &model.log;
    let mut words: Vec<String> = OUTCOMES
        .iter()
        .map(|outcome| context.t(context.outcome(*outcome).2))
        .collect();
    words.push(context.t("screen.outcome.waiting"));
    let words = words
        .iter()
        .map(|word| wrap::width(word))
        .max()
        .unwrap_or(0);
    let names = name_cells(context).max(8);
    let lead = names + 2 + words + 2;
    let columns = Columns {
        names,
        words,
        lead,
        axis: page.width().saturating_sub(lead + TOOK).max(LEAST_AXIS),
        whole_ms: whole(context, evidence),
    };
    let waiting = ProbeId::ALL
        .into_iter()
        .filter(|id| !evidence.finished && evidence.probe(*id).is_none());
    let records = evidence
        .probes
        .iter()
        .filter(|record| view.shows(record.id) && view.shows_outcome(record.outcome));
    let mut rows = Page::default();
    for record in records {
        columns.row(context, page.width(), &mut rows, record);
    }
    for id in waiting.filter(|id| view.shows(*id) && !view.only_notable) {
        let lead = columns.lead(context, id, None);
        rows.line(Line::from(lead));
    }
    if rows.lines.is_empty() {
        return false;
    }
    let end = milliseconds(columns.whole_ms);
    let axis = columns.axis.saturating_sub(1);
    page.line(Line::styled(
        format!("{}0{end:>axis$}", " ".repeat(lead)),
        model.theme.dim,
    ));
    for line in rows.lines {
        page.line(line);
    }
    true
}

/// The length of the axis in milliseconds: until the last check ended, or until now.
fn whole(context: &Context<'_>, evidence: &Evidence) -> f64 {
    let ends = evidence
        .probes
        .iter()
        .map(|record| record.started_ms + record.took_ms);
    let now = if evidence.finished {
        0.0
    } else {
        elapsed(context)
    };
    ends.fold(now, f64::max).max(1.0)
}

fn elapsed(context: &Context<'_>) -> f64 {
    f64::from(u32::try_from(context.model.elapsed_ms).unwrap_or(u32::MAX))
}

/// Cells of the columns.
struct Columns {
    names: usize,
    words: usize,
    lead: usize,
    axis: usize,
    whole_ms: f64,
}

impl Columns {
    /// Name, sign and word of a check; one without a record waits.
    fn lead(
        &self,
        context: &Context<'_>,
        id: ProbeId,
        outcome: Option<ProbeOutcome>,
    ) -> Vec<Span<'static>> {
        let theme = &context.model.theme;
        let (sign, style, word) = match outcome {
            Some(outcome) => context.outcome(outcome),
            None => (" ", theme.dim, "screen.outcome.waiting"),
        };
        let word = wrap::fit(&context.t(word), self.words, "");
        vec![
            Span::styled(wrap::fit(id.as_str(), self.names, ""), theme.accent),
            Span::styled(format!("{sign} "), style),
            Span::styled(format!("{word}  "), style),
        ]
    }

    fn row(&self, context: &Context<'_>, width: usize, rows: &mut Page, record: &ProbeRecord) {
        let theme = &context.model.theme;
        let mut spans = self.lead(context, record.id, Some(record.outcome));
        let why = record
            .why
            .as_ref()
            .map(|why| context.words.msg(&why.message()));
        if record.outcome == ProbeOutcome::Skipped {
            let why = why.unwrap_or_default();
            let mut lead = Some(spans);
            for part in wrap::wrap(&why, width.saturating_sub(self.lead)) {
                let mut spans = lead.take().unwrap_or_else(|| vec![self.indent()]);
                spans.push(Span::styled(part, theme.dim));
                rows.line(Line::from(spans));
            }
            return;
        }
        let (_, style, _) = context.outcome(record.outcome);
        let took = match record.outcome {
            ProbeOutcome::Running => (elapsed(context) - record.started_ms).max(0.0),
            _ => record.took_ms,
        };
        let (from, to) = bar(record.started_ms, took, self.whole_ms, self.axis);
        spans.push(Span::raw(" ".repeat(from)));
        spans.push(Span::styled(
            context.model.glyphs.full.repeat(to - from),
            style,
        ));
        let took = milliseconds(took);
        spans.push(Span::styled(
            format!("{}{took:>TOOK$}", " ".repeat(self.axis - to)),
            theme.dim,
        ));
        rows.line(Line::from(spans));
        for part in why
            .iter()
            .flat_map(|why| wrap::wrap(why, width.saturating_sub(self.lead)))
        {
            rows.line(Line::from(vec![
                self.indent(),
                Span::styled(part, theme.dim),
            ]));
        }
    }

    fn indent(&self) -> Span<'static> {
        Span::raw(" ".repeat(self.lead))
    }
}

/// The cells of a bar on an axis: the first, and the one after the last; at least one, however short it was.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of an axis of some hundred cells, clamped to it"
)]
fn bar(started_ms: f64, took_ms: f64, whole_ms: f64, axis: usize) -> (usize, usize) {
    let cell = |ms: f64| ms.max(0.0) / whole_ms.max(f64::MIN_POSITIVE) * axis as f64;
    let from = (cell(started_ms).floor() as usize).min(axis.saturating_sub(1));
    let to = (cell(started_ms + took_ms).ceil() as usize).clamp(from + 1, axis.max(from + 1));
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn bars_stay_on_the_axis_and_are_never_nothing() {
        assert_eq!(bar(0.0, 100.0, 100.0, 20), (0, 20));
        assert_eq!(bar(50.0, 25.0, 100.0, 20), (10, 15));
        assert_eq!(bar(0.0, 0.0, 100.0, 20), (0, 1));
        assert_eq!(bar(100.0, 0.0, 100.0, 20), (19, 20));
        assert_eq!(bar(1e12, 1e12, 100.0, 20), (19, 20));
        assert_eq!(bar(f64::NAN, f64::NAN, 100.0, 20), (0, 1));
        assert_eq!(bar(5.0, 5.0, 0.0, 1), (0, 1));
    }
}
