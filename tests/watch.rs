//! `vpnmedic watch` where no terminal is: lines, JSON lines, metrics, exit codes, and a verdict that changes while it
//! is watched.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use support::{Gateway, Pki, vpnmedic};

/// Only a limit: nothing waits that long on purpose.
const LIMIT: Duration = Duration::from_secs(60);

fn json(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("not JSON ({error}): {text}"))
}

/// A watch under way, ended with the value.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Watching {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vpnmedic"))
            .arg("watch")
            .args(arguments)
            .arg("--no-third-party")
            .env("LC_ALL", "C.UTF-8")
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output: ChildStdout = child.stdout.take().expect("a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(LIMIT).expect("a line in time")
    }
}

/// Greets everybody as an SSH server does, until the test ends.
fn greet(listener: TcpListener) {
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n");
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
}

#[test]
fn a_verdict_that_changes_is_told_when_it_does() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let target = address.to_string();
    let watching = Watching::start(&[&target, "--every", "1", "--json"]);
    let first = json(&watching.line());
    assert_eq!(first["event"], "first");
    assert_eq!(first["causes"][0], "connection-refused");
    assert_eq!(first["was"], Value::Null);
    greet(TcpListener::bind(address).expect("the same address again"));
    let change = json(&watching.line());
    assert_eq!(change["event"], "change");
    assert_eq!(change["causes"][0], "not-tls");
    assert_eq!(change["was"]["causes"][0], "connection-refused");
    assert_eq!(change["target"], target.as_str());
    assert!(
        change["round"].as_u64().is_some_and(|round| round > 1),
        "{change}"
    );
}

#[test]
fn a_healthy_gateway_has_its_handshake_time_and_its_days() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let address = gateway.address("127.0.0.1");
    let root = pki.root_file();
    let run = vpnmedic(&[
        "watch", &address, "--every", "1", "--count", "1", "--json", "--ca", root,
    ]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let first = json(&run.stdout);
    assert_eq!(first["verdict"], "healthy");
    assert!(
        first["handshake_ms"].as_f64().is_some_and(|ms| ms > 0.0),
        "{first}"
    );
    assert!(
        first["days_left"].as_i64().is_some_and(|days| days >= 0),
        "{first}"
    );
}

#[test]
fn so_many_rounds_end_with_the_exit_code_of_the_last() {
    let run = vpnmedic(&["watch", "127.0.0.1:9", "--every", "1", "--count", "2"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    // The second round found the same: one line.
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("127.0.0.1:9"));
}

#[test]
fn metrics_are_kept_in_a_file_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vpn.prom");
    let path = file.to_str().expect("a path");
    let run = vpnmedic(&[
        "watch",
        "127.0.0.1:9",
        "--every",
        "1",
        "--count",
        "1",
        "--openmetrics",
        path,
    ]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let metrics = std::fs::read_to_string(&file).expect("metrics");
    assert!(metrics.contains("vpnmedic_verdict{target=\"127.0.0.1:9\",verdict=\"problem\"} 1"));
    assert!(metrics.ends_with("# EOF\n"));
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("a folder").count(),
        1
    );

    let nowhere = folder.path().join("none").join("vpn.prom");
    let nowhere = nowhere.to_str().expect("a path");
    let run = vpnmedic(&[
        "watch",
        "127.0.0.1:9",
        "--count",
        "1",
        "--openmetrics",
        nowhere,
    ]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("vpn.prom"), "{}", run.stderr);
}

#[test]
fn strangers_are_not_asked_every_few_seconds() {
    for (lang, words) in [("en", "at least 10 seconds"), ("ja", "10秒以上")] {
        let run = vpnmedic(&["watch", "vpn.example.com", "--every", "5", "--lang", lang]);
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    for refused in [
        &["watch", "127.0.0.1:9", "--offline"][..],
        &["watch", "127.0.0.1:9", "--json", "--openmetrics", "-"],
        &["watch", "127.0.0.1:9", "--every", "0"],
        &["watch"],
    ] {
        let run = vpnmedic(refused);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{refused:?}");
    }
}
