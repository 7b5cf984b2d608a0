//! OCSP answers, and answers beside lists.

use rcgen::ExtendedKeyUsagePurpose;
use vpnmedic::chain::{Hearing, Obstacle, Place, Reason, Refusal, Statement, Status};

use super::pki::{self, AT, Entity, plain};
use super::statements::{Ocsp, Says, extension, refusal, tlv};
use super::{DAY, SINCE, World, good, responder};

#[test]
fn answers_say_good_revoked_and_unknown_whichever_hash_and_name_they_use() {
    let world = World::new();
    for (sha256, by_key) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut answer = world.answer();
        (answer.sha256, answer.by_key) = (sha256, by_key);
        good(world.by_answer(&answer.make()));
        answer.says = Says::Revoked(SINCE, Some(5));
        assert_eq!(
            world.by_answer(&answer.make()).unwrap().status,
            Status::Revoked {
                since: SINCE,
                reason: Some(Reason::CessationOfOperation)
            }
        );
        answer.says = Says::Unknown;
        assert_eq!(
            world.by_answer(&answer.make()).unwrap().status,
            Status::Unknown
        );
    }
}

#[test]
fn an_answer_about_another_certificate_or_another_ca_is_not_about_this_one() {
    let world = World::new();
    let other = world.chain.intermediate.leaf(plain);
    let answer = Ocsp::new(
        &other.cert,
        world.issuer(),
        &world.chain.intermediate.key,
        AT,
    );
    assert_eq!(
        world.by_answer(&answer.make()),
        Err(Obstacle::OtherCertificate)
    );
    let stranger = Entity::root("Example Issuing CA", plain);
    let answer = Ocsp::new(world.leaf(), &stranger.cert, &stranger.key, AT);
    assert_eq!(
        world.by_answer(&answer.make()),
        Err(Obstacle::OtherCertificate),
        "the same name and serial number, another key"
    );
}

#[test]
fn an_answer_out_of_its_dates_says_nothing() {
    let world = World::new();
    let dated = |from: i64, until: Option<i64>| {
        let mut answer = world.answer();
        (answer.from, answer.until) = (AT.plus(from), until.map(|until| AT.plus(until)));
        world.by_answer(&answer.make())
    };
    assert_eq!(
        dated(-2 * DAY, Some(-DAY)),
        Err(Obstacle::Expired(AT.plus(-DAY)))
    );
    assert_eq!(
        dated(DAY, Some(2 * DAY)),
        Err(Obstacle::NotYet(AT.plus(DAY)))
    );
    assert_eq!(
        dated(-2 * DAY, None),
        Err(Obstacle::NoEnd(AT.plus(-2 * DAY)))
    );
    good(dated(-3_600, None));
}

/// Clocks differ by some minutes: five are forgiven at either end, and a day is the age of an answer without an end.
#[test]
fn the_dates_of_an_answer_are_held_to_the_second() {
    let world = World::new();
    let dated = |from: i64, until: Option<i64>| {
        let mut answer = world.answer();
        (answer.from, answer.until) = (AT.plus(from), until.map(|until| AT.plus(until)));
        world.by_answer(&answer.make())
    };
    good(dated(300, Some(DAY)));
    assert_eq!(dated(301, Some(DAY)), Err(Obstacle::NotYet(AT.plus(301))));
    good(dated(-DAY, Some(-300)));
    assert_eq!(
        dated(-DAY, Some(-301)),
        Err(Obstacle::Expired(AT.plus(-301)))
    );
    good(dated(-DAY, None));
    assert_eq!(
        dated(-DAY - 1, None),
        Err(Obstacle::NoEnd(AT.plus(-DAY - 1)))
    );
}

#[test]
fn refusals_keep_their_names() {
    let world = World::new();
    for (status, expected) in [
        (1, Refusal::MalformedRequest),
        (2, Refusal::InternalError),
        (3, Refusal::TryLater),
        (5, Refusal::SignatureRequired),
        (6, Refusal::Unauthorized),
    ] {
        assert_eq!(
            world.by_answer(&refusal(status)),
            Err(Obstacle::Refused(expected))
        );
    }
    assert!(matches!(
        world.by_answer(&refusal(4)),
        Err(Obstacle::Unreadable(_))
    ));
}

