//! What commands do while a popup is open.

use crate::evidence::UnixTime;

use super::super::codes as step_codes;
use super::super::keymap::Action;
use super::super::message::Effect;
use super::super::model::{Model, Popup};
use super::super::view;
use super::{act as act_below, bundle, codes, kept, library, practice, report, wizard};

pub(super) fn act(model: &mut Model, action: Action, now: UnixTime) -> Vec<Effect> {
    match action {
        Action::Up if matches!(model.popup, Some(Popup::Bundle(_))) => {
            return bundle::turn(model, -1);
        }
        Action::Down if matches!(model.popup, Some(Popup::Bundle(_))) => {
            return bundle::turn(model, 1);
        }
        Action::Up => step(model, -1),
        Action::Down => step(model, 1),
        Action::PageUp => scroll(model, -screenful(model)),
        Action::PageDown => scroll(model, screenful(model)),
        Action::Home => scroll(model, isize::MIN),
        Action::End => scroll(model, isize::MAX),
        Action::Back => close(model),
        Action::NextPane => library::turn(model, 1),
        Action::PreviousPane => library::turn(model, -1),
        Action::Enter => return enter(model, now),
        Action::SessionCompare => return kept::compare_chosen(model),
        Action::SessionDelete => return kept::delete_chosen(model),
        Action::Copy => return wizard::copy(model),
        Action::CopyPem => return wizard::copy_pem(model),
        // Asked twice, it is meant.
        Action::Quit if matches!(model.popup, Some(Popup::Leave { .. })) => {
            return vec![Effect::Quit];
        }
        Action::Quit => {
            let under = model.popup.take().map(Box::new);
            model.popup = Some(Popup::Leave { chosen: 0, under });
        }
        _ => {}
    }
    Vec::new()
}

fn close(model: &mut Model) {
    match model.popup.take() {
        Some(Popup::Reading(reading)) => library::back(model, reading),
        // Who stays finds what they were at, with what they had typed.
        Some(Popup::Leave { under, .. }) => model.popup = under.map(|under| *under),
        _ => {}
    }
}

