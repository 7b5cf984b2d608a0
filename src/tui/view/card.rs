//! The card for a screen that is too small: which size is needed, in both languages, as much of it as fits.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::guide::Lang;
use crate::msg::Msg;

use super::super::model::Model;
use super::super::wrap;
use super::SMALLEST;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    if area.width == 0 || area.height == 0 {
        return;
    }
    let msg = Msg::new("screen.too-small")
        .with("columns", SMALLEST.0)
        .with("rows", SMALLEST.1)
        .with("width", area.width)
        .with("height", area.height);
    let cells = usize::from(area.width.saturating_sub(2).max(2));
    let first = model.session.lang();
    let second = match first {
        Lang::En => Lang::Ja,
        Lang::Ja => Lang::En,
    };
    let mut lines = vec![Line::styled("vpnmedic", model.theme.title)];
    for lang in [first, second] {
        lines.push(Line::default());
        let text = model.knowledge.texts.render(lang, &msg);
        lines.extend(wrap::wrap(&text, cells).into_iter().map(Line::from));
    }
    let spare = usize::from(area.height).saturating_sub(lines.len());
    let top = u16::try_from(spare / 2).unwrap_or(0);
    let inner = Rect {
        x: area.x + u16::from(area.width > 2),
        y: area.y + top,
        width: area.width.saturating_sub(2).max(1),
        height: area.height - top,
    };
    frame.render_widget(Paragraph::new(lines).style(model.theme.text), inner);
}
