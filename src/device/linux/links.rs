//! Virtual adapters of Linux, the tunnels that are up, and `/dev/net/tun`.
//!
//! Not here: real network cards and whether there is a way out at all ([`crate::device::network`]).

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::is_there;
use crate::device::facts::{Deadline, is_default};
use crate::device::source::{Miss, NodeKind, Source};
use crate::evidence::{Adapter, AdapterKind, ClientProcess, Fact, TunDevice, TunNode, Tunnel};
use crate::guide::{ClientMarks, fits};
use crate::text::sanitise;

/// Adapters that are looked at, at most: hosts of containers have thousands.
const MAX: usize = 1024;
/// Routes of one tunnel that are kept.
const MAX_ROUTES: usize = 64;

/// The numbers of the tun device (Documentation/admin-guide/devices.txt).
const TUN: NodeKind = NodeKind::Character {
    major: 10,
    minor: 200,
};
/// `IFF_UP` of netdevice(7).
const UP: u32 = 1;
/// `IFF_TAP` of linux/if_tun.h.
const TAP: u32 = 2;
/// `ARPHRD_PPP` of linux/if_arp.h.
const PPP: &str = "512";

/// Every virtual adapter that a VPN program could have made.
pub(super) fn adapters(source: &impl Source, marks: &[ClientMarks]) -> Fact<Vec<Adapter>> {
    let names = match source.folder("/sys/class/net") {
        Ok(names) => names,
        Err(miss) => return Fact::Unknown(miss.why()),
    };
    let found = names.iter().take(MAX).filter_map(|name| {
        let read = |file: &str| source.text(&format!("/sys/class/net/{name}/{file}"));
        let client = only_owner(marks, name);
        let kind = kind(
            name,
            read("tun_flags").ok().as_deref(),
            &read("uevent").unwrap_or_default(),
            read("type").unwrap_or_default().trim(),
        )?;
        Some(Adapter {
            name: sanitise(name),
            description: String::new(),
            kind,
            up: hexadecimal(&read("flags").unwrap_or_default()) & UP != 0,
            client: client.map(|client| client.client.clone()),
        })
    });
    Fact::Known(found.collect())
}

fn kind(name: &str, tun_flags: Option<&str>, uevent: &str, link: &str) -> Option<AdapterKind> {
    let device = uevent
        .lines()
        .find_map(|line| line.strip_prefix("DEVTYPE="));
    match (tun_flags, device) {
        _ if name.starts_with("cscotun") => Some(AdapterKind::Cisco),
        _ if name.starts_with("fctvpn") => Some(AdapterKind::Fortinet),
        (Some(flags), _) if hexadecimal(flags) & TAP != 0 => Some(AdapterKind::Tap),
        (Some(_), _) => Some(AdapterKind::Tun),
        (None, Some("wireguard")) => Some(AdapterKind::Wireguard),
        (None, Some(other)) if other.starts_with("ovpn") => Some(AdapterKind::OvpnDco),
        (None, Some("ppp")) => Some(AdapterKind::Ppp),
        _ if link == PPP => Some(AdapterKind::Ppp),
        _ if name.starts_with("gpd") => Some(AdapterKind::Other),
        _ => None,
    }
}

fn hexadecimal(text: &str) -> u32 {
    let digits = text.trim().trim_start_matches("0x");
    u32::from_str_radix(digits, 16).unwrap_or(0)
}

/// The client to whose adapters alone this name belongs.
fn only_owner<'a>(marks: &'a [ClientMarks], name: &str) -> Option<&'a ClientMarks> {
    let mut owners = marks
        .iter()
        .filter(|client| client.adapters.iter().any(|mark| fits(mark, name)));
    let first = owners.next()?;
    owners.next().is_none().then_some(first)
}

/// `/dev/net/tun`, and whether the kernel knows the driver.
pub(super) fn tun(source: &impl Source) -> Fact<TunDevice> {
    let device = match source.node("/dev/net/tun") {
        Ok(node) if node.kind == TUN => TunNode::Present,
        Ok(_) => TunNode::NotTheDevice,
        Err(Miss::Absent) => TunNode::Absent,
        Err(miss) => return Fact::Unknown(miss.why()),
    };
    Fact::Known(TunDevice {
        device,
        module: module(source),
    })
}

