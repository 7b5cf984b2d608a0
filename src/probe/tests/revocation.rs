//! Asking about revocation: what is asked, what is made of the answer, and what hostile addresses and answers cannot do.
//! Answers that say "good" come from a real responder, in the lab.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, watch};

use super::super::check::{Check as _, Ending, Note, Reporter};
use super::super::fetch::{Ahead, Fetcher};
use super::super::revocation::RevocationCheck;
use super::kit::{HOST, Server, closed_port, look_at, options, surroundings};
use super::pki::Pki;
use crate::evidence::{
    Der, Host, Observation, ProbeEvent, ProbeId, ProbeOutcome, RevocationEvidence,
    StatementOutcome, StatementSource, WhyCode,
};

const NEAR: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn answered(body: &[u8]) -> Vec<u8> {
    [&b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"[..], body].concat()
}

/// An `OCSPResponse` that is only a status (RFC 6960 section 4.2.1).
fn refusal(status: u8) -> Vec<u8> {
    answered(&[0x30, 3, 0x0a, 1, status])
}

/// What came of asking about one leaf.
struct Asked {
    seen: Option<RevocationEvidence>,
    ending: Ending,
    lines: Vec<String>,
    took: Duration,
}

impl Asked {
    /// The kind of each fetch and what came of it, in short.
    fn short(&self) -> Vec<(StatementSource, String)> {
        let fetches = self.seen.iter().flat_map(|seen| &seen.fetches);
        fetches
            .map(|fetch| {
                let word = match &fetch.outcome {
                    StatementOutcome::Fetched(_) => "fetched".to_owned(),
                    StatementOutcome::Failed(why) => format!("failed {}", why.message().id),
                    StatementOutcome::NotAsked(why) => format!("not asked {}", why.message().id),
                };
                (fetch.kind, word)
            })
            .collect()
    }

    fn only(&self) -> String {
        let short = self.short();
        assert_eq!(short.len(), 1, "{short:?}");
        short[0].1.clone()
    }
}

/// Asks about a leaf that names this responder and this list, in a world where the gateway is at `gateway`.
async fn ask(pki: &Pki, gateway: IpAddr, responder: Option<&str>, list: Option<&str>) -> Asked {
    ask_within(pki, gateway, responder, list, Duration::from_secs(20)).await
}

async fn ask_within(
    pki: &Pki,
    gateway: IpAddr,
    responder: Option<&str>,
    list: Option<&str>,
    fetch: Duration,
) -> Asked {
    let world = surroundings();
    let mut pace = world.pace;
    pace.fetch = fetch;
    let (leaf, _) = pki.leaf_naming(HOST, responder, list);
    let check = RevocationCheck {
        served: vec![Der::from(leaf.to_vec()), Der::from(pki.intermediate_der())],
        fetched: Vec::new(),
        stapled: None,
        host: Some(Host::Name {
            ascii: HOST.to_owned(),
            unicode: HOST.to_owned(),
        }),
        stores: pki.stores(true).into(),
        fetcher: Fetcher {
            system: world.system,
            gateway: vec![gateway],
            pace,
            ahead: Ahead::default(),
        },
    };
    let (notes, mut noted) = mpsc::unbounded_channel();
    let (_enough, asked_to_end) = watch::channel(false);
    let began = Instant::now();
    let report = Reporter::new(ProbeId::Revocation, began, notes, asked_to_end);
    let looking = Box::new(check).look(report);
    let ending = tokio::time::timeout(Duration::from_secs(60), looking).await;
    let took = began.elapsed();
    let (mut seen, mut lines) = (None, Vec::new());
    while let Some(note) = noted.recv().await {
        match note {
            Note::Event(ProbeEvent::Observed(Observation::Revocation(latest))) => {
                seen = Some(latest)
            }
            Note::Event(ProbeEvent::Log(line)) => lines.push(line.text.id.into_owned()),
            _ => {}
        }
    }
    Asked {
        seen,
        ending: ending.expect("it ends"),
        lines,
        took,
    }
}

fn at(server: &Server) -> String {
    format!("http://{}/x", server.addr)
}

#[tokio::test]
async fn a_run_asks_only_where_the_certificates_name_an_address_and_third_parties_are_allowed() {
    let pki = Pki::new();
    let lists = Server::plain(answered(&pki.list(3, false))).await;
    let url = format!("http://pki.example.net:{}/ca.crl", lists.addr.port());
    let config = pki.server_with(pki.leaf_naming(HOST, None, Some(&url)), true);
    let server = Server::tls(config, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let mut alone = options();
    alone.no_third_party = true;
    let seen = look_at(server.addr, alone, pki.stores(true)).await;
    let record = seen.record(ProbeId::Revocation);
    assert_eq!(
        (record.outcome, record.why.as_ref().map(|why| why.code)),
        (ProbeOutcome::Skipped, Some(WhyCode::NoThirdParty))
    );
    assert_eq!(lists.accepted(), 0);

    let seen = look_at(server.addr, options(), pki.stores(true)).await;
    assert_eq!(seen.record(ProbeId::Revocation).outcome, ProbeOutcome::Pass);
    assert!(seen.has_line("probe.revocation.good"));
    assert_eq!(lists.accepted(), 1);
    let fetches = &seen
        .evidence
        .revocation
        .known()
        .expect("revocation")
        .fetches;
    assert_eq!(fetches.len(), 1);
    assert_eq!(fetches[0].url, url);
}

#[tokio::test]
async fn a_list_that_names_the_certificate_is_bad_news() {
    let pki = Pki::new();
    // Ten thousand others before it.
    let lists = Server::plain(answered(&pki.list(10_000, true))).await;
    let asked = ask(&pki, NEAR, None, Some(&at(&lists))).await;
    assert_eq!(asked.ending, Ending::Fail);
    assert_eq!(asked.lines, ["probe.revocation.revoked"]);
    assert_eq!(asked.only(), "fetched");
}

#[tokio::test]
async fn the_question_is_about_this_certificate_and_goes_by_get_where_post_is_refused() {
    let pki = Pki::new();
    let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let responder = Server::start({
        let heard = Arc::clone(&heard);
        move |mut stream| {
            let heard = Arc::clone(&heard);
            async move {
                let mut request = Vec::new();
                let mut part = [0; 4096];
                // Head and body: the body of the POST is shorter than any part.
                while !request.windows(4).any(|w| w == b"\r\n\r\n")
                    || (request.starts_with(b"POST") && request.ends_with(b"\r\n\r\n"))
                {
                    match stream.read(&mut part).await {
                        Ok(n) if n > 0 => request.extend(&part[..n]),
                        _ => break,
                    }
                }
                let answer: &[u8] = if request.starts_with(b"POST") {
                    b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"
                } else {
                    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x30\x03\x0a\x01\x06"
                };
                heard.lock().expect("nobody panicked").push(request);
                let _ = stream.write_all(answer).await;
            }
        }
    })
    .await;
    let asked = ask(&pki, NEAR, Some(&at(&responder)), None).await;
    assert_eq!(asked.ending, Ending::Warn);
    assert_eq!(asked.lines, ["revocation.answer.refused"]);
    let heard = heard.lock().expect("nobody panicked");
    let [post, get] = heard.as_slice() else {
        panic!("{} requests", heard.len());
    };
    let text = String::from_utf8_lossy(post).to_ascii_lowercase();
    assert!(
        text.contains("content-type: application/ocsp-request"),
        "{text}"
    );
    assert!(!text.contains("cookie"), "{text}");
    // The serial number 4711 as an INTEGER ends the request.
    assert!(post.ends_with(&[0x02, 0x02, 0x12, 0x67]), "{post:?}");
    assert!(
        get.starts_with(b"GET /x/M"),
        "{}",
        String::from_utf8_lossy(get)
    );
}

#[tokio::test]
async fn refusals_pages_and_statuses_each_have_their_own_words() {
    let pki = Pki::new();
    for status in [1, 2, 3, 5, 6] {
        let responder = Server::plain(refusal(status)).await;
        let asked = ask(&pki, NEAR, Some(&at(&responder)), None).await;
        assert_eq!(asked.lines, ["revocation.answer.refused"], "{status}");
        assert_eq!(asked.only(), "fetched");
    }
    let page = Server::plain(answered(b"<html>sign in first</html>")).await;
    let gone = Server::plain(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    let zipped = Server::plain(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n\x1f\x8b\x08"
            .to_vec(),
    )
    .await;
    let closed = format!("http://127.0.0.1:{}/", closed_port().await);
    for (url, responder, list) in [
        (
            at(&page),
            "failed probe.revocation.no-answer",
            "failed probe.revocation.no-list",
        ),
        (
            at(&gone),
            "failed probe.aia.status",
            "failed probe.aia.status",
        ),
        (
            at(&zipped),
            "not asked probe.aia.compressed",
            "not asked probe.aia.compressed",
        ),
        (closed, "failed probe.aia.failed", "failed probe.aia.failed"),
    ] {
        assert_eq!(
            ask(&pki, NEAR, Some(&url), None).await.only(),
            responder,
            "{url}"
        );
        assert_eq!(
            ask(&pki, NEAR, None, Some(&url)).await.only(),
            list,
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_certificate_cannot_send_us_to_this_device_or_its_link() {
    let pki = Pki::new();
    let inner = Server::plain(refusal(6)).await;
    let afar = IpAddr::from([192, 0, 2, 1]);
    for url in [
        format!("http://127.0.0.1:{}/", inner.addr.port()),
        format!("http://pki.example.net:{}/", inner.addr.port()),
        format!("http://[::ffff:127.0.0.1]:{}/", inner.addr.port()),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://[fe80::1]/".to_owned(),
    ] {
        for (responder, list) in [(Some(url.as_str()), None), (None, Some(url.as_str()))] {
            let asked = ask(&pki, afar, responder, list).await;
            assert_eq!(asked.only(), "not asked probe.aia.forbidden", "{url}");
            assert_eq!(asked.ending, Ending::Warn);
        }
    }
    for url in [
        "ldap://dc.corp.example/cn=CA?certificateRevocationList",
        "file:///etc/passwd",
    ] {
        let asked = ask(&pki, NEAR, None, Some(url)).await;
        assert_eq!(asked.only(), "not asked probe.aia.scheme", "{url}");
    }
    // Not by a redirect either.
    let to_link =
        "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n";
    let redirecting = Server::plain(to_link.as_bytes().to_vec()).await;
    let asked = ask(&pki, NEAR, Some(&at(&redirecting)), None).await;
    assert_eq!(asked.only(), "not asked probe.aia.forbidden");
    assert_eq!(inner.accepted(), 0);
}

#[tokio::test]
async fn redirects_in_a_circle_and_bodies_without_end_are_given_up() {
    let pki = Pki::new();
    let circle = "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n";
    let circle = Server::plain(circle.as_bytes().to_vec()).await;
    let asked = ask(&pki, NEAR, Some(&at(&circle)), None).await;
    assert_eq!(asked.only(), "failed probe.aia.redirects");
    assert_eq!(circle.accepted(), 4);

    // A flood is cut at the limit, long before its end: there is none.
    let flood = Server::start(|mut stream| async move {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(&answered(&[])).await;
        let part = vec![0x30; 1 << 20];
        while stream.write_all(&part).await.is_ok() {}
    })
    .await;
    let asked = ask(&pki, NEAR, Some(&at(&flood)), None).await;
    assert_eq!(asked.only(), "not asked probe.aia.too-large");
    let asked = ask(&pki, NEAR, None, Some(&at(&flood))).await;
    assert_eq!(asked.only(), "not asked probe.aia.too-large");

    // One that begins and never goes on is left at the deadline.
    let stuck = Server::start(|mut stream| async move {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(&answered(&[0x30, 0x82])).await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    })
    .await;
    let limit = Duration::from_millis(700);
    for (responder, list) in [(Some(at(&stuck)), None), (None, Some(at(&stuck)))] {
        let asked = ask_within(&pki, NEAR, responder.as_deref(), list.as_deref(), limit).await;
        assert_eq!(asked.only(), "failed probe.aia.timed-out");
    }
}

#[tokio::test]
async fn a_dead_responder_costs_little_and_the_list_is_asked_in_its_place() {
    let pki = Pki::new();
    let dead = Server::silent().await;
    let lists = Server::plain(answered(&pki.list(2, false))).await;
    let asked = ask(&pki, NEAR, Some(&at(&dead)), Some(&at(&lists))).await;
    assert_eq!(
        asked.short(),
        [
            (
                StatementSource::Responder,
                "failed probe.aia.timed-out".to_owned()
            ),
            (StatementSource::List, "fetched".to_owned()),
        ]
    );
    assert_eq!(asked.ending, Ending::Pass);
    // The pace of the tests allows 0.3 s for the beginning of an answer, and 20 s for the whole of a list.
    assert!(asked.took < Duration::from_secs(10), "{:?}", asked.took);
}
