//! The plan as a pure function: what is ordered after what was seen. The first wave and its doubts; what is ordered
//! beside the gateway is in `aside`.

mod aside;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::super::CheckOptions;
use super::super::chain::ChainView;
use super::super::plan::{Order, Plan, View, asks_time_servers, plan};
use super::super::surroundings::Pace;
use crate::cause::CauseId;
use crate::evidence::{
    Chosen, ClockEvidence, ClockKind, ClockSource, Der, DnsEvidence, Evidence, Fact, Hello,
    HelloAnswer, HelloAttempt, HelloOutcome, Lookup, Observation, ProbeEvent, ProbeId,
    ProbeOutcome, ProxySetting, Spoken, Standing, Target, TcpAttempt, TcpEvidence, TcpOutcome,
    TlsAttempt, TlsEvidence, TlsOutcome, TlsSession, TlsVariant, TlsVersion, UnixTime,
    VersionsEvidence, WhyCode,
};
use crate::guide::PortalCheck;

/// A run as far as it has come.
struct World {
    evidence: Evidence,
    options: CheckOptions,
    chain: Option<ChainView>,
    proxies: Vec<ProxySetting>,
    at: Duration,
}

impl World {
    fn new() -> Self {
        let target = Target::parse("vpn.example.com:443").expect("target");
        let mut world = Self {
            evidence: Evidence::new(target, UnixTime(1_800_000_000)),
            options: CheckOptions {
                ntp: vec!["time.example.org".to_owned()],
                portal: vec![PortalCheck {
                    url: "http://portal.example.org/".to_owned(),
                    status: 204,
                    body: None,
                }],
                ..CheckOptions::default()
            },
            chain: None,
            proxies: Vec::new(),
            at: Duration::from_millis(10),
        };
        world.settle(ProbeId::Device, ProbeOutcome::Pass);
        world.settle(ProbeId::Network, ProbeOutcome::Pass);
        world
    }

    fn begin(&mut self, id: ProbeId) -> &mut Self {
        self.evidence
            .apply(&ProbeEvent::Started { id, at_ms: 10.0 });
        self
    }

    fn settle(&mut self, id: ProbeId, outcome: ProbeOutcome) -> &mut Self {
        self.begin(id);
        self.evidence.apply(&ProbeEvent::Finished {
            id,
            took_ms: 1.0,
            outcome,
            why: None,
        });
        self
    }

    fn see(&mut self, observation: Observation) -> &mut Self {
        self.evidence.apply(&ProbeEvent::Observed(observation));
        self
    }

    fn resolved(&mut self) -> &mut Self {
        self.settle(ProbeId::Dns, ProbeOutcome::Pass);
        self.see(Observation::Dns(DnsEvidence {
            hosts_file: Vec::new(),
            system: Fact::Known(Lookup::Addresses {
                addresses: vec![IpAddr::V4(Ipv4Addr::new(192, 0, 2, 5))],
                aliases: Vec::new(),
            }),
            resolvers: Vec::new(),
            trials: Vec::new(),
        }))
    }

    fn tcp(&mut self, outcome: TcpOutcome) -> &mut Self {
        self.see(Observation::Tcp(TcpEvidence {
            attempts: vec![TcpAttempt {
                addr: addr(),
                outcome,
                took_us: 1,
            }],
        }));
        self.settle(ProbeId::Tcp, ProbeOutcome::Pass)
    }

    fn tls(&mut self, outcome: TlsOutcome, certificates: usize) -> &mut Self {
        self.see(Observation::Tls(TlsEvidence {
            attempts: vec![TlsAttempt {
                variant: TlsVariant::Ordinary,
                addr: addr(),
                sni: None,
                outcome,
                served: vec![Der::from(vec![0]); certificates],
                stapled_ocsp: None,
                certificate_request: None,
                took_us: 1,
            }],
        }));
        self.settle(ProbeId::Tls, ProbeOutcome::Pass)
    }

