//! The walk over the tree: a pure state machine. What a person chose is kept; everything else (where they stand, what
//! checks answered for them, how far it is) follows from the choices, the tree and the facts, and is worked out anew
//! each time it is asked for.
//!
//! Nothing here waits, looks or draws.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Answer, Choice, Condition, Node, NodeKind, Text, Wizard};
use crate::cause::CauseId;
use crate::evidence::ProbeId;

/// The longest pasted message that is looked at, in characters.
const MAX_MESSAGE: usize = 20_000;

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
    /// Checks whose result the person set aside to be asked instead.
    #[serde(default)]
    set_aside: BTreeSet<String>,
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
            set_aside: BTreeSet::new(),
        })
    }

    /// The symptom it began at.
    pub fn symptom(&self) -> &str {
        &self.symptom
    }

    /// Where the walk stands. `None` only for a walk that was begun on another tree and does not fit this one.
    pub fn position<'w>(&self, wizard: &'w Wizard, facts: &dyn Facts) -> Option<Position<'w>> {
        let way = self.way(wizard, facts, self.halt.as_deref())?;
        Some(self.standing(way.here, facts))
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

    /// Sets the result of the last check on the way aside: its questions are asked instead. [`Self::back`] takes that
    /// back. False where no check decided anything on the way.
    pub fn ask_instead(&mut self, wizard: &Wizard, facts: &dyn Facts) -> bool {
        let Some(way) = self.way(wizard, facts, None) else {
            return false;
        };
        let decided = |hop: &&Hop<'_>| hop.by == By::Check && is_decided(hop.node, facts);
        match way.passed.iter().rev().find(decided) {
            Some(hop) => {
                self.set_aside.insert(hop.node.id.clone());
                self.halt = None;
                true
            }
            None => false,
        }
    }

    /// Goes back to the question the person answered last before this place, or to the result of a check that was set
    /// aside. The answers from there on are kept. False where there is neither: then it is the symptom that can be
    /// changed.
    pub fn back(&mut self, wizard: &Wizard, facts: &dyn Facts) -> bool {
        let Some(way) = self.way(wizard, facts, self.halt.as_deref()) else {
            return false;
        };
        let aside = |hop: &Hop<'_>| self.set_aside.contains(&hop.node.id);
        let last = way.passed.iter().rev();
        let Some(hop) = last
            .into_iter()
            .find(|hop| hop.is_own_question() || aside(hop))
        else {
            return false;
        };
        let id = hop.node.id.clone();
        self.halt = if self.set_aside.remove(&id) {
            None
        } else {
            Some(id)
        };
        true
    }

    /// Goes forward over a question that was come back to, its answer unchanged. False where there is nothing to go
    /// forward over.
    pub fn forward(&mut self, wizard: &Wizard, facts: &dyn Facts) -> bool {
        let here = match self.position(wizard, facts) {
            Some(Position::Ask {
                node,
                chosen: Some(_),
                ..
            }) => node.to_owned(),
            _ => return false,
        };
        self.halt = self.next_own(wizard, facts, &here);
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

    /// Forgets the person's own answer to this question, so that checks decide it where they can. False where there
    /// was none.
    pub fn take_back(&mut self, node: &str) -> bool {
        self.choices.remove(node).is_some()
    }

    /// Keeps the message the person typed or pasted; questions that take one are answered by it where its words are
    /// known. An empty message takes it back.
    pub fn say(&mut self, message: &str) {
        let kept: String = message.trim().chars().take(MAX_MESSAGE).collect();
        self.message = (!kept.is_empty()).then_some(kept);
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

    /// The steps from this node to the farthest outcome, itself counted where the person would see it as a step.
    fn longest<'w>(
        &self,
        id: &'w str,
        wizard: &'w Wizard,
        facts: &dyn Facts,
        known: &mut BTreeMap<&'w str, usize>,
    ) -> usize {
        if let Some(steps) = known.get(id) {
            return *steps;
        }
        let Some(node) = wizard.nodes.get(id) else {
            return 0;
        };
        // Ends circles in a tree that was never checked.
        known.insert(id, 0);
        let steps = match (&node.kind, self.decided(node, facts)) {
            (NodeKind::Outcome { .. }, _) => 1,
            (NodeKind::Question { .. }, Some((choice, By::Check | By::Message))) => {
                leads(node, &choice).map_or(0, |to| self.longest(to, wizard, facts, known))
            }
            (NodeKind::Question { .. }, _) => 1 + self.longest_after(node, wizard, facts, known),
            (NodeKind::Check { .. }, _) => self.longest_after(node, wizard, facts, known),
        };
        known.insert(id, steps);
        steps
    }

    fn longest_after<'w>(
        &self,
        node: &'w Node,
        wizard: &'w Wizard,
        facts: &dyn Facts,
        known: &mut BTreeMap<&'w str, usize>,
    ) -> usize {
        let targets: Vec<&str> = match &node.kind {
            NodeKind::Question {
                answers, unsure, ..
            } => answers
                .iter()
                .map(|answer| answer.go.as_str())
                .chain([unsure.as_str()])
                .collect(),
            NodeKind::Check {
                branches,
                otherwise,
                ..
            } => match branch(node, facts) {
                _ if self.set_aside.contains(&node.id) => vec![otherwise.as_str()],
                Some(to) => vec![to],
                None => branches
                    .iter()
                    .map(|(_, go)| go.as_str())
                    .chain([otherwise.as_str()])
                    .collect(),
            },
            NodeKind::Outcome { .. } => Vec::new(),
        };
        let steps = targets
            .into_iter()
            .map(|to| self.longest(to, wizard, facts, known));
        steps.max().unwrap_or(0)
    }

    /// The next question after this node that the person answered before: the walk halts there, so that going
    /// forward shows what is kept.
    fn next_own(&self, wizard: &Wizard, facts: &dyn Facts, node: &str) -> Option<String> {
        let way = self.way(wizard, facts, None)?;
        let after = way
            .passed
            .iter()
            .skip_while(|hop| hop.node.id != node)
            .skip(1);
        let mut own = after.filter(|hop| hop.is_own_question());
        own.next().map(|hop| hop.node.id.clone())
    }

    /// The way as far as choices and facts lead, or to `halt`.
    fn way<'w>(
        &self,
        wizard: &'w Wizard,
        facts: &dyn Facts,
        halt: Option<&str>,
    ) -> Option<Way<'w>> {
        let symptom = wizard.symptoms.iter().find(|s| s.id == self.symptom)?;
        let mut here = wizard.nodes.get(&symptom.start)?;
        let mut passed = Vec::new();
        // A checked tree has no circles; one more step than nodes proves that this one was not.
        for _ in 0..=wizard.nodes.len() {
            if halt == Some(here.id.as_str()) {
                return Some(Way { passed, here });
            }
            let Some((choice, by, to)) = self.onward(here, facts) else {
                return Some(Way { passed, here });
            };
            passed.push(Hop {
                node: here,
                choice,
                by,
            });
            here = wizard.nodes.get(to)?;
        }
        None
    }

    /// Where it goes on from this node without asking, if it does.
    fn onward<'w>(&self, node: &'w Node, facts: &dyn Facts) -> Option<(Choice, By, &'w str)> {
        match &node.kind {
            NodeKind::Question { .. } => {
                let (choice, by) = self.decided(node, facts)?;
                let to = leads(node, &choice)?;
                Some((choice, by, to))
            }
            NodeKind::Check { otherwise, .. } => {
                if self.set_aside.contains(&node.id) {
                    return Some((Choice::Unsure, By::Person, otherwise));
                }
                if let Some(to) = branch(node, facts) {
                    return Some((Choice::Unsure, By::Check, to));
                }
                // The person did not want to wait.
                self.choices.get(&node.id)?;
                Some((Choice::Unsure, By::Person, otherwise))
            }
            NodeKind::Outcome { .. } => None,
        }
    }

    /// The answer a question has: the person's own, else what checks say, else what the pasted message says.
    fn decided(&self, node: &Node, facts: &dyn Facts) -> Option<(Choice, By)> {
        let NodeKind::Question { answers, paste, .. } = &node.kind else {
            return None;
        };
        if let Some(own) = self.choices.get(&node.id)
            && leads(node, own).is_some()
        {
            return Some((own.clone(), By::Person));
        }
        let checked = answers.iter().find(|answer| {
            !answer.when.is_empty() && answer.when.iter().all(|c| facts.holds(c) == Some(true))
        });
        if let Some(answer) = checked {
            return Some((Choice::Answer(answer.id.clone()), By::Check));
        }
        let message = self.message.as_deref().filter(|_| *paste)?;
        let answer = said(answers, message)?;
        Some((Choice::Answer(answer.id.clone()), By::Message))
    }

    fn standing<'w>(&self, node: &'w Node, facts: &dyn Facts) -> Position<'w> {
        let id = node.id.as_str();
        match &node.kind {
            NodeKind::Question {
                text,
                hint,
                answers,
                paste,
                ..
            } => Position::Ask {
                node: id,
                text,
                hint: hint.as_ref(),
                answers,
                paste: *paste,
                chosen: self.decided(node, facts),
            },
            NodeKind::Check { text, probes, .. } => Position::Wait {
                node: id,
                text,
                probes: probes
                    .iter()
                    .copied()
                    .filter(|p| !facts.finished(*p))
                    .collect(),
            },
            NodeKind::Outcome { text, causes } => Position::Outcome {
                node: id,
                text,
                causes,
            },
        }
    }
}

