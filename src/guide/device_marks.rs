//! What shows on a device that a VPN program is there, and which security programs are known to get in its way: the
//! `[[device]]` and `[[security]]` tables of `assets/clients.toml`.
//!
//! Not here: looking for them; that is [`crate::device`]'s.

use super::System;
use super::advisories::backing;
use super::reader::Reader;
use super::source::Source;
use super::texts::is_kebab;
use crate::evidence::{Part, Verified};

/// The marks of one VPN program on one system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientMarks {
    /// Its id, as in the `[[client]]` tables where it has one there.
    pub client: String,
    /// Its name, the same in every language.
    pub name: String,
    /// The system.
    pub system: System,
    /// Its programs in the background without which it does not connect; a path where the name alone is everybody's.
    pub agent: Vec<String>,
    /// Its other programs.
    pub programs: Vec<String>,
    /// Services without which it does not connect: units, Windows services, launchd labels.
    pub agent_services: Vec<String>,
    /// Its other services.
    pub services: Vec<String>,
    /// Names of its adapters (Windows: their descriptions); `*` stands for any end.
    pub adapters: Vec<String>,
    /// Bundle ids of its system extensions (macOS), its drivers' names (Windows); `*` stands for any end.
    pub drivers: Vec<String>,
    /// Files and folders that are there once it is installed.
    pub paths: Vec<String>,
    /// What the system's own list of installed programs calls it: Windows the beginning of a displayed name, macOS a
    /// package's id; `*` stands for any end.
    pub packages: Vec<String>,
    /// The command that prints its version; empty where there is none that opens no window.
    pub version: Vec<String>,
    /// Whether it sends its traffic through the system's tun device.
    pub needs_tun: bool,
    /// Folders of roots that it trusts beside the system's.
    pub roots: Vec<String>,
    /// The keys of these marks that are only recalled.
    pub recalled: Vec<String>,
    /// Where it is written down.
    pub source: String,
    /// How well it is known.
    pub verified: Verified,
}

/// Whether a name is what a mark names, capitals counted; `*` at the mark's end stands for anything.
pub fn fits(mark: &str, name: &str) -> bool {
    match mark.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => mark == name,
    }
}

impl ClientMarks {
    /// Which part of it a running program is, and how well that is known; `is` says whether a mark names that program.
    pub fn part(&self, is: impl Fn(&str) -> bool) -> Option<(Part, Verified)> {
        let any = |marks: &[String]| marks.iter().any(|mark| is(mark));
        if any(&self.agent) {
            Some((Part::Agent, self.known("agent")))
        } else {
            any(&self.programs).then(|| (Part::Program, self.known("programs")))
        }
    }

    /// How well what stands under this key is known.
    pub fn known(&self, key: &str) -> Verified {
        if self.recalled.iter().any(|recalled| recalled == key) {
            Verified::Recall
        } else {
            self.verified
        }
    }

    /// Whether it has a part that must run in the background.
    pub fn has_agent(&self) -> bool {
        !self.agent.is_empty() || !self.agent_services.is_empty()
    }
}

/// A security program that is known to get in the way of VPN programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityMarks {
    /// Its name, the same in every language.
    pub name: String,
    /// The system.
    pub system: System,
    /// Its programs.
    pub programs: Vec<String>,
    /// Files and folders that are there once it is installed.
    pub paths: Vec<String>,
    /// Where it is written down.
    pub source: String,
    /// How well it is known.
    pub verified: Verified,
}

/// Keys of a `[[device]]` table that may be said to be only recalled.
const KEYS: [&str; 10] = [
    "agent",
    "programs",
    "agent-services",
    "services",
    "adapters",
    "drivers",
    "paths",
    "packages",
    "version",
    "roots",
];

