//! OpenVPN's configuration for clients: words of `openvpn(8)` that say where a profile leads and what it trusts. Keys are
//! passed over without being kept. Not here: server configurations.

use zeroize::Zeroizing;

use super::{ProfileError, material, name_rule, text};
use crate::chain::read_private_key;
use crate::evidence::{Carrier, Material, OPENVPN, ProfileEvidence, ProfileTarget, Strict, Target};
use crate::msg::Msg;

/// OpenVPN's own port.
const PORT: u16 = 1194;
/// Blocks that may stand in the file itself.
const INLINE: [&str; 13] = [
    "ca",
    "cert",
    "key",
    "extra-certs",
    "dh",
    "pkcs12",
    "secret",
    "crl-verify",
    "tls-auth",
    "tls-crypt",
    "tls-crypt-v2",
    "auth-user-pass",
    "http-proxy-user-pass",
];
/// Those of them that are secrets.
const SECRET: [&str; 8] = [
    "key",
    "pkcs12",
    "secret",
    "tls-auth",
    "tls-crypt",
    "tls-crypt-v2",
    "auth-user-pass",
    "http-proxy-user-pass",
];

/// Whether this looks like such a file: it has a remote and a word that others do not have.
pub(super) fn seems(document: &str) -> bool {
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let words: Vec<String> = document.lines().filter_map(first).collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    (has("remote") || has("<connection>"))
        && [
            "client",
            "tls-client",
            "dev",
            "<ca>",
            "ca",
            "proto",
            "nobind",
        ]
        .iter()
        .any(|word| has(word))
}

/// Reads a configuration.
pub(super) fn read(document: &str, stem: &str) -> Result<ProfileEvidence, ProfileError> {
    let mut reader = Reading {
        profile: ProfileEvidence::named(stem, OPENVPN),
        general: Way::default(),
        ways: Vec::new(),
        connection: None,
        key: None,
    };
    reader.profile.roots_alone = true;
    let mut lines = text::lines(document);
    while let Some((number, line)) = lines.next() {
        let words = words(line);
        let Some(first) = words.first() else { continue };
        if let Some(tag) = first
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
        {
            if tag == "connection" {
                reader.connection = Some(Block::default());
            } else if tag == "/connection" {
                reader.close();
            } else if INLINE.contains(&tag) {
                let end = format!("</{tag}>");
                let mut body = Zeroizing::new(String::new());
                let mut ended = false;
                for (_, line) in lines.by_ref() {
                    if line.trim() == end {
                        ended = true;
                        break;
                    }
                    body.push_str(line);
                    body.push('\n');
                }
                if !ended {
                    return Err(ProfileError::at(
                        number,
                        Msg::new("profile.read.block").with("end", end),
                    ));
                }
                reader.inline(tag, &body);
            }
            continue;
        }
        let first = first.trim_start_matches("--").to_owned();
        reader.word(number, &first, words.get(1..).unwrap_or_default())?;
    }
    reader.close();
    reader.finish()
}

/// What a `remote` line leaves to the rest of the file.
#[derive(Clone, Copy, Default)]
struct Way {
    port: Option<u16>,
    carrier: Option<Carrier>,
}

/// A `<connection>` block: its places, and what holds for those of them whose own line does not say, in whatever order
/// it stands.
#[derive(Default)]
struct Block {
    remotes: Vec<Remote>,
    way: Way,
}

/// A place, as far as its own line says.
struct Remote {
    line: usize,
    host: String,
    way: Way,
}

struct Reading {
    profile: ProfileEvidence,
    general: Way,
    ways: Vec<Remote>,
    /// The block that is open.
    connection: Option<Block>,
    key: Option<Zeroizing<Vec<u8>>>,
}

impl Reading {
    fn word(&mut self, line: usize, word: &str, rest: &[String]) -> Result<(), ProfileError> {
        let argument = rest.first().map(String::as_str);
        let needs = |what: &str| {
            ProfileError::at(
                line,
                Msg::new("profile.read.argument")
                    .with("word", word)
                    .with("what", what),
            )
        };
        match word {
            "remote" => {
                let host = argument
                    .ok_or_else(|| needs("HOST [PORT] [PROTO]"))?
                    .to_owned();
                let way = Way {
                    port: rest.get(1).map(|text| port(line, text)).transpose()?,
                    carrier: rest.get(2).map(|text| carrier(line, text)).transpose()?,
                };
                let block = self.connection.as_mut();
                let list = block.map_or(&mut self.ways, |block| &mut block.remotes);
                list.push(Remote { line, host, way });
            }
            "port" | "rport" => {
                let port = port(line, argument.ok_or_else(|| needs("PORT"))?)?;
                self.way().port = Some(port);
            }
            "proto" => {
                let carrier = carrier(line, argument.ok_or_else(|| needs("udp | tcp-client"))?)?;
                self.way().carrier = Some(carrier);
            }
            "ca" => self.profile.roots = file(argument.ok_or_else(|| needs("FILE"))?),
            "cert" => {
                self.profile.client_certificate = file(argument.ok_or_else(|| needs("FILE"))?);
            }
            "pkcs12" => {
                // Holds the authorities as well, and cannot be opened without its password.
                let named = file(argument.ok_or_else(|| needs("FILE"))?);
                if !self.profile.roots.is_some() {
                    self.profile.roots = named.clone();
                }
                self.profile.client_certificate = named;
            }
            "tls-auth" | "tls-crypt" | "tls-crypt-v2" => self.profile.guarded = true,
            "verify-x509-name" => {
                let name = argument.ok_or_else(|| needs("NAME [TYPE]"))?;
                let kind = rest.get(1).map(String::as_str);
                let rule = name_rule(kind, name);
                self.profile.expects =
                    Some(rule.ok_or_else(|| needs("NAME subject | name | name-prefix"))?);
            }
            "remote-cert-tls" if argument == Some("server") => self.insist(Strict::ServerPurpose),
            "ns-cert-type" => self.insist(Strict::ServerPurpose),
            "tls-version-min" => {
                let version = argument.ok_or_else(|| needs("1.2 | 1.3"))?;
                if !matches!(version, "1.0" | "1.1" | "1.2" | "1.3") {
                    return Err(needs("1.2 | 1.3"));
                }
                self.profile.tls_min = Some(version.to_owned());
            }
            // OpenVPN Connect shows this name.
            "setenv" if argument == Some("FRIENDLY_NAME") => {
                if let Some(name) = rest.get(1).filter(|name| !name.is_empty()) {
                    self.profile.name = name.trim_matches('"').to_owned();
                }
            }
            "server" | "server-bridge" | "tls-server" => return Err(of_server(line)),
            "mode" if argument == Some("server") => return Err(of_server(line)),
            _ => {}
        }
        Ok(())
    }

