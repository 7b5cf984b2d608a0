//! Run by cargo before the program is compiled: deflates the causes' texts, writes those of the interface as plain lists,
//! and gathers facts about the build for `vpnmedic doctor` (of which commit, for which system, by which compiler).
//!
//! Nothing of the machine that builds goes in (no time, no folder, no name), so that two builds of one commit are equal
//! to the byte. How texts are unpacked is in `packed.rs`, how lists are read in `guide/texts.rs` (whose tests say what is
//! wrong with a file), what the facts look like to people in `cli/built.rs`.

use std::env;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::read::DeflateEncoder;
use toml::{Table, Value};

/// Filled in by `git archive`; a source tarball has no repository.
const STAMP: &str = ".commit";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src/build.rs");
    pack_causes()?;
    list_texts()?;
    tell_facts();
    Ok(())
}

/// Writes two files for each cause: what stands before its first TOML table, as it is, and the rest, deflated.
fn pack_causes() -> io::Result<()> {
    for_each_file("assets/causes", "causes", |out, text| {
        let (head, rest) = text.split_at(text.find("\n[").map_or(text.len(), |at| at + 1));
        let mut deflated = Vec::new();
        DeflateEncoder::new(rest.as_bytes(), Compression::best()).read_to_end(&mut deflated)?;
        fs::write(out.with_extension("head"), head)?;
        fs::write(out.with_extension("rest"), deflated)
    })
}

/// Writes one file for each file of interface texts: id, English and Japanese of every text, a unit separator (U+001F)
/// between them and a record separator (U+001E) behind. Reading TOML takes a start longer than a handshake.
fn list_texts() -> io::Result<()> {
    for_each_file("assets/ui", "ui", |out, text| {
        let table = text.parse::<Table>().map_err(io::Error::other)?;
        let mut list = String::new();
        list_branch(&table, "", &mut list);
        fs::write(out.with_extension("list"), list)
    })
}

fn list_branch(table: &Table, path: &str, list: &mut String) {
    if let (Some(Value::String(en)), Some(Value::String(ja))) = (table.get("en"), table.get("ja")) {
        list.extend([path, "\u{1f}", en, "\u{1f}", ja, "\u{1e}"]);
        return;
    }
    for (name, value) in table {
        if let Value::Table(inner) = value {
            let dot = if path.is_empty() { "" } else { "." };
            list_branch(inner, &format!("{path}{dot}{name}"), list);
        }
    }
}

/// Calls `write` for each TOML file of a folder, with the place for what becomes of it (no extension yet) and its text.
fn for_each_file(
    folder: &str,
    into: &str,
    write: impl Fn(&Path, &str) -> io::Result<()>,
) -> io::Result<()> {
    println!("cargo::rerun-if-changed={folder}");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names OUT_DIR"))?;
    let out = Path::new(&out).join(into);
    fs::create_dir_all(&out)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_toml = path.extension().is_some_and(|e| e == "toml");
        if let Some(name) = path.file_stem().filter(|_| is_toml) {
            let named = |error| io::Error::other(format!("{}: {error}", path.display()));
            write(&out.join(name), &fs::read_to_string(&path)?).map_err(named)?;
        }
    }
    Ok(())
}

fn tell_facts() {
    println!("cargo::rerun-if-env-changed=VPNMEDIC_COMMIT");
    let facts = [
        ("COMMIT", commit()),
        ("TARGET", variable("TARGET")),
        ("PROFILE", variable("PROFILE")),
        ("RUSTC", compiler()),
        ("LINKED", linked()),
    ];
    for (name, fact) in facts {
        let fact = fact.unwrap_or_else(|| "not known".to_owned());
        println!("cargo::rustc-env=VPNMEDIC_BUILD_{name}={fact}");
    }
}

/// The commit: what the builder says, what the tarball says, what the repository says.
fn commit() -> Option<String> {
    println!("cargo::rerun-if-changed={STAMP}");
    let stamp = fs::read_to_string(STAMP).ok();
    let is_commit = |text: &String| {
        text.len() >= 7 && text.len() <= 64 && text.chars().all(|c| c.is_ascii_hexdigit())
    };
    variable("VPNMEDIC_COMMIT")
        .or(stamp.map(|text| text.trim().to_owned()))
        .filter(is_commit)
        .or_else(of_repository)
}

/// The commit that is checked out, `+changes` behind it where files differ from it. Of a release only: a development
/// build would be made anew with every commit.
fn of_repository() -> Option<String> {
    if variable("PROFILE")? != "release" {
        return None;
    }
    // A tarball unpacked inside somebody else's repository has nothing to do with its commits.
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if fs::canonicalize(top).ok()? != fs::canonicalize(".").ok()? {
        return None;
    }
    // The log of HEAD grows with each commit; cargo takes a watched file that is missing for a changed one.
    for place in ["HEAD", "logs/HEAD"] {
        let place = git(&["rev-parse", "--git-path", place])?;
        if Path::new(&place).exists() {
            println!("cargo::rerun-if-changed={place}");
        }
    }
    for part in ["src", "assets", "wizard.toml", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={part}");
    }
    let commit = git(&["rev-parse", "HEAD"])?;
    let changes = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changes.is_empty() {
        commit
    } else {
        commit + "+changes"
    })
}

fn git(arguments: &[&str]) -> Option<String> {
    let out = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    out.status.success().then(|| text.trim().to_owned())
}

fn compiler() -> Option<String> {
    let out = Command::new(Path::new(&env::var_os("RUSTC")?))
        .arg("--version")
        .output()
        .ok()?;
    Some(String::from_utf8(out.stdout).ok()?.trim().to_owned())
}

/// Whether the C library is inside the program: as the builder says, who may decide it for the last step alone, else as
/// it is compiled.
fn linked() -> Option<String> {
    println!("cargo::rerun-if-env-changed=VPNMEDIC_LINKED");
    if let Some(said) = variable("VPNMEDIC_LINKED") {
        return Some(said);
    }
    let features = variable("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let inside = features.split(',').any(|feature| feature == "crt-static");
    Some(if inside { "static" } else { "dynamic" }.to_owned())
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
