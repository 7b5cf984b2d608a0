//! OCSP answers: DER to single responses, and what they say about a certificate (RFC 6960 section 4.2).
//!
//! Not here: who may sign one (`signer.rs`), and asking for one.

use std::ops::Range;

use aws_lc_rs::digest;

use super::super::cert::Cert;
use super::super::der::{self, Element, NotDer, Reader, tag};
use super::super::dn;
use super::super::parse::place as range;
use super::super::signature::SignatureScheme;
use super::crl::{reason, significant};
use super::scope::read_extension;
use super::signer::{self, Responder, Sealed};
use super::{FRESH, MAX_ANSWER, Obstacle, Place, Refusal, SKEW, Said, Status};
use crate::evidence::{Der, UnixTime};

const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
/// Certificates kept from one answer.
const MAX_EMBEDDED: usize = 8;

/// A basic OCSP answer whose form is in order.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    der: Der,
    signed: Range<usize>,
    signature: Range<usize>,
    scheme: SignatureScheme,
    responder: Responder,
    singles: Vec<Single>,
    embedded: Vec<Der>,
    /// A critical extension of the whole answer that is not known.
    critical: Option<String>,
}

/// The word on one certificate.
#[derive(Clone, Debug)]
struct Single {
    hash: String,
    issuer_name: Vec<u8>,
    issuer_key: Vec<u8>,
    serial: Vec<u8>,
    status: Status,
    from: UnixTime,
    until: Option<UnixTime>,
    critical: Option<String>,
}

impl Answer {
    /// Reads one answer. An answer that is only a refusal is an obstacle of its own.
    pub(super) fn parse(der: &Der) -> Result<Self, Obstacle> {
        let size = der.as_slice().len();
        if size > MAX_ANSWER {
            return Err(Obstacle::TooLarge(size));
        }
        let unreadable = |error: NotDer| Obstacle::Unreadable(error.0);
        let basic = envelope(der.as_slice()).map_err(unreadable)??;
        Self::read(der, basic).map_err(unreadable)
    }

    fn read(der: &Der, basic: &[u8]) -> Result<Self, NotDer> {
        let bytes = der.as_slice();
        let mut whole = Reader::single(basic, tag::SEQUENCE)?;
        let signed = whole.expect(tag::SEQUENCE)?;
        let algorithm = whole.expect(tag::SEQUENCE)?;
        let signature = der::bit_string(whole.expect(tag::BIT_STRING)?.content)?.0;
        let embedded = match whole.optional(tag::constructed(0))? {
            Some(list) => certificates(list.content)?,
            None => Vec::new(),
        };
        whole.finish()?;

        let mut data = Reader::new(signed.content);
        if data.optional(tag::constructed(0))?.is_some() {
            // Version 1 is the default and so never written in DER; there is no other.
            return Err(NotDer("has a version that is unknown"));
        }
        let responder = responder(data.next()?)?;
        let produced = data.expect(tag::GENERALIZED_TIME)?;
        der::time(produced)?;
        let mut list = Reader::new(data.expect(tag::SEQUENCE)?.content);
        let mut singles = Vec::new();
        while !list.is_empty() {
            singles.push(single(list.expect(tag::SEQUENCE)?)?);
        }
        let critical = match data.optional(tag::constructed(1))? {
            Some(extensions) => unknown_critical(extensions.content)?,
            None => None,
        };
        data.finish()?;
        Ok(Self {
            der: der.clone(),
            signed: range(bytes, signed.raw),
            signature: range(bytes, signature),
            scheme: SignatureScheme::from_der(algorithm.raw)?,
            responder,
            singles,
            embedded,
            critical,
        })
    }

    /// What it says about a certificate.
    pub(super) fn says(&self, place: &Place<'_>) -> Result<Said, Obstacle> {
        let (cert, issuer) = place.pair()?;
        let single = self
            .singles
            .iter()
            .find(|single| single.is_about(cert, issuer))
            .ok_or(Obstacle::OtherCertificate)?;
        let part =
            |place: &Range<usize>| self.der.as_slice().get(place.clone()).unwrap_or_default();
        let sealed = Sealed {
            scheme: &self.scheme,
            bytes: part(&self.signed),
            signature: part(&self.signature),
        };
        let signer = signer::of_answer(sealed, &self.responder, &self.embedded, issuer, place)?;
        if let Some(oid) = self.critical.as_ref().or(single.critical.as_ref()) {
            return Err(Obstacle::CriticalExtension(oid.clone()));
        }
        if single.from > place.now.plus(SKEW) {
            return Err(Obstacle::NotYet(single.from));
        }
        let ended = single.until.filter(|until| until.plus(SKEW) < place.now);
        if !single.status.is_for_good() {
            if let Some(until) = ended {
                return Err(Obstacle::Expired(until));
            }
            if single.until.is_none() && single.from.plus(FRESH) < place.now {
                return Err(Obstacle::NoEnd(single.from));
            }
        }
        Ok(Said {
            status: single.status,
            signer,
            from: single.from,
            until: single.until,
            stale: ended.is_some(),
        })
    }
}

impl Single {
    /// Whether its CertID is this certificate's (RFC 6960 section 4.1.1).
    fn is_about(&self, cert: &Cert, issuer: &Cert) -> bool {
        let algorithm = match self.hash.as_str() {
            "1.3.14.3.2.26" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            "2.16.840.1.101.3.4.2.1" => &digest::SHA256,
            "2.16.840.1.101.3.4.2.2" => &digest::SHA384,
            "2.16.840.1.101.3.4.2.3" => &digest::SHA512,
            _ => return false,
        };
        let sum_is = |bytes: &[u8], sum: &[u8]| digest::digest(algorithm, bytes).as_ref() == sum;
        significant(&self.serial) == significant(&cert.serial_bytes())
            && (sum_is(&cert.issuer_der, &self.issuer_name)
                || sum_is(&issuer.subject_der, &self.issuer_name))
            && sum_is(issuer.public_key(), &self.issuer_key)
    }
}

