//! Moving about in a pane: choices, lines, screenfuls, and keeping what is chosen in sight.

use super::super::model::{Model, Pane};
use super::super::{panes, view};

/// How many lines can be chosen in a pane.
fn choices(model: &Model, pane: Pane) -> usize {
    match pane {
        Pane::Wizard => model.choices(),
        Pane::Checklist => model.subject().map_or(0, |cause| model.steps(cause).len()),
        Pane::Chain => model
            .diagnosis()
            .map_or(0, |d| panes::chain::order(d).len()),
        Pane::Log => 0,
    }
}

/// One choice up or down; in panes without choices, one line.
pub(super) fn step(model: &mut Model, by: isize) {
    let pane = model.focus;
    let count = choices(model, pane);
    if count == 0 {
        scroll(model, pane, by);
        return;
    }
    let at = model.chosen[pane.index()].min(count - 1);
    let next = at.saturating_add_signed(by).min(count - 1);
    if next == at {
        // At the first and last choice the keys go on to what lies beyond it, and come back the same way.
        scroll(model, pane, by);
        return;
    }
    if !is_in_sight(model) {
        // First show what is chosen, then move on from it.
        keep_in_sight(model);
        return;
    }
    model.chosen[pane.index()] = next;
    keep_in_sight(model);
}

pub(super) fn page(model: &mut Model, by: isize) {
    let pane = model.focus;
    let height = inside(model, pane).1.saturating_sub(1).max(1);
    scroll(
        model,
        pane,
        by.saturating_mul(isize::try_from(height).unwrap_or(1)),
    );
}

pub(super) fn edge(model: &mut Model, end: bool) {
    let pane = model.focus;
    let count = choices(model, pane);
    if count > 0 {
        model.chosen[pane.index()] = if end { count - 1 } else { 0 };
    }
    scroll(model, pane, if end { isize::MAX } else { isize::MIN });
}

/// The cells of a pane: columns and rows inside its frame.
pub(super) fn inside(model: &Model, pane: Pane) -> (u16, usize) {
    view::areas(model)
        .and_then(|areas| areas.inside(pane))
        .map_or((76, 19), |inner| (inner.width, usize::from(inner.height)))
}

pub(super) fn scroll(model: &mut Model, pane: Pane, by: isize) {
    let (width, height) = inside(model, pane);
    let page = panes::page(model, pane, width);
    let at = page.clamp(model.scroll[pane.index()], height);
    model.scroll[pane.index()] = page.clamp(at.saturating_add_signed(by), height);
}

/// Keeps the choices inside what can be chosen.
pub(super) fn settle(model: &mut Model) {
    for pane in Pane::ALL {
        let count = choices(model, pane);
        let at = &mut model.chosen[pane.index()];
        *at = (*at).min(count.saturating_sub(1));
    }
}

/// Whether all of the chosen line is on the screen.
pub(super) fn is_in_sight(model: &Model) -> bool {
    let pane = model.focus;
    let (width, height) = inside(model, pane);
    let page = panes::page(model, pane, width);
    let offset = page.clamp(model.scroll[pane.index()], height);
    page.lines_of(model.chosen[pane.index()])
        .is_none_or(|(first, _)| (offset..offset + height).contains(&first))
}

/// Keeps the choices inside what can be chosen, and the chosen line on the screen.
pub(super) fn keep_in_sight(model: &mut Model) {
    settle(model);
    let pane = model.focus;
    let (width, height) = inside(model, pane);
    let page = panes::page(model, pane, width);
    let offset = page.clamp(model.scroll[pane.index()], height);
    let chosen = model.chosen[pane.index()];
    model.scroll[pane.index()] = match page.lines_of(chosen) {
        // The first choice comes with all that stands above it.
        Some((_, end)) if chosen == 0 && end <= height => 0,
        Some((first, end)) => page.scroll_to(offset, height, first, end),
        None => offset,
    };
}
