//! What was seen of the servers that a saved connection names for the case that its first one does not answer.
//!
//! Not here: which servers those are ([`super::ProfileEvidence`]), what follows ([`crate::diagnose`]).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Fact, Target, TcpAttempt, TcpOutcome, TlsAttempt, TlsSession};

/// The backup servers that were tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupsEvidence {
    /// In the order of the connection.
    pub attempts: Vec<BackupAttempt>,
}

/// One backup server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupAttempt {
    /// Which.
    pub target: Target,
    /// Addresses of its name; unknown where the name could not be looked up.
    pub addresses: Fact<Vec<IpAddr>>,
    /// Connections, in the order tried; the last is the one that opened, where one did.
    pub tcp: Vec<TcpAttempt>,
    /// The handshake, where one was made: a server that speaks TLS inside other packets is not greeted.
    pub tls: Option<TlsAttempt>,
}

impl BackupAttempt {
    /// The session, where TLS came about.
    pub fn session(&self) -> Option<&TlsSession> {
        self.tls.as_ref()?.outcome.session()
    }

    /// Whether a connection opened.
    pub fn is_open(&self) -> bool {
        self.tcp.iter().any(|tcp| tcp.outcome == TcpOutcome::Open)
    }
}
