//! Plain mode as people and scripts meet it: answers on standard input, lines on standard output, and the same verdict
//! and checklist as on the screen.

#![cfg(unix)]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod support;

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use regex::Regex;
use support::{Gateway, Pki, Run, vpnmedic_reading};

/// How long words may take to appear. Only a limit.
const LIMIT: Duration = Duration::from_secs(120);

/// A gateway whose certificate is made out to another name.
fn other_name() -> (Pki, Gateway) {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("other.example"), pki.leaf_key());
    (pki, gateway)
}

fn plain(pki: &Pki, lang: &str, input: &str) -> Run {
    let arguments = [
        "--plain",
        "--lang",
        lang,
        "--os",
        "windows",
        "--ca",
        pki.root_file(),
    ];
    let run = vpnmedic_reading(&arguments, input);
    for (stream, text) in [("output", &run.stdout), ("errors", &run.stderr)] {
        assert!(
            !text.chars().any(|c| c.is_control() && c != '\n'),
            "{stream}: {text:?}"
        );
    }
    run
}

/// The codes of steps that stand in a text, each once, in order.
fn step_codes(text: &str) -> Vec<String> {
    let code = Regex::new(r"C\d+-[A-Z]?\d+").expect("a pattern");
    let mut codes = Vec::new();
    for found in code.find_iter(text) {
        if !codes.iter().any(|known| known == found.as_str()) {
            codes.push(found.as_str().to_owned());
        }
    }
    codes
}

/// What is said at the end of the input.
fn state<'a>(text: &'a str, lang: &str) -> &'a str {
    let title = if lang == "ja" {
        "現在の状態"
    } else {
        "Where this stands"
    };
    let at = text.rfind(title).expect("the state at the end");
    &text[at..]
}

