//! Rules of the certificate layer: what the experiments of `trial` mean.
//!
//! A repair that was tried and left nothing to object to confirms its cause. Which faults a certificate has is the
//! judge's; which clock is right is `clock`'s.

use std::sync::Arc;

use crate::cause::CauseId;
use crate::chain::{Cert, Violation};
use crate::evidence::{FetchOutcome, Host, ProbeId, Why, WhyCode};
use crate::msg::Msg;

use super::case::Case;
use super::coverage::{no_chain, rule_out};
use super::draft::{Ledger, Ruling};
use super::interception;
use super::model::{Certainty, Finding, Impact, Proof, Repair};
use super::revocation;
use super::skew::{DATES, clock, clock_alone, expired_in_truth};
use super::trial::{Change, Fault, TRUST, has, is_root};
use super::trust::Trust;

/// What the judge only remarks on, and what some clients refuse all the same: old ones a chain out of order (RFC 5246
/// section 7.4.2), rustls-webpki a CA certificate in a server's place.
const ADVICE_TO_SOME: [CauseId; 2] = [
    CauseId::CHAIN_WRONG_ORDER,
    CauseId::CA_USED_AS_SERVER_CERTIFICATE,
];

/// Enters everything that certificates and the clock show.
pub(super) fn enter(case: &Case<'_>, ledger: &mut Ledger) {
    let Some(trust) = &case.trust else {
        no_chain(case, ledger);
        if !case.saved {
            clock_alone(case, ledger);
        }
        return;
    };
    let outcome = &trust.outcome;
    for change in &outcome.changes {
        let (finding, followers) = found(case, trust, change);
        ledger.found(finding, true);
        for follower in followers {
            ledger.found(follower, false);
        }
    }
    if !outcome.solved {
        unsolved(trust, ledger);
    }
    if trust.judges_disagree() {
        doubt(trust, ledger);
    }
    for violation in &outcome.as_served.advice {
        if ADVICE_TO_SOME.contains(&violation.cause) && !ledger.has_found(CauseId::SELF_SIGNED) {
            let cert = cert_at(trust, violation);
            let finding = Finding::new(violation.cause, Certainty::Confirmed, Impact::SomeClients)
                .shown_by(ProbeId::Chain, violation.text.clone())
                .helped_by(replacement(violation.cause, cert.as_ref()));
            ledger.found(located(finding, trust, cert.as_ref()), false);
        }
    }
    for certificate in &trust.malformed {
        let finding = Finding::new(
            CauseId::MALFORMED_CERTIFICATE,
            Certainty::Likely,
            Impact::SomeClients,
        )
        .shown_by(
            ProbeId::Chain,
            Msg::new("diagnose.chain.malformed")
                .with("position", certificate.0 + 1)
                .with("reason", &certificate.1),
        );
        ledger.found(finding, false);
    }
    interception::enter(case, trust, ledger);
    revocation::enter(case, trust, ledger);
    expired_in_truth(case, trust, ledger);
    if !case.saved {
        clock_alone(case, ledger);
    }
    rule_out(case, trust, ledger);
}

/// The finding of one change, and what follows from it.
fn found(case: &Case<'_>, trust: &Trust, change: &Change) -> (Finding, Vec<Finding>) {
    match change {
        Change::SetClock => clock(case, trust),
        Change::Send => (missing_intermediate(case, trust), Vec::new()),
        Change::Trust(root) => (untrusted_root(trust, root), Vec::new()),
        Change::UpdateStore => outdated_store(trust),
        Change::UseName(name, fault) => (wrong_name(case, trust, fault, Some(name)), Vec::new()),
        Change::Rename(fault) => (wrong_name(case, trust, fault, None), Vec::new()),
        Change::Replace(fault) | Change::Reorder(_, fault) => {
            (replaced(case, trust, fault), Vec::new())
        }
    }
}

