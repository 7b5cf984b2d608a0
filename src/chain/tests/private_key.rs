//! Private keys piece by piece: numbers, points, passwords that cost too much, and which certificate a key is for.

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::*;

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag, u8::try_from(content.len()).unwrap()];
    whole.extend(content);
    whole
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn error(bytes: &[u8]) -> Option<KeyError> {
    read_private_key(bytes, None).err()
}

#[test]
fn numbers_are_compared_without_the_zeros_in_front() {
    assert_eq!(number(&[0, 0, 1, 0]).as_slice(), [1, 0]);
    assert_eq!(number(&[1]).as_slice(), [1]);
    assert_eq!(number(&[0]).as_slice(), [0u8; 0]);
    // RFC 5915 section 3 wants as many bytes as the curve has; not every tool does so.
    let sized = |bytes: &[u8]| fixed_size(bytes, 4).map(|found| found.to_vec());
    assert_eq!(sized(&[1, 2, 3, 4]), Ok(vec![1, 2, 3, 4]));
    assert_eq!(sized(&[7]), Ok(vec![0, 0, 0, 7]));
    assert_eq!(sized(&[0, 0, 1, 2, 3, 4]), Ok(vec![1, 2, 3, 4]));
    assert_eq!(sized(&[]), Ok(vec![0; 4]));
    assert!(matches!(sized(&[1, 2, 3, 4, 5]), Err(KeyError::Damaged(_))));
}

/// SEC 1 section 2.3.3: a compressed point is one coordinate, and whether the other one is odd.
#[test]
fn a_point_is_the_same_compressed_or_not() {
    let even = [4, 1, 2, 9, 8];
    let odd = [4, 1, 2, 9, 7];
    for (certified, point, same) in [
        (&[4, 1, 2, 9, 8][..], even, true),
        (&[4, 1, 2, 9, 8], odd, false),
        (&[2, 1, 2], even, true),
        (&[3, 1, 2], odd, true),
        (&[2, 1, 2], odd, false),
        (&[3, 1, 2], even, false),
        (&[2, 1, 3], even, false),
        (&[2, 1], even, false),
        (&[2, 1, 2, 9], even, false),
        (&[5, 1, 2], even, false),
        (&[], even, false),
    ] {
        assert_eq!(
            same_point(certified, &point),
            same,
            "{certified:?} {point:?}"
        );
    }
}

/// `EncryptedPrivateKeyInfo` with PBES2 (RFC 8018 appendix A.4) and this way to stretch the password.
fn encrypted(stretching: &[u8]) -> Vec<u8> {
    let cipher = [
        tlv(6, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a]),
        tlv(4, &[7; 16]),
    ];
    let scheme = [
        tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13]),
        sequence(&[stretching, &tlv(0x30, &cipher.concat())]),
    ];
    sequence(&[&tlv(0x30, &scheme.concat()), &tlv(4, &[7; 16])])
}

/// Whoever wrote the file decides how much work a password is; it is not done before it is known to be bearable.
#[test]
fn a_password_that_costs_too_much_is_not_tried() {
    let pbkdf2 = |rounds: u32| {
        let digits = rounds.to_be_bytes();
        let skip = digits.iter().take_while(|digit| **digit == 0).count();
        let hmac = sequence(&[
            &tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9]),
            &[5, 0],
        ]);
        let parameters = sequence(&[
            &tlv(4, &[7; 8]),
            &tlv(2, &[&[0][..], &digits[skip..]].concat()),
            &hmac,
        ]);
        let oid = tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12]);
        encrypted(&sequence(&[&oid, &parameters]))
    };
    let unsupported = Some(KeyError::Unsupported("1.2.840.113549.1.5.13".to_owned()));
    // The highest byte of ten million is 0x98: the zero in front is due.
    assert_eq!(error(&pbkdf2(MAX_ROUNDS)), Some(KeyError::NeedsPassword));
    assert_eq!(error(&pbkdf2(MAX_ROUNDS + 1)), unsupported);

    let scrypt = |cost: &[u8], block: u8, lanes: u8| {
        let oid = tlv(6, &[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11]);
        let parameters = sequence(&[
            &tlv(4, &[7; 8]),
            &tlv(2, cost),
            &[2, 1, block],
            &[2, 1, lanes],
        ]);
        encrypted(&sequence(&[&oid, &parameters]))
    };
    // 128 bytes a block and round (RFC 7914 section 2): 2^18 of 8 are 256 MiB.
    assert_eq!(
        error(&scrypt(&[4, 0, 0], 8, 1)),
        Some(KeyError::NeedsPassword)
    );
    assert_eq!(
        error(&scrypt(&[4, 0, 0], 8, 16)),
        Some(KeyError::NeedsPassword)
    );
    assert_eq!(error(&scrypt(&[4, 0, 0], 8, 17)), unsupported);
    assert_eq!(error(&scrypt(&[4, 0, 0], 9, 1)), unsupported);
    assert_eq!(error(&scrypt(&[8, 0, 0], 8, 1)), unsupported);
    assert_eq!(
        error(&scrypt(&[0x10, 0, 0, 0, 0, 0, 0], 127, 1)),
        unsupported
    );
}

