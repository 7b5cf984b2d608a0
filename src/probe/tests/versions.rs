//! The greetings that follow a refusal: what is sent, what is made of the answers, and that no server can draw it out.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::super::MAX_CONNECTIONS;
use super::kit::{HOST, Seen, Server, look_at, options};
use super::pki::Pki;
use crate::evidence::{
    Hello, HelloOutcome, ProbeId, ProbeOutcome, Spoken, Standing, TlsOutcome, TlsVersion,
    VersionsEvidence, WhyCode,
};

async fn check(server: &Server) -> Seen {
    let pki = Pki::new();
    look_at(server.addr, options(), pki.stores(true)).await
}

fn versions(seen: &Seen) -> &VersionsEvidence {
    seen.evidence.versions.known().expect("versions were tried")
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![kind, 3, 1];
    out.extend(u16::try_from(content.len()).expect("fits").to_be_bytes());
    out.extend(content);
    out
}

fn alert(code: u8) -> Vec<u8> {
    record(21, &[2, code])
}

fn message(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend(&u32::try_from(content.len()).expect("fits").to_be_bytes()[1..]);
    out.extend(content);
    out
}

fn hello(version: u16, suite: u16) -> Vec<u8> {
    let mut hello = version.to_be_bytes().to_vec();
    hello.extend([7; 32]);
    hello.push(0);
    hello.extend(suite.to_be_bytes());
    hello.extend([0, 0, 5, 0xff, 1, 0, 1, 0]);
    message(2, &hello)
}

/// The first flight of a server that chooses this; with these certificates.
fn flight(version: u16, suite: u16, chain: &[Vec<u8>]) -> Vec<u8> {
    let mut list: Vec<u8> = Vec::new();
    for der in chain {
        list.extend(&u32::try_from(der.len()).expect("fits").to_be_bytes()[1..]);
        list.extend(der);
    }
    let mut body = u32::try_from(list.len()).expect("fits").to_be_bytes()[1..].to_vec();
    body.extend(list);
    let messages = [hello(version, suite), message(11, &body), message(14, &[])].concat();
    messages
        .chunks(400)
        .flat_map(|part| record(22, part))
        .collect()
}

/// What a scripted server needs to know of a ClientHello.
struct Heard {
    offers_13: bool,
    version: u16,
    suites: Vec<u16>,
}

async fn hear(stream: &mut TcpStream) -> Option<Heard> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.ok()?;
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut body).await.ok()?;
    if head[0] != 22 {
        return None;
    }
    let version = u16::from_be_bytes([body[4], body[5]]);
    let session = usize::from(body[38]);
    let at = 39 + session;
    let length = usize::from(u16::from_be_bytes([body[at], body[at + 1]]));
    let suites: Vec<u16> = body[at + 2..at + 2 + length]
        .chunks(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect();
    Some(Heard {
        offers_13: suites.contains(&0x1301),
        version,
        suites,
    })
}

/// Says this and waits for the other side to go.
async fn say(stream: &mut TcpStream, words: &[u8]) {
    let _ = stream.write_all(words).await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
}

