//! Revocation: what a list (CRL, RFC 5280 section 5) or an OCSP answer (RFC 6960) says about one certificate of a path,
//! and whether it may be believed.
//!
//! Four outcomes that are never mixed up: good, revoked (when and why), unknown to the responder, and "cannot be checked"
//! with its [`Obstacle`]. Not here: fetching anything, and what an outcome means for a person (`diagnose/revocation.rs`).
//!
//! | file | does |
//! | --- | --- |
//! | `revocation/read.rs` | files to DER |
//! | `revocation/crl.rs` | lists |
//! | `revocation/ocsp.rs` | OCSP answers |
//! | `revocation/request.rs` | what an OCSP responder is asked |
//! | `revocation/signer.rs` | who may sign them |
//! | `revocation/scope.rs` | what a list is for |
//! | `revocation/obstacle.rs` | why a statement cannot be used |

mod crl;
mod obstacle;
mod ocsp;
mod read;
mod request;
mod scope;
mod signer;

use std::sync::Arc;

use super::cert::Cert;
use super::signature::{Signed, is_signed_by};
use super::{Link, Source};
use crate::evidence::{Der, UnixTime};

pub use obstacle::{Obstacle, Refusal, Scope};
pub use read::{ReadStatementError, read_answers, read_lists};
pub use request::ocsp_request;

use crl::List;
use ocsp::Answer;

/// The largest revocation list that is read, in bytes.
pub const MAX_LIST: usize = 32 << 20;
/// The largest OCSP answer that is read, in bytes.
pub const MAX_ANSWER: usize = 64 << 10;

/// How far in the future a statement may have been made, in seconds: its maker's clock is not this one.
const SKEW: i64 = 300;
/// How long an OCSP answer that names no end of its own is taken for fresh, in seconds. RFC 6960 section 2.4 says that
/// newer information is always available then, so that only a recent one tells anything.
const FRESH: i64 = 86_400;

/// What kind of statement it is and how it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// A revocation list.
    List,
    /// An OCSP answer.
    Answer,
    /// An OCSP answer that came with the TLS handshake (RFC 6066 section 8).
    Stapled,
}

/// A revocation list or an OCSP answer, read once.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it came from, for people: a file's name. Data from outside.
    pub source: String,
    content: Result<Content, Obstacle>,
}

#[derive(Clone, Debug)]
enum Content {
    List(Box<List>),
    Answer(Box<Answer>),
}

impl Statement {
    /// A revocation list in DER.
    pub fn list(source: &str, der: &Der) -> Self {
        Self {
            kind: StatementKind::List,
            source: source.to_owned(),
            content: List::parse(der).map(|list| Content::List(Box::new(list))),
        }
    }

    /// An OCSP answer in DER.
    pub fn answer(source: &str, der: &Der) -> Self {
        Self {
            kind: StatementKind::Answer,
            source: source.to_owned(),
            content: Answer::parse(der).map(|answer| Content::Answer(Box::new(answer))),
        }
    }

    /// The OCSP answer that a server stapled.
    pub fn stapled(der: &Der) -> Self {
        Self {
            kind: StatementKind::Stapled,
            ..Self::answer("OCSP stapling", der)
        }
    }

    /// What is wrong with its form, in English, if it cannot be read at all.
    pub fn malformed(&self) -> Option<&'static str> {
        match &self.content {
            Err(Obstacle::Unreadable(reason)) => Some(reason),
            _ => None,
        }
    }

    /// What it says about a certificate, or why it says nothing that could be used.
    ///
    /// # Errors
    /// The [`Obstacle`].
    pub fn says(&self, place: &Place<'_>) -> Result<Said, Obstacle> {
        match self.content.as_ref().map_err(Clone::clone)? {
            Content::List(list) => list.says(place),
            Content::Answer(answer) => answer.says(place),
        }
    }
}

/// The certificate asked about, with what is needed to tell who may speak about it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// A path as judged, end-entity first.
    pub path: &'a [Link],
    /// Index of the certificate in it.
    pub at: usize,
    /// Further certificates at hand, which may have signed a list or an answer.
    pub beside: &'a [Arc<Cert>],
    /// The moment.
    pub now: UnixTime,
}

impl<'a> Place<'a> {
    /// The certificate.
    pub fn cert(&self) -> Option<&'a Cert> {
        self.path.get(self.at).map(|link| link.cert.as_ref())
    }

    /// Its issuer.
    fn issuer(&self) -> Option<&'a Cert> {
        self.path.get(self.at + 1).map(|link| link.cert.as_ref())
    }

    /// The certificate and its issuer, where the issuer's key really signed it: only then can the issuer's word about it
    /// be told from a stranger's.
    fn pair(&self) -> Result<(&'a Cert, &'a Cert), Obstacle> {
        let (Some(cert), Some(issuer)) = (self.cert(), self.issuer()) else {
            return Err(Obstacle::IssuerMissing);
        };
        match is_signed_by(cert, issuer) {
            Signed::Yes => Ok((cert, issuer)),
            Signed::No | Signed::CannotTell => Err(Obstacle::IssuerMissing),
        }
    }
}

