//! Address pool arithmetic: how many addresses a gateway's pool wants for so many people, whether a given pool holds
//! them, and whether it overlaps networks that its users are in.
//!
//! Pure: no network of this device is read here, and nothing is worded.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};
use serde::Serialize;

/// Addresses a person connected at the peak. A rule of thumb (it comes from a cloud provider's sizing advice and is
/// not universal): addresses stay taken for a while after a person left, and one person may bring several devices.
pub const FACTOR: u64 = 4;
/// What is added for growth, in per cent.
pub const SPARE_PER_CENT: u64 = 20;
/// The largest number of people that is taken.
pub const MAX_PEAK: u32 = 1_000_000;
/// The prefixes of the table, the smallest network first.
const TABLE: [u8; 5] = [24, 23, 22, 21, 20];

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// People connected at the same time, at the peak; 1 to [`MAX_PEAK`].
    pub peak: u32,
    /// The pool that is there or meant, if there is one.
    pub pool: Option<IpNet>,
    /// Networks it must not overlap.
    pub lans: Vec<Lan>,
}

/// A network that users or the company are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lan {
    /// The network.
    pub net: IpNet,
    /// Whose it is.
    pub place: Place,
}

/// Whose a network is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Named by the person.
    Given,
    /// On this interface of this device.
    Interface(String),
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// As asked.
    pub peak: u32,
    /// The least that can work: an address for each person.
    pub least: u64,
    /// Peak times [`FACTOR`].
    pub base: u64,
    /// The same with [`SPARE_PER_CENT`] more, rounded up: what is recommended.
    pub wanted: u64,
    /// The prefix length of the smallest IPv4 network that holds `wanted`; none where no private network is so large.
    pub prefix: Option<u8>,
    /// /24 to /20.
    pub table: Vec<Row>,
    /// The pool, where one was given.
    pub pool: Option<Pool>,
    /// The networks that the pool overlaps.
    pub overlaps: Vec<Lan>,
    /// A private network of the smallest fitting size that overlaps nothing that is known, where there is one.
    pub suggestion: Option<Ipv4Net>,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Prefix length.
    pub prefix: u8,
    /// All its addresses.
    pub addresses: u64,
    /// Without the network's own and the broadcast address.
    pub usable: u64,
    /// What is left of `usable` above the recommendation; negative where it is too small.
    pub left: i64,
    /// Whether it holds the recommendation.
    pub fits: bool,
}

/// A pool against the recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pool {
    /// The network, its host bits cleared.
    pub net: IpNet,
    /// Addresses that can be handed out; [`u64::MAX`] stands for at least that many.
    pub usable: u64,
    /// What that means.
    pub room: Room,
    /// What else is to be said of this range.
    pub range: Range,
}

/// Whether a pool is large enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Room {
    /// It holds the recommendation.
    Fits,
    /// It holds the peak, and less than recommended.
    Tight,
    /// Not everybody gets an address at the peak.
    TooSmall,
}

/// What kind of range a pool is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Range {
    /// Private (RFC 1918, RFC 4193) and not among the ranges that most homes use.
    Private,
    /// Private, and what home routers and portable hotspots come with: overlap is to be expected.
    Household,
    /// 100.64.0.0/10, which internet providers use between themselves and their customers (RFC 6598).
    Provider,
    /// Belongs to somebody on the internet.
    Public,
}

/// The answer to the question.
pub fn plan(question: &Question) -> Plan {
    let base = u64::from(question.peak) * FACTOR;
    let wanted = (base * (100 + SPARE_PER_CENT)).div_ceil(100);
    let prefix = smallest_prefix(wanted);
    let pool = question
        .pool
        .map(|net| look_at(net, question.peak.into(), wanted));
    let overlaps = match question.pool {
        Some(pool) => overlapping(pool, &question.lans).cloned().collect(),
        None => Vec::new(),
    };
    Plan {
        peak: question.peak,
        least: question.peak.into(),
        base,
        wanted,
        prefix,
        table: TABLE.map(|prefix| row(prefix, wanted)).to_vec(),
        pool,
        overlaps,
        suggestion: prefix.and_then(|prefix| free_network(prefix, &question.lans)),
    }
}

/// The networks among these that share addresses with the pool.
pub fn overlapping(pool: IpNet, lans: &[Lan]) -> impl Iterator<Item = &Lan> {
    lans.iter().filter(move |lan| overlap(pool, lan.net))
}

/// Whether two networks share an address: of two CIDR blocks one then holds the other.
pub fn overlap(one: IpNet, other: IpNet) -> bool {
    one.contains(&other) || other.contains(&one)
}

/// A network in CIDR notation, its host bits cleared; none where it is not one. A bare address is none: its size is
/// what matters here.
pub fn network(text: &str) -> Option<IpNet> {
    text.trim().parse::<IpNet>().ok().map(|net| net.trunc())
}

