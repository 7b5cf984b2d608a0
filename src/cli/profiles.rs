//! `vpnmedic profiles`, and `check --profile`: the saved connections of this device's VPN programs, or one file of them.
//! No network.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::args::{Common, ProfilesArgs};
use super::{Exit, Refusal, print, setup};
use crate::device::profiles::{self, Profiles, Unread};
use crate::evidence::{Carrier, Material, ProfileEvidence};
use crate::guide::{Knowledge, Lang};
use crate::msg::Msg;
use crate::report::SCHEMA;
use crate::text::sanitise;

/// Lists what is found, or what the files named have.
pub fn run(common: &Common, args: &ProfilesArgs) -> Result<Exit, Refusal> {
    let knowledge = setup::knowledge_without_tree(common)?;
    let lang = setup::language(common, Some(&knowledge.wizard.site));
    let found = if args.files.is_empty() {
        profiles::of_this_device(&knowledge.clients().profiles, setup::system(common))
    } else {
        named(common, &knowledge, args)
    };
    let words = Words {
        knowledge: &knowledge,
        lang,
    };
    if args.json {
        let line = serde_json::to_string(&words.document(&found))
            .map_err(|error| Refusal(format!("cannot write JSON: {error}")))?;
        print(&(line + "\n"))?;
    } else {
        print(&words.text(&found))?;
    }
    let nothing_read = !args.files.is_empty() && found.connections.is_empty();
    Ok(match (nothing_read, found.connections.is_empty()) {
        (true, _) => Exit::Usage,
        (false, true) => Exit::Inconclusive,
        (false, false) => Exit::Healthy,
    })
}

fn named(common: &Common, knowledge: &Knowledge, args: &ProfilesArgs) -> Profiles {
    let mut found = Profiles::default();
    for file in &args.files {
        match profiles::open(file, &knowledge.clients().profiles, setup::system(common)) {
            Ok(connections) => found.connections.extend(connections),
            Err(unread) => found.unread.push(unread),
        }
    }
    found
}

/// The connection of `--profile` and `--entry`.
pub fn chosen(
    common: &Common,
    knowledge: &Knowledge,
    lang: Lang,
    file: &Path,
    entry: Option<&str>,
) -> Result<Arc<ProfileEvidence>, Refusal> {
    let say = |msg: &Msg| knowledge.texts.render(lang, msg);
    let refuse = |msg: &Msg| {
        let shown = sanitise(&file.display().to_string());
        Refusal(format!("--profile {shown}: {}", say(msg)))
    };
    let connections = profiles::open(file, &knowledge.clients().profiles, setup::system(common))
        .map_err(|unread| Refusal(format!("--profile {}", told(&unread, say(&unread.why)))))?;
    let names: Vec<&str> = connections.iter().map(|c| c.name.as_str()).collect();
    let listed = names.join(", ");
    let found = match entry {
        Some(entry) => connections
            .iter()
            .find(|connection| connection.name == entry),
        None if connections.len() > 1 => {
            return Err(refuse(
                &Msg::new("profile.choose.several").with("names", listed),
            ));
        }
        None => connections.first(),
    };
    let Some(found) = found else {
        let msg = match entry {
            Some(_) if !names.is_empty() => {
                Msg::new("profile.choose.no-such").with("names", listed)
            }
            _ => Msg::new("profile.choose.none"),
        };
        return Err(refuse(&msg));
    };
    if found
        .target()
        .is_none_or(|place| place.carrier == Carrier::Ipsec)
    {
        return Err(refuse(
            &Msg::new("profile.choose.ipsec").with("name", &found.name),
        ));
    }
    Ok(Arc::new(found.clone()))
}

/// File, line where there is one, and why.
fn told(unread: &Unread, why: String) -> String {
    match unread.line {
        Some(line) => format!("{}:{line}: {why}", unread.file),
        None => format!("{}: {why}", unread.file),
    }
}

struct Words<'a> {
    knowledge: &'a Knowledge,
    lang: Lang,
}

