//! What lies over the panes: help, palette, one certificate, all results, the copied notice, the question at leaving,
//! and text alone on the screen.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear};

use crate::cause::CauseId;
use crate::msg::Msg;

use super::super::codes;
use super::super::keymap::{self, COMMANDS, Scope};
use super::super::model::{Keeping, Model, Popup};
use super::super::page::Page;
use super::super::panes::Context;
use super::super::wrap;

/// The cells of a popup with its frame, at most.
fn most(popup: &Popup, screen: Rect) -> (u16, u16) {
    let width = match popup {
        Popup::Leave { .. } => 56,
        Popup::Copied { .. } | Popup::Resume { .. } | Popup::Note { .. } => 64,
        Popup::Saving { .. } | Popup::Changes { .. } => 84,
        Popup::Compared(_) | Popup::Sessions(_) | Popup::Bundle(_) => 96,
        Popup::Palette { .. } | Popup::Library { .. } => 76,
        Popup::Practice(_) => 80,
        Popup::Certificate { .. } | Popup::Pool(_) | Popup::Report(_) => 84,
        Popup::Help { .. } | Popup::Results { .. } | Popup::Device { .. } | Popup::Reading(_) => 96,
        Popup::Text { .. } | Popup::Phone { .. } => screen.width,
    };
    (
        width.min(screen.width.saturating_sub(2)),
        screen.height.saturating_sub(2),
    )
}

/// The area of a popup with its frame: as high as what it shows. The palette keeps its height while one types.
fn area(popup: &Popup, screen: Rect, lines: usize) -> Rect {
    let (width, highest) = most(popup, screen);
    let height = match popup {
        Popup::Palette { .. } | Popup::Library { .. } | Popup::Sessions(_) => highest.min(24),
        // What goes in comes later than the form.
        Popup::Bundle(_) => highest,
        _ => u16::try_from(lines.saturating_add(2)).map_or(highest, |high| high.min(highest)),
    };
    Rect {
        x: screen.x + screen.width.saturating_sub(width) / 2,
        y: screen.y + screen.height.saturating_sub(height) / 2,
        width,
        height,
    }
}

/// The cells a popup's page has at most on this screen.
pub fn room(model: &Model, popup: &Popup) -> (u16, usize) {
    let size = model.size;
    let screen = Rect::new(0, 0, size.0, size.1);
    if matches!(popup, Popup::Text { .. }) {
        return (size.0, usize::from(size.1.saturating_sub(1)));
    }
    let (width, height) = most(popup, screen);
    let inner = inner(model, Rect::new(0, 0, width, height));
    (inner.width, usize::from(inner.height))
}

/// The room of a page inside this frame: less where its lines are numbered.
fn inner(model: &Model, area: Rect) -> Rect {
    let inner = super::inside(area);
    match model.pointed {
        Some(_) => super::numbers::beside(inner),
        None => inner,
    }
}

/// The page of the popup that is open, for this width.
pub fn page(model: &Model, popup: &Popup, width: u16) -> Page {
    let mut page = Page::new(width);
    fill(model, popup, &mut page);
    page
}

/// Fills a page with what this popup shows.
pub fn fill(model: &Model, popup: &Popup, page: &mut Page) {
    let context = Context::new(model);
    match popup {
        Popup::Help { .. } => help(&context, page),
        Popup::Palette { field, chosen } => palette(&context, page, field, *chosen),
        Popup::Library { field, chosen } => {
            super::library::list(&context, page, field, *chosen);
        }
        Popup::Reading(reading) => super::library::reading(&context, page, reading),
        Popup::Pool(form) => super::pool::fill(&context, page, form),
        Popup::Certificate { entry, .. } => {
            super::certificate::fill(&context, page, *entry);
        }
        Popup::Results { .. } => results(&context, page),
        Popup::Device { .. } => super::device::fill(&context, page),
        Popup::Report(form) => super::report::fill(&context, page, form),
        Popup::Bundle(form) => super::bundle::fill(&context, page, form),
        Popup::Copied { .. } => {
            page.text(&context.t("screen.copied.text"), model.theme.text);
            page.gap();
            page.text(&context.t("screen.copied.else"), model.theme.dim);
        }
        Popup::Text { text, .. } => {
            for line in text.lines() {
                page.text(&context.words.outside(line), Style::new());
            }
        }
        Popup::Practice(end) => super::practice::fill(&context, page, *end),
        Popup::Resume { summary, chosen } => {
            super::sessions::resume(&context, page, summary, *chosen);
        }
        Popup::Note { code, field } => {
            prompt(&context, page, field);
            let msg = Msg::new("screen.note.hint").with("code", code);
            page.text(&context.words.msg(&msg), model.theme.dim);
        }
        Popup::Changes { chosen } => super::changes::fill(&context, page, *chosen),
        Popup::Saving { cause, chosen } => {
            super::changes::saving(&context, page, *cause, *chosen);
        }
        // A phone is not needed to read what a page says.
        Popup::Phone { cause, .. } => {
            for paragraph in super::phone::paragraphs(model, *cause) {
                page.text(&paragraph, model.theme.text);
            }
        }
        Popup::Compared(compared) => super::sessions::compared(&context, page, compared),
        Popup::Sessions(list) => super::sessions::list(&context, page, list),
        Popup::Leave { chosen, .. } => {
            let id = match &model.keeping {
                Keeping::Kept(_) => "screen.leave.kept",
                _ => "screen.leave.text",
            };
            page.text(&context.t(id), model.theme.text);
            page.gap();
            let mut options = vec!["screen.leave.stay", "screen.leave.leave"];
            if model.has_changes() {
                options.push("screen.verdict.offer-changes");
            }
            for (n, id) in options.into_iter().enumerate() {
                option(&context, page, n, *chosen == n, &context.t(id));
            }
        }
    }
}

