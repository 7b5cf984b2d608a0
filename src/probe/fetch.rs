//! Fetching from addresses that stand in certificates: issuers, OCSP responders, revocation lists.
//!
//! The addresses come from whoever made the certificate, so they are hostile: only http and https, never an address of
//! this device or its own link (unless the gateway itself is there), three redirects, no cookies, no compression, little
//! at a time, and not for long. Not here: which address is asked, and what is made of the bytes.

mod ahead;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hyper::Uri;
use tokio::net::TcpStream;

use super::handshake::shake;
use super::http::{self, Answer, HttpError, Query};
use super::resolve::{SystemLookup, addresses_of};
use super::surroundings::Pace;
use crate::evidence::{TlsVariant, Why, WhyCode};
use crate::msg::Msg;

pub(super) use ahead::Ahead;

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;
/// Addresses of one host that are tried.
const MAX_ADDRESSES: usize = 4;
/// How long an address may keep silent before the next one is tried beside it: the Connection Attempt Delay of RFC 8305
/// section 5. A responder whose IPv6 leads nowhere is then asked over IPv4 in time.
const HEAD_START: Duration = Duration::from_millis(250);

/// What is to be fetched, and its limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The address, as it stands in the certificate.
    pub url: &'a str,
    /// What is sent along and its media type: then it is a POST.
    pub posted: Option<(&'static str, &'a [u8])>,
    /// Bytes that are taken at most.
    pub max: usize,
    /// How long it may take until an answer begins, with all redirects.
    pub begins_within: Duration,
    /// How long it may take in all.
    pub within: Duration,
}

/// Why nothing was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// It may not be asked for, or is more than is taken: nothing follows for the address.
    NotAsked(Msg),
    /// The HTTP status says no.
    Status(u16),
    /// It was asked for and went wrong.
    Failed(Msg),
    /// It was asked for and was not there in time.
    TimedOut(Msg),
}

impl Miss {
    /// As it stands in the evidence.
    pub(super) fn into_why(self) -> Why {
        match self {
            Self::NotAsked(text) => Why::because(WhyCode::Unsupported, text),
            Self::Status(status) => Why::because(
                WhyCode::Failed,
                Msg::new("probe.aia.status").with("status", status),
            ),
            Self::Failed(text) => Why::because(WhyCode::Failed, text),
            Self::TimedOut(text) => Why::because(WhyCode::TimedOut, text),
        }
    }

    fn late(limit: Duration) -> Self {
        let seconds = format!("{:.1}", limit.as_secs_f64());
        let seconds = seconds.strip_suffix(".0").unwrap_or(&seconds);
        Self::TimedOut(Msg::new("probe.aia.timed-out").with("seconds", seconds))
    }
}

/// Fetches from addresses that are not to be trusted.
#[derive(Clone)]
pub(super) struct Fetcher {
    /// How names are resolved.
    pub system: Arc<dyn SystemLookup>,
    /// Where the gateway is: what is as near as this may be fetched from.
    pub gateway: Vec<IpAddr>,
    /// How long one fetch may take.
    pub pace: Pace,
    /// Connections that were begun before they were needed.
    pub ahead: Ahead,
}

impl Fetcher {
    /// Begins a connection to the host of this address, which will be asked soon.
    pub(super) fn connect_ahead(&self, url: &str) {
        self.ahead.begin(self, url);
    }

    /// The body at this address, or why there is none.
    pub(super) async fn bytes(&self, wanted: &Wanted<'_>) -> Result<Vec<u8>, Miss> {
        tokio::time::timeout(wanted.within, self.follow(wanted))
            .await
            .unwrap_or_else(|_| Err(Miss::late(wanted.within)))
    }

    async fn follow(&self, wanted: &Wanted<'_>) -> Result<Vec<u8>, Miss> {
        if !is_http(wanted.url) {
            return Err(Miss::NotAsked(Msg::new("probe.aia.scheme")));
        }
        let mut next: Uri = wanted
            .url
            .parse()
            .map_err(|_| Miss::Failed(Msg::new("probe.aia.not-an-address")))?;
        let began = Instant::now();
        // The other side may have tired of a connection that said nothing: then it is asked over another one.
        if let Some(stream) = self.ahead.take(&next).await
            && let Ok(answer) = self.ask(stream, &next, wanted, wanted.begins_within).await
            && answer.header("location").is_none()
            && !answer.broken
        {
            return body(answer, wanted.max);
        }
        for _ in 0..=MAX_REDIRECTS {
            let left = wanted.begins_within.saturating_sub(began.elapsed());
            let answer = match tokio::time::timeout(left, self.connect_to(&next)).await {
                Ok(connected) => {
                    let left = wanted.begins_within.saturating_sub(began.elapsed());
                    self.ask(connected?, &next, wanted, left).await?
                }
                Err(_) => return Err(Miss::late(wanted.begins_within)),
            };
            match answer.header("location") {
                Some(location) if (300..400).contains(&answer.status) => {
                    next = relative_to(&next, location)
                        .ok_or_else(|| Miss::Failed(Msg::new("probe.aia.not-an-address")))?;
                }
                _ => return body(answer, wanted.max),
            }
        }
        Err(Miss::Failed(
            Msg::new("probe.aia.redirects").with("max", MAX_REDIRECTS),
        ))
    }

