//! Signature algorithms as they stand in certificates: which are known, which are weak, and whose keys make them.

use rcgen::{CertificateParams, KeyPair};

use super::*;
use crate::evidence::Der;

const RSA: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
const SHA224: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4];
const SHA3: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 8];

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag, u8::try_from(content.len()).unwrap()];
    whole.extend(content);
    whole
}

fn algorithm(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&tlv(6, oid)[..], parameters].concat())
}

/// RFC 8446 section 4.2.3: the same hash twice, and a salt as long as the hash. What is left out is SHA-1 and twenty
/// bytes (RFC 4055 section 3.1).
#[test]
fn pss_counts_with_the_parameters_that_tls_knows() {
    let hash = |oid| tlv(0xa0, &algorithm(oid, &[5, 0]));
    let mask = |oid| tlv(0xa1, &algorithm(MGF1, &algorithm(oid, &[5, 0])));
    let salt = |length: u8| tlv(0xa2, &[2, 1, length]);
    let odd_mask = tlv(0xa1, &algorithm(&[0x2a, 3, 4], &algorithm(SHA256, &[5, 0])));
    for (parts, expected) in [
        (
            vec![hash(SHA256), mask(SHA256), salt(32)],
            Some(Hash::Sha256),
        ),
        (
            vec![hash(SHA384), mask(SHA384), salt(48)],
            Some(Hash::Sha384),
        ),
        (
            vec![hash(SHA512), mask(SHA512), salt(64)],
            Some(Hash::Sha512),
        ),
        (
            vec![hash(SHA224), mask(SHA224), salt(28)],
            Some(Hash::Sha224),
        ),
        (vec![hash(SHA1), mask(SHA1), salt(20)], Some(Hash::Sha1)),
        (vec![], Some(Hash::Sha1)),
        (vec![salt(21)], None),
        (vec![hash(SHA256), mask(SHA256)], None),
        (vec![hash(SHA256), salt(32)], None),
        (vec![mask(SHA256), salt(32)], None),
        (vec![hash(SHA256), mask(SHA384), salt(32)], None),
        (vec![hash(SHA256), mask(SHA256), salt(31)], None),
        (vec![hash(SHA384), mask(SHA384), salt(32)], None),
        (vec![hash(SHA512), mask(SHA512), salt(48)], None),
        (vec![hash(SHA224), mask(SHA224), salt(20)], None),
        (vec![hash(SHA256), odd_mask, salt(32)], None),
        (vec![hash(SHA3), mask(SHA3), salt(32)], None),
        (vec![vec![0xa0, 2, 5, 0]], None),
    ] {
        assert_eq!(pss(&parts.concat()), expected, "{parts:x?}");
    }
}

