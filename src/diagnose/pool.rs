//! The rule for address pools that are too small: arithmetic on what the person named, and nothing that was seen.
//!
//! The arithmetic is in [`crate::plan`].

use ipnet::IpNet;

use crate::cause::CauseId;
use crate::evidence::{ProbeId, Why, WhyCode};
use crate::msg::Msg;
use crate::plan::{Pool, Question, Room, plan};

use super::case::Case;
use super::draft::{Ledger, Rule, Ruling};
use super::model::{Advice, Certainty, Finding, Impact};

pub(super) const RULES: &[Rule] = &[Rule {
    cause: CauseId::ADDRESS_POOL_EXHAUSTED,
    look: too_small,
}];

/// What the person named, reckoned up: who is at the peak, and each pool against the recommendation.
struct Reckoned {
    peak: u32,
    wanted: u64,
    pools: Vec<Pool>,
}

impl Reckoned {
    fn of(case: &Case<'_>) -> Option<Self> {
        let ranges = case.evidence.ranges.known()?;
        let peak = ranges.peak?;
        let about = |pool: IpNet| {
            plan(&Question {
                peak,
                pool: Some(pool),
                lans: Vec::new(),
            })
        };
        let plans: Vec<_> = ranges.pools.iter().map(|pool| about(*pool)).collect();
        Some(Self {
            peak,
            wanted: plans.first()?.wanted,
            pools: plans.into_iter().filter_map(|plan| plan.pool).collect(),
        })
    }

    /// All of them together: a gateway hands out of each.
    fn usable(&self) -> u64 {
        let all = self.pools.iter().map(|pool| pool.usable);
        all.fold(0, u64::saturating_add)
    }

    fn room(&self) -> Room {
        match self.usable() {
            usable if usable >= self.wanted => Room::Fits,
            usable if usable >= u64::from(self.peak) => Room::Tight,
            _ => Room::TooSmall,
        }
    }

    fn say(&self, text: Msg) -> Msg {
        let nets: Vec<String> = self.pools.iter().map(|pool| pool.net.to_string()).collect();
        text.with("pool", nets.join(", "))
            .with("usable", self.usable())
            .with("peak", self.peak)
    }
}

/// Fewer addresses than people. That somebody is left without one was not seen, so it is likely at most.
fn too_small(case: &Case<'_>) -> Ruling {
    let why = match Reckoned::of(case) {
        None => Why::because(WhyCode::NotRun, Msg::new("diagnose.pool.not-given")),
        Some(reckoned) if reckoned.room() == Room::TooSmall => {
            return Finding::new(
                CauseId::ADDRESS_POOL_EXHAUSTED,
                Certainty::Likely,
                Impact::SomeClients,
            )
            .shown_by(
                ProbeId::Network,
                reckoned.say(Msg::new("plan.pool-too-small")),
            )
            .into();
        }
        // Addresses that are not given back run out of any pool; only the gateway sees that.
        Some(_) => Why::because(WhyCode::Unsupported, Msg::new("diagnose.pool.only-there")),
    };
    Ruling::Unknown(why)
}

/// A pool that holds the peak and has little to spare is worth knowing.
pub(super) fn advise(case: &Case<'_>, ledger: &mut Ledger) {
    if let Some(reckoned) = Reckoned::of(case)
        && reckoned.room() == Room::Tight
    {
        let text = Msg::new("plan.pool-tight").with("wanted", reckoned.wanted);
        ledger.advice.push(Advice {
            id: "pool-tight",
            text: reckoned.say(text),
        });
    }
}
