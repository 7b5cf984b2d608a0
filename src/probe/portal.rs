//! Captive portal probes: plain HTTP requests to addresses whose answer is known.
//!
//! Signs of a portal elsewhere (a wrong certificate, one address for every name) are seen by other checks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use hyper::Uri;
use tokio::net::TcpStream;

use super::check::{Check, Ending, Reporter};
use super::clock::from_date_header;
use super::http::{self, Answer};
use super::resolve::{SystemLookup, addresses_of};
use super::surroundings::Pace;
use crate::evidence::{
    ClockSource, Observation, PortalEvidence, PortalOutcome, PortalProbe, ProbeId, ProbeOutcome,
    Why, WhyCode,
};
use crate::guide::PortalCheck;
use crate::msg::Msg;

/// Addresses asked at most.
const MAX_PROBES: usize = 4;
/// Bytes of an answer that are read.
const MAX_BODY: usize = 16 << 10;
/// Characters of a page's title that are kept.
const MAX_TITLE: usize = 120;

/// Asks every known address at once.
pub(super) struct PortalProbes {
    /// What to ask, and what the answer ought to be.
    pub checks: Vec<PortalCheck>,
    /// How names are resolved.
    pub system: Arc<dyn SystemLookup>,
    /// How long it may take.
    pub pace: Pace,
}

impl Check for PortalProbes {
    fn id(&self) -> ProbeId {
        ProbeId::Portal
    }

    fn limit(&self) -> Duration {
        self.pace.aside
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.ask_all(report).boxed()
    }
}

impl PortalProbes {
    async fn ask_all(self, report: Reporter) -> Ending {
        let mut seen = PortalEvidence::default();
        let limit = self.pace.aside.mul_f64(0.9);
        let mut asked: FuturesUnordered<_> = self
            .checks
            .iter()
            .take(MAX_PROBES)
            .map(|check| ask(check, self.system.as_ref(), limit))
            .collect();
        while let Some(probe) = asked.next().await {
            tell(&report, &probe);
            seen.probes.push(probe);
            report.observe(Observation::Portal(seen.clone()));
        }
        ending(&seen)
    }
}

/// One filter that rewrites one address is no portal: it takes all that answered to call it a failure.
fn ending(seen: &PortalEvidence) -> Ending {
    let count = |wanted: fn(&PortalOutcome) -> bool| {
        seen.probes
            .iter()
            .filter(|probe| wanted(&probe.outcome))
            .count()
    };
    let clear = count(|outcome| *outcome == PortalOutcome::Clear);
    let silent = count(|outcome| *outcome == PortalOutcome::NoAnswer);
    let caught = seen.probes.len() - clear - silent;
    match (clear, caught) {
        (0, 0) => Ending::Unknown(Why::because(
            WhyCode::Failed,
            Msg::new("probe.portal.no-answers"),
        )),
        (_, 0) => Ending::Pass,
        (0, _) => Ending::Fail,
        _ => Ending::Warn,
    }
}

async fn ask(check: &PortalCheck, system: &dyn SystemLookup, limit: Duration) -> PortalProbe {
    let answer = tokio::time::timeout(limit, fetch(&check.url, system, limit)).await;
    let (outcome, clock) = match answer {
        Ok(Some((answer, asked, took))) => (
            outcome(check, &answer),
            clock_behind(&check.url, &answer, asked, took),
        ),
        Ok(None) | Err(_) => (PortalOutcome::NoAnswer, None),
    };
    PortalProbe {
        url: check.url.clone(),
        outcome,
        clock,
    }
}

/// What time the answer says it is. One that was kept by a cache on the way says when it was made.
fn clock_behind(
    url: &str,
    answer: &Answer,
    asked: SystemTime,
    took: Duration,
) -> Option<ClockSource> {
    if answer.header("age").is_some() {
        return None;
    }
    let uri: Uri = url.parse().ok()?;
    from_date_header(uri.host()?, answer.header("date")?, asked, took)
}

async fn fetch(
    url: &str,
    system: &dyn SystemLookup,
    limit: Duration,
) -> Option<(Answer, SystemTime, Duration)> {
    let uri: Uri = url.parse().ok()?;
    if uri.scheme_str() != Some("http") {
        return None;
    }
    let authority = uri.authority()?;
    let addresses = addresses_of(system, authority.host(), limit).await.ok()?;
    let port = authority.port_u16().unwrap_or(80);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    for address in addresses.into_iter().take(2) {
        if let Ok(stream) = TcpStream::connect(SocketAddr::new(address, port)).await {
            let (asked, began) = (SystemTime::now(), Instant::now());
            let answer = http::get(stream, authority.as_str(), path, MAX_BODY).await;
            return answer.ok().map(|answer| (answer, asked, began.elapsed()));
        }
    }
    None
}

