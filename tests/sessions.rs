//! Sessions outlive the program: killed at random moments, on a full disk, without a place to write. The real program
//! on a real pseudo-terminal; every wait is for something to happen, with a limit.

#![cfg(unix)]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod terminal;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};
use terminal::{Screen, command, sized};
use vpnmedic::guide::{Knowledge, Lang, System};
use vpnmedic::session::journal::{self, Condition, Journal, Place};
use vpnmedic::session::{Mark, Session, Stage};

/// Kills in all.
const KILLS: u32 = 200;
/// A tree whose only symptom leads to a list of steps at once.
const TREE: &str = r#"
[[symptom]]
id = "clock"
text = { en = "The clock is wrong", ja = "時計が違う" }
hint = { en = "By years.", ja = "何年も。" }
start = "end"

[[node]]
id = "end"
kind = "outcome"
text = { en = "It is the clock.", ja = "時計です。" }
causes = ["clock-skew-fast"]
"#;

/// A small generator (xorshift64): the same moments every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) % sides
    }
}

/// The program on a terminal, with a folder of its own for what it keeps.
fn started(program: &str, arguments: &[&str], state: &Path) -> Screen {
    let mut command = command(program, state);
    command.args(arguments);
    Screen::start(command, sized(120, 36))
}

/// Kills it as nothing else can, and takes everything that it had drawn.
fn kill_now(screen: &mut Screen) {
    let id = screen.terminal.child.process_id().expect("a process");
    let id = Pid::from_raw(i32::try_from(id).expect("a number")).expect("not zero");
    kill_process(id, Signal::KILL).expect("it can be killed");
    screen.ended();
}

/// The marks that are on the screen: code and sign.
fn marks(screen: &Screen) -> BTreeMap<String, Mark> {
    let text = screen.text();
    let mut marks = BTreeMap::new();
    for (sign, mark) in [
        ("[x] ", Mark::Done),
        ("[!] ", Mark::Failed),
        ("[-] ", Mark::Skipped),
        ("[>] ", Mark::NotMine),
    ] {
        for (at, _) in text.match_indices(sign) {
            let code: String = text[at + sign.len()..]
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            if code.starts_with("C09-") {
                marks.insert(code, mark);
            }
        }
    }
    marks
}

