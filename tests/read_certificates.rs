//! Certificates out of what people have: PEM, DER, PKCS#7, pasted consoles, and files that hold something else.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod pki;

use pki::{Entity, parse, plain};
use proptest::prelude::*;
use vpnmedic::chain::{Other, ReadError, pem, read_certificates, read_store};
use vpnmedic::evidence::Der;

fn two() -> (Der, Der) {
    let root = Entity::root("Example Root CA", plain);
    let leaf = root.leaf(plain);
    (leaf.cert.der.clone(), root.cert.der.clone())
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/tests/fixtures/chain/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

#[test]
fn pem_is_written_as_it_is_read() {
    let (leaf, root) = two();
    let text = format!("{}{}", pem(&leaf), pem(&root));
    assert_eq!(
        read_certificates(text.as_bytes()),
        Ok(vec![leaf.clone(), root])
    );
    // RFC 7468 section 2: every line of it but the last has 64 characters.
    let text_of_one = pem(&leaf);
    let lines: Vec<usize> = text_of_one.lines().map(str::len).collect();
    let [_, full @ .., last, _] = lines.as_slice() else {
        panic!("{text_of_one}")
    };
    assert!(full.len() > 3 && full.iter().all(|length| *length == 64));
    assert!((1..=64).contains(last));
    let windows = text.replace('\n', "\r\n");
    assert_eq!(
        read_certificates(windows.as_bytes()).map(|found| found.len()),
        Ok(2)
    );
}

#[test]
fn pem_without_its_line_ends_is_read() {
    let (leaf, root) = two();
    let text = format!("{}{}", pem(&leaf), pem(&root));
    let both = Ok(vec![leaf, root]);
    // A web form, a console that joins lines, a string in JSON, one block a line.
    for pasted in [
        text.replace('\n', ""),
        text.replace('\n', " "),
        format!("\"{}\",", text.replace('\n', "\\n")),
        text.replace('\n', "").replace("----------", "-----\n-----"),
    ] {
        assert_eq!(read_certificates(pasted.as_bytes()), both, "{pasted}");
    }
}

#[test]
fn pasted_s_client_output_gives_the_chain_in_its_order() {
    let (leaf, root) = two();
    let pasted = format!(
        "CONNECTED(00000003)\ndepth=0 CN = vpn.example.com\nverify error:num=20:unable to get local issuer certificate\n\
         ---\nCertificate chain\n 0 s:CN = vpn.example.com\n   i:CN = Example Root CA\n{}\
         \n 1 s:CN = Example Root CA\n   i:CN = Example Root CA\n{}---\nServer certificate\nsubject=CN = vpn.example.com\n\
         No client certificate CA names sent\n---\nSSL-Session:\n    Master-Key: 00FF\n",
        pem(&leaf),
        pem(&root)
    );
    assert_eq!(
        read_certificates(pasted.as_bytes()),
        Ok(vec![leaf.clone(), root])
    );
    let quoted: String = pem(&leaf)
        .lines()
        .map(|line| format!("> {line}\n"))
        .collect();
    assert_eq!(read_certificates(quoted.as_bytes()), Ok(vec![leaf]));
}

#[test]
fn der_alone_or_one_after_the_other_is_read() {
    let (leaf, root) = two();
    assert_eq!(read_certificates(leaf.as_slice()), Ok(vec![leaf.clone()]));
    let joined = [leaf.as_slice(), root.as_slice()].concat();
    assert_eq!(read_certificates(&joined), Ok(vec![leaf, root]));
}

#[test]
fn pkcs7_made_by_openssl_is_read_as_der_and_as_pem() {
    let from_der = read_certificates(&fixture("pkcs7.p7b")).unwrap();
    assert_eq!(from_der.len(), 2);
    assert_eq!(read_certificates(&fixture("pkcs7.pem")).unwrap(), from_der);
    let subjects: Vec<String> = from_der
        .iter()
        .map(|der| parse(der.as_slice()).subject.clone())
        .collect();
    assert!(
        subjects.contains(&"CN=RSA Root CA".to_owned()),
        "{subjects:?}"
    );
}

#[test]
fn text_as_windows_saves_it_is_read() {
    let (leaf, _) = two();
    let mut wide = vec![0xff, 0xfe];
    wide.extend(pem(&leaf).encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read_certificates(&wide), Ok(vec![leaf.clone()]));
    let marked = format!("\u{feff}{}", pem(&leaf));
    assert_eq!(read_certificates(marked.as_bytes()), Ok(vec![leaf.clone()]));
    let bare = data_encoding::BASE64.encode(leaf.as_slice());
    assert_eq!(read_certificates(bare.as_bytes()), Ok(vec![leaf]));
}

#[test]
fn what_holds_no_certificate_is_named() {
    let (leaf, _) = two();
    let cut: String = pem(&leaf).lines().take(4).collect::<Vec<_>>().join("\n");
    for (bytes, expected) in [
        (&b""[..], ReadError::Empty),
        (b" \r\n", ReadError::Empty),
        (b"hello", ReadError::Unrecognised),
        (b"\x30\x82\xff\xff\x00", ReadError::Unrecognised),
        (
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            ReadError::SomethingElse(Other::PrivateKey),
        ),
        (
            b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
            ReadError::SomethingElse(Other::Request),
        ),
        (
            b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
            ReadError::SomethingElse(Other::RevocationList),
        ),
        (
            b"\n-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n",
            ReadError::BadPem { line: 2 },
        ),
        (cut.as_bytes(), ReadError::BadPem { line: 1 }),
    ] {
        assert_eq!(
            read_certificates(bytes),
            Err(expected),
            "{:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn a_key_beside_the_certificate_is_passed_over() {
    let (leaf, _) = two();
    let text = format!(
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n{}",
        pem(&leaf)
    );
    assert_eq!(read_certificates(text.as_bytes()), Ok(vec![leaf]));
}

#[test]
fn more_than_a_chain_is_refused_as_a_chain_and_read_as_a_store() {
    let (leaf, _) = two();
    let text = pem(&leaf).repeat(65);
    assert_eq!(
        read_certificates(text.as_bytes()),
        Err(ReadError::TooMany(64))
    );
    assert_eq!(read_store(text.as_bytes()).map(|found| found.len()), Ok(65));
    assert!(matches!(
        read_certificates(&vec![b' '; 5 << 20]),
        Err(ReadError::TooLarge(_))
    ));
}

/// One mistake a row, beside what is read without it.
#[test]
fn blocks_are_read_by_their_labels_and_only_when_they_are_whole() {
    let (leaf, root) = two();
    let one = Ok(vec![leaf.clone()]);
    let text = pem(&leaf);
    for label in ["X509 CERTIFICATE", "TRUSTED CERTIFICATE", "PKCS7", "CMS"] {
        let named = text.replace("CERTIFICATE", label);
        assert_eq!(read_certificates(named.as_bytes()), one, "{label}");
    }
    // OpenSSL writes notes of its own after a trusted certificate, and nobody does so after another.
    let noted = [leaf.as_slice(), &[0x30, 0]].concat();
    let block = |label: &str, bytes: &[u8]| {
        let body = data_encoding::BASE64.encode(bytes);
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    };
    let trusted = block("TRUSTED CERTIFICATE", &noted);
    assert_eq!(read_certificates(trusted.as_bytes()), one);
    let plain = block("CERTIFICATE", &noted);
    assert_eq!(
        read_certificates(plain.as_bytes()),
        Ok(vec![Der::from(noted)])
    );
    // A block that another begins in.
    let open = text.replace("-----END CERTIFICATE-----\n", "");
    let unreadable = |line| Err(ReadError::BadPem { line });
    let both = format!("{open}{}", pem(&root));
    assert_eq!(read_certificates(both.as_bytes()), unreadable(1));
    let later = format!("{}{open}", pem(&root));
    let lines = pem(&root).lines().count();
    assert_eq!(read_certificates(later.as_bytes()), unreadable(lines + 1));
    for bad in [
        block("CERTIFICATE", &[]),
        block("CERTIFICATE", &[4, 1, 7]),
        block("CERTIFICATE", &[0x30, 5]),
    ] {
        assert_eq!(read_certificates(bad.as_bytes()), unreadable(1), "{bad}");
    }
    // Marks that mail programs and consoles put before a line, and words that make it none.
    for mark in ["> ", ">> ", "| ", "\"", "'", "\t"] {
        let quoted: String = text.lines().map(|line| format!("{mark}{line}\n")).collect();
        assert_eq!(read_certificates(quoted.as_bytes()), one, "{mark}");
    }
    let cited: String = text
        .lines()
        .map(|line| format!("he wrote {line}\n"))
        .collect();
    assert_eq!(
        read_certificates(cited.as_bytes()),
        Err(ReadError::Unrecognised)
    );
}

#[test]
fn what_stands_in_place_of_a_certificate_is_named_by_its_label() {
    for (label, other) in [
        ("RSA PRIVATE KEY", Other::PrivateKey),
        ("ENCRYPTED PRIVATE KEY", Other::PrivateKey),
        ("NEW CERTIFICATE REQUEST", Other::Request),
        ("X509 CRL", Other::RevocationList),
        ("PUBLIC KEY", Other::Unknown),
    ] {
        let text = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        let more =
            format!("{text}-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n");
        for text in [text, more] {
            assert_eq!(
                read_certificates(text.as_bytes()),
                Err(ReadError::SomethingElse(other))
            );
        }
    }
    for (error, id) in [
        (ReadError::Empty, "empty"),
        (ReadError::TooLarge(5), "too-large"),
        (ReadError::TooMany(64), "too-many"),
        (ReadError::BadPem { line: 3 }, "bad-pem"),
        (ReadError::BadPkcs7("holds none"), "bad-pkcs7"),
        (ReadError::SomethingElse(Other::PrivateKey), "private-key"),
        (ReadError::SomethingElse(Other::Request), "request"),
        (
            ReadError::SomethingElse(Other::RevocationList),
            "revocation-list",
        ),
        (ReadError::SomethingElse(Other::Unknown), "other"),
        (ReadError::Unrecognised, "unrecognised"),
    ] {
        assert_eq!(error.message().id, format!("chain.read.{id}"));
    }
}

#[test]
fn bare_base64_is_a_certificate_s_or_nothing() {
    let (leaf, _) = two();
    let of = |bytes: &[u8]| read_certificates(data_encoding::BASE64.encode(bytes).as_bytes());
    assert_eq!(of(leaf.as_slice()), Ok(vec![leaf]));
    // An OCTET STRING, a length without its content, nothing but blanks of another script.
    for bad in [&[4, 1, 7][..], &[0x30, 5, 1], &[0x31, 0]] {
        assert_eq!(of(bad), Err(ReadError::Unrecognised), "{bad:x?}");
    }
    assert_eq!(
        read_certificates("\u{3000}".as_bytes()),
        Err(ReadError::Unrecognised)
    );
}

#[test]
fn text_in_sixteen_bits_is_read_in_either_order() {
    let (leaf, _) = two();
    let text = pem(&leaf);
    let mut wide = vec![0xfe, 0xff];
    wide.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    assert_eq!(read_certificates(&wide), Ok(vec![leaf.clone()]));
    // What a tool left behind the last certificate.
    for rest in [&b"\r\n"[..], &[0, 0, 0], b"text"] {
        let followed = [leaf.as_slice(), rest].concat();
        assert_eq!(
            read_certificates(&followed),
            Ok(vec![leaf.clone()]),
            "{rest:?}"
        );
    }
}

#[test]
fn the_limits_are_where_they_are_said_to_be() {
    let (leaf, _) = two();
    let most = 4 << 20;
    assert_eq!(read_certificates(&vec![b' '; most]), Err(ReadError::Empty));
    let too_large = Err(ReadError::TooLarge(most + 1));
    assert_eq!(read_certificates(&vec![b' '; most + 1]), too_large);
    let text = pem(&leaf).repeat(64);
    assert_eq!(
        read_certificates(text.as_bytes()).map(|found| found.len()),
        Ok(64)
    );
    let ders = |count: usize| [0x30, 0].repeat(count);
    let count = |found: Result<Vec<Der>, ReadError>| found.map(|found| found.len());
    assert_eq!(count(read_certificates(&ders(64))), Ok(64));
    assert_eq!(
        count(read_certificates(&ders(65))),
        Err(ReadError::TooMany(64))
    );
    assert_eq!(count(read_store(&ders(4_096))), Ok(4_096));
    assert_eq!(
        count(read_store(&ders(4_097))),
        Err(ReadError::TooMany(4_096))
    );
}

/// RFC 5652 section 5.1: certificates are under `[0]`, and those of other kinds under tags of their own.
#[test]
fn of_a_pkcs7_structure_the_certificates_are_taken() {
    let signed = |set: &[u8]| {
        let tlv = |tag: u8, content: &[u8]| [&[tag, content.len() as u8][..], content].concat();
        let set = if set.is_empty() {
            Vec::new()
        } else {
            tlv(0xa0, set)
        };
        let fields = [&[2, 1, 1, 0x31, 0, 0x30, 0][..], &set, &[0x31, 0]].concat();
        let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
        let content = tlv(0xa0, &tlv(0x30, &fields));
        tlv(0x30, &[tlv(6, &oid), content].concat())
    };
    let bad = |reason| Err(ReadError::BadPkcs7(reason));
    let one = Ok(vec![Der::from(&[0x30, 1, 5][..])]);
    assert_eq!(read_certificates(&signed(&[0x30, 1, 5])), one);
    assert_eq!(
        read_certificates(&signed(&[0xa1, 0, 0x30, 1, 5, 0xa2, 0])),
        one
    );
    for none in [&[][..], &[0xa1, 0]] {
        assert_eq!(
            read_certificates(&signed(none)),
            bad("holds no certificates")
        );
    }
    assert_eq!(
        read_certificates(&signed(&[0x30, 9])),
        bad("ends too early")
    );
    let many = |count: usize| {
        let set = [0x30, 0].repeat(count);
        read_certificates(&signed(&set)).map(|found| found.len())
    };
    assert_eq!(many(40), Ok(40));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read_certificates(&bytes);
    }

    #[test]
    fn no_text_around_markers_makes_reading_panic(text in "(-----(BEGIN|END) (CERTIFICATE|PKCS7)-----\n|[A-Za-z0-9+/=\n >]{0,40}|\\PC{0,9}){0,20}") {
        let _ = read_certificates(text.as_bytes());
    }

    #[test]
    fn changed_pkcs7_never_panics(place in 0usize..4000, value in any::<u8>()) {
        let mut bytes = fixture("pkcs7.p7b");
        let length = bytes.len();
        bytes[place % length] = value;
        let _ = read_certificates(&bytes);
    }
}
