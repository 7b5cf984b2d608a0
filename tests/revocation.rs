//! What revocation lists and OCSP answers say, and every way in which they must not be believed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be made is a failed test"
)]

mod pki;
mod statements;

use std::sync::Arc;

use pki::{AT, Chain, Entity, plain};
use proptest::prelude::*;
use rcgen::{
    CertificateRevocationListParams, CrlIssuingDistributionPoint, CrlScope, CustomExtension,
    ExtendedKeyUsagePurpose, Issuer, KeyIdMethod, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SerialNumber, date_time_ymd,
};
use statements::{Crl, Ocsp, Says, extension, refusal, sequence, tlv};
use vpnmedic::chain::{
    Cert, Hearing, Judgement, Obstacle, Place, Reason, Refusal, Said, Scope, Statement, Status,
    places_to_check,
};
use vpnmedic::evidence::{Der, UnixTime};

const DAY: i64 = 86_400;
const SINCE: UnixTime = UnixTime(AT.0 - 10 * DAY);

/// A chain, and its path as judged.
struct World {
    chain: Chain,
    judgement: Judgement,
}

impl World {
    fn new() -> Self {
        Self::of(Chain::new(plain, plain, plain))
    }

    fn of(chain: Chain) -> Self {
        let judgement = pki::judge_served(&chain.served(), &chain.anchors());
        assert!(judgement.anchored);
        Self { chain, judgement }
    }

    fn leaf(&self) -> &Cert {
        &self.chain.leaf.cert
    }

    fn issuer(&self) -> &Cert {
        &self.chain.intermediate.cert
    }

    fn list(&self) -> Crl<'_> {
        Crl::new(self.issuer(), &self.chain.intermediate.key, AT)
    }

    fn answer(&self) -> Ocsp<'_> {
        Ocsp::new(self.leaf(), self.issuer(), &self.chain.intermediate.key, AT)
    }

    fn hear(
        &self,
        at: usize,
        statement: &Statement,
        beside: &[Arc<Cert>],
    ) -> Result<Said, Obstacle> {
        statement.says(&Place {
            path: &self.judgement.path,
            at,
            beside,
            now: AT,
        })
    }

    fn by_list(&self, der: &Der) -> Result<Said, Obstacle> {
        self.hear(0, &Statement::list("list.crl", der), &[])
    }

    fn by_answer(&self, der: &Der) -> Result<Said, Obstacle> {
        self.hear(0, &Statement::answer("answer.der", der), &[])
    }
}

fn good(said: Result<Said, Obstacle>) {
    assert_eq!(said.map(|said| said.status), Ok(Status::Good));
}

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
        world.hear(0, &statement, &[stranger.cert.clone()]),
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
        world.hear(0, &statement, &[signer.cert.clone()])
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

/// A responder below the intermediate, with these uses.
fn responder(ca: &Entity, uses: Vec<ExtendedKeyUsagePurpose>) -> Entity {
    ca.leaf(move |params| {
        params.distinguished_name = pki::named("Example Responder");
        params.extended_key_usages = uses;
        // id-pkix-ocsp-nocheck
        params
            .custom_extensions
            .push(CustomExtension::from_oid_content(
                &[1, 3, 6, 1, 5, 5, 7, 48, 1, 5],
                vec![5, 0],
            ));
    })
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
fn nobody_is_believed_about_a_certificate_whose_issuer_is_not_there() {
    let world = World::new();
    let alone = pki::judge_served(&[world.chain.leaf.cert.clone()], &world.chain.anchors());
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

#[test]
fn what_is_too_large_is_not_read() {
    let world = World::new();
    let large = Der::from(tlv(0x30, &vec![0; 65 << 10]));
    assert!(matches!(
        world.by_answer(&large),
        Err(Obstacle::TooLarge(_))
    ));
    let large = Der::from(tlv(0x30, &vec![0; (32 << 20) + 1]));
    assert!(matches!(world.by_list(&large), Err(Obstacle::TooLarge(_))));
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

/// No mutation may panic, and none of the signed part may still be believed.
#[test]
fn mutated_statements_never_panic_and_are_never_believed_against_their_signature() {
    let world = World::new();
    let list = world.list().with(world.leaf(), SINCE, Some(1)).make();
    let proper = responder(
        &world.chain.intermediate,
        vec![ExtendedKeyUsagePurpose::OcspSigning],
    );
    let mut answer = world.answer();
    (answer.responder, answer.key) = (&proper.cert, &proper.key);
    answer.embedded = vec![&proper.cert];
    let answer = answer.make();
    let said = |der: &Der, kind: bool| {
        if kind {
            world.by_list(der)
        } else {
            world.by_answer(der)
        }
    };
    let truth = [said(&answer, false).unwrap(), said(&list, true).unwrap()];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(1_500));
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    runner
        .run(
            &(any::<bool>(), changes, any::<Option<prop::sample::Index>>()),
            |(kind, changes, cut)| {
                let original = if kind { &list } else { &answer };
                let mut bytes = original.as_slice().to_vec();
                for (index, byte) in changes {
                    let place = index.index(bytes.len());
                    bytes[place] = byte;
                }
                if let Some(cut) = cut {
                    bytes.truncate(cut.index(bytes.len()));
                }
                if let Ok(said) = said(&Der::from(bytes), kind) {
                    prop_assert_eq!(&said, &truth[usize::from(kind)]);
                }
                Ok(())
            },
        )
        .unwrap();
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512), wrap in any::<bool>()) {
        let bytes = if wrap { sequence(&[&bytes]) } else { bytes };
        let der = Der::from(bytes.as_slice());
        let _ = Statement::list("x", &der);
        let _ = Statement::answer("x", &der);
        let _ = vpnmedic::chain::read_lists(&bytes);
        let _ = vpnmedic::chain::read_answers(&bytes);
    }
}
