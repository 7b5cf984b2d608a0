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
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_second(self.0)
            .map_or_else(|_| self.0.to_string(), |moment| moment.to_string())
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
