//! A machine that gives little or nothing: few files, no threads, little memory, no `/proc`, a disk that cannot be
//! written, no home, nobody who reads or writes at the other end. The program says what it cannot do and ends as it
//! always does; it never panics.
//!
//! Unlike what servers and files can do to it: that is in the rooms themselves and in `tests/fuzz`.

#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod support;

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use support::{Gateway, Pki};

/// No run may take longer; only a limit.
const LIMIT: Duration = Duration::from_secs(60);
const PROGRAM: &str = env!("CARGO_BIN_EXE_vpnmedic");
const CHAIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens/chain.pem");

/// Verbs that come to an end by themselves, without a gateway.
const VERBS: [&[&str]; 12] = [
    &["--version"],
    &["--help"],
    &["inspect", CHAIN, "--host", "vpn.example.com"],
    &["explain", "unable to get local issuer certificate"],
    &["plan", "--peak", "100", "--pool", "10.0.0.0/24"],
    &["walk", "captive-portal", "--os", "linux"],
    &["lint"],
    &["doctor"],
    &["logs", CHAIN],
    &["profiles"],
    &["sessions"],
    &["man"],
];

/// The program under a shell's own restrictions, which go before it: `ulimit -n 32`, for one.
fn under(restriction: &str, arguments: &[&str]) -> Output {
    let script = format!("{restriction} exec \"$0\" \"$@\"");
    run(Command::new("sh")
        .arg("-c")
        .arg(script)
        .arg(PROGRAM)
        .args(arguments)
        .stdin(Stdio::null()))
}

fn run(command: &mut Command) -> Output {
    let mut child = command
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let (mut out, mut err) = (
        child.stdout.take().expect("a pipe"),
        child.stderr.take().expect("a pipe"),
    );
    let (sender, read_all) = channel();
    std::thread::spawn(move || {
        let err = std::thread::spawn(move || read(&mut err));
        let out = read(&mut out);
        // Nobody waits any more where it took too long.
        let _ = sender.send((out, err.join()));
    });
    let said = read_all.recv_timeout(LIMIT);
    if said.is_err() {
        let _ = child.kill();
    }
    let status = child.wait().expect("it ends");
    let (stdout, stderr) = said.unwrap_or_else(|_| panic!("{command:?} does not end"));
    Output {
        status,
        stdout,
        stderr: stderr.expect("read"),
    }
}

fn read(from: &mut impl std::io::Read) -> Vec<u8> {
    let mut all = Vec::new();
    // What came until it broke off is all there is.
    let _ = from.read_to_end(&mut all);
    all
}

/// An exit code of the contract, and no panic. What it says in refusal is words.
fn sane(output: &Output, what: &str) -> i32 {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "{what}: {said}");
    let code = output
        .status
        .code()
        .unwrap_or_else(|| panic!("{what}: signal {:?}: {said}", output.status.signal()));
    assert!((0..=3).contains(&code), "{what}: {code}: {said}");
    let silent = said.trim().is_empty() && output.stdout.trim_ascii().is_empty();
    assert!(code != 2 || !silent, "{what}: not a word");
    code
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout == b"0\n"
}

/// What a check of a gateway needs beside its address.
fn checked(gateway: &Gateway, pki: &Pki) -> Vec<String> {
    [
        "check",
        &gateway.address("127.0.0.1"),
        "--json",
        "--no-third-party",
        "--ca",
        pki.root_file(),
    ]
    .map(str::to_owned)
    .to_vec()
}

#[test]
fn few_files_are_enough_or_said_to_be_too_few() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let check = checked(&gateway, &pki);
    let check: Vec<&str> = check.iter().map(String::as_str).collect();
    for files in [4, 6, 8, 10, 12, 16, 32] {
        let restriction = format!("ulimit -n {files} &&");
        let what = format!("check with {files} files");
        let code = sane(&under(&restriction, &check), &what);
        // Thirty-two are few, and enough for one gateway.
        assert!(files < 32 || code == 0, "{what}: {code}");
    }
    for verb in VERBS {
        sane(&under("ulimit -n 16 &&", verb), &format!("{verb:?}"));
    }
}

