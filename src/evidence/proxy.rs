//! What was seen of proxies: the settings of this device, and what came of asking one for the gateway.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{TcpOutcome, TlsAttempt};

/// Proxies that this device is set up to use for the target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyEvidence {
    /// Settings found, the one that programs heed first at the top.
    pub settings: Vec<ProxySetting>,
    /// The proxy that was tried, if one was.
    pub attempt: Option<Box<ProxyAttempt>>,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxySetting {
    /// What is set.
    pub route: ProxyRoute,
    /// Where it was found: a variable's name or a file's path.
    pub source: String,
    /// The entry of an exception list that leaves the target out, if one does.
    pub exempt: Option<String>,
}

/// What a setting says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyRoute {
    /// An HTTP proxy that takes CONNECT (RFC 9110 section 9.3.6). Never with user name or password.
    Http {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// A proxy of another kind, named and not tried: `socks5://host:1080`.
    Other(String),
    /// A script that chooses a proxy (PAC), by its address: named and never run.
    Script(String),
    /// A setting that is there and cannot be understood.
    Unreadable,
}

impl ProxyRoute {
    /// For people: `host:port`, or the address of what is named.
    pub fn shown(&self) -> String {
        match self {
            Self::Http { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Http { host, port } => format!("{host}:{port}"),
            Self::Other(url) | Self::Script(url) => url.clone(),
            Self::Unreadable => "-".to_owned(),
        }
    }
}

/// One CONNECT through one proxy, and the handshake behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyAttempt {
    /// The proxy as it is set, `host:port`.
    pub proxy: String,
    /// Its address, where it has one.
    pub addr: Option<SocketAddr>,
    /// What it said.
    pub outcome: ProxyOutcome,
    /// The ordinary handshake with the gateway through it, where it opened a way.
    pub tls: Option<TlsAttempt>,
    /// Microseconds until its answer.
    pub took_us: u64,
}

/// What came of asking a proxy for a way to the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyOutcome {
    /// It opened the way (2xx).
    Opened,
    /// It wants a sign-in first (407), by these schemes.
    AuthRequired {
        /// `Basic`, `Negotiate` and so on, in its order.
        schemes: Vec<String>,
    },
    /// It refuses, or could not do it, with this status.
    Refused {
        /// HTTP status.
        status: u16,
    },
    /// It took the connection and never answered.
    Silent,
    /// It hung up without an answer.
    Closed,
    /// It could not be connected to.
    NotReached(TcpOutcome),
    /// Its name was not resolved.
    NameNotResolved,
    /// What answers there is no HTTP proxy.
    NotHttp,
}

impl ProxyAttempt {
    /// Whether a handshake ran through behind it.
    pub fn shook_hands(&self) -> bool {
        self.tls
            .as_ref()
            .is_some_and(|tls| tls.outcome.session().is_some())
    }
}
