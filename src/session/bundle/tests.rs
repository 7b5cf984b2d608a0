use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::IpAddr;
use std::sync::Arc;

use data_encoding::{BASE64_NOPAD, HEXLOWER};
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::tar::TarError;
use super::*;
use crate::cause::CauseId;
use crate::chain::Stores;
use crate::diagnose::{Certainty, Context, Diagnosis, Relations, Verdict, diagnose};
use crate::evidence::*;
use crate::guide::{Choice, Knowledge, Lang, System, Verified};
use crate::msg::Msg;
use crate::report::session::{Format, Source, write as write_report};
use crate::session::journal::{Condition, Header, Journal};
use crate::session::play::play;
use crate::session::{Mark, SessionEvent};

const HOST: &str = "vpn.kuroshio-boeki.co.jp";
const PROXY: &str = "hikae.kuroshio-boeki.co.jp";
const COMPANY: &str = "Kuroshio Boeki";
const UNIT: &str = "Umibe Department";
const CA: &str = "Kuroshio Root CA";
const USER: &str = "hanako.yamada";
const MAIL: &str = "hanako.yamada@kuroshio-boeki.co.jp";
const HOME: &str = "/home/hyamada/keys/yamada-token.p12";
const PROFILE: &str = "Umibe Honsha";
const ADDRESS: &str = "198.51.100.77";
const OWN: &str = "10.20.30.40";
const SIX: &str = "2001:db8:77:1::5";
const ADAPTER: &str = "umibe-net7";
const HARDWARE: &str = "5e:ab:12:cd:34:ef";
const NAMES: [&str; 14] = [
    HOST, PROXY, COMPANY, UNIT, CA, USER, MAIL, "hyamada", PROFILE, ADDRESS, OWN, SIX, ADAPTER,
    HARDWARE,
];
/// What only the strict level takes out: nobody could know that these are names.
const WORDS: [&str; 2] = ["nightingale", "鶴亀の間"];
const SECRETS: [&str; 4] = [
    "hunter2zx9",
    "c00k1e-f4f4f4",
    "t0ken-9a9a9a",
    "MIIEvQIBADANBg",
];

fn knowledge() -> &'static Knowledge {
    static READ: std::sync::OnceLock<Knowledge> = std::sync::OnceLock::new();
    READ.get_or_init(|| Knowledge::load(None).unwrap())
}

fn conclude() -> impl Fn(&Evidence, System, usize) -> Diagnosis {
    let relations = Relations::from(knowledge());
    move |evidence, system, _| {
        let context = Context {
            system,
            client: None,
        };
        diagnose(evidence, &Stores::default(), &relations, &context)
    }
}

fn certificate() -> Der {
    let mut params = rcgen::CertificateParams::new([HOST.to_owned()]).unwrap();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, HOST);
    params
        .distinguished_name
        .push(rcgen::DnType::OrganizationName, COMPANY);
    params
        .distinguished_name
        .push(rcgen::DnType::OrganizationalUnitName, UNIT);
    let key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.distinguished_name.push(rcgen::DnType::CommonName, CA);
    let issuer = rcgen::Issuer::new(ca, rcgen::KeyPair::generate().unwrap());
    Der::from(params.signed_by(&key, &issuer).unwrap().der().to_vec())
}