/// Registered with the kernel, or there to be loaded (modules.dep(5), modules.builtin). Where the folder of modules is
/// missing, nothing is said.
fn module(source: &impl Source) -> Option<bool> {
    if let Ok(misc) = source.text("/proc/misc")
        && misc
            .lines()
            .any(|line| line.split_whitespace().nth(1) == Some("tun"))
    {
        return Some(true);
    }
    let release = source.text("/proc/sys/kernel/osrelease").ok()?;
    let folder = ["/lib/modules", "/usr/lib/modules"]
        .map(|folder| format!("{folder}/{}", release.trim()))
        .into_iter()
        .find(|folder| is_there(source, folder))?;
    let names = |file: &str| {
        let list = source.text(&format!("{folder}/{file}")).ok()?;
        Some(list.lines().any(|line| line.contains("/net/tun.ko")))
    };
    match (names("modules.dep"), names("modules.builtin")) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// Tunnels that are up, with what goes through them.
pub(super) fn tunnels(
    source: &impl Source,
    marks: &[ClientMarks],
    running: &[ClientProcess],
    until: Deadline,
) -> Fact<Vec<Tunnel>> {
    let adapters = match adapters(source, marks) {
        Fact::Known(adapters) => adapters,
        Fact::Unknown(why) => return Fact::Unknown(why),
    };
    // Rootless containers and virtual networks hang on taps too: one is a VPN's only where a VPN program runs.
    let is_vpns = |adapter: &Adapter| {
        adapter.kind != AdapterKind::Tap || running_owner(marks, running, &adapter.name).is_some()
    };
    let up = adapters
        .into_iter()
        .filter(|adapter| adapter.up && is_vpns(adapter));
    let up: Vec<Adapter> = up.collect();
    if up.is_empty() {
        return Fact::Known(Vec::new());
    }
    let addresses = answer(source, &["-o", "addr", "show"], until);
    let mut routes = routes_of_proc(&source.text("/proc/net/route").unwrap_or_default());
    // Tables of their own, as WireGuard's, are told by `ip` alone.
    for family in ["-4", "-6"] {
        let told = answer(source, &[family, "route", "show", "table", "all"], until);
        routes.extend(routes_of_ip(&told, family == "-6"));
    }
    let tunnels = up.into_iter().map(|adapter| {
        let mine = || routes.iter().filter(|(device, _)| *device == adapter.name);
        let networks: Vec<IpNet> = mine().map(|(_, network)| *network).collect();
        let mut others: Vec<IpNet> = networks
            .iter()
            .copied()
            .filter(|network| network.prefix_len() > 1)
            .collect();
        others.sort_unstable();
        others.dedup();
        others.truncate(MAX_ROUTES);
        Tunnel {
            addresses: addresses_of(&addresses, &adapter.name),
            routes: others,
            default_route: is_default(&networks),
            client: adapter
                .client
                .clone()
                .or_else(|| running_owner(marks, running, &adapter.name)),
            adapter: adapter.name,
        }
    });
    // An adapter without an address or a route carries nothing: libvirt and others keep such ones.
    let used = |tunnel: &Tunnel| {
        !tunnel.addresses.is_empty() || !tunnel.routes.is_empty() || tunnel.default_route
    };
    Fact::Known(tunnels.filter(used).collect())
}

/// The one client that runs and whose adapters are called so.
fn running_owner(marks: &[ClientMarks], running: &[ClientProcess], name: &str) -> Option<String> {
    let mut owners = marks.iter().filter(|client| {
        client.adapters.iter().any(|mark| fits(mark, name))
            && running
                .iter()
                .any(|process| process.client == client.client)
    });
    let first = owners.next()?;
    owners.next().is_none().then(|| first.client.clone())
}

fn answer(source: &impl Source, arguments: &[&str], until: Deadline) -> String {
    let told = source.run("ip", arguments, until).ok();
    told.and_then(|answer| answer.good()).unwrap_or_default()
}

/// `/proc/net/route`: interface, destination, gateway, flags, ..., mask as the eighth; little-endian hexadecimal.
fn routes_of_proc(table: &str) -> Vec<(String, IpNet)> {
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let address = |column: usize| {
                let bits = u32::from_str_radix(columns.get(column)?, 16).ok()?;
                Some(Ipv4Addr::from(bits.to_le_bytes()))
            };
            let network = Ipv4Net::with_netmask(address(1)?, address(7)?).ok()?;
            Some(((*columns.first()?).to_owned(), network.into()))
        })
        .collect()
}