    fn insist(&mut self, strict: Strict) {
        if !self.profile.strict.contains(&strict) {
            self.profile.strict.push(strict);
        }
    }

    fn inline(&mut self, tag: &str, body: &Zeroizing<String>) {
        self.profile.has_secrets |= SECRET.contains(&tag);
        match tag {
            "ca" => self.profile.roots = material(None, body.as_bytes()),
            "cert" => self.profile.client_certificate = material(None, body.as_bytes()),
            "key" => self.key = Some(Zeroizing::new(body.as_bytes().to_vec())),
            "tls-auth" | "tls-crypt" | "tls-crypt-v2" => self.profile.guarded = true,
            _ => {}
        }
    }

    /// What holds from here for places whose own line does not say: in the block, or in the whole file.
    fn way(&mut self) -> &mut Way {
        match &mut self.connection {
            Some(block) => &mut block.way,
            None => &mut self.general,
        }
    }

    fn close(&mut self) {
        let Block { remotes, way } = self.connection.take().unwrap_or_default();
        self.ways.extend(remotes.into_iter().map(|remote| Remote {
            way: Way {
                port: remote.way.port.or(way.port),
                carrier: remote.way.carrier.or(way.carrier),
            },
            ..remote
        }));
    }

    fn finish(mut self) -> Result<ProfileEvidence, ProfileError> {
        for remote in &self.ways {
            // An IPv6 address stands without brackets here.
            let mut target = Target::parse(&remote.host)
                .map_err(|error| super::bad_address(remote.line, &error))?;
            target.port = remote.way.port.or(self.general.port).unwrap_or(PORT);
            target.port_given = true;
            let carrier = remote.way.carrier.or(self.general.carrier);
            self.profile.targets.push(ProfileTarget {
                target,
                carrier: carrier.unwrap_or(Carrier::Udp),
                backup: !self.profile.targets.is_empty(),
            });
        }
        if self.profile.targets.is_empty() {
            return Err(ProfileError::whole("profile.read.no-remote"));
        }
        // Only the public half, and only where no password is in the way.
        let key = self
            .key
            .as_ref()
            .and_then(|pem| read_private_key(pem, None).ok());
        self.profile.client_key = key.map(|key| key.public.clone());
        Ok(self.profile)
    }
}

fn of_server(line: usize) -> ProfileError {
    ProfileError {
        of_server: true,
        ..ProfileError::at(line, Msg::new("profile.read.is-server"))
    }
}

fn file(name: &str) -> Material {
    if name == "[inline]" {
        Material::None
    } else {
        Material::Named(name.to_owned())
    }
}

fn port(line: usize, text: &str) -> Result<u16, ProfileError> {
    let port = text.parse().ok().filter(|port| *port > 0);
    port.ok_or(ProfileError::at(line, Msg::new("profile.read.port")))
}

fn carrier(line: usize, text: &str) -> Result<Carrier, ProfileError> {
    match text {
        "udp" | "udp4" | "udp6" => Ok(Carrier::Udp),
        "tcp" | "tcp4" | "tcp6" | "tcp-client" | "tcp4-client" | "tcp6-client" => Ok(Carrier::Tcp),
        _ => Err(ProfileError::at(line, Msg::new("profile.read.proto"))),
    }
}

/// The words of a line as OpenVPN splits it: blanks, both quotes, a backslash, `#` and `;` for remarks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => {
                if let Some(next) = characters.next() {
                    word.get_or_insert_default().push(next);
                }
            }
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('#' | ';', None) if word.is_none() => break,
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_block_says_before_its_place_holds_for_that_block_alone() {
        let file = "client\n\
                    <connection>\nproto tcp-client\nport 8443\nremote a.example.com\n</connection>\n\
                    <connection>\nremote b.example.com\n</connection>\n\
                    <connection>\nremote c.example.com 443\nproto tcp\n</connection>\n";
        let read = read(file, "x").expect("a profile");
        let ways: Vec<(u16, Carrier)> = read
            .targets
            .iter()
            .map(|place| (place.target.port, place.carrier))
            .collect();
        assert_eq!(
            ways,
            [
                (8443, Carrier::Tcp),
                (PORT, Carrier::Udp),
                (443, Carrier::Tcp)
            ]
        );
    }
}
