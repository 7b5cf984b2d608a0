//! Cisco Secure Client (AnyConnect): the profile with its list of hosts, and the local policy and preferences beside it.
//! Elements as the administrator guide's chapter on the profile editor names them. Not here: where the files are.

use super::{ProfileError, place, text, xml};
use crate::evidence::{Carrier, ProfileEvidence, Strict};
use crate::msg::Msg;

/// The id in `assets/clients.toml`.
const CLIENT: &str = "anyconnect";

/// The connections of a profile.
pub(super) fn read(document: &str, stem: &str) -> Result<Vec<ProfileEvidence>, ProfileError> {
    let root = xml::parse(document)?;
    if !root.is("AnyConnectProfile") {
        return Err(expected(root.line, "AnyConnectProfile"));
    }
    let mut strict = Vec::new();
    if let Some(general) = root.child("ClientInitialization") {
        settings(general, &mut strict);
        let matches = general.child("CertificateMatch");
        if matches.is_some_and(|rule| !rule.children.is_empty()) {
            strict.push(Strict::CertificateMatch);
        }
    }
    let mut connections = Vec::new();
    for entry in root.all("HostEntry") {
        let Some((line, address)) = ["HostAddress", "HostName"].iter().find_map(|name| {
            let child = entry.child(name)?;
            (!child.text.is_empty()).then_some((child.line, child.text.as_str()))
        }) else {
            return Err(expected(entry.line, "HostAddress"));
        };
        let protocol = entry
            .child("PrimaryProtocol")
            .is_some_and(|protocol| protocol.text.to_ascii_lowercase().starts_with("ipsec"));
        let carrier = if protocol {
            Carrier::Ipsec
        } else {
            Carrier::Dtls
        };
        let name = entry.value("HostName").unwrap_or(stem);
        let mut connection = ProfileEvidence::named(name, CLIENT);
        connection
            .targets
            .push(place(line, address, carrier, false)?);
        let own = entry.child("BackupServerList");
        let shared = root.at(&["ClientInitialization", "BackupServerList"]);
        if let Some(list) = own.or(shared) {
            for backup in list.all("HostAddress") {
                if !backup.text.is_empty() {
                    let place = place(backup.line, &backup.text, carrier, true)?;
                    connection.targets.push(place);
                }
            }
        }
        connection.strict.clone_from(&strict);
        connections.push(connection);
    }
    if connections.is_empty() {
        return Err(expected(root.line, "HostEntry"));
    }
    Ok(connections)
}

/// The settings of a local policy or of preferences.
pub(super) fn policy(document: &str) -> Result<Vec<Strict>, ProfileError> {
    let root = xml::parse(document)?;
    if !root.is("AnyConnectLocalPolicy") && !root.is("AnyConnectPreferences") {
        return Err(expected(root.line, "AnyConnectLocalPolicy"));
    }
    let mut strict = Vec::new();
    settings(&root, &mut strict);
    Ok(strict)
}

fn settings(within: &xml::Element, strict: &mut Vec<Strict>) {
    const FLAGS: [Strict; 6] = [
        Strict::BlockUntrusted,
        Strict::StrictTrust,
        Strict::OcspRevocation,
        Strict::RestrictStore,
        Strict::Fips,
        Strict::NoDownloads,
    ];
    for flag in FLAGS {
        let set = within
            .all(flag.setting())
            .iter()
            .any(|element| text::is_true(&element.text));
        if set && !strict.contains(&flag) {
            strict.push(flag);
        }
    }
}

fn expected(line: usize, element: &str) -> ProfileError {
    ProfileError::at(
        line,
        Msg::new("profile.read.element").with("element", element),
    )
}
