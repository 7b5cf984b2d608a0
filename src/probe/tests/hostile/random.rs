//! A gateway that misbehaves at random: every session another one, the same ones on every run of the test.
//!
//! `VPNMEDIC_HOSTILE_SESSIONS=10000` asks for more of them; then memory is watched as well, so run this test alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::super::kit::{HOST, Server, options};
use super::super::pki::Pki;
use super::meet_with;
use crate::diagnose::Verdict;
use crate::evidence::TlsOutcome;
use crate::memory::resident;
use crate::probe::CheckOptions;

const SESSIONS: u64 = 300;
const AT_ONCE: usize = 16;
/// How long a run may take by its own limit.
const TIMEOUT: Duration = Duration::from_secs(4);
/// How much later it may end on a busy machine.
const GRACE: Duration = Duration::from_secs(16);
/// What thousands of sessions may add to the memory in use, in bytes: the first ones fill caches.
const GROWTH: u64 = 48 << 20;

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

/// What stands between a good server and its client.
#[derive(Clone, Copy, Debug)]
enum Between {
    /// After so many bytes the connection is closed.
    Close(u64),
    /// It is reset.
    Reset(u64),
    /// Nothing more comes, and it stays open.
    Hang(u64),
    /// After so many bytes one a moment, for ever.
    Drip(u64),
    /// One bit of this byte is another one.
    Flip(u64, u8),
}

impl Between {
    fn drawn(dice: &mut Dice) -> Self {
        // A flight with three certificates has some three thousand bytes.
        let at = dice.below(4000);
        match dice.below(5) {
            0 => Self::Close(at),
            1 => Self::Reset(at),
            2 => Self::Hang(at),
            3 => Self::Drip(at),
            _ => Self::Flip(at, 1 << dice.below(8)),
        }
    }
}

/// A good server whose words are tampered with on their way.
async fn tampered(stream: TcpStream, acceptor: TlsAcceptor, between: Between) {
    let (near, far) = tokio::io::duplex(64 << 10);
    let served = async {
        if let Ok(mut tls) = acceptor.accept(far).await {
            let mut request = [0; 4096];
            let _ = tls.read(&mut request).await;
            let _ = tls
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .await;
            let _ = tls.shutdown().await;
        }
    };
    let (mut from_server, mut to_server) = tokio::io::split(near);
    let (mut from_client, mut to_client) = stream.into_split();
    let there = async {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
    };
    let back = async {
        let mut sent = 0;
        let mut bytes = [0; 1024];
        while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
            for byte in &mut bytes[..length] {
                match between {
                    Between::Close(at) if sent == at => return,
                    Between::Reset(at) if sent == at => {
                        let _ = to_client.as_ref().set_zero_linger();
                        return;
                    }
                    Between::Hang(at) if sent == at => std::future::pending().await,
                    Between::Drip(at) if sent >= at => {
                        tokio::time::sleep(Duration::from_millis(15)).await;
                    }
                    Between::Flip(at, bit) if sent == at => *byte ^= bit,
                    _ => {}
                }
                if to_client.write_all(&[*byte]).await.is_err() {
                    return;
                }
                sent += 1;
            }
        }
    };
    // Whoever ends first ends all: the client's end of the copy, or ours.
    tokio::select! {
        () = back => {}
        () = there => {}
        () = async { served.await; std::future::pending().await } => {}
    }
}

/// Servers of one random gateway: a good one, one with another's name, one whose time is over, and one that leaves its
/// intermediate out.
struct Gateways([TlsAcceptor; 4]);

impl Gateways {
    fn new(pki: &Pki) -> Self {
        let acceptor = |config| TlsAcceptor::from(Arc::new(config));
        Self([
            acceptor(pki.server(HOST, true, None)),
            acceptor(pki.server("other.example.net", true, None)),
            acceptor(pki.server_with(pki.leaf(HOST, (-3, -1), None), true)),
            acceptor(pki.server(HOST, false, None)),
        ])
    }

    fn drawn(&self, dice: &mut Dice) -> TlsAcceptor {
        let which = usize::try_from(dice.below(4)).unwrap_or(0);
        self.0[which].clone()
    }
}

async fn session(mut stream: TcpStream, gateways: Arc<Gateways>, seed: u64) {
    let mut dice = Dice::new(seed);
    match dice.below(6) {
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
        2 | 3 => {
            let between = Between::drawn(&mut dice);
            tampered(stream, gateways.drawn(&mut dice), between).await;
        }
        _ => {
            if let Ok(mut stream) = gateways.drawn(&mut dice).accept(stream).await {
                misbehave(&mut stream, &mut dice).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_gateway_does_the_run_ends_and_says_what_it_saw() {
    let asked = std::env::var("VPNMEDIC_HOSTILE_SESSIONS").ok();
    let many = asked.map(|number| number.parse().expect("a number of sessions"));
    let sessions = many.unwrap_or(SESSIONS);
    let pki = Arc::new(Pki::new());
    let gateways = Arc::new(Gateways::new(&pki));
    let completed = Arc::new(AtomicU64::new(0));
    let refused = Arc::new(AtomicU64::new(0));
    let done = Arc::new(AtomicU64::new(0));
    let after_a_third = Arc::new(AtomicU64::new(0));
    let runs = (0..sessions).map(|seed| {
        let (pki, gateways) = (Arc::clone(&pki), Arc::clone(&gateways));
        let (completed, refused) = (Arc::clone(&completed), Arc::clone(&refused));
        let (done, after_a_third) = (Arc::clone(&done), Arc::clone(&after_a_third));
        // A task of its own, as each run has in the program.
        tokio::spawn(async move {
            let server =
                Server::start(move |stream| session(stream, Arc::clone(&gateways), seed)).await;
            let options = CheckOptions {
                timeout: TIMEOUT,
                ..options()
            };
            let run = tokio::time::timeout(TIMEOUT + GRACE, meet_with(&server, &pki, options));
            let (seen, diagnosis) = run
                .await
                .unwrap_or_else(|_| panic!("session {seed} outlives its deadline"));
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
            if done.fetch_add(1, Ordering::SeqCst) == sessions / 3 {
                after_a_third.store(resident().unwrap_or(0), Ordering::SeqCst);
            }
        })
    });
    futures_util::stream::iter(runs)
        .buffer_unordered(AT_ONCE)
        .for_each(async |ended| ended.expect("no session panics"))
        .await;
    // The dice reach both sides of the handshake.
    assert!(completed.load(Ordering::SeqCst) > sessions / 4);
    assert!(refused.load(Ordering::SeqCst) > sessions / 4);
    if many.is_some() {
        let (first, last) = (
            after_a_third.load(Ordering::SeqCst),
            resident().unwrap_or(0),
        );
        println!("{sessions} sessions: {first} bytes after a third, {last} at the end");
        assert!(last < first + GROWTH, "from {first} to {last} bytes");
    }
}
