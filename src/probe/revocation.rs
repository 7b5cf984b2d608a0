//! Asking whether the certificates of the served path were revoked: the OCSP responders (RFC 6960, RFC 5019) and the
//! revocation lists (RFC 5280) that they name.
//!
//! A responder is asked first, its list only where no usable word came soon: lists are long. A certificate about which
//! the gateway stapled a usable answer is not asked about. Not here: what an answer is worth ([`crate::chain`]), what
//! follows from it ([`crate::diagnose`]), where addresses may lead (`fetch`).

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::{BoxFuture, join, join_all};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};

use super::chain::{Ask, parsed};
use super::check::{Check, Ending, Reporter};
use super::fetch::{Fetcher, Miss, Wanted};
use crate::chain::{
    Cert, Link, MAX_ANSWER, MAX_LIST, Obstacle, Place, Said, Statement, Status, ocsp_request,
    places_to_check, read_answers, read_lists,
};
use crate::device::trust_store::Late;
use crate::evidence::{
    Der, Host, Observation, ProbeId, ProbeOutcome, RevocationEvidence, StatementFetch,
    StatementOutcome, StatementSource, UnixTime, Why, WhyCode,
};
use crate::msg::Msg;

/// Certificates of one path that are asked about.
const MAX_CERTIFICATES: usize = 4;
/// Responders, and lists, of one certificate that are asked, at once.
const MAX_URLS: usize = 2;
/// Characters of an address that are kept.
const MAX_URL: usize = 2048;

/// Asks about every certificate of the path that names an address.
pub(super) struct RevocationCheck {
    /// As served.
    pub served: Vec<Der>,
    /// Issuers that were fetched.
    pub fetched: Vec<Der>,
    /// The answer that the gateway stapled.
    pub stapled: Option<Der>,
    /// The name the client uses.
    pub host: Option<Host>,
    /// What is trusted.
    pub stores: Late,
    /// How addresses are fetched.
    pub fetcher: Fetcher,
}

impl Check for RevocationCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Revocation
    }

    fn limit(&self) -> Duration {
        self.fetcher.pace.fetch + self.fetcher.pace.silence
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.ask_all(report).boxed()
    }
}

impl RevocationCheck {
    async fn ask_all(self, report: Reporter) -> Ending {
        let fetcher = self.fetcher.clone();
        let Ok(inquiries) = tokio::task::spawn_blocking(move || self.inquiries()).await else {
            return Ending::Unknown(Why::code(WhyCode::Failed));
        };
        if inquiries.is_empty() {
            return Ending::Unknown(nothing_named());
        }
        let mut seen = RevocationEvidence::default();
        let mut words = Vec::new();
        let mut asked: FuturesUnordered<_> = inquiries
            .iter()
            .map(|inquiry| inquiry.answer(&fetcher, &report))
            .collect();
        while let Some((fetches, word)) = asked.next().await {
            seen.fetches.extend(fetches);
            report.observe(Observation::Revocation(seen.clone()));
            words.push(word);
        }
        ending(&words)
    }

    /// The certificates to ask about, on the path as it was judged.
    fn inquiries(self) -> Vec<Inquiry> {
        let served = parsed(&self.served);
        let fetched = parsed(&self.fetched);
        let now = UnixTime::from(SystemTime::now());
        let ask = Ask {
            served: &served,
            host: self.host.as_ref(),
            stores: &self.stores.get(),
            at: now,
        };
        let (judgement, _) = ask.judge(&fetched);
        let stapled = self.stapled.as_ref().map(Statement::stapled);
        let path: Arc<[Link]> = judgement.path.into();
        let beside: Arc<[Arc<Cert>]> = served.into_iter().chain(fetched).collect();
        places_to_check(&path)
            .map(|at| Inquiry {
                path: Arc::clone(&path),
                beside: Arc::clone(&beside),
                at,
                now,
            })
            .filter(Inquiry::names_an_address)
            // Nobody can be believed about a certificate whose issuer is not at hand.
            .filter(|inquiry| inquiry.issuer().is_some())
            .filter(|inquiry| {
                let told = stapled.as_ref().map(|answer| answer.says(&inquiry.place()));
                !matches!(told, Some(Ok(said)) if said.status != Status::Unknown)
            })
            .take(MAX_CERTIFICATES)
            .collect()
    }
}

/// Why nobody was asked.
pub(super) fn nothing_named() -> Why {
    Why::because(
        WhyCode::NotNeeded,
        Msg::new("probe.revocation.nothing-named"),
    )
}

/// How it ended: a revocation is bad news, a certificate that nobody would speak about is worth a word.
fn ending(words: &[Option<Status>]) -> Ending {
    if words
        .iter()
        .any(|word| matches!(word, Some(Status::Revoked { .. })))
    {
        Ending::Fail
    } else if words.iter().all(|word| *word == Some(Status::Good)) {
        Ending::Pass
    } else {
        Ending::Warn
    }
}

/// One certificate to ask about.
#[derive(Clone)]
struct Inquiry {
    path: Arc<[Link]>,
    beside: Arc<[Arc<Cert>]>,
    at: usize,
    now: UnixTime,
}