/// A sentence with everything in it, as an error message, a note or a log could have it.
fn sentence() -> String {
    format!(
        "{USER} at {HOST} ({ADDRESS}, {OWN}, [{SIX}]:443) of {COMPANY}, {UNIT}: mail {MAIL}, file {HOME}, {HARDWARE}, via \
         {PROXY}:3128 {} {} password={} Set-Cookie: x={} nightingale 鶴亀の間",
        HOST.replace('.', "%2E"),
        BASE64_NOPAD.encode(HOST.as_bytes()),
        SECRETS[0],
        SECRETS[1],
    )
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn observations() -> Vec<Observation> {
    let (s, der) = (sentence, certificate());
    let attempt = TlsAttempt {
        variant: TlsVariant::Ordinary,
        addr: (ip(ADDRESS), 443).into(),
        sni: Some(HOST.to_owned()),
        outcome: TlsOutcome::Completed(TlsSession {
            version: "1.3".to_owned(),
            cipher: "TLS_AES_256_GCM_SHA384".to_owned(),
            key_exchange: "X25519".to_owned(),
            alpn: None,
            client_auth_requested: true,
            secure_renegotiation: None,
        }),
        served: vec![der.clone()],
        stapled_ocsp: Some(der.clone()),
        certificate_request: Some(CertificateRequest {
            authorities: vec![der.clone()],
            answered: false,
        }),
        took_us: 5,
    };
    let fingerprint = crate::chain::Cert::parse(&der).unwrap().fingerprint();
    let client = ClientEvidence {
        file: HOME.to_owned(),
        certificates: vec![der.clone()],
        damage: Some(Msg::new("probe.tcp.open").with("addr", s())),
        key: ClientKey::Unreadable {
            file: HOME.to_owned(),
            reason: Msg::new("probe.tcp.open").with("addr", s()),
        },
        can_be_shown: false,
    };
    let device = DeviceEvidence {
        clients: Fact::Known(vec![InstalledClient {
            client: "openconnect".to_owned(),
            name: "OpenConnect".to_owned(),
            version: Fact::Known("9.12".to_owned()),
            seen: HOME.to_owned(),
            verified: Verified::Recall,
        }]),
        adapters: Fact::Known(vec![Adapter {
            name: ADAPTER.to_owned(),
            description: s(),
            kind: AdapterKind::Tap,
            up: false,
            client: None,
        }]),
        time: Fact::Known(TimeService {
            name: Some("chronyd".to_owned()),
            running: true,
            synchronised: Fact::Known(true),
            offset_ms: None,
            source: Some(PROXY.to_owned()),
            since: None,
        }),
        resolvers: Fact::Known(vec![ip(OWN)]),
        ..DeviceEvidence::default()
    };
    vec![
        Observation::Device(Box::new(device)),
        Observation::Network(NetworkEvidence {
            interfaces: vec![Interface {
                name: ADAPTER.to_owned(),
                addresses: vec![ip(OWN), ip(SIX)],
                networks: vec!["10.20.30.40/24".parse().unwrap()],
                tunnel: false,
            }],
            default_route_v4: Fact::Known(true),
            default_route_v6: Fact::Known(true),
        }),
        Observation::Proxy(ProxyEvidence {
            settings: vec![
                ProxySetting {
                    route: ProxyRoute::Http {
                        host: PROXY.to_owned(),
                        port: 3128,
                    },
                    source: s(),
                    exempt: Some(format!("*.{HOST}")),
                },
                ProxySetting {
                    route: ProxyRoute::Script(format!(
                        "http://{USER}:{}@{PROXY}/{COMPANY}.pac",
                        SECRETS[0]
                    )),
                    source: "http_proxy".to_owned(),
                    exempt: None,
                },
            ],
            attempt: None,
        }),
        Observation::Dns(DnsEvidence {
            hosts_file: vec![ip(ADDRESS)],
            system: Fact::Known(Lookup::Addresses {
                addresses: vec![ip(ADDRESS)],
                aliases: vec![PROXY.to_owned()],
            }),
            resolvers: Vec::new(),
            trials: vec![attempt.clone()],
        }),
        Observation::Tcp(TcpEvidence {
            attempts: vec![TcpAttempt {
                addr: (ip(SIX), 443).into(),
                outcome: TcpOutcome::Failed(s()),
                took_us: 3,
            }],
        }),
        Observation::Path(PathEvidence {
            addr: ip(ADDRESS),
            hops: vec![Hop {
                ttl: 1,
                answer: Some(HopAnswer {
                    from: ip(OWN),
                    word: IcmpWord::Passing,
                    took_us: 9,
                }),
            }],
        }),
        Observation::Tls(TlsEvidence {
            attempts: vec![attempt.clone()],
        }),
        Observation::Attempt(TlsAttempt {
            variant: TlsVariant::Again,
            outcome: TlsOutcome::NotTls(Spoken::Unknown(HEXLOWER.encode(&HOST.as_bytes()[..16]))),
            ..attempt
        }),
        Observation::Aia(AiaEvidence {
            fetches: vec![AiaFetch {
                url: format!("http://{PROXY}/{USER}.crt"),
                outcome: FetchOutcome::Fetched(vec![der.clone()]),
            }],
        }),
        Observation::Revocation(RevocationEvidence {
            fetches: vec![StatementFetch {
                certificate: fingerprint,
                url: format!("http://{PROXY}/{USER}.crl"),
                kind: StatementSource::List,
                outcome: StatementOutcome::Fetched(der.clone()),
            }],
        }),
        Observation::Portal(PortalEvidence {
            probes: vec![PortalProbe {
                url: format!("http://{PROXY}/204"),
                outcome: PortalOutcome::Rewritten {
                    status: 200,
                    title: Some(s()),
                },
                clock: None,
            }],
        }),
        Observation::Gateway(GatewayEvidence {
            http: Fact::Known(HttpAnswer {
                status: 200,
                headers: vec![
                    ("Set-Cookie".to_owned(), format!("a={}; b=1", SECRETS[1])),
                    ("X-Auth-Token".to_owned(), SECRETS[2].to_owned()),
                    ("Server".to_owned(), s()),
                ],
                body: s(),
            }),
            product: None,
            alert: Some(s()),
            handed_out: None,
        }),
        Observation::Client(client),
        Observation::Ranges(RangesEvidence {
            pools: vec!["10.20.30.40/22".parse().unwrap()],
            lans: Vec::new(),
            peak: Some(3),
        }),
        Observation::Logs(LogsEvidence {
            read: vec![LogRead {
                log: HOME.to_owned(),
                bytes: 7,
                known: 1,
            }],
            messages: vec![LogMessage {
                message: "anyconnect-untrusted".to_owned(),
                log: HOME.to_owned(),
                line: 2,
                count: 1,
                at: Some(UnixTime(1_795_349_013)),
                when: Some(s()),
                text: s(),
                causes: vec![CauseId::ALL[0]],
                undecided: false,
                handed_in: true,
            }],
        }),
        Observation::Profile(Box::new(ProfileEvidence {
            name: PROFILE.to_owned(),
            client: "openvpn".to_owned(),
            file: HOME.to_owned(),
            targets: vec![ProfileTarget {
                target: Target::parse(PROXY).unwrap(),
                carrier: Carrier::Tcp,
                backup: true,
            }],
            roots: Material::Read {
                file: Some(HOME.to_owned()),
                certificates: vec![der],
            },
            roots_alone: false,
            client_certificate: Material::Named(USER.to_owned()),
            client_key: None,
            expects: Some(NameRule::Subject(s())),
            strict: Vec::new(),
            tls_min: None,
            guarded: false,
            has_secrets: true,
        })),
    ]
}

fn journal() -> Journal {
    let at = UnixTime(1_795_349_017);
    let mut events = vec![
        SessionEvent::TargetSet {
            target: Target::parse(HOST).unwrap(),
            at,
        },
        SessionEvent::SymptomChosen {
            id: knowledge().wizard.symptoms[0].id.clone(),
        },
        SessionEvent::ErrorTextGiven { text: sentence() },
        SessionEvent::Answered {
            node: "umibe-node".to_owned(),
            choice: Choice::Answer(USER.to_owned()),
        },
        SessionEvent::Probe(ProbeEvent::Log(LogLine {
            at_ms: 1.0,
            probe: ProbeId::Tcp,
            tone: ProbeOutcome::Fail,
            text: Msg::new("probe.tcp.open").with("addr", sentence()),
            took_ms: None,
        })),
        SessionEvent::Probe(ProbeEvent::Finished {
            id: ProbeId::Tcp,
            took_ms: 2.0,
            outcome: ProbeOutcome::Fail,
            why: Some(Why::because(
                WhyCode::Failed,
                Msg::new("probe.tcp.open").with("addr", sentence()),
            )),
        }),
    ];
    events.extend(
        observations()
            .into_iter()
            .map(|seen| SessionEvent::Probe(ProbeEvent::Observed(seen))),
    );
    events.push(SessionEvent::Probe(ProbeEvent::Done));
    events.push(SessionEvent::Concluded {
        verdict: Verdict::Problem,
        causes: vec![(CauseId::ALL[0], Certainty::Likely)],
        gone: Vec::new(),
    });
    let key = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
        SECRETS[3]
    );
    events.push(SessionEvent::StepMarked {
        code: "C04-W1".to_owned(),
        mark: Mark::Done,
    });
    events.push(SessionEvent::StepNoted {
        code: "C04-W1".to_owned(),
        note: format!("{} {key} token: {}", sentence(), SECRETS[2]),
    });
    Journal {
        header: Header::new(Lang::Ja, System::Windows),
        began: at,
        last: at,
        events: events.into_iter().map(|event| (at, event)).collect(),
        ended: true,
        condition: Condition::Whole,
        good: 0,
        next: 0,
        foreign: 0,
        left_out: 0,
    }
}

