//! Rules of the TLS layer: what the handshake was refused for, and what changes when one thing in it is changed.

use crate::cause::CauseId;
use crate::evidence::{ProbeId, TlsAttempt, TlsOutcome, TlsVariant, Why, WhyCode};
use crate::msg::Msg;

use super::case::Case;
use super::draft::{Rule, Ruling};
use super::handed_out::broken_gateway;
use super::model::{Certainty, Finding, Impact};
use super::transport::completed_text;

pub(super) const RULES: &[Rule] = &[
    Rule {
        cause: CauseId::PQ_CLIENTHELLO_INTOLERANCE,
        look: post_quantum,
    },
    Rule {
        cause: CauseId::TLS_VERSION_TOO_OLD,
        look: super::versions::too_old,
    },
    Rule {
        cause: CauseId::NO_COMMON_CIPHER,
        look: super::versions::no_common_method,
    },
    Rule {
        cause: CauseId::SNI_WRONG_DEFAULT_CERT,
        look: sni_default,
    },
    Rule {
        cause: CauseId::LEGACY_RENEGOTIATION_ONLY,
        look: super::versions::legacy_renegotiation,
    },
    Rule {
        cause: CauseId::GATEWAY_MISCONFIGURED,
        look: broken_gateway,
    },
    Rule {
        cause: CauseId::CLIENT_CERT_REQUIRED,
        look: super::client_talk::required,
    },
];

/// The handshake fails with the hybrid key share and runs through without it.
fn post_quantum(case: &Case<'_>) -> Ruling {
    // With the key share it runs through as well, at another time or in smaller packets; or it fails without any hello.
    let with_it = case
        .experiment(TlsVariant::SmallSegments)
        .into_iter()
        .chain(case.again())
        .any(|attempt| attempt.outcome.session().is_some());
    let without_hello = case
        .experiment(TlsVariant::WithoutHello)
        .is_some_and(|attempt| attempt.outcome.turns_away());
    if with_it || without_hello {
        return Ruling::RuledOut;
    }
    let (main, variant) = match pair(case, TlsVariant::WithoutPostQuantum) {
        Ok(pair) => pair,
        Err(ruling) => return ruling,
    };
    if main.outcome.session().is_some() {
        return Ruling::RuledOut;
    }
    match variant.outcome {
        TlsOutcome::Completed(_) => {}
        // Without a connection nothing was compared.
        TlsOutcome::NotConnected(_) => return Ruling::Unknown(Why::code(WhyCode::Failed)),
        _ => return Ruling::RuledOut,
    }
    Finding::blocks(CauseId::PQ_CLIENTHELLO_INTOLERANCE, Certainty::Confirmed)
        .shown_by(
            ProbeId::Tls,
            Msg::new("diagnose.tls.fails-with-pq").with("addr", main.addr),
        )
        .shown_by(ProbeId::Experiments, completed_text(variant))
        .into()
}

/// The gateway hands out another certificate when it is not asked for by name, or does not know the name asked for.
fn sni_default(case: &Case<'_>) -> Ruling {
    let (main, variant) = match pair(case, TlsVariant::WithoutSni) {
        Ok(pair) => pair,
        Err(ruling) => return ruling,
    };
    // What changes from one try to the next, the name left as it is, is not a matter of the name.
    let unsteady = case.again().any(|again| {
        again.served.first() != main.served.first()
            || again.outcome.session().is_some() != main.outcome.session().is_some()
    });
    if unsteady {
        return Ruling::Unknown(Why::because(
            WhyCode::Failed,
            Msg::new("diagnose.tls.answers-change"),
        ));
    }
    if let TlsOutcome::Alert(alert) = &main.outcome
        && alert == "unrecognized_name"
        && variant.outcome.session().is_some()
    {
        return Finding::blocks(CauseId::SNI_WRONG_DEFAULT_CERT, Certainty::Confirmed)
            .shown_by(
                ProbeId::Tls,
                Msg::new("diagnose.tls.alert").with("alert", alert),
            )
            .shown_by(ProbeId::Experiments, completed_text(variant))
            .into();
    }
    let (Some(with), Some(without)) = (main.served.first(), variant.served.first()) else {
        return Ruling::Unknown(Why::code(WhyCode::Failed));
    };
    if with == without {
        return Ruling::RuledOut;
    }
    let (Some(fits_with), Some(fits_without)) = (
        case.certificate_names_target(with),
        case.certificate_names_target(without),
    ) else {
        return Ruling::Unknown(Why::code(WhyCode::Failed));
    };
    let impact = match (fits_with, fits_without) {
        // Clients that do not send the name get a certificate for another one.
        (true, false) => Impact::SomeClients,
        // Asked by this name, the gateway answers with a certificate for another one.
        (false, true) => Impact::Blocks,
        (true, true) | (false, false) => return Ruling::RuledOut,
    };
    Finding::new(
        CauseId::SNI_WRONG_DEFAULT_CERT,
        Certainty::Confirmed,
        impact,
    )
    .shown_by(
        ProbeId::Tls,
        Msg::new("diagnose.tls.with-sni")
            .with("sni", main.sni.as_deref().unwrap_or("-"))
            .with("certificate", case.certificate_label(with)),
    )
    .shown_by(
        ProbeId::Experiments,
        Msg::new("diagnose.tls.without-sni").with("certificate", case.certificate_label(without)),
    )
    .into()
}

/// The ordinary handshake and the one that differs from it in this way, and in no other.
fn pair<'a>(
    case: &Case<'a>,
    variant: TlsVariant,
) -> Result<(&'a TlsAttempt, &'a TlsAttempt), Ruling> {
    let main = case.tls().map_err(Ruling::Unknown)?;
    match case.experiment(variant) {
        Some(other) => Ok((main, other)),
        None if variant == TlsVariant::WithoutPostQuantum && main.outcome.session().is_some() => {
            // It was sent, and did no harm.
            Err(Ruling::RuledOut)
        }
        None => Err(Ruling::Unknown(Why::code(WhyCode::NotRun))),
    }
}

/// Where anything was agreed on, or TLS ran on to its certificates, nothing of this kind is in the way.
pub(super) fn ruled_out_if_heard(attempt: &TlsAttempt) -> Ruling {
    if attempt.outcome.session().is_some() || !attempt.served.is_empty() {
        Ruling::RuledOut
    } else {
        Ruling::Unknown(Why::code(WhyCode::Failed))
    }
}
