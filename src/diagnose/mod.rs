//! Evidence to ranked findings. Pure: no I/O, no clock, no words for people beyond message ids.
//!
//! A cause is `confirmed` only by two observations that differ in one thing, `likely` by one, `possible` by a symptom
//! alone; what was not checked is `unknown`, never "no".
//!
//! ```text
//! Evidence -> case (what the rules look at) -> rules, one file a layer -> rank -> Diagnosis
//!                                              repair (certificates: the smallest set of changes that is accepted)
//! ```
//!
//! Not here: what a cause means and what to do about it (`assets/causes`), how certificates are judged
//! ([`crate::chain`]), how anything was observed ([`crate::probe`]).

mod advice;
mod backups;
mod capacity;
mod case;
mod certificate;
mod client_certificate;
mod client_in_use;
mod client_talk;
mod client_version;
mod clock;
mod coverage;
mod device;
mod distrust;
mod dns;
mod draft;
mod fetched;
mod handed_out;
mod interception;
mod limits;
mod logs;
mod matrix;
mod model;
mod network;
mod nodes;
mod overlap;
mod pool;
mod portal;
mod profile;
mod proxy;
mod rank;
mod revocation;
mod segments;
mod service;
mod skew;
mod tls;
mod transport;
mod trial;
mod trust;
mod udp;
mod versions;
mod vote;
mod zone;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

pub use client_version::{InUse, Known, NoVersion, Version, known_of};
pub use model::{
    Advice, Certainty, ChainEntry, ClientView, Diagnosis, Finding, Impact, Proof, Repair, Verdict,
};

use crate::cause::CauseId;
use crate::chain::{Cert, Statement, Stores};
use crate::evidence::{ClientEvidence, DEFAULT_PORT, Der, Evidence, Fact, Host, Target, UnixTime};
use crate::guide::{Advisories, Clients, Knowledge, Layer, System};
use case::Case;
use draft::{Ledger, Rule};

/// What the knowledge says: how causes hang together (`assets/causes`), and the facts that rules compare with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relations {
    /// The layer each cause lives in: the order of ranking.
    pub layer: BTreeMap<CauseId, Layer>,
    /// What follows from a cause.
    pub explains: BTreeMap<CauseId, Vec<CauseId>>,
    /// Dated trust events and limits (`assets/advisories.toml`).
    pub advisories: Arc<Advisories>,
    /// How named clients judge (`assets/clients.toml`).
    pub clients: Arc<Clients>,
    /// SHA-256 of the roots that the site's gateways use (`[site]` of wizard.toml); empty where it does not say.
    pub site_roots: Vec<[u8; 32]>,
}

impl From<&Knowledge> for Relations {
    fn from(knowledge: &Knowledge) -> Self {
        knowledge.relations()
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The system the VPN client runs on.
    pub system: System,
    /// The VPN client's id in `assets/clients.toml`, where it is known.
    pub client: Option<String>,
}

/// Concludes what can be concluded from what was seen so far. Cheap enough to be called after every few events of a
/// run: what has not been seen yet is `unknown`, and nothing is claimed about it. Who asks matters only where a source
/// says for certain how their VPN client judges.
pub fn diagnose(
    evidence: &Evidence,
    stores: &Stores,
    relations: &Relations,
    context: &Context,
) -> Diagnosis {
    let _signatures = crate::chain::remember_signatures();
    let device = stores;
    let stores = profile::stores(evidence, device);
    let context = &profile::asker(evidence, relations, context);
    let case = Case::new(evidence, &stores);
    let mut ledger = Ledger::default();
    for rule in rules() {
        ledger.enter(rule.cause, (rule.look)(&case));
    }
    distrust::enter(&case, relations, &mut ledger);
    interception::compare_with_site(&case, relations, &mut ledger);
    certificate::enter(&case, &mut ledger);
    zone::enter(&case, &mut ledger);
    matrix::soften(&case, relations, context, &mut ledger);
    nodes::enter(&case, &mut ledger);
    proxy::enter(&case, &mut ledger);
    profile::enter(&case, device, &mut ledger);
    advice::enter(&case, relations, &mut ledger);
    client_certificate::enter(&case, &mut ledger);
    device::enter(&case, relations, context, &mut ledger);
    versions::suits_client(&case, context, &mut ledger);
    client_in_use::enter(&case, relations, context, &mut ledger);
    pool::advise(&case, &mut ledger);
    let mut diagnosis = rank::conclude(&case, ledger, relations);
    backups::enter(&case, &mut diagnosis);
    logs::enter(&case, relations, &mut diagnosis);
    // What programs make of a chain is told only where they get to see it.
    if !case.served_by_hand {
        diagnosis.clients =
            matrix::views(&case, relations, Some(context.system), &diagnosis.causes);
    }
    diagnosis
}

/// A chain from a file, and what it is to be judged for.
#[derive(Clone, Copy, Debug)]
pub struct Saved<'a> {
    /// The certificates in the order a server would send them.
    pub served: &'a [Der],
    /// The name or address a client would use; none leaves names out.
    pub name: Option<&'a Host>,
    /// The moment: taken as it is, no clock is compared with it.
    pub at: UnixTime,
    /// Revocation lists and OCSP answers that were given with it.
    pub statements: &'a [Statement],
    /// A client's own certificate, to be judged beside the chain, or alone where there is no chain.
    pub client: Option<&'a ClientEvidence>,
    /// The roots that the gateway accepts for clients; empty where they are not known.
    pub client_roots: &'a [Arc<Cert>],
}

