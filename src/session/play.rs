//! Plays the events of a session again, up to any point: the same session, and what followed from what had been seen
//! by then.
//!
//! Not here: where events come from (`journal`, `bundle`), how conclusions are drawn ([`crate::diagnose`]).

use super::{Session, SessionEvent};
use crate::diagnose::Diagnosis;
use crate::evidence::{Evidence, UnixTime};
use crate::guide::{Lang, System, Wizard};

/// A session at one point, with its conclusions.
#[derive(Clone, Debug)]
pub struct Played {
    /// The fold of the events.
    pub session: Session,
    /// What follows from the evidence at that point; none where no gateway had been named.
    pub conclusions: Option<Diagnosis>,
}

/// Folds the events. Conclusions are drawn where the walk asks for them, and at the end; `conclude` is told how many
/// events came before.
pub fn play(
    begun: (Lang, System),
    events: &[(UnixTime, SessionEvent)],
    wizard: &Wizard,
    conclude: &dyn Fn(&Evidence, System, usize) -> Diagnosis,
) -> Played {
    let mut session = Session::new(begun.0, begun.1);
    let mut conclusions = None;
    let mut stale = false;
    for (count, (at, event)) in events.iter().enumerate() {
        match event {
            // What follows depends on the system, too.
            SessionEvent::Probe(_) | SessionEvent::SystemChosen(_) => stale = true,
            SessionEvent::TargetSet { .. } | SessionEvent::Rechecked { .. } => {
                (conclusions, stale) = (None, false);
            }
            // Walking asks what is known by now; reports come by the hundred, so that it is worked out only here.
            SessionEvent::Answered { .. }
            | SessionEvent::Jumped { .. }
            | SessionEvent::WentBack
                if stale =>
            {
                conclusions = session
                    .evidence()
                    .map(|evidence| conclude(evidence, session.system(), count));
                stale = false;
            }
            _ => {}
        }
        session.apply_at(*at, event, wizard, conclusions.as_ref());
    }
    let conclusions = session
        .evidence()
        .map(|evidence| conclude(evidence, session.system(), events.len()));
    Played {
        session,
        conclusions,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::evidence::{ProbeEvent, Target};
    use crate::guide::Knowledge;

    #[test]
    fn a_walk_after_another_system_was_chosen_asks_what_follows_for_that_one() {
        let knowledge = Knowledge::load(None).unwrap();
        let target = Target::parse("vpn.example.com").unwrap();
        let at = UnixTime(7);
        let events = [
            SessionEvent::TargetSet { target, at },
            SessionEvent::Probe(ProbeEvent::Done),
            SessionEvent::WentBack,
            SessionEvent::SystemChosen(System::Linux),
            SessionEvent::WentBack,
        ];
        let asked = RefCell::new(Vec::new());
        let conclude = |_: &Evidence, system, count| {
            asked.borrow_mut().push((count, system));
            Diagnosis::of_nothing()
        };
        let begun = (crate::guide::Lang::En, System::Windows);
        play(
            begun,
            &events.map(|event| (at, event)),
            &knowledge.wizard,
            &conclude,
        );
        assert_eq!(
            asked.into_inner(),
            [(2, System::Windows), (4, System::Linux), (5, System::Linux)]
        );
    }
}
