//! Rules about the client's own certificate: the one a person handed in, judged by itself and by what the gateway said
//! when it asked for one.
//!
//! How it is read out of files, and whether a key belongs to it, is [`crate::chain`]'s; showing it is
//! [`crate::probe`]'s; what the gateway said is in `client_talk`.

use std::sync::Arc;

use crate::cause::CauseId;
use crate::chain::{Cert, Fit, Judgement, Purpose, Question, Violation, fits, judge, own_chain};
use crate::evidence::{ClientEvidence, ClientKey, ProbeId, PublicKey, Why, WhyCode};
use crate::msg::Msg;

use super::case::Case;
use super::client_talk::{DEMANDS, Talk, accepted_names};
use super::draft::{Ledger, Ruling};
use super::model::{Advice, Certainty, Finding, Impact, Proof};
use super::service::wants_certificate;
use super::skew::DATES;

/// Every cause that is judged here, beside the demand itself.
pub(super) const CAUSES: [CauseId; 6] = [
    CauseId::CLIENT_CERT_EXPIRED,
    CauseId::CLIENT_CERT_REVOKED,
    CauseId::CLIENT_CERT_WRONG_ISSUER,
    CauseId::CLIENT_CERT_KEY_MISMATCH,
    CauseId::CLIENT_CERT_CORRUPT,
    CauseId::CLIENT_CERT_MISSING_EKU,
];

const DAY: i64 = 86_400;

/// Enters everything that the certificate handed in shows, and what the gateway made of it.
pub(super) fn enter(case: &Case<'_>, ledger: &mut Ledger) {
    let talk = if case.saved {
        Err(Why::code(WhyCode::NotRun))
    } else {
        Talk::of(case)
    };
    match case.evidence.client.known() {
        Some(given) => Given::read(case, given, talk.as_ref().ok()).enter(ledger),
        None => none_given(talk.as_ref(), ledger),
    }
}

/// No certificate was handed in: only a gateway that asks for none settles anything.
fn none_given(talk: Result<&Talk<'_>, &Why>, ledger: &mut Ledger) {
    for cause in CAUSES {
        let ruling = match talk {
            Err(why) => Ruling::Unknown(why.clone()),
            Ok(talk) if talk.asked => Ruling::Unknown(Why::because(
                WhyCode::NotRun,
                Msg::new("diagnose.client.none-given"),
            )),
            Ok(talk) if talk.completed => Ruling::RuledOut,
            Ok(_) => Ruling::Unknown(Why::code(WhyCode::Blocked)),
        };
        ledger.enter(cause, ruling);
    }
}

/// The certificate handed in, with all that is needed to speak about it.
struct Given<'a> {
    case: &'a Case<'a>,
    evidence: &'a ClientEvidence,
    talk: Option<&'a Talk<'a>>,
    /// The end-entity certificate first.
    chain: Vec<Arc<Cert>>,
    judgement: Option<Judgement>,
}

impl<'a> Given<'a> {
    fn read(case: &'a Case<'a>, evidence: &'a ClientEvidence, talk: Option<&'a Talk<'a>>) -> Self {
        let keys: &[PublicKey] = match &evidence.key {
            ClientKey::Seen(keys) => keys,
            _ => &[],
        };
        let chain = own_chain(&evidence.certificates, keys);
        let judgement = (!chain.is_empty()).then(|| {
            judge(&Question {
                served: &chain,
                fetched: &[],
                anchors: case.client_roots,
                name: None,
                at: case.clock.real().unwrap_or(case.clock.device),
                purpose: Purpose::Client,
            })
        });
        Self {
            case,
            evidence,
            talk,
            chain,
            judgement,
        }
    }

    fn enter(&self, ledger: &mut Ledger) {
        self.readable(ledger);
        if let (Some(judgement), Some(leaf)) = (&self.judgement, self.chain.first()) {
            self.dates(judgement, ledger);
            self.purpose(judgement, ledger);
            self.signature(judgement, ledger);
            self.key(leaf, ledger);
            self.issuer(judgement, leaf, ledger);
            self.advise(judgement, leaf, ledger);
        }
        self.revoked(ledger);
        self.refused(ledger);
        let nothing_read = self.chain.is_empty();
        for cause in CAUSES {
            ledger.enter(
                cause,
                if nothing_read {
                    Ruling::Unknown(Why::code(WhyCode::Blocked))
                } else {
                    Ruling::RuledOut
                },
            );
        }
    }

