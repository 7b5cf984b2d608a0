//! General names (RFC 5280 section 4.2.1.6) and the name constraints made of them, read from DER.
//!
//! Not here: comparing them (`names.rs`, `constraints.rs`).

use std::net::IpAddr;

use super::cert::{AltName, GeneralName, NameConstraints};
use super::der::{self, NotDer, Reader, tag};
use super::dn;

/// The kinds TLS compares.
pub(super) fn comparable(name: &GeneralName) -> Option<AltName> {
    match name {
        GeneralName::Dns(name) => Some(AltName::Dns(name.clone())),
        GeneralName::Ip(bytes) => {
            let v4 = <[u8; 4]>::try_from(bytes.as_slice()).map(IpAddr::from);
            let v6 = || <[u8; 16]>::try_from(bytes.as_slice()).map(IpAddr::from);
            v4.or_else(|_| v6()).ok().map(AltName::Ip)
        }
        _ => None,
    }
}

/// All names, and whether one of them is odd (a DNS name that is none, an address of the wrong length).
pub(super) fn general_names(value: &[u8]) -> Result<(Vec<GeneralName>, bool), NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    let mut names = Vec::new();
    let mut odd = false;
    while !reader.is_empty() {
        let (name, is_odd) = general_name(reader.next()?)?;
        odd |= is_odd;
        names.push(name);
    }
    Ok((names, odd))
}

pub(super) fn general_name(element: der::Element<'_>) -> Result<(GeneralName, bool), NotDer> {
    let text = || {
        let odd = !element.content.is_ascii();
        (String::from_utf8_lossy(element.content).into_owned(), odd)
    };
    Ok(match element.tag {
        0x81 => {
            let (text, odd) = text();
            (GeneralName::Email(text), odd)
        }
        0x82 => {
            let (text, odd) = text();
            let odd = odd || !is_dns_shaped(&text);
            (GeneralName::Dns(text), odd)
        }
        0x86 => {
            let (text, odd) = text();
            (GeneralName::Uri(text), odd)
        }
        0xa4 => (
            GeneralName::Directory(dn::read(element.content)?.name),
            false,
        ),
        0x87 => (
            GeneralName::Ip(element.content.to_vec()),
            !matches!(element.content.len(), 4 | 16),
        ),
        0xa0 | 0xa3 | 0xa5 | 0x88 => (GeneralName::Other(element.tag & 0x1f), false),
        _ => return Err(NotDer("has a name of an unknown kind")),
    })
}

/// Letters, digits, hyphens and dots, a `*` allowed as the whole first label.
pub(super) fn is_dns_shaped(text: &str) -> bool {
    let bare = text.strip_prefix("*.").unwrap_or(text);
    !bare.is_empty()
        && bare.len() <= 253
        && bare.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

pub(super) fn name_constraints(value: &[u8]) -> Result<NameConstraints, NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    if reader.is_empty() {
        return Err(NotDer("has no constraint in it"));
    }
    let permitted = reader
        .optional(tag::constructed(0))?
        .map(|element| subtrees(element.content))
        .transpose()?;
    let excluded = reader
        .optional(tag::constructed(1))?
        .map(|element| subtrees(element.content))
        .transpose()?;
    reader.finish()?;
    Ok(NameConstraints {
        permitted: permitted.unwrap_or_default(),
        excluded: excluded.unwrap_or_default(),
    })
}

fn subtrees(content: &[u8]) -> Result<Vec<GeneralName>, NotDer> {
    let mut reader = Reader::new(content);
    let mut bases = Vec::new();
    if reader.is_empty() {
        return Err(NotDer("has an empty list of constraints"));
    }
    while !reader.is_empty() {
        let mut subtree = Reader::new(reader.expect(tag::SEQUENCE)?.content);
        let base = constraint_base(subtree.next()?)?;
        if !subtree.is_empty() {
            return Err(NotDer("has a constraint with a minimum or maximum"));
        }
        bases.push(base);
    }
    Ok(bases)
}

fn constraint_base(element: der::Element<'_>) -> Result<GeneralName, NotDer> {
    let (base, _) = general_name(element)?;
    match &base {
        GeneralName::Ip(bytes) if !is_network(bytes) => {
            Err(NotDer("has an address constraint that is no network"))
        }
        GeneralName::Dns(name) if !is_dns_base(name) => {
            Err(NotDer("has a DNS constraint that is no domain"))
        }
        _ => Ok(base),
    }
}

fn is_dns_base(name: &str) -> bool {
    let bare = name.strip_prefix('.').unwrap_or(name);
    name.is_ascii()
        && (name.is_empty()
            || bare
                .split('.')
                .all(|label| !label.is_empty() && !label.contains('*')))
}

/// Address and mask of the same length, the mask ones first and then zeros (RFC 4632 section 3.1).
fn is_network(bytes: &[u8]) -> bool {
    if !matches!(bytes.len(), 8 | 32) {
        return false;
    }
    let mask = bytes.get(bytes.len() / 2..).unwrap_or_default();
    let bits: Vec<bool> = mask
        .iter()
        .flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0))
        .collect();
    bits.windows(2)
        .all(|pair| matches!(pair, [before, after] if *before || !*after))
}
