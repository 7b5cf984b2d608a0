//! The walk over the tree: a pure state machine. What a person chose is kept; everything else (where they stand, what
//! checks answered for them, how far it is) follows from the choices, the tree and the facts, and is worked out anew
//! each time it is asked for.
//!
//! Nothing here waits, looks or draws.

mod way;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::way::Hop;
use super::messages::Catalogue;
use super::{Answer, Choice, Condition, NodeKind, Text, Wizard};
use crate::cause::CauseId;
use crate::evidence::ProbeId;

/// The longest pasted message that is looked at, in characters.
const MAX_MESSAGE: usize = 20_000;
/// How many of the messages and causes recognised in it are kept.
const MOST_HEARD: usize = 6;

/// The symptom that stands for trying a second VPN program: a verdict offers it by this id, where the tree has it.
pub const COMPARE: &str = "compare";

/// What evidence says, as far as the tree asks.
pub trait Facts {
    /// Whether the condition holds; unknown where nothing was seen that decides it.
    fn holds(&self, condition: &Condition) -> Option<bool>;

    /// Whether nothing more will come from this check: it ended, was skipped, or will never be run.
    fn finished(&self, probe: ProbeId) -> bool;
}

/// Facts of a run that looks at nothing: every question is the person's.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn holds(&self, _: &Condition) -> Option<bool> {
        None
    }

    fn finished(&self, _: ProbeId) -> bool {
        true
    }
}

/// One person's walk from a symptom towards an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    symptom: String,
    /// The person's own choices by node, kept even while another answer leads elsewhere.
    choices: BTreeMap<String, Choice>,
    /// The question the person went back to; the walk halts there though it is answered.
    halt: Option<String>,
    message: Option<String>,
    /// What the message points to, where the catalogue of messages knows it.
    #[serde(default)]
    heard: Heard,
}

/// What the message a person pasted points to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The messages recognised in it, by their ids, the surest first.
    pub messages: Vec<String>,
    /// The causes they point to, the likeliest first.
    pub causes: Vec<CauseId>,
}

impl Heard {
    /// What the catalogue makes of this text.
    pub fn in_text(catalogue: &Catalogue, text: &str) -> Self {
        let explanation = catalogue.explain(text);
        let ids = explanation.messages.iter().take(MOST_HEARD);
        let causes = explanation.causes.iter().take(MOST_HEARD);
        Self {
            messages: ids.map(|found| found.message.id.clone()).collect(),
            causes: causes.map(|ranked| ranked.cause).collect(),
        }
    }
}

/// Where a walk stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position<'w> {
    /// At a question.
    Ask {
        /// The node.
        node: &'w str,
        /// What is asked.
        text: &'w Text,
        /// Why, or where to look.
        hint: Option<&'w Text>,
        /// The answers; "I cannot tell" is always one more.
        answers: &'w [Answer],
        /// Whether a message can be typed or pasted here.
        paste: bool,
        /// The answer it already has, where the person came back to it, and whose.
        chosen: Option<(Choice, By)>,
    },
    /// Waiting for checks. The person may go on without them: choose [`Choice::Unsure`].
    Wait {
        /// The node.
        node: &'w str,
        /// What is being looked at.
        text: &'w Text,
        /// The checks that are still running.
        probes: Vec<ProbeId>,
    },
    /// At the end.
    Outcome {
        /// The node.
        node: &'w str,
        /// What to say above the causes.
        text: &'w Text,
        /// What comes into question, the likeliest first.
        causes: &'w [CauseId],
    },
}

impl<'w> Position<'w> {
    /// The node stood at.
    pub fn node(&self) -> &'w str {
        match self {
            Self::Ask { node, .. } | Self::Wait { node, .. } | Self::Outcome { node, .. } => node,
        }
    }
}

/// Who gave an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The person.
    Person,
    /// A check.
    Check,
    /// The message the person pasted.
    Message,
}

/// A question that was passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed<'w> {
    /// The node.
    pub node: &'w str,
    /// What was asked.
    pub text: &'w Text,
    /// The answer taken; none for "I cannot tell".
    pub answer: Option<&'w Answer>,
    /// Whose answer it is.
    pub by: By,
}

impl Walk {
    /// A walk that begins at this symptom, if the tree has it.
    pub fn start(wizard: &Wizard, symptom: &str) -> Option<Self> {
        let known = wizard.symptoms.iter().any(|s| s.id == symptom);
        known.then(|| Self {
            symptom: symptom.to_owned(),
            choices: BTreeMap::new(),
            halt: None,
            message: None,
            heard: Heard::default(),
        })
    }

