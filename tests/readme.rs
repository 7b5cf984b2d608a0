//! README shows the program's own screens, the same text that the screen tests draw and compare, and commands that the
//! program takes. With `VPNMEDIC_BLESS=1` the pictures are written into README anew.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

#[test]
fn the_pictures_in_readme_are_the_programs_own_screens() {
    let mut readme = fs::read_to_string("README.md").expect("README.md");
    for (mark, screen) in [
        ("screen", "tests/screens/verdict.120x36.en.txt"),
        ("screen-ja", "tests/screens/verdict.80x24.ja.txt"),
    ] {
        let picture = fs::read_to_string(screen).expect(screen);
        let picture: Vec<&str> = picture.lines().map(str::trim_end).collect();
        let block = format!("\n```text\n{}\n```\n", picture.join("\n").trim_end());
        let (begin, end) = (
            format!("<!-- {mark}:begin -->"),
            format!("<!-- {mark}:end -->"),
        );
        let from = readme.find(&begin).expect("begin mark") + begin.len();
        let to = readme.find(&end).expect("end mark");
        if std::env::var_os("VPNMEDIC_BLESS").is_some() {
            readme.replace_range(from..to, &block);
            fs::write("README.md", &readme).expect("README.md can be written");
        } else {
            assert_eq!(&readme[from..to], block, "README's {mark} is not {screen}");
        }
    }
}

/// What `--help` of a verb says; of the program itself without one.
fn help(verb: &str) -> String {
    let verb = Some(verb).filter(|verb| !verb.is_empty());
    let mut program = Command::new(env!("CARGO_BIN_EXE_vpnmedic"));
    let run = program.args(verb).arg("--help").output().expect("it runs");
    assert!(run.status.success(), "{verb:?} has no help");
    String::from_utf8(run.stdout).expect("words")
}

/// The commands of README, each as the words after the program's name, without what a shell adds.
fn commands(readme: &str) -> Vec<Vec<&str>> {
    let lines = readme.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("vpnmedic ")
            .or_else(|| line.strip_prefix("cargo run --release -- "))
    });
    lines
        .map(|line| {
            let words = line.split_whitespace();
            let own = words.take_while(|word| !word.starts_with(['#', '|', '>', '<']));
            own.collect()
        })
        .collect()
}

#[test]
fn the_commands_in_readme_are_those_that_help_shows() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    let of_the_program = help("");
    let listed = of_the_program.split("Commands:").nth(1).expect("commands");
    let listed = listed.split("Arguments:").next().unwrap_or_default();
    let verbs: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| {
            line.strip_prefix("  ")
                .filter(|rest| !rest.starts_with(' '))
        })
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let mut helps = BTreeMap::new();
    let mut shown = BTreeSet::new();
    for words in commands(&readme) {
        let verb = words.first().filter(|word| verbs.contains(*word));
        let verb = verb.copied().unwrap_or_default();
        shown.insert(verb);
        // What a verb below a verb takes is in its own help.
        let help = helps.entry(verb).or_insert_with(|| match verb {
            "sessions" => help(verb) + &sub_helps(verb, &["list", "show", "compare", "delete"]),
            _ => help(verb),
        });
        for option in words
            .iter()
            .filter(|word| word.starts_with('-') && word.len() > 1)
        {
            let known = help
                .split_whitespace()
                .any(|word| word.trim_end_matches(',') == *option);
            assert!(
                known,
                "{words:?}: `{option}` is not in the help of `{verb}`"
            );
        }
    }
    let untold: Vec<_> = verbs.difference(&shown).collect();
    assert!(untold.is_empty(), "README has no command with {untold:?}");
}

/// What `--help` of verbs below a verb says.
fn sub_helps(verb: &str, below: &[&str]) -> String {
    let of = |name: &&str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_vpnmedic"));
        let run = program.args([verb, name, "--help"]).output();
        String::from_utf8(run.expect("it runs").stdout).expect("words")
    };
    below.iter().map(of).collect()
}
