//! Facts about a build, for `vpnmedic doctor`: of which commit, for which system, by which compiler. Run by cargo.
//!
//! Nothing of the machine that builds goes in (no time, no folder, no name), so that two builds of one commit are equal
//! to the byte. What the facts look like to people is in `cli/built.rs`.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Filled in by `git archive`; a source tarball has no repository.
const STAMP: &str = ".commit";

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
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

/// Whether the C library is inside the program.
fn linked() -> Option<String> {
    let features = variable("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let fixed = features.split(',').any(|feature| feature == "crt-static");
    Some(if fixed { "static" } else { "dynamic" }.to_owned())
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
