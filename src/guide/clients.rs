//! `assets/clients.toml`: VPN clients and browsers, and how each judges the certificates of a server.
//!
//! Every trait says where it comes from and how well it is known. A trait that is not written down is not known, and
//! one that is only recalled is treated the same. Not here: what follows for a chain; that is [`crate::diagnose`]'s.

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::System;
use super::advisories::{Programme, backing};
use super::device_marks::{self, ClientMarks, SecurityMarks};
use super::log_places::{LogPlace, log_place};
use super::profile_places::{ProfilePlace, profile_place};
use super::reader::{self, Reader};
use super::source::Source;
use super::texts::is_kebab;
use crate::evidence::Verified;

/// The file's name in messages.
pub(super) const NAME: &str = "assets/clients.toml";
/// The embedded file.
pub(super) const TEXT: &str = include_str!("../../assets/clients.toml");

static EMBEDDED: LazyLock<Arc<Clients>> = LazyLock::new(|| {
    let source = Source::new(NAME, TEXT.as_bytes());
    Arc::new(source.map(|source| read(&source)).unwrap_or_default())
});

/// The embedded clients, read when first asked for.
pub(super) fn embedded() -> Arc<Clients> {
    Arc::clone(&EMBEDDED)
}

impl Clients {
    /// The clients that this program knows, read when first asked for.
    pub fn embedded() -> Arc<Self> {
        embedded()
    }
}

/// The clients in the order shown; one entry a client and system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients {
    /// The clients.
    pub clients: Vec<Client>,
    /// Where they and others keep their logs.
    pub logs: Vec<LogPlace>,
    /// What shows that VPN programs are there.
    pub marks: Vec<ClientMarks>,
    /// Security programs that are known to get in their way.
    pub security: Vec<SecurityMarks>,
    /// Where they keep their saved connections.
    pub profiles: Vec<ProfilePlace>,
}

impl Clients {
    /// The id of the client that people call this, whatever its case: an id or one of the other names.
    pub fn id_of(&self, name: &str) -> Option<&str> {
        let is_it = |known: &str| known.eq_ignore_ascii_case(name);
        let found = self
            .clients
            .iter()
            .find(|client| is_it(&client.id) || client.also.iter().any(|other| is_it(other)));
        found.map(|client| client.id.as_str())
    }

    /// The name by which people know this client, without the remark in brackets; the id itself where it is not listed.
    pub fn short_name<'a>(&'a self, id: &'a str) -> &'a str {
        let known = self.clients.iter().find(|client| client.id == id);
        let name = known.map_or(id, |client| client.name.as_str());
        name.split(" (").next().unwrap_or(name)
    }

    /// The ids, each once, in order.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for client in &self.clients {
            if !ids.contains(&client.id.as_str()) {
                ids.push(&client.id);
            }
        }
        ids
    }

    /// This client on this system, or on any.
    pub fn on(&self, id: &str, system: System) -> Option<&Client> {
        self.clients
            .iter()
            .find(|client| client.id == id && client.runs_on(system))
    }
}

/// A client on one system, or one that is the same on all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id, as in JSON and on the command line.
    pub id: String,
    /// Its name, the same in every language.
    pub name: String,
    /// Other words for it on the command line.
    pub also: Vec<String>,
    /// The system; none where it judges alike on all.
    pub system: Option<System>,
    /// Whether it fetches an intermediate that was not served.
    pub fetches: Option<Known<Fetching>>,
    /// Whose roots it trusts.
    pub store: Option<Known<Roots>>,
    /// Whether it compares the certificate's names with the name used.
    pub names: Option<Known<bool>>,
    /// Whether it falls back to the common name where no alternative name is a DNS name.
    pub common_name: Option<Known<bool>>,
    /// Whether it accepts SHA-1 signatures.
    pub sha1: Option<Known<bool>>,
    /// Whether it finds its way through a chain out of order.
    pub any_order: Option<Known<bool>>,
    /// Whether it refuses what RFC 5280 forbids: purposes, constraints, unknown critical extensions.
    pub profile: Option<Known<bool>>,
    /// Whose limits of validity it enforces; empty for none.
    pub validity: Option<Known<Vec<Programme>>>,
    /// Whose decisions on CAs it follows to the date; empty for none.
    pub distrust: Option<Known<Vec<Programme>>>,
    /// Whether it finds out by itself that a certificate was revoked.
    pub revocation: Option<Known<bool>>,
}

impl Client {
    /// Whether this entry is for this system.
    pub fn runs_on(&self, system: System) -> bool {
        self.system.is_none_or(|own| own == system)
    }

    /// The system as written in JSON.
    pub const fn os(&self) -> &'static str {
        match self.system {
            Some(system) => system.as_str(),
            None => "any",
        }
    }
}

