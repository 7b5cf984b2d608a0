//! Where VPN programs keep their saved connections: the `[[profile]]` tables of `assets/clients.toml`.
//!
//! Not here: looking whether they are there ([`crate::device::profiles`]) and reading them ([`crate::profile`]).

use super::System;
use super::advisories::backing;
use super::reader::Reader;
use crate::evidence::Verified;
use crate::profile::Format;

/// Where one program keeps its connections on one system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfilePlace {
    /// The program's name, the same in every language.
    pub client: String,
    /// The system.
    pub system: System,
    /// How the files are written.
    pub format: Format,
    /// The files, with `~`, `%VARIABLES%` and `*` still in them.
    pub paths: Vec<String>,
    /// The command that tells of them where this user may not read them.
    pub command: Option<String>,
    /// Where that is written down.
    pub source: String,
    /// How well it is known.
    pub verified: Verified,
}

pub(super) fn profile_place(table: Reader<'_, '_>) -> Option<ProfilePlace> {
    let client = table.str("client");
    let system = table.word("system").map(|at| at.value);
    let format = table.word("format").map(|at| at.value);
    let paths = table.strs("path");
    let command = table.optional_str("command").map(|at| at.value);
    let (source, verified) = backing(&table);
    if paths.is_empty() {
        let message = "nothing says where the files are; expected `path`";
        table.error(table.span(), message);
    }
    table.finish();
    Some(ProfilePlace {
        client: client?.value,
        system: system?,
        format: format?,
        paths: paths.into_iter().map(|at| at.value).collect(),
        command,
        source: source?,
        verified: verified?,
    })
}
