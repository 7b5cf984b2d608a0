//! What is kept: changes and their undoing, notes, the session that is gone on with.

use crossterm::event::KeyCode;

use super::super::fixtures::{self, model, press, sized, type_in, with_run};
use super::super::view;
use super::*;
use crate::cause::CauseId;
use crate::evidence::{ProbeEvent, Target};
use crate::session::journal::{Condition, Header, Journal};

/// The steps of a cause that saves before it changes, with the chosen step one that changes something.
fn at_a_changing_step() -> Model {
    let mut model = model(Lang::En);
    model.keeping = Keeping::Ready;
    with_run(&mut model);
    let cause = CauseId::MISSING_INTERMEDIATE;
    apply(&mut model, &SessionEvent::Opened(Stage::Steps(cause)));
    let steps = model.steps(cause);
    let n = steps
        .iter()
        .position(|step| super::super::model::changes_something(step));
    model.chosen[0] = n.unwrap();
    model
}

#[test]
fn saving_is_offered_once_before_the_first_change_and_undo_comes_last_first() {
    let mut model = at_a_changing_step();
    press(&mut model, KeyCode::Char(' '));
    assert!(matches!(model.popup, Some(Popup::Saving { chosen: 0, .. })));
    assert!(!model.has_changes(), "it is not marked before saving");
    press(&mut model, KeyCode::Enter);
    assert!(model.popup.is_none() && !model.has_changes());
    press(&mut model, KeyCode::Char(' '));
    assert!(model.popup.is_none(), "it is asked once");
    assert_eq!(model.changes().len(), 1);
    press(&mut model, KeyCode::Char('u'));
    assert!(matches!(model.popup, Some(Popup::Changes { chosen: 0 })));
    press(&mut model, KeyCode::Enter);
    assert!(!model.has_changes());
    let kept = |wanted: fn(&SessionEvent) -> bool| {
        let mut kept = model.outbox.iter();
        kept.any(|kept| matches!(&kept.entry, crate::session::journal::Entry::Did(e) if wanted(e)))
    };
    assert!(kept(|event| matches!(
        event,
        SessionEvent::SavingOffered { .. }
    )));
    assert!(kept(|event| matches!(
        event,
        SessionEvent::StepUndone { .. }
    )));
}

#[test]
fn a_note_is_kept_beside_its_step_and_n_is_another_gateway_elsewhere() {
    let mut model = at_a_changing_step();
    press(&mut model, KeyCode::Char('2'));
    model.chosen[Pane::Checklist.index()] = 0;
    press(&mut model, KeyCode::Char('n'));
    type_in(&mut model, "done with 花子");
    press(&mut model, KeyCode::Enter);
    let noted = model.session.checklist().marked("C04-1").cloned();
    assert_eq!(noted.unwrap().note.as_deref(), Some("done with 花子"));
    press(&mut model, KeyCode::Char('1'));
    press(&mut model, KeyCode::Char('n'));
    assert_eq!(model.session.stage(), &Stage::Target);
}

#[test]
fn a_kept_session_is_gone_on_with_exactly_there() {
    let mut model = at_a_changing_step();
    let events: Vec<_> = model.outbox.drain(..).collect();
    let events = events.into_iter().filter_map(|kept| match kept.entry {
        crate::session::journal::Entry::Did(event) => Some((kept.at, event)),
        _ => None,
    });
    let at = fixtures::NOW;
    let journal = crate::session::journal::Journal {
        header: crate::session::journal::Header::new(Lang::En, System::Windows),
        began: at,
        last: at,
        events: events.collect(),
        ended: false,
        condition: crate::session::journal::Condition::Whole,
        good: 0,
        next: 0,
        foreign: 0,
        left_out: 0,
    };
    let mut again = fixtures::model(Lang::En);
    again.keeping = Keeping::Ready;
    let other = crate::evidence::ProfileEvidence::named("Another office", "anyconnect");
    again.profile = Some(std::sync::Arc::new(other));
    let journal = Box::new(journal);
    let anew = false;
    update(&mut again, Message::Reopened { journal, anew });
    assert_eq!(
        format!("{:?}", again.session),
        format!("{:?}", model.session)
    );
    let found = |model: &Model| model.conclusions.as_ref().map(|d| d.causes.len());
    assert_eq!(found(&again), found(&model));
    assert_eq!(again.profile, None, "this session was about none");
}

