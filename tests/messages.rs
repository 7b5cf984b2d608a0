//! `explain` and `logs` as scripts and people meet them: what is recognised, exit codes, JSON, both languages, secrets.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs the program with this on standard input, in a home of its own.
fn run(arguments: &[&str], input: &[u8], home: &Path) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vpnmedic"))
        .args(arguments)
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that ends without reading closes the pipe, which is its right.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let output = child.wait_with_output().expect("the program ends");
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

#[test]
fn a_message_is_told_with_its_meaning_and_its_causes() {
    let home = tempfile::tempdir().expect("a folder");
    let told = run(
        &["explain", "--json", "certificate VALIDATION\nfailure"],
        b"",
        home.path(),
    );
    assert_eq!(told.code, 1, "{}", told.stderr);
    let document = json(&told);
    assert_eq!(document["schema"], 1);
    assert_eq!(document["causes"][0]["id"], "client-cert-required");
    assert_eq!(document["causes"][0]["certainty"], "possible");
    assert_eq!(document["messages"][0]["client"], "Cisco Secure Client");
    assert_eq!(document["messages"][0]["verified"], "source");
    let words = run(
        &["explain", "--lang", "en", "Certificate Validation Failure"],
        b"",
        home.path(),
    );
    assert!(
        words.stdout.contains("not the gateway's"),
        "{}",
        words.stdout
    );
    let words = run(
        &["explain", "--lang", "ja", "証明書の検証の失敗"],
        b"",
        home.path(),
    );
    assert!(
        words.stdout.contains("クライアント証明書"),
        "{}",
        words.stdout
    );
}

#[test]
fn exit_codes_say_what_was_recognised() {
    let home = tempfile::tempdir().expect("a folder");
    for (arguments, input, code) in [
        (&["explain", "-455"][..], &b""[..], 1),
        (&["explain", "-"], b"error -2146762487\n", 1),
        (&["explain", "verify return:1"], b"", 0),
        (&["explain", "the VPN does not work"], b"", 3),
        (&["explain", " "], b"", 2),
        (&["explain", "-"], b"", 2),
        (&["explain"], b"", 2),
        (&["explain", "--timeout", "3", "x"], b"", 2),
        (&["logs", "-"], b"2026-11-22 AUTH_FAILED\n", 1),
        (&["logs", "-"], b"all is well\n", 3),
        (&["logs", "/nonexistent.log"], b"", 2),
    ] {
        let ended = run(arguments, input, home.path());
        assert_eq!(
            ended.code, code,
            "{arguments:?}: {}{}",
            ended.stdout, ended.stderr
        );
    }
}

#[test]
fn signed_numbers_and_what_was_only_reported_are_told_as_such() {
    let home = tempfile::tempdir().expect("a folder");
    let told = run(
        &["explain", "--lang", "en", "error -2146762487"],
        b"",
        home.path(),
    );
    assert!(
        told.stdout.contains("-2146762487 is the code 0x800B0109."),
        "{}",
        told.stdout
    );
    let told = run(&["explain", "--lang", "ja", "(-20199)"], b"", home.path());
    assert!(told.stdout.contains("報告例"), "{}", told.stdout);
}

#[test]
fn named_logs_are_read_beside_what_cannot_be() {
    let home = tempfile::tempdir().expect("a folder");
    let log = home.path().join("a.log");
    std::fs::write(&log, "2026-11-22 09:00:01 AUTH_FAILED password=hunter2\n").expect("written");
    let log = log.to_str().expect("UTF-8");
    let told = run(
        &["logs", "--json", log, "/nonexistent.log"],
        b"",
        home.path(),
    );
    assert_eq!(told.code, 1, "{}", told.stderr);
    let document = json(&told);
    let hit = &document["hits"][0];
    assert_eq!((&hit["line"], &hit["count"]), (&1.into(), &1.into()));
    assert_eq!(hit["time"], "2026-11-22T09:00:01");
    assert_eq!(document["not_read"][0]["why"], "missing");
    assert_eq!(document["causes"][0]["certainty"], "possible");
    assert!(!told.stdout.contains("hunter2"));
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_path_the_logs_of_this_system_are_found() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".GlobalProtect");
    std::fs::create_dir(&folder).expect("made");
    let line = "(T1)11/22/26 09:00:01:123 Error: Valid client certificate is required\n";
    std::fs::write(folder.join("PanGPA.log"), line).expect("written");
    let told = run(&["logs", "--json", "--os", "linux"], b"", home.path());
    let document = json(&told);
    let hits = document["hits"].as_array().expect("a list");
    let own = hits
        .iter()
        .find(|hit| hit["message"] == "globalprotect-001");
    assert!(
        own.is_some_and(|hit| hit["time"] == "2026-11-22T09:00:01"),
        "{}",
        told.stdout
    );
}

/// Options are options wherever they stand; only numbers may begin with a hyphen.
#[test]
fn options_are_heeded_after_the_text_too() {
    let home = tempfile::tempdir().expect("a folder");
    let told = run(
        &["explain", "-2146762487", "--json", "--lang", "ja"],
        b"",
        home.path(),
    );
    assert_eq!(told.code, 1, "{}", told.stderr);
    let document = json(&told);
    let causes = document["causes"].as_array().expect("a list");
    assert!(
        causes.iter().any(|cause| cause["id"] == "unknown-ca"),
        "{causes:?}"
    );
    let told = run(
        &["explain", "証明書の検証の失敗", "--lang", "en"],
        b"",
        home.path(),
    );
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(told.stdout.contains("Who can fix it"), "{}", told.stdout);
}

#[test]
fn a_log_handed_to_check_adds_possible_causes_after_what_was_seen() {
    let home = tempfile::tempdir().expect("a folder");
    let log = home.path().join("vpn.log");
    let today = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string();
    let lines = format!(
        "2020-01-01 10:00:00 ErrorCode=-14\n{today} AUTH: Received control message: AUTH_FAILED\n"
    );
    std::fs::write(&log, lines).expect("written");
    // A port that was free a moment ago: nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let gateway = free.local_addr().expect("its address").to_string();
    drop(free);
    let shown = log.display().to_string();
    let check = [
        "check",
        "--json",
        "--no-third-party",
        "--timeout",
        "120",
        &gateway,
        "--log",
        &shown,
    ];
    let document = json(&run(&check, b"", home.path()));
    let causes = document["causes"].as_array().expect("causes");
    assert_eq!(causes[0]["id"], "connection-refused", "{document}");
    let possible: Vec<_> = causes
        .iter()
        .filter(|c| c["certainty"] == "possible")
        .collect();
    assert_eq!(possible.len(), causes.len() - 1, "{document}");
    assert_eq!(possible[0]["id"], "password-wrong", "{document}");
    let told = possible[0]["evidence"][0]["text"].as_str().expect("words");
    assert!(
        told.contains("~/vpn.log, line 2, ") && told.contains("AUTH_FAILED"),
        "{told}"
    );
    assert_eq!(possible[0]["evidence"][0]["probe"], "logs");

    let missing = [
        "check",
        "--no-third-party",
        &gateway,
        "--log",
        "/nonexistent/vpn.log",
    ];
    let refused = run(&missing, b"", home.path());
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("--log /nonexistent/vpn.log"),
        "{}",
        refused.stderr
    );
    let two = ["check", &gateway, "127.0.0.1", "--log", &shown];
    assert_eq!(run(&two, b"", home.path()).code, 2);
}
