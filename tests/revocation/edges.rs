//! Statements by unusual signers, in unusual words, for unusual places: each beside the usual one it differs from in one
//! thing.

use std::sync::Arc;

use aws_lc_rs::digest;
use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose, date_time_ymd};
use vpnmedic::chain::{Obstacle, Reason, Statement, Status};

use super::pki::{self, AT, Chain, Entity, plain};
use super::statements::{Crl, Ocsp, Says, extension, tlv};
use super::{DAY, SINCE, World, good, responder, unreadable};

const UNKNOWN: &[u8] = &[0x2a, 3, 4];

/// RFC 6960 section 4.1.1: the hashes that responders use, and one that nobody knows.
#[test]
fn an_answer_names_its_certificate_by_any_known_hash() {
    let world = World::new();
    let by = |algorithm, oid| {
        let mut answer = world.answer();
        answer.hash = Some((algorithm, oid));
        world.by_answer(&answer.make())
    };
    good(by(
        &digest::SHA384,
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2],
    ));
    good(by(
        &digest::SHA512,
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3],
    ));
    assert_eq!(
        by(&digest::SHA256, UNKNOWN),
        Err(Obstacle::OtherCertificate)
    );
    // A hash under another's name is of another certificate.
    let sha384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
    assert_eq!(by(&digest::SHA256, sha384), Err(Obstacle::OtherCertificate));
}

#[test]
fn the_form_of_an_answer_is_held_to_the_letter() {
    let world = World::new();
    let with = |change: fn(&mut Ocsp<'_>)| {
        let mut answer = world.answer();
        change(&mut answer);
        world.by_answer(&answer.make())
    };
    // X.690 section 11.5: a default is never written, and there is no version but the first.
    assert!(unreadable(&with(
        |answer| answer.head = tlv(0xa0, &[2, 1, 0])
    )));
    good(with(|answer| answer.status = vec![0x80, 0]));
    for status in [
        &[0x80, 1, 0][..],
        &[0x82, 1, 0],
        &[0x81, 0],
        &[0xa1, 0],
        // A reason that is a number and not an enumerated one.
        &[
            0xa1, 0x16, 0x18, 0x0f, b'2', b'0', b'2', b'6', b'0', b'1', b'0', b'1', b'0', b'0',
            b'0', b'0', b'0', b'0', b'Z', 0xa0, 3, 2, 1, 1,
        ],
    ] {
        let mut answer = world.answer();
        answer.status = status.to_vec();
        assert!(unreadable(&world.by_answer(&answer.make())), "{status:x?}");
    }
    assert_eq!(
        with(|answer| answer.kind = UNKNOWN),
        Err(Obstacle::UnknownType("1.2.3.4".to_owned()))
    );
    // There is one version, which is never written.
    assert!(unreadable(&with(
        |answer| answer.head = vec![0xa0, 3, 2, 1, 1]
    )));
    assert_eq!(
        with(|answer| answer.algorithm = UNKNOWN),
        Err(Obstacle::UnknownAlgorithm("1.2.3.4".to_owned()))
    );
    // ecdsa-with-SHA1: whoever made it, it proves nothing.
    const SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
    let weak = Err(Obstacle::WeakSignature("ecdsa-with-SHA1".to_owned()));
    assert_eq!(with(|answer| answer.algorithm = SHA1), weak);
    let mut list = world.list();
    list.algorithm = SHA1;
    assert_eq!(world.by_list(&list.make()), weak);
    list.algorithm = UNKNOWN;
    let unknown = Err(Obstacle::UnknownAlgorithm("1.2.3.4".to_owned()));
    assert_eq!(world.by_list(&list.make()), unknown);
}

/// RFC 5280 section 5.1.2.1: no version means the first, 1 the second; there is no third.
#[test]
fn a_list_is_of_the_first_or_the_second_version() {
    let world = World::new();
    let of = |head: &[u8]| {
        let mut list = world.list();
        list.head = head.to_vec();
        world.by_list(&list.make())
    };
    good(of(&[2, 1, 1]));
    good(of(&[]));
    assert!(unreadable(&of(&[2, 1, 0])) && unreadable(&of(&[2, 1, 2])));
}

