//! The plan as a pure function: what is ordered after what was seen.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::super::CheckOptions;
use super::super::chain::ChainView;
use super::super::plan::{Order, Plan, View, asks_time_servers, plan};
use super::super::surroundings::Pace;
use crate::cause::CauseId;
use crate::evidence::{
    Chosen, ClockEvidence, ClockKind, ClockSource, Der, DnsEvidence, Evidence, Fact,
    GatewayEvidence, GatewayGuess, Hello, HelloAnswer, HelloAttempt, HelloOutcome, Lookup,
    Observation, ProbeEvent, ProbeId, ProbeOutcome, ProxyRoute, ProxySetting, Spoken, Standing,
    Target, TcpAttempt, TcpEvidence, TcpOutcome, TlsAttempt, TlsEvidence, TlsOutcome, TlsSession,
    TlsVariant, TlsVersion, UnixTime, VersionsEvidence, WhyCode,
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
        [ProbeId::Proxy, ProbeId::Clock, ProbeId::Portal]
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
        ProbeId::Path,
        ProbeId::Udp,
        ProbeId::Experiments,
        ProbeId::Aia,
        ProbeId::Revocation,
        ProbeId::Clock,
        ProbeId::Portal,
        ProbeId::Ports,
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

#[test]
fn revocation_is_asked_about_once_the_path_is_complete_and_somebody_is_named() {
    let mut world = World::new();
    world.session().judged(&[], true, &[]);
    let skipped = |world: &World| {
        let skips = world.skips();
        skips
            .into_iter()
            .find(|(id, _)| *id == ProbeId::Revocation)
            .map(|(_, why)| why)
    };
    // Whether an issuer is fetched comes first.
    assert_eq!(skipped(&world), None);
    world.settle(ProbeId::Aia, ProbeOutcome::Skipped);
    assert_eq!(skipped(&world), Some(WhyCode::NotNeeded));
    if let Some(chain) = &mut world.chain {
        chain.names_statements = true;
    }
    assert!(world.starts().contains(&ProbeId::Revocation));
    world.options.no_third_party = true;
    assert_eq!(skipped(&world), Some(WhyCode::NoThirdParty));
    // It keeps nobody waiting: what is left in doubt is decided without it.
    world.options.no_third_party = false;
    world
        .begin(ProbeId::Revocation)
        .settle(ProbeId::Gateway, ProbeOutcome::Pass);
    assert!(
        world
            .skips()
            .contains(&(ProbeId::Portal, WhyCode::NotNeeded))
    );
}

#[test]
fn dates_ask_for_a_clock_and_names_for_a_portal() {
    let mut world = World::new();
    world
        .session()
        .judged(&[CauseId::CERT_NOT_YET_VALID], true, &[]);
    assert!(world.starts().contains(&ProbeId::Clock));
    assert!(asks_time_servers(&world.view()));
    assert!(!world.starts().contains(&ProbeId::Portal));
    world.judged(&[CauseId::HOSTNAME_MISMATCH], true, &[]);
    assert!(world.starts().contains(&ProbeId::Portal));
    assert!(!world.starts().contains(&ProbeId::Clock));
}

#[test]
fn the_gateways_date_is_enough_unless_it_is_far_off() {
    let mut world = World::new();
    world
        .session()
        .judged(&[], true, &[])
        .clock(59_000)
        .settle(ProbeId::Gateway, ProbeOutcome::Pass);
    assert_eq!(world.starts(), [ProbeId::Clock]);
    assert!(!asks_time_servers(&world.view()));
    world.clock(-61_000);
    assert!(asks_time_servers(&world.view()));
    world.options.no_third_party = true;
    assert_eq!(world.starts(), [ProbeId::Clock]);
    assert!(!asks_time_servers(&world.view()));
}

#[test]
fn not_being_set_up_to_look_is_not_the_same_as_not_needing_to() {
    let mut world = World::new();
    world.options.ntp.clear();
    world.options.portal.clear();
    world.resolved().tcp(TcpOutcome::Refused);
    assert!(world.skips().contains(&(ProbeId::Portal, WhyCode::NotRun)));
    for id in [ProbeId::Tls, ProbeId::Chain, ProbeId::Gateway] {
        world.settle(id, ProbeOutcome::Skipped);
    }
    assert!(world.skips().contains(&(ProbeId::Clock, WhyCode::NotRun)));
}

#[test]
fn where_packets_are_sent_back_the_routers_are_asked_before_anybody_uses_them_up() {
    let mut world = World::new();
    world.resolved().tcp(TcpOutcome::Rejected);
    let provoking = [ProbeId::Udp, ProbeId::Ports];
    assert!(world.starts().contains(&ProbeId::Path));
    assert!(!world.starts().iter().any(|id| provoking.contains(id)));
    world.begin(ProbeId::Path);
    assert!(!world.starts().iter().any(|id| provoking.contains(id)));
    assert_eq!(world.plan().look_again, Some(Duration::from_millis(1010)));
    world.at = Duration::from_millis(1010);
    assert!(provoking.iter().all(|id| world.starts().contains(id)));
    world.at = Duration::from_millis(20);
    world.settle(ProbeId::Path, ProbeOutcome::Warn);
    assert!(provoking.iter().all(|id| world.starts().contains(id)));
}

#[test]
fn a_proxy_that_programs_use_is_tried_at_once_and_an_exempt_one_on_doubt() {
    let setting = |exempt: Option<&str>| ProxySetting {
        route: ProxyRoute::Http {
            host: "proxy.example.com".to_owned(),
            port: 3128,
        },
        source: "https_proxy".to_owned(),
        exempt: exempt.map(str::to_owned),
    };
    let mut world = World::new();
    world.proxies = vec![setting(None)];
    world.begin(ProbeId::Dns);
    assert_eq!(world.starts(), [ProbeId::Proxy]);
    world.proxies = vec![setting(Some(".example.com"))];
    assert_eq!(world.starts(), []);
    world.resolved().tcp(TcpOutcome::Refused);
    assert!(world.starts().contains(&ProbeId::Proxy));
}

#[test]
fn udp_is_asked_beside_a_gateway_that_uses_it_and_beside_no_other() {
    let answering = |product: Option<&str>| {
        let mut world = World::new();
        world.session().judged(&[], true, &[]);
        world.see(Observation::Gateway(GatewayEvidence {
            http: Fact::default(),
            product: product.map(|id| GatewayGuess {
                id: id.to_owned(),
                name: id.to_owned(),
                how: "a mark".to_owned(),
                confidence: 90,
            }),
            alert: None,
            handed_out: None,
        }));
        assert!(!world.starts().contains(&ProbeId::Udp), "not yet known");
        world.settle(ProbeId::Gateway, ProbeOutcome::Pass);
        world
    };
    assert!(answering(Some("ocserv")).starts().contains(&ProbeId::Udp));
    for other in [Some("sonicwall"), None] {
        let world = answering(other);
        assert!(world.skips().contains(&(ProbeId::Udp, WhyCode::NotNeeded)));
    }
}

#[test]
fn every_order_makes_progress() {
    // Whatever the first wave comes to, carrying out orders ends in a run that is over.
    let tcp = [
        TcpOutcome::Open,
        TcpOutcome::Refused,
        TcpOutcome::TimedOut,
        TcpOutcome::NoRoute,
    ];
    let tls = [
        TlsOutcome::Alert("x".to_owned()),
        TlsOutcome::Closed { received: 0 },
        TlsOutcome::Stalled { received: 9 },
    ];
    for (tcp, tls) in tcp
        .iter()
        .flat_map(|tcp| tls.iter().map(move |tls| (tcp, tls)))
    {
        for third_party in [true, false] {
            let mut world = World::new();
            world.options.no_third_party = !third_party;
            world.resolved().tcp(tcp.clone());
            if *tcp == TcpOutcome::Open {
                world.tls(tls.clone(), 0);
            }
            let mut rounds = 0;
            while !world.plan().over {
                rounds += 1;
                assert!(rounds < 20, "{tcp:?} {tls:?}");
                for order in world.plan().orders {
                    match order {
                        Order::Start(id) | Order::Skip(id, _) => {
                            world.settle(id, ProbeOutcome::Unknown);
                        }
                        Order::Release(_) => {}
                    }
                }
            }
        }
    }
}

#[test]
fn experiments_wait_until_the_ordinary_session_is_over() {
    let mut world = World::new();
    world
        .session()
        .judged(&[CauseId::CERT_EXPIRED_LEAF], true, &[])
        .begin(ProbeId::Gateway);
    assert!(!world.starts().contains(&ProbeId::Experiments));
    world.settle(ProbeId::Gateway, ProbeOutcome::Pass);
    assert!(world.starts().contains(&ProbeId::Experiments));
}

#[test]
fn a_handshake_that_an_experiment_cannot_explain_gets_none() {
    let mut world = World::new();
    world
        .resolved()
        .tcp(TcpOutcome::Open)
        .tls(TlsOutcome::NotTls(crate::evidence::Spoken::Ssh), 0)
        .settle(ProbeId::Versions, ProbeOutcome::Skipped)
        .settle(ProbeId::Gateway, ProbeOutcome::Skipped);
    assert!(
        world
            .skips()
            .contains(&(ProbeId::Experiments, WhyCode::NotNeeded))
    );
    for outcome in [
        TlsOutcome::Stalled { received: 0 },
        TlsOutcome::Reset { received: 0 },
        TlsOutcome::Alert("unrecognized_name".to_owned()),
    ] {
        world.tls(outcome.clone(), 0);
        assert!(
            world.starts().contains(&ProbeId::Experiments),
            "{outcome:?}"
        );
    }
}
