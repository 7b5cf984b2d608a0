//! Whether the nodes of a wizard make a tree one can walk: every lead arrives, every node is reached, no way runs in a
//! circle. Pure; reading the nodes is in [`super::wizard_file`].

use std::collections::{BTreeMap, BTreeSet};

use super::reader::At;
use super::source::Source;
use super::{Node, NodeKind, Text};

/// A node as it was read, with the places of its id and of every lead to another node.
pub(super) struct Draft {
    pub(super) node: Node,
    pub(super) at: std::ops::Range<usize>,
    pub(super) leads: Vec<At<String>>,
    /// False where so little of the node was read that it may lead anywhere.
    pub(super) leads_known: bool,
}

impl Draft {
    /// A node that was read whole.
    pub(super) fn new(id: At<String>, kind: NodeKind, leads: Vec<At<String>>) -> Self {
        Self {
            node: Node { id: id.value, kind },
            at: id.span,
            leads,
            leads_known: true,
        }
    }

    /// A node of which only the id can be relied on: it stands in, so that leads to it are not called dangling. The
    /// file has errors then, and the node is never walked.
    pub(super) fn broken(id: At<String>) -> Self {
        let nothing = Text {
            en: String::new(),
            ja: String::new(),
        };
        let kind = NodeKind::Outcome {
            text: nothing,
            causes: Vec::new(),
        };
        Self {
            leads_known: false,
            ..Self::new(id, kind, Vec::new())
        }
    }
}

/// Notes everything that keeps these nodes from being a tree. Unless all nodes of the file were read, what cannot be
/// reached is not told: the missing ones may be the way.
pub(super) fn check(source: &Source<'_>, starts: &[At<String>], nodes: &[Draft], all_read: bool) {
    let mut by_id: BTreeMap<&str, &Draft> = BTreeMap::new();
    for draft in nodes {
        if by_id.insert(&draft.node.id, draft).is_some() {
            source.error(
                &draft.at,
                format!("the node id `{}` is used twice", draft.node.id),
            );
        }
    }
    let leads = nodes.iter().flat_map(|draft| &draft.leads);
    for lead in starts.iter().chain(leads) {
        if !by_id.contains_key(lead.value.as_str()) {
            let message = match nearest(&lead.value, by_id.keys().copied()) {
                Some(near) => format!("there is no node `{}`; did you mean `{near}`?", lead.value),
                None => format!(
                    "there is no node `{}`; expected the id of a [[node]]",
                    lead.value
                ),
            };
            source.error(&lead.span, message);
        }
    }
    let reached = reached(starts, &by_id);
    for draft in nodes {
        if all_read && !reached.contains(draft.node.id.as_str()) {
            let message = format!(
                "no symptom leads to the node `{}`; expected a way to it",
                draft.node.id
            );
            source.error(&draft.at, message);
        }
    }
    circles(source, nodes, &by_id);
}

fn reached<'d>(
    starts: &'d [At<String>],
    by_id: &BTreeMap<&'d str, &'d Draft>,
) -> BTreeSet<&'d str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = starts.iter().map(|start| start.value.as_str()).collect();
    while let Some(id) = open.pop() {
        if let Some(draft) = by_id.get(id)
            && reached.insert(id)
        {
            open.extend(draft.leads.iter().map(|lead| lead.value.as_str()));
        }
    }
    reached
}

/// Notes every lead that closes a circle. Depth first without recursion: a file may hold long chains.
fn circles(source: &Source<'_>, nodes: &[Draft], by_id: &BTreeMap<&str, &Draft>) {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for root in nodes {
        // The way from the root to here: the node, and which of its leads comes next.
        let mut way: Vec<(&Draft, usize)> = vec![(root, 0)];
        let mut on_way: BTreeSet<&str> = BTreeSet::from([root.node.id.as_str()]);
        if done.contains(root.node.id.as_str()) {
            continue;
        }
        while let Some((draft, next)) = way.last_mut() {
            let Some(lead) = draft.leads.get(*next) else {
                let id = draft.node.id.as_str();
                on_way.remove(id);
                done.insert(id);
                way.pop();
                continue;
            };
            *next += 1;
            let to = lead.value.as_str();
            if on_way.contains(to) {
                source.error(&lead.span, circle(&way, to));
            } else if let Some(draft) = by_id.get(to)
                && !done.contains(to)
            {
                on_way.insert(to);
                way.push((draft, 0));
            }
        }
    }
}

fn circle(way: &[(&Draft, usize)], to: &str) -> String {
    let mut names: Vec<&str> = way
        .iter()
        .map(|(draft, _)| draft.node.id.as_str())
        .skip_while(|id| *id != to)
        .collect();
    names.push(to);
    if names.len() > 8 {
        names.splice(4..names.len() - 3, ["..."]);
    }
    format!(
        "this leads round in a circle: {}; expected a way that ends in an outcome",
        names.join(" > ")
    )
}

/// The id that differs by at most two letters, if one does.
fn nearest<'i>(id: &str, ids: impl Iterator<Item = &'i str>) -> Option<&'i str> {
    ids.map(|other| (distance(id, other), other))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, other)| other)
}

/// Letters put in, left out or changed between two ids (Levenshtein); ids much longer than the other are not measured.
fn distance(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 2 || a.len().max(b.len()) > 80 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let changed = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}