#[test]
fn what_is_no_key_of_the_usual_shapes_is_said() {
    let pkcs8 = |oid: &[u8], parameters: &[u8], inner: &[u8]| {
        let algorithm = sequence(&[&tlv(6, oid), parameters]);
        sequence(&[&[2, 1, 0], &algorithm, &tlv(4, inner)])
    };
    assert_eq!(error(&[0x30, 2, 5, 0]), Some(KeyError::NoKey));
    assert_eq!(error(&[0x30, 3, 2, 1, 0]), Some(KeyError::NoKey));
    assert_eq!(error(&[0x30, 6, 2, 1, 0, 1, 1, 0]), Some(KeyError::NoKey));
    let of = |bytes: &[u8]| read_private_key(bytes, None).map(|key| key.public);
    // A kind that nobody here knows is a key all the same.
    let strange = pkcs8(&[0x2b, 0x65, 0x71], &[], &[4, 1, 7]);
    assert_eq!(of(&strange), Ok(PublicKey::Other("1.3.101.113".to_owned())));
    // RFC 8410 section 7: thirty-two bytes, no more and no fewer.
    let ed25519 = |length: usize| pkcs8(&[0x2b, 0x65, 0x70], &[], &tlv(4, &vec![7; length]));
    assert!(matches!(of(&ed25519(32)), Ok(PublicKey::Ed25519(_))));
    for length in [0, 31, 33, 64] {
        assert!(
            matches!(of(&ed25519(length)), Err(KeyError::Damaged(_))),
            "{length}"
        );
    }
    let ec: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    let secret = sequence(&[&[2, 1, 1], &tlv(4, &[7; 32])]);
    let other = |name: &str| Ok(PublicKey::Other(name.to_owned()));
    assert_eq!(of(&pkcs8(ec, &[], &secret)), other("1.2.840.10045.2.1"));
    let koblitz = tlv(6, &[0x2b, 0x81, 4, 0, 10]);
    assert_eq!(of(&pkcs8(ec, &koblitz, &secret)), other("1.3.132.0.10"));
    let p256 = tlv(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]);
    assert!(matches!(
        of(&pkcs8(ec, &p256, &secret)),
        Ok(PublicKey::Ec { .. })
    ));
    let zero = sequence(&[&[2, 1, 1], &tlv(4, &[0; 32])]);
    assert!(matches!(
        of(&pkcs8(ec, &p256, &zero)),
        Err(KeyError::Damaged(_))
    ));
    // Nine numbers, or it was cut.
    let rsa: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    for (numbers, whole) in [(8, false), (9, true)] {
        let inner = tlv(0x30, &[2, 1, 5].repeat(numbers));
        assert_eq!(of(&pkcs8(rsa, &[5, 0], &inner)).is_ok(), whole, "{numbers}");
        assert_eq!(of(&inner).is_ok(), whole, "{numbers}");
    }
}

