//! The header, the tabs and the hint line.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use tui_input::Input;

use crate::guide::Lang;
use crate::msg::Msg;

use super::super::keymap::{self, Action};
use super::super::model::{Keeping, Model, Pane};
use super::super::panes::Context;
use super::super::wrap;
use super::{cut_line, system_id};

/// Product, gateway and what it is on the left; counts, system, language and the time of the check on the right.
pub(super) fn header(context: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
    let model = context.model;
    let theme = &model.theme;
    let bar = theme.bar;
    let width = usize::from(area.width);

    let right = right_of_header(context);
    let right_cells: usize = right.iter().map(|span| wrap::width(&span.content)).sum();
    let mut left = vec![Span::styled(" vpnmedic", theme.key)];
    if let Some(company) = &model.knowledge.wizard.site.company {
        left.push(Span::styled(
            format!("  {}", context.words.outside(company)),
            bar,
        ));
    }
    if model.practice.is_some() {
        left.push(Span::styled(
            format!("  {}", context.t("practice.screen.title")),
            theme.key,
        ));
    }
    if model.offline() {
        left.push(Span::styled(
            format!("  {}", context.t("screen.header.offline")),
            bar,
        ));
    }
    if let Some(file) = model.session.file() {
        let msg = Msg::new("screen.header.file").with("files", &file.files);
        left.push(Span::styled(format!("   {}", context.words.msg(&msg)), bar));
    }
    if let Some(target) = model.session.target() {
        // Nobody connects to a port where a file is judged.
        let name = if model.session.file().is_some() {
            target.host.to_string()
        } else {
            target.to_string()
        };
        left.push(Span::styled(
            format!("   {}", context.words.outside(&name)),
            bar.add_modifier(ratatui::style::Modifier::BOLD),
        ));
    }
    if let Some(product) = model
        .evidence()
        .and_then(|evidence| evidence.gateway.known())
        .and_then(|gateway| gateway.product.as_ref())
    {
        left.push(Span::styled(
            format!("   {}", context.words.outside(&product.name)),
            bar,
        ));
    }
    let room = width.saturating_sub(right_cells + 1);
    let left = cut_line(left, room, model.glyphs.more);
    let gap = width.saturating_sub(left.width() + right_cells);
    let mut spans = left.spans;
    spans.push(Span::styled(" ".repeat(gap), bar));
    spans.extend(right);
    frame.render_widget(Paragraph::new(Line::from(spans)).style(bar), area);
}

