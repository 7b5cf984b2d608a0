//! Small servers, certificates and a recorder for the tests. No assertions of its own.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::super::resolve::SystemLookup;
use super::super::surroundings::{Pace, Surroundings};
use super::super::{CheckOptions, runner};
use crate::chain::Stores;
use crate::evidence::{Evidence, ProbeEvent, ProbeId, ProbeRecord, Target, UnixTime};

/// No test runs longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// Ends a task with its owner.
pub struct Guard(JoinHandle<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A TCP server on loopback.
pub struct Server {
    pub addr: SocketAddr,
    accepted: Arc<AtomicUsize>,
    _guard: Guard,
}

impl Server {
    /// Runs `handle` for every connection.
    pub async fn start<F, Fut>(handle: F) -> Self
    where
        F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), handle).await
    }

    pub async fn start_at<F, Fut>(at: SocketAddr, handle: F) -> Self
    where
        F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(at).await.expect("bind");
        let addr = listener.local_addr().expect("address");
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(handle(stream));
            }
        });
        Self {
            addr,
            accepted,
            _guard: Guard(task),
        }
    }

    /// A TLS server that answers every request with `answer`.
    pub async fn tls(config: ServerConfig, answer: &'static str) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::start(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let mut request = [0; 4096];
                    if stream.read(&mut request).await.is_ok_and(|n| n > 0) {
                        let _ = stream.write_all(answer.as_bytes()).await;
                    }
                    let _ = stream.shutdown().await;
                }
            }
        })
        .await
    }

    /// A plain server that reads something, answers with `answer`, and hangs up.
    pub async fn plain(answer: Vec<u8>) -> Self {
        let answer = Arc::new(answer);
        Self::start(move |mut stream| {
            let answer = Arc::clone(&answer);
            async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    /// One that accepts and never says anything.
    pub async fn silent() -> Self {
        Self::start(|mut stream| async move {
            let mut heard = Vec::new();
            let _ = stream.read_to_end(&mut heard).await;
        })
        .await
    }

    /// Connections accepted so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// A port of loopback on which nobody listens.
pub async fn closed_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("bind");
    listener.local_addr().expect("address").port()
}

/// A UDP port of loopback on which nobody listens.
pub async fn closed_udp_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("bind");
    socket.local_addr().expect("address").port()
}

/// A listener that is full: connecting to it meets silence, as with a filter that drops. Linux drops a SYN when the
/// queue of a listener is full.
pub struct Full {
    pub addr: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Full {
    pub async fn start() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("socket");
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("bind");
        let listener = socket.listen(1).expect("listen");
        let addr = listener.local_addr().expect("address");
        let mut waiting = Vec::new();
        // Until one is no longer let in at once.
        while waiting.len() < 64 {
            let connecting = TcpStream::connect(addr);
            match tokio::time::timeout(Duration::from_millis(300), connecting).await {
                Ok(Ok(stream)) => waiting.push(stream),
                _ => break,
            }
        }
        Self {
            addr,
            _listener: listener,
            _waiting: waiting,
        }
    }
}

/// A UDP server that answers each packet with what `answer` makes of it.
pub struct Udp {
    pub addr: SocketAddr,
    received: Arc<AtomicUsize>,
    _guard: Guard,
}

impl Udp {
    pub async fn start(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("bind");
        let addr = socket.local_addr().expect("address");
        let received = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&received);
        let task = tokio::spawn(async move {
            let mut packet = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                counter.fetch_add(1, Ordering::SeqCst);
                if let Some(reply) = answer(&packet[..length]) {
                    let _ = socket.send_to(&reply, from).await;
                }
            }
        });
        Self {
            addr,
            received,
            _guard: Guard(task),
        }
    }

    /// A DNS server that answers every question with this response code, and with `address` where it is an A question.
    pub async fn dns(rcode: u8, address: Option<Ipv4Addr>) -> Self {
        Self::start(move |query| Some(dns_answer(query, rcode, address))).await
    }

    /// A DNS server that sends everybody over to TCP, where it answers with this many addresses in 127.0.0.0/8.
    pub async fn start_truncating(count: u16) -> Self {
        let server = Self::start(|query| {
            let mut reply = dns_answer(query, 0, None);
            reply[2] |= 0x02;
            Some(reply)
        })
        .await;
        let listener = TcpListener::bind(server.addr).await.expect("bind");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    while let Ok(length) = stream.read_u16().await {
                        let mut query = vec![0; usize::from(length)];
                        if stream.read_exact(&mut query).await.is_err() {
                            return;
                        }
                        let reply = dns_answers(&query, count);
                        let length = u16::try_from(reply.len()).expect("fits");
                        let _ = stream.write_all(&length.to_be_bytes()).await;
                        let _ = stream.write_all(&reply).await;
                    }
                });
            }
        });
        server
    }

    pub fn received(&self) -> usize {
        self.received.load(Ordering::SeqCst)
    }
}

