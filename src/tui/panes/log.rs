//! The probe log: time, check, what was seen, how long it took, in aligned columns.

use ratatui::text::{Line, Span};

use crate::evidence::LogLine;

use super::super::page::Page;
use super::super::wrap;
use super::Context;

pub(super) fn fill(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    let Some(evidence) = model.evidence() else {
        page.text(&context.t("screen.log.empty"), theme.dim);
        return;
    };
    for line in &evidence.log {
        one(context, page, evidence.started_at.0, line);
    }
    if evidence.log.is_empty() {
        page.text(&context.t("screen.log.empty"), theme.dim);
    }
}

fn one(context: &Context<'_>, page: &mut Page, started: i64, line: &LogLine) {
    let model = context.model;
    let theme = &model.theme;
    let wide = page.width() >= 58;
    let (sign, style, _) = context.outcome(line.tone);
    let sign = if line.tone == crate::evidence::ProbeOutcome::Running {
        " "
    } else {
        sign
    };
    let mut lead = Vec::new();
    let clock = clock(model, started, line.at_ms, wide);
    lead.push(Span::styled(format!("{clock} "), theme.dim));
    lead.push(Span::styled(format!("{sign} "), style));
    lead.push(Span::styled(
        // One cell stays free before the words, however long the name.
        wrap::fit(wrap::take(line.probe.as_str(), 7), 8, ""),
        theme.accent,
    ));
    let used: usize = lead.iter().map(|span| wrap::width(&span.content)).sum();
    // A measurement stands at the right end of the first line; the words use whatever it leaves.
    let took = line.took_ms.map(milliseconds).unwrap_or_default();
    let whole = page.width().saturating_sub(used).max(8);
    let first_room = if took.is_empty() {
        whole
    } else {
        whole.saturating_sub(TOOK).max(8)
    };
    let text = context.words.msg(&line.text);
    let mut parts = wrap::wrap(&text, first_room);
    let first = parts.remove(0);
    // The rest is broken anew: below the first line there is room to the end.
    let rest = text
        .get(first.len()..)
        .unwrap_or_default()
        .trim_start()
        .to_owned();
    lead.push(Span::styled(wrap::fit(&first, first_room, ""), theme.text));
    if !took.is_empty() {
        lead.push(Span::styled(format!("{took:>TOOK$}"), theme.dim));
    }
    page.line(Line::from(lead));
    if !rest.is_empty() {
        page.hanging(vec![Span::raw(" ".repeat(used))], &rest, theme.text);
    }
}

/// Cells of a measurement with a blank before it.
const TOOK: usize = 9;

/// The time of day of a log line: with milliseconds where there is room.
fn clock(model: &super::super::model::Model, started: i64, at_ms: f64, wide: bool) -> String {
    let moment = jiff::Timestamp::from_second(started)
        .ok()
        .and_then(|start| {
            let after = jiff::SignedDuration::try_from_secs_f64(at_ms / 1000.0).ok()?;
            start.checked_add(after).ok()
        })
        .map(|moment| moment.to_zoned(model.zone.clone()));
    match moment {
        Some(moment) if wide => moment.strftime("%H:%M:%S.%3f").to_string(),
        Some(moment) => moment.strftime("%H:%M:%S").to_string(),
        None if wide => " ".repeat(12),
        None => " ".repeat(8),
    }
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
