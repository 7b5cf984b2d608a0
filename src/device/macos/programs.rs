//! VPN programs on macOS: installed, running, what launchd says of their services; system extensions, what keeps the
//! clock, and the stores of roots.
//!
//! Not here: interfaces, tunnels and name servers (`links`).

use crate::device::facts::{Deadline, needs_administrator};
use crate::device::source::{Answer, Miss, Source};
use crate::evidence::{
    ClientProcess, Extension, ExtensionState, Fact, InstalledClient, Running, SecuritySoftware,
    ServiceState, StoreOwner, TimeService, TrustCard, Why, WhyCode,
};
use crate::guide::{ClientMarks, SecurityMarks, Verified, fits};
use crate::text::sanitise;

/// The longest version that is taken for one.
const LONGEST_VERSION: usize = 40;
/// launchctl's answer where there is no such service (`Could not find service`, 113).
const NO_SERVICE: i32 = 113;

/// The text of a key in a property list written as XML. Lists in lists are not looked into: the keys asked for stand at
/// the top, and the first of that name is theirs.
pub(super) fn plist_text(list: &str, key: &str) -> Option<String> {
    let (_, after) = list.split_once(&format!("<key>{key}</key>"))?;
    let value = after.trim_start().strip_prefix("<string>")?;
    let (value, _) = value.split_once("</string>")?;
    let plain = value
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let plain = plain.trim();
    (!plain.is_empty()).then(|| sanitise(plain))
}

/// Clients whose files are there, with the version that they wrote down or tell.
pub(super) fn installed(
    source: &dyn Source,
    marks: &[ClientMarks],
    until: Deadline,
) -> Vec<InstalledClient> {
    marks
        .iter()
        .filter_map(|client| {
            let seen = client.paths.iter().find(|path| source.node(path).is_ok())?;
            Some(InstalledClient {
                client: client.client.clone(),
                name: client.name.clone(),
                version: version(source, client, seen, until),
                seen: seen.clone(),
                verified: client.known("paths"),
            })
        })
        .collect()
}

/// From the application's own list, the system's list of packages, or the program itself, the cheapest first.
fn version(source: &dyn Source, client: &ClientMarks, seen: &str, until: Deadline) -> Fact<String> {
    let mut miss = Miss::Absent;
    if seen.ends_with(".app") {
        let path = format!("{seen}/Contents/Info.plist");
        match application(source, &path, until) {
            Ok(version) => return Fact::Known(version),
            Err(why) => miss = why,
        }
    }
    for package in &client.packages {
        let told = source.run("pkgutil", &["--pkg-info", package], until);
        if let Some(text) = told.ok().and_then(|answer| answer.good())
            && let Some(version) = text.lines().find_map(|line| line.strip_prefix("version:"))
            && let Some(version) = plausible(version)
        {
            return Fact::Known(version);
        }
    }
    if let Some((program, arguments)) = client.version.split_first() {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match source.run(program, &arguments, until) {
            Ok(answer) => {
                let text = answer.text();
                let words = text.split(|c: char| c.is_whitespace() || "(),".contains(c));
                if let Some(version) = words.into_iter().find_map(plausible) {
                    return Fact::Known(version);
                }
                miss = Miss::Failed;
            }
            Err(why) => miss = why,
        }
    }
    Fact::Unknown(miss.why())
}

/// The version in an application's property list; one in binary form is written out as XML first.
fn application(source: &dyn Source, path: &str, until: Deadline) -> Result<String, Miss> {
    let content = source.file(path)?;
    let text = if content.starts_with(b"bplist") {
        let arguments = ["-convert", "xml1", "-o", "-", path];
        let answer = source.run("plutil", &arguments, until)?;
        answer.good().ok_or(Miss::Failed)?
    } else {
        String::from_utf8_lossy(&content).into_owned()
    };
    plist_text(&text, "CFBundleShortVersionString")
        .as_deref()
        .and_then(plausible)
        .ok_or(Miss::Failed)
}

/// A word that looks like a version: numbers with dots between them.
fn plausible(word: &str) -> Option<String> {
    let word = word.trim();
    let number = |part: &str| part.bytes().next().is_some_and(|b| b.is_ascii_digit());
    let dotted = word.contains('.') && word.split('.').all(number);
    (dotted && word.len() <= LONGEST_VERSION).then(|| sanitise(word))
}

/// Process numbers and files in `ps -axwwo pid=,comm=` (without `ww` it cuts lines at 79 characters where its output is no
/// terminal, and most paths are longer): the file with its whole path, blanks and all.
pub(super) fn tasks(text: &str) -> Vec<(u32, String)> {
    text.lines()
        .filter_map(|line| {
            let (pid, path) = line.trim().split_once(char::is_whitespace)?;
            Some((pid.parse().ok()?, path.trim().to_owned()))
        })
        .collect()
}

fn is_of(mark: &str, path: &str) -> bool {
    if mark.starts_with('/') {
        return path == mark;
    }
    fits(mark, path.rsplit('/').next().unwrap_or_default())
}

