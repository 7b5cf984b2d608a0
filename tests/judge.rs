//! The judge on chains made for one fault each, and for two: the cause, the certificate at fault, and nothing else.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod pki;

use std::net::IpAddr;
use std::sync::Arc;

use pki::{
    AT, Entity, HOST, advice, faults, host, judge_as, judge_served, last_year, named, parse, plain,
    self_signed,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};
use vpnmedic::cause::CauseId;
use vpnmedic::chain::{
    Cert, Purpose, Question, Source, judge, missing_issuer_urls, read_certificates, second_opinion,
};
use vpnmedic::evidence::{Der, UnixTime};

/// Root, intermediate and leaf, each changed as told.
struct Chain {
    root: Entity,
    intermediate: Entity,
    leaf: Entity,
}

type Change = fn(&mut CertificateParams);

impl Chain {
    fn new(root: Change, intermediate: Change, leaf: Change) -> Self {
        let root = Entity::root("Example Root CA", root);
        let intermediate = root.ca("Example Issuing CA", intermediate);
        let leaf = intermediate.leaf(leaf);
        Self {
            root,
            intermediate,
            leaf,
        }
    }

    fn served(&self) -> Vec<Arc<Cert>> {
        vec![
            Arc::clone(&self.leaf.cert),
            Arc::clone(&self.intermediate.cert),
        ]
    }

    fn anchors(&self) -> Vec<Arc<Cert>> {
        vec![Arc::clone(&self.root.cert)]
    }

    fn faults(&self) -> Vec<String> {
        faults(&judge_served(&self.served(), &self.anchors()))
    }
}

fn constrained_to(domain: &str) -> Option<NameConstraints> {
    Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName(domain.to_owned())],
        excluded_subtrees: Vec::new(),
    })
}

fn add_issuer_address(params: &mut CertificateParams) {
    // AuthorityInfoAccess with one caIssuers address.
    let url = b"http://ca.example.com/issuing.cer";
    let mut description = vec![0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2, 0x86, url.len() as u8];
    description.extend(url);
    let mut content = vec![
        0x30,
        description.len() as u8 + 2,
        0x30,
        description.len() as u8,
    ];
    content.extend(description);
    params
        .custom_extensions
        .push(CustomExtension::from_oid_content(
            &[1, 3, 6, 1, 5, 5, 7, 1, 1],
            content,
        ));
}

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
fn the_old_intermediate_after_a_new_key_does_not_fit_the_signature() {
    let chain = Chain::new(plain, plain, plain);
    let old = chain.root.ca("Example Issuing CA", plain);
    let judgement = judge_served(&[Arc::clone(&chain.leaf.cert), old.cert], &chain.anchors());
    assert_eq!(faults(&judgement), ["bad-signature@0"]);
    assert_eq!(
        judgement.violations[0].text.id,
        "chain.bad-signature-other-key"
    );
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
fn internationalised_names_are_compared_as_they_go_over_the_wire() {
    let idn: Change = |params| {
        params.subject_alt_names = vec![SanType::DnsName("xn--r8jz45g.jp".try_into().unwrap())];
    };
    let chain = Chain::new(plain, plain, idn);
    let target = vpnmedic::evidence::Target::parse("例え.jp").unwrap();
    let judgement = judge(&Question {
        served: &chain.served(),
        fetched: &[],
        anchors: &chain.anchors(),
        name: Some(&target.host),
        at: AT,
        purpose: Purpose::Server,
    });
    assert_eq!(faults(&judgement), [""; 0]);
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
fn uses_are_checked_on_the_leaf_and_on_what_authorities_may_hand_out() {
    let client_only: Change =
        |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    assert_eq!(
        Chain::new(plain, plain, client_only).faults(),
        ["missing-server-auth-eku@0"]
    );
    assert_eq!(
        Chain::new(plain, client_only, plain).faults(),
        ["missing-server-auth-eku@1"]
    );
    let any: Change = |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    assert_eq!(Chain::new(plain, any, any).faults(), [""; 0]);
    let none: Change = |params| params.extended_key_usages.clear();
    assert_eq!(Chain::new(plain, none, none).faults(), [""; 0]);
}

#[test]
fn key_usage_is_checked_on_issuers_and_on_the_leaf() {
    let no_issuing: Change = |params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    assert_eq!(
        Chain::new(plain, no_issuing, plain).faults(),
        ["bad-key-usage@1"]
    );
    let useless: Change = |params| params.key_usages = vec![KeyUsagePurpose::CrlSign];
    assert_eq!(
        Chain::new(plain, plain, useless).faults(),
        ["bad-key-usage@0"]
    );
    // An EC key can do nothing in TLS but sign.
    let encipher: Change = |params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    assert_eq!(
        Chain::new(plain, plain, encipher).faults(),
        ["bad-key-usage@0"]
    );
    let judgement = judge_served(&[fixture("rsa-encipher")], &[fixture("rsa-root")]);
    assert!(judgement.accepted());
    assert_eq!(advice(&judgement), ["bad-key-usage@0"]);
}

#[test]
fn who_is_no_authority_cannot_issue() {
    let explicit: Change = |params| params.is_ca = IsCa::ExplicitNoCa;
    assert_eq!(
        Chain::new(plain, explicit, plain).faults(),
        ["not-a-ca-issuer@1"]
    );
    let silent: Change = |params| params.is_ca = IsCa::NoCa;
    assert_eq!(
        Chain::new(plain, silent, plain).faults(),
        ["not-a-ca-issuer@1"]
    );
}

#[test]
fn the_intermediate_that_is_one_too_many_is_named() {
    let root = Entity::root("Example Root CA", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0))
    });
    let first = root.ca("First", plain);
    let leaf = first.leaf(plain);
    let judgement = judge_served(&[leaf.cert, first.cert], &[root.cert]);
    assert_eq!(faults(&judgement), ["path-length-exceeded@1"]);
}

