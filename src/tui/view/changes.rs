//! What was changed, with the way back, the last change first; and the offer to save what is there before the first.

use ratatui::text::{Line, Span};

use crate::cause::CauseId;
use crate::guide::StepKind;
use crate::msg::Msg;

use super::super::page::Page;
use super::super::panes::Context;
use super::super::wrap;
use super::popups::option;
use super::sessions::clock_time;

/// Every change that was not taken back; how to take it back below the chosen one.
pub(super) fn fill(context: &Context<'_>, page: &mut Page, chosen: usize) {
    let (model, theme) = (context.model, &context.model.theme);
    let changes = model.changes();
    if changes.is_empty() {
        page.text(&context.t("screen.changes.none"), theme.text);
        return;
    }
    page.text(&context.t("screen.changes.text"), theme.dim);
    page.gap();
    for (n, change) in changes.iter().enumerate() {
        let first = page.lines.len();
        page.hanging(
            vec![
                context.lead(n == chosen),
                Span::styled(
                    format!("{}  ", clock_time(model, change.changed.at)),
                    theme.dim,
                ),
                Span::styled(wrap::fit(&change.changed.code, 9, ""), theme.accent),
            ],
            &context.words.text(&change.step.text),
            context.choice_style(n == chosen),
        );
        let label = format!("{}  ", context.t("screen.steps.undo"));
        let undo = match (&change.step.undo, &change.step.undo_command) {
            (Some(undo), _) => context.words.text(undo),
            (None, Some(_)) => context.t("screen.steps.undo-by"),
            (None, None) => context.t("screen.changes.no-undo"),
        };
        page.hanging(
            vec![Span::raw("      "), Span::styled(label, theme.dim)],
            &undo,
            theme.text,
        );
        if let Some(command) = &change.step.undo_command {
            for line in context.words.command(command).lines() {
                let room = page.width().saturating_sub(9);
                for part in wrap::wrap(line, room) {
                    page.line(Line::from(vec![
                        Span::raw("      "),
                        Span::styled(format!(" {part} "), theme.code),
                    ]));
                }
            }
        }
        page.choice_from(first, n);
    }
    page.gap();
    page.text(&context.t("screen.changes.enter"), theme.dim);
}

/// The steps that save what is there, and whether it is saved.
pub(super) fn saving(context: &Context<'_>, page: &mut Page, cause: CauseId, chosen: usize) {
    let (model, theme) = (context.model, &context.model.theme);
    page.text(&context.t("screen.saving.text"), theme.text);
    page.gap();
    for step in model.steps(cause) {
        if step.kind != StepKind::Backup {
            continue;
        }
        let code = model.cause(cause).map(|known| known.step_code(step));
        page.hanging(
            vec![Span::styled(
                wrap::fit(&code.unwrap_or_default(), 9, ""),
                theme.accent,
            )],
            &context.words.text(&step.text),
            theme.text,
        );
        for line in step.command.iter().flat_map(|command| command.lines()) {
            let room = page.width().saturating_sub(12);
            for part in wrap::wrap(&context.words.command(line), room) {
                page.line(Line::from(vec![
                    Span::raw("         "),
                    Span::styled(format!(" {part} "), theme.code),
                ]));
            }
        }
    }
    page.gap();
    for (n, id) in ["screen.saving.saved", "screen.saving.without"]
        .into_iter()
        .enumerate()
    {
        option(context, page, n, chosen == n, &context.t(id));
    }
    page.gap();
    let msg = Msg::new("screen.saving.later");
    page.text(&context.words.msg(&msg), theme.dim);
}
