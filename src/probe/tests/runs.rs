//! Whole runs: healthy, offline, out of time, broken inside, cancelled.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::sync::{Notify, mpsc};

use super::super::{MAX_CONNECTIONS, runner};
use super::kit::{
    Full, HOST, Names, Seen, Server, Udp, closed_port, look, look_at, options, surroundings, target,
};
use super::pki::Pki;
use crate::evidence::{Fact, ProbeEvent, ProbeId, ProbeOutcome, TcpOutcome, TlsOutcome, WhyCode};
use crate::guide::PortalCheck;

const OCSERV: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nX-Transcend-Version: 1\r\nSet-Cookie: webvpncontext=; expires=Thu, 01 Jan 1970 22:00:00 GMT\r\nConnection: close\r\n\r\n<config-auth client=\"vpn\" type=\"auth-request\"><version who=\"sg\">0.1(1)</version></config-auth>";

fn outcomes(seen: &Seen) -> Vec<(ProbeId, ProbeOutcome, Option<WhyCode>)> {
    ProbeId::ALL
        .into_iter()
        .map(|id| {
            let record = seen.record(id);
            (id, record.outcome, record.why.as_ref().map(|why| why.code))
        })
        .collect()
}

#[tokio::test]
async fn a_healthy_gateway_passes_with_one_connection_and_nobody_else_asked() {
    let pki = Pki::new();
    let server = Server::tls(pki.server(HOST, true, None), OCSERV).await;
    let elsewhere = Udp::start(|_| None).await;
    let mut options = options();
    options.ntp = vec![elsewhere.addr.to_string()];
    options.ports = vec![server.addr.port().wrapping_add(1)];
    options.portal = vec![PortalCheck {
        url: format!("http://127.0.0.1:{}/", closed_port().await),
        status: 204,
        body: None,
    }];
    let seen = look_at(server.addr, options, pki.stores(true)).await;

    use ProbeOutcome::{Pass, Skipped};
    for (id, outcome, why) in outcomes(&seen) {
        match id {
            // No device is asked in tests of runs.
            ProbeId::Device | ProbeId::Network => {}
            ProbeId::Logs => assert_eq!((outcome, why), (Skipped, Some(WhyCode::NotRun))),
            ProbeId::Proxy
            | ProbeId::Elsewhere
            | ProbeId::Path
            | ProbeId::Versions
            | ProbeId::Experiments
            | ProbeId::Aia
            | ProbeId::Revocation
            | ProbeId::Clock
            | ProbeId::Portal
            | ProbeId::Ports
            | ProbeId::Backups => {
                assert_eq!(
                    (outcome, why),
                    (Skipped, Some(WhyCode::NotNeeded)),
                    "{id:?}"
                );
            }
            _ => assert_eq!((outcome, why), (Pass, None), "{id:?}"),
        }
    }
    assert_eq!(seen.events.last(), Some(&ProbeEvent::Done));
    assert_eq!(
        seen.events
            .iter()
            .filter(|e| **e == ProbeEvent::Done)
            .count(),
        1
    );
    assert_eq!(server.accepted(), 1);
    assert_eq!(elsewhere.received(), 0);
    let tls = seen.evidence.tls.known().expect("tls");
    let main = tls.main().expect("a handshake");
    assert_eq!(main.served.len(), 2);
    assert_eq!(main.sni.as_deref(), Some(HOST));
    let session = main.outcome.session().expect("a session");
    assert_eq!(session.version, "1.3");
    assert_eq!(session.key_exchange, "X25519MLKEM768");
    assert!(session.cipher.starts_with("TLS_"), "{}", session.cipher);
    assert!(!session.client_auth_requested);
    let gateway = seen.evidence.gateway.known().expect("gateway");
    assert_eq!(
        gateway.product.as_ref().map(|p| p.id.as_str()),
        Some("ocserv")
    );
    assert!(seen.has_line("probe.chain.anchored"));
}

#[tokio::test]
async fn an_answer_that_is_no_longer_needed_is_not_waited_for() {
    let pki = Pki::new();
    let server = Server::tls(pki.server(HOST, true, None), OCSERV).await;
    let mute = Udp::start(|_| None).await;
    let mut surroundings = surroundings();
    surroundings.servers = Some(vec![mute.addr]);
    // Waiting for it would outlast the test's patience.
    surroundings.pace.dns = Duration::from_secs(3600);
    let seen = look(
        target(server.addr),
        options(),
        pki.stores(true),
        surroundings,
    )
    .await;
    assert_eq!(seen.record(ProbeId::Dns).outcome, ProbeOutcome::Pass);
    let dns = seen.evidence.dns.known().expect("dns");
    let why = dns.resolvers[0].answer.why().expect("no answer");
    assert_eq!(why.code, WhyCode::NotNeeded);
}

