//! Rules about revocation: what the stapled answer, what was fetched, or lists and answers given with a file mean.
//!
//! A signed "revoked" confirms; what nothing usable was said about is unknown, with the reason. Not here: reading and
//! believing the statements ([`crate::chain`]), and fetching any.

use std::sync::Arc;

use crate::cause::CauseId;
use crate::chain::{
    Cert, Hearing, Link, Obstacle, Place, Reason, Said, Statement, StatementKind, Status,
    places_to_check,
};
use crate::evidence::{ProbeId, Why, WhyCode};
use crate::msg::Msg;

use super::case::Case;
use super::certificate::located;
use super::draft::{Ledger, Ruling};
use super::fetched::{self, Missing};
use super::model::{Advice, Certainty, Finding, Impact, Proof};
use super::trust::Trust;

/// The causes judged here.
pub(super) const REVOCATION: [CauseId; 4] = [
    CauseId::CERT_REVOKED,
    CauseId::REVOCATION_UNREACHABLE,
    CauseId::CRL_EXPIRED,
    CauseId::MUST_STAPLE_MISSING,
];

/// Enters what is known about revocation.
pub(super) fn enter(case: &Case<'_>, trust: &Trust, ledger: &mut Ledger) {
    let path = &trust.outcome.repaired.path;
    let beside: Vec<Arc<Cert>> = trust.served.iter().chain(&trust.fetched).cloned().collect();
    let now = case.clock.real().unwrap_or(case.clock.device);
    let asked: Vec<Asked<'_>> = places_to_check(path)
        .filter_map(|at| {
            let place = Place {
                path,
                at,
                beside: &beside,
                now,
            };
            let cert = &path.get(at)?.cert;
            let statements = case
                .statements
                .iter()
                .chain(fetched::about(&case.fetched, cert));
            Some(Asked {
                at,
                cert,
                hearing: Hearing::of(&place, statements),
                missing: Missing::about(case.evidence, cert),
                saved: case.saved,
            })
        })
        .collect();
    revoked(trust, &asked, ledger);
    ledger.enter(CauseId::CERT_REVOKED, not_revoked(case, path, &asked));
    list_expired(case, trust, &asked, ledger);
    cannot_be_told(case, trust, &asked, ledger);
    must_staple(case, trust, path, &asked, ledger);
    for known in &asked {
        if let Some((statement, said)) = known.hearing.word()
            && said.status == Status::Good
        {
            ledger.advice.push(Advice {
                id: "not-revoked",
                text: Msg::new("revocation.found.good")
                    .with("certificate", known.cert.label())
                    .with("source", &statement.source)
                    .with("signer", &said.signer)
                    .with("from", said.from.rfc3339()),
            });
        }
    }
}

/// A certificate of the path and what was said about it.
struct Asked<'a> {
    at: usize,
    cert: &'a Arc<Cert>,
    hearing: Hearing<'a>,
    /// What was asked for about it in vain.
    missing: Missing<'a>,
    /// Whether the statements were given with a file, without a word on whose certificate they are about.
    saved: bool,
}

impl Asked<'_> {
    fn status(&self) -> Option<Status> {
        self.hearing.word().map(|(_, said)| said.status)
    }

    /// What speaks against the statements that are about this certificate.
    fn objections(&self) -> impl Iterator<Item = (&Statement, &Obstacle)> {
        self.hearing
            .obstacles()
            .filter(|(statement, obstacle)| counts(statement, obstacle, self.at, self.saved))
    }

    fn probe(&self, statement: &Statement) -> ProbeId {
        match statement.kind {
            StatementKind::Stapled => ProbeId::Tls,
            StatementKind::List | StatementKind::Answer if self.saved => ProbeId::Chain,
            StatementKind::List | StatementKind::Answer => ProbeId::Revocation,
        }
    }
}