/// Those that are clients' programs.
pub(super) fn running(tasks: &[(u32, String)], marks: &[ClientMarks]) -> Vec<ClientProcess> {
    let of = |(pid, path): &(u32, String)| {
        let (client, (part, verified)) = marks
            .iter()
            .find_map(|client| Some((client, client.part(|mark| is_of(mark, path))?)))?;
        Some(ClientProcess {
            client: client.client.clone(),
            name: sanitise(path.rsplit('/').next().unwrap_or_default()),
            pid: *pid,
            part,
            verified,
        })
    };
    tasks.iter().filter_map(of).collect()
}

/// What launchd says of clients' services, one by one. Only services of the whole system are asked for: those of a
/// person's own session belong to windows.
pub(super) fn services(
    source: &dyn Source,
    marks: &[ClientMarks],
    until: Deadline,
) -> Result<Vec<ServiceState>, Miss> {
    let disabled = source.run("launchctl", &["print-disabled", "system"], until);
    let disabled = disabled.ok().and_then(|answer| answer.good());
    let mut found = Vec::new();
    for client in marks {
        let agents = client.agent_services.iter().map(|label| (label, true));
        for (label, agent) in agents.chain(client.services.iter().map(|label| (label, false))) {
            let place = format!("system/{label}");
            let answer = source.run("launchctl", &["print", &place], until)?;
            let Some(state) = state(&answer)? else {
                continue;
            };
            found.push(ServiceState {
                name: sanitise(label),
                client: client.client.clone(),
                state,
                enabled: match &disabled {
                    Some(list) => Fact::Known(!is_disabled(list, label)),
                    None => Fact::Unknown(Why::code(WhyCode::Failed)),
                },
                agent,
                verified: client.known(if agent { "agent-services" } else { "services" }),
            });
        }
    }
    Ok(found)
}

/// The `state = ` line of `launchctl print`, and what it last ended with. launchctl(1) warns that this is for people;
/// an unknown state is no state.
fn state(answer: &Answer) -> Result<Option<Running>, Miss> {
    if answer.code == Some(NO_SERVICE) {
        return Ok(None);
    }
    let text = answer.good().ok_or(Miss::Failed)?;
    let value = |key: &str| {
        let mut lines = text
            .lines()
            .filter_map(|line| line.trim().split_once(" = "));
        lines.find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    let state = value("state").ok_or(Miss::Failed)?;
    let ended = value("last exit code").and_then(|code| {
        let number = code.split(':').next().unwrap_or(code);
        number.trim().parse::<i32>().ok()
    });
    Ok(Some(match state {
        "running" => Running::Running,
        "spawn scheduled" | "spawning" | "exited" => Running::Changing,
        _ if ended.is_some_and(|code| code != 0) => Running::Failed,
        // It waits for somebody to need it, or for nobody.
        _ => Running::Stopped,
    }))
}

/// `"label" => disabled`; before macOS 13 `"label" => true`.
fn is_disabled(list: &str, label: &str) -> bool {
    let named = format!("\"{label}\" => ");
    list.lines().any(|line| {
        let rest = line.trim().strip_prefix(&named);
        rest.is_some_and(|rest| rest.starts_with("disabled") || rest.starts_with("true"))
    })
}

/// One line of `systemextensionsctl list`.
struct Line<'a> {
    /// The group it stands in: `com.apple.system_extension.network_extension`.
    kind: &'a str,
    id: &'a str,
    name: &'a str,
    state: ExtensionState,
}

/// `enabled  active  teamID  bundleID (version)  name  [state]`, with tabs between, below a line `--- <kind>`.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut kind = "";
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(next) = line.strip_prefix("--- ") {
            kind = next.split_whitespace().next().unwrap_or_default();
            continue;
        }
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        let (Some(bundle), Some(name)) = (columns.get(3), columns.get(4)) else {
            continue;
        };
        let state = line
            .rsplit_once('[')
            .and_then(|(_, rest)| rest.split_once(']'));
        if let Some((state, _)) = state {
            found.push(Line {
                kind,
                id: bundle.split_whitespace().next().unwrap_or_default(),
                name,
                state: match state {
                    "activated enabled" => ExtensionState::Enabled,
                    "activated waiting for user" => ExtensionState::WaitingForUser,
                    "activated disabled" => ExtensionState::Disabled,
                    _ => ExtensionState::Other,
                },
            });
        }
    }
    found
}

/// Extensions of VPN clients. After an update an older one may stand beside the new: the one that is enabled counts.
pub(super) fn extensions(text: &str, marks: &[ClientMarks]) -> Vec<Extension> {
    let mut found: Vec<Extension> = Vec::new();
    for line in lines(text) {
        let is = |client: &&ClientMarks| client.drivers.iter().any(|mark| fits(mark, line.id));
        let Some(client) = marks.iter().find(is) else {
            continue;
        };
        let new = Extension {
            id: sanitise(line.id),
            name: sanitise(line.name),
            client: Some(client.client.clone()),
            state: line.state,
        };
        match found.iter_mut().find(|known| known.id == new.id) {
            Some(known) => {
                if rank(new.state) > rank(known.state) {
                    *known = new;
                }
            }
            None => found.push(new),
        }
    }
    found
}