impl Plan {
    /// Whether something is wrong: too few addresses at the peak, or an overlap.
    pub fn has_problem(&self) -> bool {
        self.too_small() || !self.overlaps.is_empty()
    }

    /// Whether the pool is too small for the peak.
    pub fn too_small(&self) -> bool {
        self.pool.is_some_and(|pool| pool.room == Room::TooSmall)
    }
}

/// Addresses of an IPv4 network that can be handed out: all but the network's own and the broadcast address.
fn usable_v4(prefix: u8) -> u64 {
    (1_u64 << (32 - u32::from(prefix.min(32)))).saturating_sub(2)
}

fn row(prefix: u8, wanted: u64) -> Row {
    let usable = usable_v4(prefix);
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Row {
        prefix,
        addresses: usable + 2,
        usable,
        left: signed(usable).saturating_sub(signed(wanted)),
        fits: usable >= wanted,
    }
}

/// From /29 (a pool for one person has room there) to /8, the largest private network.
fn smallest_prefix(wanted: u64) -> Option<u8> {
    (8..=29).rev().find(|prefix| usable_v4(*prefix) >= wanted)
}

fn look_at(net: IpNet, peak: u64, wanted: u64) -> Pool {
    let net = net.trunc();
    let usable = match net {
        IpNet::V4(v4) => usable_v4(v4.prefix_len()),
        IpNet::V6(v6) => match 128 - u32::from(v6.prefix_len()) {
            // The first address of an IPv6 network is the routers' (RFC 4291 section 2.6.1).
            bits @ 0..=63 => (1_u64 << bits) - 1,
            _ => u64::MAX,
        },
    };
    let room = match usable {
        usable if usable >= wanted => Room::Fits,
        usable if usable >= peak => Room::Tight,
        _ => Room::TooSmall,
    };
    Pool {
        net,
        usable,
        room,
        range: range(net),
    }
}

/// Networks that home routers and phones' hotspots hand out by default.
const HOUSEHOLD: [&str; 9] = [
    "192.168.0.0/24",
    "192.168.1.0/24",
    "192.168.2.0/24",
    "192.168.10.0/24",
    "192.168.11.0/24",
    "192.168.43.0/24",
    "192.168.178.0/24",
    "10.0.0.0/24",
    "172.20.10.0/28",
];

fn household() -> impl Iterator<Item = IpNet> {
    HOUSEHOLD.into_iter().filter_map(network)
}

fn range(net: IpNet) -> Range {
    let within = |block: &str| network(block).is_some_and(|block| block.contains(&net));
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
    if within("100.64.0.0/10") {
        Range::Provider
    } else if !private.into_iter().any(within) {
        Range::Public
    } else if household().any(|common| overlap(common, net)) {
        Range::Household
    } else {
        Range::Private
    }
}

/// The first private network of this size that overlaps neither what is known nor what homes use. It is looked for in
/// the middle of 172.16.0.0/12 first, the private range met least in homes.
fn free_network(prefix: u8, lans: &[Lan]) -> Option<Ipv4Net> {
    let free = |candidate: &Ipv4Net| {
        let candidate = IpNet::V4(*candidate);
        overlapping(candidate, lans).next().is_none()
            && !household().any(|common| overlap(common, candidate))
    };
    let blocks = [
        (Ipv4Addr::new(172, 24, 0, 0), 13),
        (Ipv4Addr::new(10, 64, 0, 0), 10),
        (Ipv4Addr::new(10, 128, 0, 0), 9),
        (Ipv4Addr::new(10, 0, 0, 0), 8),
    ];
    blocks
        .into_iter()
        .filter(|(_, length)| *length <= prefix)
        .filter_map(|(address, length)| Ipv4Net::new(address, length).ok())
        .filter_map(|block| block.subnets(prefix).ok())
        // Bounded: so many networks in a row that all overlap something mean that the rest does too.
        .flat_map(|subnets| subnets.take(4096))
        .find(free)
}