pub(super) fn option(
    context: &Context<'_>,
    page: &mut Page,
    number: usize,
    chosen: bool,
    words: &str,
) {
    let first = page.lines.len();
    page.hanging(
        vec![context.lead(chosen)],
        words,
        context.choice_style(chosen),
    );
    page.choice_from(first, number);
}

fn title_id(popup: &Popup) -> &'static str {
    match popup {
        Popup::Help { .. } => "screen.help.title",
        Popup::Palette { .. } => "screen.palette.title",
        Popup::Library { .. } | Popup::Reading(_) => "screen.library.title",
        Popup::Pool(_) => "screen.pool.title",
        Popup::Certificate { .. } => "screen.certificate.title",
        Popup::Results { .. } => "screen.results.title",
        Popup::Device { .. } => "device.card.title",
        Popup::Copied { .. } | Popup::Text { .. } => "screen.copied.title",
        Popup::Practice(_) => "practice.screen.title",
        Popup::Report(_) => "full-report.save-title",
        Popup::Bundle(_) => "bundle.form.title",
        Popup::Resume { .. } => "screen.resume.title",
        Popup::Note { .. } => "screen.note.title",
        Popup::Changes { .. } => "screen.changes.title",
        Popup::Saving { .. } => "screen.saving.title",
        Popup::Phone { .. } => "sharing.phone.title",
        Popup::Compared(_) => "screen.compared.title",
        Popup::Sessions(_) => "screen.sessions.title",
        Popup::Leave { .. } => "screen.leave.title",
    }
}

/// The first line shown of a popup of this height.
pub fn scroll_of(popup: &Popup, page: &Page, height: usize) -> usize {
    match popup {
        Popup::Help { scroll }
        | Popup::Certificate { scroll, .. }
        | Popup::Results { scroll }
        | Popup::Device { scroll }
        | Popup::Text { scroll, .. } => page.clamp(*scroll, height),
        Popup::Reading(reading) => page.clamp(reading.scroll, height),
        Popup::Pool(form) => page.clamp(form.scroll, height),
        Popup::Compared(compared) => page.clamp(compared.scroll, height),
        Popup::Bundle(form) => page.clamp(form.scroll, height),
        Popup::Sessions(list) => match page.lines_of(list.chosen) {
            Some((first, end)) => page.scroll_to(0, height, first, end),
            None => 0,
        },
        Popup::Palette { chosen, .. }
        | Popup::Library { chosen, .. }
        | Popup::Changes { chosen }
        | Popup::Saving { chosen, .. } => match page.lines_of(*chosen) {
            Some((first, end)) => page.scroll_to(0, height, first, end),
            None => 0,
        },
        Popup::Practice(end) => page
            .lines_of(end.chosen)
            .map_or(0, |(first, last)| page.scroll_to(0, height, first, last)),
        Popup::Copied { .. }
        | Popup::Phone { .. }
        | Popup::Note { .. }
        | Popup::Resume { .. }
        | Popup::Leave { .. }
        | Popup::Report(_) => 0,
    }
}

