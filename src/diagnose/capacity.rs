//! Rules for gateways that turn this device away although they work: full, or shut to this device alone.
//!
//! From outside both look much the same: the connection is accepted and closed before TLS begins (ocserv closes a
//! connection above `max-clients` and one from a banned address right after accepting it). What tells them apart is who
//! else gets in: another try of ours, this device before, another address family.

use crate::cause::CauseId;
use crate::evidence::{HttpAnswer, ProbeId, TlsAttempt, TlsOutcome, TlsVariant, Why, WhyCode};
use crate::msg::Msg;

use super::case::{Case, known};
use super::draft::{Rule, Ruling};
use super::model::{Certainty, Finding};
use super::service::with_answer;

pub(super) const RULES: &[Rule] = &[
    Rule {
        cause: CauseId::CONNECTION_LIMIT,
        look: full,
    },
    Rule {
        cause: CauseId::IP_BANNED,
        look: banned,
    },
];

/// Words by which gateways say that no more connections are allowed, as they stand in their answers; compared without
/// regard to case. The first is SonicWall's (recalled, not verified), the next two SoftEther's (`strtable_en.stb`,
/// errors 15 and 16), the others plain English of web front ends.
const FULL: [&str; 7] = [
    "maximum number of licensed users",
    "too many tcp/ip connections",
    "too many sessions",
    "maximum number of clients",
    "maximum number of connections",
    "maximum number of sessions",
    "connection limit reached",
];

/// Too many requests from this client (RFC 6585 section 4).
const TOO_MANY_REQUESTS: u16 = 429;

/// The words by which this answer says that the gateway is full, if it does.
pub(super) fn says_full(answer: &HttpAnswer) -> Option<&'static str> {
    if answer.status < 400 {
        return None;
    }
    let body = answer.body.to_ascii_lowercase();
    let said = answer.headers.iter().filter(|(name, _)| name == "x-reason");
    let said: Vec<String> = said.map(|(_, value)| value.to_ascii_lowercase()).collect();
    FULL.into_iter()
        .find(|words| body.contains(words) || said.iter().any(|value| value.contains(words)))
}

/// The gateway says that it is full, or closes connections before TLS begins, whoever asks for whatever.
fn full(case: &Case<'_>) -> Ruling {
    if let Some(answer) = answer(case)
        && let Some(words) = says_full(answer)
    {
        let finding = Finding::blocks(CauseId::CONNECTION_LIMIT, Certainty::Likely).shown_by(
            ProbeId::Gateway,
            Msg::new("diagnose.capacity.says-full")
                .with("status", answer.status)
                .with("words", words),
        );
        return with_answer(finding, answer).into();
    }
    let shut = match Shut::of(case) {
        Ok(Some(shut)) => shut,
        // It let us in. A limit for an account shows only after sign-in, and nobody signs in here.
        Ok(None) if case.works() == Some(true) => {
            return Ruling::Unknown(Why::because(
                WhyCode::Unsupported,
                Msg::new("diagnose.capacity.after-sign-in"),
            ));
        }
        Ok(None) => return Ruling::RuledOut,
        Err(why) => return Ruling::Unknown(why),
    };
    if shut.other_family.is_some() {
        // A full gateway is full for both families.
        return Ruling::RuledOut;
    }
    let mut finding = shut.shown(Finding::blocks(
        CauseId::CONNECTION_LIMIT,
        Certainty::Likely,
    ));
    finding = match shut.let_in {
        Some(attempt) => finding.shown_by(
            ProbeId::Experiments,
            Msg::new("diagnose.capacity.lets-in-now-and-then").with("addr", attempt.addr),
        ),
        None => finding.shown_by(
            ProbeId::Experiments,
            Msg::new("diagnose.capacity.full-or-banned"),
        ),
    };
    finding.into()
}

