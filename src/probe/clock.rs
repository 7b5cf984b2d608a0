//! This device's clock against others: time servers (SNTP, RFC 5905), and the `Date` that the gateway sent.
//!
//! How far off is too far, and what that breaks, is not here.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use rsntp::{AsyncSntpClient, Config};

use super::check::{Check, Ending, Reporter};
use super::resolve::{SystemLookup, addresses_of, split_host_port};
use super::surroundings::Pace;
use crate::evidence::{
    ClockEvidence, ClockKind, ClockSource, Observation, ProbeId, ProbeOutcome, Why, WhyCode,
};
use crate::msg::Msg;

/// Time servers that are asked at most.
const MAX_SERVERS: usize = 4;
/// The port of NTP.
const NTP_PORT: u16 = 123;
/// A clock that is certainly off by more than this is worth a word, in milliseconds.
pub(super) const NOTABLE_MS: u64 = 60_000;

/// Compares clocks.
pub(super) struct ClockCheck {
    /// What is known already.
    pub known: Vec<ClockSource>,
    /// Time servers to ask.
    pub servers: Vec<String>,
    /// How their names are resolved.
    pub system: Arc<dyn SystemLookup>,
    /// How long it may take.
    pub pace: Pace,
}

impl Check for ClockCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Clock
    }

    fn limit(&self) -> Duration {
        self.pace.aside
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.compare(report).boxed()
    }
}

impl ClockCheck {
    async fn compare(self, report: Reporter) -> Ending {
        let mut seen = ClockEvidence {
            sources: self.known,
        };
        for source in &seen.sources {
            tell(&report, source);
        }
        let mut asked: FuturesUnordered<_> = self
            .servers
            .iter()
            .take(MAX_SERVERS)
            .map(|server| ask(server, self.system.as_ref(), self.pace.aside.mul_f64(0.9)))
            .collect();
        while let Some((server, answer)) = asked.next().await {
            match answer {
                Some(source) => {
                    tell(&report, &source);
                    seen.sources.push(source);
                    report.observe(Observation::Clock(seen.clone()));
                }
                None => report.line(
                    ProbeOutcome::Unknown,
                    Msg::new("probe.clock.silent").with("server", server),
                ),
            }
        }
        if seen.sources.is_empty() {
            return Ending::Unknown(Why::because(
                WhyCode::Failed,
                Msg::new("probe.clock.no-answer"),
            ));
        }
        let notable = seen.sources.iter().any(is_notable);
        report.observe(Observation::Clock(seen));
        if notable { Ending::Warn } else { Ending::Pass }
    }
}

/// Whether this source shows beyond its own error that this device's clock is off by more than [`NOTABLE_MS`].
pub(super) fn is_notable(source: &ClockSource) -> bool {
    source.offset_ms.unsigned_abs() > NOTABLE_MS.saturating_add(source.error_ms)
}

async fn ask<'a>(
    server: &'a str,
    system: &dyn SystemLookup,
    limit: Duration,
) -> (&'a str, Option<ClockSource>) {
    let answer = tokio::time::timeout(limit, synchronise(server, system, limit)).await;
    (server, answer.ok().flatten())
}

async fn synchronise(
    server: &str,
    system: &dyn SystemLookup,
    limit: Duration,
) -> Option<ClockSource> {
    let (host, port) = split_host_port(server, NTP_PORT);
    let addresses = addresses_of(system, &host, limit).await.ok()?;
    let address = addresses.into_iter().next()?;
    let local: SocketAddr = if address.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let client = AsyncSntpClient::with_config(Config::default().bind_address(local).timeout(limit));
    let answer = client
        .synchronize(SocketAddr::new(address, port))
        .await
        .ok()?;
    let ahead_s = -answer.clock_offset().as_secs_f64();
    let round_trip_s = answer.round_trip_delay().as_secs_f64().max(0.0);
    Some(ClockSource {
        name: server.to_owned(),
        kind: ClockKind::Ntp,
        offset_ms: whole_ms(ahead_s),
        error_ms: whole_ms(round_trip_s / 2.0)
            .unsigned_abs()
            .saturating_add(1),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast stops at the ends of the range"
)]
fn whole_ms(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

/// The clock behind a `Date` header (RFC 9110 section 6.6.1) of an answer that was asked for at `asked` and had come
/// `took` later. The header holds whole seconds, so half a second each way stays unknown.
pub(super) fn from_date_header(
    name: &str,
    date: &str,
    asked: SystemTime,
    took: Duration,
) -> Option<ClockSource> {
    let server_s = jiff::fmt::rfc2822::parse(date)
        .ok()?
        .timestamp()
        .as_second();
    let half_way = took / 2;
    let here_ms = unix_ms(asked)?.checked_add(i64::try_from(half_way.as_millis()).ok()?)?;
    let server_ms = server_s.checked_mul(1000)?.checked_add(500)?;
    Some(ClockSource {
        name: name.to_owned(),
        kind: ClockKind::HttpDate,
        offset_ms: here_ms.checked_sub(server_ms)?,
        error_ms: u64::try_from(half_way.as_millis())
            .ok()?
            .saturating_add(500),
    })
}

fn unix_ms(moment: SystemTime) -> Option<i64> {
    match moment.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).ok(),
        Err(before) => i64::try_from(before.duration().as_millis())
            .ok()
            .map(|ms| -ms),
    }
}

fn tell(report: &Reporter, source: &ClockSource) {
    let text = match source.kind {
        ClockKind::Ntp => Msg::new("probe.clock.ntp"),
        ClockKind::HttpDate => Msg::new("probe.clock.http-date"),
    };
    let tone = if is_notable(source) {
        ProbeOutcome::Warn
    } else {
        ProbeOutcome::Pass
    };
    report.line(
        tone,
        text.with("source", &source.name)
            .with("offset", seconds(source.offset_ms))
            .with("error", unsigned_seconds(source.error_ms)),
    );
}

/// Milliseconds as seconds with their sign, `+0.02` or `-86400.00`.
fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { '-' } else { '+' };
    format!("{sign}{}", unsigned_seconds(ms.unsigned_abs()))
}

fn unsigned_seconds(ms: u64) -> String {
    let hundredths = ms.saturating_add(5) / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_header_is_read_with_its_error() {
        let asked = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let source = from_date_header(
            "vpn.example.com",
            "Fri, 15 Jan 2027 07:58:20 GMT",
            asked,
            Duration::from_millis(200),
        )
        .expect("a date");
        // 1_800_000_000 is 08:00:00 on that day.
        assert_eq!(source.offset_ms, 100_000 + 100 - 500);
        assert_eq!(source.error_ms, 600);
        assert!(is_notable(&source));
    }

    #[test]
    fn a_date_that_is_none_gives_no_clock() {
        for date in [
            "",
            "now",
            "Fri, 99 Jan 2027 07:58:20 GMT",
            "9999999999999999999",
        ] {
            let read = from_date_header("x", date, SystemTime::now(), Duration::ZERO);
            assert_eq!(read, None, "{date:?}");
        }
    }

    #[test]
    fn seconds_are_shown_with_their_sign() {
        assert_eq!(seconds(-86_400_000), "-86400.00");
        assert_eq!(seconds(16), "+0.02");
        assert_eq!(seconds(i64::MIN), "-9223372036854775.81");
    }
}
