//! What a server answered to greetings that the ordinary handshake does not make: hand-made ClientHellos with older
//! versions and methods, and the first words of protocols other than TLS.
//!
//! How they are made and read is [`crate::probe`]'s, what they mean [`crate::diagnose`]'s.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{Der, Spoken};

/// All greetings of a run beyond the ordinary handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionsEvidence {
    /// Hand-made ClientHellos, in the order sent. None completes a handshake: the server's first answer is enough.
    pub hellos: Vec<HelloAttempt>,
    /// First words of other protocols.
    pub knocks: Vec<Knock>,
}

impl VersionsEvidence {
    /// The greetings that the server went along with, and its answers.
    pub fn answers(&self) -> impl Iterator<Item = (&Hello, &HelloAnswer)> {
        self.hellos.iter().filter_map(|attempt| {
            let answer = attempt.outcome.answer()?;
            Some((&attempt.hello, answer))
        })
    }

    /// The certificates of the first answer that brought some; empty where none did.
    pub fn served(&self) -> &[Der] {
        self.answers()
            .map(|(_, answer)| answer.served.as_slice())
            .find(|served| !served.is_empty())
            .unwrap_or_default()
    }

    /// Whether anything that came back was TLS.
    pub fn heard_tls(&self) -> bool {
        self.hellos.iter().any(|attempt| {
            matches!(
                attempt.outcome,
                HelloOutcome::Answered(_) | HelloOutcome::Alert(_)
            )
        })
    }

    /// Whether they tell why the ordinary handshake failed: another protocol answers, or an older version or a method
    /// that it does not offer is what the server wants.
    pub fn explain(&self) -> bool {
        self.recognised().is_some() || self.answers().any(|(_, answer)| answer.is_unusual())
    }

    /// The protocol other than TLS whose first words were answered in kind.
    pub fn recognised(&self) -> Option<&Knock> {
        self.knocks.iter().find(|knock| knock.answered)
    }
}

/// One hand-made ClientHello and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAttempt {
    /// Where to.
    pub addr: SocketAddr,
    /// What was offered.
    pub hello: Hello,
    /// What came of it.
    pub outcome: HelloOutcome,
    /// Microseconds from the first byte sent to the outcome.
    pub took_us: u64,
}

/// What a hand-made ClientHello offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The highest version. Up to 1.2 a server may choose any older one; 1.3 is offered alone.
    pub highest: TlsVersion,
    /// Cipher suites up to this standing.
    pub suites: Standing,
    /// Key exchange groups up to this standing.
    pub groups: Standing,
    /// Signature algorithms up to this standing.
    pub signatures: Standing,
}

impl Hello {
    /// Everything there is, up to this version.
    pub const fn everything(highest: TlsVersion) -> Self {
        Self {
            highest,
            suites: Standing::Rare,
            groups: Standing::Rare,
            signatures: Standing::Rare,
        }
    }
}

/// How widely a method is offered by programs of today, in their default settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The ordinary handshake offers it.
    Current,
    /// The ordinary handshake does not; many programs still do.
    Lingering,
    /// Hardly any program does.
    Rare,
}

/// Versions of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TlsVersion {
    /// SSL 3.0 (RFC 6101); never offered, but answered by servers that do not heed what was.
    #[serde(rename = "ssl-3.0")]
    Ssl30,
    /// RFC 2246.
    #[serde(rename = "1.0")]
    Tls10,
    /// RFC 4346.
    #[serde(rename = "1.1")]
    Tls11,
    /// RFC 5246.
    #[serde(rename = "1.2")]
    Tls12,
    /// RFC 8446.
    #[serde(rename = "1.3")]
    Tls13,
}

impl TlsVersion {
    /// As people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssl30 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

/// What came of a hand-made ClientHello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HelloOutcome {
    /// The server chose from what was offered.
    Answered(HelloAnswer),
    /// It refused with this alert (its RFC 8446 name in snake case).
    Alert(String),
    /// It closed without a word after this many bytes.
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
    /// The answer breaks the protocol.
    Garbled,
    /// The answer is longer than any that is sound.
    TooLong,
}

impl HelloOutcome {
    /// What the server chose, if it did.
    pub fn answer(&self) -> Option<&HelloAnswer> {
        match self {
            Self::Answered(answer) => Some(answer),
            _ => None,
        }
    }

    /// Whether the server turned this greeting down. Silence, and an answer that cannot be read, say nothing.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Alert(_) | Self::Closed { .. } | Self::Reset { .. }
        )
    }
}

/// What a server chose, as far as it says so in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAnswer {
    /// The version.
    pub version: TlsVersion,
    /// The cipher suite.
    pub suite: Chosen,
    /// The key exchange group, where it has a name.
    pub group: Option<Chosen>,
    /// The length of the Diffie-Hellman prime in bits, where the server made its own group.
    pub dh_bits: Option<u32>,
    /// The algorithm of the server's signature (TLS 1.2).
    pub signature: Option<Chosen>,
    /// Whether it knows secure renegotiation (RFC 5746); unknown in TLS 1.3, which has none.
    pub secure_renegotiation: Option<bool>,
    /// The certificates in the order served (up to TLS 1.2), as far as they arrived.
    pub served: Vec<Der>,
}

impl HelloAnswer {
    /// Whether the ordinary handshake offers less than this.
    fn is_unusual(&self) -> bool {
        let methods = [
            Some(&self.suite),
            self.group.as_ref(),
            self.signature.as_ref(),
        ];
        self.version < TlsVersion::Tls12
            || methods
                .into_iter()
                .flatten()
                .any(|method| method.standing > Standing::Current)
    }
}

/// One method that a server chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Its IANA name, or its number in hexadecimal where it has none.
    pub name: String,
    /// How widely it is offered.
    pub standing: Standing,
}

/// The first words of a protocol other than TLS, on a connection of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knock {
    /// Where to.
    pub addr: SocketAddr,
    /// Which protocol.
    pub protocol: Spoken,
    /// Whether the answer was that protocol's own. Silence is no proof that it is not spoken: an OpenVPN server with a
    /// key of its own for the first packet (`tls-auth`, `tls-crypt`) does not answer strangers.
    pub answered: bool,
    /// Microseconds from the first byte sent to the outcome.
    pub took_us: u64,
}
