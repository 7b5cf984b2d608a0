//! The ordinary TLS handshake with the gateway, on the connection that opened first.
//!
//! The mechanics of a handshake are in `handshake`; judging the chain is in `chain`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::net::TcpStream;

use super::check::{Check, Ending, Note, Reporter};
use super::handshake::{Shaken, shake};
use super::identity::Identity;
use super::surroundings::Pace;
use super::tcp;
use crate::evidence::{
    Observation, ProbeId, ProbeOutcome, Spoken, TlsAttempt, TlsEvidence, TlsOutcome, TlsVariant,
};
use crate::msg::Msg;

/// One ordinary handshake.
pub(super) struct TlsCheck {
    /// The open connection.
    pub stream: TcpStream,
    /// Where it leads.
    pub addr: SocketAddr,
    /// The server name to send.
    pub sni: Option<String>,
    /// The client certificate to show where the gateway asks for one.
    pub identity: Option<Arc<Identity>>,
    /// How long it may take.
    pub pace: Pace,
}

impl Check for TlsCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Tls
    }

    fn limit(&self) -> Duration {
        self.pace.tls + self.pace.silence
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.shake_hands(report).boxed()
    }
}

impl TlsCheck {
    async fn shake_hands(self, report: Reporter) -> Ending {
        // A connection that was reset since it opened has no peer any more; the handshake will say so.
        let addr = self.stream.peer_addr().unwrap_or(self.addr);
        let Shaken { attempt, session } = shake(
            self.stream,
            addr,
            self.sni.as_deref(),
            TlsVariant::Ordinary,
            self.identity.as_deref(),
            self.pace.tls,
        )
        .await;
        tell(&report, &attempt);
        if let Some(session) = session {
            report.hand_over(Note::Session(Box::new(session)));
        }
        let completed = attempt.outcome.session().is_some();
        report.observe(Observation::Tls(TlsEvidence {
            attempts: vec![attempt],
        }));
        if completed {
            Ending::Pass
        } else {
            Ending::Fail
        }
    }
}

/// The log's lines about an ordinary handshake.
pub(super) fn tell(report: &Reporter, attempt: &TlsAttempt) {
    let tone = match attempt.outcome {
        TlsOutcome::Completed(_) => ProbeOutcome::Pass,
        _ => ProbeOutcome::Fail,
    };
    let took = Duration::from_micros(attempt.took_us);
    report.timed(tone, outcome_text(&attempt.outcome, attempt.addr), took);
    if let Some(request) = &attempt.certificate_request {
        report.line(ProbeOutcome::Running, Msg::new("probe.tls.client-auth"));
        if request.answered {
            report.line(
                ProbeOutcome::Running,
                Msg::new("probe.tls.client-certificate-shown"),
            );
        }
    }
    if attempt.stapled_ocsp.is_some() {
        report.line(ProbeOutcome::Running, Msg::new("probe.tls.stapled"));
    }
}

/// The log's words for the outcome of a handshake with this address.
pub(super) fn outcome_text(outcome: &TlsOutcome, addr: SocketAddr) -> Msg {
    match outcome {
        TlsOutcome::Completed(session) => Msg::new("probe.tls.completed")
            .with("version", &session.version)
            .with("group", &session.key_exchange)
            .with("cipher", &session.cipher),
        TlsOutcome::Alert(alert) => Msg::new("probe.tls.alert").with("alert", alert),
        TlsOutcome::Closed { received } => Msg::new("probe.tls.closed").with("received", received),
        TlsOutcome::Reset { received } => Msg::new("probe.tls.reset").with("received", received),
        TlsOutcome::Stalled { received } => {
            Msg::new("probe.tls.stalled").with("received", received)
        }
        TlsOutcome::NotTls(Spoken::Http) => Msg::new("probe.tls.speaks-http"),
        TlsOutcome::NotTls(Spoken::Ssh) => Msg::new("probe.tls.speaks-ssh"),
        TlsOutcome::NotTls(Spoken::Greeting) => Msg::new("probe.tls.speaks-greeting"),
        TlsOutcome::NotTls(Spoken::Smtp) => Msg::new("versions.log.speaks-smtp"),
        TlsOutcome::NotTls(Spoken::Ftp) => Msg::new("versions.log.speaks-ftp"),
        TlsOutcome::NotTls(Spoken::Imap) => Msg::new("versions.log.speaks-imap"),
        TlsOutcome::NotTls(Spoken::Pop3) => Msg::new("versions.log.speaks-pop3"),
        TlsOutcome::NotTls(Spoken::OpenVpn) => Msg::new("versions.log.openvpn"),
        TlsOutcome::NotTls(Spoken::Rdp) => Msg::new("versions.log.rdp"),
        TlsOutcome::NotTls(Spoken::Unknown(bytes)) => {
            Msg::new("probe.tls.speaks-unknown").with("bytes", bytes)
        }
        TlsOutcome::Incompatible(reason) => {
            Msg::new("probe.tls.incompatible").with("reason", reason)
        }
        TlsOutcome::NotConnected(met) => tcp::outcome_text(met).with("addr", addr),
    }
}
