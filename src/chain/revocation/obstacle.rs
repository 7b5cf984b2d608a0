//! Why a revocation list or an OCSP answer cannot be used for a certificate.
//!
//! Not here: finding out. Every obstacle has its own words, so that "cannot be checked" always says because of what.

use std::fmt;

use crate::evidence::UnixTime;
use crate::msg::Msg;

use super::{MAX_ANSWER, MAX_LIST, StatementKind};

/// Why a statement cannot be used. Names in it are data from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The bytes are not what they should be; how, in English, from the reader.
    Unreadable(&'static str),
    /// More bytes than are read.
    TooLarge(usize),
    /// The certificate's issuer is not at hand or did not sign it, so that nobody can be believed.
    IssuerMissing,
    /// The list is another CA's.
    OtherIssuer(String),
    /// The answer is about other certificates.
    OtherCertificate,
    /// The list is for a kind of certificate that this is not (RFC 5280 section 5.2.5).
    OtherScope(Scope),
    /// The signature was not made by the key it should be from.
    BadSignature(String),
    /// The signature rests on a broken hash.
    WeakSignature(String),
    /// The signer's own certificate rests on a broken hash; its name and the algorithm.
    SignerWeaklyCertified(String, String),
    /// Nobody here can check this algorithm.
    UnknownAlgorithm(String),
    /// The signer's key usage leaves out cRLSign; its name and its usage.
    MayNotSignLists(String, String),
    /// The list was signed by a certificate of the CA's name that nothing on the path vouches for.
    SignerNotVouchedFor(String),
    /// No certificate of the responder that the answer names is at hand.
    ResponderNotFound(String),
    /// The responder's certificate was not issued by the CA whose certificate this is about.
    ResponderNotDelegated(String),
    /// The responder's certificate lacks OCSPSigning; its name and its uses.
    ResponderWithoutUse(String, String),
    /// The responder's certificate is outside its own dates.
    ResponderNotValid {
        /// Its name.
        signer: String,
        /// Its first moment.
        from: UnixTime,
        /// Its last moment.
        until: UnixTime,
    },
    /// Made in the future.
    NotYet(UnixTime),
    /// Its end has passed.
    Expired(UnixTime),
    /// It names no end, and is too old (an answer) or should have one (a list). When it was made.
    NoEnd(UnixTime),
    /// An indirect list, of several CAs' certificates.
    Indirect,
    /// A delta list: only the changes since another one.
    Delta,
    /// A critical extension that nobody here knows, by its object identifier.
    CriticalExtension(String),
    /// The list leaves out some reasons, and so cannot say "good".
    SomeReasons,
    /// The responder refused to answer.
    Refused(Refusal),
    /// The answer is of a type other than id-pkix-ocsp-basic.
    UnknownType(String),
}

/// What a list is only for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// End-entity certificates.
    EndEntities,
    /// CA certificates.
    Authorities,
    /// Attribute certificates.
    Attributes,
    /// A distribution point that the certificate does not name.
    Point,
}

/// Why a responder refused (RFC 6960 section 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// malformedRequest.
    MalformedRequest,
    /// internalError.
    InternalError,
    /// tryLater.
    TryLater,
    /// sigRequired.
    SignatureRequired,
    /// unauthorized.
    Unauthorized,
}

impl fmt::Display for Refusal {
    /// The standard's word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MalformedRequest => "malformedRequest",
            Self::InternalError => "internalError",
            Self::TryLater => "tryLater",
            Self::SignatureRequired => "sigRequired",
            Self::Unauthorized => "unauthorized",
        })
    }
}

impl Obstacle {
    /// Whether the statement is about other certificates, so that it is neither for nor against this one.
    pub const fn is_about_others(&self) -> bool {
        matches!(
            self,
            Self::OtherIssuer(_) | Self::OtherCertificate | Self::OtherScope(_)
        )
    }

