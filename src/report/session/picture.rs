//! The two pictures of a report: the chain with how much of each certificate's validity is left, and the checks as
//! times side by side.

use std::cmp::Reverse;

use crate::chain::Source;
use crate::diagnose::ChainEntry;
use crate::evidence::{ProbeOutcome, ProbeRecord, UnixTime};
use crate::msg::Msg;
use crate::report::outcome_id;
use crate::text::sanitise;

use super::super::paper::{Chart, ChartBar, Tone};
use super::model::Gathered;

/// A certificate's days are counted in full days of 24 hours.
const DAY: i64 = 86_400;

/// The chain: the path from its top down, then what lies beside it.
pub fn chain(gathered: &Gathered<'_>) -> Chart {
    let at = gathered.evidence.started_at;
    let mut entries: Vec<&ChainEntry> = gathered.diagnosis.chain.iter().collect();
    entries.sort_by_key(|entry| Reverse(entry.depth.map_or(0, |depth| depth + 1)));
    let top = entries.iter().filter_map(|entry| entry.depth).max();
    let bars = entries.into_iter().map(|entry| {
        let cert = &entry.cert;
        let whole = cert.not_after.since(cert.not_before).max(1);
        let left = cert.not_after.since(at).clamp(0, whole);
        let comma = gathered.say("clients.separator");
        let label = [
            sanitise(&cert.label()),
            gathered.say(source_id(gathered, entry)),
        ];
        let note = [gathered.say(state_id(entry)), validity(gathered, entry, at)];
        ChartBar {
            label: label.join(&comma),
            note: note.join(&comma),
            from: 0.0,
            to: share(left, whole),
            tone: tone(entry, at),
            depth: match (top, entry.depth) {
                (Some(top), Some(depth)) => top - depth,
                _ => 0,
            },
        }
    });
    Chart {
        caption: gathered.say("full-report.chain-caption"),
        bars: bars.collect(),
    }
}

fn tone(entry: &ChainEntry, at: UnixTime) -> Tone {
    let cert = &entry.cert;
    if !entry.problems.is_empty() || at > cert.not_after || at < cert.not_before {
        Tone::Bad
    } else if cert.ends_soon(at) {
        Tone::Warn
    } else {
        Tone::Good
    }
}

fn validity(gathered: &Gathered<'_>, entry: &ChainEntry, at: UnixTime) -> String {
    let cert = &entry.cert;
    let msg = if at < cert.not_before {
        Msg::new("screen.chain.not-yet").with("day", cert.not_before.day())
    } else if at > cert.not_after {
        Msg::new("screen.chain.expired")
            .with("days", at.since(cert.not_after) / DAY)
            .with("day", cert.not_after.day())
    } else {
        Msg::new("screen.chain.days-left")
            .with("days", cert.not_after.since(at) / DAY)
            .with("day", cert.not_after.day())
    };
    gathered.render(&msg)
}

/// The id of the word for whether something is wrong with a certificate.
pub fn state_id(entry: &ChainEntry) -> &'static str {
    if entry.problems.is_empty() {
        "screen.chain.state-ok"
    } else {
        "screen.chain.state-fault"
    }
}

/// The id of the words for where a certificate came from.
pub fn source_id(gathered: &Gathered<'_>, entry: &ChainEntry) -> &'static str {
    let file = gathered.source.session.and_then(|session| session.file());
    match (entry.source, file) {
        (Source::Served, Some(_)) => "screen.chain.in-file",
        (Source::Served, None) => "screen.chain.served",
        (Source::Fetched, _) => "screen.chain.fetched",
        (Source::Store, Some(file)) if file.roots.is_some() => "screen.chain.in-roots-given",
        (Source::Store, _) if entry.brought => "screen.chain.in-roots-given",
        (Source::Store, _) => "screen.chain.store",
    }
}

/// The checks side by side in time.
pub fn waterfall(gathered: &Gathered<'_>) -> Chart {
    let records = &gathered.evidence.probes;
    let end = |record: &ProbeRecord| record.started_ms + record.took_ms;
    let whole = records.iter().map(end).fold(1.0, f64::max);
    let bars = records.iter().map(|record| {
        let ran = !matches!(record.outcome, ProbeOutcome::Skipped);
        ChartBar {
            label: gathered.say(&format!("screen.probe.{}", record.id.as_str())),
            note: told(gathered, record, ran),
            from: record.started_ms / whole,
            to: if ran { end(record) / whole } else { 0.0 },
            tone: match record.outcome {
                ProbeOutcome::Pass => Tone::Good,
                ProbeOutcome::Warn | ProbeOutcome::Crashed => Tone::Warn,
                ProbeOutcome::Fail => Tone::Bad,
                ProbeOutcome::Running | ProbeOutcome::Skipped | ProbeOutcome::Unknown => {
                    Tone::Neutral
                }
            },
            depth: 0,
        }
    });
    let caption = Msg::new("full-report.checks-caption").with("whole", format!("{whole:.0}"));
    Chart {
        caption: gathered.render(&caption),
        bars: bars.collect(),
    }
}

/// How a check ended, and its times.
fn told(gathered: &Gathered<'_>, record: &ProbeRecord, ran: bool) -> String {
    let mut words = vec![gathered.say(outcome_id(record.outcome))];
    if ran {
        let msg = Msg::new("full-report.times")
            .with("from", format!("{:.1}", record.started_ms))
            .with("took", format!("{:.1}", record.took_ms));
        words.push(gathered.render(&msg));
    }
    if let Some(why) = &record.why {
        words.push(gathered.render(&why.message()));
    }
    words.join(&gathered.say("clients.separator"))
}

/// A part of a whole, from 0 to 1.
fn share(part: i64, whole: i64) -> f64 {
    // A thousandth is finer than any picture.
    let thousandths = i128::from(part) * 1000 / i128::from(whole.max(1));
    f64::from(u16::try_from(thousandths.clamp(0, 1000)).unwrap_or(1000)) / 1000.0
}
