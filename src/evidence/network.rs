//! What was seen of the network: this device's links, names, TCP, clocks, portals and what answers behind TLS.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Der, Fact, Host, TlsAttempt, Why};

/// Links and default routes of this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkEvidence {
    /// Interfaces that are up and carry an address, loopback left out.
    pub interfaces: Vec<Interface>,
    /// Whether packets to any IPv4 address have a way out.
    pub default_route_v4: Fact<bool>,
    /// Whether packets to any IPv6 address have a way out.
    pub default_route_v6: Fact<bool>,
}

/// One interface of this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// The system's name for it.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The networks that its addresses are in.
    #[serde(default)]
    pub networks: Vec<IpNet>,
    /// Whether it is the end of a tunnel, as a VPN makes one.
    #[serde(default)]
    pub tunnel: bool,
}

/// Address ranges that the person named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangesEvidence {
    /// What the VPN hands out.
    pub pools: Vec<IpNet>,
    /// Networks that it must not overlap, beside those this device is in.
    pub lans: Vec<IpNet>,
    /// People connected at the same time, at the peak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<u32>,
}

/// Name resolution of the target, several ways side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsEvidence {
    /// Lines of this device's hosts file that name the target.
    pub hosts_file: Vec<IpAddr>,
    /// What programs on this device get (`getaddrinfo`).
    pub system: Fact<Lookup>,
    /// Each server asked by itself.
    pub resolvers: Vec<ResolverAnswer>,
    /// Handshakes with addresses that others give for the name and this system does not: each differs from the ordinary
    /// handshake in the address alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trials: Vec<TlsAttempt>,
}

impl DnsEvidence {
    /// The addresses that programs on this device would use, in the system's order; where the system's own answer is not
    /// known, those of the first configured server that has an answer. A later server's word counts only once those
    /// before it have failed: the system asks them in their order, and another answer may lead elsewhere.
    pub fn addresses(&self) -> Vec<IpAddr> {
        if let Fact::Known(Lookup::Addresses { addresses, .. }) = &self.system {
            return addresses.clone();
        }
        if !self.hosts_file.is_empty() {
            return self.hosts_file.clone();
        }
        let configured = self
            .resolvers
            .iter()
            .filter(|r| r.kind == ResolverKind::Configured);
        for resolver in configured {
            match resolver.answer.known() {
                Some(Lookup::Addresses { addresses, .. }) => return addresses.clone(),
                // Not yet: its word may still come.
                None if resolver.answer == Fact::default() => return Vec::new(),
                _ => {}
            }
        }
        Vec::new()
    }
}

/// One DNS server's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolverAnswer {
    /// The server asked.
    pub server: SocketAddr,
    /// Why it was asked.
    pub kind: ResolverKind,
    /// What it said.
    pub answer: Fact<Lookup>,
    /// Milliseconds until it said so.
    pub took_ms: u64,
}

/// Why a DNS server was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResolverKind {
    /// This device is set up to use it.
    Configured,
    /// A public one, asked for comparison.
    Public,
}

/// What became of one name lookup. A timeout is an observation here: the question was asked and nobody answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lookup {
    /// Addresses in the order given, and the aliases passed on the way.
    Addresses {
        /// IPv4 and IPv6.
        addresses: Vec<IpAddr>,
        /// CNAME targets, in order.
        aliases: Vec<String>,
    },
    /// The name does not exist (RCODE 3).
    NxDomain,
    /// The name exists but has no A and no AAAA record.
    NoRecords,
    /// The server could not find out (RCODE 2).
    ServFail,
    /// The server would not say (RCODE 5).
    Refused,
    /// No answer before the deadline.
    Timeout,
    /// This device has no DNS server set.
    NoResolver,
    /// The system's own resolver says no without saying which of the above.
    NotFound,
    /// The server's address could not be reached; the operating system's words.
    Unreachable(String),
}

/// TCP connection attempts to the target, every address and both families.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpEvidence {
    /// One entry an address.
    pub attempts: Vec<TcpAttempt>,
}

