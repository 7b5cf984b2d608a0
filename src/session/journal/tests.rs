use std::fs;

use proptest::prelude::*;

use super::*;
use crate::cause::CauseId;
use crate::diagnose::{Certainty, Verdict};
use crate::evidence::{
    LogLine, Observation, ProbeEvent, ProbeId, ProbeOutcome, Target, TcpAttempt, TcpEvidence,
    TcpOutcome, Why, WhyCode,
};
use crate::guide::{Choice, Knowledge};
use crate::msg::Msg;
use crate::session::{Mark, Session, Stage};

const TREE: &[u8] = include_bytes!("../../../tests/screens/wizard.toml");

fn header() -> Header {
    Header::new(Lang::En, System::Linux)
}

/// An event, whichever comes.
fn event() -> impl Strategy<Value = SessionEvent> {
    let code = prop_oneof![Just("C04-1"), Just("C02-W3"), Just("C09-W1")].prop_map(str::to_owned);
    let cause = (0..CauseId::ALL.len()).prop_map(|n| CauseId::ALL[n]);
    let mark = prop_oneof![
        Just(Mark::Open),
        Just(Mark::Done),
        Just(Mark::Failed),
        Just(Mark::Skipped),
        Just(Mark::NotMine)
    ];
    let probe = (0..ProbeId::ALL.len()).prop_map(|n| ProbeId::ALL[n]);
    let ms = 0.0..1.0e7_f64;
    let reports = prop_oneof![
        (probe.clone(), ms.clone()).prop_map(|(id, at_ms)| ProbeEvent::Started { id, at_ms }),
        (probe.clone(), ms.clone(), ".{0,60}").prop_map(|(probe, at_ms, text)| {
            ProbeEvent::Log(LogLine {
                at_ms,
                probe,
                tone: ProbeOutcome::Warn,
                text: Msg::new("probe.tcp.open").with("addr", text),
                took_ms: Some(at_ms / 3.0),
            })
        }),
        any::<u64>().prop_map(|took_us| {
            ProbeEvent::Observed(Observation::Tcp(TcpEvidence {
                attempts: vec![TcpAttempt {
                    addr: "[2001:db8::5]:443".parse().unwrap(),
                    outcome: TcpOutcome::Open,
                    took_us,
                }],
            }))
        }),
        (probe.clone(), ms.clone()).prop_map(|(id, took_ms)| ProbeEvent::Finished {
            id,
            took_ms,
            outcome: ProbeOutcome::Unknown,
            why: Some(Why::code(WhyCode::Cancelled)),
        }),
        (probe, ms).prop_map(|(id, at_ms)| ProbeEvent::Skipped {
            id,
            at_ms,
            why: Why::code(WhyCode::NotNeeded),
        }),
        Just(ProbeEvent::Done),
    ];
    prop_oneof![
        8 => reports.prop_map(SessionEvent::Probe),
        2 => (0..2_000_000_000_i64).prop_map(|at| SessionEvent::TargetSet {
            target: Target::parse("vpn.例え.jp:8443").unwrap(),
            at: UnixTime(at),
        }),
        1 => Just(SessionEvent::TargetSkipped),
        1 => Just(SessionEvent::SymptomChosen { id: "no-connection".to_owned() }),
        2 => ".{0,200}".prop_map(|text| SessionEvent::ErrorTextGiven { text }),
        1 => Just(SessionEvent::Answered {
            node: "others".to_owned(),
            choice: Choice::Answer("yes".to_owned()),
        }),
        1 => Just(SessionEvent::WentBack),
        1 => cause.clone().prop_map(|cause| SessionEvent::Opened(Stage::Steps(cause))),
        1 => (0..2_000_000_000_i64, cause.clone()).prop_map(|(at, cause)| {
            SessionEvent::Rechecked { at: UnixTime(at), found: vec![cause] }
        }),
        2 => (code.clone(), mark).prop_map(|(code, mark)| SessionEvent::StepMarked { code, mark }),
        2 => (code.clone(), ".{0,80}").prop_map(|(code, note)| SessionEvent::StepNoted { code, note }),
        1 => code.prop_map(|code| SessionEvent::StepUndone { code }),
        1 => cause.clone().prop_map(|cause| SessionEvent::SavingOffered { cause }),
        1 => cause.prop_map(|cause| SessionEvent::Concluded {
            verdict: Verdict::Problem,
            causes: vec![(cause, Certainty::Likely)],
            gone: vec![CauseId::CLOCK_SKEW_FAST],
        }),
        1 => Just(SessionEvent::SystemChosen(System::Android)),
        1 => Just(SessionEvent::LanguageChosen(Lang::Ja)),
    ]
}

