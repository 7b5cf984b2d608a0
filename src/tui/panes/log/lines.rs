//! One line a report: time, check, what was seen, how long it took, in aligned columns; hits of the search marked.

use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::evidence::{Evidence, LogLine, ProbeOutcome};

use super::super::super::model::Model;
use super::super::super::page::Page;
use super::super::super::wrap;
use super::super::Context;
use super::search::{holds, marked};
use super::{TOOK, milliseconds, name_cells};

/// True if there was anything to show.
pub(super) fn fill(context: &Context<'_>, page: &mut Page, evidence: &Evidence) -> bool {
    let view = &context.model.log;
    let names = name_cells(context);
    let mut shown = false;
    for line in &evidence.log {
        if view.shows(line.probe) && view.shows_outcome(line.tone) {
            shown = true;
            one(context, page, evidence.started_at.0, line, names);
        }
    }
    shown
}

fn one(context: &Context<'_>, page: &mut Page, started: i64, line: &LogLine, names: usize) {
    let model = context.model;
    let theme = &model.theme;
    let needle = model.log.needle();
    let text = context.words.msg(&line.text);
    let probe = line.probe.as_str();
    if holds(&text, needle) || holds(probe, needle) {
        page.marks.push(page.lines.len());
    }
    let is_looked_at = model.log.field.is_none()
        && model.log.hit.is_some_and(|hit| hit + 1 == page.marks.len())
        && page.marks.last() == Some(&page.lines.len());
    let hit = if is_looked_at {
        theme
            .accent
            .add_modifier(Modifier::REVERSED | Modifier::UNDERLINED)
    } else {
        theme.warn.add_modifier(Modifier::REVERSED)
    };
    let wide = page.width() >= 58;
    let (sign, style, _) = context.outcome(line.tone);
    let sign = if line.tone == ProbeOutcome::Running {
        " "
    } else {
        sign
    };
    let clock = clock(model, started, line.at_ms, wide);
    let mut lead = vec![
        Span::styled(format!("{clock} "), theme.dim),
        Span::styled(format!("{sign} "), style),
    ];
    lead.extend(marked(
        &wrap::fit(probe, names, ""),
        needle,
        theme.accent,
        hit,
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
    let mut parts = wrap::wrap(&text, first_room);
    let first = parts.remove(0);
    // The rest is broken anew: below the first line there is room to the end.
    let rest = text
        .get(first.len()..)
        .unwrap_or_default()
        .trim_start()
        .to_owned();
    lead.extend(marked(
        &wrap::fit(&first, first_room, ""),
        needle,
        theme.text,
        hit,
    ));
    if !took.is_empty() {
        lead.push(Span::styled(format!("{took:>TOOK$}"), theme.dim));
    }
    page.line(Line::from(lead));
    if !rest.is_empty() {
        for part in wrap::wrap(&rest, whole) {
            let mut spans = vec![Span::raw(" ".repeat(used))];
            spans.extend(marked(&part, needle, theme.text, hit));
            page.line(Line::from(spans));
        }
    }
}

/// The time of day of a log line: with milliseconds where there is room.
fn clock(model: &Model, started: i64, at_ms: f64, wide: bool) -> String {
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
