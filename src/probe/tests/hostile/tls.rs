//! Harm done to the handshake. The messages are written by hand (RFC 5246 section 7.4): no library would send them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::super::kit::Server;
use super::super::pki::Pki;
use super::{behind_tls, meet, outcome};
use crate::diagnose::Verdict;
use crate::evidence::{ProbeId, ProbeOutcome, TlsOutcome};

/// A record of this type (RFC 5246 section 6.2.1).
fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).expect("a record's length");
    let mut record = vec![kind, 0x03, 0x03];
    record.extend(length.to_be_bytes());
    record.extend(body);
    record
}

/// A handshake message of this type.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a message's length");
    let mut message = vec![kind];
    message.extend(&length.to_be_bytes()[1..]);
    message.extend(body);
    message
}

/// Handshake messages in as many records as they need.
fn records(messages: &[u8]) -> Vec<u8> {
    let pieces = messages.chunks(1 << 14);
    pieces.flat_map(|piece| record(0x16, piece)).collect()
}

/// TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, no session.
fn server_hello() -> Vec<u8> {
    let mut body = vec![0x03, 0x03];
    body.extend([7; 32]);
    body.extend([0x00, 0xc0, 0x2f, 0x00]);
    message(2, &body)
}

/// A chain of these certificates.
fn certificate(certificates: &[Vec<u8>]) -> Vec<u8> {
    let length =
        |bytes: &[u8]| u32::try_from(bytes.len()).expect("fits").to_be_bytes()[1..].to_vec();
    let list: Vec<u8> = certificates
        .iter()
        .flat_map(|der| [length(der), der.clone()].concat())
        .collect();
    message(11, &[length(&list), list].concat())
}

/// A key exchange over x25519 with a signature of nothing, and the end of the flight.
fn rest_of_flight() -> Vec<u8> {
    let mut exchange = vec![0x03, 0x00, 0x1d, 32];
    exchange.extend([9; 32]);
    exchange.extend([0x08, 0x04, 0x00, 0x02, 0xab, 0xcd]);
    [message(12, &exchange), message(14, &[])].concat()
}

