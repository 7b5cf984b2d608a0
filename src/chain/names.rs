//! Host names against the names of a certificate (RFC 9525, RFC 5280 section 4.2.1.6), and what kind of mismatch it is.
//!
//! Not here: distinguished names (`dn.rs`) and name constraints (`constraints.rs`).

use std::net::IpAddr;

use super::cert::{AltName, Cert};
use crate::cause::CauseId;
use crate::evidence::Host;
use crate::msg::Msg;

/// How many of a certificate's names are listed before the rest is counted.
const SHOWN: usize = 5;

/// What speaks against using this certificate under this name: the cause, its text and its rule.
pub(super) fn fault(cert: &Cert, host: &Host) -> Option<(CauseId, Msg, &'static str)> {
    if cert.names.iter().any(|name| covers(name, host)) {
        return None;
    }
    if common_name_alone_fits(cert, host) {
        let text = Msg::new("chain.name.cn-only").with("host", host);
        return Some((CauseId::CN_ONLY, text, "RFC 9525 section 2"));
    }
    let text = describe(cert, host)
        .with("host", host)
        .with("names", listed(cert));
    let rule = match host {
        Host::Name { .. } => "RFC 9525 section 6.3",
        Host::Ip(_) => "RFC 9525 section 6.4",
    };
    Some((CauseId::HOSTNAME_MISMATCH, text, rule))
}

/// Whether one of the certificate's names is this host.
pub fn covers(name: &AltName, host: &Host) -> bool {
    match (name, host) {
        (AltName::Dns(pattern), Host::Name { ascii, .. }) => dns_matches(pattern, ascii),
        (AltName::Ip(found), Host::Ip(wanted)) => found == wanted,
        _ => false,
    }
}

/// A `*` stands for exactly one whole label, the first, and at least two labels follow it. A final dot of the host does
/// not matter; one in a certificate is not a DNS name in preferred syntax and matches nothing.
fn dns_matches(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let Some(base) = pattern.strip_prefix("*.") else {
        return !pattern.contains('*') && !pattern.is_empty() && pattern.eq_ignore_ascii_case(host);
    };
    let Some((first, rest)) = host.split_once('.') else {
        return false;
    };
    !first.is_empty()
        && base.contains('.')
        && !base.contains('*')
        && base.eq_ignore_ascii_case(rest)
}

/// Old clients fall back to the common name when the certificate has no alternative name of the kind asked for.
fn common_name_alone_fits(cert: &Cert, host: &Host) -> bool {
    let has_dns = cert
        .names
        .iter()
        .any(|name| matches!(name, AltName::Dns(_)));
    let Some(cn) = &cert.common_name else {
        return false;
    };
    match host {
        Host::Name { ascii, .. } => !has_dns && dns_matches(cn, ascii),
        Host::Ip(ip) => cert.names.is_empty() && cn.parse() == Ok(*ip),
    }
}

/// The names that would work, for people: the first few, and how many more.
pub(super) fn listed(cert: &Cert) -> String {
    let mut shown: Vec<String> = cert
        .names
        .iter()
        .take(SHOWN)
        .map(|name| match name {
            AltName::Dns(name) => name.clone(),
            AltName::Ip(ip) => ip.to_string(),
        })
        .collect();
    let more = cert.names.len().saturating_sub(SHOWN);
    if more > 0 {
        shown.push(format!("+{more}"));
    }
    if shown.is_empty() {
        return cert
            .common_name
            .as_ref()
            .map_or_else(|| "-".to_owned(), |cn| format!("CN={cn}"));
    }
    shown.join(", ")
}

