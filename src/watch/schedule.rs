//! When which gateway is due. Time is a distance from the beginning, handed in.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;
use std::time::Duration;

use crate::evidence::{Host, Target};

/// The shortest time between two checks of a gateway that is not on this device: each check is several connections,
/// and gateways that count them (ocserv's ban points) shut out those who come often.
pub const MIN_EVERY: Duration = Duration::from_secs(10);
/// How much earlier or later than due a check may be, so that watchers do not fall into step.
pub const JITTER_PERCENT: u32 = 10;

/// How old what is written down may get while checks are under way all the time.
const STALE: Duration = Duration::from_secs(10);

/// Where one gateway is in its round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Due(Duration),
    UnderWay,
    Over,
}

/// Who is due when.
#[derive(Clone, Debug)]
pub struct Schedule {
    every: Duration,
    seed: u64,
    /// Rounds to make; without end where none.
    count: Option<u64>,
    turns: Vec<(Turn, u64)>,
    /// When what was seen was written down last.
    written: Duration,
}

impl Schedule {
    /// So many gateways, all due at once. `seed` decides how the spacing varies.
    pub fn new(gateways: usize, every: Duration, count: Option<u64>, seed: u64) -> Self {
        Self {
            every,
            seed,
            count,
            turns: vec![(Turn::Due(Duration::ZERO), 0); gateways],
            written: Duration::ZERO,
        }
    }

    /// The gateway that has been due longest, now under way.
    pub fn take(&mut self, now: Duration) -> Option<usize> {
        let due = self
            .turns
            .iter()
            .enumerate()
            .filter_map(|(n, turn)| match turn.0 {
                Turn::Due(at) if at <= now => Some((at, n)),
                _ => None,
            });
        let (_, first) = due.min()?;
        self.turns.get_mut(first)?.0 = Turn::UnderWay;
        Some(first)
    }

    /// This gateway's check is over: its next one is due some time after `now`, if there is one.
    pub fn done(&mut self, gateway: usize, now: Duration) {
        let Some((turn, rounds)) = self.turns.get_mut(gateway) else {
            return;
        };
        *rounds = rounds.saturating_add(1);
        *turn = if self.count.is_some_and(|count| *rounds >= count) {
            Turn::Over
        } else {
            Turn::Due(now.saturating_add(spacing(self.every, (self.seed, gateway, *rounds))))
        };
    }

    /// How long nothing is due; none where only checks under way are waited for.
    pub fn wait(&self, now: Duration) -> Option<Duration> {
        let due = self.turns.iter().filter_map(|(turn, _)| match turn {
            Turn::Due(at) => Some(at.saturating_sub(now)),
            _ => None,
        });
        due.min()
    }

    /// Whether a check is under way.
    pub fn is_busy(&self) -> bool {
        self.turns.iter().any(|(turn, _)| *turn == Turn::UnderWay)
    }

    /// Whether what was seen is to be written down now, as it is from here on: in the pause between rounds, and where
    /// many gateways leave none, every ten seconds. A file that others read is not written a hundred times a second.
    pub fn is_time_to_write(&mut self, now: Duration) -> bool {
        let due = !self.is_busy() || now.saturating_sub(self.written) >= STALE;
        if due {
            self.written = now;
        }
        due
    }

    /// Whether all rounds are made.
    pub fn is_over(&self) -> bool {
        self.turns.iter().all(|(turn, _)| *turn == Turn::Over)
    }
}

/// The time between two checks: up to [`JITTER_PERCENT`] more or less, but never under one second.
fn spacing(every: Duration, of: (u64, usize, u64)) -> Duration {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    let range = u64::from(JITTER_PERCENT) * 20 + 1;
    let thousandths =
        1000 - JITTER_PERCENT * 10 + u32::try_from(hasher.finish() % range).unwrap_or(0);
    (every * thousandths / 1000).max(Duration::from_secs(1))
}

/// The first gateway that must not be asked as often as this.
pub fn too_often(every: Duration, targets: &[Target]) -> Option<&Target> {
    if every >= MIN_EVERY {
        return None;
    }
    targets.iter().find(|target| !is_here(&target.host))
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Ip(IpAddr::V6(ip)) => ip.to_canonical().is_loopback(),
        Host::Ip(ip) => ip.is_loopback(),
        Host::Name { ascii, .. } => ascii == "localhost" || ascii.ends_with(".localhost"),
    }
}