struct World {
    folder: tempfile::TempDir,
    tree: String,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tree = folder.path().join("wizard.toml");
        fs::write(&tree, TREE).expect("a file");
        let tree = tree.to_str().expect("a path").to_owned();
        Self { folder, tree }
    }

    fn arguments(&self) -> [&str; 8] {
        [
            "--offline",
            "--lang",
            "en",
            "--os",
            "linux",
            "--no-mouse",
            "--wizard",
            &self.tree,
        ]
    }

    fn start(&self, state: &Path) -> Screen {
        started(env!("CARGO_BIN_EXE_vpnmedic"), &self.arguments(), state)
    }

    fn state(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn place(state: &Path) -> Place {
    Place::at(state.join("vpnmedic/sessions"))
}

/// The only journal here, if one can be read.
fn only(state: &Path) -> Option<(PathBuf, Journal)> {
    let files = place(state).files();
    assert!(files.len() <= 1, "{files:?}");
    let (_, path) = files.into_iter().next()?;
    match journal::read(&path) {
        Ok(journal) => Some((path, journal)),
        Err(journal::ReadError::Empty) => None,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

fn fold(journal: &Journal, knowledge: &Knowledge) -> Session {
    let mut session = Session::new(Lang::En, System::Linux);
    for (at, event) in &journal.events {
        session.apply_at(*at, event, &knowledge.wizard, None);
    }
    session
}

/// How far round a mark has gone.
fn rank(mark: Mark) -> u8 {
    match mark {
        Mark::Open => 0,
        Mark::Done => 1,
        Mark::Failed => 2,
        Mark::Skipped => 3,
        Mark::NotMine => 4,
    }
}

/// What a person types: to the list of steps, then every step marked, three times round.
fn script() -> Vec<&'static str> {
    let mut keys = vec!["vpn.example.com\r", "\r", "\r"];
    for _ in 0..3 {
        keys.extend(["g"].into_iter().chain([" ", "\u{1b}[B"].repeat(4)));
    }
    keys
}

#[test]
fn nothing_that_was_on_the_screen_is_lost_when_the_program_is_killed() {
    let world = World::new();
    let knowledge = Knowledge::load(Some(("wizard.toml", TREE.as_bytes()))).expect("a tree");
    let mut confirmed = 0;
    let mut gone_on = 0;
    let mut torn = 0;
    for kill in 0..KILLS {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(u64::from(kill) + 1));
        let state = world.state(&kill.to_string());
        let mut screen = world.start(&state);
        screen.wait_for("Which VPN does not work?");
        let keys = script();
        // A moment: after so many keys, then so many bytes drawn or written, then so many turns of nothing.
        let last =
            usize::try_from(dice.roll(u64::try_from(keys.len()).expect("few"))).expect("few");
        for key in &keys[..=last] {
            screen.press(key);
            let answer = match *key {
                "vpn.example.com\r" => "What happens?",
                "\r" if screen.text().contains("What happens?") => "It is the clock",
                _ => continue,
            };
            screen.wait_for(answer);
        }
        // What draws nothing more would be looked at for ever.
        let mut looks = 2_000;
        let (drawn, written) = (screen.raw.len(), size(&state));
        match dice.roll(3) {
            0 => {
                let more = usize::try_from(dice.roll(1500)).expect("few");
                // Or until it has drawn all there is: then it sleeps, and the journal has grown.
                while screen.raw.len() < drawn + more && size(&state) == written && looks > 0 {
                    looks -= 1;
                    screen.look();
                    std::hint::spin_loop();
                }
            }
            1 => {
                let more = dice.roll(300);
                while size(&state) < written + more && screen.raw.len() == drawn && looks > 0 {
                    looks -= 1;
                    screen.look();
                    std::hint::spin_loop();
                }
            }
            _ => {}
        }
        for _ in 0..dice.roll(3_000_000) {
            std::hint::spin_loop();
        }
        kill_now(&mut screen);

        let shown = marks(&screen);
        let kept = only(&state);
        let was_named = screen.text().contains("vpn.example.com:443");
        if kept.is_none() {
            assert!(shown.is_empty() && !was_named, "{}", screen.text());
            continue;
        }
        let (path, journal) = kept.expect("looked");
        assert!(!journal.ended);
        torn += u32::from(matches!(journal.condition, Condition::Torn { .. }));
        assert!(!matches!(journal.condition, Condition::Damaged { .. }));
        let session = fold(&journal, &knowledge);
        if was_named {
            assert!(session.target().is_some());
        }
        if screen.text().contains("C09-1") && !shown.is_empty() {
            assert!(matches!(session.stage(), Stage::Steps(_)));
        }
        for (code, mark) in &shown {
            let kept = session.mark(code);
            assert!(
                rank(kept) >= rank(*mark),
                "kill {kill}: {code} was shown as {mark:?} and is kept as {kept:?} in {}\n{}",
                path.display(),
                screen.text()
            );
            confirmed += 1;
        }
        // Now and then the whole way: it offers to go on, and is where it was.
        if kill % 10 == 0 {
            let mut again = world.start(&state);
            again.wait_for("Go on?");
            again.press("\r");
            again.wait_for("You are where you stopped");
            for (code, mark) in session.checklist().steps() {
                let shown = marks(&again).get(code).copied().unwrap_or_default();
                assert_eq!(shown, mark.mark, "{}", again.text());
            }
            gone_on += 1;
            kill_now(&mut again);
            let (_, journal) = only(&state).expect("it is kept on");
            assert_eq!(journal.condition, Condition::Whole);
        }
    }
    assert!(
        confirmed > 200,
        "hardly anything was confirmed: {confirmed}"
    );
    assert!(gone_on > 10, "hardly any was gone on with: {gone_on}");
    println!("{KILLS} kills: {confirmed} marks confirmed, {gone_on} gone on with, {torn} torn");
}

/// Bytes of what is kept.
fn size(state: &Path) -> u64 {
    let files = place(state).files();
    let sizes = files.iter().filter_map(|(_, path)| fs::metadata(path).ok());
    sizes.map(|data| data.len()).sum()
}

/// A limit on the size of files is a full disk as far as a program can tell: the write comes through in part, or not at all.
#[test]
fn on_a_full_disk_the_wizard_works_and_says_what_it_cannot_keep() {
    let world = World::new();
    let state = world.state("full");
    let line = format!(
        "trap '' XFSZ; ulimit -f 4; exec {} {}",
        env!("CARGO_BIN_EXE_vpnmedic"),
        world.arguments().join(" ")
    );
    let mut screen = started("bash", &["-c", &line], &state);
    screen.watch_for("the disk is full");
    screen.wait_for("Which VPN does not work?");
    screen.press("vpn.example.com\r");
    screen.wait_for("What happens?");
    screen.press("\r");
    screen.wait_for("It is the clock");
    screen.press("\r");
    screen.wait_for("C09-1");
    for turn in 0..40 {
        screen.press(" ");
        let sign = [
            "[x] C09-1",
            "[!] C09-1",
            "[-] C09-1",
            "[>] C09-1",
            "[ ] C09-1",
        ][turn % 5];
        screen.wait_for(sign);
        if screen.text().contains("NOT SAVED") {
            break;
        }
    }
    screen.wait_for("NOT SAVED");
    // Told once, when it is noticed; the next key takes the sentence away, and the sign stays.
    assert!(screen.was_seen());
    // It goes on working.
    screen.press("L");
    screen.wait_for("保存できません");
    kill_now(&mut screen);
    let (_, journal) = only(&state).expect("what was kept before stays");
    assert!(!journal.events.is_empty());
    assert_eq!(journal.condition, Condition::Whole, "no half line is left");
}

#[test]
fn where_nothing_can_be_written_the_wizard_works_and_says_so() {
    let world = World::new();
    // A file where the folder should be.
    let blocked = world.state("blocked");
    fs::write(&blocked, b"").expect("a file");
    let mut screen = world.start(&blocked);
    screen.wait_for("Which VPN does not work?");
    screen.press("vpn.example.com\r");
    screen.wait_for("What happens?");
    screen.wait_for("NOT SAVED");
    screen.wait_for("This session is not saved");
    screen.press("\r");
    screen.wait_for("It is the clock");
}

/// Permissions say nothing to root: the kernel's own folder, in which nobody can make one, says it to all.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_home_is_told_as_such() {
    let world = World::new();
    let mut screen = world.start(Path::new("/sys/vpnmedic-test"));
    screen.wait_for("Which VPN does not work?");
    screen.press("vpn.example.com\r");
    screen.wait_for("cannot be written to");
    screen.wait_for("NOT SAVED");
}

