//! Asking an OCSP responder: the bytes of a request about one certificate (RFC 6960 section 4.1, RFC 5019 section 2.1.1).
//!
//! Not here: sending it.

use aws_lc_rs::digest;

use super::super::cert::Cert;
use super::super::der::tag;

/// `AlgorithmIdentifier` of SHA-1: RFC 5019 section 2.1.1 has responders know no other in a CertID. It only names the
/// certificate; nothing rests on its strength.
const SHA1: [u8; 11] = [
    0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00,
];

/// A request in DER about `cert`, which `issuer` issued: unsigned, one certificate, no nonce (responders that answer
/// from prepared answers ignore one).
pub fn ocsp_request(cert: &Cert, issuer: &Cert) -> Vec<u8> {
    let sum = |bytes: &[u8]| {
        let sum = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
        element(tag::OCTET_STRING, sum.as_ref())
    };
    let cert_id = [
        SHA1.to_vec(),
        sum(&cert.issuer_der),
        sum(issuer.public_key()),
        element(tag::INTEGER, &cert.serial_bytes()),
    ]
    .concat();
    // CertID in Request in requestList in TBSRequest in OCSPRequest.
    (0..5).fold(cert_id, |content, _| element(tag::SEQUENCE, &content))
}

/// One element. A length that does not fit two bytes cannot come about: a serial number is a part of a certificate that
/// came in a handshake, and those are shorter.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag];
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    match length.to_be_bytes() {
        [0, short] if short < 0x80 => whole.push(short),
        [0, byte] => whole.extend([0x81, byte]),
        [high, low] => whole.extend([0x82, high, low]),
    }
    whole.extend_from_slice(content);
    whole
}
