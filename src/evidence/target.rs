//! What a person types for "the VPN's address", understood: a name, an address, `host:port`, a pasted URL.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::msg::Msg;

/// The port SSL-VPNs listen on unless something else is said.
pub const DEFAULT_PORT: u16 = 443;
/// The longest name DNS can carry (RFC 1035 section 2.3.4), in characters without the final dot.
const MAX_NAME: usize = 253;

/// A gateway to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The host.
    pub host: Host,
    /// The TCP port.
    pub port: u16,
    /// Whether the person named the port, so that it is theirs to be wrong about.
    pub port_given: bool,
}

/// A host by name or by address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// A DNS name.
    Name {
        /// Lower case, A-labels, no final dot: as it goes to DNS and into SNI.
        ascii: String,
        /// As people read it (U-labels); equal to `ascii` where it is not internationalised.
        unicode: String,
    },
    /// An IP address.
    Ip(IpAddr),
}

impl Host {
    /// The name or address as it goes over the wire.
    pub fn wire(&self) -> String {
        match self {
            Self::Name { ascii, .. } => ascii.clone(),
            Self::Ip(ip) => ip.to_string(),
        }
    }
}

impl fmt::Display for Host {
    /// For people: both ways where the name is internationalised.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { ascii, unicode } if ascii != unicode => write!(f, "{unicode} ({ascii})"),
            Self::Name { ascii, .. } => f.write_str(ascii),
            Self::Ip(ip) => write!(f, "{ip}"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]:{}", self.port),
            host => write!(f, "{host}:{}", self.port),
        }
    }
}

/// Why a typed address was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing was typed.
    #[error("the address is empty")]
    Empty,
    /// White space inside.
    #[error("the address has a blank in the middle")]
    Blank,
    /// The port is not a number from 1 to 65535.
    #[error("`{0}` is not a port number (1 to 65535)")]
    Port(String),
    /// Longer than DNS can carry.
    #[error("the name is {0} characters long; DNS names have at most {MAX_NAME}")]
    TooLong(usize),
    /// Not a host name by DNS and IDNA rules.
    #[error("`{0}` is not a host name")]
    NotAName(String),
    /// A URL of another kind.
    #[error("`{0}` addresses are not VPN gateways; use https:// or the bare name")]
    Scheme(String),
    /// An IPv6 address whose bracket is not closed, or that is not one.
    #[error("`{0}` is not an IPv6 address")]
    NotIpv6(String),
    /// An IPv6 address with a zone, which leads no further than the next cable (RFC 4007).
    #[error("`{0}` has a zone: it leads to neighbours on the same link only")]
    Zone(String),
    /// Words rather than an address: an error message, most likely.
    #[error("this reads like a message, not like an address")]
    Sentence,
}

impl TargetError {
    /// What to tell the person.
    pub fn message(&self) -> Msg {
        match self {
            Self::Empty => Msg::new("target.empty"),
            Self::Blank => Msg::new("target.blank"),
            Self::Port(text) => Msg::new("target.port").with("text", text),
            Self::TooLong(length) => Msg::new("target.too-long")
                .with("length", length)
                .with("max", MAX_NAME),
            Self::NotAName(text) => Msg::new("target.not-a-name").with("text", text),
            Self::Scheme(text) => Msg::new("target.scheme").with("text", text),
            Self::NotIpv6(text) => Msg::new("target.not-ipv6").with("text", text),
            Self::Zone(text) => Msg::new("target.zone").with("text", text),
            Self::Sentence => Msg::new("target.sentence"),
        }
    }
}

impl Target {
    /// As it can be typed: `vpn.example.com:443`, an internationalised name as its A-labels, `[2001:db8::1]:443`.
    pub fn typed(&self) -> String {
        match &self.host {
            Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]:{}", self.port),
            host => format!("{}:{}", host.wire(), self.port),
        }
    }

    /// Understands what a person typed or pasted: `vpn.example.com`, `vpn.example.com:10443`, `[::1]:443`, `2001:db8::1`,
    /// `https://vpn.example.com/+CSCOE+/logon.html`, `user@vpn.example.com`, full-width characters, a final dot.
    ///
    /// # Errors
    /// A [`TargetError`] that names what was wrong; nothing is guessed away.
    pub fn parse(typed: &str) -> Result<Self, TargetError> {
        let text = half_width(typed);
        let text = text.trim_matches(|c: char| c.is_whitespace() || is_wrapping(c));
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        let (rest, scheme_port) = strip_scheme(text)?;
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        if authority.is_empty() {
            return Err(TargetError::Empty);
        }
        let joined = without_blanks(authority)?;
        let (host, port) = split_port(&joined)?;
        let port_given = port.is_some();
        Ok(Self {
            host: parse_host(host)?,
            port: port.unwrap_or(scheme_port),
            port_given,
        })
    }
}

