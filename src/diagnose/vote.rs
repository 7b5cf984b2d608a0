//! Which of several clocks to believe: they vote, one party one vote.
//!
//! A minority that lies does not win; where as many say one thing as another, nobody is believed. What was read from
//! which clock is the evidence's; what the result means is `clock`'s.

use crate::evidence::{ClockKind, ClockSource, Why, WhyCode};
use crate::msg::Msg;

use super::clock::{Reading, duration};

/// Answers this much farther apart than their own errors still agree (network jitter, whole seconds).
const JITTER_MS: u64 = 1_500;

/// What the majority says.
///
/// # Errors
/// Why nobody is believed: no answer, or two camps of the same size.
pub(super) fn vote(sources: &[ClockSource]) -> Result<Reading, Why> {
    let mut camps: Vec<Camp> = sources
        .iter()
        .map(|seed| Camp::around(seed, sources))
        .collect();
    camps.sort_by_key(|camp| std::cmp::Reverse(camp.votes(sources)));
    let Some(best) = camps.first() else {
        let text = Msg::new("diagnose.clock.no-answer");
        return Err(Why::because(WhyCode::Failed, text));
    };
    let rival = camps
        .iter()
        .find(|camp| camp.votes(sources) == best.votes(sources) && camp.contradicts(best));
    if let (Some(one), Some(other)) = (best.spokesman(), rival.and_then(Camp::spokesman)) {
        let text = Msg::new("diagnose.clock.split")
            .with("one", &one.name)
            .with("one_offset", duration(one.offset_ms))
            .with("other", &other.name)
            .with("other_offset", duration(other.offset_ms));
        return Err(Why::because(WhyCode::Failed, text));
    }
    let outvoted = sources.iter().filter(|source| !best.has(source)).cloned();
    Ok(Reading {
        offset_ms: best.spokesman().map_or(0, |source| source.offset_ms),
        independent: best.0.iter().any(|s| s.kind == ClockKind::Ntp) || best.parties() > 1,
        outvoted: outvoted.collect(),
        sources: best.0.clone(),
    })
}

/// Clocks that agree with one of them, the most exact first.
struct Camp(Vec<ClockSource>);

impl Camp {
    fn around(seed: &ClockSource, all: &[ClockSource]) -> Self {
        let mut camp: Vec<ClockSource> = all
            .iter()
            .filter(|other| agree(seed, other))
            .cloned()
            .collect();
        camp.sort_by_key(|source| source.error_ms);
        Self(camp)
    }

    /// The most exact one.
    fn spokesman(&self) -> Option<&ClockSource> {
        self.0.first()
    }

    fn has(&self, source: &ClockSource) -> bool {
        self.0.contains(source)
    }

