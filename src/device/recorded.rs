//! Answers of a device that were written down: a folder with the files of that device under `root`, and `header.toml`
//! with where they come from, what its commands answered, its links and what it refused to show.
//!
//! ```toml
//! source = "Ubuntu 24.04.2, a laptop of ours, 2026-11"
//! composed = false                              # true where it was put together from documentation
//! refused = ["/proc/1/exe"]                     # files, folders and commands that needed rights
//! variables = { HOME = "/home/u" }
//! links = { "/proc/812/exe" = "/opt/cisco/secureclient/bin/vpnagentd" }
//! characters = { "/dev/net/tun" = [10, 200] }
//! changed = { "/etc/ssl/certs/ca-certificates.crt" = 1767225600 }
//! [commands]
//! "chronyc -n -c tracking" = { file = "chronyc.txt", code = 0 }
//! "powershell -NoProfile *" = { file = "document.json" }   # whatever follows; the whole line comes first
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::facts::Deadline;
use super::source::{Answer, Miss, Node, NodeKind, Real, Source};
use crate::evidence::UnixTime;

/// A device that was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    folder: PathBuf,
    files: Real,
    header: Header,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Header {
    source: String,
    composed: bool,
    #[serde(default)]
    refused: Vec<String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    links: BTreeMap<String, String>,
    #[serde(default)]
    characters: BTreeMap<String, [u32; 2]>,
    #[serde(default)]
    changed: BTreeMap<String, i64>,
    #[serde(default)]
    commands: BTreeMap<String, Told>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    /// The file with what it wrote, beside the header.
    file: Option<String>,
    #[serde(default)]
    code: i32,
}

impl Recorded {
    /// Opens a sample.
    ///
    /// # Errors
    /// What is wrong with its header, in English.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let path = folder.join("header.toml");
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let header: Header =
            toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        if header.source.trim().is_empty() {
            return Err(format!("{}: it does not say its source", path.display()));
        }
        Ok(Self {
            folder: folder.to_owned(),
            files: Real::under(folder.join("root")),
            header,
        })
    }

    /// Where it comes from.
    pub fn source(&self) -> &str {
        &self.header.source
    }

    /// Whether it was put together from documentation.
    pub const fn is_composed(&self) -> bool {
        self.header.composed
    }

    /// What was recorded for this line, or for every line that begins so.
    fn told(&self, line: &str) -> Option<&Told> {
        let begins = |(key, _): &(&String, &Told)| {
            key.strip_suffix('*')
                .is_some_and(|start| line.starts_with(start))
        };
        let commands = &self.header.commands;
        let begun = || commands.iter().find(begins).map(|(_, told)| told);
        commands.get(line).or_else(begun)
    }

    fn allow(&self, what: &str) -> Result<(), Miss> {
        let refused = self.header.refused.iter().any(|one| one == what);
        if refused {
            Err(Miss::NotPermitted)
        } else {
            Ok(())
        }
    }
}

impl Source for Recorded {
    fn file(&self, path: &str) -> Result<Vec<u8>, Miss> {
        self.allow(path)?;
        self.files.file(path)
    }

    fn folder(&self, path: &str) -> Result<Vec<String>, Miss> {
        self.allow(path)?;
        self.files.folder(path)
    }

    fn link(&self, path: &str) -> Result<String, Miss> {
        self.allow(path)?;
        self.header.links.get(path).cloned().ok_or(Miss::Absent)
    }

    fn node(&self, path: &str) -> Result<Node, Miss> {
        self.allow(path)?;
        let changed = self.header.changed.get(path).copied().map(UnixTime);
        match self.header.characters.get(path) {
            Some([major, minor]) => Ok(Node {
                kind: NodeKind::Character {
                    major: *major,
                    minor: *minor,
                },
                changed,
            }),
            // When the sample was checked out says nothing.
            None => self.files.node(path).map(|node| Node { changed, ..node }),
        }
    }

    fn run(&self, program: &str, arguments: &[&str], _until: Deadline) -> Result<Answer, Miss> {
        let line = std::iter::once(&program)
            .chain(arguments)
            .copied()
            .collect::<Vec<_>>()
            .join(" ");
        self.allow(&line)?;
        let told = self.told(&line).ok_or(Miss::Absent)?;
        let out = match &told.file {
            Some(file) => fs::read(self.folder.join(file))?,
            None => Vec::new(),
        };
        Ok(Answer {
            code: Some(told.code),
            out,
        })
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.header.variables.get(name).cloned()
    }
}