fn missing_intermediate(case: &Case<'_>, trust: &Trust) -> Finding {
    let used: Vec<&Arc<Cert>> = trust
        .fetched
        .iter()
        .filter(|cert| {
            !is_root(cert)
                && trust
                    .outcome
                    .repaired
                    .path
                    .iter()
                    .any(|l| l.cert.sha256 == cert.sha256)
        })
        .collect();
    let labels: Vec<String> = used.iter().map(|cert| cert.label()).collect();
    let fetched = used.iter().map(|cert| Proof {
        probe: ProbeId::Aia,
        text: Msg::new("diagnose.chain.fetched")
            .with("certificate", cert.label())
            .with("url", fetched_from(case, cert).unwrap_or_default()),
    });
    let finding = Finding::blocks(
        CauseId::MISSING_INTERMEDIATE,
        confirmed_if(trust.outcome.solved),
    )
    .shown_by_all(no_path(trust))
    .shown_by_all(fetched)
    .shown_by_all(trial(trust));
    let finding = located(finding, trust, used.first().copied());
    repaired(
        finding,
        trust,
        Msg::new("repair.send-intermediate").with("certificates", labels.join(", ")),
    )
}

/// The chain is complete and ends in a root, or in itself, that this system does not trust.
fn untrusted_root(trust: &Trust, root: &Arc<Cert>) -> Finding {
    let path = &trust.outcome.repaired.path;
    let is_leaf = path
        .first()
        .is_some_and(|leaf| leaf.cert.sha256 == root.sha256);
    let (cause, repair) = if is_leaf {
        (
            CauseId::SELF_SIGNED,
            Msg::new("repair.replace-self-signed").with("certificate", root.label()),
        )
    } else {
        (
            CauseId::UNKNOWN_CA,
            Msg::new("repair.trust-root")
                .with("root", root.label())
                .with("fingerprint", root.fingerprint()),
        )
    };
    let finding = Finding::blocks(cause, confirmed_if(trust.outcome.solved))
        .shown_by_all(no_trusted_root(trust))
        .shown_by_all((!is_leaf && trust.asked_mozilla).then(|| Proof {
            probe: ProbeId::Chain,
            text: Msg::new("diagnose.chain.not-public").with("root", root.label()),
        }))
        .shown_by_all(trial(trust));
    repaired(located(finding, trust, Some(root)), trust, repair)
}

/// Mozilla's programme has the root, this system does not.
fn outdated_store(trust: &Trust) -> (Finding, Vec<Finding>) {
    let root = trust
        .outcome
        .repaired
        .path
        .last()
        .map(|link| link.cert.label())
        .unwrap_or_default();
    let finding = Finding::blocks(
        CauseId::TRUST_STORE_OUTDATED,
        confirmed_if(trust.outcome.solved),
    )
    .shown_by(
        ProbeId::Chain,
        Msg::new("diagnose.chain.store-lacks")
            .with("root", &root)
            .with("store", &trust.store)
            .with("count", trust.store_size),
    )
    .shown_by_all(trial(trust));
    let finding = repaired(
        finding,
        trust,
        Msg::new("repair.update-store").with("root", root),
    );
    // With the root these are gone: the untrusted end, or the detour over an old root that is over.
    let followers = trust
        .outcome
        .as_served
        .violations
        .iter()
        .filter(|v| {
            (TRUST.contains(&v.cause) || DATES.contains(&v.cause)) && !still_there(trust, v)
        })
        .map(|v| {
            let cause = if TRUST.contains(&v.cause) {
                CauseId::UNKNOWN_CA
            } else {
                v.cause
            };
            let shown = if TRUST.contains(&v.cause) {
                no_trusted_root(trust)
            } else {
                Some(said(v))
            };
            let mut follower = Finding::blocks(cause, Certainty::Likely).shown_by_all(shown);
            follower.explained_by = Some(CauseId::TRUST_STORE_OUTDATED);
            located(follower, trust, cert_at(trust, v).as_ref())
        })
        .collect();
    (finding, followers)
}

/// Judged with the name and without it: the difference is the name. `other` is a name the certificate is for, where one
/// may have been meant instead.
fn wrong_name(case: &Case<'_>, trust: &Trust, fault: &Fault, other: Option<&Host>) -> Finding {
    let host = &case.evidence.target.host;
    let (judged, repair) = match other {
        Some(name) => (
            Msg::new("diagnose.chain.name-fits").with("name", name),
            Msg::new("repair.use-name")
                .with("name", name)
                .with("host", host),
        ),
        None => (
            Msg::new("diagnose.chain.without-name"),
            Msg::new("repair.reissue-name").with("host", host),
        ),
    };
    let finding = Finding::blocks(CauseId::HOSTNAME_MISMATCH, Certainty::Confirmed)
        .shown_by(ProbeId::Chain, fault.violation.text.clone())
        .shown_by(ProbeId::Chain, judged)
        .shown_by_all(trial(trust));
    repaired(located(finding, trust, fault.cert.as_ref()), trust, repair)
}

