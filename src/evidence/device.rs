//! What a device says of itself without any packet: VPN programs, their services and adapters, the clock's keeper, the
//! trust store. Every group is a fact of its own, because rights and systems differ group by group.
//!
//! Not here: how any of it is read ([`crate::device`]), what follows from it ([`crate::diagnose`]), links, routes and
//! proxies, which are facts of their own ([`super::NetworkEvidence`], [`super::ProxyEvidence`]).

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Fact, System, UnixTime, Verified};

/// This device. A group that is [`Fact::Unknown`] says why; where rights are missing its reason names the one command
/// that would tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceEvidence {
    /// The system and its version.
    pub system: Fact<SystemVersion>,
    /// Whether this program runs with an administrator's rights.
    pub administrator: Fact<bool>,
    /// Whether this account may take an administrator's rights, with its own password or by a click.
    pub may_administer: Fact<bool>,
    /// VPN programs that are installed; empty where none of the known ones is.
    pub clients: Fact<Vec<InstalledClient>>,
    /// Programs of VPN clients that run.
    pub processes: Fact<Vec<ClientProcess>>,
    /// Services of VPN clients, as the system's own service manager knows them.
    pub services: Fact<Vec<ServiceState>>,
    /// Virtual network adapters, used or not.
    pub adapters: Fact<Vec<Adapter>>,
    /// `/dev/net/tun` and what stands behind it; Linux.
    pub tun: Fact<TunDevice>,
    /// Drivers of VPN clients; Windows.
    pub drivers: Fact<Vec<Driver>>,
    /// System extensions of VPN clients; macOS.
    pub extensions: Fact<Vec<Extension>>,
    /// Tunnels that are up.
    pub tunnels: Fact<Vec<Tunnel>>,
    /// Security software that is known to interfere with VPN programs.
    pub security: Fact<Vec<SecuritySoftware>>,
    /// What keeps the clock right.
    pub time: Fact<TimeService>,
    /// Name servers, in the order asked.
    pub resolvers: Fact<Vec<IpAddr>>,
    /// The stores of trusted roots.
    pub trust: Fact<Vec<TrustCard>>,
}

impl DeviceEvidence {
    /// The installed client with this id of `assets/clients.toml`; unknown stays unknown.
    pub fn client(&self, id: &str) -> Option<&InstalledClient> {
        self.clients
            .known()?
            .iter()
            .find(|client| client.client == id)
    }
}

/// A system and its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemVersion {
    /// Which.
    pub system: System,
    /// Its name as people know it: `Ubuntu`, `Windows 11 Pro`, `macOS`.
    pub name: String,
    /// Its version as it calls itself; empty where it has none.
    pub version: String,
    /// Whether it is a container: somebody else keeps its clock and its kernel.
    #[serde(default)]
    pub container: bool,
}

/// A VPN program that is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledClient {
    /// Its id in `assets/clients.toml`.
    pub client: String,
    /// Its name, the same in every language.
    pub name: String,
    /// Its version, where something told it.
    pub version: Fact<String>,
    /// Where it was seen: a path, a package, a registry key.
    pub seen: String,
    /// How well the mark by which it was recognised is known.
    pub verified: Verified,
}

/// A program of a VPN client that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientProcess {
    /// The client's id in `assets/clients.toml`.
    pub client: String,
    /// The program's name.
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// What it is to its client.
    pub part: Part,
    /// How well the name is known.
    pub verified: Verified,
}

/// What a program is to its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The service in the background without which nothing connects.
    Agent,
    /// The window, a helper, or a program that is only there while it is connected.
    Program,
}

/// A service as the system's service manager knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    /// Its name: a unit, a Windows service, a launchd label.
    pub name: String,
    /// The client's id in `assets/clients.toml`.
    pub client: String,
    /// Whether it runs.
    pub state: Running,
    /// Whether it starts by itself; unknown where the manager does not say.
    pub enabled: Fact<bool>,
    /// Whether it is the client's agent (see [`Part::Agent`]).
    pub agent: bool,
    /// How well the name is known.
    pub verified: Verified,
}

/// Whether something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Running {
    /// It runs.
    Running,
    /// It is on its way up or down.
    Changing,
    /// It does not run.
    Stopped,
    /// It does not run, and it broke.
    Failed,
}