/// Every `[[device]]` and `[[security]]` table; what is wrong is in the source.
pub(super) fn read(top: &Reader<'_, '_>) -> (Vec<ClientMarks>, Vec<SecurityMarks>) {
    let mut clients: Vec<ClientMarks> = Vec::new();
    for table in top.tables("device", "`device`") {
        let span = table.span().clone();
        let Some(new) = client(table) else { continue };
        let same = |old: &ClientMarks| old.client == new.client && old.system == new.system;
        if clients.iter().any(same) {
            let message = format!(
                "the marks of `{}` on {} are already there",
                new.client,
                new.system.as_str()
            );
            top.error(&span, message);
        }
        clients.push(new);
    }
    let security = top
        .tables("security", "`security`")
        .into_iter()
        .filter_map(security)
        .collect();
    (clients, security)
}

fn client(table: Reader<'_, '_>) -> Option<ClientMarks> {
    let list = |key| -> Vec<String> { table.strs(key).into_iter().map(|at| at.value).collect() };
    let id = table.str("client");
    if let Some(id) = id.as_ref().filter(|id| !is_kebab(&id.value)) {
        table.error(&id.span, format!("`{}` is no id", id.value));
    }
    let name = table.str("name");
    let system = table.word("system");
    let recalled = table.strs("recalled");
    for key in &recalled {
        if !KEYS.contains(&key.value.as_str()) {
            let message = format!(
                "`{}` is no key of marks; expected one of {KEYS:?}",
                key.value
            );
            table.error(&key.span, message);
        }
    }
    let (source, verified) = backing(&table);
    let read = ClientMarks {
        client: id.map(|at| at.value).unwrap_or_default(),
        name: name.map(|at| at.value).unwrap_or_default(),
        system: system.map_or(System::Linux, |at| at.value),
        agent: list("agent"),
        programs: list("programs"),
        agent_services: list("agent-services"),
        services: list("services"),
        adapters: list("adapters"),
        drivers: list("drivers"),
        paths: list("paths"),
        packages: list("packages"),
        version: list("version"),
        needs_tun: table.flag("needs-tun"),
        roots: list("roots"),
        recalled: recalled.into_iter().map(|at| at.value).collect(),
        source: source.unwrap_or_default(),
        verified: verified.unwrap_or(Verified::Recall),
    };
    table.finish();
    (!read.client.is_empty()).then_some(read)
}

fn security(table: Reader<'_, '_>) -> Option<SecurityMarks> {
    let name = table.str("name");
    let system = table.word("system");
    let programs = table.strs("programs");
    let paths = table.strs("paths");
    let (source, verified) = backing(&table);
    if programs.is_empty() && paths.is_empty() {
        let message = "nothing says how it is seen; expected `programs` or `paths`";
        table.error(table.span(), message);
    }
    table.finish();
    Some(SecurityMarks {
        name: name?.value,
        system: system?.value,
        programs: programs.into_iter().map(|at| at.value).collect(),
        paths: paths.into_iter().map(|at| at.value).collect(),
        source: source?,
        verified: verified?,
    })
}

/// The embedded marks for one system.
pub fn embedded(system: System) -> (Vec<ClientMarks>, Vec<SecurityMarks>) {
    let clients = super::clients::embedded();
    let of = |marks: &&ClientMarks| marks.system == system;
    let guards = |marks: &&SecurityMarks| marks.system == system;
    (
        clients.marks.iter().filter(of).cloned().collect(),
        clients.security.iter().filter(guards).cloned().collect(),
    )
}

/// Marks as a test writes them: the text of a file like `assets/clients.toml`.
///
/// # Errors
/// What is wrong with it, a line a fault.
pub fn parse(text: &str) -> Result<(Vec<ClientMarks>, Vec<SecurityMarks>), String> {
    let source = Source::new("marks", text.as_bytes()).map_err(|error| error.to_string())?;
    let clients = super::clients::read(&source);
    let errors = source.into_errors();
    if errors.is_empty() {
        Ok((clients.marks, clients.security))
    } else {
        Err(errors.iter().map(|e| format!("{e}\n")).collect())
    }
}
