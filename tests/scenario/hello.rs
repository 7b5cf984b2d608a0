//! Greetings beyond the ordinary handshake, in short words.

use vpnmedic::evidence::{
    Chosen, Hello, HelloAnswer, HelloAttempt, HelloOutcome, Knock, Spoken, Standing, TlsVersion,
    VersionsEvidence,
};

use super::Pki;

/// A line each: `<version>[ suites|groups|signatures=<standing>] <outcome>`, or `openvpn|rdp answers|silent`.
///
/// The outcome is `alert=<name>`, `closed`, `stalled`, or `<version> <standing>:<suite> [group=<standing>:<name>]
/// [signature=<standing>:<name>] [dh=<bits>] [no-renegotiation] [serves=<certificates with commas>]`.
pub fn versions(lines: &[String], port: u16, pki: &Pki) -> VersionsEvidence {
    let addr = ([192, 0, 2, 10], port).into();
    let mut seen = VersionsEvidence::default();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            [
                protocol @ ("openvpn" | "rdp"),
                answer @ ("answers" | "silent"),
            ] => {
                seen.knocks.push(Knock {
                    addr,
                    protocol: match *protocol {
                        "openvpn" => Spoken::OpenVpn,
                        _ => Spoken::Rdp,
                    },
                    answered: *answer == "answers",
                    took_us: 10_000,
                });
            }
            [offered, rest @ ..] => {
                let mut hello = Hello::everything(version(offered));
                let mut rest = rest;
                while let [word, after @ ..] = rest
                    && let Some((part, up_to)) = word.split_once('=')
                    && part != "alert"
                {
                    match part {
                        "suites" => hello.suites = standing(up_to),
                        "groups" => hello.groups = standing(up_to),
                        "signatures" => hello.signatures = standing(up_to),
                        _ => panic!("{line}"),
                    }
                    rest = after;
                }
                seen.hellos.push(HelloAttempt {
                    addr,
                    hello,
                    outcome: outcome(rest, pki),
                    took_us: 10_000,
                });
            }
            [] => panic!("an empty line"),
        }
    }
    seen
}

fn outcome(words: &[&str], pki: &Pki) -> HelloOutcome {
    let [first, rest @ ..] = words else {
        panic!("no outcome")
    };
    match first.split_once('=') {
        Some(("alert", name)) => return HelloOutcome::Alert(name.to_owned()),
        Some(_) => panic!("{words:?}"),
        None if *first == "closed" => return HelloOutcome::Closed { received: 0 },
        None if *first == "stalled" => return HelloOutcome::Stalled { received: 0 },
        None => {}
    }
    let [suite, rest @ ..] = rest else {
        panic!("{words:?}")
    };
    let version = version(first);
    let mut answer = HelloAnswer {
        version,
        suite: chosen(suite),
        group: None,
        dh_bits: None,
        signature: None,
        secure_renegotiation: (version < TlsVersion::Tls13).then_some(true),
        served: Vec::new(),
    };
    for word in rest {
        match word.split_once('=') {
            Some(("group", text)) => answer.group = Some(chosen(text)),
            Some(("signature", text)) => answer.signature = Some(chosen(text)),
            Some(("dh", bits)) => answer.dh_bits = Some(bits.parse().unwrap()),
            Some(("serves", names)) => {
                answer.served = names.split(',').map(|name| pki.der(name)).collect();
            }
            None if *word == "no-renegotiation" => answer.secure_renegotiation = Some(false),
            _ => panic!("{word}"),
        }
    }
    HelloOutcome::Answered(answer)
}

fn chosen(text: &str) -> Chosen {
    let (up_to, name) = text.split_once(':').unwrap();
    Chosen {
        name: name.to_owned(),
        standing: standing(up_to),
    }
}

fn standing(word: &str) -> Standing {
    match word {
        "current" => Standing::Current,
        "lingering" => Standing::Lingering,
        "rare" => Standing::Rare,
        _ => panic!("{word}"),
    }
}

fn version(word: &str) -> TlsVersion {
    match word {
        "1.0" => TlsVersion::Tls10,
        "1.1" => TlsVersion::Tls11,
        "1.2" => TlsVersion::Tls12,
        "1.3" => TlsVersion::Tls13,
        _ => panic!("{word}"),
    }
}
