//! VPN programs on Windows: installed, running, their services; security programs, what keeps the clock, and the stores
//! of roots. Each from the document, or from the registry and the console's tools where there is none.
//!
//! Not here: adapters, drivers, tunnels and name servers (`links`), which no tool of the console tells without words.

use super::registry::{self, Key, broke};
use super::script::{Document, Entry};
use crate::device::facts::Deadline;
use crate::device::source::{Miss, Source};
use crate::evidence::{
    ClientProcess, Fact, InstalledClient, Running, SecuritySoftware, ServiceState, StoreOwner,
    SystemVersion, TimeService, TrustCard, Why, WhyCode,
};
use crate::guide::{ClientMarks, System};
use crate::msg::Msg;
use crate::text::sanitise;

/// The longest version that is taken for one.
const LONGEST_VERSION: usize = 40;
/// The first build that is Windows 11; the registry goes on calling it Windows 10.
const ELEVEN: u64 = 22_000;
/// Where Windows says what it is.
const VERSION: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
/// Where programs enter themselves so that they can be removed.
const UNINSTALL: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall";
/// The time service.
const W32TIME: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\W32Time";
/// Microsoft Defender's own entry in the security centre, the same on every device.
const DEFENDER: &str = "{D68DDC3A-831F-4FAE-9E44-DA132C1ACF46}";

/// The system, from the document's entry.
pub(super) fn system(entry: Entry<'_>) -> Option<SystemVersion> {
    version(
        entry.text("ProductName")?,
        entry
            .text("DisplayVersion")
            .or_else(|| entry.text("ReleaseId")),
        entry.number("CurrentBuild"),
        entry.number("UBR"),
        entry.text("InstallationType"),
    )
}

/// The same from the registry.
pub(super) fn system_of_registry(
    source: &dyn Source,
    until: Deadline,
) -> Result<SystemVersion, Miss> {
    let keys = registry::query(source, VERSION, &["/reg:64"], until)?;
    let told = keys.first().and_then(|key| {
        version(
            key.text("ProductName")?,
            key.text("DisplayVersion").or_else(|| key.text("ReleaseId")),
            key.text("CurrentBuild")
                .and_then(|build| build.parse().ok()),
            key.number("UBR"),
            key.text("InstallationType"),
        )
    });
    told.ok_or(Miss::Failed)
}

fn version(
    name: &str,
    release: Option<&str>,
    build: Option<u64>,
    update: Option<u64>,
    kind: Option<&str>,
) -> Option<SystemVersion> {
    let client = kind.is_none_or(|kind| kind.eq_ignore_ascii_case("client"));
    let eleven = client && build.is_some_and(|build| build >= ELEVEN);
    let name = match name.strip_prefix("Windows 10") {
        Some(edition) if eleven => format!("Windows 11{edition}"),
        _ => name.to_owned(),
    };
    let number = match (build, update) {
        (Some(build), Some(update)) => format!("{build}.{update}"),
        (Some(build), None) => build.to_string(),
        _ => String::new(),
    };
    let version = match release {
        Some(release) if number.is_empty() => release.to_owned(),
        Some(release) => format!("{release} ({number})"),
        None => number,
    };
    (!name.is_empty()).then(|| SystemVersion {
        system: System::Windows,
        name: sanitise(&name),
        version: sanitise(&version),
        container: false,
    })
}

/// A program that entered itself to be removed: its displayed name and its version.
pub(super) type Entered = (String, Option<String>);

/// Such programs, from the document.
pub(super) fn entered(document: &Document) -> Result<Vec<Entered>, Miss> {
    let entries = document.group("programs")?.into_iter();
    Ok(entries
        .filter_map(|entry| {
            let version = entry.text("DisplayVersion").map(str::to_owned);
            Some((entry.text("DisplayName")?.to_owned(), version))
        })
        .collect())
}

