//! The handshake changed in one thing: which experiments a run makes, how many, and what it sees.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::super::MAX_CONNECTIONS;
use super::super::surroundings::Surroundings;
use super::kit::{HOST, Names, Seen, Server, look, options, surroundings, target};
use super::pki::Pki;
use crate::evidence::{ProbeId, ProbeOutcome, TlsOutcome, TlsVariant, WhyCode};

const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
/// Bytes that the first TLS record of a hello has with the post-quantum key share, and not without.
const LARGE_HELLO: usize = 1200;

/// Patient with handshakes, for a machine that is busy.
fn patient() -> Surroundings {
    let mut surroundings = surroundings();
    surroundings.pace.tcp = Duration::from_secs(2);
    surroundings.pace.tls = Duration::from_secs(2);
    surroundings.pace.http = Duration::from_secs(2);
    surroundings
}

fn variants(seen: &Seen) -> Vec<TlsVariant> {
    let tls = seen.evidence.tls.known().expect("tls");
    tls.attempts.iter().map(|a| a.variant).collect()
}

fn outcome(seen: &Seen, variant: TlsVariant) -> TlsOutcome {
    let tls = seen.evidence.tls.known().expect("tls");
    let attempt = tls.variant(variant).expect("an attempt");
    attempt.outcome.clone()
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream) {
    if let Ok(mut stream) = acceptor.accept(stream).await {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
    }
}

/// How long the first record of this client's hello says it is (RFC 8446 section 5.1).
async fn hello_length(stream: &TcpStream) -> usize {
    let mut head = [0; 5];
    loop {
        match stream.peek(&mut head).await {
            Ok(5) => return usize::from(u16::from_be_bytes([head[3], head[4]])),
            Ok(0) | Err(_) => return 0,
            Ok(_) => {}
        }
    }
}

/// Swallows whatever comes until the other side gives up.
async fn ignore(mut stream: TcpStream) {
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
}

#[tokio::test]
async fn a_sound_gateway_gets_no_further_connection() {
    let pki = Pki::new();
    let server = Server::tls(pki.server(HOST, true, None), EMPTY).await;
    let seen = look(target(server.addr), options(), pki.stores(true), patient()).await;
    let record = seen.record(ProbeId::Experiments);
    assert_eq!(record.outcome, ProbeOutcome::Skipped);
    assert_eq!(
        record.why.as_ref().map(|w| w.code),
        Some(WhyCode::NotNeeded)
    );
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_refused_chain_is_asked_for_three_times_more() {
    let pki = Pki::new();
    let server = Server::tls(pki.server(HOST, true, None), EMPTY).await;
    let seen = look(target(server.addr), options(), pki.stores(false), patient()).await;
    assert_eq!(
        seen.record(ProbeId::Experiments).outcome,
        ProbeOutcome::Fail
    );
    assert_eq!(
        variants(&seen),
        [
            TlsVariant::Ordinary,
            TlsVariant::Again,
            TlsVariant::Again,
            TlsVariant::Again
        ]
    );
    assert_eq!(server.accepted(), 4);
    assert!(seen.has_line("probe.experiments.made"));
}

#[tokio::test]
async fn what_is_turned_away_beside_the_ordinary_session_is_made_again_after_it() {
    // One place; the ordinary session holds it until all the others have come and gone.
    let pki = Pki::new();
    let acceptor = TlsAcceptor::from(Arc::new(pki.server(HOST, true, None)));
    let place = Arc::new(tokio::sync::Semaphore::new(1));
    let (turned_away, _) = tokio::sync::watch::channel(0);
    let turned_away = Arc::new(turned_away);
    let server = Server::start(move |stream| {
        let (acceptor, place) = (acceptor.clone(), Arc::clone(&place));
        let turned_away = Arc::clone(&turned_away);
        async move {
            let Ok(_held) = place.try_acquire() else {
                drop(stream);
                turned_away.send_modify(|count| *count += 1);
                return;
            };
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let mut others = turned_away.subscribe();
            let _ = others.wait_for(|count| *count >= 3).await;
        }
    })
    .await;
    let seen = look(target(server.addr), options(), pki.stores(false), patient()).await;
    let tls = seen.evidence.tls.known().expect("tls");
    assert_eq!(tls.attempts.len(), 2, "{:?}", tls.attempts);
    assert_eq!(tls.attempts[1].variant, TlsVariant::Again);
    assert!(tls.attempts[1].outcome.session().is_some());
}

#[tokio::test]
async fn another_node_behind_the_same_address_is_noticed_at_once() {
    let pki = Pki::new();
    let old = pki.server_with(pki.leaf(HOST, (-3, -2), None), true);
    let new = pki.server(HOST, true, None);
    let nodes = [old, new].map(|config| TlsAcceptor::from(Arc::new(config)));
    let turn = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |stream| {
        let node = nodes[turn.fetch_add(1, Ordering::SeqCst) % 2].clone();
        serve(node, stream)
    })
    .await;
    let seen = look(target(server.addr), options(), pki.stores(true), patient()).await;
    // Those still under way when it is noticed are called off.
    let made = variants(&seen);
    assert!((2..=4).contains(&made.len()), "{made:?}");
    assert!(made[1..].iter().all(|made| *made == TlsVariant::Again));
    assert_eq!(
        seen.record(ProbeId::Experiments).outcome,
        ProbeOutcome::Warn
    );
    assert!(seen.has_line("probe.experiments.other-certificate"));
}

