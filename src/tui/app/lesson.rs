//! Opening a practice gateway and closing it again, with what was in force before it. What a lesson shows and asks is in
//! [`super::super::update`].

use crate::device::trust_store::Late;
use crate::practice::{Fault, Lesson};
use crate::probe::CheckOptions;

use super::super::message::Effect;
use super::super::update::{begin_practice, end_practice_for_good, practice_failed};
use super::{App, PRACTICE_TIMEOUT, now};

/// An open practice gateway, and what was in force before it.
pub(super) struct Open {
    _lesson: Lesson,
    ordinary: (CheckOptions, Late),
}

impl App {
    /// Opens a practice gateway, and puts its root and its options in place of this device's until another is named.
    pub(super) fn practise(&mut self, fault: Fault, seed: u64) -> Vec<Effect> {
        let lesson = match Lesson::begin(fault) {
            Ok(lesson) => lesson,
            Err(error) => {
                practice_failed(&mut self.model, &error.to_string());
                return Vec::new();
            }
        };
        self.checks = None;
        self.beat = None;
        let ordinary = match self.lesson.take() {
            Some(open) => open.ordinary,
            None => (self.options.clone(), self.stores.clone()),
        };
        self.options = lesson.options(ordinary.0.timeout.max(PRACTICE_TIMEOUT));
        self.stores = Late::begin(Some(lesson.root()));
        self.model.reasoner = self.reasoner();
        let target = lesson.target.clone();
        self.lesson = Some(Open {
            _lesson: lesson,
            ordinary,
        });
        begin_practice(&mut self.model, (fault, seed), target, now())
    }

    /// Ends the lesson, if one is under way, for a session that is opened in its place: what is concluded from that
    /// follows from what this device trusts, not from what the lesson did.
    pub(super) fn give_practice_up(&mut self) {
        end_practice_for_good(&mut self.model);
        self.end_practice();
    }

    /// Closes the practice gateway once a real one is looked at.
    pub(super) fn end_practice(&mut self) {
        if self.model.practice.is_none()
            && let Some(open) = self.lesson.take()
        {
            (self.options, self.stores) = open.ordinary;
            self.model.reasoner = self.reasoner();
        }
    }
}