    /// A finding about the certificate; it stops nothing where the gateway does not ask for one, or takes this one.
    fn finding(&self, cause: CauseId, certainty: Certainty) -> Finding {
        let harmless = self
            .talk
            .is_some_and(|talk| talk.completed && (!talk.asked || talk.accepted()));
        let impact = if harmless {
            Impact::Degrades
        } else {
            Impact::Blocks
        };
        let finding = Finding::new(cause, certainty, impact);
        match self.talk {
            Some(talk) if harmless && !talk.asked => {
                finding.shown_by(ProbeId::Tls, Msg::new("diagnose.client.not-asked"))
            }
            Some(_) if harmless => {
                finding.shown_by(ProbeId::Gateway, Msg::new("diagnose.client.taken"))
            }
            _ => finding,
        }
    }

    /// The gateway's refusal by this alert, as proof.
    fn said(&self, alert: &str) -> Option<Proof> {
        self.talk
            .and_then(Talk::refusal)
            .filter(|said| *said == alert)
            .map(refusal)
    }

    /// Files that could not be read.
    fn readable(&self, ledger: &mut Ledger) {
        let unreadable = |file: &str, reason: Msg| {
            self.finding(CauseId::CLIENT_CERT_CORRUPT, Certainty::Likely)
                .shown_by(
                    ProbeId::Chain,
                    Msg::new("diagnose.client.unreadable").with("file", file),
                )
                .shown_by(ProbeId::Chain, reason)
                .helped_by(Msg::new("repair.client-new-file"))
        };
        if let Some(reason) = &self.evidence.damage {
            ledger.found(unreadable(&self.evidence.file, reason.clone()), false);
        }
        if let ClientKey::Unreadable { file, reason } = &self.evidence.key {
            ledger.found(unreadable(file, reason.clone()), false);
        }
        for (index, der) in self.evidence.certificates.iter().enumerate() {
            if let Err(malformed) = Cert::parse(der) {
                let reason = Msg::new("diagnose.chain.malformed")
                    .with("position", index + 1)
                    .with("reason", malformed.reason);
                ledger.found(unreadable(&self.evidence.file, reason), false);
            }
        }
    }

    fn dates(&self, judgement: &Judgement, ledger: &mut Ledger) {
        let refused = self.said("certificate_expired");
        let wrong: Vec<&Violation> = judgement
            .violations
            .iter()
            .filter(|violation| {
                violation.cause == CauseId::CLIENT_CERT_EXPIRED || is_about_dates(violation)
            })
            .collect();
        if wrong.is_empty() && refused.is_none() {
            return;
        }
        let clock = &self.case.clock.reading;
        let certainty = match clock {
            _ if wrong.is_empty() => Certainty::Likely,
            // The gateway's clock says the same as the one the certificate was judged by.
            _ if refused.is_some() || self.case.saved => Certainty::Confirmed,
            Ok(_) => Certainty::Confirmed,
            _ => Certainty::Likely,
        };
        let mut finding = self.finding(CauseId::CLIENT_CERT_EXPIRED, certainty);
        for violation in wrong {
            finding = finding.shown_by(ProbeId::Chain, violation.text.clone());
        }
        finding = finding.shown_by_all(refused);
        if !self.case.saved {
            finding = match clock {
                Ok(reading) => finding.shown_by_all(reading.proofs()),
                Err(_) => finding.shown_by(ProbeId::Clock, Msg::new("diagnose.clock.unchecked")),
            };
        }
        ledger.found(finding.helped_by(Msg::new("repair.client-renew")), false);
    }

    /// Judged as a client's it is refused; without its list of purposes nothing of that would be said.
    fn purpose(&self, judgement: &Judgement, ledger: &mut Ledger) {
        let refused = self.said("unsupported_certificate");
        let wrong = judgement
            .violations
            .iter()
            .find(|violation| violation.cause == CauseId::CLIENT_CERT_MISSING_EKU);
        let certainty = match (wrong, &refused) {
            (None, None) => return,
            (Some(_), Some(_)) => Certainty::Confirmed,
            _ => Certainty::Likely,
        };
        let finding = self
            .finding(CauseId::CLIENT_CERT_MISSING_EKU, certainty)
            .shown_by_all(wrong.map(|violation| Proof {
                probe: ProbeId::Chain,
                text: violation.text.clone(),
            }))
            .shown_by_all(refused)
            .helped_by(Msg::new("repair.client-reissue-purpose"));
        ledger.found(finding, false);
    }

