use crossterm::event::KeyCode;

use super::super::super::fixtures::{self, press, report, sized, type_in, with_run, with_target};
use super::super::super::panes::{Context, log::status};
use super::*;
use crate::evidence::{ProbeId, ProbeOutcome};
use crate::guide::Lang;
use crate::session::Stage;

/// The recorded run with its log in front, tabs of 80 by 24.
fn at_log() -> Model {
    let mut model = sized(Lang::En, (80, 24));
    with_run(&mut model);
    press(&mut model, KeyCode::Char('4'));
    model
}

fn shown(model: &Model) -> Vec<String> {
    let lines = page(model).lines;
    lines.iter().map(ToString::to_string).collect()
}

fn told(model: &Model) -> String {
    let (_, height) = inside(model, Pane::Log);
    status(&Context::new(model), &page(model), height).unwrap_or_default()
}

fn search(model: &mut Model, text: &str) {
    press(model, KeyCode::Char('/'));
    type_in(model, text);
    press(model, KeyCode::Enter);
}

#[test]
fn letters_go_into_the_search_until_enter_takes_it() {
    let mut model = at_log();
    press(&mut model, KeyCode::Char('/'));
    type_in(&mut model, "nNqvTLS");
    assert_eq!(model.log.needle(), "nNqvTLS");
    assert!(model.popup.is_none() && !model.log.timings);
    press(&mut model, KeyCode::Esc);
    assert_eq!((model.log.needle(), model.focus), ("", Pane::Log));
    search(&mut model, "TLS");
    assert_eq!(model.log.search, "TLS");
    assert!(model.log.field.is_none());
}

#[test]
fn hits_are_gone_through_in_both_directions_and_round() {
    let mut model = at_log();
    search(&mut model, "192.0.2.5");
    let all = page(&model).marks.len();
    assert!(all > 1, "{:?}", shown(&model));
    assert_eq!(model.log.hit, Some(0));
    assert!(
        told(&model).contains(&format!("1 of {all}")),
        "{}",
        told(&model)
    );
    press(&mut model, KeyCode::Char('N'));
    assert_eq!(model.log.hit, Some(all - 1));
    press(&mut model, KeyCode::Char('n'));
    assert_eq!(model.log.hit, Some(0));
    // In the log with a search, n is the next hit; elsewhere it still is another gateway.
    assert_ne!(model.session.stage(), &Stage::Target);
    press(&mut model, KeyCode::Esc);
    assert_eq!((model.log.search.as_str(), model.focus), ("", Pane::Log));
    press(&mut model, KeyCode::Char('n'));
    assert_eq!(model.session.stage(), &Stage::Target);
}

#[test]
fn every_hit_comes_into_sight() {
    let mut model = sized(Lang::En, (60, 16));
    with_run(&mut model);
    press(&mut model, KeyCode::Char('4'));
    press(&mut model, KeyCode::Home);
    search(&mut model, "e");
    let (_, height) = inside(&model, Pane::Log);
    let marks = page(&model).marks;
    assert!(page(&model).lines.len() > height, "nothing to scroll");
    for (n, mark) in marks.iter().enumerate() {
        assert_eq!(model.log.hit, Some(n));
        let top = offset(&model);
        assert!((top..top + height).contains(mark), "{n}: {mark} from {top}");
        press(&mut model, KeyCode::Char('n'));
    }
}

#[test]
fn a_search_without_a_hit_says_so() {
    let mut model = at_log();
    search(&mut model, "no such word");
    assert!(told(&model).contains("not found"), "{}", told(&model));
    assert!(model.notice.is_some());
    press(&mut model, KeyCode::Char('n'));
    assert_eq!(model.log.hit, None);
}

