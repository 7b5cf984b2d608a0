//! Revocation lists and OCSP answers on demand, byte by byte, so that every field can be wrong in its own way.

#![allow(
    dead_code,
    reason = "each test program uses its own part; expect would fail where all is used"
)]

use aws_lc_rs::digest::{self, Algorithm};
use rcgen::{KeyPair, SigningKey};
use vpnmedic::chain::Cert;
use vpnmedic::evidence::{Der, UnixTime};

/// Tag, length, content.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag];
    let length = content.len();
    match length {
        0..=0x7f => whole.push(length as u8),
        0x80..=0xff => whole.extend([0x81, length as u8]),
        0x100..=0xffff => whole.extend([0x82, (length >> 8) as u8, length as u8]),
        0x1_0000..=0xff_ffff => whole.extend([
            0x83,
            (length >> 16) as u8,
            (length >> 8) as u8,
            length as u8,
        ]),
        _ => whole.extend([
            0x84,
            (length >> 24) as u8,
            (length >> 16) as u8,
            (length >> 8) as u8,
            length as u8,
        ]),
    }
    whole.extend(content);
    whole
}

/// A SEQUENCE of these.
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// GeneralizedTime.
pub fn general_time(time: UnixTime) -> Vec<u8> {
    let digits: String = time
        .rfc3339()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    tlv(0x18, format!("{digits}Z").as_bytes())
}

/// UTCTime.
pub fn utc_time(time: UnixTime) -> Vec<u8> {
    let digits: String = time
        .rfc3339()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    tlv(0x17, format!("{}Z", &digits[2..]).as_bytes())
}

/// An extension; the object identifier by its bytes.
pub fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = tlv(0x06, oid);
    if critical {
        parts.extend([0x01, 0x01, 0xff]);
    }
    parts.extend(tlv(0x04, value));
    tlv(0x30, &parts)
}

/// The object identifier of `ecdsa-with-SHA256`, which rcgen's own keys make.
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

/// Signed by this key, whatever the algorithm says.
fn seal(data: &[u8], key: &KeyPair, algorithm: &[u8], more: &[u8]) -> Vec<u8> {
    let mut bits = vec![0];
    bits.extend(key.sign(data).unwrap());
    let algorithm = sequence(&[&tlv(0x06, algorithm)]);
    sequence(&[data, &algorithm, &tlv(0x03, &bits), more])
}

/// What an OCSP answer says of a certificate.
#[derive(Clone, Copy, Debug)]
pub enum Says {
    Good,
    /// Since when, and the reason's number.
    Revoked(UnixTime, Option<u8>),
    Unknown,
}

/// An OCSP answer to be made.
#[derive(Clone)]
pub struct Ocsp<'a> {
    pub cert: &'a Cert,
    pub issuer: &'a Cert,
    pub says: Says,
    pub from: UnixTime,
    pub until: Option<UnixTime>,
    /// The responder's certificate and key.
    pub responder: &'a Cert,
    pub key: &'a KeyPair,
    /// Certificates sent along.
    pub embedded: Vec<&'a Cert>,
    pub sha256: bool,
    /// Another hash in the certificate's place, and its object identifier.
    pub hash: Option<(&'static Algorithm, &'static [u8])>,
    /// Names the responder by its key instead of its name.
    pub by_key: bool,
    /// Extensions of the whole answer.
    pub extensions: Vec<u8>,
    /// Extensions of what is said of the one certificate.
    pub single_extensions: Vec<u8>,
    /// What stands before the responder.
    pub head: Vec<u8>,
    /// The status as it stands, in place of what `says` makes.
    pub status: Vec<u8>,
    /// The object identifier of the signature algorithm that is named.
    pub algorithm: &'static [u8],
    /// The type of the answer.
    pub kind: &'static [u8],
}

