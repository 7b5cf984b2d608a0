//! Rules about versions and methods: what the gateway accepts where it refused the ordinary handshake, and what it
//! speaks where it speaks no TLS.
//!
//! A greeting that is accepted and one that is refused, different in one thing, confirm that this thing is at fault.
//! How the greetings were made is [`crate::probe`]'s; rules about completed handshakes are in `tls`.

use crate::cause::CauseId;
use crate::evidence::{
    HelloAnswer, HelloAttempt, HelloOutcome, Knock, ProbeId, Spoken, Standing, TlsAttempt,
    TlsOutcome, TlsVersion, VersionsEvidence, Why, WhyCode,
};
use crate::msg::Msg;

use super::Context;
use super::case::Case;
use super::draft::{Ledger, Ruling};
use super::model::{Advice, Certainty, Finding, Impact, Proof};
use super::tls::ruled_out_if_heard;

/// The gateway speaks only versions of TLS that are given up (RFC 8996).
pub(super) fn too_old(case: &Case<'_>) -> Ruling {
    let attempt = match case.tls() {
        Ok(attempt) => attempt,
        Err(why) => return Ruling::Unknown(why),
    };
    let hellos = hellos(case);
    if answered(hellos).any(|(_, answer)| answer.version >= TlsVersion::Tls12) {
        return Ruling::RuledOut;
    }
    let blames = |certainty| {
        Finding::blocks(CauseId::TLS_VERSION_TOO_OLD, certainty)
            .helped_by(Msg::new("versions.repair.new-version"))
    };
    // Free to choose any version up to the highest offered, a server chooses the best it has (RFC 5246 appendix E.1).
    if let Some((made, answer)) = answered(hellos).next() {
        return blames(Certainty::Confirmed)
            .shown_by_all([refused(attempt)])
            .shown_by(
                ProbeId::Versions,
                Msg::new("versions.found.old-version")
                    .with("offered", made.hello.highest.name())
                    .with("addr", made.addr)
                    .with("version", answer.version.name()),
            )
            .into();
    }
    match &attempt.outcome {
        TlsOutcome::Alert(alert) if alert == "protocol_version" => blames(Certainty::Likely)
            .shown_by(
                ProbeId::Tls,
                Msg::new("diagnose.tls.alert").with("alert", alert),
            )
            .into(),
        TlsOutcome::Incompatible(what) if what == "ServerDoesNotSupportTls12Or13" => {
            blames(Certainty::Likely)
                .shown_by(ProbeId::Tls, Msg::new("diagnose.tls.old-version-offered"))
                .into()
        }
        _ => ruled_out_if_heard(attempt),
    }
}

/// The two sides have no way of encrypting in common.
pub(super) fn no_common_method(case: &Case<'_>) -> Ruling {
    let attempt = match case.tls() {
        Ok(attempt) => attempt,
        Err(why) => return Ruling::Unknown(why),
    };
    // A server asks for a certificate only after it has chosen how to encrypt.
    if attempt.certificate_request.is_some() || attempt.outcome.session().is_some() {
        return Ruling::RuledOut;
    }
    let hellos = hellos(case);
    if let Some(finding) = difference(attempt, hellos) {
        return finding.into();
    }
    if let Some((made, answer)) = answered(hellos).last() {
        return match unusual(answer) {
            Some(part) if answer.version >= TlsVersion::Tls12 => {
                let finding = Finding::new(
                    CauseId::NO_COMMON_CIPHER,
                    Certainty::Likely,
                    part.impact(part.standing(answer)),
                );
                part.shown(finding.shown_by_all([refused(attempt)]), made, answer)
                    .helped_by(part.repair())
                    .into()
            }
            // Something current would do, or the version is what does not fit.
            _ => Ruling::RuledOut,
        };
    }
    let blames = |certainty, text| {
        Finding::blocks(CauseId::NO_COMMON_CIPHER, certainty)
            .shown_by(ProbeId::Tls, text)
            .helped_by(Msg::new("versions.repair.new-suites"))
    };
    match &attempt.outcome {
        // RFC 8446 section 6.2: insufficient_security is exactly this; handshake_failure is used for more.
        TlsOutcome::Alert(alert)
            if alert == "insufficient_security" || alert == "handshake_failure" =>
        {
            let text = Msg::new("diagnose.tls.alert").with("alert", alert);
            match refuses_everything(case) {
                Some(proof) => blames(Certainty::Possible, text)
                    .shown_by_all([proof])
                    .into(),
                None => blames(Certainty::Likely, text).into(),
            }
        }
        TlsOutcome::Incompatible(what)
            if what == "NoCipherSuitesInCommon" || what == "NoKxGroupsInCommon" =>
        {
            let text = Msg::new("diagnose.tls.incompatible").with("what", what);
            blames(Certainty::Likely, text).into()
        }
        _ => ruled_out_if_heard(attempt),
    }
}

