//! The full-screen wizard on a terminal of its own: start it, wait for words, type, wait for its end. Not here: what is
//! asked of it ([`crate::cases`]).

use std::ffi::OsString;
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::tools::{Outcome, Trouble, wait_until};

/// Rows and columns.
const ROWS: NonZero<u16> = NonZero::<u16>::MIN.saturating_add(35);
const COLUMNS: NonZero<u16> = NonZero::<u16>::MIN.saturating_add(119);
/// How long the screen may take for anything, on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(30);

/// A program on a terminal. It is ended with the value.
pub struct Screen {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    shown: Arc<Mutex<vt100::Parser>>,
    _terminal: Box<dyn MasterPty + Send>,
}

impl Screen {
    /// Starts this command line.
    pub fn start(line: &[OsString]) -> Outcome<Self> {
        let size = PtySize {
            rows: ROWS.get(),
            cols: COLUMNS.get(),
            pixel_width: 0,
            pixel_height: 0,
        };
        let terminal = native_pty_system().openpty(size).map_err(broken)?;
        let mut command = CommandBuilder::from_argv(line.to_vec());
        command.cwd("/");
        let child = terminal.slave.spawn_command(command).map_err(broken)?;
        drop(terminal.slave);
        let shown = Arc::new(Mutex::new(vt100::Parser::new(ROWS, COLUMNS, 0)));
        let mut output = terminal.master.try_clone_reader().map_err(broken)?;
        let screen = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Ends with an error or nothing more when the program has ended.
            while let Ok(length @ 1..) = output.read(&mut bytes) {
                screen
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .process(&bytes[..length]);
            }
        });
        let keys = terminal.master.take_writer().map_err(broken)?;
        Ok(Self {
            child,
            keys,
            shown,
            _terminal: terminal.master,
        })
    }

    /// What is on the screen.
    pub fn text(&self) -> String {
        self.shown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .screen()
            .contents()
    }

    /// Waits until these words are on the screen.
    pub fn wait_for(&self, words: &str) -> Outcome<()> {
        let waited = wait_until(words, LIMIT, || Ok(self.text().contains(words)));
        waited.map_err(|_| Trouble::Broken(format!("`{words}` never showed:\n{}", self.text())))
    }

    /// Leaves with Ctrl-C, however often it takes (the second answers the question whether to leave).
    pub fn leave(mut self) -> Outcome<()> {
        let waited = wait_until("the program to leave", LIMIT, || {
            // The write fails once the program has gone, which is what is waited for.
            let _ = self
                .keys
                .write_all(b"\x03")
                .and_then(|()| self.keys.flush());
            Ok(self.child.try_wait()?.is_some())
        });
        waited.map_err(|_| Trouble::Broken(format!("it did not leave:\n{}", self.text())))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn broken(error: impl std::fmt::Display) -> Trouble {
    Trouble::Broken(error.to_string())
}