    /// How many parties are in it; a server that was read twice is one.
    fn parties(&self) -> usize {
        let mut names: Vec<&str> = self.0.iter().map(|s| s.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    }

    /// Its votes. Where others contradict each other, this device's own clock has a vote too: it is one more clock that
    /// was set at another time by other means.
    fn votes(&self, all: &[ClockSource]) -> usize {
        let unanimous = all.iter().all(|source| self.has(source));
        let device = self
            .spokesman()
            .is_some_and(|s| s.offset_ms.unsigned_abs() <= s.error_ms.saturating_add(JITTER_MS));
        self.parties() + usize::from(device && !unanimous)
    }

    fn contradicts(&self, other: &Self) -> bool {
        match (self.spokesman(), other.spokesman()) {
            (Some(one), Some(another)) => !agree(one, another),
            _ => false,
        }
    }
}

fn agree(one: &ClockSource, other: &ClockSource) -> bool {
    one.offset_ms.abs_diff(other.offset_ms)
        <= one
            .error_ms
            .saturating_add(other.error_ms)
            .saturating_add(JITTER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn source(name: &str, kind: ClockKind, offset_ms: i64, error_ms: u64) -> ClockSource {
        ClockSource {
            name: name.into(),
            kind,
            offset_ms,
            error_ms,
        }
    }

    fn ntp(name: &str, offset_ms: i64) -> ClockSource {
        source(name, ClockKind::Ntp, offset_ms, 15)
    }

    fn http(name: &str, offset_ms: i64) -> ClockSource {
        source(name, ClockKind::HttpDate, offset_ms, 1_000)
    }

    #[test]
    fn the_most_exact_of_the_agreeing_clocks_gives_the_offset() {
        let reading = vote(&[http("gw", DAY - 600), ntp("ntp", DAY + 20)]).unwrap();
        assert_eq!(reading.offset_ms, DAY + 20);
        assert!(reading.independent && reading.outvoted.is_empty());
    }

    #[test]
    fn one_web_server_alone_is_one_partys_word() {
        let reading = vote(&[http("gw", 7_200_000)]).unwrap();
        assert!(!reading.independent);
        let twice = vote(&[http("gw", 7_200_000), http("gw", 7_200_300)]).unwrap();
        assert!(!twice.independent);
        assert!(vote(&[ntp("a", 7_200_000)]).unwrap().independent);
    }

    #[test]
    fn a_minority_that_lies_does_not_win_whoever_it_is() {
        let reading = vote(&[
            ntp("a", -3 * DAY),
            ntp("liar", 5 * DAY),
            http("gw", -3 * DAY),
        ])
        .unwrap();
        assert_eq!(reading.offset_ms, -3 * DAY);
        assert_eq!(reading.outvoted, [ntp("liar", 5 * DAY)]);
        let reading = vote(&[http("a", 3), http("b", 3), ntp("liar", DAY)]).unwrap();
        assert_eq!(reading.offset_ms, 3);
        // The same server read three times is one party.
        let split = [
            http("gw", DAY),
            http("gw", DAY),
            http("gw", DAY),
            ntp("a", -DAY),
        ];
        assert!(vote(&split).is_err());
    }

    #[test]
    fn two_that_disagree_about_a_third_are_not_believed() {
        let why = vote(&[ntp("a", 2 * DAY), http("gw", -3 * DAY)])
            .err()
            .unwrap();
        let detail = why.detail.unwrap();
        assert_eq!(detail.id, "diagnose.clock.split");
        assert!(vote(&[]).is_err());
        // Three clocks that all disagree.
        assert!(vote(&[ntp("a", DAY), ntp("b", 2 * DAY), http("gw", 3 * DAY)]).is_err());
    }

    #[test]
    fn answers_agree_up_to_their_own_errors_and_a_second_and_a_half() {
        let apart = |ms| vote(&[ntp("a", DAY), ntp("b", DAY + ms)]);
        assert_eq!(apart(15 + 15 + 1_500).unwrap().sources.len(), 2);
        assert!(apart(15 + 15 + 1_501).is_err());
        // A web server's date has whole seconds.
        let apart = |ms| vote(&[ntp("a", DAY), http("gw", DAY + ms)]);
        assert_eq!(apart(15 + 1_000 + 1_500).unwrap().sources.len(), 2);
        assert!(apart(15 + 1_000 + 1_501).is_err());
        // The device's own clock agrees with one that is as near to it.
        let own = |ms| vote(&[ntp("a", ms), http("gw", -86 * DAY)]);
        assert_eq!(own(15 + 1_500).unwrap().offset_ms, 1_515);
        assert!(own(15 + 1_501).is_err());
    }

    #[test]
    fn the_devices_own_clock_decides_between_two() {
        let reading = vote(&[ntp("a", 4), http("gw", 86 * DAY)]).unwrap();
        assert_eq!(reading.offset_ms, 4);
        let reading = vote(&[ntp("liar", DAY), http("gw", -400)]).unwrap();
        assert_eq!(reading.offset_ms, -400);
        // Alone against everybody it has no say.
        assert_eq!(vote(&[ntp("a", DAY)]).unwrap().offset_ms, DAY);
        assert_eq!(
            vote(&[ntp("a", DAY), http("gw", DAY)]).unwrap().offset_ms,
            DAY
        );
    }
}