#[test]
fn algorithms_are_named_as_openssl_does_and_the_broken_ones_known() {
    let rsa = |last: u8| [&RSA[..], &[last]].concat();
    let ecdsa = |more: &[u8]| [&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4][..], more].concat();
    let parameters = [
        tlv(0xa0, &algorithm(SHA256, &[5, 0])),
        tlv(0xa1, &algorithm(MGF1, &algorithm(SHA256, &[5, 0]))),
        tlv(0xa2, &[2, 1, 32]),
    ];
    let good = tlv(0x30, &parameters.concat());
    for (oid, parameters, name, broken) in [
        (rsa(2), &[5, 0][..], "md2WithRSAEncryption", true),
        (rsa(4), &[5, 0], "md5WithRSAEncryption", true),
        (rsa(5), &[5, 0], "sha1WithRSAEncryption", true),
        (
            vec![0x2b, 0x0e, 3, 2, 0x1d],
            &[5, 0],
            "sha1WithRSAEncryption",
            true,
        ),
        (rsa(14), &[5, 0], "sha224WithRSAEncryption", false),
        (rsa(11), &[5, 0], "sha256WithRSAEncryption", false),
        (rsa(12), &[5, 0], "sha384WithRSAEncryption", false),
        (rsa(13), &[5, 0], "sha512WithRSAEncryption", false),
        (rsa(10), &good, "RSASSA-PSS with SHA256", false),
        (rsa(10), &[0x30, 0], "RSASSA-PSS with SHA1", true),
        (
            rsa(10),
            &[0x30, 4, 0xa2, 2, 5, 0],
            "RSASSA-PSS with unusual parameters",
            false,
        ),
        (ecdsa(&[1]), &[], "ecdsa-with-SHA1", true),
        (ecdsa(&[3, 1]), &[], "ecdsa-with-SHA224", false),
        (ecdsa(&[3, 2]), &[], "ecdsa-with-SHA256", false),
        (ecdsa(&[3, 3]), &[], "ecdsa-with-SHA384", false),
        (ecdsa(&[3, 4]), &[], "ecdsa-with-SHA512", false),
        (vec![0x2b, 0x65, 0x70], &[], "ED25519", false),
        (vec![0x2b, 0x65, 0x71], &[], "Ed448", false),
        (vec![0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], &[], "DSA", false),
        (
            vec![0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3],
            &[],
            "dsaWithSHA1",
            false,
        ),
        (
            vec![0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 1],
            &[],
            "dsa-with-SHA224",
            false,
        ),
        (
            vec![0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2],
            &[],
            "dsa-with-SHA256",
            false,
        ),
        (
            vec![0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x11],
            &[],
            "ML-DSA-44",
            false,
        ),
        (
            vec![0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x12],
            &[],
            "ML-DSA-65",
            false,
        ),
        (
            vec![0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x13],
            &[],
            "ML-DSA-87",
            false,
        ),
        (
            vec![0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x75],
            &[],
            "SM2 with SM3",
            false,
        ),
        (
            vec![0x2a, 0x85, 3, 7, 1, 1, 3, 2],
            &[],
            "GOST R 34.10-2012 (256 bits)",
            false,
        ),
        (
            vec![0x2a, 0x85, 3, 7, 1, 1, 3, 3],
            &[],
            "GOST R 34.10-2012 (512 bits)",
            false,
        ),
        (vec![0x2a, 3, 4], &[], "1.2.3.4", false),
    ] {
        let scheme = SignatureScheme::from_der(&algorithm(&oid, parameters)).unwrap();
        assert_eq!(scheme.to_string(), name);
        assert_eq!(scheme.is_broken(), broken, "{name}");
    }
    for (oid, name) in [
        ("1.2.643.7.1.1.1.1", "GOST R 34.10-2012 (256 bits)"),
        ("1.2.643.7.1.1.1.2", "GOST R 34.10-2012 (512 bits)"),
    ] {
        assert_eq!(algorithm_name(oid), Some(name), "of keys");
    }
    let followed = [algorithm(&rsa(11), &[5, 0]), vec![5, 0]].concat();
    assert!(SignatureScheme::from_der(&followed).is_err());
}

/// A certificate of this key; what it says besides does not matter here.
fn keeper(algorithm: KeyAlgorithm, bits: u32, pss_only: bool) -> Cert {
    let key = KeyPair::generate().unwrap();
    let made = CertificateParams::default().self_signed(&key).unwrap();
    let mut cert = Cert::parse(&Der::from(&made.der()[..])).unwrap();
    (cert.key.algorithm, cert.key.bits, cert.key.pss_only) = (algorithm, bits, pss_only);
    cert
}

#[test]
fn rsa_keys_are_taken_from_1024_to_8192_bits_and_for_pss_from_2048() {
    use SignatureScheme::{RsaPkcs1, RsaPss};
    let checks = |scheme: SignatureScheme, bits, pss_only| {
        verifier(&scheme, &keeper(KeyAlgorithm::Rsa, bits, pss_only)).is_some()
    };
    for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha512] {
        for (bits, taken) in [(1023, false), (1024, true), (8192, true), (8193, false)] {
            assert_eq!(
                checks(RsaPkcs1(hash), bits, false),
                taken,
                "{hash:?} {bits}"
            );
        }
    }
    for (bits, taken) in [(2047, false), (2048, true), (8192, true), (8193, false)] {
        assert_eq!(checks(RsaPkcs1(Hash::Sha384), bits, false), taken, "{bits}");
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            assert_eq!(checks(RsaPss(hash), bits, false), taken, "{hash:?} {bits}");
            assert_eq!(checks(RsaPss(hash), bits, true), taken, "{hash:?} {bits}");
        }
    }
    for hash in [Hash::Md2, Hash::Md5, Hash::Sha224] {
        assert!(!checks(RsaPkcs1(hash), 2048, false), "{hash:?}");
    }
    for hash in [Hash::Sha1, Hash::Sha224] {
        assert!(!checks(RsaPss(hash), 2048, false), "{hash:?}");
    }
    // RFC 4055 section 1.2.
    assert!(!checks(RsaPkcs1(Hash::Sha256), 2048, true));
}

