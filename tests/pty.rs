//! The real program on a real pseudo-terminal, from the first screen to the verdict and out again, typed at as a person
//! would. Every wait is for words on the screen, with a limit.

#![cfg(unix)]
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod support;
mod terminal;

use std::ops::{Deref, DerefMut};

use support::{Gateway, Pki};
use terminal::{Screen, command, sized};

/// The program on a terminal. What is kept of one test is not offered in another.
fn started(columns: u16, rows: u16, arguments: &[&str]) -> Shown {
    let state = tempfile::tempdir().expect("a folder");
    let mut command = command(env!("CARGO_BIN_EXE_vpnmedic"), state.path());
    command.args(arguments);
    Shown {
        screen: Screen::start(command, sized(columns, rows)),
        _state: state,
    }
}

/// Its screen, and where its sessions are kept; that goes with it.
struct Shown {
    screen: Screen,
    _state: tempfile::TempDir,
}

impl Deref for Shown {
    type Target = Screen;

    fn deref(&self) -> &Screen {
        &self.screen
    }
}

impl DerefMut for Shown {
    fn deref_mut(&mut self) -> &mut Screen {
        &mut self.screen
    }
}

#[test]
fn a_person_gets_from_the_address_to_the_verdict_and_the_steps() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("other.example"), pki.leaf_key());
    let mut screen = started(
        120,
        36,
        &[
            "--no-third-party",
            "--ca",
            pki.root_file(),
            "--os",
            "windows",
            "--lang",
            "en",
        ],
    );
    screen.wait_for("Which VPN does not work?");
    screen.press("vpn example\r");
    screen.wait_for("blank");
    screen.press("\u{15}");
    screen.press(&format!("{}\r", gateway.address("127.0.0.1")));
    screen.wait_for("What happens?");
    screen.press("\r");
    screen.wait_for("The certificate is made out to another name");
    screen.wait_for("CONFIRMED");
    screen.wait_for("other.example");
    screen.press("\r");
    screen.wait_for("C02-1");
    // The last line of a frame is drawn last: with its words there, the whole frame is.
    screen.press("L");
    screen.wait_for("選ぶ");
    // A key and a new size in the same instant: both count.
    screen.press("L");
    screen.resize(80, 24);
    screen.wait_for("1 Wizard");
    screen.wait_for("choose");
    screen.resize(50, 14);
    screen.wait_for("too small");
    screen.resize(120, 36);
    screen.wait_for("q quit");
    screen.press("q");
    screen.wait_for("Leave");
    screen.press("\u{1b}[B\r");
    assert_eq!(screen.ended(), 0, "{}", screen.text());
    let said = String::from_utf8_lossy(&screen.raw);
    let (taken, given_back) = (said.rfind("\u{1b}[?1049h"), said.rfind("\u{1b}[?1049l"));
    assert!(
        taken.is_some() && given_back > taken,
        "the screen was not given back"
    );
}

#[test]
fn ctrl_c_leaves_at_once_and_gives_the_terminal_back() {
    let mut screen = started(80, 24, &["--offline", "--lang", "en"]);
    screen.wait_for("Which VPN does not work?");
    screen.press("\u{3}");
    assert_eq!(screen.ended(), 0);
    let said = String::from_utf8_lossy(&screen.raw);
    assert!(
        said.contains("\u{1b}[?1049l"),
        "the screen was not given back"
    );
}

/// More keys at once than the kernel keeps for a terminal (4,096 bytes), as a paste without brackets brings them.
#[test]
fn more_keys_at_once_than_the_kernel_keeps_are_all_read() {
    let mut screen = started(80, 24, &["--offline", "--lang", "en"]);
    screen.wait_for("Which VPN does not work?");
    // Written aside: a program that reads no more would hold the writer up as well.
    let mut keys = std::mem::replace(&mut screen.terminal.keys, Box::new(std::io::sink()));
    let writer = std::thread::spawn(move || {
        let all = "\u{1b}[D".repeat(2000) + "remote.test";
        keys.write_all(all.as_bytes()).expect("it reads keys");
        keys
    });
    screen.wait_for("remote.test");
    screen.terminal.keys = writer.join().expect("written");
    screen.press("\u{3}");
    assert_eq!(screen.ended(), 0);
}

#[test]
fn without_colours_none_are_sent() {
    let mut screen = started(80, 24, &["--offline", "--lang", "en", "--no-color"]);
    screen.wait_for("Which VPN does not work?");
    let said = String::from_utf8_lossy(&screen.raw).into_owned();
    for colour in ["[31m", "[32m", "[33m", "[38;", "[48;", "[41m"] {
        assert!(!said.contains(colour), "{colour} was sent");
    }
}

