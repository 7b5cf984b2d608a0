//! What holds for every set of certificates, however they were changed: an answer, always the same one, whatever order
//! the others came in, with bounded work that is owned up to.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod pki;

use std::collections::BTreeSet;
use std::sync::Arc;

use pki::{AT, Entity, HOST, host, last_year, plain};
use proptest::prelude::*;
use vpnmedic::cause::CauseId;
use vpnmedic::chain::{
    Cert, Judgement, MAX_CERTIFICATES, Purpose, Question, ReadError, judge, pem, read_certificates,
    read_chain,
};
use vpnmedic::evidence::{Der, UnixTime};

/// Certificates to draw from: a chain with a cross-signed root, an expired twin of its intermediate, a stranger's.
struct World {
    ders: Vec<Vec<u8>>,
    anchors: Vec<Arc<Cert>>,
}

impl World {
    fn new() -> Self {
        let root = Entity::root("Example Root CA", plain);
        let old = Entity::root("Example Old Root CA", last_year);
        let intermediate = root.ca("Example Issuing CA", plain);
        let expired = root.cross_sign(&intermediate, last_year);
        let crossed = old.cross_sign(&root, plain);
        let leaf = intermediate.leaf(plain);
        let stranger = Entity::root("Stranger", plain);
        let other = stranger.leaf(plain);
        let certs = [
            leaf.cert,
            intermediate.cert,
            expired,
            Arc::clone(&root.cert),
            crossed,
            old.cert,
            stranger.cert,
            other.cert,
        ];
        Self {
            ders: certs
                .iter()
                .map(|cert| cert.der.as_slice().to_vec())
                .collect(),
            anchors: vec![root.cert],
        }
    }
}

thread_local! {
    static WORLD: World = World::new();
}

/// A byte of a certificate set to another value.
type Mutation = (usize, usize, u8);

fn changed(ders: &[Vec<u8>], order: &[usize], mutations: &[Mutation]) -> Vec<Arc<Cert>> {
    let mut chosen: Vec<Vec<u8>> = order.iter().map(|index| ders[*index].clone()).collect();
    for (which, place, value) in mutations {
        if let Some(der) = chosen.get_mut(*which) {
            let length = der.len();
            der[place % length] = *value;
        }
    }
    chosen
        .into_iter()
        .filter_map(|der| Cert::parse(&Der::from(der)).ok())
        .map(Arc::new)
        .collect()
}

fn judged(served: &[Arc<Cert>], anchors: &[Arc<Cert>], at: UnixTime) -> Judgement {
    let name = host(HOST);
    judge(&Question {
        served,
        fetched: &[],
        anchors,
        name: Some(&name),
        at,
        purpose: Purpose::Server,
    })
}

/// What is wrong, with the certificates at fault; the order of what was served is a matter of its own.
fn faults(judgement: &Judgement) -> BTreeSet<(CauseId, Option<[u8; 32]>)> {
    judgement
        .violations
        .iter()
        .filter(|violation| violation.cause != CauseId::CHAIN_WRONG_ORDER)
        .map(|violation| {
            let cert = violation.at.and_then(|at| judgement.path.get(at));
            (violation.cause, cert.map(|link| link.cert.sha256))
        })
        .collect()
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    proptest::collection::vec((0usize..10, any::<usize>(), any::<u8>()), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_others_may_come_in_any_order(
        (order, shuffled) in Just((1usize..8).collect::<Vec<_>>())
            .prop_flat_map(|all| proptest::sample::subsequence(all, 0..7))
            .prop_flat_map(|some| (Just(some.clone()), Just(some).prop_shuffle())),
        mutation in (0usize..8, any::<usize>(), any::<u8>()),
        mutate in any::<bool>(),
        now in any::<bool>(),
    ) {
        WORLD.with(|world| {
            let mut ders = world.ders.clone();
            if mutate {
                let (which, place, value) = mutation;
                let length = ders[which].len();
                ders[which][place % length] = value;
            }
            // Without the first, another one is meant to be the end-entity.
            prop_assume!(Cert::parse(&Der::from(ders[0].clone())).is_ok());
            let with_leaf = |others: &[usize]| -> Vec<usize> { [&[0], others].concat() };
            let at = if now { AT } else { UnixTime(AT.0 - 300 * 86_400) };
            let one = judged(&changed(&ders, &with_leaf(&order), &[]), &world.anchors, at);
            let other = judged(&changed(&ders, &with_leaf(&shuffled), &[]), &world.anchors, at);
            prop_assert_eq!(one.accepted(), other.accepted());
            prop_assert_eq!(faults(&one), faults(&other));
            Ok(())
        })?;
    }

    #[test]
    fn what_does_not_belong_spoils_nothing(
        strangers in proptest::collection::vec(1usize..8, 0..12),
        mutations in mutations(),
    ) {
        WORLD.with(|world| {
            let mut served = changed(&world.ders, &[0, 1], &[]);
            served.extend(changed(&world.ders, &strangers, &mutations));
            let judgement = judged(&served, &world.anchors, AT);
            prop_assert!(judgement.accepted(), "{:?}", judgement.violations);
            Ok(())
        })?;
    }

    #[test]
    fn an_answer_holds_together_and_comes_again(
        order in proptest::collection::vec(0usize..8, 0..12),
        mutations in mutations(),
        at in any::<i64>(),
        now in any::<bool>(),
        trusted in any::<bool>(),
    ) {
        WORLD.with(|world| {
            let served = changed(&world.ders, &order, &mutations);
            let anchors: &[Arc<Cert>] = if trusted { &world.anchors } else { &[] };
            let at = if now { AT } else { UnixTime(at) };
            let judgement = judged(&served, anchors, at);
            prop_assert!(judgement.anchored || !judgement.accepted());
            prop_assert!(judgement.path.len() <= 16);
            prop_assert_eq!(judgement.left_out, 0);
            prop_assert_eq!(judgement.bounded, judgement.stopped_after.is_some());
            let again = judged(&served, anchors, at);
            prop_assert_eq!(&judgement.violations, &again.violations);
            prop_assert_eq!(&judgement.advice, &again.advice);
            prop_assert_eq!(judgement.stopped_after, again.stopped_after);
            Ok(())
        })?;
    }

    #[test]
    fn text_that_was_spoilt_on_its_way_is_read_or_refused(
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..8),
        cut in any::<usize>(),
        quoted in any::<bool>(),
    ) {
        WORLD.with(|world| {
            let whole: String = world.ders.iter().map(|der| pem(&Der::from(der.clone()))).collect();
            let whole = if quoted { whole.replace('\n', "\r\n> ") } else { whole };
            let mut bytes = whole.into_bytes();
            for (place, value) in changes {
                let length = bytes.len();
                bytes[place % length] = value;
            }
            bytes.truncate(bytes.len() - cut % 200);
            match (read_certificates(&bytes), read_chain(&bytes)) {
                (Ok(few), Ok(all)) => prop_assert_eq!(few, all),
                (few, all) => prop_assert_eq!(few.is_err(), all.is_err()),
            }
            Ok(())
        })?;
    }
}

