//! What stands around single statements: which certificates are asked about and how, what several statements come to, and
//! the files they are in.

use std::sync::Arc;

use aws_lc_rs::digest;
use vpnmedic::chain::{
    Cert, Hearing, Obstacle, Place, ReadStatementError, Refusal, Scope, Statement, StatementKind,
    Status, ocsp_request, places_to_check, read_answers, read_lists,
};
use vpnmedic::evidence::Der;

use super::pki::{self, AT, Chain, Entity, plain};
use super::statements::{Says, sequence, tlv};
use super::{DAY, SINCE, World};

/// RFC 6960 section 4.1.1 and RFC 5019 section 2.1.1: one certificate, named by SHA-1, and nothing else.
#[test]
fn a_request_names_the_certificate_and_nothing_else() {
    for length in [3, 20, 130, 300] {
        let serial = vec![0x55; length];
        let chain = Chain::new(plain, plain, plain);
        let leaf: Arc<Cert> = chain
            .intermediate
            .leaf(|params| params.serial_number = Some(rcgen::SerialNumber::from_slice(&serial)))
            .cert;
        let sum = |bytes: &[u8]| {
            let sum = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
            tlv(4, sum.as_ref())
        };
        let id = sequence(&[
            &sequence(&[&tlv(6, &[0x2b, 0x0e, 3, 2, 0x1a]), &[5, 0]]),
            &sum(&chain.intermediate.cert.subject_der),
            &sum(chain.intermediate.cert.public_key()),
            &tlv(2, &serial),
        ]);
        let request = sequence(&[&sequence(&[&sequence(&[&sequence(&[&id])])])]);
        assert_eq!(
            ocsp_request(&leaf, &chain.intermediate.cert),
            request,
            "{length}"
        );
    }
}

#[test]
fn blocks_of_a_file_are_told_apart_by_their_labels() {
    let world = World::new();
    let list = world.list().make();
    let block = |label: &str, der: &[u8]| {
        let text = data_encoding::BASE64.encode(der);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
    };
    for label in ["X509 CRL", "CRL"] {
        let marked = format!("\u{feff}{}", block(label, list.as_slice()));
        assert_eq!(
            read_lists(marked.as_bytes()),
            Ok(vec![list.clone()]),
            "{label}"
        );
        assert_eq!(
            read_answers(marked.as_bytes()),
            Err(ReadStatementError::SomethingElse("OCSP answer"))
        );
    }
    let empty = block("X509 CRL", &[]);
    assert_eq!(
        read_lists(empty.as_bytes()),
        Err(ReadStatementError::BadPem(1))
    );
    let later = format!("a\nb\n{empty}");
    assert_eq!(
        read_lists(later.as_bytes()),
        Err(ReadStatementError::BadPem(3))
    );
    // The limit is on what is in a block, and nothing is read of what is larger still.
    let most = |size: usize| read_answers(&tlv(0x30, &vec![0; size])).map(|found| found.len());
    assert_eq!(most((64 << 10) - 5), Ok(1));
    let whole = |size: usize| block("OCSP RESPONSE", &vec![0x30; size]);
    assert_eq!(
        read_answers(whole(64 << 10).as_bytes()).map(|found| found.len()),
        Ok(1)
    );
    let (size, max) = ((64 << 10) + 1, 64 << 10);
    let too_large = Err(ReadStatementError::TooLarge { size, max });
    assert_eq!(read_answers(whole(size).as_bytes()), too_large);
    let blocks = block("X509 CRL", list.as_slice());
    assert_eq!(
        read_lists(blocks.repeat(64).as_bytes()).map(|found| found.len()),
        Ok(64)
    );
    let der = |bytes: &[u8]| read_lists(bytes).map(|found: Vec<Der>| found.len());
    assert_eq!(der(list.as_slice()), Ok(1));
    assert_eq!(
        der(&list.as_slice()[..list.as_slice().len() - 1]),
        Err(ReadStatementError::Unrecognised("revocation list"))
    );
}

