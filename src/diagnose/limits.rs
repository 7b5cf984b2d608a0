//! Advice from the dated facts of `assets/advisories.toml`: validity over the limit of the day of issue, and roots
//! that have ended with the ones that take their place.

use crate::chain::Cert;
use crate::evidence::UnixTime;
use crate::guide::{Scope, ValidityLimit};
use crate::msg::Msg;

use super::Relations;
use super::case::Case;
use super::distrust::is_marked;
use super::draft::Ledger;
use super::interception::is_public;
use super::model::Advice;
use super::trust::Trust;

const DAY: i64 = 86_400;

/// Enters what the dates say.
pub(super) fn enter(case: &Case<'_>, trust: &Trust, relations: &Relations, ledger: &mut Ledger) {
    let Some(leaf) = trust.leaf() else {
        return;
    };
    // The shortest says all: who keeps to it keeps to the others. Of two alike the first of the file.
    let exceeded = exceeded(case, trust, leaf, relations);
    if let Some(limit) = exceeded.iter().min_by_key(|limit| limit.days) {
        ledger.advice.push(Advice {
            id: "validity-too-long",
            text: Msg::new("diagnose.advice.validity-too-long")
                .with("certificate", leaf.label())
                .with("days", days(leaf))
                .with("limit", limit.days)
                .with("programme", limit.programme.name())
                .with("from", limit.from.day())
                .with("source", &limit.source),
        });
    }
    let now = case.clock.real().unwrap_or(case.clock.device);
    ended(trust, relations, now, ledger);
}

/// The limits this certificate is over, one a programme and scope: the one in force when it was issued.
pub(super) fn exceeded<'a>(
    case: &Case<'_>,
    trust: &Trust,
    leaf: &Cert,
    relations: &'a Relations,
) -> Vec<&'a ValidityLimit> {
    let public = is_public(case, trust);
    let mut in_force: Vec<&ValidityLimit> = Vec::new();
    for limit in &relations.advisories.limits {
        let applies = limit.verified.is_certain()
            && limit.from <= leaf.not_before
            && (public || limit.scope == Scope::Any);
        if applies {
            // In the file they are in the order of time: the later one replaces the earlier one.
            in_force.retain(|old| (old.programme, old.scope) != (limit.programme, limit.scope));
            in_force.push(limit);
        }
    }
    in_force.retain(|limit| days(leaf) > limit.days);
    in_force
}

/// Days of validity, begun ones counted whole. Both ends belong to the validity (RFC 5280 section 4.1.2.5), so its
/// length is one second more than the difference.
fn days(cert: &Cert) -> i64 {
    let seconds = cert.not_after.since(cert.not_before).saturating_add(1);
    seconds.saturating_add(DAY - 1).div_euclid(DAY)
}

/// Served certificates that are a root which has ended, or lead to one.
fn ended(trust: &Trust, relations: &Relations, now: UnixTime, ledger: &mut Ledger) {
    for root in &relations.advisories.ended {
        if now <= root.until || !root.verified.is_certain() {
            continue;
        }
        let leads_there = |cert: &Cert| {
            let issued_by = root.marks.subjects.contains(&cert.issuer);
            issued_by || (cert.is_self_issued() && is_marked(cert, &root.marks))
        };
        // The replacement may have the same key: what counts is a certificate that ends with the old root.
        let leaf = trust.leaf().map(|leaf| leaf.sha256);
        let above = trust.served.iter().filter(|cert| Some(cert.sha256) != leaf);
        let Some(cert) = above.into_iter().find(|cert| leads_there(cert)) else {
            continue;
        };
        ledger.advice.push(Advice {
            id: "ended-root",
            text: Msg::new("diagnose.advice.ended-root")
                .with("certificate", cert.label())
                .with("root", &root.name)
                .with("until", root.until.day())
                .with("replacement", &root.replacement)
                .with("source", &root.source),
        });
    }
}
