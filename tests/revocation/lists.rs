//! Revocation lists.

use rcgen::{
    CertificateRevocationListParams, CrlIssuingDistributionPoint, CrlScope, Issuer, KeyIdMethod,
    KeyUsagePurpose, RevocationReason, RevokedCertParams, SerialNumber, date_time_ymd,
};
use vpnmedic::chain::{Obstacle, Place, Reason, Scope, Statement, Status, places_to_check};
use vpnmedic::evidence::Der;

use super::pki::{self, AT, Chain, Entity, plain};
use super::statements::{Crl, extension, tlv};
use super::{DAY, SINCE, World, good};

#[test]
fn a_list_in_date_without_the_certificate_says_good_and_with_it_revoked_with_date_and_reason() {
    let world = World::new();
    let said = world.by_list(&world.list().make()).unwrap();
    assert_eq!(said.status, Status::Good);
    assert_eq!(said.signer, "Example Issuing CA");
    assert_eq!(said.until, Some(AT.plus(7 * DAY)));
    let list =
        world
            .list()
            .with(&world.chain.root.cert, SINCE, None)
            .with(world.leaf(), SINCE, Some(1));
    assert_eq!(
        world.by_list(&list.make()).unwrap().status,
        Status::Revoked {
            since: SINCE,
            reason: Some(Reason::KeyCompromise)
        }
    );
    let silent = world.list().with(world.leaf(), SINCE, None);
    assert_eq!(
        world.by_list(&silent.make()).unwrap().status,
        Status::Revoked {
            since: SINCE,
            reason: None
        }
    );
}

/// A second maker of lists, so that a mistake of this test's own is not taken for right.
#[test]
fn lists_made_by_another_library_are_read_the_same() {
    let world = World::new();
    let issuer = Issuer::from_params(
        &world.chain.intermediate.params,
        &world.chain.intermediate.key,
    );
    let list = |serial: &[u8], scope| {
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 5, 1),
            next_update: date_time_ymd(2026, 7, 1),
            crl_number: SerialNumber::from(7u64),
            issuing_distribution_point: scope,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from_slice(serial),
                revocation_time: date_time_ymd(2026, 4, 1),
                reason_code: Some(RevocationReason::Superseded),
                invalidity_date: Some(date_time_ymd(2026, 3, 1)),
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Der::from(params.signed_by(&issuer).unwrap().der().as_ref())
    };
    good(world.by_list(&list(&[1, 2, 3], None)));
    let said = world.by_list(&list(&world.leaf().serial_bytes(), None));
    let Status::Revoked { since, reason } = said.unwrap().status else {
        panic!("not revoked")
    };
    assert_eq!(
        (since.day().as_str(), reason),
        ("2026-04-01", Some(Reason::Superseded))
    );
    let scoped = |scope| {
        Some(CrlIssuingDistributionPoint {
            distribution_point: rcgen::CrlDistributionPoint {
                uris: vec!["http://crl.example.com/a.crl".to_owned()],
            },
            scope: Some(scope),
        })
    };
    assert_eq!(
        world.by_list(&list(&[1], scoped(CrlScope::CaCertsOnly))),
        Err(Obstacle::OtherScope(Scope::Authorities))
    );
    assert_eq!(
        world.by_list(&list(&[1], scoped(CrlScope::UserCertsOnly))),
        Err(Obstacle::OtherScope(Scope::Point)),
        "the certificate names no distribution point"
    );
}

#[test]
fn a_list_for_a_distribution_point_is_for_the_certificates_that_name_it() {
    let world = World::of(Chain::new(plain, plain, |params| {
        params.crl_distribution_points = vec![rcgen::CrlDistributionPoint {
            uris: vec!["http://crl.example.com/a.crl".to_owned()],
        }];
    }));
    let point = |uri: &str| {
        let names = tlv(0xa0, &tlv(0xa0, &tlv(0x86, uri.as_bytes())));
        let list = world.list();
        list.extended(&[0x55, 0x1d, 28], true, &tlv(0x30, &names))
            .make()
    };
    good(world.by_list(&point("http://crl.example.com/a.crl")));
    assert_eq!(
        world.by_list(&point("http://crl.example.com/b.crl")),
        Err(Obstacle::OtherScope(Scope::Point))
    );
}