fn packed(level: Level) -> Contents {
    let (journal, conclude) = (journal(), conclude());
    pack(&Packing {
        knowledge: knowledge(),
        journal: &journal,
        conclude: &conclude,
        level,
        made_at: UnixTime(1_795_349_100),
    })
    .unwrap()
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut archive = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut archive).unwrap();
    archive
}

/// The ways in which a word can hide in bytes.
fn disguises(word: &str) -> BTreeMap<&'static str, Vec<u8>> {
    let lower = word.to_lowercase();
    let mut forms = BTreeMap::from([
        ("plain", lower.clone().into_bytes()),
        (
            "UTF-16, little end first",
            lower.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "UTF-16, big end first",
            lower.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ),
        (
            "hexadecimal",
            HEXLOWER.encode(lower.as_bytes()).into_bytes(),
        ),
        (
            "percent-encoded dots",
            lower
                .replace('.', "%2e")
                .replace('@', "%40")
                .replace(' ', "%20")
                .into_bytes(),
        ),
        (
            "reversed labels",
            lower
                .split('.')
                .rev()
                .collect::<Vec<_>>()
                .join(".")
                .into_bytes(),
        ),
    ]);
    for (name, skip) in [
        ("base64", 0),
        ("base64, shifted by one", 1),
        ("base64, shifted by two", 2),
    ] {
        let mut bytes = vec![0; skip];
        bytes.extend(word.as_bytes());
        bytes.truncate(bytes.len() / 3 * 3);
        let text = BASE64_NOPAD.encode(&bytes);
        // What comes before shares its first group.
        let own = text
            .get(if skip == 0 { 0 } else { 4 }..)
            .unwrap_or_default();
        if own.len() >= 8 {
            forms.insert(name, own.to_ascii_lowercase().into_bytes());
        }
    }
    forms
}