impl Words<'_> {
    fn say(&self, msg: &Msg) -> String {
        self.knowledge.texts.render(self.lang, msg)
    }

    fn text(&self, found: &Profiles) -> String {
        let mut lines = Vec::new();
        for connection in &found.connections {
            lines.push(format!(
                "{}  ({}, {})",
                sanitise(&connection.name),
                self.knowledge.clients().short_name(&connection.client),
                connection.file
            ));
            for place in &connection.targets {
                let id = if place.backup {
                    "profile.list.backup"
                } else {
                    "profile.list.place"
                };
                let msg = Msg::new(id)
                    .with("target", &place.target)
                    .with("protocol", place.carrier.shown());
                lines.push(format!("  {}", self.say(&msg)));
            }
            let count = connection.roots.certificates().len();
            if count > 0 {
                let msg = Msg::new("profile.list.roots").with("count", count);
                lines.push(format!("  {}", self.say(&msg)));
            }
            if !connection.strict.is_empty() {
                let settings: Vec<&str> = connection
                    .strict
                    .iter()
                    .map(|strict| strict.setting())
                    .collect();
                let msg = Msg::new("profile.list.strict").with("settings", settings.join(", "));
                lines.push(format!("  {}", self.say(&msg)));
            }
        }
        if found.connections.is_empty() {
            lines.push(self.say(&Msg::new("profile.list.none")));
        }
        for unread in &found.unread {
            lines.push(told(unread, self.say(&unread.why)));
            if let Some(command) = &unread.command {
                lines.push(format!("  {command}"));
            }
        }
        lines.join("\n") + "\n"
    }

    fn document<'f>(&self, found: &'f Profiles) -> Document<'f> {
        Document {
            schema: SCHEMA,
            profiles: found.connections.iter().map(Connection::of).collect(),
            unread: found
                .unread
                .iter()
                .map(|unread| NotRead {
                    file: &unread.file,
                    line: unread.line,
                    why: self.say(&unread.why),
                    command: unread.command.as_deref(),
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct Document<'f> {
    schema: u32,
    profiles: Vec<Connection<'f>>,
    unread: Vec<NotRead<'f>>,
}

#[derive(Serialize)]
struct Connection<'f> {
    name: &'f str,
    client: &'f str,
    file: &'f str,
    targets: Vec<Place>,
    roots: Certificates<'f>,
    roots_alone: bool,
    client_certificate: Certificates<'f>,
    expected_name: Option<&'f str>,
    strict: Vec<&'static str>,
    tls_min: Option<&'f str>,
    has_secrets: bool,
}

impl<'f> Connection<'f> {
    fn of(connection: &'f ProfileEvidence) -> Self {
        Self {
            name: &connection.name,
            client: &connection.client,
            file: &connection.file,
            targets: connection
                .targets
                .iter()
                .map(|place| Place {
                    host: place.target.host.wire(),
                    port: place.target.port,
                    protocol: place.carrier.as_str(),
                    backup: place.backup,
                })
                .collect(),
            roots: Certificates::of(&connection.roots),
            roots_alone: connection.roots_alone,
            client_certificate: Certificates::of(&connection.client_certificate),
            expected_name: connection.expects.as_ref().map(|rule| rule.text()),
            strict: connection
                .strict
                .iter()
                .map(|strict| strict.setting())
                .collect(),
            tls_min: connection.tls_min.as_deref(),
            has_secrets: connection.has_secrets,
        }
    }
}

#[derive(Serialize)]
struct Place {
    host: String,
    port: u16,
    protocol: &'static str,
    backup: bool,
}

/// How many certificates; none where they were not read.
#[derive(Serialize)]
struct Certificates<'f> {
    file: Option<&'f str>,
    count: Option<usize>,
}

impl<'f> Certificates<'f> {
    fn of(material: &'f Material) -> Self {
        match material {
            Material::None => Self {
                file: None,
                count: Some(0),
            },
            Material::Named(file) => Self {
                file: Some(file),
                count: None,
            },
            Material::Read { file, certificates } => Self {
                file: file.as_deref(),
                count: Some(certificates.len()),
            },
            Material::Unreadable { file, .. } => Self {
                file: file.as_deref(),
                count: None,
            },
        }
    }
}

#[derive(Serialize)]
struct NotRead<'f> {
    file: &'f str,
    line: Option<usize>,
    why: String,
    command: Option<&'f str>,
}
