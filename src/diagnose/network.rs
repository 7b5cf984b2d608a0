//! Rules of the network layer: links, routes, address families. Captive portals are in `portal`.

use std::net::IpAddr;

use crate::cause::CauseId;
use crate::evidence::{
    Fact, Lookup, NetworkEvidence, ProbeId, TcpAttempt, TcpOutcome, Why, WhyCode,
};
use crate::msg::Msg;

use super::case::{Case, list};
use super::draft::{Rule, Ruling};
use super::model::{Certainty, Finding, Impact};

pub(super) const RULES: &[Rule] = &[
    Rule {
        cause: CauseId::NO_NETWORK,
        look: no_network,
    },
    Rule {
        cause: CauseId::NO_DEFAULT_ROUTE,
        look: no_default_route,
    },
    Rule {
        cause: CauseId::ROUTE_UNREACHABLE,
        look: route_unreachable,
    },
    Rule {
        cause: CauseId::IPV6_BROKEN,
        look: ipv6_broken,
    },
];

/// No interface with an address that leads anywhere. A packet that came back from somewhere disproves it.
fn no_network(case: &Case<'_>) -> Ruling {
    let network = match case.network() {
        Ok(network) => network,
        Err(why) => {
            return if heard_from_outside(case) {
                Ruling::RuledOut
            } else {
                Ruling::Unknown(why)
            };
        }
    };
    let usable = network
        .interfaces
        .iter()
        .flat_map(|interface| &interface.addresses)
        .any(|address| !only_local(*address));
    if usable || heard_from_outside(case) {
        return Ruling::RuledOut;
    }
    let text = if network.interfaces.is_empty() {
        Msg::new("diagnose.network.no-interface")
    } else {
        Msg::new("diagnose.network.only-self-assigned").with("interfaces", interface_names(network))
    };
    let nothing_leaves = nothing_leaves(case);
    let certainty = if nothing_leaves {
        Certainty::Confirmed
    } else {
        Certainty::Likely
    };
    let mut finding =
        Finding::blocks(CauseId::NO_NETWORK, certainty).shown_by(ProbeId::Network, text);
    if nothing_leaves {
        finding = finding.shown_by(
            ProbeId::Network,
            Msg::new("diagnose.network.nothing-leaves"),
        );
    }
    finding.into()
}

/// Interfaces are up, but nothing leads beyond the local network, and what was tried failed for that reason.
fn no_default_route(case: &Case<'_>) -> Ruling {
    let network = match case.network() {
        Ok(network) => network,
        Err(why) => return Ruling::Unknown(why),
    };
    let routes = [&network.default_route_v4, &network.default_route_v6];
    if routes.iter().any(|route| route.known() == Some(&true)) {
        return Ruling::RuledOut;
    }
    if let Some(why) = routes.iter().find_map(|route| route.why()) {
        return Ruling::Unknown(why.clone());
    }
    if case.attempts().iter().any(|a| left_the_device(&a.outcome)) {
        // The target is on the local network: no default route is needed for it.
        return Ruling::RuledOut;
    }
    if network.interfaces.is_empty() {
        // Without a link there is no route either: no-network says it better.
        return Ruling::Unknown(Why::code(WhyCode::Blocked));
    }
    if !nothing_leaves(case) {
        return Ruling::Unknown(Why::code(WhyCode::NotRun));
    }
    Finding::blocks(CauseId::NO_DEFAULT_ROUTE, Certainty::Confirmed)
        .shown_by(
            ProbeId::Network,
            Msg::new("diagnose.network.no-default-route")
                .with("interfaces", interface_names(network)),
        )
        .shown_by(
            ProbeId::Network,
            Msg::new("diagnose.network.nothing-leaves"),
        )
        .into()
}

/// This device knows no way to any of the target's addresses.
fn route_unreachable(case: &Case<'_>) -> Ruling {
    let tcp = match case.tcp() {
        Ok(tcp) => tcp,
        Err(why) => return Ruling::Unknown(why),
    };
    if let Some(finding) = lost_on_the_way(case) {
        return finding.into();
    }
    if case.is_sent_back_unexplained() {
        return Ruling::Unknown(Why::because(
            WhyCode::Failed,
            Msg::new("diagnose.path.not-told"),
        ));
    }
    if !tcp
        .attempts
        .iter()
        .all(|a| a.outcome == TcpOutcome::NoRoute)
    {
        return Ruling::RuledOut;
    }
    let others = case.reaches_others();
    let certainty = if others.is_empty() {
        Certainty::Likely
    } else {
        Certainty::Confirmed
    };
    Finding::blocks(CauseId::ROUTE_UNREACHABLE, certainty)
        .shown_by(
            ProbeId::Tcp,
            Msg::new("diagnose.network.no-route")
                .with("addresses", list(tcp.attempts.iter().map(|a| a.addr))),
        )
        .shown_by_all(others)
        .into()
}

/// TCP is turned back on the way, and the router that does so says that it has no way on.
fn lost_on_the_way(case: &Case<'_>) -> Option<Finding> {
    let (path, router) = case.no_way_on()?;
    let others = case.reaches_others();
    let certainty = if others.is_empty() {
        Certainty::Likely
    } else {
        Certainty::Confirmed
    };
    Some(
        Finding::blocks(CauseId::ROUTE_UNREACHABLE, certainty)
            .shown_by(
                ProbeId::Path,
                Msg::new("diagnose.path.unreachable")
                    .with("router", router)
                    .with("addr", path),
            )
            .shown_by_all(others),
    )
}

