//! Live checks: how to look at a gateway, each check in its own file behind one trait, with a deadline.
//!
//! What is seen goes out as [`ProbeEvent`]s; what it means is [`crate::diagnose`]'s. Which check runs when, and why one
//! is skipped, is decided by the pure function in `plan`; the runner carries its orders out.
//!
//! ```text
//! wave one     device (no packet: also where none may leave) | network | proxy, where one is set | dns -> tcp -> tls -> chain | gateway
//! on doubt     versions: only where tls was refused, before the chain
//! wave two     elsewhere, experiments, proxy, path, udp, aia, revocation, clock, portal, ports: only where wave one leaves a doubt that they can
//!              settle
//! beside       backups, where a saved connection names any: other gateways, decides nothing
//! beside       logs, where they are asked for: this device alone, decides nothing
//! ```

mod aia;
mod backups;
mod chain;
mod check;
mod clock;
mod device;
mod dns;
mod elsewhere;
mod experiments;
mod fetch;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gateway;
mod greeting;
mod handed_out;
mod handshake;
mod http;
mod icmp;
mod identity;
mod logs;
mod marks;
mod nameserver;
mod network;
mod openvpn;
mod path;
mod plan;
mod portal;
mod ports;
mod proxy;
mod resolve;
mod revocation;
mod runner;
mod surroundings;
mod tcp;
mod tls;
mod udp;
mod versions;

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::device::trust_store::Late;
use crate::evidence::{ProbeEvent, ProfileEvidence, RangesEvidence, Target};
use crate::guide::PortalCheck;

pub use device::ask_early as ask_device_early;
pub use identity::Identity;
pub use logs::LogsWanted;
pub use marks::{HeaderMark, Mark, MarksError, Pattern, Product, Products, UdpUse, Verified};
pub use surroundings::PUBLIC_DNS;

/// TCP connections that one run makes to the gateway at most: gateways count connections and ban the eager (ocserv
/// adds a ban point for each).
pub const MAX_CONNECTIONS: usize = 12;
/// Addresses of one name that are tried at most.
pub const MAX_ADDRESSES: usize = 16;

/// How a run is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOptions {
    /// The whole run ends after this long; what was seen until then is kept.
    pub timeout: Duration,
    /// No packet leaves this device.
    pub offline: bool,
    /// Only the target and this device's own DNS servers are contacted.
    pub no_third_party: bool,
    /// The public DNS server is not asked.
    pub no_public_dns: bool,
    /// Connect here instead of the addresses of the name.
    pub connect: Option<IpAddr>,
    /// Send this server name instead of the target's.
    pub sni: Option<String>,
    /// Time servers to compare this device's clock with, `host` or `host:port`.
    pub ntp: Vec<String>,
    /// Addresses whose plain HTTP answer is known, to notice a captive portal.
    pub portal: Vec<PortalCheck>,
    /// Ports on which the gateway may listen instead of the given one.
    pub ports: Vec<u16>,
    /// The client certificate that the person gave, shown to the gateway if it asks for one, and to nobody else.
    pub identity: Option<Arc<Identity>>,
    /// Address ranges that the person named, to be compared with this device's networks.
    pub ranges: Option<RangesEvidence>,
    /// Logs to read for known messages; none where they are not asked for.
    pub logs: Option<LogsWanted>,
    /// The saved connection that the target comes from.
    pub profile: Option<Arc<ProfileEvidence>>,
    /// The version of the VPN client, as the person named it.
    pub client_version: Option<String>,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15),
            offline: false,
            no_third_party: false,
            no_public_dns: false,
            connect: None,
            sni: None,
            ntp: Vec::new(),
            portal: Vec::new(),
            ports: vec![443, 10443, 8443, 4433, 1194, 4443],
            identity: None,
            ranges: None,
            logs: None,
            profile: None,
            client_version: None,
        }
    }
}

/// Looks at `target` and tells `events` what is seen, in order; [`ProbeEvent::Done`] is always the last. Dropping the
/// future (or aborting its task) stops every check at once.
pub async fn run(
    target: Target,
    options: CheckOptions,
    stores: impl Into<Late>,
    events: UnboundedSender<ProbeEvent>,
) {
    let surroundings = prepare(&options);
    runner::run(target, options, stores.into(), surroundings, events).await;
}

/// The same, on top of what an earlier run saw: checks that `carried` tells the end of are not made again.
pub async fn run_again(
    target: Target,
    options: CheckOptions,
    stores: impl Into<Late>,
    carried: Vec<ProbeEvent>,
    events: UnboundedSender<ProbeEvent>,
) {
    let surroundings = prepare(&options);
    runner::run_again(
        target,
        options,
        stores.into(),
        surroundings,
        carried,
        events,
    )
    .await;
}

fn prepare(options: &CheckOptions) -> surroundings::Surroundings {
    if !options.offline {
        // Reading the marks takes a few milliseconds, and has until an answer comes to do so.
        drop(tokio::task::spawn_blocking(Products::embedded));
    }
    surroundings::Surroundings::of_this_device()
}
