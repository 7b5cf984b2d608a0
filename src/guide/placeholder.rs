//! `{placeholders}` in texts and commands: found, checked, filled in. Braces of anything else (PowerShell blocks,
//! `${VARIABLES}`) are left alone.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Fill;

/// What cause texts, commands and the tree may name.
pub(super) const OF_TARGET: [&str; 3] = ["host", "port", "address"];

/// A piece of a text.
enum Piece<'a> {
    Plain(&'a str),
    Named(&'a str),
}

/// The text in pieces. A placeholder is `{`, a lower-case letter, more of `a-z 0-9 - _`, `}`, with no `$` before it.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut plain_from, mut at) = (0, 0);
    while let Some(open) = text[at..].find('{').map(|i| at + i) {
        at = open + 1;
        let Some(length) = text[at..].find('}') else {
            break;
        };
        let name = &text[at..at + length];
        if is_name(name) && !text[..open].ends_with('$') {
            pieces.push(Piece::Plain(&text[plain_from..open]));
            pieces.push(Piece::Named(name));
            at += length + 1;
            plain_from = at;
        }
    }
    pieces.push(Piece::Plain(&text[plain_from..]));
    pieces
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

/// The names of a text's placeholders.
pub(super) fn names(text: &str) -> BTreeSet<String> {
    let named = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Named(name) => Some(name.to_owned()),
        Piece::Plain(_) => None,
    });
    named.collect()
}

/// The text between its placeholders, in order; empty where two of them touch.
pub(super) fn between(text: &str) -> Vec<&str> {
    let plain = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Plain(plain) => Some(plain),
        Piece::Named(_) => None,
    });
    plain.collect()
}

/// What is wrong with a text's placeholders: names that are not allowed, and braces that look like a slip of the pen.
pub(super) fn faults(text: &str, allowed: Option<&[&str]>) -> Vec<String> {
    let mut faults = unknown(text, allowed);
    for piece in pieces(text) {
        if let Piece::Plain(plain) = piece
            && plain.contains(['{', '}'])
        {
            faults.push(
                "a brace that is no placeholder; expected {name} in lower-case letters".into(),
            );
            break;
        }
    }
    faults
}

/// The names of placeholders that nothing will fill in. Other braces are fine here: commands have them.
pub(super) fn unknown(text: &str, allowed: Option<&[&str]>) -> Vec<String> {
    let Some(allowed) = allowed else {
        return Vec::new();
    };
    let names = names(text).into_iter();
    let unknown = names.filter(|name| !allowed.contains(&name.as_str()));
    let known: Vec<String> = allowed.iter().map(|name| format!("{{{name}}}")).collect();
    let expected = if known.is_empty() {
        "nothing is filled in here".to_owned()
    } else {
        format!("expected one of: {}", known.join(" "))
    };
    unknown
        .map(|name| format!("unknown placeholder {{{name}}}; {expected}"))
        .collect()
}

/// The text with its placeholders replaced, in one pass: a value that holds braces is not looked at again. A
/// placeholder without a value stays visible.
pub(super) fn replace(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => filled.push_str(plain),
            Piece::Named(name) => match value(name) {
                Some(value) => filled.push_str(&value),
                None => {
                    filled.push('{');
                    filled.push_str(name);
                    filled.push('}');
                }
            },
        }
    }
    filled
}

