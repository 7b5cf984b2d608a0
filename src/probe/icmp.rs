//! Sockets that hear what routers say about their packets, without any special right: on Linux the socket's error
//! queue names the sender of each ICMP message (ip(7), `IP_RECVERR`). Elsewhere only the kind of error is known.
//!
//! What is sent, and what an answer means, is in `path` and `udp`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpSocket, UdpSocket};

use crate::evidence::IcmpWord;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A datagram.
    Datagram(Vec<u8>),
    /// An ICMP message; who sent it, where the system tells.
    Icmp(Option<IpAddr>, IcmpWord),
}

/// An ear beside a TCP socket that is about to connect: whether a message from the way, not the host, ended that. Both
/// come to the socket as the same error.
pub(super) struct Ear(system::Beside);

impl Ear {
    /// Before connecting; none where this system does not tell.
    pub(super) fn at(socket: &TcpSocket, to: SocketAddr) -> Option<Self> {
        system::listen_beside(socket, to.is_ipv4()).map(Self)
    }

    /// Whether an ICMP message came.
    pub(super) fn heard_a_message(&self) -> bool {
        system::heard_beside(&self.0)
    }

    /// Stops listening: on a connection that came about, a stray message would otherwise be its end.
    pub(super) fn close(self) {
        system::stop_beside(&self.0);
    }
}

/// The longest datagram that is kept.
const MAX_DATAGRAM: usize = 2048;

/// A socket to `to`, whose packets live for `ttl` hops where that is given.
///
/// # Errors
/// The system's, for example that it has no route.
pub(super) async fn socket(to: SocketAddr, ttl: Option<u8>) -> io::Result<UdpSocket> {
    let any: IpAddr = if to.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    system::prepare(&socket, to.is_ipv4(), ttl)?;
    socket.connect(to).await?;
    Ok(socket)
}

/// Waits for whatever comes first.
pub(super) async fn hear(socket: &UdpSocket) -> Heard {
    let mut datagram = [0; MAX_DATAGRAM];
    loop {
        let heard = tokio::select! {
            biased;
            message = system::message(socket) => Some(message),
            received = socket.recv(&mut datagram) => match received {
                Ok(length) => {
                    let kept = datagram.get(..length).unwrap_or_default();
                    return Heard::Datagram(kept.to_vec());
                }
                // The error is the message's echo; the message itself is in the queue where there is one.
                Err(error) => system::waiting(socket).or(by_kind(&error)),
            },
        };
        if let Some((from, word)) = heard {
            return Heard::Icmp(from, word);
        }
        tokio::task::yield_now().await;
    }
}

/// What an error says where the message behind it is not told.
fn by_kind(error: &io::Error) -> Option<(Option<IpAddr>, IcmpWord)> {
    let word = match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => IcmpWord::PortClosed,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => IcmpWord::Unreachable,
        io::ErrorKind::PermissionDenied => IcmpWord::Prohibited,
        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => return None,
        _ => IcmpWord::Other,
    };
    Some((None, word))
}

#[cfg(target_os = "linux")]
mod system {
    use std::io::{self, IoSliceMut};
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use std::os::fd::{AsFd as _, AsRawFd, OwnedFd};

    use nix::errno::Errno;
    use nix::sys::socket::{
        ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
    };
    use tokio::io::Interest;
    use tokio::net::{TcpSocket, UdpSocket};

    use super::icmp_word;
    use crate::evidence::IcmpWord;

    /// Bytes for control messages; one of them takes less than a hundred.
    const CONTROL: usize = 512;

    pub(super) fn prepare(socket: &UdpSocket, is_ipv4: bool, ttl: Option<u8>) -> io::Result<()> {
        if is_ipv4 {
            setsockopt(socket, sockopt::Ipv4RecvErr, &true)?;
            if let Some(ttl) = ttl {
                setsockopt(socket, sockopt::Ipv4Ttl, &i32::from(ttl))?;
            }
        } else {
            setsockopt(socket, sockopt::Ipv6RecvErr, &true)?;
            if let Some(ttl) = ttl {
                setsockopt(socket, sockopt::Ipv6Ttl, &i32::from(ttl))?;
            }
        }
        Ok(())
    }

    /// Another handle of a TCP socket, by which its queue is read.
    pub(super) struct Beside {
        handle: OwnedFd,
        is_ipv4: bool,
    }

    pub(super) fn listen_beside(socket: &TcpSocket, is_ipv4: bool) -> Option<Beside> {
        let handle = socket.as_fd().try_clone_to_owned().ok()?;
        let beside = Beside { handle, is_ipv4 };
        set(&beside, true).ok().map(|()| beside)
    }

    pub(super) fn heard_beside(beside: &Beside) -> bool {
        matches!(read(&beside.handle), Ok(Some(_)))
    }

    pub(super) fn stop_beside(beside: &Beside) {
        // Fails only on a socket that is gone, which hears nothing either.
        let _ = set(beside, false);
    }

    fn set(beside: &Beside, listens: bool) -> nix::Result<()> {
        if beside.is_ipv4 {
            setsockopt(&beside.handle, sockopt::Ipv4RecvErr, &listens)
        } else {
            setsockopt(&beside.handle, sockopt::Ipv6RecvErr, &listens)
        }
    }

    /// The next message of the queue, waiting for it.
    pub(super) async fn message(socket: &UdpSocket) -> (Option<IpAddr>, IcmpWord) {
        loop {
            let read = socket.async_io(Interest::ERROR, || read(socket)).await;
            match read {
                Ok(Some(message)) => return message,
                // Not from the network: another one may come.
                Ok(None) => {}
                Err(_) => std::future::pending::<()>().await,
            }
        }
    }

