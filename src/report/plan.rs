//! Address pool arithmetic in words and as JSON. The arithmetic is in [`crate::plan`].

use ipnet::{IpNet, Ipv4Net};
use serde::Serialize;

use crate::cause::CauseId;
use crate::guide::{Lang, Texts};
use crate::msg::Msg;
use crate::plan::{Lan, Place, Plan, Pool, Range, Room, Row};
use crate::text::sanitise;

/// The plan in lines, each a sentence or a row of the table.
pub fn plan_lines(plan: &Plan, texts: &Texts, lang: Lang) -> Vec<String> {
    let say = |message: Msg| texts.render(lang, &message);
    let mut lines = vec![
        say(Msg::new("plan.peak").with("peak", plan.peak)),
        say(Msg::new("plan.wanted")
            .with("base", plan.base)
            .with("wanted", plan.wanted)),
        say(Msg::new("plan.least").with("least", plan.least)),
        say(match plan.prefix {
            Some(prefix) => Msg::new("plan.smallest").with("prefix", prefix),
            None => Msg::new("plan.none-so-large"),
        }),
    ];
    // What is wrong with a pool is looked for first.
    if let Some(pool) = &plan.pool {
        lines.push(String::new());
        lines.push(say(pool_text(pool, plan)));
        lines.extend(range_text(pool.range).map(say));
        if plan.overlaps.is_empty() {
            lines.push(say(Msg::new("plan.no-overlap")));
        }
        lines.extend(plan.overlaps.iter().map(|lan| say(overlap_text(pool, lan))));
    }
    lines.push(String::new());
    lines.push(say(Msg::new("plan.table-heading")));
    lines.extend(plan.table.iter().map(|row| table_row(row, texts, lang)));
    lines.push(String::new());
    lines.push(say(Msg::new("plan.rule-of-thumb")));
    if let Some(suggestion) = plan.suggestion {
        lines.push(say(Msg::new("plan.suggestion").with("net", suggestion)));
    }
    lines.push(say(Msg::new("plan.ipv6")));
    lines
}

fn table_row(row: &Row, texts: &Texts, lang: Lang) -> String {
    let id = if row.fits {
        "plan.row-fits"
    } else {
        "plan.row-too-small"
    };
    let message = Msg::new(id)
        .with("left", row.left)
        .with("short", row.left.unsigned_abs());
    let word = texts.render(lang, &message);
    format!(
        "  /{:<3} {:>6} {:>6}   {word}",
        row.prefix, row.addresses, row.usable
    )
}

fn pool_text(pool: &Pool, plan: &Plan) -> Msg {
    let id = match pool.room {
        Room::Fits if pool.usable == u64::MAX => "plan.pool-vast",
        Room::Fits => "plan.pool-fits",
        Room::Tight => "plan.pool-tight",
        Room::TooSmall => "plan.pool-too-small",
    };
    Msg::new(id)
        .with("pool", pool.net)
        .with("usable", pool.usable)
        .with("wanted", plan.wanted)
        .with("peak", plan.peak)
}

fn range_text(range: Range) -> Option<Msg> {
    Some(Msg::new(match range {
        Range::Private => return None,
        Range::Household => "plan.range-household",
        Range::Provider => "plan.range-provider",
        Range::Public => "plan.range-public",
    }))
}

fn overlap_text(pool: &Pool, lan: &Lan) -> Msg {
    let message = match &lan.place {
        Place::Given => Msg::new("plan.overlap-given"),
        Place::Interface(name) => {
            Msg::new("plan.overlap-interface").with("interface", sanitise(name))
        }
    };
    message.with("pool", pool.net).with("net", lan.net)
}

/// The document of `plan --json`.
#[derive(Clone, Debug, Serialize)]
pub struct PlanDocument<'a> {
    schema: u32,
    tool: String,
    peak: u32,
    factor: u64,
    spare_per_cent: u64,
    least: u64,
    base: u64,
    wanted: u64,
    prefix: Option<u8>,
    table: &'a [Row],
    pool: Option<PoolDocument>,
    overlaps: Vec<Overlap<'a>>,
    suggestion: Option<Ipv4Net>,
    causes: Vec<CauseId>,
}

#[derive(Clone, Debug, Serialize)]
struct PoolDocument {
    net: IpNet,
    /// Null: more than a number of 64 bits holds.
    usable: Option<u64>,
    room: Room,
    range: Range,
}

#[derive(Clone, Debug, Serialize)]
struct Overlap<'a> {
    net: IpNet,
    /// Null: given by the person.
    interface: Option<&'a str>,
}

impl<'a> PlanDocument<'a> {
    /// The document of this plan.
    pub fn new(plan: &'a Plan) -> Self {
        let mut causes = Vec::new();
        if !plan.overlaps.is_empty() {
            causes.push(CauseId::ADDRESS_OVERLAP);
        }
        if plan.too_small() {
            causes.push(CauseId::ADDRESS_POOL_EXHAUSTED);
        }
        Self {
            schema: super::SCHEMA,
            tool: format!("vpnmedic {}", env!("CARGO_PKG_VERSION")),
            peak: plan.peak,
            factor: crate::plan::FACTOR,
            spare_per_cent: crate::plan::SPARE_PER_CENT,
            least: plan.least,
            base: plan.base,
            wanted: plan.wanted,
            prefix: plan.prefix,
            table: &plan.table,
            pool: plan.pool.map(|pool| PoolDocument {
                net: pool.net,
                usable: (pool.usable != u64::MAX).then_some(pool.usable),
                room: pool.room,
                range: pool.range,
            }),
            overlaps: plan
                .overlaps
                .iter()
                .map(|lan| Overlap {
                    net: lan.net,
                    interface: match &lan.place {
                        Place::Given => None,
                        Place::Interface(name) => Some(name),
                    },
                })
                .collect(),
            suggestion: plan.suggestion,
            causes,
        }
    }
}
