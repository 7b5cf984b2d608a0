//! The rule for nodes that differ: other addresses of the same name, seen beside the ordinary handshake.

use std::sync::Arc;

use crate::cause::CauseId;
use crate::chain::{Cert, Judgement, Purpose, Question, judge};
use crate::evidence::{ProbeId, TlsAttempt, TlsOutcome, TlsVariant, Why, WhyCode};
use crate::msg::Msg;

use super::case::Case;
use super::draft::{Ledger, Ruling};
use super::model::{Certainty, Finding, Impact, Proof};
use super::transport::completed_text;

/// Compares what the nodes did.
pub(super) fn enter(case: &Case<'_>, ledger: &mut Ledger) {
    ledger.enter(CauseId::INCONSISTENT_NODES, nodes(case));
}

/// What one node made of the same handshake.
#[derive(PartialEq, Eq)]
enum Made {
    /// It failed.
    Failed,
    /// It completed, and these causes speak against its certificates.
    Served(Vec<CauseId>),
}

fn nodes(case: &Case<'_>) -> Ruling {
    let main = match case.tls() {
        Ok(main) => main,
        Err(why) => return Ruling::Unknown(why),
    };
    let others: Vec<&TlsAttempt> = case
        .handshakes()
        .iter()
        .filter(|attempt| attempt.variant == TlsVariant::OtherAddress)
        .collect();
    if others.is_empty() {
        let addresses = case
            .attempts()
            .iter()
            .filter(|a| a.outcome == crate::evidence::TcpOutcome::Open)
            .count();
        // One open address has no neighbour to differ from.
        return if addresses == 1 && case.settled(ProbeId::Tcp) {
            Ruling::RuledOut
        } else {
            Ruling::Unknown(Why::code(WhyCode::NotRun))
        };
    }
    let here = made(case, main);
    let different: Vec<(&TlsAttempt, Made)> = others
        .into_iter()
        .map(|attempt| (attempt, made(case, attempt)))
        .filter(|(_, made)| *made != here)
        .collect();
    if different.is_empty() {
        return Ruling::RuledOut;
    }
    let say = |attempt: &TlsAttempt, made: &Made| Proof {
        probe: ProbeId::Tls,
        text: match made {
            Made::Failed => Msg::new("diagnose.nodes.failed").with("addr", attempt.addr),
            Made::Served(causes) if causes.is_empty() => completed_text(attempt),
            Made::Served(causes) => {
                let ids: Vec<&str> = causes.iter().map(|cause| cause.as_str()).collect();
                Msg::new("diagnose.nodes.refused")
                    .with("addr", attempt.addr)
                    .with("causes", ids.join(", "))
            }
        },
    };
    Finding::new(
        CauseId::INCONSISTENT_NODES,
        Certainty::Confirmed,
        Impact::SomeClients,
    )
    .shown_by_all([say(main, &here)])
    .shown_by_all(different.iter().map(|(attempt, made)| say(attempt, made)))
    .into()
}

fn made(case: &Case<'_>, attempt: &TlsAttempt) -> Made {
    if !matches!(attempt.outcome, TlsOutcome::Completed(_)) {
        return Made::Failed;
    }
    let certs: Result<Vec<Arc<Cert>>, _> = attempt
        .served
        .iter()
        .map(|der| Cert::parse(der).map(Arc::new))
        .collect();
    let Ok(certs) = certs else {
        return Made::Served(vec![CauseId::MALFORMED_CERTIFICATE]);
    };
    let judgement: Judgement = judge(&Question {
        served: &certs,
        fetched: &[],
        anchors: &case.stores.system.anchors,
        name: Some(&case.evidence.target.host),
        at: case.clock.device,
        purpose: Purpose::Server,
    });
    let mut causes: Vec<CauseId> = judgement.violations.iter().map(|v| v.cause).collect();
    causes.sort_unstable();
    causes.dedup();
    Made::Served(causes)
}
