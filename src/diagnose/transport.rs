//! Rules of the transport layer: what TCP met, and whether what answers is TLS at all.

use std::net::SocketAddr;

use crate::cause::CauseId;
use crate::evidence::{
    PortAttempt, ProbeId, Spoken, TcpAttempt, TcpOutcome, TlsAttempt, TlsOutcome, TlsVariant, Why,
    WhyCode,
};
use crate::msg::Msg;

use super::case::{Case, list};
use super::draft::{Rule, Ruling};
use super::model::{Certainty, Finding, Impact, Proof};

pub(super) const RULES: &[Rule] = &[
    Rule {
        cause: CauseId::PORT_MISMATCH,
        look: port_mismatch,
    },
    Rule {
        cause: CauseId::CONNECTION_REFUSED,
        look: |case| kept_out(case, CauseId::CONNECTION_REFUSED, &TcpOutcome::Refused),
    },
    Rule {
        cause: CauseId::FIREWALL_DROP,
        look: |case| kept_out(case, CauseId::FIREWALL_DROP, &TcpOutcome::TimedOut),
    },
    Rule {
        cause: CauseId::FIREWALL_REJECT,
        look: |case| kept_out(case, CauseId::FIREWALL_REJECT, &TcpOutcome::Rejected),
    },
    Rule {
        cause: CauseId::SECURITY_SOFTWARE_INTERFERENCE,
        look: not_permitted,
    },
    Rule {
        cause: CauseId::NOT_TLS,
        look: not_tls,
    },
    Rule {
        cause: CauseId::HANDSHAKE_STALL,
        look: handshake_stall,
    },
    Rule {
        cause: CauseId::HANDSHAKE_RESET,
        look: handshake_reset,
    },
];

/// The given port leads nowhere, and another port of the same host is a VPN gateway.
fn port_mismatch(case: &Case<'_>) -> Ruling {
    let speaks_tls = case.tls().map(|main| spoke_tls(case, main));
    match (case.reached(), speaks_tls) {
        (Some(true), Ok(true)) => return Ruling::RuledOut,
        (None, _) | (Some(true), Err(_)) => {
            return Ruling::Unknown(match case.tcp() {
                Err(why) => why,
                Ok(_) => Why::code(WhyCode::NotRun),
            });
        }
        (Some(false), _) | (_, Ok(false)) => {}
    }
    let ports = match &case.evidence.ports {
        crate::evidence::Fact::Known(ports) => ports,
        crate::evidence::Fact::Unknown(why) => return Ruling::Unknown(why.clone()),
    };
    let best = ports
        .attempts
        .iter()
        .filter(|attempt| attempt.speaks_tls())
        .map(|attempt| (weigh(case, attempt), attempt))
        .max_by_key(|(certainty, _)| *certainty);
    let Some((certainty, other)) = best else {
        return if !case.settled(ProbeId::Ports) {
            Ruling::Unknown(Why::code(WhyCode::NotRun))
        } else if ports.attempts.is_empty() {
            Ruling::Unknown(Why::code(WhyCode::Failed))
        } else {
            Ruling::RuledOut
        };
    };
    let target = &case.evidence.target;
    let given = Msg::new("diagnose.port.given-fails")
        .with("host", &target.host)
        .with("port", target.port);
    let mut finding = Finding::blocks(CauseId::PORT_MISMATCH, certainty)
        .shown_by(ProbeId::Tcp, given)
        .shown_by(
            ProbeId::Ports,
            Msg::new("diagnose.port.other-speaks-tls").with("port", other.addr.port()),
        );
    if let Some(guess) = &other.gateway {
        finding = finding.shown_by(
            ProbeId::Ports,
            Msg::new("diagnose.port.other-is-gateway")
                .with("port", other.addr.port())
                .with("product", &guess.name),
        );
    }
    finding
        .helped_by(
            Msg::new("repair.use-port")
                .with("host", &target.host)
                .with("port", other.addr.port()),
        )
        .into()
}

