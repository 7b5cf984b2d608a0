//! What keys do in the library: finding, opening, following links, going back the way one came.

use super::super::model::{Model, Popup, Reading};
use super::super::view;
use crate::evidence::TargetError;
use crate::guide::library::Place;
use crate::session::Stage;

/// Opens the library at its table of contents.
pub(super) fn open(model: &mut Model) {
    // A message that was typed where the address belongs is looked up.
    let field = match (model.session.stage(), &model.address_error) {
        (Stage::Target, Some(TargetError::Sentence)) => model.address.clone(),
        _ => tui_input::Input::default(),
    };
    model.popup = Some(Popup::Library { field, chosen: 0 });
}

/// Opens what is chosen in the list, or follows the chosen link.
pub(super) fn enter(model: &mut Model, popup: Popup) {
    match popup {
        Popup::Library { field, chosen } => {
            let hit = view::library_offers(model, field.value())
                .into_iter()
                .nth(chosen);
            match hit {
                Some(hit) => read(model, hit.place, Vec::new(), field),
                None => model.popup = Some(Popup::Library { field, chosen }),
            }
        }
        Popup::Reading(mut reading) => {
            let to = reading.link.and_then(|link| {
                view::library_links(model, &reading.place)
                    .into_iter()
                    .nth(link)
            });
            match to {
                Some(to) => {
                    let field = std::mem::take(&mut reading.field);
                    let mut way = std::mem::take(&mut reading.way);
                    way.push((reading.place, reading.scroll, reading.link));
                    read(model, to, way, field);
                }
                None => model.popup = Some(Popup::Reading(reading)),
            }
        }
        other => model.popup = Some(other),
    }
}

/// Back to what was read before, then to the list, then out.
pub(super) fn back(model: &mut Model, mut reading: Box<Reading>) {
    model.popup = Some(match reading.way.pop() {
        Some((place, scroll, link)) => {
            reading.place = place;
            reading.scroll = scroll;
            reading.link = link;
            Popup::Reading(reading)
        }
        None => Popup::Library {
            field: reading.field,
            chosen: 0,
        },
    });
}

/// Chooses the next link of the page, or the one before, and brings it into sight.
pub(super) fn turn(model: &mut Model, by: isize) {
    let Some(Popup::Reading(reading)) = &model.popup else {
        return;
    };
    let count = view::library_links(model, &reading.place).len();
    if count == 0 {
        return;
    }
    let link = match (reading.link, by < 0) {
        (None, false) => 0,
        (None, true) => count - 1,
        (Some(link), false) => (link + 1) % count,
        (Some(link), true) => (link + count - 1) % count,
    };
    let popup = Popup::Reading(reading.clone());
    let (width, height) = view::popup_room(model, &popup);
    let page = view::popup_page(model, &popup, width);
    if let Some(Popup::Reading(reading)) = &mut model.popup {
        reading.link = Some(link);
        if let Some((first, end)) = page.lines_of(link) {
            reading.scroll = page.scroll_to(reading.scroll, height, first, end);
        }
    }
}

fn read(
    model: &mut Model,
    place: Place,
    way: Vec<(Place, usize, Option<usize>)>,
    field: tui_input::Input,
) {
    let mut reading = Box::new(Reading {
        place,
        scroll: 0,
        link: None,
        way,
        field,
    });
    let popup = Popup::Reading(reading.clone());
    let (width, height) = view::popup_room(model, &popup);
    let page = view::popup_page(model, &popup, width);
    reading.scroll = page.clamp(view::library_line(model, &reading, width), height);
    model.popup = Some(Popup::Reading(reading));
}
