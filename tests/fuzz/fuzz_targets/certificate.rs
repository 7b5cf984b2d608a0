//! One certificate in DER: reading it never panics, gives the same twice, and what was read fits what was given.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vpnmedic::chain::{Cert, first_logged, is_signed_by, pem, read_certificates};
use vpnmedic::evidence::Der;

fuzz_target!(|bytes: &[u8]| {
    let der = Der::from(bytes);
    let Ok(cert) = Cert::parse(&der) else { return };
    assert_eq!(Ok(&cert), Cert::parse(&der).as_ref());
    for part in [cert.tbs(), cert.spki(), cert.public_key(), cert.signature()] {
        assert!(part.len() <= bytes.len());
    }
    assert!(!cert.tbs().is_empty() && !cert.spki().is_empty());
    let shown = cert.label();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(cert.same_entity(&cert));
    let _ = is_signed_by(&cert, &cert);
    let _ = (first_logged(&cert), cert.serial_bytes(), cert.fingerprint());
    // Written as PEM it comes back as it was.
    assert_eq!(read_certificates(pem(&der).as_bytes()), Ok(vec![der]));
});
