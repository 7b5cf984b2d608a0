//! The certificate chain as a tree: the trust anchor on top, each certificate under its issuer, the state of each as
//! sign and word, how long it is still valid, what is wrong on the certificate that has it, and the repair that was
//! tried drawn where it belongs. A certificate that nobody sent is a place in the tree too.

mod facts;
mod repair;

use std::cmp::Reverse;

use ratatui::text::{Line, Span};

use crate::cause::CauseId;
use crate::chain::Source;
use crate::diagnose::{ChainEntry, Diagnosis};
use crate::evidence::UnixTime;
use crate::msg::Msg;

use super::super::page::Page;
use super::super::wrap;
use super::Context;

pub use facts::{source_id, state_id};

/// A certificate's days are counted in full days of 24 hours.
const DAY: i64 = 86_400;

/// One place of the tree.
enum Node<'a> {
    /// A certificate: its place in the diagnosis' chain.
    Entry(usize, &'a ChainEntry),
    /// A certificate that is not there: whose it would be, and what stands in its place.
    Absent(String, Absence),
}

/// Why a place of the tree is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absence {
    /// Nobody sent it, and it was not found.
    Missing,
    /// It is a root that this system's store has not, and Mozilla's has.
    NotInStore,
}

pub(super) fn fill(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    let Some(diagnosis) = model.diagnosis().filter(|d| !d.chain.is_empty()) else {
        let id = if model.left_out {
            "bundle.replay.no-chain"
        } else if model.is_running() {
            "screen.chain.waiting"
        } else {
            "screen.chain.empty"
        };
        page.text(&context.t(id), theme.dim);
        return;
    };
    let at = model
        .evidence()
        .map_or(UnixTime(0), |evidence| evidence.started_at);
    limits(context, page, diagnosis);
    let order = order(diagnosis);
    let number = |n: usize| order.iter().position(|e| *e == n).unwrap_or(0);
    for (depth, node) in tree(diagnosis).iter().enumerate() {
        let first = page.lines.len();
        match node {
            Node::Entry(n, entry) => {
                certificate(context, page, (depth, *n), entry, number(*n), at);
                page.choice_from(first, number(*n));
            }
            Node::Absent(name, absence) => absent(context, page, depth, name, *absence),
        }
    }
    let beside = beside(diagnosis);
    if !beside.is_empty() {
        page.gap();
        let id = if model.session.file().is_some() {
            "screen.chain.beside-file"
        } else {
            "screen.chain.beside"
        };
        page.text(&context.t(id), theme.dim);
        for n in beside {
            let Some(entry) = diagnosis.chain.get(n) else {
                continue;
            };
            let first = page.lines.len();
            certificate(context, page, (0, n), entry, number(n), at);
            page.choice_from(first, number(n));
        }
    }
}

/// What was not looked at, before anything else: the tree is not the whole truth then.
fn limits(context: &Context<'_>, page: &mut Page, diagnosis: &Diagnosis) {
    let (theme, glyphs) = (&context.model.theme, &context.model.glyphs);
    for advice in &diagnosis.advice {
        if matches!(advice.id, "certificates-left-out" | "search-cut-short") {
            page.hanging(
                vec![Span::styled(format!("{} ", glyphs.warn), theme.warn)],
                &context.words.msg(&advice.text),
                theme.warn,
            );
        }
    }
}

/// The places of the diagnosis' chain in the order shown: the path from its top down, then those beside it.
pub fn order(diagnosis: &Diagnosis) -> Vec<usize> {
    let mut path = on_path(diagnosis);
    path.extend(beside(diagnosis));
    path
}

/// The path, its top first. A root that was sent along and is in the store too has one place in it.
fn on_path(diagnosis: &Diagnosis) -> Vec<usize> {
    let mut path: Vec<(usize, usize)> = diagnosis
        .chain
        .iter()
        .enumerate()
        .filter_map(|(n, entry)| entry.depth.map(|depth| (depth, n)))
        .collect();
    path.sort_by_key(|(depth, n)| (Reverse(*depth), *n));
    path.dedup_by_key(|(depth, _)| *depth);
    path.into_iter().map(|(_, n)| n).collect()
}

