//! Help in both languages: whole, the English held to the descriptions, and the Japanese free of English sentences.

use std::collections::BTreeSet;

use super::*;
use crate::cli::args::described;

/// Every command below this one, itself included, with the names of those it stands under and its own.
fn each(command: &Command, above: &[String], see: &mut dyn FnMut(&Command, &[String])) {
    let mut path = above.to_vec();
    path.push(command.get_name().to_owned());
    see(command, &path);
    for below in command.get_subcommands() {
        each(below, &path, see);
    }
}

fn writer(texts: &Texts, lang: Lang, width: usize) -> Writer<'_> {
    Writer { texts, lang, width }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn the_english_of_every_description_is_what_clap_says() {
    let texts = Texts::default();
    let writer = writer(&texts, Lang::En, 100);
    let mut seen = 0;
    each(&described(), &[], &mut |command, path| {
        let ours = writer.help(command, path).to_string();
        let theirs = command.clone().render_long_help().to_string();
        assert_eq!(words(&ours), words(&theirs), "{path:?}");
        seen += 1;
    });
    assert_eq!(
        seen,
        1 + 17 + 4,
        "the program, its verbs, and those of `sessions`"
    );
}

#[test]
fn every_argument_verb_and_heading_has_a_text_and_no_text_is_left_over() {
    let texts = Texts::default();
    let writer = writer(&texts, Lang::Ja, 80);
    let mut used = BTreeSet::new();
    let mut missing = Vec::new();
    each(&described(), &[], &mut |command, path| {
        let section = match path {
            [program] => program.clone(),
            verbs => verbs[1..].join("."),
        };
        used.insert(format!("help.{section}.about"));
        if command.get_after_help().is_some() {
            used.insert(format!("help.{section}.end"));
        }
        for heading in command.get_arguments().filter_map(Arg::get_help_heading) {
            assert_eq!(heading, "Common options", "{section}: another heading");
        }
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let values = arg.get_possible_values();
            assert!(
                values.iter().all(|value| value.get_help().is_none()),
                "{section} {arg}: descriptions of values are not shown"
            );
            assert!(arg.get_long_help().is_none(), "{section} {arg}");
            let id = arg.get_id().as_str().replace('_', "-");
            if ["help", "version"].contains(&id.as_str()) {
                continue;
            }
            let own = (1..=path.len()).rev().find_map(|depth| {
                let section = match &path[..depth] {
                    [program] => program.clone(),
                    verbs => verbs[1..].join("."),
                };
                let id = format!("help.{section}.{id}");
                writer.get(&id).map(|_| id)
            });
            used.insert(own.unwrap_or_else(|| format!("help.common.{id}")));
        }
    });
    for id in &used {
        match texts.text(id) {
            None => missing.push(id.clone()),
            Some(text) => assert!(is_japanese(&text.ja), "{id}: {}", text.ja),
        }
    }
    assert!(missing.is_empty(), "no text for {missing:?}");
    let all = texts.iter().map(|(id, _)| id.to_owned());
    let left: Vec<String> = all
        .filter(|id| id.starts_with("help.") && !id.starts_with("help.frame."))
        .filter(|id| !used.contains(id))
        .collect();
    assert!(left.is_empty(), "texts of nothing: {left:?}");
}

/// Whether a text is one in Japanese: its letters are Japanese where it has sentences.
fn is_japanese(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, 'ぁ'..='ゟ' | '゠'..='ヿ' | '一'..='鿿'))
}

/// English in a row: words of letters alone that nothing but blanks part, as they stand in sentences and not in names.
fn english_in_a_row(line: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    // What is typed stands between backquotes.
    for (n, part) in line.split('`').enumerate() {
        if n % 2 == 1 {
            run = 0;
            continue;
        }
        for word in part.split([' ', '\n']).filter(|word| !word.is_empty()) {
            let word = word.trim_end_matches([',', '.', ';', ':']);
            let is_word = word.chars().all(|c| c.is_ascii_lowercase() || c == '\'');
            run = if is_word { run + 1 } else { 0 };
            longest = longest.max(run);
        }
    }
    longest
}

#[test]
fn japanese_help_holds_no_english_sentence_and_fits_the_line() {
    let texts = Texts::default();
    for width in [40, 60, 80, 100] {
        let writer = writer(&texts, Lang::Ja, width);
        each(&described(), &[], &mut |command, path| {
            let help = writer.help(command, path).to_string();
            for word in [
                "Usage",
                "Options",
                "Commands",
                "Arguments",
                "OPTIONS",
                "COMMAND",
            ] {
                assert!(!help.contains(word), "{path:?}: {word} in\n{help}");
            }
            for line in help.lines() {
                // The names of values may stand in a row.
                let values = line.contains("指定できる値") || line.contains(", ");
                // What is typed is not broken.
                let typed = line.contains("vpnmedic ");
                assert!(
                    values || typed || english_in_a_row(line) < 3,
                    "{path:?}: {line}"
                );
                let typed = typed || line.trim_start().starts_with(['-', '[', '<']);
                assert!(
                    typed || wrap::width(line) <= width,
                    "{path:?} at {width}: {line}"
                );
            }
        });
    }
    assert!(
        english_in_a_row("Judge a saved certificate chain") >= 3,
        "the scan sees English"
    );
}

#[test]
fn descriptions_stand_in_a_column_and_below_where_there_is_no_room() {
    let texts = Texts::default();
    let mut command = in_words_of(described(), &texts, Lang::Ja, 80);
    let lint = command.find_subcommand_mut("lint").unwrap();
    let help = lint.render_help().to_string();
    let starts = |help: &str, words: &str| {
        let line = help.lines().find(|line| line.contains(words)).unwrap();
        wrap::width(line.split(words).next().unwrap())
    };
    assert_eq!(starts(&help, "代わりに"), starts(&help, "この説明を"));
    let mut narrow = in_words_of(described(), &texts, Lang::Ja, 30);
    let lint = narrow.find_subcommand_mut("lint").unwrap();
    let help = lint.render_help().to_string();
    assert_eq!(starts(&help, "この説明を"), BELOW, "{help}");
}
