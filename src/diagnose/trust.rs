//! The chain of one run with everything that was tried on it: what the certificate rules speak about.

use std::sync::Arc;

use crate::chain::{Cert, Judgement, MAX_CERTIFICATES, SecondOpinion, Source};
use crate::evidence::FetchOutcome;

use super::case::Case;
use super::model::ChainEntry;
use super::trial::{Change, Lab, Outcome};

/// A chain and its experiments.
pub(super) struct Trust {
    /// As served, what can be read. One more than is judged where there are more, so that the judge knows.
    pub served: Vec<Arc<Cert>>,
    /// What was served beside it and cannot be read: position and reason.
    pub malformed: Vec<(usize, String)>,
    /// Fetched from addresses inside the served ones.
    pub fetched: Vec<Arc<Cert>>,
    /// The smallest set of changes.
    pub outcome: Outcome,
    /// The judgement with only the fetched certificates added, where they lead further.
    pub with_fetched: Option<Judgement>,
    /// The judgement at the real time, where this device's clock is off.
    pub at_real_time: Option<Judgement>,
    /// What the second judge says of the chain as it is.
    pub second: SecondOpinion,
    /// Whether Mozilla's roots could be asked.
    pub asked_mozilla: bool,
    /// The name of this system's store.
    pub store: String,
    /// How many roots it has.
    pub store_size: usize,
    /// The chain as it is shown; problems are filled in at the end.
    pub entries: Vec<ChainEntry>,
}

impl Trust {
    /// Reads and judges what was served; none when there is no certificate, or its first cannot be read.
    pub(super) fn examine(case: &Case<'_>) -> Option<Self> {
        let mut served = Vec::new();
        let mut positions = Vec::new();
        let mut malformed = Vec::new();
        for (position, der) in case.served.iter().enumerate() {
            if served.len() > MAX_CERTIFICATES {
                break;
            }
            match Cert::parse(der) {
                Ok(cert) => {
                    served.push(Arc::new(cert));
                    positions.push(position);
                }
                Err(_) if position == 0 => return None,
                Err(error) => malformed.push((position, error.reason)),
            }
        }
        if served.is_empty() {
            return None;
        }
        let fetched = fetched(case, &served);
        let lab = Lab {
            served: &served,
            fetched: &fetched,
            stores: case.stores,
            host: case.name,
            device_time: case.clock.device,
            real_time: case.clock.off().and_then(|_| case.clock.real()),
        };
        let outcome = lab.search();
        let with_fetched = (!fetched.is_empty())
            .then(|| lab.judge_with(&[Change::Send]))
            .filter(|further| further.path.len() > outcome.as_served.path.len());
        let at_real_time = lab.real_time.map(|_| lab.judge_with(&[Change::SetClock]));
        let second = lab.second_opinion();
        let entries = entries(case, &served, &positions, &fetched, &outcome);
        Some(Self {
            malformed,
            outcome,
            with_fetched,
            at_real_time,
            second,
            asked_mozilla: !case.stores.mozilla.anchors.is_empty(),
            store: case.stores.system.name.clone(),
            store_size: case.stores.system.anchors.len(),
            entries,
            served,
            fetched,
        })
    }

    /// The end-entity certificate: first on the best path, wherever it was sent.
    pub(super) fn leaf(&self) -> Option<&Arc<Cert>> {
        let first = self.outcome.repaired.path.first();
        first.map(|link| &link.cert).or(self.served.first())
    }

    /// Where this certificate is shown.
    pub(super) fn place_of(&self, cert: &Cert) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| entry.cert.sha256 == cert.sha256)
    }

    /// Whether the second judge accepts what the first refuses, or the other way round.
    pub(super) fn judges_disagree(&self) -> bool {
        self.second.accepted != self.outcome.as_served.accepted()
    }
}

/// The fetched certificates that can be read and were not served.
fn fetched(case: &Case<'_>, served: &[Arc<Cert>]) -> Vec<Arc<Cert>> {
    let Some(aia) = case.evidence.aia.known() else {
        return Vec::new();
    };
    let mut fetched: Vec<Arc<Cert>> = Vec::new();
    for fetch in &aia.fetches {
        let FetchOutcome::Fetched(ders) = &fetch.outcome else {
            continue;
        };
        for cert in ders.iter().filter_map(|der| Cert::parse(der).ok()) {
            let known = served
                .iter()
                .chain(&fetched)
                .any(|other| other.sha256 == cert.sha256);
            if !known {
                fetched.push(Arc::new(cert));
            }
        }
    }
    fetched
}

/// Served ones in their order, then fetched ones, then the root of the store that the best path ends in.
fn entries(
    case: &Case<'_>,
    served: &[Arc<Cert>],
    positions: &[usize],
    fetched: &[Arc<Cert>],
    outcome: &Outcome,
) -> Vec<ChainEntry> {
    let path = &outcome.repaired.path;
    let depth = |cert: &Cert| path.iter().position(|link| link.cert.sha256 == cert.sha256);
    let entry = |cert: &Arc<Cert>, source, position| ChainEntry {
        cert: Arc::clone(cert),
        source,
        position,
        depth: depth(cert),
        problems: Vec::new(),
        brought: source == Source::Store && case.stores.system.is_brought(position),
    };
    let mut entries: Vec<ChainEntry> = served
        .iter()
        .zip(positions)
        .take(MAX_CERTIFICATES)
        .map(|(cert, position)| entry(cert, Source::Served, *position))
        .collect();
    entries.extend(
        fetched
            .iter()
            .enumerate()
            .map(|(position, cert)| entry(cert, Source::Fetched, position)),
    );
    // Only what this system really has: roots that were trusted for an experiment are not its own.
    let system = &case.stores.system.anchors;
    for link in path.iter().filter(|link| link.source == Source::Store) {
        if let Some(position) = system
            .iter()
            .position(|root| root.sha256 == link.cert.sha256)
        {
            entries.push(entry(&link.cert, Source::Store, position));
        }
    }
    entries
}
