//! Windows devices, and what is read from them.

use vpnmedic::device::facts::{Deadline, read};
use vpnmedic::device::tunnels_in_registry;
use vpnmedic::device::windows::Windows;
use vpnmedic::evidence::{AdapterKind, DeviceEvidence, DriverState, Fact, Part, Running, WhyCode};

use super::{LIMIT, known, sample, words};

fn seen(name: &str) -> DeviceEvidence {
    read(&Windows::new(sample("windows", name)), LIMIT)
}

fn why<T>(fact: &Fact<T>) -> Option<WhyCode> {
    fact.why().map(|why| why.code)
}

#[test]
fn a_japanese_windows_with_an_idle_client_is_read_as_any_other() {
    let device = seen("win11-ja");
    let system = known(&device.system);
    assert_eq!(
        (system.name.as_str(), system.version.as_str()),
        ("Windows 11 Pro", "23H2 (22631.4317)")
    );
    assert_eq!(device.administrator, Fact::Known(false));
    assert_eq!(device.may_administer, Fact::Known(false));

    let clients = known(&device.clients);
    assert_eq!(words(clients, |c| &c.client), ["anyconnect", "forticlient"]);
    assert_eq!(clients[0].version, Fact::Known("5.1.6.103".to_owned()));
    assert!(clients[0].seen.ends_with("vpncli.exe") && clients[0].verified.is_certain());
    // Only the list of programs names it, and how it is named there is recalled.
    assert_eq!(clients[1].version, Fact::Known("7.2.4.0972".to_owned()));
    assert!(!clients[1].verified.is_certain());

    let processes = known(&device.processes);
    assert_eq!(
        words(processes, |p| &p.name),
        ["vpnagent.exe", "csc_ui.exe"]
    );
    assert_eq!((processes[0].part, processes[0].pid), (Part::Agent, 3012));
    let services: Vec<_> = known(&device.services)
        .iter()
        .map(|s| (s.name.as_str(), s.state, s.agent))
        .collect();
    assert_eq!(
        services,
        [
            ("csc_vpnagent", Running::Running, true),
            ("FA_Scheduler", Running::Failed, true)
        ]
    );

    // A real card is none of these; an adapter that only the list of devices shows is one.
    let adapters: Vec<_> = known(&device.adapters)
        .iter()
        .map(|a| (a.name.as_str(), a.kind, a.up, a.client.as_deref()))
        .collect();
    assert_eq!(
        adapters,
        [
            (
                "イーサネット 3",
                AdapterKind::Cisco,
                false,
                Some("anyconnect")
            ),
            (
                "Fortinet SSL VPN Virtual Ethernet Adapter",
                AdapterKind::Fortinet,
                false,
                Some("forticlient")
            )
        ]
    );
    let drivers = known(&device.drivers);
    assert!(drivers.iter().all(|d| d.state == DriverState::Disabled));
    assert_eq!(words(drivers, |d| &d.name), ["vpnva", "ftsvnic"]);
    assert_eq!(drivers[0].version.as_deref(), Some("4.9.5.2"));
    assert!(known(&device.tunnels).is_empty());

    // Every Windows has Microsoft's own.
    let guards = known(&device.security);
    assert_eq!(words(guards, |g| &g.name), ["ウイルスバスター クラウド"]);
    assert!(guards[0].running);
    // A service that starts on demand and does not run now says nothing.
    assert_eq!(why(&device.time), Some(WhyCode::Unsupported));
    let servers: Vec<String> = known(&device.resolvers)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(servers, ["192.0.2.53", "192.0.2.54"]);
    let store = &known(&device.trust)[0];
    assert_eq!((store.roots, store.distrusted), (52, 1));
    assert_eq!(why(&device.tun), Some(WhyCode::Unsupported));
    assert_eq!(why(&device.extensions), Some(WhyCode::Unsupported));
}

#[test]
fn forticlients_tunnels_are_read_from_the_registry_and_their_secrets_are_not() {
    let answers = sample("windows", "win11-ja");
    let found = tunnels_in_registry::find(&answers, Deadline::after(LIMIT));
    let told: Vec<(&str, Vec<String>, bool)> = found
        .connections
        .iter()
        .map(|connection| {
            assert_eq!(connection.client, "forticlient");
            let places = connection.targets.iter().map(|t| t.target.to_string());
            (
                connection.name.as_str(),
                places.collect(),
                connection.has_secrets,
            )
        })
        .collect();
    let places = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    // The person's own is the device's again, and stands there once.
    assert_eq!(
        told,
        [
            (
                "本社VPN",
                places(&["vpn.example.com:10443", "vpn2.example.com:10443"]),
                true
            ),
            ("Lab", places(&["192.0.2.10:443"]), false),
        ]
    );
    assert!(found.connections[0].targets[1].backup);
    let unread: Vec<&str> = found.unread.iter().map(|u| u.why.id.as_ref()).collect();
    assert_eq!(unread, ["profile.read.port"]);
    assert!(found.unread[0].file.ends_with(r"\Tunnels\broken"));
    assert!(!format!("{found:?}").contains("PLANTED"));
}

