//! Rules that take more than one certificate: who may issue, how many may stand between, what stands for whom.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, SanType, SigningKey,
};
use vpnmedic::chain::{Cert, Judgement, Purpose, Question, judge};

use super::pki::{
    AT, Chain, Change, Entity, HOST, advice, constrained_to, faults, fixture, host, judge_served,
    last_year, named, parse, plain,
};

/// The ids of the texts of what is against it, and the values in them.
fn texts(judgement: &Judgement) -> Vec<String> {
    judgement
        .violations
        .iter()
        .map(|violation| violation.text.id.to_string())
        .collect()
}

fn argument(judgement: &Judgement, name: &str) -> String {
    let mut all = judgement.violations.iter().flat_map(|v| &v.text.args);
    let found = all.find(|(found, _)| found == name);
    found.map(|(_, value)| value.clone()).unwrap()
}

fn as_client(served: &[Arc<Cert>], anchors: &[Arc<Cert>]) -> Judgement {
    judge(&Question {
        served,
        fetched: &[],
        anchors,
        name: Some(&host(HOST)),
        at: AT,
        purpose: Purpose::Client,
    })
}

/// The elements of DER, one after the other.
fn elements(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (header, length) = match bytes[1] {
            short @ 0..=0x7f => (2, usize::from(short)),
            0x81 => (3, usize::from(bytes[2])),
            _ => (4, usize::from(bytes[2]) << 8 | usize::from(bytes[3])),
        };
        let (element, rest) = bytes.split_at(header + length);
        found.push(element);
        bytes = rest;
    }
    found
}

fn content(element: &[u8]) -> &[u8] {
    let header = match element[1] {
        0..=0x7f => 2,
        0x81 => 3,
        _ => 4,
    };
    &element[header..]
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82, length[0], length[1]][..], &content].concat()
}

/// The same names and key in a certificate of version 1, signed again: no extensions, as the oldest roots are.
fn of_version_1(cert: &Cert, key: &KeyPair) -> Arc<Cert> {
    let whole = elements(content(cert.der.as_slice()));
    let fields = elements(content(whole[0]));
    // Version, serial, algorithm, issuer, validity, subject, key, extensions.
    let mut tbs = sequence(&fields[1..7]);
    // DER has one form of a length only.
    if tbs.len() - 4 < 0x100 {
        tbs = [&[0x30, 0x81, (tbs.len() - 4) as u8], &tbs[4..]].concat();
    }
    let signature = key.sign(&tbs).unwrap();
    let bits = [&[3, signature.len() as u8 + 1, 0][..], &signature].concat();
    parse(&sequence(&[&tbs, whole[1], &bits]))
}

/// RFC 5280 section 4.2.1.9: who is older than basic constraints cannot have them; who is not and trusted is held to them.
#[test]
fn a_root_of_version_1_issues_and_one_of_version_3_must_say_that_it_is_a_ca() {
    let root = Entity::root("Example Root CA", plain);
    let old = of_version_1(&root.cert, &root.key);
    assert_eq!((old.version, old.is_ca), (1, false));
    let leaf = root.leaf(plain);
    let served = [Arc::clone(&leaf.cert)];
    assert_eq!(faults(&judge_served(&served, &[Arc::clone(&old)])), [""; 0]);
    // Not trusted, it is still the root that it says it is.
    let judgement = judge_served(&[leaf.cert, Arc::clone(&old)], &[]);
    assert_eq!(faults(&judgement), ["unknown-ca@1"]);
    assert_eq!(texts(&judgement), ["chain.unknown-root"]);

    for (is_ca, text) in [
        (IsCa::NoCa, "chain.not-a-ca-silent"),
        (IsCa::ExplicitNoCa, "chain.not-a-ca"),
    ] {
        let root = Entity::root("Example Root CA", |params| params.is_ca = is_ca);
        let judgement = judge_served(&[root.leaf(plain).cert], &[root.cert]);
        assert_eq!(faults(&judgement), ["not-a-ca-issuer@1"]);
        assert_eq!(texts(&judgement), [text]);
    }
    // Between the ends nobody is too old to say it.
    let top = Entity::root("Example Top CA", plain);
    let cross = of_version_1(&top.cross_sign(&root, plain), &top.key);
    assert!(!cross.is_self_issued());
    let judgement = judge_served(&[root.leaf(plain).cert, cross], &[top.cert]);
    assert_eq!(faults(&judgement), ["not-a-ca-issuer@1"]);
}

