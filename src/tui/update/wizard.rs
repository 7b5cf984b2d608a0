//! What Enter, Back, Space and the copy key do on the screens of the walk.

use std::sync::Arc;

use crate::cause::CauseId;
use crate::evidence::{Target, UnixTime};
use crate::guide::{COMPARE, Lang};
use crate::session::{
    Mark, SessionEvent, Stage, certificate_text as certificate, hand_over as letter,
};

use super::super::message::Effect;
use super::super::model::{Model, Pane, Popup};
use super::super::panes::chain;
use super::super::panes::wizard::{Offer, offers};
use super::{Again, apply, keep_in_sight, kept, look_at_wizard, recheck, set_target};

/// Takes what is chosen in the pane that has the keys.
pub(super) fn enter(model: &mut Model, now: UnixTime) -> Vec<Effect> {
    let chosen = model.chosen[model.focus.index()];
    match model.focus {
        Pane::Wizard => match offers(model).into_iter().nth(chosen) {
            Some(offer) => take(model, offer, now),
            None => Vec::new(),
        },
        Pane::Checklist => {
            mark(model, Mark::ticked);
            Vec::new()
        }
        Pane::Chain => {
            let entry = model
                .diagnosis()
                .and_then(|diagnosis| chain::order(diagnosis).get(chosen).copied());
            if let Some(entry) = entry {
                model.popup = Some(Popup::Certificate { entry, scroll: 0 });
            }
            Vec::new()
        }
        Pane::Log => {
            super::log::enter(model);
            Vec::new()
        }
    }
}

/// Takes an offer, as Enter on it does.
pub fn take(model: &mut Model, offer: Offer, now: UnixTime) -> Vec<Effect> {
    match offer {
        Offer::Field => return field(model, now),
        Offer::Gateway(n) => {
            let address = model
                .knowledge
                .wizard
                .site
                .gateways
                .get(n)
                .map(|gateway| gateway.address.clone());
            if let Some(address) = address {
                model.address = tui_input::Input::new(address);
                return named(model, now);
            }
        }
        Offer::Profile(n) => {
            let profile = model.offered_profiles().nth(n).cloned();
            let target = profile
                .as_ref()
                .and_then(|profile| Some(profile.target()?.target.clone()));
            if let (Some(profile), Some(target)) = (profile, target) {
                model.profile = Some(Arc::new(profile));
                return set_target(model, target, now);
            }
        }
        Offer::Symptom(n) => {
            let id = model
                .knowledge
                .wizard
                .symptoms
                .get(n)
                .map(|symptom| symptom.id.clone());
            if let Some(id) = id {
                apply(model, &SessionEvent::SymptomChosen { id });
                look_at_wizard(model);
            }
        }
        Offer::Compare => {
            let id = COMPARE.to_owned();
            apply(model, &SessionEvent::SymptomChosen { id });
            look_at_wizard(model);
        }
        Offer::Answer(node, choice) => {
            apply(model, &SessionEvent::Answered { node, choice });
            look_at_wizard(model);
        }
        Offer::Steps(cause) => open(model, Stage::Steps(cause)),
        Offer::HandOver(cause) => open(model, Stage::HandOver(cause)),
        Offer::Finding(n) => {
            model.finding = n;
            look_at_wizard(model);
        }
        Offer::Practise => return super::practice::draw(now),
        Offer::Debrief => super::practice::end(model),
        Offer::Results => model.popup = Some(Popup::Results { scroll: 0 }),
        Offer::Recheck => return recheck(model, now, Again::ForTheCause),
        Offer::Compared => kept::open_compared(model),
        Offer::Changes => kept::open_changes(model),
        Offer::OtherSymptom => open(model, Stage::Symptom),
        Offer::OtherTarget => open(model, Stage::Target),
        Offer::Step(_) => mark(model, Mark::ticked),
        Offer::Phone(cause) => model.popup = Some(Popup::Phone { cause, part: 0 }),
        Offer::Copy => return copy(model),
    }
    Vec::new()
}

pub(super) fn open(model: &mut Model, stage: Stage) {
    if let Stage::Steps(cause) | Stage::HandOver(cause) = &stage {
        super::practice::opened(model, *cause);
    }
    apply(model, &SessionEvent::Opened(stage));
    look_at_wizard(model);
}

/// Enter in a field: the address on the first screen, the message in a question that takes one.
fn field(model: &mut Model, now: UnixTime) -> Vec<Effect> {
    if model.session.stage() == &Stage::Target {
        return named(model, now);
    }
    let text = model.message.value().to_owned();
    apply(model, &SessionEvent::ErrorTextGiven { text });
    keep_in_sight(model);
    Vec::new()
}

/// Takes the address of the field, or says what is wrong with it.
fn named(model: &mut Model, now: UnixTime) -> Vec<Effect> {
    let typed = model.address.value();
    if model.offline() && typed.trim().is_empty() {
        apply(model, &SessionEvent::TargetSkipped);
        look_at_wizard(model);
        return Vec::new();
    }
    match Target::parse(typed) {
        Ok(target) => {
            // What was typed is nobody's saved connection.
            model.profile = None;
            set_target(model, target, now)
        }
        Err(error) => {
            model.address_error = Some(error);
            model.chosen[Pane::Wizard.index()] = 0;
            Vec::new()
        }
    }
}

