//! The rule for UDP. Silence never speaks: most gateways answer UDP only after a sign-in.

use crate::cause::CauseId;
use crate::evidence::{ProbeId, UdpAttempt, UdpOutcome, Why, WhyCode};
use crate::msg::Msg;

use super::case::{Case, known};
use super::draft::{Rule, Ruling};
use super::model::{Certainty, Finding, Impact};

pub(super) const RULES: &[Rule] = &[Rule {
    cause: CauseId::UDP_BLOCKED,
    look: blocked,
}];

/// TCP gets to the gateway, and somebody on the way says that UDP may not.
fn blocked(case: &Case<'_>) -> Ruling {
    let seen = match known(&case.evidence.udp) {
        Ok(seen) => seen,
        Err(why) => return Ruling::Unknown(why),
    };
    if seen
        .attempts
        .iter()
        .any(|attempt| attempt.outcome == UdpOutcome::Answered)
    {
        return Ruling::RuledOut;
    }
    let forbidden = seen.attempts.iter().find_map(|attempt: &UdpAttempt| {
        let UdpOutcome::Prohibited { from } = attempt.outcome else {
            return None;
        };
        Some((attempt, from))
    });
    let Some((attempt, from)) = forbidden else {
        if !case.settled(ProbeId::Udp) {
            return Ruling::Unknown(Why::code(WhyCode::NotRun));
        }
        // The host itself says that nothing listens there: UDP gets to it.
        let arrives = |attempt: &UdpAttempt| attempt.outcome == UdpOutcome::PortClosed;
        return if !seen.attempts.is_empty() && seen.attempts.iter().all(arrives) {
            Ruling::RuledOut
        } else {
            Ruling::Unknown(Why::because(
                WhyCode::Failed,
                Msg::new("probe.udp.proves-nothing"),
            ))
        };
    };
    let open = case.attempts().iter().find(|tcp| {
        tcp.addr.ip() == attempt.addr.ip() && tcp.outcome == crate::evidence::TcpOutcome::Open
    });
    let Some(open) = open else {
        // Where TCP fails too, UDP is not what is special.
        return Ruling::Unknown(Why::code(WhyCode::Blocked));
    };
    let text = match from {
        Some(router) => Msg::new("diagnose.udp.prohibited-by").with("router", router),
        None => Msg::new("diagnose.udp.prohibited"),
    };
    Finding::new(CauseId::UDP_BLOCKED, Certainty::Confirmed, Impact::Degrades)
        .shown_by(
            ProbeId::Udp,
            text.with("addr", attempt.addr)
                .with("protocol", attempt.question.name()),
        )
        .shown_by(
            ProbeId::Tcp,
            Msg::new("diagnose.udp.tcp-open").with("addr", open.addr),
        )
        .into()
}
