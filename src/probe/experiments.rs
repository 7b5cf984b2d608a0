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
//! What the pairs mean is in [`crate::diagnose`]. Older versions of TLS are not tried here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::MAX_CONNECTIONS;
use super::chain::ChainView;
use super::check::{Check, Ending, Reporter, microseconds};
use super::handshake::shake;
use super::identity::Identity;
use super::surroundings::Pace;
use super::tcp::{self, Budget};
use super::tls::outcome_text;
use crate::cause::CauseId;
use crate::evidence::{
    Observation, ProbeId, ProbeOutcome, TlsAttempt, TlsOutcome, TlsVariant, Why, WhyCode,
};
use crate::msg::Msg;

/// Connections of the run's budget that are left to other checks: the other usual ports take as many, and those that
/// are refused there count for a gateway's guard as well.
pub(super) const LEFT_TO_OTHERS: usize = 5;
/// Addresses of the name that are tried beside the ordinary one.
const MAX_OTHERS: usize = 3;
/// Times that the ordinary handshake is repeated on the same address.
const MAX_AGAIN: usize = 3;

/// What about the ordinary handshake an experiment can settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It fell silent.
    Silence,
    /// The connection was closed or reset.
    Cut {
        /// Before a single byte came.
        at_once: bool,
    },
    /// It was refused with an alert that servers use for hellos they do not understand.
    Refusal,
    /// The server does not know the name.
    UnknownName,
    /// The chain is not accepted.
    Certificate {
        /// Among other things for its name.
        wrong_name: bool,
    },
    /// It failed in a way that one node of several might.
    Odd,
}

/// The doubt that this handshake leaves; its chain as far as it was judged.
pub(super) fn doubt(main: &TlsAttempt, chain: Option<&ChainView>) -> Option<Doubt> {
    const NOT_UNDERSTOOD: [&str; 4] = [
        "decode_error",
        "illegal_parameter",
        "internal_error",
        "handshake_failure",
    ];
    // Who asked for a certificate and then ended the handshake was not content with the answer.
    if main.outcome.session().is_none() && main.certificate_request.is_some() {
        return None;
    }
    match &main.outcome {
        TlsOutcome::Completed(_) => {
            let chain = chain.filter(|chain| !chain.accepted)?;
            Some(Doubt::Certificate {
                wrong_name: chain.causes.contains(&CauseId::HOSTNAME_MISMATCH),
            })
        }
        TlsOutcome::Stalled { .. } => Some(Doubt::Silence),
        TlsOutcome::Closed { received } | TlsOutcome::Reset { received } => Some(Doubt::Cut {
            at_once: *received == 0,
        }),
        TlsOutcome::Alert(alert) if alert == "unrecognized_name" => Some(Doubt::UnknownName),
        TlsOutcome::Alert(alert) if NOT_UNDERSTOOD.contains(&alert.as_str()) => {
            Some(Doubt::Refusal)
        }
        TlsOutcome::Alert(_) | TlsOutcome::Incompatible(_) => Some(Doubt::Odd),
        TlsOutcome::NotTls(_) | TlsOutcome::NotConnected(_) => None,
    }
}

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

/// The experiments of one run, as far as they were made.
struct Bench<'a> {
    check: &'a ExperimentsCheck,
    report: &'a Reporter,
    made: Vec<TlsAttempt>,
    refused_a_place: bool,
    /// How long one handshake may take.
    limit: Duration,
}

/// What is changed, and where to.
type Trial = (TlsVariant, SocketAddr);