/// How much another port that speaks TLS says: a recognised gateway settles it, a certificate for the very name makes
/// it likely, any other web server is only a hint.
fn weigh(case: &Case<'_>, attempt: &PortAttempt) -> Certainty {
    if attempt.gateway.is_some() {
        Certainty::Confirmed
    } else if attempt
        .certificate
        .as_ref()
        .is_some_and(|der| case.certificate_names_target(der) == Some(true))
    {
        Certainty::Likely
    } else {
        Certainty::Possible
    }
}

/// Every address answers a TCP connection this way; or some do, while their neighbours accept.
fn kept_out(case: &Case<'_>, cause: CauseId, outcome: &TcpOutcome) -> Ruling {
    let tcp = match case.tcp() {
        Ok(tcp) => tcp,
        Err(why) => return Ruling::Unknown(why),
    };
    let open: Vec<&TcpAttempt> = tcp
        .attempts
        .iter()
        .filter(|a| a.outcome == TcpOutcome::Open)
        .collect();
    let met: Vec<&TcpAttempt> = tcp
        .attempts
        .iter()
        .filter(|a| meant(a) == outcome)
        // A family that fails as a whole beside one that works is a matter of that family (ipv6-broken).
        .filter(|a| open.is_empty() || open.iter().any(|o| o.addr.is_ipv6() == a.addr.is_ipv6()))
        .collect();
    if met.is_empty() {
        return if case.settled(ProbeId::Tcp) {
            Ruling::RuledOut
        } else {
            Ruling::Unknown(Why::code(WhyCode::NotRun))
        };
    }
    let seen = |finding: Finding| {
        finding.shown_by(
            ProbeId::Tcp,
            met_text(case, outcome, met.iter().map(|a| a.addr)),
        )
    };
    if !open.is_empty() {
        return seen(Finding::new(
            cause,
            Certainty::Confirmed,
            Impact::SomeClients,
        ))
        .shown_by(
            ProbeId::Tcp,
            Msg::new("diagnose.tcp.neighbour-open")
                .with("addresses", list(open.iter().map(|a| a.addr))),
        )
        .into();
    }
    let is_reject = cause == CauseId::FIREWALL_REJECT;
    if is_reject && case.no_way_on().is_some() {
        // The router says that it knows no way, not that it may not: route-unreachable.
        return Ruling::RuledOut;
    }
    let mut contrast: Vec<Proof> = case.other_port_answers().into_iter().collect();
    if cause != CauseId::CONNECTION_REFUSED {
        contrast.extend(case.other_packets_arrive());
    }
    contrast.extend(case.reaches_others());
    // A router without a way on is met in the same way: only the routers tell which of the two it is.
    let certainty = if contrast.is_empty() || (is_reject && !case.is_seen_to_reject()) {
        Certainty::Likely
    } else {
        Certainty::Confirmed
    };
    let end = case
        .end_of_the_way()
        .filter(|_| cause != CauseId::CONNECTION_REFUSED);
    seen(Finding::blocks(cause, certainty))
        .shown_by_all(end)
        .shown_by_all(contrast)
        .into()
}

/// What an outcome means. ICMPv6 "administratively prohibited" (RFC 4443 section 3.1) comes back from the system as
/// "permission denied", so over IPv6 that word says that somebody on the way, or here, rejects.
fn meant(attempt: &TcpAttempt) -> &TcpOutcome {
    match &attempt.outcome {
        TcpOutcome::NotPermitted if attempt.addr.is_ipv6() => &TcpOutcome::Rejected,
        outcome => outcome,
    }
}

fn met_text(
    case: &Case<'_>,
    outcome: &TcpOutcome,
    addresses: impl Iterator<Item = SocketAddr>,
) -> Msg {
    let text = match outcome {
        TcpOutcome::Refused => Msg::new("diagnose.tcp.refused"),
        TcpOutcome::Rejected => Msg::new("diagnose.tcp.rejected"),
        _ => Msg::new("diagnose.tcp.silent"),
    };
    text.with("addresses", list(addresses))
        .with("port", case.evidence.target.port)
}

