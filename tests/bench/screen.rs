//! The screen as a person has it, on a real pseudo-terminal, beside htop measured in the same way: from the start of the
//! process to the first whole frame, from a key to the end of the frame that answers it, what a frame costs, what an idle
//! screen wakes up for, and what it holds in memory. `cargo bench --bench screen`; `-- --quick` with fewer keys.
//!
//! A frame is over when its bytes have been followed by silence; the last byte before the silence counts, not the
//! silence. The cost of a frame is the processor time of all threads while keys were pressed, divided by the keys:
//! reading the key, deciding, drawing, and writing. Times are those of this process's reader, so they hold the way
//! through the terminal twice.

#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot go on says so by panicking"
)]

mod binary;
#[path = "../support/mod.rs"]
mod support;
#[path = "../terminal/mod.rs"]
mod terminal;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use support::{Gateway, Pki};
use terminal::sized;

/// A frame that has been followed by so long a silence is over.
const SILENCE: Duration = Duration::from_millis(15);
/// How long an idle screen is watched.
const IDLE: Duration = Duration::from_secs(10);
const DOWN: &str = "\u{1b}[B";
const UP: &str = "\u{1b}[A";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let (starts, keys) = if quick { (5, 60) } else { (15, 400) };
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("other.example"), pki.leaf_key());
    let ours = Program {
        name: "vpnmedic",
        file: binary::ours(env!("CARGO_BIN_EXE_vpnmedic")),
        arguments: vec![
            "--no-third-party".into(),
            "--no-journal".into(),
            "--lang".into(),
            "en".into(),
            "--ca".into(),
            pki.root_file().to_owned(),
        ],
        target: Some(gateway.address("127.0.0.1")),
        whole: "quit",
    };
    let htop = Program {
        name: "htop",
        file: "/usr/bin/htop".into(),
        arguments: Vec::new(),
        target: None,
        whole: "F10",
    };
    println!(
        "| | first frame | size | key to frame, median | 99th percentile | cost of a frame | bytes a frame |\n\
         | --- | ---: | --- | ---: | ---: | ---: | ---: |"
    );
    let mut idle = Vec::new();
    for program in [&ours, &htop] {
        if !program.file.is_file() {
            eprintln!(
                "{} is not here (Debian's package of this name)",
                program.name
            );
            continue;
        }
        let first = first_frame(program, starts);
        for size in [(80, 24), (120, 36), (300, 100)] {
            let mut screen = Screen::start(program, size);
            screen.reach_the_end(program);
            let pressed = screen.press_keys(keys);
            println!(
                "| {} | {:.1} ms | {} x {} | {:.2} ms | {:.2} ms | {:.2} ms | {:.0} |",
                program.name,
                first,
                size.0,
                size.1,
                pressed.middle,
                pressed.ninety_ninth,
                pressed.cost,
                pressed.bytes
            );
            if pressed.unanswered > 0 {
                println!(
                    "{} keys of {keys} were answered by nothing",
                    pressed.unanswered
                );
            }
            if size == (120, 36) {
                idle.push((program.name, screen.idle(), screen.memory()));
            }
        }
    }
    println!(
        "\n| | wake-ups in {} s of idleness | processor time meanwhile | resident memory | of it its own |\n\
         | --- | ---: | ---: | ---: | ---: |",
        IDLE.as_secs()
    );
    for (name, (wakes, cost), (resident, own)) in idle {
        println!("| {name} | {wakes} | {cost:.1} ms | {resident:.1} MB | {own:.1} MB |");
    }
}

/// What is measured.
struct Program {
    name: &'static str,
    file: PathBuf,
    arguments: Vec<String>,
    /// What it is pointed at, where keys are to be measured on its fullest screen.
    target: Option<String>,
    /// Words of the last line of a frame.
    whole: &'static str,
}

/// From the start of the process to the first whole frame, in milliseconds: the median.
fn first_frame(program: &Program, starts: usize) -> f64 {
    let times = (0..starts).map(|_| {
        let untargeted = Program {
            target: None,
            arguments: program.arguments.clone(),
            file: program.file.clone(),
            ..*program
        };
        let mut screen = Screen::start(&untargeted, (120, 36));
        let shown = screen.shown.wait_for(program.whole);
        shown
            .duration_since(screen.shown.terminal.began)
            .as_secs_f64()
            * 1000.0
    });
    percentile(times.collect(), 50)
}

/// What pressing keys showed, times in milliseconds.
struct Pressed {
    middle: f64,
    ninety_ninth: f64,
    cost: f64,
    bytes: f64,
    unanswered: usize,
}

/// A program on a terminal.
struct Screen {
    shown: terminal::Screen,
    /// Its home; goes with it.
    _home: tempfile::TempDir,
}