fn fold(events: &[(UnixTime, SessionEvent)], wizard: &crate::guide::Wizard) -> String {
    let mut session = Session::new(Lang::En, System::Linux);
    for (at, event) in events {
        session.apply_at(*at, event, wizard, None);
    }
    format!("{session:?}")
}

fn written(events: &[(UnixTime, SessionEvent)]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one");
    let mut file = Appender::create(&path, &header(), UnixTime(7), &[]).unwrap();
    for chunk in events.chunks(3) {
        let kept: Vec<Kept> = chunk
            .iter()
            .map(|(at, event)| Kept::did(*at, event.clone()))
            .collect();
        file.append(&kept, false).unwrap();
    }
    fs::read(&path).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_folds_to_what_was_written(
        events in proptest::collection::vec((0..2_000_000_000_i64, event()), 0..60),
    ) {
        let knowledge = knowledge();
        let events: Vec<_> = events.into_iter().map(|(at, event)| (UnixTime(at), event)).collect();
        let journal = parse(&written(&events)).unwrap();
        prop_assert_eq!(journal.condition, Condition::Whole);
        prop_assert_eq!(journal.events.len(), events.len());
        prop_assert_eq!(fold(&journal.events, &knowledge.wizard), fold(&events, &knowledge.wizard));
    }

    #[test]
    fn no_bytes_whatsoever_make_reading_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        at in 0..2_000_usize,
    ) {
        let _ = parse(&bytes);
        let mut journal = written(&few());
        for (n, byte) in bytes.iter().enumerate() {
            let at = (at + n * 7) % journal.len();
            journal[at] = *byte;
        }
        let _ = parse(&journal);
    }
}

fn knowledge() -> std::sync::Arc<Knowledge> {
    static READ: std::sync::OnceLock<std::sync::Arc<Knowledge>> = std::sync::OnceLock::new();
    let read = || Knowledge::load(Some(("tests/screens/wizard.toml", TREE))).unwrap();
    READ.get_or_init(|| std::sync::Arc::new(read())).clone()
}

fn few() -> Vec<(UnixTime, SessionEvent)> {
    let target = Target::parse("vpn.example.com").unwrap();
    let at = UnixTime(1_795_349_000);
    vec![
        (at, SessionEvent::TargetSet { target, at }),
        (
            at,
            SessionEvent::Probe(ProbeEvent::Started {
                id: ProbeId::Dns,
                at_ms: 0.1,
            }),
        ),
        (at, SessionEvent::Probe(ProbeEvent::Done)),
        (at.plus(9), SessionEvent::LanguageChosen(Lang::Ja)),
    ]
}

#[test]
fn cut_at_any_byte_it_opens_with_every_line_that_was_whole() {
    let whole = written(&few());
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', &whole).collect();
    for cut in 0..=whole.len() {
        let lines = ends.iter().filter(|end| **end < cut).count();
        match parse(&whole[..cut]) {
            Ok(journal) => {
                assert_eq!(journal.events.len() + 1, lines, "cut at {cut}");
                assert_eq!(journal.next, u64::try_from(lines).unwrap());
                let torn = cut - usize::try_from(journal.good).unwrap();
                let expected = match torn {
                    0 => Condition::Whole,
                    bytes => Condition::Torn {
                        bytes: u64::try_from(bytes).unwrap(),
                    },
                };
                assert_eq!(journal.condition, expected);
            }
            Err(ReadError::Empty) => assert_eq!(lines, 0, "cut at {cut}"),
            Err(other) => panic!("cut at {cut}: {other}"),
        }
    }
}