/// Many gateways at once with few files: each is checked all the same, one after the other.
#[test]
fn many_gateways_are_checked_with_few_files() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let port = gateway
        .address("127.0.0.1")
        .rsplit_once(':')
        .expect("a port")
        .1
        .to_owned();
    let places: Vec<String> = (1..=24).map(|n| format!("127.0.0.{n}:{port}")).collect();
    let mut arguments = vec![
        "check",
        "--json",
        "--no-third-party",
        "--ca",
        pki.root_file(),
    ];
    arguments.extend(places.iter().map(String::as_str));
    let output = under("ulimit -n 32 &&", &arguments);
    sane(&output, "24 gateways");
    let lines = String::from_utf8_lossy(&output.stdout).lines().count();
    assert!(lines >= 24, "{}", String::from_utf8_lossy(&output.stderr));
}

/// Where no thread may be begun. The limit counts all that a user runs, and does not hold for root: another user's is
/// taken where this runs as root.
#[test]
fn without_threads_it_says_so() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let check = checked(&gateway, &pki);
    let mut all: Vec<Vec<&str>> = vec![check.iter().map(String::as_str).collect()];
    all.extend(VERBS.map(<[&str]>::to_vec));
    // A user who may not read the program cannot run it either: then there is nothing to see.
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("vpnmedic");
    std::fs::copy(PROGRAM, &program).expect("a copy");
    let open = |path: &Path| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("ours");
    };
    open(folder.path());
    open(&program);
    for threads in [1, 2, 3, 5] {
        for arguments in &all {
            let mut command = Command::new("setpriv");
            if is_root() {
                command.args(["--reuid", "64001", "--regid", "64001", "--clear-groups"]);
            }
            command
                .args(["prlimit", &format!("--nproc={threads}")])
                .arg(&program)
                .args(arguments)
                .stdin(Stdio::null());
            let output = run(&mut command);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            if ["setpriv: ", "prlimit: "]
                .iter()
                .any(|who| said.starts_with(who))
            {
                println!("skipped: no other user to be had here: {said}");
                return;
            }
            sane(&output, &format!("{threads} threads, {arguments:?}"));
        }
    }
}

/// Whether a line tells of a panic in the standard library's start of a thread, for which the system had no memory left
/// (its stack for signals): it comes before a line of the thread's own is run, and nobody can ask for it beforehand.
fn is_a_thread_without_memory(line: &str) -> bool {
    line.contains("panicked at /rustc/") && line.contains("/sys/pal/unix/stack_overflow.rs")
}

/// Little memory. What is asked of the system and not given ends a program of any kind at once; what must not happen is
/// a panic of this program's or a wrong verdict.
#[test]
fn little_memory_never_makes_a_verdict() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let check = checked(&gateway, &pki);
    let check: Vec<&str> = check.iter().map(String::as_str).collect();
    for megabytes in [40, 80, 120, 160, 240, 400, 1000] {
        let output = under(&format!("ulimit -v {} &&", megabytes << 10), &check);
        let said = String::from_utf8_lossy(&output.stderr);
        let what = format!("{megabytes} MiB: {:?}: {said}", output.status);
        let panicked = said
            .lines()
            .find(|line| line.contains("panicked") && !is_a_thread_without_memory(line));
        assert_eq!(panicked, None, "{what}");
        match output.status.code() {
            Some(0 | 2) => {}
            // The gateway is healthy: nothing may be found wrong with it.
            Some(3) => assert!(megabytes < 1000, "{what}"),
            Some(126 | 127) | None => assert!(megabytes < 1000, "{what}"),
            Some(_) => panic!("{what}"),
        }
    }
}

