//! Proxies, UDP, and answers of DNS that differ: whole runs on loopback.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use super::super::CheckOptions;
use super::super::surroundings::Surroundings;
use super::kit::{
    HOST, Names, Seen, Server, Udp, closed_port, look, options, surroundings, target,
};
use super::pki::Pki;
use crate::evidence::{
    ProbeId, ProbeOutcome, ProxyAttempt, ProxyOutcome, ProxyRoute, ProxySetting, TcpOutcome,
    UdpOutcome, UdpQuestion, WhyCode,
};

const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// A proxy that says `answer` to every request and, where that opens a way, leads to `gateway` whatever was asked for.
async fn proxy(answer: &'static str, gateway: SocketAddr, asked: Arc<Mutex<String>>) -> Server {
    Server::start(move |mut stream| {
        let asked = Arc::clone(&asked);
        async move {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap_or(0);
            *asked.lock().expect("lock") = String::from_utf8_lossy(&request[..length]).into_owned();
            let _ = stream.write_all(answer.as_bytes()).await;
            if answer.contains(" 200 ")
                && let Ok(mut inner) = TcpStream::connect(gateway).await
            {
                let _ = copy_bidirectional(&mut stream, &mut inner).await;
            }
        }
    })
    .await
}

fn set(addr: SocketAddr, exempt: Option<&str>) -> Surroundings {
    Surroundings {
        proxies: Some(vec![ProxySetting {
            route: ProxyRoute::Http {
                host: addr.ip().to_string(),
                port: addr.port(),
            },
            source: "https_proxy".to_owned(),
            exempt: exempt.map(str::to_owned),
        }]),
        ..surroundings()
    }
}

fn attempt(seen: &Seen) -> &ProxyAttempt {
    let proxy = seen.evidence.proxy.known().expect("proxy");
    proxy.attempt.as_deref().expect("an attempt")
}

async fn run(pki: &Pki, to: SocketAddr, options: CheckOptions, around: Surroundings) -> Seen {
    look(target(to), options, pki.stores(true), around).await
}

#[tokio::test]
async fn a_proxy_that_opens_a_way_shows_the_gateway_behind_it() {
    let pki = Pki::new();
    let gateway = Server::tls(pki.server(HOST, true, None), EMPTY).await;
    let asked = Arc::new(Mutex::new(String::new()));
    let opens = "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n";
    let proxy = proxy(opens, gateway.addr, Arc::clone(&asked)).await;
    let closed = closed_port().await;
    let seen = run(
        &pki,
        (Ipv4Addr::LOCALHOST, closed).into(),
        options(),
        set(proxy.addr, None),
    )
    .await;
    let attempt = attempt(&seen);
    assert_eq!(attempt.outcome, ProxyOutcome::Opened);
    assert!(attempt.shook_hands());
    assert!(!attempt.tls.as_ref().expect("tls").served.is_empty());
    assert_eq!(seen.record(ProbeId::Proxy).outcome, ProbeOutcome::Pass);
    let asked = asked.lock().expect("lock").to_lowercase();
    assert!(asked.starts_with(&format!("connect {HOST}:{closed} http/1.1\r\n")));
    assert!(!asked.contains("authorization"));
}

#[tokio::test]
async fn what_proxies_say_is_told_apart() {
    let pki = Pki::new();
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, closed_port().await));
    let auth = "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n";
    for (answer, expected) in [
        (
            auth,
            ProxyOutcome::AuthRequired {
                schemes: vec!["Basic".to_owned()],
            },
        ),
        (
            "HTTP/1.1 403 no\r\n\r\n",
            ProxyOutcome::Refused { status: 403 },
        ),
        ("SSH-2.0-x\r\n", ProxyOutcome::NotHttp),
        ("", ProxyOutcome::Closed),
    ] {
        let asked = Arc::default();
        let proxy = proxy(answer, nowhere, asked).await;
        let seen = run(&pki, nowhere, options(), set(proxy.addr, None)).await;
        assert_eq!(attempt(&seen).outcome, expected, "{answer:?}");
    }
    let silent = Server::silent().await;
    let seen = run(&pki, nowhere, options(), set(silent.addr, None)).await;
    assert_eq!(attempt(&seen).outcome, ProxyOutcome::Silent);
    let seen = run(&pki, nowhere, options(), set(nowhere, None)).await;
    assert_eq!(
        attempt(&seen).outcome,
        ProxyOutcome::NotReached(TcpOutcome::Refused)
    );
}

#[tokio::test]
async fn a_proxy_is_left_alone_where_third_parties_or_the_settings_say_so() {
    let pki = Pki::new();
    let gateway = Server::tls(pki.server(HOST, true, None), EMPTY).await;
    let proxy = proxy(EMPTY, gateway.addr, Arc::default()).await;
    let alone = CheckOptions {
        no_third_party: true,
        ..options()
    };
    let seen = run(&pki, gateway.addr, alone, set(proxy.addr, None)).await;
    let record = seen.record(ProbeId::Proxy);
    assert_eq!(
        record.why.as_ref().map(|why| why.code),
        Some(WhyCode::NoThirdParty)
    );
    assert!(
        seen.has_line("probe.proxy.set"),
        "the setting is still told"
    );
    let around = set(proxy.addr, Some("example.com"));
    let seen = run(&pki, gateway.addr, options(), around).await;
    assert_eq!(seen.record(ProbeId::Proxy).outcome, ProbeOutcome::Skipped);
    assert_eq!(proxy.accepted(), 0);
}

#[tokio::test]
async fn an_openvpn_server_on_udp_alone_is_heard() {
    let pki = Pki::new();
    let server = Udp::start(|packet| {
        let session = packet.get(1..9).filter(|_| packet[0] == 7 << 3)?;
        Some([&[8 << 3][..], &[5; 8], &[1, 0, 0, 0, 0], session, &[0; 4]].concat())
    })
    .await;
    let seen = run(&pki, server.addr, options(), surroundings()).await;
    let udp = seen.evidence.udp.known().expect("udp");
    let answered = udp
        .attempts
        .iter()
        .find(|a| a.question == UdpQuestion::OpenVpn && a.addr == server.addr)
        .expect("asked");
    assert_eq!(answered.outcome, UdpOutcome::Answered);
    assert_eq!(seen.record(ProbeId::Udp).outcome, ProbeOutcome::Pass);
}

#[tokio::test]
async fn the_address_that_a_server_gives_and_the_system_does_not_is_tried() {
    let pki = Pki::new();
    let gateway = Server::tls(pki.server(HOST, true, None), EMPTY).await;
    let dns = Udp::dns(0, Some(Ipv4Addr::LOCALHOST)).await;
    let elsewhere = vec![IpAddr::from([127, 0, 0, 9])];
    let around = Surroundings {
        system: Arc::new(Names(HashMap::from([(HOST, elsewhere)]))),
        servers: Some(vec![dns.addr]),
        ..surroundings()
    };
    let seen = run(&pki, gateway.addr, options(), around).await;
    let dns = seen.evidence.dns.known().expect("dns");
    let tried: Vec<SocketAddr> = dns.trials.iter().map(|trial| trial.addr).collect();
    assert_eq!(tried, [gateway.addr]);
    assert!(dns.trials[0].outcome.session().is_some());
    assert_eq!(gateway.accepted(), 1);
}