/// What a statement that may be believed says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The word on the certificate.
    pub status: Status,
    /// Who signed the statement.
    pub signer: String,
    /// When what it says was known to be so.
    pub from: UnixTime,
    /// Until when it holds, if it names an end.
    pub until: Option<UnixTime>,
    /// Its end has passed. Only a revocation that is never taken back is still said then.
    pub stale: bool,
}

/// The word on one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked {
        /// Since when.
        since: UnixTime,
        /// Why, if that is said.
        reason: Option<Reason>,
    },
    /// The responder does not know the certificate.
    Unknown,
}

impl Status {
    /// Revoked in a way that is never taken back.
    pub const fn is_for_good(self) -> bool {
        matches!(self, Self::Revoked { .. }) && !self.is_suspension()
    }

    /// Revoked in a way that may be taken back.
    pub const fn is_suspension(self) -> bool {
        matches!(self, Self::Revoked { reason: Some(reason), .. } if reason.is_for_the_time_being())
    }
}

/// Why a certificate was revoked (RFC 5280 section 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// unspecified.
    Unspecified,
    /// keyCompromise.
    KeyCompromise,
    /// cACompromise.
    CaCompromise,
    /// affiliationChanged.
    AffiliationChanged,
    /// superseded.
    Superseded,
    /// cessationOfOperation.
    CessationOfOperation,
    /// certificateHold: for the time being; the only one that is ever taken back.
    Hold,
    /// removeFromCRL.
    RemoveFromList,
    /// privilegeWithdrawn.
    PrivilegeWithdrawn,
    /// aACompromise.
    AaCompromise,
}

impl Reason {
    fn by_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Unspecified,
            1 => Self::KeyCompromise,
            2 => Self::CaCompromise,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            6 => Self::Hold,
            8 => Self::RemoveFromList,
            9 => Self::PrivilegeWithdrawn,
            10 => Self::AaCompromise,
            _ => return None,
        })
    }

    /// Whether a revocation for this reason may be taken back.
    pub const fn is_for_the_time_being(self) -> bool {
        matches!(self, Self::Hold | Self::RemoveFromList)
    }

    /// The standard's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::Hold => "certificateHold",
            Self::RemoveFromList => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }

    /// The id of its meaning in `assets/ui`.
    pub const fn text_id(self) -> &'static str {
        match self {
            Self::Unspecified => "revocation.reason.unspecified",
            Self::KeyCompromise => "revocation.reason.key-compromise",
            Self::CaCompromise => "revocation.reason.ca-compromise",
            Self::AffiliationChanged => "revocation.reason.affiliation-changed",
            Self::Superseded => "revocation.reason.superseded",
            Self::CessationOfOperation => "revocation.reason.cessation-of-operation",
            Self::Hold => "revocation.reason.hold",
            Self::RemoveFromList => "revocation.reason.remove-from-list",
            Self::PrivilegeWithdrawn => "revocation.reason.privilege-withdrawn",
            Self::AaCompromise => "revocation.reason.aa-compromise",
        }
    }
}

/// What every statement says about one certificate, in the order given.
#[derive(Clone, Debug)]
pub struct Hearing<'s> {
    /// Each statement, and what it says or why it cannot be used.
    pub heard: Vec<(&'s Statement, Result<Said, Obstacle>)>,
}

impl<'s> Hearing<'s> {
    /// Asks every statement about one certificate.
    pub fn of(place: &Place<'_>, statements: impl IntoIterator<Item = &'s Statement>) -> Self {
        Self {
            heard: statements
                .into_iter()
                .map(|statement| (statement, statement.says(place)))
                .collect(),
        }
    }

    /// The word that counts, in whatever order they came: a revocation for good; else "good", unless a suspension is as
    /// new or newer; else the newest suspension; else "unknown". None where no statement could be used.
    pub fn word(&self) -> Option<(&'s Statement, &Said)> {
        let usable = || {
            self.heard
                .iter()
                .filter_map(|(statement, said)| Some((*statement, said.as_ref().ok()?)))
        };
        let suspended = usable()
            .filter(|(_, said)| said.status.is_suspension())
            .reduce(|newest, next| {
                if next.1.from > newest.1.from {
                    next
                } else {
                    newest
                }
            });
        let is_free = |said: &Said| {
            said.status == Status::Good && suspended.is_none_or(|(_, hold)| said.from > hold.from)
        };
        usable()
            .find(|(_, said)| said.status.is_for_good())
            .or_else(|| usable().find(|(_, said)| is_free(said)))
            .or(suspended)
            .or_else(|| usable().next())
    }

    /// The statements that could not be used, and why.
    pub fn obstacles(&self) -> impl Iterator<Item = (&'s Statement, &Obstacle)> {
        self.heard
            .iter()
            .filter_map(|(statement, said)| said.as_ref().err().map(|error| (*statement, error)))
    }
}

/// The places of a path whose revocation is worth asking about: all but the trust anchor or a self-signed end.
pub fn places_to_check(path: &[Link]) -> impl Iterator<Item = usize> {
    let last = path.len().saturating_sub(1);
    path.iter()
        .enumerate()
        .filter(move |(at, link)| {
            link.source != Source::Store && !(*at == last && link.cert.is_self_issued())
        })
        .map(|(at, _)| at)
}
