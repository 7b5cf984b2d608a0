//! One request for `/` over the TLS session that is already there: what answers, which product it is, and what time
//! its clock says.
//!
//! No product-specific path, no login, no redirect followed: another gateway that it names gets a handshake in
//! `handed_out`. The marks are in `marks`, the clock's arithmetic in `clock`.

use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::check::{Check, Ending, Reporter};
use super::handed_out::{Errand, named_in};
use super::handshake::Session;
use super::http::{self, HttpError};
use super::marks::Products;
use super::surroundings::Pace;
use super::{clock, portal};
use crate::chain::Cert;
use crate::evidence::{
    ClockEvidence, ClockSource, Der, Fact, GatewayEvidence, GatewayGuess, HttpAnswer, Observation,
    ProbeId, ProbeOutcome, Why, WhyCode,
};
use crate::msg::Msg;

/// Bytes of the body that are read.
const MAX_BODY: usize = 16 << 10;

/// Asks for the front page.
pub(super) struct GatewayCheck {
    /// The session.
    pub session: Box<Session>,
    /// For the `Host` header.
    pub host: String,
    /// The end-entity certificate.
    pub certificate: Option<Der>,
    /// For a look at another gateway that this one names.
    pub errand: Errand,
    /// How long it may take.
    pub pace: Pace,
}

impl Check for GatewayCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Gateway
    }

    fn limit(&self) -> Duration {
        self.pace.http + self.pace.silence + Errand::limit(&self.pace)
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.ask(report).boxed()
    }
}

impl GatewayCheck {
    async fn ask(self, report: Reporter) -> Ending {
        let asked = SystemTime::now();
        let began = std::time::Instant::now();
        let answered = visit(*self.session, &self.host, self.pace.http).await;
        let took = began.elapsed();
        let mut alert = None;
        let http = match answered {
            Ok(answer) => {
                report.timed(tone(&answer), status_line(&answer), took);
                if let Some(source) = date_of(&answer, &self.host, asked, took) {
                    report.observe(Observation::Clock(ClockEvidence {
                        sources: vec![source],
                    }));
                }
                Fact::Known(answer)
            }
            Err(NoAnswer { why, by_alert }) => {
                alert = by_alert;
                report.timed(ProbeOutcome::Warn, why.message(), took);
                Fact::Unknown(why)
            }
        };
        let product = recognise(http.known(), self.certificate.as_ref());
        if let Some(product) = &product {
            report.line(
                ProbeOutcome::Running,
                Msg::new("probe.gateway.product")
                    .with("name", &product.name)
                    .with("how", &product.how),
            );
        }
        let ending = match &http {
            Fact::Known(answer) if tone(answer) == ProbeOutcome::Pass => Ending::Pass,
            Fact::Known(_) => Ending::Warn,
            Fact::Unknown(why) => Ending::Unknown(why.clone()),
        };
        let there = http
            .known()
            .and_then(|answer| named_in(answer, &self.errand.here));
        let mut seen = GatewayEvidence {
            http,
            product,
            alert,
            handed_out: None,
        };
        report.observe(Observation::Gateway(seen.clone()));
        if let Some(there) = there {
            seen.handed_out = Some(Box::new(self.errand.go(there, &report).await));
            report.observe(Observation::Gateway(seen));
        }
        ending
    }
}

/// Why there is no answer, and the alert that came instead of one.
pub(super) struct NoAnswer {
    why: Why,
    by_alert: Option<String>,
}

/// The answer to one `GET /` on this session within `limit`, or why there is none.
pub(super) async fn visit(
    session: Session,
    host: &str,
    limit: Duration,
) -> Result<HttpAnswer, NoAnswer> {
    let silent = |why| NoAnswer {
        why,
        by_alert: None,
    };
    let failed = |detail: Msg| silent(Why::because(WhyCode::Failed, detail));
    match tokio::time::timeout(limit, http::get(session, host, "/", MAX_BODY)).await {
        Ok(Ok(answer)) => Ok(answer.into_evidence()),
        Ok(Err(HttpError::Alert(alert))) => {
            let detail = Msg::new("probe.gateway.alert").with("alert", &alert);
            Err(NoAnswer {
                why: Why::because(WhyCode::Failed, detail),
                by_alert: Some(alert),
            })
        }
        Ok(Err(HttpError::Closed)) => Err(silent(Why::because(
            WhyCode::HungUp,
            Msg::new("probe.gateway.closed"),
        ))),
        Ok(Err(HttpError::Silent)) => Err(failed(Msg::new("probe.gateway.closed"))),
        Ok(Err(HttpError::NotHttp)) => Err(failed(Msg::new("probe.gateway.not-http"))),
        Ok(Err(HttpError::Other(reason))) => Err(failed(
            Msg::new("probe.gateway.failed").with("reason", reason),
        )),
        Err(_) => Err(silent(Why::because(
            WhyCode::TimedOut,
            Msg::new("probe.gateway.silent").with("seconds", limit.as_secs()),
        ))),
    }
}

/// The product that this answer and this certificate give away.
pub(super) fn recognise(http: Option<&HttpAnswer>, leaf: Option<&Der>) -> Option<GatewayGuess> {
    let leaf = leaf.and_then(|der| Cert::parse(der).ok());
    Products::embedded()
        .ok()
        .and_then(|products| products.recognise(http, leaf.as_ref()))
}

/// The gateway's clock, from its `Date` header.
fn date_of(
    answer: &HttpAnswer,
    host: &str,
    asked: SystemTime,
    took: Duration,
) -> Option<ClockSource> {
    let (_, date) = answer.headers.iter().find(|(name, _)| name == "date")?;
    clock::from_date_header(host, date, asked, took)
}

fn tone(answer: &HttpAnswer) -> ProbeOutcome {
    // Any answer to a request without a cookie is an answer; only the gateway's own distress is worth a warning.
    if answer.status >= 500 {
        ProbeOutcome::Warn
    } else {
        ProbeOutcome::Pass
    }
}

fn status_line(answer: &HttpAnswer) -> Msg {
    let shown = answer
        .headers
        .iter()
        .find(|(name, _)| name == "location" || name == "server")
        .map(|(name, value)| format!("{name}: {value}"))
        .or_else(|| portal::title(&answer.body));
    Msg::new("probe.gateway.answered")
        .with("status", answer.status)
        .with("detail", shown.unwrap_or_default())
}