/// The same from the registry: of 64-bit and 32-bit programs, and of this person alone.
pub(super) fn entered_in_registry(
    source: &dyn Source,
    until: Deadline,
) -> Result<Vec<Entered>, Miss> {
    let machine = format!(r"HKLM\{UNINSTALL}");
    let person = format!(r"HKCU\{UNINSTALL}");
    // Without the first nothing can be said; the others are there only where somebody entered something.
    let mut keys = registry::query(source, &machine, &["/s", "/reg:64"], until)?;
    for (path, view) in [(&machine, "/reg:32"), (&person, "/reg:64")] {
        keys.extend(registry::query(source, path, &["/s", view], until).unwrap_or_default());
    }
    let entered = |key: &Key| {
        let version = key.text("DisplayVersion").map(str::to_owned);
        Some((key.text("DisplayName")?.to_owned(), version))
    };
    Ok(keys.iter().filter_map(entered).collect())
}

/// Clients whose files are there or which are in the list of programs.
pub(super) fn installed(
    source: &dyn Source,
    marks: &[ClientMarks],
    entered: &Result<Vec<Entered>, Miss>,
) -> Fact<Vec<InstalledClient>> {
    let listed = entered.as_ref().map_or(&[][..], Vec::as_slice);
    let clients: Vec<InstalledClient> = marks
        .iter()
        .filter_map(|client| {
            let path = client.paths.iter().find(|path| source.node(path).is_ok());
            let called = |(name, _): &&Entered| client.packages.iter().any(|mark| fits(mark, name));
            let entry = listed.iter().find(called);
            let (seen, key) = match (path, entry) {
                (Some(path), _) => (path.clone(), "paths"),
                (None, Some((name, _))) => (sanitise(name), "packages"),
                (None, None) => return None,
            };
            let version = entry
                .and_then(|(_, version)| version.as_deref())
                .filter(|version| version.len() <= LONGEST_VERSION);
            Some(InstalledClient {
                client: client.client.clone(),
                name: client.name.clone(),
                version: match version {
                    Some(version) => Fact::Known(sanitise(version)),
                    None => Fact::Unknown(entered.as_ref().err().unwrap_or(&Miss::Absent).why()),
                },
                seen,
                verified: client.known(key),
            })
        })
        .collect();
    match entered {
        // Without the list a client elsewhere than usual would be overlooked: what is there is there, but "none" is not known.
        Err(miss) if clients.is_empty() => Fact::Unknown(miss.why()),
        _ => Fact::Known(clients),
    }
}

/// Names and numbers of what runs, from the document.
pub(super) fn tasks(document: &Document) -> Result<Vec<(String, u32)>, Miss> {
    let entries = document.group("processes")?.into_iter();
    Ok(entries
        .filter_map(|entry| {
            let pid = entry.number("Id")?.try_into().ok()?;
            // Without its `.exe` here, with it everywhere else.
            Some((format!("{}.exe", entry.text("ProcessName")?), pid))
        })
        .collect())
}

/// The same from `tasklist`.
pub(super) fn tasks_of_console(
    source: &dyn Source,
    until: Deadline,
) -> Result<Vec<(String, u32)>, Miss> {
    let answer = source.run("tasklist", &["/fo", "csv", "/nh"], until)?;
    let tasks = registry::tasks(&registry::console_text(&answer.out));
    // A device on which nothing runs does not answer.
    if tasks.is_empty() {
        return Err(Miss::Failed);
    }
    Ok(tasks)
}

/// Those that are clients' programs.
pub(super) fn running(tasks: &[(String, u32)], marks: &[ClientMarks]) -> Vec<ClientProcess> {
    let of = |(name, pid): &(String, u32)| {
        let (client, (part, verified)) = marks
            .iter()
            .find_map(|client| Some((client, client.part(|mark| fits(mark, name))?)))?;
        Some(ClientProcess {
            client: client.client.clone(),
            name: sanitise(name),
            pid: *pid,
            part,
            verified,
        })
    };
    tasks.iter().filter_map(of).collect()
}

