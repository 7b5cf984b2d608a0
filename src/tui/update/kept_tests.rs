//! What is kept: changes and their undoing, notes, the session that is gone on with.

use crossterm::event::KeyCode;

use super::super::fixtures::{self, model, press, type_in, with_run};
use super::*;
use crate::cause::CauseId;

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
    let journal = Box::new(journal);
    let anew = false;
    update(&mut again, Message::Reopened { journal, anew });
    assert_eq!(
        format!("{:?}", again.session),
        format!("{:?}", model.session)
    );
    let found = |model: &Model| model.conclusions.as_ref().map(|d| d.causes.len());
    assert_eq!(found(&again), found(&model));
}
