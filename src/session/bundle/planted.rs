//! A session full of planted names and secrets, for the tests of bundles: in every place that can hold one.

use std::net::IpAddr;

use data_encoding::{BASE64_NOPAD, HEXLOWER};

use crate::cause::CauseId;
use crate::chain::Stores;
use crate::diagnose::{Certainty, Context, Diagnosis, Relations, Verdict, diagnose};
use crate::evidence::*;
use crate::guide::{Choice, Knowledge, Lang, System, Verified};
use crate::msg::Msg;
use crate::session::journal::{Condition, Header, Journal};
use crate::session::{Mark, SessionEvent};

pub const HOST: &str = "vpn.kuroshio-boeki.co.jp";
pub const PROXY: &str = "hikae.kuroshio-boeki.co.jp";
pub const COMPANY: &str = "Kuroshio Boeki";
pub const UNIT: &str = "Umibe Department";
pub const CA: &str = "Kuroshio Root CA";
pub const USER: &str = "hanako.yamada";
pub const MAIL: &str = "hanako.yamada@kuroshio-boeki.co.jp";
pub const HOME: &str = "/home/hyamada/keys/yamada-token.p12";
pub const PROFILE: &str = "Umibe Honsha";
pub const ADDRESS: &str = "198.51.100.77";
pub const OWN: &str = "10.20.30.40";
pub const SIX: &str = "2001:db8:77:1::5";
pub const ADAPTER: &str = "umibe-net7";
pub const HARDWARE: &str = "5e:ab:12:cd:34:ef";
pub const NAMES: [&str; 14] = [
    HOST, PROXY, COMPANY, UNIT, CA, USER, MAIL, "hyamada", PROFILE, ADDRESS, OWN, SIX, ADAPTER,
    HARDWARE,
];
/// What only the strict level takes out: nobody could know that these are names.
pub const WORDS: [&str; 2] = ["nightingale", "鶴亀の間"];
pub const SECRETS: [&str; 4] = [
    "hunter2zx9",
    "c00k1e-f4f4f4",
    "t0ken-9a9a9a",
    "MIIEvQIBADANBg",
];

pub fn knowledge() -> &'static Knowledge {
    static READ: std::sync::OnceLock<Knowledge> = std::sync::OnceLock::new();
    READ.get_or_init(|| Knowledge::load(None).unwrap())
}

pub fn conclude() -> impl Fn(&Evidence, System, usize) -> Diagnosis {
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
            greeting: Some(Greeting {
                kind: GreetingKind::GlobalProtectPortal,
                status: 200,
                wants_certificate: false,
                sign_in: Some(SignIn::Form),
                region: Some("JP".to_owned()),
                message: Some(s()),
            }),
        }),
        Observation::Backups(BackupsEvidence {
            attempts: vec![BackupAttempt {
                target: Target::parse(PROXY).unwrap(),
                addresses: Fact::Known(vec![ADDRESS.parse().unwrap()]),
                tcp: Vec::new(),
                tls: None,
            }],
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

pub fn journal() -> Journal {
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
