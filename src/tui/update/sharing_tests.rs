//! The screen shared with others: what is held, what is hidden.

use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::fixtures::{self, model, press, report, sized, with_run, with_target};
use super::super::{panes, view};
use super::checks::node_of;
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

#[test]
fn lines_are_numbered_and_the_arrow_keys_move_a_mark_along_them() {
    for (lang, size) in [(Lang::En, (120, 36)), (Lang::Ja, (80, 24))] {
        let mut model = sized(lang, size);
        with_run(&mut model);
        press(&mut model, KeyCode::Char('#'));
        let first = shown(&model);
        assert!(first.contains("›   1 "), "{first}");
        let chosen = model.chosen;
        press(&mut model, KeyCode::Down);
        press(&mut model, KeyCode::Down);
        assert_eq!(model.pointed, Some(2));
        assert_eq!(model.chosen, chosen, "pointing chooses nothing");
        let third = shown(&model);
        assert!(
            third.contains("›   3 ") && third.contains("    1 "),
            "{third}"
        );
        assert_eq!(numbered(&third), numbered(&first), "no number moved");
        press(&mut model, KeyCode::Char('#'));
        assert!(!shown(&model).contains("›   3 "));
        press(&mut model, KeyCode::Down);
        assert_eq!(model.chosen[0], 1, "the keys are what they were");
    }
}

#[test]
fn the_mark_stays_in_sight_and_inside_the_page() {
    let mut model = sized(Lang::En, (80, 24));
    with_run(&mut model);
    press(&mut model, KeyCode::Char('4'));
    press(&mut model, KeyCode::Home);
    press(&mut model, KeyCode::F(4));
    let lines = {
        let (width, _) = inside(&model, Pane::Log);
        panes::page(&model, Pane::Log, width).lines.len()
    };
    for _ in 0..lines + 3 {
        press(&mut model, KeyCode::Down);
        let number = model.pointed.unwrap() + 1;
        let mark = format!("›{number:>4} ");
        assert!(shown(&model).contains(&mark), "{mark}");
    }
    assert_eq!(model.pointed, Some(lines - 1));
    press(&mut model, KeyCode::Home);
    assert_eq!(model.pointed, Some(0));
    assert!(shown(&model).contains("›   1 "));
    press(&mut model, KeyCode::Char('1'));
    assert_eq!(model.pointed, Some(0), "another pane, another beginning");
}

#[test]
fn enter_takes_what_is_pointed_at_never_another_line() {
    let mut model = sized(Lang::En, (120, 36));
    with_run(&mut model);
    press(&mut model, KeyCode::Char('#'));
    let (width, _) = inside(&model, Pane::Wizard);
    let page = panes::page(&model, Pane::Wizard, width);
    let nothing = (0..page.lines.len())
        .find(|line| page.choice_at(*line).is_none())
        .unwrap();
    model.pointed = Some(nothing);
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.session.stage(), &Stage::Symptom);
    assert!(
        model
            .notice
            .as_ref()
            .is_some_and(|said| said.contains("nothing to choose"))
    );
    let (second, _) = page.lines_of(1).unwrap();
    model.pointed = Some(second);
    press(&mut model, KeyCode::Enter);
    assert_eq!(
        (model.session.stage(), model.chosen[0]),
        (&Stage::Symptom, 1)
    );
    press(&mut model, KeyCode::Enter);
    assert_eq!(
        model.session.stage(),
        &Stage::Walk,
        "asked twice it is taken"
    );
    assert_eq!(node_of(&model).as_deref(), Some("others"));
}

#[test]
fn a_frozen_log_keeps_its_numbers_while_checks_report() {
    let mut model = sized(Lang::En, (80, 24));
    with_target(&mut model);
    report(&mut model, fixtures::first_half());
    press(&mut model, KeyCode::Char('4'));
    press(&mut model, KeyCode::Char('#'));
    let before = (numbered(&shown(&model)), model.scroll[Pane::Log.index()]);
    report(&mut model, fixtures::second_half());
    assert_eq!(
        model.scroll[Pane::Log.index()],
        before.1,
        "it does not run along"
    );
    assert!(shown(&model).contains("›   1 "));
    press(&mut model, KeyCode::Char('f'));
    press(&mut model, KeyCode::Down);
    assert!(shown(&model).contains("›   2 "));
}

#[test]
fn what_is_read_over_the_panes_has_the_numbers_then() {
    let mut model = sized(Lang::En, (120, 36));
    with_run(&mut model);
    press(&mut model, KeyCode::Char('#'));
    press(&mut model, KeyCode::Char('?'));
    let help = shown(&model);
    assert_eq!(
        help.matches("›   1 ").count(),
        1,
        "one line is pointed at: {help}"
    );
    press(&mut model, KeyCode::PageDown);
    let line = model.pointed.unwrap();
    assert!(line > 5);
    assert!(shown(&model).contains(&format!("›{:>4} ", line + 1)));
    press(&mut model, KeyCode::Char('#'));
    assert!(model.popup.is_some() && model.pointed.is_none());
}

#[test]
fn the_presenter_size_has_numbers_too() {
    let mut model = sized(Lang::Ja, (100, 30));
    with_run(&mut model);
    press(&mut model, KeyCode::Char('P'));
    press(&mut model, KeyCode::Char('#'));
    press(&mut model, KeyCode::Down);
    assert!(shown(&model).contains("›   2 "));
}

fn shown(model: &Model) -> String {
    let (width, height) = model.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::view(model, frame)).unwrap();
    terminal.backend().to_string()
}

/// The rows that have a number, with it.
fn numbered(screen: &str) -> Vec<(usize, usize)> {
    screen
        .lines()
        .enumerate()
        .filter_map(|(row, line)| {
            let line = line.trim_start_matches(['"', '│', ' ', '›']);
            let digits: String = line.chars().take_while(char::is_ascii_digit).collect();
            Some((row, digits.parse().ok()?))
        })
        .collect()
}