/// An address with its prefix length as the network it stands in; none for addresses that no pool can collide with
/// (loopback, link-local, a single address).
pub fn network_of(address: IpAddr, prefix: u8) -> Option<IpNet> {
    let local = match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified(),
    };
    let net = IpNet::new(address, prefix).ok()?.trunc();
    (!local && net.prefix_len() < net.max_prefix_len()).then_some(net)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> IpNet {
        network(text).unwrap()
    }

    fn ask(peak: u32, pool: Option<&str>, lans: &[&str]) -> Plan {
        let lans = lans.iter().map(|lan| Lan {
            net: net(lan),
            place: Place::Given,
        });
        plan(&Question {
            peak,
            pool: pool.map(net),
            lans: lans.collect(),
        })
    }

    #[test]
    fn a_hundred_people_want_480_addresses_in_a_23() {
        let plan = ask(100, None, &[]);
        assert_eq!((plan.least, plan.base, plan.wanted), (100, 400, 480));
        assert_eq!(plan.prefix, Some(23));
        let fits: Vec<(u8, u64, i64, bool)> = plan
            .table
            .iter()
            .map(|row| (row.prefix, row.usable, row.left, row.fits))
            .collect();
        assert_eq!(
            fits,
            [
                (24, 254, -226, false),
                (23, 510, 30, true),
                (22, 1022, 542, true),
                (21, 2046, 1566, true),
                (20, 4094, 3614, true),
            ]
        );
    }

    #[test]
    fn parts_of_an_address_are_rounded_up() {
        assert_eq!(ask(1, None, &[]).wanted, 5);
        assert_eq!(ask(1, None, &[]).prefix, Some(29));
        assert_eq!(ask(52, None, &[]).wanted, 250);
        assert_eq!(
            ask(53, None, &[]).prefix,
            Some(23),
            "254.4 is more than 254"
        );
    }

    #[test]
    fn the_largest_peak_has_an_answer_and_one_beyond_private_space_says_so() {
        let plan = ask(MAX_PEAK, None, &[]);
        assert_eq!(plan.prefix, Some(9));
        assert!(plan.suggestion.is_some());
        assert_eq!(smallest_prefix(1 << 25), None);
    }

    #[test]
    fn a_pool_is_enough_tight_or_too_small() {
        let room = |pool| ask(100, Some(pool), &[]).pool.unwrap().room;
        assert_eq!(room("10.20.0.0/23"), Room::Fits);
        assert_eq!(room("10.20.0.0/24"), Room::Tight);
        assert_eq!(room("10.20.0.0/26"), Room::TooSmall);
        assert_eq!(room("10.20.0.0/32"), Room::TooSmall);
        assert_eq!(room("10.20.0.0/31"), Room::TooSmall);
        assert_eq!(room("fd00:1::/64"), Room::Fits);
        assert_eq!(room("fd00:1::/120"), Room::Tight);
        assert!(ask(100, Some("10.20.0.0/26"), &[]).has_problem());
        assert!(!ask(100, Some("10.20.0.0/24"), &[]).has_problem());
    }

    #[test]
    fn overlap_is_found_in_both_directions_and_never_across_families() {
        let lans = [
            "10.20.0.0/16",
            "10.20.0.128/25",
            "10.21.0.0/24",
            "fd00:1::/48",
        ];
        let plan = ask(10, Some("10.20.0.0/24"), &lans);
        let hit: Vec<String> = plan
            .overlaps
            .iter()
            .map(|lan| lan.net.to_string())
            .collect();
        assert_eq!(hit, ["10.20.0.0/16", "10.20.0.128/25"]);
        assert!(plan.has_problem());
        assert!(!overlap(net("0.0.0.0/0"), net("fd00::/8")));
    }

    #[test]
    fn the_suggestion_overlaps_nothing_known() {
        let all = ["172.16.0.0/12", "10.64.0.0/10"];
        let plan = ask(100, None, &all);
        let suggestion = IpNet::V4(plan.suggestion.unwrap());
        assert_eq!(suggestion.prefix_len(), 23);
        assert!(all.iter().all(|lan| !overlap(suggestion, net(lan))));
        assert_eq!(ask(100, None, &["0.0.0.0/0"]).suggestion, None);
    }

    #[test]
    fn ranges_are_told_apart() {
        let kind = |pool| ask(1, Some(pool), &[]).pool.unwrap().range;
        assert_eq!(kind("172.29.72.0/22"), Range::Private);
        assert_eq!(kind("192.168.0.0/16"), Range::Household);
        assert_eq!(kind("192.168.1.128/25"), Range::Household);
        assert_eq!(kind("100.64.3.0/24"), Range::Provider);
        assert_eq!(kind("8.8.8.0/24"), Range::Public);
        assert_eq!(
            kind("10.0.0.0/7"),
            Range::Public,
            "half of it is somebody's"
        );
        assert_eq!(kind("fd12::/64"), Range::Private);
        assert_eq!(kind("2001:db8::/64"), Range::Public);
    }

    #[test]
    fn networks_are_read_with_their_host_bits_cleared_and_nothing_else_is() {
        assert_eq!(net(" 10.8.0.77/22 ").to_string(), "10.8.0.0/22");
        for wrong in [
            "",
            "10.8.0.0",
            "10.8.0.0/33",
            "10.8.0/24",
            "fd00::/129",
            "x/8",
            "10.8.0.0/-1",
        ] {
            assert_eq!(network(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_networks_that_can_collide_are_taken_from_interfaces() {
        let of = |address: &str, prefix| network_of(address.parse().unwrap(), prefix);
        assert_eq!(of("192.168.1.23", 24), Some(net("192.168.1.0/24")));
        assert_eq!(of("10.8.0.6", 32), None);
        assert_eq!(of("127.0.0.1", 8), None);
        assert_eq!(of("169.254.9.9", 16), None);
        assert_eq!(of("fe80::1", 64), None);
        assert_eq!(of("fd00:5::9", 64), Some(net("fd00:5::/64")));
        assert_eq!(of("10.8.0.6", 40), None);
    }
}
