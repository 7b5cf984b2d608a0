//! The other usual VPN ports of the same host, tried when the given one fails: TCP, a handshake, the certificate, and
//! what answers behind it.
//!
//! Connections come out of the run's budget; a port that is not tried for want of one is said so, never counted as
//! closed.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::MAX_CONNECTIONS;
use super::check::{Check, Ending, Reporter};
use super::gateway;
use super::handshake::{Session, Shaken, shake};
use super::surroundings::Pace;
use super::tcp::{self, Budget};
use crate::evidence::{
    Fact, Observation, PortAttempt, PortsEvidence, ProbeId, ProbeOutcome, TlsOutcome, TlsVariant,
    Why, WhyCode,
};
use crate::msg::Msg;

/// Ports that are tried at most.
const MAX_PORTS: usize = 10;

/// Tries the other usual ports.
pub(super) struct PortsCheck {
    /// The host's address.
    pub address: IpAddr,
    /// The ports, without the given one.
    pub ports: Vec<u16>,
    /// The server name to send.
    pub sni: Option<String>,
    /// For the `Host` header.
    pub host: String,
    /// What may still be connected.
    pub budget: Budget,
    /// How long it may take.
    pub pace: Pace,
}

impl Check for PortsCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Ports
    }

    fn limit(&self) -> Duration {
        self.pace.aside
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.knock(report).boxed()
    }
}

impl PortsCheck {
    async fn knock(self, report: Reporter) -> Ending {
        let (found, mut finds) = mpsc::unbounded_channel();
        let mut knocking: FuturesUnordered<_> = self
            .ports
            .iter()
            .take(MAX_PORTS)
            .map(|port| self.knock_at(*port, found.clone(), &report))
            .collect();
        drop(found);
        let mut seen = PortsEvidence::default();
        loop {
            tokio::select! {
                biased;
                attempt = finds.recv() => match attempt {
                    Some(attempt) => {
                        keep(&mut seen, attempt);
                        report.observe(Observation::Ports(seen.clone()));
                    }
                    None => break,
                },
                _ = knocking.next(), if !knocking.is_empty() => {}
            }
        }
        if seen.attempts.is_empty() {
            return Ending::Unknown(Why::because(
                WhyCode::Failed,
                Msg::new("probe.budget").with("max", MAX_CONNECTIONS),
            ));
        }
        if seen.attempts.iter().any(PortAttempt::speaks_tls) {
            Ending::Warn
        } else {
            report.line(ProbeOutcome::Running, Msg::new("probe.ports.none"));
            Ending::Fail
        }
    }

    /// Reports an attempt as soon as something is known of it, and again when more is.
    async fn knock_at(
        &self,
        port: u16,
        found: mpsc::UnboundedSender<PortAttempt>,
        report: &Reporter,
    ) {
        let addr = SocketAddr::new(self.address, port);
        let Some(place) = self.budget.place() else {
            let text = Msg::new("probe.ports.not-tried")
                .with("addr", addr)
                .with("max", MAX_CONNECTIONS);
            report.line(ProbeOutcome::Unknown, text);
            return;
        };
        let (outcome, stream, took) = tcp::connect(addr, self.pace.aside.mul_f64(0.8)).await;
        let mut attempt = PortAttempt {
            addr,
            tcp: outcome,
            tls: Fact::Unknown(Why::code(WhyCode::Blocked)),
            certificate: None,
            gateway: None,
        };
        let Some(stream) = stream else {
            report.timed(
                ProbeOutcome::Running,
                tcp::outcome_text(&attempt.tcp).with("addr", addr),
                took,
            );
            // The receiver lives as long as this future.
            let _ = found.send(attempt);
            return;
        };
        place.forget();
        attempt.tls = Fact::Unknown(Why::code(WhyCode::NotRun));
        let _ = found.send(attempt.clone());
        let limit = self.pace.aside.mul_f64(0.5);
        let Shaken {
            attempt: tls,
            session,
        } = shake(
            stream,
            addr,
            self.sni.as_deref(),
            TlsVariant::Ordinary,
            None,
            limit,
        )
        .await;
        attempt.tls = speaks_tls(&tls.outcome);
        attempt.certificate = tls.served.into_iter().next();
        tell(report, &attempt);
        let _ = found.send(attempt.clone());
        if let Some(session) = session {
            self.visit(session, attempt, &found, report).await;
        }
    }

    async fn visit(
        &self,
        session: Session,
        mut attempt: PortAttempt,
        found: &mpsc::UnboundedSender<PortAttempt>,
        report: &Reporter,
    ) {
        let answer = gateway::visit(session, &self.host, self.pace.aside.mul_f64(0.4)).await;
        attempt.gateway = gateway::recognise(answer.as_ref().ok(), attempt.certificate.as_ref());
        if let Some(product) = &attempt.gateway {
            report.line(
                ProbeOutcome::Running,
                Msg::new("probe.gateway.product")
                    .with("name", &product.name)
                    .with("how", &product.how),
            );
        }
        let _ = found.send(attempt);
    }
}

fn keep(seen: &mut PortsEvidence, attempt: PortAttempt) {
    match seen
        .attempts
        .iter_mut()
        .find(|known| known.addr == attempt.addr)
    {
        Some(known) => *known = attempt,
        None => seen.attempts.push(attempt),
    }
}

/// Whether this outcome shows a TLS server.
fn speaks_tls(outcome: &TlsOutcome) -> Fact<bool> {
    match outcome {
        TlsOutcome::Completed(_) | TlsOutcome::Alert(_) | TlsOutcome::Incompatible(_) => {
            Fact::Known(true)
        }
        TlsOutcome::NotTls(_) => Fact::Known(false),
        // A server of another kind hangs up on a hello too; so does a filter in front of a TLS server.
        TlsOutcome::Closed { received: 0 } | TlsOutcome::Stalled { received: 0 } => {
            Fact::Known(false)
        }
        TlsOutcome::Closed { .. }
        | TlsOutcome::Stalled { .. }
        | TlsOutcome::Reset { .. }
        | TlsOutcome::NotConnected(_) => Fact::Unknown(Why::code(WhyCode::Failed)),
    }
}

fn tell(report: &Reporter, attempt: &PortAttempt) {
    let (tone, text) = match &attempt.tls {
        Fact::Known(true) => (ProbeOutcome::Warn, Msg::new("probe.ports.tls")),
        _ => (ProbeOutcome::Running, Msg::new("probe.ports.open")),
    };
    report.line(tone, text.with("addr", attempt.addr));
}
