//! Extensions, byte by byte: what is read, what is refused, what is only remarked on (RFC 5280 section 4.2).

use rcgen::{CertificateParams, CustomExtension, KeyPair};

use super::super::Cert;
use super::*;
use crate::evidence::Der;

const SUBJECT_KEY: &[u64] = &[2, 5, 29, 14];
const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
const ALTERNATIVE_NAMES: &[u64] = &[2, 5, 29, 17];
const BASIC: &[u64] = &[2, 5, 29, 19];
const CONSTRAINTS: &[u64] = &[2, 5, 29, 30];
const POINTS: &[u64] = &[2, 5, 29, 31];
const AUTHORITY_KEY: &[u64] = &[2, 5, 29, 35];
const POLICY_CONSTRAINTS: &[u64] = &[2, 5, 29, 36];
const USES: &[u64] = &[2, 5, 29, 37];
const ACCESS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
const FEATURES: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 24];

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag];
    match u16::try_from(content.len()).unwrap().to_be_bytes() {
        [0, short] if short < 0x80 => whole.push(short),
        [high, low] if high > 0 => whole.extend([0x82, high, low]),
        [_, low] => whole.extend([0x81, low]),
    }
    whole.extend(content);
    whole
}

/// A certificate with these extensions and no others: what it is for, whether critical, and its value.
fn with(extensions: &[(&[u64], bool, Vec<u8>)]) -> Cert {
    let mut params = CertificateParams::default();
    for (oid, critical, value) in extensions {
        let mut extension = CustomExtension::from_oid_content(oid, value.clone());
        extension.set_criticality(*critical);
        params.custom_extensions.push(extension);
    }
    let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    Cert::parse(&Der::from(&made.der()[..])).unwrap()
}

fn one(oid: &[u64], critical: bool, value: &[u8]) -> Cert {
    with(&[(oid, critical, value.to_vec())])
}

/// The ids of its defects after their first two words, those that refuse with a bang; what `profile.rs` misses is left out.
fn defects(cert: &Cert) -> Vec<String> {
    let said = |defect: &Defect| {
        let id = defect.text.id.trim_start_matches("chain.defect.");
        match defect.severity {
            Severity::Refused => format!("{id}!"),
            Severity::Remark => id.to_owned(),
        }
    };
    let all = cert.defects.iter().map(said);
    all.filter(|id| id != "no-extended-use").collect()
}

/// Extensions of which the form decides are refused when it is broken, the others are remarked on (see
/// [`Step::unreadable`]); nothing is taken from either.
#[test]
fn what_cannot_be_read_is_refused_where_it_decides() {
    for (oid, refused) in [
        (SUBJECT_KEY, false),
        (AUTHORITY_KEY, false),
        (KEY_USAGE, true),
        (USES, true),
        (BASIC, true),
        (CONSTRAINTS, true),
        (ALTERNATIVE_NAMES, true),
        (ACCESS, false),
        (POINTS, false),
        (FEATURES, false),
    ] {
        let cert = one(oid, false, &[0x30, 5, 1]);
        let expected = if refused { "unreadable!" } else { "unreadable" };
        assert_eq!(defects(&cert), [expected], "{oid:?}");
        assert_eq!(cert.extensions, Extensions::default(), "{oid:?}");
    }
}

#[test]
fn key_identifiers_are_read_and_their_odd_forms_remarked_on() {
    let cert = one(SUBJECT_KEY, false, &[4, 2, 7, 8]);
    assert_eq!(cert.extensions.subject_key_id, Some(vec![7, 8]));
    assert_eq!(defects(&cert), [""; 0]);
    let cert = one(SUBJECT_KEY, true, &[4, 2, 7, 8]);
    assert_eq!(defects(&cert), ["critical-key-id"]);

    let id: &[u8] = &[0x80, 2, 7, 8];
    let names = tlv(
        0xa1,
        &[tlv(0x82, b"x"), tlv(0xa4, &[0x30, 0]), tlv(0x82, b"y")].concat(),
    );
    let no_directory = tlv(0xa1, &tlv(0x82, b"x"));
    let serial: &[u8] = &[0x82, 1, 9];
    let form = "authority-key-id-form";
    for (parts, has_id, has_issuer, said) in [
        (&[id][..], true, false, &[][..]),
        (&[id, &names], true, true, &[form]),
        (&[id, &names, serial], true, true, &[form]),
        (&[id, &no_directory], true, false, &[form]),
        (&[id, serial], true, false, &[form]),
        (&[&names, serial], false, true, &[form]),
        (&[], false, false, &[form]),
        (&[serial, id], false, false, &["unreadable"]),
        (&[&[0xa1, 2, 0x89, 0]], false, false, &["unreadable"]),
    ] {
        let cert = one(AUTHORITY_KEY, false, &tlv(0x30, &parts.concat()));
        assert_eq!(defects(&cert), said, "{parts:x?}");
        let id = has_id.then(|| vec![7, 8]);
        assert_eq!(cert.extensions.authority_key_id, id, "{parts:x?}");
        let issuer = has_issuer.then(dn::Name::default);
        assert_eq!(cert.extensions.authority_issuer, issuer, "{parts:x?}");
    }
    let cert = one(AUTHORITY_KEY, true, &tlv(0x30, id));
    assert_eq!(defects(&cert), ["critical-key-id"]);
}