/// Full-width forms as Japanese input methods leave them, ideographic punctuation and the many dashes, made plain.
fn half_width(text: &str) -> String {
    let mut before = None;
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        plain.push(match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            '\u{3002}' | '\u{ff61}' => '.',
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => '-',
            // The key with the hyphen gives the mark of a long vowel where kana are typed; after a kana it is one.
            '\u{30fc}' | '\u{ff70}' if !before.is_some_and(is_kana) => '-',
            _ => c,
        });
        before = Some(c);
    }
    plain
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30fe}' | '\u{ff66}'..='\u{ff9f}')
}

/// What stands round an address in a sentence, a mail or a manual.
fn is_wrapping(c: char) -> bool {
    const WRAPPING: &str = "\"'<>()“”‘’「」『』【】〈〉《》,;、";
    WRAPPING.contains(c)
}

/// An address in one piece: `name port`, as it stands in a profile of OpenVPN, and `name: port` are put together.
fn without_blanks(authority: &str) -> Result<Cow<'_, str>, TargetError> {
    let words: Vec<&str> = authority.split_whitespace().collect();
    match words.as_slice() {
        [_] => Ok(Cow::Borrowed(authority)),
        [name, port] if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            let name = name.strip_suffix(':').unwrap_or(name);
            Ok(Cow::Owned(format!("{name}:{port}")))
        }
        [_, _] if authority.is_ascii() => Err(TargetError::Blank),
        _ => Err(TargetError::Sentence),
    }
}

fn strip_scheme(text: &str) -> Result<(&str, u16), TargetError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok((text, DEFAULT_PORT));
    };
    match scheme.to_ascii_lowercase().as_str() {
        // People paste what the browser shows; the VPN itself is behind TLS either way.
        "https" | "http" | "wss" | "ssl" | "tls" | "openvpn" | "anyconnect" => {
            Ok((rest, DEFAULT_PORT))
        }
        _ => Err(TargetError::Scheme(short(scheme))),
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), TargetError> {
    if let Some(inside) = authority.strip_prefix('[') {
        let (host, after) = inside
            .split_once(']')
            .ok_or_else(|| TargetError::NotIpv6(short(authority)))?;
        refuse_zone(host)?;
        if host.parse::<Ipv6Addr>().is_err() {
            return Err(TargetError::NotIpv6(short(host)));
        }
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(parse_port(port)?))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(TargetError::NotIpv6(short(authority))),
        };
    }
    if authority.parse::<Ipv6Addr>().is_ok() {
        return Ok((authority, None));
    }
    refuse_zone(authority)?;
    match authority.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => Err(match authority.split_once(':') {
            // Nobody writes an IPv6 address whose first group is a name: it is the port that is odd.
            Some((name, port)) if !name.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                TargetError::Port(short(port))
            }
            _ => TargetError::NotIpv6(short(authority)),
        }),
        Some((host, port)) => Ok((host, Some(parse_port(port)?))),
        None => Ok((authority, None)),
    }
}

fn refuse_zone(host: &str) -> Result<(), TargetError> {
    match host.split_once('%') {
        Some((address, _)) if address.parse::<Ipv6Addr>().is_ok() => {
            Err(TargetError::Zone(short(host)))
        }
        _ => Ok(()),
    }
}

fn parse_port(text: &str) -> Result<u16, TargetError> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(port),
        _ => Err(TargetError::Port(short(text))),
    }
}

fn parse_host(text: &str) -> Result<Host, TargetError> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(Host::Ip(ip));
    }
    let bare = text.strip_suffix('.').unwrap_or(text);
    if bare.is_empty() {
        return Err(TargetError::Empty);
    }
    if is_words(bare) {
        return Err(TargetError::Sentence);
    }
    let length = bare.chars().count();
    if length > MAX_NAME {
        return Err(TargetError::TooLong(length));
    }
    let ascii = idna::domain_to_ascii(bare).map_err(|_| TargetError::NotAName(short(bare)))?;
    if ascii.len() > MAX_NAME {
        return Err(TargetError::TooLong(ascii.len()));
    }
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if !ascii.split('.').all(label_ok) || is_broken_ipv4(&ascii) {
        return Err(TargetError::NotAName(short(bare)));
    }
    let (unicode, shown) = idna::domain_to_unicode(&ascii);
    let unicode = if shown.is_ok() {
        unicode
    } else {
        ascii.clone()
    };
    Ok(Host::Name { ascii, unicode })
}

