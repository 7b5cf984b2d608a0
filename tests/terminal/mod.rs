//! A program on a real pseudo-terminal, and what stands on its screen.

#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long words may take to appear. Only a limit: nothing ever waits that long on purpose.
pub const LIMIT: Duration = Duration::from_secs(120);

/// A terminal of so many cells.
pub fn sized(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// A program on a terminal of colours that finds no settings and keeps its sessions in `state`.
pub fn command(program: impl AsRef<OsStr>, state: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    command.env("XDG_STATE_HOME", state);
    command.env_remove("NO_COLOR");
    command
}

/// A running program and its terminal. It ends with this.
pub struct Terminal {
    pub child: Box<dyn Child + Send + Sync>,
    pub master: Box<dyn MasterPty + Send>,
    pub keys: Box<dyn Write + Send>,
    /// What it draws, and when that was read; closed once it has ended.
    pub output: Receiver<(Instant, Vec<u8>)>,
    /// When it was started.
    pub began: Instant,
}

impl Terminal {
    pub fn start(command: CommandBuilder, size: PtySize) -> Self {
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo-terminal");
        let began = Instant::now();
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 65_536];
            // Ends with the program.
            while let Ok(length @ 1..) = reader.read(&mut bytes) {
                let read = (Instant::now(), bytes[..length].to_vec());
                if sender.send(read).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keys: pair.master.take_writer().expect("a writer"),
            master: pair.master,
            output,
            began,
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Gone already when the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A terminal whose screen is read.
pub struct Screen {
    pub terminal: Terminal,
    parser: vt100::Parser,
    /// All that was drawn.
    pub raw: Vec<u8>,
    watched: Option<(&'static str, bool)>,
}

impl Screen {
    pub fn start(command: CommandBuilder, size: PtySize) -> Self {
        let cells = |n| NonZeroU16::new(n).expect("not zero");
        Self {
            terminal: Terminal::start(command, size),
            parser: vt100::Parser::new(cells(size.rows), cells(size.cols), 0),
            raw: Vec::new(),
            watched: None,
        }
    }

    /// Remembers from now on whether these words ever stood there.
    pub fn watch_for(&mut self, words: &'static str) {
        self.watched = Some((words, false));
    }

    /// Whether the watched words ever stood there.
    pub fn was_seen(&self) -> bool {
        self.watched.is_some_and(|(_, seen)| seen)
    }

    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        self.parser.process(bytes);
        let text = self.watched.map(|_| self.text());
        if let (Some((words, seen)), Some(text)) = (&mut self.watched, text) {
            *seen |= text.contains(*words);
        }
    }

    /// Takes what came until now, without waiting.
    pub fn look(&mut self) {
        while let Ok((_, bytes)) = self.terminal.output.try_recv() {
            self.take(&bytes);
        }
    }

    /// When the bytes came with which these words stood on the screen; now where they stand there already.
    pub fn wait_for(&mut self, words: &str) -> Instant {
        let until = Instant::now() + LIMIT;
        let mut came = Instant::now();
        while !self.text().contains(words) {
            let left = until.saturating_duration_since(Instant::now());
            match self.terminal.output.recv_timeout(left) {
                Ok((at, bytes)) => {
                    self.take(&bytes);
                    came = at;
                }
                Err(why) => panic!("{words:?} did not appear ({why}):\n{}", self.text()),
            }
        }
        came
    }

    pub fn press(&mut self, keys: &str) {
        self.terminal
            .keys
            .write_all(keys.as_bytes())
            .expect("the program reads keys");
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        let resized = self.terminal.master.resize(sized(columns, rows));
        resized.expect("resize");
        let cells = |n| NonZeroU16::new(n).expect("not zero");
        self.parser
            .screen_mut()
            .set_size(cells(rows), cells(columns));
    }

    /// Waits for the program's end and everything it still says; its exit code.
    pub fn ended(&mut self) -> u32 {
        let until = Instant::now() + LIMIT;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.terminal.output.recv_timeout(left) {
                Ok((_, bytes)) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.text()),
            }
        }
        let ended = self.terminal.child.wait().expect("an exit code");
        ended.exit_code()
    }
}
