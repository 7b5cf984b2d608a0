//! How a world resolves names: the client's settings, the resolvers on the router, and what becomes of questions. Not
//! here: which names lead where on purpose of a portal ([`crate::world`]).

use std::path::Path;

use crate::case::{Case, Dns, Family, Portal};
use crate::netns::Netns;
use crate::servers::{self, Running};
use crate::tools::Outcome;
use crate::world::{
    AIA_HOST, GATEWAY4, GATEWAY6, INTERNET4, INTERNET6, LIAR_HOST, NTP_HOST, ROUTER4, ROUTER6,
    STRANGER4, STRANGER6, VPN,
};

/// Where the resolver behind the resolver listens on the router.
const BEHIND: &str = "127.0.0.1";
/// Its port.
const BEHIND_PORT: u16 = 5353;

/// Writes how programs in this namespace resolve names.
pub fn settings(device: &Netns, case: &Case) -> Outcome<()> {
    let (first, second) = match case.family {
        Family::V4 | Family::Both => (ROUTER4, INTERNET4),
        Family::V6 => (ROUTER6, INTERNET6),
    };
    let servers = match case.dns {
        Dns::NoneSet => "# Nobody set one.\n".to_owned(),
        Dns::FirstLeadsElsewhere | Dns::SecondLeadsElsewhere => {
            format!("nameserver {first}\nnameserver {second}\n")
        }
        _ => format!("nameserver {first}\n"),
    };
    device.etc("resolv.conf", &servers)?;
    let line = match case.dns {
        Dns::HostsLine => format!("{} {VPN}\n", one_of(&stranger(case.family))),
        _ => String::new(),
    };
    device.etc(
        "hosts",
        &format!("127.0.0.1 localhost\n::1 localhost\n{line}"),
    )?;
    device.etc("nsswitch.conf", "hosts: files dns\n")
}

/// Starts the resolvers and lets what befalls questions befall them.
pub fn serve(router: &Netns, case: &Case, folder: &Path) -> Outcome<Vec<Running>> {
    let ours = gateway(case);
    let theirs = stranger(case.family);
    let start = |name: &str, lines: String| {
        // It keeps nothing, so that every question is asked; where it checks signatures it insists on a cache.
        let cache = match lines.contains("dnssec\n") {
            true => "",
            false => "cache-size=0\n",
        };
        servers::dnsmasq(router, name, &(lines + cache), folder)
    };
    let near = format!("bind-interfaces\nlisten-address={ROUTER4},{ROUTER6}\n");
    let far = format!("bind-interfaces\nlisten-address={INTERNET4},{INTERNET6}\n");
    let running = match case.dns {
        Dns::FirstLeadsElsewhere => vec![
            start("dnsmasq", near + &zone(case, Some(&theirs)))?,
            start("dnsmasq-2", far + &zone(case, Some(&ours)))?,
        ],
        Dns::SecondLeadsElsewhere => vec![
            start("dnsmasq", near + &zone(case, Some(&ours)))?,
            start("dnsmasq-2", far + &zone(case, Some(&theirs)))?,
        ],
        // A key for the zone that the zone was never signed with: what the resolver behind it says cannot be right.
        Dns::FailsChecks => vec![
            start(
                "dnsmasq-behind",
                format!(
                    "bind-interfaces\nlisten-address={BEHIND}\nport={BEHIND_PORT}\n{}",
                    zone(case, Some(&ours))
                ),
            )?,
            start(
                "dnsmasq",
                near + &format!(
                    "dnssec\ndnssec-no-timecheck\nserver=/lab.test/{BEHIND}#{BEHIND_PORT}\n\
                     trust-anchor=lab.test,12345,8,2,{0}\ntrust-anchor=.,12345,8,2,{0}\n{1}",
                    "AB".repeat(32),
                    zone(case, None)
                ),
            )?,
        ],
        Dns::Refuses => {
            // What it does not know it would have to ask others about, and it has nobody to ask.
            let known = zone(case, None).replace("address=/#/\n", "");
            vec![start("dnsmasq", known)?]
        }
        Dns::NoSuchName => vec![start("dnsmasq", zone(case, None))?],
        Dns::Answers | Dns::Silent | Dns::AnswersBoth | Dns::NoneSet | Dns::HostsLine => {
            vec![start("dnsmasq", zone(case, Some(&ours)))?]
        }
    };
    if case.dns == Dns::Silent {
        router.nft("table inet dns { chain input { type filter hook input priority 0; udp dport 53 drop; tcp dport 53 drop; }\n}")?;
    }
    Ok(running)
}

/// What a resolver knows, with the gateway's name at these addresses. It is the last word for every name: what it does
/// not know does not exist.
fn zone(case: &Case, gateway: Option<&str>) -> String {
    if case.portal == Some(Portal::Names) {
        return format!("address=/#/{ROUTER4}\n");
    }
    let mut zone = format!("address=/#/\nhost-record=portal.lab.test,{ROUTER4}\n");
    for host in [
        AIA_HOST,
        NTP_HOST,
        "probe.lab.test",
        "probe2.lab.test",
        "filtered.lab.test",
    ] {
        zone += &format!("host-record={host},{INTERNET4},{INTERNET6}\n");
    }
    if let Some(gateway) = gateway {
        for host in [VPN, "other.lab.test", "branch.office.lab.test", LIAR_HOST] {
            zone += &format!("host-record={host},{gateway}\n");
        }
    }
    zone
}

fn gateway(case: &Case) -> String {
    match case.family {
        _ if case.dns == Dns::AnswersBoth => format!("{GATEWAY4},{GATEWAY6}"),
        Family::V4 => GATEWAY4.to_owned(),
        Family::V6 => GATEWAY6.to_owned(),
        Family::Both => format!("{GATEWAY4},{GATEWAY6}"),
    }
}

fn stranger(family: Family) -> String {
    match family {
        Family::V4 => STRANGER4.to_string(),
        Family::V6 => STRANGER6.to_string(),
        Family::Both => format!("{STRANGER4},{STRANGER6}"),
    }
}

fn one_of(addresses: &str) -> &str {
    addresses.split(',').next().unwrap_or(addresses)
}
