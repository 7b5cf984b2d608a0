//! The rule for paths that lose large packets without a word (RFC 2923 section 2.1): small ones arrive, the hello or the
//! certificates do not.

use crate::cause::CauseId;
use crate::evidence::{ProbeId, TlsAttempt, TlsOutcome, TlsVariant, Why, WhyCode};
use crate::msg::Msg;

use super::case::Case;
use super::draft::{Rule, Ruling};
use super::model::{Certainty, Finding, Impact};
use super::transport::completed_text;

pub(super) const RULES: &[Rule] = &[Rule {
    cause: CauseId::MTU_BLACKHOLE,
    look: black_hole,
}];

/// The ordinary handshake falls silent, the same with small segments runs through, and the ordinary one, made once
/// more, falls silent again.
fn black_hole(case: &Case<'_>) -> Ruling {
    let main = match case.tls() {
        Ok(main) => main,
        Err(why) => return Ruling::Unknown(why),
    };
    let TlsOutcome::Stalled { received } = main.outcome else {
        return elsewhere(case).map_or(Ruling::RuledOut, Ruling::from);
    };
    let Some(small) = case.experiment(TlsVariant::SmallSegments) else {
        return Ruling::Unknown(Why::code(WhyCode::NotRun));
    };
    match small.outcome {
        TlsOutcome::Completed(_) => {}
        // Without a connection nothing was compared.
        TlsOutcome::NotConnected(_) => return Ruling::Unknown(Why::code(WhyCode::Failed)),
        _ => return Ruling::RuledOut,
    }
    let again: Vec<&TlsAttempt> = case.again().collect();
    if again
        .iter()
        .any(|attempt| attempt.outcome.session().is_some())
    {
        // The silence went by of itself.
        return Ruling::RuledOut;
    }
    let silent_again = again
        .iter()
        .find(|attempt| matches!(attempt.outcome, TlsOutcome::Stalled { .. }));
    let certainty = match silent_again {
        Some(_) => Certainty::Confirmed,
        None => Certainty::Likely,
    };
    let mut finding = Finding::blocks(CauseId::MTU_BLACKHOLE, certainty)
        .shown_by(
            ProbeId::Tls,
            Msg::new("diagnose.tls.stalled")
                .with("bytes", received)
                .with("addr", main.addr),
        )
        .shown_by(ProbeId::Experiments, completed_text(small));
    if silent_again.is_some() {
        finding = finding.shown_by(
            ProbeId::Experiments,
            Msg::new("diagnose.experiments.silent-again").with("addr", main.addr),
        );
    }
    finding.into()
}

/// The same on the way to another address of the name, without the last check: that address is only one of several.
fn elsewhere(case: &Case<'_>) -> Option<Finding> {
    let small = case.handshakes().iter().find(|attempt| {
        attempt.variant == TlsVariant::SmallSegments && attempt.outcome.session().is_some()
    })?;
    let silent = case.handshakes().iter().find(|attempt| {
        attempt.variant == TlsVariant::OtherAddress && attempt.addr == small.addr
    })?;
    let TlsOutcome::Stalled { received } = silent.outcome else {
        return None;
    };
    let finding = Finding::new(
        CauseId::MTU_BLACKHOLE,
        Certainty::Likely,
        Impact::SomeClients,
    )
    .shown_by(
        ProbeId::Experiments,
        Msg::new("diagnose.tls.stalled")
            .with("bytes", received)
            .with("addr", silent.addr),
    )
    .shown_by(ProbeId::Experiments, completed_text(small));
    Some(finding)
}