fn search(level: Level, words: &[&str]) {
    let contents = packed(level);
    let bundle = open(&contents.packed).unwrap();
    let conclude = conclude();
    let recorded = bundle.recorded.clone();
    let events = bundle.journal.events.clone();
    let anew = |evidence: &Evidence, system, count| match &recorded {
        Some(recorded) => Recorded::at(recorded, &events, count),
        None => conclude(evidence, system, count),
    };
    let played = play(
        (Lang::Ja, System::Windows),
        &events,
        &knowledge().wizard,
        &anew,
    );
    let mut places = vec![("the bundle".to_owned(), unpacked(&contents.packed))];
    for lang in [Lang::En, Lang::Ja] {
        for format in Format::ALL {
            let mut source = Source::of_session(
                knowledge(),
                &played.session,
                played.conclusions.as_ref(),
                bundle.manifest.last,
            );
            source.lang = lang;
            places.push((
                format!("{format:?} {lang:?}"),
                write_report(&source, format).unwrap().into_bytes(),
            ));
        }
    }
    let mut found = Vec::new();
    for (place, bytes) in &mut places {
        // Lower case where it is text; bytes of UTF-16 keep their zeros.
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        for word in words {
            for (how, form) in disguises(word) {
                if let Some(at) = memchr::memmem::find(text.as_bytes(), &form) {
                    let around = &text.as_bytes()[at.saturating_sub(40)..(at + 60).min(text.len())];
                    found.push(format!(
                        "{word} ({how}) in {place}: {}",
                        String::from_utf8_lossy(around)
                    ));
                }
            }
        }
    }
    assert!(found.is_empty(), "{level:?}:\n{}", found.join("\n"));
}

