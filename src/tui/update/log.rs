//! What the commands of the probe log do: narrow it, search it, look at the times, follow what comes in.

use tui_input::Input;

use crate::msg::Msg;

use super::super::keymap::Action;
use super::super::model::{Model, Pane};
use super::super::panes::{self, log};
use super::super::view;
use super::{inside, notice};

/// Carries a command of the log out. False where it is none.
pub(super) fn act(model: &mut Model, action: Action) -> bool {
    match action {
        Action::LogSearch => {
            model.log.timings = false;
            model.log.field = Some(Input::new(model.log.search.clone()));
        }
        Action::LogNext => jump(model, true),
        Action::LogPrevious => jump(model, false),
        Action::LogProbe => {
            let probes = log::probes(model);
            let next = match model.log.probe {
                None => probes.first().copied(),
                Some(now) => probes.into_iter().skip_while(|id| *id != now).nth(1),
            };
            narrow(model, |view| view.probe = next);
        }
        Action::LogTone => narrow(model, |view| view.only_notable = !view.only_notable),
        Action::LogTimings => narrow(model, |view| view.timings = !view.timings),
        Action::LogAll => narrow(model, |view| {
            *view = log::View {
                timings: view.timings,
                ..log::View::default()
            };
        }),
        _ => return false,
    }
    model.focus = Pane::Log;
    true
}

/// Enter in the search field: takes what was typed, and shows the first hit from here on.
pub(super) fn enter(model: &mut Model) {
    let Some(field) = model.log.field.take() else {
        return;
    };
    model.log.search = field.value().to_owned();
    model.log.hit = None;
    if model.log.search.is_empty() {
        return;
    }
    let marks = page(model).marks;
    if marks.is_empty() {
        say_no_hit(model);
        return;
    }
    let top = offset(model);
    let first = marks.iter().position(|mark| *mark >= top).unwrap_or(0);
    show(model, first);
}

/// Back: leaves the search field, then the search. False where there is neither.
pub(super) fn back(model: &mut Model) -> bool {
    if model.focus != Pane::Log {
        return false;
    }
    if model.log.field.take().is_some() {
        return true;
    }
    let searched = !model.log.search.is_empty();
    model.log.search.clear();
    model.log.hit = None;
    searched
}

/// Whether the log follows what comes in.
pub(super) fn is_at_end(model: &Model) -> bool {
    let Some(inner) = view::areas(model).and_then(|areas| areas.inside(Pane::Log)) else {
        return true;
    };
    let page = panes::page(model, Pane::Log, inner.width);
    log::follows(model, &page, usize::from(inner.height))
}

/// Shows something else of the log: lines from their end, times from their beginning.
fn narrow(model: &mut Model, change: impl FnOnce(&mut log::View)) {
    change(&mut model.log);
    model.log.hit = None;
    model.scroll[Pane::Log.index()] = if model.log.timings { 0 } else { usize::MAX };
}

/// The next hit, or the one before; round and round.
fn jump(model: &mut Model, forward: bool) {
    let hits = page(model).marks.len();
    if hits == 0 {
        say_no_hit(model);
        return;
    }
    let at = match (model.log.hit, forward) {
        (Some(hit), true) => (hit + 1) % hits,
        (Some(hit), false) => (hit + hits - 1) % hits,
        (None, true) => 0,
        (None, false) => hits - 1,
    };
    show(model, at);
}

/// Shows this hit, with some lines above it.
fn show(model: &mut Model, hit: usize) {
    model.log.hit = Some(hit);
    let (_, height) = inside(model, Pane::Log);
    let page = page(model);
    let Some(line) = page.marks.get(hit) else {
        return;
    };
    let now = offset(model);
    if !(now..now + height).contains(line) {
        let wanted = line.saturating_sub(height / 3);
        model.scroll[Pane::Log.index()] = page.clamp(wanted, height);
    } else {
        // Standing on the end would follow what comes in, away from the hit.
        model.scroll[Pane::Log.index()] = now;
    }
}

fn offset(model: &Model) -> usize {
    let (_, height) = inside(model, Pane::Log);
    page(model).clamp(model.scroll[Pane::Log.index()], height)
}

fn page(model: &Model) -> super::super::page::Page {
    let (width, _) = inside(model, Pane::Log);
    panes::page(model, Pane::Log, width)
}

fn say_no_hit(model: &mut Model) {
    let msg = Msg::new("screen.log.no-hit").with("text", &model.log.search);
    notice(model, &msg);
}

#[cfg(test)]
mod tests;