impl TcpEvidence {
    /// The addresses that accepted a connection, fastest first.
    pub fn open(&self) -> Vec<SocketAddr> {
        let mut open: Vec<&TcpAttempt> = self
            .attempts
            .iter()
            .filter(|a| a.outcome == TcpOutcome::Open)
            .collect();
        open.sort_by_key(|a| a.took_us);
        open.into_iter().map(|a| a.addr).collect()
    }
}

/// One TCP connection attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpAttempt {
    /// Where to.
    pub addr: SocketAddr,
    /// What came of it.
    pub outcome: TcpOutcome,
    /// Microseconds until then.
    pub took_us: u64,
}

/// What came of a TCP connection attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpOutcome {
    /// Accepted.
    Open,
    /// Answered by a reset: nothing listens there, or a filter pretends so.
    Refused,
    /// Accepted, and reset before a word was said.
    Reset,
    /// An ICMP message says no on the way: a filter or a router (host unreachable, administratively prohibited).
    Rejected,
    /// This device has no route to the address.
    NoRoute,
    /// Silence until the deadline.
    TimedOut,
    /// This system does not let us connect (a local firewall or sandbox).
    NotPermitted,
    /// Anything else, in the operating system's words.
    Failed(String),
}

/// The same host on other ports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortsEvidence {
    /// One entry a port, in the order tried.
    pub attempts: Vec<PortAttempt>,
}

/// One other port of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortAttempt {
    /// Where to.
    pub addr: SocketAddr,
    /// TCP's outcome.
    pub tcp: TcpOutcome,
    /// Whether it speaks TLS, where TCP was accepted.
    pub tls: Fact<bool>,
    /// The end-entity certificate served there.
    pub certificate: Option<Der>,
    /// What answered there, where it was recognised.
    pub gateway: Option<GatewayGuess>,
}

/// Issuer certificates fetched from Authority Information Access addresses (RFC 5280 section 4.2.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiaEvidence {
    /// One entry an address.
    pub fetches: Vec<AiaFetch>,
}

/// One fetch of an issuer certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiaFetch {
    /// The address, as it stands in the certificate.
    pub url: String,
    /// What came of it.
    pub outcome: FetchOutcome,
}

/// What came of fetching a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchOutcome {
    /// The certificates in the answer.
    Fetched(Vec<Der>),
    /// Nothing usable, and why.
    Failed(Why),
}

/// This device's clock against others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockEvidence {
    /// One entry a source that answered.
    pub sources: Vec<ClockSource>,
}

/// One independent clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockSource {
    /// Whose clock: a host name or address.
    pub name: String,
    /// How it was read.
    pub kind: ClockKind,
    /// This device minus the source, in milliseconds: positive when this device is ahead.
    pub offset_ms: i64,
    /// The true offset lies within this many milliseconds of `offset_ms`.
    pub error_ms: u64,
}

/// How a clock was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockKind {
    /// SNTP (RFC 5905).
    Ntp,
    /// The `Date` header of an HTTP answer (RFC 9110 section 6.6.1): whole seconds.
    HttpDate,
}

/// Captive portal probes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalEvidence {
    /// One entry an address asked.
    pub probes: Vec<PortalProbe>,
}

/// One captive portal probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalProbe {
    /// The address asked.
    pub url: String,
    /// What came back.
    pub outcome: PortalOutcome,
    /// The clock behind the answer's `Date`, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockSource>,
}

/// What a captive portal probe met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortalOutcome {
    /// The answer the address is known for: nobody is in between.
    Clear,
    /// Sent elsewhere.
    Redirected(String),
    /// Another answer than the address is known for: its status and page title.
    Rewritten {
        /// HTTP status.
        status: u16,
        /// The page's title, if it has one.
        title: Option<String>,
    },
    /// No answer; says nothing about a portal.
    NoAnswer,
}

