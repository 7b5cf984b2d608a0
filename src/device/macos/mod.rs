//! A macOS device: what its command line tools tell, and a few property lists.
//!
//! All of it is pure but the few lines of [`super::source`] that start a process, so it is tried on recorded answers on
//! any system. Not here: what a fact means ([`crate::diagnose`]), proxies ([`super::proxy`]).

pub(super) mod links;
mod programs;

use std::net::IpAddr;
use std::sync::OnceLock;

use super::facts::{Deadline, Device, unsupported};
use super::source::{Miss, Source};
use crate::evidence::{
    Adapter, ClientProcess, Driver, Extension, Fact, InstalledClient, SecuritySoftware,
    ServiceState, SystemVersion, TimeService, TrustCard, TunDevice, Tunnel,
};
use crate::guide::{ClientMarks, SecurityMarks, System, device_marks};

/// Where macOS says what it is; readable for everybody, and XML on every version.
const VERSION: &str = "/System/Library/CoreServices/SystemVersion.plist";

/// A macOS device behind its source. It asks for what several groups need once: make a new one for every look.
#[derive(Debug)]
pub struct Macos<S> {
    source: S,
    clients: Vec<ClientMarks>,
    guards: Vec<SecurityMarks>,
    tasks: OnceLock<Result<String, Miss>>,
    interfaces: OnceLock<Result<String, Miss>>,
    extensions: OnceLock<Result<String, Miss>>,
}

impl<S: Source> Macos<S> {
    /// The device that this source tells of, with the marks of `assets/clients.toml`.
    pub fn new(source: S) -> Self {
        let (clients, guards) = device_marks::embedded(System::Macos);
        Self {
            source,
            clients,
            guards,
            tasks: OnceLock::new(),
            interfaces: OnceLock::new(),
            extensions: OnceLock::new(),
        }
    }

    fn run(&self, program: &str, arguments: &[&str], until: Deadline) -> Result<String, Miss> {
        let answer = self.source.run(program, arguments, until)?;
        answer.good().ok_or(Miss::Failed)
    }

    fn once<'a>(
        &self,
        kept: &'a OnceLock<Result<String, Miss>>,
        command: (&str, &[&str]),
        until: Deadline,
    ) -> Result<&'a str, Miss> {
        match kept.get_or_init(|| self.run(command.0, command.1, until)) {
            Ok(text) => Ok(text),
            Err(miss) => Err(*miss),
        }
    }

    fn tasks(&self, until: Deadline) -> Result<Vec<(u32, String)>, Miss> {
        let text = self.once(&self.tasks, ("ps", &["-axwwo", "pid=,comm="]), until)?;
        let tasks = programs::tasks(text);
        // A device on which nothing runs does not answer.
        if tasks.is_empty() {
            return Err(Miss::Failed);
        }
        Ok(tasks)
    }

    fn interfaces(&self, until: Deadline) -> Result<Vec<links::Interface>, Miss> {
        let text = self.once(&self.interfaces, ("ifconfig", &["-a"]), until)?;
        Ok(links::interfaces(text))
    }

    fn listed(&self, until: Deadline) -> Result<&str, Miss> {
        let command: (&str, &[&str]) = ("systemextensionsctl", &["list"]);
        self.once(&self.extensions, command, until)
    }
}

fn fact<T>(read: Result<T, Miss>) -> Fact<T> {
    match read {
        Ok(value) => Fact::Known(value),
        Err(miss) => Fact::Unknown(miss.why()),
    }
}

impl<S: Source> Device for Macos<S> {
    fn system(&self, _until: Deadline) -> Fact<SystemVersion> {
        fact(self.source.text(VERSION).and_then(|list| {
            Ok(SystemVersion {
                system: System::Macos,
                name: programs::plist_text(&list, "ProductName").ok_or(Miss::Failed)?,
                version: programs::plist_text(&list, "ProductVersion").unwrap_or_default(),
                container: false,
            })
        }))
    }

    fn administrator(&self, until: Deadline) -> Fact<bool> {
        let id = self.run("id", &["-u"], until);
        fact(id.and_then(|id| match id.trim().parse::<u32>() {
            Ok(id) => Ok(id == 0),
            Err(_) => Err(Miss::Failed),
        }))
    }

    fn may_administer(&self, until: Deadline) -> Fact<bool> {
        // The group `admin` has the number 80 on every macOS; numbers are the same in every language.
        let groups = self.run("id", &["-G"], until);
        fact(groups.and_then(|text| {
            let numbers: Result<Vec<u32>, _> = text.split_whitespace().map(str::parse).collect();
            match numbers {
                Ok(numbers) if !numbers.is_empty() => {
                    Ok(numbers.contains(&80) || numbers.contains(&0))
                }
                _ => Err(Miss::Failed),
            }
        }))
    }

    fn clients(&self, until: Deadline) -> Fact<Vec<InstalledClient>> {
        Fact::Known(programs::installed(&self.source, &self.clients, until))
    }

    fn processes(&self, until: Deadline) -> Fact<Vec<ClientProcess>> {
        fact(
            self.tasks(until)
                .map(|tasks| programs::running(&tasks, &self.clients)),
        )
    }

    fn services(&self, until: Deadline) -> Fact<Vec<ServiceState>> {
        fact(programs::services(&self.source, &self.clients, until))
    }

    fn adapters(&self, until: Deadline) -> Fact<Vec<Adapter>> {
        fact(self.interfaces(until).map(|all| links::adapters(&all)))
    }

    fn tun(&self, _until: Deadline) -> Fact<TunDevice> {
        unsupported()
    }

    fn drivers(&self, _until: Deadline) -> Fact<Vec<Driver>> {
        unsupported()
    }

    fn extensions(&self, until: Deadline) -> Fact<Vec<Extension>> {
        fact(
            self.listed(until)
                .map(|text| programs::extensions(text, &self.clients)),
        )
    }

    fn tunnels(&self, until: Deadline) -> Fact<Vec<Tunnel>> {
        let read = || {
            let interfaces = self.interfaces(until)?;
            let table = self.run("netstat", &["-rn"], until)?;
            // Whose a tunnel is may stay open.
            let list = self
                .run("scutil", &["--nc", "list"], until)
                .unwrap_or_default();
            let connections = links::connected(&list);
            Ok(links::tunnels(
                &interfaces,
                &table,
                &connections,
                &self.clients,
            ))
        };
        fact(read())
    }

    fn security(&self, until: Deadline) -> Fact<Vec<SecuritySoftware>> {
        let tasks = self.tasks(until).unwrap_or_default();
        fact(
            self.listed(until)
                .map(|text| programs::security(text, &tasks, &self.guards)),
        )
    }

    fn time(&self, until: Deadline) -> Fact<TimeService> {
        let administrator = self.administrator(until) == Fact::Known(true);
        programs::time(&self.source, administrator, until)
    }

    fn resolvers(&self, until: Deadline) -> Fact<Vec<IpAddr>> {
        let told = self.run("scutil", &["--dns"], until);
        fact(told.map(|text| links::resolvers(&text)))
    }

    fn trust(&self, until: Deadline) -> Fact<Vec<TrustCard>> {
        fact(programs::trust(&self.source, until))
    }
}
