//! The catalogue of messages: each found by its own text however that was typed or cut, none found where nothing is
//! wrong, both languages complete, no advice that weakens security.

use proptest::prelude::*;

use super::super::messages::{self, Catalogue, Kind, Match, Message};
use super::super::{lint, placeholder};

fn found<'a>(matches: &[Match<'a>]) -> Vec<&'a str> {
    matches.iter().map(|m| m.message.id.as_str()).collect()
}

/// A wording as a person meets it: the placeholders filled in.
fn met(wording: &str) -> String {
    placeholder::replace(wording, |name| {
        Some(
            match name {
                "n" => "1",
                "host" | "name" => "vpn.example.com",
                "address" => "[AF_INET]192.0.2.5:443",
                "reason" => "some reason",
                "subject" => "CN=someone",
                _ => "example",
            }
            .to_owned(),
        )
    })
}

/// Everything that a message is met as.
fn all_met(message: &Message) -> Vec<String> {
    let mut texts: Vec<String> = message.wordings().map(met).collect();
    match message.kind {
        // With words around it, as it is shown; a number in parentheses may need a sentence.
        Kind::Code => texts.push(message.text.clone()),
        Kind::Regex => panic!("{}: give the test an example of it", message.id),
        Kind::Contains | Kind::Exact => {}
    }
    texts
}

fn embedded() -> std::sync::Arc<Catalogue> {
    messages::embedded()
}

#[test]
fn the_embedded_messages_are_without_a_mistake_and_many() {
    let faults = lint(messages::NAME, messages::TEXT.as_bytes());
    assert!(faults.is_empty(), "{faults:#?}");
    let catalogue = embedded();
    assert!(
        catalogue.messages.len() >= 450,
        "{}",
        catalogue.messages.len()
    );
    for client in [
        "cisco",
        "forticlient",
        "openvpn",
        "openvpn-connect",
        "globalprotect",
        "ivanti",
        "sonicwall",
        "checkpoint",
        "citrix",
        "openconnect",
        "openfortivpn",
        "windows-ras",
        "windows-cert",
        "apple",
        "openssl",
        "gnutls",
        "chrome",
        "firefox",
    ] {
        assert!(
            catalogue.messages.iter().any(|m| m.client == client),
            "{client}"
        );
    }
}

