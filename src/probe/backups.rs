//! Servers that a saved connection names for when its first one does not answer: are they there. Name, TCP, TLS; no more,
//! because whoever wants to know more can check that server itself.
//!
//! They are gateways of their own: what is connected here is not counted against the first one's budget, and each gets
//! [`MAX_EACH`] attempts at most. A server that is reached over UDP or IPsec alone is not tried, and that is said.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};

use super::check::{Check, Ending, Reporter, microseconds};
use super::handshake::shake;
use super::resolve::{SystemLookup, addresses_of};
use super::surroundings::Pace;
use super::tcp;
use crate::evidence::{
    BackupAttempt, BackupsEvidence, Carrier, Fact, Host, Observation, ProbeId, ProbeOutcome,
    ProfileEvidence, ProfileTarget, TcpAttempt, TlsVariant, Why, WhyCode,
};
use crate::msg::Msg;

/// Backup servers that are tried at most.
const MAX_SERVERS: usize = 4;
/// Connections to one of them at most.
const MAX_EACH: usize = 2;

/// Tries the backup servers.
pub(super) struct BackupsCheck {
    /// The saved connection.
    pub profile: Arc<ProfileEvidence>,
    /// How names are looked up.
    pub system: Arc<dyn SystemLookup>,
    /// How long it may take.
    pub pace: Pace,
}

/// Whether this connection names any.
pub(super) fn has_any(profile: &ProfileEvidence) -> bool {
    profile.targets.iter().any(|place| place.backup)
}

impl Check for BackupsCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Backups
    }

    fn limit(&self) -> Duration {
        // The parts keep to it by themselves; what they have seen by then is worth more than the end of the time.
        self.pace.aside.mul_f64(1.2)
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.try_all(report).boxed()
    }
}

impl BackupsCheck {
    async fn try_all(self, report: Reporter) -> Ending {
        let backups = self.profile.targets.iter().filter(|place| place.backup);
        let (can, cannot): (Vec<_>, Vec<_>) = backups.partition(|place| is_tcp(place));
        for place in cannot {
            let text = Msg::new("probe.backups.not-tried")
                .with("target", &place.target)
                .with("protocol", place.carrier.shown());
            report.line(ProbeOutcome::Unknown, text);
        }
        if can.len() > MAX_SERVERS {
            let more = Msg::new("probe.backups.more").with("count", can.len() - MAX_SERVERS);
            report.line(ProbeOutcome::Unknown, more);
        }
        if can.is_empty() {
            return Ending::Unknown(Why::code(WhyCode::Unsupported));
        }
        let tried = can.into_iter().take(MAX_SERVERS);
        let attempts = join_all(tried.map(|place| self.try_one(place, &report))).await;
        let fine = |attempt: &BackupAttempt| match attempt.tls {
            Some(_) => attempt.session().is_some(),
            None => attempt.is_open(),
        };
        let all_fine = attempts.iter().all(fine);
        report.observe(Observation::Backups(BackupsEvidence { attempts }));
        if all_fine { Ending::Pass } else { Ending::Warn }
    }

    async fn try_one(&self, place: &ProfileTarget, report: &Reporter) -> BackupAttempt {
        let began = Instant::now();
        let target = place.target.clone();
        let mut attempt = BackupAttempt {
            target: target.clone(),
            addresses: Fact::Unknown(Why::code(WhyCode::NotRun)),
            tcp: Vec::new(),
            tls: None,
        };
        let say = |tone, id, took| report.timed(tone, Msg::new(id).with("target", &target), took);
        let limit = self.pace.aside.mul_f64(0.4);
        let host = target.host.wire();
        match addresses_of(&*self.system, &host, limit).await {
            Ok(found) if !found.is_empty() => attempt.addresses = Fact::Known(found),
            Ok(_) => {
                attempt.addresses = Fact::Known(Vec::new());
                say(
                    ProbeOutcome::Warn,
                    "probe.backups.unresolved",
                    began.elapsed(),
                );
                return attempt;
            }
            Err(error) => {
                let code = match error.kind() {
                    std::io::ErrorKind::TimedOut => WhyCode::TimedOut,
                    _ => WhyCode::Failed,
                };
                attempt.addresses = Fact::Unknown(Why::code(code));
                say(
                    ProbeOutcome::Warn,
                    "probe.backups.unresolved",
                    began.elapsed(),
                );
                return attempt;
            }
        }
        let addresses = attempt.addresses.known().cloned().unwrap_or_default();
        for address in addresses.into_iter().take(MAX_EACH) {
            let addr = SocketAddr::new(address, target.port);
            let limit = self.pace.aside.mul_f64(0.3);
            let (outcome, stream, took) = tcp::connect(addr, limit).await;
            attempt.tcp.push(TcpAttempt {
                addr,
                outcome,
                took_us: microseconds(took),
            });
            let Some(stream) = stream else { continue };
            // OpenVPN's servers wait for its own packets first.
            if !self.profile.is_openvpn() {
                let sni = match &target.host {
                    Host::Name { ascii, .. } => Some(ascii.as_str()),
                    Host::Ip(_) => None,
                };
                let limit = self.pace.aside.saturating_sub(began.elapsed());
                let shaken = shake(stream, addr, sni, TlsVariant::Ordinary, None, limit).await;
                attempt.tls = Some(shaken.attempt);
            }
            break;
        }
        self.tell(&attempt, report, began.elapsed());
        attempt
    }

    fn tell(&self, attempt: &BackupAttempt, report: &Reporter, took: Duration) {
        let (tone, text) = match (&attempt.tls, attempt.session()) {
            (_, Some(session)) => (
                ProbeOutcome::Pass,
                Msg::new("probe.backups.answers").with("version", &session.version),
            ),
            (Some(_), None) => (ProbeOutcome::Warn, Msg::new("probe.backups.no-tls")),
            (None, _) if attempt.is_open() => (ProbeOutcome::Pass, Msg::new("probe.backups.open")),
            (None, _) => (ProbeOutcome::Warn, Msg::new("probe.backups.not-reached")),
        };
        report.timed(tone, text.with("target", &attempt.target), took);
    }
}

/// Whether a place can be tried over TCP.
fn is_tcp(place: &ProfileTarget) -> bool {
    matches!(place.carrier, Carrier::Tcp | Carrier::Dtls)
}