impl Inquiry {
    fn place(&self) -> Place<'_> {
        Place {
            path: &self.path,
            at: self.at,
            beside: &self.beside,
            now: self.now,
        }
    }

    fn cert(&self) -> Option<&Cert> {
        self.path.get(self.at).map(|link| link.cert.as_ref())
    }

    fn issuer(&self) -> Option<&Cert> {
        self.path.get(self.at + 1).map(|link| link.cert.as_ref())
    }

    fn names_an_address(&self) -> bool {
        self.cert()
            .is_some_and(|cert| !cert.ocsp_urls.is_empty() || !cert.crl_urls.is_empty())
    }

    fn urls(&self, kind: StatementSource) -> Vec<String> {
        let Some(cert) = self.cert() else {
            return Vec::new();
        };
        let named = match kind {
            StatementSource::Responder => &cert.ocsp_urls,
            StatementSource::List => &cert.crl_urls,
        };
        let mut urls: Vec<String> = Vec::new();
        for url in named.iter().filter(|url| url.len() <= MAX_URL) {
            if !urls.contains(url) {
                urls.push(url.clone());
            }
        }
        // Companies' certificates often name an ldap address before the one that can be fetched.
        urls.sort_by_key(|url| !url.to_ascii_lowercase().starts_with("http"));
        urls.truncate(MAX_URLS);
        urls
    }

    /// Everything that was fetched about this certificate, and the word on it.
    async fn answer(
        &self,
        fetcher: &Fetcher,
        report: &Reporter,
    ) -> (Vec<StatementFetch>, Option<Status>) {
        let responders = self.urls(StatementSource::Responder);
        let mut asking =
            std::pin::pin!(self.ask(StatementSource::Responder, responders, fetcher, report));
        let lists = || {
            self.ask(
                StatementSource::List,
                self.urls(StatementSource::List),
                fetcher,
                report,
            )
        };
        match tokio::time::timeout(fetcher.pace.patience, &mut asking).await {
            Ok((fetches, Some(word))) if word != Status::Unknown => (fetches, Some(word)),
            Ok((mut fetches, word)) => {
                let (more, listed) = lists().await;
                fetches.extend(more);
                (fetches, weightier(word, listed))
            }
            // It may still answer; the list is fetched beside it.
            Err(_) => {
                let ((mut fetches, word), (more, listed)) = join(asking, lists()).await;
                fetches.extend(more);
                (fetches, weightier(word, listed))
            }
        }
    }

    async fn ask(
        &self,
        kind: StatementSource,
        urls: Vec<String>,
        fetcher: &Fetcher,
        report: &Reporter,
    ) -> (Vec<StatementFetch>, Option<Status>) {
        let asked = urls.into_iter().map(|url| async move {
            let outcome = self.fetch(kind, &url, fetcher).await;
            let word = self.tell(kind, &url, &outcome, report).await;
            let fetch = StatementFetch {
                certificate: self.cert().map(fingerprint).unwrap_or_default(),
                url,
                kind,
                outcome,
            };
            (fetch, word)
        });
        let (fetches, words): (Vec<_>, Vec<_>) = join_all(asked).await.into_iter().unzip();
        (fetches, words.into_iter().fold(None, weightier))
    }

    async fn fetch(&self, kind: StatementSource, url: &str, fetcher: &Fetcher) -> StatementOutcome {
        let body = match kind {
            StatementSource::Responder => self.ask_responder(url, fetcher).await,
            StatementSource::List => {
                let wanted = Wanted {
                    url,
                    posted: None,
                    max: MAX_LIST,
                    begins_within: fetcher.pace.statement,
                    within: fetcher.pace.fetch,
                };
                fetcher.bytes(&wanted).await
            }
        };
        let body = match body {
            Ok(body) => body,
            Err(miss @ Miss::NotAsked(_)) => return StatementOutcome::NotAsked(miss.into_why()),
            Err(miss) => return StatementOutcome::Failed(miss.into_why()),
        };
        // A list may be long.
        let read = tokio::task::spawn_blocking(move || match kind {
            StatementSource::Responder => read_answers(&body),
            StatementSource::List => read_lists(&body),
        });
        match read.await.map(|read| read.ok().and_then(first)) {
            Ok(Some(der)) => StatementOutcome::Fetched(der),
            _ => StatementOutcome::Failed(Why::because(
                WhyCode::Failed,
                Msg::new(match kind {
                    StatementSource::Responder => "probe.revocation.no-answer",
                    StatementSource::List => "probe.revocation.no-list",
                }),
            )),
        }
    }

    /// Asks by POST (RFC 6960 appendix A.1); by GET where the responder does not take one.
    async fn ask_responder(&self, url: &str, fetcher: &Fetcher) -> Result<Vec<u8>, Miss> {
        let (Some(cert), Some(issuer)) = (self.cert(), self.issuer()) else {
            return Err(Miss::NotAsked(Msg::new("probe.aia.not-an-address")));
        };
        let request = ocsp_request(cert, issuer);
        let wanted = Wanted {
            url,
            posted: Some(("application/ocsp-request", &request)),
            max: MAX_ANSWER,
            begins_within: fetcher.pace.statement,
            within: fetcher.pace.statement,
        };
        match fetcher.bytes(&wanted).await {
            Err(Miss::Status(405 | 501)) => {
                let url = with_request(url, &request);
                let wanted = Wanted {
                    url: &url,
                    posted: None,
                    ..wanted
                };
                fetcher.bytes(&wanted).await
            }
            other => other,
        }
    }

    /// Says in the log what came, and how far it is to be believed by this device's clock.
    async fn tell(
        &self,
        kind: StatementSource,
        url: &str,
        outcome: &StatementOutcome,
        report: &Reporter,
    ) -> Option<Status> {
        let label = self.cert().map(Cert::label).unwrap_or_default();
        let der = match outcome {
            StatementOutcome::Fetched(der) => der.clone(),
            StatementOutcome::Failed(why) | StatementOutcome::NotAsked(why) => {
                let tone = match outcome {
                    StatementOutcome::NotAsked(_) => ProbeOutcome::Unknown,
                    _ => ProbeOutcome::Warn,
                };
                let text = Msg::new("probe.revocation.nothing")
                    .with("certificate", label)
                    .with("url", url);
                report.line(tone, text);
                report.line(tone, why.message());
                return None;
            }
        };
        let (inquiry, source) = (self.clone(), url.to_owned());
        let said = tokio::task::spawn_blocking(move || inquiry.weigh(kind, &source, &der));
        let (tone, text, status) = match said.await.ok()? {
            Ok(said) => {
                let (tone, text) = match said.status {
                    Status::Good => (ProbeOutcome::Pass, Msg::new("probe.revocation.good")),
                    Status::Revoked { since, .. } => (
                        ProbeOutcome::Fail,
                        Msg::new("probe.revocation.revoked").with("since", since.day()),
                    ),
                    Status::Unknown => (ProbeOutcome::Warn, Msg::new("probe.revocation.unknown")),
                };
                let text = text.with("certificate", label).with("url", url);
                (tone, text, Some(said.status))
            }
            Err(obstacle) => (ProbeOutcome::Warn, obstacle, None),
        };
        report.line(tone, text);
        status
    }

    fn weigh(&self, kind: StatementSource, url: &str, der: &Der) -> Result<Said, Msg> {
        let statement = match kind {
            StatementSource::Responder => Statement::answer(url, der),
            StatementSource::List => Statement::list(url, der),
        };
        statement
            .says(&self.place())
            .map_err(|obstacle: Obstacle| obstacle.message(statement.kind, url))
    }
}