/// One CA below the other, the first being the root: the most intermediates each allows below itself.
fn lengths(allowed: &[Option<u8>]) -> (Vec<String>, Option<String>) {
    let limited = |length: &Option<u8>| {
        let is_ca = IsCa::Ca(length.map_or(BasicConstraints::Unconstrained, |length| {
            BasicConstraints::Constrained(length)
        }));
        move |params: &mut CertificateParams| params.is_ca = is_ca
    };
    let (first, others) = allowed.split_first().unwrap();
    let root = Entity::root("CA 0", limited(first));
    let anchors = [Arc::clone(&root.cert)];
    let mut chain = vec![root];
    for (depth, length) in others.iter().enumerate() {
        let name = format!("CA {}", depth + 1);
        let next = chain.last().unwrap().ca(&name, limited(length));
        chain.push(next);
    }
    let mut served = vec![chain.last().unwrap().leaf(plain).cert];
    served.extend(chain.iter().skip(1).rev().map(|ca| Arc::clone(&ca.cert)));
    let judgement = judge_served(&served, &anchors);
    let limiter = (!judgement.accepted()).then(|| argument(&judgement, "limiter"));
    (faults(&judgement), limiter)
}

/// RFC 5280 section 6.1.4 (l) and (m): each intermediate uses one up, the tightest bound above it counts, and the
/// end-entity certificate is none of them.
#[test]
fn the_tightest_bound_above_is_the_one_that_counts() {
    for (allowed, at, limiter) in [
        (&[Some(0)][..], None, ""),
        (&[Some(1), None], None, ""),
        (&[Some(1), None, None], Some(1), "CA 0"),
        (&[Some(2), None, None], None, ""),
        (&[None, Some(0), None], Some(1), "CA 1"),
        (&[Some(9), Some(0), None], Some(1), "CA 1"),
        (&[None, Some(1), None], None, ""),
        // A wider bound further down widens nothing.
        (&[Some(1), Some(5), None], Some(1), "CA 0"),
        (&[Some(1), Some(5), None, None], Some(2), "CA 0"),
        // Of two that come to the same, the upper one is named.
        (&[Some(1), Some(0), None], Some(1), "CA 0"),
        (&[Some(0), Some(0)], Some(1), "CA 0"),
    ] {
        let expected: Vec<String> = at
            .iter()
            .map(|at| format!("path-length-exceeded@{at}"))
            .collect();
        let limiter = Some(limiter.to_owned()).filter(|name| !name.is_empty());
        assert_eq!(lengths(allowed), (expected, limiter), "{allowed:?}");
    }
}

/// RFC 5280 section 6.1.4 (l): a CA's new key under its old one is not one more CA.
#[test]
fn self_issued_intermediates_use_up_no_length_and_are_held_to_no_names() {
    let old = Entity::root("Example Root CA", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.name_constraints = constrained_to("example.com");
        params.subject_alt_names = vec![SanType::DnsName("ca.example.org".try_into().unwrap())];
    });
    let new = Entity::root("Example Root CA", |params| {
        params.subject_alt_names = vec![SanType::DnsName("ca.example.org".try_into().unwrap())];
    });
    let new_with_old = old.cross_sign(&new, plain);
    let served = [new.leaf(plain).cert, new_with_old];
    assert_eq!(
        faults(&judge_served(&served, &[Arc::clone(&old.cert)])),
        [""; 0]
    );
    // Not so a CA of another name, nor an end-entity certificate of the CA's own name.
    let other = old.ca("Example Issuing CA", |params| {
        params.subject_alt_names = vec![SanType::DnsName("ca.example.org".try_into().unwrap())];
    });
    assert_eq!(
        faults(&judge_served(
            &[other.leaf(plain).cert, other.cert],
            &[Arc::clone(&old.cert)]
        )),
        ["name-constraints-violation@1", "path-length-exceeded@1"]
    );
    let leaf = old.leaf(|params| {
        params.distinguished_name = named("Example Root CA");
        params.subject_alt_names = ["ca.example.org", HOST]
            .map(|name| SanType::DnsName(name.try_into().unwrap()))
            .to_vec();
    });
    assert!(leaf.cert.is_self_issued());
    assert_eq!(
        faults(&judge_served(&[leaf.cert], &[old.cert])),
        ["name-constraints-violation@0"]
    );
}

