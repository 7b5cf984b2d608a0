//! What is said of a certificate that does not fit the name it is used under, and what it is called.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, SanType};
use vpnmedic::chain::{Cert, Judgement};

use super::pki::{Entity, fixture, judge_as, judge_served, named, self_signed};

/// Judged under this name: a certificate of this common name (none if empty) with these alternative names.
fn judged(common_name: &str, names: &[&str], asked: &str) -> Judgement {
    let root = Entity::root("Example Root CA", |_| {});
    let leaf = root.leaf(|params| {
        params.distinguished_name = named(common_name);
        if common_name.is_empty() {
            params.distinguished_name = rcgen::DistinguishedName::new();
        }
        // An address in square brackets is written as if it were a host.
        let read = |name: &&str| match (name.strip_prefix('['), name.parse()) {
            (Some(text), _) => SanType::DnsName(text.trim_end_matches(']').try_into().unwrap()),
            (None, Ok(ip)) => SanType::IpAddress(ip),
            (None, Err(_)) => SanType::DnsName((*name).try_into().unwrap()),
        };
        params.subject_alt_names = names.iter().map(read).collect();
    });
    judge_as(&[leaf.cert], &[root.cert], asked)
}

fn argument<'j>(judgement: &'j Judgement, name: &str) -> &'j str {
    let mut args = judgement.violations[0].text.args.iter();
    let found = args.find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str()).unwrap()
}

#[test]
fn a_mismatch_is_described_by_what_is_nearest_to_a_repair() {
    for (common_name, names, asked, expected) in [
        (
            "gateway",
            &["vpn.example.com."][..],
            "vpn.example.com",
            "final-dot",
        ),
        ("gateway", &["vpn.example.com"], "vpn.example.com.", ""),
        (
            "gateway",
            &["vp*.example.com"],
            "vpn.example.com",
            "wildcard-misplaced",
        ),
        ("gateway", &["*.com"], "example.com", "wildcard-misplaced"),
        (
            "vpn.example.com",
            &["mail.example.org"],
            "vpn.example.com",
            "common-name-ignored",
        ),
        (
            "VPN.example.com",
            &["mail.example.org"],
            "vpn.example.com.",
            "common-name-ignored",
        ),
        (
            "mail.example.com",
            &["mail.example.org"],
            "vpn.example.com",
            "other",
        ),
        ("gateway", &[], "vpn.example.com", "no-names"),
        ("", &[], "vpn.example.com", "no-names"),
        // Addresses are names too, of another kind.
        ("gateway", &["192.0.2.6"], "vpn.example.com", "other"),
        ("gateway", &["[192.0.2.5]"], "192.0.2.5", "address-as-dns"),
        (
            "gateway",
            &["[192.0.2.5]", "192.0.2.6"],
            "192.0.2.5",
            "address-as-dns",
        ),
        ("gateway", &["[192.0.2.6]"], "192.0.2.5", "address-used"),
        // Inside one network only, all of them.
        ("gateway", &["gateway"], "vpn.example.com", "internal"),
        (
            "gateway",
            &["gateway", "a.example.lan"],
            "vpn.example.com",
            "internal",
        ),
        (
            "gateway",
            &["a.example.lan", "vpn.example.org"],
            "vpn.example.com",
            "other",
        ),
        ("gateway", &["lan.example.org"], "vpn.example.com", "other"),
        // One label is short for a name that begins with it.
        (
            "gateway",
            &["vpn.example.com", "a.b.c"],
            "vpn",
            "short-name",
        ),
        ("gateway", &["a.vpn.example.com"], "vpn", "other"),
        ("gateway", &["vpn.example.org"], "vpn.example.com", "other"),
        (
            "gateway",
            &["www.vpn.example.com", "a.b.c"],
            "vpn.example.com",
            "only-www",
        ),
        (
            "gateway",
            &["*.example.com"],
            "www.vpn.example.com",
            "www-missing",
        ),
        ("gateway", &["example.com"], "wwwexample.com", "other"),
        ("gateway", &["*.example.com"], "myexample.com", "other"),
        (
            "gateway",
            &["*.example.org", "*.example.com"],
            "a.b.example.com",
            "wildcard-too-shallow",
        ),
        (
            "gateway",
            &["example.co.jp"],
            "vpn.example.co.jp",
            "only-parent",
        ),
        (
            "gateway",
            &["example.co.jp"],
            "a.vpn.example.co.jp",
            "same-company",
        ),
        ("gateway", &["other.co.jp"], "vpn.example.co.jp", "other"),
        (
            "gateway",
            &["a.example.com"],
            "B.Example.COM",
            "same-company",
        ),
    ] {
        let judgement = judged(common_name, names, asked);
        let said = judgement.violations.first().map_or("", |violation| {
            violation.text.id.trim_start_matches("chain.name.")
        });
        assert_eq!(said, expected, "CN={common_name} {names:?} asked {asked}");
        let rules = ["RFC 9525 section 6.3", "RFC 9525 section 6.4"];
        if let [violation] = judgement.violations.as_slice() {
            let by_address = asked.parse::<std::net::IpAddr>().is_ok();
            assert_eq!(violation.rule, rules[usize::from(by_address)], "{asked}");
        }
    }
}