/// Certificates that are no part of the path.
fn beside(diagnosis: &Diagnosis) -> Vec<usize> {
    let chain = &diagnosis.chain;
    (0..chain.len())
        .filter(|n| chain.get(*n).is_some_and(|entry| entry.depth.is_none()))
        .collect()
}

/// The path with a place for the issuer nobody has: where it ends before a trust anchor and not in itself. A chain that
/// is refused for other reasons, or not at all, lacks nobody: a certificate that was sent may be trusted itself.
fn tree(diagnosis: &Diagnosis) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    let path = on_path(diagnosis);
    if let Some(top) = path.first().and_then(|n| diagnosis.chain.get(*n))
        && top.source != Source::Store
        && !top.cert.is_self_issued()
        && let Some(absence) = absence(diagnosis)
    {
        nodes.push(Node::Absent(top.cert.issuer.clone(), absence));
    }
    nodes.extend(
        path.into_iter()
            .filter_map(|n| Some(Node::Entry(n, diagnosis.chain.get(n)?))),
    );
    nodes
}

/// Whether the findings say that somebody is missing above the path, and who.
fn absence(diagnosis: &Diagnosis) -> Option<Absence> {
    let found = |cause| {
        diagnosis
            .causes
            .iter()
            .any(|finding| finding.cause == cause)
    };
    if found(CauseId::TRUST_STORE_OUTDATED) {
        Some(Absence::NotInStore)
    } else if found(CauseId::MISSING_INTERMEDIATE) || found(CauseId::UNKNOWN_CA) {
        Some(Absence::Missing)
    } else {
        None
    }
}

/// The indentation of a place, and of the lines below it.
fn branch(context: &Context<'_>, depth: usize) -> (String, String) {
    let glyphs = &context.model.glyphs;
    match depth {
        0 => (String::new(), String::new()),
        // Deep trees are not indented for ever: the page is narrow.
        depth => {
            let indent = " ".repeat(3 * (depth.min(5) - 1));
            (
                format!("{indent}{} ", glyphs.branch),
                format!("{indent}   "),
            )
        }
    }
}

/// One certificate: `place` is its depth in the tree and its place in the diagnosis' chain.
fn certificate(
    context: &Context<'_>,
    page: &mut Page,
    place: (usize, usize),
    entry: &ChainEntry,
    number: usize,
    at: UnixTime,
) {
    let model = context.model;
    let theme = &model.theme;
    let focused = model.focus == super::Pane::Chain;
    let chosen = focused && model.chosen[super::Pane::Chain.index()] == number;
    let (branch, below) = branch(context, place.0);
    let (sign, style) = facts::sign(context, entry);
    let source = context.t(facts::source_id(model, source(context, entry)));
    let name = context.words.outside(&entry.cert.label());
    let used = 2 + wrap::width(&branch) + 2 + 2 + wrap::width(&source);
    let room = page.width().saturating_sub(used).max(8);
    page.line(Line::from(vec![
        context.lead(chosen),
        Span::styled(branch, theme.border),
        Span::styled(format!("{sign} "), style),
        Span::styled(
            wrap::fit(&name, room, model.glyphs.more),
            context.choice_style(chosen),
        ),
        Span::styled(format!("  {source}"), theme.dim),
    ]));
    let indent = format!("  {below}  ");
    validity(context, page, &indent, entry, at);
    if chosen {
        facts::fill(context, page, &indent, &entry.cert);
    }
    for cause in &entry.problems {
        problem(context, page, &indent, *cause);
    }
    repair::fill(context, page, &indent, place.1);
}

