//! Devices that were recorded or composed (`linux/<sample>`, `macos/<sample>`, `windows/<sample>`, each with a header that
//! says where it comes from), and what is read from them.
#![expect(
    clippy::expect_used,
    reason = "a sample that cannot be read fails the test"
)]

mod macos;
mod windows;

use std::path::{Path, PathBuf};
use std::time::Duration;

use vpnmedic::device::facts::read;
use vpnmedic::device::linux::Linux;
use vpnmedic::device::recorded::Recorded;
use vpnmedic::evidence::{
    AdapterKind, DeviceEvidence, Fact, Part, Running, StoreOwner, TunNode, UnixTime, WhyCode,
};

/// How long a sample may take to be read; nothing in it waits.
const LIMIT: Duration = Duration::from_secs(10);

fn folder(system: &str) -> PathBuf {
    let devices = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/device");
    devices.join(system)
}

fn sample(system: &str, name: &str) -> Recorded {
    Recorded::open(&folder(system).join(name)).expect("a sample")
}

fn seen(name: &str) -> DeviceEvidence {
    read(&Linux::new(sample("linux", name)), LIMIT)
}

/// One text of each entry.
fn words<'a, T: 'a>(
    all: impl IntoIterator<Item = &'a T>,
    of: impl Fn(&'a T) -> &'a String,
) -> Vec<&'a str> {
    all.into_iter().map(|one| of(one).as_str()).collect()
}

fn known<T>(fact: &Fact<T>) -> &T {
    fact.known().expect("it is known")
}

#[test]
fn every_sample_says_where_it_comes_from() {
    let samples = ["linux", "macos", "windows"]
        .into_iter()
        .flat_map(|system| std::fs::read_dir(folder(system)).expect("the folder"));
    let mut kinds = [0, 0];
    for sample in samples {
        let path = sample.expect("an entry").path();
        let recorded = Recorded::open(&path).expect("a sample");
        assert!(recorded.source().len() > 20, "{}", path.display());
        kinds[usize::from(recorded.is_composed())] += 1;
    }
    assert!(kinds[0] > 0 && kinds[1] > 0, "{kinds:?}");
}

#[test]
fn a_container_tells_its_client_and_leaves_the_clock_to_its_host() {
    let device = seen("debian-12-container");
    let system = known(&device.system);
    assert_eq!((system.version.as_str(), system.container), ("12", true));
    assert_eq!(device.administrator, Fact::Known(true));
    assert_eq!(device.may_administer, Fact::Known(true));
    let clients = known(&device.clients);
    assert_eq!(clients.len(), 1);
    assert_eq!(clients[0].client, "openvpn");
    assert_eq!(clients[0].version, Fact::Known("2.6.14".to_owned()));
    assert!(known(&device.processes).is_empty());
    assert_eq!(
        device.time.why().map(|why| why.code),
        Some(WhyCode::Unsupported)
    );
    assert_eq!(
        device.services.why().map(|why| why.code),
        Some(WhyCode::Unsupported)
    );
    let tun = known(&device.tun);
    assert_eq!((tun.device, tun.module), (TunNode::Present, Some(true)));
    assert!(known(&device.adapters).is_empty());
    assert!(known(&device.tunnels).is_empty());
}

#[test]
fn a_laptop_with_two_clients_tells_everything_that_is_wrong_with_it() {
    let device = seen("ubuntu-24-cisco");
    assert_eq!(device.administrator, Fact::Known(false));
    let clients: Vec<&str> = known(&device.clients)
        .iter()
        .map(|c| c.client.as_str())
        .collect();
    assert_eq!(clients, ["anyconnect", "openvpn"]);
    let cisco = device.client("anyconnect").expect("Cisco's client");
    assert_eq!(cisco.version, Fact::Known("5.1.6.103".to_owned()));

    // A container's agent is not this device's, and the program that tells a version is nobody's tunnel.
    let processes: Vec<(&str, u32, Part)> = known(&device.processes)
        .iter()
        .map(|p| (p.client.as_str(), p.pid, p.part))
        .collect();
    assert_eq!(processes, [("openvpn", 977, Part::Program)]);

    let services = known(&device.services);
    assert_eq!(services.len(), 2);
    assert_eq!(
        (services[0].client.as_str(), services[0].state),
        ("anyconnect", Running::Failed)
    );
    assert!(services[0].agent);
    assert_eq!(services[1].state, Running::Running);
    assert_eq!(services[1].enabled, Fact::Known(false));

    let adapters = known(&device.adapters);
    let of = |name: &str| {
        adapters
            .iter()
            .find(|a| a.name == name)
            .expect("an adapter")
    };
    assert_eq!(
        (of("cscotun0").kind, of("cscotun0").up),
        (AdapterKind::Cisco, false)
    );
    assert_eq!((of("tun0").kind, of("tun0").up), (AdapterKind::Tun, true));
    assert!(!adapters.iter().any(|a| a.name == "eth0"));

    // A virtual machine's tap carries no tunnel.
    let tunnels = known(&device.tunnels);
    assert_eq!(tunnels.len(), 1);
    assert!(tunnels[0].default_route);
    assert_eq!(tunnels[0].client.as_deref(), Some("openvpn"));
    assert_eq!(tunnels[0].addresses.len(), 1);

    let time = known(&device.time);
    assert_eq!(
        (time.name.as_deref(), time.running),
        (Some("chronyd"), true)
    );
    assert_eq!(time.synchronised, Fact::Known(false));
    let resolvers: Vec<String> = known(&device.resolvers)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(resolvers, ["192.0.2.53", "fe80::1"]);

    let stores = known(&device.trust);
    assert_eq!((stores[0].roots, stores[0].distrusted), (0, 2));
    assert_eq!(stores[0].changed, Some(UnixTime(1_767_225_600)));
    assert_eq!(stores[1].owner, StoreOwner::Client("anyconnect".to_owned()));
    assert_eq!(stores[1].roots, 1);
}

#[test]
fn what_may_not_be_read_is_unknown_and_never_no() {
    let device = seen("minimal-refused");
    let refused = Some(WhyCode::NotPermitted);
    assert_eq!(device.system.why().map(|why| why.code), refused);
    assert_eq!(device.administrator.why().map(|why| why.code), refused);
    assert_eq!(device.processes.why().map(|why| why.code), refused);
    assert_eq!(device.time.why().map(|why| why.code), refused);
    assert_eq!(device.adapters.why().map(|why| why.code), refused);
    assert_eq!(device.tunnels.why().map(|why| why.code), refused);
    assert_eq!(device.tun.why().map(|why| why.code), refused);
    assert_eq!(device.resolvers.why().map(|why| why.code), refused);
    assert_eq!(device.trust.why().map(|why| why.code), refused);
}
