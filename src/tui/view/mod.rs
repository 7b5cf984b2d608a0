//! Drawing: the model and a frame in, cells out. Nothing is decided or remembered here.
//!
//! ```text
//! header   product, gateway, product found, counts, system, language, time
//! wide     Wizard    | Certificate chain        below 110 x 28: tabs of the same four panes
//!          Checklist | Probe log                below 60 x 16: a card that says which size is needed
//! hints    what keys do now
//! ```

mod bars;
mod bundle;
mod card;
mod certificate;
mod changes;
mod codes;
mod device;
mod library;
mod numbers;
mod of_message;
mod phone;
mod pool;
mod popups;
mod practice;
mod report;
mod sessions;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph};

use crate::guide::System;
use crate::msg::Msg;

use super::model::{Model, Pane, Popup};
use super::page::Page;
use super::panes::{self, Context};
use super::wrap;

pub use bars::tab_at;
pub use library::{line_of as library_line, links as library_links, offered as library_offers};
pub use phone::count as phone_codes;
pub use popups::{
    cause_name, fill as fill_popup, is_read as is_read_popup, matching, page as popup_page,
    room as popup_room, scroll_of as popup_scroll,
};
pub use practice::choices as practice_choices;
pub use report::format_id;
pub use sessions::{clock_time, found as sessions_found};

/// The smallest screen that is drawn on.
pub const SMALLEST: (u16, u16) = (60, 16);
/// The smallest screen on which all panes are side by side.
const WIDE: (u16, u16) = (110, 28);

/// Where everything is, for one size of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Areas {
    /// The header line.
    pub header: Rect,
    /// The tabs, where panes are not side by side.
    pub tabs: Option<Rect>,
    /// The panes on the screen with their frames.
    pub panes: Vec<(Pane, Rect)>,
    /// The hint line.
    pub hints: Rect,
    /// The pane whose lines are numbered.
    pub numbered: Option<Pane>,
}

impl Areas {
    /// The inside of a pane, without its frame.
    pub fn inside(&self, pane: Pane) -> Option<Rect> {
        self.panes
            .iter()
            .find(|(shown, _)| *shown == pane)
            .map(|(_, area)| self.room(pane, *area))
    }

    /// The room of a pane's page inside this area: less where its lines are numbered.
    fn room(&self, pane: Pane, area: Rect) -> Rect {
        let inner = inside(area);
        if self.numbered == Some(pane) {
            numbers::beside(inner)
        } else {
            inner
        }
    }
}

/// A pane's frame takes one cell on each side, and one more of air left and right.
fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// Where everything is; nothing below the smallest size.
pub fn areas(model: &Model) -> Option<Areas> {
    let (width, height) = model.size;
    if width < SMALLEST.0 || height < SMALLEST.1 {
        return None;
    }
    let header = Rect::new(0, 0, width, 1);
    let hints = Rect::new(0, height - 1, width, 1);
    // Only what lies on top has numbers: a number is to mean one line.
    let points = model.pointed.is_some() && model.popup.is_none();
    let numbered = points.then_some(model.focus);
    if width >= WIDE.0 && height >= WIDE.1 && !model.presenter {
        let body = Rect::new(0, 1, width, height - 2);
        return Some(Areas {
            header,
            tabs: None,
            panes: side_by_side(model, body),
            hints,
            numbered,
        });
    }
    Some(Areas {
        header,
        tabs: Some(Rect::new(0, 1, width, 1)),
        panes: vec![(model.focus, Rect::new(0, 2, width, height - 3))],
        hints,
        numbered,
    })
}

fn side_by_side(model: &Model, body: Rect) -> Vec<(Pane, Rect)> {
    // A little more than half for the words that people read.
    let left = body.width / 2 + body.width / 24;
    let right = body.width - left;
    let steps = model
        .subject()
        .map_or(1, |cause| model.steps(cause).len().max(1));
    let steps = u16::try_from(steps).unwrap_or(u16::MAX);
    let checklist = steps.saturating_add(2).clamp(4, body.height / 4);
    let certificates = model.diagnosis().map_or(0, |d| d.chain.len());
    let chain = if model.session.file().is_some() {
        // Nothing is logged of a file but that nothing is contacted.
        body.height - 5
    } else {
        u16::try_from(certificates.saturating_mul(3))
            .unwrap_or(u16::MAX)
            // The chosen one is told in more lines than the others.
            .saturating_add(6)
            .clamp(8, body.height * 55 / 100)
    };
    let x = body.x + left;
    vec![
        (
            Pane::Wizard,
            Rect::new(body.x, body.y, left, body.height - checklist),
        ),
        (
            Pane::Checklist,
            Rect::new(body.x, body.y + body.height - checklist, left, checklist),
        ),
        (Pane::Chain, Rect::new(x, body.y, right, chain)),
        (
            Pane::Log,
            Rect::new(x, body.y + chain, right, body.height - chain),
        ),
    ]
}