/// One screen back; from another pane, first to the wizard.
pub(super) fn back(model: &mut Model) {
    if model.focus != Pane::Wizard {
        model.focus = Pane::Wizard;
        keep_in_sight(model);
        return;
    }
    if !model.session.can_go_back() {
        model.address_error = None;
        return;
    }
    apply(model, &SessionEvent::WentBack);
    look_at_wizard(model);
}

/// The text for the administrator about the cause on the table.
pub(super) fn hand_over(model: &mut Model) {
    if let Some(cause) = model.subject() {
        open(model, Stage::HandOver(cause));
    }
}

/// The step chosen, in the checklist or on the screen of steps: its cause and its place.
pub(super) fn chosen_step(model: &Model) -> Option<(CauseId, usize)> {
    match (model.focus, model.session.stage()) {
        (Pane::Checklist, _) => Some((model.subject()?, model.chosen[Pane::Checklist.index()])),
        (Pane::Wizard, Stage::Steps(cause)) => {
            let chosen = model.chosen[Pane::Wizard.index()];
            match offers(model).get(chosen) {
                Some(Offer::Step(n)) => Some((*cause, *n)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Marks the chosen step with what `next` makes of its mark.
pub(super) fn mark(model: &mut Model, next: fn(Mark) -> Mark) {
    let Some((cause, n)) = chosen_step(model) else {
        return;
    };
    if kept::offers_saving(model, cause, n) {
        return;
    }
    let code = model.cause(cause).and_then(|known| {
        let step = model.steps(cause).get(n).copied()?;
        Some(known.step_code(step))
    });
    if let Some(code) = code {
        let mark = next(model.session.mark(&code));
        apply(model, &SessionEvent::StepMarked { code, mark });
    }
}

/// Marks the step with this code.
pub fn mark_as(model: &mut Model, code: String, mark: Mark) {
    apply(model, &SessionEvent::StepMarked { code, mark });
}

/// What the copy key would copy: the text about the certificate in the details, the command of the chosen step, else
/// the text for the administrator; texts in both languages, the one on screen first.
fn copyable(model: &Model) -> Option<String> {
    match &model.popup {
        Some(Popup::Certificate { entry, .. }) => return certificate_text(model, *entry),
        Some(Popup::Copied { text } | Popup::Text { text, .. }) => return Some(text.clone()),
        Some(_) => return None,
        None => {}
    }
    if let Some((cause, n)) = chosen_step(model)
        && let Some(command) = model.steps(cause).get(n).and_then(|s| s.command.as_ref())
    {
        return Some(model.fill().apply(command.trim_matches('\n')));
    }
    let Some(cause) = model.subject() else {
        // Nothing is wrong: then the certificate itself is what there is to hand on.
        return certificate_text(model, certificate_at_hand(model)?);
    };
    let write = |lang| {
        letter::text(
            &model.knowledge,
            &model.session,
            model.diagnosis(),
            cause,
            lang,
        )
    };
    let (first, second) = languages(model);
    Some(in_both(&write(first), &write(second)))
}

/// Whether there is anything to copy. Of a cause there always is the text for the administrator, which takes a while to
/// write, twice.
pub fn can_copy(model: &Model) -> bool {
    (model.popup.is_none() && model.subject().is_some()) || copyable(model).is_some()
}

/// The certificate that is shown or chosen: its place in the diagnosis' chain.
pub fn certificate_at_hand(model: &Model) -> Option<usize> {
    match &model.popup {
        Some(Popup::Certificate { entry, .. }) => return Some(*entry),
        Some(_) => return None,
        None => {}
    }
    if model.focus != Pane::Chain {
        return None;
    }
    let order = chain::order(model.diagnosis()?);
    order.get(model.chosen[Pane::Chain.index()]).copied()
}

/// The text for the administrator about one certificate.
fn certificate_text(model: &Model, entry: usize) -> Option<String> {
    let diagnosis = model.diagnosis()?;
    let write = |lang| certificate::text(&model.knowledge, &model.session, diagnosis, entry, lang);
    let (first, second) = languages(model);
    Some(in_both(&write(first)?, &write(second)?))
}

/// The language on screen, and the other.
fn languages(model: &Model) -> (Lang, Lang) {
    match model.session.lang() {
        Lang::En => (Lang::En, Lang::Ja),
        Lang::Ja => (Lang::Ja, Lang::En),
    }
}

fn in_both(first: &str, second: &str) -> String {
    format!("{first}\n----\n\n{second}")
}

/// Copies the certificate at hand as PEM.
pub(super) fn copy_pem(model: &mut Model) -> Vec<Effect> {
    let pem = certificate_at_hand(model)
        .and_then(|entry| model.diagnosis()?.chain.get(entry))
        .map(|entry| crate::chain::pem(&entry.cert.der));
    match pem {
        Some(text) => hand_to_clipboard(model, text),
        None => Vec::new(),
    }
}

/// Copies, and says how to get the text where the terminal does not take it.
pub(super) fn copy(model: &mut Model) -> Vec<Effect> {
    if model.popup.is_none()
        && let Some((cause, n)) = chosen_step(model)
        && kept::offers_saving(model, cause, n)
    {
        return Vec::new();
    }
    match copyable(model) {
        Some(text) => hand_to_clipboard(model, text),
        None => Vec::new(),
    }
}

fn hand_to_clipboard(model: &mut Model, text: String) -> Vec<Effect> {
    model.popup = Some(Popup::Copied { text: text.clone() });
    vec![Effect::Copy(text)]
}
