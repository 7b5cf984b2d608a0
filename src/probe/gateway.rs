//! One request for `/` over the TLS session that is already there: what answers, which product it is, and what time
//! its clock says.
//!
//! No login, no redirect followed: another gateway that it names gets a handshake in `handed_out`. What a product's own
//! clients ask next is in `greeting`. The marks are in `marks`, the clock's arithmetic in `clock`.

use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::check::{Check, Ending, Note, Reporter};
use super::greeting;
use super::handed_out::{Errand, named_in};
use super::handshake::Session;
use super::http::{Answer, HttpError, Query, Talk};
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
        self.pace.http * 2 + self.pace.silence + Errand::limit(&self.pace)
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.ask(report).boxed()
    }
}

impl GatewayCheck {
    async fn ask(self, report: Reporter) -> Ending {
        let asked = SystemTime::now();
        let began = std::time::Instant::now();
        let mut talk = Talk::open(*self.session).await;
        let answered = match &mut talk {
            Ok(talk) => front_page(talk, &self.host, true, self.pace.http).await,
            Err(error) => Err(no_answer(error)),
        };
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
        let mut there = http
            .known()
            .and_then(|answer| named_in(answer, &self.errand.here));
        let mut seen = GatewayEvidence {
            http,
            product,
            alert,
            handed_out: None,
            greeting: None,
        };
        report.observe(Observation::Gateway(seen.clone()));
        let questions = seen
            .product
            .as_ref()
            .map_or(&[][..], |product| greeting::questions(&product.id));
        if let Ok(talk) = &mut talk
            && seen.http.known().is_some()
        {
            for question in questions {
                let met =
                    greeting::greet(talk, *question, &self.host, self.pace.http, &report).await;
                let Some(met) = met else {
                    break;
                };
                there = there.or_else(|| named_in(&met.answer, &self.errand.here));
                if met.greeting.is_some() {
                    seen.greeting = met.greeting;
                    report.observe(Observation::Gateway(seen.clone()));
                    break;
                }
            }
        }
        drop(talk);
        report.hand_over(Note::SessionOver);
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
    match Talk::open(session).await {
        Ok(mut talk) => front_page(&mut talk, host, false, limit).await,
        Err(error) => Err(no_answer(&error)),
    }
}

/// The same, after which the connection may be kept for another question.
async fn front_page(
    talk: &mut Talk<Session>,
    host: &str,
    keep: bool,
    limit: Duration,
) -> Result<HttpAnswer, NoAnswer> {
    let query = Query {
        host,
        path: "/",
        posted: None,
        max_body: MAX_BODY,
        begins_within: None,
        headers: &[],
        keep,
    };
    match tokio::time::timeout(limit, talk.ask(query)).await {
        Ok(answered) => answered
            .map(Answer::into_evidence)
            .map_err(|error| no_answer(&error)),
        Err(_) => Err(NoAnswer {
            why: Why::because(
                WhyCode::TimedOut,
                Msg::new("probe.gateway.silent").with("seconds", limit.as_secs()),
            ),
            by_alert: None,
        }),
    }
}

fn no_answer(error: &HttpError) -> NoAnswer {
    let (code, detail) = match error {
        HttpError::Alert(alert) => (
            WhyCode::Failed,
            Msg::new("probe.gateway.alert").with("alert", alert),
        ),
        HttpError::Closed => (WhyCode::HungUp, Msg::new("probe.gateway.closed")),
        HttpError::Silent => (WhyCode::Failed, Msg::new("probe.gateway.closed")),
        HttpError::NotHttp => (WhyCode::Failed, Msg::new("probe.gateway.not-http")),
        HttpError::Other(reason) => (
            WhyCode::Failed,
            Msg::new("probe.gateway.failed").with("reason", reason),
        ),
    };
    NoAnswer {
        why: Why::because(code, detail),
        by_alert: match error {
            HttpError::Alert(alert) => Some(alert.clone()),
            _ => None,
        },
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
