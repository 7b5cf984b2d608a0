//! A site's own settings. Reading them is in [`crate::guide`]'s reader of wizard.toml.

use super::{Lang, Text};

/// The site's settings, from `[site]` of wizard.toml.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The company's name.
    pub company: Option<String>,
    /// Whom to turn to.
    pub helpdesk: Option<Text>,
    /// Gateways to offer on the first screen.
    pub gateways: Vec<Gateway>,
    /// Time servers to compare with.
    pub ntp: Vec<String>,
    /// Captive portal probes: plain HTTP addresses and what they are known to answer.
    pub portal: Vec<PortalCheck>,
    /// Ports to try when the given one fails.
    pub ports: Vec<u16>,
    /// SHA-256 of the root certificates that the gateways' chains end in; empty where the site does not say.
    pub root_sha256: Vec<[u8; 32]>,
    /// `auto`, `dark`, `light`, `high-contrast` or `none`.
    pub theme: Option<String>,
    /// `en` or `ja`; the system's where it is not set.
    pub language: Option<Lang>,
    /// What checks may contact beyond the gateway and its DNS.
    pub contact: Contact,
    /// Pages of the site to look things up, shown and never opened.
    pub links: Vec<Link>,
}

/// What a site lets checks contact beyond the gateway and this device's own DNS servers; all where it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Anybody else at all, the addresses inside the gateway's certificate among them.
    pub third_party: bool,
    /// The public DNS server.
    pub public_dns: bool,
    /// Time servers.
    pub ntp: bool,
    /// Captive portal probes.
    pub portal: bool,
}

impl Default for Contact {
    fn default() -> Self {
        Self {
            third_party: true,
            public_dns: true,
            ntp: true,
            portal: true,
        }
    }
}

/// A page of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is about.
    pub label: Text,
    /// Its `https://` address.
    pub url: String,
}

/// A gateway the site offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// What people call it.
    pub name: Text,
    /// Its address, as one would type it.
    pub address: String,
}

/// A captive portal probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalCheck {
    /// A plain `http://` address.
    pub url: String,
    /// The status it answers with when nobody is in between.
    pub status: u16,
    /// What its body starts with then, if it has one.
    pub body: Option<String>,
}
