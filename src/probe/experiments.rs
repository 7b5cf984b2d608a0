//! The handshake again with one thing changed, so that two observations tell two causes apart; only where there is a
//! doubt, or where the name has several addresses.
//!
//! ```text
//! silence        small segments beside no post-quantum share; what helps is checked against the ordinary one again
//! cut            no hello at all (who closes?), no post-quantum share, again
//! refusal        no post-quantum share, again
//! unknown name   no server name
//! certificate    again: another node may sit behind the same address; no server name where the name is at fault
//! several addresses: each of them once; small segments where one falls silent
//! ```
//! What can run side by side does, and is called off once its answer can no longer change anything.
//! Which is made when is in `course`, how in `bench`, what is worth one in `doubt`. What the pairs mean is in
//! [`crate::diagnose`]. Older versions of TLS are not tried here.

mod bench;
mod course;
mod doubt;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::check::{Check, Ending, Reporter};
use super::identity::Identity;
use super::surroundings::Pace;
use super::tcp::Budget;
use crate::evidence::{ProbeId, TlsAttempt};
use bench::Bench;

pub(super) use doubt::{Doubt, doubt};

/// Connections of the run's budget that are left to other checks: the other usual ports take as many, and those that
/// are refused there count for a gateway's guard as well.
pub(super) const LEFT_TO_OTHERS: usize = 5;

/// Makes the experiments that the ordinary handshake asks for.
pub(super) struct ExperimentsCheck {
    /// The ordinary handshake.
    pub main: TlsAttempt,
    /// What it leaves open.
    pub doubt: Option<Doubt>,
    /// Other addresses of the name that accept connections.
    pub others: Vec<SocketAddr>,
    /// The server name to send.
    pub sni: Option<String>,
    /// The client certificate to show where the gateway asks for one: one thing is changed, not two.
    pub identity: Option<Arc<Identity>>,
    /// What may still be connected.
    pub budget: Budget,
    /// Turns true when the ordinary session is over.
    pub ordinary_over: watch::Receiver<bool>,
    /// How long a connection to the gateway took.
    pub round_trip: Duration,
    /// How long it may take.
    pub pace: Pace,
}

impl Check for ExperimentsCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Experiments
    }

    fn limit(&self) -> Duration {
        self.pace.tls * 2 + self.pace.silence
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        async move {
            let mut bench = Bench {
                check: &self,
                report: &report,
                made: Vec::new(),
                refused_a_place: false,
                limit: self.patience(),
            };
            bench.work().await;
            bench.end()
        }
        .boxed()
    }
}

impl ExperimentsCheck {
    /// How long one handshake may take. Against a silence, long enough for any that is not one: what a path that loses
    /// packets needs to send them again, and ten times its round trip.
    fn patience(&self) -> Duration {
        let most = self.pace.tls / 2;
        match self.doubt {
            Some(Doubt::Silence) => (self.round_trip * 10).clamp(self.pace.tls / 3, most),
            _ => most,
        }
    }
}