#[test]
fn every_message_is_found_by_each_of_its_own_texts() {
    let catalogue = embedded();
    let mut missing = Vec::new();
    for message in &catalogue.messages {
        for text in all_met(message) {
            let explained = catalogue.explain(&text);
            // A shorter text inside a longer one gives way to it, and so may lead elsewhere: then it must say the same.
            let ids = found(&explained.messages);
            let whole = explained
                .messages
                .iter()
                .any(|m| m.message.id == message.id && m.share == 100);
            if !whole {
                missing.push(format!("{} by {text:?}: {ids:?}", message.id));
                continue;
            }
            let Some(first) = message.causes.first() else {
                continue;
            };
            let top: Vec<_> = explained.causes.iter().take(3).map(|c| c.cause).collect();
            if !top.contains(first) {
                missing.push(format!(
                    "{}: {first} is not among {top:?} ({ids:?})",
                    message.id
                ));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Lines that programs write when nothing is wrong.
const HARMLESS: &str = include_str!("harmless.txt");

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let catalogue = embedded();
    let mut wolves = Vec::new();
    for line in HARMLESS.lines().filter(|line| !line.trim().is_empty()) {
        for explained in [catalogue.in_log(line), catalogue.explain(line)] {
            let faults: Vec<_> = explained
                .messages
                .iter()
                .filter(|m| !m.message.causes.is_empty())
                .map(|m| (m.message.id.as_str(), m.share))
                .collect();
            if !faults.is_empty() {
                wolves.push(format!("{line:?}: {faults:?}"));
            }
        }
    }
    assert!(wolves.is_empty(), "{}", wolves.join("\n"));
}

#[test]
fn the_words_a_message_is_met_with_decide() {
    let catalogue = embedded();
    let first = |text: &str| {
        let explained = catalogue.explain(text);
        explained.causes.first().map(|c| c.cause.as_str())
    };
    for (text, cause) in [
        ("Certificate Validation Failure", "client-cert-required"),
        ("証明書の検証の失敗", "client-cert-required"),
        (
            "Error 691: The remote connection was denied",
            "password-wrong",
        ),
        (
            "エラー 868: リモート アクセス サーバーの名前が解決できなかったため",
            "dns-nxdomain",
        ),
        (
            "CoId={1}: The error code returned on failure is -2146762487.",
            "unknown-ca",
        ),
        ("失敗: ０ｘ８００Ｂ０１０９", "unknown-ca"),
        ("-2146762495", "cert-expired-leaf"),
        ("0x800702B3", "password-wrong"),
        ("verify error:num=18:self-signed certificate", "self-signed"),
        (
            "verify error:num=19:self-signed certificate in certificate chain",
            "unknown-ca",
        ),
        (
            "error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed",
            "unknown-ca",
        ),
        ("The VPN server may be unreachable. (-14)", "account-policy"),
        ("-455", "account-policy"),
        (
            "curl: (60) SSL certificate problem: unable to get local issuer certificate",
            "missing-intermediate",
        ),
        ("NET::ERR_CERT_DATE_INVALID", "cert-expired-leaf"),
        (
            "VERIFY ERROR: depth=1, error=CRL has expired: CN=ca",
            "crl-expired",
        ),
        ("98％で止まる", "virtual-adapter-missing"),
    ] {
        assert_eq!(
            first(text),
            Some(cause),
            "{text:?}: {:?}",
            found(&catalogue.explain(text).messages)
        );
    }
}

#[test]
fn what_stands_inside_a_longer_message_says_nothing_of_its_own() {
    let explained = embedded();
    let ids = |text| found(&explained.explain(text).messages);
    let own = ids("self-signed certificate in certificate chain");
    assert!(
        own.contains(&"openssl-009") && !own.contains(&"openssl-008"),
        "{own:?}"
    );
}

#[test]
fn signed_numbers_are_told_as_the_codes_they_are() {
    let catalogue = embedded();
    let explained = catalogue.explain("error -2146762487");
    assert_eq!(
        explained.decoded,
        [("-2146762487".to_owned(), "0x800B0109".to_owned())]
    );
    assert!(catalogue.explain("(-14)").decoded.is_empty());
}

#[test]
fn what_nobody_knows_is_not_guessed() {
    let catalogue = embedded();
    for text in [
        "",
        " ",
        "-",
        "hello",
        "the VPN does not work",
        "動きません",
        "certificate",
        "error",
        "7",
        "失敗しました",
    ] {
        let explained = catalogue.explain(text);
        assert!(
            !explained.is_recognised(),
            "{text:?}: {:?}",
            found(&explained.messages)
        );
    }
}

#[test]
fn meanings_never_weaken_security_and_stay_calm() {
    let forbidden = [
        "--servercert",
        "--insecure",
        "--trusted-cert",
        "trusted-cert",
        "verify none",
        "-k ",
        "seclevel=0",
        "untick",
        "tls-cert-profile insecure",
        "testsigning",
        "無視して",
        "チェックを外",
    ];
    for message in &embedded().messages {
        let Some(meaning) = &message.meaning else {
            continue;
        };
        for text in [&meaning.en, &meaning.ja] {
            for phrase in forbidden {
                assert!(
                    !text.to_lowercase().contains(phrase),
                    "{}: {phrase}",
                    message.id
                );
            }
            assert!(!text.contains(['!', '！']), "{}", message.id);
            assert!(text.chars().count() <= 260, "{}: too long", message.id);
        }
        assert!(
            meaning.en.ends_with('.') && meaning.ja.ends_with('。'),
            "{}",
            message.id
        );
        assert!(!meaning.ja.is_ascii(), "{}", message.id);
    }
}

/// What a person's hand and terminal do to a text: case, width, blanks, line breaks. Words are not cut apart next to
/// digits, where a number would become two.
fn mangle(text: &str, seed: &[u8]) -> String {
    let mut mangled = String::new();
    let mut previous: Option<char> = None;
    for (n, c) in text.chars().enumerate() {
        let dice = seed[n % seed.len()]
            .wrapping_mul(31)
            .wrapping_add(u8::try_from(n % 251).unwrap());
        let in_number =
            |c: char| c.is_ascii_digit() || c == '-' || c == '(' || c == 'x' || c == 'X';
        let joined = in_number(c) || previous.is_some_and(in_number);
        if dice.is_multiple_of(11) && !joined {
            mangled.push_str([" ", "\n", "\r\n", "  ", "\u{3000}"][usize::from(dice / 11) % 5]);
        }
        match c {
            ' ' if dice.is_multiple_of(7) => mangled.push('\n'),
            ' ' if dice.is_multiple_of(5) => mangled.push_str("   "),
            '!'..='~' if dice.is_multiple_of(3) => {
                mangled.push(char::from_u32(u32::from(c) + 0xfee0).unwrap());
            }
            c if dice.is_multiple_of(2) => mangled.extend(c.to_uppercase()),
            c => mangled.push(c),
        }
        previous = Some(c);
    }
    mangled
}

/// The first `share` of a hundred of a text's characters.
fn cut(text: &str, share: usize) -> String {
    let keep = (text.chars().count() * share).div_ceil(100);
    text.chars().take(keep).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let catalogue = embedded();
        catalogue.explain(&text);
        catalogue.in_log(&text);
        catalogue.explain(&String::from_utf8_lossy(&bytes));
    }
}

/// Every wording of every message, mangled in several ways: each way once, so that a failure stays one.
#[test]
fn a_mangled_message_still_ranks_its_cause_among_the_first_three() {
    let catalogue = embedded();
    let mut lost = Vec::new();
    for (n, message) in catalogue.messages.iter().enumerate() {
        for text in all_met(message) {
            for turn in 0..6 {
                lost.extend(missed(&catalogue, message, &mangle(&text, &ways(n, turn))));
            }
        }
    }
    assert!(lost.is_empty(), "{}:\n{}", lost.len(), lost.join("\n"));
}

/// What this text gives, unless it is the message with its first cause among the first three.
fn missed(catalogue: &Catalogue, message: &Message, mangled: &str) -> Option<String> {
    let explained = catalogue.explain(mangled);
    let top: Vec<_> = explained.causes.iter().take(3).map(|c| c.cause).collect();
    let own = found(&explained.messages).contains(&message.id.as_str());
    let first = message.causes.first();
    let ranked = first.is_none_or(|first| top.contains(first));
    (!own || !ranked).then(|| format!("{}: {mangled:?} gives {top:?}", message.id))
}

/// The dice for one message and turn.
fn ways(message: usize, turn: u8) -> [u8; 8] {
    let own = u8::try_from(message % 251).unwrap();
    [
        own,
        turn.wrapping_mul(41),
        77,
        own ^ turn,
        201,
        9,
        54,
        turn.wrapping_add(128),
    ]
}

/// Every wording of every message, cut and mangled in several ways: each way once, so that a failure stays one.
#[test]
fn sixty_percent_of_a_message_still_rank_its_cause_among_the_first_three() {
    let catalogue = embedded();
    let mut lost = Vec::new();
    let (mut tried, mut short, mut names, mut shared) = (0, 0, 0, 0);
    // Everyday words are a few letters to begin with, and are asked for whole.
    let longer = |message: &&Message| !message.id.starts_with("words-");
    for (n, message) in catalogue.messages.iter().filter(longer).enumerate() {
        for wording in message.wordings() {
            let text = cut(&met(wording), 60);
            let out = if too_short(&text) {
                Some(&mut short)
            } else if mostly_names(wording, &text) {
                Some(&mut names)
            } else {
                None
            };
            if let Some(out) = out {
                *out += 1;
                continue;
            }
            for turn in 0..3_u8 {
                tried += 1;
                let named = NOT_TOLD_APART.iter().any(|(id, _)| *id == message.id);
                if named {
                    shared += 1;
                } else {
                    lost.extend(missed(&catalogue, message, &mangle(&text, &ways(n, turn))));
                }
            }
        }
    }
    assert!(
        lost.is_empty(),
        "{} of {tried}:\n{}",
        lost.len(),
        lost.join("\n")
    );
    // What is not asked for stays the smaller part.
    let left_out = short + names + shared / 3;
    assert!(
        tried > 6 * left_out,
        "{tried} tried, {short} too short, {names} mostly names, {shared} named"
    );
}

/// So little is left of it that it would be found in anything: fewer than 14 Latin letters (8 of a constant's name),
/// or 8 of Japanese.
fn too_short(text: &str) -> bool {
    let kept = text.chars().filter(|c| c.is_alphanumeric() && *c != 'ー');
    let letters: usize = kept.map(char::len_utf8).sum();
    let least = match (text.contains('_'), text.is_ascii()) {
        (true, true) => 8,
        (false, true) => 14,
        (_, false) => 24,
    };
    letters < least
}

/// What is left are names and numbers that are different each time, and hardly any of the message's own words.
fn mostly_names(wording: &str, text: &str) -> bool {
    let pieces = placeholder::between(wording);
    let all: usize = pieces.iter().map(|piece| piece.len()).sum();
    let left = pieces.iter().filter(|piece| text.contains(*piece));
    pieces.len() > 1 && left.map(|piece| piece.len()).sum::<usize>() * 100 < all * 50
}

/// Messages of which 60 % do not lead back to their cause, each with the reason.
const NOT_TOLD_APART: [(&str, &str); 4] = [
    (
        "openconnect-004",
        "eight messages begin with the same words",
    ),
    (
        "openconnect-006",
        "eight messages begin with the same words",
    ),
    (
        "openvpn-010",
        "what is left is only the subject of a certificate",
    ),
    (
        "openvpn-gui-003",
        "what is left is \"Connecting to\" and a name",
    ),
];

#[test]
fn a_huge_text_is_looked_at_only_so_far() {
    let catalogue = embedded();
    let mut text = "x ".repeat(messages::MAX_TEXT);
    text.push_str("Certificate Validation Failure");
    assert!(!catalogue.explain(&text).is_recognised());
}

/// Whatever the catalogue knows leads on from the question for the message, also where no word of the tree knows it.
#[test]
fn every_known_message_leads_the_walk_on() {
    use super::super::{By, NoFacts, Walk};
    let knowledge = super::knowledge();
    let catalogue = embedded();
    let mut stuck = Vec::new();
    for message in catalogue.messages.iter().filter(|m| !m.causes.is_empty()) {
        let mut walk = Walk::start(&knowledge.wizard, "message").unwrap();
        walk.say(&knowledge.wizard, &met(&message.text));
        let trail = walk.trail(&knowledge.wizard, &NoFacts);
        if trail.first().is_none_or(|passed| passed.by != By::Message) {
            stuck.push(message.id.as_str());
        }
        assert!(walk.position(&knowledge.wizard, &NoFacts).is_some());
    }
    assert!(stuck.is_empty(), "{stuck:?}");
}