#[test]
fn the_names_that_would_work_are_listed_up_to_five() {
    let listed = |common_name: &str, names: &[&str]| {
        let judgement = judged(common_name, names, "vpn.example.com");
        argument(&judgement, "names").to_owned()
    };
    let names = ["a.b", "c.d", "192.0.2.6", "e.f", "g.h", "i.j", "k.l"];
    assert_eq!(listed("gateway", &names[..1]), "a.b");
    assert_eq!(
        listed("gateway", &names[..5]),
        "a.b, c.d, 192.0.2.6, e.f, g.h"
    );
    assert_eq!(
        listed("gateway", &names[..6]),
        "a.b, c.d, 192.0.2.6, e.f, g.h, +1"
    );
    assert_eq!(
        listed("gateway", &names),
        "a.b, c.d, 192.0.2.6, e.f, g.h, +2"
    );
    assert_eq!(listed("gateway", &[]), "CN=gateway");
    assert_eq!(listed("", &[]), "-");
}

/// RFC 9525 section 2 leaves the common name out; old clients take it where there is no better name of the kind.
#[test]
fn a_common_name_counts_for_old_clients_where_no_name_of_its_kind_is() {
    for (common_name, names, asked, cause) in [
        ("vpn.example.com", &[][..], "vpn.example.com", "cn-only"),
        ("*.example.com", &[], "vpn.example.com", "cn-only"),
        (
            "vpn.example.com",
            &["192.0.2.5"],
            "vpn.example.com",
            "cn-only",
        ),
        (
            "vpn.example.com",
            &["a.example.org"],
            "vpn.example.com",
            "hostname-mismatch",
        ),
        ("192.0.2.5", &[], "192.0.2.5", "cn-only"),
        (
            "192.0.2.5",
            &["a.example.org"],
            "192.0.2.5",
            "hostname-mismatch",
        ),
        ("192.0.2.6", &[], "192.0.2.5", "hostname-mismatch"),
        ("", &[], "vpn.example.com", "hostname-mismatch"),
    ] {
        let judgement = judged(common_name, names, asked);
        let found = judgement.violations[0].cause.as_str();
        assert_eq!(found, cause, "CN={common_name} {names:?} asked {asked}");
    }
}

