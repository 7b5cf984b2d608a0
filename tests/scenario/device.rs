//! What a device says of itself, in short words. A group that no line speaks of was not looked at.
//!
//! ```text
//! system <system> <name> <version> [container]     not-admin | admin | never-admin | may-admin
//! client <id> [version]                            no-clients
//! process <id> agent|program <name>                no-processes
//! service <id> running|changing|stopped|failed <name> [agent]
//! adapter <id or -> <kind> <name>                  no-adapters
//! tun present|absent|other [driver|no-driver]
//! tunnel <adapter> default|<network> [id]          no-tunnels
//! time <service or -> stopped|kept|lost|silent
//! store <roots>
//! guard running|idle <name>
//! driver <id> works|refused|disabled|bare <name>   extension <id> enabled|waits|off <name>
//! recorded <system> <sample>                       a device of tests/device, read as a real one is
//! ```

use std::path::Path;
use std::time::Duration;

use vpnmedic::device::facts;
use vpnmedic::device::linux::Linux;
use vpnmedic::device::macos::Macos;
use vpnmedic::device::recorded::Recorded;
use vpnmedic::device::windows::Windows;
use vpnmedic::evidence::{
    Adapter, AdapterKind, ClientProcess, DeviceEvidence, Driver, DriverState, Extension,
    ExtensionState, Fact, InstalledClient, Part, Running, SecuritySoftware, ServiceState,
    StoreOwner, SystemVersion, TimeService, TrustCard, TunDevice, TunNode, Tunnel, Why, WhyCode,
};
use vpnmedic::guide::{System, Verified, device_marks};

/// The device that these lines describe.
pub fn device(lines: &[String]) -> DeviceEvidence {
    let mut seen = DeviceEvidence::default();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        describe(&mut seen, &words, line);
    }
    seen
}

