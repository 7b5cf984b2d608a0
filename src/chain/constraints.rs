//! Name constraints (RFC 5280 section 4.2.1.10): whether a certificate's names lie where a CA above it allows.
//!
//! Not here: which certificates of a path are held to which constraints (`rules.rs`).

use super::cert::{AltName, Cert, GeneralName, NameConstraints};
use super::dn::Name;
use super::general::is_dns_shaped;

/// Comparisons one judgement may spend on constraints, over all paths it tries.
pub(super) const MAX_COMPARISONS: usize = 500_000;

/// What holding a certificate to constraints gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All names are allowed.
    Fits,
    /// This name is not inside what is permitted.
    NotPermitted(String),
    /// This name is inside what is excluded.
    Excluded(String),
    /// A name of this kind is constrained and cannot be compared.
    CannotCompare(String),
    /// There are more names times constraints than are worth comparing.
    TooMany,
}

/// Holds every name of `cert` to `constraints`, spending from `budget`.
pub(super) fn check(constraints: &NameConstraints, cert: &Cert, budget: &mut usize) -> Outcome {
    let subject =
        (!cert.subject_name.is_empty()).then(|| GeneralName::Directory(cert.subject_name.clone()));
    let emails = cert.subject_emails.iter().cloned().map(GeneralName::Email);
    let hosts = common_name_hosts(cert).map(|host| GeneralName::Dns(host.to_owned()));
    let own: Vec<GeneralName> = subject.into_iter().chain(emails).chain(hosts).collect();
    let alternative = cert
        .extensions
        .subject_alternative_names
        .as_deref()
        .unwrap_or_default();
    for name in own.iter().chain(alternative) {
        let outcome = check_name(constraints, name, cert, budget);
        if outcome != Outcome::Fits {
            return outcome;
        }
    }
    Outcome::Fits
}

/// Common names that clients without a better name to compare would take for a host. A CA that may not issue for a host
/// may not do it this way either; OpenSSL and GnuTLS see it so too.
fn common_name_hosts(cert: &Cert) -> impl Iterator<Item = &str> {
    let has_dns = cert
        .names
        .iter()
        .any(|name| matches!(name, AltName::Dns(_)));
    cert.subject_name
        .common_names()
        .filter(move |name| !has_dns && !cert.is_ca && name.contains('.') && is_dns_shaped(name))
        .filter(|name| name.parse::<std::net::IpAddr>().is_err())
}

fn check_name(
    constraints: &NameConstraints,
    name: &GeneralName,
    cert: &Cert,
    budget: &mut usize,
) -> Outcome {
    match budget.checked_sub(constraints.permitted.len() + constraints.excluded.len()) {
        Some(left) => *budget = left,
        None => return Outcome::TooMany,
    }
    let same_kind = |base: &&GeneralName| kind(base) == kind(name);
    let mut permitted = constraints.permitted.iter().filter(same_kind).peekable();
    let mut excluded = constraints.excluded.iter().filter(same_kind).peekable();
    if permitted.peek().is_none() && excluded.peek().is_none() {
        return Outcome::Fits;
    }
    if !is_comparable(name) {
        return Outcome::CannotCompare(shown(name, cert));
    }
    if excluded.any(|base| overlaps(name, base)) {
        return Outcome::Excluded(shown(name, cert));
    }
    if permitted.peek().is_some() && !permitted.any(|base| is_within(name, base)) {
        return Outcome::NotPermitted(shown(name, cert));
    }
    Outcome::Fits
}

/// Names are held only to constraints of their own kind.
const fn kind(name: &GeneralName) -> u8 {
    match name {
        GeneralName::Other(tag) => *tag,
        GeneralName::Email(_) => 1,
        GeneralName::Dns(_) => 2,
        GeneralName::Directory(_) => 4,
        GeneralName::Uri(_) => 6,
        GeneralName::Ip(_) => 7,
    }
}

/// RFC 5280 section 4.2.1.10: a name of a constrained kind that cannot be processed means refusal.
fn is_comparable(name: &GeneralName) -> bool {
    match name {
        GeneralName::Dns(name) => {
            let name = undotted(name);
            let bare = name.strip_prefix("*.").unwrap_or(name);
            bare.bytes().all(|byte| byte.is_ascii_graphic())
                && !bare.contains('*')
                && bare.split('.').all(|label| !label.is_empty())
        }
        GeneralName::Ip(bytes) => matches!(bytes.len(), 4 | 16),
        GeneralName::Email(address) => address.contains('@'),
        GeneralName::Uri(uri) => uri_host(uri).is_some(),
        GeneralName::Directory(_) => true,
        GeneralName::Other(_) => false,
    }
}

