//! X.509: parse, order, build paths, judge with reasons. Offline and pure; time, name and roots are arguments.
//!
//! What a violation means for a person, and which repairs to try, is [`crate::diagnose`]'s.
//!
//! | file | does |
//! | --- | --- |
//! | `read.rs` | files and pasted text to DER |
//! | `parse.rs`, `extensions.rs`, `general.rs`, `dn.rs`, `der.rs` | DER to [`Cert`] |
//! | `profile.rs` | the letter of the profile, as remarks |
//! | `sct.rs` | when a certificate was logged |
//! | `path.rs` | every way worth trying from the end-entity to a trust anchor, with bounded work |
//! | `rules.rs`, `ending.rs`, `names.rs`, `constraints.rs`, `signature.rs`, `limits.rs` | what one way is held to |
//! | `memo.rs` | signatures that were checked a moment ago |
//! | `brought.rs` | what is trusted where a saved connection brings its own authorities |
//! | `judge.rs` | the best way, and everything against it |
//! | `revocation.rs` and its folder | what revocation lists and OCSP answers say about a path |
//! | `opinion.rs` | rustls-webpki on the same question |
//! | `private_key.rs`, `pkcs12.rs` | a client's own certificate and key out of files; whether they fit |

mod brought;
mod cert;
mod constraints;
mod der;
mod dn;
mod ending;
mod extensions;
mod general;
mod judge;
mod limits;
mod memo;
mod names;
mod opinion;
mod parse;
mod path;
mod pkcs12;
mod private_key;
mod profile;
mod read;
mod revocation;
mod rules;
mod sct;
mod signature;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use cert::{
    AltName, BasicConstraints, Cert, Defect, ExtendedUse, Extensions, GeneralName, Key,
    KeyAlgorithm, KeyUsage, Malformed, NameConstraints, Severity,
};
pub use dn::{Name, shown_name};
pub use judge::{judge, missing_issuer_urls};
pub use memo::{Remembering, remember_signatures};
pub use names::{company_part, covers};
pub use opinion::{SecondOpinion, second_opinion};
pub use path::MAX_CERTIFICATES;
pub use pkcs12::{Pkcs12, Pkcs12Error, is_pkcs12, open_pkcs12};
pub use private_key::{
    Fit, KeyError, KeyForm, PrivateKey, fits, holds_private_key, own_chain, read_private_key,
};
pub use read::{Other, ReadError, pem, read_certificates, read_chain, read_store};
pub use revocation::{
    Hearing, MAX_ANSWER, MAX_LIST, Obstacle, Place, ReadStatementError, Reason, Refusal, Said,
    Scope, Statement, StatementKind, Status, ocsp_request, places_to_check, read_answers,
    read_lists,
};
pub use sct::first_logged;
pub use signature::{Hash, SignatureScheme, Signed, is_signed_by};

use crate::cause::CauseId;
use crate::evidence::{Host, UnixTime};
use crate::msg::Msg;

/// Where a certificate of a path came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The gateway sent it.
    Served,
    /// It was fetched from an address inside another certificate, or handed in as a repair.
    Fetched,
    /// It is a trust anchor of the store judged against.
    Store,
}

/// A set of trust anchors and what it is called.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    /// Its name for people: a path, `Mozilla`, the file given.
    pub name: String,
    /// Its anchors.
    pub anchors: Vec<Arc<Cert>>,
    /// How many of them, the last ones, are not this system's own: a file, a saved connection or a lesson brought them.
    pub brought: usize,
}

impl TrustStore {
    /// Whether the anchor at this place was brought for this run, so that the system itself does not have it.
    pub fn is_brought(&self, position: usize) -> bool {
        position >= self.anchors.len().saturating_sub(self.brought)
    }
}

/// The stores a run judges against.
#[derive(Clone, Debug, Default)]
pub struct Stores {
    /// What this system trusts, with the roots of `--ca` (or instead of them: what the person gave with `--roots`).
    pub system: TrustStore,
    /// Mozilla's programme, for comparison; empty where comparison makes no sense.
    pub mozilla: TrustStore,
}

/// What a certificate is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A TLS server.
    Server,
    /// A TLS client.
    Client,
}

/// What is to be judged, and against what.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// As served, in the order served; the first is meant to be the end-entity certificate.
    pub served: &'a [Arc<Cert>],
    /// More certificates that may be used to build paths (fetched ones, repairs).
    pub fetched: &'a [Arc<Cert>],
    /// What is trusted.
    pub anchors: &'a [Arc<Cert>],
    /// The name the client uses, or none to leave names out.
    pub name: Option<&'a Host>,
    /// The moment.
    pub at: UnixTime,
    /// The use.
    pub purpose: Purpose,
}

/// One place of a path.
#[derive(Clone, Debug)]
pub struct Link {
    /// The certificate.
    pub cert: Arc<Cert>,
    /// Where it came from.
    pub source: Source,
    /// Its index in `served` or `fetched`; 0 for the store.
    pub position: usize,
}

/// One thing wrong with a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The cause it amounts to.
    pub cause: CauseId,
    /// Index into [`Judgement::path`] of the certificate at fault, where one is.
    pub at: Option<usize>,
    /// What was expected and what was found, for people.
    pub text: Msg,
    /// The rule, for example `RFC 5280 section 4.1.2.5`.
    pub rule: &'static str,
}

/// The best path and everything that speaks against it.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// From the end-entity certificate towards the root; ends early where no issuer was found.
    pub path: Vec<Link>,
    /// Whether the path ends in a trust anchor.
    pub anchored: bool,
    /// What a TLS client refuses. Empty exactly when the chain is accepted.
    pub violations: Vec<Violation>,
    /// What harms only some clients, or nobody yet (wrong order, CN only, root sent along, expires soon).
    pub advice: Vec<Violation>,
    /// Against the letter of the profile, and no client is known to mind. For administrators of a CA.
    pub remarks: Vec<Violation>,
    /// True when not everything was looked at: certificates were left out, or the search stopped at a limit.
    pub bounded: bool,
    /// Certificates beyond the first [`MAX_CERTIFICATES`] that were not looked at.
    pub left_out: usize,
    /// Where the search stopped because the certificates allow more paths than are worth trying: how many paths were
    /// held to the rules by then, those that the limit cut off included.
    pub stopped_after: Option<usize>,
}

impl Judgement {
    /// Whether a careful TLS client accepts the chain.
    pub fn accepted(&self) -> bool {
        self.violations.is_empty()
    }
}
