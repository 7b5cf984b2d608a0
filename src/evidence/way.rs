//! What was seen of the way to the gateway beside TCP: the routers on it, and what UDP met.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

/// The way to one address, hop by hop, as far as routers answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathEvidence {
    /// Where to.
    pub addr: IpAddr,
    /// One entry a hop from 1 upwards; what lies behind the last answer is left out.
    pub hops: Vec<Hop>,
}

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Time to live (hop limit) of the packet.
    pub ttl: u8,
    /// Who answered, and what; none where nobody did.
    pub answer: Option<HopAnswer>,
}

/// An ICMP message that came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HopAnswer {
    /// Who sent it.
    pub from: IpAddr,
    /// What it says.
    pub word: IcmpWord,
    /// Microseconds until it came.
    pub took_us: u64,
}

/// What an ICMP message says of a packet (RFC 792, RFC 1812 section 5.2.7.1, RFC 4443 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IcmpWord {
    /// Time exceeded: an ordinary router on the way.
    Passing,
    /// Nobody listens on the port.
    PortClosed,
    /// Forbidden by an administrator.
    Prohibited,
    /// The network or host cannot be reached from there.
    Unreachable,
    /// Too large for the next link.
    TooBig,
    /// Anything else.
    Other,
}

impl PathEvidence {
    /// The last hop that answered.
    pub fn last(&self) -> Option<(u8, &HopAnswer)> {
        self.hops
            .iter()
            .rev()
            .find_map(|hop| Some((hop.ttl, hop.answer.as_ref()?)))
    }

    /// Whether the address itself answered.
    pub fn arrives(&self) -> bool {
        self.hops
            .iter()
            .filter_map(|hop| hop.answer.as_ref())
            .any(|answer| answer.from == self.addr)
    }

    /// The first router that said this, other than the address itself.
    pub fn router_that_said(&self, word: IcmpWord) -> Option<&HopAnswer> {
        self.hops
            .iter()
            .filter_map(|hop| hop.answer.as_ref())
            .find(|answer| answer.word == word && answer.from != self.addr)
    }
}

/// What UDP met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UdpEvidence {
    /// One entry a question.
    pub attempts: Vec<UdpAttempt>,
}

/// One question over UDP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UdpAttempt {
    /// Where to.
    pub addr: SocketAddr,
    /// What was asked.
    pub question: UdpQuestion,
    /// What came back.
    pub outcome: UdpOutcome,
    /// Microseconds until then.
    pub took_us: u64,
}

/// What was asked over UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UdpQuestion {
    /// A DTLS ClientHello (RFC 6347 section 4.2.1).
    Dtls,
    /// IKE_SA_INIT (RFC 7296 section 1.2).
    Ike,
    /// OpenVPN's hard reset.
    #[serde(rename = "openvpn")]
    OpenVpn,
}

impl UdpQuestion {
    /// The protocol's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dtls => "DTLS",
            Self::Ike => "IKEv2",
            Self::OpenVpn => "OpenVPN",
        }
    }
}

/// What came of a question over UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UdpOutcome {
    /// A server of the kind asked for answered.
    Answered,
    /// Something else answered.
    OtherAnswer,
    /// The host says that nobody listens there.
    PortClosed,
    /// Somebody on the way, or the host, says that it is forbidden.
    Prohibited {
        /// Who, where the system tells.
        from: Option<IpAddr>,
    },
    /// Somebody on the way has no route.
    Unreachable {
        /// Who, where the system tells.
        from: Option<IpAddr>,
    },
    /// Silence, which proves nothing by itself.
    Silent,
    /// It could not be sent.
    NotSent,
}