/// The gateway lacks RFC 5746; programs on OpenSSL 3 refuse it for that.
///
/// Likely, and no more. The hello always says that this side knows the RFC, and the answer does not say it back, which is
/// how section 3.4 tells who lacks it. No second hello would come out otherwise: without the signal a server that knows
/// the RFC has to keep silent too (section 3.6), and with the signal given the other way (the extension in place of the
/// cipher suite value) one that does not know it ignores both. What would differ is a renegotiation inside a session of
/// TLS 1.2, accepted in the old way or turned down: this program's TLS cannot begin one, and should not against a gateway
/// in use.
pub(super) fn legacy_renegotiation(case: &Case<'_>) -> Ruling {
    let attempt = match case.tls() {
        Ok(attempt) => attempt,
        Err(why) => return Ruling::Unknown(why),
    };
    let finding = |addr, version: &str, probe| -> Ruling {
        let text = Msg::new("versions.found.no-renegotiation-info")
            .with("addr", addr)
            .with("version", version);
        Finding::new(
            CauseId::LEGACY_RENEGOTIATION_ONLY,
            Certainty::Likely,
            Impact::SomeClients,
        )
        .shown_by(probe, text)
        .helped_by(Msg::new("versions.repair.secure-renegotiation"))
        .into()
    };
    if let Some(session) = attempt.outcome.session() {
        return match session.secure_renegotiation {
            Some(false) => finding(attempt.addr, TlsVersion::Tls12.name(), ProbeId::Tls),
            Some(true) => Ruling::RuledOut,
            // TLS 1.3 has no renegotiation, and every program that minds knows TLS 1.3.
            None if session.version == "1.3" => Ruling::RuledOut,
            None => Ruling::Unknown(Why::code(WhyCode::Failed)),
        };
    }
    match answered(hellos(case)).next() {
        Some((made, answer)) => match answer.secure_renegotiation {
            Some(false) => finding(made.addr, answer.version.name(), ProbeId::Versions),
            Some(true) | None => Ruling::RuledOut,
        },
        None => Ruling::Unknown(Why::code(WhyCode::Blocked)),
    }
}

/// What shows that the gateway turns down whatever it is offered, if it does.
pub(super) fn refuses_everything(case: &Case<'_>) -> Option<Proof> {
    let hellos = hellos(case);
    let all = case.settled(ProbeId::Versions)
        && hellos.len() > 1
        && hellos
            .iter()
            .all(|made| matches!(made.outcome, HelloOutcome::Alert(_)));
    all.then(|| Proof {
        probe: ProbeId::Versions,
        text: Msg::new("versions.found.all-refused"),
    })
}

/// Something other than TLS that answered its own first words, where TLS was met with silence: two observations that
/// differ in the protocol.
pub(super) fn other_protocol(case: &Case<'_>) -> Option<Finding> {
    let knock = recognised(case)?;
    let text = match knock.protocol {
        Spoken::OpenVpn => Msg::new("versions.found.answers-openvpn"),
        _ => Msg::new("versions.found.answers-rdp"),
    };
    let finding = Finding::blocks(CauseId::NOT_TLS, Certainty::Confirmed)
        .shown_by(
            ProbeId::Tls,
            Msg::new("versions.found.silent-to-tls").with("addr", knock.addr),
        )
        .shown_by(ProbeId::Versions, text.with("port", knock.addr.port()));
    Some(finding)
}

