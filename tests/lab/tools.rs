//! Programs of the system: finding them, running them to their end with a limit, saying what is missing.
//! Not here: programs that stay (see [`crate::servers`]).

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What went wrong while a world was built or asked; for the person who reads the test's output.
pub type Outcome<T> = Result<T, Trouble>;

/// Why a case could not be carried out.
#[derive(Debug)]
pub enum Trouble {
    /// This machine lacks something that the lab needs.
    Missing(String),
    /// The lab itself broke.
    Broken(String),
}

impl From<std::io::Error> for Trouble {
    /// With the place in the lab: the operating system's words alone do not say which file.
    #[track_caller]
    fn from(error: std::io::Error) -> Self {
        Self::Broken(format!("{error}, at {}", std::panic::Location::caller()))
    }
}

/// Folders that hold administrators' programs; an ordinary PATH leaves them out.
const ADMIN: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
/// Between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(10);

/// Where the program of this name is.
pub fn find(name: &str) -> Outcome<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(ADMIN.iter().map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| Trouble::Missing(format!("the program `{name}` is not installed")))
}

/// libfaketime's library for programs with threads; its folder carries the machine's name.
pub fn libfaketime() -> Outcome<PathBuf> {
    let found = fs::read_dir("/usr/lib")?
        .flatten()
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .chain([PathBuf::from("/usr/lib/faketime/libfaketimeMT.so.1")])
        .find(|file| file.is_file());
    found.ok_or_else(|| Trouble::Missing("libfaketime is not installed".into()))
}

/// Looks at a condition again and again until it holds.
///
/// # Errors
/// When the limit strikes first; `what` says what was waited for.
pub fn wait_until(
    what: &str,
    limit: Duration,
    mut holds: impl FnMut() -> Outcome<bool>,
) -> Outcome<()> {
    let end = Instant::now() + limit;
    while !holds()? {
        if Instant::now() >= end {
            return Err(Trouble::Broken(format!(
                "waited {} s in vain: {what}",
                limit.as_secs()
            )));
        }
        // Between two looks at the condition, which alone ends the wait.
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// What a program that ran to its end left behind.
pub struct Ran {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// How long it ran.
    pub took: Duration,
}

/// A command with its arguments, input and limit.
pub struct Run {
    command: Command,
    input: Vec<u8>,
    limit: Duration,
}

impl Run {
    /// A run of this program.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            command: Command::new(program),
            input: Vec::new(),
            limit: Duration::from_secs(20),
        }
    }

    /// With these arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// With one more argument.
    pub fn arg(self, arg: impl AsRef<OsStr>) -> Self {
        self.args([arg])
    }

    /// With this on standard input.
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Killed after this long.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end, whatever that is.
    ///
    /// # Errors
    /// When it does not start or does not end within the limit.
    pub fn end(mut self) -> Outcome<Ran> {
        let began = Instant::now();
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        if let Some(mut stdin) = child.stdin.take() {
            // A program that ends without reading all of its input closes the pipe: its exit status tells the rest.
            let _ = stdin.write_all(&self.input);
        }
        let status = end_within(&mut child, self.limit);
        let ran = (stdout.join(), stderr.join());
        let (Ok(stdout), Ok(stderr)) = ran else {
            return Err(Trouble::Broken("a pipe could not be read".into()));
        };
        let status = status.map_err(|trouble| match trouble {
            Trouble::Broken(why) => Trouble::Broken(format!(
                "{:?}: {why}\n{stdout}{stderr}",
                self.command.get_program()
            )),
            missing => missing,
        })?;
        Ok(Ran {
            status,
            stdout,
            stderr,
            took: began.elapsed(),
        })
    }

    /// Runs it to its end, which must be a good one.
    ///
    /// # Errors
    /// Also when it fails; its own words are in the error.
    pub fn good(self) -> Outcome<String> {
        let line = format!("{:?}", self.command);
        let ran = self.end()?;
        if ran.status.success() {
            Ok(ran.stdout)
        } else {
            Err(Trouble::Broken(format!(
                "{line}: {}\n{}{}",
                ran.status, ran.stdout, ran.stderr
            )))
        }
    }
}

/// Reads a pipe to its end beside everything else, so that a talkative program never blocks.
fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn end_within(child: &mut Child, limit: Duration) -> Outcome<ExitStatus> {
    let mut status = None;
    let ended = wait_until("the program to end", limit, || {
        status = child.try_wait()?;
        Ok(status.is_some())
    });
    match (ended, status) {
        (Ok(()), Some(status)) => Ok(status),
        (ended, _) => {
            let state = state_of(child.id());
            child.kill()?;
            child.wait()?;
            Err(match ended {
                Err(Trouble::Broken(why)) => Trouble::Broken(format!("{why}\n{state}")),
                Err(missing) => missing,
                Ok(()) => Trouble::Broken("no exit status".into()),
            })
        }
    }
}

/// What the threads of a process that hangs are waiting in, and what it holds open: where to look for the reason.
fn state_of(pid: u32) -> String {
    let process = PathBuf::from(format!("/proc/{pid}"));
    let entries = |name: &str| {
        fs::read_dir(process.join(name))
            .into_iter()
            .flatten()
            .flatten()
    };
    let mut lines = vec![format!("process {pid} hangs:")];
    for thread in entries("task") {
        let part = |name: &str| fs::read_to_string(thread.path().join(name)).unwrap_or_default();
        let (name, place, call) = (part("comm"), part("wchan"), part("syscall"));
        lines.push(format!(
            "  {} in {place}, syscall {}",
            name.trim(),
            call.trim()
        ));
    }
    for open in entries("fd") {
        if let Ok(to) = fs::read_link(open.path()) {
            lines.push(format!(
                "  {} -> {}",
                open.file_name().display(),
                to.display()
            ));
        }
    }
    for table in ["net/tcp", "net/tcp6", "net/udp", "net/udp6"] {
        let sockets = fs::read_to_string(process.join(table)).unwrap_or_default();
        lines.extend(
            sockets
                .lines()
                .skip(1)
                .map(|line| format!("  {table}: {}", line.trim())),
        );
    }
    lines.join("\n")
}
