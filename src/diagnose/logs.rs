//! What known messages in logs add. A log tells of the past, so nothing in it is ever more than possible, and it comes
//! after everything that was observed.
//!
//! - Only messages of the last days count; an older one says nothing of now.
//! - A message that an observed finding accounts for stands beside that finding's evidence and points to nothing else.
//! - What a check has ruled out is not brought back by a log.
//! - Nothing is added before the checks are over.
//! - Where everything that was checked holds, the verdict stays healthy, and the messages are advice.
//!
//! Not here: which messages point to what (`assets/errors.toml`), finding and reading logs ([`crate::device`]).

use std::collections::BTreeMap;

use crate::cause::CauseId;
use crate::evidence::{LogMessage, ProbeId};
use crate::msg::Msg;

use super::Relations;
use super::case::Case;
use super::model::{Advice, Certainty, Diagnosis, Finding, Impact, Proof, Verdict};
use super::rank;

/// How old a message may be, in seconds: a week.
const FRESH: i64 = 7 * 86_400;
/// How far ahead of this device's clock a line may be: zones are often left out.
const AHEAD: i64 = 86_400;
/// The most causes, and the most pieces of advice, that logs add.
const MOST: usize = 3;

/// Adds what the logs say to a diagnosis that is otherwise whole.
pub(super) fn enter(case: &Case<'_>, relations: &Relations, diagnosis: &mut Diagnosis) {
    // While checks run, what they see is still to come, and a guess would only be taken back.
    let Some(seen) = case.evidence.logs.known().filter(|_| rank::is_over(case)) else {
        return;
    };
    let now = case.clock.real().unwrap_or(case.clock.device);
    let is_fresh = |message: &&LogMessage| match message.at {
        Some(at) => (-AHEAD..=FRESH).contains(&now.since(at)),
        // Who hands a log in knows why; without a time it is not older than that person thinks.
        None => message.handed_in,
    };
    let fresh: Vec<&LogMessage> = seen.messages.iter().filter(is_fresh).collect();
    if diagnosis.verdict == Verdict::Healthy {
        diagnosis.advice.extend(advice(&fresh));
        return;
    }
    let open: Vec<&LogMessage> = fresh
        .into_iter()
        .filter(|message| !accounted_for(message, relations, diagnosis))
        .collect();
    let mut causes = ranked(&open, diagnosis);
    let more: Vec<&str> = causes
        .split_off(causes.len().min(MOST))
        .iter()
        .map(|(cause, _)| cause.as_str())
        .collect();
    if !more.is_empty() {
        diagnosis.advice.push(Advice {
            id: "log-fits-more",
            text: Msg::new("diagnose.logs.more").with("causes", more.join(", ")),
        });
    }
    for (cause, messages) in causes {
        // One word on a cause: it is no longer unknown.
        diagnosis.unknown.retain(|(known, _)| *known != cause);
        let mut finding = Finding::new(cause, Certainty::Possible, Impact::Blocks);
        finding.evidence = messages.into_iter().take(MOST).map(proof).collect();
        diagnosis.causes.push(finding);
        if diagnosis.verdict == Verdict::Inconclusive {
            diagnosis.verdict = Verdict::Problem;
        }
    }
}

/// Whether what was observed explains the message: one of its causes was found, at least likely, or follows from one
/// that was. The first such finding then shows it.
fn accounted_for(message: &LogMessage, relations: &Relations, diagnosis: &mut Diagnosis) -> bool {
    let explains = |finding: &Finding, cause: &CauseId| {
        let follows = relations.explains.get(&finding.cause);
        finding.cause == *cause || follows.is_some_and(|causes| causes.contains(cause))
    };
    let observed = diagnosis.causes.iter_mut().find(|finding| {
        let causes = &mut message.causes.iter();
        finding.certainty >= Certainty::Likely && causes.any(|cause| explains(finding, cause))
    });
    let Some(finding) = observed else {
        return false;
    };
    // One line is enough to see that the log agrees.
    let is_told = finding.evidence.iter().any(|p| p.probe == ProbeId::Logs);
    if !is_told {
        finding.evidence.push(proof(message));
    }
    true
}

/// The causes that these messages point to and that nothing speaks against, the likeliest first: by the strongest
/// message, others that agree breaking near ties, as the catalogue weighs a pasted text.
fn ranked<'a>(
    messages: &[&'a LogMessage],
    diagnosis: &Diagnosis,
) -> Vec<(CauseId, Vec<&'a LogMessage>)> {
    let mut causes: BTreeMap<CauseId, (u32, u32, Vec<&LogMessage>)> = BTreeMap::new();
    for message in messages {
        let often = u32::try_from(message.count).unwrap_or(u32::MAX).min(20);
        let weight = if message.undecided { 400 } else { 1000 } + 10 * often;
        for (place, cause) in message.causes.iter().enumerate() {
            let is_found = diagnosis.causes.iter().any(|f| f.cause == *cause);
            if is_found || diagnosis.ruled_out.contains(cause) {
                continue;
            }
            let place = u32::try_from(place).unwrap_or(u32::MAX).min(10);
            let weight = weight * 10 / (10 + 3 * place);
            let (most, others, by) = causes.entry(*cause).or_default();
            *others += weight.min(*most);
            *most = (*most).max(weight);
            by.push(message);
        }
    }
    let mut ranked: Vec<_> = causes.into_iter().collect();
    ranked.sort_by_key(|(_, (most, others, _))| std::cmp::Reverse(most + others / 12));
    let causes = ranked.into_iter();
    causes.map(|(cause, (_, _, by))| (cause, by)).collect()
}