/// A way over the tree and where it ends for now.
struct Way<'w> {
    passed: Vec<Hop<'w>>,
    here: &'w Node,
}

/// One node that was passed.
struct Hop<'w> {
    node: &'w Node,
    choice: Choice,
    by: By,
}

impl<'w> Hop<'w> {
    fn is_question(&self) -> bool {
        matches!(self.node.kind, NodeKind::Question { .. })
    }

    fn is_own_question(&self) -> bool {
        self.by == By::Person && self.is_question()
    }

    fn question(self) -> Option<Passed<'w>> {
        let NodeKind::Question { text, answers, .. } = &self.node.kind else {
            return None;
        };
        let answer = match &self.choice {
            Choice::Answer(id) => answers.iter().find(|answer| answer.id == *id),
            Choice::Unsure => None,
        };
        Some(Passed {
            node: &self.node.id,
            text,
            answer,
            by: self.by,
        })
    }
}

/// Where this choice leads from a question, if it is one of its answers.
fn leads<'w>(node: &'w Node, choice: &Choice) -> Option<&'w str> {
    let NodeKind::Question {
        answers, unsure, ..
    } = &node.kind
    else {
        return None;
    };
    match choice {
        Choice::Unsure => Some(unsure),
        Choice::Answer(id) => answers.iter().find(|a| a.id == *id).map(|a| a.go.as_str()),
    }
}

