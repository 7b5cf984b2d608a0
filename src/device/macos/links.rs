//! Interfaces of macOS that tunnels use, the tunnels that are up, and the name servers.
//!
//! macOS itself keeps several `utun` interfaces that carry nothing of a VPN's; they have no address but a link-local one.
//! Not here: whether there is a way out at all ([`crate::device::network`], with [`default_routes`] from here).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};

use crate::device::facts::is_default;
use crate::evidence::{Adapter, AdapterKind, Tunnel};
use crate::guide::ClientMarks;
use crate::text::sanitise;

/// Routes of one tunnel that are kept.
const MAX_ROUTES: usize = 64;
/// Interfaces that are looked at, at most.
const MAX: usize = 1024;

/// An interface that a tunnel may use, with its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    pub adapter: Adapter,
    pub addresses: Vec<IpAddr>,
}

/// Interfaces of `ifconfig -a`: `utun3: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1380`, and its addresses on
/// lines of their own.
pub(super) fn interfaces(text: &str) -> Vec<Interface> {
    let mut found: Vec<Option<Interface>> = Vec::new();
    for line in text.lines() {
        if !line.starts_with(char::is_whitespace) {
            let Some((name, rest)) = line.split_once(": flags=") else {
                continue;
            };
            if found.len() == MAX {
                break;
            }
            let flags = rest
                .split_once('<')
                .and_then(|(_, rest)| rest.split_once('>'));
            let up = flags.is_some_and(|(flags, _)| flags.split(',').any(|flag| flag == "UP"));
            found.push(kind(name).map(|kind| Interface {
                adapter: Adapter {
                    name: sanitise(name),
                    description: String::new(),
                    kind,
                    up,
                    client: None,
                },
                addresses: Vec::new(),
            }));
        } else if let Some(Some(interface)) = found.last_mut() {
            let mut words = line.split_whitespace();
            let family = words.next();
            let address = words
                .next()
                .and_then(|word| word.split('%').next()?.parse().ok());
            if let (Some("inet" | "inet6"), Some(address)) = (family, address)
                && !is_of_its_own(&address)
            {
                interface.addresses.push(address);
            }
        }
    }
    found.into_iter().flatten().collect()
}

fn kind(name: &str) -> Option<AdapterKind> {
    match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "utun" => Some(AdapterKind::Utun),
        "ppp" => Some(AdapterKind::Ppp),
        "ipsec" => Some(AdapterKind::Other),
        "tun" => Some(AdapterKind::Tun),
        "tap" => Some(AdapterKind::Tap),
        _ => None,
    }
}

fn is_of_its_own(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

/// Every such interface; those of macOS itself are left out.
pub(super) fn adapters(interfaces: &[Interface]) -> Vec<Adapter> {
    let of_a_vpn =
        |seen: &&Interface| seen.adapter.kind != AdapterKind::Utun || !seen.addresses.is_empty();
    let adapters = interfaces.iter().filter(of_a_vpn);
    adapters.map(|seen| seen.adapter.clone()).collect()
}

/// One route of `netstat -rn`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Route {
    net: IpNet,
    interface: String,
    /// Whether it holds only for what asks for this interface by name (flag `I`, route(8) `-ifscope`).
    scoped: bool,
}

/// Routes of both families. Where the interface stands differs from version to version; the line of heads tells.
fn routes(text: &str) -> Vec<Route> {
    let mut v6 = false;
    let mut netif = 3;
    let mut found = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["Internet:"] => v6 = false,
            ["Internet6:"] => v6 = true,
            ["Destination", ..] => {
                netif = words.iter().position(|word| *word == "Netif").unwrap_or(3);
            }
            [destination, _, flags, ..] => {
                if let (Some(net), Some(interface)) = (network(destination, v6), words.get(netif)) {
                    found.push(Route {
                        net,
                        interface: (*interface).to_owned(),
                        scoped: flags.contains('I'),
                    });
                }
            }
            _ => {}
        }
    }
    found
}

/// A destination as netstat shortens it: `default`, `10`, `172.16/12`, `10.8.0.1`, `0/1`, `fe80::%utun3/64`. What is left
/// out of an IPv4 network without a length is the length of its class, or of the parts that are there.
fn network(text: &str, v6: bool) -> Option<IpNet> {
    if text == "default" {
        let any = if v6 { "::/0" } else { "0.0.0.0/0" };
        return any.parse().ok();
    }
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address = address.split('%').next()?;
    if v6 {
        let address: Ipv6Addr = address.parse().ok()?;
        return Some(
            IpNet::new(address.into(), length.unwrap_or(128))
                .ok()?
                .trunc(),
        );
    }
    let mut bytes = [0_u8; 4];
    let mut parts = 0;
    for part in address.split('.') {
        *bytes.get_mut(parts)? = part.parse().ok()?;
        parts += 1;
    }
    let usual = u8::try_from(parts * 8).ok()?;
    let net = Ipv4Net::new(Ipv4Addr::from(bytes), length.unwrap_or(usual)).ok()?;
    Some(net.trunc().into())
}

