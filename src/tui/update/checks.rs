//! Runs of checks as the model sees them: begun, reported on, begun again, stopped. Running them is the loop's.

use crate::device::profiles::Profiles;
use crate::evidence::{
    DeviceEvidence, Observation, ProbeEvent, ProbeId, ProbeOutcome, Target, UnixTime, Why, WhyCode,
};
use crate::msg::Msg;
use crate::session::again::left_out;
use crate::session::{SessionEvent, Stage};

use super::super::message::Effect;
use super::super::model::{Model, Pane};
use super::super::panes;
use super::scroll::{keep_in_sight, settle};
use super::{apply, log, look_at_wizard, notice, practice};

/// Sets the gateway and begins the checks: what a start with a gateway on the command line does first.
pub fn set_target(model: &mut Model, target: Target, now: UnixTime) -> Vec<Effect> {
    practice::leave_for(model, &target);
    model.now = now;
    model.address = tui_input::Input::new(target.to_string());
    model.address_error = None;
    model.finding = 0;
    model.held = None;
    apply(
        model,
        &SessionEvent::TargetSet {
            target: target.clone(),
            at: now,
        },
    );
    look_at_wizard(model);
    begin(model, target, Vec::new())
}

/// A run begins, or, offline, is over at once with everything skipped.
fn begin(model: &mut Model, target: Target, left_out: Vec<ProbeId>) -> Vec<Effect> {
    model.elapsed_ms = 0;
    model.conclusions = None;
    if model.offline() {
        let skipped = ProbeId::ALL
            .into_iter()
            .map(|id| ProbeEvent::Skipped {
                id,
                at_ms: 0.0,
                why: Why::code(WhyCode::Offline),
            })
            .chain(std::iter::once(ProbeEvent::Done))
            .collect();
        on_probes(model, skipped);
        // This device can be asked without any packet.
        return vec![Effect::ReadDevice];
    }
    vec![Effect::StartChecks {
        target,
        run: model.session.runs(),
        left_out,
    }]
}

pub(super) fn on_probes(model: &mut Model, events: Vec<ProbeEvent>) {
    // A line that is pointed at stays where it is.
    let points = model.pointed.is_some() && model.focus == Pane::Log;
    let at_end = !points && log::is_at_end(model);
    let node = node_of(model);
    let was_running = model.is_running();
    if let Some(evidence) = model.session.evidence() {
        let elapsed = i64::try_from(model.elapsed_ms / 1000).unwrap_or(i64::MAX);
        model.now = model.now.max(evidence.started_at.plus(elapsed));
    }
    for event in events {
        apply(model, &SessionEvent::Probe(event));
    }
    if let Some(evidence) = model.session.evidence() {
        model.conclusions = Some((model.reasoner)(evidence, model.session.system()));
    }
    if was_running && !model.is_running() {
        conclude(model);
    }
    if node != node_of(model) {
        // A check answered: the walk went on by itself.
        model.chosen[Pane::Wizard.index()] = 0;
        model.scroll[Pane::Wizard.index()] = 0;
    }
    if at_end {
        model.scroll[Pane::Log.index()] = usize::MAX;
    }
    settle(model);
}

/// What this device says of itself was read for the card; where no check may run, it stands in for the check of it.
pub(super) fn on_device(model: &mut Model, device: Option<Box<DeviceEvidence>>) {
    if model.offline()
        && model.session.target().is_some()
        && let Some(seen) = &device
    {
        let id = ProbeId::Device;
        let events = vec![
            ProbeEvent::Started { id, at_ms: 0.0 },
            ProbeEvent::Observed(Observation::Device(seen.clone())),
            ProbeEvent::Finished {
                id,
                took_ms: 0.0,
                outcome: ProbeOutcome::Pass,
                why: None,
            },
        ];
        on_probes(model, events);
    }
    model.device = Some(device);
}

/// Saved connections come in above the last offers: what was chosen stays chosen.
pub(super) fn on_profiles(model: &mut Model, profiles: Profiles) {
    let place = model.chosen[Pane::Wizard.index()];
    let chosen = panes::wizard::offers(model).into_iter().nth(place);
    model.profiles = profiles;
    let now_at = |offer| {
        panes::wizard::offers(model)
            .iter()
            .position(|o| *o == offer)
    };
    if let Some(place) = chosen.and_then(now_at) {
        model.chosen[Pane::Wizard.index()] = place;
    }
    keep_in_sight(model);
}

/// Writes down what a run of checks came to.
fn conclude(model: &mut Model) {
    let Some(diagnosis) = &model.conclusions else {
        return;
    };
    let found_before = model.session.found_before();
    let gone = diagnosis.ruled_out.iter().copied();
    let event = SessionEvent::Concluded {
        verdict: diagnosis.verdict,
        causes: diagnosis
            .causes
            .iter()
            .map(|finding| (finding.cause, finding.certainty))
            .collect(),
        gone: gone.filter(|cause| found_before.contains(cause)).collect(),
    };
    apply(model, &event);
}

/// The node of the tree that is on show, to notice that the walk went on.
pub(super) fn node_of(model: &Model) -> Option<String> {
    if model.session.stage() != &Stage::Walk {
        return None;
    }
    panes::wizard::at(model).map(|position| position.node().to_owned())
}

/// What a re-check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// What bears on the cause on the table; all of it where there is none.
    ForTheCause,
    /// Everything.
    All,
}

/// Runs the checks again; what was found is kept to compare with, and what was seen by checks that are left out stands.
pub(super) fn recheck(model: &mut Model, now: UnixTime, again: Again) -> Vec<Effect> {
    let Some(target) = model.session.target().cloned() else {
        return Vec::new();
    };
    if model.offline() {
        notice(model, &Msg::new("screen.notice.offline"));
        return Vec::new();
    }
    let found = model
        .conclusions
        .iter()
        .flat_map(|d| &d.causes)
        .map(|finding| finding.cause)
        .collect();
    let cause = model.subject().filter(|_| again == Again::ForTheCause);
    let layer = cause
        .and_then(|cause| model.cause(cause))
        .map(|known| known.layer);
    model.held = None;
    model.finding = 0;
    apply(model, &SessionEvent::Rechecked { at: now, found });
    look_at_wizard(model);
    let left_out = match (layer, model.session.before()) {
        (Some(layer), Some(before)) => left_out(before, layer),
        _ => Vec::new(),
    };
    if !left_out.is_empty()
        && let Some(cause) = cause
    {
        let code = model.cause(cause).map(|known| known.code.clone());
        let msg = Msg::new("screen.notice.for-the-cause")
            .with("code", code.unwrap_or_default())
            .with("count", left_out.len());
        notice(model, &msg);
    }
    begin(model, target, left_out)
}

/// Stops the checks; what has not ended says that the person stopped it.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    if !model.is_running() {
        return Vec::new();
    }
    let at_ms = f64::from(u32::try_from(model.elapsed_ms).unwrap_or(u32::MAX));
    let running: Vec<ProbeEvent> = ProbeId::ALL
        .into_iter()
        .filter(|id| {
            model.session.evidence().is_some_and(|evidence| {
                evidence
                    .probe(*id)
                    .is_none_or(|record| record.outcome == ProbeOutcome::Running)
            })
        })
        .map(|id| ProbeEvent::Skipped {
            id,
            at_ms,
            why: Why::code(WhyCode::Cancelled),
        })
        .chain(std::iter::once(ProbeEvent::Done))
        .collect();
    on_probes(model, running);
    notice(model, &Msg::new("screen.notice.cancelled"));
    vec![Effect::CancelChecks]
}
