//! `check` of many gateways: lists, order of answers, counts, exit codes, metrics.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

#[path = "many/openmetrics.rs"]
mod openmetrics;
mod support;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use serde_json::Value;
use support::{Gateway, Pki, vpnmedic, vpnmedic_reading};

fn documents(text: &str) -> Vec<Value> {
    let read = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    text.lines().map(read).collect()
}

fn written(pki: &Pki, list: &str) -> String {
    let file = pki.folder().join("list.txt");
    std::fs::write(&file, list).expect("write");
    file.to_str().expect("path").to_owned()
}

/// Accepts connections and says nothing on any of them until it is dropped; then it closes them all.
struct Silent {
    port: u16,
    release: Option<mpsc::Sender<()>>,
}

impl Silent {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let port = listener.local_addr().expect("address").port();
        let (release, released) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            let (accepted, kept) = mpsc::channel::<TcpStream>();
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    if accepted.send(stream).is_err() {
                        return;
                    }
                }
            });
            // Ends when the other side is dropped; what was accepted until then is closed with it.
            let _ = released.recv();
            drop(kept);
        });
        Self {
            port,
            release: Some(release),
        }
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        self.release.take();
    }
}

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_vpnmedic"))
        .args(arguments)
        .arg("--no-third-party")
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

#[test]
fn a_list_is_checked_and_its_bad_lines_are_told_with_their_place() {
    let pki = Pki::new();
    let good = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let other = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let list = format!(
        "# ours\r\n{}  # Tokyo\r\n\r\nvpn.example.com:70000\n{}\n",
        good.address("127.0.0.1"),
        other.address("127.0.0.1")
    );
    let list = written(&pki, &list);
    let run = vpnmedic(&[
        "check",
        "--targets",
        &list,
        "--json",
        "--ca",
        pki.root_file(),
    ]);
    assert_eq!(documents(&run.stdout).len(), 2, "{}", run.stdout);
    let place = format!("{list}:4: ");
    assert!(run.stderr.contains(&place), "{}", run.stderr);
    assert!(run.stderr.contains("70000"), "{}", run.stderr);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let japanese = vpnmedic(&["check", "--targets", &list, "--offline", "--lang", "ja"]);
    assert!(
        japanese.stderr.contains("この行は飛ばします"),
        "{}",
        japanese.stderr
    );
}

#[test]
fn a_cause_outweighs_a_bad_line_and_a_bad_line_what_is_not_known() {
    let pki = Pki::new();
    let wrong = Gateway::serve(pki.chain("other.example"), pki.leaf_key());
    let good = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let check = |list: &str, more: &[&str]| {
        let list = written(&pki, list);
        let options = ["check", "--targets", &list, "--ca", pki.root_file()];
        vpnmedic(&[&options[..], more].concat()).code
    };
    let (wrong, good) = (wrong.address("127.0.0.1"), good.address("127.0.0.1"));
    assert_eq!(check(&format!("{good}\n"), &[]), 0);
    assert_eq!(check(&format!("{good}\na b\n"), &[]), 2);
    assert_eq!(check(&format!("{good}\n{wrong}\na b\n"), &[]), 1);
    assert_eq!(check("127.0.0.1:9\n127.0.0.2:9\n", &["--offline"]), 3);
    assert_eq!(check("127.0.0.1:9\na b\n", &["--offline"]), 2);
}

#[test]
fn standard_input_gives_a_list() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let list = format!("{}\n", gateway.address("127.0.0.1"));
    for named in [&["check", "-"][..], &["check", "--targets", "-"]] {
        let arguments = [named, &["--json", "--ca", pki.root_file()]].concat();
        let run = vpnmedic_reading(&arguments, &list);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        assert_eq!(documents(&run.stdout).len(), 1);
    }
}

