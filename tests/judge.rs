//! The judge on chains made for one fault each, and for two: where paths lead, dates, and trust. What one certificate may
//! be used for and is called is in `judge_rules.rs`.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod pki;

use std::sync::Arc;

use pki::{
    AT, Chain, Change, Entity, HOST, add_issuer_address, advice, constrained_to, faults, host,
    judge_served, last_year, parse, plain, self_signed,
};
use rcgen::{ExtendedKeyUsagePurpose, SanType, date_time_ymd};
use vpnmedic::cause::CauseId;
use vpnmedic::chain::{Purpose, Question, Source, judge, missing_issuer_urls, second_opinion};
use vpnmedic::evidence::UnixTime;

#[test]
fn a_sound_chain_is_accepted_without_a_word() {
    let chain = Chain::new(plain, plain, plain);
    let judgement = judge_served(&chain.served(), &chain.anchors());
    assert_eq!(faults(&judgement), [""; 0]);
    assert_eq!(advice(&judgement), [""; 0]);
    assert_eq!(judgement.remarks, []);
    assert!(judgement.accepted() && judgement.anchored && !judgement.bounded);
    let sources: Vec<Source> = judgement.path.iter().map(|link| link.source).collect();
    assert_eq!(sources, [Source::Served, Source::Served, Source::Store]);
}

#[test]
fn dates_are_blamed_on_the_certificate_that_has_them() {
    assert_eq!(
        Chain::new(plain, plain, last_year).faults(),
        ["cert-expired-leaf@0"]
    );
    assert_eq!(
        Chain::new(plain, last_year, plain).faults(),
        ["cert-expired-intermediate@1"]
    );
    assert_eq!(
        Chain::new(last_year, plain, plain).faults(),
        ["cert-expired-root@2"]
    );
    let next_year: Change = |params| {
        params.not_before = date_time_ymd(2026, 7, 1);
    };
    assert_eq!(
        Chain::new(plain, plain, next_year).faults(),
        ["cert-not-yet-valid@0"]
    );
}

#[test]
fn both_ends_belong_to_the_validity() {
    let chain = Chain::new(plain, plain, plain);
    let at = |at| {
        let host = host(HOST);
        let question = Question {
            served: &chain.served(),
            fetched: &[],
            anchors: &chain.anchors(),
            name: Some(&host),
            at,
            purpose: Purpose::Server,
        };
        judge(&question).accepted()
    };
    let cert = &chain.leaf.cert;
    assert!(at(cert.not_before) && at(cert.not_after));
    assert!(!at(cert.not_before.plus(-1)) && !at(cert.not_after.plus(1)));
}

#[test]
fn a_gap_is_a_missing_intermediate_when_the_issuer_is_one() {
    let chain = Chain::new(plain, plain, add_issuer_address);
    let judgement = judge_served(&[Arc::clone(&chain.leaf.cert)], &chain.anchors());
    assert_eq!(faults(&judgement), ["missing-intermediate@0"]);
    assert_eq!(
        missing_issuer_urls(&judgement),
        ["http://ca.example.com/issuing.cer"]
    );
    assert!(!judgement.anchored);
}

/// Only where the path ends too early, only from an issuer of its own, and only what can be fetched.
#[test]
fn the_issuer_is_looked_for_where_one_is_missing() {
    let chain = Chain::new(add_issuer_address, add_issuer_address, add_issuer_address);
    let urls = |judgement| missing_issuer_urls(&judgement);
    let url = ["http://ca.example.com/issuing.cer"];
    assert_eq!(urls(judge_served(&chain.served(), &[])), url);
    assert_eq!(
        urls(judge_served(&chain.served(), &chain.anchors())),
        [""; 0]
    );
    let with_root = [chain.served(), chain.anchors()].concat();
    assert_eq!(urls(judge_served(&with_root, &[])), [""; 0]);
    assert_eq!(urls(judge_served(&[], &[])), [""; 0]);
    // A directory of one company's network is nothing to fetch from.
    let elsewhere: Change = |params| {
        let url = b"LDAP://ca/x";
        let mut description = vec![6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2, 0x86, url.len() as u8];
        description.extend(url);
        let length = description.len() as u8;
        let content = [&[0x30, length + 2, 0x30, length][..], &description].concat();
        let oid = [1, 3, 6, 1, 5, 5, 7, 1, 1];
        let extension = rcgen::CustomExtension::from_oid_content(&oid, content);
        params.custom_extensions.push(extension);
    };
    let chain = Chain::new(plain, plain, elsewhere);
    let judgement = judge_served(&chain.served()[..1], &[]);
    assert_eq!(judgement.path[0].cert.issuer_urls, ["LDAP://ca/x"]);
    assert_eq!(urls(judgement), [""; 0]);
}

