//! A saved VPN connection, as far as it may be kept: where it leads, what it trusts, what it insists on. No key, no
//! password, no cookie: of secrets only whether there are any.
//!
//! How the files are read is [`crate::profile`]'s, where they are [`crate::device`]'s.

use serde::{Deserialize, Serialize};

use super::{ClientEvidence, ClientKey, Der, PublicKey, Target};
use crate::msg::Msg;

/// The id of OpenVPN in `assets/clients.toml`: its profiles lead to servers that speak TLS inside their own packets.
pub const OPENVPN: &str = "openvpn";

/// One saved connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileEvidence {
    /// The name that the VPN program shows.
    pub name: String,
    /// The VPN program's id in `assets/clients.toml`, or its own name where that file has none.
    pub client: String,
    /// The file, as it was found or named.
    pub file: String,
    /// Where it leads, the first choice first; never empty.
    pub targets: Vec<ProfileTarget>,
    /// The authorities that it brings along.
    pub roots: Material,
    /// Whether only those authorities count, and not this system's store.
    pub roots_alone: bool,
    /// The client's own certificate; its key is not kept.
    pub client_certificate: Material,
    /// The public half of the key beside that certificate, where the key stands in the same file without a password.
    pub client_key: Option<PublicKey>,
    /// The name that the server's certificate must have, where the profile says so.
    pub expects: Option<NameRule>,
    /// Settings that make the program refuse what it would otherwise ask about or pass over.
    pub strict: Vec<Strict>,
    /// The oldest TLS version it takes, `1.2` or `1.3`, where it says so.
    pub tls_min: Option<String>,
    /// Whether the first packet has to be made with a shared key, without which the server does not answer (OpenVPN's
    /// `tls-auth`, `tls-crypt`, `tls-crypt-v2`).
    pub guarded: bool,
    /// Whether keys, passwords or cookies are in the file.
    pub has_secrets: bool,
}

impl ProfileEvidence {
    /// A connection of which nothing but its name and its program's id is known yet.
    pub fn named(name: &str, client: &str) -> Self {
        Self {
            name: name.to_owned(),
            client: client.to_owned(),
            file: String::new(),
            targets: Vec::new(),
            roots: Material::None,
            roots_alone: false,
            client_certificate: Material::None,
            client_key: None,
            expects: None,
            strict: Vec::new(),
            tls_min: None,
            guarded: false,
            has_secrets: false,
        }
    }

    /// Where it leads first.
    pub fn target(&self) -> Option<&ProfileTarget> {
        self.targets.first()
    }

    /// Whether its servers speak TLS inside OpenVPN's packets.
    pub fn is_openvpn(&self) -> bool {
        self.client == OPENVPN
    }

    /// Whether its first choice is reached over UDP alone.
    pub fn is_udp_alone(&self) -> bool {
        self.is_openvpn() && self.target().is_some_and(|t| t.carrier == Carrier::Udp)
    }

    /// Whether it brings the only authorities that count, and they could not be read.
    pub fn roots_are_unknown(&self) -> bool {
        self.roots_alone && !matches!(self.roots, Material::Read { .. })
    }

    /// The client's own certificate, as the rules about such certificates want it. It cannot be shown to a gateway: its
    /// key stays in the profile.
    pub fn client(&self) -> Option<ClientEvidence> {
        let (file, certificates, damage) = match &self.client_certificate {
            Material::None | Material::Named(_) => return None,
            Material::Read { file, certificates } => (file, certificates.clone(), None),
            Material::Unreadable { file, why } => (file, Vec::new(), Some(why.clone())),
        };
        let key = self.client_key.clone();
        Some(ClientEvidence {
            file: file.as_ref().unwrap_or(&self.file).clone(),
            certificates,
            damage,
            key: key.map_or(ClientKey::NotGiven, |key| ClientKey::Seen(vec![key])),
            can_be_shown: false,
        })
    }

    /// Whether the program insists on this.
    pub fn insists_on(&self, strict: Strict) -> bool {
        self.strict.contains(&strict)
    }
}

/// A place that a profile leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileTarget {
    /// Host and port.
    pub target: Target,
    /// What carries the tunnel there.
    pub carrier: Carrier,
    /// Whether it is only for when the first choice does not answer.
    pub backup: bool,
}

/// What carries a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// TLS over TCP.
    Tcp,
    /// OpenVPN over UDP.
    Udp,
    /// TLS over TCP, and DTLS beside it.
    Dtls,
    /// IPsec.
    Ipsec,
}

impl Carrier {
    /// As people read it, the same in every language.
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Dtls => "TLS + DTLS",
            Self::Ipsec => "IPsec",
        }
    }

    /// As in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Dtls => "dtls",
            Self::Ipsec => "ipsec",
        }
    }
}

/// Certificates that a profile has or names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Material {
    /// It says nothing about any.
    #[default]
    None,
    /// It names this file, which nobody has looked into.
    Named(String),
    /// They were read.
    Read {
        /// The file, where they are not in the profile itself.
        file: Option<String>,
        /// As found.
        certificates: Vec<Der>,
    },
    /// They should be there and cannot be read.
    Unreadable {
        /// The file, where they are not in the profile itself.
        file: Option<String>,
        /// Why.
        why: Msg,
    },
}

impl Material {
    /// The certificates, as far as they were read.
    pub fn certificates(&self) -> &[Der] {
        match self {
            Self::Read { certificates, .. } => certificates,
            Self::None | Self::Named(_) | Self::Unreadable { .. } => &[],
        }
    }

    /// Whether the profile speaks of any.
    pub fn is_some(&self) -> bool {
        *self != Self::None
    }
}

/// What the name in the server's certificate must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameRule {
    /// The common name is this.
    CommonName(String),
    /// The common name begins with this.
    Prefix(String),
    /// The whole subject is this.
    Subject(String),
}

impl NameRule {
    /// The name or the beginning of it.
    pub fn text(&self) -> &str {
        match self {
            Self::CommonName(text) | Self::Prefix(text) | Self::Subject(text) => text,
        }
    }
}

/// A setting that makes a program refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strict {
    /// Servers whose certificate is not trusted are refused without a question.
    BlockUntrusted,
    /// The same, for every certificate that has a fault (Cisco's `StrictCertificateTrust`).
    StrictTrust,
    /// A responder is asked whether the certificate was revoked.
    OcspRevocation,
    /// Only certain stores of this device are looked into for authorities.
    RestrictStore,
    /// Only methods of FIPS 140.
    Fips,
    /// A newer profile is not fetched from the gateway.
    NoDownloads,
    /// Only client certificates that fit a description are shown.
    CertificateMatch,
    /// The server's certificate must be made for servers.
    ServerPurpose,
}

impl Strict {
    /// The setting's name as its program writes it.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::BlockUntrusted => "BlockUntrustedServers",
            Self::StrictTrust => "StrictCertificateTrust",
            Self::OcspRevocation => "OCSPRevocation",
            Self::RestrictStore => "RestrictServerCertStore",
            Self::Fips => "FipsMode",
            Self::NoDownloads => "BypassDownloader",
            Self::CertificateMatch => "CertificateMatch",
            Self::ServerPurpose => "remote-cert-tls server",
        }
    }
}
