//! A moment as an argument: pure rooms are told the time, they never ask for it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z, as X.509 and NTP borders are compared. May be negative.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The moment this many seconds later (earlier when negative), stopping at the ends of the range.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to `self`.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC, `2026-11-22T12:03:20Z`; the bare number where the calendar does not reach.
    ///
    /// It reaches to the end of the year 9999, which certificates without an end of their own name (RFC 5280 section
    /// 4.1.2.5): civil time goes there, and a timestamp of the library's does not.
    pub fn rfc3339(self) -> String {
        jiff::civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
            .checked_add(jiff::SignedDuration::from_secs(self.0))
            .map_or_else(|_| self.0.to_string(), |moment| format!("{moment}Z"))
    }

    /// The calendar day in UTC, `2026-11-22`.
    pub fn day(self) -> String {
        self.rfc3339().chars().take_while(|c| *c != 'T').collect()
    }
}

impl From<SystemTime> for UnixTime {
    fn from(moment: SystemTime) -> Self {
        match moment.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(i64::try_from(after.as_secs()).unwrap_or(i64::MAX)),
            Err(before) => {
                Self(i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_far_as_the_calendar_goes() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (1_780_272_000, "2026-06-01T00:00:00Z"),
            // RFC 5280 section 4.1.2.5: no well-defined end.
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, "253402300800"),
            (i64::MAX, "9223372036854775807"),
            (i64::MIN, "-9223372036854775808"),
        ] {
            assert_eq!(UnixTime(seconds).rfc3339(), text);
        }
        assert_eq!(UnixTime(253_402_300_799).day(), "9999-12-31");
    }
}
