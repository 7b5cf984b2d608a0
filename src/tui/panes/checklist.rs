//! The checklist: the steps for the cause on the table, to tick off.

use ratatui::text::{Line, Span};

use super::super::page::Page;
use super::super::wrap;
use super::Context;

pub(super) fn fill(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    let subject = model.subject();
    let Some(cause) = subject.and_then(|id| model.cause(id)) else {
        page.text(&context.t("screen.checklist.empty"), theme.dim);
        return;
    };
    let focused = model.focus == super::Pane::Checklist;
    for (n, step) in model.steps(cause.id).iter().enumerate() {
        let code = cause.step_code(step);
        let (mark, style) = context.mark(model.session.mark(&code));
        let chosen = focused && model.chosen[super::Pane::Checklist.index()] == n;
        let first = page.lines.len();
        let room = page.width().saturating_sub(14);
        let words = first_sentence(&context.words.text(&step.text));
        page.line(Line::from(vec![
            context.lead(chosen),
            Span::styled(format!("{mark} "), style),
            Span::styled(wrap::fit(&code, 8, ""), theme.accent),
            Span::styled(
                wrap::cut(&words, room, model.glyphs.more),
                context.choice_style(chosen),
            ),
        ]));
        if let Some(marked) = model.session.checklist().marked(&code) {
            let time = super::super::view::clock_time(model, marked.at);
            let note = marked
                .note
                .as_deref()
                .map(|note| context.words.outside(note));
            let told = format!("{time}  {}", note.unwrap_or_default());
            page.hanging(vec![Span::raw(" ".repeat(14))], told.trim_end(), theme.dim);
        }
        page.choice_from(first, n);
    }
}

/// The first sentence of a text, or all of it.
pub fn first_sentence(text: &str) -> String {
    crate::text::first_sentence(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::first_sentence;

    #[test]
    fn a_sentence_ends_at_its_full_stop_not_inside_a_name() {
        assert_eq!(
            first_sentence("Open certlm.msc. Then look."),
            "Open certlm.msc."
        );
        assert_eq!(
            first_sentence("送ります。直せるのは管理者です。"),
            "送ります。"
        );
        assert_eq!(first_sentence("no stop"), "no stop");
    }
}