/// How the evidence names a certificate.
fn fingerprint(cert: &Cert) -> String {
    data_encoding::HEXLOWER.encode(&cert.sha256)
}

fn first(ders: Vec<Der>) -> Option<Der> {
    ders.into_iter().next()
}

/// The word that counts more.
fn weightier(one: Option<Status>, other: Option<Status>) -> Option<Status> {
    let weight = |word: &Option<Status>| match word {
        None => 0,
        Some(Status::Unknown) => 1,
        Some(Status::Good) => 2,
        Some(Status::Revoked { .. }) => 3,
    };
    if weight(&other) > weight(&one) {
        other
    } else {
        one
    }
}

/// The address of a request by GET: base64, percent-encoded (RFC 6960 appendix A.1).
fn with_request(url: &str, request: &[u8]) -> String {
    let mut whole = url.trim_end_matches('/').to_owned();
    whole.push('/');
    for byte in data_encoding::BASE64.encode(request).bytes() {
        match byte {
            b'+' | b'/' | b'=' => {
                let _ = write!(whole, "%{byte:02X}");
            }
            _ => whole.push(char::from(byte)),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_by_get_is_percent_encoded() {
        assert_eq!(
            with_request("http://ocsp.example/", &[0xfb, 0xff, 0xfe, 0x00]),
            "http://ocsp.example/%2B%2F%2F%2BAA%3D%3D"
        );
        assert_eq!(
            with_request("http://ocsp.example/sub", b"ab"),
            "http://ocsp.example/sub/YWI%3D"
        );
    }

    #[test]
    fn the_word_that_counts_is_told() {
        let revoked = Status::Revoked {
            since: UnixTime(0),
            reason: None,
        };
        for (words, expected) in [
            (vec![Some(Status::Good), Some(revoked)], Ending::Fail),
            (vec![Some(Status::Good), Some(Status::Good)], Ending::Pass),
            (vec![Some(Status::Good), None], Ending::Warn),
            (vec![Some(Status::Unknown)], Ending::Warn),
        ] {
            assert_eq!(ending(&words), expected, "{words:?}");
        }
        assert_eq!(
            weightier(Some(Status::Unknown), Some(Status::Good)),
            Some(Status::Good)
        );
        assert_eq!(weightier(Some(revoked), Some(Status::Good)), Some(revoked));
    }
}