/// The trust anchor and whoever signed itself are nobody's to revoke.
#[test]
fn every_place_below_the_top_is_worth_asking_about() {
    let chain = Chain::new(plain, plain, plain);
    let places = |served: &[Arc<Cert>], anchors: &[Arc<Cert>]| -> Vec<usize> {
        let judgement = pki::judge_served(served, anchors);
        places_to_check(&judgement.path).collect()
    };
    let root = Arc::clone(&chain.root.cert);
    let with_root = [chain.served(), chain.anchors()].concat();
    assert_eq!(places(&chain.served(), &chain.anchors()), [0, 1]);
    assert_eq!(places(&with_root, &chain.anchors()), [0, 1]);
    assert_eq!(places(&with_root, &[]), [0, 1], "a root that nobody trusts");
    assert_eq!(places(&chain.served(), &[]), [0, 1], "no root at all");
    assert_eq!(places(std::slice::from_ref(&root), &[]), [0usize; 0]);
    assert_eq!(places(&chain.served()[..1], &[]), [0]);
    // A CA's new key under its old one is somebody's.
    let new = Entity::root("Example Root CA", plain);
    let new_with_old = chain.root.cross_sign(&new, plain);
    let served = [new.leaf(plain).cert, new_with_old];
    assert_eq!(places(&served, &[root]), [0, 1]);
}

/// What was suspended is free again by a newer word only; of words of the same moment the warning counts.
#[test]
fn of_several_statements_the_gravest_counts_and_of_equal_ones_the_first() {
    let world = World::new();
    let list = |reason, from: i64, until: i64| {
        let mut list = world.list().with(world.leaf(), SINCE, reason);
        (list.from, list.until) = (AT.plus(from), Some(AT.plus(until)));
        Statement::list("list", &list.make())
    };
    let answer = |says, from: i64| {
        let mut answer = world.answer();
        (answer.says, answer.from) = (says, AT.plus(from));
        Statement::answer("answer", &answer.make())
    };
    let place = Place {
        path: &world.judgement.path,
        at: 0,
        beside: &[],
        now: AT,
    };
    let hold = |from| list(Some(6), from, DAY);
    let counts = |statements: &[Statement]| {
        let hearing = Hearing::of(&place, statements);
        let (chosen, _) = hearing.word().unwrap();
        statements
            .iter()
            .position(|statement| std::ptr::eq(statement, chosen))
    };
    let good = |from| answer(Says::Good, from);
    let unknown = || answer(Says::Unknown, -60);
    let revoked = || list(Some(1), -DAY, DAY);
    for (statements, first) in [
        (vec![hold(-60), good(-60)], 0),
        (vec![good(-60), hold(-60)], 1),
        (vec![hold(-61), good(-60)], 1),
        (vec![good(-60), hold(-61)], 0),
        (vec![good(-60), hold(-59)], 1),
        // For good is for good, whatever came before.
        (vec![hold(-DAY), revoked(), good(-60)], 1),
        (vec![revoked(), good(-60), hold(-60)], 0),
        // The newest of several suspensions, and the newest "good".
        (vec![hold(-90), hold(-30), good(-60)], 1),
        (vec![hold(-30), hold(-30), good(-60)], 0),
        (vec![good(-60), good(-30), hold(-45)], 1),
        (vec![unknown(), hold(-DAY)], 1),
        (vec![hold(-DAY), unknown()], 0),
        (vec![unknown(), unknown()], 0),
        (vec![good(-60), good(-30)], 0),
        (vec![good(-60), unknown()], 0),
    ] {
        assert_eq!(counts(&statements), Some(first));
    }
    // What cannot be used is named, each with its reason, and counts for nothing.
    let old = list(Some(6), -9 * DAY, -DAY);
    let statements = [old, good(-60)];
    let hearing = Hearing::of(&place, &statements);
    let obstacles: Vec<Obstacle> = hearing.obstacles().map(|(_, why)| why.clone()).collect();
    assert_eq!(obstacles, [Obstacle::Expired(AT.plus(-DAY))]);
    assert_eq!(
        hearing.word().map(|(_, said)| said.status),
        Some(Status::Good)
    );
}