fn outcome(check: &PortalCheck, answer: &Answer) -> PortalOutcome {
    let as_known = answer.status == check.status
        && check
            .body
            .as_ref()
            .is_none_or(|body| answer.body.starts_with(body.as_bytes()));
    if as_known {
        return PortalOutcome::Clear;
    }
    match answer.header("location") {
        Some(location) if (300..400).contains(&answer.status) => {
            PortalOutcome::Redirected(location.to_owned())
        }
        _ => PortalOutcome::Rewritten {
            status: answer.status,
            title: title(&String::from_utf8_lossy(&answer.body)),
        },
    }
}

/// The title of an HTML page, if it has one that says anything.
pub(super) fn title(page: &str) -> Option<String> {
    // ASCII lower case keeps every offset where it was.
    let lower = page.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower.get(open..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let words: Vec<&str> = page.get(start..end)?.split_whitespace().collect();
    let text: String = words.join(" ").chars().take(MAX_TITLE).collect();
    (!text.is_empty()).then_some(text)
}

fn tell(report: &Reporter, probe: &PortalProbe) {
    let (tone, text) = match &probe.outcome {
        PortalOutcome::Clear => (ProbeOutcome::Pass, Msg::new("probe.portal.clear")),
        PortalOutcome::Redirected(to) => (
            ProbeOutcome::Fail,
            Msg::new("probe.portal.redirected").with("to", to),
        ),
        PortalOutcome::Rewritten { status, title } => (
            ProbeOutcome::Fail,
            Msg::new("probe.portal.rewritten")
                .with("status", status)
                .with("title", title.clone().unwrap_or_default()),
        ),
        PortalOutcome::NoAnswer => (ProbeOutcome::Unknown, Msg::new("probe.portal.no-answer")),
    };
    report.line(tone, text.with("url", &probe.url));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(status: u16, body: Option<&str>) -> PortalCheck {
        PortalCheck {
            url: "http://portal.example/".to_owned(),
            status,
            body: body.map(str::to_owned),
        }
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        Answer {
            status,
            headers: headers
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            body: body.as_bytes().to_vec(),
            cut: false,
            broken: false,
        }
    }

    #[test]
    fn only_the_known_answer_is_clear() {
        let check = known(200, Some("success"));
        assert_eq!(
            outcome(&check, &answer(200, &[], "success\n")),
            PortalOutcome::Clear
        );
        assert_eq!(
            outcome(
                &check,
                &answer(302, &[("location", "http://login.wifi/")], "")
            ),
            PortalOutcome::Redirected("http://login.wifi/".to_owned())
        );
        assert_eq!(
            outcome(
                &check,
                &answer(200, &[], "<html><TITLE>\n Hotel  Wi-Fi</title>")
            ),
            PortalOutcome::Rewritten {
                status: 200,
                title: Some("Hotel Wi-Fi".to_owned())
            }
        );
        assert_eq!(
            outcome(&known(204, None), &answer(511, &[], "")),
            PortalOutcome::Rewritten {
                status: 511,
                title: None
            }
        );
    }

    #[test]
    fn one_rewritten_answer_beside_a_clear_one_is_no_portal() {
        let probe = |outcome| PortalProbe {
            clock: None,
            url: String::new(),
            outcome,
        };
        let rewritten = || PortalOutcome::Rewritten {
            status: 200,
            title: None,
        };
        let seen = |outcomes: Vec<PortalOutcome>| PortalEvidence {
            probes: outcomes.into_iter().map(probe).collect(),
        };
        assert_eq!(
            ending(&seen(vec![PortalOutcome::Clear, rewritten()])),
            Ending::Warn
        );
        assert_eq!(
            ending(&seen(vec![PortalOutcome::NoAnswer, rewritten()])),
            Ending::Fail
        );
        assert_eq!(
            ending(&seen(vec![PortalOutcome::NoAnswer, PortalOutcome::Clear])),
            Ending::Pass
        );
        assert!(matches!(
            ending(&seen(vec![PortalOutcome::NoAnswer])),
            Ending::Unknown(_)
        ));
    }

    #[test]
    fn a_title_that_is_torn_is_none() {
        for page in [
            "",
            "<title",
            "<title>",
            "<title>x",
            "<title></title>",
            "é<title>\u{0130}</titl",
        ] {
            assert_eq!(title(page), None, "{page:?}");
        }
    }
}
