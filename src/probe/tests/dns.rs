//! DNS servers that say no in every way there is.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::super::surroundings::Surroundings;
use super::kit::{NoAnswer, Seen, Udp, closed_udp_port, look, options, surroundings};
use super::pki::Pki;
use crate::evidence::{
    DnsEvidence, Fact, Lookup, ProbeId, ProbeOutcome, ResolverKind, Target, WhyCode,
};

async fn resolve(name: &str, surroundings: Surroundings, third_party: bool) -> Seen {
    let mut options = options();
    options.no_third_party = !third_party;
    let target = Target::parse(&format!("{name}:9")).expect("target");
    look(target, options, Pki::new().stores(true), surroundings).await
}

fn dns(seen: &Seen) -> &DnsEvidence {
    seen.evidence.dns.known().expect("dns")
}

#[tokio::test]
async fn each_way_of_saying_no_is_told_apart() {
    for (rcode, expected) in [
        (3, Lookup::NxDomain),
        (0, Lookup::NoRecords),
        (2, Lookup::ServFail),
        (5, Lookup::Refused),
    ] {
        let server = Udp::dns(rcode, None).await;
        let mut surroundings = surroundings();
        surroundings.servers = Some(vec![server.addr]);
        let seen = resolve("gone.example.com", surroundings, false).await;
        assert_eq!(dns(&seen).resolvers.len(), 1);
        assert_eq!(dns(&seen).resolvers[0].answer, Fact::Known(expected));
        assert_eq!(dns(&seen).system, Fact::Known(Lookup::NotFound));
        assert_eq!(seen.record(ProbeId::Dns).outcome, ProbeOutcome::Fail);
        let tcp = seen.record(ProbeId::Tcp);
        assert_eq!(tcp.outcome, ProbeOutcome::Skipped);
        assert_eq!(tcp.why.as_ref().map(|why| why.code), Some(WhyCode::Blocked));
    }
}

#[tokio::test]
async fn silence_of_every_resolver_is_a_timeout() {
    let mute = Udp::start(|_| None).await;
    let mut surroundings = surroundings();
    surroundings.servers = Some(vec![mute.addr]);
    surroundings.system = Arc::new(NoAnswer);
    let seen = resolve("vpn.example.com", surroundings, false).await;
    assert_eq!(dns(&seen).resolvers[0].answer, Fact::Known(Lookup::Timeout));
    assert_eq!(dns(&seen).system, Fact::Known(Lookup::Timeout));
    assert_eq!(seen.record(ProbeId::Dns).outcome, ProbeOutcome::Fail);
    assert!(mute.received() >= 2);
}

#[tokio::test]
async fn a_server_that_is_not_running_is_known_at_once() {
    let mut surroundings = surroundings();
    surroundings.servers = Some(vec![([127, 0, 0, 1], closed_udp_port().await).into()]);
    // Waiting for it would outlast the test's patience.
    surroundings.pace.dns = std::time::Duration::from_secs(3600);
    let seen = resolve("vpn.example.net", surroundings, false).await;
    let answer = dns(&seen).resolvers[0].answer.known();
    assert!(matches!(answer, Some(Lookup::Unreachable(_))), "{answer:?}");
}

#[tokio::test]
async fn a_device_without_a_server_is_known_as_such() {
    let seen = resolve("gone.example.com", surroundings(), false).await;
    assert_eq!(dns(&seen).system, Fact::Known(Lookup::NoResolver));
}

#[tokio::test]
async fn a_public_server_is_asked_on_doubt_and_never_against_the_persons_will() {
    let configured = Udp::dns(3, None).await;
    let public = Udp::dns(0, Some(Ipv4Addr::new(192, 0, 2, 44))).await;
    let world = || {
        let mut surroundings = surroundings();
        surroundings.servers = Some(vec![configured.addr]);
        surroundings.public_dns = public.addr;
        surroundings
    };
    let seen = resolve("inner.example.com", world(), false).await;
    assert!(
        dns(&seen)
            .resolvers
            .iter()
            .all(|r| r.kind == ResolverKind::Configured)
    );
    assert_eq!(public.received(), 0);

    let seen = resolve("gw.corp", world(), true).await;
    assert_eq!(dns(&seen).resolvers.len(), 1);
    assert_eq!(public.received(), 0);

    let seen = resolve("inner.example.com", world(), true).await;
    let answer = &dns(&seen).resolvers[1];
    assert_eq!(answer.kind, ResolverKind::Public);
    assert!(matches!(
        &answer.answer,
        Fact::Known(Lookup::Addresses { addresses, .. }) if addresses == &[Ipv4Addr::new(192, 0, 2, 44)]
    ));
    // What only a stranger knows is not what this device would use.
    assert!(dns(&seen).addresses().is_empty());
    assert_eq!(seen.record(ProbeId::Tcp).outcome, ProbeOutcome::Skipped);
}

#[tokio::test]
async fn the_configured_servers_address_is_used_when_the_system_has_none() {
    let server = Udp::dns(0, Some(Ipv4Addr::LOCALHOST)).await;
    let mut surroundings = surroundings();
    surroundings.servers = Some(vec![server.addr]);
    let seen = resolve("other.example.com", surroundings, false).await;
    assert_eq!(dns(&seen).addresses(), vec![Ipv4Addr::LOCALHOST]);
    assert_eq!(seen.record(ProbeId::Dns).outcome, ProbeOutcome::Warn);
    assert_ne!(seen.record(ProbeId::Tcp).outcome, ProbeOutcome::Skipped);
}

#[tokio::test]
async fn the_hosts_file_is_read_beside_the_servers() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("hosts");
    std::fs::write(&path, "127.0.0.9 vpn.example.com\n").expect("hosts");
    let mut surroundings = surroundings();
    surroundings.hosts_file = path;
    let seen = resolve("vpn.example.com", surroundings, false).await;
    assert_eq!(dns(&seen).hosts_file, vec![Ipv4Addr::new(127, 0, 0, 9)]);
    assert!(seen.has_line("probe.dns.hosts"));
}

#[tokio::test]
async fn an_answer_of_thousands_of_addresses_is_bounded() {
    let server = Udp::start_truncating(4_000).await;
    let mut surroundings = surroundings();
    surroundings.servers = Some(vec![server.addr]);
    surroundings.system = Arc::new(NoAnswer);
    let seen = resolve("many.example.com", surroundings, false).await;
    let answer = dns(&seen).resolvers[0].answer.known().expect("an outcome");
    let Lookup::Addresses { addresses, .. } = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(addresses.len(), 64);
    assert!(seen.has_line("probe.tcp.capped"));
    let tcp = seen.evidence.tcp.known().expect("tcp");
    assert!(tcp.attempts.len() <= 16, "{}", tcp.attempts.len());
}

#[tokio::test]
async fn a_forged_or_torn_answer_is_no_address() {
    // A forged answer whose counts promise more than there is, and one that is cut in its middle.
    let broken = Udp::start(|query| {
        let mut reply = query.to_vec();
        reply[2] = 0x81;
        reply[3] = 0x80;
        reply[6..8].copy_from_slice(&[0x0f, 0xff]);
        Some(reply)
    })
    .await;
    let mut surroundings = surroundings();
    surroundings.servers = Some(vec![broken.addr]);
    let seen = resolve("gone.example.com", surroundings, false).await;
    let answer = dns(&seen).resolvers[0].answer.known().expect("an outcome");
    assert!(!matches!(answer, Lookup::Addresses { .. }), "{answer:?}");
}
