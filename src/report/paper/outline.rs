//! A symptom's questions in the order in which they are met, each with where its answers lead. What the program would
//! look at by itself is passed over as where nothing can be checked: paper cannot look.

use std::collections::{BTreeMap, VecDeque};

use super::{Block, Goal, Writer, anchor};
use crate::cause::CauseId;
use crate::guide::{NodeKind, Symptom, Wizard};

impl<'a> Writer<'a> {
    /// Writes the questions and outcomes of a symptom. Gives the causes of its outcomes, the first met first.
    pub(super) fn outline(&mut self, symptom: &'a Symptom, level: u8) -> Vec<CauseId> {
        let lang = self.reader.lang;
        let hint = symptom.hint.get(lang).to_owned();
        self.blocks.push(Block::Text(hint));
        let route = Route::of(symptom, &self.reader.knowledge.wizard);
        let mut causes = Vec::new();
        for id in &route.order {
            let Some(node) = self.reader.knowledge.wizard.nodes.get(*id) else {
                continue;
            };
            let Some(goal) = route.goal(id) else {
                continue;
            };
            let name = goal.anchor.clone();
            match &node.kind {
                NodeKind::Question {
                    text,
                    hint,
                    answers,
                    unsure,
                    ..
                } => {
                    let unsure_text = self.say("paper.cannot-tell");
                    let answers = answers
                        .iter()
                        .map(|answer| (answer.text.get(lang).to_owned(), answer.go.as_str()))
                        .chain([(unsure_text, unsure.as_str())])
                        .filter_map(|(text, go)| Some((self.fill(&text), route.goal(go)?)))
                        .collect();
                    self.blocks.push(Block::Question {
                        name,
                        code: goal.code,
                        text: self.fill(text.get(lang)),
                        hint: hint.as_ref().map(|hint| self.fill(hint.get(lang))),
                        answers,
                    });
                }
                NodeKind::Outcome { text, causes: of } => {
                    let listed = of
                        .iter()
                        .filter_map(|id| {
                            let cause = self.reader.knowledge.causes.get(id)?;
                            let name = self.fill(cause.name.get(lang));
                            Some((anchor(*id), cause.code.clone(), name))
                        })
                        .collect();
                    let heading = self.fill(text.get(lang));
                    self.blocks.push(Block::Heading(
                        level,
                        name,
                        format!("{}  {heading}", goal.code),
                    ));
                    self.blocks.push(Block::Outcome {
                        text: self.say("paper.come-into-question"),
                        causes: listed,
                    });
                    let fresh: Vec<CauseId> = of
                        .iter()
                        .copied()
                        .filter(|id| !causes.contains(id))
                        .collect();
                    causes.extend(fresh);
                }
                NodeKind::Check { .. } => {}
            }
        }
        causes
    }
}

/// The nodes of a symptom that stand on paper, nearest first: questions, then outcomes.
struct Route<'a> {
    wizard: &'a Wizard,
    symptom: &'a str,
    order: Vec<&'a str>,
    codes: BTreeMap<&'a str, String>,
}

impl<'a> Route<'a> {
    fn of(symptom: &'a Symptom, wizard: &'a Wizard) -> Self {
        let mut route = Self {
            wizard,
            symptom: &symptom.id,
            order: Vec::new(),
            codes: BTreeMap::new(),
        };
        let mut outcomes = Vec::new();
        let mut waiting = VecDeque::from([route.past_checks(&symptom.start)]);
        while let Some(Some(id)) = waiting.pop_front() {
            if route.codes.contains_key(id) {
                continue;
            }
            match wizard.nodes.get(id).map(|node| &node.kind) {
                Some(NodeKind::Question {
                    answers, unsure, ..
                }) => {
                    route.order.push(id);
                    let code = format!("Q{}", route.order.len());
                    route.codes.insert(id, code);
                    let next = answers.iter().map(|answer| &answer.go).chain([unsure]);
                    waiting.extend(next.map(|go| route.past_checks(go)));
                }
                Some(NodeKind::Outcome { .. }) => {
                    outcomes.push(id);
                    route.codes.insert(id, format!("R{}", outcomes.len()));
                }
                Some(NodeKind::Check { .. }) | None => {}
            }
        }
        route.order.extend(outcomes);
        route
    }

    /// The first node from here on that paper can hold. A tree was checked for circles when it was read; a limit keeps
    /// one that was not from going on for ever.
    fn past_checks(&self, id: &'a str) -> Option<&'a str> {
        let mut at = id;
        for _ in 0..=self.wizard.nodes.len() {
            match &self.wizard.nodes.get(at)?.kind {
                NodeKind::Check { otherwise, .. } => at = otherwise,
                NodeKind::Question { .. } | NodeKind::Outcome { .. } => return Some(at),
            }
        }
        None
    }

    fn goal(&self, id: &str) -> Option<Goal> {
        let (id, _) = self.wizard.nodes.get_key_value(id)?;
        let on_paper = self.past_checks(id)?;
        Some(Goal {
            anchor: format!("{}-{on_paper}", self.symptom),
            code: self.codes.get(on_paper)?.clone(),
        })
    }
}