    /// What stands in the way, in words. `source` is where the statement came from.
    pub fn message(&self, kind: StatementKind, source: &str) -> Msg {
        let list = kind == StatementKind::List;
        let msg = match self {
            Self::Unreadable(reason) if list => {
                Msg::new("revocation.list.unreadable").with("reason", reason)
            }
            Self::Unreadable(reason) => {
                Msg::new("revocation.answer.unreadable").with("reason", reason)
            }
            Self::TooLarge(size) => Msg::new("revocation.any.too-large")
                .with("size", size)
                .with("max", if list { MAX_LIST } else { MAX_ANSWER }),
            Self::IssuerMissing => Msg::new("revocation.any.issuer-missing"),
            Self::OtherIssuer(found) => {
                Msg::new("revocation.list.other-issuer").with("found", found)
            }
            Self::OtherCertificate => Msg::new("revocation.answer.other-certificate"),
            Self::OtherScope(Scope::EndEntities) => Msg::new("revocation.list.only-end-entities"),
            Self::OtherScope(Scope::Authorities) => Msg::new("revocation.list.only-authorities"),
            Self::OtherScope(Scope::Attributes) => Msg::new("revocation.list.only-attributes"),
            Self::OtherScope(Scope::Point) => Msg::new("revocation.list.other-point"),
            Self::BadSignature(signer) => {
                Msg::new("revocation.any.bad-signature").with("signer", signer)
            }
            Self::WeakSignature(algorithm) => {
                Msg::new("revocation.any.weak-signature").with("algorithm", algorithm)
            }
            Self::SignerWeaklyCertified(signer, algorithm) => {
                Msg::new("revocation.any.signer-weakly-certified")
                    .with("signer", signer)
                    .with("algorithm", algorithm)
            }
            Self::UnknownAlgorithm(algorithm) => {
                Msg::new("revocation.any.unknown-algorithm").with("algorithm", algorithm)
            }
            Self::MayNotSignLists(signer, found) => Msg::new("revocation.list.may-not-sign")
                .with("signer", signer)
                .with("found", found),
            Self::SignerNotVouchedFor(signer) => {
                Msg::new("revocation.list.signer-not-vouched-for").with("signer", signer)
            }
            Self::ResponderNotFound(responder) => {
                Msg::new("revocation.answer.responder-not-found").with("responder", responder)
            }
            Self::ResponderNotDelegated(signer) => {
                Msg::new("revocation.answer.not-delegated").with("signer", signer)
            }
            Self::ResponderWithoutUse(signer, found) => Msg::new("revocation.answer.without-use")
                .with("signer", signer)
                .with("found", found),
            Self::ResponderNotValid {
                signer,
                from,
                until,
            } => Msg::new("revocation.answer.responder-not-valid")
                .with("signer", signer)
                .with("from", from.rfc3339())
                .with("until", until.rfc3339()),
            Self::NotYet(from) => Msg::new("revocation.any.not-yet").with("from", from.rfc3339()),
            Self::Expired(until) if list => {
                Msg::new("revocation.list.expired").with("until", until.rfc3339())
            }
            Self::Expired(until) => {
                Msg::new("revocation.answer.expired").with("until", until.rfc3339())
            }
            Self::NoEnd(from) => Msg::new("revocation.any.no-end").with("from", from.rfc3339()),
            Self::Indirect => Msg::new("revocation.list.indirect"),
            Self::Delta => Msg::new("revocation.list.delta"),
            Self::CriticalExtension(oid) => {
                Msg::new("revocation.any.critical-extension").with("oid", oid)
            }
            Self::SomeReasons => Msg::new("revocation.list.some-reasons"),
            Self::Refused(refusal) => Msg::new("revocation.answer.refused").with("status", refusal),
            Self::UnknownType(oid) => Msg::new("revocation.answer.unknown-type").with("oid", oid),
        };
        msg.with("source", source)
    }
}