/// To the verdict, then every step marked as done, in both languages: the same cause, the same checklist.
#[test]
fn a_scripted_walk_reaches_the_verdict_and_the_checklist_in_both_languages() {
    let (pki, gateway) = other_name();
    let address = gateway.address("127.0.0.1");
    let mut checklists = Vec::new();
    for (lang, digit, certain, done) in [
        ("en", "1", "CONFIRMED", ", done: "),
        ("ja", "\u{3000}１", "確定", "、完了: "),
    ] {
        let input = format!("{address}\n{digit}\n{}", format!("{digit}\n").repeat(4));
        let run = plain(&pki, lang, &input);
        assert_eq!(run.code, 1, "{}\n{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(certain), "{}", run.stdout);
        assert!(run.stdout.contains("C02"), "{}", run.stdout);
        assert!(!run.stdout.contains(&format!("{address}\n{address}")));
        let state = state(&run.stdout, lang);
        assert_eq!(state.matches(done).count(), 3, "{state}");
        checklists.push(step_codes(state));
    }
    assert_eq!(checklists[0], checklists[1]);
    assert_eq!(checklists[0].len(), 3, "{checklists:?}");
}

#[test]
fn the_end_of_the_input_tells_where_things_stand_and_ends_as_check_does() {
    let (pki, gateway) = other_name();
    let address = gateway.address("127.0.0.1");
    for (input, code, told) in [
        (format!("{address}\n"), 1, "Found, confirmed: C02"),
        (String::new(), 3, "No gateway was named"),
        ("q\n".to_owned(), 3, "No gateway was named"),
        // A line without an end is a line too.
        (address, 1, "Found, confirmed: C02"),
    ] {
        let run = plain(&pki, "en", &input);
        assert_eq!(run.code, code, "{input:?}: {}\n{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(told), "{input:?}: {}", run.stdout);
        assert!(
            run.stdout.contains("Where this stands"),
            "{input:?}: {}",
            run.stdout
        );
        assert_eq!(run.stderr, "");
    }
    let healthy = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let run = plain(&pki, "en", &format!("{}\n", healthy.address("127.0.0.1")));
    assert!(matches!(run.code, 0 | 3), "{}: {}", run.code, run.stdout);
    assert!(!run.stdout.contains("Found, "), "{}", run.stdout);
}

/// Standard output is a pipe: nobody has to ask for plain mode.
#[test]
fn without_a_terminal_the_wizard_walks_in_lines_by_itself() {
    let (pki, gateway) = other_name();
    let address = gateway.address("127.0.0.1");
    let arguments = [&address, "--lang", "en", "--ca", pki.root_file()];
    let run = vpnmedic_reading(&arguments, "1\n");
    assert_eq!(run.code, 1, "{}\n{}", run.stdout, run.stderr);
    assert!(
        run.stdout.starts_with("vpnmedic in plain mode"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("CONFIRMED, "), "{}", run.stdout);
}

/// Offline the same tree is walked by hand, and nothing is claimed.
#[test]
fn offline_the_questions_are_answered_by_hand() {
    let pki = Pki::new();
    let arguments = ["--plain", "--offline", "--lang", "en", "--os", "windows"];
    let run = vpnmedic_reading(&arguments, "\n1\n1\n1\n1\n1\n");
    assert_eq!(run.code, 3, "{}\n{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("Step 2 of "), "{}", run.stdout);
    assert!(
        run.stdout.contains("so nothing was checked"),
        "{}",
        run.stdout
    );
    drop(pki);
}

/// A terminal that shows what the program draws.
struct Screen {
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    /// Where its session is kept; goes with it, or the next start would offer to go on with it.
    _state: tempfile::TempDir,
}

impl Screen {
    fn start(rows: u16, term: &str, arguments: &[&str]) -> Self {
        let (columns, cells) = (120, |n| NonZeroU16::new(n).expect("not zero"));
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_vpnmedic"));
        command.args(arguments);
        // A session kept by an earlier run would be gone on with where its gateway had the same port.
        command.arg("--no-journal");
        command.env("TERM", term);
        command.env("LC_ALL", "C.UTF-8");
        command.env("XDG_CONFIG_HOME", "/nonexistent");
        let state = tempfile::tempdir().expect("a folder");
        command.env("XDG_STATE_HOME", state.path());
        let child = pair.slave.spawn_command(command).expect("it starts");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(length @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            keys: pair.master.take_writer().expect("a writer"),
            output,
            parser: vt100::Parser::new(cells(rows), cells(columns), 0),
            child,
            _state: state,
        }
    }

    fn text(&self) -> String {
        self.parser.screen().contents()
    }

    fn wait_for(&mut self, words: &str) {
        let until = Instant::now() + LIMIT;
        while !self.text().contains(words) {
            let left = until.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(why) => panic!("{words:?} did not appear ({why}):\n{}", self.text()),
            }
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it reads keys");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Gone already where the test ended it.
        let _ = self.child.kill();
    }
}

/// The same gateway in Japanese, in lines and on the screen: the same cause, the same steps in the same order.
#[test]
fn in_japanese_lines_and_screen_reach_the_same_verdict_and_checklist() {
    let (pki, gateway) = other_name();
    let address = gateway.address("127.0.0.1");
    let walk = format!("{address}\n１\n１\n{}", "１\n".repeat(40));
    let run = plain(&pki, "ja", &walk);
    let in_lines = step_codes(state(&run.stdout, "ja"));
    assert!(in_lines.len() > 4, "{in_lines:?}");
    let arguments = [
        "--no-third-party",
        "--ca",
        pki.root_file(),
        "--os",
        "windows",
        "--lang",
        "ja",
    ];
    let mut screen = Screen::start(90, "xterm-256color", &arguments);
    screen.wait_for("つながらないVPNの接続先");
    screen.press(&format!("{address}\r"));
    screen.wait_for("どのような状態ですか");
    screen.press("\r");
    screen.wait_for("確定");
    screen.wait_for("C02");
    screen.press("\r");
    // The last line of the screen is drawn last.
    screen.wait_for("C02-1");
    let last = in_lines.last().expect("a step").clone();
    screen.wait_for(&last);
    let on_screen = step_codes(&screen.text());
    assert_eq!(on_screen, in_lines, "{}", screen.text());
}

/// A dumb terminal gets lines without asking, as wide as it is.
#[test]
fn a_dumb_terminal_gets_lines_that_fit_it() {
    let (pki, gateway) = other_name();
    let address = gateway.address("127.0.0.1");
    let arguments = [
        &address,
        "--no-third-party",
        "--ca",
        pki.root_file(),
        "--lang",
        "ja",
        "--os",
        "windows",
    ];
    let mut screen = Screen::start(200, "dumb", &arguments);
    screen.wait_for("どのような状態ですか");
    screen.press("1\n");
    screen.wait_for("C02");
    let shown = screen.text();
    assert!(shown.contains("1. "), "{shown}");
    screen.press("q\n");
    screen.wait_for("現在の状態");
}
