//! What the clocks say together: this device against those that answered.
//!
//! Whether a wrong clock is the cause of anything is not decided here but where certificates are judged again at the
//! corrected time (`repair`).

use crate::evidence::{ClockKind, ClockSource, Evidence, ProbeId, UnixTime, Why, WhyCode};
use crate::msg::Msg;

use super::case::known;
use super::model::Proof;

/// A clock that is off by no more than this many milliseconds harms nothing.
const TOLERATED_MS: u64 = 60_000;
/// Answers this much farther apart than their own errors still agree (network jitter, whole seconds).
const JITTER_MS: u64 = 1_500;

/// This device's clock, as far as it could be compared.
pub(super) struct Clock {
    /// When the run began, by this device.
    pub device: UnixTime,
    /// The comparison, or why there is none.
    pub reading: Result<Reading, Why>,
}

/// The comparison with clocks that agree.
pub(super) struct Reading {
    /// This device minus the others, in milliseconds.
    pub offset_ms: i64,
    /// Those that agree on it, the most exact first.
    pub sources: Vec<ClockSource>,
    /// Whether it rests on more than one party's word, or on a time server.
    pub independent: bool,
    /// Whether another clock says otherwise.
    pub contested: bool,
}

impl Clock {
    /// Compares all clocks that answered; the largest group that agrees is believed, a time server breaks ties.
    pub(super) fn read(evidence: &Evidence) -> Self {
        let reading = known(&evidence.clock).and_then(|clock| {
            best_group(&clock.sources)
                .ok_or_else(|| Why::because(WhyCode::Failed, Msg::new("diagnose.clock.no-answer")))
        });
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
                contested: false,
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
            .is_ok_and(|r| r.offset_ms.unsigned_abs() <= TOLERATED_MS && !r.contested)
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
        if self.contested {
            proofs.push(Proof {
                probe: ProbeId::Clock,
                text: Msg::new("diagnose.clock.contested"),
            });
        }
        proofs
    }

    /// The sources' names as people list them.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.sources.iter().map(|s| s.name.as_str()).collect();
        names.join(", ")
    }
}

fn best_group(sources: &[ClockSource]) -> Option<Reading> {
    let agrees = |a: &ClockSource, b: &ClockSource| {
        a.offset_ms.abs_diff(b.offset_ms)
            <= a.error_ms
                .saturating_add(b.error_ms)
                .saturating_add(JITTER_MS)
    };
    let groups = sources.iter().map(|seed| {
        let mut group: Vec<ClockSource> = sources
            .iter()
            .filter(|other| agrees(seed, other))
            .cloned()
            .collect();
        group.sort_by_key(|source| source.error_ms);
        group
    });
    let has_ntp = |group: &[ClockSource]| group.iter().any(|s| s.kind == ClockKind::Ntp);
    let group = groups.max_by_key(|group| (has_ntp(group), group.len()))?;
    let offset_ms = group.first()?.offset_ms;
    let first_name = &group.first()?.name;
    let independent = has_ntp(&group) || group.iter().any(|s| s.name != *first_name);
    let contested = sources.len() > group.len();
    Some(Reading {
        offset_ms,
        independent,
        contested,
        sources: group,
    })
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

    fn source(name: &str, kind: ClockKind, offset_ms: i64, error_ms: u64) -> ClockSource {
        ClockSource {
            name: name.into(),
            kind,
            offset_ms,
            error_ms,
        }
    }

    #[test]
    fn the_most_exact_of_the_agreeing_clocks_gives_the_offset() {
        let reading = best_group(&[
            source("gw", ClockKind::HttpDate, 86_399_400, 1_000),
            source("ntp", ClockKind::Ntp, 86_400_020, 15),
        ])
        .unwrap();
        assert_eq!(reading.offset_ms, 86_400_020);
        assert!(reading.independent && !reading.contested);
    }

    #[test]
    fn one_web_server_alone_is_one_partys_word() {
        let reading = best_group(&[source("gw", ClockKind::HttpDate, 7_200_000, 1_000)]).unwrap();
        assert!(!reading.independent);
    }

    #[test]
    fn a_time_server_is_believed_before_two_web_servers_and_the_contradiction_is_kept() {
        let reading = best_group(&[
            source("a", ClockKind::HttpDate, 7_200_000, 1_000),
            source("b", ClockKind::HttpDate, 7_200_000, 1_000),
            source("ntp", ClockKind::Ntp, 3, 10),
        ])
        .unwrap();
        assert_eq!(reading.offset_ms, 3);
        assert!(reading.contested);
    }

    #[test]
    fn durations_read_the_same_everywhere() {
        assert_eq!(duration(-90_400), "-90.4 s");
        assert_eq!(duration(7_385_000), "+02:03:05");
        assert_eq!(duration(-172_800_000), "-2 d 00:00:00");
    }
}