/// RFC 5280 section 4.2.1.3: bit 0 is the highest of the first byte, bit 8 that of the second.
#[test]
fn usages_are_bits_counted_from_the_left() {
    for (value, usage) in [
        (&[3, 2, 7, 0x80][..], KeyUsage::DIGITAL_SIGNATURE),
        (
            &[3, 2, 5, 0xa0],
            KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT,
        ),
        (
            &[3, 2, 1, 0x06],
            KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN,
        ),
        (&[3, 2, 6, 0x40], KeyUsage::NON_REPUDIATION),
        (&[3, 2, 3, 0x08], KeyUsage::KEY_AGREEMENT),
        (&[3, 2, 0, 0x01], 1 << 7),
        (&[3, 3, 7, 0x08, 0x80], KeyUsage::KEY_AGREEMENT | 1 << 8),
        (&[3, 3, 6, 0x08, 0x40], KeyUsage::KEY_AGREEMENT),
        (&[3, 1, 0], 0),
    ] {
        assert_eq!(key_usage(value), Ok(KeyUsage(usage)), "{value:x?}");
    }
    assert!(key_usage(&[3, 2, 7, 0x80, 0]).is_err());
    assert!(key_usage(&[4, 2, 7, 0x80]).is_err());
    let words = |bits| KeyUsage(bits).words();
    assert_eq!(words(0), "-");
    assert_eq!(words(0b1_0000_0001), "digitalSignature, decipherOnly");
    let middle = "nonRepudiation, keyEncipherment, dataEncipherment, keyAgreement, keyCertSign, cRLSign, encipherOnly";
    assert_eq!(words(0b1111_1110), middle);
    assert!(KeyUsage(0b11).any(0b10) && !KeyUsage(0b11).any(0b100));
}

#[test]
fn uses_are_a_list_of_object_identifiers() {
    let kp = |last: u8| tlv(6, &[0x2b, 6, 1, 5, 5, 7, 3, last]);
    let all = [
        kp(1),
        kp(2),
        kp(9),
        tlv(6, &[0x55, 0x1d, 0x25, 0]),
        kp(3),
        kp(4),
        kp(8),
        kp(5),
    ];
    let uses = extended_key_usage(&tlv(0x30, &all.concat())).unwrap();
    assert_eq!(
        uses[..4],
        [
            ExtendedUse::ServerAuth,
            ExtendedUse::ClientAuth,
            ExtendedUse::OcspSigning,
            ExtendedUse::Any,
        ]
    );
    let words: Vec<String> = uses.iter().map(ToString::to_string).collect();
    assert_eq!(
        words.join(" "),
        "serverAuth clientAuth OCSPSigning anyExtendedKeyUsage codeSigning emailProtection timeStamping \
         1.3.6.1.5.5.7.3.5"
    );
    assert_eq!(extended_key_usage(&[0x30, 0]), Ok(vec![]));
    assert!(extended_key_usage(&[0x30, 3, 4, 1, 0x2b]).is_err());
}

#[test]
fn basic_constraints_are_a_flag_and_a_length() {
    let no = |path_len| {
        Ok(BasicConstraints {
            ca: false,
            path_len,
        })
    };
    let yes = |path_len| Ok(BasicConstraints { ca: true, path_len });
    for (value, expected) in [
        (&[0x30, 0][..], no(None)),
        (&[0x30, 3, 1, 1, 0], no(None)),
        (&[0x30, 3, 1, 1, 0xff], yes(None)),
        (&[0x30, 6, 1, 1, 0xff, 2, 1, 0], yes(Some(0))),
        (&[0x30, 7, 1, 1, 0xff, 2, 2, 1, 4], yes(Some(260))),
        (&[0x30, 3, 2, 1, 3], no(Some(3))),
    ] {
        assert_eq!(basic_constraints(value), expected, "{value:x?}");
    }
    for bad in [
        &[0x30, 3, 1, 1, 1][..],
        &[0x30, 6, 2, 1, 0, 1, 1, 0xff],
        &[0x30, 6, 1, 1, 0xff, 2, 1, 0xff],
    ] {
        assert!(basic_constraints(bad).is_err(), "{bad:x?}");
    }
    // Only a CA's must be critical.
    let said = |critical, value: &[u8]| defects(&one(BASIC, critical, value));
    let of_ca = &[0x30, 3, 1, 1, 0xff];
    let missed = "basic-constraints-not-critical".to_owned();
    assert!(said(false, of_ca).contains(&missed));
    assert!(!said(true, of_ca).contains(&missed));
    assert!(!said(false, &[0x30, 0]).contains(&missed));
}