/// This system itself forbids the connection: a local firewall or a sandbox.
fn not_permitted(case: &Case<'_>) -> Ruling {
    let tcp = match case.tcp() {
        Ok(tcp) => tcp,
        Err(why) => return Ruling::Unknown(why),
    };
    if !tcp
        .attempts
        .iter()
        .any(|a| *meant(a) == TcpOutcome::NotPermitted)
    {
        // Such software can interfere in ways that TCP does not show.
        return Ruling::Unknown(Why::code(WhyCode::Unsupported));
    }
    if !tcp.open().is_empty() {
        return Ruling::Unknown(Why::code(WhyCode::Unsupported));
    }
    // The rule may be about this program only.
    Finding::blocks(CauseId::SECURITY_SOFTWARE_INTERFERENCE, Certainty::Possible)
        .shown_by(ProbeId::Tcp, Msg::new("diagnose.tcp.not-permitted"))
        .into()
}

/// Something answers, and it is not TLS.
fn not_tls(case: &Case<'_>) -> Ruling {
    let attempt = match case.tls() {
        Ok(attempt) => attempt,
        Err(why) => return Ruling::Unknown(why),
    };
    if let Some(finding) = super::versions::other_protocol(case) {
        return finding.into();
    }
    let TlsOutcome::NotTls(spoken) = &attempt.outcome else {
        return if spoke_tls(case, attempt) {
            Ruling::RuledOut
        } else {
            Ruling::Unknown(Why::because(
                WhyCode::Failed,
                Msg::new("diagnose.tls.said-nothing"),
            ))
        };
    };
    let text = match spoken {
        Spoken::Http => Msg::new("diagnose.tls.speaks-http"),
        Spoken::Ssh => Msg::new("diagnose.tls.speaks-ssh"),
        Spoken::Greeting => Msg::new("diagnose.tls.speaks-greeting"),
        Spoken::Smtp => Msg::new("versions.found.speaks-smtp"),
        Spoken::Ftp => Msg::new("versions.found.speaks-ftp"),
        Spoken::Imap => Msg::new("versions.found.speaks-imap"),
        Spoken::Pop3 => Msg::new("versions.found.speaks-pop3"),
        Spoken::OpenVpn => Msg::new("versions.found.answers-openvpn"),
        Spoken::Rdp => Msg::new("versions.found.answers-rdp"),
        Spoken::Unknown(bytes) => Msg::new("diagnose.tls.speaks-unknown").with("bytes", bytes),
    };
    // The same host speaking TLS on another port is the observation that differs in one thing.
    let contrast = case.other_ports().iter().find(|p| p.speaks_tls());
    let certainty = if contrast.is_some() {
        Certainty::Confirmed
    } else {
        Certainty::Likely
    };
    let mut finding = Finding::blocks(CauseId::NOT_TLS, certainty)
        .shown_by(ProbeId::Tls, text.with("port", case.evidence.target.port));
    if let Some(other) = contrast {
        finding = finding.shown_by(
            ProbeId::Ports,
            Msg::new("diagnose.port.other-speaks-tls").with("port", other.addr.port()),
        );
    }
    finding.into()
}

/// The other side falls silent in the middle of the handshake.
fn handshake_stall(case: &Case<'_>) -> Ruling {
    broken_off(case, CauseId::HANDSHAKE_STALL, |outcome| match outcome {
        TlsOutcome::Stalled { received } => {
            Some(Msg::new("diagnose.tls.stalled").with("bytes", received))
        }
        _ => None,
    })
}

/// The connection is cut in the middle of the handshake, or before it could begin.
fn handshake_reset(case: &Case<'_>) -> Ruling {
    let cut = case
        .attempts()
        .iter()
        .find(|attempt| attempt.outcome == TcpOutcome::Reset);
    let impact = match (case.reached(), case.shook_hands()) {
        (Some(false), _) => Some(Impact::Blocks),
        (_, Some(true)) => Some(Impact::SomeClients),
        _ => None,
    };
    if let (Some(cut), Some(impact)) = (cut, impact) {
        return Finding::new(CauseId::HANDSHAKE_RESET, Certainty::Likely, impact)
            .shown_by(
                ProbeId::Tcp,
                Msg::new("diagnose.tcp.reset").with("addr", cut.addr),
            )
            .into();
    }
    broken_off(case, CauseId::HANDSHAKE_RESET, |outcome| match outcome {
        TlsOutcome::Reset { received } => {
            Some(Msg::new("diagnose.tls.reset").with("bytes", received))
        }
        TlsOutcome::Closed { received } => {
            Some(Msg::new("diagnose.tls.closed").with("bytes", received))
        }
        _ => None,
    })
}