#[test]
fn nothing_planted_is_left_at_the_strict_level() {
    let all: Vec<&str> = NAMES.into_iter().chain(WORDS).chain(SECRETS).collect();
    search(Level::Strict, &all);
}

#[test]
fn no_name_and_no_secret_is_left_at_the_level_of_names() {
    let all: Vec<&str> = NAMES.into_iter().chain(SECRETS).collect();
    search(Level::Names, &all);
}

#[test]
fn no_secret_is_left_at_any_level() {
    search(Level::None, &SECRETS);
    // The search can find: what is not taken out is there.
    let text = String::from_utf8_lossy(&unpacked(&packed(Level::None).packed)).into_owned();
    for word in [
        HOST,
        ADDRESS,
        MAIL,
        WORDS[0],
        WORDS[1],
        PROFILE,
        "BEGIN CERTIFICATE",
    ] {
        assert!(text.contains(word), "{word}");
    }
    assert!(String::from_utf8_lossy(&unpacked(&packed(Level::Names).packed)).contains(WORDS[0]));
}

#[test]
fn the_same_thing_is_the_same_pseudonym_everywhere() {
    let contents = packed(Level::Names);
    let (_, host) = contents
        .replaced
        .iter()
        .find(|(thing, _)| thing == HOST)
        .unwrap();
    let bundle = open(&contents.packed).unwrap();
    let target = bundle
        .journal
        .events
        .iter()
        .find_map(|(_, event)| match event {
            SessionEvent::TargetSet { target, .. } => Some(target.host.wire()),
            _ => None,
        });
    assert_eq!(target.as_ref(), Some(host));
    let said = bundle
        .journal
        .events
        .iter()
        .find_map(|(_, event)| match event {
            SessionEvent::ErrorTextGiven { text } => Some(text.clone()),
            _ => None,
        });
    assert!(said.unwrap().contains(host));
    let mut stands: Vec<_> = contents.replaced.iter().map(|(_, stands)| stands).collect();
    stands.sort();
    stands.dedup();
    assert_eq!(
        stands.len(),
        contents.replaced.len(),
        "two things share a pseudonym"
    );
}

#[test]
fn the_verdict_stays_where_certificates_are_left_out() {
    let (journal, conclude) = (journal(), conclude());
    let ids = |d: &Diagnosis| {
        (
            d.verdict,
            d.causes
                .iter()
                .map(|f| (f.cause, f.certainty))
                .collect::<Vec<_>>(),
        )
    };
    let begun = (Lang::Ja, System::Windows);
    let told = play(begun, &journal.events, &knowledge().wizard, &conclude)
        .conclusions
        .unwrap();
    assert_eq!(told.verdict, Verdict::Problem);
    for level in [Level::Names, Level::Strict] {
        let bundle = open(&packed(level).packed).unwrap();
        let recorded = bundle.recorded.unwrap();
        let events = &bundle.journal.events;
        assert_eq!(
            ids(&Recorded::at(&recorded, events, events.len())),
            ids(&told)
        );
        assert_eq!(
            Recorded::at(&recorded, events, 3).verdict,
            Verdict::Inconclusive
        );
    }
    let bundle = open(&packed(Level::None).packed).unwrap();
    assert_eq!(bundle.recorded, None);
    assert_eq!(bundle.journal.events.len(), journal.events.len());
    assert_eq!(bundle.journal.condition, Condition::Whole);
}