/// RFC 7633 section 4.2.3.1: feature 5, status_request, is the one that asks for a stapled answer.
#[test]
fn status_request_among_the_features_asks_for_stapling() {
    for (value, staple) in [
        (&[0x30, 3, 2, 1, 5][..], true),
        (&[0x30, 6, 2, 1, 17, 2, 1, 5], true),
        (&[0x30, 3, 2, 1, 17], false),
        (&[0x30, 0], false),
    ] {
        let cert = one(FEATURES, false, value);
        assert_eq!(cert.extensions.must_staple, staple, "{value:x?}");
        assert_eq!(defects(&cert), [""; 0]);
    }
}

#[test]
fn addresses_are_kept_by_their_purpose_up_to_a_number_and_a_length() {
    let method = |last: u8| tlv(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, last]);
    let about = |last, location: &[u8]| tlv(0x30, &[&method(last)[..], location].concat());
    let url = |text: &[u8]| tlv(0x86, text);
    let cert = one(
        ACCESS,
        false,
        &tlv(
            0x30,
            &[
                about(2, &url(b"http://a")),
                about(1, &url(b"http://b")),
                about(3, &url(b"http://c")),
                about(2, &tlv(0x82, b"d.example.com")),
                about(2, &url(b"\xff")),
                about(1, &url(b"http://e")),
            ]
            .concat(),
        ),
    );
    assert_eq!(cert.issuer_urls, ["http://a"]);
    assert_eq!(cert.ocsp_urls, ["http://b", "http://e"]);
    assert_eq!(defects(&cert), [""; 0]);
    let many: Vec<u8> = (b'0'..=b'9').flat_map(|n| about(2, &url(&[n]))).collect();
    let cert = one(ACCESS, true, &tlv(0x30, &many));
    assert_eq!(cert.issuer_urls, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!(defects(&cert), ["critical-access"]);
    for (length, kept) in [(2048, 1), (2049, 0)] {
        let value = tlv(0x30, &about(1, &url(&vec![b'x'; length])));
        assert_eq!(one(ACCESS, false, &value).ocsp_urls.len(), kept, "{length}");
    }
    let more = about(2, &[url(b"http://a"), url(b"http://b")].concat());
    assert_eq!(
        defects(&one(ACCESS, false, &tlv(0x30, &more))),
        ["unreadable"]
    );
}

#[test]
fn distribution_points_give_the_addresses_of_their_full_names() {
    let point = |parts: &[&[u8]]| tlv(0x30, &parts.concat());
    let full = |names: &[u8]| tlv(0xa0, &tlv(0xa0, names));
    let reasons: &[u8] = &[0x81, 2, 6, 0x40];
    let relative = tlv(0xa0, &tlv(0xa1, &[]));
    let points = [
        point(&[reasons]),
        point(&[&relative]),
        point(&[
            &full(&[tlv(0x86, b"http://a"), tlv(0x86, b"ldap://b")].concat()),
            reasons,
        ]),
        point(&[&full(&tlv(0xa4, &[0x30, 0]))]),
        point(&[&full(&tlv(0x86, b"http://c"))]),
    ];
    let cert = one(POINTS, false, &tlv(0x30, &points.concat()));
    assert_eq!(cert.crl_urls, ["http://a", "ldap://b", "http://c"]);
    assert_eq!(defects(&cert), [""; 0]);
}