    fn session(&mut self) -> &mut Self {
        let session = TlsSession {
            version: "1.3".to_owned(),
            cipher: String::new(),
            key_exchange: String::new(),
            alpn: None,
            client_auth_requested: false,
            secure_renegotiation: None,
        };
        self.resolved()
            .tcp(TcpOutcome::Open)
            .tls(TlsOutcome::Completed(session), 1)
            .settle(ProbeId::Versions, ProbeOutcome::Skipped)
    }

    fn judged(&mut self, causes: &[CauseId], anchored: bool, urls: &[&str]) -> &mut Self {
        self.chain = Some(ChainView {
            accepted: causes.is_empty(),
            causes: causes.to_vec(),
            anchored,
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            names_statements: false,
        });
        self.settle(ProbeId::Chain, ProbeOutcome::Pass)
    }

    fn clock(&mut self, offset_ms: i64) -> &mut Self {
        self.see(Observation::Clock(ClockEvidence {
            sources: vec![ClockSource {
                name: "gateway".to_owned(),
                kind: ClockKind::HttpDate,
                offset_ms,
                error_ms: 600,
            }],
        }))
    }

    fn view(&self) -> View<'_> {
        static PACE: Pace = Pace {
            silence: Duration::from_secs(1),
            dns: Duration::from_secs(3),
            system_dns: Duration::from_secs(5),
            tcp: Duration::from_secs(3),
            tls: Duration::from_secs(5),
            http: Duration::from_secs(4),
            aside: Duration::from_millis(2500),
            fetch: Duration::from_secs(10),
            statement: Duration::from_millis(2500),
            patience: Duration::from_millis(400),
        };
        View {
            evidence: &self.evidence,
            options: &self.options,
            chain: self.chain.as_ref(),
            proxies: &self.proxies,
            pace: &PACE,
            at: self.at,
        }
    }

    fn plan(&self) -> Plan {
        plan(&self.view())
    }

    fn starts(&self) -> Vec<ProbeId> {
        let orders = self.plan().orders.into_iter();
        orders
            .filter_map(|order| match order {
                Order::Start(id) => Some(id),
                _ => None,
            })
            .collect()
    }

    fn skips(&self) -> Vec<(ProbeId, WhyCode)> {
        let orders = self.plan().orders.into_iter();
        orders
            .filter_map(|order| match order {
                // Nobody asks for logs here, which is said at once; they have a test of their own.
                Order::Skip(ProbeId::Logs, _) => None,
                // Nor is a saved connection chosen; the same.
                Order::Skip(ProbeId::Backups, why) if why.code == WhyCode::NotNeeded => None,
                Order::Skip(id, why) => Some((id, why.code)),
                _ => None,
            })
            .collect()
    }
}

fn addr() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 5], 443))
}

#[test]
fn links_and_names_come_first_and_nothing_else() {
    let mut world = World::new();
    world.evidence.probes.clear();
    assert_eq!(
        world.starts(),
        [ProbeId::Device, ProbeId::Network, ProbeId::Dns]
    );
    assert_eq!(world.skips(), []);
    assert!(!world.plan().over);
}

#[test]
fn logs_are_read_where_they_are_asked_for_whatever_may_be_contacted() {
    let mut world = World::new();
    let not_asked = |order: &Order| matches!(order, Order::Skip(ProbeId::Logs, why) if why.code == WhyCode::NotRun);
    assert!(world.plan().orders.iter().any(not_asked));
    world.options.logs = Some(crate::probe::LogsWanted {
        named: Vec::new(),
        here: Some(crate::guide::System::Linux),
        messages: crate::guide::messages::Messages::default(),
    });
    assert!(world.starts().contains(&ProbeId::Logs));
    world.options.offline = true;
    assert_eq!(world.starts(), [ProbeId::Logs]);
}

#[test]
fn a_given_address_does_not_wait_for_the_name() {
    let mut world = World::new();
    world.evidence.probes.clear();
    world.options.connect = Some(Ipv4Addr::LOCALHOST.into());
    assert_eq!(
        world.starts(),
        [
            ProbeId::Device,
            ProbeId::Network,
            ProbeId::Dns,
            ProbeId::Tcp
        ]
    );
}