impl Fill {
    /// The text or command with `{host}`, `{port}` and `{address}` filled in. An IPv6 address gets its brackets where
    /// a port or a URL needs them. Characters that mean something to a shell never come out of a value.
    pub fn apply(&self, text: &str) -> String {
        let pieces = pieces(text);
        let mut filled = String::with_capacity(text.len() + 32);
        for (i, piece) in pieces.iter().enumerate() {
            let name = match piece {
                Piece::Plain(plain) => {
                    filled.push_str(plain);
                    continue;
                }
                Piece::Named(name) => *name,
            };
            let value = match name {
                "host" => &self.host,
                "address" if self.address.is_empty() => &self.host,
                "address" => &self.address,
                "port" => {
                    filled.push_str(&self.port.to_string());
                    continue;
                }
                _ => {
                    filled.push_str(&format!("{{{name}}}"));
                    continue;
                }
            };
            let value = harmless(value);
            let is_v6 = matches!(value.parse(), Ok(IpAddr::V6(_)));
            if is_v6 && (filled.ends_with("://") || wants_port(&pieces[i + 1..])) {
                filled.push_str(&format!("[{value}]"));
            } else {
                filled.push_str(&value);
            }
        }
        filled
    }
}

/// Whether `:port` follows.
fn wants_port(rest: &[Piece<'_>]) -> bool {
    match rest {
        [Piece::Plain(":"), Piece::Named("port"), ..] => true,
        [Piece::Plain(plain), ..] => plain
            .strip_prefix(':')
            .is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit())),
        _ => false,
    }
}

/// Names and addresses need letters, digits and `. : - _` only; anything else could be read by a shell.
fn harmless(value: &str) -> String {
    let keep = |c: char| c.is_alphanumeric() || matches!(c, '.' | ':' | '-' | '_');
    let kept: String = value
        .chars()
        .take(260)
        .map(|c| if keep(c) { c } else { '\u{fffd}' })
        .collect();
    // A leading hyphen would be an option, not a name.
    if kept.starts_with('-') {
        kept.replacen('-', "\u{fffd}", 1)
    } else {
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(host: &str) -> Fill {
        Fill {
            host: host.into(),
            port: 443,
            address: String::new(),
        }
    }

    #[test]
    fn commands_get_the_real_host() {
        let command = "openssl s_client -connect {host}:{port} -servername {host} </dev/null";
        assert_eq!(
            fill("vpn.example.com").apply(command),
            "openssl s_client -connect vpn.example.com:443 -servername vpn.example.com </dev/null"
        );
    }

    #[test]
    fn ipv6_addresses_get_brackets_only_where_needed() {
        let v6 = fill("2001:db8::1");
        assert_eq!(v6.apply("nc -vz {host} {port}"), "nc -vz 2001:db8::1 443");
        assert_eq!(
            v6.apply("-connect {host}:{port}"),
            "-connect [2001:db8::1]:443"
        );
        assert_eq!(v6.apply("https://{host}/"), "https://[2001:db8::1]/");
        assert_eq!(v6.apply("{address}:4433"), "[2001:db8::1]:4433");
    }

    #[test]
    fn a_hostile_host_cannot_become_a_command() {
        let shown = fill("a; rm -rf / #$(x)`y`\u{1b}[31m").apply("ping {host}");
        assert!(!shown.contains([';', '$', '`', '\u{1b}', '#']), "{shown}");
        assert!(!fill("-oProxy").apply("ssh {host}").contains(" -"));
    }

    #[test]
    fn braces_of_other_languages_stay() {
        let command = "Get-NetRoute | ? { $_.NextHop -ne '0.0.0.0' }; echo ${home} {other} {host}";
        assert_eq!(
            fill("h").apply(command),
            "Get-NetRoute | ? { $_.NextHop -ne '0.0.0.0' }; echo ${home} {other} h"
        );
        assert_eq!(unknown(command, Some(&OF_TARGET)).len(), 1);
    }

    #[test]
    fn values_are_not_looked_at_again() {
        let shown = replace("{a} {b}", |name| (name == "a").then(|| "{b}".into()));
        assert_eq!(shown, "{b} {b}");
    }

    #[test]
    fn slips_of_the_pen_are_found() {
        assert!(faults("fine {host}", Some(&OF_TARGET)).is_empty());
        assert_eq!(faults("{hots} {Host} {", Some(&OF_TARGET)).len(), 2);
        assert_eq!(faults("{any-name}", None).len(), 0);
    }
}
