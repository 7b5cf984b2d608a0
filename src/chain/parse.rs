//! DER to [`Cert`]: the frame of the certificate, its names, dates, key and signature.
//!
//! Not here: what the extensions say (`extensions.rs`), and any judging.

use std::ops::Range;

use aws_lc_rs::digest;
use x509_parser::asn1_rs::Tag;
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::error::X509Error;
use x509_parser::nom::{self, Parser as _, error::ErrorKind};
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::cert::{Cert, Defect, Key, KeyAlgorithm, Malformed, Places, Severity};
use super::der::{NotDer, Reader, tag};
use super::signature::SignatureScheme;
use super::{dn, extensions, profile};
use crate::evidence::{Der, UnixTime};
use crate::msg::Msg;

/// No honest certificate comes near; larger ones are not read.
pub(super) const MAX_CERTIFICATE: usize = 1 << 20;

impl Cert {
    /// Reads one certificate.
    ///
    /// What is readable but against RFC 5280 is kept in [`Cert::defects`], so that it can be judged with everything
    /// else.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes have not the frame of a certificate (RFC 5280 section 4.1), have bytes after it, or
    /// are more than a megabyte.
    pub fn parse(der: &Der) -> Result<Self, Malformed> {
        let bytes = der.as_slice();
        if bytes.len() > MAX_CERTIFICATE {
            return Err(malformed("larger than one megabyte"));
        }
        // The parser below looks at the number of a tag and not at its class.
        if !bytes.is_empty() && bytes.first() != Some(&tag::SEQUENCE) {
            return Err(malformed("it does not begin as a certificate does"));
        }
        let (rest, read) = X509CertificateParser::new()
            .with_deep_parse_extensions(false)
            .parse(bytes)
            .map_err(|error| Malformed {
                reason: frame_error(&error),
            })?;
        if !rest.is_empty() {
            return Err(malformed("bytes after the end of the certificate"));
        }
        let tbs = &read.tbs_certificate;
        let version = match tbs.version.0 {
            0..=2 => u8::try_from(tbs.version.0 + 1).unwrap_or(3),
            _ => return Err(malformed("an X.509 version above 3")),
        };
        let subject = dn::read(tbs.subject.as_raw())?;
        // Hundreds of roots are read at each start, and a root's two names are one.
        let issuer = if tbs.issuer.as_raw() == tbs.subject.as_raw() {
            subject.clone()
        } else {
            dn::read(tbs.issuer.as_raw())?
        };
        let mut defects = Vec::new();
        let found = extensions::read(&read, &mut defects);
        check_frame(&read, bytes, &mut defects);

        let scheme = SignatureScheme::read(&read.signature_algorithm);
        let mut cert = Self {
            der: der.clone(),
            sha256: sha256(bytes),
            subject: subject.text,
            subject_der: tbs.subject.as_raw().to_vec(),
            issuer: issuer.text,
            issuer_der: tbs.issuer.as_raw().to_vec(),
            common_name: subject.common_name,
            organisation: subject.organisation,
            serial: data_encoding::HEXLOWER.encode(tbs.raw_serial()),
            not_before: not_before(&tbs.validity.not_before),
            not_after: UnixTime(tbs.validity.not_after.timestamp()),
            names: found.names,
            key: read_key(&tbs.subject_pki),
            signature_algorithm: scheme.to_string(),
            is_ca: found
                .extensions
                .basic_constraints
                .is_some_and(|constraints| constraints.ca),
            issuer_urls: found.issuer_urls,
            ocsp_urls: found.ocsp_urls,
            crl_urls: found.crl_urls,
            version,
            subject_name: subject.name,
            issuer_name: issuer.name,
            subject_emails: subject.emails,
            scheme,
            extensions: found.extensions,
            defects,
            places: Places {
                tbs: place(bytes, tbs.as_ref()),
                spki: place(bytes, tbs.subject_pki.raw),
                public_key: place(bytes, &tbs.subject_pki.subject_public_key.data),
                signature: place(bytes, &read.signature_value.data),
            },
        };
        if version == 3 {
            profile::remark(&mut cert, found.marks);
        }
        Ok(cert)
    }
}

impl From<NotDer> for Malformed {
    fn from(error: NotDer) -> Self {
        malformed(error.0)
    }
}

fn malformed(reason: &str) -> Malformed {
    Malformed {
        reason: reason.to_owned(),
    }
}

fn frame_error(error: &nom::Err<X509Error>) -> String {
    match error {
        nom::Err::Incomplete(_)
        | nom::Err::Error(X509Error::NomError(ErrorKind::Eof))
        | nom::Err::Failure(X509Error::NomError(ErrorKind::Eof)) => "it ends too early".to_owned(),
        nom::Err::Error(error) | nom::Err::Failure(error) => error.to_string(),
    }
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    let digest = digest::digest(&digest::SHA256, bytes);
    for (to, from) in sum.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    sum
}

/// Where `part` lies in `whole`; empty when it does not.
pub(super) fn place(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    match start.checked_add(part.len()) {
        Some(end) if end <= whole.len() => start..end,
        _ => 0..0,
    }
}

/// Fractions of a second are not allowed; where they stand, validity begins with the next whole one.
fn not_before(time: &ASN1Time) -> UnixTime {
    UnixTime(time.timestamp()).plus(i64::from(has_fraction(time)))
}

fn has_fraction(time: &ASN1Time) -> bool {
    time.to_datetime().nanosecond() > 0
}

