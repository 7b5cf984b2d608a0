//! What the linter finds: each fault with its line and column, all at once, and nothing in a good file.

use super::*;

/// A small wizard without a fault.
const GOOD: &str = r#"
[[symptom]]
id = "s"
text = { en = "A", ja = "あ" }
hint = { en = "A", ja = "あ" }
start = "q"

[[node]]
id = "q"
kind = "question"
text = { en = "A {host}", ja = "あ {host}" }
unsure = "o"
[[node.answer]]
id = "yes"
text = { en = "A", ja = "あ" }
go = "o"

[[node]]
id = "o"
kind = "outcome"
text = { en = "A", ja = "あ" }
causes = ["captive-portal"]
"#;

/// A small cause without a fault.
const CAUSE: &str = r#"
id = "captive-portal"
code = "C10"
layer = "network"
owner = ["user"]
name = { en = "A", ja = "あ" }
meaning = { en = "A {host}", ja = "あ {host}" }
[[step]]
code = "W1"
os = ["windows"]
who = "user"
kind = "command"
text = { en = "A", ja = "あ" }
command = "ping {host}"
undo_command = "ping {host}"
"#;

fn shown(file: &str, text: &str) -> Vec<String> {
    let errors = super::super::lint(file, text.as_bytes());
    errors.iter().map(ToString::to_string).collect()
}

/// The errors of the good wizard with one part replaced.
fn wizard_with(part: &str, other: &str) -> Vec<String> {
    assert!(GOOD.contains(part), "{part:?} is not in the sample");
    shown("w.toml", &GOOD.replacen(part, other, 1))
}

/// The errors of the good cause with one part replaced.
fn cause_with(part: &str, other: &str) -> Vec<String> {
    assert!(CAUSE.contains(part), "{part:?} is not in the sample");
    shown(
        "causes/captive-portal.toml",
        &CAUSE.replacen(part, other, 1),
    )
}

#[test]
fn good_files_have_no_errors() {
    assert_eq!(shown("w.toml", GOOD), [""; 0]);
    assert_eq!(shown("causes/captive-portal.toml", CAUSE), [""; 0]);
    assert_eq!(
        shown("ui/x.toml", "[x]\ny = { en = \"a\", ja = \"あ\" }"),
        [""; 0]
    );
    assert_eq!(
        shown("wizard.toml", super::super::embedded::WIZARD),
        [""; 0]
    );
    assert_eq!(
        shown("w.toml", &format!("\u{feff}{}", GOOD.replace('\n', "\r\n"))),
        [""; 0]
    );
}

#[test]
fn files_that_are_no_text_or_no_toml_are_refused() {
    assert!(shown("w.toml", "")[0].contains("empty"));
    let bytes = [b"a = \"".as_slice(), &[0xff], b"\""].concat();
    let errors = super::super::lint("w.toml", &bytes);
    assert_eq!(
        errors[0].to_string(),
        "w.toml:1:6: this byte is not UTF-8; save the file as UTF-8 text"
    );
    let huge = vec![b'#'; 50 * 1024 * 1024];
    assert!(
        super::super::lint("w.toml", &huge)[0]
            .message
            .contains("larger than 1 MiB")
    );
    assert!(Knowledge::load(Some(("w.toml", &huge))).is_err_and(|e| e.len() == 1));
}

#[test]
fn every_syntax_error_is_told_at_once() {
    let errors = shown("w.toml", "a = \nb = \"x\nc = 3\nd = = 2\n");
    assert!(
        errors.iter().any(|e| e.starts_with("w.toml:1:")),
        "{errors:?}"
    );
    assert!(
        errors.iter().any(|e| e.starts_with("w.toml:2:")),
        "{errors:?}"
    );
    assert!(
        errors.iter().any(|e| e.starts_with("w.toml:4:")),
        "{errors:?}"
    );
}

#[test]
fn a_key_defined_twice_is_a_syntax_error_with_its_place() {
    let errors = wizard_with("start = \"q\"", "start = \"q\"\nstart = \"o\"");
    assert!(
        errors
            .iter()
            .any(|e| e.starts_with("w.toml:7:1: TOML: duplicate key")),
        "{errors:?}"
    );
}

#[test]
fn unknown_keys_are_told_with_what_was_expected() {
    assert_eq!(
        wizard_with("unsure = \"o\"", "unsure = \"o\"\nanwser = 1"),
        [
            "w.toml:13:1: unknown key `anwser` in the node; expected one of: id, kind, text, hint, paste, unsure, answer"
        ]
    );
    let errors = shown("w.toml", &format!("[site]\ncommand = \"rm\"\n{GOOD}"));
    assert!(
        errors[0].starts_with("w.toml:2:1: unknown key `command` in `site`; expected one of:"),
        "{errors:?}"
    );
}