impl Screen {
    fn start(program: &Program, (columns, rows): (u16, u16)) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let mut command = CommandBuilder::new(&program.file);
        command.args(&program.arguments);
        command.args(&program.target);
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        command.env("HOME", home.path());
        for folder in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
            command.env(folder, home.path());
        }
        command.env_remove("NO_COLOR");
        Self {
            shown: terminal::Screen::start(command, sized(columns, rows)),
            _home: home,
        }
    }

    /// To the screen on which keys are measured: for ours that of the verdict, with every pane full.
    fn reach_the_end(&mut self, program: &Program) {
        if program.target.is_some() {
            self.shown.wait_for("What happens?");
            self.shown.press("\r");
            self.shown.wait_for("CONFIRMED");
        } else {
            self.shown.wait_for(program.whole);
        }
        self.settle();
    }

    /// Waits for silence: when the last byte before it came, and how many there were.
    fn settle(&mut self) -> Option<(Instant, usize)> {
        let mut last = None;
        let mut length = 0;
        let mut patience = Duration::from_millis(500);
        loop {
            match self.shown.terminal.output.recv_timeout(patience) {
                Ok((at, bytes)) => {
                    last = Some(at);
                    length += bytes.len();
                    patience = SILENCE;
                }
                Err(RecvTimeoutError::Timeout) => return last.map(|at| (at, length)),
                Err(RecvTimeoutError::Disconnected) => panic!("the program has ended"),
            }
        }
    }

    fn press_keys(&mut self, keys: usize) -> Pressed {
        let before = self.processor_time();
        let mut times = Vec::new();
        let mut total = 0.0;
        for number in 0..keys {
            let key = if number % 2 == 0 { DOWN } else { UP };
            let pressed = Instant::now();
            self.shown.press(key);
            if let Some((at, length)) = self.settle() {
                times.push(at.duration_since(pressed).as_secs_f64() * 1000.0);
                total += number_of(length);
            }
        }
        let spent = self.processor_time() - before;
        let answered = times.len();
        Pressed {
            middle: percentile(times.clone(), 50),
            ninety_ninth: percentile(times, 99),
            cost: spent / number_of(keys),
            bytes: total / number_of(answered.max(1)),
            unanswered: keys - answered,
        }
    }

    /// Voluntary switches of all threads while nothing happens, and their processor time in milliseconds. A thread that
    /// ends meanwhile, as those for blocking work do after ten idle seconds, takes its own with it.
    fn idle(&mut self) -> (u64, f64) {
        self.settle();
        let before = self.wakes();
        let spent = self.processor_time();
        // The interval of a measurement: nothing is waited for.
        std::thread::sleep(IDLE);
        let woken = self.wakes().into_iter().map(|(thread, wakes)| {
            let earlier = before.get(&thread).copied().unwrap_or(0);
            wakes.saturating_sub(earlier)
        });
        (woken.sum(), (self.processor_time() - spent).max(0.0))
    }

    /// Resident memory in megabytes: all, and what is the process's own (no file behind it).
    fn memory(&self) -> (f64, f64) {
        let status = fs::read_to_string(self.process().join("status")).expect("a status");
        let megabytes = |field: &str| value(&status, field) / 1024.0;
        (megabytes("VmRSS:"), megabytes("RssAnon:"))
    }

    /// Voluntary switches so far, thread by thread.
    fn wakes(&self) -> BTreeMap<PathBuf, u64> {
        let each = self.threads().map(|thread| {
            let status = fs::read_to_string(thread.join("status")).unwrap_or_default();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count"
            )]
            let wakes = value(&status, "voluntary_ctxt_switches:") as u64;
            (thread, wakes)
        });
        each.collect()
    }

    /// Of all threads so far, in milliseconds.
    fn processor_time(&self) -> f64 {
        let each = self.threads().map(|thread| {
            let text = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
            let first = text.split_whitespace().next();
            first.and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0)
        });
        each.sum::<f64>() / 1e6
    }

    fn threads(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let tasks = fs::read_dir(self.process().join("task")).expect("threads");
        tasks.flatten().map(|entry| entry.path())
    }

    fn process(&self) -> PathBuf {
        let pid = self.shown.terminal.child.process_id().expect("a process");
        Path::new("/proc").join(pid.to_string())
    }
}

/// The number after this field of a status file.
fn value(status: &str, field: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(f64::NAN)
}

fn percentile(mut of: Vec<f64>, percent: usize) -> f64 {
    of.sort_by(f64::total_cmp);
    let at = (of.len() * percent / 100).min(of.len().saturating_sub(1));
    of.get(at).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "keys and bytes of one run")]
const fn number_of(count: usize) -> f64 {
    count as f64
}
