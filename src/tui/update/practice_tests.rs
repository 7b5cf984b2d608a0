//! Lessons folded: begun, found or not, told, left.

use crossterm::event::KeyCode;

use super::super::fixtures::{self, press};
use super::*;
use crate::cause::CauseId;
use crate::evidence::Target;
use crate::practice::Fault;

fn lesson(fault: Fault) -> Model {
    let mut model = fixtures::sized(Lang::En, (120, 36));
    let target = Target::parse("127.0.0.1:4433").unwrap();
    let effects = begin_practice(&mut model, (fault, 7), target, fixtures::NOW);
    assert!(matches!(effects.as_slice(), [Effect::StartChecks { .. }]));
    model
}

fn practising(model: &Model) -> &Practising {
    model.practice.as_ref().expect("a lesson")
}

/// Ends the lesson and says that this is broken.
fn guess(model: &mut Model, guess: Guess) {
    press(model, KeyCode::Char('X'));
    let place = practising(model).guesses().iter().position(|g| *g == guess);
    for _ in 0..place.expect("it can be chosen") {
        press(model, KeyCode::Down);
    }
    press(model, KeyCode::Enter);
}

#[test]
fn reaching_the_steps_is_finding_it() {
    let mut model = lesson(Fault::MissingIntermediate);
    practice::opened(&mut model, CauseId::MISSING_INTERMEDIATE);
    press(&mut model, KeyCode::Char('X'));
    assert!(!practising(&model).is_to_be_asked());
    assert_eq!(practising(&model).ended(), Ended::BySteps);
    // What is opened after the answer was shown finds nothing.
    practice::opened(&mut model, CauseId::UNKNOWN_CA);
    assert!(!practising(&model).opened.contains(&CauseId::UNKNOWN_CA));
}

#[test]
fn choosing_it_is_finding_it_and_choosing_another_is_not() {
    let mut model = lesson(Fault::ExpiredLeaf);
    guess(&mut model, Guess::Cause(CauseId::CERT_EXPIRED_LEAF));
    assert_eq!(practising(&model).ended(), Ended::ByChoice);

    let mut model = lesson(Fault::ExpiredLeaf);
    let other = practising(&model)
        .guesses()
        .into_iter()
        .find(|guess| matches!(guess, Guess::Cause(cause) if *cause != CauseId::CERT_EXPIRED_LEAF));
    guess(&mut model, other.expect("others are offered"));
    assert_eq!(practising(&model).ended(), Ended::Missed);

    let mut model = lesson(Fault::ExpiredLeaf);
    guess(&mut model, Guess::Unsure);
    assert_eq!(practising(&model).ended(), Ended::Missed);
}

#[test]
fn one_of_two_faults_is_half_of_it() {
    let mut model = lesson(Fault::ExpiredAndWrongName);
    guess(&mut model, Guess::Cause(CauseId::HOSTNAME_MISMATCH));
    let half = Ended::Half {
        found: vec![CauseId::HOSTNAME_MISMATCH],
        missed: vec![CauseId::CERT_EXPIRED_LEAF],
    };
    assert_eq!(practising(&model).ended(), half);
}

#[test]
fn that_nothing_is_broken_is_an_answer_too() {
    let mut model = lesson(Fault::Nothing);
    guess(&mut model, Guess::Nothing);
    assert_eq!(practising(&model).ended(), Ended::ByChoice);
    let mut model = lesson(Fault::Nothing);
    guess(&mut model, Guess::Unsure);
    assert_eq!(practising(&model).ended(), Ended::Missed);
}

#[test]
fn the_first_screen_offers_a_lesson_and_offline_does_not() {
    let mut model = fixtures::sized(Lang::En, (120, 36));
    for _ in 0..model.choices() {
        press(&mut model, KeyCode::Down);
    }
    let effects = press(&mut model, KeyCode::Enter);
    assert!(
        matches!(effects.as_slice(), [Effect::Practise { .. }]),
        "{effects:?}"
    );
    model.contacts.offline = true;
    let offers = super::super::panes::wizard::offers(&model);
    assert!(!offers.contains(&super::super::panes::wizard::Offer::Practise));
}

#[test]
fn a_real_gateway_ends_the_lesson_and_what_was_there_before_is_back() {
    let mut model = fixtures::sized(Lang::En, (120, 36));
    fixtures::with_run(&mut model);
    let seen = model.session.target().cloned().expect("a gateway");
    let target = Target::parse("127.0.0.1:4433").unwrap();
    begin_practice(&mut model, (Fault::Ssh, 7), target.clone(), fixtures::NOW);
    assert_eq!(model.session.target(), Some(&target));
    // The next lesson keeps what was there before the first.
    begin_practice(&mut model, (Fault::Http, 8), target, fixtures::NOW);
    press(&mut model, KeyCode::Char('L'));
    let runs = model.session.runs();
    set_target(&mut model, seen.clone(), fixtures::NOW);
    assert!(model.practice.is_none());
    assert_eq!(model.session.target(), Some(&seen));
    assert_eq!(model.session.lang(), Lang::Ja, "the language stays");
    assert!(
        model.session.runs() > runs,
        "this is the session of before, with its runs"
    );
}

#[test]
fn a_lesson_is_not_about_the_saved_connection_that_was_looked_at_before() {
    let mut model = fixtures::sized(Lang::En, (120, 36));
    let profile = crate::evidence::ProfileEvidence::named("Head office", "anyconnect");
    model.profile = Some(std::sync::Arc::new(profile));
    fixtures::with_lesson(&mut model);
    assert_eq!(model.profile, None);
}

#[test]
fn a_lesson_is_not_left_without_its_answer() {
    let mut model = lesson(Fault::Ssh);
    assert!(press(&mut model, KeyCode::Char('q')).is_empty());
    assert!(matches!(model.popup, Some(Popup::Practice(_))));
    press(&mut model, KeyCode::Esc);
    press(&mut model, KeyCode::Char('q'));
    assert!(matches!(model.popup, Some(Popup::Leave { .. })));
}