#[test]
fn a_fetched_intermediate_closes_the_gap() {
    let chain = Chain::new(plain, plain, plain);
    let host = host(HOST);
    let judgement = judge(&Question {
        served: &[Arc::clone(&chain.leaf.cert)],
        fetched: &[Arc::clone(&chain.intermediate.cert)],
        anchors: &chain.anchors(),
        name: Some(&host),
        at: AT,
        purpose: Purpose::Server,
    });
    assert!(judgement.accepted());
    assert_eq!(judgement.path[1].source, Source::Fetched);
}

#[test]
fn an_issuer_nobody_heard_of_is_an_unknown_authority() {
    let other = Entity::root("Other Root CA", plain);
    let box_ca = Entity::root("Inspection Box", plain);
    let leaf = box_ca.leaf(plain);
    let anchors = [Arc::clone(&other.cert)];
    assert_eq!(
        faults(&judge_served(&[Arc::clone(&leaf.cert)], &anchors)),
        ["unknown-ca@0"]
    );
    let complete = [Arc::clone(&leaf.cert), Arc::clone(&box_ca.cert)];
    assert_eq!(faults(&judge_served(&complete, &anchors)), ["unknown-ca@1"]);
}

#[test]
fn a_served_intermediate_whose_root_is_absent_means_an_unknown_authority() {
    let chain = Chain::new(plain, add_issuer_address, plain);
    assert_eq!(
        faults(&judge_served(&chain.served(), &[])),
        ["unknown-ca@1"]
    );
}

#[test]
fn a_root_made_anew_under_the_old_name_does_not_make_the_signature_bad() {
    let chain = Chain::new(plain, plain, plain);
    let renewed = Entity::root("Example Root CA", plain);
    assert_eq!(
        faults(&judge_served(&chain.served(), &[renewed.cert])),
        ["unknown-ca@1"]
    );
}

#[test]
fn the_old_intermediate_after_a_new_key_is_not_the_issuer_and_the_new_one_is_missing() {
    let chain = Chain::new(plain, plain, plain);
    let old = chain.root.ca("Example Issuing CA", plain);
    let judgement = judge_served(&[Arc::clone(&chain.leaf.cert), old.cert], &chain.anchors());
    assert_eq!(faults(&judgement), ["missing-intermediate@0"]);
    assert_eq!(
        judgement.violations[0].text.id,
        "chain.missing-intermediate-other-key"
    );
}

/// A root that was made anew under the name of the absent issuer is no intermediate that somebody forgot to replace.
#[test]
fn a_root_of_the_issuers_name_and_another_key_says_nothing_of_an_intermediate() {
    let leaf = Entity::root("Some CA", plain).leaf(plain);
    let anew = Entity::root("Some CA", plain);
    let judgement = judge_served(&[leaf.cert, anew.cert], &[]);
    assert_eq!(faults(&judgement), ["unknown-ca@0"]);
    assert_eq!(judgement.violations[0].text.id, "chain.unknown-issuer");
}

#[test]
fn a_self_signed_certificate_is_named_so_and_accepted_once_it_is_trusted() {
    let cert = self_signed(plain);
    assert_eq!(
        faults(&judge_served(&[Arc::clone(&cert)], &[])),
        ["self-signed@0"]
    );
    assert_eq!(
        faults(&judge_served(&[Arc::clone(&cert)], &[cert])),
        [""; 0]
    );
}

