//! Logs as they lie about: encodings, packing, lengths, what cannot be read.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::guide::messages;

fn now() -> Zoned {
    "2026-11-23T12:00:00+09:00[Asia/Tokyo]".parse().unwrap()
}

const EXPIRED: &str =
    "2026-11-22 09:00:01 VERIFY ERROR: depth=0, error=certificate has expired: CN=x, serial=1";
const JAPANESE: &str = "2026-11-22 09:00:02 資格情報またはSSLVPN構成が間違っています。(-7200)";

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn found(paths: &[PathBuf]) -> Found {
    let (logs, obstacles) = named(paths);
    let mut found = read(&logs, &messages::embedded(), &now());
    found.obstacles.extend(obstacles);
    found
}

fn ids(found: &Found) -> Vec<&str> {
    found.hits.iter().map(|hit| hit.message.as_str()).collect()
}

fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let marked = if mark {
        format!("\u{feff}{text}")
    } else {
        text.to_owned()
    };
    let units = marked.encode_utf16();
    units
        .flat_map(|unit| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        })
        .collect()
}

#[test]
fn the_newest_comes_first_and_repetitions_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let log = format!(
        "{EXPIRED}\nfine\n{JAPANESE}\n2026-11-21 08:00:00 VERIFY ERROR: depth=0, error=certificate has expired\n"
    );
    let path = write(folder.path(), "a.log", log.as_bytes());
    let found = found(&[path]);
    assert_eq!(ids(&found), ["forticlient-005", "openvpn-004"]);
    let expired = &found.hits[1];
    assert_eq!((expired.count, expired.line), (2, 1));
    assert_eq!(
        expired.when.as_ref().map(When::text).as_deref(),
        Some("2026-11-22T09:00:01")
    );
    assert!(expired.text.contains("certificate has expired"));
    assert_eq!(found.hits[0].line, 3);
    assert_eq!(found.counts(), [("forticlient-005", 1), ("openvpn-004", 2)]);
    assert!(found.obstacles.is_empty());
}

#[test]
fn every_encoding_of_a_log_gives_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("start\r\n{EXPIRED}\r\n{JAPANESE}\r\n");
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    let mut marked = vec![0xef, 0xbb, 0xbf];
    marked.extend(text.as_bytes());
    // Shift_JIS that begins long after the part that encodings are guessed from.
    let mut late = "fine and dandy\n".repeat(1000).into_bytes();
    late.extend(sjis.iter());
    for (name, bytes) in [
        ("utf8", text.as_bytes().to_vec()),
        ("utf8-bom", marked),
        ("utf16le-bom", utf16(&text, false, true)),
        ("utf16be-bom", utf16(&text, true, true)),
        ("utf16le", utf16(&text, false, false)),
        ("utf16be", utf16(&text, true, false)),
        ("sjis", sjis.to_vec()),
        ("sjis-late", late),
    ] {
        let path = write(folder.path(), name, &bytes);
        let found = found(&[path]);
        assert_eq!(ids(&found), ["forticlient-005", "openvpn-004"], "{name}");
        assert!(
            found.hits[0].text.contains("間違っています"),
            "{name}: {}",
            found.hits[0].text
        );
        assert!(found.obstacles.is_empty(), "{name}");
    }
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

/// Text that does not pack well, so that a cut file still holds something.
fn noise(lines: u64) -> String {
    let mut text = String::new();
    let mut state = 7_u64;
    for _ in 0..lines {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text.push_str(&format!(
            "line {state:016x} {:016x}\n",
            state.rotate_left(17)
        ));
    }
    text
}

#[test]
fn packed_logs_are_read_and_a_cut_one_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{EXPIRED}\n{}{JAPANESE}\n", noise(4000));
    let whole = packed(text.as_bytes());
    let path = write(folder.path(), "a.log.gz", &whole);
    assert_eq!(ids(&found(&[path])), ["forticlient-005", "openvpn-004"]);

    let path = write(folder.path(), "cut.log.gz", &whole[..whole.len() / 2]);
    let cut = found(std::slice::from_ref(&path));
    assert_eq!(ids(&cut), ["openvpn-004"]);
    assert_eq!(
        cut.obstacles,
        [(path.display().to_string(), Obstacle::Damaged)]
    );

    let path = write(folder.path(), "wrong.gz", &[0x1f, 0x8b, 1, 2, 3]);
    assert_eq!(
        found(std::slice::from_ref(&path)).obstacles,
        [(path.display().to_string(), Obstacle::Damaged)]
    );
}

