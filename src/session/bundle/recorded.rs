//! Conclusions that are kept with a session because what they were drawn from is left out: certificates above all.
//! Drawn anew they would come out otherwise, and wrongly.

use serde::{Deserialize, Serialize};

use crate::cause::CauseId;
use crate::diagnose::{Diagnosis, Finding, Verdict};
use crate::evidence::{Evidence, UnixTime, Why};
use crate::guide::{System, Wizard};
use crate::session::redact::Redactor;
use crate::session::{Session, SessionEvent};

/// What followed after so many events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// How many events had happened.
    pub after: usize,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found, ranked.
    pub causes: Vec<Finding>,
    /// Checked, and not so.
    pub ruled_out: Vec<CauseId>,
    /// Not checked, and why.
    pub unknown: Vec<(CauseId, Why)>,
}

impl Recorded {
    /// The conclusions of every run of a session, at its end, and of the last one as far as it came.
    pub fn all(
        session: &mut Session,
        events: &[(UnixTime, SessionEvent)],
        wizard: &Wizard,
        conclude: &dyn Fn(&Evidence, System, usize) -> Diagnosis,
        redactor: &mut Redactor,
    ) -> Vec<Self> {
        let mut all = Vec::new();
        for (count, (at, event)) in events.iter().enumerate() {
            session.apply_at(*at, event, wizard, None);
            let after = count + 1;
            let ended = matches!(event, SessionEvent::Concluded { .. });
            if let Some(evidence) = session
                .evidence()
                .filter(|_| ended || after == events.len())
            {
                all.push(Self::new(
                    after,
                    &conclude(evidence, session.system(), after),
                    redactor,
                ));
            }
        }
        all
    }

    fn new(after: usize, diagnosis: &Diagnosis, redactor: &mut Redactor) -> Self {
        // The chain, advice and views of clients follow from certificates, and tell of them.
        let Diagnosis {
            verdict,
            causes,
            ruled_out,
            unknown,
            advice: _,
            chain: _,
            clients: _,
        } = diagnosis;
        Self {
            after,
            verdict: *verdict,
            causes: causes
                .iter()
                .map(|finding| redactor.finding(finding))
                .collect(),
            ruled_out: ruled_out.clone(),
            unknown: unknown
                .iter()
                .map(|(cause, why)| (*cause, redactor.why(why)))
                .collect(),
        }
    }

    /// What is known after so many events: what was recorded last in the run that was under way, else that nothing is.
    pub fn at(all: &[Self], events: &[(UnixTime, SessionEvent)], count: usize) -> Diagnosis {
        let begins = |event: &SessionEvent| {
            matches!(
                event,
                SessionEvent::TargetSet { .. } | SessionEvent::Rechecked { .. }
            )
        };
        let passed = events.get(..count).unwrap_or(events);
        let begun = passed
            .iter()
            .rposition(|(_, event)| begins(event))
            .unwrap_or(0);
        let recorded = all
            .iter()
            .rev()
            .find(|one| one.after > begun && one.after <= count);
        let found = recorded.cloned().unwrap_or(Self {
            after: count,
            verdict: Verdict::Inconclusive,
            causes: Vec::new(),
            ruled_out: Vec::new(),
            unknown: Vec::new(),
        });
        let Self {
            after: _,
            verdict,
            mut causes,
            ruled_out,
            unknown,
        } = found;
        for cause in &mut causes {
            // A stranger's number may point anywhere.
            cause.certificate = None;
        }
        Diagnosis {
            verdict,
            causes,
            ruled_out,
            unknown,
            ..Diagnosis::of_nothing()
        }
    }
}