/// The gateway keeps this device out, and nobody else as far as can be seen.
fn banned(case: &Case<'_>) -> Ruling {
    if let Some(answer) = answer(case)
        && answer.status == TOO_MANY_REQUESTS
    {
        let finding = Finding::blocks(CauseId::IP_BANNED, Certainty::Likely).shown_by(
            ProbeId::Gateway,
            Msg::new("diagnose.capacity.too-many-requests"),
        );
        return with_answer(finding, answer).into();
    }
    if let Some(finding) = banned_meanwhile(case) {
        return finding.into();
    }
    let shut = match Shut::of(case) {
        Ok(Some(shut)) => shut,
        Ok(None) if case.shook_hands() == Some(true) => return Ruling::RuledOut,
        // A filter may drop, reject or reset for one device alone; that cannot be seen from that device.
        Ok(None) => return Ruling::Unknown(Why::code(WhyCode::Unsupported)),
        Err(why) => return Ruling::Unknown(why),
    };
    if shut.let_in.is_some() {
        return Ruling::RuledOut;
    }
    let certainty = match shut.other_family {
        Some(_) => Certainty::Likely,
        None => Certainty::Possible,
    };
    let mut finding = shut.shown(Finding::blocks(CauseId::IP_BANNED, certainty));
    finding = match shut.other_family {
        Some(other) => finding.shown_by(
            ProbeId::Experiments,
            Msg::new("diagnose.capacity.other-family-gets-in").with("addr", other.addr),
        ),
        None => finding.shown_by(
            ProbeId::Experiments,
            Msg::new("diagnose.capacity.full-or-banned"),
        ),
    };
    finding.into()
}

/// The ordinary handshake ran through, and from some try on every connection is turned away: what counts connections
/// has had enough.
fn banned_meanwhile(case: &Case<'_>) -> Option<Finding> {
    let main = case.tls().ok()?;
    main.outcome.session()?;
    let again: Vec<&TlsAttempt> = case.again().collect();
    let away = again
        .iter()
        .rev()
        .take_while(|attempt| attempt.outcome.turns_away())
        .count();
    // One closed connection may be one node of several.
    if away < 2 {
        return None;
    }
    let finding = Finding::blocks(CauseId::IP_BANNED, Certainty::Likely)
        .shown_by(
            ProbeId::Tls,
            Msg::new("diagnose.tls.completes").with("addr", main.addr),
        )
        .shown_by(
            ProbeId::Experiments,
            Msg::new("diagnose.capacity.turned-away-since")
                .with("count", away)
                .with("addr", main.addr),
        );
    Some(finding)
}

/// A door that is shut before anybody has said anything.
struct Shut<'a> {
    main: &'a TlsAttempt,
    /// Times that the same was tried again and turned away.
    times: usize,
    /// A try on the same address that got in.
    let_in: Option<&'a TlsAttempt>,
    /// The same handshake over the other address family, which got in.
    other_family: Option<&'a TlsAttempt>,
}

impl<'a> Shut<'a> {
    /// None where the door is not shut: the other side hears the hello first, or lets us in.
    fn of(case: &Case<'a>) -> Result<Option<Self>, Why> {
        let main = case.tls()?;
        if !main.outcome.turns_away() {
            return Ok(None);
        }
        let Some(silent) = case.experiment(TlsVariant::WithoutHello) else {
            return Err(Why::code(WhyCode::NotRun));
        };
        if !silent.outcome.turns_away() {
            return Ok(None);
        }
        let completed = |attempt: &&TlsAttempt| matches!(attempt.outcome, TlsOutcome::Completed(_));
        Ok(Some(Self {
            main,
            times: case.again().filter(|a| a.outcome.turns_away()).count(),
            let_in: case.again().find(completed),
            other_family: case
                .handshakes()
                .iter()
                .filter(|a| a.variant == TlsVariant::OtherAddress)
                .filter(|a| a.addr.is_ipv4() != main.addr.is_ipv4())
                .find(completed),
        }))
    }

    fn shown(&self, finding: Finding) -> Finding {
        let mut finding = finding.shown_by(
            ProbeId::Experiments,
            Msg::new("diagnose.capacity.shut").with("addr", self.main.addr),
        );
        if self.times > 0 {
            finding = finding.shown_by(
                ProbeId::Experiments,
                Msg::new("diagnose.capacity.shut-again").with("count", self.times),
            );
        }
        finding
    }
}

fn answer<'a>(case: &Case<'a>) -> Option<&'a HttpAnswer> {
    let gateway = known(&case.evidence.gateway).ok()?;
    known(&gateway.http).ok()
}
