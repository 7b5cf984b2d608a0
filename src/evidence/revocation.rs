//! What was fetched about revocation: OCSP answers and revocation lists as they came, or why they did not.
//!
//! Not here: what they say ([`crate::chain`]) and what the gateway stapled (`tls.rs`).

use serde::{Deserialize, Serialize};

use super::{Der, Why};

/// Everything that was asked about revocation in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationEvidence {
    /// One entry a certificate and address.
    pub fetches: Vec<StatementFetch>,
}

/// One responder asked, or one list fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementFetch {
    /// SHA-256 of the certificate it was about, in hexadecimal, lower case.
    pub certificate: String,
    /// The address, as it stands in the certificate.
    pub url: String,
    /// What is known to be there.
    pub kind: StatementSource,
    /// What came of it.
    pub outcome: StatementOutcome,
}

/// Who tells about revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatementSource {
    /// An OCSP responder (RFC 6960).
    Responder,
    /// A distribution point of revocation lists (RFC 5280 section 4.2.1.13).
    List,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatementOutcome {
    /// It came; what it is worth is judged later.
    Fetched(Der),
    /// It was asked for and did not come, or something else came.
    Failed(Why),
    /// It was not asked for, or given up for a reason that is not the address's, so nothing follows.
    NotAsked(Why),
}
