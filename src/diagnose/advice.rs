//! Good to know: what harms nobody yet. Never a cause, never part of the verdict.

use crate::cause::CauseId;
use crate::chain::{MAX_CERTIFICATES, Source};
use crate::evidence::UnixTime;
use crate::msg::Msg;

use super::Relations;
use super::case::Case;
use super::draft::Ledger;
use super::limits;
use super::model::Advice;
use super::trust::Trust;

/// Whole days are counted, in seconds.
const DAY: i64 = 86_400;

/// Enters the advice that follows from what was seen.
pub(super) fn enter(case: &Case<'_>, relations: &Relations, ledger: &mut Ledger) {
    if let Some(attempt) = case.tls().ok()
        && attempt
            .certificate_request
            .as_ref()
            .is_none_or(|request| !request.answered)
        && attempt
            .outcome
            .session()
            .is_some_and(|session| session.client_auth_requested)
        && !ledger.has_found(CauseId::CLIENT_CERT_REQUIRED)
    {
        ledger.advice.push(Advice {
            id: "client-certificate-asked",
            text: Msg::new("diagnose.tls.asks-certificate"),
        });
    }
    distress(case, ledger);
    let Some(trust) = &case.trust else { return };
    let now = case.clock.real().unwrap_or(case.clock.device);
    expires_soon(trust, now, ledger);
    superfluous(trust, ledger);
    limits::enter(case, trust, relations, ledger);
    for violation in &trust.outcome.as_served.advice {
        let id = match violation.cause {
            CauseId::BAD_KEY_USAGE => "key-usage",
            CauseId::CA_USED_AS_SERVER_CERTIFICATE if !ledger.has_found(violation.cause) => {
                "ca-as-server"
            }
            _ => continue,
        };
        ledger.advice.push(Advice {
            id,
            text: violation.text.clone(),
        });
    }
    if trust.judges_disagree() && ledger.found.is_empty() {
        let text = match &trust.second.error {
            Some(error) => Msg::new("diagnose.chain.second-refuses").with("error", error),
            None => Msg::new("diagnose.chain.second-accepts"),
        };
        ledger.advice.push(Advice {
            id: "second-opinion",
            text,
        });
    }
    if trust.outcome.as_served.left_out > 0 {
        ledger.advice.push(Advice {
            id: "certificates-left-out",
            text: Msg::new("diagnose.advice.left-out").with("max", MAX_CERTIFICATES),
        });
    }
    if let Some(paths) = trust.outcome.as_served.stopped_after {
        ledger.advice.push(Advice {
            id: "search-cut-short",
            text: Msg::new("diagnose.advice.cut-short").with("paths", paths),
        });
    }
}

/// A front page that tells of a fault of the gateway's own (RFC 9110 section 15.6): sign-in may work all the same, so it
/// is a word and no cause. What says that nothing can be served is `service`'s.
fn distress(case: &Case<'_>, ledger: &mut Ledger) {
    let gateway = case.evidence.gateway.known();
    let answer = gateway.and_then(|gateway| gateway.http.known());
    let told = [CauseId::SERVICE_UNAVAILABLE, CauseId::CONNECTION_LIMIT];
    if let Some(answer) = answer
        && answer.status >= 500
        && !told.iter().any(|cause| ledger.has_found(*cause))
    {
        ledger.advice.push(Advice {
            id: "server-error",
            text: Msg::new("diagnose.service.status").with("status", answer.status),
        });
    }
}

/// Certificates on the path that end soon.
fn expires_soon(trust: &Trust, now: UnixTime, ledger: &mut Ledger) {
    for link in &trust.outcome.repaired.path {
        let cert = &link.cert;
        let left = cert.not_after.since(now);
        if link.source != Source::Store && cert.ends_soon(now) {
            ledger.advice.push(Advice {
                id: "expires-soon",
                text: ends_in(left / DAY)
                    .with("certificate", cert.label())
                    .with("until", cert.not_after.rfc3339()),
            });
        }
    }
}

/// How soon a certificate ends that has this many whole days left; who says it adds `certificate` and `until`.
pub(super) fn ends_in(days: i64) -> Msg {
    match days {
        0 => Msg::new("diagnose.advice.expires-today"),
        1 => Msg::new("diagnose.advice.expires-tomorrow"),
        _ => Msg::new("diagnose.advice.expires-soon").with("days", days),
    }
}

/// Certificates that need not be sent: a root this system has, and what has no place on the path.
fn superfluous(trust: &Trust, ledger: &mut Ledger) {
    let path = &trust.outcome.repaired.path;
    if !trust.outcome.as_served.anchored {
        return;
    }
    for (position, cert) in trust.served.iter().enumerate().take(MAX_CERTIFICATES) {
        let label = cert.label();
        let on_path = path
            .iter()
            .any(|link| link.cert.sha256 == cert.sha256 || link.cert.same_entity(cert));
        let twice = trust
            .served
            .iter()
            .take(position)
            .any(|other| other.sha256 == cert.sha256);
        let (id, text) = if twice {
            ("sent-twice", Msg::new("diagnose.advice.sent-twice"))
        } else if cert.is_self_issued() && position > 0 && on_path {
            ("root-sent", Msg::new("diagnose.advice.root-sent"))
        } else if !on_path {
            ("not-needed", Msg::new("diagnose.advice.not-needed"))
        } else {
            continue;
        };
        ledger.advice.push(Advice {
            id,
            text: text.with("certificate", label),
        });
    }
}
