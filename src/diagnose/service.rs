//! Rules about what answers behind TLS: the gateway's own HTTP answer.

use crate::cause::CauseId;
use crate::evidence::{HttpAnswer, ProbeId};
use crate::msg::Msg;

use super::capacity::says_full;
use super::case::{Case, known};
use super::draft::{Rule, Ruling};
use super::model::{Certainty, Finding};

pub(super) const RULES: &[Rule] = &[Rule {
    cause: CauseId::SERVICE_UNAVAILABLE,
    look: unavailable,
}];

/// Words of gateways and web servers that refuse for want of a client certificate, as they stand in their answers.
/// Sources: `config-auth` of AnyConnect gateways (openconnect `auth.c`: its message speaks of the client's certificate), GlobalProtect prelogin, nginx
/// `ngx_http_special_response.c` (statuses 495 and 496).
const CERTIFICATE_MARKS: [&str; 5] = [
    "<client-cert-request",
    "Certificate Validation Failure",
    "Valid client certificate is required",
    "No required SSL certificate was sent",
    "The SSL certificate error",
];

/// The gateway answers that it cannot serve now (RFC 9110 sections 15.6.3 to 15.6.5).
fn unavailable(case: &Case<'_>) -> Ruling {
    let gateway = match known(&case.evidence.gateway) {
        Ok(gateway) => gateway,
        Err(why) => return Ruling::Unknown(why),
    };
    let answer = match known(&gateway.http) {
        Ok(answer) => answer,
        Err(why) => return Ruling::Unknown(why),
    };
    if !matches!(answer.status, 502..=504) {
        return Ruling::RuledOut;
    }
    // A gateway that says it is full is not down.
    if says_full(answer).is_some() {
        return Ruling::RuledOut;
    }
    let finding = Finding::blocks(CauseId::SERVICE_UNAVAILABLE, Certainty::Likely).shown_by(
        ProbeId::Gateway,
        Msg::new("diagnose.service.status").with("status", answer.status),
    );
    with_answer(finding, answer).into()
}

/// The same with what the answer says of when to come back and why.
pub(super) fn with_answer(mut finding: Finding, answer: &HttpAnswer) -> Finding {
    let header = |wanted: &str| {
        let found = answer.headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    if let Some(wait) = header("retry-after") {
        finding = finding.shown_by(
            ProbeId::Gateway,
            Msg::new("diagnose.service.retry-after").with("wait", wait),
        );
    }
    // ocserv puts its reason here (`worker-auth.c`, `worker-vpn.c`).
    if let Some(reason) = header("x-reason") {
        finding = finding.shown_by(
            ProbeId::Gateway,
            Msg::new("diagnose.service.reason").with("reason", reason),
        );
    }
    finding
}

/// The words by which this answer demands a client certificate, if it does.
pub(super) fn wants_certificate(answer: &HttpAnswer) -> Option<&'static str> {
    CERTIFICATE_MARKS
        .into_iter()
        .find(|mark| answer.body.contains(mark))
}
