//! The password asked for on a terminal of the program's own.

use std::io::{Read as _, Write as _};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::{AT, named};

/// What the program shows on a terminal of its own, as it comes.
struct Screen {
    shown: String,
    coming: mpsc::Receiver<String>,
}

impl Screen {
    fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.shown.contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            match self.coming.recv_timeout(left) {
                Ok(more) => self.shown.push_str(&more),
                Err(_) => panic!("{text:?} did not come: {:?}", self.shown),
            }
        }
    }
}

#[test]
fn on_a_terminal_the_password_is_asked_for_again_and_never_shown() {
    let pair = native_pty_system()
        .openpty(PtySize::default())
        .expect("a terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_vpnmedic"));
    command.args([
        "inspect",
        "--p12",
        &named("modern.p12"),
        "--at",
        AT,
        "--lang",
        "en",
    ]);
    command.env("LC_ALL", "C.UTF-8");
    command.env("TERM", "xterm-256color");
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    let mut child = pair
        .slave
        .spawn_command(command)
        .expect("the program starts");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("reader");
    let mut writer = pair.master.take_writer().expect("writer");
    let (sender, coming) = mpsc::channel();
    std::thread::spawn(move || {
        let mut piece = [0; 1024];
        while let Ok(count @ 1..) = reader.read(&mut piece) {
            let _ = sender.send(String::from_utf8_lossy(&piece[..count]).into_owned());
        }
    });
    let mut screen = Screen {
        shown: String::new(),
        coming,
    };
    screen.wait_for("not shown while you type");
    writer.write_all(b"not this\r").expect("typed");
    screen.wait_for("Try again");
    writer
        .write_all("open s\u{e9}samx\u{7f}e\r".as_bytes())
        .expect("typed");
    screen.wait_for("Not checked");
    let status = child.wait().expect("it ends");
    assert_eq!(status.exit_code(), 0, "{}", screen.shown);
    assert!(
        !screen.shown.contains("not this") && !screen.shown.contains("same"),
        "{}",
        screen.shown
    );
}
