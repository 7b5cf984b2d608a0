//! macOS devices, and what is read from them.

use vpnmedic::device::facts::read;
use vpnmedic::device::macos::Macos;
use vpnmedic::device::recorded::Recorded;
use vpnmedic::evidence::{
    AdapterKind, DeviceEvidence, ExtensionState, Fact, Part, Running, WhyCode,
};

use super::{LIMIT, known, sample, words};

fn seen(name: &str) -> DeviceEvidence {
    read(&Macos::new(sample("macos", name)), LIMIT)
}

fn why<T>(fact: &Fact<T>) -> Option<WhyCode> {
    fact.why().map(|why| why.code)
}

#[test]
fn a_laptop_with_two_clients_tells_which_works_and_which_waits() {
    let device = seen("macos-15-two-clients");
    assert_eq!(known(&device.system).version, "15.1");
    assert_eq!(device.administrator, Fact::Known(false));
    assert_eq!(device.may_administer, Fact::Known(true));

    let clients = known(&device.clients);
    assert_eq!(
        words(clients, |c| &c.client),
        ["anyconnect", "globalprotect"]
    );
    assert_eq!(clients[0].version, Fact::Known("5.1.6.103".to_owned()));
    assert_eq!(clients[1].version, Fact::Known("6.2.4-652".to_owned()));
    let processes: Vec<_> = known(&device.processes)
        .iter()
        .map(|p| (p.name.as_str(), p.part))
        .collect();
    assert_eq!(
        processes,
        [
            ("vpnagentd", Part::Agent),
            ("Cisco Secure Client", Part::Program),
            ("GlobalProtect", Part::Program)
        ]
    );
    let services = known(&device.services);
    assert_eq!(
        words(services, |s| &s.name),
        [
            "com.cisco.secureclient.vpnagentd",
            "com.paloaltonetworks.gp.pangpsd"
        ]
    );
    assert_eq!(services[0].state, Running::Running);
    assert_eq!(services[0].enabled, Fact::Known(true));
    assert_eq!(services[1].state, Running::Failed);
    assert_eq!(services[1].enabled, Fact::Known(false));

    // The older one that waits for a restart is not what counts.
    let extensions: Vec<_> = known(&device.extensions)
        .iter()
        .map(|e| (e.client.as_deref(), e.state))
        .collect();
    assert_eq!(
        extensions,
        [
            (Some("anyconnect"), ExtensionState::Enabled),
            (Some("globalprotect"), ExtensionState::WaitingForUser)
        ]
    );
    assert_eq!(
        words(known(&device.security), |g| &g.name),
        ["Falcon Sensor"]
    );

    // macOS's own tunnel interface is nobody's.
    let adapters = known(&device.adapters);
    assert_eq!(words(adapters, |a| &a.name), ["utun4"]);
    assert_eq!(adapters[0].kind, AdapterKind::Utun);
    let tunnels = known(&device.tunnels);
    assert_eq!(tunnels.len(), 1);
    assert!(tunnels[0].default_route);
    assert_eq!(tunnels[0].client.as_deref(), Some("anyconnect"));
    let routes: Vec<String> = tunnels[0].routes.iter().map(ToString::to_string).collect();
    assert_eq!(routes, ["10.20.0.0/24"]);

    // One domain's server and one interface's are not everybody's.
    let servers: Vec<String> = known(&device.resolvers)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(servers, ["192.0.2.53", "2001:db8::53"]);
    let stores: Vec<_> = known(&device.trust)
        .iter()
        .map(|s| (s.roots, s.distrusted))
        .collect();
    assert_eq!(stores, [(2, 1), (1, 0)]);

    // Whether the clock is set by itself an administrator alone may see; the command that tells is named.
    assert_eq!(why(&device.time), Some(WhyCode::NotPermitted));
    let told = device.time.why().expect("a reason").message();
    assert!(format!("{told:?}").contains("systemsetup"));
    assert_eq!(why(&device.tun), Some(WhyCode::Unsupported));
    assert_eq!(why(&device.drivers), Some(WhyCode::Unsupported));
}

#[test]
fn a_sound_older_macos_shows_nothing_wrong_and_what_refuses_is_unknown() {
    let device = seen("macos-12-clean");
    assert_eq!(known(&device.system).version, "12.7.6");
    assert_eq!(device.administrator, Fact::Known(true));
    assert_eq!(device.may_administer, Fact::Known(true));
    let clients = known(&device.clients);
    assert_eq!(words(clients, |c| &c.client), ["tunnelblick"]);
    // From a property list in binary form.
    assert_eq!(clients[0].version, Fact::Known("4.0.1".to_owned()));
    assert!(known(&device.processes).is_empty());
    assert!(known(&device.extensions).is_empty());
    assert!(known(&device.adapters).is_empty());
    assert!(known(&device.tunnels).is_empty());
    let time = known(&device.time);
    assert!(time.running);
    assert_eq!(time.source.as_deref(), Some("time.apple.com"));
    assert_eq!(why(&time.synchronised), Some(WhyCode::Unsupported));
    assert_eq!(why(&device.services), Some(WhyCode::NotPermitted));
    assert_eq!(why(&device.trust), Some(WhyCode::NotPermitted));
    assert_eq!(why(&device.resolvers), Some(WhyCode::Unsupported));
}

#[test]
fn a_keychain_to_which_nobody_added_anything_is_no_empty_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let roots = "/System/Library/Keychains/SystemRootCertificates.keychain";
    let added = "/Library/Keychains/System.keychain";
    let header = format!(
        "source = \"composed for this test\"\ncomposed = true\n[commands]\n\
         \"security find-certificate -a -Z {roots}\" = {{ file = \"roots.txt\" }}\n\
         \"security find-certificate -a -Z {added}\" = {{ code = 0 }}\n"
    );
    std::fs::write(folder.path().join("header.toml"), header).expect("a file");
    std::fs::write(folder.path().join("roots.txt"), "SHA-1 hash: 00\n").expect("a file");
    let answers = Recorded::open(folder.path()).expect("a sample");
    let device = read(&Macos::new(answers), LIMIT);
    let cards = known(&device.trust);
    assert_eq!((cards.len(), cards[0].roots), (1, 1));
}
