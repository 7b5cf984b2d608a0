//! The certificate chain as a tree: the trust anchor on top, each certificate under its issuer, the state of each as
//! sign and word, how long it is still valid, and what is wrong on the certificate that has it. A certificate that
//! nobody sent is a place in the tree too.

use ratatui::text::{Line, Span};

use crate::cause::CauseId;
use crate::chain::Source;
use crate::diagnose::{ChainEntry, Diagnosis};
use crate::evidence::UnixTime;
use crate::msg::Msg;

use super::super::page::Page;
use super::super::wrap;
use super::Context;

/// A certificate's days are counted in full days of 24 hours.
const DAY: i64 = 86_400;

/// One place of the tree.
enum Node<'a> {
    /// A certificate: its place in the diagnosis' chain.
    Entry(usize, &'a ChainEntry),
    /// A certificate that was not sent and not found: its name, from what it issued.
    Missing(String),
}

pub(super) fn fill(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    let Some(diagnosis) = model.diagnosis().filter(|d| !d.chain.is_empty()) else {
        let id = if model.is_running() {
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
    for (depth, node) in tree(diagnosis).iter().enumerate() {
        let first = page.lines.len();
        match node {
            Node::Entry(n, entry) => {
                let number = order(diagnosis).iter().position(|e| e == n).unwrap_or(0);
                certificate(context, page, depth, entry, number, at);
                page.choice_from(first, number);
            }
            Node::Missing(name) => missing(context, page, depth, name),
        }
    }
    let beside = beside(diagnosis);
    if !beside.is_empty() {
        page.gap();
        page.text(&context.t("screen.chain.beside"), theme.dim);
        for n in beside {
            let Some(entry) = diagnosis.chain.get(n) else {
                continue;
            };
            let first = page.lines.len();
            let number = order(diagnosis).iter().position(|e| *e == n).unwrap_or(0);
            certificate(context, page, 0, entry, number, at);
            page.choice_from(first, number);
        }
    }
}

/// The places of the diagnosis' chain in the order shown: the path from its top down, then those beside it.
pub fn order(diagnosis: &Diagnosis) -> Vec<usize> {
    let mut path = on_path(diagnosis);
    path.extend(beside(diagnosis));
    path
}

/// The path, its top first.
fn on_path(diagnosis: &Diagnosis) -> Vec<usize> {
    let mut path: Vec<(usize, usize)> = diagnosis
        .chain
        .iter()
        .enumerate()
        .filter_map(|(n, entry)| entry.depth.map(|depth| (depth, n)))
        .collect();
    path.sort_by(|a, b| b.cmp(a));
    path.into_iter().map(|(_, n)| n).collect()
}

/// Certificates that are no part of the path.
fn beside(diagnosis: &Diagnosis) -> Vec<usize> {
    let chain = &diagnosis.chain;
    (0..chain.len())
        .filter(|n| chain.get(*n).is_some_and(|entry| entry.depth.is_none()))
        .collect()
}

/// The path with a place for the issuer nobody has: where it ends before a trust anchor and not in itself.
fn tree(diagnosis: &Diagnosis) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    let path = on_path(diagnosis);
    if let Some(top) = path.first().and_then(|n| diagnosis.chain.get(*n))
        && top.source != Source::Store
        && !top.cert.is_self_issued()
    {
        nodes.push(Node::Missing(top.cert.issuer.clone()));
    }
    nodes.extend(
        path.into_iter()
            .filter_map(|n| Some(Node::Entry(n, diagnosis.chain.get(n)?))),
    );
    nodes
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

fn certificate(
    context: &Context<'_>,
    page: &mut Page,
    depth: usize,
    entry: &ChainEntry,
    number: usize,
    at: UnixTime,
) {
    let model = context.model;
    let (theme, glyphs) = (&model.theme, &model.glyphs);
    let focused = model.focus == super::Pane::Chain;
    let chosen = focused && model.chosen[super::Pane::Chain.index()] == number;
    let (branch, below) = branch(context, depth);
    // Somebody else had to fetch it: that is what the gateway leaves out.
    let not_sent = entry.source == Source::Fetched;
    let (sign, style) = if !entry.problems.is_empty() {
        (glyphs.fail, theme.bad)
    } else if not_sent {
        (glyphs.warn, theme.warn)
    } else {
        (glyphs.pass, theme.good)
    };
    let source = context.t(match entry.source {
        Source::Served => "screen.chain.served",
        Source::Fetched => "screen.chain.fetched",
        Source::Store => "screen.chain.store",
    });
    let name = context.words.outside(&entry.cert.label());
    let used = 2 + wrap::width(&branch) + 2 + 2 + wrap::width(&source);
    let room = page.width().saturating_sub(used).max(8);
    page.line(Line::from(vec![
        context.lead(chosen),
        Span::styled(branch, theme.border),
        Span::styled(format!("{sign} "), style),
        Span::styled(
            wrap::fit(&name, room, glyphs.more),
            context.choice_style(chosen),
        ),
        Span::styled(format!("  {source}"), theme.dim),
    ]));
    let indent = format!("  {below}  ");
    validity(context, page, &indent, entry, at);
    for cause in &entry.problems {
        problem(context, page, &indent, *cause);
    }
}

/// Days left, as words and as a bar of the whole validity.
fn validity(
    context: &Context<'_>,
    page: &mut Page,
    indent: &str,
    entry: &ChainEntry,
    at: UnixTime,
) {
    const BAR: usize = 8;
    let model = context.model;
    let (theme, glyphs) = (&model.theme, &model.glyphs);
    let cert = &entry.cert;
    let left = cert.not_after.since(at);
    let (words, style) = if at < cert.not_before {
        let msg = Msg::new("screen.chain.not-yet").with("day", cert.not_before.day());
        (context.words.msg(&msg), theme.bad)
    } else if left < 0 {
        let msg = Msg::new("screen.chain.expired")
            .with("days", left.unsigned_abs() / DAY.unsigned_abs())
            .with("day", cert.not_after.day());
        (context.words.msg(&msg), theme.bad)
    } else {
        let days = left / DAY;
        let msg = Msg::new("screen.chain.days-left")
            .with("days", days)
            .with("day", cert.not_after.day());
        let style = if days < 30 { theme.warn } else { theme.dim };
        (context.words.msg(&msg), style)
    };
    let whole = cert.not_after.since(cert.not_before).max(1);
    let full = usize::try_from(left.clamp(0, whole).saturating_mul(8) / whole).unwrap_or(0);
    let bar = format!(
        "{}{}",
        glyphs.full.repeat(full.min(BAR)),
        glyphs.empty.repeat(BAR.saturating_sub(full))
    );
    let room = page
        .width()
        .saturating_sub(wrap::width(indent) + BAR + 1)
        .max(8);
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

fn missing(context: &Context<'_>, page: &mut Page, depth: usize, issuer: &str) {
    let model = context.model;
    let (theme, glyphs) = (&model.theme, &model.glyphs);
    let (branch, below) = branch(context, depth);
    let word = context.t("screen.chain.missing");
    page.line(Line::from(vec![
        Span::raw("  "),
        Span::styled(branch, theme.border),
        Span::styled(format!("{} {word}", glyphs.fail), theme.bad),
    ]));
    page.hanging(
        vec![Span::raw(format!("  {below}  "))],
        &context.words.outside(issuer),
        theme.dim,
    );
}
