//! A resolver whose answer looks sound and leads to somebody else: who is asked about it, and who is not.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::ServerConfig;

use super::super::CheckOptions;
use super::super::surroundings::Surroundings;
use super::kit::{HOST, Names, Seen, Server, Udp, look, options, surroundings, target};
use super::pki::Pki;
use crate::evidence::{
    DnsEvidence, ProbeId, ProbeOutcome, ResolverKind, TcpOutcome, TlsOutcome, WhyCode,
};

const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
/// Where the system is led.
const WRONG: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Where the public server says it is.
const TRUE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// The gateway, at the address that only the public server gives.
async fn gateway(port: u16, config: ServerConfig) -> Server {
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    Server::start_at(SocketAddr::from((TRUE, port)), move |stream| {
        let acceptor = acceptor.clone();
        async move {
            drop(acceptor.accept(stream).await);
        }
    })
    .await
}

fn lied_to(public: &Udp) -> Surroundings {
    let mut surroundings = surroundings();
    surroundings.system = Arc::new(Names(HashMap::from([(HOST, vec![IpAddr::from(WRONG)])])));
    surroundings.public_dns = public.addr;
    surroundings
}

fn dns(seen: &Seen) -> &DnsEvidence {
    seen.evidence.dns.known().expect("dns")
}

fn why(seen: &Seen) -> (ProbeOutcome, Option<WhyCode>) {
    let record = seen.record(ProbeId::Elsewhere);
    (record.outcome, record.why.as_ref().map(|why| why.code))
}

#[tokio::test]
async fn a_stranger_at_the_address_makes_the_name_be_asked_elsewhere() {
    let pki = Pki::new();
    let stranger = Server::tls(pki.server("shop.example.net", true, None), EMPTY).await;
    let there = gateway(stranger.addr.port(), pki.server(HOST, true, None)).await;
    let public = Udp::dns(0, Some(TRUE)).await;
    let seen = look(
        target(stranger.addr),
        options(),
        pki.stores(true),
        lied_to(&public),
    )
    .await;
    assert_eq!(why(&seen), (ProbeOutcome::Warn, None));
    let [trial] = dns(&seen).trials.as_slice() else {
        panic!("{:?}", dns(&seen).trials)
    };
    assert_eq!(trial.addr, there.addr);
    assert!(trial.outcome.session().is_some());
    assert!(seen.has_line("probe.dns.trial-completed"));
    assert_eq!(there.accepted(), 1);
    // What this device uses stays what it uses.
    assert_eq!(dns(&seen).addresses(), [IpAddr::from(WRONG)]);
}

#[tokio::test]
async fn a_refusal_is_a_doubt_about_the_address_too() {
    let pki = Pki::new();
    let port = super::kit::closed_port().await;
    let there = gateway(port, pki.server(HOST, true, None)).await;
    let public = Udp::dns(0, Some(TRUE)).await;
    let wrong = SocketAddr::from((WRONG, port));
    let seen = look(target(wrong), options(), pki.stores(true), lied_to(&public)).await;
    assert_eq!(dns(&seen).trials.len(), 1);
    assert_eq!(there.accepted(), 1);
}

#[tokio::test]
async fn nobody_at_the_other_address_either_is_kept_as_well() {
    let pki = Pki::new();
    let wrong = SocketAddr::from((WRONG, super::kit::closed_port().await));
    let public = Udp::dns(0, Some(TRUE)).await;
    let seen = look(target(wrong), options(), pki.stores(true), lied_to(&public)).await;
    let refused = TlsOutcome::NotConnected(TcpOutcome::Refused);
    assert_eq!(dns(&seen).trials[0].outcome, refused);
}

#[tokio::test]
async fn the_same_answer_elsewhere_needs_no_handshake() {
    let pki = Pki::new();
    let stranger = Server::tls(pki.server("shop.example.net", true, None), EMPTY).await;
    let public = Udp::dns(0, Some(WRONG)).await;
    let seen = look(
        target(stranger.addr),
        options(),
        pki.stores(true),
        lied_to(&public),
    )
    .await;
    assert_eq!(why(&seen), (ProbeOutcome::Pass, None));
    assert!(dns(&seen).trials.is_empty());
}

#[tokio::test]
async fn a_public_server_that_is_silent_leaves_the_question_open() {
    let pki = Pki::new();
    let stranger = Server::tls(pki.server("shop.example.net", true, None), EMPTY).await;
    let mute = Udp::start(|_| None).await;
    let seen = look(
        target(stranger.addr),
        options(),
        pki.stores(true),
        lied_to(&mute),
    )
    .await;
    assert_eq!(why(&seen), (ProbeOutcome::Unknown, Some(WhyCode::Failed)));
    assert!(seen.has_line("probe.dns.timeout"));
}

#[tokio::test]
async fn nobody_is_asked_without_a_doubt_or_a_permission_or_about_an_inner_name() {
    let pki = Pki::new();
    let public = Udp::dns(0, Some(TRUE)).await;
    let sound = Server::tls(pki.server(HOST, true, None), EMPTY).await;
    let seen = look(
        target(sound.addr),
        options(),
        pki.stores(true),
        lied_to(&public),
    )
    .await;
    assert_eq!(
        why(&seen),
        (ProbeOutcome::Skipped, Some(WhyCode::NotNeeded))
    );

    let stranger = Server::tls(pki.server("shop.example.net", true, None), EMPTY).await;
    let alone = CheckOptions {
        no_third_party: true,
        ..options()
    };
    let seen = look(
        target(stranger.addr),
        alone,
        pki.stores(true),
        lied_to(&public),
    )
    .await;
    assert_eq!(
        why(&seen),
        (ProbeOutcome::Skipped, Some(WhyCode::NoThirdParty))
    );

    let given = CheckOptions {
        connect: Some(WRONG.into()),
        ..options()
    };
    let seen = look(
        target(stranger.addr),
        given,
        pki.stores(true),
        lied_to(&public),
    )
    .await;
    assert_eq!(
        why(&seen),
        (ProbeOutcome::Skipped, Some(WhyCode::NotNeeded))
    );

    let mut inner = target(stranger.addr);
    inner.host = crate::evidence::Host::Name {
        ascii: "vpn.corp".to_owned(),
        unicode: "vpn.corp".to_owned(),
    };
    let mut world = lied_to(&public);
    world.system = Arc::new(Names(HashMap::from([(
        "vpn.corp",
        vec![IpAddr::from(WRONG)],
    )])));
    let seen = look(inner, options(), pki.stores(true), world).await;
    assert!(seen.evidence.finished);
    assert_eq!(
        why(&seen),
        (ProbeOutcome::Skipped, Some(WhyCode::NotNeeded))
    );
    assert!(
        dns(&seen)
            .resolvers
            .iter()
            .all(|r| r.kind == ResolverKind::Configured)
    );
    assert_eq!(public.received(), 0);
}
