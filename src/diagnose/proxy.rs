//! Rules about proxies: each compares the direct way to the gateway with the way through a proxy that this device is
//! set up to use.

use crate::cause::CauseId;
use crate::chain::Cert;
use crate::evidence::{
    Fact, ProbeId, ProxyAttempt, ProxyEvidence, ProxyOutcome, ProxyRoute, TcpOutcome, Why, WhyCode,
};
use crate::msg::Msg;

use super::case::{Case, known};
use super::draft::{Ledger, Rule, Ruling};
use super::model::{Certainty, Finding, Impact, Proof, Repair};

pub(super) const RULES: &[Rule] = &[
    Rule {
        cause: CauseId::PROXY_REQUIRED,
        look: required,
    },
    Rule {
        cause: CauseId::PROXY_AUTH_REQUIRED,
        look: auth_required,
    },
    Rule {
        cause: CauseId::PROXY_UNREACHABLE,
        look: unreachable,
    },
];

/// The direct way fails, and through the proxy the gateway answers.
fn required(case: &Case<'_>) -> Ruling {
    if case.shook_hands() == Some(true) {
        return Ruling::RuledOut;
    }
    let (seen, attempt) = match tried(case) {
        Ok(both) => both,
        Err(why) => return Ruling::Unknown(why),
    };
    let Some(failure) = direct_failure(case) else {
        return Ruling::Unknown(Why::code(WhyCode::NotRun));
    };
    let Some(tls) = attempt.tls.as_ref().filter(|_| attempt.shook_hands()) else {
        let detail = match attempt.outcome {
            ProxyOutcome::Opened => Msg::new("diagnose.proxy.nothing-behind"),
            _ => Msg::new("diagnose.proxy.gave-no-way"),
        };
        return Ruling::Unknown(Why::because(
            WhyCode::Failed,
            detail.with("proxy", &attempt.proxy),
        ));
    };
    // A proxy that signs pages of its own may answer in the gateway's place.
    let fits = tls
        .served
        .first()
        .and_then(|leaf| case.certificate_names_target(leaf));
    let certainty = if fits == Some(true) {
        Certainty::Confirmed
    } else {
        Certainty::Likely
    };
    let mut finding = Finding::blocks(CauseId::PROXY_REQUIRED, certainty)
        .shown_by_all([failure])
        .shown_by(
            ProbeId::Proxy,
            Msg::new("diagnose.proxy.through-it").with("proxy", &attempt.proxy),
        );
    let exempt = seen.settings.iter().find_map(|setting| {
        let entry = setting.exempt.as_ref()?;
        (setting.route.shown() == attempt.proxy).then_some((entry, setting))
    });
    if let Some((entry, setting)) = exempt {
        finding = finding.shown_by(
            ProbeId::Proxy,
            Msg::new("diagnose.proxy.exempt")
                .with("source", &setting.source)
                .with("entry", entry),
        );
    }
    finding
        .helped_by(
            Msg::new("repair.use-proxy")
                .with("host", &case.evidence.target.host)
                .with("proxy", &attempt.proxy),
        )
        .into()
}

/// The direct way fails, and the proxy wants a sign-in first.
fn auth_required(case: &Case<'_>) -> Ruling {
    let (_, attempt) = match tried(case) {
        Ok(both) => both,
        Err(_) if none_applies(case) => return Ruling::RuledOut,
        Err(why) => return Ruling::Unknown(why),
    };
    let ProxyOutcome::AuthRequired { schemes } = &attempt.outcome else {
        return match attempt.outcome {
            ProxyOutcome::Opened | ProxyOutcome::Refused { .. } => Ruling::RuledOut,
            _ => Ruling::Unknown(Why::because(
                WhyCode::Failed,
                Msg::new("diagnose.proxy.gave-no-way").with("proxy", &attempt.proxy),
            )),
        };
    };
    let Some(failure) = direct_failure(case) else {
        // Programs that have the sign-in get through; this one sends none.
        return Ruling::Unknown(Why::because(
            WhyCode::Failed,
            Msg::new("diagnose.proxy.asks-beside").with("proxy", &attempt.proxy),
        ));
    };
    Finding::blocks(CauseId::PROXY_AUTH_REQUIRED, Certainty::Confirmed)
        .shown_by_all([failure])
        .shown_by(
            ProbeId::Proxy,
            Msg::new("diagnose.proxy.asks")
                .with("proxy", &attempt.proxy)
                .with("schemes", schemes.join(", ")),
        )
        .into()
}