#[test]
fn a_name_that_leads_nowhere_blocks_what_needs_an_address() {
    let mut world = World::new();
    world.settle(ProbeId::Dns, ProbeOutcome::Fail);
    assert_eq!(
        world.starts(),
        [ProbeId::Proxy, ProbeId::Clock, ProbeId::Portal]
    );
    assert_eq!(world.skips(), [(ProbeId::Tcp, WhyCode::Blocked)]);
}

#[test]
fn refusal_asks_for_other_ports_a_clock_and_a_portal() {
    let mut world = World::new();
    world.resolved().tcp(TcpOutcome::Refused);
    assert_eq!(
        world.starts(),
        [
            ProbeId::Proxy,
            ProbeId::Elsewhere,
            ProbeId::Udp,
            ProbeId::Clock,
            ProbeId::Portal,
            ProbeId::Ports
        ]
    );
    assert_eq!(
        world.skips(),
        [
            (ProbeId::Path, WhyCode::NotNeeded),
            (ProbeId::Tls, WhyCode::Blocked)
        ]
    );
    assert!(asks_time_servers(&world.view()));
}

#[test]
fn without_a_route_other_ports_say_nothing() {
    let mut world = World::new();
    world.resolved().tcp(TcpOutcome::NoRoute);
    assert_eq!(
        world.starts(),
        [
            ProbeId::Proxy,
            ProbeId::Elsewhere,
            ProbeId::Clock,
            ProbeId::Portal
        ]
    );
    assert!(world.skips().contains(&(ProbeId::Udp, WhyCode::Blocked)));
    assert!(world.skips().contains(&(ProbeId::Ports, WhyCode::Blocked)));
}

#[test]
fn silence_becomes_a_doubt_after_a_second_and_not_before() {
    let mut world = World::new();
    world.resolved().begin(ProbeId::Tcp);
    assert_eq!(world.starts(), []);
    assert_eq!(world.plan().look_again, Some(Duration::from_millis(1010)));
    world.at = Duration::from_millis(1010);
    assert_eq!(
        world.starts(),
        [
            ProbeId::Proxy,
            ProbeId::Elsewhere,
            ProbeId::Path,
            ProbeId::Udp,
            ProbeId::Clock,
            ProbeId::Portal,
            ProbeId::Ports
        ]
    );
}

#[test]
fn a_session_starts_judging_and_asking_side_by_side() {
    let mut world = World::new();
    world.session();
    assert_eq!(world.starts(), [ProbeId::Chain, ProbeId::Gateway]);
}

#[test]
fn certificates_are_judged_even_when_the_handshake_failed_later() {
    let mut world = World::new();
    world
        .resolved()
        .tcp(TcpOutcome::Open)
        .tls(TlsOutcome::Alert("handshake_failure".to_owned()), 2);
    assert!(world.starts().contains(&ProbeId::Chain));
    assert!(
        world
            .skips()
            .contains(&(ProbeId::Gateway, WhyCode::Blocked))
    );
}

#[test]
fn a_refusal_is_followed_by_other_greetings_before_the_chain_is_given_up() {
    let mut world = World::new();
    world
        .resolved()
        .tcp(TcpOutcome::Open)
        .tls(TlsOutcome::Alert("protocol_version".to_owned()), 0);
    assert!(world.starts().contains(&ProbeId::Versions));
    assert!(world.skips().iter().all(|(id, _)| *id != ProbeId::Chain));
    world.settle(ProbeId::Versions, ProbeOutcome::Unknown);
    assert!(world.skips().contains(&(ProbeId::Chain, WhyCode::Blocked)));
}

#[test]
fn certificates_that_came_by_hand_are_judged() {
    let mut world = World::new();
    world
        .resolved()
        .tcp(TcpOutcome::Open)
        .tls(TlsOutcome::Alert("protocol_version".to_owned()), 0)
        .see(Observation::Versions(VersionsEvidence {
            hellos: vec![HelloAttempt {
                addr: addr(),
                hello: Hello::everything(TlsVersion::Tls12),
                outcome: HelloOutcome::Answered(HelloAnswer {
                    version: TlsVersion::Tls10,
                    suite: Chosen {
                        name: "TLS_RSA_WITH_AES_128_CBC_SHA".to_owned(),
                        standing: Standing::Lingering,
                    },
                    group: None,
                    dh_bits: None,
                    signature: None,
                    secure_renegotiation: Some(true),
                    served: vec![Der::from(vec![0])],
                }),
                took_us: 1,
            }],
            knocks: Vec::new(),
        }))
        .begin(ProbeId::Versions);
    assert!(world.starts().contains(&ProbeId::Chain));
}