/// RFC 5280 section 6.1.3 (b) and (c): of every CA above, and not its own.
#[test]
fn names_are_held_to_the_constraints_of_every_ca_above_and_of_none_below() {
    let own: Change = |params| {
        params.name_constraints = constrained_to("example.com");
        params.subject_alt_names = vec![SanType::DnsName("ca.example.org".try_into().unwrap())];
    };
    assert_eq!(Chain::new(plain, own, plain).faults(), [""; 0]);
    let elsewhere: Change = |params| params.name_constraints = constrained_to("example.org");
    let here: Change = |params| params.name_constraints = constrained_to("example.com");
    assert_eq!(
        Chain::new(elsewhere, here, plain).faults(),
        ["name-constraints-violation@0"]
    );
    let said = |change: fn(&mut NameConstraints), names: &[&str]| {
        let root = Entity::root("Example Root CA", |params| {
            let mut constraints = NameConstraints {
                permitted_subtrees: Vec::new(),
                excluded_subtrees: Vec::new(),
            };
            change(&mut constraints);
            params.name_constraints = Some(constraints);
        });
        let leaf = root.leaf(|params| {
            let name = |name: &&str| SanType::DnsName((*name).try_into().unwrap());
            params.subject_alt_names = names.iter().map(name).collect();
        });
        let judgement = judge_served(&[leaf.cert], &[root.cert]);
        let subject = argument(&judgement, "limiter");
        assert_eq!(
            (texts(&judgement).len(), subject.as_str()),
            (1, "Example Root CA")
        );
        (texts(&judgement).remove(0), argument(&judgement, "name"))
    };
    for (change, names, text, name) in [
        (
            (|c| c.permitted_subtrees = vec![GeneralSubtree::DnsName("example.org".to_owned())])
                as fn(&mut NameConstraints),
            &[HOST][..],
            "chain.constraints.not-permitted",
            HOST,
        ),
        (
            |c| c.excluded_subtrees = vec![GeneralSubtree::DnsName("example.com".to_owned())],
            &[HOST],
            "chain.constraints.excluded",
            HOST,
        ),
        (
            |c| c.excluded_subtrees = vec![GeneralSubtree::DnsName("example.org".to_owned())],
            &[HOST, "a..b"],
            "chain.constraints.cannot-compare",
            "a..b",
        ),
        // A thousand names against a thousand constraints: nobody honest makes such a certificate.
        (
            |c| {
                c.excluded_subtrees = vec![GeneralSubtree::DnsName("example.org".to_owned()); 1_000]
            },
            &[HOST; 1_000],
            "chain.constraints.too-many",
            "",
        ),
    ] {
        assert_eq!(said(change, names), (text.to_owned(), name.to_owned()));
    }
}

#[test]
fn dates_are_blamed_by_the_place_on_a_path_that_does_not_arrive_too() {
    let chain = Chain::new(last_year, last_year, plain);
    let with_root = [chain.served(), chain.anchors()].concat();
    assert_eq!(
        faults(&judge_served(&with_root, &[])),
        [
            "unknown-ca@2",
            "cert-expired-intermediate@1",
            "cert-expired-root@2"
        ]
    );
    assert_eq!(
        faults(&judge_served(&chain.served(), &[])),
        ["unknown-ca@1", "cert-expired-intermediate@1"]
    );
    // A client's own certificate has a cause of its own, its CA's have those of everybody.
    let usable: Change = |params| params.extended_key_usages.clear();
    let chain = Chain::new(plain, last_year, usable);
    assert_eq!(
        faults(&as_client(&chain.served(), &chain.anchors())),
        ["cert-expired-intermediate@1"]
    );
    let expired: Change = |params| {
        params.extended_key_usages.clear();
        last_year(params);
    };
    let chain = Chain::new(plain, plain, expired);
    assert_eq!(
        faults(&as_client(&chain.served(), &chain.anchors())),
        ["client-cert-expired@0"]
    );
}

