//! What the tree may ask of a run: the guide's questions answered from evidence and diagnosis, tri-state.

use crate::cause::CauseId;
use crate::diagnose::{Certainty, Diagnosis};
use crate::evidence::{Evidence, ProbeId, ProbeOutcome};
use crate::guide::{Condition, Facts, System};

/// The facts of one moment of a session.
#[derive(Clone, Copy, Debug)]
pub struct FactsNow<'a> {
    /// What was seen; nothing where no gateway was named.
    pub evidence: Option<&'a Evidence>,
    /// What follows from it; nothing where nothing was looked at yet.
    pub diagnosis: Option<&'a Diagnosis>,
    /// The system chosen.
    pub system: System,
}

impl FactsNow<'_> {
    fn found(&self, cause: CauseId) -> Option<bool> {
        let diagnosis = self.diagnosis?;
        if let Some(finding) = diagnosis.causes.iter().find(|f| f.cause == cause) {
            // A bare symptom is no answer.
            return (finding.certainty >= Certainty::Likely).then_some(true);
        }
        diagnosis.ruled_out.contains(&cause).then_some(false)
    }
}

impl Facts for FactsNow<'_> {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Found(cause) => self.found(*cause),
            Condition::RuledOut(cause) => self.found(*cause).map(|found| !found),
            Condition::Probe(id, outcome) => {
                let record = self.evidence?.probe(*id)?;
                match record.outcome {
                    ProbeOutcome::Running => None,
                    seen => Some(seen == *outcome),
                }
            }
            Condition::System(system) => Some(*system == self.system),
        }
    }

    fn finished(&self, probe: ProbeId) -> bool {
        // Without evidence nothing runs, and waiting would be for ever.
        let Some(evidence) = self.evidence else {
            return true;
        };
        evidence.finished
            || evidence
                .probe(probe)
                .is_some_and(|record| record.outcome != ProbeOutcome::Running)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{Finding, Impact, Verdict};
    use crate::evidence::{ProbeEvent, Target, UnixTime};

    fn diagnosis(certainty: Certainty) -> Diagnosis {
        Diagnosis {
            verdict: Verdict::Problem,
            causes: vec![Finding {
                cause: CauseId::UNKNOWN_CA,
                certainty,
                impact: Impact::Blocks,
                explained_by: None,
                evidence: Vec::new(),
                repair: None,
                certificate: None,
            }],
            ruled_out: vec![CauseId::SELF_SIGNED],
            ..Diagnosis::of_nothing()
        }
    }

    #[test]
    fn what_was_not_checked_is_neither_yes_nor_no() {
        let diagnosis = diagnosis(Certainty::Likely);
        let facts = FactsNow {
            evidence: None,
            diagnosis: Some(&diagnosis),
            system: System::Linux,
        };
        assert_eq!(
            facts.holds(&Condition::Found(CauseId::UNKNOWN_CA)),
            Some(true)
        );
        assert_eq!(
            facts.holds(&Condition::Found(CauseId::SELF_SIGNED)),
            Some(false)
        );
        assert_eq!(
            facts.holds(&Condition::RuledOut(CauseId::SELF_SIGNED)),
            Some(true)
        );
        assert_eq!(facts.holds(&Condition::Found(CauseId::CERT_REVOKED)), None);
        assert_eq!(
            facts.holds(&Condition::RuledOut(CauseId::CERT_REVOKED)),
            None
        );
        assert_eq!(facts.holds(&Condition::System(System::Linux)), Some(true));
    }

    #[test]
    fn a_mere_possibility_answers_no_question() {
        let diagnosis = diagnosis(Certainty::Possible);
        let facts = FactsNow {
            evidence: None,
            diagnosis: Some(&diagnosis),
            system: System::Linux,
        };
        assert_eq!(facts.holds(&Condition::Found(CauseId::UNKNOWN_CA)), None);
    }

    #[test]
    fn a_running_check_is_waited_for_and_a_finished_one_is_not() {
        let target = Target::parse("vpn.example.com").unwrap();
        let mut evidence = Evidence::new(target, UnixTime(0));
        let holds = |evidence: &Evidence| {
            let facts = FactsNow {
                evidence: Some(evidence),
                diagnosis: None,
                system: System::Linux,
            };
            (
                facts.finished(ProbeId::Dns),
                facts.holds(&Condition::Probe(ProbeId::Dns, ProbeOutcome::Fail)),
            )
        };
        assert_eq!(holds(&evidence), (false, None));
        evidence.apply(&ProbeEvent::Started {
            id: ProbeId::Dns,
            at_ms: 0.0,
        });
        assert_eq!(holds(&evidence), (false, None));
        evidence.apply(&ProbeEvent::Finished {
            id: ProbeId::Dns,
            took_ms: 1.0,
            outcome: ProbeOutcome::Fail,
            why: None,
        });
        assert_eq!(holds(&evidence), (true, Some(true)));
    }
}