/// The answer to a DNS query with one question (RFC 1035 section 4.1).
fn dns_answer(query: &[u8], rcode: u8, address: Option<Ipv4Addr>) -> Vec<u8> {
    let mut end = 12;
    while query[end] != 0 {
        end += usize::from(query[end]) + 1;
    }
    let is_a = query[end + 2] == 1;
    let question = &query[12..end + 5];
    let answers = address.filter(|_| is_a && rcode == 0);
    let mut reply = vec![query[0], query[1], 0x81, 0x80 | rcode, 0, 1];
    reply.extend([0, u8::from(answers.is_some()), 0, 0, 0, 0]);
    reply.extend(question);
    if let Some(address) = answers {
        reply.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        reply.extend(address.octets());
    }
    reply
}

/// As many A records as asked for; none to another question.
fn dns_answers(query: &[u8], count: u16) -> Vec<u8> {
    let mut reply = dns_answer(query, 0, None);
    if reply[reply.len() - 3] != 1 {
        return reply;
    }
    reply[6..8].copy_from_slice(&count.to_be_bytes());
    for n in 0..count {
        let [high, low] = (n + 1).to_be_bytes();
        reply.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 9, high, low]);
    }
    reply
}

/// The answer of a time server whose clock is `ahead_s` seconds ahead of this device's (RFC 5905 section 7.3).
pub fn ntp_answer(request: &[u8], ahead_s: i64, stratum: u8) -> Vec<u8> {
    let now = UnixTime::from(std::time::SystemTime::now()).0 + ahead_s + 2_208_988_800;
    let stamp = (now as u64 as u32).to_be_bytes();
    let mut reply = vec![0b00_100_100, stratum, 0, 0xec];
    reply.extend([0; 8]);
    reply.extend(if stratum == 0 { *b"RATE" } else { *b"GPS\0" });
    reply.extend([stamp, [0; 4]].concat());
    reply.extend(&request[40..48]);
    reply.extend([stamp, [0; 4]].concat());
    reply.extend([stamp, [0; 4]].concat());
    reply
}

/// A system whose resolver knows these names and no others.
#[derive(Default)]
pub struct Names(pub HashMap<&'static str, Vec<IpAddr>>);

impl SystemLookup for Names {
    fn lookup(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        assert_ne!(name, "panic.example.net", "a resolver that breaks");
        let found = self.0.get(name).cloned();
        async move { found.ok_or_else(|| io::Error::other("not found")) }.boxed()
    }
}

/// A system whose resolver never answers.
pub struct NoAnswer;

impl SystemLookup for NoAnswer {
    fn lookup(&self, _name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        std::future::pending().boxed()
    }
}

/// The name that most tests look at; the system knows it as 127.0.0.1.
pub const HOST: &str = "vpn.example.com";

/// A device with its own little world.
pub fn surroundings() -> Surroundings {
    let local = vec![IpAddr::from(Ipv4Addr::LOCALHOST)];
    let names = HashMap::from([(HOST, local.clone()), ("pki.example.net", local)]);
    Surroundings {
        system: Arc::new(Names(names)),
        device: None,
        hosts_file: PathBuf::from("/nonexistent/hosts"),
        servers: Some(Vec::new()),
        proxies: Some(Vec::new()),
        public_dns: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)),
        pace: Pace {
            silence: Duration::from_millis(100),
            dns: Duration::from_millis(400),
            system_dns: Duration::from_millis(600),
            tcp: Duration::from_millis(400),
            tls: Duration::from_millis(600),
            http: Duration::from_millis(600),
            aside: Duration::from_millis(600),
            fetch: Duration::from_millis(800),
            statement: Duration::from_millis(300),
            patience: Duration::from_millis(50),
        },
    }
}

/// Options that ask nobody else and try no other port.
pub fn options() -> CheckOptions {
    CheckOptions {
        ports: Vec::new(),
        ..CheckOptions::default()
    }
}

/// [`HOST`] on this server's port.
pub fn target(server: SocketAddr) -> Target {
    Target::parse(&format!("{HOST}:{}", server.port())).expect("target")
}

/// All that one run reported.
pub struct Seen {
    pub evidence: Evidence,
    pub events: Vec<ProbeEvent>,
}

impl Seen {
    pub fn record(&self, id: ProbeId) -> &ProbeRecord {
        self.evidence
            .probe(id)
            .unwrap_or_else(|| panic!("{id:?} has no record"))
    }

    pub fn has_line(&self, id: &str) -> bool {
        self.evidence.log.iter().any(|line| line.text.id == id)
    }
}

/// A whole run against this server under the name [`HOST`], from a device with its own little world.
pub async fn look_at(server: SocketAddr, options: CheckOptions, stores: Arc<Stores>) -> Seen {
    look(target(server), options, stores, surroundings()).await
}

/// A whole run.
pub async fn look(
    target: Target,
    options: CheckOptions,
    stores: Arc<Stores>,
    surroundings: Surroundings,
) -> Seen {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let mut seen = Seen {
        evidence: Evidence::new(target.clone(), UnixTime::from(std::time::SystemTime::now())),
        events: Vec::new(),
    };
    let run = runner::run(target, options, stores.into(), surroundings, sender);
    tokio::time::timeout(PATIENCE, run)
        .await
        .expect("the run ends");
    while let Some(event) = receiver.recv().await {
        seen.evidence.apply(&event);
        seen.events.push(event);
    }
    seen
}
