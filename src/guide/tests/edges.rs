//! Where rules of the knowledge end: the longest text that is taken and the first that is not, the number that is a code
//! and its neighbour that is none.

use super::super::lint;
use super::*;
use crate::cause::CauseId;

fn errors(file: &str, text: &str) -> Vec<String> {
    let errors = lint(file, text.as_bytes());
    errors.iter().map(ToString::to_string).collect()
}

/// The ids of the messages that a pasted text is taken for, and the program's own number of the first that ends so.
fn taken_for(text: &str) -> Vec<String> {
    let catalogue = knowledge().messages();
    let explanation = catalogue.explain(text);
    let ids = explanation.messages.iter().map(|m| m.message.id.clone());
    ids.collect()
}

const SITE_CAUSE: &str = "knowledge/causes/firewall-drop.toml";

fn beside(name_en: &str) -> String {
    format!("id = \"firewall-drop\"\nbeside = true\n[name]\nen = \"{name_en}\"\nja = \"壁\"\n")
}

#[test]
fn a_sites_text_may_be_as_long_as_a_page_and_no_longer() {
    assert_eq!(errors(SITE_CAUSE, &beside(&"a".repeat(1500))), [""; 0]);
    let told = errors(SITE_CAUSE, &beside(&"a".repeat(1501)));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("is longer than 1500 characters"),
        "{told:?}"
    );
}

#[test]
fn a_sites_file_that_adds_nothing_is_refused() {
    let told = errors(SITE_CAUSE, "id = \"firewall-drop\"\nbeside = true\n");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("the file adds nothing"), "{told:?}");
    let step = "id = \"firewall-drop\"\nbeside = true\n[[step]]\ncode = \"S1\"\nos = [\"any\"]\nwho = \"user\"\n\
                kind = \"ask\"\ntext.en = \"Call 1234.\"\ntext.ja = \"1234に電話します。\"\n";
    assert_eq!(errors(SITE_CAUSE, step), [""; 0], "a step alone is enough");
}

/// Steps without a place come before ours, in the order in which the site wrote them.
#[test]
fn a_sites_steps_come_first_in_their_own_order() {
    let step = |code: &str| {
        format!(
            "[[step]]\ncode = \"{code}\"\nos = [\"any\"]\nwho = \"user\"\nkind = \"ask\"\n\
             text.en = \"Call 1234.\"\ntext.ja = \"1234に電話します。\"\n"
        )
    };
    let toml = format!(
        "id = \"firewall-drop\"\nbeside = true\n{}{}{}",
        step("S1"),
        step("S2"),
        step("S3")
    );
    let site = SiteFiles {
        causes: vec![(SITE_CAUSE.into(), toml.into())],
        messages: None,
    };
    let knowledge = Knowledge::load_site(None, &site).unwrap();
    let cause = knowledge.causes.get(&CauseId::FIREWALL_DROP).unwrap();
    let codes: Vec<&str> = cause.steps.iter().map(|step| step.code.as_str()).collect();
    assert_eq!(&codes[..3], ["S1", "S2", "S3"]);
    assert!(codes.len() > 3, "ours are still there");
}

fn site_message(text: &str) -> String {
    format!(
        "[[client]]\nid = \"acme\"\nname = \"Acme\"\n[[message]]\nid = \"acme-1\"\nclient = \"acme\"\n\
         kind = \"contains\"\nmatch = \"{text}\"\ncauses = [\"no-network\"]\n"
    )
}

#[test]
fn a_sites_message_is_bounded_and_can_be_seen() {
    let file = "knowledge/errors.toml";
    let with_meaning = |meaning: &str| {
        format!(
            "{}meaning.en = \"{meaning}\"\nmeaning.ja = \"通じません。\"\n",
            site_message("the door is shut tight")
        )
    };
    assert_eq!(errors(file, &with_meaning(&"m".repeat(1500))), [""; 0]);
    let long = errors(file, &with_meaning(&"m".repeat(1501)));
    assert!(
        long.len() == 1 && long[0].contains("longer than 1500 characters"),
        "{long:?}"
    );
    let unseen = errors(file, &with_meaning("a right-to-left \\u202E override"));
    assert!(
        unseen.len() == 1 && unseen[0].contains("invisible character U+202E"),
        "{unseen:?}"
    );
}

#[test]
fn a_site_has_so_many_messages_and_no_more() {
    let many = |count: usize| {
        let messages: String = (0..count)
            .map(|n| {
                format!(
                    "[[message]]\nid = \"acme-{n}\"\nclient = \"acme\"\nkind = \"contains\"\n\
                     match = \"the door number {n}x is shut\"\ncauses = [\"no-network\"]\n"
                )
            })
            .collect();
        let toml = format!("[[client]]\nid = \"acme\"\nname = \"Acme\"\n{messages}");
        errors("knowledge/errors.toml", &toml)
    };
    assert_eq!(many(1000), [""; 0]);
    assert_eq!(
        many(1001),
        ["knowledge/errors.toml:1:1: more than 1000 messages"]
    );
}

