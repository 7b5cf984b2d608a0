//! PKCS#12 archives and private keys, with passwords that fit and that do not.
//!
//! Input: one byte that chooses the password, then the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vpnmedic::chain::{
    Cert, MAX_CERTIFICATES, fits, is_pkcs12, open_pkcs12, own_chain, read_private_key,
};
use vpnmedic::evidence::PublicKey;

/// The first is that of the fixtures.
const PASSWORDS: [&str; 4] = ["open sésame", "", "wrong", "\u{1f511}"];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, file)) = bytes.split_first() else {
        return;
    };
    let password = PASSWORDS[usize::from(*choice) % PASSWORDS.len()];
    let _ = is_pkcs12(file);
    match open_pkcs12(file, password) {
        Ok(archive) => {
            assert!(archive.certificates.len() <= MAX_CERTIFICATES);
            let keys: Vec<PublicKey> = archive.keys.iter().map(|key| key.public.clone()).collect();
            for cert in own_chain(&archive.certificates, &keys) {
                let _: Vec<_> = keys.iter().map(|key| fits(&cert, key)).collect();
            }
            for der in &archive.certificates {
                let _ = Cert::parse(der);
            }
        }
        Err(error) => {
            let _ = (error.message(), error.to_string());
        }
    }
    for password in [None, Some(password)] {
        let _ = read_private_key(file, password).map_err(|error| error.message());
    }
});
