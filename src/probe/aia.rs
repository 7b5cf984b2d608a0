//! Fetching missing issuer certificates from the addresses inside the served ones (RFC 5280 section 4.2.2.1), until a
//! path to a trust anchor is found.
//!
//! The addresses come from whoever made the certificate, so they are hostile: only http and https, never an address of
//! this device or its own link (unless the gateway itself is there), little at a time, and not for long.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use hyper::Uri;
use tokio::net::TcpStream;

use super::chain::{Ask, parsed};
use super::check::{Check, Ending, Reporter};
use super::handshake::shake;
use super::http::{self, Answer};
use super::resolve::{SystemLookup, addresses_of};
use super::surroundings::Pace;
use crate::chain::{Cert, Stores, read_certificates};
use crate::evidence::{
    AiaEvidence, AiaFetch, Der, FetchOutcome, Host, Observation, ProbeId, ProbeOutcome, TlsVariant,
    UnixTime, Why, WhyCode,
};
use crate::msg::Msg;

/// Issuers of issuers that are followed.
const MAX_LEVELS: usize = 4;
/// Addresses of one level that are asked.
const MAX_URLS: usize = 4;
/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;
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
    pub host: Host,
    /// What is trusted.
    pub stores: Arc<Stores>,
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
                host: &self.host,
                stores: &self.stores,
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

/// Fetches certificates from addresses that are not to be trusted.
pub(super) struct Fetcher {
    /// How names are resolved.
    pub system: Arc<dyn SystemLookup>,
    /// Where the gateway is: what is as near as this may be fetched from.
    pub gateway: Vec<IpAddr>,
    /// How long one fetch may take.
    pub pace: Pace,
}

impl Fetcher {
    /// The certificates at this address, or why there are none.
    pub(super) async fn fetch(&self, url: &str) -> FetchOutcome {
        match tokio::time::timeout(self.pace.fetch, self.follow(url)).await {
            Ok(Ok(ders)) => FetchOutcome::Fetched(ders),
            Ok(Err(detail)) => FetchOutcome::Failed(Why::because(WhyCode::Failed, detail)),
            Err(_) => FetchOutcome::Failed(Why::because(
                WhyCode::TimedOut,
                Msg::new("probe.aia.timed-out").with("seconds", self.pace.fetch.as_secs()),
            )),
        }
    }

    async fn follow(&self, url: &str) -> Result<Vec<Der>, Msg> {
        if !is_http(url) {
            return Err(Msg::new("probe.aia.scheme"));
        }
        let mut next: Uri = url
            .parse()
            .map_err(|_| Msg::new("probe.aia.not-an-address"))?;
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.get(&next).await?;
            match answer.header("location") {
                Some(location) if (300..400).contains(&answer.status) => {
                    next = relative_to(&next, location)
                        .ok_or_else(|| Msg::new("probe.aia.not-an-address"))?;
                }
                _ => return certificates_in(&answer),
            }
        }
        Err(Msg::new("probe.aia.redirects").with("max", MAX_REDIRECTS))
    }

    async fn get(&self, uri: &Uri) -> Result<Answer, Msg> {
        let default_port = match uri.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(Msg::new("probe.aia.scheme")),
        };
        let authority = uri
            .authority()
            .ok_or_else(|| Msg::new("probe.aia.not-an-address"))?;
        let port = authority.port_u16().unwrap_or(default_port);
        // Without what a browser would never send on: `user:password@`.
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let stream = self.connect(authority.host(), port).await?;
        let addr = stream.peer_addr().map_err(|error| failed(&error))?;
        let answer = if default_port == 443 {
            let shaken = shake(
                stream,
                addr,
                Some(authority.host()),
                TlsVariant::Ordinary,
                None,
                self.pace.tls,
            )
            .await;
            let session = shaken.session.ok_or_else(|| Msg::new("probe.aia.no-tls"))?;
            http::get(session, host, path, MAX_ANSWER).await
        } else {
            http::get(stream, host, path, MAX_ANSWER).await
        };
        answer.map_err(|error| failed(&error))
    }

    /// Connects to an address that was looked up and allowed: the name is not resolved a second time.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Msg> {
        let found = addresses_of(self.system.as_ref(), host, self.pace.fetch).await;
        let addresses = found.map_err(|_| Msg::new("probe.aia.no-such-host").with("host", host))?;
        let mut last = Msg::new("probe.aia.no-such-host").with("host", host);
        for address in addresses.into_iter().take(4) {
            if !may_contact(address, &self.gateway) {
                last = Msg::new("probe.aia.forbidden").with("address", address);
                continue;
            }
            let connecting = TcpStream::connect(SocketAddr::new(address, port));
            match tokio::time::timeout(self.pace.tcp, connecting).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = failed(&error),
                Err(_) => last = Msg::new("probe.aia.unreachable").with("address", address),
            }
        }
        Err(last)
    }
}

