//! One experiment, and several side by side: how they are made, told and kept.
//!
//! Which are made is in `course`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::{ExperimentsCheck, LEFT_TO_OTHERS};
use crate::evidence::{
    Observation, ProbeOutcome, TlsAttempt, TlsOutcome, TlsVariant, Why, WhyCode,
};
use crate::msg::Msg;
use crate::probe::MAX_CONNECTIONS;
use crate::probe::check::{Ending, Reporter, microseconds};
use crate::probe::handshake::{Offer, asked_for, shake_offering};
use crate::probe::tcp;
use crate::probe::tls::outcome_text;

/// The experiments of one run, as far as they were made.
pub(super) struct Bench<'a> {
    pub(super) check: &'a ExperimentsCheck,
    pub(super) report: &'a Reporter,
    pub(super) made: Vec<TlsAttempt>,
    pub(super) refused_a_place: bool,
    /// How long one handshake may take.
    pub(super) limit: Duration,
}

/// What is changed, and where to.
pub(super) type Trial = (TlsVariant, SocketAddr);

/// What came of several side by side.
#[derive(Default)]
pub(super) struct Met {
    made: Vec<TlsAttempt>,
    /// The first that was turned away beside others of ours.
    crowded: Option<Trial>,
    /// Whether some were not made for want of a connection.
    without_place: bool,
}

impl Bench<'_> {
    /// See [`Self::side_by_side`]; what was turned away is made once more.
    pub(super) async fn batch(&mut self, trials: &[Trial], enough: impl Fn(&TlsAttempt) -> bool) {
        let met = self.side_by_side(trials, enough).await;
        self.take(met).await;
    }

    /// These side by side, each begun a little after the one before; until all are over or one is `enough`, after which
    /// no other can change what follows.
    pub(super) async fn side_by_side(
        &self,
        trials: &[Trial],
        enough: impl Fn(&TlsAttempt) -> bool,
    ) -> Met {
        let breath = self.check.pace.silence / 100;
        let shut = turned_away(&self.check.main);
        let alone = trials.len() == 1 && self.ordinary_is_over();
        let mut met = Met::default();
        let mut running: FuturesUnordered<_> = (0_u32..)
            .zip(trials)
            .map(|(n, trial)| async move { (*trial, self.trial(*trial, breath * n).await) })
            .collect();
        while let Some((trial, made)) = running.next().await {
            match made {
                None => met.without_place = true,
                Some(made) if !alone && !shut && turned_away(&made) => {
                    met.crowded = met.crowded.or(Some(trial));
                }
                Some(made) => {
                    let last = enough(&made);
                    self.announce(&made);
                    met.made.push(made);
                    if last {
                        break;
                    }
                }
            }
        }
        met
    }

    /// Keeps what was met. One that was turned away while others of ours were under way may owe it to them, and is made
    /// once more by itself, when the ordinary session is over too.
    pub(super) async fn take(&mut self, met: Met) {
        self.refused_a_place |= met.without_place;
        self.made.extend(met.made);
        if let Some(trial) = met.crowded {
            let mut over = self.check.ordinary_over.clone();
            // It ends by itself; this is the limit.
            let waited = tokio::time::timeout(self.check.pace.http, over.wait_for(|over| *over));
            let _ = waited.await;
            match self.trial(trial, self.check.pace.silence / 10).await {
                Some(made) => self.keep(made),
                None => self.refused_a_place = true,
            }
        }
    }

    fn ordinary_is_over(&self) -> bool {
        *self.check.ordinary_over.borrow()
    }

    pub(super) fn keep(&mut self, made: TlsAttempt) {
        self.announce(&made);
        self.made.push(made);
    }

    fn announce(&self, made: &TlsAttempt) {
        self.tell(made);
        self.report.observe(Observation::Attempt(made.clone()));
    }

    /// One experiment, after a moment; none where there is no connection left for it.
    pub(super) async fn trial(
        &self,
        (variant, addr): Trial,
        after: Duration,
    ) -> Option<TlsAttempt> {
        let check = self.check;
        // The moment that keeps connections apart; whatever comes in the meantime may call this one off.
        tokio::time::sleep(after).await;
        // Where the handshake ran through, no other ports are tried.
        let others = match variant {
            TlsVariant::OtherAddress => LEFT_TO_OTHERS - 2,
            _ => LEFT_TO_OTHERS,
        };
        let place = check
            .budget
            .place_leaving(others, check.pace.silence)
            .await?;
        let what = announcement(variant).with("addr", addr);
        self.report.line(ProbeOutcome::Running, what);
        let (met, stream, took) = match variant {
            TlsVariant::SmallSegments => tcp::connect_small(addr, check.pace.tcp / 2).await,
            _ => tcp::connect(addr, check.pace.tcp / 2).await,
        };
        let Some(stream) = stream else {
            let took = microseconds(took);
            return Some(TlsAttempt::unconnected(variant, addr, met, took));
        };
        place.forget();
        if variant == TlsVariant::WithoutHello {
            return Some(listen(stream, addr, check.pace.silence).await);
        }
        let sni = check.sni.as_deref();
        let sni = sni.filter(|_| variant != TlsVariant::WithoutSni);
        // A repetition for the certificate's sake gets it a flight sooner. Where the hello itself is in question, or the
        // way to another address, it stays as large as everybody's.
        let repeats = matches!(variant, TlsVariant::Again | TlsVariant::WithoutSni);
        let offer = Offer {
            sni,
            variant,
            identity: check.identity.as_deref(),
            share: asked_for(&check.main).filter(|_| repeats),
            limit: self.limit,
        };
        Some(shake_offering(stream, addr, &offer).await.attempt)
    }

    fn tell(&self, attempt: &TlsAttempt) {
        let took = Duration::from_micros(attempt.took_us);
        let waits = attempt.variant == TlsVariant::WithoutHello && is_quiet(&attempt.outcome);
        let (tone, text) = match &attempt.outcome {
            _ if waits => (
                ProbeOutcome::Running,
                Msg::new("probe.experiments.waits-for-hello"),
            ),
            TlsOutcome::Completed(_) => (
                ProbeOutcome::Pass,
                outcome_text(&attempt.outcome, attempt.addr),
            ),
            outcome => (ProbeOutcome::Fail, outcome_text(outcome, attempt.addr)),
        };
        self.report.timed(tone, text, took);
        let other_certificate = attempt.outcome.session().is_some()
            && self.check.main.outcome.session().is_some()
            && attempt.served.first() != self.check.main.served.first();
        if other_certificate {
            self.report.line(
                ProbeOutcome::Warn,
                Msg::new("probe.experiments.other-certificate").with("addr", attempt.addr),
            );
        }
    }

    /// How they ended.
    pub(super) fn end(&self) -> Ending {
        if self.refused_a_place {
            self.report.line(
                ProbeOutcome::Warn,
                Msg::new("probe.budget").with("max", MAX_CONNECTIONS),
            );
        }
        if self.made.is_empty() {
            return Ending::Unknown(Why::because(
                WhyCode::Failed,
                Msg::new("probe.budget").with("max", MAX_CONNECTIONS),
            ));
        }
        self.report.line(
            ProbeOutcome::Running,
            Msg::new("probe.experiments.made").with("count", self.made.len()),
        );
        let main = &self.check.main;
        let mut told = self
            .made
            .iter()
            .filter(|made| made.variant != TlsVariant::WithoutHello || turned_away(made));
        if told.any(|made| !alike(made, main)) {
            Ending::Warn
        } else if main.outcome.session().is_some() && self.check.doubt.is_none() {
            Ending::Pass
        } else {
            Ending::Fail
        }
    }
}