    /// A connection to the host of this address.
    async fn connect_to(&self, uri: &Uri) -> Result<TcpStream, Miss> {
        let default_port = default_port(uri)?;
        let authority = uri
            .authority()
            .ok_or_else(|| Miss::Failed(Msg::new("probe.aia.not-an-address")))?;
        let port = authority.port_u16().unwrap_or(default_port);
        self.connect(authority.host(), port).await
    }

    async fn ask(
        &self,
        stream: TcpStream,
        uri: &Uri,
        wanted: &Wanted<'_>,
        begins_within: Duration,
    ) -> Result<Answer, Miss> {
        let authority = uri.authority().map(hyper::http::uri::Authority::as_str);
        let query = Query {
            // Without what a browser would never send on: `user:password@`.
            host: authority
                .and_then(|whole| whole.rsplit('@').next())
                .unwrap_or_default(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()),
            posted: wanted.posted.map(|(kind, body)| (kind, body.to_vec())),
            max_body: wanted.max,
            begins_within: Some(begins_within),
            headers: &[],
            keep: false,
        };
        let answer = if default_port(uri)? == 443 {
            let addr = stream.peer_addr().map_err(|error| failed(&error))?;
            let shaken = shake(
                stream,
                addr,
                uri.host(),
                TlsVariant::Ordinary,
                None,
                self.pace.tls.min(begins_within),
            )
            .await;
            let session = shaken
                .session
                .ok_or_else(|| Miss::Failed(Msg::new("probe.aia.no-tls")))?;
            http::exchange(session, query).await
        } else {
            http::exchange(stream, query).await
        };
        answer.map_err(|error| match error {
            HttpError::Silent => Miss::late(wanted.begins_within),
            error => failed(&error),
        })
    }

    /// Connects to an address that was looked up and allowed: the name is not resolved a second time.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Miss> {
        let nowhere = || Miss::Failed(Msg::new("probe.aia.no-such-host").with("host", host));
        let found = addresses_of(self.system.as_ref(), host, self.pace.fetch).await;
        let mut last = None;
        let mut addresses = Vec::new();
        for address in found.map_err(|_| nowhere())? {
            if may_contact(address, &self.gateway) {
                addresses.push(SocketAddr::new(address, port));
            } else {
                let text = Msg::new("probe.aia.forbidden").with("address", address);
                last.get_or_insert(Miss::NotAsked(text));
            }
        }
        addresses.truncate(MAX_ADDRESSES);
        self.race(addresses, last)
            .await
            .map_err(|last| last.unwrap_or_else(nowhere))
    }

    /// The first of these addresses that takes a connection, each begun when the one before it failed or has kept silent
    /// for [`HEAD_START`]; or what kept them all out.
    async fn race(
        &self,
        addresses: Vec<SocketAddr>,
        mut last: Option<Miss>,
    ) -> Result<TcpStream, Option<Miss>> {
        let try_one = |addr: SocketAddr| async move {
            (
                addr,
                tokio::time::timeout(self.pace.tcp, TcpStream::connect(addr)).await,
            )
        };
        let mut rest = addresses.into_iter();
        let mut under_way: FuturesUnordered<_> = rest.next().map(try_one).into_iter().collect();
        while !under_way.is_empty() {
            // RFC 8305 section 5: the next address is tried when the one before has not answered; an answer ends the wait.
            let head_start = tokio::time::sleep(HEAD_START);
            tokio::select! {
                Some((addr, connected)) = under_way.next() => {
                    match connected {
                        Ok(Ok(stream)) => return Ok(stream),
                        // A family that this device does not have says nothing about the host.
                        Ok(Err(error)) if error.kind() == ErrorKind::NetworkUnreachable => {
                            last.get_or_insert(failed(&error));
                        }
                        Ok(Err(error)) => last = Some(failed(&error)),
                        Err(_) => {
                            let text = Msg::new("probe.aia.unreachable").with("address", addr.ip());
                            last = Some(Miss::TimedOut(text));
                        }
                    }
                    under_way.extend(rest.next().map(try_one));
                }
                () = head_start, if rest.len() > 0 => under_way.extend(rest.next().map(try_one)),
            }
        }
        Err(last)
    }
}

fn failed(error: &dyn std::error::Error) -> Miss {
    Miss::Failed(Msg::new("probe.aia.failed").with("reason", error))
}

fn default_port(uri: &Uri) -> Result<u16, Miss> {
    match uri.scheme_str() {
        Some("http") => Ok(80),
        Some("https") => Ok(443),
        _ => Err(Miss::NotAsked(Msg::new("probe.aia.scheme"))),
    }
}

/// What the answer holds, if it is one to be used.
fn body(answer: Answer, max: usize) -> Result<Vec<u8>, Miss> {
    if answer.status != 200 {
        return Err(Miss::Status(answer.status));
    }
    // Nobody asked for compression; a small answer that unfolds to a huge one is not unfolded.
    if let Some(coding) = answer.header("content-encoding")
        && !coding.trim().eq_ignore_ascii_case("identity")
    {
        let text = Msg::new("probe.aia.compressed").with("coding", coding);
        return Err(Miss::NotAsked(text));
    }
    if answer.broken {
        return Err(Miss::Failed(Msg::new("probe.aia.broke-off")));
    }
    if answer.cut {
        let text = Msg::new("probe.aia.too-large").with("max", max);
        return Err(Miss::NotAsked(text));
    }
    Ok(answer.body)
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