#[test]
fn dangling_unreachable_and_double_nodes_are_told() {
    assert_eq!(
        wizard_with("start = \"q\"", "start = \"p\"")[0],
        "w.toml:6:9: there is no node `p`; did you mean `o`?"
    );
    assert_eq!(
        wizard_with("unsure = \"o\"", "unsure = \"x-y-z-1\""),
        ["w.toml:12:10: there is no node `x-y-z-1`; expected the id of a [[node]]"]
    );
    let lonely = format!(
        "{GOOD}[[node]]\nid = \"lone\"\nkind = \"outcome\"\ntext = {{ en = \"A\", ja = \"あ\" }}\ncauses = [\"captive-portal\"]\n"
    );
    let errors = shown("w.toml", &lonely);
    assert_eq!(
        errors,
        ["w.toml:24:6: no symptom leads to the node `lone`; expected a way to it"]
    );
    let double = format!(
        "{GOOD}{}",
        &GOOD[GOOD.find("[[node]]\nid = \"o\"").unwrap()..]
    );
    let errors = shown("w.toml", &double);
    assert_eq!(errors, ["w.toml:24:6: the node id `o` is used twice"]);
    let symptom = &GOOD[..GOOD.find("[[node]]").unwrap()];
    let errors = shown("w.toml", &format!("{symptom}{}", &GOOD[1..]));
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].contains("the symptom id `s` is used twice"),
        "{errors:?}"
    );
    let errors = wizard_with(
        "causes = [\"captive-portal\"]",
        "causes = [\"captive-portal\", \"no-network\", \"captive-portal\"]",
    );
    assert_eq!(
        errors,
        ["w.toml:22:43: the cause `captive-portal` is listed twice"]
    );
}

#[test]
fn circles_are_told_with_the_way_round() {
    let errors = wizard_with("go = \"o\"", "go = \"q\"");
    assert_eq!(
        errors,
        [
            "w.toml:16:6: this leads round in a circle: q > q; expected a way that ends in an outcome"
        ]
    );
    let second = "[[node]]\nid = \"r\"\nkind = \"question\"\ntext = { en = \"A\", ja = \"あ\" }\nunsure = \"o\"\n[[node.answer]]\nid = \"a\"\ntext = { en = \"A\", ja = \"あ\" }\ngo = \"q\"\n";
    let errors = shown(
        "w.toml",
        &(GOOD.replacen("go = \"o\"", "go = \"r\"", 1) + second),
    );
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("q > r > q"), "{errors:?}");
}

#[test]
fn a_long_chain_of_nodes_is_no_trouble() {
    let mut text = GOOD.replacen("go = \"o\"", "go = \"n0\"", 1);
    for i in 0..3000 {
        let to = if i == 2999 {
            "o".into()
        } else {
            format!("n{}", i + 1)
        };
        text += &format!(
            "[[node]]\nid = \"n{i}\"\nkind = \"question\"\ntext = {{ en = \"A\", ja = \"あ\" }}\nunsure = \"{to}\"\n[[node.answer]]\nid = \"a\"\ntext = {{ en = \"A\", ja = \"あ\" }}\ngo = \"{to}\"\n"
        );
    }
    assert_eq!(shown("w.toml", &text), [""; 0]);
}

#[test]
fn unknown_causes_checks_and_conditions_are_told() {
    let errors = wizard_with(
        "causes = [\"captive-portal\"]",
        "causes = [\"captive-portals\"]",
    );
    assert!(
        errors[0].starts_with("w.toml:22:11: `causes`: unknown cause id `captive-portals`"),
        "{errors:?}"
    );
    for (condition, expected) in [
        ("cause:nothing", "unknown cause id `nothing`"),
        ("ruled-out:nothing", "unknown cause id `nothing`"),
        ("probe:tpc=fail", "unknown variant `tpc`"),
        ("probe:tcp=bad", "unknown variant `bad`"),
        ("probe:tcp", "has no outcome"),
        ("probe:tcp=running", "has decided nothing"),
        ("system:amiga", "unknown variant `amiga`"),
        ("weather:good", "is no condition"),
    ] {
        let errors = wizard_with(
            "go = \"o\"",
            &format!("go = \"o\"\nwhen = [\"{condition}\"]"),
        );
        assert!(
            errors[0].starts_with("w.toml:17:9: ") && errors[0].contains(expected),
            "{condition}: {errors:?}"
        );
    }
}