#[test]
fn a_signature_of_one_family_is_never_by_a_key_of_another() {
    use SignatureScheme::{Ecdsa, Ed25519, Other, RsaPkcs1, RsaPss};
    let ec = |curve: &str| KeyAlgorithm::Ec(curve.to_owned());
    let other = || KeyAlgorithm::Other("1.3.101.113".to_owned());
    let (no, cannot_tell) = (Signed::No, Signed::CannotTell);
    for (scheme, algorithm, expected) in [
        (RsaPkcs1(Hash::Sha256), ec("P-256"), no),
        (RsaPkcs1(Hash::Sha256), KeyAlgorithm::Ed25519, no),
        (RsaPkcs1(Hash::Md5), KeyAlgorithm::Rsa, cannot_tell),
        (RsaPkcs1(Hash::Sha256), other(), cannot_tell),
        (RsaPss(Hash::Sha256), ec("P-256"), no),
        (RsaPss(Hash::Sha256), KeyAlgorithm::Ed25519, no),
        (Ecdsa(Hash::Sha256), KeyAlgorithm::Rsa, no),
        (Ecdsa(Hash::Sha256), KeyAlgorithm::Ed25519, no),
        (Ecdsa(Hash::Sha256), ec("secp256k1"), cannot_tell),
        (Ecdsa(Hash::Sha256), other(), cannot_tell),
        (Ed25519, KeyAlgorithm::Rsa, no),
        (Ed25519, ec("P-256"), no),
        (Ed25519, other(), cannot_tell),
        (Other("1.2.3.4".to_owned()), KeyAlgorithm::Rsa, cannot_tell),
        (Other("1.2.3.4".to_owned()), ec("P-256"), cannot_tell),
        // The family fits, the signature does not.
        (Ecdsa(Hash::Sha256), ec("P-256"), no),
    ] {
        let keeper = keeper(algorithm, 2048, false);
        let said = verify(&scheme, b"signed", b"not by this", &keeper);
        assert_eq!(said, expected, "{scheme} {:?}", keeper.key.algorithm);
    }
}

/// Every pair of hash and curve signs for itself alone.
#[test]
fn curves_and_hashes_are_checked_each_with_its_own() {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _};
    for (curve, hash, signing) in [
        (
            "P-256",
            Hash::Sha256,
            &verifiers::ECDSA_P256_SHA256_ASN1_SIGNING,
        ),
        (
            "P-384",
            Hash::Sha384,
            &verifiers::ECDSA_P384_SHA384_ASN1_SIGNING,
        ),
        (
            "P-521",
            Hash::Sha224,
            &verifiers::ECDSA_P521_SHA224_ASN1_SIGNING,
        ),
        (
            "P-521",
            Hash::Sha256,
            &verifiers::ECDSA_P521_SHA256_ASN1_SIGNING,
        ),
        (
            "P-521",
            Hash::Sha384,
            &verifiers::ECDSA_P521_SHA384_ASN1_SIGNING,
        ),
        (
            "P-521",
            Hash::Sha512,
            &verifiers::ECDSA_P521_SHA512_ASN1_SIGNING,
        ),
    ] {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let signature = pair.sign(&SystemRandom::new(), b"signed").unwrap();
        let cert = keeper(KeyAlgorithm::Ec(curve.to_owned()), 0, false);
        for other in [
            Hash::Sha1,
            Hash::Sha224,
            Hash::Sha256,
            Hash::Sha384,
            Hash::Sha512,
        ] {
            let Some(verifier) = verifier(&SignatureScheme::Ecdsa(other), &cert) else {
                continue;
            };
            let key = UnparsedPublicKey::new(verifier, pair.public_key().as_ref());
            let fits = key.verify(b"signed", signature.as_ref()).is_ok();
            assert_eq!(fits, other == hash, "{curve} {hash:?} as {other:?}");
        }
    }
    let taken = |curve: &str| {
        let cert = keeper(KeyAlgorithm::Ec(curve.to_owned()), 0, false);
        [
            Hash::Sha1,
            Hash::Sha224,
            Hash::Sha256,
            Hash::Sha384,
            Hash::Sha512,
        ]
        .map(|hash| verifier(&SignatureScheme::Ecdsa(hash), &cert).is_some())
    };
    assert_eq!(taken("P-256"), [true, false, true, true, true]);
    assert_eq!(taken("P-384"), [false, false, true, true, true]);
    assert_eq!(taken("P-521"), [true, true, true, true, true]);
    assert_eq!(taken("P-224"), [false; 5]);
}
