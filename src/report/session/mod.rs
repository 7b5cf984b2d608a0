//! The report of a session, for three readers: the user (what is wrong and what to do), the helpdesk (codes, the state
//! of the checklist, how sure, what is ruled out and what was not checked), the administrator (the chain, the exact
//! change, the evidence with its times).
//!
//! `model.rs` gathers what there is to say, `paper.rs` and `administrator.rs` put it into blocks, `picture.rs` draws,
//! `json.rs` is for scripts; text, Markdown and HTML are [`super::paper`]'s writers. No looking, no reasoning, no clock.

mod administrator;
mod json;
mod model;
mod paper;
mod picture;
#[cfg(test)]
mod tests;

use crate::diagnose::Diagnosis;
use crate::evidence::{Evidence, UnixTime};
use crate::guide::{Knowledge, Lang, System};
use crate::session::Session;

use super::paper::{html, markdown, plain};
use model::Gathered;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Plain text, for a ticket.
    Text,
    /// Markdown, for a wiki or a ticket.
    Markdown,
    /// One HTML page, for a browser or a printer.
    Html,
    /// JSON, for a script.
    Json,
}

impl Format {
    /// All of them, in the order offered.
    pub const ALL: [Self; 4] = [Self::Html, Self::Text, Self::Markdown, Self::Json];

    /// The ending of a file of this kind.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Json => "json",
        }
    }
}

/// What a report is made of.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Causes and words.
    pub knowledge: &'a Knowledge,
    /// The language it is written in.
    pub lang: Lang,
    /// The system the steps are for.
    pub system: System,
    /// What was seen; nothing where no gateway was named.
    pub evidence: Option<&'a Evidence>,
    /// What follows from it.
    pub diagnosis: Option<&'a Diagnosis>,
    /// What the person said and did, where there was one.
    pub session: Option<&'a Session>,
    /// When the report is made.
    pub made_at: UnixTime,
}

impl<'a> Source<'a> {
    /// Of a session, in its own language and for its own system.
    pub fn of_session(
        knowledge: &'a Knowledge,
        session: &'a Session,
        diagnosis: Option<&'a Diagnosis>,
        made_at: UnixTime,
    ) -> Self {
        Self {
            knowledge,
            lang: session.lang(),
            system: session.system(),
            evidence: session.evidence(),
            diagnosis,
            session: Some(session),
            made_at,
        }
    }
}

/// The report in this format, ended by a line break.
///
/// # Errors
/// Only what `serde_json` reports, which these shapes give it no cause for.
pub fn write(source: &Source<'_>, format: Format) -> serde_json::Result<String> {
    let gathered = Gathered::new(source);
    Ok(match format {
        Format::Json => return json::write(&gathered),
        Format::Text => plain(&paper::paper(&gathered)),
        Format::Markdown => markdown(&paper::paper(&gathered)),
        Format::Html => html(&paper::paper(&gathered)),
    })
}

/// A name for the file of a report: the gateway and the moment, nothing that a file system minds.
pub fn file_name(source: &Source<'_>, format: Format) -> String {
    let host = source.evidence.map_or_else(String::new, |evidence| {
        let named = evidence.target.host.wire();
        named
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '.' {
                    c
                } else {
                    '-'
                }
            })
            .take(80)
            .chain(['-'])
            .collect()
    });
    let moment: String = source
        .made_at
        .rfc3339()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("vpnmedic-{host}{moment}.{}", format.extension())
}
