//! A Linux device: what the kernel and the usual services tell in files, and a few commands where only they know.
//!
//! Not here: what a fact means ([`crate::diagnose`]), links and routes of the connection ([`super::network`]), the roots
//! themselves ([`super::trust_store`]).

mod clients;
mod links;
mod processes;
mod rights;
mod time;
mod trust;

use std::net::IpAddr;
use std::sync::OnceLock;

use super::facts::{Deadline, Device, unsupported};
use super::source::{Miss, NodeKind, Source};
use crate::evidence::{
    Adapter, ClientProcess, Driver, Extension, Fact, InstalledClient, SecuritySoftware,
    ServiceState, SystemVersion, TimeService, TrustCard, TunDevice, Tunnel,
};
use crate::guide::{ClientMarks, SecurityMarks, System, device_marks};
use processes::Process;

/// A Linux device behind its source. It reads the list of processes once: make a new one for every look.
#[derive(Debug)]
pub struct Linux<S> {
    source: S,
    clients: Vec<ClientMarks>,
    guards: Vec<SecurityMarks>,
    processes: OnceLock<Result<Vec<Process>, Miss>>,
}

impl<S: Source> Linux<S> {
    /// The device that this source tells of, with the marks of `assets/clients.toml`.
    pub fn new(source: S) -> Self {
        let (clients, guards) = device_marks::embedded(System::Linux);
        Self::with_marks(source, clients, guards)
    }

    /// The same with other marks.
    pub fn with_marks(source: S, clients: Vec<ClientMarks>, guards: Vec<SecurityMarks>) -> Self {
        Self {
            source,
            clients,
            guards,
            processes: OnceLock::new(),
        }
    }

    fn running(&self) -> Result<&[Process], Miss> {
        let read = self
            .processes
            .get_or_init(|| processes::of_this_place(&self.source));
        match read {
            Ok(all) => Ok(all),
            Err(miss) => Err(*miss),
        }
    }

    /// Whether this is a container: its clock and its kernel are its host's. The marks are those that
    /// systemd-detect-virt(1) and the makers of containers name.
    fn is_container(&self) -> bool {
        [
            "/run/systemd/container",
            "/run/.containerenv",
            "/.dockerenv",
        ]
        .iter()
        .any(|mark| self.source.node(mark).is_ok())
    }
}

impl<S: Source> Device for Linux<S> {
    fn is_at_hand(&self) -> bool {
        true
    }

    fn system(&self, _until: Deadline) -> Fact<SystemVersion> {
        let release = self
            .source
            .text("/etc/os-release")
            .or_else(|_| self.source.text("/usr/lib/os-release"));
        let release = match release {
            Ok(text) => text,
            Err(Miss::Absent) => String::new(),
            Err(miss) => return Fact::Unknown(miss.why()),
        };
        let value = |key: &str| {
            let found = release
                .lines()
                .filter_map(|line| line.split_once('='))
                .find(|(name, _)| *name == key);
            found.map(|(_, value)| value.trim_matches(['"', '\'']).to_owned())
        };
        Fact::Known(SystemVersion {
            system: System::Linux,
            name: value("NAME").unwrap_or_else(|| "Linux".to_owned()),
            version: value("VERSION_ID").unwrap_or_default(),
            container: self.is_container(),
        })
    }

    fn administrator(&self, _until: Deadline) -> Fact<bool> {
        // proc_pid_status(5): real, effective, saved and file system user id.
        match self.source.text("/proc/self/status") {
            Ok(status) => processes::numbers(&status, "Uid").get(1).map_or_else(
                || Fact::Unknown(Miss::Failed.why()),
                |id| Fact::Known(*id == 0),
            ),
            Err(miss) => Fact::Unknown(miss.why()),
        }
    }

    fn may_administer(&self, until: Deadline) -> Fact<bool> {
        rights::may_administer(&self.source, self.administrator(until))
    }

    fn clients(&self, until: Deadline) -> Fact<Vec<InstalledClient>> {
        Fact::Known(clients::installed(&self.source, &self.clients, until))
    }

    fn processes(&self, _until: Deadline) -> Fact<Vec<ClientProcess>> {
        match self.running() {
            Ok(all) => Fact::Known(clients::running(all, &self.clients)),
            Err(miss) => Fact::Unknown(miss.why()),
        }
    }

    fn services(&self, until: Deadline) -> Fact<Vec<ServiceState>> {
        clients::services(&self.source, &self.clients, until)
    }

    fn adapters(&self, _until: Deadline) -> Fact<Vec<Adapter>> {
        links::adapters(&self.source, &self.clients)
    }

    fn tun(&self, _until: Deadline) -> Fact<TunDevice> {
        links::tun(&self.source)
    }

    fn drivers(&self, _until: Deadline) -> Fact<Vec<Driver>> {
        unsupported()
    }

    fn extensions(&self, _until: Deadline) -> Fact<Vec<Extension>> {
        unsupported()
    }

    fn tunnels(&self, until: Deadline) -> Fact<Vec<Tunnel>> {
        let running = self
            .running()
            .map(|all| clients::running(all, &self.clients));
        links::tunnels(
            &self.source,
            &self.clients,
            &running.unwrap_or_default(),
            until,
        )
    }

    fn security(&self, _until: Deadline) -> Fact<Vec<SecuritySoftware>> {
        match self.running() {
            Ok(all) => Fact::Known(clients::guards(&self.source, all, &self.guards)),
            Err(miss) => Fact::Unknown(miss.why()),
        }
    }

    fn time(&self, until: Deadline) -> Fact<TimeService> {
        match self.running() {
            Ok(all) => time::service(&self.source, all, self.is_container(), until),
            Err(miss) => Fact::Unknown(miss.why()),
        }
    }

    fn resolvers(&self, _until: Deadline) -> Fact<Vec<IpAddr>> {
        let servers = |path: &str| self.source.text(path).map(|text| name_servers(&text));
        match servers("/etc/resolv.conf") {
            // systemd-resolved stands in front; its own file names whom it asks.
            Ok(front) if !front.is_empty() && front.iter().all(IpAddr::is_loopback) => {
                Fact::Known(servers("/run/systemd/resolve/resolv.conf").unwrap_or(front))
            }
            Ok(servers) => Fact::Known(servers),
            Err(Miss::Absent) => Fact::Known(Vec::new()),
            Err(miss) => Fact::Unknown(miss.why()),
        }
    }

    fn trust(&self, _until: Deadline) -> Fact<Vec<TrustCard>> {
        trust::stores(&self.source, &self.clients)
    }
}

/// `nameserver` lines of resolv.conf(5); a link's name after `%` is left out.
fn name_servers(text: &str) -> Vec<IpAddr> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("nameserver"))
        .filter_map(|rest| rest.trim().split('%').next()?.parse().ok())
        .collect()
}

/// Whether something is at this path.
fn is_there(source: &impl Source, path: &str) -> bool {
    source.node(path).is_ok()
}

/// Whether a file is at this path.
fn is_file(source: &impl Source, path: &str) -> bool {
    matches!(source.node(path), Ok(node) if node.kind == NodeKind::File)
}
