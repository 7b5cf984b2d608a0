//! From what the rules said to the diagnosis: who explains whom, the order, the verdict.

use crate::cause::CauseId;
use crate::evidence::{ProbeId, ProbeOutcome, WhyCode};
use crate::guide::Layer;
use crate::msg::Msg;

use super::Relations;
use super::case::Case;
use super::draft::{Found, Ledger};
use super::model::{Certainty, Diagnosis, Finding, Verdict};

/// Orders the findings and says the verdict.
pub(super) fn conclude(case: &Case<'_>, mut ledger: Ledger, relations: &Relations) -> Diagnosis {
    explain(&mut ledger.found, relations);
    let causes = order(ledger.found, relations);
    let verdict = verdict(case, &causes);
    let mut chain = case
        .trust
        .as_ref()
        .map(|trust| trust.entries.clone())
        .unwrap_or_default();
    for finding in &causes {
        if let Some(entry) = finding.certificate.and_then(|index| chain.get_mut(index)) {
            entry.problems.push(finding.cause);
        }
    }
    let mut unknown = ledger.unknown;
    if case.evidence.finished {
        // Nothing comes "yet" once the run is over.
        for (_, why) in &mut unknown {
            if why.code == WhyCode::NotRun && why.detail.is_none() {
                why.detail = Some(Msg::new("why.not-in-this-run"));
            }
        }
    }
    Diagnosis {
        verdict,
        causes,
        ruled_out: ledger.ruled_out,
        unknown,
        advice: ledger.advice,
        chain,
        clients: Vec::new(),
    }
}

/// Puts every finding that follows from another one under its root. Only a root that is at least likely explains
/// anything, and repairs that are needed side by side do not explain one another.
fn explain(found: &mut [Found], relations: &Relations) {
    let roots: Vec<(CauseId, Certainty, bool)> = found
        .iter()
        .map(|f| (f.finding.cause, f.finding.certainty, f.needed))
        .collect();
    let parent = |cause: CauseId, needed: bool| {
        let mut parents: Vec<CauseId> = roots
            .iter()
            .filter(|(root, certainty, root_needed)| {
                *root != cause
                    && *certainty >= Certainty::Likely
                    && !(needed && *root_needed)
                    && relations
                        .explains
                        .get(root)
                        .is_some_and(|e| e.contains(&cause))
            })
            .map(|(root, ..)| *root)
            .collect();
        parents.sort_by_key(|root| layer(*root, relations));
        parents.first().copied()
    };
    let direct: Vec<Option<CauseId>> = found
        .iter()
        .map(|f| {
            f.finding
                .explained_by
                .filter(|root| roots.iter().any(|(r, ..)| r == root))
                .or_else(|| parent(f.finding.cause, f.needed))
        })
        .collect();
    let of = |cause: CauseId| {
        roots
            .iter()
            .position(|(root, ..)| *root == cause)
            .and_then(|index| direct.get(index).copied().flatten())
    };
    for (index, draft) in found.iter_mut().enumerate() {
        let mut root = direct.get(index).copied().flatten();
        // Up to the first cause; the bound guards against catalogues that explain in circles.
        for _ in 0..roots.len() {
            match root.and_then(of) {
                Some(above) if above != draft.finding.cause => root = Some(above),
                _ => break,
            }
        }
        draft.finding.explained_by = root;
    }
    // A circle leaves nobody at the top: its members stand for themselves.
    let tops: Vec<CauseId> = found
        .iter()
        .filter(|f| f.finding.explained_by.is_none())
        .map(|f| f.finding.cause)
        .collect();
    for draft in found.iter_mut() {
        draft.finding.explained_by = draft
            .finding
            .explained_by
            .filter(|root| tops.contains(root));
        if draft.finding.explained_by.is_some() {
            // It goes away with its root. Its own repair, though it may be proved (trusting the certificate of a portal
            // would indeed make it acceptable), is not what anybody should do.
            draft.finding.repair = None;
        }
    }
}

/// Roots by impact, layer and certainty; each followed by what it explains, in the same order. What only a symptom
/// points to comes after everything that an observation shows: a guess never takes the first place from a finding.
fn order(found: Vec<Found>, relations: &Relations) -> Vec<Finding> {
    let key = |finding: &Finding| {
        (
            finding.impact,
            finding.certainty == Certainty::Possible,
            layer(finding.cause, relations),
            finer_layer(finding.cause),
            std::cmp::Reverse(finding.certainty),
        )
    };
    let mut findings: Vec<Finding> = found.into_iter().map(|f| f.finding).collect();
    findings.sort_by_key(key);
    let (roots, mut followers): (Vec<Finding>, Vec<Finding>) =
        findings.into_iter().partition(|f| f.explained_by.is_none());
    let mut ordered = Vec::new();
    for root in roots {
        let cause = root.cause;
        ordered.push(root);
        let (mine, rest): (Vec<Finding>, Vec<Finding>) = followers
            .into_iter()
            .partition(|f| f.explained_by == Some(cause));
        ordered.extend(mine);
        followers = rest;
    }
    ordered
}

/// The order within the layers of the catalogue: the clock before all else, then names, the way, transport, TLS, the
/// chain, the name in it.
fn layer(cause: CauseId, relations: &Relations) -> Layer {
    relations
        .layer
        .get(&cause)
        .copied()
        .unwrap_or(Layer::Capacity)
}

/// Within a layer: what hinders more first.
fn finer_layer(cause: CauseId) -> u8 {
    match cause {
        CauseId::NO_NETWORK | CauseId::CAPTIVE_PORTAL | CauseId::PORT_MISMATCH => 0,
        // DESIGN puts the chain before the name in it.
        CauseId::HOSTNAME_MISMATCH => 2,
        _ => 1,
    }
}

/// Healthy only where everything that matters was seen to hold, and the run is over: what still runs may still find
/// something. Nobody is kept waiting for a responder or a list that is slow; a revocation found there comes later, and
/// is unknown until then.
fn verdict(case: &Case<'_>, causes: &[Finding]) -> Verdict {
    if !causes.is_empty() {
        return Verdict::Problem;
    }
    let named = case.saved
        || case.needs_no_name()
        || case
            .evidence
            .dns
            .known()
            .is_some_and(|d| !d.addresses().is_empty());
    if is_over(case) && named && case.works() == Some(true) {
        Verdict::Healthy
    } else {
        Verdict::Inconclusive
    }
}

/// Whether nothing runs any more but the question of revocation, and what decides nothing: other gateways, and logs.
pub(super) fn is_over(case: &Case<'_>) -> bool {
    let settled = |id: ProbeId| {
        let record = case.evidence.probe(id);
        record.is_some_and(|record| record.outcome != ProbeOutcome::Running)
    };
    case.evidence.finished
        || ProbeId::ALL
            .into_iter()
            .filter(|id| !matches!(id, ProbeId::Revocation | ProbeId::Backups | ProbeId::Logs))
            .all(settled)
}