/// What a kept session of this gateway, looked at until its certificates were seen, is compared to.
fn compared_with(host: &str, events: Vec<ProbeEvent>) -> String {
    let mut model = sized(Lang::En, (120, 60));
    model.keeping = Keeping::Ready;
    with_run(&mut model);
    press(&mut model, KeyCode::Char('S'));
    let at = fixtures::NOW;
    let target = Target::parse(host).unwrap();
    let mut all = vec![(at, SessionEvent::TargetSet { target, at })];
    all.extend(
        events
            .into_iter()
            .map(|event| (at, SessionEvent::Probe(event))),
    );
    let found = CauseId::CLOCK_SKEW_FAST;
    let concluded = SessionEvent::Concluded {
        verdict: crate::diagnose::Verdict::Problem,
        causes: vec![(found, crate::diagnose::Certainty::Likely)],
        gone: Vec::new(),
    };
    all.push((at, concluded));
    let journal = Journal {
        header: Header::new(Lang::En, System::Windows),
        began: at,
        last: at,
        events: all,
        ended: true,
        condition: Condition::Whole,
        good: 0,
        next: 0,
        foreign: 0,
        left_out: 0,
    };
    update(&mut model, Message::ToCompare(Box::new(journal)));
    let popup = model.popup.as_ref().expect("two runs side by side");
    let page = view::popup_page(&model, popup, 92);
    let lines: Vec<String> = page.lines.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn two_gateways_are_said_to_be_two_before_anything_else_is_compared() {
    let shown = compared_with("other.example.com", fixtures::run());
    let told = shown.find("two different gateways").expect("it is said");
    let causes = shown.find("Found only at other.example.com").expect(&shown);
    assert!(told < causes, "{shown}");
    assert!(
        !shown.contains("No longer found") && !shown.contains("Newly found"),
        "{shown}"
    );
    let same = compared_with("vpn.example.com", fixtures::run());
    assert!(!same.contains("two different gateways") && same.contains("No longer found"));
    assert!(
        same.contains("Everything that was seen on both sides is the same"),
        "{same}"
    );
}

#[test]
fn where_one_side_saw_nothing_nothing_is_called_the_same() {
    let shown = compared_with("vpn.example.com", Vec::new());
    assert!(shown.contains("Nothing was seen on both sides"), "{shown}");
    assert!(!shown.contains("is the same"), "{shown}");
}

#[test]
fn who_has_saved_already_is_not_asked_to() {
    let mut model = at_a_changing_step();
    let cause = CauseId::MISSING_INTERMEDIATE;
    let known = model.cause(cause).unwrap().clone();
    let codes: Vec<String> = model
        .steps(cause)
        .into_iter()
        .filter(|step| step.kind == crate::guide::StepKind::Backup)
        .map(|step| known.step_code(step))
        .collect();
    assert!(!codes.is_empty(), "this cause has something to save");
    for code in codes {
        let mark = crate::session::Mark::Done;
        apply(&mut model, &SessionEvent::StepMarked { code, mark });
    }
    press(&mut model, KeyCode::Char(' '));
    assert!(model.popup.is_none());
    assert_eq!(model.changes().len(), 1);
}

#[test]
fn marking_a_step_that_changes_nothing_does_not_bring_the_saving_up() {
    let mut model = at_a_changing_step();
    let cause = CauseId::MISSING_INTERMEDIATE;
    let steps = model.steps(cause);
    let quiet = steps
        .iter()
        .position(|step| !super::super::model::changes_something(step));
    model.chosen[0] = quiet.expect("a step that only looks or asks");
    press(&mut model, KeyCode::Char(' '));
    assert!(model.popup.is_none());
    assert!(!model.session.checklist().saving_offered);
}