/// Where an OpenVPN server answers and the person's program is OpenVPN's, nothing is wrong with the port: the findings
/// that only say so are taken back. What is behind it was not seen, so that nothing is called healthy either.
pub(super) fn suits_client(case: &Case<'_>, context: &Context, ledger: &mut Ledger) {
    const FOLLOWS: [CauseId; 4] = [
        CauseId::NOT_TLS,
        CauseId::HANDSHAKE_RESET,
        CauseId::HANDSHAKE_STALL,
        CauseId::PORT_MISMATCH,
    ];
    let speaks = recognised(case).filter(|knock| knock.protocol == Spoken::OpenVpn);
    let client = context.client.as_deref().unwrap_or_default();
    let Some(knock) = speaks.filter(|_| client.starts_with("openvpn")) else {
        return;
    };
    ledger
        .found
        .retain(|known| !FOLLOWS.contains(&known.finding.cause));
    for cause in FOLLOWS {
        ledger.enter(cause, Ruling::RuledOut);
    }
    ledger.advice.push(Advice {
        id: "openvpn-answers",
        text: Msg::new("versions.advice.openvpn").with("port", knock.addr.port()),
    });
}

/// The parts of a greeting in which two of them can differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Suites,
    Groups,
    Signatures,
}

impl Part {
    const ALL: [Self; 3] = [Self::Suites, Self::Groups, Self::Signatures];

    fn offered(self, made: &HelloAttempt) -> Standing {
        match self {
            Self::Suites => made.hello.suites,
            Self::Groups => made.hello.groups,
            Self::Signatures => made.hello.signatures,
        }
    }

    fn standing(self, answer: &HelloAnswer) -> Standing {
        let chosen = match self {
            Self::Suites => Some(&answer.suite),
            Self::Groups => answer.group.as_ref(),
            Self::Signatures => answer.signature.as_ref(),
        };
        chosen.map_or(Standing::Current, |chosen| chosen.standing)
    }

    /// What it means for clients that the gateway has nothing better than this.
    fn impact(self, best: Standing) -> Impact {
        match best {
            Standing::Current | Standing::Lingering => Impact::SomeClients,
            Standing::Rare => Impact::Blocks,
        }
    }

    /// The finding with what the gateway chose.
    fn shown(self, finding: Finding, made: &HelloAttempt, answer: &HelloAnswer) -> Finding {
        let name = |chosen: Option<&crate::evidence::Chosen>| {
            chosen.map_or_else(|| String::from("-"), |chosen| chosen.name.clone())
        };
        let text = match (self, answer.dh_bits) {
            (Self::Suites, Some(bits)) => Msg::new("versions.found.suite-dh")
                .with("suite", &answer.suite.name)
                .with("bits", bits),
            (Self::Suites, None) => {
                Msg::new("versions.found.suite").with("suite", &answer.suite.name)
            }
            (Self::Groups, _) => {
                Msg::new("versions.found.group").with("group", name(answer.group.as_ref()))
            }
            (Self::Signatures, _) => Msg::new("versions.found.signature")
                .with("signature", name(answer.signature.as_ref())),
        };
        let text = text
            .with("offered", made.hello.highest.name())
            .with("addr", made.addr);
        let kind = (self == Self::Suites)
            .then(|| kind(&answer.suite.name))
            .flatten();
        finding
            .shown_by(ProbeId::Versions, text)
            .shown_by_all(kind.map(|text| Proof {
                probe: ProbeId::Versions,
                text,
            }))
    }

    fn without(self) -> Msg {
        match self {
            Self::Suites => Msg::new("versions.found.without-suites"),
            Self::Groups => Msg::new("versions.found.without-groups"),
            Self::Signatures => Msg::new("versions.found.without-signatures"),
        }
    }

    fn repair(self) -> Msg {
        match self {
            Self::Suites => Msg::new("versions.repair.new-suites"),
            Self::Groups => Msg::new("versions.repair.new-groups"),
            Self::Signatures => Msg::new("versions.repair.new-signatures"),
        }
    }
}

