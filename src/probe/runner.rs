//! Carries the plan out: starts checks side by side, folds and forwards what they report, keeps the deadline, and
//! outlives a check that breaks.
//!
//! Which check runs when is in `plan`, what each is given in `equip`, how each looks in its own file.

mod equip;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};

use super::CheckOptions;
use super::chain::ChainView;
use super::check::{Check, Ending, Note, Reporter, milliseconds};
use super::fetch::Ahead;
use super::handshake::Session;
use super::plan::{Order, View, plan};
use super::surroundings::Surroundings;
use super::tcp::Budget;
use crate::device;
use crate::device::trust_store::Late;
use crate::evidence::{
    Evidence, Observation, ProbeEvent, ProbeId, ProbeOutcome, ProxySetting, Target, UnixTime, Why,
    WhyCode,
};

/// Runs every check that the plan orders; the last event is [`ProbeEvent::Done`].
pub(super) async fn run(
    target: Target,
    options: CheckOptions,
    stores: Late,
    surroundings: Surroundings,
    events: mpsc::UnboundedSender<ProbeEvent>,
) {
    run_again(target, options, stores, surroundings, Vec::new(), events).await;
}

/// The same for those checks that `carried` does not tell the end of.
pub(super) async fn run_again(
    target: Target,
    options: CheckOptions,
    stores: Late,
    surroundings: Surroundings,
    carried: Vec<ProbeEvent>,
    events: mpsc::UnboundedSender<ProbeEvent>,
) {
    let (notes, mut noted) = mpsc::unbounded_channel();
    let proxies = match (&surroundings.proxies, options.offline) {
        (Some(proxies), _) => proxies.clone(),
        (None, true) => Vec::new(),
        (None, false) => device::proxy::read(&target),
    };
    let mut run = Run {
        proxies,
        evidence: Evidence::new(target, UnixTime::from(SystemTime::now())),
        options,
        stores,
        surroundings,
        began: Instant::now(),
        notes,
        events,
        checks: JoinSet::new(),
        ids: HashMap::new(),
        enough: HashMap::new(),
        budget: Budget::new(),
        chain: None,
        stream: None,
        session: None,
        ordinary_over: watch::channel(false).0,
        ahead: Ahead::default(),
    };
    if let Some(profile) = run.options.profile.clone() {
        run.tell(ProbeEvent::Observed(Observation::Profile(Box::new(
            (*profile).clone(),
        ))));
        let device = run.stores.clone();
        let theirs = Arc::clone(&profile);
        let own = move || device.get().under(&theirs);
        // An error is a panic over the profile's own authorities: then the device's count.
        if let Ok(Some(stores)) = tokio::task::spawn_blocking(own).await {
            run.stores = Arc::new(stores).into();
        }
        if run.options.identity.is_none()
            && let Some(client) = profile.client()
        {
            run.tell(ProbeEvent::Observed(Observation::Client(client)));
        }
    }
    if let Some(identity) = run.options.identity.clone() {
        let handed_in = identity.evidence().clone();
        run.tell(ProbeEvent::Observed(Observation::Client(handed_in)));
    }
    if let Some(ranges) = run.options.ranges.clone() {
        run.tell(ProbeEvent::Observed(Observation::Ranges(ranges)));
    }
    if let Some(version) = run.options.client_version.clone() {
        run.tell(ProbeEvent::Observed(Observation::ClientVersion(version)));
    }
    for event in carried {
        run.tell(event);
    }
    // The promise that the whole run keeps; it waits for nothing.
    let deadline = tokio::time::sleep(run.options.timeout);
    tokio::pin!(deadline);
    while let Some(look_again) = run.advance() {
        tokio::select! {
            biased;
            Some(note) = noted.recv() => run.take_in(note),
            Some(ended) = run.checks.join_next_with_id() => {
                // What a check reported came before its end.
                while let Ok(note) = noted.try_recv() {
                    run.take_in(note);
                }
                run.end(ended);
            }
            () = run.events.closed() => return,
            // The plan itself names the moment at which silence means something; every event comes before it.
            () = tokio::time::sleep(look_again) => {}
            () = &mut deadline => {
                while let Ok(note) = noted.try_recv() {
                    run.take_in(note);
                }
                run.out_of_time();
                break;
            }
        }
    }
    run.tell(ProbeEvent::Done);
}

/// How long to wait where the plan names no time: any event ends the wait.
const UNTIL_SOMETHING_HAPPENS: Duration = Duration::from_secs(3600);

struct Run {
    evidence: Evidence,
    options: CheckOptions,
    stores: Late,
    surroundings: Surroundings,
    proxies: Vec<ProxySetting>,
    began: Instant,
    notes: mpsc::UnboundedSender<Note>,
    events: mpsc::UnboundedSender<ProbeEvent>,
    checks: JoinSet<Ending>,
    ids: HashMap<Id, ProbeId>,
    enough: HashMap<ProbeId, watch::Sender<bool>>,
    budget: Budget,
    chain: Option<ChainView>,
    stream: Option<TcpStream>,
    session: Option<Box<Session>>,
    /// Whether the connection of the ordinary handshake is closed.
    ordinary_over: watch::Sender<bool>,
    ahead: Ahead,
}