    /// The symptom it began at.
    pub fn symptom(&self) -> &str {
        &self.symptom
    }

    /// Where the walk stands. `None` only for a walk that was begun on another tree and does not fit this one.
    pub fn position<'w>(&self, wizard: &'w Wizard, facts: &dyn Facts) -> Option<Position<'w>> {
        let way = self.way(wizard, facts, self.halt.as_deref())?;
        Some(self.standing(way.here, wizard, facts))
    }

    /// The questions passed so far, in order.
    pub fn trail<'w>(&self, wizard: &'w Wizard, facts: &dyn Facts) -> Vec<Passed<'w>> {
        let way = self.way(wizard, facts, self.halt.as_deref());
        let hops = way.map(|way| way.passed).unwrap_or_default();
        hops.into_iter().filter_map(Hop::question).collect()
    }

    /// Takes this choice at the node the walk stands at and goes on: to the next question, or to the next one that
    /// the person answered before, its answer kept. False, and nothing changes, where the walk does not stand at this
    /// node (a check may have answered it in the meantime) or the choice is none of its answers.
    pub fn choose(
        &mut self,
        wizard: &Wizard,
        facts: &dyn Facts,
        node: &str,
        choice: Choice,
    ) -> bool {
        let fits = match self.position(wizard, facts) {
            Some(Position::Ask {
                node: here,
                answers,
                ..
            }) if here == node => match &choice {
                Choice::Unsure => true,
                Choice::Answer(id) => answers.iter().any(|answer| answer.id == *id),
            },
            Some(Position::Wait { node: here, .. }) => here == node && choice == Choice::Unsure,
            _ => false,
        };
        if fits {
            self.choices.insert(node.to_owned(), choice);
            self.halt = self.next_own(wizard, facts, node);
        }
        fits
    }

    /// Goes back to the question the person answered last before this place. The answers from there on are kept. False
    /// where there is none: then it is the symptom that can be changed.
    pub fn back(&mut self, wizard: &Wizard, facts: &dyn Facts) -> bool {
        let Some(way) = self.way(wizard, facts, self.halt.as_deref()) else {
            return false;
        };
        let mut last = way.passed.iter().rev();
        let Some(hop) = last.find(|hop| hop.is_own_question()) else {
            return false;
        };
        self.halt = Some(hop.node.id.clone());
        true
    }

    /// Goes to any question of the trail, also to one that a check answered; the answers are kept. False where the
    /// node is not on the way.
    pub fn jump(&mut self, wizard: &Wizard, facts: &dyn Facts, node: &str) -> bool {
        let Some(way) = self.way(wizard, facts, None) else {
            return false;
        };
        let on_way = way
            .passed
            .iter()
            .any(|hop| hop.node.id == node && hop.is_question());
        if on_way {
            self.halt = Some(node.to_owned());
        } else if way.here.id == node {
            self.halt = None;
        } else {
            return false;
        }
        true
    }

    /// Keeps the message the person typed or pasted; questions that take one are answered by it where its words are
    /// known. An empty message takes it back.
    pub fn say(&mut self, wizard: &Wizard, message: &str) {
        let kept: String = message.trim().chars().take(MAX_MESSAGE).collect();
        self.heard = match kept.is_empty() {
            true => Heard::default(),
            false => Heard::in_text(&wizard.messages.catalogue(), &kept),
        };
        self.message = (!kept.is_empty()).then_some(kept);
    }

    /// What the message points to; nothing where it is not known or there is none.
    pub fn heard(&self) -> &Heard {
        &self.heard
    }

    /// The message the person typed or pasted.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Which step this is for the person and how many there are at most from here, both from 1: questions that checks
    /// answer are no steps, the outcome is one.
    pub fn progress(&self, wizard: &Wizard, facts: &dyn Facts) -> (usize, usize) {
        let Some(way) = self.way(wizard, facts, self.halt.as_deref()) else {
            return (1, 1);
        };
        let before = way
            .passed
            .iter()
            .filter(|hop| hop.is_own_question())
            .count();
        let mut known = BTreeMap::new();
        let ahead = match &way.here.kind {
            // Stood at, so it is a step, whoever answered it.
            NodeKind::Question { .. } => {
                1 + self.longest_after(way.here, wizard, facts, &mut known)
            }
            _ => self.longest(&way.here.id, wizard, facts, &mut known),
        };
        (before + 1, before + ahead.max(1))
    }
}