/// Draws the popup that is open over what is there.
pub(super) fn draw(context: &Context<'_>, frame: &mut Frame<'_>, screen: Rect) {
    let model = context.model;
    let Some(popup) = &model.popup else {
        return;
    };
    let theme = &model.theme;
    let page = page(model, popup, room(model, popup).0);
    let area = area(popup, screen, page.lines.len());
    let inner = inner(model, area);
    let height = usize::from(inner.height);
    let scroll = scroll_of(popup, &page, height);
    let mut block = Block::new()
        .borders(Borders::ALL)
        .border_style(theme.border_focus)
        .title_top(Line::from(vec![
            Span::raw(" "),
            Span::styled(context.t(title_id(popup)), theme.title),
            Span::raw(" "),
        ]))
        .style(theme.text);
    if let Some(position) = super::position_of(context, &page, scroll, height) {
        block = block.title_bottom(position.right_aligned());
    }
    let numbered = model.pointed.is_some();
    if let Some(at) = super::numbers::at(context, &page).filter(|_| numbered && popup.is_read()) {
        block = block.title_bottom(at);
    }
    if model.glyphs.ascii {
        block = block.border_set(super::ASCII_FRAME);
    }
    blank_halves(frame, area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    super::draw_page(model, frame, &page, inner, scroll, false);
    if numbered {
        super::numbers::draw(context, frame, &page, inner, scroll, popup.is_read());
    }
    if let Some((column, line)) = page.cursor
        && line >= scroll
        && line < scroll + height
    {
        let row = u16::try_from(line - scroll).unwrap_or(0);
        frame.set_cursor_position(Position::new(inner.x + column, inner.y + row));
    }
}

/// Text alone, without frames or colours, so that the terminal's own means of selecting get nothing else.
pub(super) fn draw_text(
    model: &Model,
    frame: &mut Frame<'_>,
    screen: Rect,
    text: &str,
    scroll: usize,
) {
    let context = Context::new(model);
    let popup = Popup::Text {
        text: text.to_owned(),
        scroll,
    };
    let page = page(model, &popup, screen.width);
    let height = usize::from(screen.height.saturating_sub(1));
    let scroll = page.clamp(scroll, height);
    let body = Rect {
        height: screen.height.saturating_sub(1),
        ..screen
    };
    super::draw_page(model, frame, &page, body, scroll, false);
    let bottom = Rect {
        y: screen.y + screen.height.saturating_sub(1),
        height: 1,
        ..screen
    };
    super::bars::hints(&context, frame, bottom);
}

fn help(context: &Context<'_>, page: &mut Page) {
    let theme = &context.model.theme;
    page.text(&context.t("screen.help.text"), theme.text);
    for (scopes, id) in [
        (
            &[Scope::Panes, Scope::Steps, Scope::Notes][..],
            "screen.help.panes",
        ),
        (&[Scope::Log, Scope::Hits][..], "screen.help.log"),
        (&[Scope::Field][..], "screen.help.field"),
        (
            &[Scope::Popup, Scope::Reading, Scope::Kept][..],
            "screen.help.popup",
        ),
    ] {
        page.gap();
        page.text(&context.t(id), theme.accent);
        let offered = |command: &&keymap::Command| {
            scopes.contains(&command.scope)
                && !(command.action.needs_gateway() && context.model.session.file().is_some())
        };
        for command in COMMANDS.iter().filter(offered) {
            let keys: Vec<String> = command.keys.iter().map(keymap::Key::label).collect();
            page.hanging(
                vec![Span::styled(
                    format!(
                        "  {}  ",
                        wrap::fit(&keys.join(" "), 18, context.model.glyphs.more)
                    ),
                    theme.title,
                )],
                &context.t(command.help),
                theme.text,
            );
        }
    }
    page.gap();
    page.text(&context.t("screen.help.signs"), theme.accent);
    for outcome in [
        crate::evidence::ProbeOutcome::Pass,
        crate::evidence::ProbeOutcome::Warn,
        crate::evidence::ProbeOutcome::Fail,
        crate::evidence::ProbeOutcome::Unknown,
        crate::evidence::ProbeOutcome::Skipped,
    ] {
        let (sign, style, word) = context.outcome(outcome);
        page.line(Line::from(vec![
            Span::styled(format!("  {sign} "), style),
            Span::styled(context.t(word), theme.text),
        ]));
    }
}

/// The commands of the palette whose name or description holds every word typed.
pub fn matching(model: &Model, typed: &str) -> Vec<&'static keymap::Command> {
    let context = Context::new(model);
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    keymap::palette()
        .filter(|command| {
            let text =
                format!("{} {}", context.t(command.name), context.t(command.help)).to_lowercase();
            words.iter().all(|word| text.contains(word))
        })
        .filter(|command| keymap::is_useful(command, model))
        .collect()
}

