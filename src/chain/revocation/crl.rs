//! Revocation lists: DER to what is needed to look a certificate up, and the looking up (RFC 5280 sections 5 and 6.3).
//!
//! Not here: indirect and delta lists. They are recognised and refused, each with its own words.

use std::ops::Range;

use super::super::cert::Cert;
use super::super::der::{self, Element, NotDer, Reader, tag};
use super::super::dn::{self, ReadName};
use super::super::parse::place as range;
use super::super::signature::SignatureScheme;
use super::scope::{Extension, Scoped, read_extension};
use super::signer::{self, Sealed};
use super::{MAX_LIST, Obstacle, Place, Reason, SKEW, Said, Status};
use crate::evidence::{Der, UnixTime};

/// A revocation list whose form is in order. Its entries stay where they are: a large list is walked, not copied.
#[derive(Clone, Debug)]
pub(super) struct List {
    der: Der,
    signed: Range<usize>,
    signature: Range<usize>,
    entries: Range<usize>,
    scheme: SignatureScheme,
    issuer: ReadName,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    scope: Scoped,
    /// What makes it unusable as a whole, whoever signed it.
    refused: Option<Obstacle>,
}

/// One entry.
struct Entry<'a> {
    serial: &'a [u8],
    since: UnixTime,
    reason: Option<Reason>,
    /// The first critical extension that is not known.
    critical: Option<String>,
    /// It names a CA of its own (RFC 5280 section 5.3.3).
    other_issuer: bool,
}

impl List {
    /// Reads one list and all its entries.
    pub(super) fn parse(der: &Der) -> Result<Self, Obstacle> {
        let size = der.as_slice().len();
        if size > MAX_LIST {
            return Err(Obstacle::TooLarge(size));
        }
        Self::read(der).map_err(|error| Obstacle::Unreadable(error.0))
    }

    fn read(der: &Der) -> Result<Self, NotDer> {
        let bytes = der.as_slice();
        let mut whole = Reader::single(bytes, tag::SEQUENCE)?;
        let signed = whole.expect(tag::SEQUENCE)?;
        let outer = whole.expect(tag::SEQUENCE)?;
        let signature = der::bit_string(whole.expect(tag::BIT_STRING)?.content)?.0;
        whole.finish()?;

        let mut tbs = Reader::new(signed.content);
        if let Some(version) = tbs.optional(tag::INTEGER)?
            && der::small_integer(version.content)? != 1
        {
            return Err(NotDer("has a version that is unknown"));
        }
        if tbs.expect(tag::SEQUENCE)?.raw != outer.raw {
            return Err(NotDer("names two different signature algorithms"));
        }
        let issuer = dn::read(tbs.expect(tag::SEQUENCE)?.raw)?;
        let this_update = der::time(tbs.next()?)?;
        let next_update = match tbs.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(der::time(tbs.next()?)?),
            _ => None,
        };
        let entries = tbs
            .optional(tag::SEQUENCE)?
            .map_or(&[][..], |element| element.content);
        let extensions = tbs.optional(tag::constructed(0))?;
        tbs.finish()?;

