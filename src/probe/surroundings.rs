//! Where a run finds this device's own settings, and how patient it is: everything about a run that is neither the
//! target nor an option. Tests put their own servers and shorter waits here.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::resolve::{Getaddrinfo, SystemLookup};
use crate::device::{self, Device};
use crate::evidence::ProxySetting;

/// The public DNS server that is asked for comparison when this device's own leave a doubt.
pub const PUBLIC_DNS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1)), 53);

/// This device, as far as checks depend on it.
#[derive(Clone)]
pub(super) struct Surroundings {
    /// What programs get when they resolve a name.
    pub system: Arc<dyn SystemLookup>,
    /// What this device says of itself; none where this build cannot ask it.
    pub device: Option<Arc<dyn Device>>,
    /// The hosts file.
    pub hosts_file: PathBuf,
    /// The DNS servers to ask, instead of those this device is set up with.
    pub servers: Option<Vec<SocketAddr>>,
    /// The proxies that are set, instead of those this device is set up with.
    pub proxies: Option<Vec<ProxySetting>>,
    /// The public DNS server.
    pub public_dns: SocketAddr,
    /// How long to wait for what.
    pub pace: Pace,
}

impl Surroundings {
    /// The real ones.
    pub(super) fn of_this_device() -> Self {
        Self {
            system: Arc::new(Getaddrinfo),
            device: device::this_device(),
            hosts_file: hosts_file(),
            servers: None,
            proxies: None,
            public_dns: PUBLIC_DNS,
            pace: Pace::default(),
        }
    }
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// A silent check above this age is a doubt: the second wave starts beside it.
    pub silence: Duration,
    /// One DNS server's answer, with its repetitions.
    pub dns: Duration,
    /// The system's own resolver.
    pub system_dns: Duration,
    /// One TCP connection.
    pub tcp: Duration,
    /// One TLS handshake.
    pub tls: Duration,
    /// One HTTP answer from the gateway.
    pub http: Duration,
    /// All of the checks of other ports, clocks and portals: shorter than the silence they wait out.
    pub aside: Duration,
    /// One fetched certificate.
    pub fetch: Duration,
    /// The beginning of an answer about revocation.
    pub statement: Duration,
    /// How long a responder's word is waited for before the revocation list is fetched beside it.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(1),
            dns: Duration::from_secs(3),
            system_dns: Duration::from_millis(3500),
            tcp: Duration::from_secs(3),
            tls: Duration::from_secs(5),
            http: Duration::from_secs(4),
            aside: Duration::from_millis(2500),
            fetch: Duration::from_secs(10),
            statement: Duration::from_millis(2500),
            patience: Duration::from_millis(400),
        }
    }
}

/// Where this system keeps its hosts file.
fn hosts_file() -> PathBuf {
    if cfg!(windows) {
        let root = std::env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
        PathBuf::from(root).join("System32\\drivers\\etc\\hosts")
    } else {
        PathBuf::from("/etc/hosts")
    }
}