/// The field at the top of a list, and an empty line.
pub(super) fn prompt(context: &Context<'_>, page: &mut Page, field: &tui_input::Input) {
    let model = context.model;
    let theme = &model.theme;
    let before: String = field.value().chars().take(field.cursor()).collect();
    let prompt = format!("{} ", model.glyphs.pointer);
    let at = wrap::width(&prompt) + wrap::width(&context.words.outside(&before));
    page.cursor = u16::try_from(at.min(page.width().saturating_sub(1)))
        .ok()
        .map(|column| (column, 0));
    let room = page.width().saturating_sub(wrap::width(&prompt));
    page.line(Line::from(vec![
        Span::styled(prompt, theme.accent),
        Span::styled(
            wrap::fit(&context.words.outside(field.value()), room, ""),
            theme.field,
        ),
    ]));
    page.line(Line::default());
}

fn palette(context: &Context<'_>, page: &mut Page, field: &tui_input::Input, chosen: usize) {
    prompt(context, page, field);
    let model = context.model;
    let theme = &model.theme;
    if let Some(code) = codes::read(field.value()) {
        super::codes::fill(context, page, &code, chosen);
        return;
    }
    let commands = matching(model, field.value());
    if commands.is_empty() {
        page.text(&context.t("screen.palette.none"), theme.dim);
    }
    for (n, command) in commands.iter().enumerate() {
        let is_chosen = n == chosen;
        let first = page.lines.len();
        let key = command
            .keys
            .first()
            .map(keymap::Key::label)
            .unwrap_or_default();
        page.hanging(
            vec![
                context.lead(is_chosen),
                Span::styled(wrap::fit(&key, 8, ""), theme.accent),
            ],
            &context.t(command.help),
            context.choice_style(is_chosen),
        );
        page.choice_from(first, n);
    }
}

pub(super) fn cause_name(context: &Context<'_>, cause: CauseId) -> String {
    match context.model.cause(cause) {
        Some(known) => format!("{}  {}", known.code, context.words.text(&known.name)),
        None => cause.to_string(),
    }
}

fn results(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let (theme, glyphs) = (&model.theme, &model.glyphs);
    let Some(diagnosis) = model.diagnosis() else {
        return;
    };
    let head = |page: &mut Page, id: &str, count: usize| {
        page.gap();
        let words = format!("{} ({count})", context.t(id));
        page.text(&words, theme.accent);
    };
    head(page, "screen.results.found", diagnosis.causes.len());
    for finding in &diagnosis.causes {
        let (style, word) = context.certainty(finding.certainty);
        page.hanging(
            vec![
                Span::styled(format!("{} ", glyphs.fail), theme.bad),
                Span::styled(wrap::fit(&context.t(word), 12, ""), style),
            ],
            &cause_name(context, finding.cause),
            theme.text,
        );
    }
    if !diagnosis.advice.is_empty() {
        head(page, "screen.results.advice", diagnosis.advice.len());
        for advice in &diagnosis.advice {
            page.hanging(
                vec![Span::styled(format!("{} ", glyphs.warn), theme.warn)],
                &context.words.msg(&advice.text),
                theme.text,
            );
        }
    }
    head(page, "screen.results.ruled-out", diagnosis.ruled_out.len());
    for cause in &diagnosis.ruled_out {
        page.hanging(
            vec![Span::styled(format!("{} ", glyphs.pass), theme.good)],
            &cause_name(context, *cause),
            theme.text,
        );
    }
    head(page, "screen.results.unknown", diagnosis.unknown.len());
    for (cause, why) in &diagnosis.unknown {
        page.hanging(
            vec![Span::styled(format!("{} ", glyphs.unknown), theme.unknown)],
            &cause_name(context, *cause),
            theme.text,
        );
        page.hanging(
            vec![Span::raw("       ")],
            &context.words.msg(&why.message()),
            theme.dim,
        );
    }
}

/// Blanks the wide characters that the left edge of `area` would cut in half: a terminal that draws one of them whole
/// covers the frame beside it.
fn blank_halves(frame: &mut Frame<'_>, area: Rect) {
    let Some(left) = area.x.checked_sub(1) else {
        return;
    };
    let buffer = frame.buffer_mut();
    for y in area.top()..area.bottom() {
        if let Some(cell) = buffer.cell_mut(Position::new(left, y))
            && unicode_width::UnicodeWidthStr::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}