/// A trait's value and how well it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known<T> {
    /// The value.
    pub value: T,
    /// Where it is written down or how it was seen.
    pub source: String,
    /// How well that is known.
    pub verified: Verified,
}

impl<T> Known<T> {
    /// The value, where conclusions may rest on it.
    pub fn certain(&self) -> Option<&T> {
        self.verified.is_certain().then_some(&self.value)
    }
}

/// What a client does about an intermediate that was not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fetching {
    /// It fetches it from the address in the certificate.
    Always,
    /// It does not.
    Never,
    /// It does not, and knows the intermediates of public CAs beforehand.
    KnowsPublic,
}

/// Whose roots a client trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Roots {
    /// Those of the system.
    System,
    /// A public list of its own, and the roots that were added to the system.
    OwnAndAdded,
    /// Mozilla's list; what was added to the system counts only on some systems.
    Mozilla,
    /// Only those in its profile.
    Profile,
}

/// Reads the file; what is wrong is in the source.
pub(super) fn read(source: &Source<'_>) -> Clients {
    let mut clients: Vec<Client> = Vec::new();
    let Some(table) = reader::parse(source) else {
        return Clients::default();
    };
    let top = Reader::new(source, table.get_ref(), 0..0, "the clients");
    for table in top.tables("client", "`client`") {
        let (at, id_at) = (table.span().clone(), table.span_of("id"));
        let Some(new) = client(table) else { continue };
        let same = |old: &&Client| old.id == new.id && old.system == new.system;
        if clients.iter().any(|old| same(&old)) {
            let message = format!("`{}` on {} is already there", new.id, new.os());
            top.error(&id_at, message);
        }
        if let Some(taken) = new.also.iter().find(|other| {
            let ids = clients.iter().filter(|old| old.id != new.id);
            ids.into_iter()
                .any(|old| old.id == **other || old.also.contains(other))
        }) {
            top.error(&at, format!("`{taken}` is already another client's name"));
        }
        clients.push(new);
    }
    let mut logs = Vec::new();
    for table in top.tables("log", "`log`") {
        let new = log_place(table, &logs);
        logs.extend(new);
    }
    let (marks, security) = device_marks::read(&top);
    let mut profiles = Vec::new();
    for table in top.tables("profile", "`profile`") {
        profiles.extend(profile_place(table));
    }
    top.finish();
    Clients {
        clients,
        logs,
        marks,
        security,
        profiles,
    }
}

fn client(table: Reader<'_, '_>) -> Option<Client> {
    let id = table.str("id");
    if let Some(id) = id.as_ref().filter(|id| !is_kebab(&id.value)) {
        let message = format!(
            "`{}` is no id; expected lower-case letters, digits and hyphens",
            id.value
        );
        table.error(&id.span, message);
    }
    let name = table.str("name");
    let also = table.strs("also").into_iter().map(|t| t.value).collect();
    let system = table.optional_word("system").map(|at| at.value);
    let read = Client {
        id: id.map(|at| at.value).unwrap_or_default(),
        name: name.map(|at| at.value).unwrap_or_default(),
        also,
        system,
        fetches: known(&table, "fetches", word),
        store: known(&table, "store", word),
        names: known(&table, "names", flag),
        common_name: known(&table, "common-name", flag),
        sha1: known(&table, "sha1", flag),
        any_order: known(&table, "any-order", flag),
        profile: known(&table, "profile", flag),
        validity: known(&table, "validity", programmes),
        distrust: known(&table, "distrust", programmes),
        revocation: known(&table, "revocation", flag),
    };
    table.finish();
    (!read.id.is_empty() && !read.name.is_empty()).then_some(read)
}

/// A trait's table: `value`, `source`, `verified`.
fn known<T>(
    table: &Reader<'_, '_>,
    key: &'static str,
    value: impl FnOnce(&Reader<'_, '_>) -> Option<T>,
) -> Option<Known<T>> {
    let table = table.table(key)?;
    let value = value(&table);
    let (source, verified) = backing(&table);
    table.finish();
    Some(Known {
        value: value?,
        source: source?,
        verified: verified?,
    })
}

fn word<T: for<'d> Deserialize<'d>>(table: &Reader<'_, '_>) -> Option<T> {
    table.word("value").map(|at| at.value)
}

/// `true` or `false`, which must be said.
fn flag(table: &Reader<'_, '_>) -> Option<bool> {
    table
        .must("value", "true or false")
        .then(|| table.flag("value"))
}

/// A list that may be empty, which must be said.
fn programmes(table: &Reader<'_, '_>) -> Option<Vec<Programme>> {
    let said = table.must("value", "a list in square brackets");
    said.then(|| {
        table
            .words("value")
            .into_iter()
            .map(|at| at.value)
            .collect()
    })
}