        let mut list = Self {
            der: der.clone(),
            signed: range(bytes, signed.raw),
            signature: range(bytes, signature),
            entries: range(bytes, entries),
            scheme: SignatureScheme::from_der(outer.raw)?,
            issuer,
            this_update,
            next_update,
            scope: Scoped::default(),
            refused: None,
        };
        if let Some(extensions) = extensions {
            list.read_extensions(extensions.content)?;
        }
        list.read_entries()?;
        Ok(list)
    }

    fn read_extensions(&mut self, content: &[u8]) -> Result<(), NotDer> {
        let mut reader = Reader::single(content, tag::SEQUENCE)?;
        while !reader.is_empty() {
            let Extension {
                oid,
                critical,
                value,
            } = read_extension(reader.next()?)?;
            let refused = match oid.as_str() {
                "2.5.29.27" => Some(Obstacle::Delta),
                "2.5.29.28" => {
                    self.scope = Scoped::read(value, &self.issuer.name)?;
                    self.scope.indirect.then_some(Obstacle::Indirect)
                }
                // Key identifier, alternative names, number, freshest list, access: no say in whether it may be used.
                "2.5.29.35" | "2.5.29.18" | "2.5.29.20" | "2.5.29.46" | "1.3.6.1.5.5.7.1.1" => None,
                _ if critical => Some(Obstacle::CriticalExtension(oid)),
                _ => None,
            };
            self.refuse(refused);
        }
        Ok(())
    }

    /// That every entry can be read, and that none of them forbids the use of the list (RFC 5280 section 5.3).
    fn read_entries(&mut self) -> Result<(), NotDer> {
        let der = self.der.clone();
        let mut reader = Reader::new(part(&der, &self.entries));
        while !reader.is_empty() {
            let entry = entry(reader.expect(tag::SEQUENCE)?)?;
            self.refuse(entry.critical.map(Obstacle::CriticalExtension));
            self.refuse(entry.other_issuer.then_some(Obstacle::Indirect));
        }
        Ok(())
    }

    fn refuse(&mut self, obstacle: Option<Obstacle>) {
        if self.refused.is_none() {
            self.refused = obstacle;
        }
    }

    /// What it says about a certificate.
    pub(super) fn says(&self, place: &Place<'_>) -> Result<Said, Obstacle> {
        let (cert, issuer) = place.pair()?;
        if self.issuer.name != cert.issuer_name {
            return Err(Obstacle::OtherIssuer(self.issuer.text.clone()));
        }
        let sealed = Sealed {
            scheme: &self.scheme,
            bytes: part(&self.der, &self.signed),
            signature: part(&self.der, &self.signature),
        };
        let signer = signer::of_list(sealed, &self.issuer.name, issuer, place)?;
        if let Some(obstacle) = &self.refused {
            return Err(obstacle.clone());
        }
        self.scope.covers(cert)?;
        if self.this_update > place.now.plus(SKEW) {
            return Err(Obstacle::NotYet(self.this_update));
        }
        let ended = self.next_update.filter(|until| *until < place.now);
        let status = self.look_up(cert);
        // Whoever is revoked for good stays so, whatever the age and the gaps of the list.
        if !status.is_for_good() {
            match (ended, self.next_update) {
                (Some(until), _) => return Err(Obstacle::Expired(until)),
                (None, None) => return Err(Obstacle::NoEnd(self.this_update)),
                (None, Some(_)) => {}
            }
            if self.scope.some_reasons && status == Status::Good {
                return Err(Obstacle::SomeReasons);
            }
        }
        Ok(Said {
            status,
            signer,
            from: self.this_update,
            until: self.next_update,
            stale: ended.is_some(),
        })
    }

    /// The first entry with this serial number.
    fn look_up(&self, cert: &Cert) -> Status {
        let wanted = cert.serial_bytes();
        let mut reader = Reader::new(part(&self.der, &self.entries));
        while let Ok(element) = reader.expect(tag::SEQUENCE) {
            if let Ok(entry) = entry(element)
                && significant(entry.serial) == significant(&wanted)
            {
                return Status::Revoked {
                    since: entry.since,
                    reason: entry.reason,
                };
            }
        }
        Status::Good
    }
}

/// The bytes of a number without those that only repeat its sign: some CAs pad theirs in one place and not in the other.
pub(super) fn significant(number: &[u8]) -> &[u8] {
    let mut rest = number;
    while let [0, next @ ..] = rest
        && next.first().is_some_and(|byte| byte & 0x80 == 0)
    {
        rest = next;
    }
    rest
}

/// A CRLReason.
pub(super) fn reason(element: Element<'_>) -> Result<Option<Reason>, NotDer> {
    if element.tag != tag::ENUMERATED {
        return Err(NotDer("has a reason that is not one"));
    }
    Ok(Reason::by_number(der::small_integer(element.content)?))
}

fn part<'d>(der: &'d Der, place: &Range<usize>) -> &'d [u8] {
    der.as_slice().get(place.clone()).unwrap_or_default()
}

fn entry(element: Element<'_>) -> Result<Entry<'_>, NotDer> {
    let mut reader = Reader::new(element.content);
    let serial = reader.expect(tag::INTEGER)?.content;
    let mut entry = Entry {
        serial,
        since: der::time(reader.next()?)?,
        reason: None,
        critical: None,
        other_issuer: false,
    };
    let extensions = reader.optional(tag::SEQUENCE)?;
    reader.finish()?;
    let mut extensions = Reader::new(extensions.map_or(&[][..], |element| element.content));
    while !extensions.is_empty() {
        let Extension {
            oid,
            critical,
            value,
        } = read_extension(extensions.next()?)?;
        match oid.as_str() {
            "2.5.29.21" => {
                let mut value = Reader::new(value);
                entry.reason = reason(value.next()?)?;
                value.finish()?;
            }
            "2.5.29.24" => {}
            "2.5.29.29" => entry.other_issuer = true,
            _ if critical => entry.critical = Some(oid),
            _ => {}
        }
    }
    Ok(entry)
}
