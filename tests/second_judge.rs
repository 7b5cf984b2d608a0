//! Two judges on the same random chains: rustls-webpki and ours must agree on accept or refuse wherever both apply the
//! same rules (dates below the root, names, basic constraints, path length, uses, DNS name constraints, order, gaps).

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod pki;

use std::sync::Arc;

use pki::{AT, Entity, HOST, host, last_year, named};
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    NameConstraints, SanType,
};
use vpnmedic::chain::{Cert, Purpose, Question, judge, second_opinion};

/// One certificate's oddities; zero is none, and most draws are none.
#[derive(Clone, Copy, Debug)]
struct Odd {
    dates: u8,
    uses: u8,
    authority: u8,
    constraint: u8,
    name: u8,
}

fn odd() -> impl Strategy<Value = Odd> {
    let rare = || prop_oneof![8 => Just(0u8), 1 => 1u8..8];
    (rare(), rare(), rare(), rare(), rare()).prop_map(
        |(dates, uses, authority, constraint, name)| Odd {
            dates,
            uses,
            authority,
            constraint,
            name,
        },
    )
}

fn dates_and_uses(params: &mut CertificateParams, odd: Odd) {
    if odd.dates > 4 {
        last_year(params);
    }
    match odd.uses {
        1 => params.extended_key_usages.clear(),
        2 => params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
        3 => {
            params.extended_key_usages = vec![
                ExtendedKeyUsagePurpose::EmailProtection,
                ExtendedKeyUsagePurpose::ServerAuth,
            ];
        }
        _ => {}
    }
}

fn authority(params: &mut CertificateParams, odd: Odd) {
    dates_and_uses(params, odd);
    match odd.authority {
        1 => params.is_ca = IsCa::ExplicitNoCa,
        2 => params.is_ca = IsCa::NoCa,
        3..6 => params.is_ca = IsCa::Ca(BasicConstraints::Constrained(odd.authority - 3)),
        _ => {}
    }
    let subtree = |name: &str| vec![GeneralSubtree::DnsName(name.to_owned())];
    let (permitted, excluded) = match odd.constraint {
        1 => (subtree("example.com"), Vec::new()),
        2 => (subtree("example.org"), Vec::new()),
        3 => (Vec::new(), subtree("example.com")),
        4 => (Vec::new(), subtree("vpn.example.com")),
        5 => (subtree("com"), subtree("other.example.com")),
        _ => return,
    };
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted,
        excluded_subtrees: excluded,
    });
}

fn end_entity(params: &mut CertificateParams, odd: Odd) {
    dates_and_uses(params, odd);
    let names: &[&str] = match odd.name {
        1 => &["*.example.com"],
        2 => &["example.com"],
        3 => &["other.example.org"],
        4 => &["mail.example.com", HOST],
        5 => &["*.vpn.example.com"],
        _ => return,
    };
    params.subject_alt_names = names
        .iter()
        .map(|name| SanType::DnsName((*name).try_into().unwrap()))
        .collect();
    params.distinguished_name = named("gateway");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_judges_agree_on_random_chains(
        leaf in odd(),
        authorities in proptest::collection::vec(odd(), 0..4),
        shuffle in any::<u64>(),
        drop in prop_oneof![4 => Just(None), 1 => (0usize..4).prop_map(Some)],
        known_root in prop_oneof![6 => Just(true), 1 => Just(false)],
    ) {
        let root = Entity::root("Example Root CA", pki::plain);
        let mut chain: Vec<Entity> = Vec::new();
        for (depth, odd) in authorities.iter().enumerate() {
            let issuer = chain.last().unwrap_or(&root);
            let next = issuer.ca(&format!("Issuing CA {depth}"), |params| authority(params, *odd));
            chain.push(next);
        }
        let issuer = chain.last().unwrap_or(&root);
        let end = issuer.leaf(|params| end_entity(params, leaf));
        let mut rest: Vec<Arc<Cert>> = chain.iter().rev().map(|entity| Arc::clone(&entity.cert)).collect();
        if let Some(index) = drop.filter(|index| *index < rest.len()) {
            rest.remove(index);
        }
        let count = rest.len().max(1);
        let turn = usize::try_from(shuffle % 7).unwrap() % count;
        rest.rotate_left(turn);
        let mut served = vec![end.cert];
        served.extend(rest);

        let stranger = Entity::root("Stranger", pki::plain);
        let anchors = [if known_root { root.cert } else { stranger.cert }];
        let name = host(HOST);
        let question = Question {
            served: &served,
            fetched: &[],
            anchors: &anchors,
            name: Some(&name),
            at: AT,
            purpose: Purpose::Server,
        };
        let judgement = judge(&question);
        let second = second_opinion(&question);
        prop_assert_eq!(
            judgement.accepted(),
            second.accepted,
            "ours {:?}, webpki {:?}",
            pki::faults(&judgement),
            second.error
        );
    }
}

/// People are told the name of the error and none of what it holds: bytes of names and object identifiers.
#[test]
fn what_the_second_judge_says_is_one_word() {
    let chain = pki::Chain::new(pki::plain, pki::plain, pki::plain);
    let stranger = Entity::root("Stranger", pki::plain);
    let error = |name: &str, anchors: &[Arc<Cert>]| {
        second_opinion(&Question {
            served: &chain.served(),
            fetched: &[],
            anchors,
            name: Some(&host(name)),
            at: AT,
            purpose: Purpose::Server,
        })
        .error
    };
    assert_eq!(error(HOST, &chain.anchors()), None);
    for (name, anchors, expected) in [
        ("vpn.example.org", chain.anchors(), "CertNotValidForName"),
        (HOST, vec![stranger.cert], "UnknownIssuer"),
    ] {
        assert_eq!(error(name, &anchors).as_deref(), Some(expected));
    }
}