/// The bytes of the basic answer inside an `OCSPResponse`, or why there is none.
fn envelope(bytes: &[u8]) -> Result<Result<&[u8], Obstacle>, NotDer> {
    let mut whole = Reader::single(bytes, tag::SEQUENCE)?;
    let status = der::small_integer(whole.expect(tag::ENUMERATED)?.content)?;
    let refusal = match status {
        0 => None,
        1 => Some(Refusal::MalformedRequest),
        2 => Some(Refusal::InternalError),
        3 => Some(Refusal::TryLater),
        5 => Some(Refusal::SignatureRequired),
        6 => Some(Refusal::Unauthorized),
        _ => return Err(NotDer("has a status that is unknown")),
    };
    if let Some(refusal) = refusal {
        return Ok(Err(Obstacle::Refused(refusal)));
    }
    let content = whole.expect(tag::constructed(0))?.content;
    whole.finish()?;
    let mut inner = Reader::single(content, tag::SEQUENCE)?;
    let kind = der::oid(inner.expect(tag::OID)?.content)?;
    let response = inner.expect(tag::OCTET_STRING)?.content;
    inner.finish()?;
    if kind == BASIC {
        Ok(Ok(response))
    } else {
        Ok(Err(Obstacle::UnknownType(kind)))
    }
}

fn certificates(content: &[u8]) -> Result<Vec<Der>, NotDer> {
    let mut list = Reader::single(content, tag::SEQUENCE)?;
    let mut found = Vec::new();
    while !list.is_empty() {
        let element = list.expect(tag::SEQUENCE)?;
        if found.len() < MAX_EMBEDDED {
            found.push(Der::from(element.raw));
        }
    }
    Ok(found)
}

fn responder(element: Element<'_>) -> Result<Responder, NotDer> {
    match element.tag {
        0xa1 => {
            let name = dn::read(element.content)?;
            Ok(Responder::Name(name.name, name.text))
        }
        0xa2 => {
            let mut reader = Reader::new(element.content);
            let sum = reader.expect(tag::OCTET_STRING)?.content.to_vec();
            reader.finish()?;
            Ok(Responder::Key(sum))
        }
        _ => Err(NotDer("has a responder that is not named in a known way")),
    }
}

fn single(element: Element<'_>) -> Result<Single, NotDer> {
    let mut reader = Reader::new(element.content);
    let mut id = Reader::new(reader.expect(tag::SEQUENCE)?.content);
    let mut algorithm = Reader::new(id.expect(tag::SEQUENCE)?.content);
    let hash = der::oid(algorithm.expect(tag::OID)?.content)?;
    algorithm.optional(tag::NULL)?;
    algorithm.finish()?;
    let issuer_name = id.expect(tag::OCTET_STRING)?.content.to_vec();
    let issuer_key = id.expect(tag::OCTET_STRING)?.content.to_vec();
    let serial = id.expect(tag::INTEGER)?.content.to_vec();
    id.finish()?;
    let status = status(reader.next()?)?;
    let from = der::time(reader.expect(tag::GENERALIZED_TIME)?)?;
    let until = match reader.optional(tag::constructed(0))? {
        Some(until) => Some(only_time(until.content)?),
        None => None,
    };
    let critical = match reader.optional(tag::constructed(1))? {
        Some(extensions) => unknown_critical(extensions.content)?,
        None => None,
    };
    reader.finish()?;
    Ok(Single {
        hash,
        issuer_name,
        issuer_key,
        serial,
        status,
        from,
        until,
        critical,
    })
}

fn status(element: Element<'_>) -> Result<Status, NotDer> {
    match element.tag {
        0x80 if element.content.is_empty() => Ok(Status::Good),
        0x82 if element.content.is_empty() => Ok(Status::Unknown),
        0xa1 => {
            let mut reader = Reader::new(element.content);
            let since = der::time(reader.expect(tag::GENERALIZED_TIME)?)?;
            let reason = match reader.optional(tag::constructed(0))? {
                Some(element) => {
                    let mut inner = Reader::new(element.content);
                    let found = reason(inner.next()?)?;
                    inner.finish()?;
                    found
                }
                None => None,
            };
            reader.finish()?;
            Ok(Status::Revoked { since, reason })
        }
        _ => Err(NotDer("has a certificate status that is not one")),
    }
}

fn only_time(content: &[u8]) -> Result<UnixTime, NotDer> {
    let mut reader = Reader::new(content);
    let time = der::time(reader.expect(tag::GENERALIZED_TIME)?)?;
    reader.finish()?;
    Ok(time)
}

/// The first critical extension that is not known. Known ones are the nonce and its relatives (RFC 6960 section 4.4) and
/// certificate transparency; none of them changes what the status means.
fn unknown_critical(content: &[u8]) -> Result<Option<String>, NotDer> {
    let mut list = Reader::single(content, tag::SEQUENCE)?;
    let mut unknown = None;
    while !list.is_empty() {
        let extension = read_extension(list.next()?)?;
        let known = extension.oid.starts_with("1.3.6.1.5.5.7.48.1.")
            || extension.oid == "1.3.6.1.4.1.11129.2.4.5";
        if extension.critical && !known && unknown.is_none() {
            unknown = Some(extension.oid);
        }
    }
    Ok(unknown)
}
