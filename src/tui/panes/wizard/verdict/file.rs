//! The verdict on a saved chain in which nothing wrong was found. What a gateway does was not looked at, and the words
//! say so.

use ratatui::text::Span;

use crate::diagnose::{Diagnosis, Verdict};
use crate::evidence::Evidence;
use crate::msg::Msg;

use super::super::super::super::page::Page;
use super::super::super::Context;

pub(super) fn nothing_found(context: &Context<'_>, page: &mut Page, diagnosis: &Diagnosis) {
    let (theme, glyphs) = (&context.model.theme, &context.model.glyphs);
    let (sign, style, id) = match diagnosis.verdict {
        Verdict::Healthy => (glyphs.pass, theme.good, "screen.file.healthy"),
        Verdict::Problem | Verdict::Inconclusive => {
            (glyphs.unknown, theme.unknown, "screen.file.inconclusive")
        }
    };
    page.hanging(
        vec![Span::styled(format!("{sign} "), style)],
        &context.t(id),
        theme.title,
    );
    if let Some(evidence) = context.model.evidence() {
        page.text(
            &context.words.msg(&judged_for(context, evidence)),
            theme.text,
        );
    }
    page.text(&context.t("screen.file.not-checked"), theme.text);
    super::advice(context, page, diagnosis);
}

/// What the chain was judged for: the moment, and the name where one was given.
fn judged_for(context: &Context<'_>, evidence: &Evidence) -> Msg {
    let time = evidence.started_at.rfc3339();
    match context.model.session.target() {
        Some(target) => Msg::new("screen.file.judged-for")
            .with("host", &target.host)
            .with("time", time),
        None => Msg::new("screen.file.judged").with("time", time),
    }
}
