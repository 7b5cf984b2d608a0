//! What the gateway said about client certificates: its request, the authorities it names, its refusal; and the rule for
//! a gateway that insists on a certificate and gets none.
//!
//! What is wrong with a certificate that was handed in is `client_certificate`'s.

use crate::cause::CauseId;
use crate::chain::{Cert, Judgement, Name, shown_name};
use crate::evidence::{
    CertificateRequest, GatewayEvidence, Greeting, HttpAnswer, ProbeId, TlsOutcome, Why, WhyCode,
};
use crate::msg::Msg;

use super::case::Case;
use super::draft::Ruling;
use super::model::{Certainty, Finding, Proof};
use super::service::wants_certificate;

/// Alerts by which servers refuse a client for want of a certificate, or a certificate without a reason: RFC 8446 has
/// `certificate_required` for the first, with TLS 1.2 every implementation has its own.
pub(super) const DEMANDS: [&str; 6] = [
    "certificate_required",
    "handshake_failure",
    "no_certificate",
    "bad_certificate",
    "certificate_unknown",
    "access_denied",
];

/// What the gateway said about client certificates.
pub(super) struct Talk<'a> {
    /// Its request, if it made one.
    pub request: Option<&'a CertificateRequest>,
    /// Whether it asked for a certificate.
    pub asked: bool,
    /// Whether the handshake ran to its end.
    pub completed: bool,
    /// The alert with which it ended the handshake after its request, or the session after the handshake.
    alert: Option<&'a str>,
    /// What it looks like that it hung up after its request without a word, in the handshake or (as TLS 1.3 has it)
    /// after it.
    pub hung_up: Option<Proof>,
    /// Its answer behind TLS.
    pub answer: Option<&'a HttpAnswer>,
    /// Its answer to the first message of its own clients.
    greeting: Option<&'a Greeting>,
}

impl<'a> Talk<'a> {
    pub(super) fn of(case: &Case<'a>) -> Result<Self, Why> {
        let attempt = case.tls()?;
        let gateway = case.evidence.gateway.known();
        let request = attempt.certificate_request.as_ref();
        let alert = match &attempt.outcome {
            TlsOutcome::Alert(alert) if request.is_some() => Some(alert.as_str()),
            _ => gateway.and_then(|gateway| gateway.alert.as_deref()),
        };
        let broken_off = |text: Msg| Proof {
            probe: ProbeId::Tls,
            text: text.with("addr", attempt.addr),
        };
        let session = attempt.outcome.session();
        let asked = request.is_some() || session.is_some_and(|s| s.client_auth_requested);
        let hung_up = match &attempt.outcome {
            TlsOutcome::Reset { received } if request.is_some() => Some(broken_off(
                Msg::new("diagnose.tls.reset").with("bytes", received),
            )),
            TlsOutcome::Closed { received } if request.is_some() => Some(broken_off(
                Msg::new("diagnose.tls.closed").with("bytes", received),
            )),
            TlsOutcome::Completed(_) if asked => gateway.and_then(hung_up_on_the_question),
            _ => None,
        };
        Ok(Self {
            hung_up,
            request,
            asked,
            completed: session.is_some(),
            alert,
            answer: gateway.and_then(|gateway| gateway.http.known()),
            greeting: gateway.and_then(|gateway| gateway.greeting.as_ref()),
        })
    }

    /// Whether it was shown the certificate.
    pub(super) fn shown(&self) -> bool {
        self.request.is_some_and(|request| request.answered)
    }

    /// The alert with which it refused the certificate shown.
    pub(super) fn refusal(&self) -> Option<&'a str> {
        self.alert.filter(|_| self.shown())
    }

    /// Whether it went on to serve after it was shown the certificate.
    pub(super) fn accepted(&self) -> bool {
        self.shown()
            && self.completed
            && self.alert.is_none()
            && self
                .answer
                .is_some_and(|answer| answer.status < 400 && wants_certificate(answer).is_none())
            && self
                .greeting
                .is_none_or(|greeting| !greeting.wants_certificate)
    }
}

