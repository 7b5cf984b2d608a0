//! The frame of a certificate, field by field, made by hand (RFC 5280 section 4.1).

use super::*;
use crate::evidence::Der;

const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const RSA_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag];
    match u16::try_from(content.len()).unwrap().to_be_bytes() {
        [0, short] if short < 0x80 => whole.push(short),
        [0, byte] => whole.extend([0x81, byte]),
        [high, low] => whole.extend([0x82, high, low]),
    }
    whole.extend(content);
    whole
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn key(algorithm: &[u8], parameters: &[u8], bits: &[u8]) -> Vec<u8> {
    let bits = tlv(3, &[&[0][..], bits].concat());
    sequence(&[&sequence(&[&tlv(6, algorithm), parameters]), &bits])
}

/// A certificate to be made; nobody checks its signature.
struct Frame {
    /// The INTEGER, where there is one.
    version: Option<u8>,
    serial: Vec<u8>,
    inner: &'static [u8],
    outer: &'static [u8],
    issuer: Vec<u8>,
    from: (u8, &'static [u8]),
    until: (u8, &'static [u8]),
    key: Vec<u8>,
    extensions: Vec<u8>,
}

impl Frame {
    fn sound() -> Self {
        let pair = sequence(&[&tlv(6, &[0x55, 4, 3]), &tlv(12, b"CA")]);
        Self {
            version: Some(2),
            serial: vec![5],
            inner: ECDSA_SHA256,
            outer: ECDSA_SHA256,
            issuer: sequence(&[&tlv(0x31, &pair)]),
            from: (0x17, b"260101000000Z"),
            until: (0x17, b"261231235959Z"),
            key: key(
                RSA_KEY,
                &[5, 0],
                &sequence(&[&tlv(2, &[&[0][..], &[0xff; 256]].concat()), &[2, 1, 3]]),
            ),
            extensions: Vec::new(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let version = self
            .version
            .map_or_else(Vec::new, |version| tlv(0xa0, &[2, 1, version]));
        let extensions = match self.extensions.as_slice() {
            [] => Vec::new(),
            some => tlv(0xa3, &tlv(0x30, some)),
        };
        let tbs = sequence(&[
            &version,
            &tlv(2, &self.serial),
            &sequence(&[&tlv(6, self.inner)]),
            &self.issuer,
            &sequence(&[
                &tlv(self.from.0, self.from.1),
                &tlv(self.until.0, self.until.1),
            ]),
            &[0x30, 0],
            &self.key,
            &extensions,
        ]);
        sequence(&[&tbs, &sequence(&[&tlv(6, self.outer)]), &[3, 2, 0, 7]])
    }

    fn read(&self) -> Result<Cert, Malformed> {
        Cert::parse(&Der::from(self.bytes()))
    }

    /// The ids of what is wrong with its frame, what refuses with a bang.
    fn defects(&self) -> Vec<String> {
        let cert = self.read().unwrap();
        let said = |defect: &Defect| {
            let id = defect.text.id.trim_start_matches("chain.defect.");
            let bang = if defect.severity == Severity::Refused {
                "!"
            } else {
                ""
            };
            format!("{id}{bang}")
        };
        // What `profile.rs` adds to every certificate as bare as these.
        let bare = ["no-authority-key-id", "no-extended-use"];
        let all = cert.defects.iter().map(said);
        all.filter(|id| !bare.contains(&id.as_str())).collect()
    }
}

#[test]
fn a_sound_frame_is_read_field_by_field() {
    let cert = Frame::sound().read().unwrap();
    assert_eq!(
        (cert.version, cert.serial.as_str(), cert.issuer.as_str()),
        (3, "05", "CN=CA")
    );
    assert_eq!((cert.subject.as_str(), cert.is_ca), ("", false));
    assert_eq!(cert.not_before.rfc3339(), "2026-01-01T00:00:00Z");
    assert_eq!(cert.not_after.rfc3339(), "2026-12-31T23:59:59Z");
    assert_eq!(cert.signature(), [7]);
    assert_eq!((cert.serial_bytes(), cert.key.bits), (vec![5], 2048));
    assert_eq!(Frame::sound().defects(), [""; 0]);
}

#[test]
fn what_has_no_frame_is_refused_and_why() {
    let reason = |bytes: &[u8]| Cert::parse(&Der::from(bytes)).unwrap_err().reason;
    let sound = Frame::sound().bytes();
    assert_eq!(
        reason(&vec![0x30; MAX_CERTIFICATE + 1]),
        "larger than one megabyte"
    );
    assert_ne!(
        reason(&vec![0x30; MAX_CERTIFICATE]),
        "larger than one megabyte"
    );
    assert_eq!(reason(&[]), "it ends too early");
    assert_eq!(reason(&sound[..sound.len() - 1]), "it ends too early");
    assert_eq!(
        reason(&[&sound[..], &[0]].concat()),
        "bytes after the end of the certificate"
    );
    assert_eq!(
        reason(&[0x31, 0]),
        "it does not begin as a certificate does"
    );
    assert!(!reason(&[0x30, 0]).is_empty());
}

/// RFC 5280 section 4.1.2.1.
#[test]
fn versions_are_1_to_3_and_only_the_third_has_extensions() {
    let of = |version| Frame {
        version,
        ..Frame::sound()
    };
    for (version, expected) in [(None, 1), (Some(0), 1), (Some(1), 2), (Some(2), 3)] {
        assert_eq!(of(version).read().map(|cert| cert.version), Ok(expected));
    }
    assert!(of(Some(3)).read().is_err());
    let key_id = sequence(&[&tlv(6, &[0x55, 0x1d, 14]), &tlv(4, &[4, 1, 1])]);
    for (version, expected) in [
        (None, &["extensions-in-old-version!"][..]),
        (Some(1), &["extensions-in-old-version!"]),
        (Some(2), &[]),
    ] {
        let extensions = key_id.clone();
        let frame = Frame {
            extensions,
            ..of(version)
        };
        assert_eq!(frame.defects(), expected, "{version:?}");
    }
    // The profile of today is no measure for the old ones.
    assert_eq!(of(None).read().unwrap().defects, []);
    assert_ne!(of(Some(2)).read().unwrap().defects, []);
}

#[test]
fn each_field_against_its_rule_is_named() {
    let serial = |serial: &[u8]| Frame {
        serial: serial.to_vec(),
        ..Frame::sound()
    };
    let dated = |from, until| Frame {
        from,
        until,
        ..Frame::sound()
    };
    let (from, until) = (Frame::sound().from, Frame::sound().until);
    for (frame, expected) in [
        // RFC 5280 section 4.1.2.2: positive, and of twenty bytes at most.
        (serial(&[0]), &["serial"][..]),
        (serial(&[0, 0]), &["serial"]),
        (serial(&[0x80]), &["serial"]),
        (serial(&[0, 0x80]), &[]),
        (serial(&[0x7f, 0]), &[]),
        (serial(&[1; 20]), &[]),
        (serial(&[1; 21]), &["serial"]),
        (
            Frame {
                issuer: vec![0x30, 0],
                ..Frame::sound()
            },
            &["empty-issuer"],
        ),
        // Section 4.1.1.2: the two copies are the same.
        (
            Frame {
                inner: ECDSA_SHA384,
                ..Frame::sound()
            },
            &["algorithms-differ!"],
        ),
        (
            Frame {
                outer: ECDSA_SHA384,
                ..Frame::sound()
            },
            &["algorithms-differ!"],
        ),
        // Section 4.1.2.5.2: no fractions of a second.
        (
            dated((0x18, b"20260101000000.5Z"), until),
            &["fractional-seconds"],
        ),
        (
            dated(from, (0x18, b"20261231235959.5Z")),
            &["fractional-seconds"],
        ),
        (
            dated((0x18, b"20260101000000Z"), (0x18, b"20501231235959Z")),
            &[],
        ),
    ] {
        assert_eq!(frame.defects(), expected);
    }
    // Validity begins with the next whole second, and ends with the last.
    let cert = dated((0x18, b"20260101000000.5Z"), (0x18, b"20261231235959.5Z"))
        .read()
        .unwrap();
    assert_eq!(cert.not_before.rfc3339(), "2026-01-01T00:00:01Z");
    assert_eq!(cert.not_after.rfc3339(), "2026-12-31T23:59:59Z");
}

#[test]
fn keys_are_known_by_their_kind_and_their_size() {
    let of = |algorithm: &[u8], parameters: &[u8], bits: &[u8]| {
        let key = key(algorithm, parameters, bits);
        Frame {
            key,
            ..Frame::sound()
        }
        .read()
        .unwrap()
        .key
    };
    let rsa = |modulus: &[u8]| sequence(&[&tlv(2, modulus), &[2, 1, 3]]);
    let pss: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
    for (algorithm, pss_only) in [(RSA_KEY, false), (pss, true)] {
        let key = of(algorithm, &[5, 0], &rsa(&[&[0][..], &[0xff; 256]].concat()));
        let expected = Key {
            algorithm: KeyAlgorithm::Rsa,
            bits: 2048,
            pss_only,
        };
        assert_eq!(key, expected);
    }
    assert_eq!(
        of(RSA_KEY, &[5, 0], &[1, 2, 3]).bits,
        0,
        "no RSA key at all"
    );
    // (The curve's identifier, its name, its size.)
    for (curve, name, bits) in [
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7][..], "P-256", 256),
        (&[0x2b, 0x81, 4, 0, 0x22], "P-384", 384),
        (&[0x2b, 0x81, 4, 0, 0x23], "P-521", 521),
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], "P-192", 192),
        (&[0x2b, 0x81, 4, 0, 0x21], "P-224", 224),
        (&[0x2b, 0x81, 4, 0, 10], "secp256k1", 256),
        (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1", 256),
        (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11], "brainpoolP384r1", 384),
        (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13], "brainpoolP512r1", 512),
        (&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d], "SM2", 256),
        (&[0x2a, 3, 4], "1.2.3.4", 256),
    ] {
        let key = of(EC_KEY, &tlv(6, curve), &[4; 65]);
        let expected = KeyAlgorithm::Ec(name.to_owned());
        assert_eq!(
            (key.algorithm, key.bits, key.pss_only),
            (expected, bits, false)
        );
    }
    // RFC 5480 section 2.1.1 wants a name for the curve; the size of one without is that of its points.
    let key = of(EC_KEY, &[0x30, 0], &[4; 49]);
    let expected = KeyAlgorithm::Ec("explicit parameters".to_owned());
    assert_eq!((&key.algorithm, key.bits), (&expected, 192));
    // Bytes that are the name of a curve elsewhere, in a string or under a tag of their own.
    for tag in [4, 0x86] {
        let key = of(
            EC_KEY,
            &tlv(tag, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
            &[4; 65],
        );
        assert_eq!(key.algorithm, expected, "{tag:#x}");
    }
    let key = of(&[0x2b, 0x65, 0x70], &[], &[7; 32]);
    assert_eq!((key.algorithm, key.bits), (KeyAlgorithm::Ed25519, 256));
    let key = of(&[0x2b, 0x65, 0x71], &[], &[7; 57]);
    let expected = KeyAlgorithm::Other("1.3.101.113".to_owned());
    assert_eq!(
        (key.algorithm, key.bits, key.pss_only),
        (expected, 456, false)
    );
}

/// A short modulus filled up with zeros stays a short one.
#[test]
fn the_size_of_an_rsa_key_is_that_of_its_number() {
    let bits = |modulus: &[u8]| rsa_bits(&sequence(&[&tlv(2, modulus), &[2, 1, 3]]));
    assert_eq!(bits(&[&[0, 0x80][..], &[0; 255]].concat()), Ok(2048));
    assert_eq!(bits(&[&[0x7f][..], &[0xff; 255]].concat()), Ok(2047));
    assert_eq!(
        bits(&[&[0; 129][..], &[0x80], &[0; 127]].concat()),
        Ok(1024)
    );
    assert_eq!(bits(&[1]), Ok(1));
    assert_eq!(bits(&[0; 256]), Ok(0));
    assert!(rsa_bits(&tlv(2, &[1])).is_err());
}

#[test]
fn parts_lie_where_they_lie() {
    let whole = [1, 2, 3, 4];
    assert_eq!(place(&whole, &whole[1..3]), 1..3);
    assert_eq!(place(&whole, &whole), 0..4);
    assert_eq!(place(&whole[..2], &whole[1..3]), 0..0);
    assert_eq!(place(&whole[2..], &whole[..1]), 0..0);
}
