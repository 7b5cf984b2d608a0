//! The pointed line: lines of what lies on top are numbered, and the arrow keys move a mark along them, so that somebody
//! who only sees or hears of the screen can say "line 7". How it looks is in `view/numbers`.
//!
//! It points and nothing else: what the keys of the walk do stays what it was, but that Enter and the marks of steps are
//! about the line that is pointed at, never about another one that happens to be chosen.

use std::mem::{Discriminant, discriminant};

use crate::msg::Msg;
use crate::session::Stage;

use super::super::keymap::Action;
use super::super::model::{Model, Pane, Popup};
use super::super::page::Page;
use super::super::{panes, view};
use super::checks::node_of;
use super::scroll::{inside, scroll};
use super::{notice, popup};

/// What lies on top: while it is the same, the mark stays at its line.
#[derive(Debug, PartialEq)]
pub(super) struct Top {
    popup: Option<Discriminant<Popup>>,
    focus: Pane,
    stage: Stage,
    node: Option<String>,
}

/// What lies on top now.
pub(super) fn top(model: &Model) -> Option<Top> {
    model.pointed?;
    Some(Top {
        popup: model.popup.as_ref().map(discriminant),
        focus: model.focus,
        stage: model.session.stage().clone(),
        node: node_of(model),
    })
}

/// After a key: where something else lies on top, the mark is at its first line in sight.
pub(super) fn follow(model: &mut Model, before: &Option<Top>) {
    let now = top(model);
    if now.is_some() && now != *before {
        model.pointed = Some(shown(model).map_or(0, |shown| shown.scroll));
    }
}

/// Numbers on, the mark at the first line in sight; or off.
pub(super) fn toggle(model: &mut Model) {
    model.pointed = match model.pointed {
        Some(_) => None,
        None => Some(0),
    };
    let id = if model.pointed.is_some() {
        model.pointed = Some(shown(model).map_or(0, |shown| shown.scroll));
        "sharing.pointer.on"
    } else {
        "sharing.pointer.off"
    };
    notice(model, &Msg::new(id));
}

/// What a key does while lines are pointed at. True where that was all it is to do.
pub(super) fn act(model: &mut Model, action: Action) -> bool {
    let Some(line) = model.pointed else {
        return false;
    };
    let Some(shown) = shown(model) else {
        return false;
    };
    let screenful = shown.height.saturating_sub(1).max(1);
    let last = shown.page.lines.len().saturating_sub(1);
    let line = line.min(last);
    let next = match action {
        Action::Up => line.saturating_sub(1),
        Action::Down => line + 1,
        Action::PageUp => line.saturating_sub(screenful),
        Action::PageDown => line + screenful,
        Action::Home => 0,
        Action::End => last,
        Action::Enter | Action::Mark | Action::Note
            if model.popup.is_none() && model.focus != Pane::Log =>
        {
            return choose(model, &shown.page, line);
        }
        _ => return false,
    };
    point(model, &shown, next.min(last));
    true
}

/// Chooses what stands on the pointed line. False where it is chosen already: then the key does what it is for.
fn choose(model: &mut Model, page: &Page, line: usize) -> bool {
    let Some(choice) = page.choice_at(line) else {
        let msg = Msg::new("sharing.pointer.nothing").with("line", line + 1);
        notice(model, &msg);
        return true;
    };
    if model.chosen[model.focus.index()] == choice {
        return false;
    }
    model.chosen[model.focus.index()] = choice;
    // What is chosen may take more lines than before, and others fewer.
    if let Some(shown) = shown(model)
        && let Some((first, _)) = shown.page.lines_of(choice)
    {
        point(model, &shown, first);
    }
    true
}

fn point(model: &mut Model, shown: &Shown, line: usize) {
    model.pointed = Some(line);
    let wanted = shown
        .page
        .scroll_to(shown.scroll, shown.height, line, line + 1);
    let by = isize::try_from(wanted).unwrap_or(isize::MAX)
        - isize::try_from(shown.scroll).unwrap_or(isize::MAX);
    if model.popup.is_some() {
        popup::scroll(model, by);
    } else {
        scroll(model, model.focus, by);
    }
}

/// The page that is pointed at.
struct Shown {
    page: Page,
    height: usize,
    scroll: usize,
}

/// The page on top, unless something is typed or chosen in it: there the arrow keys are needed.
fn shown(model: &Model) -> Option<Shown> {
    if let Some(popup) = &model.popup {
        if !view::is_read_popup(popup) {
            return None;
        }
        let (width, height) = view::popup_room(model, popup);
        let page = view::popup_page(model, popup, width);
        let scroll = view::popup_scroll(popup, &page, height);
        return Some(Shown {
            page,
            height,
            scroll,
        });
    }
    let (width, height) = inside(model, model.focus);
    let page = panes::page(model, model.focus, width);
    let scroll = page.clamp(model.scroll[model.focus.index()], height);
    Some(Shown {
        page,
        height,
        scroll,
    })
}