/// A server that answers each ClientHello with what `answer` makes of it, then waits for the other side to go.
async fn scripted(answer: impl Fn(&Heard) -> Vec<u8> + Send + Sync + 'static) -> Server {
    let answer = Arc::new(answer);
    Server::start(move |mut stream| {
        let answer = Arc::clone(&answer);
        async move {
            if let Some(heard) = hear(&mut stream).await {
                say(&mut stream, &answer(&heard)).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn an_old_gateway_names_its_version_and_its_chain_is_judged() {
    let pki = Pki::new();
    let (leaf, _) = pki.leaf(HOST, (-1, 0), None);
    let chain = vec![leaf.to_vec(), pki.intermediate.der().to_vec()];
    let server = scripted(move |heard| {
        if heard.offers_13 {
            alert(70)
        } else {
            flight(0x0301, 0x002f, &chain)
        }
    })
    .await;
    let seen = look_at(server.addr, options(), pki.stores(true)).await;
    let [made] = versions(&seen).hellos.as_slice() else {
        panic!("{:?}", versions(&seen))
    };
    assert_eq!(made.hello, Hello::everything(TlsVersion::Tls12));
    let answer = made.outcome.answer().expect("an answer");
    assert_eq!(answer.version, TlsVersion::Tls10);
    assert_eq!(answer.served.len(), 2);
    assert_eq!(seen.record(ProbeId::Versions).outcome, ProbeOutcome::Warn);
    // The chain that rustls never got to see is judged all the same.
    assert_eq!(seen.record(ProbeId::Chain).outcome, ProbeOutcome::Pass);
    assert_eq!(seen.record(ProbeId::Gateway).outcome, ProbeOutcome::Skipped);
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn suites_are_taken_away_until_they_make_the_difference() {
    let offered = Arc::new(Mutex::new(Vec::new()));
    let server = scripted({
        let offered = Arc::clone(&offered);
        move |heard| {
            if !heard.offers_13 {
                offered.lock().expect("lock").push(heard.suites.len());
            }
            match [0x000a, 0x002f]
                .into_iter()
                .find(|suite| heard.suites.contains(suite))
            {
                Some(suite) => flight(0x0303, suite, &[]),
                None => alert(40),
            }
        }
    })
    .await;
    let seen = check(&server).await;
    let made: Vec<(Standing, bool)> = versions(&seen)
        .hellos
        .iter()
        .map(|made| (made.hello.suites, made.outcome.answer().is_some()))
        .collect();
    assert_eq!(
        made,
        [
            (Standing::Rare, true),
            (Standing::Lingering, true),
            (Standing::Current, false)
        ]
    );
    let offered = offered.lock().expect("lock");
    assert!(offered.is_sorted_by(|a, b| a > b), "{offered:?}");
    assert_eq!(server.accepted(), 4);
}

#[tokio::test]
async fn a_gateway_that_goes_by_the_version_alone_is_followed_down() {
    let server = scripted(|heard| {
        if heard.version == 0x0302 {
            flight(0x0302, 0x0035, &[])
        } else {
            alert(70)
        }
    })
    .await;
    let seen = check(&server).await;
    let made: Vec<TlsVersion> = versions(&seen)
        .hellos
        .iter()
        .map(|made| made.hello.highest)
        .collect();
    assert_eq!(
        made,
        [TlsVersion::Tls12, TlsVersion::Tls10, TlsVersion::Tls11]
    );
    let (_, answer) = versions(&seen).answers().next().expect("an answer");
    assert_eq!(answer.version, TlsVersion::Tls11);
}

#[tokio::test]
async fn a_completed_handshake_is_followed_by_no_greeting() {
    let pki = Pki::new();
    let server = Server::tls(pki.server(HOST, true, None), "HTTP/1.1 200 OK\r\n\r\n").await;
    let seen = look_at(server.addr, options(), pki.stores(true)).await;
    let record = seen.record(ProbeId::Versions);
    assert_eq!(record.outcome, ProbeOutcome::Skipped);
    assert_eq!(
        record.why.as_ref().map(|why| why.code),
        Some(WhyCode::NotNeeded)
    );
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn an_alert_with_a_meaning_of_its_own_is_followed_by_no_greeting() {
    for code in [112, 116, 120] {
        let server = scripted(move |_| alert(code)).await;
        let seen = check(&server).await;
        assert_eq!(
            seen.record(ProbeId::Versions).outcome,
            ProbeOutcome::Skipped
        );
        // The ordinary handshake, and at most an experiment with its control.
        assert!(server.accepted() <= 3, "{}", server.accepted());
    }
}

#[tokio::test]
async fn an_openvpn_server_is_known_by_its_answer() {
    let server = Server::start(|mut stream| async move {
        let mut packet = [0; 16];
        if stream.read_exact(&mut packet).await.is_err() || packet[..3] != [0, 14, 0x38] {
            return;
        }
        // P_CONTROL_HARD_RESET_SERVER_V2 that acknowledges packet 0 of this session.
        let mut answer = vec![0, 26, 0x40, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 0, 0, 0];
        answer.extend(&packet[3..11]);
        answer.extend([0, 0, 0, 0]);
        say(&mut stream, &answer).await;
    })
    .await;
    let seen = check(&server).await;
    let recognised = versions(&seen).recognised().expect("recognised");
    assert_eq!(recognised.protocol, Spoken::OpenVpn);
    assert!(versions(&seen).hellos.is_empty());
    assert_eq!(server.accepted(), 2);
    assert!(seen.has_line("versions.log.openvpn"));
}

#[tokio::test]
async fn an_echo_is_neither_openvpn_nor_remote_desktop() {
    let server = Server::start(|mut stream| async move {
        let mut heard = [0; 2048];
        while let Ok(count @ 1..) = stream.read(&mut heard).await {
            // Not to the hello: its own words would be known for TLS.
            if heard[0] == 22 || stream.write_all(&heard[..count]).await.is_err() {
                return;
            }
        }
    })
    .await;
    let seen = check(&server).await;
    assert!(versions(&seen).recognised().is_none());
    assert_eq!(versions(&seen).knocks.len(), 2);
}

#[tokio::test]
async fn remote_desktop_is_known_by_its_answer() {
    let server = Server::start(|mut stream| async move {
        let mut first = [0; 19];
        if stream.read_exact(&mut first).await.is_err() || first[..2] != [3, 0] {
            return;
        }
        let confirm = [
            3, 0, 0, 0x13, 0x0e, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 1, 0, 0, 0,
        ];
        say(&mut stream, &confirm).await;
    })
    .await;
    let seen = check(&server).await;
    let recognised = versions(&seen).recognised().expect("recognised");
    assert_eq!(recognised.protocol, Spoken::Rdp);
}

#[tokio::test]
async fn a_gateway_that_hangs_up_on_everything_gets_few_connections() {
    let server = Server::plain(Vec::new()).await;
    let seen = check(&server).await;
    let record = seen.record(ProbeId::Versions);
    assert_eq!(record.outcome, ProbeOutcome::Unknown);
    assert!(!versions(&seen).heard_tls());
    // Those of the experiments are among them; three are left to others.
    assert!(
        server.accepted() <= MAX_CONNECTIONS - 3,
        "{}",
        server.accepted()
    );
}

/// A server that turns the ordinary handshake down, and does `mischief` to every later greeting.
async fn hostile<F, Fut>(mischief: F) -> Server
where
    F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mischief = Arc::new(mischief);
    Server::start(move |mut stream| {
        let mischief = Arc::clone(&mischief);
        async move {
            match hear(&mut stream).await {
                Some(heard) if heard.offers_13 => {
                    let _ = stream.write_all(&alert(40)).await;
                    let mut rest = Vec::new();
                    let _ = stream.read_to_end(&mut rest).await;
                }
                Some(_) => mischief(stream).await,
                None => {}
            }
        }
    })
    .await
}

#[tokio::test]
async fn sixteen_megabytes_of_certificates_are_not_taken_in() {
    let server = hostile(|mut stream| async move {
        // A ServerHello, then a certificate message of 16 MB in records of 16 KB.
        let _ = stream.write_all(&record(22, &hello(0x0303, 0xc02f))).await;
        let mut first = vec![11, 0xff, 0xff, 0xff];
        first.resize(16 << 10, 0);
        let _ = stream.write_all(&record(22, &first)).await;
        let more = record(22, &[0; 16 << 10]);
        while stream.write_all(&more).await.is_ok() {}
    })
    .await;
    let seen = check(&server).await;
    let [made] = versions(&seen).hellos.as_slice() else {
        panic!("{:?}", versions(&seen))
    };
    assert_eq!(made.outcome, HelloOutcome::TooLong);
}

#[tokio::test]
async fn one_byte_at_a_time_ends_with_the_deadline() {
    let server = hostile(|mut stream| async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        for byte in flight(0x0303, 0xc02f, &[vec![9; 4000]]) {
            ticks.tick().await;
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    })
    .await;
    let began = Instant::now();
    let seen = check(&server).await;
    let [made] = versions(&seen).hellos.as_slice() else {
        panic!("{:?}", versions(&seen))
    };
    assert!(
        matches!(
            made.outcome,
            HelloOutcome::Stalled { received: 1.. } | HelloOutcome::Answered(_)
        ),
        "{:?}",
        made.outcome
    );
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_greeting_that_is_never_answered_ends_with_the_deadline() {
    let server = hostile(|mut stream| async move {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    })
    .await;
    let seen = check(&server).await;
    let [made] = versions(&seen).hellos.as_slice() else {
        panic!("{:?}", versions(&seen))
    };
    assert_eq!(made.outcome, HelloOutcome::Stalled { received: 0 });
    assert_eq!(
        seen.record(ProbeId::Versions).outcome,
        ProbeOutcome::Unknown
    );
}

#[tokio::test]
async fn secure_renegotiation_is_seen_in_the_ordinary_handshake() {
    let pki = Pki::new();
    let config = pki.server_asking_for_certificates(HOST, true, &[&rustls::version::TLS12]);
    let server = Server::tls(config, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let seen = look_at(server.addr, options(), pki.stores(true)).await;
    let tls = seen.evidence.tls.known().expect("tls");
    let main = tls.main().expect("a handshake");
    let TlsOutcome::Completed(session) = &main.outcome else {
        panic!("{:?}", main.outcome)
    };
    assert_eq!(session.secure_renegotiation, Some(true));
}
