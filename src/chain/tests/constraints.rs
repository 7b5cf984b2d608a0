//! Names against name constraints, kind by kind (RFC 5280 section 4.2.1.10).

use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, KeyPair};

use super::*;
use crate::evidence::Der;

fn dns(name: &str) -> GeneralName {
    GeneralName::Dns(name.to_owned())
}

fn mail(address: &str) -> GeneralName {
    GeneralName::Email(address.to_owned())
}

/// A certificate of this subject, with these alternative names by tag and content.
fn cert(subject: &[(DnType, &str)], names: &[(u8, &[u8])], ca: bool) -> Cert {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    for (kind, value) in subject {
        params.distinguished_name.push(kind.clone(), *value);
    }
    if ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    if !names.is_empty() {
        let mut content = Vec::new();
        for (tag, name) in names {
            content.extend([*tag, name.len() as u8]);
            content.extend(*name);
        }
        let value = [&[0x30, content.len() as u8][..], &content].concat();
        let extension = CustomExtension::from_oid_content(&[2, 5, 29, 17], value);
        params.custom_extensions.push(extension);
    }
    let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    Cert::parse(&Der::from(&made.der()[..])).unwrap()
}

fn held(permitted: &[GeneralName], excluded: &[GeneralName], cert: &Cert) -> Outcome {
    let constraints = NameConstraints {
        permitted: permitted.to_vec(),
        excluded: excluded.to_vec(),
    };
    check(&constraints, cert, &mut 100)
}

/// Names as `kind:value`, with bars between them; an address as its bytes in hexadecimal.
fn listed(names: &str) -> Vec<GeneralName> {
    let read = |name: &str| {
        let (kind, value) = name.split_once(':').unwrap();
        match kind {
            "dns" => dns(value),
            "mail" => mail(value),
            "uri" => GeneralName::Uri(value.to_owned()),
            "ip" => GeneralName::Ip(data_encoding::HEXLOWER.decode(value.as_bytes()).unwrap()),
            _ => GeneralName::Other(value.parse().unwrap()),
        }
    };
    names
        .split('|')
        .filter(|name| !name.is_empty())
        .map(read)
        .collect()
}

/// The same as context tags and their content.
fn tagged(name: &GeneralName) -> (u8, &[u8]) {
    match name {
        GeneralName::Email(text) => (0x81, text.as_bytes()),
        GeneralName::Dns(text) => (0x82, text.as_bytes()),
        GeneralName::Uri(text) => (0x86, text.as_bytes()),
        GeneralName::Ip(bytes) => (0x87, bytes),
        GeneralName::Other(0) => (0xa0, &[6, 1, 42]),
        GeneralName::Other(number) => (0x80 | number, &[42]),
        GeneralName::Directory(_) => (0xa4, &[0x30, 0]),
    }
}