#[test]
fn critical_extensions_of_what_is_said_of_one_certificate_count_too() {
    let world = World::new();
    let with = |whole: &[u8], single: &[u8]| {
        let mut answer = world.answer();
        (answer.extensions, answer.single_extensions) = (whole.to_vec(), single.to_vec());
        world.by_answer(&answer.make())
    };
    let unknown = |last, critical| extension(&[0x2a, 3, last], critical, &[5, 0]);
    let named = |oid: &str| Err(Obstacle::CriticalExtension(oid.to_owned()));
    assert_eq!(with(&[], &unknown(4, true)), named("1.2.3.4"));
    good(with(&unknown(4, false), &unknown(4, false)));
    let two = [unknown(5, false), unknown(6, true), unknown(7, true)].concat();
    assert_eq!(with(&[], &two), named("1.2.3.6"));
    assert_eq!(with(&unknown(4, true), &two), named("1.2.3.4"));
    // Signed certificate timestamps (RFC 6962 section 3.3) and what RFC 6960 section 4.4 lists change no status.
    let timestamps = extension(&[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 5], true, &[4, 0]);
    let archive = extension(&[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 6], true, &[4, 0]);
    good(with(&archive, &timestamps));
}

/// Whoever is revoked for good stays so, however old the answer; whoever is suspended may be free again.
#[test]
fn an_old_answer_still_says_what_never_changes() {
    let world = World::new();
    let said = |reason, from: i64, until: Option<i64>| {
        let mut answer = world.answer();
        answer.says = Says::Revoked(SINCE, reason);
        (answer.from, answer.until) = (AT.plus(from), until.map(|until| AT.plus(until)));
        world.by_answer(&answer.make())
    };
    for reason in [None, Some(0), Some(1)] {
        let old = said(reason, -9 * DAY, Some(-DAY)).unwrap();
        assert!(old.stale && matches!(old.status, Status::Revoked { .. }));
        let endless = said(reason, -9 * DAY, None).unwrap();
        assert!(!endless.stale && endless.until.is_none());
    }
    let hold = Some(6);
    assert_eq!(
        said(hold, -9 * DAY, Some(-DAY)),
        Err(Obstacle::Expired(AT.plus(-DAY)))
    );
    assert_eq!(
        said(hold, -9 * DAY, None),
        Err(Obstacle::NoEnd(AT.plus(-9 * DAY)))
    );
    assert!(!said(hold, -DAY, Some(DAY)).unwrap().stale);
    // In date is in date, also when nothing changes any more.
    assert!(!said(Some(1), -DAY, Some(DAY)).unwrap().stale);
}

#[test]
fn every_reason_has_its_number() {
    let world = World::new();
    for (number, reason) in [
        (0, Some(Reason::Unspecified)),
        (1, Some(Reason::KeyCompromise)),
        (2, Some(Reason::CaCompromise)),
        (3, Some(Reason::AffiliationChanged)),
        (4, Some(Reason::Superseded)),
        (5, Some(Reason::CessationOfOperation)),
        (6, Some(Reason::Hold)),
        (7, None),
        (8, Some(Reason::RemoveFromList)),
        (9, Some(Reason::PrivilegeWithdrawn)),
        (10, Some(Reason::AaCompromise)),
        (11, None),
    ] {
        let list = world.list().with(world.leaf(), SINCE, Some(number));
        let said = world.by_list(&list.make()).unwrap();
        let since = SINCE;
        assert_eq!(said.status, Status::Revoked { since, reason }, "{number}");
    }
}

/// RFC 6960 section 4.2.2.2: the delegation must be said, by the CA itself, and be in date.
#[test]
fn a_responder_is_held_to_its_own_certificate() {
    let world = World::new();
    let ca = &world.chain.intermediate;
    let signing = || vec![ExtendedKeyUsagePurpose::OcspSigning];
    let said = |signer: &Entity| {
        let mut answer = world.answer();
        (answer.responder, answer.key) = (&signer.cert, &signer.key);
        answer.embedded = vec![&signer.cert];
        world.by_answer(&answer.make())
    };
    let with = |change: fn(&mut rcgen::CertificateParams)| {
        ca.leaf(|params| {
            params.distinguished_name = pki::named("Example Responder");
            params.extended_key_usages = signing();
            change(params);
        })
    };
    let without = |found: &str| {
        let signer = "Example Responder".to_owned();
        Err(Obstacle::ResponderWithoutUse(signer, found.to_owned()))
    };
    good(said(&with(|_| {})));
    good(said(&with(|params| params.key_usages.clear())));
    good(said(&with(|params| {
        params.key_usages = vec![KeyUsagePurpose::ContentCommitment]
    })));
    let lists_only = with(|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]);
    assert_eq!(said(&lists_only), without("cRLSign"));
    let any = with(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any]);
    assert_eq!(said(&any), without("anyExtendedKeyUsage"));
    let none = with(|params| params.extended_key_usages.clear());
    assert_eq!(said(&none), without("-"));
    let critical = with(|params| {
        let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    });
    let not_delegated = Err(Obstacle::ResponderNotDelegated(
        "Example Responder".to_owned(),
    ));
    assert_eq!(said(&critical), not_delegated);
    // Of the CA's name and another key.
    let namesake = Entity::root("Example Issuing CA", plain);
    assert_eq!(said(&responder(&namesake, signing())), not_delegated);
    // Its first and its last second belong to its validity (AT is the beginning of 2026-06-01).
    good(said(&with(|params| {
        params.not_before = date_time_ymd(2026, 6, 1)
    })));
    good(said(&with(|params| {
        params.not_after = date_time_ymd(2026, 6, 1)
    })));
    let late = with(|params| params.not_before = date_time_ymd(2026, 6, 2));
    assert!(matches!(
        said(&late),
        Err(Obstacle::ResponderNotValid { .. })
    ));
    let early = with(|params| params.not_after = date_time_ymd(2026, 5, 31));
    assert!(matches!(
        said(&early),
        Err(Obstacle::ResponderNotValid { .. })
    ));
}