    /// A certificate whose bytes are not those that were signed.
    fn signature(&self, judgement: &Judgement, ledger: &mut Ledger) {
        let broken = judgement.violations.iter().find(|violation| {
            matches!(
                violation.cause,
                CauseId::BAD_SIGNATURE | CauseId::MALFORMED_CERTIFICATE
            )
        });
        if let Some(violation) = broken {
            let finding = self
                .finding(CauseId::CLIENT_CERT_CORRUPT, Certainty::Likely)
                .shown_by(ProbeId::Chain, violation.text.clone())
                .helped_by(Msg::new("repair.client-new-file"));
            ledger.found(finding, false);
        }
    }

    fn key(&self, leaf: &Cert, ledger: &mut Ledger) {
        const CAUSE: CauseId = CauseId::CLIENT_CERT_KEY_MISMATCH;
        let found = |certainty| {
            self.finding(CAUSE, certainty)
                .helped_by(Msg::new("repair.client-right-key"))
        };
        let keys = match &self.evidence.key {
            ClientKey::Seen(keys) => keys,
            ClientKey::NotGiven => {
                let why = Msg::new("diagnose.client.no-key-given");
                ledger.enter(CAUSE, Ruling::Unknown(Why::because(WhyCode::NotRun, why)));
                return;
            }
            ClientKey::Unreadable { .. } => {
                ledger.enter(CAUSE, Ruling::Unknown(Why::code(WhyCode::Blocked)));
                return;
            }
            ClientKey::Missing => {
                let text = Msg::new("diagnose.client.no-key-inside")
                    .with("file", &self.evidence.file)
                    .with("certificate", leaf.label());
                let finding = found(Certainty::Likely).shown_by(ProbeId::Chain, text);
                ledger.found(finding, false);
                return;
            }
        };
        let fit: Vec<Fit> = keys.iter().map(|key| fits(leaf, key)).collect();
        let refused = self.said("decrypt_error");
        let ruling = if fit.contains(&Fit::Yes) {
            match refused {
                // The pair fits here, and the gateway could not verify what it signed.
                Some(proof) => found(Certainty::Possible).shown_by_all([proof]).into(),
                None => Ruling::RuledOut,
            }
        } else if fit.contains(&Fit::CannotTell) {
            let why = Msg::new("diagnose.client.key-kind-unknown");
            Ruling::Unknown(Why::because(WhyCode::Unsupported, why))
        } else {
            // Two public keys, one from each, that should be the same.
            let theirs: Vec<String> = keys.iter().map(ToString::to_string).collect();
            found(Certainty::Confirmed)
                .shown_by(
                    ProbeId::Chain,
                    Msg::new("diagnose.client.key-of-another")
                        .with("certificate", leaf.label())
                        .with("key", theirs.join(", ")),
                )
                .into()
        };
        ledger.enter(CAUSE, ruling);
    }

    /// Whether one of the authorities that the gateway names, or one of the roots given, stands above it.
    fn issuer(&self, judgement: &Judgement, leaf: &Cert, ledger: &mut Ledger) {
        const CAUSE: CauseId = CauseId::CLIENT_CERT_WRONG_ISSUER;
        let unknown = |code, id| Ruling::Unknown(Why::because(code, Msg::new(id)));
        let issued_by = || Proof {
            probe: ProbeId::Chain,
            text: Msg::new("diagnose.client.issued-by")
                .with("certificate", leaf.label())
                .with("issuer", &leaf.issuer),
        };
        let found = |certainty| {
            self.finding(CAUSE, certainty)
                .shown_by_all([issued_by()])
                .helped_by(Msg::new("repair.client-right-issuer"))
        };
        let Some(talk) = self.talk else {
            let violation = judgement.violations.iter().find(|v| v.cause == CAUSE);
            let ruling = match violation {
                _ if self.case.client_roots.is_empty() => {
                    unknown(WhyCode::NotRun, "diagnose.client.issuers-not-known")
                }
                Some(violation) => found(Certainty::Likely)
                    .shown_by(ProbeId::Chain, violation.text.clone())
                    .into(),
                None => Ruling::RuledOut,
            };
            ledger.enter(CAUSE, ruling);
            return;
        };
        let refused = self.said("unknown_ca");
        let accepted = accepted_names(talk.request);
        let listed = accepted.names.is_empty() || accepted.stand_above(judgement, leaf);
        let names = || Proof {
            probe: ProbeId::Tls,
            text: Msg::new("diagnose.client.accepts").with("issuers", accepted.shown()),
        };
        let ruling = match (listed, refused) {
            (false, Some(refused)) => found(Certainty::Confirmed)
                .shown_by_all([names(), refused])
                .into(),
            (true, Some(refused)) => found(Certainty::Likely).shown_by_all([refused]).into(),
            _ if talk.accepted() => Ruling::RuledOut,
            (false, None) => found(Certainty::Likely).shown_by_all([names()]).into(),
            (true, None) if !talk.asked && talk.completed => {
                unknown(WhyCode::NotNeeded, "diagnose.client.not-asked")
            }
            (true, None) if !talk.asked => Ruling::Unknown(Why::code(WhyCode::Blocked)),
            (true, None) if accepted.names.is_empty() => {
                unknown(WhyCode::Failed, "diagnose.client.names-no-issuers")
            }
            (true, None) => Ruling::RuledOut,
        };
        ledger.enter(CAUSE, ruling);
    }

