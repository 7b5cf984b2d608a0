//! Proxies: what this device is set up to use, and whether one of them opens a way to the gateway (CONNECT, RFC 9110
//! section 9.3.6), with an ordinary handshake behind it.
//!
//! Nothing secret is ever sent: no password, no client certificate. Scripts that choose a proxy are named and not run.
//! Where the settings are found is [`crate::device::proxy`]'s.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::MAX_CONNECTIONS;
use super::check::{Check, Ending, Reporter, microseconds};
use super::handshake::{Shaken, shake};
use super::resolve::{SystemLookup, addresses_of};
use super::surroundings::Pace;
use super::tcp::{self, Budget};
use super::tls::outcome_text;
use crate::evidence::{
    Observation, ProbeId, ProbeOutcome, ProxyAttempt, ProxyEvidence, ProxyOutcome, ProxyRoute,
    ProxySetting, TcpOutcome, TlsVariant, Why, WhyCode,
};
use crate::msg::Msg;

/// Bytes of a proxy's answer that are read.
const MAX_HEAD: usize = 16 << 10;
/// Addresses of a proxy that are tried.
const MAX_ADDRESSES: usize = 2;
/// Schemes of a sign-in that are kept.
const MAX_SCHEMES: usize = 8;

/// Looks at the settings and tries the first proxy that can be tried.
pub(super) struct ProxyCheck {
    /// What is set.
    pub settings: Vec<ProxySetting>,
    /// Whether a proxy may be contacted.
    pub may_ask: bool,
    /// Whether a proxy is tried although the settings leave the gateway out.
    pub direct_fails: bool,
    /// The gateway as a proxy is asked for it, `host:port`.
    pub authority: String,
    /// The server name to send.
    pub sni: Option<String>,
    /// How names are resolved.
    pub system: Arc<dyn SystemLookup>,
    /// What may still be connected.
    pub budget: Budget,
    /// How long it may take.
    pub pace: Pace,
}

/// Whether a program that heeds these settings would go to the gateway through a proxy that can be tried.
pub(super) fn applies(settings: &[ProxySetting]) -> bool {
    settings
        .iter()
        .any(|setting| setting.exempt.is_none() && is_http(setting))
}

fn is_http(setting: &ProxySetting) -> bool {
    matches!(setting.route, ProxyRoute::Http { .. })
}

impl Check for ProxyCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Proxy
    }

    fn limit(&self) -> Duration {
        self.pace.aside
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.try_one(report).boxed()
    }
}

impl ProxyCheck {
    async fn try_one(self, report: Reporter) -> Ending {
        let mut seen = ProxyEvidence {
            settings: self.settings.clone(),
            attempt: None,
        };
        if seen.settings.is_empty() {
            report.line(ProbeOutcome::Running, Msg::new("probe.proxy.none"));
        }
        for setting in &seen.settings {
            report.line(ProbeOutcome::Running, setting_text(setting));
        }
        let chosen = seen
            .settings
            .iter()
            .find(|setting| is_http(setting) && (setting.exempt.is_none() || self.direct_fails))
            .map(|setting| setting.route.clone());
        report.observe(Observation::Proxy(seen.clone()));
        let Some(ProxyRoute::Http { host, port }) = chosen else {
            return without_a_try(&seen.settings);
        };
        if !self.may_ask {
            return Ending::Unknown(Why::code(WhyCode::NoThirdParty));
        }
        let Some(place) = self.budget.place() else {
            return Ending::Unknown(Why::because(
                WhyCode::Failed,
                Msg::new("probe.budget").with("max", MAX_CONNECTIONS),
            ));
        };
        let name = ProxyRoute::Http {
            host: host.clone(),
            port,
        };
        let began = Instant::now();
        let (outcome, addr, stream) = self.connect(&host, port).await;
        let took = began.elapsed();
        report.timed(
            tone(&outcome),
            said(&outcome).with("proxy", name.shown()),
            took,
        );
        let mut attempt = ProxyAttempt {
            proxy: name.shown(),
            addr,
            outcome,
            tls: None,
            took_us: microseconds(took),
        };
        seen.attempt = Some(Box::new(attempt.clone()));
        report.observe(Observation::Proxy(seen.clone()));
        if let (Some(stream), Some(addr)) = (stream, addr) {
            // Behind an open way is a connection to the gateway.
            place.forget();
            let left = self.pace.aside.mul_f64(0.95).saturating_sub(took);
            let Shaken { attempt: tls, .. } = shake(
                stream,
                addr,
                self.sni.as_deref(),
                TlsVariant::Ordinary,
                None,
                left,
            )
            .await;
            let tone = match tls.outcome.session() {
                Some(_) => ProbeOutcome::Pass,
                None => ProbeOutcome::Fail,
            };
            report.line(tone, outcome_text(&tls.outcome, tls.addr));
            attempt.tls = Some(tls);
            seen.attempt = Some(Box::new(attempt.clone()));
            report.observe(Observation::Proxy(seen));
        }
        match attempt.outcome {
            ProxyOutcome::Opened if attempt.shook_hands() => Ending::Pass,
            ProxyOutcome::AuthRequired { .. } => Ending::Warn,
            _ => Ending::Fail,
        }
    }

