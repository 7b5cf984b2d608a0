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

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut whole = vec![tag, u8::try_from(content.len()).unwrap()];
        whole.extend(content);
        whole
    }

    #[test]
    fn names_are_of_letters_digits_and_hyphens_and_of_bounded_length() {
        // RFC 1035 section 2.3.4: 63 a label, and 253 as text.
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(longest.len(), 253);
        for (name, shaped) in [
            ("vpn.example.com", true),
            ("*.example.com", true),
            ("xn--r8jz45g.jp", true),
            ("9.example", true),
            (label.as_str(), true),
            (&format!("a{label}"), false),
            (&longest, true),
            (&format!("{longest}a"), false),
            ("", false),
            ("*", false),
            ("*.", false),
            ("vpn.*.com", false),
            ("a..b", false),
            ("a.", false),
            ("my_vpn.example.com", false),
            ("vpn example.com", false),
            ("例え.jp", false),
        ] {
            assert_eq!(is_dns_shaped(name), shaped, "{name}");
        }
    }

    #[test]
    fn every_kind_of_name_is_read_and_the_odd_ones_are_marked() {
        let name = |text: &str| text.to_owned();
        let directory = tlv(0xa4, &tlv(0x30, &[]));
        for (raw, expected, odd) in [
            (tlv(0x81, b"a@b"), GeneralName::Email(name("a@b")), false),
            (
                tlv(0x81, b"\xc3\xa4@b"),
                GeneralName::Email(name("ä@b")),
                true,
            ),
            (tlv(0x82, b"a.b"), GeneralName::Dns(name("a.b")), false),
            (tlv(0x82, b"a_b"), GeneralName::Dns(name("a_b")), true),
            (tlv(0x82, b"\xff"), GeneralName::Dns(name("\u{fffd}")), true),
            (tlv(0x86, b"a:b"), GeneralName::Uri(name("a:b")), false),
            (
                directory,
                GeneralName::Directory(dn::Name::default()),
                false,
            ),
            (tlv(0x87, &[1; 4]), GeneralName::Ip(vec![1; 4]), false),
            (tlv(0x87, &[1; 16]), GeneralName::Ip(vec![1; 16]), false),
            (tlv(0x87, &[1; 5]), GeneralName::Ip(vec![1; 5]), true),
            (tlv(0xa0, &[5, 0]), GeneralName::Other(0), false),
            (tlv(0xa3, &[5, 0]), GeneralName::Other(3), false),
            (tlv(0xa5, &[5, 0]), GeneralName::Other(5), false),
            (tlv(0x88, &[42]), GeneralName::Other(8), false),
        ] {
            let alone = general_names(&tlv(0x30, &raw)).unwrap();
            assert_eq!(alone, (vec![expected.clone()], odd), "{raw:x?}");
            // One odd name among others is remembered.
            let among = [&tlv(0x82, b"x.y")[..], &raw, &tlv(0x82, b"y.z")].concat();
            let (names, some_odd) = general_names(&tlv(0x30, &among)).unwrap();
            assert_eq!((names.len(), some_odd), (3, odd), "{raw:x?}");
        }
        assert_eq!(general_names(&[0x30, 0]), Ok((vec![], false)));
        for bad in [
            &[0x30, 2, 0x89, 0][..],
            &[0x31, 0],
            &[0x30, 0, 0],
            &[0x30, 1, 0x82],
        ] {
            assert!(general_names(bad).is_err(), "{bad:x?}");
        }
    }

    #[test]
    fn hosts_and_addresses_are_what_tls_compares() {
        let v6 = GeneralName::Ip([vec![0x20, 1, 0x0d, 0xb8], vec![0; 11], vec![5]].concat());
        for (name, expected) in [
            (
                GeneralName::Dns("a.b".to_owned()),
                Some(AltName::Dns("a.b".to_owned())),
            ),
            (
                GeneralName::Ip(vec![192, 0, 2, 5]),
                Some(AltName::Ip([192, 0, 2, 5].into())),
            ),
            (v6, Some(AltName::Ip("2001:db8::5".parse().unwrap()))),
            (GeneralName::Ip(vec![192, 0, 2]), None),
            (GeneralName::Email("a@b".to_owned()), None),
            (GeneralName::Other(0), None),
        ] {
            assert_eq!(comparable(&name), expected, "{name:?}");
        }
    }

    #[test]
    fn constraints_are_lists_of_bases_and_nothing_else() {
        let base = |raw: &[u8]| tlv(0x30, raw);
        let permitted = tlv(
            0xa0,
            &[base(&tlv(0x82, b"a.b")), base(&tlv(0x82, b""))].concat(),
        );
        let excluded = tlv(0xa1, &base(&tlv(0x82, b".c")));
        let dns = |name: &str| GeneralName::Dns(name.to_owned());
        let read = |parts: &[&[u8]]| name_constraints(&tlv(0x30, &parts.concat()));
        let both = read(&[&permitted, &excluded]).unwrap();
        assert_eq!(both.permitted, [dns("a.b"), dns("")]);
        assert_eq!(both.excluded, [dns(".c")]);
        let one = read(&[&excluded]).unwrap();
        assert_eq!((one.permitted, one.excluded), (vec![], both.excluded));
        // RFC 5280 section 4.2.1.10: never empty, no minimum but zero (which is never written), no maximum.
        let none_of_them: [&[&[u8]]; 8] = [
            &[],
            &[&[0xa0, 0]],
            &[&excluded, &permitted],
            &[&permitted, &[5, 0]],
            &[&tlv(
                0xa0,
                &base(&[&tlv(0x82, b"a.b")[..], &[0x80, 1, 1]].concat()),
            )],
            &[&tlv(0xa0, &tlv(0x82, b"a.b"))],
            &[&tlv(0xa0, &base(&tlv(0x82, b"*.b")))],
            &[&tlv(0xa0, &base(&tlv(0x87, &[192, 0, 2, 0])))],
        ];
        for bad in none_of_them {
            assert!(read(bad).is_err(), "{bad:x?}");
        }
    }

    #[test]
    fn a_domain_is_a_base_with_or_without_its_dot_in_front() {
        for (name, good) in [
            ("", true),
            ("com", true),
            ("example.com", true),
            (".example.com", true),
            ("a_b.com", true),
            (".", false),
            ("..com", false),
            ("a..com", false),
            ("com.", false),
            ("*.example.com", false),
            ("例え.jp", false),
        ] {
            assert_eq!(is_dns_base(name), good, "{name}");
        }
    }

    #[test]
    fn a_network_has_a_mask_of_ones_and_then_zeros() {
        for (mask, good) in [
            ([0, 0, 0, 0], true),
            ([0x80, 0, 0, 0], true),
            ([255, 255, 254, 0], true),
            ([255, 255, 255, 255], true),
            ([255, 0, 255, 0], false),
            ([127, 255, 255, 255], false),
            ([255, 255, 255, 253], false),
            ([0, 0, 0, 1], false),
        ] {
            let network = [&[192, 0, 2, 0][..], &mask].concat();
            assert_eq!(is_network(&network), good, "{mask:?}");
            let wide = [vec![0; 16], mask.to_vec(), vec![0; 12]].concat();
            let ends = mask[3] == 0 || mask == [255; 4];
            assert_eq!(is_network(&wide), good && ends, "{mask:?} of sixteen");
        }
        // The address itself is no mask, and other lengths are no networks.
        assert!(is_network(&[1, 2, 3, 4, 255, 0, 0, 0]));
        for length in [0, 4, 7, 9, 16, 31, 33, 64] {
            assert!(!is_network(&vec![0; length]), "{length}");
        }
    }
}