/// What the frame itself has against RFC 5280 section 4.1.
fn check_frame(read: &X509Certificate<'_>, bytes: &[u8], defects: &mut Vec<Defect>) {
    let tbs = &read.tbs_certificate;
    let mut note = |severity, rule, text| {
        defects.push(Defect {
            severity,
            text,
            rule,
        })
    };
    if !same_algorithm(bytes) {
        note(
            Severity::Refused,
            "RFC 5280 section 4.1.1.2",
            Msg::new("chain.defect.algorithms-differ")
                .with("outer", SignatureScheme::read(&read.signature_algorithm))
                .with("inner", SignatureScheme::read(&tbs.signature)),
        );
    }
    let serial = tbs.raw_serial();
    let zero = serial.iter().all(|byte| *byte == 0);
    let negative = serial.first().is_some_and(|byte| byte & 0x80 != 0);
    if zero || negative || serial.len() > 20 {
        note(
            Severity::Remark,
            "RFC 5280 section 4.1.2.2",
            Msg::new("chain.defect.serial").with("serial", data_encoding::HEXLOWER.encode(serial)),
        );
    }
    if tbs.issuer.iter().next().is_none() {
        note(
            Severity::Remark,
            "RFC 5280 section 4.1.2.4",
            Msg::new("chain.defect.empty-issuer"),
        );
    }
    if has_fraction(&tbs.validity.not_before) || has_fraction(&tbs.validity.not_after) {
        note(
            Severity::Remark,
            "RFC 5280 section 4.1.2.5.2",
            Msg::new("chain.defect.fractional-seconds"),
        );
    }
    if tbs.version.0 < 2 && !tbs.extensions().is_empty() {
        note(
            Severity::Refused,
            "RFC 5280 section 4.1.2.9",
            Msg::new("chain.defect.extensions-in-old-version").with("version", tbs.version.0 + 1),
        );
    }
}

/// Whether the two copies of the signature algorithm are the same bytes.
fn same_algorithm(bytes: &[u8]) -> bool {
    fn both(bytes: &[u8]) -> Result<(&[u8], &[u8]), NotDer> {
        let mut outer = Reader::single(bytes, tag::SEQUENCE)?;
        let mut tbs = Reader::new(outer.expect(tag::SEQUENCE)?.content);
        let outer_algorithm = outer.expect(tag::SEQUENCE)?.raw;
        tbs.optional(tag::constructed(0))?;
        tbs.expect(tag::INTEGER)?;
        Ok((outer_algorithm, tbs.expect(tag::SEQUENCE)?.raw))
    }
    both(bytes).is_ok_and(|(outer, inner)| outer == inner)
}

fn read_key(spki: &SubjectPublicKeyInfo<'_>) -> Key {
    let kind = spki.algorithm.algorithm.to_id_string();
    let bits = &spki.subject_public_key.data;
    match kind.as_str() {
        "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => Key {
            algorithm: KeyAlgorithm::Rsa,
            bits: rsa_bits(bits).unwrap_or(0),
            pss_only: kind == "1.2.840.113549.1.1.10",
        },
        "1.2.840.10045.2.1" => {
            let named = spki
                .algorithm
                .parameters
                .as_ref()
                // The parser takes the content of anything for an identifier: a curve that is written out has no name.
                .filter(|any| any.header.is_universal() && any.header.tag() == Tag::Oid)
                .and_then(|any| any.as_oid().ok());
            let (curve, size) = match named.map(|oid| oid.to_id_string()) {
                None => ("explicit parameters".to_owned(), None),
                Some(oid) => match oid.as_str() {
                    "1.2.840.10045.3.1.7" => ("P-256".to_owned(), Some(256)),
                    "1.3.132.0.34" => ("P-384".to_owned(), Some(384)),
                    "1.3.132.0.35" => ("P-521".to_owned(), Some(521)),
                    "1.2.840.10045.3.1.1" => ("P-192".to_owned(), Some(192)),
                    "1.3.132.0.33" => ("P-224".to_owned(), Some(224)),
                    "1.3.132.0.10" => ("secp256k1".to_owned(), Some(256)),
                    "1.3.36.3.3.2.8.1.1.7" => ("brainpoolP256r1".to_owned(), Some(256)),
                    "1.3.36.3.3.2.8.1.1.11" => ("brainpoolP384r1".to_owned(), Some(384)),
                    "1.3.36.3.3.2.8.1.1.13" => ("brainpoolP512r1".to_owned(), Some(512)),
                    "1.2.156.10197.1.301" => ("SM2".to_owned(), Some(256)),
                    _ => (oid, None),
                },
            };
            // An uncompressed point is one byte and two coordinates.
            let from_point = || u32::try_from(bits.len().saturating_sub(1) / 2 * 8).unwrap_or(0);
            Key {
                algorithm: KeyAlgorithm::Ec(curve),
                bits: size.unwrap_or_else(from_point),
                pss_only: false,
            }
        }
        "1.3.101.112" => Key {
            algorithm: KeyAlgorithm::Ed25519,
            bits: 256,
            pss_only: false,
        },
        _ => Key {
            bits: u32::try_from(bits.len()).unwrap_or(0).saturating_mul(8),
            pss_only: false,
            algorithm: KeyAlgorithm::Other(kind),
        },
    }
}

/// The size of an RSA modulus in bits.
fn rsa_bits(key: &[u8]) -> Result<u32, NotDer> {
    let mut sequence = Reader::single(key, tag::SEQUENCE)?;
    let modulus = sequence.expect(tag::INTEGER)?.content;
    let start = modulus
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(modulus.len());
    let digits = modulus.get(start..).unwrap_or_default();
    let leading = digits.first().map_or(0, |byte| byte.leading_zeros());
    let bits = u32::try_from(digits.len()).unwrap_or(0).saturating_mul(8);
    Ok(bits.saturating_sub(leading))
}

#[cfg(test)]
#[path = "tests/parse.rs"]
mod tests;
