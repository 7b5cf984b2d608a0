//! The real program on a real pseudo-terminal in a storm of keys, pastes, clicks and sizes: it draws on, and leaves when
//! it is asked to, with the terminal given back.
//!
//! `VPNMEDIC_PTY_STORM=20000` makes it longer. The same without a terminal, and faster, is in `tui::storm`.

#![cfg(unix)]
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod terminal;

use std::io::Write as _;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use terminal::{Terminal, command, sized};

/// How long the program may take to answer; only a limit.
const LIMIT: Duration = Duration::from_secs(180);
const BLOWS: usize = 1500;

/// What a terminal sends: keys, their modifiers, the mouse, pastes, and what is none of these.
const BLOW: [&[u8]; 32] = [
    b"\x1b[A",
    b"\x1b[B",
    b"\x1b[C",
    b"\x1b[D",
    b"\r",
    b"\t",
    b"\x1b[Z",
    b"\x1b",
    b"\x7f",
    b"\x1b[5~",
    b"\x1b[6~",
    b"\x1b[H",
    b"\x1b[F",
    b"\x1bOP",
    b"\x1bOR",
    b"?",
    b"/",
    b"L",
    b"r",
    b"p",
    b"f",
    b"P",
    b"d",
    b" ",
    b"\x1b[<0;10;10M\x1b[<0;10;10m",
    b"\x1b[<64;300;90M",
    b"\x1b[200~\xe8\xa8\xbc\xe6\x98\x8e\xe6\x9b\xb8\x1b[31m\xe2\x80\xae\x1b[201~",
    b"\x1b[200~unfinished",
    b"\x1b[201~",
    b"\xff\xfe\x00",
    b"\x1b[?1;2c\x1b]0;x\x07",
    b"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("small") % sides
    }

    fn side(&mut self, most: usize) -> u16 {
        u16::try_from(1 + self.roll(most)).expect("small")
    }
}

#[test]
fn a_storm_on_a_terminal_leaves_the_program_and_the_terminal_whole() {
    let asked = std::env::var("VPNMEDIC_PTY_STORM").ok();
    let blows = asked.map_or(BLOWS, |number| number.parse().expect("a number"));
    let state = tempfile::tempdir().expect("a folder");
    let mut command = command(env!("CARGO_BIN_EXE_vpnmedic"), state.path());
    // Nothing is contacted, whatever address the storm happens to type.
    command.args(["--offline"]);
    command.env("HOME", state.path());
    // Reports that the storm saves go with the folder.
    command.cwd(state.path());
    let mut terminal = Terminal::start(command, sized(120, 36));
    let (output, keys) = (&terminal.output, &mut terminal.keys);
    let mut last: Vec<u8> = Vec::new();
    let mut heard = 0_usize;
    let mut hear = |wait: Duration| match output.recv_timeout(wait) {
        Ok((_, bytes)) => {
            heard += bytes.len();
            last.extend(bytes);
            let cut = last.len().saturating_sub(1 << 16);
            last.drain(..cut);
            Some(true)
        }
        Err(RecvTimeoutError::Timeout) => Some(false),
        Err(RecvTimeoutError::Disconnected) => None,
    };
    assert_eq!(hear(LIMIT), Some(true), "no first frame");
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for blow in 0..blows {
        if dice.roll(4) == 0 {
            let (columns, rows) = (dice.side(400), dice.side(200));
            let resized = terminal.master.resize(sized(columns, rows));
            resized.expect("resize");
        } else {
            let sent = BLOW[dice.roll(BLOW.len())];
            keys.write_all(sent).expect("the program reads");
        }
        // What it draws is taken away, or it would wait for that.
        while hear(Duration::ZERO).unwrap_or_else(|| panic!("gone at blow {blow}")) {}
    }
    terminal.master.resize(sized(120, 36)).expect("resize");
    // Out of whatever is open, and out: whatever is asked on the way is answered with yes. Ctrl-C is for the rest.
    let until = Instant::now() + LIMIT;
    keys.write_all(b"\x1b[201~\x03").expect("the program reads");
    while hear(Duration::from_millis(200)).is_some() {
        assert!(Instant::now() < until, "it does not leave");
        // It may have gone in the meantime.
        let _ = keys.write_all(b"\x03");
    }
    let code = terminal.child.wait().expect("an exit code").exit_code();
    let end = String::from_utf8_lossy(&last).into_owned();
    assert_eq!(code, 0, "{end}");
    assert!(!end.contains("panicked"), "{end}");
    // The other screen is left, the cursor is there again, the mouse and pastes are the terminal's.
    for given_back in ["\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l"] {
        assert!(end.contains(given_back), "{given_back:?} is missing");
    }
    println!("{blows} blows, {heard} bytes drawn");
}
