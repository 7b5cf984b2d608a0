//! The shapes of the knowledge. How files become these is in the loader, how people move over the tree in the walker.

mod cause;
mod site;
mod tree;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::causes::Causes;
use super::messages::Catalogue;
use crate::evidence::System;

pub use cause::{Cause, Layer, Owner, Place, Step, StepKind};
pub use site::{Contact, Gateway, Link, PortalCheck, Site};
pub use tree::{Answer, Choice, Condition, Node, NodeKind, Symptom, Wizard};

/// The languages everything for people exists in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// One text in every language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Japanese.
    pub ja: String,
}

impl Text {
    /// The text in this language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ja => &self.ja,
        }
    }
}

/// The systems of observations are the systems of the knowledge; where steps apply is the knowledge's alone.
impl System {
    /// Where steps for this system apply.
    pub const fn place(self) -> Place {
        match self {
            Self::Windows => Place::Windows,
            Self::Macos => Place::Macos,
            Self::Linux => Place::Linux,
            Self::Ios => Place::Ios,
            Self::Android => Place::Android,
        }
    }
}

/// Values for the placeholders of texts and commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fill {
    /// `{host}`.
    pub host: String,
    /// `{port}`.
    pub port: u16,
    /// `{address}`: the address in use, or the host where none is known.
    pub address: String,
}

/// The words of the interface, by dotted id, from `assets/ui/*.toml`: each file is read when one of its texts is first
/// asked for.
#[derive(Clone, Debug)]
pub struct Texts {
    pub(super) rooms: &'static super::texts::Rooms,
    /// For the names of causes that a message speaks of by their ids.
    pub(super) causes: Causes,
}

/// Everything known, loaded and checked.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// The words of the interface.
    pub texts: Texts,
    /// Every cause.
    pub causes: Causes,
    /// The tree and the site's settings.
    pub wizard: Wizard,
    /// This device's Linux family (`debian`, `fedora`, `arch`), where it is known: steps for the others are left out.
    pub distro: Option<&'static str>,
}

impl Knowledge {
    /// The messages that people see: ours, and the site's own.
    pub fn messages(&self) -> Arc<Catalogue> {
        self.wizard.messages.catalogue()
    }
}

/// One thing wrong with a knowledge file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintError {
    /// The file, as the person named it.
    pub file: String,
    /// Line, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Column in characters, from 1; 0 where the whole line is meant.
    pub column: usize,
    /// What is wrong and what was expected, in English (the linter's readers are the files' authors).
    pub message: String,
}

impl std::fmt::Display for LintError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(f, "{}: {}", self.file, self.message),
            (line, 0) => write!(f, "{}:{line}: {}", self.file, self.message),
            (line, column) => write!(f, "{}:{line}:{column}: {}", self.file, self.message),
        }
    }
}