#[test]
fn a_key_rollover_is_followed_and_its_gap_is_no_circle() {
    let old = Entity::root("Example Root CA", plain);
    let new = Entity::root("Example Root CA", plain);
    let new_with_old = old.cross_sign(&new, plain);
    let leaf = new.leaf(plain);
    let served = [leaf.cert, Arc::clone(&new_with_old)];
    assert_eq!(faults(&judge_served(&served, &[old.cert])), [""; 0]);
    let judgement = judge_served(&served, &[]);
    assert_eq!(faults(&judgement), ["unknown-ca@1"]);
    assert_eq!(judgement.violations[0].text.id, "chain.unknown-issuer");
}

#[test]
fn a_tampered_self_signed_certificate_is_both() {
    let mut bytes = self_signed(plain).der.as_slice().to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert_eq!(
        faults(&judge_served(&[parse(&bytes)], &[])),
        ["bad-signature@0", "self-signed@0"]
    );
}

#[test]
fn any_order_duplicates_and_extras_are_sorted_out_and_order_is_advice() {
    let chain = Chain::new(plain, plain, plain);
    let stranger = Entity::root("Stranger", plain);
    let second = chain.intermediate.ca("Second Issuing CA", plain);
    let leaf = second.leaf(plain);
    let served = [
        Arc::clone(&leaf.cert),
        Arc::clone(&stranger.cert),
        Arc::clone(&chain.intermediate.cert),
        Arc::clone(&leaf.cert),
        Arc::clone(&second.cert),
        Arc::clone(&second.cert),
        Arc::clone(&chain.root.cert),
    ];
    let judgement = judge_served(&served, &chain.anchors());
    assert_eq!(faults(&judgement), [""; 0]);
    assert_eq!(advice(&judgement), ["chain-wrong-order@2"]);
    let mut root_early = chain.served();
    root_early.insert(1, Arc::clone(&chain.root.cert));
    assert_eq!(
        advice(&judge_served(&root_early, &chain.anchors())),
        ["chain-wrong-order@2"]
    );
}

#[test]
fn an_end_entity_that_is_not_first_is_found_and_said() {
    let chain = Chain::new(plain, plain, plain);
    let served = [
        Arc::clone(&chain.intermediate.cert),
        Arc::clone(&chain.leaf.cert),
    ];
    let judgement = judge_served(&served, &chain.anchors());
    assert_eq!(faults(&judgement), ["chain-wrong-order@0"]);
    assert_eq!(judgement.path[0].position, 1);
}

#[test]
fn certificates_that_lead_round_in_a_circle_end() {
    let one = Entity::root("One", plain);
    let two = Entity::root("Two", plain);
    let leaf = one.leaf(plain);
    let served = [
        leaf.cert,
        two.cross_sign(&one, plain),
        one.cross_sign(&two, plain),
    ];
    let judgement = judge_served(&served, &[]);
    assert_eq!(faults(&judgement), ["unknown-ca@2"]);
    assert!(!judgement.bounded);
}

#[test]
fn an_expired_alternate_beside_a_good_path_is_no_fault() {
    let old = Entity::root("Old Root", last_year);
    let new = Entity::root("New Root", plain);
    let intermediate = new.ca("Example Issuing CA", plain);
    let leaf = intermediate.leaf(plain);
    let cross = old.cross_sign(&new, plain);
    let served = [leaf.cert, intermediate.cert, Arc::clone(&cross)];
    let both = [Arc::clone(&old.cert), Arc::clone(&new.cert)];
    assert!(judge_served(&served, &both).accepted());
    let judgement = judge_served(&served, &[old.cert]);
    assert_eq!(faults(&judgement), ["cert-expired-root@3"]);
}

#[test]
fn a_served_copy_of_an_expired_root_does_not_hide_the_renewed_one_of_the_store() {
    let root = Entity::root("Example Root CA", plain);
    let expired = root.cross_sign(&root, last_year);
    let leaf = root.leaf(plain);
    assert_eq!(
        faults(&judge_served(&[leaf.cert, expired], &[root.cert])),
        [""; 0]
    );
}

#[test]
fn a_changed_byte_is_a_bad_signature_of_the_changed_certificate() {
    let chain = Chain::new(plain, plain, plain);
    let mut bytes = chain.leaf.cert.der.as_slice().to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let served = [parse(&bytes), Arc::clone(&chain.intermediate.cert)];
    assert_eq!(
        faults(&judge_served(&served, &chain.anchors())),
        ["bad-signature@0"]
    );
}