/// Draws the model.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    // A frame may come in another size than the last report of it.
    let resized;
    let model = if (area.width, area.height) == model.size {
        model
    } else {
        resized = Model {
            size: (area.width, area.height),
            ..model.clone()
        };
        &resized
    };
    frame.buffer_mut().set_style(area, model.theme.text);
    let Some(areas) = areas(model) else {
        card::draw(model, frame, area);
        return;
    };
    if let Some(Popup::Text { text, scroll }) = &model.popup {
        popups::draw_text(model, frame, area, text, *scroll);
        return;
    }
    let context = Context::new(model);
    if let Some(Popup::Phone { cause, part }) = &model.popup {
        phone::draw(&context, frame, area, *cause, *part);
        return;
    }
    bars::header(&context, frame, areas.header);
    if let Some(tabs) = areas.tabs {
        bars::tabs(&context, frame, tabs);
    }
    for (pane, area) in &areas.panes {
        draw_pane(&context, frame, &areas, *pane, *area);
    }
    bars::hints(&context, frame, areas.hints);
    if model.popup.is_some() {
        popups::draw(&context, frame, area);
    }
}

fn draw_pane(context: &Context<'_>, frame: &mut Frame<'_>, areas: &Areas, pane: Pane, area: Rect) {
    let model = context.model;
    let theme = &model.theme;
    let focused = model.focus == pane;
    let mut title = vec![Span::raw(" ")];
    if focused {
        title.push(Span::styled(
            format!("{} ", model.glyphs.pointer),
            theme.accent,
        ));
    }
    let style = if focused { theme.title } else { theme.dim };
    title.push(Span::styled(context.t(pane.title_id()), style));
    if pane == Pane::Wizard && model.session.file().is_none() {
        let (at, of) = model
            .session
            .progress(&model.knowledge.wizard, model.conclusions.as_ref());
        let msg = Msg::new("screen.step-of").with("n", at).with("total", of);
        title.push(Span::styled(
            format!("  {}", context.words.msg(&msg)),
            theme.dim,
        ));
    }
    title.push(Span::raw(" "));
    let border = if focused {
        theme.border_focus
    } else {
        theme.border
    };
    let inner = areas.room(pane, area);
    let page = panes::page(model, pane, inner.width);
    let mut block = Block::new()
        .borders(Borders::ALL)
        .border_style(border)
        .title_top(Line::from(title));
    let height = usize::from(inner.height);
    if pane == Pane::Log
        && let Some(status) = panes::log::status(context, &page, height)
    {
        let room =
            usize::from(area.width).saturating_sub(wrap::width(&context.t(pane.title_id())) + 10);
        let status = wrap::cut(&status, room, model.glyphs.more);
        let status = Line::styled(format!(" {status} "), theme.accent);
        block = block.title_top(status.right_aligned());
    }
    let scroll = page.clamp(model.scroll[pane.index()], height);
    if let Some(position) = position_of(context, &page, scroll, height) {
        block = block.title_bottom(position.right_aligned());
    }
    let numbered = areas.numbered == Some(pane);
    if let Some(at) = numbers::at(context, &page).filter(|_| numbered) {
        block = block.title_bottom(at);
    }
    if model.glyphs.ascii {
        block = block.border_set(ASCII_FRAME);
    }
    frame.render_widget(block, area);
    draw_page(model, frame, &page, inner, scroll, focused);
    if numbered {
        numbers::draw(context, frame, &page, inner, scroll, true);
    }
}

/// Frames for terminals without line drawing.
const ASCII_FRAME: ratatui::symbols::border::Set<'static> = ratatui::symbols::border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Which lines are in sight, where not all of them are.
fn position_of(
    context: &Context<'_>,
    page: &Page,
    scroll: usize,
    height: usize,
) -> Option<Line<'static>> {
    let total = page.lines.len();
    if total <= height {
        return None;
    }
    let msg = Msg::new("screen.lines")
        .with("first", scroll + 1)
        .with("last", (scroll + height).min(total))
        .with("total", total);
    let words = format!(" {} ", context.words.msg(&msg));
    Some(Line::styled(words, context.model.theme.dim))
}

/// Draws the lines of a page that are in sight, and puts the terminal's cursor where it belongs.
fn draw_page(
    model: &Model,
    frame: &mut Frame<'_>,
    page: &Page,
    area: Rect,
    scroll: usize,
    with_cursor: bool,
) {
    let height = usize::from(area.height);
    let shown: Vec<Line<'_>> = page
        .lines
        .iter()
        .skip(scroll)
        .take(height)
        .cloned()
        .collect();
    frame.render_widget(Paragraph::new(shown).style(model.theme.text), area);
    if let Some((column, line)) = page.cursor
        && with_cursor
        && model.popup.is_none()
        && line >= scroll
        && line < scroll + height
        && column < area.width
    {
        let row = u16::try_from(line - scroll).unwrap_or(0);
        frame.set_cursor_position(Position::new(area.x + column, area.y + row));
    }
}

/// The id of a system's name.
pub fn system_id(system: System) -> &'static str {
    match system {
        System::Windows => "system.windows",
        System::Macos => "system.macos",
        System::Linux => "system.linux",
        System::Ios => "system.ios",
        System::Android => "system.android",
    }
}

/// One line of spans cut to a width; ratatui would cut too, but through the middle of a word and without a sign.
fn cut_line(spans: Vec<Span<'static>>, width: usize, more: &str) -> Line<'static> {
    let mut room = width;
    let mut kept = Vec::new();
    for span in spans {
        let wide = wrap::width(&span.content);
        if wide <= room {
            room -= wide;
            kept.push(span);
            continue;
        }
        kept.push(Span::styled(
            wrap::cut(&span.content, room, more),
            span.style,
        ));
        break;
    }
    Line::from(kept)
}