    /// Connects to the proxy and asks it for the gateway. The stream only where the way is open.
    async fn connect(
        &self,
        host: &str,
        port: u16,
    ) -> (ProxyOutcome, Option<SocketAddr>, Option<TcpStream>) {
        let third = self.pace.aside.mul_f64(0.3);
        let found = addresses_of(self.system.as_ref(), host, third).await;
        let addresses = found.unwrap_or_default();
        let mut outcome = ProxyOutcome::NameNotResolved;
        let mut last = None;
        for address in addresses.into_iter().take(MAX_ADDRESSES) {
            let addr = SocketAddr::new(address, port);
            last = Some(addr);
            let (tcp, stream, _) = tcp::connect(addr, third / 2).await;
            let Some(mut stream) = stream else {
                outcome = ProxyOutcome::NotReached(tcp);
                continue;
            };
            let asked = tokio::time::timeout(third, ask(&mut stream, &self.authority)).await;
            outcome = asked.unwrap_or(ProxyOutcome::Silent);
            let stream = (outcome == ProxyOutcome::Opened).then_some(stream);
            return (outcome, last, stream);
        }
        (outcome, last, None)
    }
}

/// One CONNECT. Reads no byte beyond the answer's head: what follows belongs to the gateway.
async fn ask(stream: &mut TcpStream, authority: &str) -> ProxyOutcome {
    let request = format!(
        "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: vpnmedic/{}\r\n\r\n",
        env!("CARGO_PKG_VERSION")
    );
    if stream.write_all(request.as_bytes()).await.is_err() {
        return ProxyOutcome::Closed;
    }
    let mut head = Vec::new();
    loop {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) if head.is_empty() => return ProxyOutcome::Closed,
            Err(_) => return read_head(&head),
        }
        let is_http = b"HTTP/".starts_with(head.get(..5).unwrap_or(&head));
        if !is_http {
            return ProxyOutcome::NotHttp;
        }
        if head.ends_with(b"\r\n\r\n") || head.ends_with(b"\n\n") || head.len() >= MAX_HEAD {
            return read_head(&head);
        }
    }
}

/// What the head of an answer to CONNECT says.
pub(super) fn read_head(head: &[u8]) -> ProxyOutcome {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/"))
        .and_then(|line| line.split_whitespace().nth(1))
        .and_then(|word| word.parse::<u16>().ok());
    match status {
        Some(200..=299) => ProxyOutcome::Opened,
        Some(407) => {
            let mut schemes: Vec<String> = Vec::new();
            for line in lines {
                let Some((name, value)) = line.split_once(':') else {
                    continue;
                };
                let scheme = value.split_whitespace().next().unwrap_or_default();
                let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
                let is_scheme =
                    !scheme.is_empty() && scheme.len() <= 20 && scheme.chars().all(word);
                if name.trim().eq_ignore_ascii_case("proxy-authenticate")
                    && is_scheme
                    && schemes.len() < MAX_SCHEMES
                    && !schemes.iter().any(|known| known == scheme)
                {
                    schemes.push(scheme.to_owned());
                }
            }
            ProxyOutcome::AuthRequired { schemes }
        }
        Some(status) => ProxyOutcome::Refused { status },
        None => ProxyOutcome::NotHttp,
    }
}

