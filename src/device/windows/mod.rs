//! A Windows device: one question to PowerShell for everything, and the registry and the console's tools for what they
//! tell without translated words where PowerShell may not answer or the time is too short for it.
//!
//! All of it is pure but the few lines of [`super::source`] that start a process, so it is tried on recorded answers on
//! any system. Not here: what a fact means ([`crate::diagnose`]), proxies ([`super::proxy`]).

mod links;
mod programs;
pub(super) mod registry;
mod script;

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use super::facts::{Deadline, Device, unsupported};
use super::source::{Miss, Source};
use crate::evidence::{
    Adapter, ClientProcess, Driver, Extension, Fact, InstalledClient, SecuritySoftware,
    ServiceState, SystemVersion, TimeService, TrustCard, TunDevice, Tunnel,
};
use crate::guide::{ClientMarks, System, device_marks};
use programs::Keeper;
use script::Document;

/// With less time than this PowerShell is not asked: it takes seconds to start.
const WORTH_ASKING: Duration = Duration::from_secs(3);
/// What is left for the console's tools when PowerShell did not answer.
const RESERVE: Duration = Duration::from_millis(1500);

/// A Windows device behind its source. It asks PowerShell once: make a new one for every look.
#[derive(Debug)]
pub struct Windows<S> {
    source: S,
    clients: Vec<ClientMarks>,
    document: OnceLock<Result<Document, Miss>>,
    groups: OnceLock<Result<String, Miss>>,
}

impl<S: Source> Windows<S> {
    /// The device that this source tells of, with the marks of `assets/clients.toml`.
    pub fn new(source: S) -> Self {
        let (clients, _) = device_marks::embedded(System::Windows);
        Self {
            source,
            clients,
            document: OnceLock::new(),
            groups: OnceLock::new(),
        }
    }

    /// The document; whoever comes second waits for the first's.
    fn document(&self, until: Deadline) -> Result<&Document, Miss> {
        let asked = self.document.get_or_init(|| {
            let left = until.left();
            if left < WORTH_ASKING {
                return Err(Miss::TimedOut);
            }
            let [profile, quiet, command] = script::OPTIONS;
            let answer = self.source.run(
                "powershell",
                &[profile, quiet, command, script::QUESTION],
                Deadline::after(left.saturating_sub(RESERVE)),
            )?;
            // Where a policy forbids it, it ends with an error and no document.
            Document::parse(&answer.text()).ok_or(Miss::NotPermitted)
        });
        match asked {
            Ok(document) => Ok(document),
            Err(miss) => Err(*miss),
        }
    }

    /// The groups of this person's token; whoever comes second waits for the first's.
    fn groups(&self, until: Deadline) -> Result<&str, Miss> {
        let asked = self.groups.get_or_init(|| {
            let arguments = ["/groups", "/fo", "csv", "/nh"];
            let answer = self.source.run("whoami", &arguments, until)?;
            Ok(registry::console_text(&answer.out).into_owned())
        });
        match asked {
            Ok(text) => Ok(text),
            Err(miss) => Err(*miss),
        }
    }

    /// What the document says, or else another way; the other way's failure is the one that is told.
    fn either<T>(
        &self,
        until: Deadline,
        read: impl FnOnce(&Document) -> Result<T, Miss>,
        other: impl FnOnce(&dyn Source) -> Result<T, Miss>,
    ) -> Result<T, Miss> {
        self.document(until)
            .and_then(read)
            .or_else(|_| other(&self.source))
    }

    /// What only the document says.
    fn only<T>(&self, until: Deadline, read: impl FnOnce(&Document) -> Result<T, Miss>) -> Fact<T> {
        fact(self.document(until).and_then(read))
    }
}

fn fact<T>(read: Result<T, Miss>) -> Fact<T> {
    match read {
        Ok(value) => Fact::Known(value),
        Err(miss) => Fact::Unknown(miss.why()),
    }
}

impl<S: Source> Device for Windows<S> {
    fn system(&self, until: Deadline) -> Fact<SystemVersion> {
        fact(self.either(
            until,
            |document| {
                let entries = document.group("system")?;
                let entry = entries.first().copied().ok_or(Miss::Failed)?;
                programs::system(entry).ok_or(Miss::Failed)
            },
            |source| programs::system_of_registry(source, until),
        ))
    }

    fn administrator(&self, until: Deadline) -> Fact<bool> {
        let groups = self.groups(until);
        fact(groups.and_then(|text| registry::is_elevated(text).ok_or(Miss::Failed)))
    }

    fn may_administer(&self, until: Deadline) -> Fact<bool> {
        let groups = self.groups(until);
        fact(groups.and_then(|text| registry::may_elevate(text).ok_or(Miss::Failed)))
    }

    fn clients(&self, until: Deadline) -> Fact<Vec<InstalledClient>> {
        let entered = self.either(until, programs::entered, |source| {
            programs::entered_in_registry(source, until)
        });
        programs::installed(&self.source, &self.clients, &entered)
    }

    fn processes(&self, until: Deadline) -> Fact<Vec<ClientProcess>> {
        let tasks = self.either(until, programs::tasks, |source| {
            programs::tasks_of_console(source, until)
        });
        fact(tasks.map(|tasks| programs::running(&tasks, &self.clients)))
    }

    fn services(&self, until: Deadline) -> Fact<Vec<ServiceState>> {
        fact(self.either(
            until,
            |document| programs::services(document, &self.clients),
            |source| programs::services_of_console(source, &self.clients, until),
        ))
    }

    fn adapters(&self, until: Deadline) -> Fact<Vec<Adapter>> {
        self.only(until, |document| links::adapters(document, &self.clients))
    }

    fn tun(&self, _until: Deadline) -> Fact<TunDevice> {
        unsupported()
    }

    fn drivers(&self, until: Deadline) -> Fact<Vec<Driver>> {
        self.only(until, |document| links::drivers(document, &self.clients))
    }

    fn extensions(&self, _until: Deadline) -> Fact<Vec<Extension>> {
        unsupported()
    }

    fn tunnels(&self, until: Deadline) -> Fact<Vec<Tunnel>> {
        self.only(until, |document| links::tunnels(document, &self.clients))
    }

    fn security(&self, until: Deadline) -> Fact<Vec<SecuritySoftware>> {
        self.only(until, programs::security)
    }

    fn time(&self, until: Deadline) -> Fact<TimeService> {
        let keeper = self.either(until, Keeper::read, |source| {
            Keeper::of_registry(source, until)
        });
        match keeper {
            Ok(keeper) => keeper.fact(),
            Err(miss) => Fact::Unknown(miss.why()),
        }
    }

    fn resolvers(&self, until: Deadline) -> Fact<Vec<IpAddr>> {
        self.only(until, links::resolvers)
    }

    fn trust(&self, until: Deadline) -> Fact<Vec<TrustCard>> {
        fact(self.either(until, programs::trust, |source| {
            programs::trust_of_registry(source, until)
        }))
    }
}