/// What to know of the logs where nothing is wrong now.
fn advice<'a>(fresh: &'a [&LogMessage]) -> impl Iterator<Item = Advice> + 'a {
    let pointing = fresh.iter().filter(|message| !message.causes.is_empty());
    pointing.take(MOST).map(|message| {
        let causes: Vec<&str> = message
            .causes
            .iter()
            .take(MOST)
            .map(|c| c.as_str())
            .collect();
        Advice {
            id: "log-message",
            text: said(
                "diagnose.logs.advice",
                "diagnose.logs.advice-no-time",
                message,
            )
            .with("causes", causes.join(", ")),
        }
    })
}

fn proof(message: &LogMessage) -> Proof {
    Proof {
        probe: ProbeId::Logs,
        text: said("diagnose.logs.said", "diagnose.logs.said-no-time", message),
    }
}

fn said(with_time: &'static str, without: &'static str, message: &LogMessage) -> Msg {
    let text = match &message.when {
        Some(when) => Msg::new(with_time).with("time", when.replace('T', " ")),
        None => Msg::new(without),
    };
    text.with("log", &message.log)
        .with("line", message.line)
        .with("text", &message.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: CauseId = CauseId::PASSWORD_WRONG;
    const OTHER: CauseId = CauseId::TOTP_DRIFT;
    const FIRST: CauseId = CauseId::SESSION_POLICY;
    const SECOND: CauseId = CauseId::HOST_CHECK_FAILED;
    const THIRD: CauseId = CauseId::IP_BANNED;

    fn message(causes: &[CauseId], count: u64, undecided: bool) -> LogMessage {
        LogMessage {
            message: "a message".to_owned(),
            log: "a log".to_owned(),
            line: 1,
            count,
            at: None,
            when: None,
            text: String::new(),
            causes: causes.to_vec(),
            undecided,
            handed_in: true,
        }
    }

    fn nothing_seen() -> Diagnosis {
        Diagnosis {
            verdict: Verdict::Inconclusive,
            causes: Vec::new(),
            ruled_out: Vec::new(),
            unknown: Vec::new(),
            advice: Vec::new(),
            chain: Vec::new(),
            clients: Vec::new(),
        }
    }

    fn causes(messages: &[LogMessage], diagnosis: &Diagnosis) -> Vec<CauseId> {
        let messages: Vec<&LogMessage> = messages.iter().collect();
        let ranked = ranked(&messages, diagnosis);
        ranked.into_iter().map(|(cause, _)| cause).collect()
    }

    /// Whether the first of two causes comes before the second, whichever of them has the smaller id.
    fn leads(messages: impl Fn(CauseId, CauseId) -> Vec<LogMessage>) -> bool {
        [(ONE, OTHER), (OTHER, ONE)].into_iter().all(|(a, b)| {
            let order = causes(&messages(a, b), &nothing_seen());
            let place = |cause| order.iter().position(|known| *known == cause);
            place(a) < place(b)
        })
    }

    #[test]
    fn the_likelier_of_a_message_the_surer_message_and_the_more_frequent_one_come_first() {
        assert!(leads(|a, b| vec![message(&[a, b], 1, false)]));
        assert!(leads(|a, b| {
            vec![message(&[b], 1, false), message(&[a], 2, false)]
        }));
        // A message that says the same of many faults counts little, however often it comes.
        let twenty = |cause| message(&[cause], 20, true);
        assert!(leads(|a, b| {
            vec![message(&[FIRST, SECOND, a], 1, false), twenty(b)]
        }));
        assert!(leads(|a, b| {
            vec![message(&[FIRST, SECOND, THIRD, b], 1, false), twenty(a)]
        }));
    }

    #[test]
    fn beyond_twenty_times_nothing_is_added() {
        let often = |a, b| vec![message(&[a], 20, false), message(&[b], 2_000, false)];
        let as_many = |a, b| vec![message(&[a], 20, false), message(&[b], 20, false)];
        assert_eq!(
            causes(&often(ONE, OTHER), &nothing_seen()),
            causes(&as_many(ONE, OTHER), &nothing_seen())
        );
        assert!(!leads(often) && !leads(|a, b| often(b, a)));
    }

    #[test]
    fn messages_that_agree_break_near_ties_and_no_more() {
        let agreeing = |cause, undecided| {
            vec![
                message(&[cause], 1, false),
                message(&[FIRST, cause], 1, undecided),
            ]
        };
        assert!(leads(|a, b| {
            let mut all = agreeing(a, false);
            all.push(message(&[b], 5, false));
            all
        }));
        assert!(leads(|a, b| {
            let mut all = agreeing(b, true);
            all.push(message(&[a], 5, false));
            all
        }));
    }

    #[test]
    fn what_was_found_or_ruled_out_is_not_ranked() {
        let mut seen = nothing_seen();
        seen.causes.push(Finding::blocks(ONE, Certainty::Possible));
        seen.ruled_out.push(OTHER);
        let messages = [message(&[ONE, OTHER, FIRST], 1, false)];
        assert_eq!(causes(&messages, &seen), [FIRST]);
    }
}