/// Lines of `ip route`: `default via 10.8.0.1 dev tun0 ...`, `10.0.0.0/8 dev tun0 ...`; other types of routes begin with
/// their type, and carry no packet out.
fn routes_of_ip(text: &str, v6: bool) -> Vec<(String, IpNet)> {
    text.lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let device = words.iter().position(|word| *word == "dev")?;
            let network = match *words.first()? {
                "default" if v6 => "::/0".parse().ok()?,
                "default" => "0.0.0.0/0".parse().ok()?,
                text => text.parse::<IpNet>().ok()?,
            };
            // Link-local and multicast routes are on every adapter of their own accord.
            let own = matches!(network, IpNet::V6(n) if n.addr().is_unicast_link_local() || n.addr().is_multicast());
            (!own).then_some(((*words.get(device + 1)?).to_owned(), network.trunc()))
        })
        .collect()
}

/// Lines of `ip -o addr`: `5: tun0    inet 10.8.0.6 peer 10.8.0.5/32 scope global tun0`.
fn addresses_of(text: &str, adapter: &str) -> Vec<IpAddr> {
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let name = words.next()?.split('@').next()?;
        let family = words.next()?;
        let address: IpAddr = words.next()?.split('/').next()?.parse().ok()?;
        let link_local = matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
        (name == adapter && family.starts_with("inet") && !link_local).then_some(address)
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_route_is_whole_or_in_two_halves() {
        let nets = |texts: &[&str]| -> Vec<IpNet> {
            texts
                .iter()
                .map(|text| text.parse().expect("network"))
                .collect()
        };
        assert!(is_default(&nets(&["0.0.0.0/0"])));
        assert!(is_default(&nets(&["0.0.0.0/1", "128.0.0.0/1"])));
        assert!(!is_default(&nets(&[
            "0.0.0.0/1",
            "0.0.0.0/1",
            "10.0.0.0/8"
        ])));
        assert!(!is_default(&nets(&["0.0.0.0/1", "8000::/1"])));
    }

    #[test]
    fn routes_are_read_from_the_kernel_and_from_ip() {
        let table = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n\
                     tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\n\
                     broken\tzz\n";
        let net: IpNet = "10.0.0.0/8".parse().expect("network");
        assert_eq!(routes_of_proc(table), [("tun0".to_owned(), net)]);
        let told = "default dev wg0 table 51820 scope link\n10.0.0.0/8 dev tun0 scope link\n\
                    unreachable default metric 4278198272\nlocal 10.8.0.2 dev tun0 table local\n";
        let zero: IpNet = "0.0.0.0/0".parse().expect("network");
        assert_eq!(
            routes_of_ip(told, false),
            [("wg0".to_owned(), zero), ("tun0".to_owned(), net)]
        );
    }

    #[test]
    fn an_address_is_its_adapters_alone() {
        let told = "1: lo    inet 127.0.0.1/8 scope host lo\n\
                    5: tun0    inet 10.8.0.6 peer 10.8.0.5/32 scope global tun0\n\
                    5: tun0    inet6 fe80::1/64 scope link\n\
                    6: tun1@if5    inet 10.9.0.2/24 scope global tun1\n";
        let of = |name| addresses_of(told, name);
        assert_eq!(of("tun0"), ["10.8.0.6".parse::<IpAddr>().expect("address")]);
        assert_eq!(of("tun1"), ["10.9.0.2".parse::<IpAddr>().expect("address")]);
        assert!(of("eth0").is_empty());
    }

    #[test]
    fn kinds_are_told_by_what_the_kernel_says_of_an_adapter() {
        let kind = |name, tun, uevent, link| super::kind(name, tun, uevent, link);
        assert_eq!(
            kind("tun0", Some("0x1001\n"), "", "65534"),
            Some(AdapterKind::Tun)
        );
        assert_eq!(
            kind("vpn", Some("0x1002\n"), "", "1"),
            Some(AdapterKind::Tap)
        );
        assert_eq!(
            kind("wg0", None, "DEVTYPE=wireguard\nINTERFACE=wg0\n", "65534"),
            Some(AdapterKind::Wireguard)
        );
        assert_eq!(kind("ppp0", None, "", "512"), Some(AdapterKind::Ppp));
        assert_eq!(
            kind("cscotun0", Some("0x1001"), "", ""),
            Some(AdapterKind::Cisco)
        );
        assert_eq!(kind("eth0", None, "INTERFACE=eth0\n", "1"), None);
        assert_eq!(kind("wlan0", None, "DEVTYPE=wlan\n", "1"), None);
    }
}
