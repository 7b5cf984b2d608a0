//! A gateway that misbehaves at random: every session another one, the same ones on every run of the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::super::kit::{HOST, Server};
use super::super::pki::Pki;
use super::meet;
use crate::diagnose::Verdict;
use crate::evidence::TlsOutcome;

const SESSIONS: u64 = 300;
const AT_ONCE: usize = 16;

/// Numbers that look random and are the same every time (xorshift64*).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        let length = self.below(most);
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// Something on the bare connection, before any handshake of ours.
async fn misbehave(
    stream: &mut (impl tokio::io::AsyncWrite + tokio::io::AsyncRead + Unpin),
    dice: &mut Dice,
) {
    for _ in 0..=dice.below(6) {
        let said = match dice.below(7) {
            0 => dice.bytes(40_000),
            1 => {
                let kind = [0x14, 0x15, 0x16, 0x17][usize::try_from(dice.below(4)).unwrap_or(0)];
                let body = dice.bytes(300);
                let [high, low] = u16::try_from(body.len()).unwrap_or(0).to_be_bytes();
                [vec![kind, 3, 3, high, low], body].concat()
            }
            2 => vec![
                0x15,
                3,
                3,
                0,
                2,
                1 + dice.next().to_le_bytes()[0] % 2,
                dice.next().to_le_bytes()[0],
            ],
            3 => b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n".to_vec(),
            4 => [b"HTTP/1.1 503 ".to_vec(), dice.bytes(60), b"\r\n".to_vec()].concat(),
            5 => {
                let mut request = [0; 512];
                let _ = stream.read(&mut request).await;
                Vec::new()
            }
            _ => vec![0; 20_000],
        };
        if stream.write_all(&said).await.is_err() {
            return;
        }
    }
    if dice.below(3) > 0 {
        let _ = stream.shutdown().await;
    }
    // Otherwise: gone, without a word, or silent until the other side goes.
    if dice.below(2) == 0 {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    }
}

async fn session(mut stream: TcpStream, acceptor: TlsAcceptor, seed: u64) {
    let mut dice = Dice::new(seed);
    match dice.below(4) {
        0 => {
            if dice.below(2) == 0 {
                let _ = stream.set_zero_linger();
            }
            misbehave(&mut stream, &mut dice).await;
        }
        1 => {
            let mut hello = vec![0; 4096];
            let _ = stream.read(&mut hello).await;
            misbehave(&mut stream, &mut dice).await;
        }
        _ => {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                misbehave(&mut stream, &mut dice).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_gateway_does_the_run_ends_and_says_what_it_saw() {
    let pki = Arc::new(Pki::new());
    let acceptor = TlsAcceptor::from(Arc::new(pki.server(HOST, true, None)));
    let completed = AtomicU64::new(0);
    let refused = AtomicU64::new(0);
    let runs = (0..SESSIONS).map(|seed| {
        let (pki, acceptor) = (Arc::clone(&pki), acceptor.clone());
        let (completed, refused) = (&completed, &refused);
        async move {
            let server = Server::start(move |stream| session(stream, acceptor.clone(), seed)).await;
            let (seen, diagnosis) = meet(&server, &pki).await;
            // Where the connection is reset in the instant it opens there is no handshake to tell of.
            let main = seen.evidence.tls.known().and_then(|tls| tls.main());
            let outcome = main.map(|attempt| &attempt.outcome);
            match outcome {
                Some(TlsOutcome::Completed(_)) => completed.fetch_add(1, Ordering::SeqCst),
                _ => refused.fetch_add(1, Ordering::SeqCst),
            };
            // What never shook hands is never called well.
            let well = diagnosis.verdict == Verdict::Healthy;
            let shook_hands = outcome.is_some_and(|outcome| outcome.session().is_some());
            assert!(!well || shook_hands, "{seed}: {outcome:?}");
        }
    });
    futures_util::stream::iter(runs)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
    // The dice reach both sides of the handshake.
    assert!(completed.load(Ordering::SeqCst) > SESSIONS / 4);
    assert!(refused.load(Ordering::SeqCst) > SESSIONS / 4);
}