#[tokio::test]
async fn a_server_that_fears_large_hellos_is_met_without_the_share() {
    let pki = Pki::new();
    let acceptor = TlsAcceptor::from(Arc::new(pki.server(HOST, true, None)));
    let server = Server::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if hello_length(&stream).await > LARGE_HELLO {
                ignore(stream).await;
            } else {
                serve(acceptor, stream).await;
            }
        }
    })
    .await;
    let seen = look(target(server.addr), options(), pki.stores(true), patient()).await;
    assert_eq!(
        variants(&seen),
        [
            TlsVariant::Ordinary,
            TlsVariant::WithoutPostQuantum,
            // Waited for to its end: had small segments helped, the share would not be to blame.
            TlsVariant::SmallSegments,
            TlsVariant::Again,
            TlsVariant::Again
        ]
    );
    let stalled = TlsOutcome::Stalled { received: 0 };
    assert_eq!(outcome(&seen, TlsVariant::Ordinary), stalled);
    assert_eq!(outcome(&seen, TlsVariant::SmallSegments), stalled);
    assert_eq!(outcome(&seen, TlsVariant::Again), stalled);
    let without = outcome(&seen, TlsVariant::WithoutPostQuantum);
    let session = without.session().expect("a session");
    assert_ne!(session.key_exchange, "X25519MLKEM768");
    // Beside these, two first words of other protocols: silence may mean one of them.
    assert_eq!(server.accepted(), 7);
}

#[tokio::test]
async fn silence_whatever_is_changed_takes_three_connections() {
    let server = Server::silent().await;
    let pki = Pki::new();
    let seen = look(target(server.addr), options(), pki.stores(true), patient()).await;
    let made = variants(&seen);
    assert_eq!(made.len(), 3);
    assert!(made.contains(&TlsVariant::SmallSegments));
    assert!(made.contains(&TlsVariant::WithoutPostQuantum));
    assert_eq!(
        seen.record(ProbeId::Experiments).outcome,
        ProbeOutcome::Fail
    );
    // And two first words of other protocols.
    assert_eq!(server.accepted(), 5);
}

#[tokio::test]
async fn a_shut_door_is_told_from_one_that_shuts_at_the_hello() {
    let pki = Pki::new();
    let shut = Server::start(|stream| async move { drop(stream) }).await;
    let seen = look(target(shut.addr), options(), pki.stores(true), patient()).await;
    assert!(outcome(&seen, TlsVariant::WithoutHello).turns_away());
    assert_eq!(variants(&seen)[2..], [TlsVariant::Again, TlsVariant::Again]);
    // The other usual ports are tried as well, and all of it stays inside the budget.
    assert!(
        shut.accepted() <= MAX_CONNECTIONS - 5,
        "{}",
        shut.accepted()
    );

    let offended = Server::plain(Vec::new()).await;
    let seen = look(
        target(offended.addr),
        options(),
        pki.stores(true),
        patient(),
    )
    .await;
    let quiet = TlsOutcome::Stalled { received: 0 };
    assert_eq!(outcome(&seen, TlsVariant::WithoutHello), quiet);
    assert_eq!(
        variants(&seen)[2..],
        [TlsVariant::WithoutPostQuantum, TlsVariant::Again]
    );
    assert!(seen.has_line("probe.experiments.waits-for-hello"));
}

