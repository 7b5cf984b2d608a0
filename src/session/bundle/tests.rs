use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::sync::Arc;

use data_encoding::{BASE64_NOPAD, HEXLOWER};
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::planted::*;
use super::tar::TarError;
use super::*;
use crate::diagnose::{Diagnosis, Verdict};
use crate::evidence::Evidence;
use crate::guide::{Lang, System};
use crate::report::session::{Format, Source, write as write_report};
use crate::session::SessionEvent;
use crate::session::journal::Condition;
use crate::session::play::play;

fn packed(level: Level) -> Contents {
    let (journal, conclude) = (journal(), conclude());
    pack(&Packing {
        knowledge: knowledge(),
        journal: &journal,
        conclude: &conclude,
        level,
        made_at: UnixTime(1_795_349_100),
    })
    .unwrap()
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut archive = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut archive).unwrap();
    archive
}

/// The ways in which a word can hide in bytes.
fn disguises(word: &str) -> BTreeMap<&'static str, Vec<u8>> {
    let lower = word.to_lowercase();
    let mut forms = BTreeMap::from([
        ("plain", lower.clone().into_bytes()),
        (
            "UTF-16, little end first",
            lower.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "UTF-16, big end first",
            lower.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ),
        (
            "hexadecimal",
            HEXLOWER.encode(lower.as_bytes()).into_bytes(),
        ),
        (
            "percent-encoded dots",
            lower
                .replace('.', "%2e")
                .replace('@', "%40")
                .replace(' ', "%20")
                .into_bytes(),
        ),
        (
            "reversed labels",
            lower
                .split('.')
                .rev()
                .collect::<Vec<_>>()
                .join(".")
                .into_bytes(),
        ),
    ]);
    for (name, skip) in [
        ("base64", 0),
        ("base64, shifted by one", 1),
        ("base64, shifted by two", 2),
    ] {
        let mut bytes = vec![0; skip];
        bytes.extend(word.as_bytes());
        bytes.truncate(bytes.len() / 3 * 3);
        let text = BASE64_NOPAD.encode(&bytes);
        // What comes before shares its first group.
        let own = text
            .get(if skip == 0 { 0 } else { 4 }..)
            .unwrap_or_default();
        if own.len() >= 8 {
            forms.insert(name, own.to_ascii_lowercase().into_bytes());
        }
    }
    forms
}

fn search(level: Level, words: &[&str]) {
    let contents = packed(level);
    let bundle = open(&contents.packed).unwrap();
    let conclude = conclude();
    let recorded = bundle.recorded.clone();
    let events = bundle.journal.events.clone();
    let anew = |evidence: &Evidence, system, count| match &recorded {
        Some(recorded) => Recorded::at(recorded, &events, count),
        None => conclude(evidence, system, count),
    };
    let played = play(
        (Lang::Ja, System::Windows),
        &events,
        &knowledge().wizard,
        &anew,
    );
    let mut places = vec![("the bundle".to_owned(), unpacked(&contents.packed))];
    for lang in [Lang::En, Lang::Ja] {
        for format in Format::ALL {
            let mut source = Source::of_session(
                knowledge(),
                &played.session,
                played.conclusions.as_ref(),
                bundle.manifest.last,
            );
            source.lang = lang;
            places.push((
                format!("{format:?} {lang:?}"),
                write_report(&source, format).unwrap().into_bytes(),
            ));
        }
    }
    let mut found = Vec::new();
    for (place, bytes) in &mut places {
        // Lower case where it is text; bytes of UTF-16 keep their zeros.
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        for word in words {
            for (how, form) in disguises(word) {
                if let Some(at) = memchr::memmem::find(text.as_bytes(), &form) {
                    let around = &text.as_bytes()[at.saturating_sub(40)..(at + 60).min(text.len())];
                    found.push(format!(
                        "{word} ({how}) in {place}: {}",
                        String::from_utf8_lossy(around)
                    ));
                }
            }
        }
    }
    assert!(found.is_empty(), "{level:?}:\n{}", found.join("\n"));
}

#[test]
fn nothing_planted_is_left_at_the_strict_level() {
    let all: Vec<&str> = NAMES.into_iter().chain(WORDS).chain(SECRETS).collect();
    search(Level::Strict, &all);
}

