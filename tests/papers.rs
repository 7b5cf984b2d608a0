//! The verbs that print something to keep: `plan`, `walk`, `completions`, `man`, as scripts and people meet them.

mod support;

use serde_json::Value;
use support::vpnmedic;

#[test]
fn a_pool_that_fits_ends_with_zero_and_one_that_overlaps_with_one() {
    let fits = vpnmedic(&["plan", "--peak", "100", "--pool", "198.18.4.0/22", "--json"]);
    assert_eq!(fits.code, 0, "{}{}", fits.stdout, fits.stderr);
    let document: Value = serde_json::from_str(&fits.stdout).expect("plan prints JSON");
    assert_eq!(document["wanted"], 480);
    assert_eq!(document["prefix"], 23);
    assert_eq!(document["pool"]["room"], "fits");
    assert_eq!(document["causes"], Value::Array(Vec::new()));

    let lan = ["--lan", "198.18.0.0/16", "--lan", "198.19.0.0/16"];
    let arguments = [
        &[
            "plan",
            "--peak",
            "3000",
            "--pool",
            "198.18.4.0/22",
            "--json",
        ],
        &lan[..],
    ]
    .concat();
    let overlaps = vpnmedic(&arguments);
    assert_eq!(overlaps.code, 1, "{}{}", overlaps.stdout, overlaps.stderr);
    let document: Value = serde_json::from_str(&overlaps.stdout).expect("plan prints JSON");
    assert_eq!(document["overlaps"][0]["net"], "198.18.0.0/16");
    assert_eq!(document["overlaps"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        document["causes"],
        serde_json::json!(["address-overlap", "address-pool-exhausted"])
    );
}

#[test]
fn the_factor_is_called_a_rule_of_thumb_in_both_languages() {
    for (lang, words) in [("en", "rule of thumb"), ("ja", "目安")] {
        let run = vpnmedic(&["plan", "--peak", "20", "--lang", lang]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stdout.contains(words), "{}", run.stdout);
        assert!(
            run.stdout.contains("/25"),
            "96 addresses fit a /25: {}",
            run.stdout
        );
    }
}

#[test]
fn numbers_and_networks_that_are_none_are_refused_by_name() {
    for (arguments, word) in [
        (&["plan"][..], "--peak"),
        (&["plan", "--peak", "0"], "--peak"),
        (&["plan", "--peak", "many"], "--peak"),
        (
            &["plan", "--peak", "10", "--pool", "10.0.0.0/33"],
            "--pool 10.0.0.0/33",
        ),
        (&["plan", "--peak", "10", "--lan", "office"], "--lan office"),
        (&["plan", "--peak", "10", "--ca", "x.pem"], "--ca"),
    ] {
        let run = vpnmedic(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stdout);
        assert!(run.stderr.contains(word), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_checklist_is_found_by_id_and_by_code_in_every_format() {
    for name in ["missing-intermediate", "C04", "c04"] {
        for (format, sign) in [
            ("text", "[ ] C04-1"),
            ("md", "- [ ] **C04-1**"),
            ("html", "<b class=\"code\">C04-1</b>"),
        ] {
            let run = vpnmedic(&[
                "walk", name, "--format", format, "--os", "macos", "--lang", "en",
            ]);
            assert_eq!(run.code, 0, "{}", run.stderr);
            assert!(run.stdout.contains(sign), "{name} {format}: {}", run.stdout);
            assert!(run.stdout.contains("C04-M1"), "{}", run.stdout);
            assert!(!run.stdout.contains("C04-W1"), "{}", run.stdout);
        }
    }
}

#[test]
fn a_symptom_prints_its_questions_and_a_host_stands_in_the_commands() {
    let run = vpnmedic(&[
        "walk",
        "cannot-connect",
        "--lang",
        "ja",
        "--host",
        "vpn.lab.test:8443",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("Q1"), "{}", run.stdout);
    assert!(run.stdout.contains("vpn.lab.test"), "{}", run.stdout);
    assert!(!run.stdout.contains("vpn.example.com"), "{}", run.stdout);
}

#[test]
fn an_unknown_checklist_is_answered_with_its_likes() {
    let run = vpnmedic(&["walk", "missing-intermediat"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("did you mean missing-intermediate"),
        "{}",
        run.stderr
    );
    let run = vpnmedic(&["walk", "\u{1b}[31mzzzz"]);
    assert_eq!(run.code, 2);
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
    let list = vpnmedic(&["walk", "--lang", "en"]);
    assert_eq!(list.code, 0);
    assert!(
        list.stdout.contains("certificate ") && list.stdout.contains("C101"),
        "{}",
        list.stdout
    );
}

#[test]
fn completions_know_the_verbs_and_the_manual_page_tells_of_each() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = vpnmedic(&["completions", shell]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stdout.contains("inspect"), "{shell}: {}", run.stdout);
    }
    assert_eq!(vpnmedic(&["completions", "cmd"]).code, 2);
    let page = vpnmedic(&["man"]);
    assert_eq!(page.code, 0, "{}", page.stderr);
    assert!(page.stdout.contains(".TH vpnmedic 1"), "{}", page.stdout);
    for section in ["CHECK", "INSPECT", "WALK", "PLAN", "DOCTOR"] {
        assert!(
            page.stdout.contains(&format!(".SH {section}\n")),
            "{section}: {}",
            page.stdout
        );
    }
    assert!(page.stdout.contains("Exit: 0 healthy"), "{}", page.stdout);
}