/// The accepted greeting and the refused one that differ in one part, if both were seen.
fn difference(attempt: &TlsAttempt, hellos: &[HelloAttempt]) -> Option<Finding> {
    hellos
        .iter()
        .filter(|made| made.outcome.is_refusal())
        .find_map(|narrow| {
            answered(hellos).rev().find_map(|(wide, answer)| {
                let differ: Vec<Part> = Part::ALL
                    .into_iter()
                    .filter(|part| part.offered(wide) != part.offered(narrow))
                    .collect();
                let [part] = differ.as_slice() else {
                    return None;
                };
                let offers_less = part.offered(narrow) < part.offered(wide);
                let made_difference = part.standing(answer) > part.offered(narrow);
                if wide.hello.highest != narrow.hello.highest || !offers_less || !made_difference {
                    return None;
                }
                let finding = Finding::new(
                    CauseId::NO_COMMON_CIPHER,
                    Certainty::Confirmed,
                    part.impact(part.standing(answer)),
                );
                let finding = part.shown(finding.shown_by_all([refused(attempt)]), wide, answer);
                Some(
                    finding
                        .shown_by(ProbeId::Versions, part.without())
                        .helped_by(part.repair()),
                )
            })
        })
}

/// The part in which the gateway chose least usually, where it chose anything that is not current.
fn unusual(answer: &HelloAnswer) -> Option<Part> {
    // The first of equals: suites before groups before signatures.
    Part::ALL
        .into_iter()
        .rev()
        .max_by_key(|part| part.standing(answer))
        .filter(|part| part.standing(answer) > Standing::Current)
}

/// What is old about a suite, told by its registered name.
fn kind(suite: &str) -> Option<Msg> {
    let has = |part: &str| suite.contains(part);
    if has("3DES") || has("RC4") || has("_DES_") {
        Some(Msg::new("versions.found.kind-broken"))
    } else if suite.starts_with("TLS_RSA_WITH_") {
        Some(Msg::new("versions.found.kind-rsa"))
    } else if suite.starts_with("TLS_DHE_") {
        Some(Msg::new("versions.found.kind-dhe"))
    } else if has("_CBC_") {
        Some(Msg::new("versions.found.kind-cbc"))
    } else {
        None
    }
}

/// How the ordinary handshake ended: the other half of every comparison.
fn refused(attempt: &TlsAttempt) -> Proof {
    let text = match &attempt.outcome {
        TlsOutcome::Alert(alert) => Msg::new("versions.found.refused").with("alert", alert),
        _ => Msg::new("versions.found.refused-silently"),
    };
    Proof {
        probe: ProbeId::Tls,
        text,
    }
}

fn recognised<'a>(case: &Case<'a>) -> Option<&'a Knock> {
    case.evidence
        .versions
        .known()
        .and_then(VersionsEvidence::recognised)
}

fn hellos<'a>(case: &Case<'a>) -> &'a [HelloAttempt] {
    case.evidence
        .versions
        .known()
        .map_or(&[], |seen| seen.hellos.as_slice())
}

fn answered(
    hellos: &[HelloAttempt],
) -> impl DoubleEndedIterator<Item = (&HelloAttempt, &HelloAnswer)> {
    hellos
        .iter()
        .filter_map(|made| Some((made, made.outcome.answer()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_about_a_suite_is_told_by_its_registered_name() {
        const BROKEN: Option<&str> = Some("versions.found.kind-broken");
        for (suite, expected) in [
            ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", BROKEN),
            ("TLS_ECDHE_RSA_WITH_RC4_128_SHA", BROKEN),
            ("TLS_RSA_WITH_DES_CBC_SHA", BROKEN),
            ("TLS_DHE_RSA_WITH_DES_CBC_SHA", BROKEN),
            (
                "TLS_RSA_WITH_AES_128_GCM_SHA256",
                Some("versions.found.kind-rsa"),
            ),
            (
                "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
                Some("versions.found.kind-dhe"),
            ),
            (
                "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
                Some("versions.found.kind-cbc"),
            ),
            ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", None),
            ("TLS_AES_128_GCM_SHA256", None),
        ] {
            let said = kind(suite).map(|text| text.id);
            assert_eq!(said.as_deref(), expected, "{suite}");
        }
    }
}
