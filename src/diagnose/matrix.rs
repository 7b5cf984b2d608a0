//! Who accepts, who refuses: the chain judged again the way each client of `assets/clients.toml` judges.
//!
//! A trait that no source backs leaves the answer open where it decides something. The clock of this device is no
//! part of it: the real time counts, where it is known. Not here: the findings; only their impact for the client that
//! the person uses ([`soften`]).

use std::sync::Arc;

use crate::cause::CauseId;
use crate::chain::{
    Cert, Hash, Judgement, Purpose, Question, SignatureScheme, Source, Violation, judge,
    missing_issuer_urls,
};
use crate::guide::{Client, Fetching, Known, Roots, System, ValidityLimit};
use crate::msg::Msg;

use super::case::Case;
use super::distrust::{self, Distrusted};
use super::draft::Ledger;
use super::interception::is_public;
use super::limits;
use super::model::{Certainty, ClientView, Finding, Impact};
use super::skew::DATES;
use super::trial::{TRUST, cert_of};
use super::trust::Trust;
use super::{Context, Relations};

/// An intermediate that the chosen client is known to fetch does not stop that client.
pub(super) fn soften(
    case: &Case<'_>,
    relations: &Relations,
    context: &Context,
    ledger: &mut Ledger,
) {
    let Some(id) = &context.client else { return };
    let client = relations.clients.on(id, context.system);
    let fetches = client.and_then(|client| known(client.fetches.as_ref()));
    // Only where it was seen that it can be had.
    let can_be_had = case.trust.as_ref().is_some_and(|trust| {
        let further = trust.with_fetched.as_ref();
        further.is_some_and(|further| further.anchored)
    });
    if fetches != Some(&Fetching::Always) || !can_be_had {
        return;
    }
    for known in &mut ledger.found {
        if known.finding.cause == CauseId::MISSING_INTERMEDIATE {
            known.finding.impact = Impact::SomeClients;
        }
    }
}

/// What each client would make of the chain; empty where there is none to judge.
pub(super) fn views(
    case: &Case<'_>,
    relations: &Relations,
    system: Option<System>,
    causes: &[Finding],
) -> Vec<ClientView> {
    let Some(trust) = &case.trust else {
        return Vec::new();
    };
    let leaf = trust.leaf();
    let mut desk = Desk {
        case,
        trust,
        system,
        causes,
        distrusted: distrust::decisions(case, trust, relations),
        exceeded: leaf.map_or(Vec::new(), |leaf| {
            limits::exceeded(case, trust, leaf, relations)
        }),
        judged: Vec::new(),
    };
    let clients = relations.clients.clients.iter();
    clients
        .map(|client| {
            let (accepts, why) = match desk.verdict(client) {
                Word::Accepts(why) => (Some(true), why),
                Word::Refuses(why) => (Some(false), why),
                Word::Open(why) => (None, why),
            };
            ClientView {
                client: client.id.clone(),
                name: client.name.clone(),
                os: client.os(),
                accepts,
                why,
            }
        })
        .collect()
}

/// One answer and its reason.
#[derive(Clone, Debug)]
enum Word {
    Accepts(Msg),
    Refuses(Msg),
    Open(Msg),
}

/// The roots a client is judged with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchors {
    /// This system's.
    System,
    /// Mozilla's.
    Public,
    /// Both.
    Both,
    /// All of them and whatever root is at hand: says what else is wrong, whoever is trusted.
    Any,
}

/// A world: whose roots, whether what was fetched is there, whether names count.
type World = (Anchors, bool, bool);

struct Desk<'a> {
    case: &'a Case<'a>,
    trust: &'a Trust,
    system: Option<System>,
    causes: &'a [Finding],
    distrusted: Vec<Distrusted<'a>>,
    exceeded: Vec<&'a ValidityLimit>,
    judged: Vec<(World, Judgement)>,
}

/// A trait's value, if it is certain.
fn known<T>(value: Option<&Known<T>>) -> Option<&T> {
    value.and_then(Known::certain)
}

