//! NetworkManager's connections (`nm-settings-keyfile(5)`): those of its plug-ins for openconnect, OpenVPN, FortiGate's
//! SSL-VPN and vpnc. Other connections are passed over. Not here: where the files are, and who may read them.

use super::{ProfileError, name_rule, place, text};
use crate::evidence::{Carrier, Material, OPENVPN, ProfileEvidence, ProfileTarget, Strict, Target};
use crate::msg::Msg;

/// Where the plug-ins' names begin.
const SERVICE: &str = "org.freedesktop.NetworkManager.";
/// OpenVPN's own port.
const OPENVPN_PORT: u16 = 1194;

/// Whether this looks like such a file.
pub(super) fn seems(document: &str) -> bool {
    document.lines().any(|line| line.trim() == "[connection]")
}

/// A line of a section.
struct Key<'t> {
    line: usize,
    section: &'t str,
    name: &'t str,
    value: &'t str,
}

struct Keys<'t>(Vec<Key<'t>>);

impl<'t> Keys<'t> {
    fn find(&self, section: &str, name: &str) -> Option<&Key<'t>> {
        self.0
            .iter()
            .find(|key| key.section == section && key.name == name && !key.value.is_empty())
    }

    fn vpn(&self, name: &str) -> Option<&'t str> {
        self.find("vpn", name).map(|key| key.value)
    }

    fn is_set(&self, name: &str) -> bool {
        self.vpn(name).is_some_and(text::is_true)
    }

    fn file(&self, name: &str) -> Material {
        self.vpn(name)
            .map_or(Material::None, |path| Material::Named(path.to_owned()))
    }
}

/// Reads a connection; none where it is not a VPN of these kinds.
pub(super) fn read(document: &str, stem: &str) -> Result<Vec<ProfileEvidence>, ProfileError> {
    let keys = keys(document)?;
    if keys.find("connection", "type").map(|key| key.value) != Some("vpn") {
        return Ok(Vec::new());
    }
    let Some(service) = keys.vpn("service-type") else {
        return Err(ProfileError::whole("profile.read.no-service"));
    };
    let name = keys.find("connection", "id").map_or(stem, |key| key.value);
    let kind = service.strip_prefix(SERVICE).unwrap_or(service);
    let connection = match kind {
        "openvpn" => openvpn(&keys, name)?,
        "openconnect" => gateway(&keys, name, "openconnect", Carrier::Dtls)?,
        "fortisslvpn" => gateway(&keys, name, "openfortivpn", Carrier::Tcp)?,
        "vpnc" => gateway(&keys, name, "vpnc", Carrier::Ipsec)?,
        _ => return Ok(Vec::new()),
    };
    Ok(vec![connection])
}

fn gateway(
    keys: &Keys<'_>,
    name: &str,
    client: &str,
    carrier: Carrier,
) -> Result<ProfileEvidence, ProfileError> {
    let key = if carrier == Carrier::Ipsec {
        "IPSec gateway"
    } else {
        "gateway"
    };
    let mut connection = ProfileEvidence::named(name, client);
    let Some(written) = keys.find("vpn", key) else {
        return Err(no_key(key));
    };
    let place = place(written.line, written.value, carrier, false)?;
    connection.targets.push(place);
    match client {
        "openconnect" => {
            connection.roots = keys.file("cacert");
            connection.client_certificate = keys.file("usercert");
        }
        "openfortivpn" => {
            connection.roots = keys.file("ca");
            connection.roots_alone = connection.roots.is_some();
            connection.client_certificate = keys.file("cert");
        }
        _ => {}
    }
    connection.has_secrets = has_secrets(keys);
    Ok(connection)
}