fn failed(error: &dyn std::error::Error) -> Msg {
    Msg::new("probe.aia.failed").with("reason", error)
}

fn certificates_in(answer: &Answer) -> Result<Vec<Der>, Msg> {
    if answer.status != 200 {
        return Err(Msg::new("probe.aia.status").with("status", answer.status));
    }
    if answer.cut {
        return Err(Msg::new("probe.aia.too-large").with("max", MAX_ANSWER));
    }
    match read_certificates(&answer.body) {
        Ok(mut ders) if !ders.is_empty() => {
            ders.truncate(MAX_CERTIFICATES);
            Ok(ders)
        }
        _ => Err(Msg::new("probe.aia.no-certificate")),
    }
}

/// Companies' certificates often name an `ldap:///` address beside this one.
fn is_http(url: &str) -> bool {
    ["http:", "https:"].iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// Where a redirect leads: to an absolute address, or to another path of the same host.
fn relative_to(base: &Uri, location: &str) -> Option<Uri> {
    if location.starts_with('/') && !location.starts_with("//") {
        let scheme = base.scheme_str()?;
        let authority = base.authority()?;
        return format!("{scheme}://{authority}{location}").parse().ok();
    }
    location
        .parse()
        .ok()
        .filter(|uri: &Uri| uri.scheme().is_some())
}

/// Whether a fetch may go to this address: never to this device itself or its own link, and never to many at once,
/// unless the gateway is as near.
pub(super) fn may_contact(address: IpAddr, gateway: &[IpAddr]) -> bool {
    match nearness(address) {
        Nearness::Afar => true,
        Nearness::Nowhere => false,
        near => gateway.iter().any(|known| nearness(*known) == near),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nearness {
    ThisDevice,
    ThisLink,
    Nowhere,
    Afar,
}

fn nearness(address: IpAddr) -> Nearness {
    match address.to_canonical() {
        IpAddr::V4(v4) if v4.is_loopback() || v4.octets()[0] == 0 => Nearness::ThisDevice,
        IpAddr::V4(v4) if v4.is_link_local() => Nearness::ThisLink,
        IpAddr::V4(v4) if v4.is_multicast() || v4.is_broadcast() => Nearness::Nowhere,
        IpAddr::V4(_) => Nearness::Afar,
        IpAddr::V6(v6) if v6.is_loopback() || v6.is_unspecified() => Nearness::ThisDevice,
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Nearness::ThisLink,
        IpAddr::V6(v6) if v6.is_multicast() => Nearness::Nowhere,
        IpAddr::V6(v6) => match embedded_v4(&v6.segments()) {
            Some(v4) => nearness(IpAddr::V4(v4)),
            None => Nearness::Afar,
        },
    }
}

/// The IPv4 address that a translated IPv6 address (NAT64, RFC 6052; IPv4-compatible, RFC 4291 section 2.5.5.1; 6to4,
/// RFC 3056) stands for.
fn embedded_v4(segments: &[u16; 8]) -> Option<std::net::Ipv4Addr> {
    let from = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        std::net::Ipv4Addr::new(a, b, c, d)
    };
    match *segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0, 0, high, low] => {
            Some(from(high, low))
        }
        [0x2002, high, low, ..] => Some(from(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_certificate_cannot_send_us_to_this_device_or_its_link() {
        let afar = [ip("192.0.2.1")];
        for near in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "::127.0.0.1",
            "2002:7f00:1::",
            "::ffff:169.254.169.254",
        ] {
            assert!(!may_contact(ip(near), &afar), "{near}");
        }
        for far in ["192.0.2.9", "10.0.0.1", "2001:db8::1", "64:ff9b::c000:201"] {
            assert!(may_contact(ip(far), &afar), "{far}");
        }
    }

    #[test]
    fn what_is_as_near_as_the_gateway_may_be_asked() {
        assert!(may_contact(ip("127.0.0.2"), &[ip("127.0.0.1")]));
        assert!(may_contact(ip("127.0.0.1"), &[ip("::1")]));
        assert!(!may_contact(ip("169.254.169.254"), &[ip("127.0.0.1")]));
        assert!(may_contact(ip("169.254.7.1"), &[ip("169.254.7.2")]));
        assert!(!may_contact(ip("224.0.0.1"), &[ip("224.0.0.1")]));
    }

    #[test]
    fn redirects_stay_within_http() {
        let base: Uri = "http://pki.example/a/b.cer".parse().expect("an address");
        assert_eq!(
            relative_to(&base, "/c.cer")
                .map(|uri| uri.to_string())
                .as_deref(),
            Some("http://pki.example/c.cer")
        );
        assert_eq!(
            relative_to(&base, "https://other.example/c")
                .map(|u| u.to_string())
                .as_deref(),
            Some("https://other.example/c")
        );
        for bad in ["//evil", "c.cer", "", "\u{0}"] {
            assert_eq!(relative_to(&base, bad), None, "{bad:?}");
        }
    }
}