fn right_of_header(context: &Context<'_>) -> Vec<Span<'static>> {
    let model = context.model;
    let bar = model.theme.bar;
    let mut parts: Vec<String> = Vec::new();
    if model.held.is_some() {
        parts.push(context.t("screen.header.frozen"));
    }
    if matches!(model.keeping, Keeping::Trouble(_)) {
        parts.push(context.t("screen.header.not-kept"));
    }
    if model.masked {
        parts.push(context.t("screen.header.masked"));
    }
    let roomy = model.size.0 >= 100;
    if let Some(diagnosis) = model.diagnosis()
        && (model.session.file().is_some()
            || model.evidence().is_some_and(|e| !e.probes.is_empty()))
        && !model.offline()
    {
        let id = if roomy && model.session.file().is_none() {
            "screen.header.counts"
        } else {
            "screen.header.counts-short"
        };
        let msg = Msg::new(id)
            .with("found", diagnosis.causes.len())
            .with("ok", diagnosis.ruled_out.len())
            .with("unknown", diagnosis.unknown.len());
        parts.push(context.words.msg(&msg));
    }
    if roomy {
        parts.push(context.t(system_id(model.session.system())));
    }
    parts.push(
        match model.session.lang() {
            Lang::En => "EN",
            Lang::Ja => "JA",
        }
        .to_owned(),
    );
    if let Some(time) = checked_at(model) {
        parts.push(time);
    }
    vec![Span::styled(format!("{} ", parts.join("   ")), bar)]
}

/// When the run on show began, or the day that a saved chain is judged for. A clock that ticks would have to wake up for it; the time of the check is what counts.
fn checked_at(model: &Model) -> Option<String> {
    let started = model.evidence()?.started_at.0;
    let moment = jiff::Timestamp::from_second(started).ok()?;
    let format = if model.session.file().is_some() {
        "%Y-%m-%d"
    } else {
        "%H:%M"
    };
    Some(
        moment
            .to_zoned(model.zone.clone())
            .strftime(format)
            .to_string(),
    )
}

/// The panes by number, the one on show marked.
pub(super) fn tabs(context: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
    let model = context.model;
    let theme = &model.theme;
    let mut spans = Vec::new();
    for (n, pane) in Pane::ALL.iter().enumerate() {
        let shown = *pane == model.focus;
        let style = if shown { theme.selected } else { theme.dim };
        let mark = if shown { model.glyphs.pointer } else { " " };
        spans.push(Span::styled(
            format!("{mark} {} {} ", n + 1, context.t(pane.tab_id())),
            style,
        ));
        spans.push(Span::raw(" "));
    }
    let line = cut_line(spans, usize::from(area.width), model.glyphs.more);
    frame.render_widget(Paragraph::new(line).style(theme.text), area);
}

/// The tab at this column, as [`tabs`] draws them.
pub fn tab_at(model: &Model, column: u16) -> Option<Pane> {
    let context = Context::new(model);
    let mut end = 0;
    for (n, pane) in Pane::ALL.iter().enumerate() {
        end += wrap::width(&format!("  {} {}  ", n + 1, context.t(pane.tab_id())));
        if usize::from(column) < end {
            return Some(*pane);
        }
    }
    None
}

/// What keys do now: as many as fit whole, help and leaving always among them.
pub(super) fn hints(context: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
    let model = context.model;
    let theme = &model.theme;
    // One cell at each end, and some slack for terminals that draw arrows two cells wide.
    let room = usize::from(area.width).saturating_sub(4);
    if let Some(notice) = &model.notice {
        let line = Line::styled(
            format!(" {}", wrap::cut(notice, room, model.glyphs.more)),
            theme.bar,
        );
        frame.render_widget(Paragraph::new(line).style(theme.bar), area);
        return;
    }
    if let Some(field) = &model.log.field
        && model.popup.is_none()
        && model.focus == Pane::Log
    {
        search_field(context, frame, area, field);
        return;
    }
    let commands = keymap::hints(model);
    let item = |command: &keymap::Command| -> (String, String) {
        let key = match command.action {
            Action::Up => model.glyphs.arrows.to_owned(),
            _ => command
                .keys
                .first()
                .map(keymap::Key::label)
                .unwrap_or_default(),
        };
        let scrolls =
            command.action == Action::Up && model.popup.is_none() && model.focus == Pane::Log;
        let name = if scrolls {
            "screen.hint.scroll"
        } else if command.action == Action::LogTimings && model.log.timings {
            "screen.hint.lines"
        } else {
            command.name
        };
        (key, context.t(name))
    };
    let cells = |(key, name): &(String, String)| wrap::width(key) + 1 + wrap::width(name) + 2;
    let always = |command: &keymap::Command| matches!(command.action, Action::Help | Action::Quit);
    let mut left: usize = room
        - commands
            .iter()
            .filter(|c| always(c))
            .map(|c| cells(&item(c)))
            .sum::<usize>()
            .min(room);
    let mut spans = vec![Span::styled(" ", theme.bar)];
    for command in commands {
        let shown = item(command);
        if !always(command) {
            let needed = cells(&shown);
            if needed > left {
                continue;
            }
            left -= needed;
        }
        spans.push(Span::styled(shown.0, theme.key));
        spans.push(Span::styled(format!(" {}  ", shown.1), theme.bar));
    }
    let line = cut_line(spans, usize::from(area.width), "");
    frame.render_widget(Paragraph::new(line).style(theme.bar), area);
}

/// The search of the log while it is typed, in place of the hints, with the terminal's own cursor in it.
fn search_field(context: &Context<'_>, frame: &mut Frame<'_>, area: Rect, field: &Input) {
    let theme = &context.model.theme;
    let keys: String = keymap::hints(context.model)
        .into_iter()
        .filter(|command| matches!(command.action, Action::Enter | Action::Back))
        .map(|command| {
            let key = command.keys.first().map(keymap::Key::label);
            format!("  {} {}", key.unwrap_or_default(), context.t(command.name))
        })
        .collect();
    let width = usize::from(area.width);
    let room = width.saturating_sub(wrap::width(&keys) + 4).max(8);
    // What is left of the cursor stays in sight, however long it is.
    let before: String = field.value().chars().take(field.cursor()).collect();
    let mut shown = before.as_str();
    while wrap::width(shown) >= room {
        let first = shown.chars().next().map_or(0, char::len_utf8);
        shown = shown.get(first..).unwrap_or_default();
    }
    let after: String = field.value().chars().skip(field.cursor()).collect();
    let cursor = wrap::width(shown);
    let text = wrap::fit(&format!("{shown}{after}"), room, "");
    let line = Line::from(vec![
        Span::styled(" /", theme.key),
        Span::styled(text, theme.field),
        Span::styled(keys, theme.bar),
    ]);
    frame.render_widget(Paragraph::new(line).style(theme.bar), area);
    let column = area.x + 2 + u16::try_from(cursor).unwrap_or(0);
    frame.set_cursor_position(Position::new(
        column.min(area.right().saturating_sub(1)),
        area.y,
    ));
}