#[test]
fn lists_of_kinds_that_are_not_read_are_refused_each_for_its_own_reason() {
    let world = World::new();
    let with = |oid: &[u8], value: &[u8]| world.list().extended(oid, true, value).make();
    const SCOPE: &[u8] = &[0x55, 0x1d, 28];
    let flag = |number: u8| tlv(0x30, &[0x80 | number, 1, 0xff]);
    for (list, expected) in [
        (with(&[0x55, 0x1d, 27], &[2, 1, 1]), Obstacle::Delta),
        (with(SCOPE, &flag(4)), Obstacle::Indirect),
        (
            with(SCOPE, &flag(5)),
            Obstacle::OtherScope(Scope::Attributes),
        ),
        (
            with(SCOPE, &flag(2)),
            Obstacle::OtherScope(Scope::Authorities),
        ),
        (
            with(&[0x2a, 3, 4], &[5, 0]),
            Obstacle::CriticalExtension("1.2.3.4".to_owned()),
        ),
        (
            with(SCOPE, &tlv(0x30, &[0x83, 2, 6, 0x40])),
            Obstacle::SomeReasons,
        ),
    ] {
        assert_eq!(world.by_list(&list), Err(expected));
    }
    good(world.by_list(&with(SCOPE, &flag(1))));
    let of_ca = world.hear(1, &Statement::list("x", &with(SCOPE, &flag(1))), &[]);
    assert!(matches!(of_ca, Err(Obstacle::OtherIssuer(_))), "{of_ca:?}");
    // Of some reasons only, and the certificate is on it: that is enough.
    let listed = world.list().with(world.leaf(), SINCE, Some(1)).extended(
        SCOPE,
        true,
        &tlv(0x30, &[0x83, 2, 6, 0x40]),
    );
    assert!(matches!(
        world.by_list(&listed.make()).unwrap().status,
        Status::Revoked { .. }
    ));
}

#[test]
fn a_critical_extension_of_any_entry_forbids_the_whole_list() {
    let world = World::new();
    let entry = |oid: &[u8], critical| {
        let mut list = world.list();
        let extensions = extension(oid, critical, &[5, 0]);
        list.entries.push((vec![9], SINCE, extensions));
        world.by_list(&list.make())
    };
    assert_eq!(
        entry(&[0x2a, 3, 4], true),
        Err(Obstacle::CriticalExtension("1.2.3.4".to_owned()))
    );
    good(entry(&[0x2a, 3, 4], false));
    assert_eq!(entry(&[0x55, 0x1d, 29], true), Err(Obstacle::Indirect));
}

#[test]
fn a_list_out_of_its_dates_says_nothing_but_a_revocation_for_good() {
    let world = World::new();
    let mut list = world.list();
    list.until = Some(AT.plus(-1));
    assert_eq!(
        world.by_list(&list.make()),
        Err(Obstacle::Expired(AT.plus(-1)))
    );
    let hold = list.clone().with(world.leaf(), SINCE, Some(6));
    assert_eq!(
        world.by_list(&hold.make()),
        Err(Obstacle::Expired(AT.plus(-1)))
    );
    let revoked = list.with(world.leaf(), SINCE, Some(4));
    let said = world.by_list(&revoked.make()).unwrap();
    assert!(said.stale && matches!(said.status, Status::Revoked { .. }));
    let mut early = world.list();
    early.from = AT.plus(DAY);
    assert_eq!(
        world.by_list(&early.make()),
        Err(Obstacle::NotYet(AT.plus(DAY)))
    );
    early.from = AT.plus(300);
    good(world.by_list(&early.make()));
    early.from = AT.plus(301);
    assert_eq!(
        world.by_list(&early.make()),
        Err(Obstacle::NotYet(AT.plus(301)))
    );
    let mut last_second = world.list();
    last_second.until = Some(AT);
    good(world.by_list(&last_second.make()));
    let mut endless = world.list();
    endless.until = None;
    assert_eq!(
        world.by_list(&endless.make()),
        Err(Obstacle::NoEnd(AT.plus(-DAY)))
    );
}

#[test]
fn a_list_by_a_stranger_or_by_a_key_that_may_not_sign_lists_is_not_believed() {
    let world = World::new();
    let stranger = Entity::root("Example Issuing CA", plain);
    let forged = Crl::new(world.issuer(), &stranger.key, AT).with(world.leaf(), SINCE, Some(1));
    assert_eq!(
        world.by_list(&forged.make()),
        Err(Obstacle::BadSignature("Example Issuing CA".to_owned()))
    );
    // The stranger's certificate beside the chain does not help: nothing on the path vouches for it.
    let statement = Statement::list("forged.crl", &forged.make());
    assert_eq!(
        world.hear(0, &statement, std::slice::from_ref(&stranger.cert)),
        Err(Obstacle::SignerNotVouchedFor(
            "Example Issuing CA".to_owned()
        ))
    );
    let other = Crl::new(&world.chain.root.cert, &world.chain.root.key, AT);
    assert!(matches!(
        world.by_list(&other.make()),
        Err(Obstacle::OtherIssuer(_))
    ));
    let world = World::of(Chain::new(
        plain,
        |params| params.key_usages = vec![KeyUsagePurpose::KeyCertSign],
        plain,
    ));
    let list = world.list().with(world.leaf(), SINCE, Some(1));
    assert_eq!(
        world.by_list(&list.make()),
        Err(Obstacle::MayNotSignLists(
            "Example Issuing CA".to_owned(),
            "keyCertSign".to_owned()
        ))
    );
}

