//! Where facts of a device come from: files, folders and commands, behind one trait, so that the reading of them can be
//! tried on answers that were recorded elsewhere.
//!
//! Not here: what the answers mean; that is each system's own file. Recorded answers are in `recorded`.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::facts::Deadline;
use crate::evidence::{UnixTime, Why, WhyCode};

/// The most that is read of one file or one command's answer, in bytes.
pub const MAX_ANSWER: u64 = 8 << 20;

/// Something that can be looked at. Paths are those of the system that is looked at, whatever runs this program.
pub trait Source: Send + Sync {
    /// A file's content, at most [`MAX_ANSWER`] bytes of it.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn file(&self, path: &str) -> Result<Vec<u8>, Miss>;
    /// The names in a folder, sorted.
    ///
    /// # Errors
    /// Why it cannot be listed.
    fn folder(&self, path: &str) -> Result<Vec<String>, Miss>;
    /// Where a symbolic link points.
    ///
    /// # Errors
    /// Why it cannot be read; a thing that is no link is [`Miss::Failed`].
    fn link(&self, path: &str) -> Result<String, Miss>;
    /// What is there, links followed.
    ///
    /// # Errors
    /// Why it cannot be told.
    fn node(&self, path: &str) -> Result<Node, Miss>;
    /// What a command answers, in the language of programs (`LC_ALL=C`), within the deadline.
    ///
    /// # Errors
    /// [`Miss::Absent`] where there is no such command.
    fn run(&self, program: &str, arguments: &[&str], until: Deadline) -> Result<Answer, Miss>;
    /// A variable of this program's surroundings.
    fn variable(&self, name: &str) -> Option<String>;

    /// A file as text; what is no UTF-8 in it is replaced.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn text(&self, path: &str) -> Result<String, Miss> {
        self.file(path)
            .map(|content| String::from_utf8_lossy(&content).into_owned())
    }
}

/// Why something could not be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// It is not there.
    Absent,
    /// Rights are missing.
    NotPermitted,
    /// The deadline struck first.
    TimedOut,
    /// Anything else.
    Failed,
}

impl Miss {
    /// The reason as a fact's.
    pub const fn why(self) -> Why {
        Why::code(match self {
            Self::Absent => WhyCode::Unsupported,
            Self::NotPermitted => WhyCode::NotPermitted,
            Self::TimedOut => WhyCode::TimedOut,
            Self::Failed => WhyCode::Failed,
        })
    }
}

impl From<std::io::Error> for Miss {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::Absent,
            ErrorKind::PermissionDenied => Self::NotPermitted,
            ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::Failed,
        }
    }
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its kind.
    pub kind: NodeKind,
    /// When its content last changed.
    pub changed: Option<UnixTime>,
}

/// Kinds of things at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A character device, with its numbers.
    Character {
        /// The driver's.
        major: u32,
        /// The device's.
        minor: u32,
    },
    /// Anything else.
    Other,
}

/// What a command answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote, at most [`MAX_ANSWER`] bytes.
    pub out: Vec<u8>,
}

impl Answer {
    /// What it wrote, where it ended well.
    pub fn good(&self) -> Option<String> {
        (self.code == Some(0)).then(|| self.text())
    }

    /// What it wrote, however it ended.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

/// This very device.
#[derive(Clone, Debug)]
pub struct Real {
    root: PathBuf,
}

impl Default for Real {
    fn default() -> Self {
        Self {
            root: PathBuf::from("/"),
        }
    }
}

impl Real {
    /// A system's files under another folder, as tests lay them out. Commands are not run then: they would answer for
    /// the device itself.
    pub fn under(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn is_this_device(&self) -> bool {
        self.root == Path::new("/")
    }

    fn at(&self, path: &str) -> PathBuf {
        if self.is_this_device() {
            PathBuf::from(path)
        } else if let Some((drive, rest)) = path.split_once(r":\") {
            // A drive of Windows, laid out on a system that knows none.
            let rest = rest.replace('\\', "/");
            self.root.join(drive).join(rest)
        } else {
            self.root.join(path.trim_start_matches('/'))
        }
    }
}

impl Source for Real {
    fn file(&self, path: &str) -> Result<Vec<u8>, Miss> {
        let path = self.at(path);
        // A pipe would never end, a folder cannot be read.
        if !fs::metadata(&path)?.is_file() {
            return Err(Miss::Failed);
        }
        let mut content = Vec::new();
        File::open(path)?
            .take(MAX_ANSWER)
            .read_to_end(&mut content)?;
        Ok(content)
    }

