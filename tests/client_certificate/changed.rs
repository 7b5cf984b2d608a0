//! Keys and archives with bytes changed or cut off anywhere: nothing panics.

use proptest::prelude::*;
use vpnmedic::chain::{fits, holds_private_key, is_pkcs12, open_pkcs12, read_private_key};

use super::{PASSWORD, bytes, cert};

fn mutated(name: &str, changes: &[(usize, u8)], cut: usize) -> Vec<u8> {
    let mut bytes = bytes(name);
    for (place, value) in changes {
        let length = bytes.len();
        bytes[place % length] = *value;
    }
    let keep = bytes.len() - cut % bytes.len();
    bytes.truncate(keep);
    bytes
}

/// Changes anywhere, most of them in the structure at the beginning.
fn changes() -> impl Strategy<Value = Vec<(usize, u8)>> {
    let place = prop_oneof![0_usize..120, 0_usize..3000];
    proptest::collection::vec((place, any::<u8>()), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_key_makes_reading_panic(
        which in prop::sample::select(vec!["rsa.key", "rsa.pkcs1.der", "rsa.pkcs8.der", "p256.sec1.key", "p521.key", "ed25519.key"]),
        changes in changes(),
        cut in prop_oneof![Just(0_usize), 0_usize..3000],
    ) {
        let bytes = mutated(which, &changes, cut);
        if let Ok(key) = read_private_key(&bytes, Some("x")) {
            let _ = fits(&cert("rsa.pem"), &key.public);
            let shown = format!("{key:?}");
            prop_assert!(!shown.contains("der:"));
        }
    }

    #[test]
    fn no_bytes_make_reading_keys_or_archives_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read_private_key(&bytes, Some("x"));
        let _ = open_pkcs12(&bytes, "x");
        let _ = is_pkcs12(&bytes);
        let _ = holds_private_key(&bytes);
    }
}

proptest! {
    // Opening one takes thousands of rounds of hashing.
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_archive_makes_opening_panic(
        which in prop::sample::select(vec!["no-mac.p12", "no-password.p12", "des3.p12", "no-key.p12"]),
        changes in changes(),
        cut in prop_oneof![Just(0_usize), 0_usize..3000],
    ) {
        let bytes = mutated(which, &changes, cut);
        // Rounds that a change made too many are refused or take their time, which is not what is looked at here.
        prop_assume!(!raises_rounds(which, &bytes));
        match open_pkcs12(&bytes, PASSWORD) {
            Ok(archive) => prop_assert!(archive.keys.len() <= 8 && archive.certificates.len() <= 64),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

/// Whether some number that was 2048 (OpenSSL's rounds) no longer is.
fn raises_rounds(which: &str, changed: &[u8]) -> bool {
    const ROUNDS: [u8; 4] = [0x02, 0x02, 0x08, 0x00];
    let places = |bytes: &[u8]| {
        bytes
            .windows(ROUNDS.len())
            .filter(|window| *window == ROUNDS)
            .count()
    };
    places(changed) < places(&bytes(which))
}