#[test]
fn going_on_after_a_torn_end_gives_a_whole_journal() {
    let folder = tempfile::tempdir().unwrap();
    let whole = written(&few());
    for lost in 1..40 {
        let path = folder.path().join(lost.to_string());
        fs::write(&path, &whole[..whole.len() - lost]).unwrap();
        let read_before = read(&path).unwrap();
        let mut file = Appender::go_on(&path, &read_before).unwrap();
        let tool = tool();
        let at = UnixTime(9);
        let entry = Entry::Resumed { tool };
        file.append(&[Kept { at, entry }], true).unwrap();
        let after = read(&path).unwrap();
        assert_eq!(after.condition, Condition::Whole);
        assert_eq!(after.events, read_before.events);
        assert_eq!(after.next, read_before.next + 1);
    }
}

#[test]
fn damage_in_the_middle_ends_what_is_read_and_is_told() {
    let mut bytes = written(&few());
    let second = memchr::memchr_iter(b'\n', &bytes).nth(1).unwrap();
    bytes[second + 20] ^= 1;
    let journal = parse(&bytes).unwrap();
    assert_eq!(journal.events.len(), 1);
    assert!(matches!(
        journal.condition,
        Condition::Damaged { line: 3, .. }
    ));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(
        Appender::go_on(&path, &journal),
        Err(GoOnError::Damaged)
    ));
    assert_eq!(fs::read(&path).unwrap(), bytes, "it is left as it was");
}

#[test]
fn a_line_taken_out_of_the_middle_is_damage_too() {
    let bytes = written(&few());
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', &bytes).collect();
    let without = [&bytes[..=ends[1]], &bytes[ends[2] + 1..]].concat();
    let journal = parse(&without).unwrap();
    assert_eq!(journal.events.len(), 1);
    assert!(matches!(journal.condition, Condition::Damaged { .. }));
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let header = Header {
        format: FORMAT + 1,
        tool: "vpnmedic 9.0\u{1b}[31m".to_owned(),
        ..header()
    };
    let bytes = encode(0, UnixTime(1), &Entry::Began(header)).unwrap();
    let error = parse(&bytes).unwrap_err();
    assert!(matches!(&error, ReadError::Newer { format: 2, .. }));
    let said = error.to_string();
    assert!(said.contains("9.0") && said.contains("format 2") && !said.contains('\u{1b}'));
}

#[test]
fn other_files_are_no_journals() {
    for bytes in [
        &b"hello\nworld\n"[..],
        b"{\"n\":0}\n",
        b"\x00\x00\x00\n",
        b"PK\x03\x04",
    ] {
        assert!(matches!(parse(bytes), Err(ReadError::NotAJournal)));
    }
    assert!(matches!(parse(b""), Err(ReadError::Empty)));
}

#[test]
fn an_event_that_only_a_newer_program_knows_is_passed_over() {
    let mut bytes = written(&few());
    let line = encode(5, UnixTime(1), &Entry::Ended).unwrap();
    let text = String::from_utf8(line).unwrap();
    let body = text.split(",\"crc\"").next().unwrap();
    let body = body.replace("\"ended\"", "{\"sang\":{\"song\":3}}");
    let mut crc = flate2::Crc::new();
    crc.update(body.as_bytes());
    bytes.extend(format!("{body},\"crc\":\"{:08x}\"}}\n", crc.sum()).bytes());
    bytes.extend(encode(6, UnixTime(2), &Entry::Ended).unwrap());
    let journal = parse(&bytes).unwrap();
    assert_eq!((journal.foreign, journal.ended), (1, true));
    assert_eq!(journal.condition, Condition::Whole);
}

