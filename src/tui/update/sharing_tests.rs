//! The screen shared with others: what is held, what is hidden.

use crossterm::event::KeyCode;

use super::super::fixtures::{self, model, press, report, sized, with_run, with_target};
use super::super::panes;
use super::*;

#[test]
fn a_frozen_screen_holds_results_while_the_session_goes_on() {
    let mut model = model(Lang::En);
    with_target(&mut model);
    report(&mut model, fixtures::first_half());
    press(&mut model, KeyCode::Char('f'));
    let lines = model.evidence().unwrap().log.len();
    report(&mut model, fixtures::second_half());
    assert_eq!(model.evidence().unwrap().log.len(), lines);
    assert!(model.session.evidence().unwrap().log.len() > lines);
    press(&mut model, KeyCode::Char('f'));
    assert!(model.evidence().unwrap().log.len() > lines);
}

#[test]
fn hidden_names_are_on_no_line_of_any_pane() {
    let mut model = sized(Lang::En, (120, 36));
    with_run(&mut model);
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Char('p'));
    for pane in Pane::ALL {
        let page = panes::page(&model, pane, 100);
        for line in page.lines {
            let line = line.to_string();
            for name in [
                "vpn.example.com",
                "192.0.2.5",
                "Example Issuing CA 2",
                "pki.example.com",
            ] {
                assert!(!line.contains(name), "{pane:?}: {line}");
            }
        }
    }
}
