//! The device card: what a device says of itself, row by row, for the screen and for `doctor`. What is unknown has its
//! row too, with the reason and the command that would tell.
//!
//! Not here: what follows from it ([`crate::diagnose`]), how a row is drawn.

use crate::diagnose::{InUse, known_of};
use crate::evidence::{
    AdapterKind, DeviceEvidence, DriverState, ExtensionState, Fact, InstalledClient, Part,
    ProxySetting, Running, StoreOwner, TunNode, UnixTime, Why, WhyCode,
};
use crate::msg::Msg;

/// Adapters and tunnels that are listed; hosts of containers have hundreds.
const MOST: usize = 8;

/// One row: a label, and a line or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRow {
    /// The id of its label in `assets/ui`.
    pub label: &'static str,
    /// Its lines; never empty.
    pub lines: Vec<Msg>,
    /// Whether it says why something is not known.
    pub unknown: bool,
}

/// The rows in the order shown. Proxies come from elsewhere: none where nobody looked. `at` is the moment for which it is
/// said what is known of a program's version; none leaves that out.
pub fn card(
    device: &DeviceEvidence,
    proxies: Option<&[ProxySetting]>,
    at: Option<UnixTime>,
) -> Vec<CardRow> {
    let rows = [
        row("device.card.system", &device.system, |system| {
            let id = if system.container {
                "device.card.container"
            } else {
                "device.log.system"
            };
            vec![
                Msg::new(id)
                    .with("name", &system.name)
                    .with("version", &system.version),
            ]
        }),
        row("device.card.rights", &device.administrator, |admin| {
            if *admin {
                return vec![Msg::new("device.card.admin")];
            }
            let no_admin = Msg::new("device.card.no-admin");
            match device.may_administer {
                Fact::Known(true) => vec![no_admin, Msg::new("device.card.may-administer")],
                Fact::Known(false) => vec![no_admin, Msg::new("device.card.never-administers")],
                Fact::Unknown(_) => vec![no_admin],
            }
        }),
        row("device.card.clients", &device.clients, |_| {
            clients(device, at)
        }),
        row("device.card.adapters", &device.adapters, |all| {
            let lines = all.iter().map(|adapter| {
                let id = if adapter.up {
                    "device.card.adapter-up"
                } else {
                    "device.card.adapter-down"
                };
                let name = if adapter.description.is_empty() {
                    &adapter.name
                } else {
                    &adapter.description
                };
                Msg::new(id)
                    .with("name", name)
                    .with("kind", kind(adapter.kind))
            });
            listed(lines, "device.card.no-adapter")
        }),
        row("device.card.tunnels", &device.tunnels, |all| {
            let lines = all.iter().map(|tunnel| {
                let addresses: Vec<String> =
                    tunnel.addresses.iter().map(ToString::to_string).collect();
                let id = if tunnel.default_route {
                    "device.log.full-tunnel"
                } else {
                    "device.log.tunnel"
                };
                Msg::new(id)
                    .with("adapter", &tunnel.adapter)
                    .with("addresses", addresses.join(" "))
            });
            listed(lines, "device.card.no-tunnel")
        }),
        row("device.card.tun", &device.tun, |tun| {
            vec![Msg::new(match (tun.device, tun.module) {
                (_, Some(false)) => "device.card.tun-no-driver",
                (TunNode::Present, _) => "device.card.tun-there",
                (TunNode::Absent, _) => "device.card.tun-absent",
                (TunNode::NotTheDevice, _) => "device.card.tun-other",
            })]
        }),
        row("device.card.drivers", &device.drivers, |all| {
            let lines = all.iter().map(|driver| {
                let id = match driver.state {
                    DriverState::Works => "device.card.driver-works",
                    DriverState::Disabled => "device.card.driver-disabled",
                    DriverState::SignatureRefused => "device.card.driver-refused",
                    DriverState::Problem(_) => "device.card.driver-problem",
                };
                Msg::new(id).with("name", &driver.name)
            });
            listed(lines, "device.card.none")
        }),
        row("device.card.extensions", &device.extensions, |all| {
            let lines = all.iter().map(|extension| {
                let id = match extension.state {
                    ExtensionState::Enabled => "device.card.extension-on",
                    ExtensionState::WaitingForUser => "device.card.extension-waits",
                    ExtensionState::Disabled => "device.card.extension-off",
                    ExtensionState::Other => "device.card.extension-other",
                };
                Msg::new(id).with("name", &extension.name)
            });
            listed(lines, "device.card.none")
        }),
        row("device.card.store", &device.trust, |_| stores(device)),
        row("device.card.clock", &device.time, |service| {
            let Some(name) = &service.name else {
                return vec![Msg::new("device.found.no-keeper")];
            };
            let id = match (service.running, &service.synchronised) {
                (false, _) => "device.log.time-stopped",
                (true, Fact::Known(false)) => "device.log.time-lost",
                (true, Fact::Known(true)) => "device.card.clock-kept",
                (true, Fact::Unknown(_)) => "device.card.clock-silent",
            };
            let mut lines = vec![Msg::new(id).with("service", name)];
            if let Some(from) = &service.source {
                lines.push(Msg::new("device.card.clock-source").with("source", from));
            }
            if let Some(since) = service.since {
                lines.push(Msg::new("device.card.clock-since").with("time", since.rfc3339()));
            }
            lines
        }),
        proxies.map(|settings| {
            let lines = settings.iter().map(|setting| {
                Msg::new("device.card.proxy")
                    .with("proxy", setting.route.shown())
                    .with("source", &setting.source)
            });
            CardRow {
                label: "device.card.proxies",
                lines: listed(lines, "device.card.no-proxy"),
                unknown: false,
            }
        }),
        row("device.card.resolvers", &device.resolvers, |all| {
            let servers: Vec<String> = all.iter().map(ToString::to_string).collect();
            vec![if servers.is_empty() {
                Msg::new("device.card.no-resolver")
            } else {
                Msg::new("device.card.servers").with("servers", servers.join(" "))
            }]
        }),
        row("device.card.security", &device.security, |all| {
            let lines = all.iter().map(|guard| {
                let id = if guard.running {
                    "device.card.runs"
                } else {
                    "device.card.installed"
                };
                Msg::new(id).with("name", &guard.name)
            });
            listed(lines, "device.card.none-known")
        }),
    ];
    rows.into_iter().flatten().collect()
}