/// What is trusted is trusted for its key: how somebody once signed it does not matter.
#[test]
fn the_signature_of_what_is_trusted_itself_may_be_weak() {
    let sha1 = fixture("sha1");
    assert_eq!(
        faults(&judge_served(&[Arc::clone(&sha1)], &[sha1])),
        [""; 0]
    );
    // Its key may not.
    let small = fixture("rsa1024");
    assert_eq!(
        faults(&judge_served(&[Arc::clone(&small)], &[small])),
        ["weak-key@0"]
    );
}

#[test]
fn who_has_the_signers_name_and_another_key_is_not_taken_for_the_signer() {
    // Two roots of one name, without identifiers of the issuer's key: neither is signed by the other.
    let root = Entity::root("Example Root CA", plain);
    let namesake = Entity::root("Example Root CA", plain);
    let served = [root.leaf(plain).cert, root.cert, namesake.cert];
    let judgement = judge_served(&served, &[]);
    assert_eq!(faults(&judgement), ["unknown-ca@1"]);
    assert_eq!(texts(&judgement), ["chain.unknown-root"]);
}

/// RFC 8446 section 4.4.2.4 and RFC 5246 section 7.4.2: a server with an RSA key may do without signing, nobody else.
#[test]
fn a_key_that_may_not_sign_is_of_use_to_rsa_servers_only() {
    let encipher = fixture("rsa-encipher");
    let anchors = [fixture("rsa-root")];
    let judgement = as_client(&[encipher], &anchors);
    assert!(
        faults(&judgement).contains(&"bad-key-usage@0".to_owned()),
        "{:?}",
        faults(&judgement)
    );
    // Without signing and without the old ways nothing is left that a server could do with it.
    let root = Entity::root("Example Root CA", plain);
    let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let mut params = root.leaf(plain).params;
    params.key_usages = vec![KeyUsagePurpose::CrlSign];
    let issuer = Issuer::from_params(&root.params, &root.key);
    let idle = parse(params.signed_by(&key, &issuer).unwrap().der());
    let judgement = judge_served(&[idle], &[root.cert]);
    assert_eq!(faults(&judgement), ["bad-key-usage@0"]);
    // A CA that serves itself is one more oddity, not one more fault.
    let root = Entity::root("Example Root CA", |params| {
        params.subject_alt_names = vec![SanType::DnsName(HOST.try_into().unwrap())];
    });
    let judgement = judge_served(&[Arc::clone(&root.cert)], &[root.cert]);
    assert!(judgement.accepted());
    assert_eq!(
        advice(&judgement),
        ["bad-key-usage@0", "ca-used-as-server-certificate@0"]
    );
    // Without a word on its use, a key may do everything.
    let silent: Change = |params| params.key_usages.clear();
    let judgement = Chain::new(plain, silent, silent);
    assert_eq!(judgement.faults(), [""; 0]);
    let both: Change = |params| {
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
    };
    assert_eq!(Chain::new(plain, plain, both).faults(), [""; 0]);
}

#[test]
fn uses_are_named_by_who_has_them_and_what_they_are() {
    let empty: Change = |params| {
        params.extended_key_usages.clear();
        let extension = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 37], vec![0x30, 0]);
        params.custom_extensions.push(extension);
    };
    let judged = |chain: &Chain| judge_served(&chain.served(), &chain.anchors());
    let judgement = judged(&Chain::new(plain, plain, empty));
    assert_eq!(faults(&judgement), ["missing-server-auth-eku@0"]);
    assert_eq!(texts(&judgement), ["chain.extended-use"]);
    assert_eq!(argument(&judgement, "found"), "-");
    assert_eq!(argument(&judgement, "expected"), "serverAuth");
    let client: Change =
        |params| params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let judgement = judged(&Chain::new(plain, client, plain));
    assert_eq!(texts(&judgement), ["chain.extended-use-ca"]);
    assert_eq!(argument(&judgement, "found"), "clientAuth");
    // For signing in it is the other way round, and no host is compared.
    let elsewhere: Change = |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        params.subject_alt_names.clear();
        params.distinguished_name = named("taro");
    };
    let chain = Chain::new(plain, client, elsewhere);
    assert_eq!(
        faults(&as_client(&chain.served(), &chain.anchors())),
        [""; 0]
    );
}
