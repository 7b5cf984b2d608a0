//! What a power failure leaves of a file: every cut, a tail of garbage, a zeroed last block, lines written twice. Each
//! opens as far as it goes, says how far that is, and nothing that stands before the damage is lost.

use super::*;
use crate::evidence::{ProbeEvent, ProbeId, Target, UnixTime};
use crate::guide::{Lang, System};
use crate::session::SessionEvent;

/// A journal's lines, each with its newline: the beginning and some events of different lengths.
fn lines() -> Vec<Vec<u8>> {
    let at = UnixTime(1_795_349_000);
    let target = Target::parse("vpn.example.com").unwrap();
    let mut events = vec![SessionEvent::TargetSet { target, at }];
    events.extend((0..6).map(|n| {
        SessionEvent::Probe(ProbeEvent::Started {
            id: ProbeId::ALL[n],
            at_ms: 0.5,
        })
    }));
    events.push(SessionEvent::StepNoted {
        code: "C04-1".to_owned(),
        note: "花子 ".repeat(9),
    });
    events.push(SessionEvent::LanguageChosen(Lang::Ja));
    let header = Header::new(Lang::En, System::Linux);
    let mut lines = vec![encode(0, at, &Entry::Began(header)).unwrap()];
    for (number, event) in (1..).zip(events) {
        lines.push(encode(number, at, &Entry::Did(event)).unwrap());
    }
    lines
}

/// What is read of these bytes is exactly the first `whole` lines, and `condition` says what became of the rest.
fn opens_with(
    lines: &[Vec<u8>],
    all: &Journal,
    bytes: &[u8],
    whole: usize,
    what: &str,
) -> Condition {
    let good: usize = lines.iter().take(whole).map(Vec::len).sum();
    match parse(bytes) {
        Ok(journal) => {
            assert_eq!(journal.events.len() + 1, whole, "{what}");
            assert_eq!(usize::try_from(journal.good).unwrap(), good, "{what}");
            assert_eq!(journal.events, all.events[..whole - 1], "{what}");
            assert_eq!(
                journal.condition == Condition::Whole,
                bytes.len() == good,
                "{what}: {:?}",
                journal.condition
            );
            journal.condition
        }
        Err(error) => {
            assert_eq!(whole, 0, "{what}: {error}");
            Condition::Whole
        }
    }
}

/// How many whole lines stand before this byte.
fn whole_before(lines: &[Vec<u8>], at: usize) -> usize {
    let mut end = 0;
    let ends = lines.iter().map(|line| {
        end += line.len();
        end
    });
    ends.take_while(|end| *end <= at).count()
}

#[test]
fn garbage_after_any_byte_loses_nothing_before_it() {
    let lines = lines();
    let whole = lines.concat();
    let all = parse(&whole).unwrap();
    let tails: [&[u8]; 5] = [
        &[0xff; 37],
        b"\n\n\n",
        b"{\"n\":3,\"at\":1,\"e\":{\"did\":\"wentback\"},\"crc\":\"00000000\"}\n",
        b"\x1f\x8b\x08 not text \xc3\x28\n more\n",
        &[b'x'; 9000],
    ];
    for cut in 0..=whole.len() {
        for tail in tails {
            let bytes = [&whole[..cut], tail].concat();
            // Where only the line feed is missing, one that follows ends the line.
            let ended = usize::from(tail[0] == b'\n');
            let expected = whole_before(&lines, cut + ended);
            let what = format!("cut at {cut}, {} bytes of garbage", tail.len());
            let said = opens_with(&lines, &all, &bytes, expected, &what);
            if expected > 0 {
                assert_ne!(said, Condition::Whole, "cut at {cut}");
            }
        }
    }
}

#[test]
fn a_zeroed_last_block_loses_only_what_was_in_it() {
    let lines = lines();
    let whole = lines.concat();
    let all = parse(&whole).unwrap();
    for block in [1, 16, 512, 4096] {
        for from in (0..whole.len()).step_by(7) {
            // From here on the file has its length, but zeros where its last blocks were never written.
            let zeros = (whole.len() - from).min(block);
            let mut bytes = whole[..from + zeros].to_vec();
            bytes[from..].fill(0);
            opens_with(
                &lines,
                &all,
                &bytes,
                whole_before(&lines, from),
                &format!("{zeros} zeros from {from}"),
            );
        }
    }
}

#[test]
fn a_line_that_was_written_twice_is_told_and_what_stands_before_it_is_kept() {
    let lines = lines();
    let all = parse(&lines.concat()).unwrap();
    for twice in 0..lines.len() {
        let mut bytes = lines[..=twice].concat();
        bytes.extend(&lines[twice]);
        bytes.extend(lines[twice + 1..].concat());
        let said = opens_with(
            &lines,
            &all,
            &bytes,
            twice + 1,
            &format!("line {twice} twice"),
        );
        assert_ne!(said, Condition::Whole, "line {twice} twice");
    }
}

#[test]
fn a_bit_that_flipped_anywhere_ends_what_is_read_before_its_line() {
    let lines = lines();
    let whole = lines.concat();
    let all = parse(&whole).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        let what = format!("byte {at}");
        opens_with(&lines, &all, &bytes, whole_before(&lines, at), &what);
    }
}
