//! The form for handing a session over in one file: how much is taken out, what goes in as it will be written, and where
//! to.

use ratatui::text::{Line, Span};

use crate::msg::Msg;
use crate::session::bundle::Contents;
use crate::session::redact::Level;

use super::super::model::BundleForm;
use super::super::page::Page;
use super::super::panes::Context;
use super::super::wrap;
use super::popups::option;
use super::report::{field, trouble};

/// Lines shown of each file.
const FIRST_LINES: usize = 5;
/// The most characters of a line that are looked at: an event can be long, and only its beginning fits.
const LONGEST: usize = 400;

pub(super) fn fill(context: &Context<'_>, page: &mut Page, form: &BundleForm) {
    let theme = &context.model.theme;
    page.text(&context.t("bundle.form.text"), theme.dim);
    page.gap();
    for (n, level) in Level::ALL.into_iter().enumerate() {
        let id = match level {
            Level::None => "bundle.form.none",
            Level::Names => "bundle.form.names",
            Level::Strict => "bundle.form.strict",
        };
        option(context, page, n, form.level == n, &context.t(id));
    }
    page.gap();
    page.text(&context.t("bundle.form.where"), theme.text);
    field(context, page, &form.path);
    trouble(context, page, form.trouble.as_ref());
    page.gap();
    match form.packed.get(form.level).and_then(Option::as_ref) {
        None => page.text(&context.t("bundle.form.packing"), theme.unknown),
        Some(Err(why)) => {
            let msg = Msg::new("bundle.form.failed").with("why", why);
            page.text(&context.words.msg(&msg), theme.warn);
        }
        Some(Ok(contents)) => inside(context, page, form.level, contents),
    }
}

/// What goes in: what was taken out, each file with its first lines, and what stands for what.
fn inside(context: &Context<'_>, page: &mut Page, level: usize, contents: &Contents) {
    let theme = &context.model.theme;
    let taken_out = match Level::ALL.get(level) {
        Some(Level::None) => "bundle.level.none",
        Some(Level::Names) => "bundle.level.names",
        Some(Level::Strict) | None => "bundle.level.strict",
    };
    page.text(&context.t(taken_out), theme.text);
    page.gap();
    let msg = Msg::new("bundle.form.inside")
        .with("count", contents.files.len())
        .with("bytes", contents.packed.len());
    page.text(&context.words.msg(&msg), theme.accent);
    for (name, text) in &contents.files {
        page.line(Line::from(vec![
            Span::styled(format!("  {}", wrap::fit(name, 18, "")), theme.title),
            Span::styled(format!("{:>10}", text.len()), theme.dim),
        ]));
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        for line in lines.clone().take(FIRST_LINES) {
            let line: String = line.chars().take(LONGEST).collect();
            let room = page.width().saturating_sub(4);
            let line = wrap::cut(
                &context.words.outside(&line),
                room,
                context.model.glyphs.more,
            );
            page.line(Line::from(vec![
                Span::raw("    "),
                Span::styled(line, theme.text),
            ]));
        }
        let rest = lines.count().saturating_sub(FIRST_LINES);
        if rest > 0 {
            let msg = Msg::new("bundle.form.more").with("count", rest);
            page.hanging(vec![Span::raw("    ")], &context.words.msg(&msg), theme.dim);
        }
    }
    page.gap();
    if contents.replaced.is_empty() {
        page.text(&context.t("bundle.nothing-replaced"), theme.text);
        return;
    }
    page.text(&context.t("bundle.replaced"), theme.accent);
    for (thing, stands) in &contents.replaced {
        page.hanging(
            vec![Span::styled(
                format!("  {}  ", wrap::fit(stands, 24, context.model.glyphs.more)),
                theme.text,
            )],
            &context.words.outside(thing),
            theme.dim,
        );
    }
}
