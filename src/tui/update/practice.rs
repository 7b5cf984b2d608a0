//! Practice on the screen: a lesson begins, the person looks for the fault, and is told at the end whether they found
//! it. Opening the gateway is the loop's, the checks on it and everything between are the ordinary ones.

use std::collections::BTreeSet;

use crate::cause::CauseId;
use crate::evidence::{Target, UnixTime};
use crate::msg::Msg;
use crate::practice::Fault;
use crate::session::{Session, SessionEvent, Stage};

use super::super::message::Effect;
use super::super::model::{Model, Popup};
use super::super::view;
use super::{apply, look_at_wizard, notice, set_target};

/// A lesson under way.
#[derive(Clone, Debug)]
pub struct Practising {
    /// What is broken.
    pub fault: Fault,
    /// The number it was drawn by.
    pub seed: u64,
    /// The practice gateway.
    pub target: Target,
    /// The causes whose steps or text for the administrator were opened.
    pub opened: BTreeSet<CauseId>,
    /// What the person said was broken.
    pub guess: Option<Guess>,
    /// Whether the answer was shown.
    pub told: bool,
    /// What was on the screen before the lesson.
    before: Box<Session>,
}

/// What a person says is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// This.
    Cause(CauseId),
    /// Nothing.
    Nothing,
    /// They do not know.
    Unsure,
}

/// Where the end of a lesson is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PracticeEnd {
    /// The chosen line.
    pub chosen: usize,
}

/// How a lesson ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything there was to find was found by opening what to do about it.
    BySteps,
    /// Everything was found, some of it by choosing it.
    ByChoice,
    /// One of two.
    Half {
        /// Found.
        found: Vec<CauseId>,
        /// Not found.
        missed: Vec<CauseId>,
    },
    /// Nothing of it.
    Missed,
}

impl Practising {
    /// What may be said to be broken, in the order shown.
    pub fn guesses(&self) -> Vec<Guess> {
        let causes = self.fault.choices(self.seed).into_iter().map(Guess::Cause);
        causes.chain([Guess::Nothing, Guess::Unsure]).collect()
    }

    /// Whether the person is still to be asked: not after an answer, nor where they went straight to all of it.
    pub fn is_to_be_asked(&self) -> bool {
        self.guess.is_none() && self.ended() != Ended::BySteps
    }

    /// How it ended, as far as it has.
    pub fn ended(&self) -> Ended {
        let expected = self.fault.expected();
        if expected.is_empty() {
            return match self.guess {
                Some(Guess::Nothing) => Ended::ByChoice,
                _ => Ended::Missed,
            };
        }
        let is_found = |cause: &CauseId| {
            self.opened.contains(cause) || self.guess == Some(Guess::Cause(*cause))
        };
        let (found, missed): (Vec<CauseId>, Vec<CauseId>) =
            expected.iter().copied().partition(is_found);
        match (found.is_empty(), missed.is_empty()) {
            (true, _) => Ended::Missed,
            (false, true) if expected.iter().all(|cause| self.opened.contains(cause)) => {
                Ended::BySteps
            }
            (false, true) => Ended::ByChoice,
            (false, false) => Ended::Half { found, missed },
        }
    }
}

/// A lesson's gateway is open: everything starts anew, and what was on the screen is kept for afterwards.
pub fn begin_practice(
    model: &mut Model,
    (fault, seed): (Fault, u64),
    target: Target,
    now: UnixTime,
) -> Vec<Effect> {
    let fresh = Session::new(model.session.lang(), model.session.system());
    let current = std::mem::replace(&mut model.session, fresh);
    let before = match model.practice.take() {
        Some(last) => last.before,
        None => Box::new(current),
    };
    model.practice = Some(Box::new(Practising {
        fault,
        seed,
        target: target.clone(),
        opened: BTreeSet::new(),
        guess: None,
        told: false,
        before,
    }));
    model.popup = None;
    // The practice gateway is nobody's saved connection.
    model.profile = None;
    set_target(model, target, now)
}

/// A lesson that could not begin.
pub fn practice_failed(model: &mut Model, why: &str) {
    notice(model, &Msg::new("practice.screen.failed").with("why", why));
}

/// Another gateway than the lesson's is named: the lesson is over, and what was there before is there again.
pub(super) fn leave_for(model: &mut Model, target: &Target) {
    if model
        .practice
        .as_ref()
        .is_none_or(|lesson| lesson.target == *target)
    {
        return;
    }
    if let Some(lesson) = model.practice.take() {
        let (lang, system) = (model.session.lang(), model.session.system());
        model.session = *lesson.before;
        apply(model, &SessionEvent::LanguageChosen(lang));
        apply(model, &SessionEvent::SystemChosen(system));
    }
}

/// A kept session is opened: the lesson is over, and so is what was there before it.
pub fn end_for_good(model: &mut Model) {
    model.practice = None;
}

/// The person opened what to do about this cause.
pub(super) fn opened(model: &mut Model, cause: CauseId) {
    if let Some(lesson) = &mut model.practice
        && !lesson.told
    {
        lesson.opened.insert(cause);
    }
}

/// Asks for a lesson with a fault that is drawn by the clock.
pub(super) fn draw(now: UnixTime) -> Vec<Effect> {
    let seed = now.0.unsigned_abs() % 100_000;
    vec![Effect::Practise {
        fault: Fault::drawn(seed, None),
        seed,
    }]
}

/// The end of the lesson: the question, or the answer.
pub(super) fn end(model: &mut Model) {
    match &mut model.practice {
        Some(lesson) => {
            if !lesson.is_to_be_asked() {
                lesson.told = true;
            }
            model.popup = Some(Popup::Practice(PracticeEnd::default()));
        }
        None => notice(model, &Msg::new("practice.screen.none")),
    }
}

/// Takes the chosen line of the popup.
pub(super) fn enter(model: &mut Model, end: PracticeEnd, now: UnixTime) -> Vec<Effect> {
    let Some(lesson) = &mut model.practice else {
        return Vec::new();
    };
    if lesson.is_to_be_asked() {
        lesson.guess = lesson.guesses().get(end.chosen).copied();
        lesson.told = true;
        model.popup = Some(Popup::Practice(PracticeEnd::default()));
        return Vec::new();
    }
    match end.chosen {
        0 => return draw(now),
        1 => {
            apply(model, &SessionEvent::Opened(Stage::Target));
            model.address = tui_input::Input::default();
            look_at_wizard(model);
        }
        _ => {}
    }
    Vec::new()
}

/// One line up or down.
pub(super) fn step(model: &mut Model, by: isize) {
    let last = view::practice_choices(model).saturating_sub(1);
    if let Some(Popup::Practice(end)) = &mut model.popup {
        end.chosen = end.chosen.saturating_add_signed(by).min(last);
    }
}
