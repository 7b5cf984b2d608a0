//! The shapes of a diagnosis. How evidence becomes one is in the rules beside this file.

use serde::{Deserialize, Serialize};

use crate::cause::CauseId;
use crate::chain::AltName;
use crate::evidence::{ProbeId, Target, Why};
use crate::msg::Msg;

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// A symptom or a message points to it.
    Possible,
    /// One observation shows it.
    Likely,
    /// Two observations that differ in one thing show it, or the proved repair does.
    Confirmed,
}

/// What a cause does to the person. In the order of ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    /// The connection does not come about.
    Blocks,
    /// Some clients refuse, others do not.
    SomeClients,
    /// It works, worse than it should.
    Degrades,
}

/// The outcome of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// At least one cause was found.
    Problem,
    /// Everything that matters was checked and held.
    Healthy,
    /// No cause was found, and not everything that matters could be checked.
    Inconclusive,
}

/// One observation behind a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Which check saw it.
    pub probe: ProbeId,
    /// What it saw.
    pub text: Msg,
}

/// The change that makes it work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// The change.
    pub what: Msg,
    /// Whether judging again with the change applied accepted the chain (alone, or together with the repairs of the
    /// other findings).
    pub proved: bool,
}

/// One cause that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which.
    pub cause: CauseId,
    /// How sure.
    pub certainty: Certainty,
    /// How bad.
    pub impact: Impact,
    /// The root it follows from, if it is only a consequence.
    pub explained_by: Option<CauseId>,
    /// What shows it.
    pub evidence: Vec<Proof>,
    /// What would make it work, where that can be said.
    pub repair: Option<Repair>,
    /// Index into [`Diagnosis::chain`] of the certificate at fault, where one is.
    pub certificate: Option<usize>,
}

/// A certificate of the chain as it is shown: served ones first in their order, then fetched, then the store's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainEntry {
    /// The certificate.
    pub cert: std::sync::Arc<crate::chain::Cert>,
    /// Where it came from.
    pub source: crate::chain::Source,
    /// Its index within its source.
    pub position: usize,
    /// Its depth in the best path (0 = end-entity), if it is part of it.
    pub depth: Option<usize>,
    /// What is wrong with it.
    pub problems: Vec<CauseId>,
    /// A root that was brought for this run (a file, a saved connection, a lesson): the system itself does not have it.
    pub brought: bool,
}

/// Something that harms nobody yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// A stable word for scripts, for example `expires-soon`.
    pub id: &'static str,
    /// What to know.
    pub text: Msg,
}

/// What one VPN client would make of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientView {
    /// The client's id in `assets/clients.toml`.
    pub client: String,
    /// Its name for people, the same in every language.
    pub name: String,
    /// The system it runs on, or `any`.
    pub os: &'static str,
    /// Whether it accepts; unknown where no source says how it decides.
    pub accepts: Option<bool>,
    /// Why.
    pub why: Msg,
}

impl Diagnosis {
    /// Where nothing was concluded: inconclusive, and no word on any cause.
    pub const fn of_nothing() -> Self {
        Self {
            verdict: Verdict::Inconclusive,
            causes: Vec::new(),
            ruled_out: Vec::new(),
            unknown: Vec::new(),
            advice: Vec::new(),
            chain: Vec::new(),
            clients: Vec::new(),
        }
    }

    /// A name by which a client could reach the end-entity certificate's holder, as the certificate has it; wildcards
    /// name nobody.
    pub fn first_name(&self) -> Option<String> {
        let leaf = self
            .chain
            .iter()
            .find(|entry| entry.depth == Some(0))
            .or(self.chain.first())?;
        leaf.cert.names.iter().find_map(|name| {
            let text = match name {
                AltName::Dns(name) => name.clone(),
                AltName::Ip(ip) => ip.to_string(),
            };
            Target::parse(&text).ok().map(|target| target.host.wire())
        })
    }

    /// Whether the repair was tried and with what result, in a sentence: alone, together with the repairs of the other
    /// findings, or not at all.
    pub fn tried(&self, repair: &Repair) -> Msg {
        let proved = self
            .causes
            .iter()
            .filter(|finding| finding.repair.as_ref().is_some_and(|r| r.proved));
        match (repair.proved, proved.count()) {
            (false, _) => Msg::new("repair.not-tried"),
            (true, 1) => Msg::new("repair.tried"),
            (true, count) => Msg::new("repair.tried-together").with("count", count),
        }
    }
}

/// Everything concluded from one run's evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// In one word.
    pub verdict: Verdict,
    /// Ranked; a root is followed by what it explains.
    pub causes: Vec<Finding>,
    /// Checked, and not so.
    pub ruled_out: Vec<CauseId>,
    /// Not checked, or checked without result, and why.
    pub unknown: Vec<(CauseId, Why)>,
    /// Good to know.
    pub advice: Vec<Advice>,
    /// The chain as it is shown.
    pub chain: Vec<ChainEntry>,
    /// What named VPN clients would make of it.
    pub clients: Vec<ClientView>,
}