/// RFC 5280 section 4.2.1.10: a constraint says something of names of its own kind only, and of those all.
#[test]
fn each_name_is_held_to_the_constraints_of_its_kind() {
    const FITS: &str = "fits";
    let net = "ip:c0000200ffffff00";
    let net6 = "ip:20010db8000000000000000000000000ffffffff000000000000000000000000";
    let in6 = "ip:20010db8000000000000000000000005";
    for (permitted, excluded, names, expected) in [
        ("dns:example.com", "", "dns:vpn.example.com", FITS),
        (
            "dns:example.com",
            "",
            "dns:vpn.example.org",
            "outside vpn.example.org",
        ),
        // One of several permitted is enough, one of several names outside is too much.
        (
            "dns:example.org|dns:example.com",
            "",
            "dns:vpn.example.com",
            FITS,
        ),
        (
            "dns:example.com",
            "",
            "dns:example.com|dns:example.org",
            "outside example.org",
        ),
        // Only excluded: what is not excluded is allowed.
        ("", "dns:vpn.example.com", "dns:mail.example.com", FITS),
        (
            "",
            "dns:vpn.example.com",
            "dns:vpn.example.com",
            "excluded vpn.example.com",
        ),
        (
            "",
            "dns:vpn.example.com",
            "dns:*.example.com",
            "excluded *.example.com",
        ),
        (
            "",
            "dns:vpn.example.com",
            "dns:*.example.com.",
            "excluded *.example.com.",
        ),
        (
            "",
            "dns:",
            "dns:vpn.example.com",
            "excluded vpn.example.com",
        ),
        // Excluded wins over permitted.
        (
            "dns:example.com",
            "dns:vpn.example.com",
            "dns:VPN.example.com.",
            "excluded VPN.example.com.",
        ),
        (
            "dns:example.com",
            "dns:vpn.example.com",
            "dns:mail.example.com",
            FITS,
        ),
        // What cannot be compared is refused where names of its kind are constrained, and only there.
        (
            "dns:example.com",
            "",
            "dns:vpn example.com",
            "unclear vpn example.com",
        ),
        ("", "dns:example.com", "dns:vpn.*.org", "unclear vpn.*.org"),
        ("", "dns:example.com", "dns:a..org", "unclear a..org"),
        ("", "dns:example.com", "dns:gateway", FITS),
        ("mail:example.com", "", "dns:a..org", FITS),
        ("dns:example.com", "", "ip:c0000205", FITS),
        ("dns:example.com", "", "other:0", FITS),
        ("other:0", "", "other:0", "unclear otherName"),
        ("", "other:8", "other:8", "unclear [8]"),
        ("other:0", "", "other:8", FITS),
        (net, "", "ip:c0000205", FITS),
        (net, "", "ip:c0000305", "outside 192.0.3.5"),
        ("", net, "ip:c0000205", "excluded 192.0.2.5"),
        ("", net, "ip:c00002", "unclear c00002"),
        (net6, "", in6, FITS),
        (net6, "", "ip:c0000205", "outside 192.0.2.5"),
        (net, "", in6, "outside 2001:db8::5"),
        ("mail:example.com", "", "mail:a@example.com", FITS),
        (
            "mail:example.com",
            "",
            "mail:a@example.org",
            "outside a@example.org",
        ),
        (
            "mail:example.com",
            "",
            "mail:example.com",
            "unclear example.com",
        ),
        ("uri:example.com", "", "uri:ftp://example.com/x", FITS),
        (
            "",
            "uri:.example.com",
            "uri:ftp://a.example.com",
            "excluded ftp://a.example.com",
        ),
        (
            "uri:example.com",
            "",
            "uri:ftp://a.example.com",
            "outside ftp://a.example.com",
        ),
        ("", "uri:example.com", "uri:urn:x", "unclear urn:x"),
    ] {
        let names = listed(names);
        let names: Vec<(u8, &[u8])> = names.iter().map(tagged).collect();
        let outcome = held(
            &listed(permitted),
            &listed(excluded),
            &cert(&[], &names, false),
        );
        let said = match outcome {
            Outcome::Fits => FITS.to_owned(),
            Outcome::NotPermitted(name) => format!("outside {name}"),
            Outcome::Excluded(name) => format!("excluded {name}"),
            Outcome::CannotCompare(name) => format!("unclear {name}"),
            Outcome::TooMany => "too many".to_owned(),
        };
        assert_eq!(
            said, expected,
            "{names:x?} in {permitted:?} without {excluded:?}"
        );
    }
}

#[test]
fn a_subject_is_a_directory_name_where_there_is_one() {
    let example = || cert(&[(DnType::OrganizationName, "Example")], &[], false);
    let base = GeneralName::Directory(example().subject_name);
    let gateway = |owner| {
        let subject = [
            (DnType::OrganizationName, owner),
            (DnType::CommonName, "gateway"),
        ];
        cert(&subject, &[], false)
    };
    let permitted = std::slice::from_ref(&base);
    assert_eq!(held(permitted, &[], &gateway("EXAMPLE")), Outcome::Fits);
    let outside = Outcome::NotPermitted("CN=gateway, O=Other".to_owned());
    assert_eq!(held(permitted, &[], &gateway("Other")), outside);
    let inside = Outcome::Excluded("CN=gateway, O=Example".to_owned());
    assert_eq!(held(&[], permitted, &gateway("Example")), inside);
    assert_eq!(held(&[], permitted, &gateway("Other")), Outcome::Fits);
    // An empty subject is no name, an alternative one of this kind is.
    assert_eq!(held(permitted, &[], &cert(&[], &[], false)), Outcome::Fits);
    let other = gateway("Other").subject_der;
    let beside = cert(&[], &[(0xa4, &other)], false);
    let outside = Outcome::NotPermitted("directoryName".to_owned());
    assert_eq!(held(permitted, &[], &beside), outside);
}

#[test]
fn what_stands_in_a_subject_is_held_to_constraints_on_mail_and_hosts() {
    let permitted = [dns("example.com"), mail("example.com")];
    let of = |subject: &[(DnType, &str)], names: &[(u8, &[u8])], ca: bool| {
        held(&permitted, &[], &cert(subject, names, ca))
    };
    let email = || DnType::from_oid(&[1, 2, 840, 113549, 1, 9, 1]);
    assert_eq!(of(&[(email(), "a@example.com")], &[], false), Outcome::Fits);
    let outside = Outcome::NotPermitted("a@example.org".to_owned());
    assert_eq!(of(&[(email(), "a@example.org")], &[], false), outside);

    let named = |name| [(DnType::CommonName, name)];
    let outside = Outcome::NotPermitted("vpn.example.org".to_owned());
    assert_eq!(of(&named("vpn.example.org"), &[], false), outside);
    let address = (0x87, &[192, 0, 2, 5][..]);
    assert_eq!(of(&named("vpn.example.org"), &[address], false), outside);
    // Names of CAs, addresses, words and single labels are no hosts, and nobody looks beside an alternative name.
    for (name, names, ca) in [
        ("vpn.example.com", &[][..], false),
        ("ca.example.org", &[], true),
        ("192.0.2.5", &[], false),
        ("Example Corp. Gateway", &[], false),
        ("gateway", &[], false),
        ("vpn.example.org", &[(0x82, &b"vpn.example.com"[..])], false),
    ] {
        assert_eq!(of(&named(name), names, ca), Outcome::Fits, "{name}");
    }
}