#[test]
fn times_are_those_of_the_minute_at_the_strict_level() {
    let bundle = open(&packed(Level::Strict).packed).unwrap();
    assert!(bundle.journal.events.iter().all(|(at, _)| at.0 % 60 == 0));
    assert_eq!(bundle.manifest.began.0 % 60, 0);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn what_a_stranger_may_send_is_refused() {
    // 160 MiB of nothing in some hundred kilobytes.
    let bomb = gzip(&vec![0; 160 << 20]);
    assert!(bomb.len() < 1 << 20);
    assert!(matches!(open(&bomb), Err(OpenError::TooLarge)));
    assert!(matches!(open(b"\x1f\x8bnothing"), Err(OpenError::Packing)));
    assert!(matches!(open(b""), Err(OpenError::Packing)));
    for name in ["../events.jsonl", "/etc/passwd", "a/b", ".profile", "a\\b"] {
        let mut archive = Vec::new();
        tar::append(&mut archive, name, b"x", 0);
        tar::end(&mut archive);
        assert!(
            matches!(
                open(&gzip(&archive)),
                Err(OpenError::Archive(TarError::Name))
            ),
            "{name}"
        );
    }
    let mut twice = Vec::new();
    tar::append(&mut twice, MANIFEST, b"{}", 0);
    tar::append(&mut twice, MANIFEST, b"{}", 0);
    tar::end(&mut twice);
    assert!(matches!(
        open(&gzip(&twice)),
        Err(OpenError::Archive(TarError::Name))
    ));
    let mut link = Vec::new();
    tar::append(&mut link, MANIFEST, b"", 0);
    // A symbolic link, its header's sum put right: the type's digit is two higher.
    link[156] = b'2';
    let sum: u32 = (0..512)
        .map(|at| {
            if (148..156).contains(&at) {
                32
            } else {
                u32::from(link[at])
            }
        })
        .sum();
    link[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    tar::end(&mut link);
    assert!(matches!(
        open(&gzip(&link)),
        Err(OpenError::Archive(TarError::Kind))
    ));
    let mut newer = Vec::new();
    tar::append(
        &mut newer,
        MANIFEST,
        b"{\"format\": 9, \"tool\": \"vpnmedic 7\\u001b[2J\"}",
        0,
    );
    tar::end(&mut newer);
    let refused = open(&gzip(&newer)).unwrap_err().to_string();
    assert!(
        refused.contains("format 9") && !refused.contains('\u{1b}'),
        "{refused}"
    );
    let mut many = Vec::new();
    for number in 0..40 {
        tar::append(&mut many, &format!("f{number}"), b"", 0);
    }
    tar::end(&mut many);
    assert!(matches!(
        open(&gzip(&many)),
        Err(OpenError::Archive(TarError::Many))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_mutated_bundle_is_refused_or_shown_and_never_breaks_anything(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        inside in any::<bool>(),
        level in 0..3_usize,
    ) {
        static PACKED: std::sync::OnceLock<Arc<[Vec<u8>; 3]>> = std::sync::OnceLock::new();
        let all = PACKED.get_or_init(|| Arc::new(Level::ALL.map(|level| packed(level).packed)));
        let mut bytes = if inside { unpacked(&all[level]) } else { all[level].clone() };
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if changes.len() % 4 == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        let bytes = if inside { gzip(&bytes) } else { bytes };
        if let Ok(bundle) = open(&bytes) {
            let conclude = conclude();
            let events = &bundle.journal.events;
            let recorded = bundle.recorded.clone().unwrap_or_default();
            let anew = |evidence: &Evidence, system, count| match &bundle.recorded {
                Some(_) => Recorded::at(&recorded, events, count),
                None => conclude(evidence, system, count),
            };
            let header = &bundle.journal.header;
            let played = play((header.lang, header.system), events, &knowledge().wizard, &anew);
            let source = Source::of_session(knowledge(), &played.session, played.conclusions.as_ref(), bundle.manifest.last);
            let report = write_report(&source, Format::Text).unwrap();
            let escapes = report.contains('\u{1b}');
            prop_assert!(!escapes);
        }
    }
}
