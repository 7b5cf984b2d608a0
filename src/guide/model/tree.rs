//! The decision tree: symptoms, nodes, answers, conditions. Moving over it is in the walker.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::site::Site;
use super::{System, Text};
use crate::cause::CauseId;
use crate::evidence::{ProbeId, ProbeOutcome};
use crate::guide::messages::Messages;

/// The decision tree and the site's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wizard {
    /// `[site]`.
    pub site: Site,
    /// What a person can say is wrong, in the order shown.
    pub symptoms: Vec<Symptom>,
    /// The nodes by id.
    pub nodes: BTreeMap<String, Node>,
    /// The messages that a pasted text is looked up in.
    pub messages: Messages,
}

/// What a person can say is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symptom {
    /// Its id.
    pub id: String,
    /// In the person's words.
    pub text: Text,
    /// One more line for those who hesitate.
    pub hint: Text,
    /// The node where its walk begins.
    pub start: String,
}

/// One node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
}

/// Kinds of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Something only a person (or evidence, where `when` holds) can answer.
    Question {
        /// What is asked.
        text: Text,
        /// Why, or where to look.
        hint: Option<Text>,
        /// The answers, in the order shown.
        answers: Vec<Answer>,
        /// Where "I cannot tell" leads.
        unsure: String,
        /// Whether the person can type or paste a message here; the answers' `words` then choose for them.
        paste: bool,
    },
    /// Waits for live checks, then branches on what they found.
    Check {
        /// What is being looked at.
        text: Text,
        /// The checks it waits for.
        probes: Vec<ProbeId>,
        /// The first whose conditions all hold is taken.
        branches: Vec<(Vec<Condition>, String)>,
        /// Taken when none holds, and when nothing can be checked.
        otherwise: String,
    },
    /// The end of a walk: what comes into question, the likeliest first.
    Outcome {
        /// What to say above the causes.
        text: Text,
        /// The causes.
        causes: Vec<CauseId>,
    },
}

/// One answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its id within the question.
    pub id: String,
    /// In the person's words.
    pub text: Text,
    /// Where it leads.
    pub go: String,
    /// Taken without asking when all of these hold (and there is at least one).
    pub when: Vec<Condition>,
    /// Taken when a pasted message holds one of these; in lower case.
    pub words: Vec<String>,
}

/// Something evidence can decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `cause:<id>`: found, at least likely.
    Found(CauseId),
    /// `ruled-out:<id>`.
    RuledOut(CauseId),
    /// `probe:<id>=<outcome>`.
    Probe(ProbeId, ProbeOutcome),
    /// `system:<os>`.
    System(System),
}

/// What a person chose at a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// One of its answers.
    Answer(String),
    /// "I cannot tell."
    Unsure,
}
