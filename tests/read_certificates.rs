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
    assert!(pem(&leaf).lines().all(|line| line.len() <= 64));
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
