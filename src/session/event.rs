//! What can happen in a session, as data: kept in a file it is the journal, played again it is the replay.

use serde::{Deserialize, Serialize};

use crate::cause::CauseId;
use crate::diagnose::{Certainty, Verdict};
use crate::evidence::{ClientEvidence, ProbeEvent, Target, UnixTime};
use crate::guide::{Choice, Lang, System};

/// Something that happened in a session. [`super::Session::apply`] folds it in; nothing else changes a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionEvent {
    /// The person named the gateway. A run begins, from nothing.
    TargetSet {
        /// Which one.
        target: Target,
        /// When, by this device's clock.
        at: UnixTime,
    },
    /// The person walks on without naming a gateway: nothing can be checked.
    TargetSkipped,
    /// A saved chain was opened in place of a gateway: nothing is contacted, and what there is to see is there at once.
    FileOpened(SavedFile),
    /// The person said what is wrong.
    SymptomChosen {
        /// The symptom's id in wizard.toml.
        id: String,
    },
    /// The person typed or pasted an error message. Kept as given, shown sanitised.
    ErrorTextGiven {
        /// The message.
        text: String,
    },
    /// The person answered a question.
    Answered {
        /// The node asked at.
        node: String,
        /// The answer.
        choice: Choice,
    },
    /// One screen back. Answers are kept.
    WentBack,
    /// Straight to this node of the tree.
    Jumped {
        /// The node.
        node: String,
    },
    /// A screen beside the walk was opened.
    Opened(Stage),
    /// The checks were started again, from nothing.
    Rechecked {
        /// When, by this device's clock.
        at: UnixTime,
        /// What had been found before, to compare with.
        found: Vec<CauseId>,
    },
    /// A live check reported.
    Probe(ProbeEvent),
    /// A step of the checklist was marked.
    StepMarked {
        /// The step's code, for example `C04-W1`.
        code: String,
        /// How it went.
        mark: Mark,
    },
    /// A note was written beside a step, or taken away.
    StepNoted {
        /// The step's code.
        code: String,
        /// The note; empty takes it away. Kept as given, shown sanitised.
        note: String,
    },
    /// A change of the checklist was taken back.
    StepUndone {
        /// The step's code.
        code: String,
    },
    /// Before the first step that changes something, saving the settings was offered.
    SavingOffered {
        /// The cause whose steps were about to begin.
        cause: CauseId,
    },
    /// A run of checks came to its end, and this followed from it.
    Concluded {
        /// How it came out.
        verdict: Verdict,
        /// What was found, ranked.
        causes: Vec<(CauseId, Certainty)>,
        /// Of what was found before, what this run ruled out.
        gone: Vec<CauseId>,
    },
    /// Steps are wanted for this system.
    SystemChosen(System),
    /// Words are wanted in this language.
    LanguageChosen(Lang),
}

/// A saved chain and what it is judged for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedFile {
    /// The files as they were named. Text from outside.
    pub files: String,
    /// The gateway that the chain is judged for; none leaves names out.
    pub target: Option<Target>,
    /// The moment it is judged at.
    pub at: UnixTime,
    /// The file of roots that took the place of this system's, as it was named.
    pub roots: Option<String>,
    /// A client's own certificate that was given with it.
    pub client: Option<ClientEvidence>,
}

/// How a step of the checklist went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Not tried yet.
    #[default]
    Open,
    /// Done.
    Done,
    /// Tried; it did not work.
    Failed,
    /// Left out on purpose.
    Skipped,
    /// For somebody else to do.
    NotMine,
}

impl Mark {
    /// The one the space key goes to.
    pub const fn next(self) -> Self {
        match self {
            Self::Open => Self::Done,
            Self::Done => Self::Failed,
            Self::Failed => Self::Skipped,
            Self::Skipped => Self::NotMine,
            Self::NotMine => Self::Open,
        }
    }

    /// The one that Enter goes to: ticked, or not, as a box is. Pressed twice it changes nothing.
    pub const fn ticked(self) -> Self {
        match self {
            Self::Done => Self::Open,
            _ => Self::Done,
        }
    }
}

/// Where the person is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Naming the gateway.
    Target,
    /// Reading what a saved file shows.
    File,
    /// Saying what is wrong.
    Symptom,
    /// In the tree: a question, a check or the verdict, as the walk has it.
    Walk,
    /// Working through the steps for this cause.
    Steps(CauseId),
    /// Reading the text for the administrator.
    HandOver(CauseId),
}