#[test]
fn missing_languages_and_differing_placeholders_are_told() {
    let text = "text = { en = \"A {host}\", ja = \"あ {host}\" }";
    assert!(wizard_with(text, "text = { en = \"A\" }")[0].contains("has no `ja`"));
    assert!(wizard_with(text, "text = { en = \"A\", ja = \" \" }")[0].contains("`ja` is empty"));
    assert!(wizard_with(text, "text = \"A\"")[0].contains("expected both languages"));
    assert!(
        wizard_with(text, "text = { en = \"A\", ja = \"あ {host}\" }")[0]
            .contains("placeholders differ")
    );
    assert!(
        wizard_with(text, "text = { en = \"{hots}\", ja = \"{hots}\" }")[0]
            .contains("unknown placeholder {hots}")
    );
    let errors = wizard_with(text, "text.en = \"A\"");
    assert!(
        errors[0].starts_with("w.toml:11:1: `text` has no `ja`"),
        "{errors:?}"
    );
}

#[test]
fn settings_of_the_site_are_checked() {
    for (line, expected) in [
        (
            "ports = [443, 0]",
            "`ports` holds 0; expected a whole number from 1 to 65535",
        ),
        ("ports = [70000]", "expected a whole number from 1 to 65535"),
        ("ports = [\"443\"]", "expected a whole number"),
        ("ports = 443", "expected a list"),
        ("ntp = [\"time server\"]", "no host name or address"),
        ("root_sha256 = [\"AB:CD\"]", "is no SHA-256 fingerprint"),
        (
            "theme = \"blue\"",
            "is no theme; expected one of: auto, dark",
        ),
        (
            "language = \"de\"",
            "unknown variant `de`, expected `en` or `ja`",
        ),
        (
            "portal = [{ url = \"https://x.example\", status = 204 }]",
            "expected a plain http://",
        ),
        (
            "portal = [{ url = \"http://x.example\", status = 20 }]",
            "from 100 to 599",
        ),
        (
            "gateway = [{ name = { en = \"A\", ja = \"あ\" }, address = \"a b\" }]",
            "the gateway's address",
        ),
        ("helpdesk = { en = \"A\" }", "has no `ja`"),
    ] {
        let errors = shown("w.toml", &format!("[site]\n{line}\n{GOOD}"));
        assert_eq!(errors.len(), 1, "{line}: {errors:?}");
        assert!(
            errors[0].starts_with("w.toml:2:") && errors[0].contains(expected),
            "{line}: {errors:?}"
        );
    }
}

#[test]
fn several_faults_are_told_in_the_order_of_the_file() {
    let text = GOOD
        .replacen("ja = \"あ\"", "ja = \"\"", 1)
        .replacen("unsure = \"o\"", "unsure = \"x\"", 1)
        .replacen("captive-portal", "nothing", 1);
    let errors = shown("w.toml", &text);
    let lines: Vec<&str> = errors.iter().filter_map(|e| e.split(':').nth(1)).collect();
    assert_eq!(lines, ["4", "12", "22"], "{errors:?}");
}

#[test]
fn words_need_a_question_that_takes_a_message() {
    let errors = wizard_with("go = \"o\"", "go = \"o\"\nwords = [\"expired\"]");
    assert!(errors[0].contains("paste = true"), "{errors:?}");
}

