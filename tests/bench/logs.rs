//! A log of 100 MiB, searched for every message that is known: `vpnmedic logs`, beside ripgrep and grep with the same
//! fixed strings. `cargo bench --bench logs`; `-- --quick` takes 10 MiB.
//!
//! What is compared: ripgrep and grep count lines that hold one of the strings, letters of either case; vpnmedic says
//! besides which message it is, how often and when, and what causes it, and takes full-width letters, Shift_JIS and codes
//! into account. Two logs: one as a healthy program writes it, with a known message every thousand lines, and one that
//! is a fault every other line.

#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    reason = "a bench that cannot go on says so by panicking"
)]

mod binary;
mod measure;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use measure::{Cost, median};
use vpnmedic::guide::messages;

/// Bytes of a log.
const SIZE: usize = 100 << 20;
const TIMES: usize = 3;
const LIMIT: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    if let Some(ended) = measure::is_asked_for() {
        return ended;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let size = if quick { SIZE / 10 } else { SIZE };
    let folder = tempfile::tempdir().expect("a folder");
    let literals = messages::embedded().literals();
    let patterns = folder.path().join("patterns");
    fs::write(&patterns, literals.join("\n")).expect("write");
    println!(
        "{} MiB, {} strings\n\n| log | | MB a second | processor time | memory |\n| --- | --- | ---: | ---: | ---: |",
        size >> 20,
        literals.len()
    );
    for (name, every) in [
        ("a message every 1,000 lines", 1000),
        ("every other line", 2),
    ] {
        let log = folder.path().join("vpn.log");
        write_log(&log, size, every);
        let log_name = log.to_str().expect("a path");
        let strings = patterns.to_str().expect("a path");
        let programs: [(&str, PathBuf, Vec<&str>); 3] = [
            (
                "vpnmedic logs",
                binary::ours(env!("CARGO_BIN_EXE_vpnmedic")),
                vec!["logs", log_name],
            ),
            (
                "rg",
                "/usr/bin/rg".into(),
                vec![
                    "--fixed-strings",
                    "--ignore-case",
                    "--count",
                    "--file",
                    strings,
                    log_name,
                ],
            ),
            (
                "grep",
                "/usr/bin/grep".into(),
                vec![
                    "--fixed-strings",
                    "--ignore-case",
                    "--count",
                    "--file",
                    strings,
                    log_name,
                ],
            ),
        ];
        for (program, file, arguments) in &programs {
            if !file.is_file() {
                eprintln!("{program} is not here (Debian's package ripgrep or grep)");
                continue;
            }
            let runs: Vec<Cost> = (0..TIMES)
                .map(|_| run(folder.path(), file, arguments))
                .collect();
            let middle = |of: fn(&Cost) -> f64| median(runs.iter().map(of).collect());
            #[expect(clippy::cast_precision_loss, reason = "a file's size")]
            let rate = size as f64 / 1e6 / (middle(|cost| cost.took_ms) / 1000.0);
            let ended = if runs.iter().all(|cost| cost.code.is_some()) {
                format!("{rate:.0}")
            } else {
                format!("not done in {} s", LIMIT.as_secs())
            };
            println!(
                "| {name} | {program} | {ended} | {:.2} s | {:.1} MB |",
                middle(|cost| cost.cpu_ms) / 1000.0,
                middle(|cost| cost.peak_mb)
            );
        }
    }
    ExitCode::SUCCESS
}

fn run(folder: &Path, file: &Path, arguments: &[&str]) -> Cost {
    let result = folder.join("cost.json");
    let of: Vec<_> = arguments.iter().map(Into::into).collect();
    let status = Command::new(std::env::current_exe().expect("this program"))
        .args(measure::arguments(&result, LIMIT, file, &of))
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdout(Stdio::null())
        .status()
        .expect("this program starts");
    assert!(status.success(), "the run could not be measured");
    measure::read(&result).expect("a result")
}

/// Lines as OpenVPN writes them, and a known message every so often.
fn write_log(path: &Path, size: usize, every: usize) {
    const KNOWN: [&str; 3] = [
        "TLS Error: TLS key negotiation failed to occur within 60 seconds (check your network connectivity)",
        "VERIFY ERROR: depth=1, error=unable to get local issuer certificate: CN=Example Issuing CA",
        "AUTH: Received control message: AUTH_FAILED",
    ];
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let mut written = 0;
    let mut line = String::new();
    let mut number = 0;
    while written < size {
        line.clear();
        let (minute, second) = (number / 60 % 60, number % 60);
        let _ = write!(
            line,
            "2026-11-22 12:{minute:02}:{second:02} us={number:06} "
        );
        if number % every == 0 {
            line.push_str(KNOWN[number / every % KNOWN.len()]);
        } else {
            let _ = write!(
                line,
                "Data Channel: cipher 'AES-256-GCM', peer-id: {}, compression: 'stub', sent {} bytes",
                number % 16,
                number * 37 % 100_000
            );
        }
        line.push('\n');
        file.write_all(line.as_bytes()).expect("write");
        written += line.len();
        number += 1;
    }
    file.flush().expect("write");
}
