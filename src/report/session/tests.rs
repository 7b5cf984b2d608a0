//! Reports of the recorded run and of hostile ones: what each reader finds, that both languages say the same, and that
//! nothing from outside is read as markup.

use std::sync::Arc;

use super::*;
use crate::chain::{Cert, Stores, TrustStore, read_certificates};
use crate::diagnose::{Context, Relations, diagnose};
use crate::evidence::{
    LogLine, Observation, ProbeEvent, ProbeId, ProbeOutcome, Target, TlsAttempt, TlsEvidence,
    TlsOutcome, TlsSession, TlsVariant,
};
use crate::msg::Msg;
use crate::session::{Mark, SessionEvent};

const NOW: UnixTime = UnixTime(1_795_349_000);
const CHAIN: &[u8] = include_bytes!("../../../tests/screens/chain.pem");

/// A session in which these certificates were served and a few things were done.
struct World {
    knowledge: Knowledge,
    session: Session,
    diagnosis: Diagnosis,
}

impl World {
    fn new(served: Vec<crate::evidence::Der>, words: &str) -> Self {
        let knowledge = Knowledge::load(None).unwrap();
        let root = read_certificates(CHAIN).unwrap().pop().unwrap();
        let stores = Stores {
            system: TrustStore {
                name: "test".to_owned(),
                anchors: vec![Arc::new(Cert::parse(&root).unwrap())],
                brought: 0,
            },
            mozilla: TrustStore::default(),
        };
        let mut session = Session::new(Lang::En, System::Windows);
        let symptom = knowledge.wizard.symptoms.first().unwrap().id.clone();
        let target = Target::parse("vpn.example.com").unwrap();
        let tls = TlsEvidence {
            attempts: vec![TlsAttempt {
                variant: TlsVariant::Ordinary,
                addr: "192.0.2.5:443".parse().unwrap(),
                sni: Some("vpn.example.com".to_owned()),
                outcome: TlsOutcome::Completed(TlsSession {
                    version: "1.3".to_owned(),
                    cipher: words.to_owned(),
                    key_exchange: "X25519MLKEM768".to_owned(),
                    alpn: Some(words.to_owned()),
                    client_auth_requested: false,
                    secure_renegotiation: None,
                }),
                served,
                stapled_ocsp: None,
                certificate_request: None,
                took_us: 51_000,
            }],
        };
        let events = [
            SessionEvent::TargetSet { target, at: NOW },
            SessionEvent::SymptomChosen { id: symptom },
            SessionEvent::ErrorTextGiven {
                text: format!("{words} password=hunter2"),
            },
            SessionEvent::Probe(ProbeEvent::Started {
                id: ProbeId::Tls,
                at_ms: 12.0,
            }),
            SessionEvent::Probe(ProbeEvent::Observed(Observation::Tls(tls))),
            SessionEvent::Probe(ProbeEvent::Log(LogLine {
                at_ms: 60.0,
                probe: ProbeId::Tls,
                tone: ProbeOutcome::Pass,
                text: Msg::new("probe.tls.completed")
                    .with("version", words)
                    .with("group", words)
                    .with("cipher", words),
                took_ms: None,
            })),
            SessionEvent::Probe(ProbeEvent::Finished {
                id: ProbeId::Tls,
                took_ms: 51.0,
                outcome: ProbeOutcome::Pass,
                why: None,
            }),
            SessionEvent::Probe(ProbeEvent::Done),
            SessionEvent::StepMarked {
                code: "C04-1".to_owned(),
                mark: Mark::Done,
            },
            SessionEvent::StepMarked {
                code: "C04-W1".to_owned(),
                mark: Mark::NotMine,
            },
        ];
        for event in &events {
            session.apply(event, &knowledge.wizard, None);
        }
        let relations = Relations::from(&knowledge);
        let context = Context {
            system: System::Windows,
            client: None,
        };
        let diagnosis = diagnose(session.evidence().unwrap(), &stores, &relations, &context);
        Self {
            knowledge,
            session,
            diagnosis,
        }
    }

    /// The recorded gateway, which leaves its intermediate out.
    fn recorded() -> Self {
        let leaf = read_certificates(CHAIN).unwrap().swap_remove(0);
        Self::new(vec![leaf], "TLS_AES_256_GCM_SHA384")
    }

    fn write(&self, format: Format, lang: Lang) -> String {
        let mut source =
            Source::of_session(&self.knowledge, &self.session, Some(&self.diagnosis), NOW);
        source.lang = lang;
        write(&source, format).unwrap()
    }
}

