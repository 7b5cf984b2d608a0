//! The rule for CAs that root programmes no longer trust, or not for new certificates: `assets/advisories.toml`
//! compared with the keys and dates of the chain.
//!
//! A name alone proves nothing, anybody can take it: only a key, or a whole certificate, makes a match certain, and
//! only an event that somebody looked up. What one client makes of it is `matrix`'s.

use crate::cause::CauseId;
use crate::chain::{Cert, first_logged};
use crate::evidence::{ProbeId, UnixTime, Why, WhyCode};
use crate::guide::{DistrustEvent, DistrustRule, DistrustedCa, Marks};
use crate::msg::Msg;

use super::Relations;
use super::case::Case;
use super::draft::{Ledger, Ruling};
use super::model::{Certainty, Finding, Impact, Proof};
use super::trial::has;
use super::trust::Trust;

/// A certificate can be dated a little before it is logged; beyond this, a later date of issue means later logging.
const DAY: i64 = 86_400;

/// One programme's decision that this chain falls under.
pub(super) struct Distrusted<'a> {
    /// The CA.
    pub ca: &'a DistrustedCa,
    /// The decision.
    pub event: &'a DistrustEvent,
    /// How sure that is.
    pub certainty: Certainty,
    /// What it says of this chain.
    pub text: Msg,
}

/// How a mark fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// By name or key identifier, which anybody can write into a certificate.
    Name,
    /// By key or whole certificate.
    Key,
}

/// Enters the finding, or that there is none.
pub(super) fn enter(case: &Case<'_>, relations: &Relations, ledger: &mut Ledger) {
    let Some(trust) = &case.trust else { return };
    let found = decisions(case, trust, relations);
    let Some(certainty) = found.iter().map(|one| one.certainty).max() else {
        let ruling = if trust.outcome.repaired.anchored {
            Ruling::RuledOut
        } else {
            Ruling::Unknown(Why::because(
                WhyCode::Blocked,
                Msg::new("diagnose.chain.path-incomplete"),
            ))
        };
        ledger.enter(CauseId::CA_DISTRUSTED, ruling);
        return;
    };
    // Where this device does not trust the root either, that is the consequence.
    let impact = if has(&trust.outcome.as_served, CauseId::UNKNOWN_CA) {
        Impact::Blocks
    } else {
        Impact::SomeClients
    };
    let marked = found.iter().find_map(|one| marked(trust, &one.ca.marks));
    let leaf = trust.leaf();
    let proofs = found.iter().map(|one| Proof {
        probe: ProbeId::Chain,
        text: one.text.clone(),
    });
    let mut finding = Finding::new(CauseId::CA_DISTRUSTED, certainty, impact)
        .shown_by_all(proofs)
        .shown_by_all(marked.map(|(cert, fit)| {
            Proof {
                probe: ProbeId::Chain,
                text: match fit {
                    Fit::Key => Msg::new("diagnose.distrust.by-key")
                        .with("certificate", cert.label())
                        .with("key", hex(&cert.spki_sha256())),
                    Fit::Name => {
                        Msg::new("diagnose.distrust.by-name").with("certificate", cert.label())
                    }
                },
            }
        }))
        .helped_by(
            Msg::new("repair.other-ca")
                .with("certificate", leaf.map(|c| c.label()).unwrap_or_default()),
        );
    finding.certificate = marked
        .map(|(cert, _)| cert)
        .or(leaf.map(|leaf| leaf.as_ref()))
        .and_then(|cert| trust.place_of(cert));
    ledger.found(finding, false);
}

