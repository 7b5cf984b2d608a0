//! The logs of this device's VPN programs, or those that the person handed in: read here and now, sent nowhere.
//!
//! Only those that were written to in the last days are read, the newest first, for a bounded time. Finding, opening
//! and searching them is [`crate::device::logs`]'s; what they mean is [`crate::diagnose`]'s.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Zoned;

use super::check::{Check, Ending, Reporter};
use crate::device::logs::{self, Found, Log, LogHit, Obstacle, When};
use crate::evidence::{
    LogMessage, LogRead, LogsEvidence, Observation, ProbeId, ProbeOutcome, UnixTime, Why, WhyCode,
};
use crate::guide::messages::{Catalogue, Messages};
use crate::guide::{Clients, System};
use crate::msg::Msg;

/// Logs of this device that are read at most; those handed in are all read.
const MOST_LOGS: usize = 24;
/// After this long no other log is begun.
const PATIENCE: Duration = Duration::from_secs(2);
/// A log that was last written to longer ago says nothing that counts.
const FRESH: Duration = Duration::from_secs(8 * 86_400);
/// Logs that get a line.
const MAX_LINES: usize = 8;

/// Which logs to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogsWanted {
    /// Files and folders that the person handed in.
    pub named: Vec<PathBuf>,
    /// This device's system, where the logs of its VPN programs are wanted too.
    pub here: Option<System>,
    /// The messages to look for.
    pub messages: Messages,
}

/// Reads the logs.
pub(super) struct LogsCheck {
    pub wanted: LogsWanted,
}

impl Check for LogsCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Logs
    }

    fn limit(&self) -> Duration {
        // What a person named is worth the whole run's time; what lies about on the device is not.
        Duration::from_secs(if self.wanted.named.is_empty() { 5 } else { 120 })
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        async move {
            let wanted = self.wanted;
            let read = tokio::task::spawn_blocking(move || read(&wanted)).await;
            let Ok((seen, obstacles)) = read else {
                return Ending::Unknown(Why::code(WhyCode::Failed));
            };
            let ending = tell(&report, &seen, &obstacles);
            report.observe(Observation::Logs(seen));
            ending
        }
        .boxed()
    }
}

fn read(wanted: &LogsWanted) -> (LogsEvidence, Vec<(String, Obstacle)>) {
    let began = Instant::now();
    let (named, mut obstacles) = logs::named(&wanted.named);
    let mut here: Vec<Log> = Vec::new();
    if let Some(system) = wanted.here {
        for candidate in logs::locate(&Clients::embedded().logs, system) {
            here.extend(candidate.logs);
            obstacles.extend(candidate.obstacles);
        }
    }
    here.retain(|log| !named.contains(log));
    let here = newest(here, SystemTime::now());
    let catalogue = wanted.messages.catalogue();
    let now = Zoned::now();
    let all: Vec<Log> = named.iter().cloned().chain(here).collect();
    let found = logs::read_while(&all, &catalogue, &now, |log| {
        named.contains(log) || began.elapsed() < PATIENCE
    });
    obstacles.extend(found.obstacles.iter().cloned());
    (evidence(&found, &catalogue, &now, &named), obstacles)
}

/// Those written to of late, the newest first.
fn newest(logs: Vec<Log>, now: SystemTime) -> Vec<Log> {
    let mut dated: Vec<(SystemTime, Log)> = logs
        .into_iter()
        .filter_map(|log| {
            let Log::File(path) = &log else { return None };
            let written = std::fs::metadata(path).and_then(|m| m.modified()).ok()?;
            let age = now.duration_since(written).unwrap_or_default();
            (age <= FRESH).then_some((written, log))
        })
        .collect();
    dated.sort_by_key(|log| std::cmp::Reverse(log.0));
    let logs = dated.into_iter().map(|(_, log)| log);
    logs.take(MOST_LOGS).collect()
}

fn evidence(found: &Found, catalogue: &Catalogue, now: &Zoned, named: &[Log]) -> LogsEvidence {
    let read = found.read.iter().map(|(log, bytes)| LogRead {
        log: name(log),
        bytes: *bytes,
        known: found.hits.iter().filter(|hit| hit.log == *log).count(),
    });
    let messages = found.hits.iter().filter_map(|hit| {
        let message = catalogue.get(&hit.message)?;
        Some(LogMessage {
            message: hit.message.clone(),
            log: name(&hit.log),
            line: hit.line,
            count: hit.count,
            at: moment(hit, now),
            when: hit.when.as_ref().map(When::text),
            text: hit.text.clone(),
            causes: message.causes.clone(),
            undecided: message.undecided,
            handed_in: named.contains(&hit.log),
        })
    });
    LogsEvidence {
        read: read.collect(),
        messages: messages.collect(),
    }
}

/// The hit's time as this device counts it.
fn moment(hit: &LogHit, now: &Zoned) -> Option<UnixTime> {
    let civil = hit.when.as_ref()?.moment();
    let zoned = civil.to_zoned(now.time_zone().clone()).ok()?;
    Some(UnixTime(zoned.timestamp().as_second()))
}

/// What a log is called: the home folder, which has a person's name in it, as `~`.
fn name(log: &Log) -> String {
    let Log::File(path) = log else {
        return log.name();
    };
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    let inside = home.and_then(|home| path.strip_prefix(home).map(Path::to_owned).ok());
    match inside {
        Some(rest) => format!("~{}{}", std::path::MAIN_SEPARATOR, rest.display()),
        None => path.display().to_string(),
    }
}

fn tell(report: &Reporter, seen: &LogsEvidence, obstacles: &[(String, Obstacle)]) -> Ending {
    for read in seen.read.iter().take(MAX_LINES) {
        let (tone, id) = match read.known {
            0 => (ProbeOutcome::Running, "probe.logs.nothing"),
            _ => (ProbeOutcome::Warn, "probe.logs.read"),
        };
        let mut text = Msg::new(id).with("log", &read.log);
        if read.known > 0 {
            text = text.with("count", read.known);
        }
        report.line(tone, text);
    }
    if seen.read.len() > MAX_LINES {
        let more = Msg::new("probe.logs.more").with("count", seen.read.len() - MAX_LINES);
        report.line(ProbeOutcome::Running, more);
    }
    for (log, _) in obstacles.iter().take(MAX_LINES) {
        let log = name(&Log::File(PathBuf::from(log)));
        let text = Msg::new("probe.logs.not-read").with("log", log);
        report.line(ProbeOutcome::Running, text);
    }
    match (seen.read.is_empty(), seen.messages.is_empty()) {
        (true, _) => Ending::Unknown(Why::because(
            WhyCode::NotRun,
            Msg::new("probe.logs.none-here"),
        )),
        (false, true) => Ending::Pass,
        (false, false) => Ending::Warn,
    }
}
