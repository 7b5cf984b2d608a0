//! What is made of a chain whose parts are not where they belong: which certificate is meant, and what an issuer is that
//! is not there.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, SanType};
use vpnmedic::chain::{Purpose, Question, judge};

use super::pki::{
    AT, Chain, Change, Entity, HOST, faults, judge_served, named, plain, self_signed,
};

/// RFC 8446 section 4.4.2: the end-entity certificate comes first. Where a CA's stands there, the one that is meant is
/// looked for among the others: no CA, not issued by itself, and with the name that is asked for.
#[test]
fn the_certificate_that_is_meant_is_looked_for_behind_a_ca_only() {
    let chain = Chain::new(plain, plain, plain);
    let root = || Arc::clone(&chain.root.cert);
    let leaf = || Arc::clone(&chain.leaf.cert);
    let stranger = self_signed(plain);
    let other = chain.intermediate.leaf(|params| {
        params.subject_alt_names = vec![SanType::DnsName("a.example.org".try_into().unwrap())];
    });
    let ca = || Arc::clone(&chain.intermediate.cert);
    for (served, expected) in [
        (vec![ca(), leaf()], 1),
        (vec![ca(), Arc::clone(&stranger), leaf()], 2),
        (vec![ca(), Arc::clone(&other.cert), leaf()], 2),
        (vec![ca(), root()], 0),
        (vec![ca(), Arc::clone(&stranger)], 0),
        (vec![Arc::clone(&other.cert), leaf()], 0),
        (vec![leaf(), ca()], 0),
    ] {
        let judgement = judge_served(&served, &[root()]);
        assert_eq!(judgement.path[0].position, expected);
        let said = faults(&judgement).contains(&"chain-wrong-order@0".to_owned());
        assert_eq!(said, expected > 0);
    }
    // Without a name to look for, the first that is no CA's.
    let served = [ca(), Arc::clone(&other.cert), leaf()];
    let judgement = judge(&Question {
        served: &served,
        fetched: &[],
        anchors: &[root()],
        name: None,
        at: AT,
        purpose: Purpose::Server,
    });
    assert_eq!(judgement.path[0].position, 1);
    // A CA that has the name serves itself.
    let itself = Entity::root("Example Root CA", |params| {
        params.subject_alt_names = vec![SanType::DnsName(HOST.try_into().unwrap())];
    });
    let served = [Arc::clone(&itself.cert), itself.leaf(plain).cert];
    assert_eq!(judge_served(&served, &[]).path[0].position, 0);
}

/// What the name of an issuer that is not there lets one expect. Fetching it decides; until then this is a guess.
#[test]
fn an_absent_issuer_is_an_intermediate_when_something_says_so() {
    let organised = |name: &'static str, owner: &'static str| {
        move |params: &mut CertificateParams| {
            let mut subject = named(name);
            subject.push(DnType::OrganizationName, owner);
            params.distinguished_name = subject;
        }
    };
    let trusted = Entity::root("Example Root CA", organised("Example Root CA", "Example"));
    let anchors = [Arc::clone(&trusted.cert)];
    let ldap: Change = |params| {
        super::pki::add_issuer_address(params);
        let aia = params.custom_extensions.pop().unwrap();
        let value: Vec<u8> = aia.content().to_vec();
        let place = value.windows(4).position(|four| four == b"http").unwrap();
        let mut changed = value;
        changed[place..place + 4].copy_from_slice(b"ldap");
        params
            .custom_extensions
            .push(rcgen::CustomExtension::from_oid_content(
                &[1, 3, 6, 1, 5, 5, 7, 1, 1],
                changed,
            ));
    };
    for (name, owner, leaf, expected) in [
        ("Some CA", "Other", plain as Change, "unknown-ca@0"),
        ("Some Issuing CA", "Other", plain, "missing-intermediate@0"),
        (
            "some INTERMEDIATE",
            "Other",
            plain,
            "missing-intermediate@0",
        ),
        ("Some Sub CA 2", "Other", plain, "missing-intermediate@0"),
        ("中間認証局", "Other", plain, "missing-intermediate@0"),
        ("Some Subway CA", "Other", plain, "unknown-ca@0"),
        // The same owner as a root that is trusted.
        ("Some CA", "EXAMPLE", plain, "missing-intermediate@0"),
        // An address to fetch it from, of a kind that is fetched.
        (
            "Some CA",
            "Other",
            super::pki::add_issuer_address,
            "missing-intermediate@0",
        ),
        ("Some CA", "Other", ldap, "unknown-ca@0"),
        // A root is none, whatever else speaks for it.
        (
            "Example Issuing Root",
            "Example",
            super::pki::add_issuer_address,
            "unknown-ca@0",
        ),
        ("ルート認証局", "Example", plain, "unknown-ca@0"),
    ] {
        let issuer = Entity::root(name, organised(name, owner));
        let judgement = judge_served(&[issuer.leaf(leaf).cert], &anchors);
        assert_eq!(faults(&judgement), [expected], "{name} of {owner}");
    }
}

/// RFC 5280 section 4.2.1.1: a certificate may name its issuer's issuer, and then nothing needs guessing.
#[test]
fn an_issuer_of_which_the_issuer_is_named_is_known_for_a_root_or_not() {
    let issuer = Entity::root("Some CA", plain);
    let other = Entity::root("Another CA", plain);
    for (above, expected) in [
        (&issuer, "unknown-ca@0"),
        (&other, "missing-intermediate@0"),
    ] {
        let leaf = issuer.leaf(|params| {
            params.use_authority_key_identifier_extension = false;
            // authorityCertIssuer with one directoryName, and a serial number.
            let name = &above.cert.subject_der;
            let length = name.len() as u8;
            let mut value = vec![0x30, length + 7, 0xa1, length + 2, 0xa4, length];
            value.extend(name);
            value.extend([0x82, 1, 9]);
            let extension = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 35], value);
            params.custom_extensions.push(extension);
        });
        assert_eq!(faults(&judge_served(&[leaf.cert], &[])), [expected]);
    }
}