#[test]
fn only_what_is_critical_and_known_to_nobody_is_kept_as_unknown() {
    let known = [
        "2.5.29.18",
        "2.5.29.9",
        "2.5.29.16",
        "2.5.29.32",
        "2.5.29.33",
        "2.5.29.36",
        "2.5.29.54",
        "2.5.29.46",
        "1.3.6.1.5.5.7.1.11",
        "1.3.6.1.5.5.7.1.3",
        "1.3.6.1.5.5.7.48.1.5",
        "1.3.6.1.4.1.11129.2.4.2",
        "2.16.840.1.113730.1.1",
        "2.16.840.1.113730.1.13",
    ];
    for oid in known {
        let numbers: Vec<u64> = oid
            .split('.')
            .map(|number| number.parse().unwrap())
            .collect();
        let cert = one(&numbers, true, &[5, 0]);
        assert_eq!(cert.extensions.unknown_critical, [""; 0], "{oid}");
        assert_eq!(defects(&cert), [""; 0], "{oid}");
    }
    let stranger = |n: u64| vec![1, 3, 6, 1, 4, 1, 55555, n];
    let cert = one(&stranger(1), false, &[5, 0]);
    assert_eq!(cert.extensions.unknown_critical, [""; 0]);
    let numbers: Vec<Vec<u64>> = (1..=10).map(stranger).collect();
    let many: Vec<(&[u64], bool, Vec<u8>)> = numbers
        .iter()
        .map(|numbers| (numbers.as_slice(), true, vec![5, 0]))
        .collect();
    let found = with(&many).extensions.unknown_critical;
    assert_eq!(found.len(), MAX_UNKNOWN);
    assert_eq!(found[0], "1.3.6.1.4.1.55555.1");
    assert_eq!(found[7], "1.3.6.1.4.1.55555.8");
    // RFC 5280 section 4.2.1.11: critical, though no TLS client looks inside.
    let cert = one(POLICY_CONSTRAINTS, false, &[0x30, 3, 0x80, 1, 0]);
    assert_eq!(defects(&cert), ["policy-constraints-not-critical"]);
}

/// RFC 5280 section 4.2: one of each. The first counts, each repeated one is named once.
#[test]
fn an_extension_that_comes_twice_is_named_once() {
    let cert = with(&[
        (SUBJECT_KEY, false, vec![4, 1, 1]),
        (SUBJECT_KEY, false, vec![4, 1, 2]),
        (SUBJECT_KEY, false, vec![4, 1, 3]),
        (USES, false, vec![0x30, 0]),
        (USES, false, vec![0x30, 0]),
    ]);
    assert_eq!(
        defects(&cert),
        ["duplicate-extension!", "duplicate-extension!"]
    );
    assert_eq!(cert.extensions.subject_key_id, Some(vec![1]));
    let oids: Vec<&str> = cert
        .defects
        .iter()
        .flat_map(|defect| defect.text.args.iter().map(|(_, value)| value.as_str()))
        .collect();
    assert_eq!(oids, ["2.5.29.14", "2.5.29.37"]);
}

#[test]
fn lists_of_names_are_kept_whole_and_their_form_remarked_on() {
    let names = |parts: &[Vec<u8>]| tlv(0x30, &parts.concat());
    let of = |parts: &[Vec<u8>]| one(ALTERNATIVE_NAMES, true, &names(parts));
    let cert = of(&[
        tlv(0x82, b"a.b"),
        tlv(0x81, b"a@b"),
        tlv(0x87, &[192, 0, 2, 5]),
    ]);
    assert_eq!(cert.names.len(), 2);
    let all = cert.extensions.subject_alternative_names.unwrap();
    assert_eq!(all.len(), 3);
    assert!(defects(&of(&[])).contains(&"no-alternative-names".to_owned()));
    let odd = "odd-alternative-name".to_owned();
    assert!(defects(&of(&[tlv(0x82, b"a_b")])).contains(&odd));
    assert!(!defects(&of(&[tlv(0x82, b"a.b")])).contains(&odd));
}

#[test]
fn constraints_ought_to_be_critical_and_need_no_dot_in_front() {
    let base = |name: &[u8]| tlv(0x30, &tlv(0x82, name));
    let said = |critical, permitted: &[u8], excluded: &[u8]| {
        let lists = [tlv(0xa0, &base(permitted)), tlv(0xa1, &base(excluded))].concat();
        let cert = one(CONSTRAINTS, critical, &tlv(0x30, &lists));
        assert!(cert.extensions.name_constraints.is_some());
        let mut said = defects(&cert);
        said.retain(|id| id != "name-constraints-not-ca");
        said
    };
    assert_eq!(said(true, b"a.b", b"c"), [""; 0]);
    assert_eq!(said(false, b"a.b", b"c"), ["name-constraints-not-critical"]);
    assert_eq!(said(true, b".a.b", b"c"), ["constraint-leading-dot"]);
    assert_eq!(said(true, b"a.b", b".c"), ["constraint-leading-dot"]);
}
