//! What the practice authority says of revoked certificates: a revocation list, and one OCSP answer, written as DER.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rcgen::{
    CertificateRevocationListParams, Issuer, KeyIdMethod, RevokedCertParams, SerialNumber,
    SigningKey,
};

use super::lesson::PracticeError;
use super::pki::{DAY, Entity};
use crate::chain::Cert;
use crate::evidence::{Der, UnixTime};

/// A revocation list of `issuer` that names `revoked`, if any, valid from a day before `until`.
pub(super) fn list(
    issuer: &Entity,
    revoked: Option<&Entity>,
    until: SystemTime,
) -> Result<Vec<u8>, PracticeError> {
    let since = until.checked_sub(DAY * 8).unwrap_or(until);
    let entries = revoked.and_then(|entity| entity.params.serial_number.clone());
    let list = CertificateRevocationListParams {
        this_update: since.into(),
        next_update: until.into(),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: entries
            .into_iter()
            .map(|serial_number| RevokedCertParams {
                serial_number,
                revocation_time: since.into(),
                reason_code: Some(rcgen::RevocationReason::CessationOfOperation),
                invalidity_date: None,
            })
            .collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let signer = Issuer::from_params(&issuer.params, &issuer.key);
    Ok(list.signed_by(&signer)?.der().to_vec())
}

/// An OCSP answer of the issuer itself: revoked two days ago (RFC 6960 section 4.2.1).
pub(super) fn revoked(
    leaf: &Entity,
    issuer: &Entity,
    now: SystemTime,
) -> Result<Vec<u8>, PracticeError> {
    const SHA1: [u8; 7] = [0x06, 5, 0x2b, 0x0e, 3, 2, 0x1a];
    const BASIC: [u8; 11] = [0x06, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    const ECDSA_SHA256: [u8; 10] = [0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let parse = |der: &[u8]| Cert::parse(&Der::from(der)).map_err(|_| PracticeError::Unreadable);
    let (cert, signer) = (parse(&leaf.der)?, parse(&issuer.der)?);
    let sum = |bytes: &[u8]| tlv(0x04, digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    let at = |time: Option<SystemTime>| general_time(UnixTime::from(time.unwrap_or(now)));
    let id = sequence(&[
        &sequence(&[&SHA1, &[5, 0]]),
        &sum(&signer.subject_der),
        &sum(signer.public_key()),
        &tlv(0x02, &cert.serial_bytes()),
    ]);
    let recently = at(now.checked_sub(Duration::from_secs(3600)));
    let single = sequence(&[
        &id,
        // Revoked, and when.
        &tlv(0xa1, &at(now.checked_sub(DAY * 2))),
        &recently,
        &tlv(0xa0, &at(now.checked_add(DAY))),
    ]);
    let data = sequence(&[
        &tlv(0xa1, &signer.subject_der),
        &recently,
        &sequence(&[&single]),
    ]);
    let mut signature = vec![0];
    signature.extend(issuer.key.sign(&data)?);
    let basic = sequence(&[&data, &sequence(&[&ECDSA_SHA256]), &tlv(0x03, &signature)]);
    let bytes = sequence(&[&BASIC, &tlv(0x04, &basic)]);
    Ok(sequence(&[&[0x0a, 1, 0], &tlv(0xa0, &bytes)]))
}

/// Tag, length, content; content of up to 16 MiB.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    let short: &[u8] = match length {
        [0, 0, 0, n @ 0..=0x7f] => &[n],
        [0, 0, 0, n] => &[0x81, n],
        [0, 0, m, n] => &[0x82, m, n],
        [_, l, m, n] => &[0x83, l, m, n],
    };
    [&[tag], short, content].concat()
}

/// A SEQUENCE of these.
pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn general_time(time: UnixTime) -> Vec<u8> {
    let written = time.rfc3339();
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    tlv(0x18, format!("{digits}Z").as_bytes())
}