fn describe(cert: &Cert, host: &Host) -> Msg {
    let dns: Vec<String> = cert
        .names
        .iter()
        .filter_map(|name| match name {
            AltName::Dns(name) => Some(name.to_ascii_lowercase()),
            AltName::Ip(_) => None,
        })
        .collect();
    let ascii = match host {
        Host::Ip(ip) => return describe_address(cert, &dns, *ip),
        Host::Name { ascii, .. } => ascii
            .strip_suffix('.')
            .unwrap_or(ascii)
            .to_ascii_lowercase(),
    };
    if looks_like_default(cert) {
        return Msg::new("chain.name.default-certificate");
    }
    if cert.names.is_empty() {
        return Msg::new("chain.name.no-names");
    }
    if dns
        .iter()
        .any(|name| name.strip_suffix('.') == Some(&ascii))
    {
        return Msg::new("chain.name.final-dot");
    }
    if let Some(wide) = dns.iter().find(|name| is_misplaced(name, &ascii)) {
        return Msg::new("chain.name.wildcard-misplaced").with("wildcard", wide);
    }
    // Who looks at the common name alone sees nothing wrong. Without any host among the names it would have counted.
    let cn = cert.common_name.as_deref().unwrap_or_default();
    if dns_matches(cn, &ascii) {
        return Msg::new("chain.name.common-name-ignored").with("cn", cn);
    }
    let with_www = format!("www.{ascii}");
    if let Some(found) = dns.iter().find(|name| **name == with_www) {
        return Msg::new("chain.name.only-www").with("name", found);
    }
    if let Some(bare) = ascii.strip_prefix("www.")
        && dns.iter().any(|name| dns_matches(name, bare))
    {
        return Msg::new("chain.name.www-missing").with("name", bare);
    }
    for wildcard in dns.iter().filter(|name| name.starts_with("*.")) {
        let base = wildcard.get(2..).unwrap_or_default();
        if base == ascii {
            return Msg::new("chain.name.wildcard-without-parent").with("wildcard", wildcard);
        }
        if ascii
            .strip_suffix(base)
            .is_some_and(|front| front.ends_with('.'))
        {
            return Msg::new("chain.name.wildcard-too-shallow").with("wildcard", wildcard);
        }
    }
    if !ascii.contains('.')
        && let Some(full) = dns
            .iter()
            .find(|name| name.split('.').next() == Some(ascii.as_str()))
    {
        return Msg::new("chain.name.short-name").with("name", full);
    }
    if !dns.is_empty() && dns.iter().all(|name| is_internal(name)) {
        return Msg::new("chain.name.internal");
    }
    let parent = ascii.split_once('.').map_or("", |(_, parent)| parent);
    if parent.contains('.') && dns.iter().any(|name| name == parent) {
        return Msg::new("chain.name.only-parent").with("name", parent);
    }
    let company = company_part(&ascii);
    if let Some(near) = dns.iter().find(|name| company_part(name) == company) {
        return Msg::new("chain.name.same-company").with("name", near);
    }
    Msg::new("chain.name.other")
}

fn describe_address(cert: &Cert, dns: &[String], ip: IpAddr) -> Msg {
    if dns.iter().any(|name| name.parse() == Ok(ip)) {
        return Msg::new("chain.name.address-as-dns");
    }
    if cert.names.iter().any(|name| matches!(name, AltName::Ip(_))) {
        return Msg::new("chain.name.other-address");
    }
    Msg::new("chain.name.address-used")
}

/// Whether a `*` that clients do not understand was meant to cover this host: one that is only part of a label, not the
/// first one, or right below a top-level domain (RFC 9525 section 6.3 and common practice).
fn is_misplaced(pattern: &str, ascii: &str) -> bool {
    let labels = |name: &str| name.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (wanted, found) = (labels(pattern), labels(ascii));
    let meant = |(pattern, label): (&String, &String)| match pattern.split_once('*') {
        Some((front, back)) => {
            label.len() >= front.len() + back.len()
                && label.starts_with(front)
                && label.ends_with(back)
        }
        None => pattern == label,
    };
    pattern == "*"
        || (pattern.contains('*')
            && wanted.len() == found.len()
            && wanted.iter().zip(&found).all(meant))
}

/// Names that resolve inside one network only (RFC 6762 appendix G and common practice).
fn is_internal(name: &str) -> bool {
    const ENDINGS: [&str; 10] = [
        "local",
        "lan",
        "internal",
        "intranet",
        "corp",
        "home",
        "private",
        "localdomain",
        "localhost",
        "workgroup",
    ];
    let last = name.rsplit('.').next().unwrap_or_default();
    !name.contains('.') || ENDINGS.contains(&last)
}

