//! Handing a session over with the real program: bundle, report and replay of a kept session. No network.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use vpnmedic::evidence::{ProbeEvent, Target, UnixTime};
use vpnmedic::guide::{Lang, System};
use vpnmedic::session::SessionEvent;
use vpnmedic::session::journal::{Entry, Header, encode};

const AT: UnixTime = UnixTime(1_795_349_000);

/// A kept session about this host with this note.
fn keep(state: &Path, host: &str, note: &str) {
    let folder = state.join("vpnmedic").join("sessions");
    fs::create_dir_all(&folder).expect("a folder");
    let target = Target::parse(host).expect("a target");
    let events = [
        SessionEvent::TargetSet { target, at: AT },
        SessionEvent::Probe(ProbeEvent::Done),
        SessionEvent::StepNoted {
            code: "C14-1".to_owned(),
            note: note.to_owned(),
        },
    ];
    let began = Entry::Began(Header::new(Lang::En, System::Linux));
    let entries = std::iter::once(began).chain(events.map(Entry::Did));
    let lines: Vec<u8> = (0..)
        .zip(entries)
        .flat_map(|(n, entry)| encode(n, AT, &entry).expect("a line"))
        .collect();
    fs::write(folder.join("2026-11-22-120320.session.jsonl"), lines).expect("a journal");
}

fn vpnmedic(state: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vpnmedic"))
        .args(arguments)
        .current_dir(state)
        .env("XDG_STATE_HOME", state)
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_session_is_packed_looked_back_at_and_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path();
    keep(
        state,
        "vpn.kuroshio-boeki.co.jp",
        "asked Yamada, password=hunter2",
    );
    let packed = vpnmedic(state, &["bundle", "last", "-o", "a.vpnmedic"]);
    assert!(packed.status.success(), "{}", text(&packed.stderr));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(state.join("a.vpnmedic")).expect("the bundle");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }
    let first = fs::read(state.join("a.vpnmedic")).expect("the bundle");
    let again = vpnmedic(
        state,
        &["bundle", "last", "-o", "a.vpnmedic", "--redact", "none"],
    );
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("--force"));
    assert_eq!(
        fs::read(state.join("a.vpnmedic")).expect("the bundle"),
        first
    );

    let replayed = vpnmedic(state, &["replay", "a.vpnmedic"]);
    let document: serde_json::Value = serde_json::from_slice(&replayed.stdout).expect("a document");
    assert_eq!(document["target"]["host"], "host-1.invalid");
    assert_eq!(document["verdict"], "inconclusive");
    assert_eq!(replayed.status.code(), Some(3));
    let before = vpnmedic(state, &["replay", "a.vpnmedic", "--at", "0"]);
    assert_eq!(before.status.code(), Some(2));

    for format in ["text", "md", "html", "json"] {
        let own = vpnmedic(state, &["report", "last", "--format", format]);
        assert!(
            text(&own.stdout).contains("vpn.kuroshio-boeki.co.jp"),
            "{format}"
        );
        let handed = vpnmedic(state, &["report", "a.vpnmedic", "--format", format]);
        assert!(text(&handed.stdout).contains("host-1.invalid"), "{format}");
        for output in [own, handed] {
            assert!(!text(&output.stdout).contains("hunter2"), "{format}");
        }
    }
    // What was taken out is not put back by packing it again.
    let repacked = vpnmedic(
        state,
        &[
            "bundle",
            "a.vpnmedic",
            "-o",
            "b.vpnmedic",
            "--redact",
            "none",
        ],
    );
    assert!(
        text(&repacked.stdout).contains("certificates"),
        "{}",
        text(&repacked.stdout)
    );
    let preview = vpnmedic(state, &["bundle", "last", "--preview"]);
    let preview = text(&preview.stdout);
    assert!(
        preview.contains("report.txt") && preview.contains("vpn.kuroshio-boeki.co.jp"),
        "{preview}"
    );
}

#[test]
fn what_is_no_bundle_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path();
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("text", b"hello\n"),
        ("packed", b"\x1f\x8b\x08\x00"),
    ] {
        fs::write(state.join(name), bytes).expect("a file");
        for verb in ["replay", "report", "bundle"] {
            let refused = vpnmedic(state, &[verb, name]);
            assert_eq!(refused.status.code(), Some(2), "{verb} {name}");
            assert!(text(&refused.stderr).contains(name), "{verb} {name}");
        }
    }
    let none = vpnmedic(state, &["replay", "nothing-like-it"]);
    assert_eq!(none.status.code(), Some(2));
}