/// Whether packets to any address have a way out, IPv4 and IPv6, from `netstat -rn`. A route of macOS's own tunnels
/// (`default  fe80::%utun0`) leads nowhere.
pub(in crate::device) fn default_routes(text: &str) -> (bool, bool) {
    let mut nets: Vec<IpNet> = Vec::new();
    let mut of_tunnels = false;
    let routes = routes(text);
    for line in text.lines() {
        // Such a default route is scoped on current versions, and shown as a link-local gateway on a utun.
        let words: Vec<&str> = line.split_whitespace().collect();
        of_tunnels |=
            matches!(words[..], ["default", gateway, ..] if gateway.starts_with("fe80::%utun"));
    }
    for route in &routes {
        let own = of_tunnels && route.net.addr().is_ipv6() && route.interface.starts_with("utun");
        if !route.scoped && !own {
            nets.push(route.net);
        }
    }
    let of = |v6: bool| {
        let family: Vec<IpNet> = nets
            .iter()
            .copied()
            .filter(|net| net.addr().is_ipv6() == v6)
            .collect();
        is_default(&family)
    };
    (of(false), of(true))
}

/// A connection of `scutil --nc list` that is up: its kind's id (`com.wireguard.macos`, `PPP:L2TP`).
pub(super) fn connected(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.contains("(Connected)"))
        .filter_map(|line| {
            let (_, rest) = line.rsplit_once('[')?;
            let (kind, _) = rest.split_once(']')?;
            Some(kind.strip_prefix("VPN:").unwrap_or(kind))
        })
        .collect()
}

/// Tunnels that are up. Whose one is nobody tells, unless a single one is up and a single connection of a client's is.
pub(super) fn tunnels(
    interfaces: &[Interface],
    table: &str,
    connections: &[&str],
    marks: &[ClientMarks],
) -> Vec<Tunnel> {
    let routes = routes(table);
    let up: Vec<&Interface> = interfaces
        .iter()
        .filter(|seen| seen.adapter.up && !seen.addresses.is_empty())
        .collect();
    let client = match (&up[..], connections) {
        ([_], [one]) => owner(marks, one),
        _ => None,
    };
    up.iter()
        .map(|seen| {
            let mine = || {
                let mine = |route: &&Route| route.interface == seen.adapter.name;
                routes.iter().filter(mine)
            };
            let all: Vec<IpNet> = mine().filter(|r| !r.scoped).map(|r| r.net).collect();
            let mut others: Vec<IpNet> = mine()
                .map(|route| route.net)
                .filter(|net| net.prefix_len() > 1 && !is_housekeeping(net))
                .filter(|net| {
                    !(net.prefix_len() == net.max_prefix_len()
                        && seen.addresses.contains(&net.addr()))
                })
                .collect();
            others.sort_unstable();
            others.dedup();
            others.truncate(MAX_ROUTES);
            Tunnel {
                adapter: seen.adapter.name.clone(),
                addresses: seen.addresses.clone(),
                routes: others,
                default_route: is_default(&all),
                client: client.clone(),
            }
        })
        .collect()
}

fn is_housekeeping(net: &IpNet) -> bool {
    match net.addr() {
        IpAddr::V4(v4) => v4.is_multicast() || v4.is_broadcast() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_multicast() || v6.is_unicast_link_local(),
    }
}

/// The one client whose extensions or services begin with the same two parts as this id: `com.cisco`, `com.fortinet`.
fn owner(marks: &[ClientMarks], id: &str) -> Option<String> {
    let maker = |id: &str| {
        let mut parts = id.splitn(3, '.');
        Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
    };
    let wanted = maker(id)?;
    let mut owners = marks.iter().filter(|client| {
        let ids = client.drivers.iter().chain(&client.agent_services);
        ids.into_iter()
            .any(|id| maker(id).as_ref() == Some(&wanted))
    });
    let first = owners.next()?;
    owners.next().is_none().then(|| first.client.clone())
}

/// Name servers of `scutil --dns` for everything: those of resolvers for one domain, and those bound to an interface, are
/// asked only in their place.
pub(super) fn resolvers(text: &str) -> Vec<IpAddr> {
    let general = text
        .split("DNS configuration (for scoped queries)")
        .next()
        .unwrap_or_default();
    let mut found: Vec<IpAddr> = Vec::new();
    for block in general.split("resolver #").skip(1) {
        let values = |key: &str| {
            let pairs = block.lines().filter_map(|line| line.split_once(" : "));
            pairs
                .filter(|(name, _)| name.trim().starts_with(key))
                .map(|(_, value)| value.trim())
                .collect::<Vec<_>>()
        };
        let of_one_domain = block
            .lines()
            .filter_map(|line| line.split_once(" : "))
            .any(|(name, _)| name.trim() == "domain");
        if of_one_domain {
            continue;
        }
        for server in values("nameserver[") {
            let server = server.split('%').next().and_then(|text| text.parse().ok());
            if let Some(server) = server.filter(|server| !found.contains(server)) {
                found.push(server);
            }
        }
    }
    found
}
