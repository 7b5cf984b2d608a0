//! Numbers before the lines of what lies on top, and the mark at the one that is pointed at. What moves the mark is in
//! `update/line`.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::msg::Msg;

use super::super::page::Page;
use super::super::panes::Context;
use super::super::wrap;

/// Cells that the numbers take: the mark, four digits, a blank.
const CELLS: u16 = 6;
/// The digits that there is room for; of a longer number the last ones are shown.
const DIGITS: usize = 4;

/// What numbers leave of this room for the lines themselves.
pub(super) fn beside(area: Rect) -> Rect {
    let cells = CELLS.min(area.width);
    Rect {
        x: area.x.saturating_add(cells),
        width: area.width - cells,
        ..area
    }
}

/// Draws the numbers to the left of the lines in sight, and the mark where one is `marked`.
pub(super) fn draw(
    context: &Context<'_>,
    frame: &mut Frame<'_>,
    page: &Page,
    area: Rect,
    scroll: usize,
    marked: bool,
) {
    let (model, theme) = (context.model, &context.model.theme);
    let Some(left) = area.x.checked_sub(CELLS) else {
        return;
    };
    let pointed = pointed(context, page).filter(|_| marked);
    for (row, line) in (area.top()..area.bottom()).zip(scroll..page.lines.len()) {
        let number = (line + 1).to_string();
        let number = number
            .get(number.len().saturating_sub(DIGITS)..)
            .unwrap_or_default();
        let here = pointed == Some(line);
        let (sign, style) = if here {
            (model.glyphs.pointer, theme.key)
        } else {
            (" ", theme.dim)
        };
        let cells = Rect::new(left, row, CELLS - 1, 1);
        let words = format!("{sign}{number:>DIGITS$}");
        frame.render_widget(Line::from(Span::styled(words, style)), cells);
        if here {
            let whole = Rect::new(area.x, row, area.width, 1);
            frame.buffer_mut().set_style(whole, theme.selected);
        }
    }
}

/// Which line is pointed at, in words, for the frame.
pub(super) fn at(context: &Context<'_>, page: &Page) -> Option<Line<'static>> {
    let line = pointed(context, page)?;
    let msg = Msg::new("sharing.pointer.at")
        .with("line", line + 1)
        .with("total", page.lines.len());
    let words = format!(" {} ", context.words.msg(&msg));
    let words = wrap::cut(&words, page.width(), context.model.glyphs.more);
    Some(Line::styled(words, context.model.theme.accent))
}

/// The line that is pointed at, inside what there is.
fn pointed(context: &Context<'_>, page: &Page) -> Option<usize> {
    let last = page.lines.len().checked_sub(1)?;
    context.model.pointed.map(|line| line.min(last))
}