/// Whether an obstacle says something about what was given, and not only that it is about something else. What a server
/// staples has to be about its own certificate, and what is fetched about the one it was asked for.
fn counts(statement: &Statement, obstacle: &Obstacle, at: usize, saved: bool) -> bool {
    let stapled = statement.kind == StatementKind::Stapled;
    match obstacle {
        Obstacle::IssuerMissing => false,
        _ if !saved && !stapled => true,
        // It is about the end-entity certificate alone: nothing to expect of it above.
        _ if stapled => at == 0,
        // A refusal names no certificate; it is told once.
        Obstacle::Refused(_) | Obstacle::Unreadable(_) | Obstacle::UnknownType(_) => at == 0,
        other => !other.is_about_others(),
    }
}

/// What was revoked, all of it in one finding, at the certificate nearest to the gateway.
fn revoked(trust: &Trust, asked: &[Asked<'_>], ledger: &mut Ledger) {
    let mut finding: Option<Finding> = None;
    for known in asked {
        let Some((statement, said)) = known.hearing.word() else {
            continue;
        };
        let Status::Revoked { since, reason } = said.status else {
            continue;
        };
        let believed = !said.stale && trust.outcome.repaired.anchored;
        let certainty = if believed {
            Certainty::Confirmed
        } else {
            Certainty::Likely
        };
        let mut found = finding.take().unwrap_or_else(|| {
            let label = known.cert.label();
            let repair = if known.at == 0 {
                Msg::new("repair.reissue-revoked")
            } else {
                Msg::new("repair.reissue-under-other-ca")
            };
            let found = Finding::blocks(CauseId::CERT_REVOKED, certainty)
                .helped_by(repair.with("certificate", label));
            located(found, trust, Some(known.cert))
        });
        found.certainty = found.certainty.max(certainty);
        let probe = known.probe(statement);
        found = found
            .shown_by(
                probe,
                Msg::new("revocation.found.revoked")
                    .with("certificate", known.cert.label())
                    .with("serial", &known.cert.serial)
                    .with("since", since.rfc3339())
                    .with("source", &statement.source)
                    .with("signer", &said.signer)
                    .with("from", said.from.rfc3339()),
            )
            .shown_by(
                probe,
                Msg::new(reason.map_or("revocation.reason.none", Reason::text_id)),
            );
        if let (true, Some(until)) = (said.stale, said.until) {
            found = found.shown_by(
                probe,
                Msg::new("revocation.found.stale").with("until", until.rfc3339()),
            );
        }
        if !trust.outcome.repaired.anchored {
            found = found.shown_by(probe, Msg::new("revocation.found.untrusted-end"));
        }
        finding = Some(found);
    }
    let Some(finding) = finding else { return };
    // The judge leaves revocation out: what it accepts after another repair is still revoked.
    for known in &mut ledger.found {
        if let Some(repair) = &mut known.finding.repair
            && repair.proved
        {
            repair.proved = false;
            known.finding.evidence.push(Proof {
                probe: ProbeId::Chain,
                text: Msg::new("revocation.found.left-out"),
            });
        }
    }
    ledger.found(finding, false);
}

/// The word on `cert-revoked` where nothing says "revoked".
fn not_revoked(case: &Case<'_>, path: &[Link], asked: &[Asked<'_>]) -> Ruling {
    if asked.is_empty() {
        return Ruling::Unknown(nobody_above(path));
    }
    match asked
        .iter()
        .find(|known| known.status() != Some(Status::Good))
    {
        None => Ruling::RuledOut,
        Some(known) => Ruling::Unknown(untold(case, path, asked, known)),
    }
}

/// Why this certificate's revocation is not known.
fn untold(case: &Case<'_>, path: &[Link], asked: &[Asked<'_>], known: &Asked<'_>) -> Why {
    if let Some((statement, said)) = known.hearing.word() {
        return Why::because(WhyCode::Failed, unknown(known, statement, said));
    }
    if let Some((statement, obstacle)) = known.objections().next() {
        let text = obstacle.message(statement.kind, &statement.source);
        return Why::because(WhyCode::Failed, text);
    }
    if let Some(why) = known.missing.why(known.cert) {
        return why;
    }
    let leaf_is_good = asked
        .first()
        .is_some_and(|leaf| leaf.at == 0 && leaf.status() == Some(Status::Good));
    if leaf_is_good && known.at > 0 {
        return Why::because(
            WhyCode::NotRun,
            Msg::new("revocation.why.not-covered").with("certificate", known.cert.label()),
        );
    }
    if path.len() < known.at + 2 {
        return nobody_above(path);
    }
    match known.hearing.obstacles().next() {
        Some((statement, obstacle)) => Why::because(
            WhyCode::NotRun,
            obstacle.message(statement.kind, &statement.source),
        ),
        None => nothing_said(case),
    }
}

