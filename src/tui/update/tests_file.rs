//! A saved chain on the screen: what its keys do, and what they leave alone.

use crossterm::event::KeyCode;

use super::super::fixtures::{self, press, type_in};
use super::super::keymap;
use super::super::message::Effect;
use super::super::model::{Model, Pane, Popup};
use crate::guide::Lang;
use crate::session::Stage;

fn opened(trusted: bool) -> Model {
    let mut model = fixtures::sized(Lang::En, (120, 36));
    fixtures::with_file(&mut model, trusted);
    model
}

#[test]
fn a_file_opens_on_its_certificates_and_contacts_nobody() {
    let mut model = opened(false);
    assert_eq!(model.focus, Pane::Chain);
    assert_eq!(model.session.stage(), &Stage::File);
    assert!(!model.is_running());
    for letter in ["r", "x", "n", "f"] {
        type_in(&mut model, letter);
        assert_eq!(model.session.stage(), &Stage::File, "{letter}");
        assert!(model.held.is_none(), "{letter}");
    }
    assert_eq!(press(&mut model, KeyCode::F(5)), []);
    assert_eq!(model.session.runs(), 0);
}

#[test]
fn keys_that_mean_nothing_for_a_file_are_not_offered() {
    let mut model = opened(false);
    for focus in Pane::ALL {
        model.focus = focus;
        for hint in keymap::hints(&model) {
            assert!(!hint.action.needs_gateway(), "{}", hint.name);
        }
    }
    model.focus = Pane::Chain;
    let offered = super::super::view::matching(&model, "");
    assert!(
        offered
            .iter()
            .all(|command| !command.action.needs_gateway())
    );
    assert!(offered.iter().any(|command| command.name == "cmd.copy-pem"));
}

#[test]
fn a_certificate_is_copied_as_pem_and_as_text_in_both_languages() {
    let mut model = opened(false);
    let [_, _, root] = fixtures::certificates();
    // The root stands on top.
    let effects = press(&mut model, KeyCode::Char('c'));
    assert_eq!(effects, [Effect::Copy(crate::chain::pem(&root))]);
    assert!(matches!(model.popup, Some(Popup::Copied { .. })));
    // Where the terminal does not take it, it is shown alone.
    press(&mut model, KeyCode::Enter);
    assert!(
        matches!(&model.popup, Some(Popup::Text { text, .. }) if text.contains("BEGIN CERTIFICATE"))
    );
    press(&mut model, KeyCode::Esc);

    press(&mut model, KeyCode::Enter);
    assert!(matches!(model.popup, Some(Popup::Certificate { .. })));
    let effects = press(&mut model, KeyCode::Char('y'));
    let [Effect::Copy(text)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    for part in [
        "Example Root CA",
        "at place 3 in served.pem",
        "served.pem の3枚目",
        "SHA-1",
        "unknown-ca",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn the_text_for_the_administrator_names_the_file_and_claims_no_contact() {
    let mut model = opened(false);
    let effects = press(&mut model, KeyCode::Char('y'));
    let [Effect::Copy(text)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert!(
        text.contains("The certificates in served.pem were judged"),
        "{text}"
    );
    assert!(text.contains("No gateway was contacted"), "{text}");
    assert!(!text.contains("was checked with vpnmedic"), "{text}");
}

#[test]
fn a_healthy_file_hands_on_the_certificate_that_is_chosen() {
    let mut model = opened(true);
    press(&mut model, KeyCode::End);
    let effects = press(&mut model, KeyCode::Char('y'));
    let [Effect::Copy(text)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert!(
        text.contains("Certificate \"vpn.example.com\", at place 1"),
        "{text}"
    );
}

#[test]
fn esc_leads_to_the_verdict_and_q_leaves_at_once() {
    let mut model = opened(false);
    press(&mut model, KeyCode::Esc);
    assert_eq!(model.focus, Pane::Wizard);
    press(&mut model, KeyCode::Esc);
    assert_eq!(model.session.stage(), &Stage::File);
    press(&mut model, KeyCode::Enter);
    assert!(matches!(model.session.stage(), Stage::Steps(_)));
    press(&mut model, KeyCode::Esc);
    assert_eq!(model.session.stage(), &Stage::File);
    assert_eq!(press(&mut model, KeyCode::Char('q')), [Effect::Quit]);
}

#[test]
fn where_the_end_entity_itself_is_trusted_nobody_is_missing() {
    let [leaf, ..] = fixtures::certificates();
    let shown = |anchor| {
        let mut model = fixtures::sized(Lang::En, (120, 36));
        fixtures::with_file_trusting(&mut model, anchor);
        super::super::panes::page(&model, Pane::Chain, 60)
            .lines
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<String>>()
            .join("\n")
    };
    assert!(
        !shown(Some(&leaf)).contains("missing"),
        "{}",
        shown(Some(&leaf))
    );
    assert!(shown(None).contains("with this root trusted: accepted"));
}

#[test]
fn a_root_that_is_sent_along_and_trusted_has_one_place_in_the_tree() {
    let mut model = opened(true);
    let page = super::super::panes::page(&model, Pane::Chain, 60);
    let roots = page
        .lines
        .iter()
        .filter(|line| line.to_string().contains("Example Root CA"))
        .count();
    assert_eq!(roots, 1);
    assert_eq!(page.spans.len(), 3);
    // The last choice is the end-entity certificate, which is first in the file.
    press(&mut model, KeyCode::End);
    assert_eq!(model.certificate_at_hand(), Some(0));
}
