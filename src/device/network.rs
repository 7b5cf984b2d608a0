//! Links and default routes of this device.
//!
//! Interfaces come from `sysinfo`; routes from `/proc/net` on Linux, `netstat -rn` on macOS and `route print` on Windows.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use sysinfo::{InterfaceOperationalState, MacAddr, Networks};

use super::facts::Deadline;
use super::macos;
use super::source::{Miss, Real, Source as _};
use super::windows::registry::{console_text, default_v4, default_v6};
use crate::evidence::{Fact, Interface, NetworkEvidence, Why, WhyCode};

/// How long the system's own tool may take to print its routes.
const LIMIT: Duration = Duration::from_secs(1);

/// Reads links and routes. Takes a few milliseconds at most and blocks meanwhile.
///
/// # Errors
/// What kept `sysinfo` from listing the interfaces.
pub fn read() -> Result<NetworkEvidence, sysinfo::Error> {
    let [default_route_v4, default_route_v6] = default_routes();
    Ok(NetworkEvidence {
        interfaces: interfaces(&Networks::new_with_refreshed_list()?),
        default_route_v4,
        default_route_v6,
    })
}

/// Whether packets to any address have a way out, IPv4 and IPv6.
fn default_routes() -> [Fact<bool>; 2] {
    let ask = |program: &str, arguments: &[&str]| {
        let answer = Real::default().run(program, arguments, Deadline::after(LIMIT))?;
        // An answer without a single address in it is no table.
        let text = console_text(&answer.out).into_owned();
        let good = answer.code == Some(0) && text.contains("127.0.0.1") | text.contains("::1");
        if good { Ok(text) } else { Err(Miss::Failed) }
    };
    let known = |told: Result<bool, Miss>| match told {
        Ok(there) => Fact::Known(there),
        Err(miss) => Fact::Unknown(miss.why()),
    };
    if cfg!(windows) {
        // Words are translated in it, addresses are not.
        [
            known(ask("route", &["print", "-4"]).map(|text| default_v4(&text))),
            known(ask("route", &["print", "-6"]).map(|text| default_v6(&text))),
        ]
    } else if cfg!(target_os = "macos") {
        let both = ask("netstat", &["-rn"]).map(|text| macos::links::default_routes(&text));
        [known(both.map(|(v4, _)| v4)), known(both.map(|(_, v6)| v6))]
    } else {
        [
            from_proc("/proc/net/route", default_in_route),
            from_proc("/proc/net/ipv6_route", default_in_ipv6_route),
        ]
    }
}

fn interfaces(networks: &Networks) -> Vec<Interface> {
    let mut interfaces: Vec<Interface> = networks
        .iter()
        .filter(|(_, data)| {
            !matches!(
                data.operational_state(),
                InterfaceOperationalState::Down
                    | InterfaceOperationalState::Testing
                    | InterfaceOperationalState::NotPresent
                    | InterfaceOperationalState::LowerLayerDown
            )
        })
        .map(|(name, data)| Interface {
            name: name.to_string_lossy().into_owned(),
            addresses: data
                .ip_networks()
                .iter()
                .map(|network| network.addr)
                .filter(|address| !address.is_loopback())
                .collect(),
            networks: data
                .ip_networks()
                .iter()
                .filter(|network| carries_packets_out(&network.addr))
                .filter_map(|network| IpNet::new(network.addr, network.prefix).ok())
                .map(|network| network.trunc())
                .collect(),
            tunnel: is_tunnel(&name.to_string_lossy(), data.mac_address()),
        })
        .filter(|interface| interface.addresses.iter().any(carries_packets_out))
        .collect();
    for interface in &mut interfaces {
        interface.addresses.sort_unstable();
        interface.addresses.dedup();
        interface.networks.sort_unstable();
        interface.networks.dedup();
    }
    interfaces.sort_by(|one, other| one.name.cmp(&other.name));
    interfaces
}

/// Whether an interface is the end of a tunnel: most have no link-layer address; those of Cisco, Fortinet and OpenVPN's
/// TAP adapters have one that their makers give to all of them, or tell it by their name.
fn is_tunnel(name: &str, address: MacAddr) -> bool {
    const MAKERS: [[u8; 3]; 3] = [[0x00, 0x05, 0x9a], [0x00, 0x09, 0x0f], [0x00, 0xff, 0x00]];
    const NAMES: [&str; 8] = ["tun", "tap", "utun", "ppp", "wg", "ipsec", "gpd", "cscotun"];
    let name = name.to_ascii_lowercase();
    let numbered = |start: &&str| {
        name.strip_prefix(*start)
            .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
    };
    address.is_unspecified()
        || MAKERS.iter().any(|maker| address.0.starts_with(maker))
        || NAMES.iter().any(numbered)
}

/// IPv6 gives every link an address of its own accord, which says nothing about a network behind it.
fn carries_packets_out(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_unspecified(),
        IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_unicast_link_local(),
    }
}