/// Each obstacle has words of its own, and a list's end is not an answer's.
#[test]
fn every_obstacle_is_said_in_its_own_words() {
    use Obstacle as O;
    let name = || "X".to_owned();
    let (from, until) = (SINCE, AT);
    let signer = name();
    for (obstacle, list, answer, values) in [
        (
            O::Unreadable("broken"),
            "list.unreadable",
            "answer.unreadable",
            "reason=broken",
        ),
        (
            O::IssuerMissing,
            "any.issuer-missing",
            "any.issuer-missing",
            "",
        ),
        (
            O::OtherIssuer(name()),
            "list.other-issuer",
            "list.other-issuer",
            "found=X",
        ),
        (
            O::OtherCertificate,
            "answer.other-certificate",
            "answer.other-certificate",
            "",
        ),
        (
            O::OtherScope(Scope::EndEntities),
            "list.only-end-entities",
            "list.only-end-entities",
            "",
        ),
        (
            O::OtherScope(Scope::Authorities),
            "list.only-authorities",
            "list.only-authorities",
            "",
        ),
        (
            O::OtherScope(Scope::Attributes),
            "list.only-attributes",
            "list.only-attributes",
            "",
        ),
        (
            O::OtherScope(Scope::Point),
            "list.other-point",
            "list.other-point",
            "",
        ),
        (
            O::BadSignature(name()),
            "any.bad-signature",
            "any.bad-signature",
            "signer=X",
        ),
        (
            O::WeakSignature(name()),
            "any.weak-signature",
            "any.weak-signature",
            "algorithm=X",
        ),
        (
            O::SignerWeaklyCertified(name(), name()),
            "any.signer-weakly-certified",
            "any.signer-weakly-certified",
            "signer=X algorithm=X",
        ),
        (
            O::UnknownAlgorithm(name()),
            "any.unknown-algorithm",
            "any.unknown-algorithm",
            "algorithm=X",
        ),
        (
            O::MayNotSignLists(name(), name()),
            "list.may-not-sign",
            "list.may-not-sign",
            "signer=X found=X",
        ),
        (
            O::SignerNotVouchedFor(name()),
            "list.signer-not-vouched-for",
            "list.signer-not-vouched-for",
            "signer=X",
        ),
        (
            O::ResponderNotFound(name()),
            "answer.responder-not-found",
            "answer.responder-not-found",
            "responder=X",
        ),
        (
            O::ResponderNotDelegated(name()),
            "answer.not-delegated",
            "answer.not-delegated",
            "signer=X",
        ),
        (
            O::ResponderWithoutUse(name(), name()),
            "answer.without-use",
            "answer.without-use",
            "signer=X found=X",
        ),
        (
            O::ResponderNotValid {
                signer,
                from,
                until,
            },
            "answer.responder-not-valid",
            "answer.responder-not-valid",
            "signer=X from=2026-05-22T00:00:00Z until=2026-06-01T00:00:00Z",
        ),
        (
            O::NotYet(AT),
            "any.not-yet",
            "any.not-yet",
            "from=2026-06-01T00:00:00Z",
        ),
        (
            O::Expired(AT),
            "list.expired",
            "answer.expired",
            "until=2026-06-01T00:00:00Z",
        ),
        (
            O::NoEnd(AT),
            "any.no-end",
            "any.no-end",
            "from=2026-06-01T00:00:00Z",
        ),
        (O::Indirect, "list.indirect", "list.indirect", ""),
        (O::Delta, "list.delta", "list.delta", ""),
        (
            O::CriticalExtension(name()),
            "any.critical-extension",
            "any.critical-extension",
            "oid=X",
        ),
        (O::SomeReasons, "list.some-reasons", "list.some-reasons", ""),
        (
            O::Refused(Refusal::TryLater),
            "answer.refused",
            "answer.refused",
            "status=tryLater",
        ),
        (
            O::UnknownType(name()),
            "answer.unknown-type",
            "answer.unknown-type",
            "oid=X",
        ),
    ] {
        for (kind, id) in [
            (StatementKind::List, list),
            (StatementKind::Answer, answer),
            (StatementKind::Stapled, answer),
        ] {
            let message = obstacle.message(kind, "file");
            assert_eq!(message.id, format!("revocation.{id}"));
            let args = message
                .args
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            let said: Vec<String> = args.collect();
            let expected = format!("{values} source=file");
            assert_eq!(said.join(" "), expected.trim_start(), "{obstacle:?}");
        }
        let of_others = matches!(
            obstacle,
            O::OtherIssuer(_) | O::OtherCertificate | O::OtherScope(_)
        );
        assert_eq!(obstacle.is_about_others(), of_others, "{obstacle:?}");
    }
    for (kind, max) in [
        (StatementKind::List, "33554432"),
        (StatementKind::Answer, "65536"),
        (StatementKind::Stapled, "65536"),
    ] {
        let message = O::TooLarge(5).message(kind, "file");
        assert_eq!(message.id, "revocation.any.too-large");
        let values: Vec<&str> = message
            .args
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(values, ["5", max, "file"]);
    }
    let words = [
        (Refusal::MalformedRequest, "malformedRequest"),
        (Refusal::InternalError, "internalError"),
        (Refusal::TryLater, "tryLater"),
        (Refusal::SignatureRequired, "sigRequired"),
        (Refusal::Unauthorized, "unauthorized"),
    ];
    for (refusal, word) in words {
        assert_eq!(refusal.to_string(), word);
    }
}
