//! What the backup servers of a saved connection say beside the first one: that one of them answers where the first fails,
//! or that nobody would take over.
//!
//! A backup is another gateway: nothing seen of it is a cause here. What is seen stands beside the first finding that
//! stops the connection, and is advice. Not here: trying them ([`crate::probe`]).

use std::sync::Arc;

use crate::chain::{Cert, Purpose, Question, judge};
use crate::evidence::{BackupAttempt, ProbeId};
use crate::msg::Msg;

use super::case::Case;
use super::model::{Advice, Certainty, Diagnosis, Impact, Proof};

/// Adds what they say to a diagnosis that is otherwise whole.
pub(super) fn enter(case: &Case<'_>, diagnosis: &mut Diagnosis) {
    let Some(seen) = case.evidence.backups.known() else {
        return;
    };
    let stops = diagnosis.causes.iter().position(|finding| {
        finding.impact == Impact::Blocks
            && finding.certainty >= Certainty::Likely
            && finding.explained_by.is_none()
    });
    let fails = case.works() == Some(false);
    for attempt in &seen.attempts {
        let stands = stands(case, attempt);
        let (id, text) = match (fails, stands) {
            (true, Stands::Works) => ("backup-answers", "diagnose.backups.takes-over"),
            (true, Stands::Open) => ("backup-answers", "diagnose.backups.open"),
            (_, Stands::Refused) => ("backup-refused", "diagnose.backups.refused"),
            (true, Stands::Fails) => ("backup-fails", "diagnose.backups.fails-too"),
            (false, Stands::Fails) => ("backup-fails", "diagnose.backups.fails"),
            (false, Stands::Works | Stands::Open) => continue,
        };
        let text = Msg::new(text)
            .with("target", &attempt.target)
            .with("first", &case.evidence.target);
        // Only while the first one fails does the second one matter to what is on show.
        if fails && let Some(finding) = stops.and_then(|at| diagnosis.causes.get_mut(at)) {
            finding.evidence.push(Proof {
                probe: ProbeId::Backups,
                text: text.clone(),
            });
        }
        diagnosis.advice.push(Advice { id, text });
    }
}

/// How a backup server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// TLS came about, and its certificate is accepted here.
    Works,
    /// It takes connections; its TLS could not be looked at.
    Open,
    /// TLS came about, and its certificate is not accepted here.
    Refused,
    /// It is not reached, or TLS did not come about.
    Fails,
}

fn stands(case: &Case<'_>, attempt: &BackupAttempt) -> Stands {
    let Some(tls) = &attempt.tls else {
        return if attempt.is_open() {
            Stands::Open
        } else {
            Stands::Fails
        };
    };
    if attempt.session().is_none() {
        return Stands::Fails;
    }
    let served: Result<Vec<Arc<Cert>>, _> = tls
        .served
        .iter()
        .map(|der| Cert::parse(der).map(Arc::new))
        .collect();
    let Ok(served) = served else {
        return Stands::Refused;
    };
    let judgement = judge(&Question {
        served: &served,
        fetched: &[],
        anchors: &case.stores.system.anchors,
        name: Some(&attempt.target.host),
        at: case.clock.real().unwrap_or(case.clock.device),
        purpose: Purpose::Server,
    });
    if judgement.accepted() {
        Stands::Works
    } else {
        Stands::Refused
    }
}