impl<'a> Ocsp<'a> {
    /// "good", by the issuer itself.
    pub fn new(cert: &'a Cert, issuer: &'a Cert, key: &'a KeyPair, at: UnixTime) -> Self {
        Self {
            cert,
            issuer,
            says: Says::Good,
            from: at.plus(-3_600),
            until: Some(at.plus(86_400)),
            responder: issuer,
            key,
            embedded: Vec::new(),
            sha256: false,
            hash: None,
            by_key: false,
            extensions: Vec::new(),
            single_extensions: Vec::new(),
            head: Vec::new(),
            status: Vec::new(),
            algorithm: ECDSA_SHA256,
            kind: &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1],
        }
    }

    pub fn make(&self) -> Der {
        let (algorithm, oid): (&Algorithm, &[u8]) = match self.hash {
            Some(hash) => hash,
            None if self.sha256 => (&digest::SHA256, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]),
            None => (&digest::SHA1_FOR_LEGACY_USE_ONLY, &[0x2b, 0x0e, 3, 2, 0x1a]),
        };
        let sum = |bytes: &[u8]| tlv(0x04, digest::digest(algorithm, bytes).as_ref());
        let id = sequence(&[
            &sequence(&[&tlv(0x06, oid), &[5, 0]]),
            &sum(&self.issuer.subject_der),
            &sum(self.issuer.public_key()),
            &tlv(0x02, &self.cert.serial_bytes()),
        ]);
        let status = match self.says {
            _ if !self.status.is_empty() => self.status.clone(),
            Says::Good => vec![0x80, 0],
            Says::Unknown => vec![0x82, 0],
            Says::Revoked(since, reason) => {
                let mut content = general_time(since);
                if let Some(reason) = reason {
                    content.extend(tlv(0xa0, &[0x0a, 1, reason]));
                }
                tlv(0xa1, &content)
            }
        };
        let until = self
            .until
            .map_or_else(Vec::new, |until| tlv(0xa0, &general_time(until)));
        let single_extensions = listed(0xa1, &self.single_extensions);
        let single = sequence(&[
            &id,
            &status,
            &general_time(self.from),
            &until,
            &single_extensions,
        ]);
        let responder = if self.by_key {
            let sum = digest::digest(
                &digest::SHA1_FOR_LEGACY_USE_ONLY,
                self.responder.public_key(),
            );
            tlv(0xa2, &tlv(0x04, sum.as_ref()))
        } else {
            tlv(0xa1, &self.responder.subject_der)
        };
        let extensions = listed(0xa1, &self.extensions);
        let data = sequence(&[
            &self.head,
            &responder,
            &general_time(self.from),
            &sequence(&[&single]),
            &extensions,
        ]);
        let embedded: Vec<u8> = self
            .embedded
            .iter()
            .flat_map(|cert| cert.der.as_slice().to_vec())
            .collect();
        let embedded = listed(0xa0, &embedded);
        let basic = seal(&data, self.key, self.algorithm, &embedded);
        let kind = tlv(0x06, self.kind);
        let bytes = sequence(&[&kind, &tlv(0x04, &basic)]);
        Der::from(sequence(&[&[0x0a, 1, 0], &tlv(0xa0, &bytes)]))
    }
}

/// A list under an explicit tag, left out when it is empty.
fn listed(tag: u8, content: &[u8]) -> Vec<u8> {
    if content.is_empty() {
        Vec::new()
    } else {
        tlv(tag, &tlv(0x30, content))
    }
}

/// A responder's refusal.
pub fn refusal(status: u8) -> Der {
    Der::from(sequence(&[&[0x0a, 1, status]]))
}

/// A revocation list to be made.
#[derive(Clone)]
pub struct Crl<'a> {
    pub issuer: &'a Cert,
    pub key: &'a KeyPair,
    pub from: UnixTime,
    pub until: Option<UnixTime>,
    /// Serial number, since when, extensions of the entry.
    pub entries: Vec<(Vec<u8>, UnixTime, Vec<u8>)>,
    pub extensions: Vec<u8>,
    /// What stands before the algorithm: the version, 1 for the second.
    pub head: Vec<u8>,
    /// The object identifier of the signature algorithm that is named.
    pub algorithm: &'static [u8],
}

impl<'a> Crl<'a> {
    /// An empty one, in date.
    pub fn new(issuer: &'a Cert, key: &'a KeyPair, at: UnixTime) -> Self {
        Self {
            issuer,
            key,
            from: at.plus(-86_400),
            until: Some(at.plus(7 * 86_400)),
            entries: Vec::new(),
            extensions: Vec::new(),
            head: vec![2, 1, 1],
            algorithm: ECDSA_SHA256,
        }
    }

    /// The same with this certificate on it.
    pub fn with(mut self, cert: &Cert, since: UnixTime, reason: Option<u8>) -> Self {
        let extensions = reason.map_or_else(Vec::new, |reason| {
            extension(&[0x55, 0x1d, 21], false, &[0x0a, 1, reason])
        });
        self.entries.push((cert.serial_bytes(), since, extensions));
        self
    }

    /// The same with this extension of the whole list.
    pub fn extended(mut self, oid: &[u8], critical: bool, value: &[u8]) -> Self {
        self.extensions.extend(extension(oid, critical, value));
        self
    }

    pub fn make(&self) -> Der {
        let entries: Vec<u8> = self
            .entries
            .iter()
            .flat_map(|(serial, since, extensions)| {
                let extensions = if extensions.is_empty() {
                    Vec::new()
                } else {
                    tlv(0x30, extensions)
                };
                sequence(&[&tlv(0x02, serial), &utc_time(*since), &extensions])
            })
            .collect();
        let entries = if entries.is_empty() {
            entries
        } else {
            tlv(0x30, &entries)
        };
        let extensions = listed(0xa0, &self.extensions);
        let until = self.until.map_or_else(Vec::new, utc_time);
        let data = sequence(&[
            &self.head,
            &sequence(&[&tlv(0x06, self.algorithm)]),
            &self.issuer.subject_der,
            &utc_time(self.from),
            &until,
            &entries,
            &extensions,
        ]);
        Der::from(seal(&data, self.key, self.algorithm, &[]))
    }
}