    fn folder(&self, path: &str) -> Result<Vec<String>, Miss> {
        let mut names: Vec<String> = fs::read_dir(self.at(path))?
            .filter_map(Result::ok)
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    fn link(&self, path: &str) -> Result<String, Miss> {
        Ok(fs::read_link(self.at(path))?.to_string_lossy().into_owned())
    }

    fn node(&self, path: &str) -> Result<Node, Miss> {
        let data = fs::metadata(self.at(path))?;
        let changed = data.modified().ok().map(UnixTime::from);
        Ok(Node {
            kind: kind_of(&data),
            changed,
        })
    }

    fn run(&self, program: &str, arguments: &[&str], until: Deadline) -> Result<Answer, Miss> {
        if !self.is_this_device() {
            return Err(Miss::Absent);
        }
        let mut command = Command::new(find(program).ok_or(Miss::Absent)?);
        command
            .args(arguments)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        apart(&mut command);
        answer(command.spawn()?, until)
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

/// Keeps a command away from the terminal that this program draws on. PowerShell sets the mode of the console that it
/// finds, and sets it back to its own idea of one when it ends; with a hidden console of its own it has nothing of ours.
#[cfg(windows)]
fn apart(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;
    // CREATE_NO_WINDOW (processthreadsapi.h, process creation flags).
    command.creation_flags(0x0800_0000);
}

/// Elsewhere a command without input and with its output taken has nothing to draw on.
#[cfg(not(windows))]
fn apart(_command: &mut Command) {}

/// A command's file. Only the system's own folders are searched: a program named like one of them elsewhere is not run.
fn find(program: &str) -> Option<PathBuf> {
    const FOLDERS: [&str; 8] = [
        "/usr/bin",
        "/usr/sbin",
        "/bin",
        "/sbin",
        "/usr/local/bin",
        "/usr/local/sbin",
        "/opt/homebrew/bin",
        "/run/current-system/sw/bin",
    ];
    if cfg!(windows) {
        let system = std::env::var_os("SystemRoot")?;
        return find_on_windows(program, Path::new(&system));
    }
    if program.starts_with('/') {
        return Path::new(program).is_file().then(|| program.into());
    }
    FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.is_file())
}

/// The same on Windows. Left to itself it would look beside this program first, wherever that was put.
fn find_on_windows(program: &str, system: &Path) -> Option<PathBuf> {
    const FOLDERS: [&str; 2] = ["System32", "System32/WindowsPowerShell/v1.0"];
    if program.contains(":\\") {
        return Path::new(program).is_file().then(|| program.into());
    }
    FOLDERS
        .iter()
        .map(|folder| system.join(folder).join(format!("{program}.exe")))
        .find(|path| path.is_file())
}

/// Waits for the answer; ends the command when the deadline strikes.
fn answer(mut child: Child, until: Deadline) -> Result<Answer, Miss> {
    let (tell, told) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        // Where the system has no thread to give, nobody tells, and the command is ended below.
        let _ = thread::Builder::new().spawn(move || {
            let mut read = Vec::new();
            let ended = out.take(MAX_ANSWER).read_to_end(&mut read);
            // Fails only when nobody waits any more.
            let _ = tell.send(ended.map(|_| read));
        });
    }
    let read = told.recv_timeout(until.left());
    let code = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.code(),
            Ok(None) if read.is_ok() && !until.is_over() => {
                // Its output has ended, so it is about to; the standard library knows no wait with a limit.
                thread::sleep(Duration::from_millis(1));
            }
            _ => {
                // It may have ended by itself in the meantime.
                let _ = child.kill();
                let _ = child.wait();
                return Err(match read {
                    Err(mpsc::RecvTimeoutError::Disconnected) => Miss::Failed,
                    _ => Miss::TimedOut,
                });
            }
        }
    };
    match read {
        Ok(Ok(out)) => Ok(Answer { code, out }),
        Ok(Err(_)) => Err(Miss::Failed),
        Err(_) => Err(Miss::TimedOut),
    }
}

#[cfg(unix)]
fn kind_of(data: &fs::Metadata) -> NodeKind {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    if data.is_file() {
        NodeKind::File
    } else if data.is_dir() {
        NodeKind::Folder
    } else if data.file_type().is_char_device() {
        let device = data.rdev();
        // As glibc's gnu_dev_major and gnu_dev_minor take it apart.
        let number = |bits: u64| u32::try_from(bits).unwrap_or(u32::MAX);
        NodeKind::Character {
            major: number((device >> 8) & 0xfff | (device >> 32) & 0xffff_f000),
            minor: number(device & 0xff | (device >> 12) & 0xffff_ff00),
        }
    } else {
        NodeKind::Other
    }
}

#[cfg(not(unix))]
fn kind_of(data: &fs::Metadata) -> NodeKind {
    if data.is_file() {
        NodeKind::File
    } else if data.is_dir() {
        NodeKind::Folder
    } else {
        NodeKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Deadline {
        Deadline::after(Duration::from_secs(10))
    }

    #[cfg(unix)]
    #[test]
    fn a_command_answers_in_the_language_of_programs() {
        let answer = Real::default()
            .run("sh", &["-c", "printf %s \"$LC_ALL\"; exit 3"], soon())
            .expect("sh is everywhere");
        assert_eq!((answer.text().as_str(), answer.code), ("C", Some(3)));
        assert_eq!(answer.good(), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_does_not_end_is_ended() {
        let limit = Deadline::after(Duration::from_millis(50));
        let answer = Real::default().run("sh", &["-c", "exec sleep 60"], limit);
        assert_eq!(answer, Err(Miss::TimedOut));
    }

    #[test]
    fn what_is_not_there_is_told_from_what_failed() {
        let real = Real::default();
        assert_eq!(
            real.run("vpnmedic-has-no-such-command", &[], soon()),
            Err(Miss::Absent)
        );
        assert_eq!(real.file("/nonexistent/file"), Err(Miss::Absent));
        assert_eq!(real.file("/"), Err(Miss::Failed));
    }

    #[test]
    fn another_root_runs_no_command_of_this_device() {
        let other = Real::under("/nonexistent");
        assert_eq!(other.run("sh", &["-c", "true"], soon()), Err(Miss::Absent));
        assert_eq!(other.node("/dev/null"), Err(Miss::Absent));
    }

    #[test]
    fn windows_own_programs_are_taken_from_its_own_folders() {
        let folder = tempfile::tempdir().expect("a folder");
        let shell = folder.path().join("System32/WindowsPowerShell/v1.0");
        fs::create_dir_all(&shell).expect("folders");
        let shell = shell.join("powershell.exe");
        fs::write(&shell, "").expect("a file");
        assert_eq!(find_on_windows("powershell", folder.path()), Some(shell));
        assert_eq!(find_on_windows("reg", folder.path()), None);
        assert_eq!(
            find_on_windows("C:\\nowhere\\vpncli.exe", folder.path()),
            None
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_known_by_its_numbers() {
        let node = Real::default().node("/dev/null").expect("it is there");
        assert_eq!(node.kind, NodeKind::Character { major: 1, minor: 3 });
    }
}
