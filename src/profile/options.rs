//! Files of options: openconnect's (`--config`) and openfortivpn's. Not here: their command lines.

use super::{ProfileError, place, text};
use crate::evidence::{Carrier, Material, ProfileEvidence};
use crate::msg::Msg;

/// Whether this looks like openfortivpn's file.
pub(super) fn seems_openfortivpn(document: &str) -> bool {
    options(document).any(|option| option.name == "host" && option.value.is_some())
}

/// Whether this looks like openconnect's file.
pub(super) fn seems_openconnect(document: &str) -> bool {
    options(document).any(|option| option.name == "server" && option.value.is_some())
}

/// openconnect: long options of `openconnect(8)` without their dashes, one a line. A file without a server is one that
/// others are called with: it has no connection.
pub(super) fn openconnect(
    document: &str,
    stem: &str,
) -> Result<Vec<ProfileEvidence>, ProfileError> {
    let mut connection = ProfileEvidence::named(stem, "openconnect");
    for option in options(document) {
        let value = option.value.unwrap_or_default();
        match option.name {
            "server" => {
                let place = place(option.line, value, Carrier::Dtls, false)?;
                connection.targets = vec![place];
            }
            "no-system-trust" => connection.roots_alone = true,
            "cafile" => connection.roots = file(option.line, option.name, value)?,
            "certificate" => {
                connection.client_certificate = client(option.line, option.name, value)?;
            }
            "key-password" | "cookie" | "token-secret" | "passwd" | "form-entry" => {
                connection.has_secrets = true;
            }
            _ => {}
        }
    }
    Ok(with_target(connection))
}

/// openfortivpn: `name = value` of `openfortivpn(1)`.
pub(super) fn openfortivpn(
    document: &str,
    stem: &str,
) -> Result<Vec<ProfileEvidence>, ProfileError> {
    let mut connection = ProfileEvidence::named(stem, "openfortivpn");
    let mut port = None;
    for option in options(document) {
        let value = option.value.unwrap_or_default();
        match option.name {
            "host" => {
                let place = place(option.line, value, Carrier::Tcp, false)?;
                connection.targets = vec![place];
            }
            "port" => {
                let number = value.parse().ok().filter(|port| *port > 0);
                let wrong = ProfileError::at(option.line, Msg::new("profile.read.port"));
                port = Some(number.ok_or(wrong)?);
            }
            "ca-file" => {
                connection.roots = file(option.line, option.name, value)?;
                // Instead of the system's store, says the manual.
                connection.roots_alone = true;
            }
            "user-cert" if !value.is_empty() => {
                connection.client_certificate = client(option.line, option.name, value)?;
            }
            "min-tls" => {
                if !matches!(value, "1.0" | "1.1" | "1.2" | "1.3") {
                    let expected = Msg::new("profile.read.argument")
                        .with("word", option.name)
                        .with("what", "1.2 | 1.3");
                    return Err(ProfileError::at(option.line, expected));
                }
                connection.tls_min = Some(value.to_owned());
            }
            "password" | "otp" | "pem-passphrase" | "cookie" => connection.has_secrets = true,
            _ => {}
        }
    }
    if let (Some(port), Some(first)) = (port, connection.targets.first_mut()) {
        first.target.port = port;
        first.target.port_given = true;
    }
    Ok(with_target(connection))
}

fn with_target(connection: ProfileEvidence) -> Vec<ProfileEvidence> {
    if connection.targets.is_empty() {
        Vec::new()
    } else {
        vec![connection]
    }
}

fn file(line: usize, name: &str, value: &str) -> Result<Material, ProfileError> {
    if value.is_empty() {
        let expected = Msg::new("profile.read.argument")
            .with("word", name)
            .with("what", "FILE");
        return Err(ProfileError::at(line, expected));
    }
    Ok(Material::Named(value.to_owned()))
}

/// A client's certificate: a file, or an address in a token, which carries a PIN at times and is not kept.
fn client(line: usize, name: &str, value: &str) -> Result<Material, ProfileError> {
    if value.starts_with("pkcs11:") || value.starts_with("tpmkey:") {
        return Ok(Material::Named(
            value.split(':').next().unwrap_or_default().to_owned() + ":",
        ));
    }
    file(line, name, value)
}

/// One option.
struct Written<'t> {
    line: usize,
    name: &'t str,
    value: Option<&'t str>,
}

/// The options of a file: the name, then `=` or a blank, then the rest of the line.
fn options(document: &str) -> impl Iterator<Item = Written<'_>> {
    text::lines(document).filter_map(|(line, written)| {
        let written = written.trim();
        if written.is_empty() || written.starts_with(['#', ';']) {
            return None;
        }
        let (name, value) = match written.find(|c: char| c == '=' || c.is_whitespace()) {
            Some(at) => {
                let (name, rest) = written.split_at(at);
                let rest = rest.trim_start();
                let value = rest.strip_prefix('=').unwrap_or(rest).trim();
                (name, Some(value).filter(|value| !value.is_empty()))
            }
            None => (written, None),
        };
        Some(Written {
            line,
            name: name.trim_start_matches("--"),
            value,
        })
    })
}
