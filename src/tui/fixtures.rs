//! Fixed worlds for the tests of the screen: a recorded run, a fixed clock, a small tree. No network, no terminal.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::chain::{Cert, Stores, TrustStore, read_certificates};
use crate::diagnose::{Context, Saved, diagnose, inspect};
use crate::evidence::{
    AiaEvidence, AiaFetch, ClockEvidence, ClockKind, ClockSource, Der, DnsEvidence, Fact,
    FetchOutcome, GatewayEvidence, GatewayGuess, HttpAnswer, LogLine, Lookup, NetworkEvidence,
    Observation, PortalEvidence, PortalOutcome, PortalProbe, ProbeEvent, ProbeId, ProbeOutcome,
    Target, TcpAttempt, TcpEvidence, TcpOutcome, TlsAttempt, TlsEvidence, TlsOutcome, TlsSession,
    TlsVariant, UnixTime, Why, WhyCode,
};
use crate::guide::{Knowledge, Lang, System};
use crate::msg::Msg;
use crate::session::SavedFile;

use super::message::{Effect, Message};
use super::model::{Contacts, Model};
use super::update::{begin_practice, open_file, set_target, update};

/// The moment all fixtures happen at: 2026-11-22 12:03:20 UTC.
pub const NOW: UnixTime = UnixTime(1_795_349_000);

const TREE: &[u8] = include_bytes!("../../tests/screens/wizard.toml");
const CHAIN: &[u8] = include_bytes!("../../tests/screens/chain.pem");

/// End-entity, intermediate and root of the recorded gateway.
pub fn certificates() -> [Der; 3] {
    read_certificates(CHAIN).unwrap().try_into().unwrap()
}

/// Read once for all tests: it is the same for each and takes longest.
pub fn knowledge() -> Arc<Knowledge> {
    static READ: OnceLock<Arc<Knowledge>> = OnceLock::new();
    let read = || Knowledge::load(Some(("tests/screens/wizard.toml", TREE))).unwrap();
    Arc::clone(READ.get_or_init(|| Arc::new(read())))
}

/// A screen that reasons as the real one, with the recorded root as the only trust anchor.
pub fn model(lang: Lang) -> Model {
    let [_, _, root] = certificates();
    let stores = Stores {
        system: TrustStore {
            name: "/etc/ssl/certs".to_owned(),
            anchors: vec![Arc::new(Cert::parse(&root).unwrap())],
            brought: 0,
        },
        mozilla: TrustStore::default(),
    };
    let knowledge = knowledge();
    let relations = crate::diagnose::Relations::from(&*knowledge);
    let reasoner = move |evidence: &_, system| {
        let context = Context {
            system,
            client: None,
        };
        diagnose(evidence, &stores, &relations, &context)
    };
    let site = &knowledge.wizard.site;
    let contacts = Contacts {
        offline: false,
        no_third_party: false,
        no_public_dns: !site.contact.public_dns,
        ntp: site.ntp.clone(),
        portal: site.portal.iter().map(|p| p.url.clone()).collect(),
    };
    Model::new(
        knowledge,
        Arc::new(reasoner),
        contacts,
        lang,
        System::Windows,
    )
}

/// The same at this size.
pub fn sized(lang: Lang, size: (u16, u16)) -> Model {
    let mut model = model(lang);
    update(&mut model, Message::Resized(size.0, size.1));
    model
}

/// Names the gateway of the recorded run; its reports have not come yet.
pub fn with_target(model: &mut Model) -> Vec<Effect> {
    set_target(model, Target::parse("vpn.example.com").unwrap(), NOW)
}

/// All of the recorded run reports.
pub fn with_run(model: &mut Model) {
    with_target(model);
    report(model, run());
}

/// Opens the recorded chain as a saved file: all of it, judged for its name, with its root trusted or not.
pub fn with_file(model: &mut Model, trusted: bool) {
    let [_, _, root] = certificates();
    with_file_trusting(model, trusted.then_some(&root));
}