#[tokio::test]
async fn a_log_that_was_handed_in_is_read_even_offline() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("vpn.log");
    let today = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S");
    let known = "AUTH: Received control message: AUTH_FAILED";
    std::fs::write(&log, format!("{today} nothing\n{today} {known}\n")).unwrap();
    let mut options = options();
    options.offline = true;
    options.logs = Some(crate::probe::LogsWanted {
        named: vec![log],
        here: None,
        messages: crate::guide::messages::Messages::default(),
    });
    let pki = Pki::new();
    let gateway = ([127, 0, 0, 1], 1).into();
    let seen = look(target(gateway), options, pki.stores(true), surroundings()).await;
    let record = seen.record(ProbeId::Logs);
    assert_eq!(record.outcome, ProbeOutcome::Warn);
    let logs = seen.evidence.logs.known().unwrap();
    assert_eq!((logs.read.len(), logs.read[0].known), (1, 1));
    let [message] = logs.messages.as_slice() else {
        panic!("{logs:?}");
    };
    assert_eq!((message.line, message.count), (2, 1));
    assert!(
        message.handed_in && message.text.contains("AUTH_FAILED"),
        "{message:?}"
    );
    let age = seen.evidence.started_at.since(message.at.unwrap());
    assert!((0..=5).contains(&age), "{age}");
}

#[tokio::test]
async fn offline_not_one_packet_leaves() {
    let pki = Pki::new();
    let server = Server::tls(pki.server(HOST, true, None), OCSERV).await;
    let others = Udp::start(|_| None).await;
    let mut surroundings = surroundings();
    surroundings.servers = Some(vec![others.addr]);
    surroundings.public_dns = others.addr;
    let mut options = options();
    options.offline = true;
    options.ntp = vec![others.addr.to_string()];
    let seen = look(target(server.addr), options, pki.stores(true), surroundings).await;
    for (id, outcome, why) in outcomes(&seen) {
        // The device could be asked without a packet, if there were one to ask.
        let reason = match id {
            ProbeId::Device => WhyCode::Unsupported,
            _ => WhyCode::Offline,
        };
        assert_eq!(
            (outcome, why),
            (ProbeOutcome::Skipped, Some(reason)),
            "{id:?}"
        );
    }
    assert_eq!(seen.events.len(), ProbeId::ALL.len() + 1);
    assert_eq!(server.accepted() + others.received(), 0);
    assert!(seen.evidence.finished);
}

#[tokio::test]
async fn a_bare_address_sends_no_server_name_and_needs_no_dns() {
    let pki = Pki::new();
    let server = Server::tls(pki.server(HOST, true, None), OCSERV).await;
    let target = crate::evidence::Target::parse(&server.addr.to_string()).expect("target");
    let seen = look(target, options(), pki.stores(true), surroundings()).await;
    assert_eq!(seen.record(ProbeId::Dns).outcome, ProbeOutcome::Pass);
    assert!(seen.has_line("probe.dns.literal"));
    let tls = seen.evidence.tls.known().expect("tls");
    assert_eq!(tls.main().expect("a handshake").sni, None);
    assert_eq!(seen.record(ProbeId::Chain).outcome, ProbeOutcome::Fail);
}

#[tokio::test]
async fn connect_and_sni_replace_what_the_name_would_give() {
    let pki = Pki::new();
    let server = Server::tls(pki.server(HOST, true, None), OCSERV).await;
    let target =
        crate::evidence::Target::parse(&format!("gone.example.org:{}", server.addr.port()));
    let mut options = options();
    options.connect = Some(Ipv4Addr::LOCALHOST.into());
    options.sni = Some(HOST.to_owned());
    let seen = look(
        target.expect("target"),
        options,
        pki.stores(true),
        surroundings(),
    )
    .await;
    let tls = seen.evidence.tls.known().expect("tls");
    assert_eq!(tls.main().expect("a handshake").sni.as_deref(), Some(HOST));
    // The client still asks for the target's name.
    assert_eq!(seen.record(ProbeId::Chain).outcome, ProbeOutcome::Fail);
}

#[tokio::test]
async fn the_deadline_keeps_what_was_seen_and_names_the_rest() {
    let pki = Pki::new();
    let server = Server::silent().await;
    let mut surroundings = surroundings();
    surroundings.pace.tls = Duration::from_secs(3600);
    let mut options = options();
    options.timeout = Duration::from_millis(700);
    let seen = look(target(server.addr), options, pki.stores(true), surroundings).await;
    assert_eq!(seen.record(ProbeId::Tcp).outcome, ProbeOutcome::Pass);
    assert!(
        seen.evidence
            .tcp
            .known()
            .is_some_and(|tcp| tcp.open().len() == 1)
    );
    let tls = seen.record(ProbeId::Tls);
    assert_eq!(tls.outcome, ProbeOutcome::Unknown);
    assert_eq!(
        tls.why.as_ref().map(|why| why.code),
        Some(WhyCode::TimedOut)
    );
    assert_eq!(
        seen.evidence.tls.why().map(|why| why.code),
        Some(WhyCode::TimedOut)
    );
    assert_eq!(seen.record(ProbeId::Gateway).outcome, ProbeOutcome::Skipped);
    assert_eq!(seen.events.last(), Some(&ProbeEvent::Done));
}

