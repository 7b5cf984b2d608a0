//! Which certificates a list speaks of: the point that it is for, and the kind of certificate.

use vpnmedic::chain::{Obstacle, Scope, Statement, Status};

use super::pki::{AT, Chain, plain};
use super::statements::{Crl, sequence, tlv};
use super::{World, good, unreadable};

const SCOPE: &[u8] = &[0x55, 0x1d, 28];

/// RFC 5280 sections 4.2.1.13 and 5.2.5: the point that a list is for, and the points that a certificate names.
#[test]
fn a_list_and_a_certificate_meet_at_a_point_however_it_is_named() {
    let dn = |name: &str| {
        let pair = sequence(&[&tlv(6, &[0x55, 4, 3]), &tlv(12, name.as_bytes())]);
        tlv(0x31, &pair)
    };
    let full = |names: &[u8]| tlv(0xa0, &tlv(0xa0, names));
    let directory = |rdns: &[&[u8]]| tlv(0xa4, &tlv(0x30, &rdns.concat()));
    // A relative name is what is added to the issuer's own (the set's content, under its tag).
    let relative = |name: &str| {
        let pair = sequence(&[&tlv(6, &[0x55, 4, 3]), &tlv(12, name.as_bytes())]);
        tlv(0xa0, &tlv(0xa1, &pair))
    };
    let (long, longer) = ("p".repeat(150), "p".repeat(300));
    let uri = |text: &str| tlv(0x86, text.as_bytes());
    let issuer = dn("Example Issuing CA");
    let below = directory(&[&issuer, &dn("Point 1")]);
    let crl_issuer = |names: &[u8]| tlv(0xa2, names);
    let reasons: &[u8] = &[0x81, 2, 6, 0x40];
    let said = |points: Option<Vec<u8>>, of_list: &[u8]| {
        let chain = Chain::new(plain, plain, plain);
        let leaf = chain.intermediate.leaf(|params| {
            let points = points.map(|points| tlv(0x30, &points));
            let extension = points
                .map(|value| rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 31], value));
            params.custom_extensions.extend(extension);
        });
        let world = World::of(Chain { leaf, ..chain });
        let list = world.list().extended(SCOPE, true, &tlv(0x30, of_list));
        world.by_list(&list.make())
    };
    let point = |parts: &[&[u8]]| Some(sequence(parts));
    let here = [uri("http://a"), uri("ldap://b")].concat();
    for (what, points, of_list, covered) in [
        (
            "one of several names",
            point(&[&full(&here)]),
            full(&uri("ldap://b")),
            true,
        ),
        (
            "several of the list",
            point(&[&full(&uri("http://a"))]),
            full(&here),
            true,
        ),
        (
            "another",
            point(&[&full(&here)]),
            full(&uri("http://c")),
            false,
        ),
        (
            "a relative name of both",
            point(&[&relative("Point 1")]),
            relative("Point 1"),
            true,
        ),
        (
            "a long one of both",
            point(&[&relative(&long)]),
            relative(&long),
            true,
        ),
        (
            "a longer one of both",
            point(&[&relative(&longer)]),
            relative(&longer),
            true,
        ),
        (
            "two relative names",
            point(&[&relative("Point 2")]),
            relative("Point 1"),
            false,
        ),
        (
            "written out",
            point(&[&full(&below)]),
            relative("Point 1"),
            true,
        ),
        (
            "by its issuer",
            point(&[&crl_issuer(&below)]),
            full(&below),
            true,
        ),
        (
            "name before issuer",
            point(&[&full(&here), reasons, &crl_issuer(&below)]),
            full(&below),
            false,
        ),
        (
            "reasons alone",
            point(&[reasons]),
            full(&uri("http://a")),
            false,
        ),
        ("no point at all", None, full(&directory(&[&issuer])), true),
        ("no point at all", None, full(&uri("http://a")), false),
        (
            "unreadable",
            Some(vec![5, 0]),
            full(&directory(&[&issuer])),
            false,
        ),
    ] {
        let expected = if covered {
            Ok(Status::Good)
        } else {
            Err(Obstacle::OtherScope(Scope::Point))
        };
        assert_eq!(
            said(points, &of_list).map(|said| said.status),
            expected,
            "{what}"
        );
    }
    // The second of two points counts as well as the first.
    let two = [
        sequence(&[&full(&uri("http://x"))]),
        sequence(&[&full(&here)]),
    ]
    .concat();
    good(said(Some(two), &full(&uri("http://a"))));
    let odd = tlv(0xa0, &tlv(0xa2, &uri("http://a")));
    assert!(unreadable(&said(None, &odd)));
    assert!(
        unreadable(&said(None, &[0x81, 1, 1])),
        "neither true nor false"
    );
    assert!(
        unreadable(&said(None, &[0x82, 1, 0xff, 0x81, 1, 0xff])),
        "out of order"
    );
}

#[test]
fn lists_for_cas_are_for_cas_and_those_for_end_entities_for_these() {
    let world = World::new();
    let root = &world.chain.root;
    let on = |at: usize, number: u8, value: u8| {
        let (issuer, key) = match at {
            0 => (world.issuer(), &world.chain.intermediate.key),
            _ => (&*root.cert, &root.key),
        };
        let flag = tlv(0x30, &[0x80 | number, 1, value]);
        let list = Crl::new(issuer, key, AT).extended(SCOPE, true, &flag);
        let said = world.hear(at, &Statement::list("x", &list.make()), &[]);
        said.map(|said| said.status)
    };
    let other = |scope| Err(Obstacle::OtherScope(scope));
    assert_eq!(on(0, 1, 0xff), Ok(Status::Good));
    assert_eq!(on(1, 1, 0xff), other(Scope::EndEntities));
    assert_eq!(on(0, 2, 0xff), other(Scope::Authorities));
    assert_eq!(on(1, 2, 0xff), Ok(Status::Good));
    assert_eq!(on(1, 5, 0xff), other(Scope::Attributes));
    for number in [1, 2, 4, 5] {
        assert_eq!(
            (on(0, number, 0), on(1, number, 0)),
            (Ok(Status::Good), Ok(Status::Good))
        );
    }
}