#[tokio::test]
async fn a_door_that_opens_again_is_noticed() {
    let pki = Pki::new();
    let acceptor = TlsAcceptor::from(Arc::new(pki.server(HOST, true, None)));
    let count = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |stream| {
        let (acceptor, number) = (acceptor.clone(), count.fetch_add(1, Ordering::SeqCst));
        async move {
            if number < 3 {
                drop(stream);
            } else {
                serve(acceptor, stream).await;
            }
        }
    })
    .await;
    let seen = look(target(server.addr), options(), pki.stores(true), patient()).await;
    let tls = seen.evidence.tls.known().expect("tls");
    let last = tls.attempts.last().expect("an attempt");
    assert_eq!(last.variant, TlsVariant::Again);
    assert!(last.outcome.session().is_some());
    assert!(
        server.accepted() <= MAX_CONNECTIONS - 3,
        "{}",
        server.accepted()
    );
}

#[tokio::test]
async fn a_wrong_name_is_tried_without_the_name() {
    let pki = Pki::new();
    let server = Server::tls(pki.server("other.example.com", true, None), EMPTY).await;
    let seen = look(target(server.addr), options(), pki.stores(true), patient()).await;
    let tls = seen.evidence.tls.known().expect("tls");
    let (without, with): (Vec<_>, Vec<_>) = tls.attempts[1..]
        .iter()
        .partition(|made| made.variant == TlsVariant::WithoutSni);
    assert_eq!((without.len(), with.len()), (1, 3));
    assert_eq!(without[0].sni, None);
    assert!(
        with.iter()
            .all(|made| { made.variant == TlsVariant::Again && made.sni.as_deref() == Some(HOST) })
    );
    assert_eq!(server.accepted(), 5);
}

#[tokio::test]
async fn every_address_of_the_name_is_met_once() {
    let pki = Pki::new();
    let config = || pki.server(HOST, true, None);
    let first = Server::tls(config(), EMPTY).await;
    let port = first.addr.port();
    let second = tls_at(SocketAddr::from(([127, 0, 0, 2], port)), config()).await;
    let mut surroundings = patient();
    let addresses = vec![
        IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::from([127, 0, 0, 2]),
    ];
    surroundings.system = Arc::new(Names(HashMap::from([(HOST, addresses)])));
    let seen = look(
        target(first.addr),
        options(),
        pki.stores(true),
        surroundings,
    )
    .await;
    assert_eq!(
        seen.record(ProbeId::Experiments).outcome,
        ProbeOutcome::Warn
    );
    assert_eq!(
        variants(&seen),
        [TlsVariant::Ordinary, TlsVariant::OtherAddress]
    );
    // Both opened for TCP, one handshake each: on one of them over the connection that was there.
    assert_eq!(first.accepted() + second.accepted(), 3);
    let tls = seen.evidence.tls.known().expect("tls");
    assert_ne!(tls.attempts[0].addr, tls.attempts[1].addr);
}

async fn tls_at(addr: SocketAddr, config: ServerConfig) -> Server {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start_at(addr, move |stream| serve(acceptor.clone(), stream)).await
}

#[tokio::test]
async fn many_addresses_leave_connections_to_others() {
    let pki = Pki::new();
    let config = || pki.server("other.example.com", true, None);
    let first = Server::tls(config(), EMPTY).await;
    let mut servers = Vec::new();
    let mut addresses = vec![IpAddr::from(Ipv4Addr::LOCALHOST)];
    for last in 2..=7 {
        let address = [127, 0, 0, last];
        servers.push(tls_at((address, first.addr.port()).into(), config()).await);
        addresses.push(address.into());
    }
    let mut surroundings = patient();
    surroundings.system = Arc::new(Names(HashMap::from([(HOST, addresses)])));
    let seen = look(
        target(first.addr),
        options(),
        pki.stores(true),
        surroundings,
    )
    .await;
    let all = first.accepted() + servers.iter().map(Server::accepted).sum::<usize>();
    assert!(all <= MAX_CONNECTIONS - 3, "{all} connections");
    assert!(variants(&seen).contains(&TlsVariant::OtherAddress));
    assert!(seen.has_line("probe.budget"));
}