#[test]
fn nobody_reads_and_nobody_writes() {
    for restriction in [
        "exec <&- &&",
        "exec >&- &&",
        "exec 2>&- &&",
        "exec <&- >&- 2>&- &&",
        "exec >/dev/full &&",
        "exec >/dev/full 2>/dev/full &&",
    ] {
        for verb in VERBS {
            let output = under(restriction, verb);
            let said = String::from_utf8_lossy(&output.stderr);
            let what = format!("{restriction} {verb:?}: {:?}: {said}", output.status);
            assert!(!said.contains("panicked"), "{what}");
            assert!(output.status.code().is_some_and(|code| code <= 3), "{what}");
        }
    }
}

/// `vpnmedic ... | head -c 1`: a reader that goes away is no reason to complain.
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for verb in VERBS {
        let output = run(Command::new("sh")
            .arg("-c")
            .arg("{ \"$0\" \"$@\"; echo \"code $?\" >&2; } | true")
            .arg(PROGRAM)
            .args(verb)
            .stdin(Stdio::null()));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked"), "{verb:?}: {said}");
        let code = said.lines().last().unwrap_or_default();
        assert!(
            ["code 0", "code 1", "code 2", "code 3"].contains(&code),
            "{verb:?}: {said}"
        );
    }
}

/// Standard input that is closed, or a folder, where a text is asked for.
#[test]
fn what_cannot_be_read_is_named() {
    for arguments in [
        &["explain", "-"][..],
        &["logs", "-"],
        &["inspect", "-"],
        &["lint", "-"],
    ] {
        for restriction in ["exec <&- &&", "exec </ &&"] {
            sane(
                &under(restriction, arguments),
                &format!("{arguments:?} {restriction}"),
            );
        }
    }
}

#[test]
fn without_a_home_and_without_a_place_for_temporary_files() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let check = checked(&gateway, &pki);
    let check: Vec<&str> = check.iter().map(String::as_str).collect();
    for restriction in [
        "unset HOME TMPDIR XDG_STATE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR PATH TERM &&",
        "export HOME=/nonexistent TMPDIR=/nonexistent XDG_STATE_HOME=/nonexistent/state &&",
        "export HOME= TMPDIR= XDG_STATE_HOME= PATH= TERM= LANG= LC_ALL= &&",
        "cd \"$(mktemp -d)\" && rmdir \"$PWD\" &&",
    ] {
        assert_eq!(sane(&under(restriction, &check), restriction), 0);
        for verb in VERBS {
            sane(
                &under(restriction, verb),
                &format!("{restriction} {verb:?}"),
            );
        }
    }
}

/// A system without `/proc` and `/sys`, and one on which nothing can be written: in a mount namespace, so root only.
#[test]
fn without_proc_and_on_a_disk_that_cannot_be_written() {
    let hidden = "mount -t tmpfs none /proc && mount -t tmpfs none /sys &&";
    let read_only = "mount --bind / /mnt && mount -o remount,bind,ro /mnt \
        && for there in dev proc sys; do mount --rbind /$there /mnt/$there || exit 4; done \
        && cd / && chroot /mnt";
    let may = Command::new("unshare")
        .args([
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs none /proc && mount --bind / /mnt",
        ])
        .output();
    if !is_root() || !may.is_ok_and(|output| output.status.success()) {
        println!("skipped: mount namespaces are root's");
        return;
    }
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let check = checked(&gateway, &pki);
    let mut all: Vec<Vec<&str>> = vec![check.iter().map(String::as_str).collect()];
    all.extend(VERBS.map(<[&str]>::to_vec));
    for arguments in &all {
        for restriction in [hidden, read_only] {
            let script = if restriction == hidden {
                format!("{hidden} exec \"$0\" \"$@\"")
            } else {
                format!("{read_only} \"$0\" \"$@\"")
            };
            let output = run(Command::new("unshare")
                .args(["--mount", "sh", "-c", &script, PROGRAM])
                .args(arguments)
                .env("XDG_STATE_HOME", "/root/state")
                .stdin(Stdio::null()));
            let code = sane(&output, &format!("{restriction} {arguments:?}"));
            if arguments.first() == Some(&"check") {
                assert_eq!(code, 0, "{restriction}: {output:?}");
            }
        }
    }
}
