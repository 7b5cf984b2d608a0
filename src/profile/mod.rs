//! What VPN programs write into their own files: bytes in, saved connections out. Pure, and bounded in size and number.
//!
//! Keys, passwords and cookies end here: what comes out says only whether there were any, and an error names a line and
//! what was expected there, never what stood in it.
//!
//! | file | reads |
//! | --- | --- |
//! | `anyconnect.rs` | Cisco's profiles, local policy and preferences |
//! | `forticlient.rs` | FortiClient's XML backup, its property list on macOS, its tunnels in Windows' registry |
//! | `keyfile.rs` | NetworkManager's connections |
//! | `openvpn.rs` | `.ovpn` and `.conf` |
//! | `options.rs` | openconnect's and openfortivpn's option files |
//! | `text.rs`, `xml.rs` | encodings; XML without entities |
//!
//! Not here: where the files are and reading them ([`crate::device::profiles`]), and what follows from what they say
//! ([`crate::diagnose`]).

mod anyconnect;
mod forticlient;
mod keyfile;
mod openvpn;
mod options;
mod text;
mod xml;

pub use forticlient::tunnel as forticlient_tunnel;

use serde::Deserialize;

use crate::chain::{ReadError, read_certificates};
use crate::evidence::{
    Carrier, Material, NameRule, ProfileEvidence, ProfileTarget, Strict, Target, TargetError,
};
use crate::msg::Msg;

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 2 << 20;
/// Connections that are kept of one file.
pub const MAX_CONNECTIONS: usize = 500;
/// Places that are kept of one connection.
const MAX_TARGETS: usize = 64;
/// The longest name that is kept, in characters.
const MAX_NAME: usize = 200;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Cisco's profile.
    Anyconnect,
    /// Cisco's local policy or preferences: settings of this device, no connection.
    AnyconnectPolicy,
    /// FortiClient's XML backup.
    Forticlient,
    /// FortiClient's property list.
    ForticlientPlist,
    /// OpenVPN's configuration.
    Openvpn,
    /// openconnect's options.
    Openconnect,
    /// openfortivpn's options.
    Openfortivpn,
    /// NetworkManager's key file.
    NetworkManager,
}

/// Why a file is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    /// The line, from 1; none where it is the whole file.
    pub line: Option<usize>,
    /// What was expected.
    pub expected: Msg,
    /// Whether it is the configuration of a server, which is no fault of the file.
    pub of_server: bool,
}

impl ProfileError {
    pub(crate) const fn whole(id: &'static str) -> Self {
        Self {
            line: None,
            expected: Msg::new(id),
            of_server: false,
        }
    }

    const fn at(line: usize, expected: Msg) -> Self {
        Self {
            line: Some(line),
            expected,
            of_server: false,
        }
    }
}

/// What one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The connections, in the order of the file.
    pub connections: Vec<ProfileEvidence>,
    /// Settings of the whole program on this device.
    pub policy: Vec<Strict>,
}

/// Reads a file. `format` where it is known, else it is told from the content. `stem` is the file's name without folder
/// and ending: what programs show for a connection that has no name of its own.
///
/// # Errors
/// A [`ProfileError`] that names line and expectation.
pub fn read(bytes: &[u8], format: Option<Format>, stem: &str) -> Result<Contents, ProfileError> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE {
        return Err(ProfileError {
            line: None,
            expected: Msg::new("profile.read.too-large").with("limit", MAX_FILE),
            of_server: false,
        });
    }
    let text = text::decode(bytes)?;
    let mut contents = match format.or_else(|| told_from(&text)) {
        Some(Format::Anyconnect) => connections(anyconnect::read(&text, stem)?),
        Some(Format::AnyconnectPolicy) => Contents {
            connections: Vec::new(),
            policy: anyconnect::policy(&text)?,
        },
        Some(Format::Forticlient) => connections(forticlient::read(&text)?),
        Some(Format::ForticlientPlist) => connections(forticlient::read_plist(&text)?),
        Some(Format::Openvpn) => connections(vec![openvpn::read(&text, stem)?]),
        Some(Format::Openconnect) => connections(options::openconnect(&text, stem)?),
        Some(Format::Openfortivpn) => connections(options::openfortivpn(&text, stem)?),
        Some(Format::NetworkManager) => connections(keyfile::read(&text, stem)?),
        None => return Err(ProfileError::whole("profile.read.unknown-format")),
    };
    contents.connections.truncate(MAX_CONNECTIONS);
    for connection in &mut contents.connections {
        connection.targets.truncate(MAX_TARGETS);
        connection.name = connection.name.trim().chars().take(MAX_NAME).collect();
    }
    Ok(contents)
}

/// Certificates of a file that a profile names, as they may be kept.
pub fn material(file: Option<String>, bytes: &[u8]) -> Material {
    match read_certificates(bytes) {
        Ok(certificates) => Material::Read { file, certificates },
        Err(error) => Material::Unreadable {
            file,
            why: reason(&error),
        },
    }
}

/// The reason in words that carry nothing of the file.
fn reason(error: &ReadError) -> Msg {
    error.message()
}

fn connections(connections: Vec<ProfileEvidence>) -> Contents {
    Contents {
        connections,
        policy: Vec::new(),
    }
}

/// The format of a file that nobody has named.
fn told_from(text: &str) -> Option<Format> {
    let start = text.trim_start();
    if start.starts_with('<') && !openvpn::seems(text) {
        return Some(match xml::root(start)? {
            name if name == "AnyConnectProfile" => Format::Anyconnect,
            name if name == "AnyConnectLocalPolicy" || name == "AnyConnectPreferences" => {
                Format::AnyconnectPolicy
            }
            name if name == "forticlient_configuration" => Format::Forticlient,
            name if name == "plist" => Format::ForticlientPlist,
            _ => return None,
        });
    }
    if keyfile::seems(text) {
        Some(Format::NetworkManager)
    } else if openvpn::seems(text) {
        Some(Format::Openvpn)
    } else if options::seems_openfortivpn(text) {
        Some(Format::Openfortivpn)
    } else if options::seems_openconnect(text) {
        Some(Format::Openconnect)
    } else {
        None
    }
}

/// A place as a file writes it.
fn place(
    line: usize,
    written: &str,
    carrier: Carrier,
    backup: bool,
) -> Result<ProfileTarget, ProfileError> {
    let target = Target::parse(written).map_err(|error| bad_address(line, &error))?;
    Ok(ProfileTarget {
        target,
        carrier,
        backup,
    })
}

fn bad_address(line: usize, error: &TargetError) -> ProfileError {
    // A bad port is told without its text: in files of options it is whatever stood behind a colon.
    let expected = match error {
        TargetError::Port(_) => Msg::new("profile.read.port"),
        TargetError::TooLong(_) => error.message(),
        _ => Msg::new("profile.read.address"),
    };
    ProfileError::at(line, expected)
}

/// The rule that `verify-x509-name` and NetworkManager's key of the same name write down (OpenVPN's
/// `tls-options.rst`); `subject` where no kind is given.
fn name_rule(kind: Option<&str>, text: &str) -> Option<NameRule> {
    let text = text.to_owned();
    match kind.unwrap_or("subject") {
        "subject" => Some(NameRule::Subject(text)),
        "name" => Some(NameRule::CommonName(text)),
        "name-prefix" => Some(NameRule::Prefix(text)),
        _ => None,
    }
}
