//! A gateway that sends its clients on to another one: where to, and whether a handshake with that one comes about.
//!
//! Only the handshake is made there: nothing is asked of it, and no certificate of the person's is shown to it. What
//! its certificates are worth is [`crate::diagnose`]'s.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use regex::Regex;

use super::check::{Reporter, microseconds};
use super::fetch::may_contact;
use super::handshake::shake;
use super::resolve::{SystemLookup, addresses_of};
use super::surroundings::Pace;
use super::tcp::{self, Budget};
use super::tls::outcome_text;
use crate::evidence::{
    Fact, HandedOut, Host, HttpAnswer, ProbeOutcome, Target, TlsAttempt, TlsOutcome, TlsVariant,
    Why, WhyCode,
};
use crate::msg::Msg;

/// A page that only sends on is short; in a longer one, such words are a button's.
const MAX_PAGE: usize = 2048;
/// Characters of an address that are read.
const MAX_ADDRESS: usize = 2048;

/// The other gateway that this answer names, if it names one.
pub(super) fn named_in(answer: &HttpAnswer, here: &Target) -> Option<Target> {
    let header = answer
        .headers
        .iter()
        .find(|(name, _)| name == "location" && (300..400).contains(&answer.status));
    let there = match header {
        Some((_, address)) => target(address),
        None if answer.status == 200 && answer.body.len() <= MAX_PAGE => ON_PAGE
            .as_ref()?
            .captures(&answer.body)
            .and_then(|found| target(found.get(1)?.as_str())),
        None => None,
    }?;
    (there.host != here.host || there.port != here.port).then_some(there)
}

/// An HTML page that sends on by itself: `<meta http-equiv="refresh" ...>` or a script that sets the location. The page is
/// short: numbers of repetitions in here would only make this long to compile.
static ON_PAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:<meta[^>]+refresh[^>]+url\s*=\s*['"]?|location(?:\.href)?\s*=\s*['"])(https://[^'"\s>]+)"#,
    )
    .ok()
});

/// The host and port of an absolute address with TLS.
fn target(address: &str) -> Option<Target> {
    let address = address.trim();
    if address.len() > MAX_ADDRESS {
        return None;
    }
    let rest = match address.get(..8) {
        Some(scheme) if scheme.eq_ignore_ascii_case("https://") => address.get(8..)?,
        _ => address.strip_prefix("//")?,
    };
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    // What stands before an at sign is a name and a password, not a host.
    let place = authority.rsplit('@').next()?;
    Target::parse(place).ok()
}

/// How to get there.
pub(super) struct Errand {
    /// How names are resolved.
    pub system: Arc<dyn SystemLookup>,
    /// Where the gateway is: what is as near as this may be contacted.
    pub gateway: Vec<IpAddr>,
    /// The gateway that was asked.
    pub here: Target,
    /// Whether other hosts than the gateway may be contacted.
    pub third_party: bool,
    /// What may still be connected.
    pub budget: Budget,
    /// How long it may take.
    pub pace: Pace,
}

impl Errand {
    /// The longest it takes.
    pub(super) fn limit(pace: &Pace) -> Duration {
        pace.tcp + pace.tls / 2
    }

    /// Goes there, and says in the log what it meets.
    pub(super) async fn go(&self, there: Target, report: &Reporter) -> HandedOut {
        report.line(
            ProbeOutcome::Running,
            Msg::new("probe.gateway.handed-out")
                .with("host", &there.host)
                .with("port", there.port),
        );
        let tls = match self.shake(&there).await {
            Ok(attempt) => {
                let tone = match attempt.outcome {
                    TlsOutcome::Completed(_) => ProbeOutcome::Running,
                    _ => ProbeOutcome::Fail,
                };
                let took = Duration::from_micros(attempt.took_us);
                report.timed(tone, outcome_text(&attempt.outcome, attempt.addr), took);
                Fact::Known(attempt)
            }
            Err(why) => {
                report.line(ProbeOutcome::Unknown, why.message());
                Fact::Unknown(why)
            }
        };
        HandedOut {
            host: there.host,
            port: there.port,
            tls,
        }
    }