/// How it ends where no proxy can be tried.
fn without_a_try(settings: &[ProxySetting]) -> Ending {
    let named = settings.iter().find(|setting| setting.exempt.is_none());
    match named.map(|setting| &setting.route) {
        None => Ending::Pass,
        Some(ProxyRoute::Script(_)) => Ending::Unknown(Why::because(
            WhyCode::Unsupported,
            Msg::new("probe.proxy.script-not-run"),
        )),
        Some(_) => Ending::Unknown(Why::because(
            WhyCode::Unsupported,
            Msg::new("probe.proxy.kind-not-tried"),
        )),
    }
}

fn setting_text(setting: &ProxySetting) -> Msg {
    let text = match (&setting.route, &setting.exempt) {
        (ProxyRoute::Unreadable, _) => Msg::new("probe.proxy.unreadable"),
        (route, Some(entry)) => Msg::new("probe.proxy.exempt")
            .with("proxy", route.shown())
            .with("entry", entry),
        (ProxyRoute::Script(url), None) => Msg::new("probe.proxy.script").with("url", url),
        (route, None) => Msg::new("probe.proxy.set").with("proxy", route.shown()),
    };
    text.with("source", &setting.source)
}

fn tone(outcome: &ProxyOutcome) -> ProbeOutcome {
    match outcome {
        ProxyOutcome::Opened => ProbeOutcome::Pass,
        ProxyOutcome::AuthRequired { .. } => ProbeOutcome::Warn,
        _ => ProbeOutcome::Fail,
    }
}

/// The log's words for an outcome, with `{proxy}` still to be filled in.
fn said(outcome: &ProxyOutcome) -> Msg {
    match outcome {
        ProxyOutcome::Opened => Msg::new("probe.proxy.opened"),
        ProxyOutcome::AuthRequired { schemes } => {
            Msg::new("probe.proxy.auth").with("schemes", schemes.join(", "))
        }
        ProxyOutcome::Refused { status } => Msg::new("probe.proxy.refused").with("status", status),
        ProxyOutcome::Silent => Msg::new("probe.proxy.silent"),
        ProxyOutcome::Closed => Msg::new("probe.proxy.closed"),
        ProxyOutcome::NotReached(TcpOutcome::Refused) => Msg::new("probe.proxy.nobody-there"),
        ProxyOutcome::NotReached(_) => Msg::new("probe.proxy.not-reached"),
        ProxyOutcome::NameNotResolved => Msg::new("probe.proxy.no-name"),
        ProxyOutcome::NotHttp => Msg::new("probe.proxy.not-http"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_of_proxies_are_told_apart() {
        let auth = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nproxy-authenticate: Basic realm=\"x\"\r\nProxy-Authenticate: <b>\r\n\r\n";
        assert_eq!(
            read_head(auth.as_bytes()),
            ProxyOutcome::AuthRequired {
                schemes: vec!["Negotiate".to_owned(), "Basic".to_owned()]
            }
        );
        for (head, expected) in [
            (
                "HTTP/1.0 200 Connection established\r\n\r\n",
                ProxyOutcome::Opened,
            ),
            (
                "HTTP/1.1 403 Filtered\r\n\r\n",
                ProxyOutcome::Refused { status: 403 },
            ),
            (
                "HTTP/1.1 503\r\n\r\n",
                ProxyOutcome::Refused { status: 503 },
            ),
            ("HTTP/1.1 yes\r\n\r\n", ProxyOutcome::NotHttp),
            ("HTTP/", ProxyOutcome::NotHttp),
        ] {
            assert_eq!(read_head(head.as_bytes()), expected, "{head}");
        }
    }
}