#[test]
fn only_a_refusal_of_methods_or_versions_is_a_doubt_about_them() {
    for (outcome, certificates, expected) in [
        (TlsOutcome::Alert("handshake_failure".to_owned()), 0, true),
        (TlsOutcome::Alert("handshake_failure".to_owned()), 1, false),
        (TlsOutcome::Alert("unrecognized_name".to_owned()), 0, false),
        (TlsOutcome::Closed { received: 0 }, 0, true),
        (TlsOutcome::Reset { received: 7 }, 0, true),
        (TlsOutcome::Stalled { received: 0 }, 0, true),
        (TlsOutcome::Stalled { received: 90 }, 0, false),
        (TlsOutcome::NotTls(Spoken::Ssh), 0, false),
    ] {
        let mut world = World::new();
        world
            .resolved()
            .tcp(TcpOutcome::Open)
            .tls(outcome.clone(), certificates);
        assert_eq!(
            world.starts().contains(&ProbeId::Versions),
            expected,
            "{outcome:?}"
        );
        let skipped = (ProbeId::Versions, WhyCode::NotNeeded);
        assert_eq!(world.skips().contains(&skipped), !expected, "{outcome:?}");
    }
}

#[test]
fn when_all_holds_nobody_else_is_asked() {
    let mut world = World::new();
    world
        .session()
        .judged(&[], true, &[])
        .settle(ProbeId::Gateway, ProbeOutcome::Pass);
    assert_eq!(world.starts(), []);
    let not_needed = |id| (id, WhyCode::NotNeeded);
    assert_eq!(
        world.skips(),
        [
            ProbeId::Proxy,
            ProbeId::Elsewhere,
            ProbeId::Path,
            ProbeId::Udp,
            ProbeId::Experiments,
            ProbeId::Aia,
            ProbeId::Clock,
            ProbeId::Portal,
            ProbeId::Ports
        ]
        .map(not_needed)
    );
    for id in [
        ProbeId::Proxy,
        ProbeId::Elsewhere,
        ProbeId::Path,
        ProbeId::Udp,
        ProbeId::Experiments,
        ProbeId::Aia,
        ProbeId::Revocation,
        ProbeId::Clock,
        ProbeId::Portal,
        ProbeId::Ports,
        ProbeId::Backups,
        ProbeId::Logs,
    ] {
        world.settle(id, ProbeOutcome::Pass);
    }
    assert!(world.plan().over);
}

#[test]
fn a_resolver_that_dawdles_is_released_when_all_holds() {
    let mut world = World::new();
    world.session().begin(ProbeId::Dns);
    world
        .judged(&[], true, &[])
        .settle(ProbeId::Gateway, ProbeOutcome::Pass);
    assert!(world.plan().orders.contains(&Order::Release(ProbeId::Dns)));
    world.judged(&[CauseId::UNKNOWN_CA], false, &[]);
    assert!(!world.plan().orders.contains(&Order::Release(ProbeId::Dns)));
}

#[test]
fn a_gap_is_fetched_and_a_complete_chain_is_not() {
    let mut world = World::new();
    let gap = [CauseId::MISSING_INTERMEDIATE];
    world
        .session()
        .judged(&gap, false, &["http://pki.example.org/ca.cer"]);
    assert!(world.starts().contains(&ProbeId::Aia));
    world.judged(&gap, false, &[]);
    assert!(world.skips().contains(&(ProbeId::Aia, WhyCode::NotNeeded)));
    world.judged(&gap, false, &["http://pki.example.org/ca.cer"]);
    world.options.no_third_party = true;
    assert!(
        world
            .skips()
            .contains(&(ProbeId::Aia, WhyCode::NoThirdParty))
    );
}
