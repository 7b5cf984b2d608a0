//! `vpnmedic practice` without the screen: the verdict document with what there was to find, the list, refusals. That
//! every fault is found is tested beside the faults (`src/practice/tests.rs`).

#![expect(
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod support;

use serde_json::Value;
use support::vpnmedic;

fn json(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("not JSON ({error}): {text}"))
}

#[test]
fn the_document_is_that_of_a_check_with_what_there_was_to_find_beside_it() {
    for (fault, cause, code) in [
        ("expired", Some("cert-expired-leaf"), 1),
        ("missing-intermediate", Some("missing-intermediate"), 1),
        ("ssh", Some("not-tls"), 1),
        ("refused", Some("connection-refused"), 1),
        ("nothing", None, 0),
    ] {
        let run = vpnmedic(&["practice", fault, "--check", "--json"]);
        assert_eq!(run.code, code, "{fault}: {}{}", run.stdout, run.stderr);
        let document = json(&run.stdout);
        assert_eq!(document["practice"]["fault"], fault);
        assert_eq!(document["practice"]["found"], true, "{}", run.stdout);
        let expected = document["practice"]["expected"].as_array().expect("a list");
        assert_eq!(expected.first().and_then(Value::as_str), cause);
        assert_eq!(document["causes"][0]["id"].as_str(), cause);
        assert_eq!(document["schema"], 1);
        assert_eq!(document["target"]["host"], "127.0.0.1");
        for probe in document["probes"].as_array().expect("a list") {
            assert_ne!(probe["outcome"], "crashed", "{fault}: {probe}");
        }
    }
}

#[test]
fn in_words_it_ends_with_what_was_broken_and_what_tells_it() {
    let run = vpnmedic(&["practice", "wrong-name", "--check", "--lang", "ja"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for words in [
        "練習の答え合わせ",
        "わざと起こした障害",
        "見分け方",
        "vpnmedic practice wrong-name",
    ] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
}

#[test]
fn the_same_number_is_the_same_fault() {
    let fault = |seed: &str| {
        let run = vpnmedic(&["practice", "hard", "--seed", seed, "--check", "--json"]);
        let document = json(&run.stdout);
        assert_eq!(
            document["practice"]["expected"].as_array().map(Vec::len),
            Some(2)
        );
        document["practice"]["fault"].clone()
    };
    assert_eq!(fault("5"), fault("5"));
}

#[test]
fn the_list_names_every_fault_in_either_language() {
    for lang in ["en", "ja"] {
        let run = vpnmedic(&["practice", "--list", "--lang", lang]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let named = run.stdout.lines().filter(|line| line.starts_with("  "));
        assert!(named.count() >= 40, "{}", run.stdout);
        assert!(run.stdout.contains("expired-wrong-name"));
    }
}

#[test]
fn what_cannot_be_practised_is_refused_with_what_is_near() {
    for (arguments, words) in [
        (&["practice", "expird", "--check"][..], "`expired`"),
        (
            &["practice", "ssh", "--check", "--connect", "192.0.2.1"],
            "--connect",
        ),
        (&["practice", "ssh", "--check", "--offline"], "--offline"),
        (&["practice", "ssh", "--json"], "--check"),
        (&["practice", "--list", "--seed", "3"], "--seed"),
    ] {
        let run = vpnmedic(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stdout);
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    }
}
