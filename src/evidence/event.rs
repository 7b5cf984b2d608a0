//! The events of a run, in the order they happen. They are what a session keeps and what a replay plays.

use serde::{Deserialize, Serialize};

use super::backups::BackupsEvidence;
use super::device::DeviceEvidence;
use super::logs::LogsEvidence;
use super::network::{
    AiaEvidence, ClockEvidence, DnsEvidence, GatewayEvidence, NetworkEvidence, PortalEvidence,
    PortsEvidence, RangesEvidence, TcpEvidence,
};
use super::proxy::ProxyEvidence;
use super::way::{PathEvidence, UdpEvidence};
use super::{
    ClientEvidence, ProfileEvidence, RevocationEvidence, TlsAttempt, TlsEvidence, VersionsEvidence,
    Why,
};
use crate::msg::Msg;

/// The live checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeId {
    /// What this device says of itself.
    Device,
    /// Links and routes of this device.
    Network,
    /// Proxies.
    Proxy,
    /// Name resolution.
    Dns,
    /// The name again, asked of somebody who is not this network's, where the answer leads to no gateway that fits.
    Elsewhere,
    /// TCP to every address.
    Tcp,
    /// Routers on the way.
    Path,
    /// UDP to the target.
    Udp,
    /// TLS handshakes.
    Tls,
    /// Old versions, unusual methods and other protocols, where the ordinary handshake is refused.
    Versions,
    /// The handshake again with one thing changed.
    Experiments,
    /// Judging the chain. No packets: it is in the log so that its verdict has a place and a time.
    Chain,
    /// What answers behind TLS.
    Gateway,
    /// Fetching missing issuer certificates.
    Aia,
    /// Asking whether the certificates were revoked.
    Revocation,
    /// This device's clock against others.
    Clock,
    /// Captive portal.
    Portal,
    /// Other usual ports.
    Ports,
    /// Servers that a saved connection names for when its first one does not answer.
    Backups,
    /// What logs say in known messages. No packets.
    Logs,
}

impl ProbeId {
    /// All of them, in the order a person reads them.
    pub const ALL: [Self; 20] = [
        Self::Device,
        Self::Network,
        Self::Proxy,
        Self::Dns,
        Self::Elsewhere,
        Self::Tcp,
        Self::Path,
        Self::Udp,
        Self::Tls,
        Self::Versions,
        Self::Experiments,
        Self::Chain,
        Self::Gateway,
        Self::Aia,
        Self::Revocation,
        Self::Clock,
        Self::Portal,
        Self::Ports,
        Self::Backups,
        Self::Logs,
    ];

    /// The id as written in files and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Network => "network",
            Self::Proxy => "proxy",
            Self::Dns => "dns",
            Self::Elsewhere => "elsewhere",
            Self::Tcp => "tcp",
            Self::Path => "path",
            Self::Udp => "udp",
            Self::Tls => "tls",
            Self::Versions => "versions",
            Self::Experiments => "experiments",
            Self::Chain => "chain",
            Self::Gateway => "gateway",
            Self::Aia => "aia",
            Self::Revocation => "revocation",
            Self::Clock => "clock",
            Self::Portal => "portal",
            Self::Ports => "ports",
            Self::Backups => "backups",
            Self::Logs => "logs",
        }
    }
}

/// How a check ended, or how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeOutcome {
    /// Under way.
    Running,
    /// It looked, and all is well.
    Pass,
    /// It looked, and something is worth knowing.
    Warn,
    /// It looked, and something is wrong.
    Fail,
    /// It was not run, and why.
    Skipped,
    /// It was run and could not tell, and why.
    Unknown,
    /// It broke; the others went on.
    Crashed,
}

/// One check's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeRecord {
    /// Which one.
    pub id: ProbeId,
    /// Milliseconds after the run began.
    pub started_ms: f64,
    /// Milliseconds it took; 0 while it runs.
    pub took_ms: f64,
    /// How it ended.
    pub outcome: ProbeOutcome,
    /// Why it was skipped or could not tell.
    pub why: Option<Why>,
}

/// One line of the probe log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// Milliseconds after the run began.
    pub at_ms: f64,
    /// Whose line it is.
    pub probe: ProbeId,
    /// How it bears on the outcome: `Pass` for good news, `Warn`, `Fail`; `Running` for neutral progress.
    pub tone: ProbeOutcome,
    /// What was seen.
    pub text: Msg,
    /// Milliseconds the thing took, where it is a measurement.
    pub took_ms: Option<f64>,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// This device itself. In a box: it is far larger than the others.
    Device(Box<DeviceEvidence>),
    /// Links and routes.
    Network(NetworkEvidence),
    /// Proxies.
    Proxy(ProxyEvidence),
    /// Name resolution.
    Dns(DnsEvidence),
    /// TCP.
    Tcp(TcpEvidence),
    /// Routers on the way.
    Path(PathEvidence),
    /// UDP.
    Udp(UdpEvidence),
    /// Other ports.
    Ports(PortsEvidence),
    /// Backup servers.
    Backups(BackupsEvidence),
    /// TLS.
    Tls(TlsEvidence),
    /// Greetings beyond the ordinary handshake.
    Versions(VersionsEvidence),
    /// One more TLS handshake; joins those that were seen.
    Attempt(TlsAttempt),
    /// Fetched issuers.
    Aia(AiaEvidence),
    /// What was fetched about revocation.
    Revocation(RevocationEvidence),
    /// Clocks.
    Clock(ClockEvidence),
    /// Captive portal.
    Portal(PortalEvidence),
    /// The gateway behind TLS.
    Gateway(GatewayEvidence),
    /// The client certificate that the person handed in.
    Client(ClientEvidence),
    /// Address ranges that the person named.
    Ranges(RangesEvidence),
    /// Known messages in logs.
    Logs(LogsEvidence),
    /// The saved connection that was chosen.
    Profile(Box<ProfileEvidence>),
    /// The version of the VPN client, as the person named it.
    ClientVersion(String),
}

/// Something that happened in a run. A probe may observe more than once: the later observation replaces the earlier
/// one whole, so evidence grows while a probe is still running. [`Observation::Attempt`] alone adds to what was there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeEvent {
    /// A check began.
    Started {
        /// Which one.
        id: ProbeId,
        /// Milliseconds after the run began.
        at_ms: f64,
    },
    /// A line for the log.
    Log(LogLine),
    /// Something was seen.
    Observed(Observation),
    /// A check ended.
    Finished {
        /// Which one.
        id: ProbeId,
        /// Milliseconds it took.
        took_ms: f64,
        /// How it ended.
        outcome: ProbeOutcome,
        /// Why it could not tell, if it could not.
        why: Option<Why>,
    },
    /// A check was not run.
    Skipped {
        /// Which one.
        id: ProbeId,
        /// Milliseconds after the run began.
        at_ms: f64,
        /// Why.
        why: Why,
    },
    /// The run is over.
    Done,
}
