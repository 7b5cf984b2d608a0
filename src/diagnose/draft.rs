//! What a rule says, and the ledger that collects it. No rule is here.

use crate::cause::CauseId;
use crate::evidence::{ProbeId, Why};
use crate::msg::Msg;

use super::case::Case;
use super::model::{Advice, Certainty, Finding, Impact, Proof, Repair};

/// One cause and the function that looks for it.
pub(super) struct Rule {
    /// The cause.
    pub cause: CauseId,
    /// Looks for it.
    pub look: fn(&Case<'_>) -> Ruling,
}

/// What a rule concludes about its cause.
#[derive(Debug)]
pub(super) enum Ruling {
    /// It is there.
    Found(Box<Finding>),
    /// It was looked for where it would show, and is not there.
    RuledOut,
    /// It could not be told, and why.
    Unknown(Why),
}

impl From<Finding> for Ruling {
    fn from(finding: Finding) -> Self {
        Self::Found(Box::new(finding))
    }
}

impl Finding {
    pub(super) const fn new(cause: CauseId, certainty: Certainty, impact: Impact) -> Self {
        Self {
            cause,
            certainty,
            impact,
            explained_by: None,
            evidence: Vec::new(),
            repair: None,
            certificate: None,
        }
    }

    /// A finding that stops the connection.
    pub(super) const fn blocks(cause: CauseId, certainty: Certainty) -> Self {
        Self::new(cause, certainty, Impact::Blocks)
    }

    /// The same with one more observation behind it.
    #[must_use]
    pub(super) fn shown_by(mut self, probe: ProbeId, text: Msg) -> Self {
        self.evidence.push(Proof { probe, text });
        self
    }

    /// The same with several more observations behind it.
    #[must_use]
    pub(super) fn shown_by_all(mut self, proofs: impl IntoIterator<Item = Proof>) -> Self {
        self.evidence.extend(proofs);
        self
    }

    /// The same with a change that would help, not proved.
    #[must_use]
    pub(super) fn helped_by(mut self, what: Msg) -> Self {
        self.repair = Some(Repair {
            what,
            proved: false,
        });
        self
    }
}

/// A finding on its way into the diagnosis.
#[derive(Debug)]
pub(super) struct Found {
    /// The finding.
    pub finding: Finding,
    /// Whether its repair is one of those that are needed side by side: such findings do not explain one another.
    pub needed: bool,
}

/// Everything the rules said. A finding is never lost to a weaker word, and the first word on a cause stands.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// What was found.
    pub found: Vec<Found>,
    /// Checked, and not so.
    pub ruled_out: Vec<CauseId>,
    /// Not told, and why.
    pub unknown: Vec<(CauseId, Why)>,
    /// Good to know.
    pub advice: Vec<Advice>,
}

impl Ledger {
    /// Enters what a rule said about a cause.
    pub(super) fn enter(&mut self, cause: CauseId, ruling: Ruling) {
        match ruling {
            Ruling::Found(finding) => self.found(*finding, false),
            Ruling::RuledOut if !self.has_word_on(cause) => self.ruled_out.push(cause),
            Ruling::Unknown(why) if !self.has_word_on(cause) => self.unknown.push((cause, why)),
            Ruling::RuledOut | Ruling::Unknown(_) => {}
        }
    }

    /// Enters a finding; `needed` as in [`Found`].
    pub(super) fn found(&mut self, finding: Finding, needed: bool) {
        let cause = finding.cause;
        if self.has_found(cause) {
            return;
        }
        self.ruled_out.retain(|known| *known != cause);
        self.unknown.retain(|(known, _)| *known != cause);
        self.found.push(Found { finding, needed });
    }

    /// Whether this cause was found.
    pub(super) fn has_found(&self, cause: CauseId) -> bool {
        self.found.iter().any(|known| known.finding.cause == cause)
    }

    /// Whether this cause was found and is more than a guess.
    pub(super) fn has_likely(&self, cause: CauseId) -> bool {
        self.found.iter().any(|known| {
            known.finding.cause == cause && known.finding.certainty >= Certainty::Likely
        })
    }

    /// Puts a finding under its root.
    pub(super) fn explain(&mut self, cause: CauseId, root: CauseId) {
        for known in &mut self.found {
            if known.finding.cause == cause {
                known.finding.explained_by = Some(root);
                known.needed = false;
            }
        }
    }

    fn has_word_on(&self, cause: CauseId) -> bool {
        self.has_found(cause)
            || self.ruled_out.contains(&cause)
            || self.unknown.iter().any(|(known, _)| *known == cause)
    }
}