/// A group's row; its reason where it is not known, nothing where this system has no such thing.
fn row<T>(
    label: &'static str,
    fact: &Fact<T>,
    lines: impl FnOnce(&T) -> Vec<Msg>,
) -> Option<CardRow> {
    let (lines, unknown) = match fact {
        Fact::Known(seen) => (lines(seen), false),
        Fact::Unknown(Why {
            code: WhyCode::Unsupported,
            detail: None,
        }) => return None,
        Fact::Unknown(why) => (vec![why.message()], true),
    };
    Some(CardRow {
        label,
        lines,
        unknown,
    })
}

/// At most [`MOST`] lines and how many more there are, or the word for none.
fn listed(lines: impl Iterator<Item = Msg>, none: &'static str) -> Vec<Msg> {
    let mut lines: Vec<Msg> = lines.collect();
    if lines.is_empty() {
        return vec![Msg::new(none)];
    }
    if lines.len() > MOST {
        let more = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(Msg::new("device.card.more").with("count", more));
    }
    lines
}

/// Each program with its version, and whether its part in the background runs.
fn clients(device: &DeviceEvidence, at: Option<UnixTime>) -> Vec<Msg> {
    let installed = device.clients.known().map_or(&[][..], Vec::as_slice);
    let mut lines = Vec::new();
    for client in installed {
        let text = match &client.version {
            Fact::Known(version) => Msg::new("device.card.client").with("version", version),
            Fact::Unknown(_) => Msg::new("device.card.client-unknown"),
        };
        lines.push(text.with("client", &client.name).with("seen", &client.seen));
        lines.extend(at.map_or_else(Vec::new, |at| of_version(device, client, at)));
        let services = device.services.known().map_or(&[][..], Vec::as_slice);
        for service in services.iter().filter(|s| s.client == client.client) {
            let id = match service.state {
                Running::Running => "device.card.service-runs",
                Running::Changing => "device.card.service-changes",
                Running::Stopped => "device.card.service-stopped",
                Running::Failed => "device.card.service-failed",
            };
            lines.push(Msg::new(id).with("name", &service.name));
        }
        let processes = device.processes.known().map_or(&[][..], Vec::as_slice);
        for process in processes.iter().filter(|p| p.client == client.client) {
            let id = match process.part {
                Part::Agent => "device.card.agent-runs",
                Part::Program => "device.card.program-runs",
            };
            lines.push(Msg::new(id).with("name", &process.name));
        }
    }
    listed(lines.into_iter(), "device.log.no-client")
}