const fn rank(state: ExtensionState) -> u8 {
    match state {
        ExtensionState::Enabled => 3,
        ExtensionState::WaitingForUser => 2,
        ExtensionState::Disabled => 1,
        ExtensionState::Other => 0,
    }
}

/// Security programs: those with an endpoint security extension that is enabled, which belong to nobody else, and those
/// with marks of their own.
pub(super) fn security(
    extensions: &str,
    tasks: &[(u32, String)],
    marks: &[SecurityMarks],
) -> Vec<SecuritySoftware> {
    const ENDPOINT: &str = "com.apple.system_extension.endpoint_security";
    let mut found: Vec<SecuritySoftware> = lines(extensions)
        .into_iter()
        .filter(|line| line.kind == ENDPOINT && line.state == ExtensionState::Enabled)
        .map(|line| SecuritySoftware {
            name: sanitise(line.name),
            running: true,
            seen: sanitise(line.id),
            verified: Verified::Recall,
        })
        .collect();
    for guard in marks {
        let runs = |mark: &&String| tasks.iter().any(|(_, path)| is_of(mark, path));
        if let Some(mark) = guard.programs.iter().find(runs) {
            found.push(SecuritySoftware {
                name: guard.name.clone(),
                running: true,
                seen: mark.clone(),
                verified: guard.verified,
            });
        }
    }
    found.dedup_by(|one, other| one.name == other.name);
    found
}

/// Whether the clock is set by itself: `systemsetup` tells an administrator alone, and ends well when it refuses.
pub(super) fn time(source: &dyn Source, administrator: bool, until: Deadline) -> Fact<TimeService> {
    const COMMAND: &str = "sudo systemsetup -getusingnetworktime";
    if !administrator {
        return needs_administrator(COMMAND);
    }
    let ask = |what: &str| {
        let answer = source.run("systemsetup", &[what], until)?;
        let text = answer.good().ok_or(Miss::Failed)?;
        let value = text
            .rsplit_once(": ")
            .map(|(_, value)| value.trim().to_owned());
        value.ok_or(Miss::NotPermitted)
    };
    let on = match ask("-getusingnetworktime").as_deref() {
        Ok("On") => true,
        Ok("Off") => false,
        Ok(_) => return Fact::Unknown(Miss::Failed.why()),
        Err(Miss::NotPermitted) => return needs_administrator(COMMAND),
        Err(miss) => return Fact::Unknown(miss.why()),
    };
    Fact::Known(TimeService {
        name: Some("timed".to_owned()),
        running: on,
        synchronised: if on {
            Fact::Unknown(Why::code(WhyCode::Unsupported))
        } else {
            Fact::Known(false)
        },
        offset_ms: None,
        source: ask("-getnetworktimeserver")
            .ok()
            .filter(|_| on)
            .map(|server| sanitise(&server)),
        since: None,
    })
}

/// The roots of the system and of the administrator, and those that somebody distrusts.
pub(super) fn trust(source: &dyn Source, until: Deadline) -> Result<Vec<TrustCard>, Miss> {
    const ROOTS: &str = "/System/Library/Keychains/SystemRootCertificates.keychain";
    const ADDED: &str = "/Library/Keychains/System.keychain";
    let count = |keychain: &str| -> Result<usize, Miss> {
        let arguments = ["find-certificate", "-a", "-Z", keychain];
        let answer = source.run("security", &arguments, until)?;
        let text = answer.good().ok_or(Miss::Failed)?;
        // One line a certificate; newer versions print SHA-256 beside it.
        Ok(text
            .lines()
            .filter(|line| line.starts_with("SHA-1 hash:"))
            .count())
    };
    let roots = count(ROOTS)?;
    let node = |path: &str| source.node(path).ok().and_then(|node| node.changed);
    // Where nothing was ever set it ends with an error: no trust settings were found.
    let denied = |domain: &[&str]| {
        let arguments = [&["dump-trust-settings"], domain].concat();
        let answer = source.run("security", &arguments, until).ok();
        answer.map_or(0, |answer| denied(&answer.text()))
    };
    let mut cards = vec![TrustCard {
        owner: StoreOwner::System,
        store: ROOTS.to_owned(),
        changed: node(ROOTS),
        roots,
        distrusted: denied(&[]) + denied(&["-d"]),
    }];
    // Nothing was added on most devices: that is no store without roots.
    if let Ok(roots @ 1..) = count(ADDED) {
        cards.push(TrustCard {
            owner: StoreOwner::System,
            store: ADDED.to_owned(),
            changed: node(ADDED),
            roots,
            distrusted: 0,
        });
    }
    Ok(cards)
}

/// Certificates of `security dump-trust-settings` (`Cert 0: name` and its settings below) with a setting that denies.
fn denied(text: &str) -> usize {
    let mut blocks = 0;
    let mut counted = true;
    for line in text.lines() {
        if line.starts_with("Cert ") {
            counted = false;
        } else if !counted && line.contains("kSecTrustSettingsResultDeny") {
            counted = true;
            blocks += 1;
        }
    }
    blocks
}