/// Subjects as the products write them until somebody installs a certificate, most specific part last.
#[test]
fn certificates_that_products_make_for_themselves_are_known() {
    let said = |parts: &[(DnType, &str)]| {
        let cert = self_signed(|params: &mut CertificateParams| {
            let mut subject = rcgen::DistinguishedName::new();
            for (kind, value) in parts {
                subject.push(kind.clone(), *value);
            }
            params.distinguished_name = subject;
            params.subject_alt_names =
                vec![SanType::DnsName("box.example.net".try_into().unwrap())];
        });
        let judgement = judge_served(&[cert], &[]);
        judgement.violations[1].text.id == "chain.name.default-certificate"
    };
    use DnType::{CommonName as CN, OrganizationName as O, OrganizationalUnitName as OU};
    for subject in [
        &[(CN, "ASA Temporary Self Signed Certificate")][..],
        &[(OU, "Intrusion Management System"), (CN, "firepower")],
        &[(O, "Fortinet"), (OU, "FortiGate"), (CN, "FGVM00")],
        &[
            (
                OU,
                "HTTPS Management Certificate for SonicWALL (self-signed)",
            ),
            (CN, "192"),
        ],
        &[(O, "SonicWall"), (OU, "SSL-VPN"), (CN, "sslvpn")],
        &[
            (O, "Citrix ANG"),
            (OU, "NS Internal"),
            (CN, "default QWERTY"),
        ],
        &[(CN, "SophosApplianceCertificate_X1")],
        &[(CN, "CyberoamApplianceCertificate_X1")],
        &[(O, "WatchGuard"), (OU, "Fireware"), (CN, "Fireware web CA")],
        &[(CN, "TRAEFIK DEFAULT CERT")],
        &[(CN, "Kubernetes Ingress Controller Fake Certificate")],
        &[(CN, "synology")],
        &[(CN, "pfSense-5f1c")],
        &[(CN, "Plesk")],
        &[(CN, "localhost")],
        &[(CN, "localhost.localdomain")],
    ] {
        assert!(said(subject), "{subject:?}");
    }
    for subject in [
        &[(CN, "gateway")][..],
        &[(CN, "www.synology.com")],
        &[
            (O, "Fortinet"),
            (OU, "FortiGate"),
            (CN, "support.fortinet.com"),
        ],
        &[(CN, "localhost.example.com")],
    ] {
        assert!(!said(subject), "{subject:?}");
    }
}

/// As `openssl x509 -fingerprint` writes them.
#[test]
fn fingerprints_are_those_that_other_programs_show() {
    let cert = fixture("rsa-root");
    assert_eq!(
        cert.fingerprint(),
        "8D:15:3B:D9:2A:FB:2F:D6:7E:31:FD:1E:8F:9E:9D:D3:81:37:53:EA:FB:89:31:F2:B1:35:68:61:DC:B9:2D:6B"
    );
    assert_eq!(
        cert.thumbprint(),
        "0A:92:AB:C3:63:4B:30:3B:63:11:8F:54:0A:FE:78:63:E4:93:80:DD"
    );
    assert_eq!(
        data_encoding::HEXLOWER.encode(&cert.spki_sha256()),
        "c19e6d3b96db7d240f4bed1674601058ee55dbf6c5cda29ca35a2951bbe37815"
    );
    assert_eq!(cert.signature_algorithm, "sha256WithRSAEncryption");
}

#[test]
fn a_certificate_is_called_by_its_most_telling_name() {
    let called = |parts: &[(DnType, &str)], names: &[&str]| {
        self_signed(|params| {
            params.distinguished_name = rcgen::DistinguishedName::new();
            for (kind, value) in parts {
                params.distinguished_name.push(kind.clone(), *value);
            }
            let read = |name: &&str| match name.parse() {
                Ok(ip) => SanType::IpAddress(ip),
                Err(_) => SanType::DnsName((*name).try_into().unwrap()),
            };
            params.subject_alt_names = names.iter().map(read).collect();
        })
        .label()
    };
    let (common, owner) = (
        (DnType::CommonName, "Box"),
        (DnType::OrganizationName, "Example"),
    );
    let unit = (DnType::OrganizationalUnitName, "Lab");
    assert_eq!(called(&[owner.clone(), common], &["a.b"]), "Box");
    assert_eq!(called(&[owner, unit.clone()], &["a.b"]), "Example");
    assert_eq!(called(std::slice::from_ref(&unit), &["a.b", "c.d"]), "a.b");
    assert_eq!(
        called(std::slice::from_ref(&unit), &["192.0.2.5"]),
        "192.0.2.5"
    );
    assert_eq!(called(&[unit], &[]), "OU=Lab");
}

/// RFC 5280 section 6.1.1 (d): for trust, a subject and its key are one, whatever else was certified.
#[test]
fn the_same_name_and_key_are_the_same_entity() {
    let root = Entity::root("Example Root CA", |_| {});
    let other = Entity::root("Other Root CA", |_| {});
    let same = |one: &Cert, two: &Cert| one.same_entity(two);
    let crossed: Arc<Cert> = other.cross_sign(&root, |_| {});
    assert!(same(&root.cert, &crossed) && same(&root.cert, &root.cert));
    assert!(!same(
        &root.cert,
        &Entity::root("Example Root CA", |_| {}).cert
    ));
    let renamed = root.cross_sign(&root, |params| params.distinguished_name = named("Renamed"));
    assert_eq!(renamed.spki(), root.cert.spki());
    assert!(!same(&root.cert, &renamed));
}