/// Where a certificate counts as coming from: what was sent along counts for nothing where the store has the same.
fn source<'a>(context: &'a Context<'_>, entry: &'a ChainEntry) -> &'a ChainEntry {
    context
        .model
        .diagnosis()
        .and_then(|diagnosis| {
            diagnosis.chain.iter().find(|other| {
                other.source == Source::Store && other.cert.sha256 == entry.cert.sha256
            })
        })
        .unwrap_or(entry)
}

/// The state in a word, and the days left, as words and as a bar of the whole validity. What has ended or not begun
/// needs no bar.
fn validity(
    context: &Context<'_>,
    page: &mut Page,
    indent: &str,
    entry: &ChainEntry,
    at: UnixTime,
) {
    const BAR: usize = 8;
    const CELLS: i64 = BAR as i64;
    let model = context.model;
    let (theme, glyphs) = (&model.theme, &model.glyphs);
    let cert = &entry.cert;
    let left = cert.not_after.since(at);
    let (words, style, barred) = if at < cert.not_before {
        let msg = Msg::new("screen.chain.not-yet").with("day", cert.not_before.day());
        (msg, theme.bad, false)
    } else if left < 0 {
        let msg = Msg::new("screen.chain.expired")
            .with("days", left.unsigned_abs() / DAY.unsigned_abs())
            .with("day", cert.not_after.day());
        (msg, theme.bad, false)
    } else {
        let days = left / DAY;
        let msg = Msg::new("screen.chain.days-left")
            .with("days", days)
            .with("day", cert.not_after.day());
        let style = if cert.ends_soon(at) {
            theme.warn
        } else {
            theme.dim
        };
        (msg, style, true)
    };
    let words = Msg::new("screen.chain.state")
        .with("state", context.t(state_id(entry)))
        .with("validity", context.words.msg(&words));
    let words = context.words.msg(&words);
    let room = page
        .width()
        .saturating_sub(wrap::width(indent) + BAR + 1)
        .max(8);
    // Deep in the tree there is no room for both, and the words say more.
    if !barred || wrap::width(&words) > room {
        page.hanging(vec![Span::raw(indent.to_owned())], &words, style);
        return;
    }
    let whole = cert.not_after.since(cert.not_before).max(1);
    let full = usize::try_from(left.clamp(0, whole).saturating_mul(CELLS) / whole).unwrap_or(0);
    let bar = format!(
        "{}{}",
        glyphs.full.repeat(full.min(BAR)),
        glyphs.empty.repeat(BAR.saturating_sub(full))
    );
    page.line(Line::from(vec![
        Span::raw(indent.to_owned()),
        Span::styled(wrap::fit(&words, room, glyphs.more), style),
        Span::styled(format!(" {bar}"), style),
    ]));
}

fn problem(context: &Context<'_>, page: &mut Page, indent: &str, cause: CauseId) {
    let model = context.model;
    let words = match model.cause(cause) {
        Some(known) => context.words.text(&known.name),
        None => cause.to_string(),
    };
    page.hanging(
        vec![
            Span::raw(indent.to_owned()),
            Span::styled(format!("{} ", model.glyphs.fail), model.theme.bad),
        ],
        &words,
        model.theme.bad,
    );
}

fn absent(context: &Context<'_>, page: &mut Page, depth: usize, issuer: &str, absence: Absence) {
    let model = context.model;
    let (theme, glyphs) = (&model.theme, &model.glyphs);
    let (branch, below) = branch(context, depth);
    let word = context.t(match absence {
        Absence::Missing => "screen.chain.missing",
        Absence::NotInStore => "screen.chain.not-in-store",
    });
    let indent = format!("  {below}  ");
    page.hanging(
        vec![
            Span::raw("  "),
            Span::styled(branch, theme.border),
            Span::styled(format!("{} ", glyphs.fail), theme.bad),
        ],
        &word,
        theme.bad,
    );
    page.hanging(
        vec![Span::raw(indent.clone())],
        &context.words.outside(issuer),
        theme.dim,
    );
    if absence == Absence::NotInStore {
        repair::of_store(context, page, &indent);
    }
}