impl Saved<'_> {
    /// What a report can say of where the chain comes from: the name it was judged for (the unspecified address where
    /// none was given), the time, and that nothing was looked at.
    pub fn evidence(&self) -> Evidence {
        let target = Target {
            host: self
                .name
                .cloned()
                .unwrap_or(Host::Ip(IpAddr::V4(Ipv4Addr::UNSPECIFIED))),
            port: DEFAULT_PORT,
            port_given: false,
        };
        let mut evidence = Evidence::new(target, self.at);
        evidence.finished = true;
        if let Some(client) = self.client {
            evidence.client = Fact::Known(client.clone());
        }
        evidence
    }
}

/// Concludes what a saved chain shows by itself. Only certificates are spoken of: everything else is neither found nor
/// ruled out nor unknown here.
pub fn inspect(saved: &Saved<'_>, stores: &Stores, relations: &Relations) -> Diagnosis {
    let evidence = saved.evidence();
    let case = Case::saved(&evidence, saved, stores);
    let mut ledger = Ledger::default();
    if saved.client.is_none() || !saved.served.is_empty() {
        distrust::enter(&case, relations, &mut ledger);
        certificate::enter(&case, &mut ledger);
        advice::enter(&case, relations, &mut ledger);
    }
    if saved.client.is_some() {
        client_certificate::enter(&case, &mut ledger);
    }
    let mut diagnosis = rank::conclude(&case, ledger, relations);
    diagnosis.clients = matrix::views(&case, relations, None, &diagnosis.causes);
    diagnosis
}

/// How far this device's clock is off by the clocks that are believed, in milliseconds (positive when it is ahead), and
/// their names, the most exact first. None where none answered or they contradict each other.
pub fn clock_offset(evidence: &Evidence) -> Option<(i64, Vec<String>)> {
    let reading = clock::Clock::read(evidence).reading.ok()?;
    let names = reading.sources.into_iter().map(|source| source.name);
    Some((reading.offset_ms, names.collect()))
}

/// The causes this build has a rule for. Each gets exactly one word in a finished run's [`Diagnosis`]: found, ruled out
/// or unknown (a clock that is off and harms nothing is advice instead).
pub fn causes_with_rules() -> impl Iterator<Item = CauseId> {
    rules()
        .map(|rule| rule.cause)
        .chain(coverage::CAUSES.iter().copied().flatten().copied())
        .chain(client_certificate::CAUSES)
        .chain(device::CAUSES)
        .chain(profile::CAUSES)
        .chain(client_in_use::CAUSES)
}

/// Every rule that looks at evidence by itself, in the order a connection meets the layers.
fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        network::RULES,
        overlap::RULES,
        proxy::RULES,
        portal::RULES,
        dns::RULES,
        transport::RULES,
        udp::RULES,
        segments::RULES,
        tls::RULES,
        service::RULES,
        capacity::RULES,
        pool::RULES,
    ]
    .into_iter()
    .flatten()
}