/// curl prints its codes in parentheses; the same number in running text is anything.
#[test]
fn a_number_that_counts_only_in_parentheses_is_nothing_without_them() {
    let of_curl = |text: &str| taken_for(text).contains(&"curl-009".to_owned());
    assert!(of_curl("curl: (60)"), "{:?}", taken_for("curl: (60)"));
    assert!(
        !of_curl("curl: 60 files"),
        "{:?}",
        taken_for("curl: 60 files")
    );
    assert!(!of_curl("curl: (60 files)"));
}

/// OpenSSL 3 packs library and reason, 1.1.1 library, function and reason: the reason is the same, 0x86.
#[test]
fn a_packed_code_of_either_openssl_is_the_same_message() {
    let three = taken_for("error:0A000086:SSL routines::");
    assert!(!three.is_empty());
    assert_eq!(taken_for("error:1416F086:SSL routines::")[0], three[0]);
    for other in [
        "error:0A000087:x::",
        "error:1516F086:x::",
        "error:1416F087:x::",
        "error:1416F886:x::",
    ] {
        let ids = taken_for(other);
        assert!(!ids.contains(&three[0]), "{other}: {ids:?}");
    }
}

/// Windows writes its codes as negative decimal numbers; small negative numbers are some program's own.
#[test]
fn windows_codes_are_decoded_and_small_numbers_are_not() {
    let catalogue = knowledge().messages();
    let decoded = |text: &str| catalogue.explain(text).decoded;
    let of = |decimal: &str, hex: &str| vec![(decimal.to_owned(), hex.to_owned())];
    assert_eq!(
        decoded("failed: -2146893019"),
        of("-2146893019", "0x80090325")
    );
    assert_eq!(decoded("failed: -5"), []);
    assert_eq!(decoded("failed: -65536"), of("-65536", "0xFFFF0000")[..0]);
    let many: String = (0..12)
        .map(|n| format!("code {} ", -2_146_893_019 - n))
        .collect();
    assert_eq!(decoded(&many).len(), 8);
}

#[test]
fn ids_that_are_nearly_right_are_named_and_others_are_not() {
    let wizard = |start: &str| {
        let text = format!(
            "[site]\n[[symptom]]\nid = \"s\"\ntext = {{ en = \"A\", ja = \"あ\" }}\nstart = \"{start}\"\n\
             [[node]]\nid = \"captive-portal\"\nkind = \"outcome\"\ntext = {{ en = \"A\", ja = \"あ\" }}\n\
             causes = [\"captive-portal\"]\n"
        );
        errors("w.toml", &text).join("\n")
    };
    for near in [
        "captive-porta",
        "captive-portall",
        "kaptive-portal",
        "captiveportal",
        "captive-prtl",
    ] {
        assert!(
            wizard(near).contains("did you mean `captive-portal`?"),
            "{near}: {}",
            wizard(near)
        );
    }
    for far in [
        "captive-por",
        "kaptiv-portl",
        "portal-captive",
        "captive-portal-x1",
    ] {
        assert!(wizard(far).contains(&format!("there is no node `{far}`; expected the id of")));
    }
}

#[test]
fn a_long_circle_is_told_with_its_ends() {
    let question = |n: usize, to: usize| {
        format!(
            "[[node]]\nid = \"q{n}\"\nkind = \"question\"\ntext = {{ en = \"A\", ja = \"あ\" }}\nunsure = \"o\"\n\
             [[node.answer]]\nid = \"a\"\ntext = {{ en = \"A\", ja = \"あ\" }}\ngo = \"q{to}\"\n"
        )
    };
    let told = |length: usize| {
        let nodes: String = (1..=length)
            .map(|n| question(n, if n == length { 1 } else { n + 1 }))
            .collect();
        let text = format!(
            "[site]\n[[symptom]]\nid = \"s\"\ntext = {{ en = \"A\", ja = \"あ\" }}\nhint = {{ en = \"A\", ja = \"あ\" }}\nstart = \"q1\"\n{nodes}\
             [[node]]\nid = \"o\"\nkind = \"outcome\"\ntext = {{ en = \"A\", ja = \"あ\" }}\n\
             causes = [\"captive-portal\"]\n"
        );
        errors("w.toml", &text)
    };
    for (length, way) in [
        (3, "q1 > q2 > q3 > q1;"),
        (7, "q1 > q2 > q3 > q4 > q5 > q6 > q7 > q1;"),
        (9, "q1 > q2 > q3 > q4 > ... > q8 > q9 > q1;"),
    ] {
        let told = told(length);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(&format!("in a circle: {way}")), "{told:?}");
    }
}