#[test]
fn what_is_no_text_is_told_and_the_rest_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let garbage: Vec<u8> = (0..9000_u32)
        .map(|n| u8::try_from(n * 7 % 256).unwrap())
        .collect();
    write(folder.path(), "a.bin", &garbage);
    write(folder.path(), "b.log", EXPIRED.as_bytes());
    write(folder.path(), "empty.log", b"");
    let found = found(&[folder.path().to_owned(), folder.path().join("nowhere.log")]);
    assert_eq!(ids(&found), ["openvpn-004"]);
    let told: Vec<Obstacle> = found
        .obstacles
        .iter()
        .map(|(_, obstacle)| *obstacle)
        .collect();
    assert_eq!(told, [Obstacle::Binary, Obstacle::Missing]);
}

#[cfg(unix)]
#[test]
fn pipes_and_circles_of_folders_do_not_hold_it_up() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("in/again")).unwrap();
    std::os::unix::fs::symlink("self", folder.path().join("self")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path().join("pipe"))
        .status()
        .unwrap();
    assert!(made.success());
    write(folder.path(), "in/b.log", EXPIRED.as_bytes());
    let found = found(&[folder.path().to_owned()]);
    assert_eq!(ids(&found), ["openvpn-004"]);
    let told: Vec<Obstacle> = found
        .obstacles
        .iter()
        .map(|(_, obstacle)| *obstacle)
        .collect();
    assert_eq!(told, [Obstacle::NotAFile, Obstacle::Failed]);
}

#[test]
fn a_line_longer_than_the_buffer_is_searched_too() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "{} {EXPIRED} {}\n{JAPANESE}",
        "x".repeat(300_000),
        "y".repeat(600_000)
    );
    let path = write(folder.path(), "long.log", text.as_bytes());
    let found = found(&[path]);
    assert_eq!(ids(&found), ["forticlient-005", "openvpn-004"]);
    assert!(
        found.hits[1].text.contains("certificate has expired"),
        "{}",
        found.hits[1].text
    );
    assert!(found.hits[1].text.chars().count() <= crate::text::MAX_SHOWN + 1);
    assert_eq!(found.hits[0].line, 2);
}

#[test]
fn the_time_may_stand_on_a_line_above() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Date        : 11/22/2026\nTime 2026-11-22 10:00:00\nType : Error\nDescription : CTRANSPORT_ERROR_PEER_CERT_REJECTED\n";
    let path = write(folder.path(), "a.txt", text.as_bytes());
    let found = found(&[path]);
    assert_eq!(
        found.hits[0].when.as_ref().map(When::text).as_deref(),
        Some("2026-11-22T10:00:00")
    );
}

#[test]
fn secrets_never_come_along() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "2026-11-22 10:00:00 AUTH_FAILED user=bob password=hunter2 Cookie: SVPNCOOKIE=abcdef\n";
    let path = write(folder.path(), "a.txt", text.as_bytes());
    let found = found(&[path]);
    let shown = &found.hits[0].text;
    assert!(
        !shown.contains("hunter2") && !shown.contains("abcdef") && shown.contains("AUTH_FAILED"),
        "{shown}"
    );
}

#[test]
fn every_message_that_counts_in_logs_is_found_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = messages::embedded();
    let scanner = Scanner::new(&catalogue);
    let mut missing = Vec::new();
    let counting = |message: &&messages::Message| !message.causes.is_empty() && !message.ordinary;
    for message in catalogue.messages.iter().filter(counting) {
        for wording in message.wordings() {
            let line = format!(
                "2026-11-22 10:00:00 host x[1]: {}\n",
                wording.replace(['{', '}'], "")
            );
            let log = Log::File(write(folder.path(), "one.log", line.as_bytes()));
            let mut opened = open::open(&log).unwrap_or_else(|why| panic!("{why:?}"));
            let (hits, ..) = scanner.scan(&log, &mut opened, &now());
            if hits.is_empty() {
                missing.push(format!("{}: {wording}", message.id));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Codes too, as programs write them.
#[test]
fn codes_are_found_beside_their_words() {
    let folder = tempfile::tempdir().unwrap();
    for (line, id) in [
        (
            "The error code returned on failure is 868.",
            "windows-ras-049",
        ),
        ("RasClient: Error 691", "windows-ras-011"),
        ("failure is -2146762487", "windows-cert-004"),
        ("status 0x800b0101", "windows-cert-001"),
        ("エラー コード: 809", "windows-ras-031"),
        ("verify error:num=20:unable", "openssl-010"),
        ("error:0A000410:SSL", "openssl-037"),
        (
            "The VPN server may be unreachable. (-14)",
            "forticlient-002",
        ),
        ("curl: (60) SSL", "curl-009"),
    ] {
        let path = write(folder.path(), "one.log", line.as_bytes());
        let found = found(&[path]);
        assert_eq!(ids(&found).first(), Some(&id), "{line}");
    }
}