fn from_proc(path: &str, find: impl Fn(&str) -> bool) -> Fact<bool> {
    if !cfg!(target_os = "linux") {
        return Fact::Unknown(Why::code(WhyCode::Unsupported));
    }
    match std::fs::read_to_string(path) {
        Ok(table) => Fact::Known(find(&table)),
        // Without this family in the kernel there is no table, and no way out either.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Fact::Known(false),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Fact::Unknown(Why::code(WhyCode::NotPermitted))
        }
        Err(_) => Fact::Unknown(Why::code(WhyCode::Failed)),
    }
}

/// Route flags of Linux: the route is up; it rejects what it matches.
const RTF_UP: u32 = 0x0001;
const RTF_REJECT: u32 = 0x0200;

/// `/proc/net/route`: Iface Destination Gateway Flags RefCnt Use Metric Mask ..., numbers in hexadecimal. Two halves of
/// the whole (0.0.0.0/1 and 128.0.0.0/1), as full-tunnel VPNs set them, count as a default route too.
fn default_in_route(table: &str) -> bool {
    let mut low_half = false;
    let mut high_half = false;
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (Some(destination), Some(flags), Some(mask)) =
            (columns.get(1), columns.get(3), columns.get(7))
        else {
            continue;
        };
        if !is_usable(flags) {
            continue;
        }
        match (*destination, *mask) {
            ("00000000", "00000000") => return true,
            ("00000000", "00000080") => low_half = true,
            ("00000080", "00000080") => high_half = true,
            _ => {}
        }
    }
    low_half && high_half
}

/// `/proc/net/ipv6_route`: destination, its prefix length, source, its prefix length, next hop, metric, two counters,
/// flags, interface; numbers in hexadecimal. The kernel lists a rejecting default route on `lo` of its own accord.
fn default_in_ipv6_route(table: &str) -> bool {
    let mut low_half = false;
    let mut high_half = false;
    for line in table.lines() {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (Some(destination), Some(prefix), Some(flags), Some(interface)) = (
            columns.first(),
            columns.get(1),
            columns.get(8),
            columns.get(9),
        ) else {
            continue;
        };
        if *interface == "lo" || !is_usable(flags) {
            continue;
        }
        let rest_is_zero = destination
            .get(1..)
            .is_some_and(|r| r.bytes().all(|b| b == b'0'));
        match (*prefix, destination.as_bytes().first(), rest_is_zero) {
            ("00", Some(b'0'), true) => return true,
            ("01", Some(b'0'), true) => low_half = true,
            ("01", Some(b'8'), true) => high_half = true,
            // Global addresses as a whole (2000::/3), as some providers announce them.
            ("03", Some(b'2'), true) => return true,
            _ => {}
        }
    }
    low_half && high_half
}

fn is_usable(flags: &str) -> bool {
    u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & RTF_UP != 0 && flags & RTF_REJECT == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

    #[test]
    fn the_end_of_a_tunnel_is_told_from_a_network_card() {
        let card = MacAddr([0x52, 0x54, 0, 1, 2, 3]);
        assert!(!is_tunnel("eth0", card));
        assert!(!is_tunnel("tunnelbridge", card));
        assert!(is_tunnel("tun0", card));
        assert!(is_tunnel(
            "Ethernet 7",
            MacAddr([0, 5, 0x9a, 0x3c, 0x7a, 0])
        ));
        assert!(is_tunnel("vpn", MacAddr::UNSPECIFIED));
    }

    #[test]
    fn a_default_route_is_found_and_a_plain_one_is_not_taken_for_it() {
        let link = "eth0\t00001EAC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
        let default = "eth0\t00000000\t01001EAC\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
        assert!(default_in_route(&format!("{HEAD}{link}{default}")));
        assert!(!default_in_route(&format!("{HEAD}{link}")));
        assert!(!default_in_route(HEAD));
        assert!(!default_in_route(""));
    }

    #[test]
    fn a_rejecting_route_is_no_way_out() {
        let reject = "*\t00000000\t00000000\t0201\t0\t0\t100\t00000000\t0\t0\t0\n";
        assert!(!default_in_route(&format!("{HEAD}{reject}")));
    }

    #[test]
    fn a_full_tunnels_two_halves_are_a_default_route() {
        let low = "tun0\t00000000\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n";
        let high = "tun0\t00000080\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n";
        assert!(default_in_route(&format!("{HEAD}{low}{high}")));
        assert!(!default_in_route(&format!("{HEAD}{low}")));
    }

    #[test]
    fn ipv6_rejecting_default_on_lo_is_no_way_out() {
        let zero = "0".repeat(32);
        let on_lo =
            format!("{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo\n");
        let real = format!(
            "{zero} 00 {zero} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n"
        );
        assert!(!default_in_ipv6_route(&on_lo));
        assert!(default_in_ipv6_route(&format!("{on_lo}{real}")));
        assert!(!default_in_ipv6_route("garbage\n\n1 2 3"));
    }
}