/// A certificate that somebody has to replace.
fn replaced(case: &Case<'_>, trust: &Trust, fault: &Fault) -> Finding {
    let mut finding = if fault.cause == CauseId::CN_ONLY {
        Finding::new(
            fault.cause,
            confirmed_if(trust.outcome.solved),
            Impact::SomeClients,
        )
    } else {
        Finding::blocks(fault.cause, confirmed_if(trust.outcome.solved))
    }
    .shown_by(ProbeId::Chain, fault.violation.text.clone());
    if DATES.contains(&fault.cause) {
        // Two clocks that agree are the two observations; a chain that ends nowhere does not change the date.
        match &case.clock.reading {
            Ok(reading) => {
                finding.certainty = Certainty::Confirmed;
                finding = finding.shown_by_all(reading.proofs());
            }
            Err(why) => {
                finding.certainty = Certainty::Likely;
                // Clocks that contradict each other are worth naming.
                if case.evidence.clock.known().is_some() {
                    finding = finding.shown_by(ProbeId::Clock, why.message());
                }
                finding = finding.shown_by(ProbeId::Clock, Msg::new("diagnose.clock.unchecked"));
            }
        }
    }
    let finding = finding.shown_by_all(trial(trust));
    let finding = located(finding, trust, fault.cert.as_ref());
    repaired(
        finding,
        trust,
        replacement(fault.cause, fault.cert.as_ref()),
    )
}

/// No change at hand leads to a trusted root.
fn unsolved(trust: &Trust, ledger: &mut Ledger) {
    let judgement = &trust.outcome.repaired;
    if !judgement
        .violations
        .iter()
        .any(|v| TRUST.contains(&v.cause))
    {
        return;
    }
    let top = judgement.path.last().map(|link| &link.cert);
    let says = |cause| has(&trust.outcome.as_served, cause);
    let missing = || {
        let namesake = top.is_some_and(|top| {
            let served = &mut trust.served.iter();
            served.any(|cert| cert.subject_name == top.issuer_name && !cert.is_self_issued())
        });
        let repair = match top.filter(|_| namesake) {
            Some(top) => Msg::new("repair.send-namesake").with("certificate", top.label()),
            None => Msg::new("repair.send-chain"),
        };
        let finding = Finding::blocks(CauseId::MISSING_INTERMEDIATE, Certainty::Likely)
            .shown_by_all(no_path(trust))
            .helped_by(repair);
        located(finding, trust, top)
    };
    let unknown = |proof: Option<Proof>| {
        let finding = Finding::blocks(CauseId::UNKNOWN_CA, Certainty::Likely)
            .shown_by_all(proof)
            .helped_by(Msg::new("repair.trust-issuer"));
        located(finding, trust, top)
    };
    let not_told = || {
        Ruling::Unknown(Why::because(
            WhyCode::Blocked,
            Msg::new("diagnose.chain.issuer-not-seen"),
        ))
    };
    if !says(CauseId::MISSING_INTERMEDIATE) {
        ledger.found(unknown(no_path(trust)), true);
        ledger.enter(CauseId::MISSING_INTERMEDIATE, not_told());
        return;
    }
    ledger.found(missing(), true);
    // With what was fetched the path goes on, and still ends in nothing that is trusted: both are wrong.
    match untrusted_after_fetching(trust) {
        Some(proof) => ledger.found(unknown(Some(proof)), true),
        None => ledger.enter(CauseId::UNKNOWN_CA, not_told()),
    }
}

/// Another judge sees the chain otherwise: nothing about it is certain then.
fn doubt(trust: &Trust, ledger: &mut Ledger) {
    let text = match &trust.second.error {
        Some(error) => Msg::new("diagnose.chain.second-refuses").with("error", error),
        None => Msg::new("diagnose.chain.second-accepts"),
    };
    for known in ledger.found.iter_mut().filter(|known| known.needed) {
        known.finding.certainty = known.finding.certainty.min(Certainty::Likely);
        known.finding.evidence.push(Proof {
            probe: ProbeId::Chain,
            text: text.clone(),
        });
    }
}

