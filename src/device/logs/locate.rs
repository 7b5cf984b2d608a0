//! Which logs to read: those of the programs known, or the files and folders a person named.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Log, Obstacle};
use crate::device::places::expand;
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
            for path in expand(written, &|name| std::env::var(name).ok()).paths {
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
