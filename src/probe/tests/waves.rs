//! The second wave: clocks, portals and other ports, each when the first wave leaves a doubt.

use std::net::Ipv4Addr;

use super::kit::{
    Full, HOST, Server, Udp, closed_port, look, look_at, ntp_answer, options, surroundings, target,
};
use super::pki::Pki;
use crate::evidence::{
    ClockKind, Fact, PortalOutcome, ProbeEvent, ProbeId, ProbeOutcome, TcpOutcome, WhyCode,
};
use crate::guide::PortalCheck;

const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const FORTIGATE: &str =
    "HTTP/1.1 200 OK\r\nServer: xxxxxxxx-xxxxx\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn known_as(server: &Server, status: u16, body: Option<&str>) -> PortalCheck {
    PortalCheck {
        url: format!("http://{}/probe", server.addr),
        status,
        body: body.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_refused_port_leads_to_the_one_where_the_gateway_listens() {
    let pki = Pki::new();
    let gateway = Server::tls(pki.server(HOST, true, None), FORTIGATE).await;
    let ssh = Server::plain(b"SSH-2.0-x\r\n".to_vec()).await;
    let given = closed_port().await;
    let also_closed = closed_port().await;
    let mut options = options();
    options.ports = vec![
        given,
        gateway.addr.port(),
        ssh.addr.port(),
        also_closed,
        also_closed,
    ];
    let seen = look(
        target((Ipv4Addr::LOCALHOST, given).into()),
        options,
        pki.stores(true),
        surroundings(),
    )
    .await;
    let tcp = seen.evidence.tcp.known().expect("tcp");
    assert_eq!(tcp.attempts[0].outcome, TcpOutcome::Refused);
    assert_eq!(seen.record(ProbeId::Ports).outcome, ProbeOutcome::Warn);
    let ports = seen.evidence.ports.known().expect("ports");
    assert_eq!(ports.attempts.len(), 3);
    let at = |port: u16| {
        ports
            .attempts
            .iter()
            .find(|a| a.addr.port() == port)
            .expect("an attempt")
    };
    let found = at(gateway.addr.port());
    assert!(found.speaks_tls());
    assert!(found.certificate.is_some());
    assert_eq!(
        found.gateway.as_ref().map(|g| g.id.as_str()),
        Some("fortigate")
    );
    assert_eq!(at(ssh.addr.port()).tls, Fact::Known(false));
    assert_eq!(at(also_closed).tcp, TcpOutcome::Refused);
    assert_eq!(gateway.accepted(), 1);
}

#[tokio::test]
async fn a_server_that_is_not_tls_is_a_doubt_about_the_port() {
    let pki = Pki::new();
    let gateway = Server::tls(pki.server(HOST, true, None), EMPTY).await;
    let web = Server::plain(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()).await;
    let mut options = options();
    options.ports = vec![gateway.addr.port()];
    let seen = look_at(web.addr, options, pki.stores(true)).await;
    assert_eq!(seen.record(ProbeId::Tls).outcome, ProbeOutcome::Fail);
    let ports = seen.evidence.ports.known().expect("ports");
    assert!(ports.attempts[0].speaks_tls());
}

#[tokio::test]
async fn silence_starts_the_second_wave_beside_the_first() {
    let pki = Pki::new();
    let full = Full::start().await;
    let gateway = Server::tls(pki.server(HOST, true, None), EMPTY).await;
    let mut options = options();
    options.ports = vec![gateway.addr.port()];
    let seen = look_at(full.addr, options, pki.stores(true)).await;
    let position = |wanted: &dyn Fn(&ProbeEvent) -> bool| {
        seen.events.iter().position(wanted).expect("the event")
    };
    let ports_began = position(&|e| {
        matches!(
            e,
            ProbeEvent::Started {
                id: ProbeId::Ports,
                ..
            }
        )
    });
    let tcp_ended = position(&|e| {
        matches!(
            e,
            ProbeEvent::Finished {
                id: ProbeId::Tcp,
                ..
            }
        )
    });
    assert!(ports_began < tcp_ended);
    assert!(
        seen.evidence
            .ports
            .known()
            .is_some_and(|p| p.attempts[0].speaks_tls())
    );
}

#[tokio::test]
async fn a_portal_is_told_from_one_rewritten_answer_and_from_silence() {
    let pki = Pki::new();
    let clear = Server::plain(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await;
    let moved = Server::plain(
        b"HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/\r\nContent-Length: 0\r\n\r\n"
            .to_vec(),
    )
    .await;
    let rewritten = Server::plain(
        b"HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n<title>Hotel \x1b[31mWi-Fi</title>".to_vec(),
    )
    .await;
    let silent = Server::silent().await;
    let given = closed_port().await;
    let mut options = options();
    options.portal = vec![
        known_as(&clear, 204, None),
        known_as(&moved, 204, None),
        known_as(&rewritten, 200, Some("success")),
        known_as(&silent, 204, None),
    ];
    let seen = look(
        target((Ipv4Addr::LOCALHOST, given).into()),
        options,
        pki.stores(true),
        surroundings(),
    )
    .await;
    assert_eq!(seen.record(ProbeId::Portal).outcome, ProbeOutcome::Warn);
    let portal = seen.evidence.portal.known().expect("portal");
    let of = |server: &Server| {
        let url = format!("http://{}/probe", server.addr);
        let probe = portal.probes.iter().find(|probe| probe.url == url);
        probe.expect("a probe").outcome.clone()
    };
    assert_eq!(of(&clear), PortalOutcome::Clear);
    assert_eq!(
        of(&moved),
        PortalOutcome::Redirected("http://login.hotel.example/".to_owned())
    );
    assert!(matches!(
        of(&rewritten),
        PortalOutcome::Rewritten { status: 200, .. }
    ));
    assert_eq!(of(&silent), PortalOutcome::NoAnswer);
}

#[tokio::test]
async fn an_unknown_issuer_raises_the_question_of_a_portal() {
    let pki = Pki::new();
    let server = Server::tls(pki.server(HOST, true, None), EMPTY).await;
    let portal = Server::plain(
        b"HTTP/1.1 302 Found\r\nLocation: https://login.example/\r\nContent-Length: 0\r\n\r\n"
            .to_vec(),
    )
    .await;
    let mut options = options();
    options.portal = vec![known_as(&portal, 204, None)];
    let seen = look_at(server.addr, options, pki.stores(false)).await;
    assert_eq!(seen.record(ProbeId::Chain).outcome, ProbeOutcome::Fail);
    assert_eq!(seen.record(ProbeId::Portal).outcome, ProbeOutcome::Fail);
}

#[tokio::test]
async fn expired_dates_raise_the_question_of_the_clock() {
    let pki = Pki::new();
    let expired = pki.leaf(HOST, (-2, -1), None);
    let server = Server::tls(pki.server_with(expired, true), EMPTY).await;
    // A day, and years in both directions, across the end of NTP's first era in 2036.
    for ahead_s in [86_400, 20 * 31_557_600, -20 * 31_557_600] {
        let other = Udp::start(move |request| Some(ntp_answer(request, ahead_s, 2))).await;
        let mut options = options();
        options.ntp = vec![other.addr.to_string()];
        let seen = look_at(server.addr, options, pki.stores(true)).await;
        assert_eq!(seen.record(ProbeId::Clock).outcome, ProbeOutcome::Warn);
        let clock = seen.evidence.clock.known().expect("clock");
        assert_eq!(clock.sources.len(), 1);
        let source = &clock.sources[0];
        assert_eq!(source.kind, ClockKind::Ntp);
        // A server that is ahead makes this device late; its stamps hold whole seconds.
        let off_by = (source.offset_ms + ahead_s * 1000).unsigned_abs();
        assert!(off_by <= 1_500 + source.error_ms, "{ahead_s}: {source:?}");
    }
}

#[tokio::test]
async fn a_time_server_that_refuses_is_no_clock() {
    let pki = Pki::new();
    let expired = pki.leaf(HOST, (-2, -1), None);
    let server = Server::tls(pki.server_with(expired, true), EMPTY).await;
    let kiss_of_death = Udp::start(|request| Some(ntp_answer(request, 0, 0))).await;
    let garbage = Udp::start(|_| Some(vec![0xff; 7])).await;
    let mut options = options();
    options.ntp = vec![kiss_of_death.addr.to_string(), garbage.addr.to_string()];
    let seen = look_at(server.addr, options, pki.stores(true)).await;
    assert_eq!(seen.record(ProbeId::Clock).outcome, ProbeOutcome::Unknown);
    assert!(matches!(seen.evidence.clock, Fact::Unknown(_)));
}

#[tokio::test]
async fn the_gateways_own_date_serves_as_a_clock_without_asking_anybody() {
    let pki = Pki::new();
    let now = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&jiff::Timestamp::now())
        .expect("a date");
    let answer = format!("HTTP/1.1 200 OK\r\nDate: {now}\r\nContent-Length: 0\r\n\r\n");
    let server = Server::tls(pki.server(HOST, true, None), answer.leak()).await;
    let others = Udp::start(|_| None).await;
    let mut options = options();
    options.ntp = vec![others.addr.to_string()];
    let seen = look_at(server.addr, options, pki.stores(true)).await;
    assert_eq!(seen.record(ProbeId::Clock).outcome, ProbeOutcome::Pass);
    let clock = seen.evidence.clock.known().expect("clock");
    assert_eq!(clock.sources.len(), 1);
    assert_eq!(clock.sources[0].kind, ClockKind::HttpDate);
    assert_eq!(others.received(), 0);
}

#[tokio::test]
async fn a_date_that_is_far_off_is_checked_against_a_time_server() {
    let pki = Pki::new();
    let answer =
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2015 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n";
    let server = Server::tls(pki.server(HOST, true, None), answer).await;
    let right = Udp::start(|request| Some(ntp_answer(request, 0, 2))).await;
    let mut options = options();
    options.ntp = vec![right.addr.to_string()];
    let seen = look_at(server.addr, options, pki.stores(true)).await;
    let clock = seen.evidence.clock.known().expect("clock");
    let kinds: Vec<ClockKind> = clock.sources.iter().map(|source| source.kind).collect();
    assert_eq!(kinds, [ClockKind::HttpDate, ClockKind::Ntp]);
    assert!(clock.sources[1].offset_ms.unsigned_abs() < 10_000);
    assert_eq!(seen.record(ProbeId::Clock).outcome, ProbeOutcome::Warn);
}

#[tokio::test]
async fn no_third_party_is_kept_to_even_when_everything_fails() {
    let pki = Pki::new();
    let others = Udp::start(|_| None).await;
    let portal = Server::plain(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await;
    let given = closed_port().await;
    let mut options = options();
    options.no_third_party = true;
    options.ntp = vec![others.addr.to_string()];
    options.portal = vec![known_as(&portal, 204, None)];
    let mut surroundings = surroundings();
    surroundings.public_dns = others.addr;
    let seen = look(
        target((Ipv4Addr::LOCALHOST, given).into()),
        options,
        pki.stores(true),
        surroundings,
    )
    .await;
    for id in [ProbeId::Portal, ProbeId::Clock] {
        let record = seen.record(id);
        assert_eq!(record.outcome, ProbeOutcome::Skipped, "{id:?}");
        let why = record.why.as_ref().map(|why| why.code);
        assert_eq!(why, Some(WhyCode::NoThirdParty), "{id:?}");
    }
    assert_eq!(others.received() + portal.accepted(), 0);
}