/// The same name works over IPv4 and fails over IPv6, though this device believes it has IPv6.
fn ipv6_broken(case: &Case<'_>) -> Ruling {
    let tcp = match case.tcp() {
        Ok(tcp) => tcp,
        Err(why) => return Ruling::Unknown(why),
    };
    let (six, four): (Vec<&TcpAttempt>, Vec<&TcpAttempt>) =
        tcp.attempts.iter().partition(|a| a.addr.is_ipv6());
    if six.is_empty() || six.iter().any(|a| a.outcome == TcpOutcome::Open) {
        return Ruling::RuledOut;
    }
    if !four.iter().any(|a| a.outcome == TcpOutcome::Open) {
        return Ruling::Unknown(Why::code(WhyCode::Blocked));
    }
    if !case.settled(ProbeId::Tcp) {
        return Ruling::Unknown(Why::code(WhyCode::NotRun));
    }
    let has_route = case
        .evidence
        .network
        .known()
        .and_then(|network| network.default_route_v6.known())
        .copied();
    if six.iter().all(|a| a.outcome == TcpOutcome::NoRoute) && has_route != Some(true) {
        // A device without IPv6 falls back at once: nothing is broken.
        return Ruling::RuledOut;
    }
    Finding::new(CauseId::IPV6_BROKEN, Certainty::Confirmed, Impact::Degrades)
        .shown_by(
            ProbeId::Tcp,
            Msg::new("diagnose.network.ipv6-fails")
                .with("addresses", list(six.iter().map(|a| a.addr))),
        )
        .shown_by(
            ProbeId::Tcp,
            Msg::new("diagnose.network.ipv4-works").with(
                "addresses",
                list(
                    four.iter()
                        .filter(|a| a.outcome == TcpOutcome::Open)
                        .map(|a| a.addr),
                ),
            ),
        )
        .into()
}

/// Whether anything tried so far shows that packets find no way out of this device.
fn nothing_leaves(case: &Case<'_>) -> bool {
    let attempts = case.attempts();
    let no_route =
        !attempts.is_empty() && attempts.iter().all(|a| a.outcome == TcpOutcome::NoRoute);
    let no_dns = case.evidence.dns.known().is_some_and(|dns| {
        let answers = dns.resolvers.iter().map(|r| &r.answer).chain([&dns.system]);
        let answers: Vec<&Lookup> = answers.filter_map(Fact::known).collect();
        answers
            .iter()
            .any(|a| matches!(a, Lookup::Unreachable(_) | Lookup::NoResolver))
            && !answers.iter().any(|a| a.came_back())
    });
    no_route || no_dns
}

/// Whether some packet came back from beyond this device.
fn heard_from_outside(case: &Case<'_>) -> bool {
    case.attempts().iter().any(|a| {
        matches!(
            a.outcome,
            TcpOutcome::Open | TcpOutcome::Refused | TcpOutcome::Reset | TcpOutcome::Rejected
        )
    }) || !case.reaches_others().is_empty()
}

/// Whether this outcome means that a packet left the device.
fn left_the_device(outcome: &TcpOutcome) -> bool {
    matches!(
        outcome,
        TcpOutcome::Open
            | TcpOutcome::Refused
            | TcpOutcome::Reset
            | TcpOutcome::Rejected
            | TcpOutcome::TimedOut
    )
}

/// Loopback and self-assigned (link-local) addresses: RFC 3927, RFC 4291 section 2.5.6.
fn only_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified(),
    }
}

/// Addresses of inside networks: RFC 1918, RFC 6598, RFC 4193, and link-local ones.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_private() || v4.is_link_local() || matches!(v4.octets(), [100, 64..=127, ..])
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

fn interface_names(network: &NetworkEvidence) -> String {
    let names: Vec<&str> = network.interfaces.iter().map(|i| i.name.as_str()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_leads_nowhere_is_loopback_self_assigned_or_none() {
        for (address, leads_nowhere) in [
            ("127.0.0.1", true),
            ("169.254.3.4", true),
            ("0.0.0.0", true),
            ("::1", true),
            ("fe80::7", true),
            ("::", true),
            ("192.168.1.7", false),
            ("100.64.0.7", false),
            ("fd00::7", false),
            ("2001:db8::7", false),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(only_local(address), leads_nowhere, "{address}");
        }
    }

    #[test]
    fn inside_addresses_end_where_their_ranges_end() {
        for (address, inside) in [
            // RFC 1918
            ("9.255.255.255", false),
            ("10.0.0.0", true),
            ("172.15.255.255", false),
            ("172.16.0.0", true),
            ("172.31.255.255", true),
            ("172.32.0.0", false),
            ("192.168.255.255", true),
            ("192.169.0.0", false),
            // RFC 6598
            ("100.63.255.255", false),
            ("100.64.0.0", true),
            ("100.127.255.255", true),
            ("100.128.0.0", false),
            // RFC 3927, RFC 4291, RFC 4193
            ("169.254.0.1", true),
            ("fe80::1", true),
            ("fec0::1", false),
            ("fd00::1", true),
            ("fe00::1", false),
            // As some programs write an IPv4 address.
            ("::ffff:10.0.0.1", true),
            ("::ffff:192.0.2.10", false),
            ("127.0.0.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), inside, "{address}");
        }
    }
}