fn openvpn(keys: &Keys<'_>, name: &str) -> Result<ProfileEvidence, ProfileError> {
    let mut connection = ProfileEvidence::named(name, OPENVPN);
    let Some(remotes) = keys.find("vpn", "remote") else {
        return Err(no_key("remote"));
    };
    let wrong = |id| ProfileError::at(remotes.line, Msg::new(id));
    let general = if keys.is_set("proto-tcp") {
        Carrier::Tcp
    } else {
        Carrier::Udp
    };
    let port = match keys.find("vpn", "port") {
        Some(key) => key
            .value
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or(ProfileError::at(key.line, Msg::new("profile.read.port")))?,
        None => OPENVPN_PORT,
    };
    // `host[:port[:proto]]`, several with commas or blanks.
    let separate = |c: char| c == ',' || c.is_whitespace();
    for written in remotes.value.split(separate).filter(|t| !t.is_empty()) {
        let (host, rest) = match written.strip_prefix('[').and_then(|t| t.split_once(']')) {
            Some((host, rest)) => (host, rest.trim_start_matches(':')),
            None => written.split_once(':').unwrap_or((written, "")),
        };
        let mut parts = rest.split(':').filter(|part| !part.is_empty());
        let mut target =
            Target::parse(host).map_err(|error| super::bad_address(remotes.line, &error))?;
        target.port = match parts.next() {
            Some(text) => text.parse().map_err(|_| wrong("profile.read.port"))?,
            None => port,
        };
        target.port_given = true;
        let carrier = match parts.next() {
            None => general,
            Some(word) if word.starts_with("udp") => Carrier::Udp,
            Some(word) if word.starts_with("tcp") => Carrier::Tcp,
            Some(_) => return Err(wrong("profile.read.proto")),
        };
        connection.targets.push(ProfileTarget {
            target,
            carrier,
            backup: !connection.targets.is_empty(),
        });
    }
    if connection.targets.is_empty() {
        return Err(no_key("remote"));
    }
    connection.roots = keys.file("ca");
    connection.roots_alone = true;
    connection.client_certificate = keys.file("cert");
    connection.guarded = ["ta", "tls-crypt", "tls-crypt-v2"]
        .iter()
        .any(|name| keys.vpn(name).is_some());
    if let Some(rule) = keys.vpn("verify-x509-name") {
        let (kind, text) = rule.split_once(':').unwrap_or(("subject", rule));
        connection.expects = name_rule(Some(kind), text);
    }
    if keys.vpn("remote-cert-tls") == Some("server") {
        connection.strict.push(Strict::ServerPurpose);
    }
    connection.tls_min = keys
        .vpn("tls-version-min")
        .filter(|version| matches!(*version, "1.0" | "1.1" | "1.2" | "1.3"))
        .map(str::to_owned);
    connection.has_secrets = has_secrets(keys);
    Ok(connection)
}

fn has_secrets(keys: &Keys<'_>) -> bool {
    const SECRETS: [&str; 5] = [
        "password",
        "IPSec secret",
        "Xauth password",
        "cert-pass",
        "otp",
    ];
    keys.0.iter().any(|key| {
        key.section == "vpn-secrets" || (key.section == "vpn" && SECRETS.contains(&key.name))
    })
}

fn no_key(name: &str) -> ProfileError {
    ProfileError {
        line: None,
        expected: Msg::new("profile.read.key").with("key", name),
        of_server: false,
    }
}

fn keys(document: &str) -> Result<Keys<'_>, ProfileError> {
    let mut keys = Vec::new();
    let mut section = "";
    for (line, written) in text::lines(document) {
        let written = written.trim();
        if written.is_empty() || written.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = written.strip_prefix('[') {
            let name = name.strip_suffix(']');
            section = name.ok_or(ProfileError::at(line, Msg::new("profile.read.section")))?;
            continue;
        }
        let Some((name, value)) = written.split_once('=') else {
            return Err(ProfileError::at(line, Msg::new("profile.read.key-value")));
        };
        keys.push(Key {
            line,
            section,
            name: name.trim(),
            value: value.trim(),
        });
    }
    Ok(Keys(keys))
}
