//! Which logs to read: those of the programs known, or the files and folders a person named.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Log, Obstacle};
use crate::guide::{LogPlace, System};

/// The deepest folder below one that was named.
const DEEPEST: usize = 8;
/// The most files read in one go.
const MOST_FILES: usize = 1000;

/// A program whose log may be on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The program and its places.
    pub place: &'a LogPlace,
    /// The logs that are there.
    pub logs: Vec<Log>,
    /// What is there and cannot be read.
    pub obstacles: Vec<(String, Obstacle)>,
}

/// The programs of this system with those of their logs that are there, in the order of the catalogue.
pub fn locate(places: &[LogPlace], system: System) -> Vec<Candidate<'_>> {
    let here = places.iter().filter(|place| place.system == system);
    here.map(|place| {
        let mut logs = Vec::new();
        let mut obstacles = Vec::new();
        for written in &place.paths {
            for path in expand(written, &|name| std::env::var(name).ok()) {
                if path.symlink_metadata().is_ok() {
                    walk(&path, &mut logs, &mut obstacles);
                }
            }
        }
        Candidate {
            place,
            logs,
            obstacles,
        }
    })
    .collect()
}

/// The logs a person named: `-` for standard input, files, and folders with all that is in them.
pub fn named(paths: &[PathBuf]) -> (Vec<Log>, Vec<(String, Obstacle)>) {
    let mut logs = Vec::new();
    let mut obstacles = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            if !logs.contains(&Log::Input) {
                logs.push(Log::Input);
            }
        } else {
            walk(path, &mut logs, &mut obstacles);
        }
    }
    (logs, obstacles)
}

/// A file, or all files of a folder in the order of their names. A folder is entered once, however links lead to it.
fn walk(root: &Path, logs: &mut Vec<Log>, obstacles: &mut Vec<(String, Obstacle)>) {
    let mut entered: BTreeSet<PathBuf> = BTreeSet::new();
    let mut open = vec![(root.to_owned(), 0)];
    while let Some((path, depth)) = open.pop() {
        let told = |obstacle| (path.display().to_string(), obstacle);
        let about = match std::fs::metadata(&path) {
            Ok(about) => about,
            Err(error) => {
                obstacles.push(told(Obstacle::of(&error)));
                continue;
            }
        };
        if about.is_file() {
            let log = Log::File(path.clone());
            if logs.contains(&log) {
                continue;
            }
            if logs.len() >= MOST_FILES {
                obstacles.push(told(Obstacle::TooMany));
                return;
            }
            logs.push(log);
            continue;
        }
        if !about.is_dir() {
            obstacles.push(told(Obstacle::NotAFile));
            continue;
        }
        let entries = path.canonicalize().and_then(|real| {
            let new = entered.insert(real);
            if new {
                std::fs::read_dir(&path).map(Some)
            } else {
                Ok(None)
            }
        });
        match entries {
            Ok(Some(_)) if depth >= DEEPEST => obstacles.push(told(Obstacle::TooMany)),
            Ok(Some(entries)) => {
                let mut inside: Vec<PathBuf> = entries
                    .take(MOST_FILES)
                    .filter_map(|entry| Some(entry.ok()?.path()))
                    .collect();
                inside.sort();
                // The stack gives the last one first.
                open.extend(inside.into_iter().rev().map(|path| (path, depth + 1)));
            }
            Ok(None) => {}
            Err(error) => obstacles.push(told(Obstacle::of(&error))),
        }
    }
}

/// The paths that a written place stands for: `~` and `%NAME%` filled in, `*` in its last part looked up. Nothing where
/// a variable is not set.
fn expand(written: &str, variable: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let Some(filled) = fill(written, variable) else {
        return Vec::new();
    };
    let path = PathBuf::from(&filled);
    let Some(pattern) = path.file_name().and_then(|name| name.to_str()) else {
        return vec![path];
    };
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![path];
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut fitting: Vec<PathBuf> = entries
        .take(MOST_FILES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| {
                name.len() >= before.len() + after.len()
                    && name.starts_with(before)
                    && name.ends_with(after)
            })
        })
        .collect();
    fitting.sort();
    fitting
}

fn fill(written: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if let Some(rest) = written.strip_prefix("~/") {
        let home = variable("HOME").or_else(|| variable("USERPROFILE"))?;
        return (!home.is_empty()).then(|| format!("{home}/{rest}"));
    }
    let mut filled = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('%') {
        let (name, behind) = after.split_once('%')?;
        filled.push_str(before);
        filled.push_str(&variable(name)?);
        rest = behind;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_from_the_environment_and_left_out_without_it() {
        let variables = |name: &str| match name {
            "HOME" => Some("/home/me".to_owned()),
            "APPDATA" => Some("C:/Users/me".to_owned()),
            _ => None,
        };
        assert_eq!(
            expand("~/a.log", &variables),
            [PathBuf::from("/home/me/a.log")]
        );
        assert_eq!(
            expand("%APPDATA%/b c/d", &variables),
            [PathBuf::from("C:/Users/me/b c/d")]
        );
        assert_eq!(expand("%OTHER%/x", &variables), Vec::<PathBuf>::new());
        assert_eq!(expand("50%/x", &variables), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_star_stands_for_any_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["f5a.txt", "f5b.txt", "other.txt", "f5c.log"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let pattern = format!("{}/f5*.txt", folder.path().display());
        let names: Vec<_> = expand(&pattern, &|_| None)
            .iter()
            .map(|path| path.file_name().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["f5a.txt", "f5b.txt"]);
    }
}
