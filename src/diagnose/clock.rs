//! What the clocks say together: this device against those that answered.
//!
//! Whether a wrong clock is the cause of anything is not decided here but where certificates are judged again at the
//! corrected time (`repair`).

use crate::evidence::{ClockKind, ClockSource, Evidence, PortalOutcome, ProbeId, UnixTime, Why};
use crate::msg::Msg;

use super::case::known;
use super::model::Proof;
use super::vote::vote;

/// A clock that is off by no more than this many milliseconds harms nothing.
const TOLERATED_MS: u64 = 60_000;
/// A one-time password holds for this many milliseconds (RFC 6238 section 5.2 recommends 30 s).
const PASSWORD_MS: u64 = 30_000;

/// This device's clock, as far as it could be compared.
pub(super) struct Clock {
    /// When the run began, by this device.
    pub device: UnixTime,
    /// The comparison, or why there is none.
    pub reading: Result<Reading, Why>,
}

/// The comparison with clocks that agree, once they have voted (`vote`).
pub(super) struct Reading {
    /// This device minus the others, in milliseconds.
    pub offset_ms: i64,
    /// Those that agree on it, the most exact first.
    pub sources: Vec<ClockSource>,
    /// Whether it rests on more than one party's word, or on a time server.
    pub independent: bool,
    /// Those that say otherwise, and are fewer.
    pub outvoted: Vec<ClockSource>,
}

impl Clock {
    /// Lets all clocks that answered vote: those that were asked for the time, and those of web servers that gave the
    /// answer they are known for. A captive portal's clock tells nothing but its own.
    pub(super) fn read(evidence: &Evidence) -> Self {
        let portal = evidence.portal.known();
        let dates = portal
            .into_iter()
            .flat_map(|portal| &portal.probes)
            .filter(|probe| probe.outcome == PortalOutcome::Clear)
            .filter_map(|probe| probe.clock.clone());
        let asked = known(&evidence.clock);
        let named = asked.as_ref().map_or(&[][..], |clock| &clock.sources);
        let sources: Vec<ClockSource> = named.iter().cloned().chain(dates).collect();
        let reading = match asked {
            Err(why) if sources.is_empty() => Err(why),
            _ => vote(&sources),
        };
        Self {
            device: evidence.started_at,
            reading,
        }
    }

    /// A time that was given and not read from a clock: there is nothing to compare it with.
    pub(super) const fn given(at: UnixTime) -> Self {
        Self {
            device: at,
            reading: Ok(Reading {
                offset_ms: 0,
                sources: Vec::new(),
                independent: true,
                outvoted: Vec::new(),
            }),
        }
    }

    /// How far this device is off, if that is known to be more than harmless.
    pub(super) fn off(&self) -> Option<&Reading> {
        self.reading
            .as_ref()
            .ok()
            .filter(|r| r.offset_ms.unsigned_abs() > TOLERATED_MS)
    }

    /// The real time of the run's beginning, if it could be measured.
    pub(super) fn real(&self) -> Option<UnixTime> {
        let reading = self.reading.as_ref().ok()?;
        Some(self.device.plus(-rounded_seconds(reading.offset_ms)))
    }

    /// Whether this device's clock was shown to be right.
    pub(super) fn is_right(&self) -> bool {
        self.reading
            .as_ref()
            .is_ok_and(|r| r.offset_ms.unsigned_abs() <= TOLERATED_MS)
    }

    /// How far this device is off, if that harms nothing but one-time passwords.
    pub(super) fn off_for_passwords(&self) -> Option<&Reading> {
        let reading = self.reading.as_ref().ok()?;
        let error = reading.sources.first().map_or(0, |s| s.error_ms);
        let certain = reading.offset_ms.unsigned_abs().saturating_sub(error) >= PASSWORD_MS;
        (certain && self.is_right()).then_some(reading)
    }
}

impl Reading {
    /// The observations behind it.
    pub(super) fn proofs(&self) -> Vec<Proof> {
        let mut proofs: Vec<Proof> = self
            .sources
            .iter()
            .map(|source| {
                let text = match source.kind {
                    ClockKind::Ntp => Msg::new("diagnose.clock.ntp"),
                    ClockKind::HttpDate => Msg::new("diagnose.clock.http-date"),
                };
                Proof {
                    probe: ProbeId::Clock,
                    text: text
                        .with("server", &source.name)
                        .with("offset", duration(source.offset_ms)),
                }
            })
            .collect();
        if !self.independent {
            proofs.push(Proof {
                probe: ProbeId::Clock,
                text: Msg::new("diagnose.clock.one-word"),
            });
        }
        proofs.extend(self.outvoted.iter().map(|source| {
            Proof {
                probe: ProbeId::Clock,
                text: Msg::new("diagnose.clock.outvoted")
                    .with("server", &source.name)
                    .with("offset", duration(source.offset_ms)),
            }
        }));
        proofs
    }

    /// The sources' names as people list them.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.sources.iter().map(|s| s.name.as_str()).collect();
        names.join(", ")
    }
}

fn rounded_seconds(milliseconds: i64) -> i64 {
    let half = if milliseconds < 0 { -500 } else { 500 };
    milliseconds.saturating_add(half) / 1000
}

/// A length of time that reads the same in every language: `+2 d 03:15:00`, `-90.0 s`. The sign is kept: plus means
/// ahead.
pub(super) fn duration(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { '-' } else { '+' };
    let total = milliseconds.unsigned_abs();
    if total < 120_000 {
        return format!("{sign}{}.{} s", total / 1000, total % 1000 / 100);
    }
    let seconds = total / 1000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!(
        "{:02}:{:02}:{:02}",
        rest / 3600,
        rest % 3600 / 60,
        rest % 60
    );
    if days == 0 {
        format!("{sign}{clock}")
    } else {
        format!("{sign}{days} d {clock}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_time_is_rounded_to_the_nearest_second() {
        for (milliseconds, seconds) in [
            (0, 0),
            (499, 0),
            (500, 1),
            (1_499, 1),
            (-499, 0),
            (-500, -1),
            (-1_500, -2),
        ] {
            assert_eq!(rounded_seconds(milliseconds), seconds, "{milliseconds}");
        }
    }

    #[test]
    fn durations_read_the_same_everywhere() {
        assert_eq!(duration(-90_400), "-90.4 s");
        assert_eq!(duration(7_385_000), "+02:03:05");
        assert_eq!(duration(-172_800_000), "-2 d 00:00:00");
    }
}