impl Desk<'_> {
    fn verdict(&mut self, client: &Client) -> Word {
        let mut word = self.path(client);
        for other in [
            self.distrusted(client),
            self.too_long(client),
            self.revoked(client),
        ] {
            word = worse(word, other);
        }
        word
    }

    /// What building and checking the path gives: with what the client fetches, to the roots it trusts.
    fn path(&mut self, client: &Client) -> Word {
        match known(client.fetches.as_ref()) {
            Some(Fetching::Always) => self.fetching(client),
            Some(Fetching::Never) => self.walk(client, false),
            Some(Fetching::KnowsPublic) => match self.walk(client, false) {
                Word::Refuses(_)
                    if matches!(self.walk(client, true), Word::Accepts(_))
                        && is_public(self.case, self.trust) =>
                {
                    Word::Open(Msg::new("clients.may-know-intermediate"))
                }
                word => word,
            },
            None => match (self.walk(client, false), self.walk(client, true)) {
                (Word::Refuses(_), Word::Accepts(_) | Word::Open(_)) => {
                    Word::Open(Msg::new("clients.fetching-unknown"))
                }
                (word, _) => word,
            },
        }
    }

    /// A client that fetches what is missing.
    fn fetching(&mut self, client: &Client) -> Word {
        let without = self.walk(client, false);
        if !matches!(without, Word::Refuses(_)) {
            return without;
        }
        let with = self.walk(client, true);
        // Nobody tried: what it would get is not known.
        let not_tried = self.trust.fetched.is_empty() && self.case.evidence.aia.known().is_none();
        let judgement = self.judgement(self.world(client, true));
        let fetched = judgement
            .path
            .iter()
            .find(|link| link.source == Source::Fetched)
            .map(|link| link.cert.label());
        let has_address = !missing_issuer_urls(judgement).is_empty();
        match (with, fetched) {
            (Word::Accepts(_), Some(label)) => {
                Word::Accepts(Msg::new("clients.fetches").with("certificate", label))
            }
            (Word::Refuses(_), _) if not_tried && has_missing(judgement) && has_address => {
                Word::Open(Msg::new("clients.fetching-not-tried"))
            }
            (Word::Refuses(_), None) if has_missing(judgement) => {
                let top = judgement.path.last().map(|link| link.cert.label());
                let text = if has_address {
                    Msg::new("clients.fetching-fails")
                } else {
                    Msg::new("clients.nothing-to-fetch")
                };
                Word::Refuses(text.with("certificate", top.unwrap_or_default()))
            }
            (with, _) => with,
        }
    }

    fn world(&self, client: &Client, fetched: bool) -> World {
        let here = match self.system {
            Some(system) => client.runs_on(system),
            // A saved chain: roots given for it (then there is no public list beside them) are every client's; this
            // device's are not those of another system.
            None => client.system.is_none() || self.case.stores.mozilla.anchors.is_empty(),
        };
        let anchors = match known(client.store.as_ref()) {
            Some(Roots::System) if here => Anchors::System,
            Some(Roots::System | Roots::Mozilla) => Anchors::Public,
            Some(Roots::OwnAndAdded) if here => Anchors::Both,
            Some(Roots::OwnAndAdded) => Anchors::Public,
            Some(Roots::Profile) | None => Anchors::Any,
        };
        let names = known(client.names.as_ref()) != Some(&false);
        (anchors, fetched, names)
    }

    /// The chain in one world, judged once.
    fn judgement(&mut self, world: World) -> &Judgement {
        let at = self.judged.iter().position(|(known, _)| *known == world);
        let at = at.unwrap_or_else(|| {
            let judgement = self.judge(world);
            self.judged.push((world, judgement));
            self.judged.len() - 1
        });
        &self.judged[at].1
    }

    fn judge(&self, (anchors, fetched, names): World) -> Judgement {
        let stores = self.case.stores;
        let trust = self.trust;
        let mut roots: Vec<Arc<Cert>> = Vec::new();
        if anchors != Anchors::Public {
            roots.extend(stores.system.anchors.iter().cloned());
        }
        if anchors != Anchors::System {
            roots.extend(stores.mozilla.anchors.iter().cloned());
        }
        if anchors == Anchors::Any {
            let at_hand = trust.served.iter().chain(&trust.fetched);
            roots.extend(at_hand.filter(|c| c.is_self_issued() && c.is_ca).cloned());
        }
        judge(&Question {
            served: &trust.served,
            fetched: if fetched { &trust.fetched } else { &[] },
            anchors: &roots,
            name: self.case.name.filter(|_| names),
            at: self.case.clock.real().unwrap_or(self.case.clock.device),
            purpose: Purpose::Server,
        })
    }

    /// Holds one world's judgement against the client's traits.
    fn walk(&mut self, client: &Client, fetched: bool) -> Word {
        let world = self.world(client, fetched);
        let no_public_list = self.case.stores.mozilla.anchors.is_empty();
        let judgement = self.judgement(world);
        let mut word = accepts(client, world.0, judgement);
        for violation in &judgement.violations {
            word = worse(word, objection(client, world.0, judgement, violation));
        }
        let disorder = judgement
            .advice
            .iter()
            .find(|advice| advice.cause == CauseId::CHAIN_WRONG_ORDER);
        if let Some(disorder) = disorder {
            word = worse(
                word,
                flag(
                    client.any_order.as_ref(),
                    &disorder.text,
                    "clients.order-unknown",
                ),
            );
        }
        // Without the list there is nothing to compare with.
        let missing = has_missing(judgement);
        match word {
            Word::Refuses(_) | Word::Open(_)
                if world.0 == Anchors::Public && no_public_list && !missing =>
            {
                let others = judgement.violations.iter();
                let rest = others
                    .filter(|violation| !TRUST.contains(&violation.cause))
                    .map(|violation| objection(client, world.0, judgement, violation));
                rest.fold(Word::Open(Msg::new("clients.no-public-list")), worse)
            }
            word => word,
        }
    }

    /// CAs that the programme this client follows has given up.
    fn distrusted(&self, client: &Client) -> Option<Word> {
        let sure: Vec<_> = self
            .distrusted
            .iter()
            .filter(|one| one.certainty >= Certainty::Likely)
            .collect();
        if sure.is_empty() {
            return None;
        }
        let Some(follows) = known(client.distrust.as_ref()) else {
            return Some(Word::Open(Msg::new("clients.distrust-unknown")));
        };
        let hit = sure
            .iter()
            .find(|one| follows.contains(&one.event.programme))?;
        Some(Word::Refuses(hit.text.clone()))
    }

    /// Validity over a limit that this client enforces.
    fn too_long(&self, client: &Client) -> Option<Word> {
        if self.exceeded.is_empty() {
            return None;
        }
        let Some(enforces) = known(client.validity.as_ref()) else {
            return Some(Word::Open(Msg::new("clients.validity-unknown")));
        };
        let hit = self
            .exceeded
            .iter()
            .find(|limit| enforces.contains(&limit.programme));
        match hit {
            Some(hit) => Some(Word::Refuses(
                Msg::new("clients.validity")
                    .with("programme", hit.programme.name())
                    .with("limit", hit.days),
            )),
            // It keeps to limits of this kind: a newer one may be among them.
            None if !enforces.is_empty() => Some(Word::Open(Msg::new("clients.validity-unknown"))),
            None => None,
        }
    }

    /// A certificate that was found to be revoked.
    fn revoked(&self, client: &Client) -> Option<Word> {
        let found = self.causes.iter();
        found
            .into_iter()
            .find(|finding| finding.cause == CauseId::CERT_REVOKED)?;
        Some(match known(client.revocation.as_ref()) {
            Some(true) => Word::Refuses(Msg::new("clients.revoked")),
            Some(false) => return None,
            None => Word::Open(Msg::new("clients.revocation-unknown")),
        })
    }
}

