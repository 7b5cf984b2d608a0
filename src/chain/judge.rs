//! The judgement: which path is best, and everything that speaks against it.
//!
//! Not here: how paths are found (`path.rs`) and the rules themselves (`rules.rs`).

use std::cmp::Reverse;
use std::sync::Arc;

use super::constraints::MAX_COMPARISONS;
use super::path::{End, Found, MAX_CERTIFICATES, Search};
use super::rules::{self, Findings, is_from_store};
use super::{Judgement, Link, Question, Source, Violation, limits, names};
use crate::cause::CauseId;
use crate::msg::Msg;

/// Judges what was served. Bounded work whatever the certificates are; see [`Judgement::bounded`].
///
/// Several paths: an accepted one is taken first, then one that ends in a trust anchor, then the one with the fewest
/// and mildest violations, so that an expired alternate beside a good path is no fault.
pub fn judge(question: &Question<'_>) -> Judgement {
    let Some((leaf, out_of_place)) = end_entity(question) else {
        return nothing_served();
    };
    let own = rules::end_entity(question, &leaf.cert);
    let mut search = Search::new(question);
    let mut budget = MAX_COMPARISONS;
    let mut best: Option<(Rank, Found, Findings)> = None;
    search.run(leaf, &mut |found, search| {
        let findings = rules::hold(question, &found, search, &mut budget, &own);
        let rank = Rank::of(&found, &findings);
        let accepted = rank.accepted();
        if best.as_ref().is_none_or(|(known, _, _)| rank < *known) {
            best = Some((rank, found, findings));
        }
        accepted
    });
    let (left_out, stopped_after) = (search.left_out, search.stopped.then_some(search.paths));
    let Some((_, found, mut findings)) = best else {
        return nothing_served();
    };
    order(question, &found.path, out_of_place, &mut findings);
    findings
        .violations
        .sort_by_key(|violation| Reverse(weight(violation.cause)));
    Judgement {
        anchored: matches!(found.end, End::Anchor),
        path: found.path,
        violations: findings.violations,
        advice: findings.advice,
        remarks: findings.remarks,
        bounded: left_out > 0 || stopped_after.is_some(),
        left_out,
        stopped_after,
    }
}

/// Addresses (http and https) where the issuer of the path's last certificate may be had, when the path ends too early.
pub fn missing_issuer_urls(judgement: &Judgement) -> Vec<String> {
    match judgement.path.last() {
        Some(top) if !judgement.anchored && !top.cert.is_self_issued() => top
            .cert
            .issuer_urls
            .iter()
            .filter(|url| limits::is_fetchable(url))
            .cloned()
            .collect(),
        _ => Vec::new(),
    }
}

/// Smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    refused: bool,
    unanchored: bool,
    weight: u32,
    count: usize,
    /// Shorter is better for a path that arrives, longer for one that does not: it shows more.
    length: isize,
}

impl Rank {
    fn of(found: &Found, findings: &Findings) -> Self {
        let anchored = matches!(found.end, End::Anchor);
        let length = isize::try_from(found.path.len()).unwrap_or(isize::MAX);
        Self {
            refused: !findings.violations.is_empty(),
            unanchored: !anchored,
            weight: findings
                .violations
                .iter()
                .map(|violation| weight(violation.cause))
                .sum(),
            count: findings.violations.len(),
            length: if anchored { length } else { -length },
        }
    }

    const fn accepted(&self) -> bool {
        !self.refused
    }
}

/// How far from acceptable a fault makes a path, to choose between paths and to name the worst first.
fn weight(cause: CauseId) -> u32 {
    match cause {
        CauseId::BAD_SIGNATURE => 100,
        CauseId::MALFORMED_CERTIFICATE => 80,
        CauseId::NOT_A_CA_ISSUER => 70,
        CauseId::UNKNOWN_CRITICAL_EXTENSION => 60,
        CauseId::NAME_CONSTRAINTS_VIOLATION => 50,
        CauseId::PATH_LENGTH_EXCEEDED | CauseId::BAD_KEY_USAGE => 45,
        CauseId::UNKNOWN_CA | CauseId::CLIENT_CERT_WRONG_ISSUER => 42,
        CauseId::SELF_SIGNED | CauseId::MISSING_INTERMEDIATE => 41,
        CauseId::MISSING_SERVER_AUTH_EKU | CauseId::CLIENT_CERT_MISSING_EKU => 35,
        CauseId::WEAK_SIGNATURE | CauseId::WEAK_KEY => 30,
        CauseId::HOSTNAME_MISMATCH | CauseId::CN_ONLY => 25,
        _ => 20,
    }
}