    async fn shake(&self, there: &Target) -> Result<TlsAttempt, Why> {
        if !self.third_party && there.host != self.here.host {
            return Err(Why::code(WhyCode::NoThirdParty));
        }
        let failed = |text: Msg| Why::because(WhyCode::Failed, text);
        let nowhere =
            || failed(Msg::new("probe.gateway.handed-out-nowhere").with("host", &there.host));
        let addresses = if there.host == self.here.host {
            self.gateway.clone()
        } else {
            let wire = there.host.wire();
            addresses_of(self.system.as_ref(), &wire, self.pace.tcp / 2)
                .await
                .map_err(|_| nowhere())?
        };
        let address = addresses
            .into_iter()
            .find(|address| {
                may_contact(*address, &self.gateway)
                    && tcp::has_route((*address, there.port).into())
            })
            .ok_or_else(nowhere)?;
        let addr = SocketAddr::new(address, there.port);
        let Some(place) = self.budget.place() else {
            return Err(failed(
                Msg::new("probe.budget").with("max", super::MAX_CONNECTIONS),
            ));
        };
        let (met, stream, took) = tcp::connect(addr, self.pace.tcp / 2).await;
        let Some(stream) = stream else {
            let variant = TlsVariant::Ordinary;
            return Ok(TlsAttempt::unconnected(
                variant,
                addr,
                met,
                microseconds(took),
            ));
        };
        place.forget();
        let sni = match &there.host {
            Host::Name { ascii, .. } => Some(ascii.as_str()),
            Host::Ip(_) => None,
        };
        let variant = TlsVariant::Ordinary;
        Ok(shake(stream, addr, sni, variant, None, self.pace.tls / 2)
            .await
            .attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, location: Option<&str>, body: &str) -> HttpAnswer {
        HttpAnswer {
            status,
            headers: location
                .map(|to| ("location".to_owned(), to.to_owned()))
                .into_iter()
                .collect(),
            body: body.to_owned(),
        }
    }

    fn named(answer: &HttpAnswer) -> Option<String> {
        let here = Target::parse("vpn.example.com").expect("a target");
        named_in(answer, &here).map(|there| format!("{}:{}", there.host, there.port))
    }

    #[test]
    fn another_host_or_another_port_is_another_gateway() {
        for (to, expected) in [
            ("https://gw2.example.com/", "gw2.example.com:443"),
            (
                "HTTPS://vpn.example.com:10443/remote/login",
                "vpn.example.com:10443",
            ),
            ("//gw2.example.com:8443", "gw2.example.com:8443"),
            ("https://a:b@gw2.example.com/x@y", "gw2.example.com:443"),
            ("https://[2001:db8::7]:444/", "2001:db8::7:444"),
        ] {
            assert_eq!(
                named(&answer(302, Some(to), "")).as_deref(),
                Some(expected),
                "{to}"
            );
        }
    }

    #[test]
    fn the_same_gateway_and_other_schemes_are_not() {
        for to in [
            "/remote/login",
            "login.html",
            "https://vpn.example.com/+CSCOE+/logon.html",
            "https://vpn.example.com:443/",
            "http://gw2.example.com/",
            "ftp://gw2.example.com/",
            "https://",
            "https:///x",
            "https://gw2.example.com:99999/",
            "\u{202e}https://gw2.example.com/",
            "",
        ] {
            assert_eq!(named(&answer(302, Some(to), "")), None, "{to}");
        }
        // A status that does not send on.
        let ok = answer(200, Some("https://gw2.example.com/"), "");
        assert_eq!(named(&ok), None);
    }

    #[test]
    fn a_short_page_may_send_on_and_a_long_one_has_buttons() {
        let meta =
            r#"<meta http-equiv="refresh" content="0; URL=https://gw2.example.com:8443/in">"#;
        let script = "<script>top.location='https://gw2.example.com/x';</script>";
        assert_eq!(
            named(&answer(200, None, meta)).as_deref(),
            Some("gw2.example.com:8443")
        );
        assert_eq!(
            named(&answer(200, None, script)).as_deref(),
            Some("gw2.example.com:443")
        );
        let long = format!("{script}{}", " ".repeat(MAX_PAGE));
        assert_eq!(named(&answer(200, None, &long)), None);
        let own = "<script>top.location='/remote/login';</script>";
        assert_eq!(named(&answer(200, None, own)), None);
    }
}