#[test]
fn no_name_and_no_secret_is_left_at_the_level_of_names() {
    let all: Vec<&str> = NAMES.into_iter().chain(SECRETS).collect();
    search(Level::Names, &all);
}

#[test]
fn who_is_known_by_a_name_for_signing_in_is_not_told_by_its_parts() {
    let at = UnixTime(1_795_349_017);
    let note = |code: &str, note: &str| {
        let (code, note) = (code.to_owned(), note.to_owned());
        (at, SessionEvent::StepNoted { code, note })
    };
    let mut journal = journal();
    journal.events = vec![
        note(
            "C04-W1",
            "Yamada-san came by, HANAKO is away; ask TANAKA of kuroshio",
        ),
        note(
            "C04-W2",
            "user: KUROSHIO\\tanaka, mail hanako.yamada@kuroshio-boeki.co.jp",
        ),
        note(
            "C04-W3",
            "login: support.account; the account is locked, says support",
        ),
    ];
    let conclude = conclude();
    let contents = pack(&Packing {
        knowledge: knowledge(),
        journal: &journal,
        conclude: &conclude,
        level: Level::Names,
        made_at: at,
    })
    .unwrap();
    let text = String::from_utf8_lossy(&unpacked(&contents.packed)).to_lowercase();
    for name in ["yamada", "hanako", "tanaka", "kuroshio"] {
        assert!(!text.contains(name), "{name} is left");
    }
    assert!(
        text.contains("the account is locked, says support"),
        "words that name nobody stay"
    );
}

#[test]
fn no_secret_is_left_at_any_level() {
    search(Level::None, &SECRETS);
    // The search can find: what is not taken out is there.
    let text = String::from_utf8_lossy(&unpacked(&packed(Level::None).packed)).into_owned();
    for word in [
        HOST,
        ADDRESS,
        MAIL,
        WORDS[0],
        WORDS[1],
        PROFILE,
        "BEGIN CERTIFICATE",
    ] {
        assert!(text.contains(word), "{word}");
    }
    assert!(String::from_utf8_lossy(&unpacked(&packed(Level::Names).packed)).contains(WORDS[0]));
}

#[test]
fn the_same_thing_is_the_same_pseudonym_everywhere() {
    let contents = packed(Level::Names);
    let (_, host) = contents
        .replaced
        .iter()
        .find(|(thing, _)| thing == HOST)
        .unwrap();
    let bundle = open(&contents.packed).unwrap();
    let target = bundle
        .journal
        .events
        .iter()
        .find_map(|(_, event)| match event {
            SessionEvent::TargetSet { target, .. } => Some(target.host.wire()),
            _ => None,
        });
    assert_eq!(target.as_ref(), Some(host));
    let said = bundle
        .journal
        .events
        .iter()
        .find_map(|(_, event)| match event {
            SessionEvent::ErrorTextGiven { text } => Some(text.clone()),
            _ => None,
        });
    assert!(said.unwrap().contains(host));
    let mut stands: Vec<_> = contents.replaced.iter().map(|(_, stands)| stands).collect();
    stands.sort();
    stands.dedup();
    assert_eq!(
        stands.len(),
        contents.replaced.len(),
        "two things share a pseudonym"
    );
}

#[test]
fn the_verdict_stays_where_certificates_are_left_out() {
    let (journal, conclude) = (journal(), conclude());
    let ids = |d: &Diagnosis| {
        (
            d.verdict,
            d.causes
                .iter()
                .map(|f| (f.cause, f.certainty))
                .collect::<Vec<_>>(),
        )
    };
    let begun = (Lang::Ja, System::Windows);
    let told = play(begun, &journal.events, &knowledge().wizard, &conclude)
        .conclusions
        .unwrap();
    assert_eq!(told.verdict, Verdict::Problem);
    for level in [Level::Names, Level::Strict] {
        let bundle = open(&packed(level).packed).unwrap();
        let recorded = bundle.recorded.unwrap();
        let events = &bundle.journal.events;
        assert_eq!(
            ids(&Recorded::at(&recorded, events, events.len())),
            ids(&told)
        );
        assert_eq!(
            Recorded::at(&recorded, events, 3).verdict,
            Verdict::Inconclusive
        );
    }
    let bundle = open(&packed(Level::None).packed).unwrap();
    assert_eq!(bundle.recorded, None);
    assert_eq!(bundle.journal.events.len(), journal.events.len());
    assert_eq!(bundle.journal.condition, Condition::Whole);
}

