//! Checks that are made again: all of them or those of a cause, and what is said of what is gone.

use crossterm::event::KeyCode;

use super::super::fixtures::{self, model, press, report, sized, with_run};
use super::super::panes;
use super::checks::node_of;
use super::*;
use crate::cause::CauseId;
use crate::evidence::{DeviceEvidence, Observation, ProbeEvent, ProbeId, ProbeOutcome};

#[test]
fn a_recheck_starts_anew_and_remembers_what_was_found() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Enter);
    let effects = press(&mut model, KeyCode::Char('R'));
    let [
        Effect::StartChecks {
            run: 2, left_out, ..
        },
    ] = effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    assert!(left_out.is_empty(), "all of it is checked again");
    assert!(
        model
            .session
            .found_before()
            .contains(&CauseId::MISSING_INTERMEDIATE)
    );
    assert!(model.is_running());
    assert_eq!(model.session.stage(), &Stage::Walk);
}

#[test]
fn a_recheck_for_the_cause_leaves_out_what_does_not_bear_on_it_and_says_so() {
    let mut model = sized(Lang::En, (200, 36));
    with_run(&mut model);
    let id = ProbeId::Device;
    let seen = Observation::Device(Box::<DeviceEvidence>::default());
    for event in [
        ProbeEvent::Started { id, at_ms: 0.0 },
        ProbeEvent::Observed(seen),
        ProbeEvent::Finished {
            id,
            took_ms: 1.0,
            outcome: ProbeOutcome::Pass,
            why: None,
        },
    ] {
        apply(&mut model, &SessionEvent::Probe(event));
    }
    assert_eq!(model.subject(), Some(CauseId::MISSING_INTERMEDIATE));
    let effects = press(&mut model, KeyCode::Char('r'));
    let [Effect::StartChecks { left_out, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert!(left_out.contains(&ProbeId::Device), "{left_out:?}");
    let bears = [ProbeId::Tls, ProbeId::Chain, ProbeId::Aia, ProbeId::Dns];
    assert!(bears.iter().all(|id| !left_out.contains(id)));
    let said = model.notice.clone().unwrap();
    assert!(
        said.contains("C04") && said.contains("R checks all"),
        "{said}"
    );
    // What the runner begins with: it stands in the new run as it was seen.
    let before = model.session.before().unwrap().clone();
    let carried = crate::session::again::carried(&before, left_out);
    report(&mut model, carried);
    let now = model.session.evidence().unwrap();
    assert!(now.device.known().is_some() && now.tls.known().is_none());
}

#[test]
fn a_run_that_is_given_up_does_not_take_the_place_of_a_whole_one() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press(&mut model, KeyCode::Char('R'));
    report(&mut model, fixtures::first_half());
    assert!(model.is_running());
    let effects = press(&mut model, KeyCode::Char('R'));
    assert!(matches!(
        effects.as_slice(),
        [Effect::StartChecks { run: 3, .. }]
    ));
    let before = model.session.before().expect("a run to compare with");
    assert!(before.finished && before.tls.known().is_some());
    let found = model.session.found_before();
    assert!(found.contains(&CauseId::MISSING_INTERMEDIATE), "{found:?}");
}

#[test]
fn after_a_recheck_every_screen_of_the_walk_says_what_is_gone() {
    let mut model = sized(Lang::En, (120, 36));
    with_run(&mut model);
    press(&mut model, KeyCode::Char('r'));
    // The same gateway, now with its intermediate certificate sent along.
    let [leaf, intermediate, _] = fixtures::certificates();
    let mut events = fixtures::run();
    for event in &mut events {
        if let ProbeEvent::Observed(crate::evidence::Observation::Tls(tls)) = event {
            tls.attempts[0].served = vec![leaf.clone(), intermediate.clone()];
        }
    }
    report(&mut model, events);
    let shown = |model: &Model| {
        let page = panes::page(model, Pane::Wizard, 100);
        let lines: Vec<String> = page.lines.iter().map(ToString::to_string).collect();
        lines.join(" ")
    };
    assert!(shown(&model).contains("Fixed at 12:03: C04"));
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Enter);
    assert_eq!(node_of(&model).as_deref(), Some("others"));
    assert!(shown(&model).contains("Fixed at 12:03: C04"));
}
