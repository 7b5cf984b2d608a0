//! Chains made to cost time or to break the judge: bounded work, no panic, and always an answer with a reason.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod pki;

use std::sync::Arc;
use std::time::{Duration, Instant};

use pki::{AT, Entity, HOST, faults, host, judge_served, plain};
use proptest::prelude::*;
use rcgen::{BasicConstraints, IsCa};
use vpnmedic::chain::{Cert, Purpose, Question, judge, missing_issuer_urls, second_opinion};
use vpnmedic::evidence::{Der, UnixTime};

/// Judging in an unoptimised build on a busy machine; the work itself is bounded by counts, not by time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everybody signs everybody: with 8 authorities there are 13,700 ways from the leaf that visit none twice.
fn tangle(count: usize) -> (Vec<Arc<Cert>>, Vec<Entity>) {
    let authorities: Vec<Entity> = (0..count)
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
    (served, authorities)
}

#[test]
fn ten_thousand_hostile_paths_are_bounded_and_said_so() {
    let (served, _) = tangle(8);
    let begun = Instant::now();
    let judgement = judge_served(&served, &[]);
    let took = begun.elapsed();
    println!("{} certificates, all cross-signed: {took:?}", served.len());
    assert!(judgement.bounded);
    assert_eq!(
        judgement.violations.first().map(|v| v.cause.as_str()),
        Some("unknown-ca")
    );
    assert!(took < PATIENCE, "{took:?}");
}

#[test]
fn a_trusted_one_in_the_tangle_is_found() {
    let (served, authorities) = tangle(8);
    for authority in &authorities {
        let judgement = judge_served(&served, &[Arc::clone(&authority.cert)]);
        assert_eq!(faults(&judgement), [""; 0], "{}", authority.cert.subject);
        // Nothing more is looked for once a path is accepted.
        assert!(!judgement.bounded, "{}", authority.cert.subject);
    }
}

#[test]
fn a_tangle_of_one_name_and_many_keys_is_bounded() {
    let authorities: Vec<Entity> = (0..8)
        .map(|_| {
            Entity::root("Same Name", |params| {
                params.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![1; 20]);
            })
        })
        .collect();
    let mut served = vec![authorities[0].leaf(plain).cert];
    for signer in &authorities {
        for subject in &authorities {
            served.push(signer.cross_sign(subject, plain));
        }
    }
    let begun = Instant::now();
    let judgement = judge_served(&served, &[]);
    let took = begun.elapsed();
    println!("{} certificates of one name: {took:?}", served.len());
    assert!(!judgement.accepted());
    assert!(took < PATIENCE, "{took:?}");
}

#[test]
fn a_chain_deeper_than_any_honest_one_is_cut_and_said_so() {
    let root = Entity::root("Depth 0", plain);
    let mut entities = vec![root.ca("Depth 1", plain)];
    for depth in 2..30 {
        let next = entities
            .last()
            .unwrap()
            .ca(&format!("Depth {depth}"), plain);
        entities.push(next);
    }
    let leaf = entities.last().unwrap().leaf(plain);
    let mut served = vec![leaf.cert];
    served.extend(entities.iter().rev().map(|entity| Arc::clone(&entity.cert)));
    let judgement = judge_served(&served, &[Arc::clone(&root.cert)]);
    assert!(judgement.bounded && !judgement.accepted());
    assert_eq!(judgement.path.len(), 16);
    assert_eq!(judgement.violations[0].text.id, "chain.search-cut-short");
    // Sixteen are read, the trust anchor included, and not one more.
    for (intermediates, accepted) in [(14, true), (15, false)] {
        let issuer = &entities[intermediates - 1];
        let mut served = vec![issuer.leaf(plain).cert];
        let below = entities[..intermediates].iter().rev();
        served.extend(below.map(|entity| Arc::clone(&entity.cert)));
        let anchors = [Arc::clone(&root.cert)];
        let judgement = judge_served(&served, &anchors);
        assert_eq!(judgement.accepted(), accepted, "{intermediates}");
        assert_eq!(judgement.bounded, !accepted, "{intermediates}");
    }
}