/// The gateway insists on a client certificate and got none.
pub(super) fn required(case: &Case<'_>) -> Ruling {
    let (attempt, talk) = match (case.tls(), Talk::of(case)) {
        (Ok(attempt), Ok(talk)) => (attempt, talk),
        (Err(why), _) | (_, Err(why)) => return Ruling::Unknown(why),
    };
    let (session, asked) = (attempt.outcome.session(), talk.asked);
    if talk.shown() {
        return Ruling::RuledOut;
    }
    // The saved connection has one; this program leaves its key where it is, and shows none.
    if case
        .evidence
        .client
        .known()
        .is_some_and(|own| own.damage.is_none())
        && let Some(profile) = case.evidence.profile.known()
        && profile.client_certificate.is_some()
    {
        return Ruling::Unknown(Why::because(
            WhyCode::NotRun,
            Msg::new("profile.found.certificate-not-shown"),
        ));
    }
    let in_handshake = match &attempt.outcome {
        TlsOutcome::Alert(alert) => Some(alert.as_str()),
        _ => None,
    };
    if let Some(alert) = in_handshake.or(talk.alert)
        && (alert == "certificate_required" || (asked && DEMANDS.contains(&alert)))
    {
        // Asked for, and missed by name: two looks at the same demand.
        let certainty = if asked && alert == "certificate_required" {
            Certainty::Confirmed
        } else {
            Certainty::Likely
        };
        let probe = if in_handshake.is_some() {
            ProbeId::Tls
        } else {
            ProbeId::Gateway
        };
        return Finding::blocks(CauseId::CLIENT_CERT_REQUIRED, certainty)
            .shown_by(probe, Msg::new("diagnose.tls.alert").with("alert", alert))
            .shown_by_all(asked.then(asks))
            .into();
    }
    if let Some(proof) = talk.hung_up {
        return Finding::blocks(CauseId::CLIENT_CERT_REQUIRED, Certainty::Likely)
            .shown_by_all([proof, asks()])
            .into();
    }
    if let Some(answer) = talk.answer
        && let Some(mark) = wants_certificate(answer)
    {
        // Asked for in the handshake and missed in the answer: two looks at the same demand.
        let certainty = if asked {
            Certainty::Confirmed
        } else {
            Certainty::Likely
        };
        return Finding::blocks(CauseId::CLIENT_CERT_REQUIRED, certainty)
            .shown_by(
                ProbeId::Gateway,
                Msg::new("diagnose.service.wants-certificate")
                    .with("status", answer.status)
                    .with("mark", mark),
            )
            .shown_by_all(asked.then(asks))
            .into();
    }
    if let Some(greeting) = talk.greeting.filter(|greeting| greeting.wants_certificate) {
        let certainty = if asked {
            Certainty::Confirmed
        } else {
            Certainty::Likely
        };
        return Finding::blocks(CauseId::CLIENT_CERT_REQUIRED, certainty)
            .shown_by(
                ProbeId::Gateway,
                Msg::new("diagnose.greeting.wants-certificate").with("status", greeting.status),
            )
            .shown_by_all(asked.then(asks))
            .into();
    }
    match (session, asked, talk.answer) {
        (Some(_), false, _) => Ruling::RuledOut,
        (Some(_), true, Some(answer)) if answer.status < 400 => Ruling::RuledOut,
        (Some(_), true, _) => Ruling::Unknown(Why::because(
            WhyCode::Failed,
            Msg::new("diagnose.tls.may-want-certificate"),
        )),
        (None, ..) => Ruling::Unknown(Why::code(WhyCode::Blocked)),
    }
}

/// That the gateway ended the session instead of answering: with TLS 1.3 a client has completed its handshake before the
/// server looks for the certificate, and GnuTLS (ocserv) then hangs up without an alert.
fn hung_up_on_the_question(gateway: &GatewayEvidence) -> Option<Proof> {
    let why = gateway.http.why()?;
    (why.code == WhyCode::HungUp && gateway.alert.is_none()).then(|| Proof {
        probe: ProbeId::Gateway,
        text: Msg::new("diagnose.client.hung-up-after"),
    })
}

fn asks() -> Proof {
    Proof {
        probe: ProbeId::Tls,
        text: Msg::new("diagnose.tls.asks-certificate"),
    }
}

/// The authorities that a gateway accepts.
pub(super) struct Accepted {
    pub names: Vec<(Name, String)>,
}

/// Those that it named when it asked; what is no name is left out.
pub(super) fn accepted_names(request: Option<&CertificateRequest>) -> Accepted {
    let authorities = request.map_or(&[][..], |request| &request.authorities);
    Accepted {
        names: authorities
            .iter()
            .filter_map(|der| shown_name(der.as_slice()))
            .collect(),
    }
}

impl Accepted {
    /// Whether one of them issued some certificate of the path, or is one (RFC 8446 section 4.2.4: a root's or a
    /// subordinate's name).
    pub(super) fn stand_above(&self, judgement: &Judgement, leaf: &Cert) -> bool {
        self.names.iter().any(|(name, _)| {
            *name == leaf.issuer_name
                || judgement
                    .path
                    .iter()
                    .skip(1)
                    .any(|link| link.cert.subject_name == *name || link.cert.issuer_name == *name)
        })
    }

    /// A line of them; the first few where there are many.
    pub(super) fn shown(&self) -> String {
        const MOST: usize = 6;
        let mut shown: Vec<&str> = self
            .names
            .iter()
            .take(MOST)
            .map(|(_, text)| text.as_str())
            .collect();
        if self.names.len() > MOST {
            shown.push("...");
        }
        shown.join("; ")
    }
}