fn has_missing(judgement: &Judgement) -> bool {
    super::trial::has(judgement, CauseId::MISSING_INTERMEDIATE)
}

/// Nothing speaks against the chain: what that rests on.
fn accepts(client: &Client, anchors: Anchors, judgement: &Judgement) -> Word {
    let root = judgement
        .path
        .last()
        .map(|link| link.cert.label())
        .unwrap_or_default();
    match (known(client.store.as_ref()), anchors) {
        (Some(Roots::Profile), _) => {
            Word::Open(Msg::new("clients.depends-on-profile").with("root", root))
        }
        (None, _) => Word::Open(Msg::new("clients.roots-unknown").with("root", root)),
        (Some(Roots::System), Anchors::Public) => {
            Word::Accepts(Msg::new("clients.accepts-public").with("root", root))
        }
        _ => Word::Accepts(Msg::new("clients.accepts").with("root", root)),
    }
}

/// What a client with these traits makes of one thing that speaks against the chain; none where it does not mind.
fn objection(
    client: &Client,
    anchors: Anchors,
    judgement: &Judgement,
    violation: &Violation,
) -> Option<Word> {
    let refuses = || Some(Word::Refuses(violation.text.clone()));
    match violation.cause {
        CauseId::MISSING_INTERMEDIATE => {
            let top = judgement.path.last().map(|link| link.cert.label());
            Some(Word::Refuses(
                Msg::new("clients.missing").with("certificate", top.unwrap_or_default()),
            ))
        }
        cause if TRUST.contains(&cause) => match (known(client.store.as_ref()), anchors) {
            (Some(Roots::System), Anchors::System) | (Some(Roots::OwnAndAdded), Anchors::Both) => {
                refuses()
            }
            _ => Some(Word::Open(Msg::new("clients.added-roots-unknown"))),
        },
        CauseId::CN_ONLY => flag(
            client.common_name.as_ref(),
            &violation.text,
            "clients.names-unknown",
        ),
        CauseId::HOSTNAME_MISMATCH => match known(client.names.as_ref()) {
            Some(_) => refuses(),
            None => Some(Word::Open(Msg::new("clients.names-unknown"))),
        },
        // Nobody takes anything older than SHA-1.
        CauseId::WEAK_SIGNATURE if !is_sha1(judgement, violation) => refuses(),
        CauseId::WEAK_SIGNATURE => flag(
            client.sha1.as_ref(),
            &violation.text,
            "clients.signature-unknown",
        ),
        // No client takes a certificate outside its dates, or one that its issuer did not sign.
        cause if DATES.contains(&cause) || cause == CauseId::BAD_SIGNATURE => refuses(),
        _ => match known(client.profile.as_ref()) {
            Some(true) => refuses(),
            Some(false) => None,
            None => Some(Word::Open(Msg::new("clients.profile-unknown"))),
        },
    }
}

