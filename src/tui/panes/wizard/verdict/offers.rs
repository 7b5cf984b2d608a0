//! What can be chosen at the end of a walk, and which causes are still worth a look. How it reads is in `verdict`.

use crate::cause::CauseId;
use crate::diagnose::{Certainty, Finding, Impact};
use crate::guide::COMPARE;

use super::super::super::super::model::Model;
use super::Offer;

/// Causes that a wrong letter in the address can have: typing it anew is what comes first.
const OF_THE_ADDRESS: [CauseId; 4] = [
    CauseId::DNS_NXDOMAIN,
    CauseId::PORT_MISMATCH,
    CauseId::CONNECTION_REFUSED,
    CauseId::NOT_TLS,
];
/// The most causes that are offered because a message points to them.
const MOST: usize = 6;

pub(in super::super) fn offers(model: &Model, outcome: &[CauseId]) -> Vec<Offer> {
    let mut offers = Vec::new();
    if let Some(finding) = model.shown_finding() {
        offers.push(Offer::Steps(finding.cause));
        offers.push(Offer::HandOver(finding.cause));
        if OF_THE_ADDRESS.contains(&finding.cause) && may_name_another(model) {
            offers.push(Offer::OtherTarget);
        }
    }
    let findings = model.diagnosis().map_or(0, |d| d.causes.len());
    let shown = shown_index(model);
    offers.extend((0..findings).filter(|n| *n != shown).map(Offer::Finding));
    offers.extend(still_possible(model, outcome).into_iter().map(Offer::Steps));
    if model.session.file().is_some() {
        offers.push(Offer::Results);
        return offers;
    }
    if model.practice.is_some() {
        offers.push(Offer::Debrief);
    }
    if model.evidence().is_some() && !model.offline() {
        offers.push(Offer::Results);
        offers.push(Offer::Recheck);
        if model.session.before().is_some() && !model.is_running() {
            offers.push(Offer::Compared);
        }
    }
    if model.has_changes() {
        offers.push(Offer::Changes);
    }
    offers.extend(comparison(model));
    offers.push(Offer::OtherSymptom);
    offers
}

/// The trial with a second program, where the tree has it, there is a real gateway, and it was not made yet.
pub(in super::super) fn comparison(model: &Model) -> Option<Offer> {
    let symptoms = &model.knowledge.wizard.symptoms;
    let can = symptoms.iter().any(|symptom| symptom.id == COMPARE)
        && model.session.file().is_none()
        && model.practice.is_none()
        && !has_compared(model);
    can.then_some(Offer::Compare)
}

/// Whether this walk is that trial.
pub(super) fn has_compared(model: &Model) -> bool {
    let walk = model.session.walk();
    walk.is_some_and(|walk| walk.symptom() == COMPARE)
}

/// Causes that the message points to and those of the tree's outcome, that the checks neither found nor ruled out. With a finding that stops the connection
/// on the table they are left out: first things first; but what a second program showed is always said.
fn still_possible(model: &Model, outcome: &[CauseId]) -> Vec<CauseId> {
    let mut possible = pointed_to(model);
    possible.truncate(MOST);
    for cause in outcome {
        if !possible.contains(cause) && is_open(model, *cause) {
            possible.push(*cause);
        }
    }
    possible
}

/// The causes that the message points to as well, beyond those that are offered: a message that fits everything says
/// little about each.
pub(super) fn less_likely(model: &Model, outcome: &[CauseId]) -> Vec<CauseId> {
    let rest = pointed_to(model).into_iter().skip(MOST);
    rest.filter(|cause| !outcome.contains(cause)).collect()
}

/// The causes that the message points to and nothing has answered, the likeliest first.
fn pointed_to(model: &Model) -> Vec<CauseId> {
    let causes = super::super::message::heard(model).causes.iter().copied();
    causes
        .filter(|cause| model.cause(*cause).is_some() && is_open(model, *cause))
        .collect()
}

/// Whether the checks neither found this cause nor ruled it out, nor found anything that comes first.
fn is_open(model: &Model, cause: CauseId) -> bool {
    let Some(diagnosis) = model.diagnosis() else {
        return true;
    };
    // What only a log points to is not on the table yet.
    let stops = |f: &Finding| f.impact == Impact::Blocks && f.certainty > Certainty::Possible;
    (!diagnosis.causes.iter().any(stops) || has_compared(model))
        && diagnosis.causes.iter().all(|f| f.cause != cause)
        && !diagnosis.ruled_out.contains(&cause)
}

/// Whether there is an address of the person's own: not in a practice, and not in a file.
fn may_name_another(model: &Model) -> bool {
    model.practice.is_none() && model.session.file().is_none()
}

pub(super) fn shown_index(model: &Model) -> usize {
    let findings = model.diagnosis().map_or(0, |d| d.causes.len());
    if model.finding < findings {
        model.finding
    } else {
        0
    }
}