/// A virtual network adapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// Its name: `tun0`, `Ethernet 3`.
    pub name: String,
    /// What it says it is, where that is more than its name (Windows: the interface description).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its kind.
    pub kind: AdapterKind,
    /// Whether it is up. Adapters of Cisco and Fortinet are down while idle: no fault.
    pub up: bool,
    /// The client it belongs to (id of `assets/clients.toml`), where that is known.
    pub client: Option<String>,
}

/// Kinds of virtual adapters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdapterKind {
    /// Packets, by the kernel's tun driver.
    Tun,
    /// Frames: Linux's tap, TAP-Windows.
    Tap,
    /// Wintun (Windows).
    Wintun,
    /// OpenVPN's data channel offload.
    OvpnDco,
    /// Cisco's miniport or `cscotun`.
    Cisco,
    /// Fortinet's adapters.
    Fortinet,
    /// Apple's own tunnel interface, used by every client of macOS.
    Utun,
    /// PPP.
    Ppp,
    /// WireGuard.
    Wireguard,
    /// Another virtual adapter of a VPN client.
    Other,
}

/// The door through which Linux programs make tunnel adapters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TunDevice {
    /// What is at `/dev/net/tun`.
    pub device: TunNode,
    /// Whether the kernel has the driver, loaded or built in; unknown where it does not say.
    pub module: Option<bool>,
}

/// What is at `/dev/net/tun`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TunNode {
    /// The device (character, 10:200).
    Present,
    /// Nothing.
    Absent,
    /// Something else: an ordinary file, another device.
    NotTheDevice,
}

/// A driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Driver {
    /// Its file or service name.
    pub name: String,
    /// What it says it is.
    pub description: String,
    /// The client it belongs to, where that is known.
    pub client: Option<String>,
    /// Its version, where something told it.
    pub version: Option<String>,
    /// How it stands.
    pub state: DriverState,
}

/// How a driver stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriverState {
    /// Its device works.
    Works,
    /// Somebody disabled its device (Windows problem code 22); while idle that is usual for some clients.
    Disabled,
    /// The system refuses its signature (problem codes 39 with a signature status, 48, 52).
    SignatureRefused,
    /// Its device does not work; the problem code as Windows counts them.
    Problem(u32),
}

/// A system extension of macOS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Its bundle id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The client it belongs to, where that is known.
    pub client: Option<String>,
    /// How it stands.
    pub state: ExtensionState,
}

/// How a system extension stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExtensionState {
    /// Activated and enabled.
    Enabled,
    /// Waiting for a person to allow it.
    WaitingForUser,
    /// Activated, and switched off by a person.
    Disabled,
    /// On its way out, or something newer than this program knows.
    Other,
}

/// A tunnel that is up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tunnel {
    /// Its adapter.
    pub adapter: String,
    /// Addresses of its end on this device.
    pub addresses: Vec<IpAddr>,
    /// Networks that are reached through it; the default routes are not among them.
    pub routes: Vec<IpNet>,
    /// Whether everything goes through it: a default route, or its two halves.
    pub default_route: bool,
    /// The client it belongs to (id of `assets/clients.toml`), where that is known.
    pub client: Option<String>,
}

/// A program that protects the device, and is known to get in the way of VPN programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecuritySoftware {
    /// Its name, the same in every language.
    pub name: String,
    /// Whether it runs.
    pub running: bool,
    /// Where it was seen.
    pub seen: String,
    /// How well it is known to interfere.
    pub verified: Verified,
}

/// What keeps the clock right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeService {
    /// Its name: `chronyd`, `systemd-timesyncd`, `W32Time`, `timed`; none where none of the known ones is installed.
    pub name: Option<String>,
    /// Whether it runs.
    pub running: bool,
    /// Whether it says that the clock follows its source; unknown where it does not say.
    pub synchronised: Fact<bool>,
    /// How far it says the clock is off, in milliseconds (positive when this device is ahead).
    #[serde(default)]
    pub offset_ms: Option<i64>,
    /// Where it takes the time from.
    #[serde(default)]
    pub source: Option<String>,
    /// When it last heard from there.
    #[serde(default)]
    pub since: Option<UnixTime>,
}

/// A store of trusted roots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustCard {
    /// Whose store.
    pub owner: StoreOwner,
    /// Its path or name.
    pub store: String,
    /// When it was last changed, where that can be told.
    pub changed: Option<UnixTime>,
    /// How many certificates are in it.
    pub roots: usize,
    /// How many roots the person or the company took out or distrusts.
    pub distrusted: usize,
}

/// Whose store it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreOwner {
    /// The system's.
    System,
    /// A client's own, by its id in `assets/clients.toml`.
    Client(String),
}
