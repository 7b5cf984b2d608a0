//! VPN programs on Linux: installed, running, their services; and security programs beside them.
//!
//! Not here: their profiles, their adapters (`links`), their stores of roots (`trust`).

use super::is_there;
use super::processes::Process;
use crate::device::facts::Deadline;
use crate::device::source::{Miss, Source};
use crate::evidence::{
    ClientProcess, Fact, InstalledClient, Part, Running, SecuritySoftware, ServiceState, Why,
    WhyCode,
};
use crate::guide::{ClientMarks, SecurityMarks, fits};
use crate::msg::Msg;
use crate::text::sanitise;

/// The longest version that is taken for one.
const LONGEST_VERSION: usize = 40;

/// Programs whose marks are there, with the version that they tell.
pub(super) fn installed(
    source: &impl Source,
    marks: &[ClientMarks],
    until: Deadline,
) -> Vec<InstalledClient> {
    marks
        .iter()
        .filter_map(|client| {
            let seen = client.paths.iter().find(|path| is_there(source, path))?;
            Some(InstalledClient {
                client: client.client.clone(),
                name: client.name.clone(),
                version: version(source, client, until),
                seen: seen.clone(),
                verified: client.known("paths"),
            })
        })
        .collect()
}

fn version(source: &impl Source, client: &ClientMarks, until: Deadline) -> Fact<String> {
    let Some((program, arguments)) = client.version.split_first() else {
        return Fact::Unknown(Why::code(WhyCode::Unsupported));
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // OpenVPN tells its version and ends with 1.
    let found = source.run(program, &arguments, until);
    match found.map(|answer| number(&answer.text())) {
        Ok(Some(version)) => Fact::Known(version),
        Ok(None) => Fact::Unknown(Why::code(WhyCode::Failed)),
        Err(miss) => Fact::Unknown(miss.why()),
    }
}

/// The first word that looks like a version: `2.6.14`, `v9.12-1build5`, `5.1.2.42`.
fn number(text: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')'))
        .map(|word| word.strip_prefix('v').unwrap_or(word))
        .find(|word| {
            let mut parts = word.split('.');
            let first = parts.next().unwrap_or_default();
            let digits = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
            !first.is_empty()
                && first.bytes().all(|b| b.is_ascii_digit())
                && parts.next().is_some_and(digits)
                && word.len() <= LONGEST_VERSION
        })
        .map(sanitise)
}

/// Running programs of these clients.
pub(super) fn running(all: &[Process], marks: &[ClientMarks]) -> Vec<ClientProcess> {
    let mut found = Vec::new();
    for process in all {
        let part = |client: &ClientMarks| {
            let is = |mark: &String| process.is(mark);
            if client.agent.iter().any(is) {
                Some((Part::Agent, client.known("agent")))
            } else if client.programs.iter().any(is) {
                Some((Part::Program, client.known("programs")))
            } else {
                None
            }
        };
        let owner = marks
            .iter()
            .find_map(|client| Some((client, part(client)?)));
        if let Some((client, (part, verified))) = owner {
            found.push(ClientProcess {
                client: client.client.clone(),
                name: sanitise(&process.short),
                pid: process.pid,
                part,
                verified,
            });
        }
    }
    found
}

/// Security programs that run or are installed.
pub(super) fn guards(
    source: &impl Source,
    all: &[Process],
    marks: &[SecurityMarks],
) -> Vec<SecuritySoftware> {
    marks
        .iter()
        .filter_map(|guard| {
            let runs = guard
                .programs
                .iter()
                .find(|mark| all.iter().any(|process| process.is(mark)));
            let there = guard.paths.iter().find(|path| is_there(source, path));
            Some(SecuritySoftware {
                name: guard.name.clone(),
                running: runs.is_some(),
                seen: runs.or(there)?.clone(),
                verified: guard.verified,
            })
        })
        .collect()
}

/// What systemd says of the clients' units. `systemctl show` speaks the same in every language and needs no rights.
pub(super) fn services(
    source: &impl Source,
    marks: &[ClientMarks],
    until: Deadline,
) -> Fact<Vec<ServiceState>> {
    // sd_booted(3): this folder is there exactly where systemd runs the system.
    if !is_there(source, "/run/systemd/system") {
        return Fact::Unknown(Why::because(
            WhyCode::Unsupported,
            Msg::new("why.no-service-manager"),
        ));
    }
    let units: Vec<&str> = marks
        .iter()
        .flat_map(|client| client.agent_services.iter().chain(&client.services))
        .map(String::as_str)
        .collect();
    let mut arguments = vec![
        "show",
        "--no-pager",
        "--property=Id,LoadState,ActiveState,UnitFileState",
        "--",
    ];
    arguments.extend(&units);
    match source.run("systemctl", &arguments, until) {
        Ok(answer) => match answer.good() {
            Some(text) => Fact::Known(states(&text, marks)),
            None => Fact::Unknown(Miss::Failed.why()),
        },
        Err(miss) => Fact::Unknown(miss.why()),
    }
}

/// Blocks of `Key=value` lines, one a unit, with an empty line between them (systemctl(1), `show`).
fn states(text: &str, marks: &[ClientMarks]) -> Vec<ServiceState> {
    text.split("\n\n")
        .filter_map(|block| {
            let value = |key: &str| {
                let lines = block.lines().filter_map(|line| line.split_once('='));
                lines
                    .into_iter()
                    .find(|(name, _)| *name == key)
                    .map(|(_, v)| v)
            };
            if value("LoadState") != Some("loaded") {
                return None;
            }
            let name = value("Id")?;
            let (client, agent) = marks.iter().find_map(|client| {
                let is = |unit: &String| match unit.split_once("@*") {
                    Some((start, _)) => fits(&format!("{start}@*"), name),
                    None => unit == name,
                };
                if client.agent_services.iter().any(is) {
                    Some((client, true))
                } else {
                    client.services.iter().any(is).then_some((client, false))
                }
            })?;
            Some(ServiceState {
                name: sanitise(name),
                client: client.client.clone(),
                state: match value("ActiveState")? {
                    "active" | "reloading" => Running::Running,
                    "activating" | "deactivating" => Running::Changing,
                    "failed" => Running::Failed,
                    _ => Running::Stopped,
                },
                enabled: match value("UnitFileState") {
                    Some("enabled" | "enabled-runtime" | "alias" | "static" | "indirect") => {
                        Fact::Known(true)
                    }
                    Some("disabled" | "masked" | "masked-runtime") => Fact::Known(false),
                    _ => Fact::Unknown(Why::code(WhyCode::Failed)),
                },
                agent,
                verified: client.known(if agent { "agent-services" } else { "services" }),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_say_of_themselves() {
        for (text, version) in [
            (
                "OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)]",
                Some("2.6.14"),
            ),
            (
                "OpenConnect version v9.12-1build5\nUsing GnuTLS 3.8.3.",
                Some("9.12-1build5"),
            ),
            (
                "Cisco Secure Client (version 5.1.2.42) .\n",
                Some("5.1.2.42"),
            ),
            ("1.17.1\n", Some("1.17.1")),
            ("no version at all", None),
            ("", None),
        ] {
            assert_eq!(number(text).as_deref(), version, "{text}");
        }
    }
}