/// Services of clients, from the document.
pub(super) fn services(
    document: &Document,
    marks: &[ClientMarks],
) -> Result<Vec<ServiceState>, Miss> {
    let entries = document.group("services")?.into_iter();
    Ok(entries
        .filter_map(|entry| {
            let name = entry.text("Name")?;
            let (client, agent) = owner(marks, name)?;
            // Win32_Service: these values are not translated.
            let state = match entry.text("State")? {
                "Running" => Running::Running,
                "Stopped" if broke(entry.number("ExitCode").unwrap_or(0)) => Running::Failed,
                "Stopped" | "Paused" => Running::Stopped,
                "Unknown" => return None,
                _ => Running::Changing,
            };
            let enabled = match entry.text("StartMode") {
                Some("Auto" | "Boot" | "System") => Fact::Known(true),
                Some("Manual" | "Disabled") => Fact::Known(false),
                _ => Fact::Unknown(Why::code(WhyCode::Failed)),
            };
            Some(stated(client, agent, name, state, enabled))
        })
        .collect())
}

/// The same from `sc`, one by one: whether they start by themselves is not among what it tells in one word.
pub(super) fn services_of_console(
    source: &dyn Source,
    marks: &[ClientMarks],
    until: Deadline,
) -> Result<Vec<ServiceState>, Miss> {
    let mut found = Vec::new();
    for client in marks {
        let agents = client.agent_services.iter().map(|name| (name, true));
        for (name, agent) in agents.chain(client.services.iter().map(|name| (name, false))) {
            if let Some(stands) = registry::service(source, name, until)? {
                let silent = Fact::Unknown(Why::code(WhyCode::Unsupported));
                found.push(stated(client, agent, name, stands.state, silent));
            }
        }
    }
    Ok(found)
}

fn owner<'a>(marks: &'a [ClientMarks], name: &str) -> Option<(&'a ClientMarks, bool)> {
    let is = |mark: &String| fits(mark, name);
    marks.iter().find_map(|client| {
        if client.agent_services.iter().any(is) {
            Some((client, true))
        } else {
            client.services.iter().any(is).then_some((client, false))
        }
    })
}

fn stated(
    client: &ClientMarks,
    agent: bool,
    name: &str,
    state: Running,
    enabled: Fact<bool>,
) -> ServiceState {
    ServiceState {
        name: sanitise(name),
        client: client.client.clone(),
        state,
        enabled,
        agent,
        verified: client.known(if agent { "agent-services" } else { "services" }),
    }
}

/// What is entered in the security centre beside Microsoft's own, which every device has. Bits 12 to 15 of its state say
/// whether it is on; nobody has documented them, so nothing rests on them but a possibility.
pub(super) fn security(document: &Document) -> Result<Vec<SecuritySoftware>, Miss> {
    let entries = document.group("security")?.into_iter();
    Ok(entries
        .filter(|entry| {
            let id = entry.text("instanceGuid");
            !id.is_some_and(|id| id.eq_ignore_ascii_case(DEFENDER))
        })
        .filter_map(|entry| {
            Some(SecuritySoftware {
                name: sanitise(entry.text("displayName")?),
                running: entry.number("productState")? & 0xf000 == 0x1000,
                seen: "root/SecurityCenter2".to_owned(),
                verified: crate::guide::Verified::Recall,
            })
        })
        .collect())
}

/// What is known of the time service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Keeper {
    /// Whether it runs; none where there is no such service.
    pub running: Option<bool>,
    /// Whether it was disabled.
    pub disabled: bool,
    /// How it synchronises: `NTP`, `NT5DS` (the domain), `AllSync`, `NoSync`.
    pub kind: Option<String>,
    /// Whom it asks, with flags after each name.
    pub servers: Option<String>,
}

impl Keeper {
    /// From the document.
    pub(super) fn read(document: &Document) -> Result<Self, Miss> {
        let services = document.group("services")?;
        let mine = services.iter().find(|entry| {
            entry
                .text("Name")
                .is_some_and(|n| n.eq_ignore_ascii_case("W32Time"))
        });
        let settings = document.group("time").unwrap_or_default();
        let setting = |key: &str| settings.first()?.text(key).map(str::to_owned);
        Ok(Self {
            running: mine.map(|entry| entry.text("State") == Some("Running")),
            disabled: mine.is_some_and(|entry| entry.text("StartMode") == Some("Disabled")),
            kind: setting("Type"),
            servers: setting("NtpServer"),
        })
    }