/// Whether a check found what one of its branches asks for.
fn is_decided(node: &Node, facts: &dyn Facts) -> bool {
    match &node.kind {
        NodeKind::Check { branches, .. } => branches.iter().any(|(when, _)| {
            when.iter()
                .all(|condition| facts.holds(condition) == Some(true))
        }),
        _ => false,
    }
}

/// Where a check leads once everything it waits for has ended.
fn branch<'w>(node: &'w Node, facts: &dyn Facts) -> Option<&'w str> {
    let NodeKind::Check {
        probes,
        branches,
        otherwise,
        ..
    } = &node.kind
    else {
        return None;
    };
    if !probes.iter().all(|probe| facts.finished(*probe)) {
        return None;
    }
    let taken = branches.iter().find(|(when, _)| {
        when.iter()
            .all(|condition| facts.holds(condition) == Some(true))
    });
    Some(taken.map_or(otherwise, |(_, go)| go))
}

/// The first answer of whose words the message holds one: answers stand in the order from particular to general.
fn said<'w>(answers: &'w [Answer], message: &str) -> Option<&'w Answer> {
    let words: Vec<String> = message.split_whitespace().map(str::to_lowercase).collect();
    let plain = words
        .join(" ")
        .replace(['\u{2018}', '\u{2019}'], "'")
        .replace(['\u{201c}', '\u{201d}'], "\"");
    answers
        .iter()
        .find(|answer| answer.words.iter().any(|word| holds_word(&plain, word)))
}

/// Whether the words stand in the text. Numbers count only whole: 691 is not in 16910.
fn holds_word(text: &str, word: &str) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !(digit(word.chars().next()) && digit(before)) && !(digit(word.chars().next_back()) && digit(after))
    })
}