fn is_sha1(judgement: &Judgement, violation: &Violation) -> bool {
    let cert = cert_of(judgement, violation);
    cert.is_some_and(|cert| {
        matches!(
            cert.scheme,
            SignatureScheme::RsaPkcs1(Hash::Sha1)
                | SignatureScheme::RsaPss(Hash::Sha1)
                | SignatureScheme::Ecdsa(Hash::Sha1)
        )
    })
}

/// A trait that says whether something is taken: `text` where it is not, `unknown` where nobody knows.
fn flag(takes: Option<&Known<bool>>, text: &Msg, unknown: &'static str) -> Option<Word> {
    match known(takes) {
        Some(true) => None,
        Some(false) => Some(Word::Refuses(text.clone())),
        None => Some(Word::Open(Msg::new(unknown))),
    }
}

/// The word that counts: a refusal before an open question before acceptance; of two alike the first.
fn worse(word: Word, other: Option<Word>) -> Word {
    match (&word, other) {
        (Word::Refuses(_), _) | (_, None) | (_, Some(Word::Accepts(_))) => word,
        (_, Some(refusal @ Word::Refuses(_))) => refusal,
        (Word::Open(_), Some(Word::Open(_))) => word,
        (Word::Accepts(_), Some(open)) => open,
    }
}