/// What is tried, in the log's words, with `{addr}` still to be filled in.
fn announcement(variant: TlsVariant) -> Msg {
    match variant {
        TlsVariant::Ordinary | TlsVariant::Again => Msg::new("probe.experiments.again"),
        TlsVariant::WithoutSni => Msg::new("probe.experiments.without-sni"),
        TlsVariant::WithoutPostQuantum => Msg::new("probe.experiments.without-pq"),
        TlsVariant::OtherAddress => Msg::new("probe.experiments.other-address"),
        TlsVariant::SmallSegments => {
            Msg::new("probe.experiments.small-segments").with("bytes", tcp::SMALL_SEGMENT)
        }
        TlsVariant::WithoutHello => Msg::new("probe.experiments.without-hello"),
    }
}

/// Sends nothing and waits for what the other side does of itself.
async fn listen(mut stream: TcpStream, addr: SocketAddr, limit: Duration) -> TlsAttempt {
    let began = Instant::now();
    let mut first = [0; 64];
    let outcome = match tokio::time::timeout(limit, stream.read(&mut first)).await {
        Ok(Ok(0)) => TlsOutcome::Closed { received: 0 },
        Ok(Ok(received)) => TlsOutcome::Stalled {
            received: u64::try_from(received).unwrap_or(u64::MAX),
        },
        Ok(Err(_)) => TlsOutcome::Reset { received: 0 },
        Err(_) => TlsOutcome::Stalled { received: 0 },
    };
    TlsAttempt {
        variant: TlsVariant::WithoutHello,
        addr,
        sni: None,
        outcome,
        served: Vec::new(),
        stapled_ocsp: None,
        certificate_request: None,
        took_us: microseconds(began.elapsed()),
    }
}

/// Whether the handshake completed.
pub(super) fn ran_through(attempt: &TlsAttempt) -> bool {
    attempt.outcome.session().is_some()
}

fn is_quiet(outcome: &TlsOutcome) -> bool {
    matches!(outcome, TlsOutcome::Stalled { received: 0 })
}

/// Closed, reset or refused before a single byte came.
pub(super) fn turned_away(attempt: &TlsAttempt) -> bool {
    attempt.outcome.turns_away()
}

/// Whether two handshakes came to the same: the same certificate, or the same kind of failure.
pub(super) fn alike(one: &TlsAttempt, other: &TlsAttempt) -> bool {
    match (&one.outcome, &other.outcome) {
        (TlsOutcome::Completed(_), TlsOutcome::Completed(_)) => {
            one.served.first() == other.served.first() && one.served.len() == other.served.len()
        }
        (TlsOutcome::Alert(one), TlsOutcome::Alert(other)) => one == other,
        (one, other) => {
            std::mem::discriminant(one) == std::mem::discriminant(other)
                || (one.turns_away() && other.turns_away())
        }
    }
}
