//! Journals, and what a stranger may have put into one: read, written again, played, judged, redacted, reported.
//!
//! Input: one byte of choices, then (first bit 0) a journal's file or (first bit 1) one entry a line as JSON, which are
//! numbered and given their checksums here: behind those lies what is worth reaching.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use vpnmedic::chain::Stores;
use vpnmedic::diagnose::{Context, Diagnosis, Relations, diagnose};
use vpnmedic::evidence::{Evidence, UnixTime};
use vpnmedic::guide::{Knowledge, Lang, System};
use vpnmedic::report::session::{Format, Source, file_name, write};
use vpnmedic::session::journal::{Condition, Entry, Header, Journal, encode, parse};
use vpnmedic::session::play::play;
use vpnmedic::session::redact::{Level, Redactor};

const NOW: i64 = 1_795_349_000;
/// Entries of one journal: more only take longer.
const MOST: usize = 64;

fn knowledge() -> &'static (Knowledge, Relations) {
    static READ: OnceLock<(Knowledge, Relations)> = OnceLock::new();
    READ.get_or_init(|| {
        let knowledge = Knowledge::load(None).expect("the built-in knowledge is sound");
        let relations = Relations::from(&knowledge);
        (knowledge, relations)
    })
}

fn conclude(evidence: &Evidence, system: System, _: usize) -> Diagnosis {
    let context = Context {
        system,
        client: None,
    };
    diagnose(evidence, &Stores::default(), &knowledge().1, &context)
}

fuzz_target!(init: { let _ = knowledge(); }, |bytes: &[u8]| {
    let Some((choice, file)) = bytes.split_first() else {
        return;
    };
    let journal = if choice & 1 == 0 {
        let Ok(journal) = parse(file) else { return };
        assert!(journal.good <= file.len() as u64);
        journal
    } else {
        let Some(journal) = written(file) else { return };
        journal
    };
    let (knowledge, _) = knowledge();
    let begun = (journal.header.lang, journal.header.system);
    let played = play(begun, &journal.events, &knowledge.wizard, &conclude);
    if choice & 2 == 2 {
        for level in [Level::Names, Level::Strict] {
            let mut redactor = Redactor::new(level, &journal.events, &[]);
            for (at, event) in &journal.events {
                let (at, event) = redactor.event(*at, event);
                // What is left can be written down and read again.
                let entry = Entry::Did(event);
                let line = serde_json::to_vec(&entry).expect("an entry");
                let read: Entry = serde_json::from_slice(&line).expect("the same entry");
                assert_eq!(read, entry);
                let _ = at.rfc3339();
            }
        }
    }
    let diagnosis = played.conclusions.as_ref();
    for lang in [Lang::En, Lang::Ja] {
        let source = Source {
            lang,
            ..Source::of_session(knowledge, &played.session, diagnosis, UnixTime(NOW))
        };
        let format = Format::ALL[usize::from(choice >> 2) % Format::ALL.len()];
        let report = write(&source, format).expect("a report");
        let hostile = |c: char| c.is_control() && c != '\n';
        assert!(!report.contains(hostile), "{report:?}");
        let name = file_name(&source, format);
        assert!(!name.contains(['/', '\\', '\0']), "{name:?}");
    }
});

/// The journal of these entries; it says what they say.
fn written(lines: &[u8]) -> Option<Journal> {
    let entries: Vec<Entry> = lines
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .filter(|entry| !matches!(entry, Entry::Began(_)))
        .take(MOST)
        .collect();
    if entries.is_empty() {
        return None;
    }
    let first = Entry::Began(Header::new(Lang::Ja, System::Windows));
    let mut file = Vec::new();
    for (n, entry) in (0..).zip([first].iter().chain(&entries)) {
        file.extend(encode(n, UnixTime(NOW), entry).expect("an entry"));
    }
    let journal = parse(&file).expect("what was just written");
    assert_eq!(journal.condition, Condition::Whole);
    let did = entries
        .iter()
        .filter(|entry| matches!(entry, Entry::Did(_)));
    assert_eq!(journal.events.len(), did.count());
    Some(journal)
}
