//! How a walk gets from choices and facts to where it stands: the way over the tree, worked out anew each time.

use std::collections::{BTreeMap, BTreeSet};

use super::{By, Facts, Passed, Position, Walk};
use crate::cause::CauseId;
use crate::guide::{Answer, Choice, Node, NodeKind, Wizard};

impl Walk {
    /// The steps from this node to the farthest outcome, itself counted where the person would see it as a step.
    pub(super) fn longest<'w>(
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
        let steps = match (&node.kind, self.decided(node, wizard, facts)) {
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

    pub(super) fn longest_after<'w>(
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
    pub(super) fn next_own(
        &self,
        wizard: &Wizard,
        facts: &dyn Facts,
        node: &str,
    ) -> Option<String> {
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
    pub(super) fn way<'w>(
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
            let Some((choice, by, to)) = self.onward(here, wizard, facts) else {
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
    fn onward<'w>(
        &self,
        node: &'w Node,
        wizard: &Wizard,
        facts: &dyn Facts,
    ) -> Option<(Choice, By, &'w str)> {
        match &node.kind {
            NodeKind::Question { .. } => {
                let (choice, by) = self.decided(node, wizard, facts)?;
                let to = leads(node, &choice)?;
                Some((choice, by, to))
            }
            NodeKind::Check { otherwise, .. } => {
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
    fn decided(&self, node: &Node, wizard: &Wizard, facts: &dyn Facts) -> Option<(Choice, By)> {
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
        let answer = said(answers, message).or_else(|| self.meant(answers, wizard))?;
        Some((Choice::Answer(answer.id.clone()), By::Message))
    }

    /// The answer that leads to what the message points to, where the answers' own words do not know it: of those that
    /// lead there, the one whose outcome names the likeliest cause soonest.
    fn meant<'n>(&self, answers: &'n [Answer], wizard: &Wizard) -> Option<&'n Answer> {
        let cause = self.heard.causes.first()?;
        let place = |answer: &Answer| soonest(&answer.go, *cause, wizard);
        let leading = answers.iter().filter_map(|a| Some((place(a)?, a)));
        leading.min_by_key(|(place, _)| *place).map(|(_, a)| a)
    }

    pub(super) fn standing<'w>(
        &self,
        node: &'w Node,
        wizard: &Wizard,
        facts: &dyn Facts,
    ) -> Position<'w> {
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
                chosen: self.decided(node, wizard, facts),
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
pub(super) struct Way<'w> {
    pub(super) passed: Vec<Hop<'w>>,
    pub(super) here: &'w Node,
}

/// One node that was passed.
pub(super) struct Hop<'w> {
    pub(super) node: &'w Node,
    pub(super) choice: Choice,
    pub(super) by: By,
}

impl<'w> Hop<'w> {
    pub(super) fn is_question(&self) -> bool {
        matches!(self.node.kind, NodeKind::Question { .. })
    }

    pub(super) fn is_own_question(&self) -> bool {
        self.by == By::Person && self.is_question()
    }

    pub(super) fn question(self) -> Option<Passed<'w>> {
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

/// The place of this cause in the outcome that names it soonest, of all that can be reached from this node.
fn soonest(from: &str, cause: CauseId, wizard: &Wizard) -> Option<usize> {
    let mut open = vec![from];
    let mut seen = BTreeSet::new();
    let mut best = None;
    while let Some(id) = open.pop() {
        let Some(node) = wizard.nodes.get(id).filter(|_| seen.insert(id)) else {
            continue;
        };
        match &node.kind {
            NodeKind::Question {
                answers, unsure, ..
            } => {
                open.extend(answers.iter().map(|answer| answer.go.as_str()));
                open.push(unsure);
            }
            NodeKind::Check {
                branches,
                otherwise,
                ..
            } => {
                open.extend(branches.iter().map(|(_, go)| go.as_str()));
                open.push(otherwise);
            }
            NodeKind::Outcome { causes, .. } => {
                let place = causes.iter().position(|named| *named == cause);
                best = [best, place].into_iter().flatten().min();
            }
        }
    }
    best
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
        let goes_on_before = digit(word.chars().next()) && digit(before);
        let goes_on_after = digit(word.chars().next_back()) && digit(after);
        !goes_on_before && !goes_on_after
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::Knowledge;

    #[test]
    fn numbers_count_only_whole_and_words_anywhere() {
        for (text, word, expected) in [
            ("error 691: denied", "691", true),
            ("error 16910", "691", false),
            ("error 1691", "691", false),
            ("error 6910", "691", false),
            ("error 1691, then 691", "691", true),
            ("エラー691です", "691", true),
            ("tls1 failed", "tls", true),
            ("undenied", "denied", true),
        ] {
            assert_eq!(holds_word(text, word), expected, "{word} in {text}");
        }
    }

    /// Of several outcomes, the one that thinks of the cause first counts.
    #[test]
    fn the_soonest_place_of_a_cause_is_found_behind_every_answer() {
        let outcome = |id: &str, causes: &str| {
            format!(
                "[[node]]\nid = \"{id}\"\nkind = \"outcome\"\ntext = {{ en = \"A\", ja = \"あ\" }}\ncauses = [{causes}]\n"
            )
        };
        let text = format!(
            "[[symptom]]\nid = \"s\"\ntext = {{ en = \"A\", ja = \"あ\" }}\nhint = {{ en = \"A\", ja = \"あ\" }}\n\
             start = \"q\"\n[[node]]\nid = \"q\"\nkind = \"question\"\ntext = {{ en = \"A\", ja = \"あ\" }}\n\
             unsure = \"far\"\n[[node.answer]]\nid = \"yes\"\ntext = {{ en = \"A\", ja = \"あ\" }}\ngo = \"near\"\n{}{}",
            outcome("far", "\"no-network\", \"dns-timeout\", \"mtu-blackhole\""),
            outcome("near", "\"captive-portal\", \"mtu-blackhole\""),
        );
        let wizard = Knowledge::load(Some(("w.toml", text.as_bytes())))
            .unwrap()
            .wizard;
        for (from, cause, expected) in [
            ("q", CauseId::MTU_BLACKHOLE, Some(1)),
            ("far", CauseId::MTU_BLACKHOLE, Some(2)),
            ("q", CauseId::DNS_TIMEOUT, Some(1)),
            ("q", CauseId::CAPTIVE_PORTAL, Some(0)),
            ("near", CauseId::NO_NETWORK, None),
        ] {
            assert_eq!(
                soonest(from, cause, &wizard),
                expected,
                "{cause} from {from}"
            );
        }
    }
}
