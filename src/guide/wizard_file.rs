//! `wizard.toml`: the site's settings, the symptoms and the nodes of the tree, read and checked one by one.
//!
//! Whether the nodes make a tree (nothing dangling, nothing unreachable, no circle) is in [`super::tree`].

mod conditions;
mod nodes;
mod site;

use std::collections::{BTreeMap, BTreeSet};

use super::messages::Messages;
use super::reader::{self, At, Reader};
use super::source::Source;
use super::texts::is_kebab;
use super::tree::Draft;
use super::{Symptom, Wizard, tree};
use conditions::branches;
use nodes::node;
use site::site;

/// Reads the site's settings of a wizard that has nothing else.
pub(super) fn read_settings(source: &Source<'_>) -> Option<Wizard> {
    let table = reader::parse(source)?;
    let reader = Reader::new(source, table.get_ref(), 0..0, "the wizard");
    let site = reader.table("site").map(site).unwrap_or_default();
    reader.finish();
    Some(Wizard {
        site,
        symptoms: Vec::new(),
        nodes: BTreeMap::new(),
        messages: Messages::default(),
    })
}

/// Reads the wizard. `None` where the file is no TOML; everything wrong is in the source.
pub(super) fn read(source: &Source<'_>) -> Option<Wizard> {
    let table = reader::parse(source)?;
    let reader = Reader::new(source, table.get_ref(), 0..0, "the wizard");
    let site = reader.table("site").map(site).unwrap_or_default();
    let symptoms: Vec<SymptomDraft> = reader
        .tables("symptom", "the symptom")
        .into_iter()
        .map(symptom)
        .collect();
    let found = branches(&reader, "found", "the found cause");
    let tables = reader.tables("node", "the node");
    let written = tables.len();
    let nodes: Vec<Draft> = tables
        .into_iter()
        .filter_map(|table| node(table, &found))
        .collect();
    if symptoms.is_empty() {
        reader.error(
            reader.span(),
            "there is no [[symptom]]; expected at least one",
        );
    }
    reader.finish();
    let mut seen = BTreeSet::new();
    for id in symptoms.iter().filter_map(|draft| draft.id.as_ref()) {
        if !seen.insert(&id.value) {
            let message = format!("the symptom id `{}` is used twice", id.value);
            source.error(&id.span, message);
        }
    }
    let starts: Vec<At<String>> = symptoms.iter().filter_map(|d| d.start.clone()).collect();
    let all_read = starts.len() == symptoms.len()
        && nodes.len() == written
        && nodes.iter().all(|draft| draft.leads_known);
    tree::check(source, &starts, &nodes, all_read);
    Some(Wizard {
        site,
        symptoms: symptoms.into_iter().filter_map(|d| d.symptom).collect(),
        nodes: nodes
            .into_iter()
            .map(|draft| (draft.node.id.clone(), draft.node))
            .collect(),
        messages: Messages::default(),
    })
}

/// A symptom as far as it could be read.
struct SymptomDraft {
    symptom: Option<Symptom>,
    id: Option<At<String>>,
    start: Option<At<String>>,
}

fn symptom(table: Reader<'_, '_>) -> SymptomDraft {
    let id = table.str("id");
    check_id(&table, id.as_ref());
    let text = table.text("text", Some(&[]));
    let hint = table.text("hint", Some(&[]));
    let start = table.str("start");
    table.finish();
    let symptom = match (&id, text, hint, &start) {
        (Some(id), Some(text), Some(hint), Some(start)) => Some(Symptom {
            id: id.value.clone(),
            text,
            hint,
            start: start.value.clone(),
        }),
        _ => None,
    };
    SymptomDraft { symptom, id, start }
}

fn check_id(table: &Reader<'_, '_>, id: Option<&At<String>>) {
    if let Some(id) = id
        && !is_kebab(&id.value)
    {
        let message = format!(
            "`{}` is no id; expected lower-case letters, digits and hyphens",
            id.value
        );
        table.error(&id.span, message);
    }
}