/// The same with this certificate as the only one trusted.
pub fn with_file_trusting(model: &mut Model, anchor: Option<&Der>) {
    let certificates = certificates();
    let stores = Stores {
        system: TrustStore {
            name: "/etc/ssl/certs".to_owned(),
            anchors: anchor
                .map(|der| Arc::new(Cert::parse(der).unwrap()))
                .into_iter()
                .collect(),
            brought: 0,
        },
        mozilla: TrustStore::default(),
    };
    let target = Target::parse("vpn.example.com").unwrap();
    let host = target.host.clone();
    let relations = crate::diagnose::Relations::from(&*model.knowledge);
    let judge = move |_: &_, _| {
        let saved = Saved {
            served: &certificates,
            name: Some(&host),
            at: NOW,
            statements: &[],
            client: None,
            client_roots: &[],
        };
        inspect(&saved, &stores, &relations)
    };
    let file = SavedFile {
        files: "served.pem".to_owned(),
        target: Some(target),
        at: NOW,
        roots: None,
        client: None,
    };
    open_file(model, file, Arc::new(judge));
}

pub fn report(model: &mut Model, events: Vec<ProbeEvent>) {
    let run = model.session.runs();
    update(model, Message::Probes { run, events });
}

/// Presses a key.
pub fn press(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    let key = KeyEvent::new(code, KeyModifiers::NONE);
    update(model, Message::Key { key, now: NOW })
}

/// A lesson whose fault is the recorded run's, at its first question.
pub fn with_lesson(model: &mut Model) {
    let target = Target::parse("127.0.0.1:4433").unwrap();
    let fault = crate::practice::Fault::MissingIntermediate;
    begin_practice(model, (fault, 7), target, NOW);
}

/// Presses a key with Ctrl.
pub fn press_ctrl(model: &mut Model, letter: char) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
    update(model, Message::Key { key, now: NOW })
}

/// Types letters.
pub fn type_in(model: &mut Model, text: &str) {
    for letter in text.chars() {
        press(model, KeyCode::Char(letter));
    }
}

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 5));

fn started(id: ProbeId, at_ms: f64) -> ProbeEvent {
    ProbeEvent::Started { id, at_ms }
}

fn finished(id: ProbeId, took_ms: f64, outcome: ProbeOutcome) -> ProbeEvent {
    ProbeEvent::Finished {
        id,
        took_ms,
        outcome,
        why: None,
    }
}

fn log(at_ms: f64, probe: ProbeId, tone: ProbeOutcome, text: Msg, took: Option<f64>) -> ProbeEvent {
    ProbeEvent::Log(LogLine {
        at_ms,
        probe,
        tone,
        text,
        took_ms: took,
    })
}

/// The beginning of the recorded run: network, name and connection are known, TLS is under way.
pub fn first_half() -> Vec<ProbeEvent> {
    use ProbeId::{Clock, Dns, Network, Portal, Tcp, Tls};
    use ProbeOutcome::Pass;
    vec![
        started(Network, 0.2),
        ProbeEvent::Observed(Observation::Network(NetworkEvidence {
            interfaces: Vec::new(),
            default_route_v4: Fact::Known(true),
            default_route_v6: Fact::Known(false),
        })),
        log(
            0.9,
            Network,
            Pass,
            Msg::new("probe.network.route").with("family", "IPv4"),
            None,
        ),
        finished(Network, 0.8, Pass),
        started(Dns, 0.3),
        started(Clock, 0.4),
        started(Portal, 0.5),
        ProbeEvent::Observed(Observation::Dns(DnsEvidence {
            hosts_file: Vec::new(),
            system: Fact::Known(Lookup::Addresses {
                addresses: vec![ADDRESS],
                aliases: Vec::new(),
            }),
            resolvers: Vec::new(),
            trials: Vec::new(),
        })),
        log(
            12.4,
            Dns,
            Pass,
            Msg::new("probe.dns.address-by-system")
                .with("kind", "A")
                .with("address", ADDRESS),
            Some(12.1),
        ),
        finished(Dns, 12.2, Pass),
        started(Tcp, 12.6),
        ProbeEvent::Observed(Observation::Tcp(TcpEvidence {
            attempts: vec![TcpAttempt {
                addr: SocketAddr::new(ADDRESS, 443),
                outcome: TcpOutcome::Open,
                took_us: 24_800,
            }],
        })),
        log(
            37.4,
            Tcp,
            Pass,
            Msg::new("probe.tcp.open").with("addr", SocketAddr::new(ADDRESS, 443)),
            Some(24.8),
        ),
        finished(Tcp, 24.8, Pass),
        started(Tls, 37.6),
    ]
}

/// The whole recorded run: an ocserv gateway that leaves out its intermediate certificate, which is fetched.
pub fn run() -> Vec<ProbeEvent> {
    let mut events = first_half();
    events.extend(second_half());
    events
}