#[test]
fn a_delegated_responder_needs_the_use_the_ca_and_its_dates() {
    let world = World::new();
    let ca = &world.chain.intermediate;
    let said = |signer: &Entity, embed: bool| {
        let mut answer = world.answer();
        (answer.responder, answer.key) = (&signer.cert, &signer.key);
        if embed {
            answer.embedded = vec![&signer.cert];
        }
        world.by_answer(&answer.make())
    };
    let proper = responder(ca, vec![ExtendedKeyUsagePurpose::OcspSigning]);
    assert_eq!(said(&proper, true).unwrap().signer, "Example Responder");
    assert_eq!(
        said(&proper, false),
        Err(Obstacle::ResponderNotFound(
            "CN=Example Responder".to_owned()
        ))
    );
    let without = responder(ca, vec![ExtendedKeyUsagePurpose::ServerAuth]);
    assert_eq!(
        said(&without, true),
        Err(Obstacle::ResponderWithoutUse(
            "Example Responder".to_owned(),
            "serverAuth".to_owned()
        ))
    );
    // The gateway's own certificate is from the same CA: it must not be able to vouch for itself.
    let own = &world.chain.leaf;
    assert!(matches!(
        said(own, true),
        Err(Obstacle::ResponderWithoutUse(..))
    ));
    let foreign = responder(
        &world.chain.root,
        vec![ExtendedKeyUsagePurpose::OcspSigning],
    );
    assert_eq!(
        said(&foreign, true),
        Err(Obstacle::ResponderNotDelegated(
            "Example Responder".to_owned()
        ))
    );
    let expired = ca.leaf(|params| {
        pki::last_year(params);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    });
    assert!(matches!(
        said(&expired, true),
        Err(Obstacle::ResponderNotValid { .. })
    ));
    // The right certificate, somebody else's signature.
    let mut answer = world.answer();
    (answer.responder, answer.key) = (&proper.cert, &own.key);
    answer.embedded = vec![&proper.cert];
    assert_eq!(
        world.by_answer(&answer.make()),
        Err(Obstacle::BadSignature("CN=Example Responder".to_owned()))
    );
}

#[test]
fn a_critical_extension_of_an_answer_that_is_not_known_forbids_it() {
    let world = World::new();
    let mut answer = world.answer();
    answer.extensions = extension(&[0x2a, 3, 4], true, &[5, 0]);
    assert_eq!(
        world.by_answer(&answer.make()),
        Err(Obstacle::CriticalExtension("1.2.3.4".to_owned()))
    );
    // The nonce is known.
    answer.extensions = extension(&[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2], true, &tlv(4, &[1; 16]));
    good(world.by_answer(&answer.make()));
}

#[test]
fn a_revocation_outweighs_good_and_a_suspension_only_until_a_newer_good() {
    let world = World::new();
    let word = |statements: &[Statement]| {
        let place = Place {
            path: &world.judgement.path,
            at: 0,
            beside: &[],
            now: AT,
        };
        let hearing = Hearing::of(&place, statements);
        hearing.word().map(|(_, said)| said.status)
    };
    let good = Statement::answer("good", &world.answer().make());
    let list = |reason| {
        let list = world.list().with(world.leaf(), SINCE, Some(reason));
        Statement::list("list", &list.make())
    };
    let mut unknown = world.answer();
    unknown.says = Says::Unknown;
    let unknown = Statement::answer("unknown", &unknown.make());
    assert!(matches!(
        word(&[good.clone(), list(1)]),
        Some(Status::Revoked { .. })
    ));
    assert!(matches!(
        word(&[list(1), good.clone()]),
        Some(Status::Revoked { .. })
    ));
    // The list is of yesterday, the answer of this hour.
    assert_eq!(word(&[list(6), good.clone()]), Some(Status::Good));
    assert_eq!(word(&[good.clone(), list(6)]), Some(Status::Good));
    assert_eq!(word(&[unknown.clone(), good]), Some(Status::Good));
    assert_eq!(word(&[unknown]), Some(Status::Unknown));
    assert_eq!(word(&[]), None);
}
