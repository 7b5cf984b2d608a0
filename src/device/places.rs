//! Places as `assets/clients.toml` writes them: `~` and `%NAME%` filled in, `*` looked up. Not here: what is there.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The most entries of one folder that are looked through.
const MOST_ENTRIES: usize = 1000;
/// The most paths that one written place stands for.
const MOST_PATHS: usize = 1000;

/// What a written place stands for here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The paths, in the order of their names. One that was written without a `*` need not be there.
    pub paths: Vec<PathBuf>,
    /// Folders that this user may not look into.
    pub forbidden: Vec<PathBuf>,
}

/// The paths that a written place stands for; nothing where a variable is not set.
pub(super) fn expand(written: &str, variable: &dyn Fn(&str) -> Option<String>) -> Expanded {
    let mut found = Expanded::default();
    let Some(filled) = fill(written, variable) else {
        return found;
    };
    let mut at = vec![PathBuf::new()];
    for part in Path::new(&filled).components() {
        let pattern = match part {
            Component::Normal(name) => name.to_str().and_then(|name| name.split_once('*')),
            _ => None,
        };
        at = match pattern {
            None => at.into_iter().map(|path| path.join(part)).collect(),
            Some((before, after)) => at
                .iter()
                .flat_map(|folder| fitting(folder, before, after, &mut found.forbidden))
                .take(MOST_PATHS)
                .collect(),
        };
    }
    found.paths = at;
    found
}

/// What is in a folder under such a name.
fn fitting(folder: &Path, before: &str, after: &str, forbidden: &mut Vec<PathBuf>) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            if error.kind() == ErrorKind::PermissionDenied {
                forbidden.push(folder.to_owned());
            }
            return Vec::new();
        }
    };
    let mut fitting: Vec<PathBuf> = entries
        .take(MOST_ENTRIES)
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
        let paths = |written: &str| expand(written, &variables).paths;
        assert_eq!(paths("~/a.log"), [PathBuf::from("/home/me/a.log")]);
        assert_eq!(
            paths("%APPDATA%/b c/d"),
            [PathBuf::from("C:/Users/me/b c/d")]
        );
        assert_eq!(paths("%OTHER%/x"), Vec::<PathBuf>::new());
        assert_eq!(paths("50%/x"), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_star_stands_for_any_name_in_any_part() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["f5a.txt", "f5b.txt", "other.txt", "f5c.log"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        std::fs::create_dir(folder.path().join("office")).unwrap();
        std::fs::write(folder.path().join("office/office.ovpn"), "x").unwrap();
        let names = |pattern: &str| -> Vec<String> {
            let pattern = format!("{}/{pattern}", folder.path().display());
            let found = expand(&pattern, &|_| None);
            assert_eq!(found.forbidden, Vec::<PathBuf>::new());
            let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
            found.paths.iter().map(name).collect()
        };
        assert_eq!(names("f5*.txt"), ["f5a.txt", "f5b.txt"]);
        assert_eq!(names("*/*.ovpn"), ["office.ovpn"]);
    }
}