#[test]
fn a_refused_driver_and_two_tunnels_are_seen() {
    let device = seen("win10-22h2-en");
    assert_eq!(known(&device.system).name, "Windows 10 Enterprise");
    assert_eq!(device.administrator, Fact::Known(true));
    assert_eq!(device.may_administer, Fact::Known(true));
    let drivers: Vec<_> = known(&device.drivers)
        .iter()
        .map(|d| (d.name.as_str(), d.state))
        .collect();
    assert_eq!(
        drivers,
        [
            ("tap0901", DriverState::SignatureRefused),
            ("ovpn-dco", DriverState::Works)
        ]
    );
    let tunnels = known(&device.tunnels);
    assert_eq!(
        words(tunnels, |t| &t.adapter),
        ["OpenVPN Data Channel Offload", "Office"]
    );
    assert!(tunnels[0].default_route && !tunnels[1].default_route);
    assert_eq!(tunnels[0].client.as_deref(), Some("openvpn"));
    let routes: Vec<String> = tunnels[0].routes.iter().map(ToString::to_string).collect();
    assert_eq!(routes, ["10.8.0.0/24"]);
    assert_eq!(tunnels[0].addresses.len(), 1);
    // TAP's adapter could be any client's, and is nobody's.
    let tap = &known(&device.adapters)[0];
    assert_eq!((tap.kind, tap.client.as_deref()), (AdapterKind::Tap, None));

    let time = known(&device.time);
    assert_eq!(
        (time.name.as_deref(), time.running),
        (Some("W32Time"), false)
    );
    assert_eq!(time.synchronised, Fact::Known(false));
    assert_eq!(why(&device.security), Some(WhyCode::NotPermitted));
    let servers: Vec<String> = known(&device.resolvers)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(servers, ["10.8.0.1"]);
}

#[test]
fn a_server_lacks_what_only_clients_have() {
    let device = seen("server-2022");
    assert_eq!(known(&device.system).name, "Windows Server 2022 Standard");
    assert_eq!(why(&device.administrator), Some(WhyCode::NotPermitted));
    assert_eq!(why(&device.may_administer), Some(WhyCode::NotPermitted));
    assert!(known(&device.clients).is_empty());
    assert!(known(&device.tunnels).is_empty());
    assert_eq!(why(&device.security), Some(WhyCode::Unsupported));
    let time = known(&device.time);
    assert!(time.running && time.source.is_none());
    assert_eq!(why(&time.synchronised), Some(WhyCode::Unsupported));
}

#[test]
fn without_powershell_the_consoles_tools_tell_what_they_can_and_the_rest_is_unknown() {
    let device = seen("win11-ja-restricted");
    let system = known(&device.system);
    assert_eq!(
        (system.name.as_str(), system.version.as_str()),
        ("Windows 11 Pro", "24H2 (26100.2002)")
    );
    let clients = known(&device.clients);
    assert_eq!(words(clients, |c| &c.client), ["globalprotect"]);
    assert_eq!(clients[0].version, Fact::Known("6.2.4".to_owned()));
    assert_eq!(words(known(&device.processes), |p| &p.name), ["PanGPA.exe"]);
    let services = known(&device.services);
    assert_eq!(services.len(), 1);
    assert_eq!(
        (services[0].state, services[0].agent),
        (Running::Stopped, true)
    );
    assert!(services[0].enabled.known().is_none());
    let time = known(&device.time);
    assert_eq!(time.source.as_deref(), Some("ntp.example.net"));
    assert_eq!(known(&device.trust)[0].roots, 3);
    for why in [
        why(&device.adapters),
        why(&device.drivers),
        why(&device.tunnels),
        why(&device.security),
        why(&device.resolvers),
    ] {
        assert_eq!(why, Some(WhyCode::NotPermitted));
    }
}

#[test]
fn with_little_time_powershell_is_not_waited_for() {
    let short = std::time::Duration::from_secs(2);
    let device = read(
        &Windows::new(sample("windows", "win11-ja-restricted")),
        short,
    );
    assert_eq!(
        words(known(&device.clients), |c| &c.client),
        ["globalprotect"]
    );
    assert_eq!(why(&device.adapters), Some(WhyCode::TimedOut));
}
