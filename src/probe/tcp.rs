//! TCP to every address of the target, both families side by side; the first connection that opens goes on to TLS.
//!
//! Other ports are in `ports`; what a refusal means is not here.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::check::{Check, Ending, Note, Reporter, microseconds};
use super::icmp::Ear;
use super::surroundings::Pace;
use super::{MAX_ADDRESSES, MAX_CONNECTIONS};
use crate::evidence::{Observation, ProbeId, ProbeOutcome, TcpAttempt, TcpEvidence, TcpOutcome};
use crate::msg::Msg;

/// Addresses tried at once; the others follow only while none of these has opened.
const AT_ONCE: usize = 8;

/// Connections to the gateway that this run may still make. A connection that opened stays counted; an attempt that
/// did not open gives its place back.
#[derive(Clone)]
pub(super) struct Budget(Arc<Purse>);

struct Purse {
    places: Arc<Semaphore>,
    /// Places of connections that opened: they never come back.
    spent: AtomicUsize,
    /// Told whenever a place comes back or is spent.
    changed: Notify,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self(Arc::new(Purse {
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            spent: AtomicUsize::new(0),
            changed: Notify::new(),
        }))
    }

    /// A place for one attempt, if more are left than others are to find. Where attempts that are still under way keep
    /// it from being there, whether they give theirs back is waited for, at most `within`.
    pub(super) async fn place_leaving(&self, others: usize, within: Duration) -> Option<Place> {
        let wait = async {
            loop {
                let changed = self.0.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if self.0.places.available_permits() > others
                    && let Some(place) = self.place()
                {
                    return Some(place);
                }
                if self.0.spent.load(Ordering::Relaxed) + others >= MAX_CONNECTIONS {
                    return None;
                }
                changed.await;
            }
        };
        tokio::time::timeout(within, wait).await.ok().flatten()
    }

    /// A place for one attempt, if one is left.
    pub(super) fn place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.0.places).try_acquire_owned().ok()?;
        Some(Place {
            permit: Some(permit),
            purse: Arc::clone(&self.0),
        })
    }
}

/// A place for one connection. It comes back with the value's end, unless the connection opened.
pub(super) struct Place {
    permit: Option<OwnedSemaphorePermit>,
    purse: Arc<Purse>,
}

impl Place {
    /// The connection opened: the place is spent.
    pub(super) fn forget(mut self) {
        if let Some(permit) = self.permit.take() {
            permit.forget();
            self.purse.spent.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.permit.take());
        self.purse.changed.notify_waiters();
    }
}

/// Tries every address.
pub(super) struct TcpCheck {
    /// Where to, the preferred ones first.
    pub addresses: Vec<IpAddr>,
    /// The port.
    pub port: u16,
    /// How long one attempt may take.
    pub pace: Pace,
    /// What may still be connected.
    pub budget: Budget,
}

impl Check for TcpCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Tcp
    }

    fn limit(&self) -> Duration {
        self.pace.tcp * 2 + self.pace.silence
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.connect_all(report).boxed()
    }
}

impl TcpCheck {
    async fn connect_all(self, report: Reporter) -> Ending {
        let mut waiting = unique(&self.addresses);
        if waiting.len() > MAX_ADDRESSES {
            report.line(
                ProbeOutcome::Warn,
                Msg::new("probe.tcp.capped")
                    .with("count", waiting.len())
                    .with("max", MAX_ADDRESSES),
            );
            waiting.truncate(MAX_ADDRESSES);
        }
        let mut waiting = std::collections::VecDeque::from(interleave(&waiting));
        let mut seen = TcpEvidence::default();
        let mut handed_over = false;
        let mut running = FuturesUnordered::new();
        for address in waiting.drain(..waiting.len().min(AT_ONCE)) {
            running.push(self.attempt(address));
        }
        // A limit: the first connection that opens, or the last that fails, comes before it.
        let second_batch = tokio::time::sleep(self.pace.silence);
        tokio::pin!(second_batch);
        let mut late = false;
        loop {
            tokio::select! {
                next = running.next() => match next {
                    Some(Some((attempt, stream))) => {
                        tell(&report, &attempt);
                        seen.attempts.push(attempt);
                        if let Some(stream) = stream && !handed_over {
                            handed_over = true;
                            report.hand_over(Note::Open(stream));
                        }
                        report.observe(Observation::Tcp(seen.clone()));
                    }
                    Some(None) => report.line(
                        ProbeOutcome::Warn,
                        Msg::new("probe.budget").with("max", MAX_CONNECTIONS),
                    ),
                    None if handed_over || waiting.is_empty() => break,
                    None => late = true,
                },
                () = &mut second_batch, if !late => late = true,
            }
            if late && !handed_over {
                for address in waiting.drain(..) {
                    running.push(self.attempt(address));
                }
            }
        }
        if !waiting.is_empty() {
            let text = Msg::new("probe.tcp.not-tried").with("count", waiting.len());
            report.line(ProbeOutcome::Running, text);
        }
        match (seen.open().len(), seen.attempts.len()) {
            (0, _) => Ending::Fail,
            (open, all) if open == all => Ending::Pass,
            _ => Ending::Warn,
        }
    }

