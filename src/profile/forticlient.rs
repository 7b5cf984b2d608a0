//! FortiClient: the XML backup (elements of the XML reference guide, chapters SSL VPN and IPsec VPN), the property list
//! that its macOS version keeps, and the tunnels that its Windows version keeps in the registry. Not here: where they are.

use super::{ProfileError, place, text, xml};
use crate::evidence::{Carrier, ProfileEvidence, Strict};
use crate::msg::Msg;

/// The id in `assets/clients.toml`.
const CLIENT: &str = "forticlient";

/// The connections of a backup; a backup without any has none.
pub(super) fn read(document: &str) -> Result<Vec<ProfileEvidence>, ProfileError> {
    let root = xml::parse(document)?;
    if !root.is("forticlient_configuration") {
        return Err(ProfileError::at(
            root.line,
            Msg::new("profile.read.element").with("element", "forticlient_configuration"),
        ));
    }
    let mut connections = Vec::new();
    if let Some(tls) = root.at(&["vpn", "sslvpn"]) {
        let refuses = tls
            .at(&["options", "disallow_invalid_server_certificate"])
            .is_some_and(|flag| text::is_true(&flag.text));
        for entry in entries(tls) {
            let Some(server) = entry.child("server").filter(|s| !s.text.is_empty()) else {
                continue;
            };
            let mut connection =
                ProfileEvidence::named(entry.value("name").unwrap_or(&server.text), CLIENT);
            add(&mut connection, (server.line, &server.text), Carrier::Dtls)?;
            if refuses {
                connection.strict.push(Strict::BlockUntrusted);
            }
            connection.has_secrets = entry.value("password").is_some();
            connections.push(connection);
        }
    }
    if let Some(ipsec) = root.at(&["vpn", "ipsecvpn"]) {
        for entry in entries(ipsec) {
            let server = entry.at(&["ike_settings", "server"]);
            let Some(server) = server.filter(|server| !server.text.is_empty()) else {
                continue;
            };
            let mut connection =
                ProfileEvidence::named(entry.value("name").unwrap_or(&server.text), CLIENT);
            add(&mut connection, (server.line, &server.text), Carrier::Ipsec)?;
            connection.has_secrets = ["password", "auth_data", "preshared_key"]
                .iter()
                .any(|name| !entry.all(name).is_empty());
            connections.push(connection);
        }
    }
    connections.retain(|connection| !connection.targets.is_empty());
    Ok(connections)
}

/// A tunnel of the registry: the name of its key and its value `Server`, several places with semicolons between. Whether
/// the certificate is asked about stands there too (`ServerCert`), but no public document says which value means what, so
/// nothing is made of it.
///
/// # Errors
/// A [`ProfileError`] without a line: the registry has none.
pub fn tunnel(
    name: &str,
    server: &str,
    has_secrets: bool,
) -> Result<ProfileEvidence, ProfileError> {
    let mut connection = ProfileEvidence::named(name, CLIENT);
    add(&mut connection, (1, server), Carrier::Dtls).map_err(|error| ProfileError {
        line: None,
        ..error
    })?;
    connection.has_secrets = has_secrets;
    Ok(connection)
}

/// Adds the places of one value and its line: several stand behind one another with semicolons between.
fn add(
    connection: &mut ProfileEvidence,
    (line, servers): (usize, &str),
    carrier: Carrier,
) -> Result<(), ProfileError> {
    for written in servers.split(';').map(str::trim).filter(|t| !t.is_empty()) {
        let backup = !connection.targets.is_empty();
        connection
            .targets
            .push(place(line, written, carrier, backup)?);
    }
    Ok(())
}

fn entries(part: &xml::Element) -> impl Iterator<Item = &xml::Element> {
    let list = part.child("connections");
    list.into_iter()
        .flat_map(|list| &list.children)
        .filter(|child| child.is("connection"))
}

/// The connections of a property list: every dictionary with a `Server`. Its name is its own, or the key it stands
/// under.
pub(super) fn read_plist(document: &str) -> Result<Vec<ProfileEvidence>, ProfileError> {
    let root = xml::parse(document)?;
    if !root.is("plist") {
        return Err(ProfileError::at(
            root.line,
            Msg::new("profile.read.element").with("element", "plist"),
        ));
    }
    let mut connections = Vec::new();
    let mut open: Vec<(&str, &xml::Element)> = root.children.iter().map(|c| ("", c)).collect();
    while let Some((key, element)) = open.pop() {
        if !element.is("dict") {
            open.extend(element.children.iter().rev().map(|child| (key, child)));
            continue;
        }
        let pairs = pairs(element);
        let value = |names: &[&str]| {
            let found = pairs.iter().find(|(key, value)| {
                value.is("string") && names.iter().any(|name| name.eq_ignore_ascii_case(key))
            });
            found
                .map(|(_, value)| *value)
                .filter(|v| !v.text.is_empty())
        };
        if let Some(server) = value(&["server", "host"]) {
            let name = value(&["name", "connectionname"]).map_or(key, |name| name.text.as_str());
            let mut connection =
                ProfileEvidence::named(if name.is_empty() { &server.text } else { name }, CLIENT);
            add(&mut connection, (server.line, &server.text), Carrier::Dtls)?;
            if let (Some(port), [only]) = (value(&["port"]), connection.targets.as_mut_slice()) {
                only.target.port = port
                    .text
                    .parse()
                    .ok()
                    .filter(|port| *port > 0)
                    .ok_or(ProfileError::at(port.line, Msg::new("profile.read.port")))?;
                only.target.port_given = true;
            }
            connection.has_secrets = value(&["password", "presharedkey"]).is_some();
            if !connection.targets.is_empty() {
                connections.push(connection);
            }
        }
        open.extend(pairs.iter().rev().copied());
    }
    Ok(connections)
}

/// Keys and what stands under them.
fn pairs(dict: &xml::Element) -> Vec<(&str, &xml::Element)> {
    let mut pairs = Vec::new();
    let mut key = None;
    for child in &dict.children {
        match key.take() {
            _ if child.is("key") => key = Some(child.text.as_str()),
            Some(key) => pairs.push((key, child)),
            None => {}
        }
    }
    pairs
}