#[test]
fn the_log_is_narrowed_to_one_check_after_the_other_and_back_to_all() {
    let mut model = at_log();
    let all = shown(&model);
    let mut seen = Vec::new();
    loop {
        press(&mut model, KeyCode::Char('s'));
        let Some(only) = model.log.probe else {
            break;
        };
        seen.push(only);
        assert!(told(&model).contains(only.as_str()));
        for other in ProbeId::ALL.into_iter().filter(|id| *id != only) {
            // Time, sign (where there is one), name.
            let names = |line: &String| {
                let mut words = line.split_whitespace().skip(1).take(2);
                words.any(|word| word == other.as_str())
            };
            assert!(!shown(&model).iter().any(names), "{only:?}: {other:?}");
        }
    }
    assert_eq!(seen, panes::log::probes(&model));
    assert_eq!(shown(&model), all);
}

#[test]
fn only_warnings_and_worse_are_left() {
    let mut model = at_log();
    press(&mut model, KeyCode::Char('w'));
    let evidence = model.evidence().unwrap();
    let notable = evidence
        .log
        .iter()
        .filter(|line| matches!(line.tone, ProbeOutcome::Warn | ProbeOutcome::Fail));
    assert_eq!(notable.count(), 2);
    let left = shown(&model);
    assert!(left.iter().any(|line| line.contains(" chain ")), "{left:?}");
    assert!(!left.iter().any(|line| line.contains(" dns ")), "{left:?}");
    press(&mut model, KeyCode::Char('z'));
    assert!(shown(&model).len() > left.len());
    assert_eq!(told(&model), "");
}

#[test]
fn the_end_is_followed_until_a_hit_is_looked_at() {
    let mut model = sized(Lang::En, (60, 16));
    with_target(&mut model);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Char('4'));
    press(&mut model, KeyCode::End);
    report(&mut model, fixtures::first_half());
    assert!(told(&model).contains("following"));
    search(&mut model, "network");
    let top = offset(&model);
    report(&mut model, fixtures::second_half());
    assert_eq!(offset(&model), top);
    assert!(page(&model).lines.len() > inside(&model, Pane::Log).1);
    press(&mut model, KeyCode::End);
    assert!(is_at_end(&model));
}

/// Each check has its row: name, word, and a bar or the reason.
#[test]
fn the_times_show_every_check_with_its_outcome_and_why() {
    for lang in [Lang::En, Lang::Ja] {
        for size in [(60, 16), (80, 24), (120, 36), (160, 45)] {
            let mut model = sized(lang, size);
            with_run(&mut model);
            press(&mut model, KeyCode::Char('4'));
            press(&mut model, KeyCode::Char('v'));
            let page = page(&model);
            let (width, _) = inside(&model, Pane::Log);
            for line in &page.lines {
                assert!(line.width() <= usize::from(width), "{size:?}: {line}");
            }
            let rows = shown(&model);
            for record in &model.evidence().unwrap().probes {
                let row = rows.iter().find(|row| row.starts_with(record.id.as_str()));
                let row = row.unwrap_or_else(|| panic!("{:?}: {rows:?}", record.id));
                let has_bar = row.contains(model.glyphs.full);
                assert_eq!(has_bar, record.outcome != ProbeOutcome::Skipped, "{row}");
            }
        }
    }
}

#[test]
fn what_has_not_begun_waits_and_what_runs_grows() {
    let mut model = sized(Lang::En, (80, 24));
    with_target(&mut model);
    report(&mut model, fixtures::first_half());
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Char('4'));
    press(&mut model, KeyCode::Char('v'));
    let row = |model: &Model, id: ProbeId| {
        let rows = shown(model);
        rows.into_iter()
            .find(|row| row.starts_with(id.as_str()))
            .unwrap()
    };
    assert!(row(&model, ProbeId::Ports).contains("waiting"));
    model.elapsed_ms = 500;
    let before = row(&model, ProbeId::Tls);
    assert!(
        before.contains("running") && before.contains("462 ms"),
        "{before}"
    );
    model.elapsed_ms = 5_000;
    assert!(row(&model, ProbeId::Tls).contains("4962 ms"));
}

#[test]
fn the_commands_of_the_log_are_found_in_the_palette_and_lead_there() {
    let mut model = at_log();
    press(&mut model, KeyCode::Char('1'));
    press(&mut model, KeyCode::Char(':'));
    type_in(&mut model, "search");
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.focus, Pane::Log);
    assert!(model.log.field.is_some());
}