/// Confirmed where the same handshake, different in one thing, runs through.
fn broken_off(
    case: &Case<'_>,
    cause: CauseId,
    shows: impl Fn(&TlsOutcome) -> Option<Msg>,
) -> Ruling {
    let attempt = match case.tls() {
        Ok(attempt) => attempt,
        Err(why) => return Ruling::Unknown(why),
    };
    let Some(text) = shows(&attempt.outcome) else {
        return Ruling::RuledOut;
    };
    let mut finding = Finding::blocks(cause, Certainty::Likely)
        .shown_by(ProbeId::Tls, text.with("addr", attempt.addr));
    // Small segments on the way to another address differ in two things, and say nothing about this one.
    let comparable: Vec<&TlsAttempt> = case
        .handshakes()
        .iter()
        .filter(|other| other.addr == attempt.addr || other.variant == TlsVariant::OtherAddress)
        .collect();
    let completed = comparable
        .iter()
        .find(|other| matches!(other.outcome, TlsOutcome::Completed(_)));
    match completed {
        Some(other) => {
            finding.certainty = Certainty::Confirmed;
            finding = finding.shown_by(ProbeId::Experiments, completed_text(other));
        }
        // What was changed in vain is ruled out, and worth knowing.
        None => {
            let in_vain = comparable.into_iter().filter_map(in_vain);
            finding = finding.shown_by_all(in_vain);
        }
    }
    finding.into()
}

/// Says that what this experiment changed does not help.
fn in_vain(attempt: &TlsAttempt) -> Option<Proof> {
    let text = match attempt.variant {
        // What found no connection changed nothing; an address that cannot be had is a word of its own.
        _ if matches!(attempt.outcome, TlsOutcome::NotConnected(_))
            && attempt.variant != TlsVariant::OtherAddress =>
        {
            return None;
        }
        TlsVariant::WithoutPostQuantum => Msg::new("diagnose.experiments.fails-without-pq"),
        TlsVariant::SmallSegments => Msg::new("diagnose.experiments.fails-with-small-segments"),
        TlsVariant::WithoutHello if attempt.outcome == (TlsOutcome::Stalled { received: 0 }) => {
            Msg::new("diagnose.experiments.hears-the-hello")
        }
        TlsVariant::OtherAddress => Msg::new("diagnose.nodes.failed"),
        TlsVariant::Ordinary
        | TlsVariant::WithoutSni
        | TlsVariant::Again
        | TlsVariant::WithoutHello => return None,
    };
    Some(Proof {
        probe: ProbeId::Experiments,
        text: text.with("addr", attempt.addr),
    })
}

/// Says in what a handshake that ran through differed from the ordinary one.
pub(super) fn completed_text(attempt: &TlsAttempt) -> Msg {
    match attempt.variant {
        TlsVariant::Ordinary => Msg::new("diagnose.tls.completes"),
        TlsVariant::WithoutSni => Msg::new("diagnose.tls.completes-without-sni"),
        TlsVariant::WithoutPostQuantum => Msg::new("diagnose.tls.completes-without-pq"),
        TlsVariant::OtherAddress => Msg::new("diagnose.tls.completes-elsewhere"),
        // Without a hello nothing runs through; the word is there for the sake of completeness.
        TlsVariant::Again | TlsVariant::WithoutHello => Msg::new("diagnose.tls.completes-again"),
        TlsVariant::SmallSegments => Msg::new("diagnose.tls.completes-with-small-segments"),
    }
    .with("addr", attempt.addr)
}

/// Whether TLS came back in any handshake with the address of the ordinary one, however that one ended.
fn spoke_tls(case: &Case<'_>, main: &TlsAttempt) -> bool {
    let mut there = case.handshakes().iter().filter(|a| a.addr == main.addr);
    there.any(heard_tls) || case.heard_tls_by_hand()
}

/// Whether anything that came back was TLS.
fn heard_tls(attempt: &TlsAttempt) -> bool {
    !attempt.served.is_empty()
        || matches!(
            attempt.outcome,
            TlsOutcome::Completed(_) | TlsOutcome::Alert(_) | TlsOutcome::Incompatible(_)
        )
}