#[test]
fn more_certificates_than_the_limit_are_not_looked_at() {
    let root = Entity::root("Example Root CA", plain);
    let intermediate = root.ca("Example Issuing CA", plain);
    let leaf = intermediate.leaf(plain);
    let mut served = vec![leaf.cert];
    served.extend((0..70).map(|n| Entity::root(&format!("Stranger {n}"), plain).cert));
    served.push(intermediate.cert);
    let judgement = judge_served(&served, &[root.cert]);
    assert!(judgement.bounded && !judgement.accepted());
}

#[test]
fn a_usual_chain_takes_little_time() {
    let root = Entity::root("Example Root CA", plain);
    let first = root.ca("Policy CA", plain);
    let second = first.ca("Issuing CA", plain);
    let leaf = second.leaf(plain);
    let served = [leaf.cert, second.cert, first.cert, Arc::clone(&root.cert)];
    let mut anchors: Vec<Arc<Cert>> = (0..150)
        .map(|n| Entity::root(&format!("Root {n}"), plain).cert)
        .collect();
    anchors.push(root.cert);
    assert!(judge_served(&served, &anchors).accepted());
    let begun = Instant::now();
    for _ in 0..20 {
        assert!(judge_served(&served, &anchors).accepted());
    }
    let each = begun.elapsed() / 20;
    println!("four certificates against 151 anchors: {each:?}");
    assert!(each < Duration::from_millis(100), "{each:?}");
}

/// Real certificates with something changed, in any order, judged at any time: an answer, and the same one twice.
fn world() -> (Vec<Vec<u8>>, Vec<Arc<Cert>>) {
    let root = Entity::root("Example Root CA", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1))
    });
    let intermediate = root.ca("Example Issuing CA", plain);
    let leaf = intermediate.leaf(plain);
    let stranger = Entity::root("Stranger", plain);
    let cross = stranger.cross_sign(&root, plain);
    let ders = [
        &leaf.cert,
        &intermediate.cert,
        &root.cert,
        &cross,
        &stranger.cert,
    ]
    .iter()
    .map(|cert| cert.der.as_slice().to_vec())
    .collect();
    (ders, vec![root.cert])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_parsing_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Cert::parse(&Der::from(bytes));
    }

    #[test]
    fn changed_certificates_in_any_order_get_an_answer(
        order in proptest::collection::vec(0usize..5, 0..12),
        changes in proptest::collection::vec((0usize..12, any::<usize>(), any::<u8>()), 0..6),
        at in any::<i64>(),
        now in any::<bool>(),
        trusted in any::<bool>(),
    ) {
        thread_local! {
            static WORLD: (Vec<Vec<u8>>, Vec<Arc<Cert>>) = world();
        }
        WORLD.with(|(ders, anchors)| {
            let mut chosen: Vec<Vec<u8>> = order.iter().map(|index| ders[*index].clone()).collect();
            for (which, place, value) in changes {
                if let Some(der) = chosen.get_mut(which) {
                    let length = der.len();
                    der[place % length] = value;
                }
            }
            let served: Vec<Arc<Cert>> = chosen
                .into_iter()
                .filter_map(|der| Cert::parse(&Der::from(der)).ok())
                .map(Arc::new)
                .collect();
            let name = host(HOST);
            let question = Question {
                served: &served,
                fetched: &[],
                anchors: if trusted { anchors } else { &[] },
                name: Some(&name),
                at: if now { AT } else { UnixTime(at) },
                purpose: Purpose::Server,
            };
            let judgement = judge(&question);
            prop_assert_eq!(judgement.accepted(), judgement.violations.is_empty());
            prop_assert!(judgement.anchored || !judgement.accepted());
            for violation in judgement.violations.iter().chain(&judgement.advice).chain(&judgement.remarks) {
                prop_assert!(violation.at.is_none_or(|at| at < judgement.path.len()));
                prop_assert!(violation.rule.contains("section"));
            }
            let again = judge(&question);
            prop_assert_eq!(&judgement.violations, &again.violations);
            let _ = (missing_issuer_urls(&judgement), second_opinion(&question));
            Ok(())
        })?;
    }
}
