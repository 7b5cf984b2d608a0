//! What the screen starts with, and how the person left it.

use std::path::PathBuf;

use crate::device::trust_store::Late;
use crate::evidence::Target;
use crate::guide::{Knowledge, Lang, System};
use crate::practice::Fault;
use crate::probe::CheckOptions;
use crate::session::SavedFile;

use super::super::journal::Keep;
use super::super::model::Reasoner;
use super::super::theme::ThemeName;

/// All that the screen starts with.
pub struct Start {
    /// Causes, tree, words.
    pub knowledge: Knowledge,
    /// A saved chain to show in place of a gateway.
    pub opened: Option<Opened>,
    /// The gateway, where it is known already: its checks start at once.
    pub target: Option<Target>,
    /// What checks may do.
    pub options: CheckOptions,
    /// What is trusted.
    pub stores: Late,
    /// The VPN client asked about, if any.
    pub client: Option<String>,
    /// The language to begin with.
    pub lang: Lang,
    /// The system to give steps for.
    pub system: System,
    /// The theme to begin with.
    pub theme: ThemeName,
    /// Signs and frames of ASCII only.
    pub ascii: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// What to practise, in place of a gateway.
    pub practice: Option<PracticeStart>,
    /// Whether and where the session is written down.
    pub keep: Keep,
}

/// What is practised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PracticeStart {
    /// What is broken.
    pub fault: Fault,
    /// The number it was drawn by.
    pub seed: u64,
}

/// How the person left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// The journal of the session, where it is kept.
    pub kept: Option<PathBuf>,
    /// The language at the end.
    pub lang: Lang,
}

/// A saved chain, judged without any network.
pub struct Opened {
    /// The file, and what it is judged for.
    pub file: SavedFile,
    /// What follows from it.
    pub judge: Reasoner,
}
