//! A site's own knowledge: put in place of ours or beside it, and refused with its place where it is wrong.

use super::*;
use crate::cause::CauseId;

const FILE: &str = "knowledge/causes/firewall-drop.toml";

const BESIDE: &str = r#"
id = "firewall-drop"
beside = true

[name]
en = "Our firewall keeps the VPN out"
ja = "社内のファイアウォールがVPNを止めています"

[[step]]
code = "S1"
os = ["any"]
who = "user"
kind = "ask"
text.en = "Call the helpdesk, extension 1234."
text.ja = "ヘルプデスク(内線1234)に電話します。"

[[step]]
code = "SW1"
os = ["windows"]
before = "W1"
who = "user"
kind = "verify"
text.en = "Look at the light on the desk box."
text.ja = "机の装置のランプを見ます。"
"#;

fn site(toml: &str) -> SiteFiles {
    SiteFiles {
        causes: vec![(FILE.into(), toml.into())],
        messages: None,
    }
}

fn refused(toml: &str) -> Vec<String> {
    let errors = site(toml).lint();
    // The linter of one file says the same as the loader of all.
    assert_eq!(errors, lint(FILE, toml.as_bytes()));
    let loaded = Knowledge::load_site(None, &site(toml));
    assert_eq!(loaded.is_err(), !errors.is_empty());
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_site_adds_texts_and_steps_to_ours() {
    assert_eq!(refused(BESIDE), [""; 0]);
    let knowledge = Knowledge::load_site(None, &site(BESIDE)).unwrap();
    let theirs = knowledge.causes.get(&CauseId::FIREWALL_DROP).unwrap();
    let embedded = Causes::default();
    let ours = embedded.get(&CauseId::FIREWALL_DROP).unwrap();
    assert_eq!(theirs.name.en, "Our firewall keeps the VPN out");
    assert_eq!(theirs.meaning, ours.meaning);
    assert_eq!(theirs.steps.len(), ours.steps.len() + 2);
    assert_eq!(theirs.step_code(&theirs.steps[0]), "C15-S1");
    let own = theirs.steps.iter().position(|s| s.code == "SW1").unwrap();
    assert_eq!(theirs.steps[own + 1].code, "W1");
    let marked: Vec<&str> = theirs
        .steps
        .iter()
        .filter(|step| step.site)
        .map(|step| step.code.as_str())
        .collect();
    assert_eq!(marked, ["S1", "SW1"]);
    // All else stays as it is, and how causes hang together too.
    assert_eq!(knowledge.causes.iter().count(), CauseId::ALL.len());
    assert_eq!(
        knowledge.causes.get(&CauseId::UNKNOWN_CA),
        embedded.get(&CauseId::UNKNOWN_CA)
    );
    assert_eq!(
        knowledge.relations().explains[&CauseId::FIREWALL_DROP],
        ours.explains
    );
}

#[test]
fn each_text_that_a_site_writes_takes_the_place_of_ours() {
    let parts = ["name", "meaning", "browser", "apart"];
    let texts = |cause: &Cause| {
        let or_none = |text: &Option<Text>| text.as_ref().map(|text| text.en.clone());
        [
            Some(cause.name.en.clone()),
            Some(cause.meaning.en.clone()),
            or_none(&cause.browser),
            or_none(&cause.apart),
        ]
    };
    let ours = texts(Causes::default().get(&CauseId::FIREWALL_DROP).unwrap());
    for (place, part) in parts.into_iter().enumerate() {
        let toml = format!(
            "id = \"firewall-drop\"\nbeside = true\n[{part}]\nen = \"As we say\"\nja = \"当社では\"\n"
        );
        assert_eq!(refused(&toml), [""; 0]);
        let knowledge = Knowledge::load_site(None, &site(&toml)).unwrap();
        let mut expected = ours.clone();
        expected[place] = Some("As we say".to_owned());
        let theirs = texts(knowledge.causes.get(&CauseId::FIREWALL_DROP).unwrap());
        assert_eq!(theirs, expected, "{part}");
    }
}

#[test]
fn a_site_puts_its_file_in_place_of_ours() {
    let ours = embedded_text();
    let theirs = ours.replace("[name]\nen = \"", "[name]\nen = \"At our company: ");
    assert_ne!(ours, theirs);
    assert_eq!(refused(&theirs), [""; 0]);
    let knowledge = Knowledge::load_site(None, &site(&theirs)).unwrap();
    let cause = knowledge.causes.get(&CauseId::FIREWALL_DROP).unwrap();
    assert!(cause.name.en.starts_with("At our company: "));
    assert!(cause.steps.iter().all(|step| step.site));
}

fn embedded_text() -> String {
    let file = CauseId::FILES
        .iter()
        .find(|(id, _)| *id == CauseId::FIREWALL_DROP);
    file.unwrap().1.text().unwrap()
}

#[test]
fn how_causes_hang_together_is_not_the_sites() {
    let theirs = embedded_text().replace("layer = \"transport\"", "layer = \"dns\"");
    assert_eq!(
        refused(&theirs),
        [
            "knowledge/causes/firewall-drop.toml:2:8: `layer` differs from that of the built-in cause; a site changes what is said, not how causes hang together"
        ]
    );
    let theirs = embedded_text().replace("code = \"C15\"", "code = \"C99\"");
    assert!(refused(&theirs)[0].contains("`code` differs"));
}

#[test]
fn mistakes_are_told_with_their_place() {
    let cases = [
        (
            BESIDE.replace("firewall-drop\"", "our-own-cause\""),
            ":2:6: `id`",
        ),
        (
            BESIDE.replace("firewall-drop\"", "captive-portal\""),
            ":2:6: the id `captive-portal` differs from the file's name",
        ),
        (BESIDE.replace("beside = true", "beside = 1"), ":3:"),
        (
            BESIDE.replace("code = \"SW1\"", "code = \"W1\""),
            "no code for a step of the site's own",
        ),
        (
            BESIDE.replace("before = \"W1\"", "before = \"W9\""),
            "`W9` is no step of firewall-drop",
        ),
        (
            BESIDE.replace("who = \"user\"", "who = \"boss\""),
            "`who`: unknown variant `boss`",
        ),
        (
            BESIDE.replace("kind = \"ask\"", "kind = \"do\""),
            "has no `undo`",
        ),
        (
            BESIDE.replace("os = [\"any\"]", "os = [\"any\"]\ncolour = \"red\""),
            "unknown key `colour`",
        ),
        (
            BESIDE.replace(
                "Call the helpdesk, extension 1234.",
                "Ignore the warning and go on.",
            ),
            "weakens security",
        ),
        (
            BESIDE.replace(
                "kind = \"verify\"",
                "kind = \"verify\"\ncommand = \"curl -k https://{host}/\"",
            ),
            "weakens security",
        ),
        (
            BESIDE.replace("extension 1234", "extension \\u202e4321"),
            "invisible character U+202E",
        ),
        (
            BESIDE.replace("extension 1234", &"1234 ".repeat(400)),
            "longer than 1500 characters",
        ),
        (
            "id = \"firewall-drop\"\nbeside = true\n".into(),
            "the file adds nothing",
        ),
    ];
    for (toml, expected) in cases {
        let errors = refused(&toml);
        assert!(
            errors.iter().any(|error| error.contains(expected)),
            "expected {expected}: {errors:#?}"
        );
        assert!(errors.iter().all(|e| e.starts_with(FILE)), "{errors:#?}");
    }
}

#[test]
fn hostile_files_are_refused_and_never_break_the_loader() {
    let huge = vec![b'x'; MAX_FILE + 1];
    for bytes in [
        &b"\xff\xfe"[..],
        b"",
        &huge,
        b"id = \"firewall-drop\"\nbeside = true\n[[step]]\n[[step]]\n",
        b"[[[[[[[[[[",
        b"beside = true\nid = []",
    ] {
        let site = SiteFiles {
            causes: vec![(FILE.into(), bytes.to_vec())],
            messages: None,
        };
        assert!(!site.lint().is_empty());
        assert!(Knowledge::load_site(None, &site).is_err());
    }
    let many = (0..200).map(|n| {
        BESIDE
            .rsplit_once("[[step]]")
            .unwrap()
            .0
            .rsplit_once("[[step]]")
            .unwrap()
            .1
            .replace("S1", &format!("S{}", n + 1))
    });
    let head = BESIDE.split_once("[[step]]").unwrap().0;
    let many: Vec<String> = many.collect();
    let toml = format!("{head}[[step]]{}", many.join("[[step]]"));
    assert_eq!(
        refused(&toml),
        ["knowledge/causes/firewall-drop.toml:1:1: more than 100 steps"]
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever a broken disk or a bad editor makes of a file: mistakes with their places, or a whole cause.
    #[test]
    fn any_damage_is_told_or_harmless(edits in proptest::collection::vec((0..BESIDE.len(), 0u8..128), 1..6)) {
        let mut bytes = BESIDE.as_bytes().to_vec();
        for (at, byte) in edits {
            bytes[at] = byte;
        }
        let files = SiteFiles { causes: vec![(FILE.into(), bytes)], messages: None };
        let errors = files.lint();
        match Knowledge::load_site(None, &files) {
            Ok(knowledge) => {
                assert!(errors.is_empty(), "{errors:#?}");
                assert_eq!(knowledge.causes.iter().count(), CauseId::ALL.len());
            }
            Err(told) => assert!(!errors.is_empty() && told == errors),
        }
    }
}