    /// From the registry and `sc`.
    pub(super) fn of_registry(source: &dyn Source, until: Deadline) -> Result<Self, Miss> {
        let stands = registry::service(source, "W32Time", until)?;
        let keys = registry::query(source, W32TIME, &["/s", "/reg:64"], until).unwrap_or_default();
        let key = |end: &str| keys.iter().find(|key| key.path.ends_with(end));
        let setting = |name: &str| key(r"\W32Time\Parameters")?.text(name).map(str::to_owned);
        // SERVICE_DISABLED, winnt.h.
        let start = key(r"\W32Time").and_then(|key| key.number("Start"));
        Ok(Self {
            running: stands.map(|stands| stands.state == Running::Running),
            disabled: start == Some(4),
            kind: setting("Type"),
            servers: setting("NtpServer"),
        })
    }

    /// What it means. Outside a domain Windows starts the service on demand: that it is stopped says nothing unless
    /// somebody disabled it or told it to ask nobody. How far the clock is off it tells only in words.
    pub(super) fn fact(self) -> Fact<TimeService> {
        let asks_nobody = self
            .kind
            .as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("NoSync"));
        if self.running == Some(false) && !self.disabled && !asks_nobody {
            return Fact::Unknown(Why::because(
                WhyCode::Unsupported,
                Msg::new("why.clock-on-demand"),
            ));
        }
        let lost = asks_nobody || self.running != Some(true);
        let of_domain = self
            .kind
            .as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("NT5DS"));
        let server = self.servers.as_deref().and_then(|servers| {
            // `time.windows.com,0x9 time.example.com,0x8`.
            servers.split_whitespace().next()?.split(',').next()
        });
        Fact::Known(TimeService {
            name: self.running.map(|_| "W32Time".to_owned()),
            running: self.running == Some(true),
            synchronised: if lost {
                Fact::Known(false)
            } else {
                Fact::Unknown(Why::code(WhyCode::Unsupported))
            },
            offset_ms: None,
            source: server.filter(|_| !lost && !of_domain).map(sanitise),
            since: None,
        })
    }
}

/// The machine's store of roots, from the document.
pub(super) fn trust(document: &Document) -> Result<Vec<TrustCard>, Miss> {
    let stores = document.group("stores")?;
    let count = |name: &str| {
        let of = |entry: &&Entry<'_>| entry.text("store") == Some(name);
        let number = stores.iter().find(of)?.number("count")?;
        usize::try_from(number).ok()
    };
    Ok(vec![card(
        count("Root").ok_or(Miss::Failed)?,
        count("Disallowed").unwrap_or(0),
    )])
}

/// The same from the registry, where a certificate is a key named by its fingerprint.
pub(super) fn trust_of_registry(
    source: &dyn Source,
    until: Deadline,
) -> Result<Vec<TrustCard>, Miss> {
    let named = |store: &str| -> Result<Vec<String>, Miss> {
        let path = format!(r"HKLM\SOFTWARE\Microsoft\SystemCertificates\{store}\Certificates");
        let keys = registry::query(source, &path, &["/reg:64"], until)?;
        let names = keys
            .iter()
            .filter_map(|key| key.path.rsplit_once('\\').map(|(_, name)| name));
        let fingerprint =
            |name: &&str| name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
        Ok(names.filter(fingerprint).map(str::to_owned).collect())
    };
    let mut roots = named("ROOT")?;
    roots.extend(named("AuthRoot").unwrap_or_default());
    roots.sort_unstable();
    roots.dedup();
    let distrusted = named("Disallowed").map_or(0, |names| names.len());
    Ok(vec![card(roots.len(), distrusted)])
}

fn card(roots: usize, distrusted: usize) -> TrustCard {
    TrustCard {
        owner: StoreOwner::System,
        store: r"Cert:\LocalMachine\Root".to_owned(),
        changed: None,
        roots,
        distrusted,
    }
}

/// Whether a name is what a mark names, capitals or not; `*` at its end stands for anything.
pub(super) fn fits(mark: &str, name: &str) -> bool {
    match mark.strip_suffix('*') {
        Some(start) => name
            .get(..start.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(start)),
        None => mark.eq_ignore_ascii_case(name),
    }
}