impl Run {
    /// Carries out all that can be ordered now. The longest time to wait for the next event, or none when the run is
    /// over.
    fn advance(&mut self) -> Option<Duration> {
        loop {
            let plan = plan(&self.view());
            if plan.over {
                return None;
            }
            let mut changed = false;
            for order in plan.orders {
                changed |= self.carry_out(order);
            }
            // Skipping one check may settle what another waits for.
            if !changed {
                let now = self.began.elapsed();
                let wait = plan.look_again.map(|at| at.saturating_sub(now));
                return Some(wait.unwrap_or(UNTIL_SOMETHING_HAPPENS));
            }
        }
    }

    fn view(&self) -> View<'_> {
        View {
            evidence: &self.evidence,
            options: &self.options,
            chain: self.chain.as_ref(),
            proxies: &self.proxies,
            pace: &self.surroundings.pace,
            at: self.began.elapsed(),
        }
    }

    /// Whether the order changed what is planned next.
    fn carry_out(&mut self, order: Order) -> bool {
        match order {
            Order::Start(id) => match self.check(id) {
                Some(check) => self.start(check),
                None if id == ProbeId::Device => self.skip(id, Why::code(WhyCode::Unsupported)),
                None => self.skip(id, Why::code(WhyCode::Blocked)),
            },
            Order::Skip(id, why) => self.skip(id, why),
            Order::Release(id) => {
                if let Some(enough) = self.enough.get(&id) {
                    enough.send_replace(true);
                }
                return false;
            }
        }
        true
    }

    fn start(&mut self, check: Box<dyn Check>) {
        let id = check.id();
        let limit = check.limit();
        let (enough, asked_to_end) = watch::channel(false);
        self.enough.insert(id, enough);
        let report = Reporter::new(id, self.began, self.notes.clone(), asked_to_end);
        self.tell(ProbeEvent::Started {
            id,
            at_ms: milliseconds(self.began.elapsed()),
        });
        let task = self.checks.spawn(async move {
            let look = async move { check.look(report).await };
            tokio::time::timeout(limit, look)
                .await
                .unwrap_or_else(|_| Ending::Unknown(Why::code(WhyCode::TimedOut)))
        });
        self.ids.insert(task.id(), id);
    }

    fn skip(&mut self, id: ProbeId, why: Why) {
        self.tell(ProbeEvent::Skipped {
            id,
            at_ms: milliseconds(self.began.elapsed()),
            why,
        });
    }

    fn take_in(&mut self, note: Note) {
        match note {
            Note::Event(event) => self.tell(event),
            Note::Open(stream) => self.stream = Some(stream),
            Note::Session(session) => self.session = Some(session),
            Note::Judged(chain) => self.chain = Some(chain),
            Note::SessionOver => {
                self.ordinary_over.send_replace(true);
            }
        }
    }

    fn end(&mut self, ended: Result<(Id, Ending), JoinError>) {
        let (task, outcome, why) = match ended {
            Ok((task, ending)) => {
                let (outcome, why) = ending.into_parts();
                (task, outcome, why)
            }
            // Nothing cancels a single check, so an error is a panic.
            Err(error) => (
                error.id(),
                ProbeOutcome::Crashed,
                Some(Why::code(WhyCode::Failed)),
            ),
        };
        if let Some(id) = self.ids.remove(&task) {
            self.enough.remove(&id);
            // Where there is no session, the handshake's own end closed the connection.
            let over = id == ProbeId::Gateway || (id == ProbeId::Tls && !self.view().has_session());
            if over {
                self.ordinary_over.send_replace(true);
            }
            self.finish(id, outcome, why);
        }
    }

    fn finish(&mut self, id: ProbeId, outcome: ProbeOutcome, why: Option<Why>) {
        let started_ms = self
            .evidence
            .probe(id)
            .map_or(0.0, |record| record.started_ms);
        self.tell(ProbeEvent::Finished {
            id,
            took_ms: (milliseconds(self.began.elapsed()) - started_ms).max(0.0),
            outcome,
            why,
        });
    }

    /// Ends what still runs and gives up what has not begun, keeping all that was seen.
    fn out_of_time(&mut self) {
        self.checks.abort_all();
        for id in ProbeId::ALL {
            let why = Why::code(WhyCode::TimedOut);
            match self.evidence.probe(id).map(|record| record.outcome) {
                Some(ProbeOutcome::Running) => self.finish(id, ProbeOutcome::Unknown, Some(why)),
                Some(_) => {}
                None => self.skip(id, why),
            }
        }
    }

    /// Folds an event in and passes it on.
    fn tell(&mut self, event: ProbeEvent) {
        self.evidence.apply(&event);
        // Fails only when nobody listens any more; the loop notices that by itself.
        let _ = self.events.send(event);
    }
}
