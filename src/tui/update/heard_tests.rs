//! A pasted message beside what the checks saw: the catalogue's order, what was ruled out left out, what was found first.

use crossterm::event::KeyCode;

use super::super::fixtures::{model, press, with_target};
use super::super::message::Message;
use super::super::model::Model;
use super::super::panes::wizard::{self, Offer};
use super::update;
use crate::cause::CauseId;
use crate::diagnose::{Certainty, Diagnosis, Finding, Impact, Verdict};
use crate::guide::Lang;

/// Known for five causes.
const PASTED: &str = "Certificate is from an untrusted source";

/// A model whose person has pasted the message, nothing contacted.
fn pasted() -> (Model, Vec<CauseId>) {
    let mut model = model(Lang::En);
    model.contacts.offline = true;
    with_target(&mut model);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Enter);
    update(&mut model, Message::Paste(PASTED.to_owned()));
    press(&mut model, KeyCode::Enter);
    let catalogue = model.knowledge.messages();
    let explained = catalogue.explain(PASTED);
    let causes: Vec<CauseId> = explained.causes.iter().map(|c| c.cause).collect();
    assert!(causes.len() >= 4, "{causes:?}");
    (model, causes)
}

fn conclude(model: &mut Model, verdict: Verdict, found: &[(CauseId, Certainty)], out: &[CauseId]) {
    let finding = |(cause, certainty): &(CauseId, Certainty)| Finding {
        cause: *cause,
        certainty: *certainty,
        impact: Impact::Blocks,
        explained_by: None,
        evidence: Vec::new(),
        repair: None,
        certificate: None,
    };
    model.conclusions = Some(Diagnosis {
        verdict,
        causes: found.iter().map(finding).collect(),
        ruled_out: out.to_vec(),
        unknown: Vec::new(),
        advice: Vec::new(),
        chain: Vec::new(),
        clients: Vec::new(),
    });
}

/// The causes whose steps are offered, in their order.
fn offered(model: &Model) -> Vec<CauseId> {
    let offers = wizard::offers(model).into_iter();
    let steps = offers.filter_map(|offer| match offer {
        Offer::Steps(cause) => Some(cause),
        _ => None,
    });
    steps.collect()
}

#[test]
fn causes_of_a_message_stand_in_the_catalogues_order() {
    let (model, causes) = pasted();
    let offered = offered(&model);
    assert_eq!(
        offered[..causes.len().min(6)],
        causes[..causes.len().min(6)]
    );
}

#[test]
fn what_a_check_has_ruled_out_is_not_offered_and_the_rest_keeps_its_order() {
    let (mut model, causes) = pasted();
    conclude(&mut model, Verdict::Inconclusive, &[], &causes[..1]);
    let offered = offered(&model);
    assert!(!offered.contains(&causes[0]), "{offered:?}");
    let rest: Vec<CauseId> = offered.into_iter().filter(|c| causes.contains(c)).collect();
    let kept = &causes[1..causes.len().min(6)];
    assert_eq!(rest, kept);
}

#[test]
fn what_was_observed_comes_before_what_the_message_points_to() {
    let (mut model, causes) = pasted();
    let last = *causes.last().unwrap();
    conclude(
        &mut model,
        Verdict::Problem,
        &[(last, Certainty::Likely)],
        &[],
    );
    assert_eq!(
        offered(&model),
        [last],
        "a finding that stops the connection comes alone"
    );
    // What only a log points to is a guess as the message is: both are offered.
    conclude(
        &mut model,
        Verdict::Problem,
        &[(CauseId::PASSWORD_WRONG, Certainty::Possible)],
        &[],
    );
    let both = offered(&model);
    assert_eq!(both[0], CauseId::PASSWORD_WRONG);
    assert_eq!(both[1], causes[0]);
}