#[tokio::test]
async fn another_gateway_that_is_named_gets_a_handshake() {
    let pki = Pki::new();
    let there = Server::tls(pki.server(HOST, true, None), EMPTY).await;
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nLocation: https://{HOST}:{}/\r\nContent-Length: 0\r\n\r\n",
        there.addr.port()
    );
    let here = Server::tls(pki.server(HOST, true, None), redirect.leak()).await;
    let mut options = options();
    // The same host is no third party.
    options.no_third_party = true;
    let seen = look(target(here.addr), options, pki.stores(true), patient()).await;
    let gateway = seen.evidence.gateway.known().expect("gateway");
    let handed_out = gateway.handed_out.as_ref().expect("another gateway");
    assert_eq!(handed_out.port, there.addr.port());
    let attempt = handed_out.tls.known().expect("a handshake");
    assert!(attempt.outcome.session().is_some());
    assert_eq!(attempt.served.len(), 2);
    assert_eq!((here.accepted(), there.accepted()), (1, 1));
}

#[tokio::test]
async fn a_third_party_is_named_and_not_contacted() {
    let pki = Pki::new();
    let redirect =
        "HTTP/1.1 302 Found\r\nLocation: https://pki.example.net/\r\nContent-Length: 0\r\n\r\n";
    let here = Server::tls(pki.server(HOST, true, None), redirect).await;
    let mut options = options();
    options.no_third_party = true;
    let seen = look(target(here.addr), options, pki.stores(true), patient()).await;
    let gateway = seen.evidence.gateway.known().expect("gateway");
    let handed_out = gateway.handed_out.as_ref().expect("another gateway");
    assert_eq!(handed_out.host.wire(), "pki.example.net");
    let why = handed_out.tls.why().expect("no handshake");
    assert_eq!(why.code, WhyCode::NoThirdParty);
}

#[tokio::test]
async fn a_gateway_with_one_place_is_not_blamed_for_our_own_crowd() {
    // Whoever comes while another is there is turned away; alone, everybody is let in.
    let pki = Pki::new();
    let acceptor = TlsAcceptor::from(Arc::new(pki.server(HOST, true, None)));
    let place = Arc::new(tokio::sync::Semaphore::new(1));
    let server = Server::start(move |stream| {
        let (acceptor, place) = (acceptor.clone(), Arc::clone(&place));
        async move {
            match place.try_acquire() {
                Ok(_held) => serve(acceptor, stream).await,
                Err(_) => drop(stream),
            }
        }
    })
    .await;
    let seen = look(target(server.addr), options(), pki.stores(false), patient()).await;
    let tls = seen.evidence.tls.known().expect("tls");
    assert!(tls.attempts.len() >= 2);
    assert!(
        tls.attempts
            .iter()
            .all(|made| made.outcome.session().is_some()),
        "{:?}",
        tls.attempts
    );
}

#[tokio::test]
async fn side_by_side_they_take_no_longer_than_the_slowest() {
    // A hello is looked at after as long as a far gateway takes; four in a row would take four times that.
    const FAR: Duration = Duration::from_millis(300);
    let pki = Pki::new();
    let acceptor = TlsAcceptor::from(Arc::new(pki.server(HOST, true, None)));
    let under_way = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let counters = (Arc::clone(&under_way), Arc::clone(&most));
    let server = Server::start(move |stream| {
        let (acceptor, (now, most)) = (acceptor.clone(), counters.clone());
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // The distance of the gateway: it is what this test is about, and nothing is waited for.
            tokio::time::sleep(FAR).await;
            serve(acceptor, stream).await;
            now.fetch_sub(1, Ordering::SeqCst);
        }
    })
    .await;
    let seen = look(target(server.addr), options(), pki.stores(false), patient()).await;
    assert_eq!(variants(&seen).len(), 4);
    assert_eq!(most.load(Ordering::SeqCst), 3);
}
