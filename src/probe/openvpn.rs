//! The ordinary TLS handshake with an OpenVPN server: TLS inside its control packets, over TCP or UDP, as a profile says.
//!
//! Packets as OpenVPN's `doc_protocol_overview.h` and `ssl_pkt.h` describe them. Nothing is sent over the session. Not
//! here: servers that want their first packet made with a shared key (`tls-auth`, `tls-crypt`); such a key stays in its
//! profile.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::MissedTickBehavior;

use super::check::{Check, Ending, Reporter};
use super::handshake::{MAX_HANDSHAKE, shake_on};
use super::identity::Identity;
use super::surroundings::Pace;
use super::tls::tell;
use crate::evidence::{Observation, ProbeId, ProbeOutcome, TlsEvidence, TlsVariant, Why, WhyCode};
use crate::msg::Msg;

/// TLS in one packet: what fits a datagram on any usual way.
const PAYLOAD: usize = 1100;
/// Packets on their way at most; OpenVPN takes no more than four at once.
const WINDOW: usize = 4;
/// Packets that came too early and are kept.
const EARLY: usize = 64;
/// When a datagram is sent again.
const AGAIN: Duration = Duration::from_millis(700);
/// Bytes between the two halves.
const BUFFER: usize = 64 << 10;

const P_CONTROL_V1: u8 = 4;
const P_ACK_V1: u8 = 5;
const P_HARD_RESET_CLIENT_V2: u8 = 7;
const P_HARD_RESET_SERVER_V2: u8 = 8;

/// How the server is reached.
pub(super) enum Road {
    /// A connection that is open.
    Tcp(TcpStream),
    /// Datagrams.
    Udp,
}

/// One ordinary handshake with an OpenVPN server.
pub(super) struct OpenVpnCheck {
    /// How it is reached.
    pub road: Road,
    /// Where it is.
    pub addr: SocketAddr,
    /// The client certificate to show where it asks for one.
    pub identity: Option<Arc<Identity>>,
    /// How long it may take.
    pub pace: Pace,
}

impl Check for OpenVpnCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Tls
    }

    fn limit(&self) -> Duration {
        self.pace.tls + self.pace.silence
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.shake_hands(report).boxed()
    }
}

impl OpenVpnCheck {
    async fn shake_hands(self, report: Reporter) -> Ending {
        let failed = |id| Ending::Unknown(Why::because(WhyCode::Failed, Msg::new(id)));
        let link = match self.road {
            Road::Tcp(stream) => Link::Tcp {
                stream,
                pending: Vec::new(),
            },
            Road::Udp => match datagrams(self.addr).await {
                Ok(socket) => Link::Udp(socket),
                Err(_) => return failed("profile.openvpn.not-sent"),
            },
        };
        let (near, far) = duplex(BUFFER);
        let greeted = Arc::new(AtomicBool::new(false));
        let Ok(session) = random() else {
            return failed("profile.openvpn.not-sent");
        };
        let talk = Talk {
            link,
            session,
            greeted: Arc::clone(&greeted),
            ..Talk::new()
        };
        // Dropped with this check, whatever becomes of it.
        let carried = async move {
            // How it ends shows at the other half.
            let _ = talk.carry(far).await;
            std::future::pending::<()>().await;
        };
        let shaken = tokio::select! {
            biased;
            shaken = shake_on(
                near,
                self.addr,
                None,
                TlsVariant::Ordinary,
                self.identity.as_deref(),
                self.pace.tls,
                |_| {},
            ) => shaken,
            () = carried => return failed("profile.openvpn.not-sent"),
        };
        if !greeted.load(Ordering::Relaxed) {
            report.line(
                ProbeOutcome::Unknown,
                Msg::new("profile.openvpn.silent").with("addr", self.addr),
            );
            return failed("profile.openvpn.no-greeting");
        }
        report.line(
            ProbeOutcome::Pass,
            Msg::new("profile.openvpn.greets").with("addr", self.addr),
        );
        tell(&report, &shaken.attempt);
        let completed = shaken.attempt.outcome.session().is_some();
        report.observe(Observation::Tls(TlsEvidence {
            attempts: vec![shaken.attempt],
        }));
        if completed {
            Ending::Pass
        } else {
            Ending::Fail
        }
    }
}

