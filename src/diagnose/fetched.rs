//! What was fetched about revocation, sorted by the certificate it was asked about.
//!
//! Not here: what follows from it (`revocation`).

use data_encoding::HEXLOWER;

use crate::chain::{Cert, Statement};
use crate::evidence::{
    Evidence, ProbeId, StatementFetch, StatementOutcome, StatementSource, Why, WhyCode,
};
use crate::msg::Msg;

use super::model::Proof;

/// A statement and the certificate it was asked about.
pub(super) struct Fetched {
    certificate: String,
    statement: Statement,
}

/// Everything that came, read once.
pub(super) fn statements(evidence: &Evidence) -> Vec<Fetched> {
    fetches(evidence)
        .iter()
        .filter_map(|fetch| {
            let StatementOutcome::Fetched(der) = &fetch.outcome else {
                return None;
            };
            Some(Fetched {
                certificate: fetch.certificate.clone(),
                statement: match fetch.kind {
                    StatementSource::Responder => Statement::answer(&fetch.url, der),
                    StatementSource::List => Statement::list(&fetch.url, der),
                },
            })
        })
        .collect()
}

/// The statements among these that were asked for about this certificate.
pub(super) fn about<'a>(
    all: &'a [Fetched],
    cert: &Cert,
) -> impl Iterator<Item = &'a Statement> + use<'a> {
    let wanted = HEXLOWER.encode(&cert.sha256);
    all.iter()
        .filter(move |fetched| fetched.certificate == wanted)
        .map(|fetched| &fetched.statement)
}

/// What was asked for about a certificate and did not come.
#[derive(Debug, Default)]
pub(super) struct Missing<'a> {
    failed: Vec<(&'a StatementFetch, &'a Why)>,
    not_asked: Vec<&'a Why>,
}

impl<'a> Missing<'a> {
    /// About this certificate.
    pub(super) fn about(evidence: &'a Evidence, cert: &Cert) -> Self {
        let wanted = HEXLOWER.encode(&cert.sha256);
        let mut missing = Self::default();
        for fetch in fetches(evidence) {
            if fetch.certificate != wanted {
                continue;
            }
            match &fetch.outcome {
                StatementOutcome::Failed(why) => missing.failed.push((fetch, why)),
                StatementOutcome::NotAsked(why) => missing.not_asked.push(why),
                StatementOutcome::Fetched(_) => {}
            }
        }
        missing
    }

    /// One observation for each address that gave nothing, and the reason of each.
    pub(super) fn proofs(&self, cert: &Cert) -> Vec<Proof> {
        let proof = |text| Proof {
            probe: ProbeId::Revocation,
            text,
        };
        self.failed
            .iter()
            .flat_map(|(fetch, why)| [proof(text(fetch, cert)), proof(why.message())])
            .collect()
    }

    /// Why nothing is known, if it is for want of an answer.
    pub(super) fn why(&self, cert: &Cert) -> Option<Why> {
        if let Some((fetch, why)) = self.failed.first() {
            return Some(Why::because(why.code, text(fetch, cert)));
        }
        let why = self.not_asked.first()?;
        Some(Why::because(WhyCode::Unsupported, why.message()))
    }
}

fn text(fetch: &StatementFetch, cert: &Cert) -> Msg {
    Msg::new(match fetch.kind {
        StatementSource::Responder => "revocation.found.no-word-from-responder",
        StatementSource::List => "revocation.found.no-word-from-list",
    })
    .with("certificate", cert.label())
    .with("url", &fetch.url)
}

fn fetches(evidence: &Evidence) -> &[StatementFetch] {
    evidence
        .revocation
        .known()
        .map_or(&[], |seen| seen.fetches.as_slice())
}
