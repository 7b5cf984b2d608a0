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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::model::{Impact, Repair};
    use crate::msg::Msg;

    const ROOT: CauseId = CauseId::CAPTIVE_PORTAL;
    const MIDDLE: CauseId = CauseId::DNS_WRONG_ANSWER;
    const LAST: CauseId = CauseId::HOSTNAME_MISMATCH;

    fn relations(explains: &[(CauseId, CauseId)]) -> Relations {
        let mut relations = Relations::default();
        for (root, follower) in explains {
            relations.explains.entry(*root).or_default().push(*follower);
        }
        relations.layer = [
            (ROOT, Layer::Network),
            (MIDDLE, Layer::Dns),
            (LAST, Layer::Certificate),
        ]
        .into();
        relations
    }

    fn found(cause: CauseId, certainty: Certainty) -> Found {
        let mut finding = Finding::blocks(cause, certainty);
        finding.repair = Some(Repair {
            what: Msg::new("repair.portal"),
            proved: true,
        });
        Found {
            finding,
            needed: false,
        }
    }

    /// Who is put under whom, in the order given.
    fn roots(mut all: Vec<Found>, relations: &Relations) -> Vec<Option<CauseId>> {
        explain(&mut all, relations);
        for one in &all {
            let finding = &one.finding;
            assert_eq!(
                finding.repair.is_some(),
                finding.explained_by.is_none(),
                "what goes away with its root has no repair of its own"
            );
        }
        all.iter().map(|one| one.finding.explained_by).collect()
    }

    #[test]
    fn what_follows_from_a_consequence_stands_under_the_first_cause() {
        let relations = relations(&[(ROOT, MIDDLE), (MIDDLE, LAST)]);
        let all = [LAST, MIDDLE, ROOT].map(|cause| found(cause, Certainty::Likely));
        assert_eq!(
            roots(all.into(), &relations),
            [Some(ROOT), Some(ROOT), None]
        );
    }

    #[test]
    fn causes_that_explain_each_other_stand_for_themselves() {
        let relations = relations(&[(ROOT, MIDDLE), (MIDDLE, ROOT)]);
        let all = [ROOT, MIDDLE].map(|cause| found(cause, Certainty::Confirmed));
        assert_eq!(roots(all.into(), &relations), [None, None]);
    }

    #[test]
    fn a_guess_explains_nothing_and_is_explained() {
        let relations = relations(&[(ROOT, LAST)]);
        let pair = |root, last| vec![found(ROOT, root), found(LAST, last)];
        assert_eq!(
            roots(pair(Certainty::Possible, Certainty::Confirmed), &relations),
            [None, None]
        );
        assert_eq!(
            roots(pair(Certainty::Likely, Certainty::Possible), &relations),
            [None, Some(ROOT)]
        );
    }

    #[test]
    fn repairs_that_are_needed_side_by_side_do_not_explain_one_another() {
        let relations = relations(&[(ROOT, LAST)]);
        let pair = |root: bool, last: bool| {
            let mut all = vec![
                found(ROOT, Certainty::Confirmed),
                found(LAST, Certainty::Confirmed),
            ];
            (all[0].needed, all[1].needed) = (root, last);
            roots(all, &relations)
        };
        assert_eq!(pair(true, true), [None, None]);
        assert_eq!(pair(true, false), [None, Some(ROOT)]);
        assert_eq!(pair(false, true), [None, Some(ROOT)]);
    }

    #[test]
    fn of_several_roots_the_one_met_first_counts_and_one_that_is_not_there_none() {
        let relations = relations(&[(MIDDLE, LAST), (ROOT, LAST)]);
        let all = [MIDDLE, ROOT, LAST].map(|cause| found(cause, Certainty::Likely));
        assert_eq!(roots(all.into(), &relations), [None, None, Some(ROOT)]);
        // A rule named a root that nobody found: the catalogue speaks.
        let mut all = vec![
            found(MIDDLE, Certainty::Likely),
            found(LAST, Certainty::Likely),
        ];
        all[1].finding.explained_by = Some(CauseId::NO_NETWORK);
        assert_eq!(roots(all, &relations), [None, Some(MIDDLE)]);
        // A rule's own word counts more than the catalogue.
        let mut all = [MIDDLE, ROOT, LAST].map(|cause| found(cause, Certainty::Likely));
        all[2].finding.explained_by = Some(MIDDLE);
        assert_eq!(roots(all.into(), &relations), [None, None, Some(MIDDLE)]);
    }

    #[test]
    fn the_order_is_impact_then_what_was_seen_then_the_layer_then_certainty() {
        let relations = relations(&[]);
        let entry = |cause, certainty, impact| {
            let mut one = found(cause, certainty);
            one.finding.impact = impact;
            one
        };
        let ordered = order(
            vec![
                entry(ROOT, Certainty::Confirmed, Impact::Degrades),
                entry(MIDDLE, Certainty::Possible, Impact::Blocks),
                entry(LAST, Certainty::Likely, Impact::Blocks),
                entry(CauseId::CN_ONLY, Certainty::Confirmed, Impact::SomeClients),
                entry(CauseId::NO_NETWORK, Certainty::Likely, Impact::Degrades),
            ],
            &relations,
        );
        let causes: Vec<CauseId> = ordered.iter().map(|finding| finding.cause).collect();
        assert_eq!(
            causes,
            [LAST, MIDDLE, CauseId::CN_ONLY, ROOT, CauseId::NO_NETWORK],
            "a cause without a layer in the catalogue comes last"
        );
    }

    #[test]
    fn a_follower_comes_right_after_its_root() {
        let relations = relations(&[]);
        let mut all = vec![
            found(ROOT, Certainty::Likely),
            found(MIDDLE, Certainty::Likely),
            found(LAST, Certainty::Likely),
        ];
        all[2].finding.explained_by = Some(ROOT);
        let ordered = order(all, &relations);
        let causes: Vec<CauseId> = ordered.iter().map(|finding| finding.cause).collect();
        assert_eq!(causes, [ROOT, LAST, MIDDLE]);
    }

    #[test]
    fn within_a_layer_what_hinders_more_comes_first_and_then_what_is_surer() {
        let mut relations = relations(&[]);
        for cause in [CauseId::UNKNOWN_CA, CauseId::WEAK_KEY] {
            relations.layer.insert(cause, Layer::Certificate);
        }
        relations.layer.insert(CauseId::NO_NETWORK, Layer::Network);
        relations.layer.insert(CauseId::IPV6_BROKEN, Layer::Network);
        let ordered = order(
            vec![
                found(LAST, Certainty::Confirmed),
                found(CauseId::UNKNOWN_CA, Certainty::Likely),
                found(CauseId::WEAK_KEY, Certainty::Confirmed),
                found(CauseId::IPV6_BROKEN, Certainty::Confirmed),
                found(CauseId::NO_NETWORK, Certainty::Likely),
            ],
            &relations,
        );
        let causes: Vec<CauseId> = ordered.iter().map(|finding| finding.cause).collect();
        assert_eq!(
            causes,
            [
                CauseId::NO_NETWORK,
                CauseId::IPV6_BROKEN,
                CauseId::WEAK_KEY,
                CauseId::UNKNOWN_CA,
                LAST
            ]
        );
    }
}