    /// One attempt; none where the run has no connection left.
    async fn attempt(&self, address: IpAddr) -> Option<(TcpAttempt, Option<TcpStream>)> {
        let place = self.budget.place()?;
        let addr = SocketAddr::new(address, self.port);
        let (outcome, stream, took) = connect(addr, self.pace.tcp).await;
        if stream.is_some() {
            place.forget();
        }
        let attempt = TcpAttempt {
            addr,
            outcome,
            took_us: microseconds(took),
        };
        Some((attempt, stream))
    }
}

/// Connects, and says what came of it and how long that took.
pub(super) async fn connect(
    addr: SocketAddr,
    limit: Duration,
) -> (TcpOutcome, Option<TcpStream>, Duration) {
    let mut ear = None;
    let connecting = async {
        let socket = socket_for(addr)?;
        ear = Ear::at(&socket, addr);
        socket.connect(addr).await
    };
    let (outcome, stream, took) = connected(connecting, addr, limit).await;
    // A filter on the way may refuse in the host's name; its message tells that it was not the host.
    let outcome = match (outcome, ear) {
        (TcpOutcome::Refused, Some(ear)) if ear.heard_a_message() => TcpOutcome::Rejected,
        (outcome, ear) => {
            if let Some(ear) = ear {
                ear.close();
            }
            outcome
        }
    };
    (outcome, stream, took)
}

fn socket_for(addr: SocketAddr) -> io::Result<TcpSocket> {
    match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }
}

/// The largest segment of [`connect_small`], in bytes: what every IPv4 path carries (RFC 9293 section 3.7.1).
pub(super) const SMALL_SEGMENT: u32 = 536;

/// Connects with a maximum segment size that every path carries: both sides keep to it. Fails as `Unsupported` where
/// this system cannot set it.
pub(super) async fn connect_small(
    addr: SocketAddr,
    limit: Duration,
) -> (TcpOutcome, Option<TcpStream>, Duration) {
    let connecting = async {
        let socket = socket_for(addr)?;
        clamp(&socket)?;
        socket.connect(addr).await
    };
    connected(connecting, addr, limit).await
}

#[cfg(unix)]
fn clamp(socket: &TcpSocket) -> io::Result<()> {
    socket2::SockRef::from(socket).set_tcp_mss(SMALL_SEGMENT)
}

#[cfg(not(unix))]
fn clamp(_socket: &TcpSocket) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

async fn connected(
    connecting: impl Future<Output = io::Result<TcpStream>>,
    addr: SocketAddr,
    limit: Duration,
) -> (TcpOutcome, Option<TcpStream>, Duration) {
    let began = Instant::now();
    let tried = tokio::time::timeout(limit, connecting).await;
    let took = began.elapsed();
    match tried {
        Ok(Ok(stream)) => {
            // A small hello must not wait for more; without it the handshake is only slower.
            let _ = stream.set_nodelay(true);
            (TcpOutcome::Open, Some(stream), took)
        }
        Ok(Err(error)) => (outcome_of(&error, addr), None, took),
        Err(_) => (TcpOutcome::TimedOut, None, took),
    }
}

fn outcome_of(error: &io::Error, addr: SocketAddr) -> TcpOutcome {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => TcpOutcome::Refused,
        // Only who was let in can be reset: to a connection that is not there yet, a reset is a refusal.
        Kind::ConnectionReset | Kind::ConnectionAborted => TcpOutcome::Reset,
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::AddrNotAvailable => {
            if has_route(addr) {
                TcpOutcome::Rejected
            } else {
                TcpOutcome::NoRoute
            }
        }
        Kind::NetworkDown => TcpOutcome::NoRoute,
        Kind::TimedOut => TcpOutcome::TimedOut,
        Kind::PermissionDenied => TcpOutcome::NotPermitted,
        _ => TcpOutcome::Failed(error.to_string()),
    }
}

