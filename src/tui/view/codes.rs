//! The palette while a step's code is typed: the steps that it may mean.

use ratatui::text::Span;

use crate::msg::Msg;

use super::super::codes::matching;
use super::super::page::Page;
use super::super::panes::Context;
use super::super::wrap;

pub(super) fn fill(context: &Context<'_>, page: &mut Page, code: &str, chosen: usize) {
    let model = context.model;
    let theme = &model.theme;
    let found = matching(model, code);
    if found.is_empty() {
        let msg = match code {
            "C" => Msg::new("screen.palette.code"),
            _ => Msg::new("screen.palette.no-code").with("code", code),
        };
        page.text(&context.words.msg(&msg), theme.text);
    }
    for (n, found) in found.iter().enumerate() {
        let Some((cause, step)) = found.of(model) else {
            continue;
        };
        let (code, words) = match step {
            Some(step) => (cause.step_code(step), context.words.text(&step.text)),
            None => {
                let name = context.words.text(&cause.name);
                let msg = Msg::new("screen.palette.all-steps").with("name", name);
                (cause.code.clone(), context.words.msg(&msg))
            }
        };
        let is_chosen = n == chosen;
        let first = page.lines.len();
        page.hanging(
            vec![
                context.lead(is_chosen),
                Span::styled(wrap::fit(&code, 9, ""), theme.accent),
            ],
            &words,
            context.choice_style(is_chosen),
        );
        page.choice_from(first, n);
    }
}