#[test]
fn what_is_too_long_leaves_a_note_of_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long");
    let mut file = Appender::create(&path, &header(), UnixTime(1), &[]).unwrap();
    let text = "x".repeat(MAX_LINE);
    let long = SessionEvent::Probe(ProbeEvent::Log(LogLine {
        at_ms: 1.0,
        probe: ProbeId::Dns,
        tone: ProbeOutcome::Pass,
        text: Msg::new("probe.tcp.open").with("addr", text),
        took_ms: None,
    }));
    file.append(&[Kept::did(UnixTime(2), long)], false).unwrap();
    assert!(fs::metadata(&path).unwrap().len() < 1000);
    let journal = read(&path).unwrap();
    assert_eq!((journal.left_out, journal.events.len()), (1, 0));
}

#[test]
fn two_programs_are_never_in_one_journal() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(folder.path().join("sessions"));
    let kept: Vec<Kept> = few()
        .into_iter()
        .map(|(at, event)| Kept::did(at, event))
        .collect();
    let one = place.begin(&header(), &kept).unwrap();
    let other = place.begin(&header(), &kept).unwrap();
    assert_ne!(one.path(), other.path());
    let journal = read(one.path()).unwrap();
    assert!(matches!(
        Appender::go_on(one.path(), &journal),
        Err(GoOnError::Busy)
    ));
    assert!(newest(&place).is_none(), "somebody is in both");
    assert!(delete(one.path()).is_err());
    let path = one.path().to_owned();
    drop(one);
    assert!(Appender::go_on(&path, &journal).is_ok());
}

#[cfg(unix)]
#[test]
fn only_this_person_can_read_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(folder.path().join("state/sessions"));
    let at = UnixTime(1);
    let file = place
        .begin(&header(), &[Kept::did(at, SessionEvent::TargetSkipped)])
        .unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(file.path()), 0o600);
    assert_eq!(mode(place.folder()), 0o700);
}

#[test]
fn the_oldest_go_when_there_are_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(folder.path().to_owned());
    for n in 0..60 {
        let at = UnixTime(1_795_349_000 + n);
        let kept = [Kept::did(at, SessionEvent::TargetSkipped)];
        place.begin(&header(), &kept).unwrap();
    }
    let left = list(&place);
    assert_eq!(left.len(), KEPT);
    let first = left[0].as_ref().unwrap().began;
    let last = left[KEPT - 1].as_ref().unwrap().began;
    assert_eq!((first.0, last.0), (1_795_349_059, 1_795_349_010));
}

#[test]
fn a_pasted_password_does_not_get_in() {
    let text = "auth failed password=hunter2".to_owned();
    let bytes = written(&[(UnixTime(1), SessionEvent::ErrorTextGiven { text })]);
    let bytes = String::from_utf8(bytes).unwrap();
    assert!(bytes.contains("auth failed") && !bytes.contains("hunter2"));
}

#[test]
fn what_could_not_be_written_is_written_later() {
    let folder = tempfile::tempdir().unwrap();
    // A file where a folder should be: nothing can be kept.
    let blocked = folder.path().join("blocked");
    fs::write(&blocked, b"").unwrap();
    let place = Place::at(blocked.join("sessions"));
    let (news, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let keeper = Keeper::begin(Some(place.clone()), header(), news).unwrap();
    let mut all = few();
    let last = all.pop().unwrap();
    for (at, event) in all.clone() {
        if let Some(answer) = keeper.keep(vec![Kept::did(at, event)]) {
            assert!(answer.blocking_recv().is_err(), "it was not written");
        }
    }
    assert!(matches!(heard.blocking_recv(), Some(News::Trouble(_))));
    fs::remove_file(&blocked).unwrap();
    let answer = keeper.keep(vec![Kept::did(last.0, last.1.clone())]);
    assert!(answer.unwrap().blocking_recv().is_ok());
    let Some(News::Kept(path)) = heard.blocking_recv() else {
        panic!("it was not told that it is kept now");
    };
    all.push(last);
    assert_eq!(read(&path).unwrap().events, all);
}