/// Whether this device itself knows a way there. Connecting a UDP socket looks the route up and sends nothing, so it
/// tells a missing route from an ICMP message that came back: both give TCP the same error.
pub(super) fn has_route(addr: SocketAddr) -> bool {
    let any: IpAddr = if addr.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    UdpSocket::bind((any, 0)).is_ok_and(|socket| socket.connect(addr).is_ok())
}

fn unique(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut unique = Vec::new();
    for address in addresses.iter().map(IpAddr::to_canonical) {
        if !unique.contains(&address) {
            unique.push(address);
        }
    }
    unique
}

/// The families in turn, each in its own order, beginning with the family of the first (RFC 8305 section 4): so that
/// the first batch holds both.
fn interleave(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let first_is_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (mut one, mut other): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.iter().partition(|a| a.is_ipv6() == first_is_v6);
    let mut mixed = Vec::with_capacity(addresses.len());
    one.reverse();
    other.reverse();
    while mixed.len() < addresses.len() {
        mixed.extend(one.pop());
        mixed.extend(other.pop());
    }
    mixed
}

fn tell(report: &Reporter, attempt: &TcpAttempt) {
    let tone = match attempt.outcome {
        TcpOutcome::Open => ProbeOutcome::Pass,
        _ => ProbeOutcome::Fail,
    };
    let text = outcome_text(&attempt.outcome).with("addr", attempt.addr);
    report.timed(tone, text, Duration::from_micros(attempt.took_us));
}

/// The log's words for an outcome, with `{addr}` still to be filled in.
pub(super) fn outcome_text(outcome: &TcpOutcome) -> Msg {
    match outcome {
        TcpOutcome::Open => Msg::new("probe.tcp.open"),
        TcpOutcome::Refused => Msg::new("probe.tcp.refused"),
        TcpOutcome::Reset => Msg::new("probe.tcp.reset"),
        TcpOutcome::Rejected => Msg::new("probe.tcp.rejected"),
        TcpOutcome::NoRoute => Msg::new("probe.tcp.no-route"),
        TcpOutcome::TimedOut => Msg::new("probe.tcp.timed-out"),
        TcpOutcome::NotPermitted => Msg::new("probe.tcp.not-permitted"),
        TcpOutcome::Failed(reason) => Msg::new("probe.tcp.failed").with("reason", reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_are_in_the_first_batch() {
        let many: Vec<IpAddr> = (1..=9u8)
            .map(|n| IpAddr::from([192, 0, 2, n]))
            .chain((1..=2u16).map(|n| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, n])))
            .collect();
        let mixed = interleave(&many);
        assert_eq!(mixed.len(), many.len());
        assert_eq!(mixed[0], many[0]);
        assert_eq!(mixed[1], many[9]);
        assert_eq!(mixed[..AT_ONCE].iter().filter(|a| a.is_ipv6()).count(), 2);
        assert!(many.iter().all(|address| mixed.contains(address)));
    }

    #[test]
    fn a_budget_gives_back_what_did_not_open() {
        let budget = Budget::new();
        for _ in 0..100 {
            assert!(budget.place().is_some());
        }
        for _ in 0..MAX_CONNECTIONS {
            budget.place().expect("a place is left").forget();
        }
        assert!(budget.place().is_none());
    }

    #[tokio::test]
    async fn places_out_on_trial_are_waited_for_and_spent_ones_are_not() {
        const LONG: Duration = Duration::from_secs(600);
        let budget = Budget::new();
        let mut out: Vec<Place> = (0..MAX_CONNECTIONS)
            .filter_map(|_| budget.place())
            .collect();
        let none = budget.place_leaving(1, Duration::from_millis(1)).await;
        assert!(none.is_none(), "none came back");
        let (first, second) = (out.pop(), out.pop());
        let (got, ()) = tokio::join!(budget.place_leaving(1, LONG), async {
            drop(first);
            drop(second);
        });
        assert!(got.is_some(), "two came back, one is left to others");
        drop(got);
        out.into_iter().for_each(Place::forget);
        let none = tokio::time::timeout(LONG / 60, budget.place_leaving(2, LONG)).await;
        assert!(
            none.is_ok_and(|place| place.is_none()),
            "nothing can come back"
        );
    }

    #[test]
    fn loopback_has_a_route() {
        assert!(has_route(SocketAddr::from(([127, 0, 0, 1], 9))));
    }
}