#[test]
fn what_comparing_may_cost_is_bounded_over_all_names() {
    let constraints = NameConstraints {
        permitted: vec![dns("example.com"); 3],
        excluded: vec![mail("example.org"); 2],
    };
    let names = [(0x82, &b"example.com"[..]), (0x82, b"vpn.example.com")];
    let cert = cert(&[], &names, false);
    let mut budget = 10;
    assert_eq!(check(&constraints, &cert, &mut budget), Outcome::Fits);
    assert_eq!(budget, 0);
    assert_eq!(check(&constraints, &cert, &mut budget), Outcome::TooMany);
    assert_eq!(check(&constraints, &cert, &mut 9), Outcome::TooMany);
}

#[test]
fn dns_constraints_cover_the_domain_and_everything_below() {
    for (name, base, expected) in [
        ("example.com", "example.com", true),
        ("VPN.example.com", "Example.com", true),
        ("notexample.com", "example.com", false),
        ("example.com", ".example.com", false),
        ("a.example.com", ".example.com", true),
        ("*.example.com", "example.com", true),
        ("*.example.com", "vpn.example.com", false),
        ("anything.test", "", true),
        ("", "", true),
        ("vpn.example.com.", "example.com", true),
        (".example.com", "example.com", false),
        ("com", "example.com", false),
        ("a.b.example.com", ".b.example.com", true),
    ] {
        assert_eq!(
            is_within(&dns(name), &dns(base)),
            expected,
            "{name} in {base}"
        );
    }
}

#[test]
fn a_wildcard_meets_an_exclusion_of_one_host_it_stands_for() {
    assert!(overlaps(&dns("*.example.com"), &dns("vpn.example.com")));
    assert!(!overlaps(&dns("*.example.com"), &dns("a.vpn.example.com")));
    assert!(!overlaps(&dns("*.example.com"), &dns("vpn.example.org")));
    assert!(!overlaps(&dns("www.example.com"), &dns("vpn.example.com")));
    assert!(!overlaps(&mail("*.example.com"), &mail("vpn.example.com")));
}

#[test]
fn addresses_lie_in_networks_of_their_own_family() {
    assert!(ip_within(
        &[192, 0, 2, 5],
        &[192, 0, 2, 0, 255, 255, 255, 0]
    ));
    assert!(!ip_within(
        &[192, 0, 3, 5],
        &[192, 0, 2, 0, 255, 255, 255, 0]
    ));
    assert!(!ip_within(&[0; 16], &[192, 0, 2, 0, 255, 255, 255, 0]));
    // Bits beyond the mask say nothing, in either of them.
    assert!(ip_within(
        &[192, 0, 2, 5],
        &[192, 0, 2, 9, 255, 255, 255, 0]
    ));
    assert!(!ip_within(
        &[192, 0, 2, 5],
        &[192, 0, 2, 4, 255, 255, 255, 255]
    ));
    assert!(ip_within(&[198, 51, 100, 7], &[0, 0, 0, 0, 0, 0, 0, 0]));
}

#[test]
fn mail_and_uri_hosts_follow_their_own_rules() {
    assert!(email_within("a@example.com", "example.com"));
    assert!(!email_within("a@mail.example.com", "example.com"));
    assert!(email_within("a@mail.example.com", ".example.com"));
    assert!(email_within("a@example.com", "a@EXAMPLE.com"));
    assert!(!email_within("A@example.com", "a@example.com"));
    assert!(!email_within("a@example.org", "a@example.com"));
    assert!(email_within("\"a@b\"@example.com", "example.com"));
    assert!(!email_within("a@.example.com", ".example.com"));
    assert!(!email_within("a@example.com", ".example.com"));
    assert!(!email_within("example.com", "example.com"));
    assert!(email_within("a@example.com", ""));
    for (uri, host) in [
        ("https://u@vpn.example.com:443/x", Some("vpn.example.com")),
        ("ldap://a:b@vpn.example.com?x@y", Some("vpn.example.com")),
        ("https://vpn.example.com#a/b", Some("vpn.example.com")),
        // RFC 5280 section 4.2.1.10: without a host that is a name, nothing fits.
        ("https://192.0.2.1/x", None),
        ("https://[2001:db8::1]/x", None),
        ("https:///x", None),
        ("https://:443/x", None),
        ("urn:example", None),
    ] {
        assert_eq!(uri_host(uri), host, "{uri}");
    }
}
