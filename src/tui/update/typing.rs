//! Letters and pasted text, into whichever field is being typed in.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};

use super::super::model::{Model, Pane, Popup};
use crate::session::Stage;

/// The longest value of a field, in characters: enough for any address that could be right, and for a log excerpt.
const MAX_ADDRESS: usize = 500;
const MAX_MESSAGE: usize = 4000;
const MAX_FILTER: usize = 60;

/// The field that is typed in now, and how much it takes.
fn field(model: &mut Model) -> Option<(&mut Input, usize)> {
    if !model.is_typing() {
        return None;
    }
    match &mut model.popup {
        Some(Popup::Palette { field, chosen } | Popup::Library { field, chosen }) => {
            *chosen = 0;
            return Some((field, MAX_FILTER));
        }
        Some(Popup::Sessions(list)) => {
            (list.chosen, list.doomed) = (0, None);
            return Some((&mut list.field, MAX_FILTER));
        }
        Some(Popup::Note { field, .. }) => return Some((field, crate::session::MAX_NOTE)),
        Some(Popup::Pool(form)) => {
            let at = form.at.min(form.fields.len() - 1);
            return Some((&mut form.fields[at], MAX_ADDRESS));
        }
        Some(Popup::Report(form)) => {
            // Another name may be free.
            form.trouble = None;
            return Some((&mut form.path, MAX_ADDRESS));
        }
        Some(Popup::Bundle(form)) => {
            form.trouble = None;
            return Some((&mut form.path, MAX_ADDRESS));
        }
        Some(_) => return None,
        None => {}
    }
    if model.focus == Pane::Log {
        let field = model.log.field.as_mut()?;
        return Some((field, MAX_FILTER));
    }
    if model.session.stage() == &Stage::Target {
        model.address_error = None;
        return Some((&mut model.address, MAX_ADDRESS));
    }
    Some((&mut model.message, MAX_MESSAGE))
}

/// A key that is no command, into the field.
pub(super) fn key(model: &mut Model, key: KeyEvent) {
    let Some((field, most)) = field(model) else {
        return;
    };
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let request = match (key.code, ctrl) {
        (KeyCode::Char(c), false) => {
            if field.value().chars().count() >= most {
                return;
            }
            InputRequest::InsertChar(c)
        }
        (KeyCode::Backspace, false) => InputRequest::DeletePrevChar,
        (KeyCode::Delete, false) => InputRequest::DeleteNextChar,
        (KeyCode::Left, false) => InputRequest::GoToPrevChar,
        (KeyCode::Right, false) => InputRequest::GoToNextChar,
        (KeyCode::Left, true) => InputRequest::GoToPrevWord,
        (KeyCode::Right, true) => InputRequest::GoToNextWord,
        (KeyCode::Home, _) | (KeyCode::Char('a'), true) => InputRequest::GoToStart,
        (KeyCode::End, _) | (KeyCode::Char('e'), true) => InputRequest::GoToEnd,
        (KeyCode::Char('w'), true) | (KeyCode::Backspace, true) => InputRequest::DeletePrevWord,
        (KeyCode::Char('u'), true) => InputRequest::DeleteLine,
        (KeyCode::Char('k'), true) => InputRequest::DeleteTillEnd,
        _ => return,
    };
    field.handle(request);
}

/// Pasted text, line breaks made blanks, as much as the field takes.
pub(super) fn paste(model: &mut Model, text: &str) {
    let Some((field, most)) = field(model) else {
        return;
    };
    let room = most.saturating_sub(field.value().chars().count());
    let before: String = field.value().chars().take(field.cursor()).collect();
    let after: String = field.value().chars().skip(field.cursor()).collect();
    let pasted: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control())
        .take(room)
        .collect();
    let pasted = if before.is_empty() {
        pasted.trim_start().to_owned()
    } else {
        pasted
    };
    let cursor = before.chars().count() + pasted.chars().count();
    *field = Input::new(format!("{before}{pasted}{after}")).with_cursor(cursor);
}