#[test]
fn name_constraints_are_held_against_the_certificate_with_the_name() {
    let elsewhere: Change = |params| params.name_constraints = constrained_to("example.org");
    assert_eq!(
        Chain::new(plain, elsewhere, plain).faults(),
        ["name-constraints-violation@0"]
    );
    let here: Change = |params| params.name_constraints = constrained_to("example.com");
    assert_eq!(Chain::new(here, here, plain).faults(), [""; 0]);
}

#[test]
fn a_common_name_is_held_to_dns_constraints_where_no_better_name_is() {
    let here: Change = |params| params.name_constraints = constrained_to("example.com");
    let outside: Change = |params| {
        params.distinguished_name = named("vpn.example.org");
        params.subject_alt_names.clear();
    };
    assert_eq!(
        Chain::new(plain, here, outside).faults(),
        ["name-constraints-violation@0", "hostname-mismatch@0"]
    );
    let beside: Change = |params| params.distinguished_name = named("vpn.example.org");
    assert_eq!(Chain::new(plain, here, beside).faults(), [""; 0]);
}

#[test]
fn an_unknown_critical_extension_is_refused_and_an_unknown_other_is_not() {
    let critical: Change = |params| {
        let mut extension =
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 55555, 1], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    };
    assert_eq!(
        Chain::new(plain, plain, critical).faults(),
        ["unknown-critical-extension@0"]
    );
    assert_eq!(
        Chain::new(plain, critical, plain).faults(),
        ["unknown-critical-extension@1"]
    );
    let other: Change = |params| {
        let extension =
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 55555, 1], vec![5, 0]);
        params.custom_extensions.push(extension);
    };
    assert_eq!(Chain::new(plain, other, other).faults(), [""; 0]);
}

#[test]
fn extensions_that_cannot_be_read_make_a_malformed_certificate() {
    let broken: Change = |params| {
        params.extended_key_usages.clear();
        let extension = CustomExtension::from_oid_content(&[2, 5, 29, 37], vec![0x30, 0x05, 0x01]);
        params.custom_extensions.push(extension);
    };
    assert_eq!(
        Chain::new(plain, plain, broken).faults(),
        ["malformed-certificate@0"]
    );
}