    /// Only the gateway's word is at hand.
    fn revoked(&self, ledger: &mut Ledger) {
        const CAUSE: CauseId = CauseId::CLIENT_CERT_REVOKED;
        let ruling = match self.said("certificate_revoked") {
            Some(proof) => self
                .finding(CAUSE, Certainty::Likely)
                .shown_by_all([proof])
                .helped_by(Msg::new("repair.client-replace-revoked"))
                .into(),
            None if self.talk.is_some_and(Talk::accepted) => Ruling::RuledOut,
            None => Ruling::Unknown(Why::because(
                WhyCode::NotRun,
                Msg::new("diagnose.client.revocation-unchecked"),
            )),
        };
        ledger.enter(CAUSE, ruling);
    }

    /// The gateway refused the certificate and did not say for what; nothing in the file explains it.
    fn refused(&self, ledger: &mut Ledger) {
        let Some(talk) = self.talk.filter(|talk| talk.shown()) else {
            return;
        };
        if CAUSES.iter().any(|cause| ledger.has_found(*cause)) {
            return;
        }
        let mark = talk.answer.and_then(|answer| {
            wants_certificate(answer).map(|mark| {
                Msg::new("diagnose.service.wants-certificate")
                    .with("status", answer.status)
                    .with("mark", mark)
            })
        });
        // Other alerts are about the protocol: OpenSSL answers so where this handshake offers no curve like the key's.
        let alert = talk.refusal().filter(|alert| DEMANDS.contains(alert));
        let proof = match (alert, mark, &talk.hung_up) {
            (Some(alert), ..) => refusal(alert),
            (None, Some(text), _) => Proof {
                probe: ProbeId::Gateway,
                text,
            },
            (None, None, Some(proof)) => proof.clone(),
            (None, None, None) => return,
        };
        let finding = self
            .finding(CauseId::CLIENT_CERT_WRONG_ISSUER, Certainty::Possible)
            .shown_by_all([proof])
            .helped_by(Msg::new("repair.client-right-issuer"));
        ledger.found(finding, false);
    }

    /// What harms nobody yet.
    fn advise(&self, judgement: &Judgement, leaf: &Cert, ledger: &mut Ledger) {
        let mut advise = |id, text| ledger.advice.push(Advice { id, text });
        if let Some(talk) = self.talk
            && talk.completed
            && !talk.asked
        {
            advise(
                "client-certificate-not-asked",
                Msg::new("diagnose.client.not-asked"),
            );
        }
        let now = self.case.clock.real().unwrap_or(self.case.clock.device);
        let left = leaf.not_after.since(now);
        let life = leaf.not_after.since(leaf.not_before);
        if left >= 0 && left < (30 * DAY).min(life / 3) {
            advise(
                "client-certificate-expires-soon",
                super::advice::ends_in(left / DAY)
                    .with("certificate", leaf.label())
                    .with("until", leaf.not_after.rfc3339()),
            );
        }
        for violation in &judgement.violations {
            let told_elsewhere = is_about_dates(violation)
                || CAUSES.contains(&violation.cause)
                || matches!(
                    violation.cause,
                    CauseId::BAD_SIGNATURE | CauseId::MALFORMED_CERTIFICATE
                );
            if !told_elsewhere {
                advise("client-certificate", violation.text.clone());
            }
        }
    }
}

/// Dates of the certificate and of those above it but the root, whose date gateways do not look at.
fn is_about_dates(violation: &Violation) -> bool {
    DATES.contains(&violation.cause) && violation.cause != CauseId::CERT_EXPIRED_ROOT
}

fn refusal(alert: &str) -> Proof {
    Proof {
        probe: ProbeId::Tls,
        text: Msg::new("diagnose.client.refused").with("alert", alert),
    }
}
