//! The rule for nodes that differ: other addresses of the same name, or the same address asked again, seen beside the
//! ordinary handshake.

use crate::cause::CauseId;
use crate::evidence::{
    Host, ProbeId, TcpOutcome, TlsAttempt, TlsOutcome, TlsVariant, Why, WhyCode,
};
use crate::msg::Msg;

use super::case::Case;
use super::draft::{Ledger, Ruling};
use super::model::{Certainty, Finding, Impact, Proof};

/// What may be wrong with a handshake and goes away on a sound node.
const OF_A_HANDSHAKE: [CauseId; 5] = [
    CauseId::HANDSHAKE_STALL,
    CauseId::HANDSHAKE_RESET,
    CauseId::TLS_VERSION_TOO_OLD,
    CauseId::NO_COMMON_CIPHER,
    CauseId::GATEWAY_MISCONFIGURED,
];

/// What explains a handshake that fails at one address and not at another, or now and not then, without any node being
/// set up differently.
const NOT_THE_NODES: [CauseId; 3] = [
    CauseId::MTU_BLACKHOLE,
    CauseId::CONNECTION_LIMIT,
    CauseId::IP_BANNED,
];

/// Compares what the nodes did, and puts under the difference what a sound node does not have.
pub(super) fn enter(case: &Case<'_>, ledger: &mut Ledger) {
    let ruling = nodes(case, ledger);
    let Ruling::Found(mut finding) = ruling else {
        ledger.enter(CauseId::INCONSISTENT_NODES, ruling);
        return;
    };
    let follows = match case
        .tls()
        .map(|main| made(case, main, &case.evidence.target.host))
    {
        Ok(Made::Served(causes)) => causes,
        Ok(Made::Failed) => OF_A_HANDSHAKE.to_vec(),
        Err(_) => Vec::new(),
    };
    let follows: Vec<CauseId> = follows
        .into_iter()
        .filter(|cause| ledger.has_found(*cause))
        .collect();
    if let Some(sound) = sound_node(case)
        && finding.certainty == Certainty::Confirmed
        && !follows.is_empty()
    {
        // This device met the unsound one: it is stopped, and putting that node right is all it takes.
        finding.impact = Impact::Blocks;
        *finding = finding.helped_by(like(case, sound));
        ledger.found(*finding, false);
        for cause in follows {
            ledger.explain(cause, CauseId::INCONSISTENT_NODES);
        }
        return;
    }
    ledger.found(*finding, false);
}

/// What one node made of the same handshake.
#[derive(PartialEq, Eq)]
pub(super) enum Made {
    /// It failed.
    Failed,
    /// It completed, and these causes speak against its certificates.
    Served(Vec<CauseId>),
}

fn nodes(case: &Case<'_>, ledger: &Ledger) -> Ruling {
    let main = match case.tls() {
        Ok(main) => main,
        Err(why) => return Ruling::Unknown(why),
    };
    let others: Vec<&TlsAttempt> = others(case).collect();
    if others.is_empty() {
        let addresses = case
            .attempts()
            .iter()
            .filter(|a| a.outcome == TcpOutcome::Open)
            .count();
        // One open address has no neighbour to differ from.
        return if addresses == 1 && case.settled(ProbeId::Tcp) {
            Ruling::RuledOut
        } else {
            Ruling::Unknown(Why::code(WhyCode::NotRun))
        };
    }
    let host = &case.evidence.target.host;
    let here = made(case, main, host);
    let different: Vec<(&TlsAttempt, Made)> = others
        .into_iter()
        .map(|attempt| (attempt, made(case, attempt, host)))
        .filter(|(_, made)| *made != here)
        .collect();
    if different.is_empty() {
        return Ruling::RuledOut;
    }
    let failed = here == Made::Failed || different.iter().all(|(_, made)| *made == Made::Failed);
    if failed && NOT_THE_NODES.iter().any(|cause| ledger.has_likely(*cause)) {
        return Ruling::Unknown(Why::because(
            WhyCode::NotNeeded,
            Msg::new("diagnose.nodes.explained"),
        ));
    }
    // The way to the other family's address is another one, and may be what fails.
    let other_way = failed
        && different
            .iter()
            .all(|(attempt, _)| attempt.addr.is_ipv4() != main.addr.is_ipv4());
    let certainty = if other_way {
        Certainty::Likely
    } else {
        Certainty::Confirmed
    };
    Finding::new(CauseId::INCONSISTENT_NODES, certainty, Impact::SomeClients)
        .shown_by_all([say(main, &here)])
        .shown_by_all(different.iter().map(|(attempt, made)| say(attempt, made)))
        .into()
}

fn say(attempt: &TlsAttempt, made: &Made) -> Proof {
    let again = attempt.variant == TlsVariant::Again;
    let text = match made {
        Made::Failed if again => Msg::new("diagnose.nodes.failed-again"),
        Made::Failed => Msg::new("diagnose.nodes.failed"),
        Made::Served(causes) if causes.is_empty() && again => {
            Msg::new("diagnose.nodes.accepted-again")
        }
        Made::Served(causes) if causes.is_empty() => Msg::new("diagnose.nodes.accepted"),
        Made::Served(causes) => {
            let ids: Vec<&str> = causes.iter().map(|cause| cause.as_str()).collect();
            if again {
                Msg::new("diagnose.nodes.refused-again")
            } else {
                Msg::new("diagnose.nodes.refused")
            }
            .with("causes", ids.join(", "))
        }
    };
    Proof {
        probe: match attempt.variant {
            TlsVariant::Ordinary => ProbeId::Tls,
            _ => ProbeId::Experiments,
        },
        text: text.with("addr", attempt.addr),
    }
}

/// The ordinary handshake with whoever else answers for the name.
fn others<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a TlsAttempt> {
    case.handshakes().iter().filter(|attempt| {
        matches!(
            attempt.variant,
            TlsVariant::OtherAddress | TlsVariant::Again
        )
    })
}

/// A node whose handshake runs through and whose certificates are accepted.
fn sound_node<'a>(case: &Case<'a>) -> Option<&'a TlsAttempt> {
    let host = &case.evidence.target.host;
    others(case).find(|attempt| made(case, attempt, host) == Made::Served(Vec::new()))
}

fn like(case: &Case<'_>, sound: &TlsAttempt) -> Msg {
    match sound.variant {
        TlsVariant::Again => Msg::new("repair.align-node-behind").with("addr", sound.addr),
        _ => {
            let here = case.tls().map(|main| main.addr.to_string());
            Msg::new("repair.align-node")
                .with("addr", here.unwrap_or_default())
                .with("other", sound.addr)
        }
    }
}

/// What this handshake came to, its certificates judged for `host` as this device would.
pub(super) fn made(case: &Case<'_>, attempt: &TlsAttempt, host: &Host) -> Made {
    if !matches!(attempt.outcome, TlsOutcome::Completed(_)) {
        return Made::Failed;
    }
    let Some(judgement) = case.judge_beside(attempt, &case.stores.system, host) else {
        return Made::Served(vec![CauseId::MALFORMED_CERTIFICATE]);
    };
    let mut causes: Vec<CauseId> = judgement.violations.iter().map(|v| v.cause).collect();
    causes.sort_unstable();
    causes.dedup();
    Made::Served(causes)
}