/// The recorded run after [`first_half`].
pub fn second_half() -> Vec<ProbeEvent> {
    use ProbeId::{Aia, Chain, Clock, Gateway, Portal, Ports, Tls};
    use ProbeOutcome::{Fail, Pass, Warn};
    let [leaf, intermediate, _] = certificates();
    let tls = TlsEvidence {
        attempts: vec![TlsAttempt {
            variant: TlsVariant::Ordinary,
            addr: SocketAddr::new(ADDRESS, 443),
            sni: Some("vpn.example.com".to_owned()),
            outcome: TlsOutcome::Completed(TlsSession {
                version: "1.3".to_owned(),
                cipher: "TLS_AES_256_GCM_SHA384".to_owned(),
                key_exchange: "X25519MLKEM768".to_owned(),
                alpn: None,
                client_auth_requested: false,
                secure_renegotiation: None,
            }),
            served: vec![leaf],
            stapled_ocsp: None,
            certificate_request: None,
            took_us: 51_000,
        }],
    };
    vec![
        ProbeEvent::Observed(Observation::Tls(tls)),
        log(
            88.7,
            Tls,
            Pass,
            Msg::new("probe.tls.completed")
                .with("version", "TLS 1.3")
                .with("group", "X25519MLKEM768")
                .with("cipher", "TLS_AES_256_GCM_SHA384"),
            Some(51.0),
        ),
        finished(Tls, 51.1, Pass),
        started(Chain, 88.8),
        log(
            89.9,
            Chain,
            Fail,
            Msg::new("probe.chain.no-path").with("count", 1),
            None,
        ),
        finished(Chain, 1.2, Fail),
        started(Aia, 90.1),
        started(Gateway, 90.2),
        ProbeEvent::Observed(Observation::Gateway(GatewayEvidence {
            http: Fact::Known(HttpAnswer {
                status: 200,
                headers: Vec::new(),
                body: String::new(),
            }),
            product: Some(GatewayGuess {
                id: "ocserv".to_owned(),
                name: "OpenConnect (ocserv)".to_owned(),
                how: "X-CSTP-Version".to_owned(),
                confidence: 90,
            }),
            alert: None,
            greeting: None,
            handed_out: None,
        })),
        log(
            131.0,
            Gateway,
            Pass,
            Msg::new("probe.gateway.answered")
                .with("status", 200)
                .with("detail", "OpenConnect (ocserv)"),
            Some(40.6),
        ),
        finished(Gateway, 40.8, Pass),
        ProbeEvent::Observed(Observation::Aia(AiaEvidence {
            fetches: vec![AiaFetch {
                url: "http://pki.example.com/issuing-2.cer".to_owned(),
                outcome: FetchOutcome::Fetched(vec![intermediate]),
            }],
        })),
        log(
            162.3,
            Aia,
            Pass,
            Msg::new("probe.aia.fetched")
                .with("count", 1)
                .with("url", "http://pki.example.com/issuing-2.cer"),
            Some(72.1),
        ),
        finished(Aia, 72.2, Pass),
        ProbeEvent::Observed(Observation::Clock(ClockEvidence {
            sources: vec![ClockSource {
                name: "ntp.example.com".to_owned(),
                kind: ClockKind::Ntp,
                offset_ms: 20,
                error_ms: 14,
            }],
        })),
        log(
            181.0,
            Clock,
            Pass,
            Msg::new("probe.clock.ntp")
                .with("offset", "+0.020")
                .with("error", "0.014")
                .with("source", "ntp.example.com"),
            None,
        ),
        finished(Clock, 180.6, Pass),
        ProbeEvent::Observed(Observation::Portal(PortalEvidence {
            probes: vec![PortalProbe {
                clock: None,
                url: "http://portal.example.com/ok".to_owned(),
                outcome: PortalOutcome::NoAnswer,
            }],
        })),
        log(
            190.2,
            Portal,
            Warn,
            Msg::new("probe.portal.no-answer").with("url", "http://portal.example.com/ok"),
            None,
        ),
        finished(Portal, 189.7, ProbeOutcome::Unknown),
        ProbeEvent::Skipped {
            id: Ports,
            at_ms: 190.4,
            why: Why::code(WhyCode::NotNeeded),
        },
        ProbeEvent::Skipped {
            id: ProbeId::Logs,
            at_ms: 190.4,
            why: Why::because(WhyCode::NotRun, Msg::new("probe.logs.none-here")),
        },
        ProbeEvent::Done,
    ]
}
