//! The methods that a hand-made ClientHello can offer, each with how widely programs of today offer it. Numbers and
//! names are those of the IANA registry "TLS Parameters".
//!
//! Standing: `Current` is what the ordinary handshake offers (a test holds the two together). `Lingering` is in the
//! default settings of at least one of OpenSSL 3, GnuTLS 3.7 and Windows' Schannel. Not here: methods without
//! authentication or encryption, and those cut short for export, which no gateway may be asked for.

use tls_parser::{NamedGroup, SignatureScheme, TlsCipherSuite};

use crate::evidence::{Chosen, Standing};
use Standing::{Current, Lingering, Rare};

/// One method and its standing.
pub(super) type Offer = (u16, Standing);

/// Suites up to TLS 1.2, the best first.
pub(super) const SUITES: &[Offer] = &[
    // ECDHE with AEAD.
    (0xc02c, Current),
    (0xc02b, Current),
    (0xcca9, Current),
    (0xc030, Current),
    (0xc02f, Current),
    (0xcca8, Current),
    // ECDHE with AES in CBC or CCM mode.
    (0xc0ad, Lingering),
    (0xc0ac, Lingering),
    (0xc024, Lingering),
    (0xc023, Lingering),
    (0xc028, Lingering),
    (0xc027, Lingering),
    (0xc00a, Lingering),
    (0xc009, Lingering),
    (0xc014, Lingering),
    (0xc013, Lingering),
    // DHE with AES or ChaCha20.
    (0x009f, Lingering),
    (0xccaa, Lingering),
    (0x009e, Lingering),
    (0x006b, Lingering),
    (0x0067, Lingering),
    (0x0039, Lingering),
    (0x0033, Lingering),
    // RSA key exchange with AES.
    (0x009d, Lingering),
    (0x009c, Lingering),
    (0x003d, Lingering),
    (0x003c, Lingering),
    (0x0035, Lingering),
    (0x002f, Lingering),
    // Camellia.
    (0xc077, Lingering),
    (0xc076, Lingering),
    (0xc073, Lingering),
    (0xc072, Lingering),
    (0x0088, Lingering),
    (0x0045, Lingering),
    (0x0084, Lingering),
    (0x0041, Lingering),
    // Certificates with DSA keys, and static ECDH.
    (0x00a3, Rare),
    (0x00a2, Rare),
    (0x006a, Rare),
    (0x0040, Rare),
    (0x0038, Rare),
    (0x0032, Rare),
    (0xc02e, Rare),
    (0xc02d, Rare),
    (0xc032, Rare),
    (0xc031, Rare),
    (0xc005, Rare),
    (0xc004, Rare),
    (0xc00f, Rare),
    (0xc00e, Rare),
    // SEED and IDEA.
    (0x009a, Rare),
    (0x0096, Rare),
    (0x0007, Rare),
    // 3DES.
    (0xc008, Rare),
    (0xc012, Rare),
    (0x0016, Rare),
    (0x0013, Rare),
    (0x000a, Rare),
    // RC4.
    (0xc007, Rare),
    (0xc011, Rare),
    (0x0005, Rare),
    (0x0004, Rare),
    // DES with its 56 bits.
    (0x0015, Rare),
    (0x0012, Rare),
    (0x0009, Rare),
];

/// Suites of TLS 1.3.
pub(super) const SUITES_13: &[Offer] = &[
    (0x1302, Current),
    (0x1301, Current),
    (0x1303, Current),
    (0x1304, Lingering),
    (0x1305, Rare),
];

/// Key exchange groups up to TLS 1.2.
pub(super) const GROUPS: &[Offer] = &[
    (29, Current),
    (23, Current),
    (24, Current),
    (25, Lingering),
    (30, Lingering),
    (256, Lingering),
    (257, Lingering),
    (258, Lingering),
    (26, Rare),
    (27, Rare),
    (28, Rare),
    (22, Rare),
    (21, Rare),
    (19, Rare),
    (14, Rare),
    (13, Rare),
    (12, Rare),
    (11, Rare),
    (10, Rare),
    (9, Rare),
    (259, Rare),
    (260, Rare),
];

/// Key exchange groups of TLS 1.3.
pub(super) const GROUPS_13: &[Offer] = &[
    (0x11ec, Current),
    (29, Current),
    (23, Current),
    (24, Current),
    (25, Lingering),
    (30, Lingering),
    (256, Lingering),
    (257, Lingering),
    (258, Lingering),
    (0x11eb, Rare),
    (0x11ed, Rare),
    (0x0200, Rare),
    (0x0201, Rare),
    (0x0202, Rare),
    (31, Rare),
    (32, Rare),
    (33, Rare),
    (259, Rare),
    (260, Rare),
];

/// Signature algorithms.
pub(super) const SIGNATURES: &[Offer] = &[
    (0x0503, Current),
    (0x0403, Current),
    (0x0603, Current),
    (0x0807, Current),
    (0x0806, Current),
    (0x0805, Current),
    (0x0804, Current),
    (0x0601, Current),
    (0x0501, Current),
    (0x0401, Current),
    // ML-DSA.
    (0x0904, Current),
    (0x0905, Current),
    (0x0906, Current),
    (0x0808, Lingering),
    (0x0809, Lingering),
    (0x080a, Lingering),
    (0x080b, Lingering),
    (0x0301, Lingering),
    (0x0303, Lingering),
    (0x0201, Lingering),
    (0x0203, Lingering),
    (0x081a, Rare),
    (0x081b, Rare),
    (0x081c, Rare),
    (0x0402, Rare),
    (0x0302, Rare),
    (0x0202, Rare),
    (0x0101, Rare),
];