/// Japanese without the ending of a name: what was pasted is a message. (The one ending in hiragana is a name's.)
fn is_words(bare: &str) -> bool {
    let last = bare.rsplit('.').next().unwrap_or_default();
    let is_japanese = |c: char| is_kana(c) || matches!(c, '\u{4e00}'..='\u{9fff}');
    let has_hiragana = || last.chars().any(|c| matches!(c, '\u{3041}'..='\u{3096}'));
    last.chars().any(is_japanese) && (last == bare || (last != "みんな" && has_hiragana()))
}

/// Four groups of digits that are no IPv4 address (`10.0.0.300`) are a slip of the pen, never a host name.
fn is_broken_ipv4(ascii: &str) -> bool {
    ascii
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
}

/// Enough of a wrong text to recognise it.
fn short(text: &str) -> String {
    let mut cut: String = text.chars().take(60).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(typed: &str) -> String {
        match Target::parse(typed) {
            Ok(target) => target.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn names_addresses_ports_and_urls_are_understood() {
        for (typed, expected) in [
            ("vpn.example.com", "vpn.example.com:443"),
            (" VPN.Example.com. ", "vpn.example.com:443"),
            ("vpn.example.com:10443", "vpn.example.com:10443"),
            (
                "https://vpn.example.com/+CSCOE+/logon.html",
                "vpn.example.com:443",
            ),
            (
                "https://vpn.example.com:8443/remote/login?lang=ja",
                "vpn.example.com:8443",
            ),
            ("alice@vpn.example.com", "vpn.example.com:443"),
            ("[::1]:443", "[::1]:443"),
            ("::1", "[::1]:443"),
            ("2001:db8::5", "[2001:db8::5]:443"),
            ("192.0.2.5:4433", "192.0.2.5:4433"),
            (
                "ｖｐｎ．ｅｘａｍｐｌｅ．ｃｏｍ：４４３",
                "vpn.example.com:443",
            ),
            ("vpn。example。com", "vpn.example.com:443"),
            ("例え.jp", "例え.jp (xn--r8jz45g.jp):443"),
            ("localhost", "localhost:443"),
            ("「vpn.example.com」", "vpn.example.com:443"),
            ("(https://vpn.example.com/),", "vpn.example.com:443"),
            ("vpn.example.com 1194", "vpn.example.com:1194"),
            ("vpn.example.com: 8443", "vpn.example.com:8443"),
            (
                "ｖｐｎー１．ｅｘａｍｐｌｅ．ｃｏｍ",
                "vpn-1.example.com:443",
            ),
            ("vpn−1.example.com", "vpn-1.example.com:443"),
            ("サーバー.jp", "サーバー.jp (xn--vckucxgb.jp):443"),
            ("例え.みんな", "例え.みんな (xn--r8jz45g.xn--q9jyb4c):443"),
            ("my_gateway.example.com", "my_gateway.example.com:443"),
        ] {
            assert_eq!(shown(typed), expected, "typed {typed:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (typed, expected) in [
            ("", TargetError::Empty),
            ("   ", TargetError::Empty),
            ("https://", TargetError::Empty),
            ("vpn example.com", TargetError::Blank),
            ("vpn.example.com:0", TargetError::Port("0".into())),
            ("vpn.example.com:70000", TargetError::Port("70000".into())),
            ("vpn.example.com:https", TargetError::Port("https".into())),
            ("vpn.example.com:", TargetError::Port(String::new())),
            ("ftp://vpn.example.com", TargetError::Scheme("ftp".into())),
            ("[::1", TargetError::NotIpv6("[::1".into())),
            ("1:2:3", TargetError::NotIpv6("1:2:3".into())),
            ("a.example:443:443", TargetError::Port("443:443".into())),
            ("fe80::1%eth0", TargetError::Zone("fe80::1%eth0".into())),
            ("[fe80::1%12]:443", TargetError::Zone("fe80::1%12".into())),
            ("Certificate Validation Failure", TargetError::Sentence),
            ("証明書の検証に失敗しました", TargetError::Sentence),
            (
                "接続できません。もう一度お試しください。",
                TargetError::Sentence,
            ),
            ("証明書エラー", TargetError::Sentence),
            ("10.0.0.300", TargetError::NotAName("10.0.0.300".into())),
            (
                "-vpn.example.com",
                TargetError::NotAName("-vpn.example.com".into()),
            ),
            (
                "vpn..example.com",
                TargetError::NotAName("vpn..example.com".into()),
            ),
        ] {
            assert_eq!(Target::parse(typed), Err(expected), "typed {typed:?}");
        }
        assert_eq!(
            Target::parse(&"a".repeat(300)),
            Err(TargetError::TooLong(300))
        );
    }

    #[test]
    fn a_port_in_the_address_is_the_persons_own() {
        assert!(Target::parse("vpn.example.com:443").is_ok_and(|t| t.port_given));
        assert!(Target::parse("vpn.example.com").is_ok_and(|t| !t.port_given));
    }
}
