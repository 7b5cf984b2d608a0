//! What was seen of TLS: each handshake as an experiment, with the certificates as they were served.

use std::net::SocketAddr;
use std::sync::Arc;

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CertificateRequest, TcpOutcome};

/// DER bytes, cheap to clone; base64 in files.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Der(pub Arc<[u8]>);

impl Der {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Der {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&[u8]> for Der {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl std::fmt::Debug for Der {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Der({} bytes)", self.0.len())
    }
}

impl Serialize for Der {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Der {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64
            .decode(text.as_bytes())
            .map(Self::from)
            .map_err(serde::de::Error::custom)
    }
}

/// All TLS handshakes of a run. The first is the ordinary one; the others differ from it in one thing each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsEvidence {
    /// In the order made.
    pub attempts: Vec<TlsAttempt>,
}

impl TlsEvidence {
    /// The ordinary handshake.
    pub fn main(&self) -> Option<&TlsAttempt> {
        self.attempts
            .iter()
            .find(|a| a.variant == TlsVariant::Ordinary)
    }

    /// The handshake that differs from the ordinary one in this way.
    pub fn variant(&self, variant: TlsVariant) -> Option<&TlsAttempt> {
        self.attempts.iter().find(|a| a.variant == variant)
    }
}

/// One TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsAttempt {
    /// In what it differs from the ordinary one.
    pub variant: TlsVariant,
    /// Where to.
    pub addr: SocketAddr,
    /// The server name sent, if any.
    pub sni: Option<String>,
    /// What came of it.
    pub outcome: TlsOutcome,
    /// The certificates in the order served; empty when none arrived. Kept even when the handshake failed later.
    pub served: Vec<Der>,
    /// The stapled OCSP answer, if one came.
    pub stapled_ocsp: Option<Der>,
    /// What the server said when it asked for a client certificate, if it did; also in a handshake that failed later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_request: Option<CertificateRequest>,
    /// Microseconds from the first byte sent to the outcome.
    pub took_us: u64,
}

impl TlsAttempt {
    /// A handshake that there was no connection for; `met` is what TCP met after `took_us` microseconds.
    pub fn unconnected(
        variant: TlsVariant,
        addr: SocketAddr,
        met: TcpOutcome,
        took_us: u64,
    ) -> Self {
        Self {
            variant,
            addr,
            sni: None,
            outcome: TlsOutcome::NotConnected(met),
            served: Vec::new(),
            stapled_ocsp: None,
            certificate_request: None,
            took_us,
        }
    }
}

/// The one thing in which a handshake differs from the ordinary one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsVariant {
    /// As today's clients do it: TLS 1.2 and 1.3, SNI, hybrid key share.
    Ordinary,
    /// Without a server name.
    WithoutSni,
    /// Without the post-quantum key share.
    WithoutPostQuantum,
    /// The same again on another address of the name.
    OtherAddress,
    /// The same again on the same address.
    Again,
    /// With TCP segments small enough for every path.
    SmallSegments,
    /// Without the hello: nothing is sent, to see who closes. `Stalled` means that the other side waits, as it should.
    WithoutHello,
}

/// What came of a TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsOutcome {
    /// It completed, whatever the certificate is worth.
    Completed(TlsSession),
    /// The other side refused with this alert (its RFC 8446 name in snake case, for example `protocol_version`).
    Alert(String),
    /// The other side closed without a word after this many bytes.
    Closed {
        /// Bytes received until then.
        received: u64,
    },
    /// The connection was reset after this many bytes.
    Reset {
        /// Bytes received until then.
        received: u64,
    },
    /// Nothing more came after this many bytes until the deadline.
    Stalled {
        /// Bytes received until then.
        received: u64,
    },
    /// What answers is not TLS.
    NotTls(Spoken),
    /// The other side broke the protocol or offers nothing in common; the library's word for it.
    Incompatible(String),
    /// There was no connection to speak over, this time; what TCP met.
    NotConnected(TcpOutcome),
}

impl TlsOutcome {
    /// The session, if the handshake completed.
    pub fn session(&self) -> Option<&TlsSession> {
        match self {
            Self::Completed(session) => Some(session),
            _ => None,
        }
    }

    /// Whether the connection ended before a single byte came, or did not come about though somebody answered.
    pub fn turns_away(&self) -> bool {
        matches!(
            self,
            Self::Closed { received: 0 }
                | Self::Reset { received: 0 }
                | Self::NotConnected(TcpOutcome::Refused | TcpOutcome::Reset)
        )
    }
}

/// What a server that is not TLS seems to speak, from its first bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spoken {
    /// Plain HTTP.
    Http,
    /// SSH.
    Ssh,
    /// SMTP, FTP or the like: a line that starts with `220`.
    Greeting,
    /// SMTP (RFC 5321 section 4.2).
    Smtp,
    /// FTP (RFC 959 section 5.4).
    Ftp,
    /// IMAP (RFC 9051 section 7.1).
    Imap,
    /// POP3 (RFC 1939 section 4).
    Pop3,
    /// OpenVPN over TCP.
    OpenVpn,
    /// Remote Desktop: TPKT (RFC 1006 section 6).
    Rdp,
    /// Something else; the first bytes in hexadecimal, at most 16.
    Unknown(String),
}

/// What was agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSession {
    /// `1.2` or `1.3`.
    pub version: String,
    /// The suite's IANA name.
    pub cipher: String,
    /// The key exchange group's IANA name.
    pub key_exchange: String,
    /// The application protocol agreed on, if any.
    pub alpn: Option<String>,
    /// Whether the server asked for a client certificate.
    pub client_auth_requested: bool,
    /// Whether the server knows secure renegotiation (RFC 5746); none where that was not seen, and in TLS 1.3, which has
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure_renegotiation: Option<bool>,
}