#[test]
fn each_of_the_three_readers_finds_what_is_theirs_in_every_format_and_language() {
    let world = World::recorded();
    for lang in [Lang::En, Lang::Ja] {
        let name = world
            .knowledge
            .causes
            .get(&crate::cause::CauseId::MISSING_INTERMEDIATE)
            .unwrap()
            .name
            .get(lang)
            .to_owned();
        for format in [Format::Text, Format::Markdown, Format::Html] {
            let report = world.write(format, lang);
            for part in [
                name.as_str(),
                "C04",
                "missing-intermediate",
                "C04-1",
                "C04-W1",
                "C04-G1",
                "-----BEGIN CERTIFICATE-----",
                "vpn.example.com",
                "2026-11-22T",
                "X25519MLKEM768",
            ] {
                assert!(
                    report.contains(part),
                    "{format:?} {lang:?}: {part}\n{report}"
                );
            }
            assert!(!report.contains("hunter2"), "{format:?}: a secret");
            assert!(
                !report.contains('{') || format == Format::Html,
                "{format:?}: a placeholder"
            );
        }
        let json: serde_json::Value =
            serde_json::from_str(&world.write(Format::Json, lang)).unwrap();
        assert_eq!(json["schema"], 1);
        assert_eq!(json["causes"][0]["id"], "missing-intermediate");
        assert_eq!(json["session"]["checklist"][0]["code"], "C04-1");
        assert_eq!(json["session"]["checklist"][0]["state"], "done");
        assert_eq!(json["session"]["checklist"][1]["state"], "not-mine");
        assert_eq!(json["chain_pem"].as_array().unwrap().len(), 1);
        assert!(!json.to_string().contains("hunter2"));
    }
}

/// The steps that are the user's stand with the user, those for the gateway with the administrator.
#[test]
fn steps_stand_where_their_reader_looks() {
    let report = World::recorded().write(Format::Markdown, Lang::En);
    let helpdesk = report.find("## For the helpdesk").unwrap();
    let administrator = report.find("## For the administrator").unwrap();
    let own = report.find("- [x] **C04-1**").unwrap();
    let gateway = report.find("- [ ] **C04-G1**").unwrap();
    assert!(own < helpdesk && administrator < gateway, "{report}");
    assert!(report.contains("**somebody else's to do**"), "{report}");
}

#[test]
fn a_walk_without_a_gateway_is_reported_without_claims() {
    let knowledge = Knowledge::load(None).unwrap();
    let session = Session::new(Lang::En, System::Windows);
    let source = Source::of_session(&knowledge, &session, None, NOW);
    let text = write(&source, Format::Text).unwrap();
    assert!(
        text.contains("No gateway was named, so nothing was checked."),
        "{text}"
    );
    assert!(!text.contains("0.0.0.0"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&write(&source, Format::Json).unwrap()).unwrap();
    assert_eq!(json["target"]["host"], serde_json::Value::Null);
    assert_eq!(json["verdict"], "inconclusive");
    assert_eq!(
        file_name(&source, Format::Html),
        "vpnmedic-20261122T120320Z.html"
    );
}

/// Names that would be markup, scripts, escape sequences or a forged line, in a certificate and in what a gateway says.
#[test]
fn nothing_from_outside_is_read_as_markup() {
    let nasty = "</pre><script>alert(1)</script>\"'&\u{1b}[31m\u{202e}\r\n# forged";
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["vpn.example.com".to_owned()]).unwrap();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, nasty);
    params.distinguished_name.push(
        rcgen::DnType::OrganizationName,
        "<img src=x onerror=alert(1)>",
    );
    let der = params.self_signed(&key).unwrap().der().to_vec();
    let world = World::new(vec![der.as_slice().into()], nasty);
    for lang in [Lang::En, Lang::Ja] {
        let page = world.write(Format::Html, lang);
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("<img"), "{page}");
        assert!(page.contains("&lt;script&gt;"), "{page}");
        // No address is fetched, and none is linked to but places of the page itself.
        for attribute in [
            " src=",
            " href=\"h",
            "url(",
            "@import",
            " style=",
            " onload",
        ] {
            let found = page.replace("&lt;img src=x", "").contains(attribute);
            assert!(!found, "{attribute}: {page}");
        }
        for format in Format::ALL {
            let report = world.write(format, lang);
            assert!(
                !report
                    .chars()
                    .any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'),
                "{format:?}"
            );
            // In plain text a line may begin with anything: nothing there is markup.
            if format != Format::Text {
                assert!(!report.contains("\n# forged"), "{format:?}");
            }
        }
        let markdown = world.write(Format::Markdown, lang);
        let outside: String = markdown
            .split("```")
            .step_by(2)
            .collect::<Vec<_>>()
            .concat();
        assert!(!outside.replace("\\<", "").contains("<script"), "{outside}");
    }
}

#[test]
fn a_file_name_minds_no_file_system() {
    let world = World::recorded();
    let source = Source::of_session(&world.knowledge, &world.session, None, NOW);
    assert_eq!(
        file_name(&source, Format::Html),
        "vpnmedic-vpn.example.com-20261122T120320Z.html"
    );
    let mut session = Session::new(Lang::En, System::Linux);
    let target = Target::parse("[2001:db8::1]:8443").unwrap();
    let set = SessionEvent::TargetSet { target, at: NOW };
    session.apply(&set, &world.knowledge.wizard, None);
    let source = Source::of_session(&world.knowledge, &session, None, NOW);
    let name = file_name(&source, Format::Json);
    assert!(!name.contains([':', '/', '\\', '[', ' ']), "{name}");
}
