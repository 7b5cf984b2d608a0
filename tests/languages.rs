//! The command line in both languages: help, refusals, and reports that fit the line.

mod support;

use std::fs;

use support::vpnmedic;

/// By the option, wherever it stands, and by a site's settings; what a script sees is the same in both languages.
#[test]
fn help_and_refusals_are_in_the_language_that_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let wizard = folder.path().join("wizard.toml");
    let built_in = include_str!("../wizard.toml");
    let settings = built_in.replacen("# language = \"ja\"", "language = \"ja\"", 1);
    assert_ne!(settings, built_in);
    fs::write(&wizard, settings).expect("write");
    let wizard = wizard.to_str().expect("UTF-8");
    for arguments in [
        &["--lang", "ja", "--help"][..],
        &["check", "-h", "--lang=ja"],
        &["sessions", "show", "--help", "--lang", "ja"],
        &["--wizard", wizard, "explain", "--help"],
    ] {
        let run = vpnmedic(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(run.stdout.contains("使い方: vpnmedic "), "{}", run.stdout);
        assert!(!run.stdout.contains("Usage"), "{}", run.stdout);
    }
    for (arguments, told) in [
        (
            &["check", "x", "--insecure", "--lang", "ja"][..],
            "エラー: '--insecure' という引数は使えません\n",
        ),
        (
            &["--lang=ja", "plan"],
            "次の引数が必要です:\n  --peak <N>\n",
        ),
        (
            &["doctor", "--lang", "ja", "--plain"],
            "vpnmedic: `vpnmedic doctor` では `--plain` は使えません\n",
        ),
        (
            &["vpn.example.com", "lint", "--wizard", wizard],
            "コマンドの前にあります",
        ),
    ] {
        let run = vpnmedic(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
    }
    let english = vpnmedic(&["check", "--help", "--lang", "en", "--wizard", wizard]);
    assert!(english.stdout.contains("Usage: "), "{}", english.stdout);
}

/// A command line that could be read, and says what cannot be.
#[test]
fn what_is_wrong_with_a_command_line_is_told_in_both_languages() {
    for (arguments, english, japanese) in [
        (
            &["check", "127.0.0.1:9", "--client", "netscape"][..],
            "--client netscape: not a known client; known are ",
            "--client netscape: 知られていないVPNソフトです。",
        ),
        (
            &["plan", "--peak", "9", "--pool", "10.0.0.0"],
            "--pool 10.0.0.0: not a network; ",
            "--pool 10.0.0.0: ネットワークとして読めません。",
        ),
        (
            &["practice", "nothing-like-it"],
            "`nothing-like-it` is no fault ",
            "`nothing-like-it` は練習できるものにありません。",
        ),
        (
            &["walk", "nothing-like-it"],
            "nothing-like-it: no such symptom or cause; ",
            "nothing-like-it: その症状や原因はありません。",
        ),
    ] {
        for (lang, told) in [("en", english), ("ja", japanese)] {
            let run = vpnmedic(&[arguments, &["--lang", lang]].concat());
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
            assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
        }
    }
}

/// Where it is no terminal, 80 cells; commands, which are copied, stay whole.
#[test]
fn the_report_in_words_fits_the_line_and_speaks_of_no_keys() {
    let chain = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens/chain.pem");
    for lang in ["en", "ja"] {
        let run = vpnmedic(&[
            "inspect",
            chain,
            "--host",
            "vpn.example.com",
            "--lang",
            lang,
        ]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(run.stdout.contains("\n         "), "steps: {}", run.stdout);
        for line in run.stdout.lines() {
            let width = unicode_width::UnicodeWidthStr::width(line);
            let command = line.starts_with("           ");
            assert!(width <= 80 || command, "{width}: {line}");
        }
        for key in ["(key r)", "(r キー)"] {
            assert!(!run.stdout.contains(key), "{}", run.stdout);
        }
    }
}
