//! The judge's rules on single certificates: what they may be used for, what they are called, how strong they are.
//! Names that do not fit are in `judge_rules/names.rs`, rules that take more than one certificate in `judge_rules/paths.rs`,
//! what is made of missing and misplaced ones in `judge_rules/issuers.rs`.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

#[path = "judge_rules/issuers.rs"]
mod issuers;
#[path = "judge_rules/names.rs"]
mod names;
#[path = "judge_rules/paths.rs"]
mod paths;
mod pki;

use std::net::IpAddr;
use std::sync::Arc;

use pki::{
    AT, Chain, Change, Entity, HOST, advice, constrained_to, faults, fixture, judge_as,
    judge_served, named, parse, plain, self_signed,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use vpnmedic::chain::{Cert, Purpose, Question, judge};
use vpnmedic::evidence::Der;

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
fn hostile_text_in_names_is_kept_apart_from_structure() {
    let nasty = "a, O=Trusted\u{1b}[31m\u{202e}";
    let root = Entity::root(nasty, plain);
    assert_eq!(root.cert.common_name.as_deref(), Some(nasty));
    assert!(root.cert.subject.starts_with("CN=a\\, O=Trusted"));
    assert!(!root.cert.label().contains('\u{1b}'));
    assert!(Cert::parse(&Der::from(&[0x30, 0x03, 1, 2, 3][..])).is_err());
}

/// What hardly any client knows is refused under its own name, never as too short or forged.
#[test]
fn unusual_methods_are_named_and_a_key_for_pss_makes_no_other_signature() {
    let evidence = |leaf: &str, root: &str| {
        let judgement = judge_served(&[fixture(leaf)], &[fixture(root)]);
        let said: Vec<String> = judgement
            .violations
            .iter()
            .flat_map(|violation| violation.text.args.iter().map(|(_, value)| value.clone()))
            .collect();
        (faults(&judgement), said.join(" "))
    };
    assert_eq!(evidence("pss-of-pss", "pss-root").0, [""; 0]);
    let (causes, said) = evidence("pss-long-salt", "pss-root");
    assert_eq!(causes, ["weak-signature@0"]);
    assert!(said.contains("unusual parameters"), "{said}");
    let (causes, said) = evidence("pkcs1-of-pss", "pss-root");
    assert_eq!(causes, ["weak-signature@0"]);
    assert!(said.contains("sha256WithRSAEncryption"), "{said}");
    let (causes, said) = evidence("ed448", "ed448-root");
    assert_eq!(causes, ["weak-key@1"]);
    assert!(said.contains("Ed448"), "{said}");
}
