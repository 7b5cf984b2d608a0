//! A site's own messages: joined, in the place of ours, refused where they are wrong, and never read where there are
//! none.

use super::super::messages::{Kind, Standing};
use super::super::{Knowledge, Lang, SiteFiles};
use crate::cause::CauseId;

const FILE: &str = "knowledge/errors.toml";

const OWN: &str = r#"
[[client]]
id = "acme"
name = "Acme Connect"

[[message]]
id = "acme-e42"
client = "acme"
kind = "contains"
match = "ACME-E42: door {number} is closed"
ja = ["ACME-E42: ドアが閉じています"]
causes = ["account-locked", "password-expired"]
meaning.en = "Our portal locks an account after three wrong passwords."
meaning.ja = "パスワードを3回間違えると、アカウントがロックされます。"
"#;

fn site(toml: &str) -> SiteFiles {
    SiteFiles {
        causes: Vec::new(),
        messages: Some((FILE.into(), toml.as_bytes().to_vec())),
    }
}

fn refused(toml: &str) -> Vec<String> {
    let told = site(toml).lint();
    let loaded = Knowledge::load_site(None, &site(toml)).map(|_| ());
    assert_eq!(loaded, Err(told.clone()), "linted and loaded alike");
    let by_name = super::super::lint(FILE, toml.as_bytes());
    assert_eq!(by_name, told, "the file by itself is linted alike");
    told.iter().map(ToString::to_string).collect()
}

#[test]
fn a_sites_message_is_found_beside_ours() {
    let knowledge = Knowledge::load_site(None, &site(OWN)).unwrap();
    let catalogue = knowledge.messages();
    assert_eq!(catalogue.from_site(), 1);
    for pasted in [
        "acme-e42: door 7 is closed",
        "ＡＣＭＥ－Ｅ４２：　ドアが閉じています",
    ] {
        let explained = catalogue.explain(pasted);
        let found = explained.messages.first().unwrap();
        assert_eq!(found.message.id, "acme-e42", "{pasted}");
        assert!(found.message.site && !found.message.is_reported());
        let causes: Vec<CauseId> = explained.causes.iter().map(|c| c.cause).collect();
        assert_eq!(causes, [CauseId::ACCOUNT_LOCKED, CauseId::PASSWORD_EXPIRED]);
    }
    assert_eq!(catalogue.client("acme"), "Acme Connect");
    let ours = catalogue.explain("certificate has expired");
    assert!(ours.is_recognised(), "ours are still there");
    let hits = super::super::library::Index::new(&knowledge).find("ACME-E42", Lang::En);
    assert_eq!(
        hits[0].title,
        "Acme Connect: ACME-E42: door ... is closed"
    );
}

#[test]
fn a_message_with_the_id_of_ours_takes_its_place() {
    let ours = Knowledge::load(None).unwrap().messages();
    let first = ours
        .messages
        .iter()
        .find(|m| m.kind == Kind::Contains && m.verified == Standing::Source)
        .unwrap();
    let toml = format!(
        "[[message]]\nid = \"{}\"\nclient = \"{}\"\nkind = \"contains\"\nmatch = \"{}\"\ncauses = [\"no-network\"]\n",
        first.id,
        first.client,
        first.text.replace('\\', "\\\\").replace('"', "\\\"")
    );
    let knowledge = Knowledge::load_site(None, &site(&toml)).unwrap();
    let catalogue = knowledge.messages();
    assert_eq!(catalogue.messages.len(), ours.messages.len());
    let replaced = catalogue.get(&first.id).unwrap();
    assert_eq!(replaced.causes, [CauseId::NO_NETWORK]);
    assert!(replaced.site);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let with = |from: &str, to: &str| refused(&OWN.replace(from, to));
    assert_eq!(
        with("\"account-locked\"", "\"no-such-cause\"").len(),
        1,
        "an unknown cause"
    );
    assert!(
        with("\"account-locked\"", "\"no-such-cause\"")[0].starts_with("knowledge/errors.toml:12:")
    );
    let missing = refused(
        &OWN.lines()
            .filter(|l| !l.starts_with("meaning.ja"))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    assert!(missing[0].contains("`ja`"), "{missing:?}");
    let twice = format!("{OWN}{}", &OWN[OWN.find("[[message]]").unwrap()..]);
    assert!(
        refused(&twice)
            .iter()
            .any(|e| e.contains("the id `acme-e42` is there twice")),
        "a duplicate"
    );
    let broken = OWN
        .replace("\"contains\"", "\"regex\"")
        .replace("ACME-E42: door {number} is closed", "ACME-E42 (");
    assert!(
        refused(&broken)[0].contains("no regular expression"),
        "a bad pattern"
    );
    assert!(
        with("client = \"acme\"", "client = \"nobody\"")[0].contains("there is no client `nobody`")
    );
    assert!(
        with("Our portal locks", "Ignore the warning. Our portal locks")[0]
            .contains("weakens security")
    );
    assert!(
        with("causes =", "cause =")
            .iter()
            .any(|e| e.contains("unknown key `cause`"))
    );
    assert!(refused("[[client]]\nid = \"acme\"\nname = \"Acme\"\n")[0].contains("no [[message]]"));
    assert!(refused("")[0].contains("empty"));
}

#[test]
fn a_text_of_ours_under_another_id_is_refused() {
    let ours = Knowledge::load(None).unwrap().messages();
    let first = ours
        .messages
        .iter()
        .find(|m| m.kind == Kind::Contains && m.verified == Standing::Source)
        .unwrap();
    let toml = format!(
        "[[message]]\nid = \"own\"\nclient = \"{}\"\nkind = \"contains\"\nmatch = \"{}\"\ncauses = [\"no-network\"]\n",
        first.client,
        first.text.replace('\\', "\\\\").replace('"', "\\\"")
    );
    let told = refused(&toml);
    assert!(
        told[0].contains(&format!("already that of `{}`", first.id)),
        "{told:?}"
    );
}

#[test]
fn a_pasted_message_of_the_sites_leads_the_walk() {
    use super::super::Walk;
    let knowledge = Knowledge::load_site(None, &site(OWN)).unwrap();
    let mut walk = Walk::start(&knowledge.wizard, "message").unwrap();
    walk.say(&knowledge.wizard, "ACME-E42: door 1 is closed");
    assert_eq!(walk.heard().causes[0], CauseId::ACCOUNT_LOCKED);
    let ours = Knowledge::load(None).unwrap();
    walk.say(&ours.wizard, "ACME-E42: door 1 is closed");
    assert!(walk.heard().causes.is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]

    /// Whatever a broken disk or a bad editor makes of a file: mistakes with their places, or a whole catalogue.
    #[test]
    fn any_damage_is_told_or_harmless(edits in proptest::collection::vec((0..OWN.len(), 0u8..128), 1..6)) {
        let mut bytes = OWN.as_bytes().to_vec();
        for (at, byte) in edits {
            bytes[at] = byte;
        }
        let files = SiteFiles { causes: Vec::new(), messages: Some((FILE.into(), bytes)) };
        let errors = files.lint();
        match Knowledge::load_site(None, &files) {
            Ok(knowledge) => {
                assert!(errors.is_empty(), "{errors:#?}");
                assert!(knowledge.messages().messages.len() > 500);
            }
            Err(told) => assert!(!errors.is_empty() && told == errors),
        }
    }
}
