//! Every kind of misread command line: in English word for word what clap says, in Japanese the same facts.

use super::*;

fn misread(line: &str) -> clap::Error {
    let words = line.split(' ').map(|word| match word {
        "''" => "",
        word => word,
    });
    Args::command().try_get_matches_from(words).unwrap_err()
}

const LINES: &[&str] = &[
    "vpnmedic check vpn.example.com --insecure",
    "vpnmedic check vpn.example.com --jsn",
    "vpnmedic --json check vpn.example.com",
    "vpnmedic man extra",
    "vpnmedic sessions shw",
    "vpnmedic sessions nothing-like-it",
    "vpnmedic explain",
    "vpnmedic check",
    "vpnmedic plan",
    "vpnmedic check x --jobs",
    "vpnmedic check x --report",
    "vpnmedic check x --report ''",
    "vpnmedic check x --report pdf",
    "vpnmedic check x --report mdd",
    "vpnmedic check x --os windos",
    "vpnmedic check x --jobs 5000",
    "vpnmedic check x --jobs many",
    "vpnmedic check x --jobs 99999999999999999999999",
    "vpnmedic check x --jobs=",
    "vpnmedic watch x --count 0",
    "vpnmedic check x --timeout 301",
    "vpnmedic plan --peak 0",
    "vpnmedic replay last --at first",
    "vpnmedic check x --connect nowhere",
    "vpnmedic check x --json=yes",
    "vpnmedic check x --json --json",
    "vpnmedic check x --json --openmetrics",
    "vpnmedic check x --profile y",
    "vpnmedic practice tls --list --check --seed 3",
    "vpnmedic practice --json",
    "vpnmedic -- check x",
    "vpnmedic vpn.example.com doctr --nope",
];

#[test]
fn in_english_it_is_what_clap_says() {
    let texts = Texts::default();
    for line in LINES {
        let error = misread(line);
        let ours = in_words_of(&error, &texts, Lang::En);
        let ours = ours.unwrap_or_else(|| panic!("{line}: no words for {:?}", error.kind()));
        let theirs = error.render().to_string();
        let theirs: Vec<&str> = theirs.lines().map(str::trim_end).collect();
        let ours: Vec<&str> = ours.lines().map(str::trim_end).collect();
        assert_eq!(ours, theirs, "{line}");
    }
}

#[test]
fn in_japanese_the_same_facts_are_told_without_an_english_word() {
    let texts = Texts::default();
    for line in LINES {
        let error = misread(line);
        let japanese = in_words_of(&error, &texts, Lang::Ja).unwrap();
        assert!(japanese.starts_with("エラー: "), "{japanese}");
        for word in [
            "error", "tip:", "similar", "possible", "Usage", "OPTIONS", "more", "cannot",
            "invalid", "required", "digit",
        ] {
            assert!(!japanese.contains(word), "{line}: {word} in\n{japanese}");
        }
        // Whatever English puts between quotes is named in Japanese too.
        let english = error.render().to_string();
        for fact in english.split('\'').skip(1).step_by(2) {
            assert!(japanese.contains(fact), "{line}: no {fact} in\n{japanese}");
        }
    }
    let range = in_words_of(&misread("vpnmedic check x --jobs 5000"), &texts, Lang::Ja).unwrap();
    assert!(range.contains("1 から 1024 まで"), "{range}");
    let values = in_words_of(&misread("vpnmedic check x --report pdf"), &texts, Lang::Ja).unwrap();
    assert!(
        values.contains("[指定できる値: text, md, html]"),
        "{values}"
    );
}

#[test]
fn what_is_typed_cannot_forge_the_screen() {
    let error = misread("vpnmedic check x --a\u{1b}[31mb\u{202e}c");
    let japanese = in_words_of(&error, &Texts::default(), Lang::Ja).unwrap();
    assert!(!japanese.contains(['\u{1b}', '\u{202e}']), "{japanese:?}");
}