fn enter(model: &mut Model, now: UnixTime) -> Vec<Effect> {
    match model.popup.take() {
        Some(Popup::Leave { chosen: 1, .. }) => vec![Effect::Quit],
        Some(Popup::Leave { chosen: 2, .. }) => {
            kept::open_changes(model);
            Vec::new()
        }
        Some(Popup::Leave { under, .. }) => {
            model.popup = under.map(|under| *under);
            Vec::new()
        }
        Some(
            popup @ (Popup::Note { .. }
            | Popup::Changes { .. }
            | Popup::Saving { .. }
            | Popup::Sessions(_)),
        ) => kept::enter(model, popup),
        Some(Popup::Resume { summary, chosen: 0 }) => vec![Effect::Reopen(summary.path)],
        Some(Popup::Copied { text }) => {
            model.popup = Some(Popup::Text { text, scroll: 0 });
            Vec::new()
        }
        Some(Popup::Palette { field, chosen }) if step_codes::read(field.value()).is_some() => {
            codes::enter(model, field, chosen)
        }
        Some(Popup::Palette { field, chosen }) => {
            let command = view::matching(model, field.value()).into_iter().nth(chosen);
            match command {
                Some(command) => act_below(model, command.action, now),
                None => Vec::new(),
            }
        }
        Some(Popup::Practice(end)) => practice::enter(model, end, now),
        Some(popup @ (Popup::Library { .. } | Popup::Reading(_))) => {
            library::enter(model, popup);
            Vec::new()
        }
        Some(Popup::Report(form)) => report::enter(model, form),
        Some(Popup::Bundle(form)) => bundle::enter(model, form),
        Some(Popup::Pool(mut form)) => {
            form.at = (form.at + 1) % form.fields.len();
            model.popup = Some(Popup::Pool(form));
            keep_field_in_sight(model);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Scrolls the pool form so that the field that is typed in is on the screen.
fn keep_field_in_sight(model: &mut Model) {
    let Some(popup @ Popup::Pool(_)) = &model.popup else {
        return;
    };
    let (width, height) = view::popup_room(model, popup);
    let page = view::popup_page(model, popup, width);
    if let Some(Popup::Pool(form)) = &mut model.popup
        && let Some((first, end)) = page.lines_of(form.at)
    {
        form.scroll = page.scroll_to(form.scroll, height, first, end);
    }
}

/// One choice up or down where there are choices, else one line.
fn step(model: &mut Model, by: isize) {
    let matches = match &model.popup {
        Some(Popup::Palette { field, .. }) => match step_codes::read(field.value()) {
            Some(code) => step_codes::matching(model, &code).len(),
            None => view::matching(model, field.value()).len(),
        },
        Some(Popup::Library { field, .. }) => view::library_offers(model, field.value()).len(),
        Some(Popup::Sessions(list)) => view::sessions_found(model, list).len(),
        Some(Popup::Changes { .. }) => model.changes().len(),
        Some(Popup::Leave { .. }) if model.has_changes() => 3,
        Some(Popup::Phone { cause, .. }) => view::phone_codes(model, *cause),
        Some(Popup::Leave { .. } | Popup::Saving { .. } | Popup::Resume { .. }) => 2,
        _ => 0,
    };
    match &mut model.popup {
        Some(Popup::Practice(_)) => practice::step(model, by),
        Some(Popup::Report(_)) => report::turn(model, by),
        Some(Popup::Pool(form)) => {
            form.at = form.at.saturating_add_signed(by).min(form.fields.len() - 1);
            keep_field_in_sight(model);
        }
        Some(Popup::Sessions(list)) => {
            let last = matches.saturating_sub(1);
            list.chosen = list.chosen.saturating_add_signed(by).min(last);
            list.doomed = None;
        }
        Some(
            Popup::Palette { chosen, .. }
            | Popup::Library { chosen, .. }
            | Popup::Changes { chosen }
            | Popup::Phone { part: chosen, .. }
            | Popup::Saving { chosen, .. }
            | Popup::Resume { chosen, .. }
            | Popup::Leave { chosen, .. },
        ) => {
            *chosen = chosen
                .saturating_add_signed(by)
                .min(matches.saturating_sub(1));
        }
        _ => scroll(model, by),
    }
}

fn screenful(model: &Model) -> isize {
    let height = model
        .popup
        .as_ref()
        .map_or(1, |popup| view::popup_room(model, popup).1);
    isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(1)
}

pub(super) fn scroll(model: &mut Model, by: isize) {
    let Some(popup) = &model.popup else {
        return;
    };
    let (width, height) = view::popup_room(model, popup);
    let page = view::popup_page(model, popup, width);
    if let Some(Popup::Pool(form)) = &mut model.popup {
        let at = page.clamp(form.scroll, height);
        form.scroll = page.clamp(at.saturating_add_signed(by), height);
        return;
    }
    if let Some(Popup::Bundle(form)) = &mut model.popup {
        let at = page.clamp(form.scroll, height);
        form.scroll = page.clamp(at.saturating_add_signed(by), height);
        return;
    }
    if let Some(Popup::Compared(compared)) = &mut model.popup {
        let at = page.clamp(compared.scroll, height);
        compared.scroll = page.clamp(at.saturating_add_signed(by), height);
        return;
    }
    if let Some(Popup::Reading(reading)) = &mut model.popup {
        let at = page.clamp(reading.scroll, height);
        reading.scroll = page.clamp(at.saturating_add_signed(by), height);
        return;
    }
    if let Some(
        Popup::Help { scroll }
        | Popup::Certificate { scroll, .. }
        | Popup::Results { scroll }
        | Popup::Device { scroll }
        | Popup::Text { scroll, .. },
    ) = &mut model.popup
    {
        let at = page.clamp(*scroll, height);
        *scroll = page.clamp(at.saturating_add_signed(by), height);
    }
}