#[test]
fn a_long_validity_is_advice_by_the_day_of_issue() {
    let long: Change = |params| params.not_after = date_time_ymd(2027, 3, 1);
    let chain = Chain::new(plain, plain, long);
    let judgement = judge_served(&chain.served(), &chain.anchors());
    assert!(judgement.accepted());
    assert_eq!(advice(&judgement), ["validity-too-long@0"]);
}

#[test]
fn an_authority_that_serves_itself_is_advice() {
    let root = Entity::root("Example Root CA", |params| {
        params.subject_alt_names = vec![SanType::DnsName(HOST.try_into().unwrap())];
        params.key_usages.push(KeyUsagePurpose::DigitalSignature);
    });
    let judgement = judge_served(&[Arc::clone(&root.cert)], &[root.cert]);
    assert!(judgement.accepted());
    assert_eq!(advice(&judgement), ["ca-used-as-server-certificate@0"]);
}

#[test]
fn name_mismatches_are_described() {
    let ids = |names: &[&str], asked: &str| {
        let root = Entity::root("Example Root CA", plain);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let leaf = root.leaf(|params| {
            params.distinguished_name = named("gateway");
            params.subject_alt_names = CertificateParams::new(names).unwrap().subject_alt_names;
        });
        let judgement = judge_as(&[leaf.cert], &[root.cert], asked);
        let found: Vec<String> = judgement
            .violations
            .iter()
            .map(|violation| format!("{} {}", violation.cause, violation.text.id))
            .collect();
        found.join("; ")
    };
    for (names, asked, expected) in [
        (
            &["www.example.com"][..],
            "example.com",
            "hostname-mismatch chain.name.only-www",
        ),
        (
            &["example.com"],
            "www.example.com",
            "hostname-mismatch chain.name.www-missing",
        ),
        (
            &["example.com"],
            "vpn.example.com",
            "hostname-mismatch chain.name.only-parent",
        ),
        (
            &["*.example.com"],
            "example.com",
            "hostname-mismatch chain.name.wildcard-without-parent",
        ),
        (
            &["*.example.com"],
            "a.vpn.example.com",
            "hostname-mismatch chain.name.wildcard-too-shallow",
        ),
        (
            &["vpn.corp.local"],
            "vpn.example.com",
            "hostname-mismatch chain.name.internal",
        ),
        (
            &["vpn.example.com"],
            "vpn",
            "hostname-mismatch chain.name.short-name",
        ),
        (
            &["mail.example.co.jp"],
            "vpn.example.co.jp",
            "hostname-mismatch chain.name.same-company",
        ),
        (
            &["vpn.example.org"],
            "vpn.example.com",
            "hostname-mismatch chain.name.other",
        ),
        (
            &["vpn.example.com"],
            "192.0.2.5",
            "hostname-mismatch chain.name.address-used",
        ),
        (
            &["192.0.2.6"],
            "192.0.2.5",
            "hostname-mismatch chain.name.other-address",
        ),
        (&["*.example.com"], "vpn.example.com", ""),
        (&["VPN.Example.com"], "vpn.example.com", ""),
        (&["192.0.2.5"], "192.0.2.5", ""),
        (&["2001:db8::5"], "2001:DB8:0::5", ""),
    ] {
        assert_eq!(ids(names, asked), expected, "{names:?} asked {asked}");
    }
    let default: Change = |params| {
        params.distinguished_name = named("localhost.localdomain");
        params.subject_alt_names = vec![SanType::DnsName(
            "localhost.localdomain".try_into().unwrap(),
        )];
    };
    let judgement = judge_served(&[self_signed(default)], &[]);
    assert_eq!(faults(&judgement), ["self-signed@0", "hostname-mismatch@0"]);
    assert_eq!(
        judgement.violations[1].text.id,
        "chain.name.default-certificate"
    );
}