async fn datagrams(to: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = if to.is_ipv4() {
        (std::net::Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (std::net::Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(to).await?;
    Ok(socket)
}

fn random() -> io::Result<[u8; 8]> {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no random numbers"))?;
    Ok(bytes)
}

/// What packets travel on.
enum Link {
    /// Each with its length before it; what came of the next one so far.
    Tcp {
        stream: TcpStream,
        pending: Vec<u8>,
    },
    Udp(UdpSocket),
    /// Before there is one.
    Nowhere,
}

impl Link {
    async fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp { stream, .. } => {
                let length = u16::try_from(packet.len()).unwrap_or(u16::MAX);
                let framed = [&length.to_be_bytes(), packet].concat();
                stream.write_all(&framed).await
            }
            Self::Udp(socket) => socket.send(packet).await.map(drop),
            Self::Nowhere => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// The next packet. Given up half-way, nothing is lost.
    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Tcp { stream, pending } => loop {
                if let [high, low, rest @ ..] = pending.as_slice() {
                    let length = usize::from(u16::from_be_bytes([*high, *low]));
                    if let Some(packet) = rest.get(..length) {
                        let packet = packet.to_vec();
                        pending.drain(..length + 2);
                        return Ok(packet);
                    }
                }
                if stream.read_buf(pending).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            },
            Self::Udp(socket) => {
                let mut packet = vec![0; 2048];
                let length = socket.recv(&mut packet).await?;
                packet.truncate(length);
                Ok(packet)
            }
            Self::Nowhere => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

/// A packet of the control channel, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Packet {
    opcode: u8,
    session: [u8; 8],
    acknowledged: Vec<u32>,
    /// None in a bare acknowledgement.
    number: Option<u32>,
    payload: Vec<u8>,
}

impl Packet {
    /// None where it is no such packet.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let opcode = first >> 3;
        if !matches!(opcode, P_CONTROL_V1 | P_ACK_V1 | P_HARD_RESET_SERVER_V2) {
            return None;
        }
        let (session, rest) = rest.split_first_chunk::<8>()?;
        let (count, mut rest) = rest.split_first()?;
        let mut acknowledged = Vec::new();
        for _ in 0..*count {
            let (number, after) = rest.split_first_chunk::<4>()?;
            acknowledged.push(u32::from_be_bytes(*number));
            rest = after;
        }
        if *count > 0 {
            rest = rest.get(8..)?;
        }
        let (number, payload) = if opcode == P_ACK_V1 {
            (None, rest)
        } else {
            let (number, after) = rest.split_first_chunk::<4>()?;
            (Some(u32::from_be_bytes(*number)), after)
        };
        Some(Self {
            opcode,
            session: *session,
            acknowledged,
            number,
            payload: payload.to_vec(),
        })
    }
}

/// The control channel's reliable layer: numbers, acknowledgements, repetition.
struct Talk {
    link: Link,
    /// What this side chose.
    session: [u8; 8],
    /// What the server chose.
    theirs: Option<[u8; 8]>,
    greeted: Arc<AtomicBool>,
    next_out: u32,
    unacknowledged: BTreeMap<u32, Vec<u8>>,
    next_in: u32,
    early: BTreeMap<u32, Vec<u8>>,
    received: u64,
}

impl Talk {
    fn new() -> Self {
        Self {
            link: Link::Nowhere,
            session: [0; 8],
            theirs: None,
            greeted: Arc::default(),
            next_out: 0,
            unacknowledged: BTreeMap::new(),
            next_in: 0,
            early: BTreeMap::new(),
            received: 0,
        }
    }

    /// Carries TLS between `tls` and the server until one of them ends.
    async fn carry(mut self, mut tls: DuplexStream) -> io::Result<()> {
        self.send(P_HARD_RESET_CLIENT_V2, &[]).await?;
        let mut again = tokio::time::interval(AGAIN);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        again.reset();
        let mut buffer = [0; PAYLOAD];
        loop {
            let may_send = self.theirs.is_some() && self.unacknowledged.len() < WINDOW;
            tokio::select! {
                packet = self.link.receive() => {
                    let packet = packet?;
                    self.take_in(&packet, &mut tls).await?;
                }
                read = tls.read(&mut buffer), if may_send => {
                    let length = read?;
                    if length == 0 {
                        return Ok(());
                    }
                    let bytes = buffer.get(..length).unwrap_or_default().to_vec();
                    self.send(P_CONTROL_V1, &bytes).await?;
                }
                _ = again.tick() => self.repeat().await?,
            }
        }
    }

    async fn take_in(&mut self, bytes: &[u8], tls: &mut DuplexStream) -> io::Result<()> {
        let over_tcp = matches!(self.link, Link::Tcp { .. });
        let Some(packet) = Packet::read(bytes) else {
            // A stray datagram is nothing; on a connection, the other side speaks something else.
            return if over_tcp {
                Err(io::ErrorKind::InvalidData.into())
            } else {
                Ok(())
            };
        };
        match self.theirs {
            None if packet.opcode == P_HARD_RESET_SERVER_V2 && packet.acknowledged.contains(&0) => {
                self.theirs = Some(packet.session);
                self.greeted.store(true, Ordering::Relaxed);
            }
            Some(theirs) if theirs == packet.session => {}
            _ => return Ok(()),
        }
        for number in &packet.acknowledged {
            self.unacknowledged.remove(number);
        }
        let Some(number) = packet.number else {
            return Ok(());
        };
        self.received += u64::try_from(packet.payload.len()).unwrap_or(u64::MAX);
        if self.received > MAX_HANDSHAKE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if number >= self.next_in && self.early.len() < EARLY {
            self.early.insert(number, packet.payload);
        }
        self.acknowledge(number).await?;
        while let Some(payload) = self.early.remove(&self.next_in) {
            self.next_in += 1;
            tls.write_all(&payload).await?;
        }
        Ok(())
    }

    async fn send(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        let number = self.next_out;
        self.next_out += 1;
        let packet = [
            &[opcode << 3],
            &self.session[..],
            &[0],
            &number.to_be_bytes(),
            payload,
        ]
        .concat();
        self.link.send(&packet).await?;
        self.unacknowledged.insert(number, packet);
        Ok(())
    }

    async fn acknowledge(&mut self, number: u32) -> io::Result<()> {
        let theirs = self.theirs.unwrap_or_default();
        let packet = [
            &[P_ACK_V1 << 3],
            &self.session[..],
            &[1],
            &number.to_be_bytes(),
            &theirs,
        ]
        .concat();
        self.link.send(&packet).await
    }

    /// What was not acknowledged, once more; a connection does this by itself.
    async fn repeat(&mut self) -> io::Result<()> {
        if matches!(self.link, Link::Udp(_)) {
            for packet in self.unacknowledged.values().cloned().collect::<Vec<_>>() {
                // The echo of an earlier refusal shows here; the next answer decides.
                let _ = self.link.send(&packet).await;
            }
        }
        Ok(())
    }
}

/// What these packets come to, each with its length before it: no more is kept than may be.
#[cfg(fuzzing)]
pub(super) async fn fuzz(mut rest: &[u8]) {
    // Connected to itself: acknowledgements go nowhere.
    let Ok(socket) = UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await else {
        return;
    };
    let Ok(own) = socket.local_addr() else { return };
    if socket.connect(own).await.is_err() {
        return;
    }
    let mut talk = Talk {
        link: Link::Udp(socket),
        ..Talk::new()
    };
    // Wide enough for all that a handshake may bring: nobody reads at the other end.
    let (mut tls, _end) = duplex(4 * BUFFER);
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        let (packet, after) = after.split_at(length);
        rest = after;
        if talk.take_in(packet, &mut tls).await.is_err() {
            return;
        }
        assert!(talk.early.len() <= EARLY && talk.received <= MAX_HANDSHAKE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_taken_apart_and_rubbish_is_none() {
        let bytes = [
            &[P_HARD_RESET_SERVER_V2 << 3][..],
            &[7; 8],
            &[1],
            &[0, 0, 0, 0],
            &[9; 8],
            &[0, 0, 0, 5],
            b"tls",
        ]
        .concat();
        let packet = Packet::read(&bytes).expect("a packet");
        assert_eq!(packet.acknowledged, [0]);
        assert_eq!(packet.number, Some(5));
        assert_eq!(packet.payload, b"tls");
        for end in 0..bytes.len() - 3 {
            assert_eq!(Packet::read(&bytes[..end]), None, "{end}");
        }
        assert_eq!(Packet::read(b"HTTP/1.1 400 Bad Request"), None);
        assert_eq!(Packet::read(&[0x16, 3, 3, 0, 1]), None);
    }
}
