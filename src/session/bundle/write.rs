//! Packing a session: redacted, with everything that a person can read without this program.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{CONCLUSIONS, EVENTS, FORMAT, MANIFEST, Manifest, Recorded, tar};
use crate::chain::{Cert, Source as From, pem};
use crate::diagnose::{ChainEntry, Diagnosis};
use crate::evidence::{Evidence, UnixTime};
use crate::guide::{Knowledge, System};
use crate::report::session::{Format, Source, write as write_report};
use crate::session::Session;
use crate::session::journal::{Entry, Journal, encode, tool};
use crate::session::play::play;
use crate::session::redact::{Level, Redactor};

/// What this is, for whoever opens it without this program.
const README: &str = include_str!("../../../assets/bundle-readme.txt");

/// What is packed, and how.
pub struct Packing<'a> {
    /// Causes and words.
    pub knowledge: &'a Knowledge,
    /// The session.
    pub journal: &'a Journal,
    /// Draws conclusions from it, told how many events came before.
    pub conclude: &'a dyn Fn(&Evidence, System, usize) -> Diagnosis,
    /// How much is taken out.
    pub level: Level,
    /// Now.
    pub made_at: UnixTime,
}

/// A packed session, and what is in it.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The bundle's bytes.
    pub packed: Vec<u8>,
    /// Its files by name, with their text.
    pub files: Vec<(&'static str, String)>,
    /// What was replaced, and by what; nothing at the level that replaces nothing.
    pub replaced: Vec<(String, String)>,
}

/// Packs a session.
///
/// # Errors
/// Only what compression and `serde_json` report, which these shapes give them no cause for.
pub fn pack(packing: &Packing<'_>) -> io::Result<Contents> {
    let Packing {
        knowledge,
        journal,
        conclude,
        level,
        made_at,
    } = *packing;
    let begun = (journal.header.lang, journal.header.system);
    let told = play(begun, &journal.events, &knowledge.wizard, conclude);
    let chain = told
        .conclusions
        .map(|conclusions| conclusions.chain)
        .unwrap_or_default();
    let shown: Vec<_> = chain.iter().map(|entry| entry.cert.der.clone()).collect();
    let mut redactor = Redactor::new(level, &journal.events, &shown);
    let began = redactor.time(journal.began);
    let header = redactor.header(&journal.header);
    let events: Vec<_> = journal
        .events
        .iter()
        .map(|(at, event)| redactor.event(*at, event))
        .collect();

    let recorded = (level != Level::None).then(|| {
        let mut session = Session::new(begun.0, begun.1);
        Recorded::all(
            &mut session,
            &journal.events,
            &knowledge.wizard,
            conclude,
            &mut redactor,
        )
    });
    let anew: &dyn Fn(&Evidence, System, usize) -> Diagnosis = match &recorded {
        Some(recorded) => &|_, _, count| Recorded::at(recorded, &journal.events, count),
        None => conclude,
    };
    let shown = play(begun, &events, &knowledge.wizard, anew);
    let mut source = Source::of_session(
        knowledge,
        &shown.session,
        shown.conclusions.as_ref(),
        made_at,
    );
    source.made_at = redactor.time(made_at);

    let last = redactor.time(journal.last);
    let manifest = Manifest {
        format: FORMAT,
        tool: tool(),
        redaction: level,
        began,
        last,
    };
    let mut lines = encode(0, began, &Entry::Began(header))?;
    for (number, (at, event)) in (1..).zip(events.iter().cloned()) {
        lines.extend(encode(number, at, &Entry::Did(event))?);
    }
    let mut files = vec![
        ("README.txt", README.to_owned()),
        (MANIFEST, serde_json::to_string_pretty(&manifest)? + "\n"),
        (EVENTS, String::from_utf8_lossy(&lines).into_owned()),
    ];
    if let Some(recorded) = &recorded {
        files.push((CONCLUSIONS, serde_json::to_string(recorded)? + "\n"));
    }
    match level {
        _ if chain.is_empty() => {}
        Level::None => files.push((
            "chain.pem",
            chain.iter().map(|entry| pem(&entry.cert.der)).collect(),
        )),
        Level::Names | Level::Strict => files.push(("chain.txt", described(&chain, level))),
    }
    files.push(("log.txt", log(knowledge, &shown.session)));
    files.push(("report.txt", write_report(&source, Format::Text)?));
    files.push(("report.md", write_report(&source, Format::Markdown)?));

    let mut archive = Vec::new();
    for (name, content) in &files {
        tar::append(&mut archive, name, content.as_bytes(), source.made_at.0);
    }
    tar::end(&mut archive);
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&archive)?;
    Ok(Contents {
        packed: packer.finish()?,
        files,
        replaced: redactor.replaced(),
    })
}

/// The certificates, told without naming anybody.
fn described(chain: &[ChainEntry], level: Level) -> String {
    let mut out = String::new();
    for (number, entry) in (1..).zip(chain) {
        let cert: &Cert = &entry.cert;
        let from = match entry.source {
            From::Served => "served",
            From::Fetched => "fetched",
            From::Store => "store",
        };
        let kind = match (cert.is_self_issued(), cert.is_ca) {
            (true, true) => "self-issued CA",
            (true, false) => "self-issued",
            (false, true) => "CA",
            (false, false) => "end-entity",
        };
        let problems: Vec<&str> = entry.problems.iter().map(|cause| cause.as_str()).collect();
        let problems = if problems.is_empty() {
            "-".to_owned()
        } else {
            problems.join(", ")
        };
        let _ = write!(
            out,
            "{number}. {from}, {kind}, {}",
            cert.signature_algorithm
        );
        if level == Level::Names {
            // Dates to the second find a certificate in public logs.
            let day = |at: UnixTime| at.rfc3339().chars().take(10).collect::<String>();
            let _ = write!(out, ", {} - {}", day(cert.not_before), day(cert.not_after));
        }
        let _ = writeln!(out, "; problems: {problems}");
    }
    out
}

/// The log of the checks, a line each.
fn log(knowledge: &Knowledge, session: &Session) -> String {
    let (mut out, texts, lang) = (String::new(), &knowledge.texts, session.lang());
    for line in session.evidence().map_or(&[][..], |evidence| &evidence.log) {
        let probe = line.probe.as_str();
        let text = texts.render(lang, &line.text);
        let _ = writeln!(out, "{:>9.1} ms  {probe:<12}{text}", line.at_ms);
    }
    out
}