impl Bench<'_> {
    async fn work(&mut self) {
        let others = self.check.others.iter().take(MAX_OTHERS);
        let others: Vec<Trial> = others
            .map(|addr| (TlsVariant::OtherAddress, *addr))
            .collect();
        self.batch(&others, |_| false).await;
        let silent = |made: &&TlsAttempt| matches!(made.outcome, TlsOutcome::Stalled { .. });
        // A tunnel for IPv6 often carries less than its ends think, while IPv4 is in order.
        let smaller: Vec<Trial> = (self.made.iter().filter(silent))
            .map(|made| (TlsVariant::SmallSegments, made.addr))
            .collect();
        self.batch(&smaller, |_| false).await;
        match self.check.doubt {
            None => {}
            Some(Doubt::Silence) => self.silence().await,
            Some(Doubt::Cut { at_once }) => self.cut(at_once).await,
            Some(Doubt::Refusal) => self.without_share().await,
            Some(Doubt::UnknownName) => {
                self.batch_here(&[TlsVariant::WithoutSni, TlsVariant::Again], |_| false)
                    .await;
            }
            Some(Doubt::Certificate { wrong_name }) => self.certificate(wrong_name).await,
            Some(Doubt::Odd) => {
                self.again(1).await;
            }
        }
    }

    /// Packets that are too large for the path, or a hello that is too large for the server. Where smaller packets help,
    /// the other answer changes nothing; the other way round it does, for without the share there are fewer packets.
    async fn silence(&mut self) {
        let small =
            |made: &TlsAttempt| made.variant == TlsVariant::SmallSegments && ran_through(made);
        let trials = [TlsVariant::SmallSegments, TlsVariant::WithoutPostQuantum];
        self.batch_here(&trials, small).await;
        if self
            .made
            .iter()
            .any(|made| made.addr == self.check.main.addr && ran_through(made))
        {
            self.control().await;
        }
    }

    async fn without_share(&mut self) {
        if self.here(TlsVariant::WithoutPostQuantum).await == Some(true) {
            self.control().await;
        } else {
            self.again(1).await;
        }
    }

    /// The ordinary one again after a change that helped, to see that it was the change: not time that passed, and not
    /// the next of two nodes that answer in turn, hence twice.
    async fn control(&mut self) {
        let helped = self.made.iter().rfind(|made| ran_through(made));
        let ample = Duration::from_micros(helped.map_or(0, |made| made.took_us)).saturating_mul(20);
        self.limit = ample.clamp(self.check.pace.silence, self.check.pace.tls / 2);
        let main = self.check.main.clone();
        self.batch_here(&[TlsVariant::Again; 2], |made| !alike(made, &main))
            .await;
    }

    /// Another node behind the same address: what differs from one try to the next is no matter of the name, so that
    /// the rest is not waited for.
    async fn certificate(&mut self, wrong_name: bool) {
        let main = self.check.main.clone();
        let differs = |made: &TlsAttempt| made.variant == TlsVariant::Again && !alike(made, &main);
        let mut trials = vec![TlsVariant::Again; MAX_AGAIN];
        if wrong_name && main.sni.is_some() {
            trials.insert(MAX_AGAIN - 1, TlsVariant::WithoutSni);
        }
        self.batch_here(&trials, differs).await;
    }

    /// Somebody hangs up: on anybody, on this hello, or only now and then. One after the other: who counts connections
    /// is not to be given more at once.
    async fn cut(&mut self, at_once: bool) {
        if at_once {
            self.here(TlsVariant::WithoutHello).await;
            if self.made.last().is_some_and(turned_away) {
                self.again(MAX_AGAIN).await;
                return;
            }
        }
        self.without_share().await;
    }

    /// The ordinary handshake on the same address, until it comes to something else than before. Being turned away is
    /// looked at to the end: a door that stays shut is not one that sticks.
    async fn again(&mut self, times: usize) {
        for _ in 0..times {
            if self.here(TlsVariant::Again).await.is_none() {
                return;
            }
            let differs = self
                .made
                .last()
                .is_some_and(|made| !turned_away(made) && !alike(made, &self.check.main));
            if differs {
                return;
            }
        }
    }

    /// One experiment by itself on the address of the ordinary handshake; whether it ran through, none where it was not
    /// made.
    async fn here(&mut self, variant: TlsVariant) -> Option<bool> {
        // Gateways that limit how fast anybody may connect see no burst: this is the pause between two connections, and
        // nothing is waited for.
        tokio::time::sleep(self.check.pace.silence / 10).await;
        let made = self
            .trial((variant, self.check.main.addr), Duration::ZERO)
            .await;
        let Some(made) = made else {
            self.refused_a_place = true;
            return None;
        };
        let through = ran_through(&made);
        self.keep(made);
        Some(through)
    }

    /// These side by side on the address of the ordinary handshake; see [`Self::batch`].
    async fn batch_here(&mut self, variants: &[TlsVariant], enough: impl Fn(&TlsAttempt) -> bool) {
        let addr = self.check.main.addr;
        let trials: Vec<Trial> = variants.iter().map(|variant| (*variant, addr)).collect();
        self.batch(&trials, enough).await;
    }

    /// These side by side, each begun a little after the one before; until all are over or one is `enough`, after which
    /// no other can change what follows. One that is turned away while others of ours are under way may owe it to them,
    /// and is made once more by itself.
    async fn batch(&mut self, trials: &[Trial], enough: impl Fn(&TlsAttempt) -> bool) {
        let breath = self.check.pace.silence / 25;
        let shut = turned_away(&self.check.main);
        let (mut kept, mut crowded, mut without_place) = (Vec::new(), None, false);
        {
            let this = &*self;
            let mut running: FuturesUnordered<_> = (0_u32..)
                .zip(trials)
                .map(|(n, trial)| async move { (*trial, this.trial(*trial, breath * n).await) })
                .collect();
            while let Some((trial, made)) = running.next().await {
                match made {
                    None => without_place = true,
                    Some(made) if trials.len() > 1 && !shut && turned_away(&made) => {
                        crowded = crowded.or(Some(trial));
                    }
                    Some(made) => {
                        let last = enough(&made);
                        this.announce(&made);
                        kept.push(made);
                        if last {
                            break;
                        }
                    }
                }
            }
        }
        self.refused_a_place |= without_place;
        self.made.append(&mut kept);
        if let Some(trial) = crowded {
            match self.trial(trial, self.check.pace.silence / 10).await {
                Some(made) => self.keep(made),
                None => self.refused_a_place = true,
            }
        }
    }

    fn keep(&mut self, made: TlsAttempt) {
        self.announce(&made);
        self.made.push(made);
    }

    fn announce(&self, made: &TlsAttempt) {
        self.tell(made);
        self.report.observe(Observation::Attempt(made.clone()));
    }

    /// One experiment, after a moment; none where there is no connection left for it.
    async fn trial(&self, (variant, addr): Trial, after: Duration) -> Option<TlsAttempt> {
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
        let identity = check.identity.as_deref();
        let shaken = shake(stream, addr, sni, variant, identity, self.limit).await;
        Some(shaken.attempt)
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

    fn end(&self) -> Ending {
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

fn ran_through(attempt: &TlsAttempt) -> bool {
    attempt.outcome.session().is_some()
}

fn is_quiet(outcome: &TlsOutcome) -> bool {
    matches!(outcome, TlsOutcome::Stalled { received: 0 })
}

/// Closed, reset or refused before a single byte came.
fn turned_away(attempt: &TlsAttempt) -> bool {
    attempt.outcome.turns_away()
}

/// Whether two handshakes came to the same: the same certificate, or the same kind of failure.
fn alike(one: &TlsAttempt, other: &TlsAttempt) -> bool {
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
