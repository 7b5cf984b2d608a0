//! The library as a person uses it: found, opened, links followed, back the way one came.

use crossterm::event::KeyCode;

use super::super::fixtures::{model, press, sized, type_in};
use super::super::model::{Model, Popup};
use super::super::view;
use crate::cause::CauseId;
use crate::guide::Lang;
use crate::guide::library::Place;

fn place(model: &Model) -> Option<Place> {
    match &model.popup {
        Some(Popup::Reading(reading)) => Some(reading.place.clone()),
        _ => None,
    }
}

#[test]
fn a_link_is_followed_and_esc_goes_back_the_way_one_came() {
    let mut model = model(Lang::En);
    press(&mut model, KeyCode::F(3));
    type_in(&mut model, "questions");
    press(&mut model, KeyCode::Enter);
    let Some(Place::Page { id, .. }) = place(&model) else {
        panic!("a page is open");
    };
    press(&mut model, KeyCode::Tab);
    let to = view::library_links(&model, &place(&model).unwrap())[0].clone();
    press(&mut model, KeyCode::Enter);
    assert_eq!(place(&model), Some(to));
    press(&mut model, KeyCode::Esc);
    assert!(matches!(place(&model), Some(Place::Page { id: back, .. }) if back == id));
    press(&mut model, KeyCode::Esc);
    let Some(Popup::Library { field, .. }) = &model.popup else {
        panic!("the list is open again");
    };
    assert_eq!(field.value(), "questions", "what was typed is kept");
    press(&mut model, KeyCode::Esc);
    assert!(model.popup.is_none());
}

#[test]
fn a_heading_that_was_found_is_the_first_line_shown() {
    let mut model = sized(Lang::Ja, (80, 24));
    press(&mut model, KeyCode::F(3));
    type_in(&mut model, "MTU");
    let heading = Some("mtu".to_owned());
    let hits = view::library_offers(&model, "MTU");
    let glossary = Place::Page {
        id: "glossary",
        heading: heading.clone(),
    };
    let at = hits.iter().position(|hit| hit.place == glossary).unwrap();
    for _ in 0..at {
        press(&mut model, KeyCode::Down);
    }
    press(&mut model, KeyCode::Enter);
    let Some(Popup::Reading(reading)) = model.popup.clone() else {
        panic!("a page is open");
    };
    let popup = Popup::Reading(reading.clone());
    let (width, _) = view::popup_room(&model, &popup);
    let page = view::popup_page(&model, &popup, width);
    assert!(reading.scroll > 0);
    assert_eq!(page.lines[reading.scroll].to_string(), "MTU");
}

#[test]
fn a_cause_is_read_without_any_gateway_being_named() {
    let mut model = model(Lang::En);
    press(&mut model, KeyCode::F(3));
    type_in(&mut model, "c10");
    press(&mut model, KeyCode::Enter);
    assert_eq!(place(&model), Some(Place::Cause(CauseId::CAPTIVE_PORTAL)));
    assert!(model.session.target().is_none(), "nothing was started");
}

#[test]
fn nothing_found_is_said_and_enter_then_does_nothing() {
    let mut model = model(Lang::En);
    press(&mut model, KeyCode::F(3));
    type_in(&mut model, "zzzzqqqq");
    press(&mut model, KeyCode::Enter);
    assert!(matches!(&model.popup, Some(Popup::Library { .. })));
    press(&mut model, KeyCode::Tab);
    assert!(matches!(&model.popup, Some(Popup::Library { .. })));
}

#[test]
fn a_pasted_message_is_found_read_and_leads_to_its_causes() {
    for lang in [Lang::En, Lang::Ja] {
        let mut model = model(lang);
        press(&mut model, KeyCode::F(3));
        type_in(&mut model, "-2146762487");
        press(&mut model, KeyCode::Enter);
        let Some(Place::Message(id)) = place(&model) else {
            panic!("a message is open");
        };
        let catalogue = model.knowledge.messages();
        let message = catalogue.get(&id).unwrap();
        assert_eq!(message.code().as_deref(), Some("0x800B0109"));
        let popup = model.popup.clone().unwrap();
        let page = view::popup_page(&model, &popup, 80);
        let shown: Vec<String> = page.lines.iter().map(ToString::to_string).collect();
        assert!(
            shown.iter().any(|line| line.contains("0x800B0109")),
            "{shown:#?}"
        );
        // Its likeliest cause is one key away, and Esc comes back.
        press(&mut model, KeyCode::Tab);
        press(&mut model, KeyCode::Enter);
        assert_eq!(place(&model), Some(Place::Cause(message.causes[0])));
        press(&mut model, KeyCode::Esc);
        assert_eq!(place(&model), Some(Place::Message(id)));
    }
}