/// Whether all of `name` lies inside `base`.
fn is_within(name: &GeneralName, base: &GeneralName) -> bool {
    match (name, base) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => dns_within(name, base),
        (GeneralName::Directory(name), GeneralName::Directory(base)) => {
            directory_within(name, base)
        }
        (GeneralName::Ip(address), GeneralName::Ip(network)) => ip_within(address, network),
        (GeneralName::Email(address), GeneralName::Email(base)) => email_within(address, base),
        (GeneralName::Uri(uri), GeneralName::Uri(base)) => {
            uri_host(uri).is_some_and(|host| host_within(host, base))
        }
        _ => false,
    }
}

/// Whether any host `name` may stand for lies inside `base`.
fn overlaps(name: &GeneralName, base: &GeneralName) -> bool {
    if is_within(name, base) {
        return true;
    }
    // `*.example.com` stands for `vpn.example.com` too, so an exclusion of the latter is met by the former.
    match (name, base) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => {
            undotted(name).strip_prefix("*.").is_some_and(|parent| {
                base.split_once('.')
                    .is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent))
            })
        }
        _ => false,
    }
}

/// Without the dot that ends a name at the root of the DNS.
fn undotted(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn dns_within(name: &str, base: &str) -> bool {
    let name = undotted(name);
    if base.is_empty() {
        return true;
    }
    match base.strip_prefix('.') {
        Some(parent) => ends_below(name, parent),
        None => name.eq_ignore_ascii_case(base) || ends_below(name, base),
    }
}

/// Whether `name` is some labels in front of `parent`.
fn ends_below(name: &str, parent: &str) -> bool {
    let Some(at) = name.len().checked_sub(parent.len()) else {
        return false;
    };
    match (name.get(..at), name.get(at..)) {
        (Some(front), Some(back)) => {
            front.len() > 1 && front.ends_with('.') && back.eq_ignore_ascii_case(parent)
        }
        _ => false,
    }
}

fn directory_within(name: &Name, base: &Name) -> bool {
    name.is_within(base)
}

fn ip_within(address: &[u8], network: &[u8]) -> bool {
    if network.len() != address.len() * 2 {
        return false;
    }
    let (base, mask) = network.split_at(address.len());
    address
        .iter()
        .zip(base)
        .zip(mask)
        .all(|((byte, base), mask)| byte & mask == base & mask)
}

fn email_within(address: &str, base: &str) -> bool {
    let Some((local, host)) = address.rsplit_once('@') else {
        return false;
    };
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => {
            local == base_local && host.eq_ignore_ascii_case(base_host)
        }
        None => host_within(host, base),
    }
}

/// For e-mail and URI: a leading dot means hosts below, without it the host itself (RFC 5280 section 4.2.1.10).
fn host_within(host: &str, base: &str) -> bool {
    match base.strip_prefix('.') {
        Some(parent) => ends_below(host, parent),
        None => host.eq_ignore_ascii_case(base) || base.is_empty(),
    }
}

/// The host of an absolute URI, if it is a name.
fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host.split(':').next()?;
    let named =
        !host.is_empty() && !host.starts_with('[') && host.parse::<std::net::IpAddr>().is_err();
    named.then_some(host)
}

fn shown(name: &GeneralName, cert: &Cert) -> String {
    match name {
        GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) => text.clone(),
        GeneralName::Directory(name) if *name == cert.subject_name => cert.subject.clone(),
        GeneralName::Directory(_) => "directoryName".to_owned(),
        GeneralName::Ip(bytes) => {
            let v4 = <[u8; 4]>::try_from(bytes.as_slice()).map(std::net::IpAddr::from);
            let v6 = || <[u8; 16]>::try_from(bytes.as_slice()).map(std::net::IpAddr::from);
            v4.or_else(|_| v6()).map_or_else(
                |_| data_encoding::HEXLOWER.encode(bytes),
                |ip| ip.to_string(),
            )
        }
        GeneralName::Other(0) => "otherName".to_owned(),
        GeneralName::Other(tag) => format!("[{tag}]"),
    }
}

#[cfg(test)]
#[path = "tests/constraints.rs"]
mod tests;