/// What the judge said about the missing way to a trusted root.
fn no_path(trust: &Trust) -> Option<Proof> {
    let judgement = &trust.outcome.as_served;
    judgement
        .violations
        .iter()
        .find(|v| TRUST.contains(&v.cause))
        .map(said)
}

/// What the judge said about the root: where the issuer was not sent, it comes into sight with what was fetched.
fn no_trusted_root(trust: &Trust) -> Option<Proof> {
    if has(&trust.outcome.as_served, CauseId::MISSING_INTERMEDIATE) {
        untrusted_after_fetching(trust).or_else(|| no_path(trust))
    } else {
        no_path(trust)
    }
}

fn untrusted_after_fetching(trust: &Trust) -> Option<Proof> {
    let further = trust.with_fetched.as_ref()?;
    let mut violations = further.violations.iter();
    let violation = violations.find(|v| v.cause == CauseId::UNKNOWN_CA)?;
    Some(Proof {
        probe: ProbeId::Aia,
        text: violation.text.clone(),
    })
}

fn said(violation: &Violation) -> Proof {
    Proof {
        probe: ProbeId::Chain,
        text: violation.text.clone(),
    }
}

/// What judging again gave.
pub(super) fn trial(trust: &Trust) -> Vec<Proof> {
    let mut proofs = Vec::new();
    if trust.outcome.solved {
        let text = if trust.outcome.changes.len() == 1 {
            Msg::new("diagnose.chain.accepted-then")
        } else {
            Msg::new("diagnose.chain.accepted-together").with("count", trust.outcome.changes.len())
        };
        proofs.push(Proof {
            probe: ProbeId::Chain,
            text,
        });
    }
    proofs
}

pub(super) fn repaired(mut finding: Finding, trust: &Trust, what: Msg) -> Finding {
    finding.repair = Some(Repair {
        what,
        proved: trust.outcome.solved,
    });
    finding
}

pub(super) fn located(mut finding: Finding, trust: &Trust, cert: Option<&Arc<Cert>>) -> Finding {
    finding.certificate = cert.and_then(|cert| trust.place_of(cert));
    finding
}

pub(super) fn replacement(cause: CauseId, cert: Option<&Arc<Cert>>) -> Msg {
    let label = cert.map(|cert| cert.label()).unwrap_or_default();
    match cause {
        CauseId::CERT_EXPIRED_LEAF => Msg::new("repair.renew").with("certificate", label),
        CauseId::CERT_EXPIRED_INTERMEDIATE | CauseId::CERT_EXPIRED_ROOT => {
            Msg::new("repair.renew-issuer").with("certificate", label)
        }
        CauseId::CERT_NOT_YET_VALID => Msg::new("repair.wait-or-renew").with("certificate", label),
        CauseId::CHAIN_WRONG_ORDER => Msg::new("repair.reorder"),
        CauseId::WEAK_KEY => Msg::new("repair.reissue-key").with("certificate", label),
        CauseId::CN_ONLY => Msg::new("repair.reissue-alternative").with("certificate", label),
        CauseId::MISSING_SERVER_AUTH_EKU => {
            Msg::new("repair.reissue-purpose").with("certificate", label)
        }
        _ => Msg::new("repair.reissue").with("certificate", label),
    }
}

fn confirmed_if(solved: bool) -> Certainty {
    if solved {
        Certainty::Confirmed
    } else {
        Certainty::Likely
    }
}

pub(super) fn cert_at(trust: &Trust, violation: &Violation) -> Option<Arc<Cert>> {
    super::trial::cert_of(&trust.outcome.as_served, violation).cloned()
}

/// Whether the same objection to the same certificate is still made in the best world.
pub(super) fn still_there(trust: &Trust, violation: &Violation) -> bool {
    let before = cert_at(trust, violation).map(|cert| cert.sha256);
    let after = &trust.outcome.repaired;
    after.violations.iter().any(|v| {
        v.cause == violation.cause && super::trial::cert_of(after, v).map(|c| c.sha256) == before
    })
}

fn fetched_from(case: &Case<'_>, cert: &Cert) -> Option<String> {
    let aia = case.evidence.aia.known()?;
    aia.fetches
        .iter()
        .find(|fetch| matches!(&fetch.outcome, FetchOutcome::Fetched(ders) if ders.contains(&cert.der)))
        .map(|fetch| fetch.url.clone())
}