#[test]
fn a_product_s_own_certificate_is_known_by_its_subject_and_a_maker_s_site_is_not() {
    let fortinet = |common_name: &str| {
        let cert = self_signed(|params| {
            let mut subject = named("");
            subject.push(DnType::OrganizationName, "Fortinet");
            subject.push(DnType::OrganizationalUnitName, "FortiGate");
            subject.push(DnType::CommonName, common_name);
            params.distinguished_name = subject;
            params.subject_alt_names =
                vec![SanType::DnsName("fgt.example.net".try_into().unwrap())];
        });
        judge_served(&[cert], &[]).violations[1].text.id.clone()
    };
    assert_eq!(
        fortinet("FGT60FTK00000000"),
        "chain.name.default-certificate"
    );
    assert_eq!(fortinet("www.fortinet.com"), "chain.name.other");
}

#[test]
fn a_flood_of_repeated_extensions_is_said_once() {
    let flood: Change = |params| {
        for _ in 0..500 {
            let extension =
                CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 55555, 1], vec![5, 0]);
            params.custom_extensions.push(extension);
        }
    };
    assert_eq!(
        Chain::new(plain, plain, flood).faults(),
        ["malformed-certificate@0"]
    );
}

#[test]
fn a_common_name_alone_is_its_own_cause() {
    let cn_only: Change = |params| params.subject_alt_names.clear();
    assert_eq!(Chain::new(plain, plain, cn_only).faults(), ["cn-only@0"]);
    let address_too: Change = |params| {
        params.subject_alt_names = vec![SanType::IpAddress(IpAddr::from([192, 0, 2, 5]))];
    };
    assert_eq!(
        Chain::new(plain, plain, address_too).faults(),
        ["cn-only@0"]
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
fn nothing_served_is_said_and_refused() {
    let judgement = judge_served(&[], &[]);
    assert!(!judgement.accepted() && judgement.path.is_empty());
    assert_eq!(
        judgement.violations[0].cause,
        CauseId::MALFORMED_CERTIFICATE
    );
}

/// Made with OpenSSL 3: a root and two leaves below it, RSA with SHA-1, and a 1024-bit leaf with SHA-256.
fn fixture(name: &str) -> Arc<Cert> {
    let path = format!(
        "{}/tests/fixtures/chain/{name}.pem",
        env!("CARGO_MANIFEST_DIR")
    );
    let ders = read_certificates(&std::fs::read(path).unwrap()).unwrap();
    Arc::new(Cert::parse(&ders[0]).unwrap())
}

#[test]
fn weak_is_told_from_broken() {
    let anchors = [fixture("rsa-root")];
    assert_eq!(
        faults(&judge_served(&[fixture("sha1")], &anchors)),
        ["weak-signature@0"]
    );
    assert_eq!(
        faults(&judge_served(&[fixture("md5")], &anchors)),
        ["weak-signature@0"]
    );
    assert_eq!(
        faults(&judge_served(&[fixture("rsa1024")], &anchors)),
        ["weak-key@0"]
    );
    assert_eq!(faults(&judge_served(&[fixture("pss")], &anchors)), [""; 0]);
    let mut bytes = fixture("sha1").der.as_slice().to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert_eq!(
        faults(&judge_served(&[parse(&bytes)], &anchors)),
        ["bad-signature@0", "weak-signature@0"]
    );
}

#[test]
fn every_curve_and_hash_that_clients_take_is_checked() {
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_ED25519,
    ] {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "gateway");
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2026, 6, 30);
        let cert = parse(params.self_signed(&key).unwrap().der());
        let signed = vpnmedic::chain::is_signed_by(&cert, &cert);
        assert_eq!(
            signed,
            vpnmedic::chain::Signed::Yes,
            "{}",
            cert.signature_algorithm
        );
    }
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

#[test]
fn hostile_text_in_names_is_kept_apart_from_structure() {
    let nasty = "a, O=Trusted\u{1b}[31m\u{202e}";
    let root = Entity::root(nasty, plain);
    assert_eq!(root.cert.common_name.as_deref(), Some(nasty));
    assert!(root.cert.subject.starts_with("CN=a\\, O=Trusted"));
    assert!(!root.cert.label().contains('\u{1b}'));
    assert!(Cert::parse(&Der::from(&[0x30, 0x03, 1, 2, 3][..])).is_err());
}