#[test]
fn a_list_by_the_cas_separate_list_key_is_believed_when_the_root_issued_it_for_that() {
    let world = World::new();
    let with_usage = |usage| {
        let root = &world.chain.root;
        root.ca("Example Issuing CA", move |params| {
            params.is_ca = rcgen::IsCa::ExplicitNoCa;
            params.key_usages = vec![usage];
        })
    };
    let said = |signer: &Entity| {
        let list = Crl::new(world.issuer(), &signer.key, AT).with(world.leaf(), SINCE, Some(3));
        let statement = Statement::list("list.crl", &list.make());
        world.hear(0, &statement, std::slice::from_ref(&signer.cert))
    };
    let signer = with_usage(KeyUsagePurpose::CrlSign);
    assert!(matches!(
        said(&signer).unwrap().status,
        Status::Revoked { .. }
    ));
    let signer = with_usage(KeyUsagePurpose::DigitalSignature);
    assert!(matches!(said(&signer), Err(Obstacle::MayNotSignLists(..))));
}

#[test]
fn the_intermediate_is_looked_up_on_the_roots_list_and_the_root_on_none() {
    let world = World::new();
    let root = &world.chain.root;
    let list = Crl::new(&root.cert, &root.key, AT).with(world.issuer(), SINCE, Some(2));
    let said = world.hear(1, &Statement::list("root.crl", &list.make()), &[]);
    assert_eq!(
        said.unwrap().status,
        Status::Revoked {
            since: SINCE,
            reason: Some(Reason::CaCompromise)
        }
    );
    let places: Vec<usize> = places_to_check(&world.judgement.path).collect();
    assert_eq!(places, [0, 1]);
}

#[test]
fn nobody_is_believed_about_a_certificate_whose_issuer_is_not_there() {
    let world = World::new();
    let alone = pki::judge_served(
        std::slice::from_ref(&world.chain.leaf.cert),
        &world.chain.anchors(),
    );
    let list = Statement::list("list.crl", &world.list().make());
    let said = list.says(&Place {
        path: &alone.path,
        at: 0,
        beside: &[],
        now: AT,
    });
    assert_eq!(said, Err(Obstacle::IssuerMissing));
}

#[test]
fn a_large_list_is_looked_through_to_its_end() {
    let world = World::new();
    let mut list = world.list();
    for serial in 0..200_000_u32 {
        let mut bytes = vec![1];
        bytes.extend(serial.to_be_bytes());
        list.entries.push((bytes, SINCE, Vec::new()));
    }
    good(world.by_list(&list.make()));
    let list = list.with(world.leaf(), SINCE, Some(9));
    assert!(matches!(
        world.by_list(&list.make()).unwrap().status,
        Status::Revoked {
            reason: Some(Reason::PrivilegeWithdrawn),
            ..
        }
    ));
}

/// NIST PKITS 4.4.14 to 4.4.17: -1 is not 255, and twenty digits are twenty digits.
#[test]
fn serial_numbers_are_compared_as_signed_numbers_of_any_length() {
    let world = World::of(Chain::new(plain, plain, |params| {
        let long: Vec<u8> = (0x71..0x85).collect();
        params.serial_number = Some(SerialNumber::from_slice(&long));
    }));
    let listed = |serial: Vec<u8>| {
        let mut list = world.list();
        list.entries.push((serial, SINCE, Vec::new()));
        world.by_list(&list.make()).unwrap().status
    };
    let own = world.leaf().serial_bytes();
    assert_eq!(own.len(), 20);
    let shorter = own.iter().take(19).copied().collect();
    assert_eq!(listed(shorter), Status::Good);
    let padded = [&[0][..], &own].concat();
    assert!(matches!(listed(padded), Status::Revoked { .. }));

    let world = World::of(Chain::new(plain, plain, |params| {
        params.serial_number = Some(SerialNumber::from_slice(&[0xff]));
    }));
    let listed = |serial: &[u8]| {
        let mut list = world.list();
        list.entries.push((serial.to_vec(), SINCE, Vec::new()));
        world.by_list(&list.make()).unwrap().status
    };
    assert_eq!(world.leaf().serial_bytes(), [0, 0xff], "255");
    assert_eq!(listed(&[0xff]), Status::Good, "-1");
    assert!(matches!(listed(&[0, 0xff]), Status::Revoked { .. }));
}