#[test]
fn two_faults_are_two_causes() {
    let wrong_name: Change = |params| {
        params.subject_alt_names = vec![SanType::DnsName("other.example.org".try_into().unwrap())];
    };
    let wrong_name_expired: Change = |params| {
        last_year(params);
        params.subject_alt_names = vec![SanType::DnsName("other.example.org".try_into().unwrap())];
    };
    assert_eq!(
        Chain::new(plain, plain, wrong_name_expired).faults(),
        ["hostname-mismatch@0", "cert-expired-leaf@0"]
    );
    assert_eq!(
        Chain::new(plain, last_year, wrong_name).faults(),
        ["hostname-mismatch@0", "cert-expired-intermediate@1"]
    );
    assert_eq!(
        Chain::new(plain, last_year, last_year).faults(),
        ["cert-expired-leaf@0", "cert-expired-intermediate@1"]
    );

    let chain = Chain::new(plain, plain, |params| {
        last_year(params);
        add_issuer_address(params);
    });
    assert_eq!(
        faults(&judge_served(
            &[Arc::clone(&chain.leaf.cert)],
            &chain.anchors()
        )),
        ["missing-intermediate@0", "cert-expired-leaf@0"]
    );

    let chain = Chain::new(plain, plain, |params| {
        params.subject_alt_names = vec![SanType::DnsName("other.example.org".try_into().unwrap())];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let mut complete = chain.served();
    complete.push(Arc::clone(&chain.root.cert));
    assert_eq!(
        faults(&judge_served(&complete, &[])),
        [
            "unknown-ca@2",
            "missing-server-auth-eku@0",
            "hostname-mismatch@0"
        ]
    );

    let both: Change = |params| {
        params.name_constraints = constrained_to("example.org");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    };
    assert_eq!(
        Chain::new(plain, both, plain).faults(),
        ["name-constraints-violation@0", "missing-server-auth-eku@1"]
    );

    assert_eq!(
        faults(&judge_served(&[self_signed(last_year)], &[])),
        ["self-signed@0", "cert-expired-leaf@0"]
    );
}

#[test]
fn client_certificates_have_causes_of_their_own() {
    let chain = Chain::new(plain, plain, last_year);
    let judgement = judge(&Question {
        served: &chain.served(),
        fetched: &[],
        anchors: &[],
        name: None,
        at: AT,
        purpose: Purpose::Client,
    });
    assert_eq!(
        faults(&judgement),
        [
            "client-cert-wrong-issuer@1",
            "client-cert-missing-eku@0",
            "client-cert-expired@0"
        ]
    );
}

#[test]
fn every_root_of_mozilla_is_read_and_fit_to_be_trusted() {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    assert!(roots.len() > 100);
    for root in roots {
        let cert = parse(root);
        let issued_later = cert.not_before.max(AT);
        let judgement = judge(&Question {
            served: &[Arc::clone(&cert)],
            fetched: &[],
            anchors: &[Arc::clone(&cert)],
            name: None,
            at: issued_later.min(cert.not_after),
            purpose: Purpose::Server,
        });
        assert_eq!(faults(&judgement), [""; 0], "{}", cert.subject);
        let signed = vpnmedic::chain::is_signed_by(&cert, &cert);
        assert_eq!(signed, vpnmedic::chain::Signed::Yes, "{}", cert.subject);
        assert_eq!(cert.label().is_empty(), cert.subject.is_empty());
    }
}

#[test]
fn nothing_served_is_said_and_refused() {
    let judgement = judge_served(&[], &[]);
    assert!(!judgement.accepted() && judgement.path.is_empty());
    assert_eq!(
        judgement.violations[0].cause,
        CauseId::MALFORMED_CERTIFICATE
    );
}

#[test]
fn the_second_judge_agrees_on_plain_cases() {
    let chain = Chain::new(plain, plain, plain);
    let host = host(HOST);
    let mut question = Question {
        served: &chain.served(),
        fetched: &[],
        anchors: &chain.anchors(),
        name: Some(&host),
        at: AT,
        purpose: Purpose::Server,
    };
    assert!(second_opinion(&question).accepted);
    question.at = UnixTime(0);
    let opinion = second_opinion(&question);
    assert!(!opinion.accepted && opinion.error.is_some());
}
