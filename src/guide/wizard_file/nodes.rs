//! `[[node]]`: questions, checks and outcomes. Whether they make a tree is in [`crate::guide::tree`].

use std::collections::BTreeSet;

use super::check_id;
use super::conditions::{Branch, branches, conditions};
use crate::cause::CauseId;
use crate::evidence::ProbeId;
use crate::guide::placeholder::OF_TARGET;
use crate::guide::reader::{At, Reader};
use crate::guide::tree::Draft;
use crate::guide::{Answer, NodeKind, Text};

/// What a `kind` may be.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Question,
    Check,
    Outcome,
}

pub(super) fn node(table: Reader<'_, '_>, found: &[Branch]) -> Option<Draft> {
    let id = table.str("id");
    check_id(&table, id.as_ref());
    let kind = table.word::<Kind>("kind");
    let text = table.text("text", Some(&OF_TARGET));
    let mut leads = Vec::new();
    let kind = match kind.map(|k| k.value) {
        // Without a kind the other keys cannot be judged.
        None => return id.map(Draft::broken),
        Some(Kind::Question) => question(&table, text, &mut leads),
        Some(Kind::Check) => check(&table, text, found, &mut leads),
        Some(Kind::Outcome) => outcome(&table, text),
    };
    table.finish();
    let id = id?;
    Some(match kind {
        Some(kind) => Draft::new(id, kind, leads),
        None => Draft {
            leads,
            leads_known: true,
            ..Draft::broken(id)
        },
    })
}

fn question(
    table: &Reader<'_, '_>,
    text: Option<Text>,
    leads: &mut Vec<At<String>>,
) -> Option<NodeKind> {
    let hint = table.optional_text("hint", Some(&OF_TARGET));
    let paste = table.flag("paste");
    let unsure = table.str("unsure");
    let mut answers = Vec::new();
    let mut seen = BTreeSet::new();
    let tables = table.tables("answer", "the answer");
    if tables.is_empty() {
        table.error(
            table.span(),
            "the question has no [[node.answer]]; expected at least one",
        );
    }
    for answer in tables {
        let id = answer.str("id");
        check_id(&answer, id.as_ref());
        let text = answer.text("text", Some(&OF_TARGET));
        let go = answer.str("go");
        let when = conditions(&answer, "when");
        let words = answer.strs("words");
        if let Some(first) = words.first()
            && !paste
        {
            answer.error(
                &first.span,
                "`words` are compared with a pasted message; the question needs paste = true",
            );
        }
        if let Some(id) = &id
            && !seen.insert(id.value.clone())
        {
            answer.error(
                &id.span,
                format!(
                    "the answer id `{}` is used twice in this question",
                    id.value
                ),
            );
        }
        leads.extend(go.clone());
        answer.finish();
        if let (Some(id), Some(text), Some(go)) = (id, text, go) {
            answers.push(Answer {
                id: id.value,
                text,
                go: go.value,
                when,
                words: words.into_iter().map(|w| w.value.to_lowercase()).collect(),
            });
        }
    }
    leads.extend(unsure.clone());
    Some(NodeKind::Question {
        text: text?,
        hint,
        answers,
        unsure: unsure?.value,
        paste,
    })
}

fn check(
    table: &Reader<'_, '_>,
    text: Option<Text>,
    found: &[Branch],
    leads: &mut Vec<At<String>>,
) -> Option<NodeKind> {
    let probes: Vec<ProbeId> = table.words("probes").into_iter().map(|p| p.value).collect();
    if table.lists_nothing("probes") {
        table.error(
            table.span(),
            "the check has no `probes`; expected at least one",
        );
    }
    let otherwise = table.str("otherwise");
    let mut branches = branches(table, "branch", "the branch");
    if table.flag("found") {
        branches.extend_from_slice(found);
    }
    if branches.is_empty() {
        table.error(
            table.span(),
            "the check decides nothing; expected [[node.branch]], or found = true and [[found]]",
        );
    }
    leads.extend(branches.iter().map(|branch| branch.go.clone()));
    leads.extend(otherwise.clone());
    let branches = branches.into_iter();
    Some(NodeKind::Check {
        text: text?,
        probes,
        branches: branches
            .flat_map(|branch| {
                branch
                    .ways
                    .into_iter()
                    .map(move |way| (way, branch.go.value.clone()))
            })
            .collect(),
        otherwise: otherwise?.value,
    })
}

fn outcome(table: &Reader<'_, '_>, text: Option<Text>) -> Option<NodeKind> {
    let causes = table.words::<CauseId>("causes");
    if table.lists_nothing("causes") {
        table.error(
            table.span(),
            "the outcome has no `causes`; expected at least one",
        );
    }
    let mut seen = BTreeSet::new();
    for cause in &causes {
        if !seen.insert(cause.value) {
            table.error(
                &cause.span,
                format!("the cause `{}` is listed twice", cause.value),
            );
        }
    }
    Some(NodeKind::Outcome {
        text: text?,
        causes: causes.into_iter().map(|c| c.value).collect(),
    })
}