/// Reads the hello, sends this, and then waits until the other side goes.
async fn says(script: Vec<u8>) -> Server {
    let script = Arc::new(script);
    Server::start(move |mut stream| {
        let script = Arc::clone(&script);
        async move {
            hear(&mut stream).await;
            let _ = stream.write_all(&script).await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    })
    .await
}

/// Reads the hello, sends the first once, then the second for as long as anybody listens. The count is of bytes that
/// were taken off its hands.
async fn repeats(first: Vec<u8>, second: Vec<u8>) -> (Server, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let (counter, script) = (Arc::clone(&taken), Arc::new((first, second)));
    let server = Server::start(move |mut stream| {
        let (counter, script) = (Arc::clone(&counter), Arc::clone(&script));
        async move {
            hear(&mut stream).await;
            let _ = stream.write_all(&script.0).await;
            while stream.write_all(&script.1).await.is_ok() {
                counter.fetch_add(script.1.len(), Ordering::SeqCst);
            }
        }
    })
    .await;
    (server, taken)
}

async fn hear(stream: &mut TcpStream) {
    let mut hello = [0; 4096];
    let _ = stream.read(&mut hello).await;
}

/// A clear end of the handshake that is nobody's success.
fn is_refused(outcome: &TlsOutcome) -> bool {
    matches!(outcome, TlsOutcome::Incompatible(reason) if !reason.is_empty())
}

#[tokio::test]
async fn a_handshake_without_end_is_cut() {
    // One message of 16 MB, of which every record is a piece.
    let mut piece = vec![0; 1 << 14];
    piece[..4].copy_from_slice(&[2, 0xff, 0xff, 0xff]);
    let (server, _) = repeats(Vec::new(), record(0x16, &piece)).await;
    let (seen, diagnosis) = meet(&server, &Pki::new()).await;
    assert!(is_refused(outcome(&seen)), "{:?}", outcome(&seen));
    assert_eq!(seen.record(ProbeId::Tls).outcome, ProbeOutcome::Fail);
    assert_ne!(diagnosis.verdict, Verdict::Healthy);
}

#[tokio::test]
async fn a_certificate_message_of_sixteen_megabytes_is_not_swallowed() {
    let mut chain = certificate(&[vec![0x30; (1 << 24) - 7]]);
    let mut script = records(&server_hello());
    script.extend(records(&std::mem::take(&mut chain)));
    let whole = script.len();
    let sent = Arc::new(AtomicUsize::new(0));
    let (counter, script) = (Arc::clone(&sent), Arc::new(script));
    let server = Server::start(move |mut stream| {
        let (counter, script) = (Arc::clone(&counter), Arc::clone(&script));
        async move {
            hear(&mut stream).await;
            for piece in script.chunks(1 << 14) {
                if stream.write_all(piece).await.is_err() {
                    return;
                }
                counter.fetch_add(piece.len(), Ordering::SeqCst);
            }
        }
    })
    .await;
    let (seen, diagnosis) = meet(&server, &Pki::new()).await;
    assert!(is_refused(outcome(&seen)), "{:?}", outcome(&seen));
    assert!(sent.load(Ordering::SeqCst) < whole, "all of it was taken");
    assert_ne!(diagnosis.verdict, Verdict::Healthy);
}

#[tokio::test]
async fn ten_thousand_certificates_are_not_kept() {
    // Empty ones fit into one message; of those that are as long as real ones the message itself is too long.
    for size in [0, 600] {
        let chain = certificate(&vec![vec![0x30; size]; 10_000]);
        let flight = [server_hello(), chain, rest_of_flight()].concat();
        let server = says(records(&flight)).await;
        let (seen, diagnosis) = meet(&server, &Pki::new()).await;
        assert!(outcome(&seen).session().is_none());
        let attempt = seen.evidence.tls.known().and_then(|tls| tls.main());
        let served = attempt.map_or(0, |attempt| attempt.served.len());
        assert!(served <= 65, "{served}");
        assert_ne!(diagnosis.verdict, Verdict::Healthy);
    }
}

#[tokio::test]
async fn one_byte_at_a_time_ends_with_the_deadline() {
    let server = Server::start(|mut stream| async move {
        hear(&mut stream).await;
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        for byte in records(&server_hello()) {
            ticks.tick().await;
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    })
    .await;
    let (seen, diagnosis) = meet(&server, &Pki::new()).await;
    assert!(
        matches!(outcome(&seen), TlsOutcome::Stalled { received: 1.. }),
        "{:?}",
        outcome(&seen)
    );
    assert_ne!(diagnosis.verdict, Verdict::Healthy);
}

#[tokio::test]
async fn records_that_hold_nothing_do_not_keep_it_busy_for_ever() {
    for kind in [0x14, 0x15, 0x16, 0x17] {
        let (server, _) = repeats(Vec::new(), record(kind, &[]).repeat(1000)).await;
        let (seen, diagnosis) = meet(&server, &Pki::new()).await;
        assert!(outcome(&seen).session().is_none(), "{kind:#x}");
        assert_eq!(seen.record(ProbeId::Tls).outcome, ProbeOutcome::Fail);
        assert_ne!(diagnosis.verdict, Verdict::Healthy);
    }
}

#[tokio::test]
async fn floods_of_small_messages_are_cut() {
    for (name, flood) in [
        ("warnings", record(0x15, &[1, 112])),
        ("user_canceled", record(0x15, &[1, 90])),
        ("change_cipher_spec", record(0x14, &[1])),
        ("hello_request", record(0x16, &message(0, &[]))),
        ("server_hello", records(&server_hello())),
        ("new_session_ticket", records(&message(4, &[0; 16]))),
    ] {
        for first in [Vec::new(), records(&server_hello())] {
            let (server, _) = repeats(first, flood.repeat(500)).await;
            let (seen, diagnosis) = meet(&server, &Pki::new()).await;
            assert!(outcome(&seen).session().is_none(), "{name}");
            assert_eq!(
                seen.record(ProbeId::Tls).outcome,
                ProbeOutcome::Fail,
                "{name}"
            );
            assert_ne!(diagnosis.verdict, Verdict::Healthy, "{name}");
        }
    }
}

/// Keys changed without end after the handshake (RFC 8446 section 4.6.3), instead of an answer.
#[tokio::test]
async fn a_flood_of_new_keys_ends() {
    let pki = Pki::new();
    let server = behind_tls(&pki, |mut stream| async move {
        loop {
            let (_, connection) = stream.get_mut();
            if connection.refresh_traffic_keys().is_err() || stream.flush().await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    let (seen, _) = meet(&server, &pki).await;
    assert!(outcome(&seen).session().is_some(), "{:?}", outcome(&seen));
    let record = seen.record(ProbeId::Gateway);
    assert_eq!(record.outcome, ProbeOutcome::Unknown);
}

#[tokio::test]
async fn a_side_that_closes_half_is_seen_as_closing() {
    for (script, received) in [(Vec::new(), 0), (records(&server_hello()), 1)] {
        let script = Arc::new(script);
        let server = Server::start(move |mut stream| {
            let script = Arc::clone(&script);
            async move {
                hear(&mut stream).await;
                let _ = stream.write_all(&script).await;
                let _ = stream.shutdown().await;
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest).await;
            }
        })
        .await;
        let (seen, diagnosis) = meet(&server, &Pki::new()).await;
        let TlsOutcome::Closed {
            received: seen_bytes,
        } = outcome(&seen)
        else {
            panic!("{:?}", outcome(&seen));
        };
        assert!(*seen_bytes >= received);
        assert_eq!(*seen_bytes == 0, received == 0);
        assert_ne!(diagnosis.verdict, Verdict::Healthy);
    }
}