/// Every decision the chain falls under, in the order of the file.
pub(super) fn decisions<'a>(
    case: &Case<'_>,
    trust: &Trust,
    relations: &'a Relations,
) -> Vec<Distrusted<'a>> {
    let now = case.clock.real().unwrap_or(case.clock.device);
    let Some(leaf) = trust.leaf() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for ca in &relations.advisories.distrusted {
        let Some(fit) = fit(trust, &ca.marks) else {
            continue;
        };
        let excepted = |cert: &Cert| ca.except.contains(&cert.spki_sha256());
        if on_path(trust).any(excepted) {
            continue;
        }
        for event in ca.events.iter().filter(|event| event.since <= now) {
            if let Some((sure, text)) = falls_under(leaf, ca, event) {
                let certainty = match (event.verified.is_certain(), fit) {
                    (false, _) => Certainty::Possible,
                    (true, Fit::Key) if sure => Certainty::Confirmed,
                    (true, _) => Certainty::Likely,
                };
                found.push(Distrusted {
                    ca,
                    event,
                    certainty,
                    text,
                });
            }
        }
    }
    found
}

/// Whether the event's rule takes this end-entity certificate in, whether that is sure, and what to say.
fn falls_under(leaf: &Cert, ca: &DistrustedCa, event: &DistrustEvent) -> Option<(bool, Msg)> {
    let say = |id: &'static str| {
        Msg::new(id)
            .with("programme", event.programme.name())
            .with("ca", &ca.name)
            .with("since", event.since.day())
            .with("source", &event.source)
    };
    let dated = |after: UnixTime, date: UnixTime| {
        say("diagnose.distrust.after")
            .with("after", after.day())
            .with("date", date.day())
    };
    match event.rule {
        DistrustRule::All => Some((true, say("diagnose.distrust.all"))),
        DistrustRule::IssuedAfter(after) => {
            (leaf.not_before > after).then(|| (true, dated(after, leaf.not_before)))
        }
        DistrustRule::LoggedAfter(after) => match first_logged(leaf) {
            Some(logged) => (logged > after).then(|| (true, dated(after, logged))),
            // The log's word may come with the handshake instead; the date of issue only points the same way.
            None => {
                (leaf.not_before > after.plus(DAY)).then(|| (false, dated(after, leaf.not_before)))
            }
        },
    }
}

/// The certificates that count: the best path, and what was served beside it stays out.
fn on_path(trust: &Trust) -> impl Iterator<Item = &Cert> {
    let links = trust.outcome.repaired.path.iter();
    links.map(|link| link.cert.as_ref())
}

/// The best fit of these marks on the path, or of its top's absent issuer.
fn fit(trust: &Trust, marks: &Marks) -> Option<Fit> {
    let absent = || {
        let judgement = &trust.outcome.repaired;
        let top = judgement.path.last().filter(|_| !judgement.anchored)?;
        let key_id = top.cert.extensions.authority_key_id.as_ref();
        let named = marks.subjects.contains(&top.cert.issuer)
            || key_id.is_some_and(|id| marks.key_ids.contains(id));
        named.then_some(Fit::Name)
    };
    marked(trust, marks).map(|(_, fit)| fit).or_else(absent)
}

fn marked<'t>(trust: &'t Trust, marks: &Marks) -> Option<(&'t Cert, Fit)> {
    // The end-entity itself is never a CA of the list.
    on_path(trust)
        .skip(1)
        .filter_map(|cert| Some((cert, fit_of(cert, marks)?)))
        .max_by_key(|(_, fit)| *fit)
}

fn fit_of(cert: &Cert, marks: &Marks) -> Option<Fit> {
    if marks.keys.contains(&cert.spki_sha256()) || marks.certificates.contains(&cert.sha256) {
        return Some(Fit::Key);
    }
    let key_id = cert.extensions.subject_key_id.as_ref();
    let named = marks.subjects.contains(&cert.subject)
        || key_id.is_some_and(|id| marks.key_ids.contains(id));
    named.then_some(Fit::Name)
}

/// Whether these marks fit this certificate, by key or by name.
pub(super) fn is_marked(cert: &Cert, marks: &Marks) -> bool {
    fit_of(cert, marks).is_some()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