/// A proxy is set, and it leads nowhere.
fn unreachable(case: &Case<'_>) -> Ruling {
    let (seen, attempt) = match tried(case) {
        Ok(both) => both,
        Err(_) if none_applies(case) => return Ruling::RuledOut,
        Err(why) => return Ruling::Unknown(why),
    };
    let setting = seen
        .settings
        .iter()
        .find(|setting| setting.route.shown() == attempt.proxy);
    if setting.is_some_and(|setting| setting.exempt.is_some()) {
        // Programs that heed the settings do not go there.
        return Ruling::RuledOut;
    }
    let (text, is_certain) = match &attempt.outcome {
        ProxyOutcome::NotReached(TcpOutcome::Refused) => {
            (Msg::new("diagnose.proxy.nobody-there"), true)
        }
        ProxyOutcome::NotHttp => (Msg::new("diagnose.proxy.not-http"), true),
        ProxyOutcome::NotReached(_) => (Msg::new("diagnose.proxy.not-reached"), false),
        ProxyOutcome::NameNotResolved => (Msg::new("diagnose.proxy.no-name"), false),
        // Slow, or waiting for a gateway that does not answer it either: nothing is shown about the proxy.
        ProxyOutcome::Silent | ProxyOutcome::Closed => {
            return Ruling::Unknown(Why::because(
                WhyCode::Failed,
                Msg::new("diagnose.proxy.gave-no-way").with("proxy", &attempt.proxy),
            ));
        }
        ProxyOutcome::Opened | ProxyOutcome::AuthRequired { .. } | ProxyOutcome::Refused { .. } => {
            return Ruling::RuledOut;
        }
    };
    let source = setting.map_or("-", |setting| setting.source.as_str());
    let finding = |certainty| {
        Finding::new(CauseId::PROXY_UNREACHABLE, certainty, Impact::SomeClients).shown_by(
            ProbeId::Proxy,
            text.clone()
                .with("proxy", &attempt.proxy)
                .with("source", source),
        )
    };
    if case.shook_hands() == Some(true) {
        return finding(Certainty::Confirmed)
            .shown_by(ProbeId::Tls, Msg::new("diagnose.proxy.direct-works"))
            .into();
    }
    let others = case.reaches_others();
    if !is_certain && others.is_empty() {
        // Nothing answers: the proxy's silence is part of that.
        return Ruling::Unknown(Why::code(WhyCode::Blocked));
    }
    finding(Certainty::Likely).shown_by_all(others).into()
}

/// Looks for somebody who signs in the gateway's place on the way through the proxy alone.
pub(super) fn enter(case: &Case<'_>, ledger: &mut Ledger) {
    if let Some(finding) = intercepted(case) {
        ledger.found(finding, false);
    }
}

/// Through the proxy another certificate with the gateway's name comes than directly, and no public CA vouches for it.
fn intercepted(case: &Case<'_>) -> Option<Finding> {
    let attempt = case.evidence.proxy.known()?.attempt.as_deref()?;
    let through = attempt.tls.as_ref().filter(|_| attempt.shook_hands())?;
    let direct = case.tls().ok()?;
    let (theirs, ours) = (through.served.first()?, direct.served.first()?);
    let is_sound = case.trust.as_ref()?.outcome.as_served.accepted();
    if theirs == ours || !is_sound || case.certificate_names_target(theirs) != Some(true) {
        return None;
    }
    // A gateway of several nodes may well have several certificates, each of them public.
    let host = &case.evidence.target.host;
    let public = case.judge_beside(through, &case.stores.mozilla, host)?;
    if case.stores.mozilla.anchors.is_empty() || public.anchored {
        return None;
    }
    let here = case.judge_beside(through, &case.stores.system, host)?;
    let issuer = Cert::parse(theirs).ok()?.issuer;
    if issuer == Cert::parse(ours).ok()?.issuer {
        return None;
    }
    let impact = if here.accepted() {
        Impact::Degrades
    } else {
        Impact::SomeClients
    };
    let mut finding = Finding::new(CauseId::TLS_INTERCEPTION, Certainty::Confirmed, impact)
        .shown_by(
            ProbeId::Proxy,
            Msg::new("diagnose.proxy.signs")
                .with("proxy", &attempt.proxy)
                .with("issuer", issuer),
        )
        .shown_by(ProbeId::Tls, Msg::new("diagnose.proxy.direct-certificate"));
    finding.repair = Some(Repair {
        what: Msg::new("repair.exempt")
            .with("host", host)
            .with("product", &attempt.proxy),
        proved: false,
    });
    Some(finding)
}

/// The settings and the proxy that was tried, or why none was.
fn tried<'a>(case: &Case<'a>) -> Result<(&'a ProxyEvidence, &'a ProxyAttempt), Why> {
    let seen = known(&case.evidence.proxy)?;
    if let Some(attempt) = seen.attempt.as_deref() {
        return Ok((seen, attempt));
    }
    if !case.settled(ProbeId::Proxy) {
        return Err(Why::code(WhyCode::NotRun));
    }
    if let Some(why) = case
        .evidence
        .probe(ProbeId::Proxy)
        .and_then(|record| record.why.clone())
    {
        return Err(why);
    }
    let script = seen
        .settings
        .iter()
        .any(|setting| matches!(setting.route, ProxyRoute::Script(_)));
    Err(if script {
        Why::because(WhyCode::Unsupported, Msg::new("probe.proxy.script-not-run"))
    } else if seen.settings.is_empty() {
        Why::because(WhyCode::NotRun, Msg::new("diagnose.proxy.none-set"))
    } else {
        Why::code(WhyCode::NotRun)
    })
}

/// Whether the settings were read and name no proxy that programs would use for this gateway.
fn none_applies(case: &Case<'_>) -> bool {
    match &case.evidence.proxy {
        Fact::Known(seen) => seen.settings.iter().all(|setting| setting.exempt.is_some()),
        Fact::Unknown(why) => why.code == WhyCode::NotNeeded,
    }
}

/// What shows that the direct way fails; none where it works or that cannot be told yet.
fn direct_failure(case: &Case<'_>) -> Option<Proof> {
    if case.shook_hands()? {
        return None;
    }
    let host = &case.evidence.target.host;
    let (probe, text) = match case.reached() {
        Some(true) => (ProbeId::Tls, Msg::new("diagnose.proxy.direct-no-handshake")),
        Some(false) => (
            ProbeId::Tcp,
            Msg::new("diagnose.proxy.direct-no-connection"),
        ),
        None => (ProbeId::Dns, Msg::new("diagnose.proxy.direct-no-name")),
    };
    Some(Proof {
        probe,
        text: text.with("host", host),
    })
}
