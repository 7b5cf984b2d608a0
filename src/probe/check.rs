//! What every check is: an id, a limit and one look; and how it reports.
//!
//! Which checks there are and when they run is not here.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};

use super::chain::ChainView;
use super::handshake::Session;
use crate::evidence::{LogLine, Observation, ProbeEvent, ProbeId, ProbeOutcome, Why};
use crate::msg::Msg;

/// One live check.
pub(super) trait Check: Send {
    /// Which one.
    fn id(&self) -> ProbeId;
    /// How long it may take; what it has reported until then is kept.
    fn limit(&self) -> Duration;
    /// Looks, reporting on the way.
    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending>;
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// All is well.
    Pass,
    /// Something is worth knowing.
    Warn,
    /// Something is wrong.
    Fail,
    /// It could not tell.
    Unknown(Why),
}

impl Ending {
    /// As it stands in the record.
    pub(super) fn into_parts(self) -> (ProbeOutcome, Option<Why>) {
        match self {
            Self::Pass => (ProbeOutcome::Pass, None),
            Self::Warn => (ProbeOutcome::Warn, None),
            Self::Fail => (ProbeOutcome::Fail, None),
            Self::Unknown(why) => (ProbeOutcome::Unknown, Some(why)),
        }
    }
}

/// What checks send to the runner.
pub(super) enum Note {
    /// Something for the outside.
    Event(ProbeEvent),
    /// The first open connection to the gateway, for TLS.
    Open(TcpStream),
    /// The completed handshake, for HTTP.
    Session(Box<Session>),
    /// The ordinary session is closed.
    SessionOver,
    /// What judging the chain gave.
    Judged(ChainView),
}

/// A check's voice.
#[derive(Clone)]
pub(super) struct Reporter {
    id: ProbeId,
    run_began: Instant,
    notes: mpsc::UnboundedSender<Note>,
    enough: watch::Receiver<bool>,
}

impl Reporter {
    pub(super) fn new(
        id: ProbeId,
        run_began: Instant,
        notes: mpsc::UnboundedSender<Note>,
        enough: watch::Receiver<bool>,
    ) -> Self {
        Self {
            id,
            run_began,
            notes,
            enough,
        }
    }

    /// A line for the log.
    pub(super) fn line(&self, tone: ProbeOutcome, text: Msg) {
        self.log(tone, text, None);
    }

    /// A line for the log about something that took this long.
    pub(super) fn timed(&self, tone: ProbeOutcome, text: Msg, took: Duration) {
        self.log(tone, text, Some(milliseconds(took)));
    }

    /// Something seen. The whole observation, not only what is new.
    pub(super) fn observe(&self, observation: Observation) {
        self.send(Note::Event(ProbeEvent::Observed(observation)));
    }

    /// Something that another check goes on with.
    pub(super) fn hand_over(&self, note: Note) {
        self.send(note);
    }

    /// Completes when what this check could still learn is no longer needed.
    pub(super) async fn enough(&mut self) {
        if self.enough.wait_for(|enough| *enough).await.is_err() {
            // The runner is gone, and this task is about to be aborted with it.
            std::future::pending::<()>().await;
        }
    }

    fn log(&self, tone: ProbeOutcome, text: Msg, took_ms: Option<f64>) {
        self.send(Note::Event(ProbeEvent::Log(LogLine {
            at_ms: milliseconds(self.run_began.elapsed()),
            probe: self.id,
            tone,
            text,
            took_ms,
        })));
    }

    fn send(&self, note: Note) {
        // Fails only when the runner is gone: nobody is left to tell.
        let _ = self.notes.send(note);
    }
}

/// Milliseconds with their fraction.
pub(super) fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

/// Whole microseconds.
pub(super) fn microseconds(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
