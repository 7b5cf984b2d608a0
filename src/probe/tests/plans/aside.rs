//! The second wave: what is ordered beside the gateway and about it, and what is not.

use std::time::Duration;

use super::World;
use crate::cause::CauseId;
use crate::evidence::{
    Fact, GatewayEvidence, GatewayGuess, Observation, ProbeId, ProbeOutcome, ProxyRoute,
    ProxySetting, TcpOutcome, TlsOutcome, WhyCode,
};
use crate::probe::plan::{Order, asks_time_servers};

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
        world.begin(ProbeId::Gateway);
        assert!(!world.starts().contains(&ProbeId::Udp), "not yet known");
        // Known as soon as the front page is read, whatever else is still asked.
        world.see(Observation::Gateway(GatewayEvidence {
            http: Fact::default(),
            product: product.map(|id| GatewayGuess {
                id: id.to_owned(),
                name: id.to_owned(),
                how: "a mark".to_owned(),
                confidence: 90,
            }),
            alert: None,
            greeting: None,
            handed_out: None,
        }));
        world
    };
    assert!(answering(Some("ocserv")).starts().contains(&ProbeId::Udp));
    for other in [Some("sonicwall"), None] {
        let mut world = answering(other);
        assert!(!world.starts().contains(&ProbeId::Udp));
        world.settle(ProbeId::Gateway, ProbeOutcome::Pass);
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
fn experiments_wait_for_the_verdict_and_not_for_the_gateways_answer() {
    let mut world = World::new();
    world.session().begin(ProbeId::Gateway);
    assert!(!world.starts().contains(&ProbeId::Experiments));
    world.judged(&[CauseId::CERT_EXPIRED_LEAF], true, &[]);
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