fn nobody_above(path: &[Link]) -> Why {
    let top = path.last().map(|link| link.cert.label());
    Why::because(
        WhyCode::Blocked,
        Msg::new("revocation.why.nobody-above").with("certificate", top.unwrap_or_default()),
    )
}

fn nothing_said(case: &Case<'_>) -> Why {
    if let Some(why) = case.evidence.revocation.why()
        && !matches!(why.code, WhyCode::NotRun | WhyCode::Blocked)
    {
        return why.clone();
    }
    let text = if case.saved {
        Msg::new("revocation.why.nothing-given")
    } else {
        Msg::new("revocation.why.nothing-stapled")
    };
    Why::because(WhyCode::NotRun, text)
}

fn unknown(known: &Asked<'_>, statement: &Statement, said: &Said) -> Msg {
    Msg::new("revocation.found.unknown")
        .with("certificate", known.cert.label())
        .with("signer", &said.signer)
        .with("source", &statement.source)
}

/// A list that is genuine and out of date.
fn list_expired(case: &Case<'_>, trust: &Trust, asked: &[Asked<'_>], ledger: &mut Ledger) {
    let mut in_date = false;
    let mut finding: Option<Finding> = None;
    for known in asked {
        for (statement, said) in &known.hearing.heard {
            if statement.kind != StatementKind::List {
                continue;
            }
            let until = match said {
                Ok(said) if said.stale => said.until,
                Err(Obstacle::Expired(until)) => Some(*until),
                Ok(_) => {
                    in_date = true;
                    None
                }
                Err(_) => None,
            };
            let Some(until) = until else { continue };
            let text = Obstacle::Expired(until).message(statement.kind, &statement.source);
            let found = finding.take().unwrap_or_else(|| {
                let found = Finding::new(CauseId::CRL_EXPIRED, certain(case), Impact::SomeClients)
                    .helped_by(Msg::new("repair.new-list"));
                located(found, trust, Some(known.cert))
            });
            let told = found.evidence.iter().any(|proof| proof.text == text);
            finding = Some(if told {
                found
            } else {
                found.shown_by(known.probe(statement), text)
            });
        }
    }
    let ruling = match finding {
        Some(finding) => Ruling::from(finding),
        None if in_date => Ruling::RuledOut,
        None => Ruling::Unknown(Why::because(
            WhyCode::NotRun,
            Msg::new("revocation.why.no-list"),
        )),
    };
    ledger.enter(CauseId::CRL_EXPIRED, ruling);
}

/// A date is as sure as the clock it is compared with.
fn certain(case: &Case<'_>) -> Certainty {
    match &case.clock.reading {
        Ok(_) => Certainty::Confirmed,
        _ => Certainty::Likely,
    }
}

