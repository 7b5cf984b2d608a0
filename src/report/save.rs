//! Putting a report into a file: for its owner's eyes only, never over another file unasked, and whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What came of saving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is there.
    As(PathBuf),
    /// There is something of that name already; it was left as it is.
    Exists(PathBuf),
    /// It could not be written, and the system's reason.
    Failed(PathBuf, String),
}

/// Writes the text to this path; what lies there is replaced only where that was said. A leading `~/` is the home folder.
/// On Unix the file is readable by its owner alone.
pub fn save(typed: &str, text: &str, replace: bool) -> Saved {
    save_bytes(typed, text.as_bytes(), replace)
}

/// The same for what is not text.
pub fn save_bytes(typed: &str, bytes: &[u8], replace: bool) -> Saved {
    let path = meant(typed);
    let written = if replace {
        write_over(&path, bytes)
    } else {
        write_new(&path, bytes)
    };
    match written {
        Ok(()) => Saved::As(path),
        Err(error) if !replace && error.kind() == io::ErrorKind::AlreadyExists => {
            Saved::Exists(path)
        }
        Err(error) => Saved::Failed(path, error.to_string()),
    }
}

/// The folder that is offered for reports: the person's documents, else their home, else where the program was started.
pub fn folder() -> PathBuf {
    let dirs = directories::UserDirs::new();
    dirs.and_then(|dirs| {
        let documents = dirs.document_dir().filter(|folder| folder.is_dir());
        let home = Some(dirs.home_dir()).filter(|folder| folder.is_dir());
        documents.or(home).map(Path::to_owned)
    })
    .or_else(|| std::env::current_dir().ok())
    .unwrap_or_default()
}

fn meant(typed: &str) -> PathBuf {
    let typed = typed.trim();
    let home = || directories::UserDirs::new().map(|dirs| dirs.home_dir().to_owned());
    match (typed.strip_prefix("~/"), home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}

/// A file that was not there before.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a report is none.
        let _ = std::fs::remove_file(path);
    }
    written
}

/// Beside it first, then in its place at once.
fn write_over(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    let mut name = path
        .file_name()
        .ok_or(io::ErrorKind::InvalidInput)?
        .to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let beside = path.with_file_name(name);
    write_new(&beside, bytes)?;
    let moved = std::fs::rename(&beside, path);
    if moved.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    moved
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_for_its_owner_and_nothing_is_replaced_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let typed = path.to_str().unwrap();
        assert_eq!(save(typed, "one", false), Saved::As(path.clone()));
        assert_eq!(save(typed, "two", false), Saved::Exists(path.clone()));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(save(typed, "three", true), Saved::As(path.clone()));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_is_said_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("not").join("there.txt");
        for replace in [false, true] {
            let saved = save(nowhere.to_str().unwrap(), "x", replace);
            assert!(matches!(saved, Saved::Failed(..)), "{saved:?}");
            let saved = save(folder.path().to_str().unwrap(), "x", replace);
            assert!(!matches!(saved, Saved::As(_)), "{saved:?}");
            assert!(matches!(save("", "x", replace), Saved::Failed(..)));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
