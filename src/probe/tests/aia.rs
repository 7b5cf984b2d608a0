//! Fetching issuers: what is found, and what a hostile certificate cannot make us do.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::super::fetch::{Ahead, Fetcher};
use super::kit::{HOST, Server, look_at, options, surroundings};
use super::pki::Pki;
use crate::evidence::{FetchOutcome, ProbeId, ProbeOutcome, WhyCode};

const OK: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/pkix-cert\r\nConnection: close\r\n\r\n";

fn served(body: &[u8]) -> Vec<u8> {
    [OK.as_bytes(), body].concat()
}

fn fetcher(gateway: IpAddr) -> Fetcher {
    let world = surroundings();
    Fetcher {
        system: world.system,
        gateway: vec![gateway],
        pace: world.pace,
        ahead: Ahead::default(),
    }
}

async fn reason(fetcher: &Fetcher, url: &str) -> String {
    match fetcher.fetch(url).await {
        FetchOutcome::Fetched(ders) => panic!("fetched {} certificates from {url}", ders.len()),
        FetchOutcome::Failed(why) => why.message().id.into_owned(),
    }
}

#[tokio::test]
async fn a_missing_intermediate_is_fetched_and_completes_the_path() {
    let pki = Pki::new();
    for body in [pki.intermediate_der(), pki.intermediate_pem().into_bytes()] {
        let issuer = Server::plain(served(&body)).await;
        let url = format!("http://pki.example.net:{}/ca.cer", issuer.addr.port());
        let config = pki.server(HOST, false, Some(&url));
        let server = Server::tls(config, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let seen = look_at(server.addr, options(), pki.stores(true)).await;
        assert_eq!(seen.record(ProbeId::Chain).outcome, ProbeOutcome::Fail);
        assert_eq!(seen.record(ProbeId::Aia).outcome, ProbeOutcome::Pass);
        let aia = seen.evidence.aia.known().expect("aia");
        assert_eq!(aia.fetches.len(), 1);
        assert_eq!(aia.fetches[0].url, url);
        let FetchOutcome::Fetched(ders) = &aia.fetches[0].outcome else {
            panic!("{:?}", aia.fetches[0].outcome);
        };
        assert_eq!(ders[0].as_slice(), pki.intermediate_der());
        assert!(seen.has_line("probe.aia.path-found"));
    }
}

#[tokio::test]
async fn no_third_party_means_no_fetch() {
    let pki = Pki::new();
    let issuer = Server::plain(served(&pki.intermediate_der())).await;
    let url = format!("http://pki.example.net:{}/ca.cer", issuer.addr.port());
    let server = Server::tls(pki.server(HOST, false, Some(&url)), "").await;
    let mut options = options();
    options.no_third_party = true;
    let seen = look_at(server.addr, options, pki.stores(true)).await;
    let record = seen.record(ProbeId::Aia);
    assert_eq!(record.outcome, ProbeOutcome::Skipped);
    assert_eq!(
        record.why.as_ref().map(|why| why.code),
        Some(WhyCode::NoThirdParty)
    );
    assert_eq!(issuer.accepted(), 0);
}

#[tokio::test]
async fn issuers_of_issuers_are_followed_until_there_is_no_more() {
    // The root can be fetched as well, and still is not trusted.
    let slot: Arc<std::sync::OnceLock<Vec<u8>>> = Arc::default();
    let root = Server::start({
        let slot = Arc::clone(&slot);
        move |mut stream| {
            let answer = served(slot.get().expect("set before the run"));
            async move {
                use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
            }
        }
    })
    .await;
    let root_url = format!("http://pki.example.net:{}/root.cer", root.addr.port());
    let pki = Pki::with_intermediate_at(Some(&root_url));
    slot.set(pki.root_der()).expect("set once");
    let issuer = Server::plain(served(&pki.intermediate_der())).await;
    let url = format!("http://pki.example.net:{}/ca.cer", issuer.addr.port());
    let server = Server::tls(pki.server(HOST, false, Some(&url)), "").await;
    let seen = look_at(server.addr, options(), pki.stores(false)).await;
    assert_eq!(seen.record(ProbeId::Aia).outcome, ProbeOutcome::Fail);
    let aia = seen.evidence.aia.known().expect("aia");
    let urls: Vec<&str> = aia.fetches.iter().map(|fetch| fetch.url.as_str()).collect();
    assert_eq!(urls, [url.as_str(), root_url.as_str()]);
}

#[tokio::test]
async fn what_is_not_a_certificate_is_named() {
    let near = fetcher(Ipv4Addr::LOCALHOST.into());
    let url = |server: &Server| format!("http://{}/x", server.addr);

    let page = Server::plain(served(b"<html>sign in first</html>")).await;
    assert_eq!(reason(&near, &url(&page)).await, "probe.aia.no-certificate");
    let missing =
        Server::plain(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    assert_eq!(reason(&near, &url(&missing)).await, "probe.aia.status");
    let large = Server::plain(served(&vec![0x30; 100 << 10])).await;
    assert_eq!(reason(&near, &url(&large)).await, "probe.aia.too-large");
    let silent = Server::silent().await;
    assert_eq!(reason(&near, &url(&silent)).await, "probe.aia.timed-out");
    let garbage = Server::plain(b"SSH-2.0-x\r\n".to_vec()).await;
    assert_eq!(reason(&near, &url(&garbage)).await, "probe.aia.failed");
    for (address, expected) in [
        ("ldap://pki.example.net/cn=x", "probe.aia.scheme"),
        ("file:///etc/passwd", "probe.aia.scheme"),
        ("http://", "probe.aia.not-an-address"),
        ("", "probe.aia.scheme"),
        ("ldap:///CN=CA,DC=corp?cACertificate", "probe.aia.scheme"),
        ("http://no-such-name.example.net/", "probe.aia.no-such-host"),
    ] {
        assert_eq!(reason(&near, address).await, expected, "{address}");
    }
}

#[tokio::test]
async fn redirects_are_followed_three_times_and_no_more() {
    let pki = Pki::new();
    let near = fetcher(Ipv4Addr::LOCALHOST.into());
    let hop = |to: String| {
        format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    };
    let end = Server::plain(served(&pki.intermediate_der())).await;
    let mut next = format!("http://{}/ca.cer", end.addr);
    let mut hops = Vec::new();
    for _ in 0..3 {
        let server = Server::plain(hop(next)).await;
        next = format!("http://{}/", server.addr);
        hops.push(server);
    }
    assert!(matches!(near.fetch(&next).await, FetchOutcome::Fetched(_)));
    let fourth = Server::plain(hop(next)).await;
    let url = format!("http://{}/", fourth.addr);
    assert_eq!(reason(&near, &url).await, "probe.aia.redirects");
    let circle = Server::plain(hop("/again".to_owned())).await;
    let url = format!("http://{}/", circle.addr);
    assert_eq!(reason(&near, &url).await, "probe.aia.redirects");
    assert_eq!(circle.accepted(), 4);
}

#[tokio::test]
async fn a_certificate_cannot_make_us_call_this_device() {
    let pki = Pki::new();
    let inner = Server::plain(served(&pki.intermediate_der())).await;
    let afar = fetcher(IpAddr::from([192, 0, 2, 1]));
    for host in [
        "127.0.0.1",
        "pki.example.net",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "2130706433",
    ] {
        let url = format!("http://{host}:{}/", inner.addr.port());
        let reason = reason(&afar, &url).await;
        assert!(
            matches!(
                reason.as_str(),
                "probe.aia.forbidden" | "probe.aia.no-such-host"
            ),
            "{host}: {reason}"
        );
    }
    assert_eq!(inner.accepted(), 0);
}

#[tokio::test]
async fn the_way_to_the_responder_is_ready_when_the_issuer_is_there() {
    let pki = Pki::new();
    let issuer = Server::plain(served(&pki.intermediate_der())).await;
    let lists = Server::plain(served(&pki.list(3, false))).await;
    let list = format!("http://pki.example.net:{}/ca.crl", lists.addr.port());
    let url = format!("http://pki.example.net:{}/ca.cer", issuer.addr.port());
    let config = pki.server_with(pki.leaf_naming_issuer(HOST, &url, &list), false);
    let server = Server::tls(config, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let seen = look_at(server.addr, options(), pki.stores(true)).await;
    assert_eq!(seen.record(ProbeId::Revocation).outcome, ProbeOutcome::Pass);
    let lines = |id: &str| {
        seen.evidence
            .log
            .iter()
            .filter(|line| line.text.id == id)
            .count()
    };
    assert_eq!(lines("probe.revocation.good"), 1);
    // The connection that was begun is the one that is used.
    assert_eq!(lists.accepted(), 1);
}

#[tokio::test]
async fn a_responder_that_tires_of_waiting_is_asked_over_another_connection() {
    let pki = Pki::new();
    let list = served(&pki.list(3, false));
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let first = Arc::clone(&count);
    let lists = Server::start(move |mut stream| {
        let number = first.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let list = list.clone();
        async move {
            if number == 0 {
                drop(stream);
                return;
            }
            let mut request = [0; 4096];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await;
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, &list).await;
        }
    })
    .await;
    let issuer = Server::plain(served(&pki.intermediate_der())).await;
    let list = format!("http://pki.example.net:{}/ca.crl", lists.addr.port());
    let url = format!("http://pki.example.net:{}/ca.cer", issuer.addr.port());
    let config = pki.server_with(pki.leaf_naming_issuer(HOST, &url, &list), false);
    let server = Server::tls(config, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let seen = look_at(server.addr, options(), pki.stores(true)).await;
    assert_eq!(seen.record(ProbeId::Revocation).outcome, ProbeOutcome::Pass);
    assert_eq!(lists.accepted(), 2);
}
