//! Whole chains: certificates changed byte by byte, in any roles, judged at any time for any name. An answer always, the
//! same one twice, and one that holds together; the diagnosis and its report on top.
//!
//! Input: 16 bytes of choices (see [`Choices`]), then certificates in DER one after the other.

#![no_main]

use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use vpnmedic::chain::{
    Cert, Purpose, Question, Stores, TrustStore, judge, missing_issuer_urls, read_store,
    second_opinion,
};
use vpnmedic::diagnose::{Relations, Saved, inspect};
use vpnmedic::evidence::{Der, Host, Target, UnixTime};
use vpnmedic::guide::{Knowledge, Lang, System};
use vpnmedic::report::{Document, Subject, text};

/// The certificates that take part at most; what the judge does with more is tested elsewhere.
const MOST: usize = 24;
const NAMES: [&str; 6] = [
    "vpn.example.com",
    "other.example.net",
    "192.0.2.10",
    "2001:db8::10",
    "xn--r8jz45g.jp",
    "localhost",
];

/// What the first bytes choose.
struct Choices {
    /// Unix seconds; 0 for a day in the fixtures' validity.
    at: UnixTime,
    /// One of [`NAMES`], or no name.
    name: Option<Host>,
    purpose: Purpose,
    /// Whether the certificate at this place is trusted, and whether it is fetched instead of served.
    trusted: u16,
    fetched: u16,
    /// Whether the whole diagnosis is made too; it costs more.
    whole: bool,
    rest: usize,
}

impl Choices {
    fn read(bytes: &[u8]) -> Option<Self> {
        let head: [u8; 16] = bytes.get(..16)?.try_into().ok()?;
        let at = i64::from_le_bytes(head.get(..8)?.try_into().ok()?);
        let host = |text: &str| Target::parse(text).ok().map(|target| target.host);
        Some(Self {
            at: UnixTime(if at == 0 { 1_795_349_000 } else { at }),
            name: NAMES
                .get(usize::from(head[8] % 7))
                .and_then(|name| host(name)),
            purpose: if head[9] & 1 == 0 {
                Purpose::Server
            } else {
                Purpose::Client
            },
            whole: head[9] & 0x0e == 2,
            trusted: u16::from_le_bytes([head[10], head[11]]),
            fetched: u16::from_le_bytes([head[12], head[13]]),
            rest: 16,
        })
    }
}

fn knowledge() -> &'static (Knowledge, Relations) {
    static READ: OnceLock<(Knowledge, Relations)> = OnceLock::new();
    READ.get_or_init(|| {
        let knowledge = Knowledge::load(None).expect("the built-in knowledge is sound");
        let relations = Relations::from(&knowledge);
        (knowledge, relations)
    })
}

fuzz_target!(init: { let _ = knowledge(); }, |bytes: &[u8]| {
    let Some(choices) = Choices::read(bytes) else {
        return;
    };
    let Ok(ders) = read_store(&bytes[choices.rest..]) else {
        return;
    };
    let (mut served, mut fetched, mut anchors) = (Vec::new(), Vec::new(), Vec::new());
    let mut served_ders: Vec<Der> = Vec::new();
    for (place, der) in ders.into_iter().take(MOST).enumerate() {
        let bit = |mask: u16| mask >> (place % 16) & 1 == 1;
        if !bit(choices.fetched) {
            served_ders.push(der.clone());
        }
        let Ok(cert) = Cert::parse(&der).map(Arc::new) else {
            continue;
        };
        if bit(choices.trusted) {
            anchors.push(Arc::clone(&cert));
        }
        if bit(choices.fetched) {
            fetched.push(cert);
        } else {
            served.push(cert);
        }
    }
    let question = Question {
        served: &served,
        fetched: &fetched,
        anchors: &anchors,
        name: choices.name.as_ref(),
        at: choices.at,
        purpose: choices.purpose,
    };
    let judgement = judge(&question);
    assert_eq!(judgement.accepted(), judgement.violations.is_empty());
    assert!(judgement.anchored || !judgement.accepted());
    for violation in judgement
        .violations
        .iter()
        .chain(&judgement.advice)
        .chain(&judgement.remarks)
    {
        assert!(violation.at.is_none_or(|at| at < judgement.path.len()));
    }
    let again = judge(&question);
    assert_eq!(judgement.violations, again.violations);
    assert_eq!(judgement.advice, again.advice);
    let _ = (missing_issuer_urls(&judgement), second_opinion(&question));
    if choices.whole {
        whole(&choices, &served_ders, anchors);
    }
});

/// The diagnosis of the same certificates as a file, and what is written about it.
fn whole(choices: &Choices, served: &[Der], anchors: Vec<Arc<Cert>>) {
    let (knowledge, relations) = knowledge();
    let stores = Stores {
        system: TrustStore {
            name: "roots".to_owned(),
            brought: anchors.len(),
            anchors,
        },
        mozilla: TrustStore::default(),
    };
    let saved = Saved {
        served,
        name: choices.name.as_ref(),
        at: choices.at,
        statements: &[],
        client: None,
        client_roots: &[],
    };
    let diagnosis = inspect(&saved, &stores, relations);
    let evidence = saved.evidence();
    let subject = Subject {
        knowledge,
        lang: if served.len().is_multiple_of(2) {
            Lang::En
        } else {
            Lang::Ja
        },
        system: System::Linux,
        evidence: &evidence,
        diagnosis: &diagnosis,
    };
    let written = text(&subject);
    assert!(
        !written.chars().any(|c| c.is_control() && c != '\n'),
        "{written:?}"
    );
    let document = Document::saved(&subject, saved.name.is_some());
    assert!(document.line().is_ok());
}