#[test]
fn times_are_those_of_the_minute_at_the_strict_level() {
    let bundle = open(&packed(Level::Strict).packed).unwrap();
    assert!(bundle.journal.events.iter().all(|(at, _)| at.0 % 60 == 0));
    assert_eq!(bundle.manifest.began.0 % 60, 0);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn what_a_stranger_may_send_is_refused() {
    // 160 MiB of nothing in some hundred kilobytes.
    let bomb = gzip(&vec![0; 160 << 20]);
    assert!(bomb.len() < 1 << 20);
    assert!(matches!(open(&bomb), Err(OpenError::TooLarge)));
    assert!(matches!(open(b"\x1f\x8bnothing"), Err(OpenError::Packing)));
    assert!(matches!(open(b""), Err(OpenError::Packing)));
    for name in ["../events.jsonl", "/etc/passwd", "a/b", ".profile", "a\\b"] {
        let mut archive = Vec::new();
        tar::append(&mut archive, name, b"x", 0);
        tar::end(&mut archive);
        assert!(
            matches!(
                open(&gzip(&archive)),
                Err(OpenError::Archive(TarError::Name))
            ),
            "{name}"
        );
    }
    let mut twice = Vec::new();
    tar::append(&mut twice, MANIFEST, b"{}", 0);
    tar::append(&mut twice, MANIFEST, b"{}", 0);
    tar::end(&mut twice);
    assert!(matches!(
        open(&gzip(&twice)),
        Err(OpenError::Archive(TarError::Name))
    ));
    let mut link = Vec::new();
    tar::append(&mut link, MANIFEST, b"", 0);
    // A symbolic link, its header's sum put right: the type's digit is two higher.
    link[156] = b'2';
    let sum: u32 = (0..512)
        .map(|at| {
            if (148..156).contains(&at) {
                32
            } else {
                u32::from(link[at])
            }
        })
        .sum();
    link[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    tar::end(&mut link);
    assert!(matches!(
        open(&gzip(&link)),
        Err(OpenError::Archive(TarError::Kind))
    ));
    let mut newer = Vec::new();
    tar::append(
        &mut newer,
        MANIFEST,
        b"{\"format\": 9, \"tool\": \"vpnmedic 7\\u001b[2J\"}",
        0,
    );
    tar::end(&mut newer);
    let refused = open(&gzip(&newer)).unwrap_err().to_string();
    assert!(
        refused.contains("format 9") && !refused.contains('\u{1b}'),
        "{refused}"
    );
    let mut many = Vec::new();
    for number in 0..40 {
        tar::append(&mut many, &format!("f{number}"), b"", 0);
    }
    tar::end(&mut many);
    assert!(matches!(
        open(&gzip(&many)),
        Err(OpenError::Archive(TarError::Many))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_mutated_bundle_is_refused_or_shown_and_never_breaks_anything(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        inside in any::<bool>(),
        level in 0..3_usize,
    ) {
        static PACKED: std::sync::OnceLock<Arc<[Vec<u8>; 3]>> = std::sync::OnceLock::new();
        let all = PACKED.get_or_init(|| Arc::new(Level::ALL.map(|level| packed(level).packed)));
        let mut bytes = if inside { unpacked(&all[level]) } else { all[level].clone() };
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if changes.len() % 4 == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        let bytes = if inside { gzip(&bytes) } else { bytes };
        if let Ok(bundle) = open(&bytes) {
            let conclude = conclude();
            let events = &bundle.journal.events;
            let recorded = bundle.recorded.clone().unwrap_or_default();
            let anew = |evidence: &Evidence, system, count| match &bundle.recorded {
                Some(_) => Recorded::at(&recorded, events, count),
                None => conclude(evidence, system, count),
            };
            let header = &bundle.journal.header;
            let played = play((header.lang, header.system), events, &knowledge().wizard, &anew);
            let source = Source::of_session(knowledge(), &played.session, played.conclusions.as_ref(), bundle.manifest.last);
            let report = write_report(&source, Format::Text).unwrap();
            let escapes = report.contains('\u{1b}');
            prop_assert!(!escapes);
        }
    }
}
