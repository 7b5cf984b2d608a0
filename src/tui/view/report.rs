//! The form for saving a report: the format, the file's name, and what stands in the way of it.

use ratatui::text::{Line, Span};

use tui_input::Input;

use crate::msg::Msg;
use crate::report::save::Saved;
use crate::report::session::Format;

use super::super::model::ReportForm;
use super::super::page::Page;
use super::super::panes::Context;
use super::super::wrap;

pub(super) fn fill(context: &Context<'_>, page: &mut Page, form: &ReportForm) {
    let model = context.model;
    let theme = &model.theme;
    page.text(&context.t("full-report.save-text"), theme.dim);
    page.gap();
    for (n, format) in Format::ALL.into_iter().enumerate() {
        let first = page.lines.len();
        let chosen = n == form.format;
        page.hanging(
            vec![context.lead(chosen)],
            &context.t(format_id(format)),
            context.choice_style(chosen),
        );
        page.choice_from(first, n);
    }
    page.gap();
    page.text(&context.t("full-report.save-where"), theme.text);
    field(context, page, &form.path);
    trouble(context, page, form.trouble.as_ref());
}

/// Why it is not saved, if it is not.
pub(super) fn trouble(context: &Context<'_>, page: &mut Page, trouble: Option<&Saved>) {
    let (theme, glyphs) = (&context.model.theme, &context.model.glyphs);
    let trouble = match trouble {
        None | Some(Saved::As(_)) => return,
        Some(Saved::Exists(_)) => Msg::new("full-report.exists"),
        Some(Saved::Failed(_, why)) => Msg::new("full-report.failed").with("why", why),
    };
    page.hanging(
        vec![Span::styled(format!("{} ", glyphs.warn), theme.warn)],
        &context.words.msg(&trouble),
        theme.warn,
    );
}

/// The field, its end in sight: that is where names differ.
pub(super) fn field(context: &Context<'_>, page: &mut Page, path: &Input) {
    let theme = &context.model.theme;
    let room = page.width().saturating_sub(1);
    // Hidden names are hidden here too; then the cursor is exact at the end only, where it begins.
    let value = context.words.outside(path.value());
    let letters: Vec<char> = value.chars().collect();
    let cursor = if path.cursor() >= path.value().chars().count() {
        letters.len()
    } else {
        path.cursor().min(letters.len())
    };
    let (mut shown, mut used) = (String::new(), 0);
    let before: String = letters.iter().take(cursor).collect();
    // What stands before the cursor, as much of its end as there is room for.
    for letter in before.chars().rev() {
        used += wrap::width(&letter.to_string());
        if used >= room {
            break;
        }
        shown.insert(0, letter);
    }
    let column = wrap::width(&shown);
    shown.extend(letters.iter().skip(cursor));
    page.cursor = u16::try_from(column)
        .ok()
        .map(|column| (column, page.lines.len()));
    page.line(Line::styled(
        wrap::fit(&crate::text::sanitise(&shown), room, ""),
        theme.field,
    ));
}

/// The id of a format's words.
pub fn format_id(format: Format) -> &'static str {
    match format {
        Format::Html => "full-report.format.html",
        Format::Text => "full-report.format.text",
        Format::Markdown => "full-report.format.markdown",
        Format::Json => "full-report.format.json",
    }
}
