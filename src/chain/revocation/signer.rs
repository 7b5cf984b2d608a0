//! Who may sign a revocation list (RFC 5280 section 6.3.3 (f)) and an OCSP answer (RFC 6960 section 4.2.2.2).
//!
//! Not here: what is signed.

use std::sync::Arc;

use aws_lc_rs::digest;

use super::super::cert::{Cert, ExtendedUse, KeyUsage};
use super::super::dn::Name;
use super::super::signature::{self, SignatureScheme, Signed, is_signed_by};
use super::{Obstacle, Place};
use crate::evidence::{Der, UnixTime};

/// Certificates of a fitting name that are tried at most: honest CAs have one or two keys at a time.
const MAX_CANDIDATES: usize = 8;

/// Signed bytes with their signature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sealed<'a> {
    pub scheme: &'a SignatureScheme,
    pub bytes: &'a [u8],
    pub signature: &'a [u8],
}

impl Sealed<'_> {
    fn is_by(&self, signer: &Cert) -> Signed {
        signature::verify(self.scheme, self.bytes, self.signature, signer)
    }

    /// That a signature of this algorithm proves anything.
    fn worth(&self) -> Result<(), Obstacle> {
        if self.scheme.is_broken() {
            Err(Obstacle::WeakSignature(self.scheme.to_string()))
        } else {
            Ok(())
        }
    }

    /// What it means that none of the fitting keys made the signature.
    fn nobody(&self, cannot_tell: bool, expected: String) -> Obstacle {
        if cannot_tell {
            Obstacle::UnknownAlgorithm(self.scheme.to_string())
        } else {
            Obstacle::BadSignature(expected)
        }
    }
}

/// The signer of a list that carries the issuer's name: the issuer's own key, or another key of the same CA, from a
/// certificate of that name that the path vouches for. Its label.
pub(super) fn of_list(
    sealed: Sealed<'_>,
    name: &Name,
    issuer: &Cert,
    place: &Place<'_>,
) -> Result<String, Obstacle> {
    sealed.worth()?;
    let above = place.path.iter().skip(place.at + 1).map(|link| &*link.cert);
    let others = above
        .clone()
        .chain(place.beside.iter().map(Arc::as_ref))
        .filter(|cert| cert.subject_name == *name && cert.spki() != issuer.spki());
    let mut cannot_tell = false;
    let mut objection = None;
    for candidate in std::iter::once(issuer).chain(others).take(MAX_CANDIDATES) {
        match sealed.is_by(candidate) {
            Signed::No => continue,
            Signed::CannotTell => {
                cannot_tell = true;
                continue;
            }
            Signed::Yes => {}
        }
        let found = if let Some(usage) = candidate.extensions.key_usage
            && !usage.any(KeyUsage::CRL_SIGN)
        {
            Obstacle::MayNotSignLists(candidate.label(), usage.words())
        } else if above.clone().any(|known| known.sha256 == candidate.sha256) {
            return Ok(candidate.label());
        } else if !is_vouched_for(candidate, above.clone(), place.now) {
            Obstacle::SignerNotVouchedFor(candidate.label())
        } else if let Err(weak) = worth(candidate) {
            weak
        } else {
            return Ok(candidate.label());
        };
        objection = objection.or(Some(found));
    }
    Err(objection.unwrap_or_else(|| sealed.nobody(cannot_tell, issuer.label())))
}

/// That the signature on a signer's certificate proves anything. For those of the path that is the judge's to say.
fn worth(cert: &Cert) -> Result<(), Obstacle> {
    if cert.scheme.is_broken() {
        let algorithm = cert.scheme.to_string();
        Err(Obstacle::SignerWeaklyCertified(cert.label(), algorithm))
    } else {
        Ok(())
    }
}

/// Whether the path above vouches for this certificate: one of it issued it, and it is in date.
fn is_vouched_for<'c>(
    cert: &Cert,
    mut above: impl Iterator<Item = &'c Cert>,
    now: UnixTime,
) -> bool {
    above.any(|known| {
        known.subject_name == cert.issuer_name
            && cert.not_before <= now
            && now <= cert.not_after
            && cert.extensions.unknown_critical.is_empty()
            && is_signed_by(cert, known) == Signed::Yes
    })
}