#[test]
fn a_responder_s_certificate_may_lie_beside_the_chain_and_may_be_named_by_its_key() {
    let world = World::new();
    let ca = &world.chain.intermediate;
    let proper = responder(ca, vec![ExtendedKeyUsagePurpose::OcspSigning]);
    let mut answer = world.answer();
    (answer.responder, answer.key) = (&proper.cert, &proper.key);
    answer.by_key = true;
    let statement = Statement::answer("answer.der", &answer.make());
    let beside = [Arc::clone(&world.chain.leaf.cert), Arc::clone(&proper.cert)];
    good(world.hear(0, &statement, &beside));
    let sum = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, proper.cert.public_key());
    let label = format!("SHA-1 {}", data_encoding::HEXLOWER.encode(sum.as_ref()));
    assert_eq!(
        world.hear(0, &statement, &beside[..1]),
        Err(Obstacle::ResponderNotFound(label.clone()))
    );
    // The right key named, another one used.
    answer.key = &world.chain.leaf.key;
    let statement = Statement::answer("answer.der", &answer.make());
    assert_eq!(
        world.hear(0, &statement, &beside),
        Err(Obstacle::BadSignature(label))
    );
    // The CA's own name, and not its key.
    let mut answer = world.answer();
    answer.key = &proper.key;
    assert_eq!(
        world.by_answer(&answer.make()),
        Err(Obstacle::BadSignature("CN=Example Issuing CA".to_owned()))
    );
}

/// RFC 5280 section 6.3.3 (f): the path vouches for the CA's other key, which is in date and of the same name.
#[test]
fn another_key_of_the_ca_is_held_to_its_own_certificate() {
    let world = World::new();
    let root = &world.chain.root;
    let said = |name: &str, change: fn(&mut rcgen::CertificateParams)| {
        let signer = root.ca(name, change);
        let list = Crl::new(world.issuer(), &signer.key, AT);
        let statement = Statement::list("list.crl", &list.make());
        world.hear(0, &statement, std::slice::from_ref(&signer.cert))
    };
    let same = "Example Issuing CA";
    let not_vouched = Err(Obstacle::SignerNotVouchedFor(same.to_owned()));
    good(said(same, plain));
    good(said(same, |params| params.key_usages.clear()));
    good(said(same, |params| {
        params.not_before = date_time_ymd(2026, 6, 1)
    }));
    good(said(same, |params| {
        params.not_after = date_time_ymd(2026, 6, 1)
    }));
    assert_eq!(
        said(same, |params| params.not_before = date_time_ymd(2026, 6, 2)),
        not_vouched
    );
    assert_eq!(
        said(same, |params| params.not_after = date_time_ymd(2026, 5, 31)),
        not_vouched
    );
    let critical = |params: &mut rcgen::CertificateParams| {
        let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    };
    assert_eq!(said(same, critical), not_vouched);
    let bad = Err(Obstacle::BadSignature(same.to_owned()));
    assert_eq!(said("Example Other CA", plain), bad);
    // Another certificate of the very same key gives it no rights that the one on the path does not.
    let narrow = World::of(Chain::new(
        plain,
        |params| params.key_usages = vec![KeyUsagePurpose::KeyCertSign],
        plain,
    ));
    let wider = narrow
        .chain
        .root
        .cross_sign(&narrow.chain.intermediate, |params| {
            params.key_usages.push(KeyUsagePurpose::CrlSign);
        });
    let statement = Statement::list("list.crl", &narrow.list().make());
    let usage = "keyCertSign".to_owned();
    assert_eq!(
        narrow.hear(0, &statement, &[wider]),
        Err(Obstacle::MayNotSignLists(same.to_owned(), usage))
    );
}
