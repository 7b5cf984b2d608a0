//! Whatever may lie in a file or on the clipboard: PEM, DER, PKCS#7, the output of programs, mail with quoting marks.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vpnmedic::chain::{
    Cert, MAX_CERTIFICATES, ReadError, holds_private_key, read_certificates, read_chain,
    read_private_key, read_store,
};

fuzz_target!(|bytes: &[u8]| {
    let strict = read_certificates(bytes);
    let chain = read_chain(bytes);
    match (&strict, &chain) {
        (Ok(few), Ok(all)) => assert_eq!(few, all),
        (Err(ReadError::TooMany(max)), Ok(all)) => {
            assert!(*max == MAX_CERTIFICATES && all.len() > MAX_CERTIFICATES);
        }
        // What follows the last certificate that is read is not looked at, so it can spoil only the longer reading.
        (Err(ReadError::TooMany(_)), Err(_)) => {}
        (few, all) => assert_eq!(few, all),
    }
    if let Ok(all) = &chain {
        assert!(!all.is_empty());
        for der in all.iter().take(MAX_CERTIFICATES) {
            let _ = Cert::parse(der);
        }
    }
    if let Err(error) = &strict {
        let _ = (error.message(), error.to_string());
    }
    let _ = read_store(bytes);
    if holds_private_key(bytes) {
        let _ = read_private_key(bytes, None).map_err(|error| error.message());
    }
});