/// Who an answer says it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Responder {
    /// The subject of its certificate.
    Name(Name, String),
    /// SHA-1 of its public key.
    Key(Vec<u8>),
}

impl Responder {
    fn is(&self, cert: &Cert) -> bool {
        match self {
            Self::Name(name, _) => cert.subject_name == *name,
            Self::Key(sum) => {
                let own = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, cert.public_key());
                own.as_ref() == sum.as_slice()
            }
        }
    }

    fn label(&self) -> String {
        match self {
            Self::Name(_, text) => text.clone(),
            Self::Key(sum) => format!("SHA-1 {}", data_encoding::HEXLOWER.encode(sum)),
        }
    }
}

/// The signer of an answer: the issuer itself, or a responder the issuer delegated to. Its label.
pub(super) fn of_answer(
    sealed: Sealed<'_>,
    responder: &Responder,
    embedded: &[Der],
    issuer: &Cert,
    place: &Place<'_>,
) -> Result<String, Obstacle> {
    sealed.worth()?;
    let mut cannot_tell = false;
    let mut named = false;
    if responder.is(issuer) {
        named = true;
        match sealed.is_by(issuer) {
            Signed::Yes => return Ok(issuer.label()),
            Signed::No => {}
            Signed::CannotTell => cannot_tell = true,
        }
    }
    let embedded: Vec<Arc<Cert>> = embedded
        .iter()
        .take(MAX_CANDIDATES)
        .filter_map(|der| Cert::parse(der).ok().map(Arc::new))
        .collect();
    let candidates = embedded
        .iter()
        .chain(place.beside)
        .filter(|cert| responder.is(cert) && cert.spki() != issuer.spki());
    let mut objection = None;
    for candidate in candidates.take(MAX_CANDIDATES) {
        named = true;
        match sealed.is_by(candidate) {
            Signed::No => continue,
            Signed::CannotTell => {
                cannot_tell = true;
                continue;
            }
            Signed::Yes => {}
        }
        match delegated(candidate, issuer, place.now) {
            Ok(()) => return Ok(candidate.label()),
            Err(found) => objection = objection.or(Some(found)),
        }
    }
    Err(match objection {
        Some(found) => found,
        None if named => sealed.nobody(cannot_tell, responder.label()),
        None => Obstacle::ResponderNotFound(responder.label()),
    })
}

/// Whether this certificate may answer in the issuer's stead. Its own revocation is not looked up: id-pkix-ocsp-nocheck
/// says that it need not be, and without it there would be no end.
fn delegated(cert: &Cert, issuer: &Cert, now: UnixTime) -> Result<(), Obstacle> {
    let own = cert.issuer_name == issuer.subject_name
        && is_signed_by(cert, issuer) == Signed::Yes
        && cert.extensions.unknown_critical.is_empty();
    if !own {
        return Err(Obstacle::ResponderNotDelegated(cert.label()));
    }
    worth(cert)?;
    let uses = cert.extensions.extended_key_usage.as_deref().unwrap_or(&[]);
    // anyExtendedKeyUsage is not enough: RFC 6960 section 4.2.2.2 wants the delegation said.
    if !uses.contains(&ExtendedUse::OcspSigning) {
        let words: Vec<String> = uses.iter().map(ToString::to_string).collect();
        let found = if words.is_empty() {
            "-".to_owned()
        } else {
            words.join(", ")
        };
        return Err(Obstacle::ResponderWithoutUse(cert.label(), found));
    }
    if let Some(usage) = cert.extensions.key_usage
        && !usage.any(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION)
    {
        return Err(Obstacle::ResponderWithoutUse(cert.label(), usage.words()));
    }
    if now < cert.not_before || cert.not_after < now {
        return Err(Obstacle::ResponderNotValid {
            signer: cert.label(),
            from: cert.not_before,
            until: cert.not_after,
        });
    }
    Ok(())
}
