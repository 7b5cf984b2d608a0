//! The time zone: a clock that is off by whole hours while its minutes are right was set by hand in the wrong zone, or
//! with daylight saving time counted wrongly.
//!
//! How far the clock is off is `clock`'s, what that does to certificates `skew`'s.

use crate::cause::CauseId;
use crate::evidence::ProbeId;
use crate::msg::Msg;

use super::case::Case;
use super::clock::duration;
use super::draft::{Ledger, Ruling};
use super::model::{Advice, Certainty, Finding, Repair};
use super::skew::CLOCK;

/// The causes judged here.
pub(super) const ZONE: [CauseId; 1] = [CauseId::TIMEZONE_WRONG];

const MINUTE_MS: i64 = 60_000;
/// No two places' clocks are farther apart on one day by mistake than this; a dead battery is off by years.
const FARTHEST_MS: i64 = 14 * 60 * MINUTE_MS;
/// How well the minutes of a clock that was set by hand agree.
const BY_HAND_MS: u64 = 60_000;
/// Half hours are the zones of few places: the minutes have to agree better.
const HALF_HOUR_MS: u64 = 15_000;

/// What a difference looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shift {
    /// The whole or half hours, in minutes; plus means ahead.
    minutes: i64,
    /// What is left over, in milliseconds.
    rest_ms: u64,
}

/// Enters the word on the time zone.
pub(super) fn enter(case: &Case<'_>, ledger: &mut Ledger) {
    let cause = CauseId::TIMEZONE_WRONG;
    let reading = match &case.clock.reading {
        Err(why) => {
            ledger.enter(cause, Ruling::Unknown(why.clone()));
            return;
        }
        Ok(reading) => reading,
    };
    let shift = case.clock.off().and_then(|r| shift(r.offset_ms));
    let Some(shift) = shift else {
        ledger.enter(cause, Ruling::RuledOut);
        return;
    };
    let text = Msg::new("diagnose.zone.whole-hours")
        .with("hours", hours(shift.minutes))
        .with("rest", duration(i64::try_from(shift.rest_ms).unwrap_or(0)));
    let skew = ledger
        .found
        .iter()
        .find(|known| CLOCK.contains(&known.finding.cause));
    let Some(skew) = skew else {
        ledger.advice.push(Advice {
            id: "clock-zone",
            text,
        });
        return;
    };
    // The pattern is one observation: the clock may be off by so much for another reason.
    let mut finding = Finding::new(cause, Certainty::Likely, skew.finding.impact)
        .shown_by_all(reading.proofs())
        .shown_by(ProbeId::Clock, text);
    if shift.minutes.abs() == 60 {
        finding = finding.shown_by(ProbeId::Clock, Msg::new("diagnose.zone.one-hour"));
    }
    let proved = skew.finding.repair.as_ref().is_some_and(|r| r.proved);
    finding.repair = Some(Repair {
        what: Msg::new("repair.set-zone"),
        proved,
    });
    ledger.found(finding, false);
}

fn shift(offset_ms: i64) -> Option<Shift> {
    let half_hour = 30 * MINUTE_MS;
    if offset_ms.unsigned_abs() > FARTHEST_MS.unsigned_abs().saturating_add(BY_HAND_MS) {
        return None;
    }
    let nearest = (offset_ms + offset_ms.signum() * (half_hour / 2)) / half_hour;
    let rest_ms = offset_ms.abs_diff(nearest * half_hour);
    let tolerated = if nearest % 2 == 0 {
        BY_HAND_MS
    } else {
        HALF_HOUR_MS
    };
    (nearest != 0 && rest_ms <= tolerated).then_some(Shift {
        minutes: nearest * 30,
        rest_ms,
    })
}

/// `+9:00`, `-0:30`.
fn hours(minutes: i64) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let total = minutes.unsigned_abs();
    format!("{sign}{}:{:02}", total / 60, total % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * MINUTE_MS;

    #[test]
    fn whole_and_half_hours_are_recognised_by_their_minutes() {
        for (offset, minutes) in [
            (HOUR, Some(60)),
            (-HOUR - 40_000, Some(-60)),
            (9 * HOUR + 59_000, Some(540)),
            (-14 * HOUR, Some(-840)),
            (5 * HOUR + 30 * MINUTE_MS - 10_000, Some(330)),
            (5 * HOUR + 30 * MINUTE_MS + 20_000, None),
            (HOUR + 5 * MINUTE_MS, None),
            (40_000, None),
            (-2 * MINUTE_MS, None),
            (15 * MINUTE_MS, None),
            (24 * HOUR, None),
            (15 * HOUR, None),
            (i64::MIN, None),
            (i64::MAX, None),
        ] {
            assert_eq!(shift(offset).map(|s| s.minutes), minutes, "{offset}");
        }
        assert_eq!(hours(-30), "-0:30");
        assert_eq!(hours(540), "+9:00");
    }
}
