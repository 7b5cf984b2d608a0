//! Fetching missing issuer certificates from the addresses inside the served ones (RFC 5280 section 4.2.2.1), until a
//! path to a trust anchor is found.
//!
//! Where such addresses may lead, and how much may come of them, is in `fetch`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};

use super::chain::{Ask, parsed};
use super::check::{Check, Ending, Reporter};
use super::fetch::{Fetcher, Wanted};
use crate::chain::{Cert, read_certificates};
use crate::device::trust_store::Late;
use crate::evidence::{
    AiaEvidence, AiaFetch, Der, FetchOutcome, Host, Observation, ProbeId, ProbeOutcome, UnixTime,
    Why, WhyCode,
};
use crate::msg::Msg;

/// Issuers of issuers that are followed.
const MAX_LEVELS: usize = 4;
/// Addresses of one level that are asked.
const MAX_URLS: usize = 4;
/// Bytes of one answer.
const MAX_ANSWER: usize = 64 << 10;
/// Certificates of one answer that are kept.
const MAX_CERTIFICATES: usize = 16;
/// Characters of an address that are kept.
const MAX_URL: usize = 2048;

/// Fetches what the chain lacks.
pub(super) struct AiaCheck {
    /// As served.
    pub served: Vec<Der>,
    /// Where the first missing issuer may be.
    pub urls: Vec<String>,
    /// The name the client uses.
    pub host: Option<Host>,
    /// What is trusted.
    pub stores: Late,
    /// How addresses are fetched.
    pub fetcher: Fetcher,
}

impl Check for AiaCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Aia
    }

    fn limit(&self) -> Duration {
        self.fetcher.pace.fetch + self.fetcher.pace.silence
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.climb(report).boxed()
    }
}

impl AiaCheck {
    async fn climb(self, report: Reporter) -> Ending {
        let served = parsed(&self.served);
        let at = UnixTime::from(SystemTime::now());
        // With the issuer there, the responder of the end-entity certificate is asked next.
        let asked_next = served
            .first()
            .and_then(|leaf| leaf.ocsp_urls.first().or_else(|| leaf.crl_urls.first()));
        if let Some(url) = asked_next {
            self.fetcher.connect_ahead(url);
        }
        let mut seen = AiaEvidence::default();
        let mut fetched: Vec<Arc<Cert>> = Vec::new();
        let mut urls = self.urls.clone();
        for _ in 0..MAX_LEVELS {
            urls.retain(|url| url.len() <= MAX_URL && !seen.fetches.iter().any(|f| f.url == *url));
            urls.truncate(MAX_URLS);
            if urls.is_empty() {
                break;
            }
            let answers = join_all(urls.iter().map(|url| self.fetcher.fetch(url))).await;
            for (url, outcome) in urls.iter().zip(answers) {
                tell(&report, url, &outcome);
                if let FetchOutcome::Fetched(ders) = &outcome {
                    fetched.extend(parsed(ders));
                }
                seen.fetches.push(AiaFetch {
                    url: url.clone(),
                    outcome,
                });
            }
            report.observe(Observation::Aia(seen.clone()));
            let ask = Ask {
                served: &served,
                host: self.host.as_ref(),
                stores: &self.stores.get(),
                at,
            };
            let (_, view) = ask.judge(&fetched);
            if view.anchored {
                report.line(ProbeOutcome::Pass, Msg::new("probe.aia.path-found"));
                return Ending::Pass;
            }
            urls = view.urls;
        }
        report.line(ProbeOutcome::Fail, Msg::new("probe.aia.no-path"));
        Ending::Fail
    }
}

fn tell(report: &Reporter, url: &str, outcome: &FetchOutcome) {
    match outcome {
        FetchOutcome::Fetched(ders) => report.line(
            ProbeOutcome::Pass,
            Msg::new("probe.aia.fetched")
                .with("count", ders.len())
                .with("url", url),
        ),
        FetchOutcome::Failed(why) => {
            report.line(
                ProbeOutcome::Fail,
                Msg::new("probe.aia.not-fetched").with("url", url),
            );
            report.line(ProbeOutcome::Fail, why.message());
        }
    }
}

impl Fetcher {
    /// The certificates at this address, or why there are none.
    pub(super) async fn fetch(&self, url: &str) -> FetchOutcome {
        let wanted = Wanted {
            url,
            posted: None,
            max: MAX_ANSWER,
            begins_within: self.pace.fetch,
            within: self.pace.fetch,
        };
        match self.bytes(&wanted).await {
            Ok(body) => match read_certificates(&body) {
                Ok(mut ders) if !ders.is_empty() => {
                    ders.truncate(MAX_CERTIFICATES);
                    FetchOutcome::Fetched(ders)
                }
                _ => FetchOutcome::Failed(Why::because(
                    WhyCode::Failed,
                    Msg::new("probe.aia.no-certificate"),
                )),
            },
            Err(miss) => FetchOutcome::Failed(miss.into_why()),
        }
    }
}
