//! What every system answers about itself: the trait, one method a group of facts, and the reading of all of them side
//! by side.
//!
//! Not here: how a system is asked (one file a system: `linux`), where the answers come from (`source`), what they mean
//! ([`crate::diagnose`]).

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use ipnet::IpNet;

use crate::evidence::{
    Adapter, ClientProcess, DeviceEvidence, Driver, Extension, Fact, InstalledClient,
    SecuritySoftware, ServiceState, SystemVersion, TimeService, TrustCard, TunDevice, Tunnel, Why,
    WhyCode,
};
use crate::msg::Msg;

/// When a group has to have answered. What cannot be told by then is unknown, and says that the time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    pub fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    /// What is left; zero once it has struck.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it has struck.
    pub fn is_over(self) -> bool {
        self.left().is_zero()
    }
}

/// A system that tells about itself. Methods block for at most their deadline, send no packet, change nothing, and never
/// panic on what they read. What this system does not have is [`unsupported`], what needs more rights is
/// [`needs_administrator`].
pub trait Device: Send + Sync {
    /// Whether the groups that need no command are told from a file or two, so that a thread for each would take longer
    /// than the answer.
    fn is_at_hand(&self) -> bool {
        false
    }
    /// The system and its version.
    fn system(&self, until: Deadline) -> Fact<SystemVersion>;
    /// Whether this program has an administrator's rights.
    fn administrator(&self, until: Deadline) -> Fact<bool>;
    /// Whether this account may take such rights.
    fn may_administer(&self, until: Deadline) -> Fact<bool>;
    /// VPN programs that are installed.
    fn clients(&self, until: Deadline) -> Fact<Vec<InstalledClient>>;
    /// Programs of VPN clients that run.
    fn processes(&self, until: Deadline) -> Fact<Vec<ClientProcess>>;
    /// Services of VPN clients.
    fn services(&self, until: Deadline) -> Fact<Vec<ServiceState>>;
    /// Virtual adapters.
    fn adapters(&self, until: Deadline) -> Fact<Vec<Adapter>>;
    /// The tun device; Linux.
    fn tun(&self, until: Deadline) -> Fact<TunDevice>;
    /// Drivers of VPN clients; Windows.
    fn drivers(&self, until: Deadline) -> Fact<Vec<Driver>>;
    /// System extensions of VPN clients; macOS.
    fn extensions(&self, until: Deadline) -> Fact<Vec<Extension>>;
    /// Tunnels that are up.
    fn tunnels(&self, until: Deadline) -> Fact<Vec<Tunnel>>;
    /// Security software that is known to interfere.
    fn security(&self, until: Deadline) -> Fact<Vec<SecuritySoftware>>;
    /// What keeps the clock right.
    fn time(&self, until: Deadline) -> Fact<TimeService>;
    /// Name servers.
    fn resolvers(&self, until: Deadline) -> Fact<Vec<IpAddr>>;
    /// Stores of trusted roots.
    fn trust(&self, until: Deadline) -> Fact<Vec<TrustCard>>;
}

/// Asks for every group side by side, each for at most `limit`. A group that breaks is unknown, and the others stand.
pub fn read(device: &dyn Device, limit: Duration) -> DeviceEvidence {
    let until = Deadline::after(limit);
    thread::scope(|scope| {
        // Those that run commands first: they take the longest.
        let clients = aside(scope, || device.clients(until));
        let services = aside(scope, || device.services(until));
        let time = aside(scope, || device.time(until));
        let processes = aside(scope, || device.processes(until));
        let adapters = aside(scope, || device.adapters(until));
        let tunnels = aside(scope, || device.tunnels(until));
        let security = aside(scope, || device.security(until));
        let trust = aside(scope, || device.trust(until));
        let scope = (!device.is_at_hand()).then_some(scope);
        let drivers = maybe_aside(scope, || device.drivers(until));
        let extensions = maybe_aside(scope, || device.extensions(until));
        let system = maybe_aside(scope, || device.system(until));
        let administrator = maybe_aside(scope, || device.administrator(until));
        let may_administer = maybe_aside(scope, || device.may_administer(until));
        let tun = maybe_aside(scope, || device.tun(until));
        let resolvers = maybe_aside(scope, || device.resolvers(until));
        DeviceEvidence {
            system: joined(system),
            administrator: joined(administrator),
            may_administer: joined(may_administer),
            clients: joined(clients),
            processes: joined(processes),
            services: joined(services),
            adapters: joined(adapters),
            tun: joined(tun),
            drivers: joined(drivers),
            extensions: joined(extensions),
            tunnels: joined(tunnels),
            security: joined(security),
            time: joined(time),
            resolvers: joined(resolvers),
            trust: joined(trust),
        }
    })
}

/// How long a look may take that would take `usual` on Linux: what tells everything of a Windows device takes seconds to
/// start. Where nobody waits for it beside a screen that stands still.
pub fn patience(usual: Duration) -> Duration {
    if cfg!(windows) {
        usual.max(Duration::from_secs(8))
    } else {
        usual
    }
}

/// A whole default route, or its two halves, of either family.
pub(super) fn is_default(networks: &[IpNet]) -> bool {
    let whole = networks.iter().any(|network| network.prefix_len() == 0);
    let halves = |v6: bool| {
        let mut halves: Vec<IpNet> = networks
            .iter()
            .filter(|n| n.prefix_len() == 1 && n.addr().is_ipv6() == v6)
            .map(IpNet::trunc)
            .collect();
        halves.sort_unstable();
        halves.dedup();
        halves.len() == 2
    };
    whole || halves(false) || halves(true)
}

/// A group that is asked.
enum Asked<'scope, T> {
    /// On a thread of its own.
    Aside(thread::ScopedJoinHandle<'scope, Fact<T>>),
    /// It has answered: it needed no thread, or the system had none to give.
    Here(Fact<T>),
}

fn aside<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    look: impl FnOnce() -> Fact<T> + Copy + Send + 'scope,
) -> Asked<'scope, T> {
    match thread::Builder::new().spawn_scoped(scope, look) {
        Ok(group) => Asked::Aside(group),
        Err(_) => Asked::Here(whole(look)),
    }
}

/// On a thread of its own where there is a scope for one.
fn maybe_aside<'scope, T: Send + 'scope>(
    scope: Option<&'scope thread::Scope<'scope, '_>>,
    look: impl FnOnce() -> Fact<T> + Copy + Send + 'scope,
) -> Asked<'scope, T> {
    match scope {
        Some(scope) => aside(scope, look),
        None => Asked::Here(whole(look)),
    }
}

/// The answer, also where looking broke.
fn whole<T>(look: impl FnOnce() -> Fact<T>) -> Fact<T> {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| broken())
}

fn broken<T>() -> Fact<T> {
    Fact::Unknown(Why::code(WhyCode::Failed))
}

fn joined<T>(group: Asked<'_, T>) -> Fact<T> {
    match group {
        Asked::Here(fact) => fact,
        Asked::Aside(group) => group.join().unwrap_or_else(|_| broken()),
    }
}

/// The answer about something that this system does not have.
pub fn unsupported<T>() -> Fact<T> {
    Fact::Unknown(Why::code(WhyCode::Unsupported))
}

/// The answer about something that only an administrator may read; `command` is the one that would tell them.
pub fn needs_administrator<T>(command: &str) -> Fact<T> {
    Fact::Unknown(Why::because(
        WhyCode::NotPermitted,
        Msg::new("why.needs-administrator").with("command", command),
    ))
}
