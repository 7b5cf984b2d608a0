//! Waiting for live checks: what is being looked at, and how far each check is.

use ratatui::text::{Line, Span};

use crate::evidence::ProbeId;
use crate::guide::Text;
use crate::msg::Msg;

use super::super::super::page::Page;
use super::super::super::wrap;
use super::super::Context;

pub(super) fn fill(context: &Context<'_>, page: &mut Page, text: &Text, waited: &[ProbeId]) {
    let model = context.model;
    let theme = &model.theme;
    page.hanging(
        vec![Span::styled(format!("{} ", context.busy()), theme.accent)],
        &context.words.text(text),
        theme.title,
    );
    let seconds = format!("{:.1}", elapsed_seconds(model.elapsed_ms));
    let msg = Msg::new("screen.checking.elapsed").with("seconds", seconds);
    page.hanging(vec![Span::raw("  ")], &context.words.msg(&msg), theme.dim);
    page.gap();
    let Some(evidence) = model.evidence() else {
        return;
    };
    let word_cells = wrap::width(&context.t("screen.outcome.column")).max(10);
    for id in ProbeId::ALL {
        let record = evidence.probe(id);
        let (sign, style, word) = match record {
            Some(record) => context.outcome(record.outcome),
            None => (" ", theme.dim, "screen.outcome.waiting"),
        };
        let name = context.t(&format!("screen.probe.{}", id.as_str()));
        let name_style = if waited.contains(&id) {
            theme.text
        } else {
            theme.dim
        };
        let took = record
            .filter(|record| record.took_ms > 0.0)
            .map(|record| super::super::log::milliseconds(record.took_ms))
            .unwrap_or_default();
        page.line(Line::from(vec![
            Span::raw("  "),
            Span::styled(format!("{sign} "), style),
            Span::styled(wrap::fit(&name, 30, model.glyphs.more), name_style),
            Span::styled(
                wrap::fit(&context.t(word), word_cells, model.glyphs.more),
                style,
            ),
            Span::styled(format!("{took:>11}"), theme.dim),
        ]));
    }
    page.gap();
    super::offer(context, page, 0, &context.t("screen.checking.go-on"));
}

/// Tenths of a second are enough to see that something moves.
fn elapsed_seconds(ms: u64) -> f64 {
    f64::from(u32::try_from(ms / 100).unwrap_or(u32::MAX)) / 10.0
}