/// What is known of a program's version, whatever gateway it is for.
fn of_version(device: &DeviceEvidence, client: &InstalledClient, at: UnixTime) -> Vec<Msg> {
    let (Some(system), Some(version)) = (device.system.known(), client.version.known()) else {
        return Vec::new();
    };
    let known = known_of(&InUse {
        client: &client.client,
        name: &client.name,
        version,
        system: system.system,
        gateway: None,
        at,
    });
    let known = known.unwrap_or_default();
    let shown = known.findings.into_iter().flat_map(|f| f.evidence);
    let shown = shown.map(|proof| proof.text);
    shown
        .chain(known.hints.into_iter().map(|(_, text)| text))
        .collect()
}

fn stores(device: &DeviceEvidence) -> Vec<Msg> {
    let cards = device.trust.known().map_or(&[][..], Vec::as_slice);
    let mut lines = Vec::new();
    for card in cards {
        let text = match (&card.owner, card.roots) {
            (StoreOwner::System, 0) => Msg::new("device.log.store-empty"),
            (StoreOwner::System, _) => Msg::new("device.log.store"),
            (StoreOwner::Client(client), _) => {
                Msg::new("device.card.own-store").with("client", client)
            }
        };
        lines.push(text.with("count", card.roots).with("store", &card.store));
        if let Some(changed) = card.changed {
            lines.push(Msg::new("device.card.changed").with("day", changed.day()));
        }
        if card.distrusted > 0 {
            lines.push(Msg::new("device.card.distrusted").with("count", card.distrusted));
        }
    }
    lines
}

/// The kind's name, the same in every language.
const fn kind(kind: AdapterKind) -> &'static str {
    match kind {
        AdapterKind::Tun => "tun",
        AdapterKind::Tap => "tap",
        AdapterKind::Wintun => "Wintun",
        AdapterKind::OvpnDco => "ovpn-dco",
        AdapterKind::Cisco => "Cisco",
        AdapterKind::Fortinet => "Fortinet",
        AdapterKind::Utun => "utun",
        AdapterKind::Ppp => "PPP",
        AdapterKind::Wireguard => "WireGuard",
        AdapterKind::Other => "VPN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::facts::needs_administrator;
    use crate::evidence::{System, SystemVersion, Verified};

    #[test]
    fn what_needs_rights_has_its_row_with_the_command_and_what_is_not_there_has_none() {
        let device = DeviceEvidence {
            services: Fact::default(),
            trust: needs_administrator("certutil -store root"),
            drivers: Fact::Unknown(Why::code(WhyCode::Unsupported)),
            ..DeviceEvidence::default()
        };
        let rows = card(&device, None, None);
        let store = rows.iter().find(|row| row.label == "device.card.store");
        let store = store.expect("the store has its row");
        assert!(store.unknown);
        assert_eq!(store.lines[0].args[0].1, "certutil -store root");
        assert!(!rows.iter().any(|row| row.label == "device.card.drivers"));
    }

    #[test]
    fn the_card_says_what_is_known_of_a_version_from_the_day_it_holds() {
        let client = InstalledClient {
            client: "openvpn".to_owned(),
            name: "OpenVPN".to_owned(),
            version: Fact::Known("2.5.9".to_owned()),
            seen: "C:\\Program Files\\OpenVPN".to_owned(),
            verified: Verified::Source,
        };
        let device = DeviceEvidence {
            system: Fact::Known(SystemVersion {
                system: System::Windows,
                name: "Windows 11".to_owned(),
                version: "24H2".to_owned(),
                container: false,
            }),
            clients: Fact::Known(vec![client]),
            ..DeviceEvidence::default()
        };
        // 2025-07-31 is the last day of support.
        let lines = |at| {
            let rows = card(&device, None, at);
            let row = rows.into_iter().find(|r| r.label == "device.card.clients");
            let lines = row.expect("clients have their row").lines;
            lines.into_iter().map(|line| line.id).collect::<Vec<_>>()
        };
        let last_day = UnixTime(1_753_920_000);
        assert_eq!(lines(None), ["device.card.client"]);
        assert_eq!(lines(Some(last_day)), ["device.card.client"]);
        let after = lines(Some(last_day.plus(86_400)));
        assert_eq!(after, ["device.card.client", "client-version.ended"]);
    }
}
