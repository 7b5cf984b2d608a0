//! Every text id that the code names exists, and the placeholders its text needs are filled in somewhere near.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

use super::*;

/// Every source file under `src`, its tests cut off.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "tests" {
                    folders.push(path);
                }
            } else if name.ends_with(".rs") && name != "tests.rs" {
                let text = std::fs::read_to_string(&path).unwrap();
                let end = text.find("#[cfg(test)]\nmod").unwrap_or(text.len());
                let code: Vec<&str> = text[..end]
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .collect();
                files.push((path, code.join("\n")));
            }
        }
    }
    files
}

#[test]
fn every_text_id_in_the_code_exists() {
    let knowledge = knowledge();
    let rooms: BTreeSet<&str> = knowledge
        .texts
        .iter()
        .filter_map(|(id, _)| id.split('.').next())
        .collect();
    let message = Regex::new(r#"Msg::new\(\s*"([^"]*)"\s*,?\s*\)"#).unwrap();
    let literal = Regex::new(r#""([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)""#).unwrap();
    let mut faults = Vec::new();
    let mut seen = 0;
    for (path, code) in sources() {
        let named = message
            .captures_iter(&code)
            .map(|found| found[1].to_owned());
        let like_ids = literal
            .captures_iter(&code)
            .map(|found| found[1].to_owned())
            .filter(|text| {
                text.split('.')
                    .next()
                    .is_some_and(|room| rooms.contains(room))
            })
            .filter(|text| !is_file_name(text));
        for id in named.chain(like_ids) {
            seen += 1;
            if knowledge.texts.text(&id).is_none() {
                faults.push(format!("{}: no text `{id}` in assets/ui", path.display()));
            }
        }
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        seen >= 17,
        "the scan found only {seen} ids, so it no longer works"
    );
}

#[test]
fn every_placeholder_of_a_message_is_filled_in_by_the_room_that_names_it() {
    let knowledge = knowledge();
    let message = Regex::new(r#"Msg::new\(\s*"([^"]*)"\s*,?\s*\)"#).unwrap();
    let filled = Regex::new(r#"\.with\(\s*"([^"]*)""#).unwrap();
    let mut given: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let room = |path: &Path| path.parent().unwrap_or(path).to_owned();
    for (path, code) in sources() {
        let names = filled.captures_iter(&code).map(|found| found[1].to_owned());
        given.entry(room(&path)).or_default().extend(names);
    }
    let mut faults = Vec::new();
    for (path, code) in sources() {
        for id in message
            .captures_iter(&code)
            .map(|found| found[1].to_owned())
        {
            let Some(text) = knowledge.texts.text(&id) else {
                continue;
            };
            for name in super::super::placeholder::names(&text.en) {
                if !given[&room(&path)].contains(&name) {
                    faults.push(format!("{}: `{id}` needs {{{name}}}", path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Names of files look like ids.
fn is_file_name(text: &str) -> bool {
    [
        ".toml", ".json", ".jsonl", ".rs", ".md", ".txt", ".pem", ".log", ".svg",
    ]
    .iter()
    .any(|ending| text.ends_with(ending))
}

#[test]
fn every_file_of_interface_texts_is_embedded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/ui");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| format!("assets/ui/{}", entry.unwrap().file_name().to_string_lossy()))
        .collect();
    let embedded: BTreeSet<String> = super::super::embedded::UI
        .iter()
        .map(|room| room.name.to_owned())
        .collect();
    assert_eq!(
        there, embedded,
        "src/guide/embedded.rs lists the files of assets/ui"
    );
}

#[test]
fn every_cause_file_is_embedded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/causes");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let known: BTreeSet<String> = crate::cause::CauseId::ALL
        .iter()
        .map(|id| format!("{id}.toml"))
        .collect();
    assert_eq!(
        there, known,
        "src/cause.rs lists the files of assets/causes"
    );
}
