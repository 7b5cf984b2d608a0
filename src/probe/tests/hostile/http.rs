//! Harm done behind a good handshake.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::super::kit::{Seen, Server};
use super::super::pki::Pki;
use super::{behind_tls, meet, outcome};
use crate::diagnose::Verdict;
use crate::evidence::{HttpAnswer, ProbeId, ProbeOutcome, WhyCode};

/// Reads the request, sends the first once, then the second for as long as anybody listens; an empty second is silence.
async fn answers(pki: &Pki, first: &'static [u8], second: &'static [u8]) -> Server {
    behind_tls(pki, move |mut stream| async move {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        if stream.write_all(first).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        if second.is_empty() {
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
        while !second.is_empty() && stream.write_all(second).await.is_ok() {}
    })
    .await
}

fn answer(seen: &Seen) -> Option<&HttpAnswer> {
    seen.evidence.gateway.known()?.http.known()
}

#[tokio::test]
async fn a_body_without_end_is_cut_and_the_answer_stands() {
    for head in [
        &b"HTTP/1.1 200 OK\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1099511627776\r\n\r\n",
    ] {
        let pki = Pki::new();
        let server = answers(&pki, head, &[b'x'; 8192]).await;
        let (seen, _) = meet(&server, &pki).await;
        assert!(outcome(&seen).session().is_some());
        let record = seen.record(ProbeId::Gateway);
        if let Some(answer) = answer(&seen) {
            assert_eq!(answer.status, 200);
            assert_eq!(answer.body.len(), 16 << 10);
            assert_eq!(record.outcome, ProbeOutcome::Pass);
        } else {
            // A length that no number holds is no HTTP.
            assert_eq!(record.outcome, ProbeOutcome::Unknown);
            assert_eq!(
                record.why.as_ref().map(|why| why.code),
                Some(WhyCode::Failed)
            );
        }
    }
}

/// What is packed stays packed: a bomb is a few bytes that nobody unfolds.
#[tokio::test]
async fn a_compressed_bomb_is_never_unpacked() {
    let pki = Pki::new();
    let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
    // Chunks that begin as a gzip stream does, and go on without end.
    let mut packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xec\xc1\x01\x0d".to_vec();
    packed.resize(0x2000, 0);
    let chunk = [b"2000\r\n", packed.as_slice(), b"\r\n"].concat();
    let server = answers(&pki, head, chunk.leak()).await;
    let (seen, _) = meet(&server, &pki).await;
    let answer = answer(&seen).expect("an answer");
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains('\u{8}'), "still packed");
    assert_eq!(seen.record(ProbeId::Gateway).outcome, ProbeOutcome::Pass);
}

#[tokio::test]
async fn headers_without_end_are_no_answer() {
    for (first, second) in [
        (&b"HTTP/1.1 200 OK\r\n"[..], &b"X-Filler: yes\r\n"[..]),
        (
            b"HTTP/1.1 200 OK\r\nX-Long: ",
            b"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
        ),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            b"extension=yes;",
        ),
    ] {
        let pki = Pki::new();
        let server = answers(&pki, first, second).await;
        let (seen, _) = meet(&server, &pki).await;
        let record = seen.record(ProbeId::Gateway);
        match answer(&seen) {
            // The head was whole; only its body never came.
            Some(answer) => assert_eq!(answer.body, ""),
            None => {
                assert_eq!(record.outcome, ProbeOutcome::Unknown);
                assert!(record.why.is_some());
            }
        }
    }
}

#[tokio::test]
async fn hundreds_of_headers_are_cut_to_what_is_kept() {
    let pki = Pki::new();
    let server = behind_tls(&pki, |mut stream| async move {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let mut head = "HTTP/1.1 200 OK\r\n".to_owned();
        for n in 0..200 {
            head += &format!("X-Header-{n}: {}\r\n", "z".repeat(200));
        }
        head += "Content-Length: 0\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let (seen, _) = meet(&server, &pki).await;
    assert_eq!(answer(&seen).expect("an answer").headers.len(), 64);
}

/// A redirect is an answer; it is shown and not followed.
#[tokio::test]
async fn a_redirect_to_itself_is_not_followed() {
    let pki = Pki::new();
    let head = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n";
    let server = answers(&pki, head, b"").await;
    let (seen, diagnosis) = meet(&server, &pki).await;
    assert_eq!(answer(&seen).expect("an answer").status, 302);
    assert_eq!(seen.record(ProbeId::Gateway).outcome, ProbeOutcome::Pass);
    assert_eq!(diagnosis.verdict, Verdict::Healthy);
}

#[tokio::test]
async fn a_page_full_of_escape_sequences_is_not_passed_on() {
    let pki = Pki::new();
    let head = b"HTTP/1.1 200 \x1b[2J\r\nServer: \xe2\x80\xae\x1b]0;owned\x07\r\nContent-Length: 36\r\n\r\n<title>\x1b[31m\xe2\x80\x8bverdict: healthy</title>";
    let server = answers(&pki, head, b"").await;
    let (seen, _) = meet(&server, &pki).await;
    // The texts are checked by `meet`; whether this is HTTP at all is the library's to say.
    let record = seen.record(ProbeId::Gateway);
    assert_eq!(
        answer(&seen).is_some(),
        record.outcome == ProbeOutcome::Pass
    );
}

#[tokio::test]
async fn half_closing_after_the_handshake_is_an_end_without_an_answer() {
    let pki = Pki::new();
    let server = behind_tls(&pki, |mut stream| async move {
        let _ = stream.shutdown().await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    })
    .await;
    let (seen, _) = meet(&server, &pki).await;
    let record = seen.record(ProbeId::Gateway);
    assert_eq!(record.outcome, ProbeOutcome::Unknown);
    assert_eq!(
        record.why.as_ref().map(|why| why.code),
        Some(WhyCode::HungUp)
    );
}
