//! Where VPN programs keep their logs: the `[[log]]` tables of `assets/clients.toml`.
//!
//! Not here: looking whether they are there; that is [`crate::device`]'s.

use super::System;
use super::advisories::backing;
use super::reader::Reader;
use crate::evidence::Verified;

/// Where one program keeps its log on one system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// The program's name, the same in every language.
    pub client: String,
    /// The system.
    pub system: System,
    /// Files and folders, with `~`, `%VARIABLES%` and `*` still in them.
    pub paths: Vec<String>,
    /// The command that prints the log, where it is not (only) in a file.
    pub command: Option<String>,
    /// Where that is written down.
    pub source: String,
    /// How well it is known.
    pub verified: Verified,
}

pub(super) fn log_place(table: Reader<'_, '_>, before: &[LogPlace]) -> Option<LogPlace> {
    let client = table.str("client");
    let system = table.word("system").map(|at| at.value);
    let paths = table.strs("path");
    let command = table.optional_str("command").map(|at| at.value);
    let (source, verified) = backing(&table);
    if paths.is_empty() && command.is_none() {
        let message = "nothing says where the log is; expected `path` or `command`";
        table.error(table.span(), message);
    }
    if let Some(client) = &client
        && before
            .iter()
            .any(|old| old.client == client.value && Some(old.system) == system)
    {
        let message = format!(
            "the log of `{}` on this system is already there",
            client.value
        );
        table.error(&client.span, message);
    }
    table.finish();
    Some(LogPlace {
        client: client?.value,
        system: system?,
        paths: paths.into_iter().map(|at| at.value).collect(),
        command,
        source: source?,
        verified: verified?,
    })
}