/// The recorded chain, on a terminal: the same screen with the certificates first, no network, no gateway's keys.
#[test]
fn a_saved_chain_opens_on_the_screen() {
    let chain = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens/chain.pem");
    let whole = std::fs::read_to_string(chain).expect("the recorded chain");
    let begin = whole.rfind("-----BEGIN").expect("a root");
    let folder = tempfile::tempdir().expect("a folder");
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, &whole[begin..]).expect("a file");
    let roots = roots.to_str().expect("a path");
    let mut screen = started(
        120,
        36,
        &[
            "inspect",
            chain,
            "--host",
            "vpn.example.com",
            "--at",
            "2026-11-22",
            "--roots",
            roots,
            "--lang",
            "en",
            "--os",
            "linux",
        ],
    );
    screen.wait_for("file chain.pem");
    screen.wait_for("The certificates in this file are accepted");
    screen.wait_for("in the roots given");
    // The hint bar is drawn last.
    screen.wait_for("quit");
    let shown = screen.text();
    assert!(shown.contains("c PEM"), "{shown}");
    for gateways in ["re-check", "other gateway", "step 1 of"] {
        assert!(!shown.contains(gateways), "{gateways}\n{shown}");
    }
    screen.press("c");
    screen.wait_for("Not every terminal takes it");
    let handed = String::from_utf8_lossy(&screen.raw).into_owned();
    assert!(handed.contains("\u{1b}]52;c;"), "nothing for the clipboard");
    screen.press("\r");
    screen.wait_for("-----BEGIN CERTIFICATE-----");
    screen.press("\u{1b}");
    screen.wait_for("file chain.pem");
    screen.press("\r");
    screen.wait_for("SHA-1");
    screen.press("L");
    screen.wait_for("拇印(SHA-1)");
    screen.press("q");
    screen.wait_for("ファイル chain.pem");
    screen.resize(80, 24);
    screen.wait_for("3 証明書");
    screen.press("q");
    assert_eq!(screen.ended(), 0, "{}", screen.text());
}

/// The exit code is the verdict's, as in words; a fault and its proved repair stand in the tree.
#[test]
fn a_saved_chain_with_an_unknown_root_shows_the_repair_in_the_tree() {
    let pki = Pki::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("served.pem");
    let text: String = pki
        .chain_with_root("vpn.example.com")
        .iter()
        .map(|der| vpnmedic::chain::pem(&vpnmedic::evidence::Der::from(der.as_ref())))
        .collect();
    std::fs::write(&file, text).expect("a file");
    let file = file.to_str().expect("a path");
    let mut screen = started(80, 24, &["inspect", file, "--lang", "en"]);
    screen.wait_for("with this root trusted: accepted");
    screen.press("q");
    assert_eq!(screen.ended(), 1, "{}", screen.text());
}

#[test]
fn the_log_is_searched_narrowed_and_shown_as_times() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("other.example"), pki.leaf_key());
    let address = gateway.address("127.0.0.1");
    let arguments = [
        &address,
        "--no-third-party",
        "--lang",
        "en",
        "--ca",
        pki.root_file(),
    ];
    let mut screen = started(100, 30, &arguments);
    screen.wait_for("What happens?");
    screen.press("4");
    screen.wait_for("X25519MLKEM768");
    screen.press("/tls");
    screen.wait_for("/tls");
    screen.press("\r");
    screen.wait_for("/tls: 1 of ");
    screen.press("w");
    screen.wait_for("warnings and worse");
    screen.press("zv");
    screen.wait_for("not run");
    screen.wait_for("only the gateway and its DNS");
    screen.press("q");
    screen.wait_for("Leave");
    screen.press("\u{1b}[B\r");
    assert_eq!(screen.ended(), 0);
}

/// A message of several lines, pasted as terminals paste: taken as text, recognised, and told at the end.
#[test]
fn a_pasted_message_of_many_lines_is_recognised() {
    let mut screen = started(120, 36, &["--offline", "--lang", "en", "--os", "windows"]);
    screen.wait_for("Which VPN does not work?");
    screen.press("\r");
    screen.wait_for("What happens?");
    screen.press(&"\u{1b}[B".repeat(7));
    screen.wait_for("Type or paste its words.");
    screen.press("\r");
    screen.wait_for("What does the message say?");
    screen.press("\u{1b}[200~Log Name: Application\r\nThe error code returned on\r\nfailure is -2146762487.\r\n\u{1b}[201~");
    screen.wait_for("-2146762487");
    screen.press("\r");
    screen.wait_for("Your message");
    screen.wait_for("but its root");
    screen.wait_for("Is the warning the same");
    screen.press("\r");
    screen.wait_for("Possible causes");
    screen.wait_for("C03");
    screen.press("\u{3}");
    screen.wait_for("Your answers and the results");
    screen.press("\u{1b}[B\r");
    assert_eq!(screen.ended(), 0, "{}", screen.text());
}
