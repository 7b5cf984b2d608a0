//! The rule for gateways that are set up wrongly: what they say of themselves, and where they send their clients.

use crate::cause::CauseId;
use crate::evidence::{HandedOut, ProbeId, TlsAttempt, TlsOutcome, TlsVariant, Why, WhyCode};
use crate::msg::Msg;

use super::case::Case;
use super::draft::Ruling;
use super::model::{Certainty, Finding, Impact};
use super::nodes::{Made, made};

/// The gateway reports an internal error, or sends its clients on to another one that cannot be used.
pub(super) fn broken_gateway(case: &Case<'_>) -> Ruling {
    let attempt = match case.tls() {
        Ok(attempt) => attempt,
        Err(why) => return Ruling::Unknown(why),
    };
    if let TlsOutcome::Alert(alert) = &attempt.outcome
        && (alert == "internal_error" || (alert == "unrecognized_name" && refused_nameless(case)))
    {
        return Finding::blocks(CauseId::GATEWAY_MISCONFIGURED, Certainty::Possible)
            .shown_by(
                ProbeId::Tls,
                Msg::new("diagnose.tls.alert").with("alert", alert),
            )
            .into();
    }
    // Nothing that anybody could offer suits it, as where its certificate or key is missing.
    if let TlsOutcome::Alert(alert) = &attempt.outcome
        && alert == "handshake_failure"
        && let Some(proof) = super::versions::refuses_everything(case)
    {
        return Finding::blocks(CauseId::GATEWAY_MISCONFIGURED, Certainty::Likely)
            .shown_by(
                ProbeId::Tls,
                Msg::new("diagnose.tls.alert").with("alert", alert),
            )
            .shown_by_all([proof])
            .into();
    }
    let gateway = case.evidence.gateway.known();
    if let Some(there) = gateway.and_then(|gateway| gateway.handed_out.as_deref())
        && let Some(finding) = dead_end(case, attempt, there)
    {
        return finding.into();
    }
    // A gateway can be set up wrongly in ways that neither the handshake nor the answer shows.
    Ruling::Unknown(Why::because(
        WhyCode::Unsupported,
        Msg::new("diagnose.handed-out.settings-unseen"),
    ))
}

/// Whether the gateway also ended the handshake in which no name was sent.
fn refused_nameless(case: &Case<'_>) -> bool {
    case.experiment(TlsVariant::WithoutSni)
        .is_some_and(|attempt| matches!(attempt.outcome, TlsOutcome::Alert(_)))
}

/// What is wrong with the other gateway and not with this one.
fn dead_end(case: &Case<'_>, here: &TlsAttempt, there: &HandedOut) -> Option<Finding> {
    let attempt = there.tls.known()?;
    let text = match made(case, attempt, &there.host) {
        Made::Failed => Msg::new("diagnose.handed-out.fails"),
        Made::Served(causes) => {
            let known = match made(case, here, &case.evidence.target.host) {
                Made::Served(causes) => causes,
                Made::Failed => Vec::new(),
            };
            let own: Vec<&str> = causes
                .iter()
                .filter(|cause| !known.contains(cause))
                .map(|cause| cause.as_str())
                .collect();
            if own.is_empty() {
                return None;
            }
            Msg::new("diagnose.handed-out.refused").with("causes", own.join(", "))
        }
    };
    // Clients that are not sent on by the front page may never go there.
    let finding = Finding::new(
        CauseId::GATEWAY_MISCONFIGURED,
        Certainty::Likely,
        Impact::SomeClients,
    )
    .shown_by(
        ProbeId::Gateway,
        Msg::new("diagnose.handed-out.sends-on")
            .with("host", &there.host)
            .with("port", there.port),
    )
    .shown_by(ProbeId::Gateway, text.with("addr", attempt.addr));
    Some(finding)
}