#[tokio::test]
async fn a_check_that_breaks_does_not_take_the_others_with_it() {
    let pki = Pki::new();
    let port = closed_port().await;
    let mut options = options();
    options.portal = vec![PortalCheck {
        url: "http://panic.example.net/".to_owned(),
        status: 204,
        body: None,
    }];
    options.ntp = vec!["127.0.0.1:1".to_owned()];
    let seen = look(
        target((Ipv4Addr::LOCALHOST, port).into()),
        options,
        pki.stores(true),
        surroundings(),
    )
    .await;
    assert_eq!(seen.record(ProbeId::Portal).outcome, ProbeOutcome::Crashed);
    assert!(matches!(seen.evidence.portal, Fact::Unknown(_)));
    assert_eq!(seen.record(ProbeId::Tcp).outcome, ProbeOutcome::Fail);
    assert_eq!(seen.record(ProbeId::Clock).outcome, ProbeOutcome::Unknown);
    assert_eq!(seen.events.last(), Some(&ProbeEvent::Done));
}

#[tokio::test]
async fn dropping_the_run_drops_its_connections() {
    let hung_up = Arc::new(Notify::new());
    let connected = Arc::new(Notify::new());
    let server = Server::start({
        let (hung_up, connected) = (Arc::clone(&hung_up), Arc::clone(&connected));
        move |mut stream| {
            let (hung_up, connected) = (Arc::clone(&hung_up), Arc::clone(&connected));
            async move {
                let mut heard = Vec::new();
                connected.notify_one();
                let _ = stream.read_to_end(&mut heard).await;
                hung_up.notify_one();
            }
        }
    })
    .await;
    let mut surroundings = surroundings();
    surroundings.pace.tls = Duration::from_secs(3600);
    let mut options = options();
    options.timeout = Duration::from_secs(3600);
    let (sender, _receiver) = mpsc::unbounded_channel();
    let stores = Pki::new().stores(true);
    let run = tokio::spawn(runner::run(
        target(server.addr),
        options,
        stores.into(),
        surroundings,
        sender,
    ));
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, connected.notified())
        .await
        .expect("a connection");
    run.abort();
    tokio::time::timeout(limit, hung_up.notified())
        .await
        .expect("it hangs up");
}

#[tokio::test]
async fn many_addresses_stay_within_the_budget() {
    let pki = Pki::new();
    let (leaf, key) = pki.leaf(HOST, (-1, 0), None);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(pki.server_with((leaf, key), true)));
    let server = Server::start_at((Ipv4Addr::UNSPECIFIED, 0).into(), move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut request = [0; 512];
                let _ = stream.read(&mut request).await;
            }
        }
    })
    .await;
    let many: Vec<IpAddr> = (1..=40u8).map(|n| IpAddr::from([127, 0, 1, n])).collect();
    let mut surroundings = surroundings();
    surroundings.system = Arc::new(Names(std::collections::HashMap::from([(HOST, many)])));
    let seen = look(
        target(server.addr),
        options(),
        pki.stores(true),
        surroundings,
    )
    .await;
    assert!(seen.has_line("probe.tcp.capped"));
    assert!(seen.has_line("probe.tcp.not-tried"));
    let tcp = seen.evidence.tcp.known().expect("tcp");
    assert!(
        tcp.attempts
            .iter()
            .all(|attempt| attempt.outcome == TcpOutcome::Open)
    );
    assert!(
        (1..=MAX_CONNECTIONS).contains(&server.accepted()),
        "{}",
        server.accepted()
    );
}

#[tokio::test]
async fn a_silent_address_does_not_hold_up_the_one_that_answers() {
    let pki = Pki::new();
    let server = Server::tls(pki.server(HOST, true, None), OCSERV).await;
    let full = Full::start().await;
    // The same port on another address of loopback is closed; a full listener on its own port is silent.
    let mut surroundings = surroundings();
    surroundings.pace.tcp = Duration::from_secs(1);
    let silent = look(
        target(full.addr),
        options(),
        pki.stores(true),
        surroundings.clone(),
    )
    .await;
    let tcp = silent.evidence.tcp.known().expect("tcp");
    assert_eq!(tcp.attempts[0].outcome, TcpOutcome::TimedOut);

    let both = vec![IpAddr::from([127, 0, 0, 9]), Ipv4Addr::LOCALHOST.into()];
    surroundings.system = Arc::new(Names(std::collections::HashMap::from([(HOST, both)])));
    let seen = look(
        target(server.addr),
        options(),
        pki.stores(true),
        surroundings,
    )
    .await;
    let tcp = seen.evidence.tcp.known().expect("tcp");
    assert_eq!(tcp.attempts.len(), 2);
    assert_eq!(tcp.open(), vec![server.addr]);
    assert_eq!(seen.record(ProbeId::Tcp).outcome, ProbeOutcome::Warn);
    let tls = seen.evidence.tls.known().expect("tls");
    assert!(matches!(
        tls.main().map(|attempt| &attempt.outcome),
        Some(TlsOutcome::Completed(_))
    ));
}