fn describe(seen: &mut DeviceEvidence, words: &[&str], line: &str) {
    match *words {
        ["recorded", system, sample] => *seen = recorded(system, sample),
        ["system", system, name, version, ref rest @ ..] => {
            seen.system = Fact::Known(SystemVersion {
                system: self::system(system),
                name: name.to_owned(),
                version: version.to_owned(),
                container: rest == ["container"],
            });
        }
        ["admin"] => seen.administrator = Fact::Known(true),
        ["not-admin"] => seen.administrator = Fact::Known(false),
        ["never-admin"] => {
            seen.administrator = Fact::Known(false);
            seen.may_administer = Fact::Known(false);
        }
        ["may-admin"] => {
            seen.administrator = Fact::Known(false);
            seen.may_administer = Fact::Known(true);
        }
        ["no-clients"] => seen.clients = Fact::Known(Vec::new()),
        ["no-processes"] => seen.processes = Fact::Known(Vec::new()),
        ["no-adapters"] => seen.adapters = Fact::Known(Vec::new()),
        ["no-tunnels"] => seen.tunnels = Fact::Known(Vec::new()),
        ["client", id, ref rest @ ..] => {
            let (name, verified) = marks(seen, id);
            let client = InstalledClient {
                client: id.to_owned(),
                name,
                version: match rest.first() {
                    Some(version) => Fact::Known((*version).to_owned()),
                    None => Fact::Unknown(Why::code(WhyCode::Unsupported)),
                },
                seen: format!("/opt/{id}"),
                verified,
            };
            push(&mut seen.clients, client);
        }
        ["process", id, part, name] => {
            let process = ClientProcess {
                client: id.to_owned(),
                name: name.to_owned(),
                pid: 4711,
                part: match part {
                    "agent" => Part::Agent,
                    "program" => Part::Program,
                    _ => panic!("{line}"),
                },
                verified: Verified::Source,
            };
            push(&mut seen.processes, process);
        }
        ["service", id, state, name, ref rest @ ..] => {
            let service = ServiceState {
                name: name.to_owned(),
                client: id.to_owned(),
                state: match state {
                    "running" => Running::Running,
                    "changing" => Running::Changing,
                    "stopped" => Running::Stopped,
                    "failed" => Running::Failed,
                    _ => panic!("{line}"),
                },
                enabled: Fact::Known(true),
                agent: rest == ["agent"],
                verified: Verified::Source,
            };
            push(&mut seen.services, service);
        }
        ["adapter", id, kind, ref name @ ..] => {
            let adapter = Adapter {
                name: name.join(" "),
                description: String::new(),
                kind: match kind {
                    "tun" => AdapterKind::Tun,
                    "cisco" => AdapterKind::Cisco,
                    "wintun" => AdapterKind::Wintun,
                    "fortinet" => AdapterKind::Fortinet,
                    "utun" => AdapterKind::Utun,
                    _ => panic!("{line}"),
                },
                up: false,
                client: (id != "-").then(|| id.to_owned()),
            };
            push(&mut seen.adapters, adapter);
        }
        ["tun", node, ref rest @ ..] => {
            seen.tun = Fact::Known(TunDevice {
                device: match node {
                    "present" => TunNode::Present,
                    "absent" => TunNode::Absent,
                    "other" => TunNode::NotTheDevice,
                    _ => panic!("{line}"),
                },
                module: match rest {
                    [] => None,
                    ["driver"] => Some(true),
                    ["no-driver"] => Some(false),
                    _ => panic!("{line}"),
                },
            });
        }
        ["tunnel", adapter, way, ref rest @ ..] => {
            let tunnel = Tunnel {
                adapter: adapter.to_owned(),
                addresses: vec!["10.8.0.6".parse().unwrap()],
                default_route: way == "default",
                routes: way.parse().into_iter().collect(),
                client: rest.first().map(|id| (*id).to_owned()),
            };
            push(&mut seen.tunnels, tunnel);
        }
        ["time", name, state] => {
            seen.time = Fact::Known(TimeService {
                name: (name != "-").then(|| name.to_owned()),
                running: state != "stopped",
                synchronised: match state {
                    "stopped" | "lost" => Fact::Known(false),
                    "kept" => Fact::Known(true),
                    "silent" => Fact::Unknown(Why::code(WhyCode::Failed)),
                    _ => panic!("{line}"),
                },
                offset_ms: None,
                source: None,
                since: None,
            });
        }
        ["store", roots] => {
            let card = TrustCard {
                owner: StoreOwner::System,
                store: "/etc/ssl/certs/ca-certificates.crt".to_owned(),
                changed: None,
                roots: roots.parse().unwrap(),
                distrusted: 0,
            };
            push(&mut seen.trust, card);
        }
        ["guard", state, ref name @ ..] => {
            let guard = SecuritySoftware {
                name: name.join(" "),
                running: state == "running",
                seen: "/opt/guard".to_owned(),
                verified: Verified::Recall,
            };
            push(&mut seen.security, guard);
        }
        ["driver", id, state, name] => {
            let driver = Driver {
                name: name.to_owned(),
                description: "VPN adapter".to_owned(),
                client: Some(id.to_owned()),
                version: None,
                state: match state {
                    "works" => DriverState::Works,
                    "refused" => DriverState::SignatureRefused,
                    "disabled" => DriverState::Disabled,
                    // CM_PROB_FAILED_INSTALL: there is no driver for it.
                    "bare" => DriverState::Problem(28),
                    _ => panic!("{line}"),
                },
            };
            push(&mut seen.drivers, driver);
        }
        ["extension", id, state, name] => {
            let extension = Extension {
                id: format!("{name}.extension"),
                name: name.to_owned(),
                client: Some(id.to_owned()),
                state: match state {
                    "enabled" => ExtensionState::Enabled,
                    "waits" => ExtensionState::WaitingForUser,
                    "off" => ExtensionState::Disabled,
                    _ => panic!("{line}"),
                },
            };
            push(&mut seen.extensions, extension);
        }
        _ => panic!("{line}"),
    }
}

/// What a recorded or composed device of `tests/device` tells of itself.
fn recorded(system: &str, sample: &str) -> DeviceEvidence {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/device");
    let answers = Recorded::open(&folder.join(system).join(sample)).unwrap();
    let limit = Duration::from_secs(10);
    match self::system(system) {
        System::Windows => facts::read(&Windows::new(answers), limit),
        System::Macos => facts::read(&Macos::new(answers), limit),
        _ => facts::read(&Linux::new(answers), limit),
    }
}

fn push<T>(list: &mut Fact<Vec<T>>, entry: T) {
    match list {
        Fact::Known(list) => list.push(entry),
        Fact::Unknown(_) => *list = Fact::Known(vec![entry]),
    }
}

fn system(word: &str) -> System {
    System::ALL
        .into_iter()
        .find(|system| system.as_str() == word)
        .unwrap_or_else(|| panic!("no system {word}"))
}

/// The client's name and how well its paths are known; the line of the system comes first.
fn marks(seen: &DeviceEvidence, id: &str) -> (String, Verified) {
    let system = seen.system.known().unwrap().system;
    let (clients, _) = device_marks::embedded(system);
    let found = clients.into_iter().find(|client| client.client == id);
    let found = found.unwrap_or_else(|| panic!("{id} has no marks"));
    (found.name.clone(), found.known("paths"))
}