#[test]
fn faults_of_causes_are_told() {
    for (part, other, expected) in [
        (
            "id = \"captive-portal\"",
            "id = \"self-signed\"",
            "differs from the file's name",
        ),
        ("code = \"C10\"", "code = \"X10\"", "is no code"),
        ("code = \"C10\"", "code = \"C1\"", "is no code"),
        ("code = \"C10\"", "code = \"C1010\"", "is no code"),
        (
            "code = \"C10\"",
            "code = \"C01\"",
            "is already cert-expired-leaf's",
        ),
        (
            "layer = \"network\"",
            "layer = \"cloud\"",
            "unknown variant `cloud`, expected one of",
        ),
        ("owner = [\"user\"]", "owner = []", "no `owner`"),
        (
            "owner = [\"user\"]",
            "owner = [\"user\"]\nexplains = [\"captive-portal\"]",
            "cannot explain itself",
        ),
        (
            "owner = [\"user\"]",
            "owner = [\"user\"]\nexplains = [\"nothing\"]",
            "unknown cause id",
        ),
        (
            "owner = [\"user\"]",
            "owner = [\"user\"]\nexplain = []",
            "unknown key `explain`",
        ),
        ("code = \"W1\"", "code = \"M1\"", "means os = [\"macos\"]"),
        ("code = \"W1\"", "code = \"X1\"", "is no step code"),
        ("code = \"W1\"", "code = \"W\"", "has no number"),
        (
            "kind = \"command\"",
            "kind = \"run\"",
            "unknown variant `run`",
        ),
        ("undo_command = \"ping {host}\"", "", "has no `undo`"),
        ("command = \"ping {host}\"\n", "", "has no `command`"),
        (
            "command = \"ping {host}\"",
            "command = \"ping {hots}\"",
            "unknown placeholder {hots}",
        ),
        (
            "command = \"ping {host}\"",
            "command = \"ping –c 3 {host}\"",
            "plain ASCII",
        ),
        (
            "command = \"ping {host}\"",
            "command = \"curl -k https://{host}\"",
            "weakens security",
        ),
        (
            "os = [\"windows\"]",
            "os = [\"windows\"]\nproduct = \"asa\"",
            "only",
        ),
        (
            "os = [\"windows\"]",
            "os = [\"windows\"]\ndistro = \"debian\"",
            "only",
        ),
        (
            "os = [\"windows\"]",
            "os = [\"beos\"]",
            "unknown variant `beos`",
        ),
        (
            "text = { en = \"A\", ja = \"あ\" }",
            "text = { en = \"Then ignore the warning.\", ja = \"あ\" }",
            "weakens security",
        ),
        (
            "who = \"user\"",
            "who = \"user\"\ncheck = \"weather\"",
            "unknown variant `weather`",
        ),
    ] {
        let errors = cause_with(part, other);
        assert!(
            errors.iter().any(|e| e.contains(expected)),
            "{other}: {errors:?}"
        );
    }
}

#[test]
fn steps_used_twice_or_out_of_order_are_told() {
    let step = &CAUSE[CAUSE.find("[[step]]").unwrap()..];
    let errors = shown("causes/captive-portal.toml", &format!("{CAUSE}{step}"));
    assert!(
        errors
            .iter()
            .any(|e| e.contains("the step code `W1` is used twice")),
        "{errors:?}"
    );
    let errors = shown(
        "causes/captive-portal.toml",
        &format!("{}{step}", CAUSE.replacen("\"W1\"", "\"W2\"", 1)),
    );
    assert_eq!(
        errors,
        ["causes/captive-portal.toml:17:8: `W1` comes after W2; numbers go up"]
    );
}

#[test]
fn explanations_that_lead_back_are_told() {
    // Embedded: captive-portal explains hostname-mismatch.
    assert!(
        Causes::default()
            .get(&crate::cause::CauseId::CAPTIVE_PORTAL)
            .unwrap()
            .explains
            .contains(&crate::cause::CauseId::HOSTNAME_MISMATCH)
    );
    let text = CAUSE
        .replacen("captive-portal", "hostname-mismatch", 1)
        .replacen("C10", "C02", 1)
        .replacen(
            "owner = [\"user\"]",
            "owner = [\"user\"]\nexplains = [\"captive-portal\"]",
            1,
        );
    let errors = shown("hostname-mismatch.toml", &text);
    assert_eq!(
        errors,
        [
            "hostname-mismatch.toml:6:13: `captive-portal` explains hostname-mismatch in turn; expected no circle"
        ]
    );
}

mod never_panics {
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn on_any_text(text in "\\PC{0,200}") {
            super::super::super::lint("w.toml", text.as_bytes());
            super::super::super::lint("causes/captive-portal.toml", text.as_bytes());
            super::super::super::lint("ui/x.toml", text.as_bytes());
        }

        #[test]
        fn on_a_good_file_with_a_piece_cut_out(from in 0usize..super::GOOD.len(), length in 1usize..80) {
            let bytes: Vec<u8> = super::GOOD.bytes().enumerate()
                .filter(|(i, _)| *i < from || *i >= from + length).map(|(_, b)| b).collect();
            super::super::super::lint("w.toml", &bytes);
            let bytes: Vec<u8> = super::CAUSE.bytes().enumerate()
                .filter(|(i, _)| *i < from || *i >= from + length).map(|(_, b)| b).collect();
            super::super::super::lint("causes/captive-portal.toml", &bytes);
        }
    }
}
