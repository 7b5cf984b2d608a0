//! What was judged and not objected to, and what could not be judged: the other side of `certificate`.

use crate::cause::CauseId;
use crate::evidence::{ProbeId, Why, WhyCode};
use crate::msg::Msg;

use super::case::Case;
use super::draft::{Ledger, Ruling};
use super::model::{Certainty, Finding};
use super::revocation::REVOCATION;
use super::skew::CLOCK;
use super::trust::Trust;
use super::zone::ZONE;

/// What one look at the end-entity certificate tells, however its chain ends.
const SEEN_ON_LEAF: [CauseId; 6] = [
    CauseId::CERT_EXPIRED_LEAF,
    CauseId::HOSTNAME_MISMATCH,
    CauseId::CN_ONLY,
    CauseId::MISSING_SERVER_AUTH_EKU,
    CauseId::MALFORMED_CERTIFICATE,
    CauseId::CA_USED_AS_SERVER_CERTIFICATE,
];

/// What takes a whole path to tell.
const SEEN_ON_PATH: [CauseId; 15] = [
    CauseId::CERT_EXPIRED_INTERMEDIATE,
    CauseId::CERT_EXPIRED_ROOT,
    CauseId::CERT_NOT_YET_VALID,
    CauseId::MISSING_INTERMEDIATE,
    CauseId::CHAIN_WRONG_ORDER,
    CauseId::UNKNOWN_CA,
    CauseId::SELF_SIGNED,
    CauseId::WEAK_SIGNATURE,
    CauseId::WEAK_KEY,
    CauseId::BAD_KEY_USAGE,
    CauseId::NOT_A_CA_ISSUER,
    CauseId::PATH_LENGTH_EXCEEDED,
    CauseId::NAME_CONSTRAINTS_VIOLATION,
    CauseId::BAD_SIGNATURE,
    CauseId::UNKNOWN_CRITICAL_EXTENSION,
];

/// What takes more than the chain to tell.
const SEEN_BESIDE: [CauseId; 4] = [
    CauseId::CA_DISTRUSTED,
    CauseId::TRUST_STORE_OUTDATED,
    CauseId::TLS_INTERCEPTION,
    CauseId::INCONSISTENT_NODES,
];

/// Every cause that is judged in `certificate`, `skew` and beside them (`interception`, `nodes`, `revocation`).
pub(super) const CAUSES: [&[CauseId]; 6] = [
    &SEEN_ON_LEAF,
    &SEEN_ON_PATH,
    &SEEN_BESIDE,
    &REVOCATION,
    &CLOCK,
    &ZONE,
];

/// No certificate was seen that could be judged.
pub(super) fn no_chain(case: &Case<'_>, ledger: &mut Ledger) {
    let why = match case.tls() {
        Err(why) => why,
        Ok(attempt) if attempt.served.is_empty() => {
            Why::because(WhyCode::Blocked, Msg::new("diagnose.chain.none-served"))
        }
        Ok(_) => Why::code(WhyCode::Blocked),
    };
    if let Some(reason) = case.unreadable_leaf() {
        let finding = Finding::blocks(CauseId::MALFORMED_CERTIFICATE, Certainty::Likely)
            .shown_by(
                ProbeId::Chain,
                Msg::new("diagnose.chain.malformed")
                    .with("position", 1)
                    .with("reason", reason),
            )
            .helped_by(Msg::new("repair.replace"));
        ledger.found(finding, true);
    }
    for cause in SEEN_ON_LEAF
        .into_iter()
        .chain(SEEN_ON_PATH)
        .chain(SEEN_BESIDE)
        .chain(REVOCATION)
    {
        // Nodes are compared without certificates too, and their rule says what came of it.
        if cause == CauseId::INCONSISTENT_NODES {
            continue;
        }
        ledger.enter(cause, Ruling::Unknown(why.clone()));
    }
}

/// What was judged and not objected to.
pub(super) fn rule_out(case: &Case<'_>, trust: &Trust, ledger: &mut Ledger) {
    for cause in SEEN_ON_LEAF {
        let about_names = matches!(cause, CauseId::HOSTNAME_MISMATCH | CauseId::CN_ONLY);
        let ruling = if about_names && case.name.is_none() {
            let (code, text) = if case.saved {
                (WhyCode::NotRun, "diagnose.chain.no-name-given")
            } else {
                (WhyCode::NotNeeded, "profile.found.compares-no-name")
            };
            Ruling::Unknown(Why::because(code, Msg::new(text)))
        } else {
            Ruling::RuledOut
        };
        ledger.enter(cause, ruling);
    }
    let whole = trust.outcome.repaired.anchored;
    for cause in SEEN_ON_PATH {
        let ruling = if whole {
            Ruling::RuledOut
        } else {
            Ruling::Unknown(Why::because(
                WhyCode::Blocked,
                Msg::new("diagnose.chain.path-incomplete"),
            ))
        };
        ledger.enter(cause, ruling);
    }
    let store = if trust.outcome.accepted() || (trust.asked_mozilla && whole) {
        Ruling::RuledOut
    } else if trust.asked_mozilla {
        Ruling::Unknown(Why::because(
            WhyCode::Blocked,
            Msg::new("diagnose.chain.path-incomplete"),
        ))
    } else {
        Ruling::Unknown(Why::code(WhyCode::NotRun))
    };
    ledger.enter(CauseId::TRUST_STORE_OUTDATED, store);
}