/// Something was said, and it does not tell whether a certificate is revoked.
fn cannot_be_told(case: &Case<'_>, trust: &Trust, asked: &[Asked<'_>], ledger: &mut Ledger) {
    let mut finding: Option<Finding> = None;
    for known in asked {
        let mut texts = Vec::new();
        match known.hearing.word() {
            Some((statement, said)) if said.status == Status::Unknown => {
                texts.push((known.probe(statement), unknown(known, statement, said)));
            }
            Some(_) => continue,
            None => {}
        }
        // A genuine list that is out of date is a cause of its own.
        let objections = known.objections().filter(|(statement, obstacle)| {
            !(statement.kind == StatementKind::List && matches!(obstacle, Obstacle::Expired(_)))
        });
        texts.extend(objections.map(|(statement, obstacle)| {
            (
                known.probe(statement),
                obstacle.message(statement.kind, &statement.source),
            )
        }));
        let only_missing = texts.is_empty();
        let missing = known.missing.proofs(known.cert);
        texts.extend(missing.into_iter().map(|proof| (proof.probe, proof.text)));
        if texts.is_empty() {
            continue;
        }
        // Strict clients take an answer that does not say "good" for a refusal.
        let refused_by_some = known.status() == Some(Status::Unknown)
            || (known.at == 0 && known.cert.extensions.must_staple);
        let impact = if refused_by_some {
            Impact::SomeClients
        } else {
            Impact::Degrades
        };
        let mut found = finding.take().unwrap_or_else(|| {
            let found = Finding::new(
                CauseId::REVOCATION_UNREACHABLE,
                Certainty::Likely,
                Impact::Degrades,
            )
            .helped_by(Msg::new(if only_missing {
                "repair.reach-statement"
            } else {
                "repair.statement"
            }));
            located(found, trust, Some(known.cert))
        });
        found.impact = found.impact.min(impact);
        for (probe, text) in texts {
            found = found.shown_by(probe, text);
        }
        finding = Some(found);
    }
    let told = asked
        .first()
        .is_some_and(|leaf| leaf.at == 0 && leaf.status().is_some());
    let ruling = match finding {
        Some(finding) => Ruling::from(finding),
        None if told => Ruling::RuledOut,
        None => Ruling::Unknown(match asked.first() {
            Some(leaf) => untold(case, &trust.outcome.repaired.path, asked, leaf),
            None => nobody_above(&trust.outcome.repaired.path),
        }),
    };
    ledger.enter(CauseId::REVOCATION_UNREACHABLE, ruling);
}

/// RFC 7633: the certificate demands a stapled answer.
fn must_staple(
    case: &Case<'_>,
    trust: &Trust,
    path: &[Link],
    asked: &[Asked<'_>],
    ledger: &mut Ledger,
) {
    let leaf = path.first().map(|link| &link.cert);
    let demanding = leaf.filter(|leaf| leaf.extensions.must_staple);
    let ruling = match demanding {
        None => Ruling::RuledOut,
        Some(leaf) if case.saved => answered(leaf, asked),
        Some(_) if stapled(case) => Ruling::RuledOut,
        Some(leaf) => {
            let label = leaf.label();
            let finding = Finding::new(
                CauseId::MUST_STAPLE_MISSING,
                Certainty::Confirmed,
                Impact::SomeClients,
            )
            .shown_by(
                ProbeId::Chain,
                Msg::new("revocation.found.must-staple").with("certificate", &label),
            )
            .shown_by(ProbeId::Tls, Msg::new("revocation.found.no-staple"))
            .helped_by(Msg::new("repair.staple").with("certificate", label));
            located(finding, trust, Some(leaf)).into()
        }
    };
    ledger.enter(CauseId::MUST_STAPLE_MISSING, ruling);
}

/// Whether the gateway stapled anything.
fn stapled(case: &Case<'_>) -> bool {
    let mut kinds = case.statements.iter().map(|statement| statement.kind);
    kinds.any(|kind| kind == StatementKind::Stapled)
}

/// Of a file it is known only where the answer that would be stapled was given too.
fn answered(leaf: &Cert, asked: &[Asked<'_>]) -> Ruling {
    let known = asked
        .first()
        .filter(|known| known.cert.sha256 == leaf.sha256);
    let mut answers = known
        .into_iter()
        .flat_map(|known| &known.hearing.heard)
        .filter(|(statement, _)| statement.kind != StatementKind::List);
    if answers.any(|(_, said)| said.is_ok()) {
        return Ruling::RuledOut;
    }
    let unusable = known.and_then(|known| {
        known
            .objections()
            .find(|(statement, _)| statement.kind != StatementKind::List)
    });
    Ruling::Unknown(match unusable {
        Some((statement, obstacle)) => Why::because(
            WhyCode::Failed,
            obstacle.message(statement.kind, &statement.source),
        ),
        None => Why::because(WhyCode::NotRun, Msg::new("revocation.why.staple-not-seen")),
    })
}
