//! What a wrong clock does to certificates: it makes good ones look expired or not yet valid, and hides expired ones.
//!
//! How far the clock is off is `clock`'s.

use crate::cause::CauseId;
use crate::evidence::{ProbeId, UnixTime};
use crate::msg::Msg;

use super::case::Case;
use super::certificate::{cert_at, located, repaired, replacement, still_there, trial};
use super::clock::duration;
use super::draft::{Ledger, Ruling};
use super::model::{Advice, Certainty, Finding, Impact};
use super::trial::{Change, has};
use super::trust::Trust;

pub(super) const CLOCK: [CauseId; 2] = [CauseId::CLOCK_SKEW_FAST, CauseId::CLOCK_SKEW_SLOW];

/// Causes that say that this device's time and a certificate's do not meet.
pub(super) const DATES: [CauseId; 4] = [
    CauseId::CERT_EXPIRED_LEAF,
    CauseId::CERT_EXPIRED_INTERMEDIATE,
    CauseId::CERT_EXPIRED_ROOT,
    CauseId::CERT_NOT_YET_VALID,
];

/// The clock is wrong, and at the real time the dates are no obstacle.
pub(super) fn clock(case: &Case<'_>, trust: &Trust) -> (Finding, Vec<Finding>) {
    let offset = case.clock.off().map_or(0, |reading| reading.offset_ms);
    let cause = if offset > 0 {
        CauseId::CLOCK_SKEW_FAST
    } else {
        CauseId::CLOCK_SKEW_SLOW
    };
    let sure = case.clock.off().is_some_and(|r| r.independent);
    let certainty = if sure {
        Certainty::Confirmed
    } else {
        Certainty::Likely
    };
    let proofs = case
        .clock
        .off()
        .map(|reading| reading.proofs())
        .unwrap_or_default();
    let real = case.clock.real().unwrap_or(case.clock.device);
    let finding = Finding::blocks(cause, certainty)
        .shown_by_all(proofs)
        .shown_by(
            ProbeId::Chain,
            Msg::new("diagnose.chain.dates-hold").with("time", real.rfc3339()),
        )
        .shown_by_all(trial(trust));
    let finding = repaired(
        finding,
        trust,
        Msg::new("repair.set-clock").with("time", real.rfc3339()),
    );
    // At the real time these are gone: they follow from the clock.
    let followers = trust
        .outcome
        .as_served
        .violations
        .iter()
        .filter(|v| DATES.contains(&v.cause) && !still_there(trust, v))
        .map(|v| {
            let mut follower = Finding::blocks(v.cause, Certainty::Likely)
                .shown_by(ProbeId::Chain, v.text.clone());
            follower.explained_by = Some(cause);
            located(follower, trust, cert_at(trust, v).as_ref())
        })
        .collect();
    (finding, followers)
}

/// The device's clock is wrong, so it takes a certificate for valid that is not: others refuse it.
pub(super) fn expired_in_truth(case: &Case<'_>, trust: &Trust, ledger: &mut Ledger) {
    let Some(in_truth) = &trust.at_real_time else {
        return;
    };
    if trust
        .outcome
        .changes_any(|change| matches!(change, Change::SetClock))
    {
        return;
    }
    for violation in &in_truth.violations {
        if DATES.contains(&violation.cause) && !has(&trust.outcome.as_served, violation.cause) {
            let cert = super::trial::cert_of(in_truth, violation);
            let certainty = if case.clock.off().is_some_and(|r| r.independent) {
                Certainty::Confirmed
            } else {
                Certainty::Likely
            };
            let finding = Finding::new(violation.cause, certainty, Impact::SomeClients)
                .shown_by(ProbeId::Chain, violation.text.clone())
                .shown_by(ProbeId::Chain, Msg::new("diagnose.chain.hidden-by-clock"))
                .helped_by(replacement(violation.cause, cert));
            ledger.found(located(finding, trust, cert), false);
        }
    }
}

/// What is to be said about the clock where it is not the cause of a refused certificate.
pub(super) fn clock_alone(case: &Case<'_>, ledger: &mut Ledger) {
    let both = CLOCK;
    if both.iter().any(|cause| ledger.has_found(*cause)) {
        for cause in both {
            ledger.enter(cause, Ruling::RuledOut);
        }
        return;
    }
    match &case.clock.reading {
        Err(why) => {
            let before_its_roots = case.clock_before_roots();
            if let (Some(newest), Some(trust)) = (before_its_roots, &case.trust)
                && has(&trust.outcome.as_served, CauseId::CERT_NOT_YET_VALID)
            {
                let finding = Finding::blocks(CauseId::CLOCK_SKEW_SLOW, Certainty::Likely)
                    .shown_by(ProbeId::Clock, older_than_roots(case.clock.device, newest))
                    .helped_by(Msg::new("repair.set-clock-by-hand"));
                ledger.found(finding, false);
            } else if let Some(newest) = before_its_roots {
                ledger.advice.push(Advice {
                    id: "clock-off",
                    text: older_than_roots(case.clock.device, newest),
                });
            }
            for cause in both {
                ledger.enter(cause, Ruling::Unknown(why.clone()));
            }
        }
        Ok(reading) if case.clock.off().is_some() => {
            ledger.advice.push(Advice {
                id: "clock-off",
                text: Msg::new("diagnose.advice.clock-off")
                    .with("offset", duration(reading.offset_ms))
                    .with("sources", reading.names()),
            });
            let other = if reading.offset_ms > 0 {
                CauseId::CLOCK_SKEW_SLOW
            } else {
                CauseId::CLOCK_SKEW_FAST
            };
            ledger.enter(other, Ruling::RuledOut);
        }
        Ok(_) => {
            if let Some(reading) = case.clock.off_for_passwords() {
                ledger.advice.push(Advice {
                    id: "clock-passwords",
                    text: Msg::new("diagnose.advice.clock-passwords")
                        .with("offset", duration(reading.offset_ms))
                        .with("sources", reading.names()),
                });
            }
            for cause in both {
                ledger.enter(cause, Ruling::RuledOut);
            }
        }
    }
}

fn older_than_roots(device: UnixTime, newest: UnixTime) -> Msg {
    Msg::new("diagnose.clock.before-roots")
        .with("time", device.rfc3339())
        .with("newest", newest.day())
}