#[test]
fn a_portal_check_leads_somewhere() {
    let wizard = crate::guide::embedded::WIZARD;
    let begin = wizard.find("[[site.portal]]").unwrap();
    let (before, portals) = wizard.split_at(begin);
    let url = portals.find("url = \"").unwrap() + "url = \"".len();
    let end = url + portals[url..].find('"').unwrap();
    let with = |other: &str| {
        let text = [before, &portals[..url], other, &portals[end..]].concat();
        errors("wizard.toml", &text)
    };
    assert_eq!(with("http://portal.example.com/ok"), [""; 0]);
    for other in ["http://", "http://a b/", "ftp://example.com/ok"] {
        assert_eq!(with(other).len(), 1, "{other}: {:?}", with(other));
    }
}

#[test]
fn a_file_of_one_mebibyte_is_read_and_a_larger_one_is_not() {
    let of = |bytes: usize| "#".repeat(bytes);
    let too_large = |text: &str| errors("w.toml", text)[0].contains("larger than 1 MiB");
    assert!(!too_large(&of(1 << 20)));
    assert!(too_large(&of((1 << 20) + 1)));
}

fn with_site(message: &str) -> Knowledge {
    let toml = format!(
        "[[client]]\nid = \"acme\"\nname = \"Acme\"\n[[message]]\nid = \"acme-1\"\nclient = \"acme\"\n\
         causes = [\"no-network\"]\n{message}"
    );
    let site = SiteFiles {
        causes: Vec::new(),
        messages: Some(("knowledge/errors.toml".into(), toml.into())),
    };
    Knowledge::load_site(None, &site).unwrap()
}

/// Whether the whole of the site's message stands in this text.
fn is_met(knowledge: &Knowledge, text: &str) -> bool {
    let catalogue = knowledge.messages();
    let explained = catalogue.explain(text);
    let mut matches = explained.messages.iter();
    matches.any(|found| found.message.id == "acme-1" && found.share == 100)
}

#[test]
fn a_sites_message_may_be_a_regular_expression() {
    let knowledge = with_site("kind = \"regex\"\nmatch = \"acme (fault|alarm) [0-9]{3}\"\n");
    assert!(is_met(&knowledge, "21:04 ACME alarm 207"));
    assert!(!is_met(&knowledge, "21:04 ACME alarm 20"));
    let anything = "[[client]]\nid = \"acme\"\nname = \"Acme\"\n[[message]]\nid = \"acme-1\"\nclient = \"acme\"\n\
                    kind = \"regex\"\nmatch = \"(acme)*\"\ncauses = [\"no-network\"]\n";
    let told = errors("knowledge/errors.toml", anything);
    assert!(
        told.len() == 1 && told[0].contains("matches everything"),
        "{told:?}"
    );
}

/// A code of eight characters is no packed code of OpenSSL where a sign stands before its digits.
#[test]
fn a_sites_code_is_met_beside_its_word_only() {
    let knowledge = with_site(
        "kind = \"code\"\ncodes = [\"-1000005\"]\ncontext = [\"fault\"]\nmatch = \"Fault\"\n",
    );
    for (text, expected) in [
        ("fault: -1000005 in the pump", true),
        ("fault code -1000005 in the pump", true),
        ("faultの番号は-1000005", true),
        ("fault coded -1000005 in the pump", false),
        ("fault: 1000005 in the pump", false),
    ] {
        assert_eq!(is_met(&knowledge, text), expected, "{text}");
    }
}

/// What a program puts into its message is a name or a number, not a page of other words.
#[test]
fn the_ends_of_a_message_belong_together_only_near_each_other() {
    for message in ["the pump {name} has stopped", "stopped is the {name} pump"] {
        let knowledge = with_site(&format!("kind = \"contains\"\nmatch = \"{message}\"\n"));
        let with = |name: &str| is_met(&knowledge, &message.replace("{name}", name));
        assert!(with("no. 3"), "{message}");
        assert!(!with(&"and so on ".repeat(30)), "{message}");
    }
}

/// Whoever writes a cause is told of the file's name, not of symptoms that a wizard would have.
#[test]
fn a_file_among_the_causes_is_read_as_a_cause_whatever_it_is_called() {
    let text = "id = \"captive-portal\"\ncode = \"C10\"\n";
    let told = errors("assets/causes/captive-portall.toml", text).join("\n");
    assert!(told.contains("differs from the file's name"), "{told}");
    assert!(!told.contains("[[symptom]]"), "{told}");
}

#[test]
fn marks_of_one_program_on_one_system_are_written_once() {
    let marks = |system: &str| {
        format!(
            "[[device]]\nclient = \"acme\"\nname = \"Acme\"\nsystem = \"{system}\"\nagent = [\"acmed\"]\n\
             paths = [\"/opt/acme\"]\nsource = \"a page\"\nverified = \"source\"\n"
        )
    };
    let told = |first: &str, second: &str| {
        let told = errors("clients.toml", &(marks(first) + &marks(second)));
        told.into_iter()
            .filter(|error| error.contains("already there"))
            .collect::<Vec<_>>()
    };
    assert_eq!(told("linux", "macos"), [""; 0]);
    assert_eq!(
        told("linux", "linux"),
        ["clients.toml:9:1: the marks of `acme` on linux are already there"]
    );
}
