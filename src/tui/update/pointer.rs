//! The mouse: the wheel, and clicks on tabs, panes and choices.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use crate::evidence::UnixTime;

use super::super::message::Effect;
use super::super::model::{Model, Pane};
use super::super::{panes, view};
use super::scroll::{keep_in_sight, scroll};
use super::{focus, popup, wizard};

/// Lines the wheel moves by.
const WHEEL: usize = 3;

pub(super) fn on_mouse(model: &mut Model, event: MouseEvent, now: UnixTime) -> Vec<Effect> {
    if !model.mouse {
        return Vec::new();
    }
    let wheel = isize::try_from(WHEEL).unwrap_or(1);
    let by = match event.kind {
        MouseEventKind::ScrollUp => -wheel,
        MouseEventKind::ScrollDown => wheel,
        MouseEventKind::Down(MouseButton::Left) => return on_click(model, event, now),
        _ => return Vec::new(),
    };
    if model.popup.is_some() {
        popup::scroll(model, by);
        return Vec::new();
    }
    if let Some((pane, _)) = pane_at(model, event) {
        scroll(model, pane, by);
    }
    Vec::new()
}

fn pane_at(model: &Model, event: MouseEvent) -> Option<(Pane, Rect)> {
    let spot = Position::new(event.column, event.row);
    let areas = view::areas(model)?;
    let (pane, _) = areas
        .panes
        .iter()
        .find(|(_, area)| area.contains(spot))
        .copied()?;
    Some((pane, areas.inside(pane)?))
}

/// A click chooses; a click on what is chosen takes it.
fn on_click(model: &mut Model, event: MouseEvent, now: UnixTime) -> Vec<Effect> {
    if model.popup.is_some() {
        return Vec::new();
    }
    model.notice = None;
    let Some(areas) = view::areas(model) else {
        return Vec::new();
    };
    let spot = Position::new(event.column, event.row);
    if areas.tabs.is_some_and(|tabs| tabs.contains(spot)) {
        if let Some(pane) = view::tab_at(model, event.column) {
            focus(model, pane);
        }
        return Vec::new();
    }
    let Some((pane, inner)) = pane_at(model, event) else {
        return Vec::new();
    };
    let was = (model.focus, model.chosen[pane.index()]);
    model.focus = pane;
    if !inner.contains(spot) {
        return Vec::new();
    }
    let page = panes::page(model, pane, inner.width);
    let offset = page.clamp(model.scroll[pane.index()], usize::from(inner.height));
    let line = offset + usize::from(event.row - inner.y);
    if model.pointed.is_some() {
        // While lines are pointed at, a click points and does nothing else.
        model.pointed = Some(line.min(page.lines.len().saturating_sub(1)));
        return Vec::new();
    }
    let Some(choice) = page.choice_at(line) else {
        return Vec::new();
    };
    model.chosen[pane.index()] = choice;
    if was == (pane, choice) {
        return wizard::enter(model, now);
    }
    keep_in_sight(model);
    Vec::new()
}