#[test]
fn lists_that_cannot_be_used_are_refused_by_name_before_anything_is_contacted() {
    let pki = Pki::new();
    let empty = written(&pki, "# nothing yet\n\n");
    for (arguments, told) in [
        (&["check", "--targets", &empty][..], &*empty),
        (&["check", "--targets", "does-not-exist"], "does-not-exist"),
        (&["check", "-", "--targets", "-"], "Standard input"),
        (&["check", "-", "--client-p12", "x.p12"], "password"),
        (
            &["check", "127.0.0.1", "--openmetrics", "--json"],
            "--openmetrics",
        ),
        (&["check", "127.0.0.1", "--jobs", "0"], "--jobs"),
        (&["check"], "HOST"),
    ] {
        let run = vpnmedic(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

/// One place only, and the silent gateway has it first: the other one's answer still comes while nothing has come of
/// the silent one, which is let go only then.
#[test]
fn a_silent_gateway_does_not_hold_up_the_next() {
    let pki = Pki::new();
    let silent = Silent::listen();
    let good = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let first = format!("127.0.0.1:{}", silent.port);
    let second = good.address("127.0.0.1");
    let options = [
        "--json",
        "--jobs",
        "1",
        "--timeout",
        "300",
        "--ca",
        pki.root_file(),
    ];
    let mut child = start(&[&["check", &first, &second][..], &options].concat());
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut next = || -> Value {
        let line = lines.next().expect("a line").expect("text");
        serde_json::from_str(&line).expect("JSON")
    };
    assert_eq!(next()["target"]["port"], good.port);
    let port = silent.port;
    drop(silent);
    let late = next();
    assert_eq!(late["target"]["port"], port);
    assert_ne!(late["verdict"], "healthy");
    assert_eq!(child.wait().expect("an end").code(), Some(1));
}

#[test]
fn people_get_a_line_each_and_the_counts() {
    let pki = Pki::new();
    let good = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let wrong = Gateway::serve(pki.chain("other.example"), pki.leaf_key());
    let (good, wrong) = (good.address("127.0.0.1"), wrong.address("127.0.0.1"));
    for (lang, healthy, found) in [("en", "healthy", "cause found"), ("ja", "正常", "原因あり")]
    {
        let options = ["--lang", lang, "--ca", pki.root_file()];
        let run = vpnmedic(&[&["check", &good, &wrong][..], &options].concat());
        assert_eq!(run.code, 1);
        let line_of = |target: &str| {
            let line = run.stdout.lines().find(|line| line.starts_with(target));
            line.unwrap_or_else(|| panic!("{}", run.stdout))
        };
        assert!(line_of(&good).ends_with(healthy), "{}", run.stdout);
        assert!(line_of(&wrong).contains(found), "{}", run.stdout);
        let counted = run.stdout.split("\n\n").nth(2).unwrap_or_default();
        assert!(counted.contains("hostname-mismatch"), "{}", run.stdout);
        // Nothing is drawn where standard error is not a terminal.
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn metrics_are_what_a_collector_reads() {
    let pki = Pki::new();
    let good = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let wrong = Gateway::serve(pki.chain("other.example"), pki.leaf_key());
    let (good, wrong) = (good.address("127.0.0.1"), wrong.address("127.0.0.1"));
    let run = vpnmedic(&[
        "check",
        &good,
        &wrong,
        "--openmetrics",
        "--ca",
        pki.root_file(),
    ]);
    assert_eq!(run.code, 1);
    let samples =
        openmetrics::read(&run.stdout).unwrap_or_else(|why| panic!("{why}\n{}", run.stdout));
    let value = |name: &str, labels: &[(&str, &str)]| {
        let mut found = samples.iter().filter(|sample| {
            sample.name == name
                && labels
                    .iter()
                    .all(|(label, value)| sample.labels.get(*label).is_some_and(|v| v == value))
        });
        let sample = found.next();
        assert!(
            found.next().is_none(),
            "{name} {labels:?} is not one sample"
        );
        sample.map(|sample| sample.value)
    };
    for (target, verdict) in [(&*good, "healthy"), (&*wrong, "problem")] {
        for other in ["healthy", "problem", "inconclusive"] {
            let labels = [("target", target), ("verdict", other)];
            let holds = if other == verdict { 1.0 } else { 0.0 };
            assert_eq!(
                value("vpnmedic_verdict", &labels),
                Some(holds),
                "{labels:?}"
            );
        }
        let of = [("target", target)];
        // Until 2036-01-01.
        let ends = value("vpnmedic_certificate_not_after_timestamp_seconds", &of);
        assert_eq!(ends, Some(2_082_758_400.0));
        let checked = value("vpnmedic_checked_timestamp_seconds", &of).expect("a time");
        let days = value("vpnmedic_certificate_left_days", &of).expect("days");
        assert!(
            (days - (2_082_758_400.0 - checked) / 86_400.0).abs() < 0.02,
            "{days}"
        );
        let handshake = value("vpnmedic_tls_handshake_seconds", &of).expect("a handshake");
        assert!(handshake > 0.0 && handshake < 15.0, "{handshake}");
    }
    let cause = [
        ("target", &*wrong),
        ("cause", "hostname-mismatch"),
        ("impact", "blocks"),
    ];
    assert_eq!(value("vpnmedic_cause_info", &cause), Some(1.0));
    assert_eq!(value("vpnmedic_cause_info", &[("target", &*good)]), None);
}

/// Nothing listens there: what was not seen has no sample.
#[test]
fn metrics_keep_quiet_about_what_was_not_seen() {
    let run = vpnmedic(&["check", "127.0.0.1:9", "--openmetrics", "--offline"]);
    assert_eq!(run.code, 3);
    let samples = openmetrics::read(&run.stdout).expect("metrics");
    let has = |name: &str| samples.iter().any(|sample| sample.name == name);
    assert!(has("vpnmedic_verdict"));
    assert!(!has("vpnmedic_tls_handshake_seconds"));
    assert!(!has("vpnmedic_certificate_left_days"));
}

/// As in `check ... --json | head -1`: a reader that has gone away ends the run.
#[test]
fn a_reader_that_goes_away_ends_the_run() {
    let pki = Pki::new();
    let silent = Silent::listen();
    let first = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let second = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let targets = [
        first.address("127.0.0.1"),
        format!("127.0.0.1:{}", silent.port),
        second.address("127.0.0.1"),
    ];
    let [a, b, c] = targets.each_ref().map(String::as_str);
    let mut child = start(&[
        "check",
        a,
        b,
        c,
        "--json",
        "--jobs",
        "1",
        "--timeout",
        "300",
    ]);
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    drop(out);
    // The next answer finds nobody; the silent gateway is still held, so an end shows that it is not waited for.
    assert!(child.wait().expect("an end").code().is_some());
    let mut told = String::new();
    let mut errors = child.stderr.take().expect("a pipe");
    errors.read_to_string(&mut told).expect("text");
    assert_eq!(told, "");
    drop(silent);
}
