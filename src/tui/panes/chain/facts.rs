//! What is said of one certificate of the tree: its state, where it came from, and the facts by which people tell
//! certificates apart.

use ratatui::style::Style;
use ratatui::text::Span;

use crate::chain::{AltName, Cert, Source};
use crate::diagnose::ChainEntry;
use crate::session::certificate_text;

use super::super::super::model::Model;
use super::super::super::page::Page;
use super::super::Context;

/// Names that are listed before the rest is counted.
const SHOWN: usize = 4;

/// The id of the word for a certificate's state.
pub fn state_id(entry: &ChainEntry) -> &'static str {
    match (entry.problems.is_empty(), entry.source) {
        (false, _) => "screen.chain.state-fault",
        (true, Source::Fetched) => "screen.chain.state-not-sent",
        (true, Source::Served | Source::Store) => "screen.chain.state-ok",
    }
}

/// The sign of that state.
pub(super) fn sign(context: &Context<'_>, entry: &ChainEntry) -> (&'static str, Style) {
    let (theme, glyphs) = (&context.model.theme, &context.model.glyphs);
    match (entry.problems.is_empty(), entry.source) {
        (false, _) => (glyphs.fail, theme.bad),
        // Somebody else had to fetch it: that is what the gateway leaves out.
        (true, Source::Fetched) => (glyphs.warn, theme.warn),
        (true, Source::Served | Source::Store) => (glyphs.pass, theme.good),
    }
}

/// The id of the words for where a certificate came from.
pub fn source_id(model: &Model, entry: &ChainEntry) -> &'static str {
    let file = model.session.file();
    match entry.source {
        Source::Served if file.is_some() => "screen.chain.in-file",
        Source::Served => "screen.chain.served",
        Source::Fetched => "screen.chain.fetched",
        Source::Store if entry.brought || file.is_some_and(|file| file.roots.is_some()) => {
            "screen.chain.in-roots-given"
        }
        Source::Store => "screen.chain.store",
    }
}

/// Names, key, signature and fingerprint, below the certificate that is chosen.
pub(super) fn fill(context: &Context<'_>, page: &mut Page, indent: &str, cert: &Cert) {
    let theme = &context.model.theme;
    let mut row = |text: &str| {
        page.hanging(vec![Span::raw(indent.to_owned())], text, theme.text);
    };
    let names = names(context, cert);
    if !names.is_empty() {
        row(&names);
    }
    let key = context
        .words
        .msg(&certificate_text::key(&cert.key.algorithm, cert.key.bits));
    let signature = context.words.outside(&cert.signature_algorithm);
    row(&format!("{key}  {signature}"));
    page.hanging(
        vec![
            Span::raw(indent.to_owned()),
            Span::styled("SHA-256 ", theme.dim),
        ],
        &in_groups(&cert.fingerprint()),
        theme.dim,
    );
}

/// A fingerprint in groups of eight pairs, so that it is broken between groups and compared by eye.
fn in_groups(fingerprint: &str) -> String {
    let pairs: Vec<&str> = fingerprint.split(':').collect();
    let groups: Vec<String> = pairs.chunks(8).map(|group| group.join(":")).collect();
    groups.join(" ")
}

/// The first names of a certificate, and how many more there are.
fn names(context: &Context<'_>, cert: &Cert) -> String {
    let mut shown: Vec<String> = cert
        .names
        .iter()
        .take(SHOWN)
        .map(|name| match name {
            AltName::Dns(name) => context.words.outside(name),
            AltName::Ip(ip) => context.words.outside(&ip.to_string()),
        })
        .collect();
    let more = cert.names.len().saturating_sub(SHOWN);
    if more > 0 {
        shown.push(format!("+{more}"));
    }
    shown.join(", ")
}