/// The numbers up to this standing.
pub(super) fn up_to(offers: &[Offer], standing: Standing) -> impl Iterator<Item = u16> {
    offers
        .iter()
        .filter(move |(_, own)| *own <= standing)
        .map(|(number, _)| *number)
}

/// The suite with its name; one that was never offered is rarer than all that were.
pub(super) fn suite(number: u16) -> Chosen {
    let name = TlsCipherSuite::from_id(number).map(|suite| suite.name.to_owned());
    chosen(number, name, &[SUITES, SUITES_13])
}

/// The group with its name.
pub(super) fn group(number: u16) -> Chosen {
    let name = match number {
        29 => Some("x25519".to_owned()),
        30 => Some("x448".to_owned()),
        0x11eb => Some("SecP256r1MLKEM768".to_owned()),
        0x11ec => Some("X25519MLKEM768".to_owned()),
        0x11ed => Some("SecP384r1MLKEM1024".to_owned()),
        0x0200 => Some("MLKEM512".to_owned()),
        0x0201 => Some("MLKEM768".to_owned()),
        0x0202 => Some("MLKEM1024".to_owned()),
        // The crate writes them as its constants, with a capital; unknown ones as a number in brackets.
        _ => {
            let written = format!("{:?}", NamedGroup(number));
            let mut letters = written.chars();
            letters
                .next()
                .filter(|_| !written.contains('('))
                .map(|first| first.to_ascii_lowercase().to_string() + letters.as_str())
        }
    };
    chosen(number, name, &[GROUPS, GROUPS_13])
}

/// The signature algorithm with its name.
pub(super) fn signature(number: u16) -> Chosen {
    let written = SignatureScheme(number).to_string();
    let name = written.contains('_').then_some(written);
    let name = name.or_else(|| match number {
        0x0807 => Some("ed25519".to_owned()),
        0x0808 => Some("ed448".to_owned()),
        0x0904 => Some("mldsa44".to_owned()),
        0x0905 => Some("mldsa65".to_owned()),
        0x0906 => Some("mldsa87".to_owned()),
        0x0301 => Some("rsa_pkcs1_sha224".to_owned()),
        0x0303 => Some("ecdsa_sha224".to_owned()),
        0x0402 => Some("dsa_sha256".to_owned()),
        0x0302 => Some("dsa_sha224".to_owned()),
        0x0202 => Some("dsa_sha1".to_owned()),
        0x0101 => Some("rsa_pkcs1_md5".to_owned()),
        _ => None,
    });
    chosen(number, name, &[SIGNATURES])
}

fn chosen(number: u16, name: Option<String>, tables: &[&[Offer]]) -> Chosen {
    let standing = tables
        .iter()
        .flat_map(|table| table.iter())
        .find(|(offered, _)| *offered == number)
        .map_or(Rare, |(_, standing)| *standing);
    Chosen {
        name: name.unwrap_or_else(|| format!("0x{number:04x}")),
        standing,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rustls::crypto::aws_lc_rs::default_provider;

    use super::*;

    fn current(tables: &[&[Offer]]) -> BTreeSet<u16> {
        tables
            .iter()
            .flat_map(|table| up_to(table, Current))
            .collect()
    }

    #[test]
    fn current_is_what_the_ordinary_handshake_offers() {
        let provider = default_provider();
        let suites = provider.cipher_suites.iter();
        let suites: BTreeSet<u16> = suites.map(|suite| u16::from(suite.suite())).collect();
        assert_eq!(current(&[SUITES, SUITES_13]), suites);
        let groups = provider.kx_groups.iter();
        let groups: BTreeSet<u16> = groups.map(|group| u16::from(group.name())).collect();
        assert_eq!(current(&[GROUPS, GROUPS_13]), groups);
        let schemes = provider
            .signature_verification_algorithms
            .supported_schemes();
        let schemes: BTreeSet<u16> = schemes.into_iter().map(u16::from).collect();
        assert_eq!(current(&[SIGNATURES]), schemes);
    }

    #[test]
    fn nothing_is_offered_twice_and_everything_has_a_name() {
        type Namer = fn(u16) -> Chosen;
        let tables: [(&[Offer], Namer); 5] = [
            (SUITES, suite),
            (SUITES_13, suite),
            (GROUPS, group),
            (GROUPS_13, group),
            (SIGNATURES, signature),
        ];
        for (table, named) in tables {
            let all: BTreeSet<u16> = up_to(table, Rare).collect();
            assert_eq!(all.len(), table.len());
            for (number, standing) in table {
                let chosen = named(*number);
                assert!(!chosen.name.starts_with("0x"), "{number:04x}");
                assert_eq!(chosen.standing, *standing, "{number:04x}");
            }
        }
    }

    #[test]
    fn names_are_those_of_the_registry() {
        assert_eq!(suite(0x000a).name, "TLS_RSA_WITH_3DES_EDE_CBC_SHA");
        assert_eq!(suite(0xfefe).name, "0xfefe");
        assert_eq!(suite(0xfefe).standing, Rare);
        assert_eq!(group(23).name, "secp256r1");
        assert_eq!(group(26).name, "brainpoolP256r1");
        assert_eq!(group(256).name, "ffdhe2048");
        assert_eq!(group(0x7777).name, "0x7777");
        assert_eq!(signature(0x0201).name, "rsa_pkcs1_sha1");
        assert_eq!(signature(0x0999).name, "0x0999");
    }

    #[test]
    fn no_suite_without_authentication_or_encryption_is_offered() {
        for number in up_to(SUITES, Rare).chain(up_to(SUITES_13, Rare)) {
            let name = suite(number).name;
            for part in ["NULL", "anon", "EXPORT", "PSK"] {
                assert!(!name.contains(part), "{name}");
            }
        }
    }
}
