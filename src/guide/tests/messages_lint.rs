//! What the linter finds in the catalogue of messages: each fault with its line and column.

use super::super::lint;

/// A catalogue without a fault.
const SAMPLE: &str = r#"[[client]]
id = "one"
name = "One"
[[message]]
id = "one-1"
client = "one"
kind = "contains"
match = "the {thing} is broken"
ja = ["{thing}が壊れています"]
causes = ["unknown-ca"]
meaning.en = "It is broken."
meaning.ja = "壊れています。"
source = "a page"
verified = "recall"
ja-verified = "guide"
[[message]]
id = "one-2"
client = "one"
kind = "code"
match = "Error 7"
codes = ["7"]
context = ["error"]
causes = []
meaning.en = "No fault."
meaning.ja = "問題ありません。"
source = "a page"
verified = "lab"
"#;

fn shown(file: &str, text: &str) -> Vec<String> {
    let faults = lint(file, text.as_bytes());
    faults.iter().map(ToString::to_string).collect()
}

fn sample_with(part: &str, other: &str) -> Vec<String> {
    assert!(SAMPLE.contains(part), "{part:?} is not in the sample");
    shown("errors.toml", &SAMPLE.replacen(part, other, 1))
}

#[test]
fn a_catalogue_without_a_fault_is_told_as_such() {
    assert_eq!(shown("errors.toml", SAMPLE), Vec::<String>::new());
}

#[test]
fn each_fault_of_a_catalogue_has_its_place() {
    for (part, other, told) in [
        (
            "[\"unknown-ca\"]",
            "[\"unknown-cause\"]",
            "errors.toml:10:11: `causes`: unknown cause id `unknown-cause`",
        ),
        (
            "match = \"the {thing} is broken\"",
            "match = \"\"",
            "errors.toml:8:9: `match` is empty; expected some text",
        ),
        (
            "match = \"the {thing} is broken\"",
            "match = \"({})\"",
            "errors.toml:8:9: fewer than four letters to compare would be found everywhere",
        ),
        (
            "meaning.ja = \"壊れています。\"\n",
            "",
            "`meaning` has no `ja`; expected text in quotes",
        ),
        (
            "id = \"one-2\"",
            "id = \"one-1\"",
            "errors.toml:17:6: the id `one-1` is there twice",
        ),
        (
            "client = \"one\"\nkind = \"code\"",
            "client = \"two\"\nkind = \"code\"",
            "errors.toml:18:10: there is no client `two`; expected one of: one",
        ),
        (
            "ja-verified = \"guide\"\n",
            "",
            "errors.toml:9:6: `ja` and `ja-verified` go together",
        ),
        (
            "kind = \"code\"\nmatch = \"Error 7\"",
            "kind = \"regex\"\nmatch = \"Error (7\"",
            "errors.toml:20:9: no regular expression: error: unclosed group",
        ),
        (
            "kind = \"code\"\nmatch = \"Error 7\"",
            "kind = \"regex\"\nmatch = \"(Error)?\"",
            "errors.toml:20:9: this regular expression matches everything",
        ),
        (
            "kind = \"code\"\nmatch = \"Error 7\"",
            "kind = \"contains\"\nmatch = \"The … is, broken\"\nalso = [\"THE {x} IS BROKEN\"]",
            "errors.toml:21:9: this text is already that of `one-1`",
        ),
        (
            "codes = [\"7\"]\n",
            "",
            "a message of kind `code` has no `codes`",
        ),
        (
            "codes = [\"7\"]",
            "codes = [\"seven\"]",
            "errors.toml:21:10: `codes` holds `seven`; expected a decimal number, 0x..., eight hexadecimal digits or (a decimal number)",
        ),
        (
            "meaning.en = \"No fault.\"\nmeaning.ja = \"問題ありません。\"\n",
            "",
            "errors.toml:23:10: a message without causes needs a `meaning` that says why it is no fault",
        ),
        (
            "verified = \"lab\"",
            "verified = \"maybe\"",
            "`verified`: unknown variant `maybe`",
        ),
        (
            "source = \"a page\"\nverified = \"lab\"",
            "verified = \"lab\"",
            "has no `source`",
        ),
        (
            "kind = \"code\"",
            "kind = \"code\"\ncolour = 1",
            "unknown key `colour`",
        ),
    ] {
        let faults = sample_with(part, other);
        assert!(
            faults.iter().any(|fault| fault.contains(told)),
            "{told}\n{faults:#?}"
        );
    }
}