/// The certificate that is meant to be the end-entity, and whether it was not served first (RFC 8446 section 4.4.2
/// wants it there).
fn end_entity(question: &Question<'_>) -> Option<(Link, bool)> {
    let first = question.served.first()?;
    let fits = |cert: &Arc<super::Cert>| {
        question
            .name
            .is_none_or(|host| names::fault(cert, host).is_none())
    };
    let mut place = 0;
    if first.is_ca && (question.name.is_none() || !fits(first)) {
        let other = question
            .served
            .iter()
            .take(MAX_CERTIFICATES)
            .position(|cert| !cert.is_ca && fits(cert) && !cert.is_self_issued());
        place = other.unwrap_or(0);
    }
    let cert = question.served.get(place)?;
    let link = Link {
        cert: Arc::clone(cert),
        source: Source::Served,
        position: place,
    };
    Some((link, place > 0))
}

/// RFC 5246 section 7.4.2: each certificate certifies the one before it. TLS 1.3 clients must cope, older ones may not.
fn order(question: &Question<'_>, path: &[Link], out_of_place: bool, findings: &mut Findings) {
    const RULE: &str = "RFC 8446 section 4.4.2";
    let violation = |at: usize, id| {
        let subject = path
            .get(at)
            .map(|link| link.cert.label())
            .unwrap_or_default();
        Violation {
            cause: CauseId::CHAIN_WRONG_ORDER,
            at: Some(at),
            text: Msg::new(id).with("subject", subject),
            rule: RULE,
        }
    };
    if out_of_place {
        findings
            .violations
            .push(violation(0, "chain.end-entity-not-first"));
        return;
    }
    let served_at = |link: &Link| match link.source {
        Source::Served => Some(link.position),
        Source::Store if is_from_store(link) => question
            .served
            .iter()
            .take(MAX_CERTIFICATES)
            .position(|cert| cert.same_entity(&link.cert)),
        _ => None,
    };
    let mut highest = 0;
    for (at, link) in path.iter().enumerate() {
        let Some(position) = served_at(link) else {
            continue;
        };
        if position < highest {
            findings.advice.push(violation(at, "chain.wrong-order"));
            return;
        }
        highest = position;
    }
}

fn nothing_served() -> Judgement {
    Judgement {
        path: Vec::new(),
        anchored: false,
        violations: vec![Violation {
            cause: CauseId::MALFORMED_CERTIFICATE,
            at: None,
            text: Msg::new("chain.nothing-served"),
            rule: "RFC 8446 section 4.4.2",
        }],
        advice: Vec::new(),
        remarks: Vec::new(),
        bounded: false,
        left_out: 0,
        stopped_after: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no repair of the chain's form helps comes first, what time or a new name mends comes last.
    #[test]
    fn the_worst_is_named_first() {
        let order = [
            &[CauseId::BAD_SIGNATURE][..],
            &[CauseId::MALFORMED_CERTIFICATE],
            &[CauseId::NOT_A_CA_ISSUER],
            &[CauseId::UNKNOWN_CRITICAL_EXTENSION],
            &[CauseId::NAME_CONSTRAINTS_VIOLATION],
            &[CauseId::PATH_LENGTH_EXCEEDED, CauseId::BAD_KEY_USAGE],
            &[CauseId::UNKNOWN_CA, CauseId::CLIENT_CERT_WRONG_ISSUER],
            &[CauseId::SELF_SIGNED, CauseId::MISSING_INTERMEDIATE],
            &[
                CauseId::MISSING_SERVER_AUTH_EKU,
                CauseId::CLIENT_CERT_MISSING_EKU,
            ],
            &[CauseId::WEAK_SIGNATURE, CauseId::WEAK_KEY],
            &[CauseId::HOSTNAME_MISMATCH, CauseId::CN_ONLY],
            &[
                CauseId::CERT_EXPIRED_LEAF,
                CauseId::CERT_NOT_YET_VALID,
                CauseId::CLIENT_CERT_EXPIRED,
            ],
        ];
        for same in order {
            assert!(
                same.iter().all(|cause| weight(*cause) == weight(same[0])),
                "{same:?}"
            );
        }
        let first: Vec<u32> = order.iter().map(|same| weight(same[0])).collect();
        assert!(
            first.is_sorted_by(|worse, better| worse > better),
            "{first:?}"
        );
    }

    /// Accepted before arriving before the mildest faults before the fewest; a path that arrives had better be short,
    /// one that does not shows more when it is long.
    #[test]
    fn of_several_paths_the_best_is_taken() {
        let rank = |refused, unanchored, weight, count, length| Rank {
            refused,
            unanchored,
            weight,
            count,
            length,
        };
        let order = [
            rank(false, false, 0, 0, 3),
            rank(false, false, 0, 0, 4),
            rank(true, false, 20, 1, 3),
            rank(true, false, 40, 1, 2),
            rank(true, false, 40, 2, 2),
            rank(true, true, 0, 0, -4),
            rank(true, true, 42, 1, -3),
            rank(true, true, 42, 1, -2),
        ];
        assert!(order.is_sorted_by(|better, worse| better < worse));
        assert!(order[0].accepted() && !order[2].accepted());
    }
}