/// What answers behind TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayEvidence {
    /// The answer to one request for `/`.
    pub http: Fact<HttpAnswer>,
    /// The product recognised, if any.
    pub product: Option<GatewayGuess>,
    /// The alert with which it ended the session instead of answering (its RFC 8446 name in snake case): with TLS 1.3 a
    /// client's certificate is refused only after the handshake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// Another gateway to which it sends its clients on, where it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_out: Option<Box<HandedOut>>,
    /// What it says to the first message of its product's own clients, where it was sent and understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<Greeting>,
}

/// The answer to the first message of a product's own clients, sent before anybody signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Which message.
    pub kind: GreetingKind,
    /// HTTP status.
    pub status: u16,
    /// Whether it demands a client certificate.
    pub wants_certificate: bool,
    /// How people sign in, where it says so.
    pub sign_in: Option<SignIn>,
    /// The region in which it sees this device (GlobalProtect), in its own words.
    pub region: Option<String>,
    /// Its error message, in its own words, at most 200 characters.
    pub message: Option<String>,
}

/// First messages of products' own clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GreetingKind {
    /// AnyConnect's `config-auth` of type `init`.
    #[serde(rename = "anyconnect")]
    AnyConnect,
    /// GlobalProtect's `prelogin.esp` of a portal.
    #[serde(rename = "globalprotect-portal")]
    GlobalProtectPortal,
    /// The same of a gateway.
    #[serde(rename = "globalprotect-gateway")]
    GlobalProtectGateway,
}

/// How people sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// A form that the client shows.
    Form,
    /// In a browser, at an identity provider (SAML).
    SingleSignOn,
}

/// Another gateway that a gateway's answer names: another host, or the same host on another port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOut {
    /// Its host.
    pub host: Host,
    /// Its TCP port.
    pub port: u16,
    /// The ordinary handshake with it, or why none was made.
    pub tls: Fact<TlsAttempt>,
}

/// The interesting part of an HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// Status code.
    pub status: u16,
    /// Headers, names in lower case, in the order received, at most 64.
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body as text, at most 16 KiB.
    pub body: String,
}

/// A product recognised by a mark of `assets/gateways.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayGuess {
    /// The product's id in `assets/gateways.toml`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Which mark gave it away, in the mark's own words.
    pub how: String,
    /// 0 to 100.
    pub confidence: u8,
}

impl PortAttempt {
    /// True when this port answered with TLS.
    pub fn speaks_tls(&self) -> bool {
        self.tls.known() == Some(&true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(number: u8, answer: Fact<Lookup>) -> ResolverAnswer {
        ResolverAnswer {
            server: SocketAddr::from(([192, 0, 2, number], 53)),
            kind: ResolverKind::Configured,
            answer,
            took_ms: 1,
        }
    }

    fn gives(number: u8) -> Fact<Lookup> {
        Fact::Known(Lookup::Addresses {
            addresses: vec![IpAddr::from([203, 0, 113, number])],
            aliases: Vec::new(),
        })
    }

    fn used(system: Fact<Lookup>, answers: [Fact<Lookup>; 2]) -> Vec<IpAddr> {
        let [first, second] = answers;
        DnsEvidence {
            hosts_file: Vec::new(),
            system,
            resolvers: vec![server(1, first), server(2, second)],
            trials: Vec::new(),
        }
        .addresses()
    }

    #[test]
    fn a_later_servers_answer_is_not_used_before_the_first_has_had_its_say() {
        let quick = [Fact::default(), gives(20)];
        assert_eq!(used(Fact::default(), quick), Vec::<IpAddr>::new());
        let both = [gives(10), gives(20)];
        assert_eq!(
            used(Fact::default(), both.clone()),
            [IpAddr::from([203, 0, 113, 10])]
        );
        assert_eq!(used(gives(30), both), [IpAddr::from([203, 0, 113, 30])]);
        let first_is_dead = [Fact::Known(Lookup::Timeout), gives(20)];
        assert_eq!(
            used(Fact::default(), first_is_dead),
            [IpAddr::from([203, 0, 113, 20])]
        );
    }
}