/// Certificates that products make for themselves until someone installs a real one: by their whole subject, so that
/// a maker's own web site is not taken for its product.
fn looks_like_default(cert: &Cert) -> bool {
    const PARTS: [&str; 14] = [
        "cn=asa temporary self signed certificate",
        "ou=intrusion management system",
        "ou=fortigate, o=fortinet",
        "ou=https management certificate for sonicwall",
        "ou=ssl-vpn, o=sonicwall",
        "ou=ns internal, o=citrix ang",
        "cn=sophosappliancecertificate",
        "cn=cyberoamappliancecertificate",
        "ou=fireware, o=watchguard",
        "cn=traefik default cert",
        "cn=kubernetes ingress controller fake certificate",
        "cn=synology",
        "cn=pfsense-",
        "cn=plesk",
    ];
    let subject = cert.subject.to_lowercase();
    let cn = cert.common_name.as_deref().unwrap_or_default();
    let of_this_machine = matches!(cn, "localhost" | "localhost.localdomain");
    let is_site = cn.contains('.');
    of_this_machine || (!is_site && PARTS.iter().any(|part| subject.contains(part)))
}

/// The part of a name one company usually holds: two labels, or three below endings like `co.jp`. Names are in lower
/// case. A guess, as no public suffix list is kept: for wording, and to offer less than could be offered, never more.
pub fn company_part(name: &str) -> &str {
    const SECOND_LEVEL: [&str; 14] = [
        "co", "ne", "or", "go", "ac", "ad", "ed", "gr", "lg", "com", "org", "net", "gov", "edu",
    ];
    let labels: Vec<&str> = name.rsplit('.').collect();
    let count = match labels.as_slice() {
        [last, second, _, ..] if last.len() == 2 && SECOND_LEVEL.contains(second) => 3,
        _ => 2,
    };
    let length: usize = labels.iter().take(count).map(|label| label.len() + 1).sum();
    name.get((name.len() + 1).saturating_sub(length)..)
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_exactly_one_whole_first_label() {
        for (pattern, host, expected) in [
            ("*.example.com", "vpn.example.com", true),
            ("*.EXAMPLE.com", "vpn.example.COM.", true),
            ("*.example.com", "a.vpn.example.com", false),
            ("*.example.com", "example.com", false),
            ("v*.example.com", "vpn.example.com", false),
            ("vpn.*.com", "vpn.example.com", false),
            ("*.com", "example.com", false),
            ("*", "example", false),
            ("*.example.com", ".example.com", false),
            ("*.*.example.com", "a.b.example.com", false),
            ("vpn.example.com.", "vpn.example.com", false),
            ("", "", false),
        ] {
            assert_eq!(dns_matches(pattern, host), expected, "{pattern} {host}");
        }
    }

    #[test]
    fn a_star_that_was_meant_to_cover_the_host_is_told_from_one_that_was_not() {
        for (pattern, host, expected) in [
            ("vp*.example.com", "vpn.example.com", true),
            ("vpn.*.com", "vpn.example.com", true),
            ("vp*n.example.com", "vpn.example.com", true),
            ("vp*pn.example.com", "vpn.example.com", false),
            ("*.com", "example.com", true),
            ("*", "vpn.example.com", true),
            ("mail*.example.com", "vpn.example.com", false),
            ("*.example.com", "a.vpn.example.com", false),
            ("vpn.example.com", "vpn.example.com", false),
        ] {
            assert_eq!(is_misplaced(pattern, host), expected, "{pattern} {host}");
        }
    }

    #[test]
    fn company_part_knows_two_level_endings() {
        assert_eq!(company_part("vpn.example.com"), "example.com");
        assert_eq!(company_part("vpn.example.co.jp"), "example.co.jp");
        assert_eq!(company_part("example.co.jp"), "example.co.jp");
        assert_eq!(company_part("localhost"), "localhost");
    }
}