#[test]
fn blocks_are_known_by_their_labels() {
    for (label, is_key) in [
        ("PRIVATE KEY", true),
        ("RSA PRIVATE KEY", true),
        ("EC PRIVATE KEY", true),
        ("ENCRYPTED PRIVATE KEY", true),
        ("OPENSSH PRIVATE KEY", true),
        ("PUBLIC KEY", false),
        ("NOPRIVATE KEY", false),
        ("CERTIFICATE", false),
        ("EC PARAMETERS", false),
    ] {
        let text = format!("words\n-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        assert_eq!(holds_private_key(text.as_bytes()), is_key, "{label}");
        assert_eq!(
            error(text.as_bytes()) != Some(KeyError::NoKey),
            is_key,
            "{label}"
        );
    }
    let block = |inside: &str| {
        format!("-----BEGIN PRIVATE KEY-----\n{inside}\n-----END PRIVATE KEY-----\n")
    };
    let openssh = block("AAAA").replace("PRIVATE", "OPENSSH PRIVATE");
    let unsupported = |what: &str| Some(KeyError::Unsupported(what.to_owned()));
    assert_eq!(error(openssh.as_bytes()), unsupported("OpenSSH"));
    for header in ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00"] {
        let old = block(&format!("{header}\n\nAAAA"));
        assert_eq!(error(old.as_bytes()), unsupported("Proc-Type: 4,ENCRYPTED"));
    }
    let damaged = |text: &str| match error(text.as_bytes()) {
        Some(KeyError::Damaged(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(damaged(&block("A")), "is not base64");
    let open = block("AAAA").replace("END", "");
    assert_eq!(damaged(&open), "is not closed by its END line");
}

fn certificate(key: &KeyPair, ca: bool) -> Der {
    let mut params = CertificateParams::default();
    if ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let made = params.self_signed(key).unwrap();
    Der::from(&made.der()[..])
}

fn public(key: &KeyPair) -> PublicKey {
    read_private_key(&key.serialize_der(), None).unwrap().public
}

#[test]
fn the_certificate_of_the_key_comes_first_and_else_the_first_that_is_no_ca() {
    let keys: Vec<KeyPair> = (0..4).map(|_| KeyPair::generate().unwrap()).collect();
    let ca = certificate(&keys[0], true);
    let (one, two) = (certificate(&keys[1], false), certificate(&keys[2], false));
    let order = |certificates: &[&Der], keys: &[PublicKey]| -> Vec<Der> {
        let given: Vec<Der> = certificates.iter().copied().cloned().collect();
        let chain = own_chain(&given, keys);
        chain.iter().map(|cert| cert.der.clone()).collect()
    };
    let all = [&ca, &one, &two];
    let list = |ders: [&Der; 3]| ders.map(Der::clone).to_vec();
    assert_eq!(order(&all, &[public(&keys[2])]), list([&two, &ca, &one]));
    assert_eq!(order(&all, &[public(&keys[0])]), list([&ca, &one, &two]));
    let second = [public(&keys[3]), public(&keys[1])];
    assert_eq!(order(&all, &second), list([&one, &ca, &two]));
    // A key of none of them says nothing.
    for keys in [&[][..], &[public(&keys[3])]] {
        assert_eq!(order(&all, keys), list([&one, &ca, &two]));
        assert_eq!(order(&[&ca], keys), std::slice::from_ref(&ca));
    }
    let broken = Der::from(&[0x30, 0][..]);
    assert_eq!(order(&[&broken, &ca], &[]), std::slice::from_ref(&ca));
    assert_eq!(order(&[], &[]), [] as [Der; 0]);
}

#[test]
fn keys_of_kinds_that_are_not_compared_fit_nothing_and_miss_nothing() {
    let key = KeyPair::generate().unwrap();
    let mut cert = Cert::parse(&certificate(&key, false)).unwrap();
    let own = public(&key);
    assert_eq!(fits(&cert, &own), Fit::Yes);
    assert_eq!(fits(&cert, &public(&KeyPair::generate().unwrap())), Fit::No);
    let other = PublicKey::Other("1.3.101.113".to_owned());
    assert_eq!(fits(&cert, &other), Fit::CannotTell);
    let rsa = PublicKey::Rsa {
        modulus: Der::from(&[5][..]),
        exponent: Der::from(&[3][..]),
    };
    assert_eq!(fits(&cert, &rsa), Fit::No);
    cert.key.algorithm = KeyAlgorithm::Ec("P-384".to_owned());
    assert_eq!(
        fits(&cert, &own),
        Fit::No,
        "the same bytes on another curve"
    );
    cert.key.algorithm = KeyAlgorithm::Rsa;
    assert_eq!(fits(&cert, &own), Fit::No);
    assert_eq!(
        fits(&cert, &rsa),
        Fit::CannotTell,
        "what is certified is no RSA key"
    );
    cert.key.algorithm = KeyAlgorithm::Other("1.3.101.113".to_owned());
    assert_eq!(fits(&cert, &own), Fit::CannotTell);
    assert_eq!(fits(&cert, &rsa), Fit::CannotTell);
    assert_eq!(
        certified_rsa(&[0x30, 6, 2, 1, 5, 2, 1, 3]).unwrap(),
        (Der::from(&[5][..]), Der::from(&[3][..]))
    );
}