#[test]
fn more_than_64_are_read_for_judging_and_refused_elsewhere() {
    let der = WORLD.with(|world| Der::from(world.ders[0].clone()));
    let text: String = (0..101).map(|_| pem(&der)).collect();
    assert_eq!(
        read_certificates(text.as_bytes()),
        Err(ReadError::TooMany(MAX_CERTIFICATES))
    );
    assert_eq!(read_chain(text.as_bytes()).unwrap().len(), 101);
    let many: Vec<u8> = (0..5_000).flat_map(|_| [0x30, 0]).collect();
    assert_eq!(read_chain(&many).unwrap().len(), 4_096);
}

#[test]
fn what_was_left_out_and_where_the_search_stopped_is_said() {
    let strangers: Vec<Arc<Cert>> = (0..70)
        .map(|n| Entity::root(&format!("Stranger {n}"), plain).cert)
        .collect();
    let leaf = Entity::root("Example Root CA", plain).leaf(plain).cert;
    let served: Vec<Arc<Cert>> = std::iter::once(leaf).chain(strangers).collect();
    let judgement = judged(&served, &[], AT);
    assert_eq!((judgement.left_out, judgement.stopped_after), (7, None));
    assert!(judgement.bounded && !judgement.accepted());

    // Everybody signs everybody: more ways than are worth trying.
    let authorities: Vec<Entity> = (0..7)
        .map(|n| Entity::root(&format!("Authority {n}"), plain))
        .collect();
    let mut served = vec![authorities[0].leaf(plain).cert];
    for signer in &authorities {
        for subject in &authorities {
            if !std::ptr::eq(signer, subject) {
                served.push(signer.cross_sign(subject, plain));
            }
        }
    }
    let judgement = judged(&served, &[], AT);
    assert_eq!(judgement.left_out, 0);
    let paths = judgement.stopped_after.unwrap();
    assert!((100..=257).contains(&paths), "{paths} paths");
}

/// All of one name, each with another key, and more of them than are looked at: that the key of one does not fit says
/// nothing about a signature.
#[test]
fn a_search_that_was_cut_short_blames_no_signature() {
    let same = |params: &mut rcgen::CertificateParams| {
        params.distinguished_name = pki::named("Same Name");
        params.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![1; 20]);
    };
    for count in [70, 40] {
        let root = Entity::root("Same Name", same);
        let mut authorities = vec![root.ca("Same Name", same)];
        for _ in 1..count {
            let next = authorities.last().unwrap().ca("Same Name", same);
            authorities.push(next);
        }
        let leaf = authorities.last().unwrap().leaf(plain).cert;
        // The issuer of the leaf comes last.
        let served: Vec<Arc<Cert>> = std::iter::once(leaf)
            .chain(authorities.iter().map(|ca| Arc::clone(&ca.cert)))
            .collect();
        let judgement = judged(&served, &[Arc::clone(&root.cert)], AT);
        assert!(judgement.bounded && !judgement.accepted());
        let causes: Vec<&str> = judgement
            .violations
            .iter()
            .map(|v| v.cause.as_str())
            .collect();
        assert!(!causes.contains(&"bad-signature"), "{count}: {causes:?}");
        assert!(causes.contains(&"unknown-ca"), "{count}: {causes:?}");
    }
}

/// Found by fuzzing: the number of the outermost tag was looked at, and not its class, so that what was parsed could not be
/// read again from PEM.
#[test]
fn a_certificate_is_a_sequence_and_nothing_that_looks_like_one() {
    let der = WORLD.with(|world| world.ders[0].clone());
    for tag in (0..=u8::MAX).filter(|tag| *tag != 0x30) {
        let mut other = der.clone();
        other[0] = tag;
        assert!(Cert::parse(&Der::from(other)).is_err(), "{tag:#x}");
    }
}