#[test]
fn on_request_nothing_is_kept() {
    let world = World::new();
    let state = world.state("none");
    let mut arguments = world.arguments().to_vec();
    arguments.push("--no-journal");
    let mut screen = started(env!("CARGO_BIN_EXE_vpnmedic"), &arguments, &state);
    screen.wait_for("Which VPN does not work?");
    screen.press("vpn.example.com\r");
    screen.wait_for("What happens?");
    screen.press("q");
    screen.wait_for("are not kept");
    screen.press("\u{1b}[B\r");
    screen.ended();
    assert!(!state.exists());
}

#[test]
fn leaving_says_where_the_session_is_and_the_next_start_does_not_ask() {
    let world = World::new();
    let state = world.state("left");
    let mut screen = world.start(&state);
    screen.wait_for("Which VPN does not work?");
    screen.press("vpn.example.com\r");
    screen.wait_for("What happens?");
    screen.press("q");
    screen.wait_for("are kept on this");
    screen.press("\u{1b}[B\r");
    screen.ended();
    assert!(
        screen.text().contains("vpnmedic sessions show 20"),
        "{}",
        screen.text()
    );
    let (_, journal) = only(&state).expect("a session");
    assert!(journal.ended);
}

#[test]
fn a_bundle_is_seen_on_the_screen_before_it_is_written_and_is_what_was_seen() {
    let world = World::new();
    let state = world.state("bundle");
    let file = world.folder.path().join("handed-over.vpnmedic");
    let mut screen = world.start(&state);
    screen.wait_for("Which VPN does not work?");
    screen.press("vpn.example.com\r");
    screen.wait_for("What happens?");
    screen.press("B");
    screen.wait_for("README.txt");
    screen.wait_for("manifest.json");
    // Another name than the one offered: Ctrl-U takes that away.
    screen.press("\u{15}");
    screen.press(file.to_str().expect("a path"));
    screen.wait_for("handed-over.vpnmedic");
    assert!(!file.exists(), "nothing is written before Enter");
    screen.press("\r");
    screen.wait_for("Saved:");
    let bytes = fs::read(&file).expect("the bundle");
    let bundle = vpnmedic::session::bundle::open(&bytes).expect("a bundle");
    let (_, kept) = only(&state).expect("a journal");
    assert!(bundle.journal.events.len() <= kept.events.len());
    assert!(!bundle.journal.events.is_empty());
    let text = format!("{:?}", bundle.journal.events);
    assert!(
        !text.contains("vpn.example.com"),
        "names are replaced: {text}"
    );
    assert!(bundle.recorded.is_some(), "the level between the others");
}