    /// The next message of the queue, if one is there.
    pub(super) fn waiting(socket: &UdpSocket) -> Option<(Option<IpAddr>, IcmpWord)> {
        read(socket).ok().flatten()
    }

    /// One entry of the error queue; none where it is not an ICMP message.
    fn read(socket: &impl AsRawFd) -> io::Result<Option<(Option<IpAddr>, IcmpWord)>> {
        let mut packet = [0; 256];
        let mut parts = [IoSliceMut::new(&mut packet)];
        let mut control = vec![0; CONTROL];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let received =
            recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(&mut control), flags);
        let received = received.map_err(|error| match error {
            Errno::EAGAIN => io::ErrorKind::WouldBlock.into(),
            other => io::Error::from(other),
        })?;
        for message in received.cmsgs()? {
            // The first number is the origin: 2 is ICMP, 3 is ICMPv6 (linux/errqueue.h).
            match message {
                ControlMessageOwned::Ipv4RecvErr(error, from) if error.ee_origin == 2 => {
                    let from = from.map(|sender| {
                        IpAddr::V4(Ipv4Addr::from(u32::from_be(sender.sin_addr.s_addr)))
                    });
                    return Ok(Some((from, icmp_word(true, error.ee_type, error.ee_code))));
                }
                ControlMessageOwned::Ipv6RecvErr(error, from) if error.ee_origin == 3 => {
                    let from =
                        from.map(|sender| IpAddr::V6(Ipv6Addr::from(sender.sin6_addr.s6_addr)));
                    return Ok(Some((from, icmp_word(false, error.ee_type, error.ee_code))));
                }
                _ => {}
            }
        }
        Ok(None)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;
    use std::net::IpAddr;

    use tokio::net::{TcpSocket, UdpSocket};

    use crate::evidence::IcmpWord;

    /// There is none here.
    pub(super) enum Beside {}

    pub(super) fn listen_beside(_socket: &TcpSocket, _is_ipv4: bool) -> Option<Beside> {
        None
    }

    pub(super) fn heard_beside(beside: &Beside) -> bool {
        match *beside {}
    }

    pub(super) fn stop_beside(beside: &Beside) {
        match *beside {}
    }

    pub(super) fn prepare(socket: &UdpSocket, is_ipv4: bool, ttl: Option<u8>) -> io::Result<()> {
        match ttl {
            Some(ttl) if is_ipv4 => socket.set_ttl(u32::from(ttl)),
            _ => Ok(()),
        }
    }

    pub(super) async fn message(_socket: &UdpSocket) -> (Option<IpAddr>, IcmpWord) {
        std::future::pending().await
    }

    pub(super) fn waiting(_socket: &UdpSocket) -> Option<(Option<IpAddr>, IcmpWord)> {
        None
    }
}

/// What a message of this type and code says: RFC 792, RFC 1812 section 5.2.7.1; RFC 4443 sections 3.1 to 3.3.
#[cfg_attr(
    not(any(target_os = "linux", test)),
    expect(dead_code, reason = "only Linux hands the message out")
)]
const fn icmp_word(is_ipv4: bool, kind: u8, code: u8) -> IcmpWord {
    match (is_ipv4, kind, code) {
        (true, 11, 0) | (false, 3, 0) => IcmpWord::Passing,
        (true, 3, 3) | (false, 1, 4) => IcmpWord::PortClosed,
        (true, 3, 9 | 10 | 13) | (false, 1, 1 | 5 | 6) => IcmpWord::Prohibited,
        (true, 3, 4) | (false, 2, _) => IcmpWord::TooBig,
        (true, 3, 0 | 1 | 5..=8 | 11 | 12) | (false, 1, 0 | 2 | 3) => IcmpWord::Unreachable,
        _ => IcmpWord::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_and_without_a_route_are_told_apart() {
        assert_eq!(icmp_word(true, 3, 13), IcmpWord::Prohibited);
        assert_eq!(icmp_word(false, 1, 1), IcmpWord::Prohibited);
        assert_eq!(icmp_word(true, 3, 0), IcmpWord::Unreachable);
        assert_eq!(icmp_word(false, 1, 0), IcmpWord::Unreachable);
        assert_eq!(icmp_word(true, 11, 0), IcmpWord::Passing);
        assert_eq!(icmp_word(true, 11, 1), IcmpWord::Other);
        assert_eq!(icmp_word(true, 3, 3), IcmpWord::PortClosed);
    }

    #[tokio::test]
    async fn a_closed_port_is_heard_of_with_its_sender() {
        for any in [
            IpAddr::from(Ipv4Addr::LOCALHOST),
            IpAddr::from(Ipv6Addr::LOCALHOST),
        ] {
            let Ok(held) = UdpSocket::bind((any, 0)).await else {
                continue; // A machine without IPv6.
            };
            let to = held.local_addr().expect("address");
            drop(held);
            let socket = socket(to, Some(3)).await.expect("socket");
            socket.send(b"x").await.expect("sent");
            let limit = std::time::Duration::from_secs(10);
            let heard = tokio::time::timeout(limit, hear(&socket)).await;
            let expected = if cfg!(target_os = "linux") {
                Heard::Icmp(Some(any), IcmpWord::PortClosed)
            } else {
                Heard::Icmp(None, IcmpWord::PortClosed)
            };
            assert_eq!(heard.expect("in time"), expected);
        }
    }
}
