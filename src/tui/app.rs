//! The loop: waits for the terminal, the checks and signals, hands them to [`super::update`], does what it asks for,
//! and draws when something changed. While nothing happens it sleeps: the timer exists only while checks run.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::device::trust_store::Late;
use crate::device::{facts, profiles};
use crate::diagnose::{Context, Relations, diagnose};
use crate::evidence::{ProbeEvent, ProbeId, Target, UnixTime};
use crate::guide::{Knowledge, library};
use crate::probe::{self, CheckOptions};
use crate::runtime::Beginning;
use crate::session::again::carried;

use super::journal::Scribe;
use super::message::{Effect, Message};
use super::model::{Contacts, Keeping, Model, Reasoner};
use super::terminal::Screen;
use super::theme::{Glyphs, Theme};
use super::update::{open_file, set_target, update};
use super::view::view;

mod lesson;
mod packing;
mod signals;
mod start;

use lesson::Open;
use signals::{Signal, Signals};
pub use start::{Left, Opened, PracticeStart, Start};

/// Between two frames of the busy sign.
const BEAT: Duration = Duration::from_millis(100);
/// How long this device may take to answer for its card.
const DEVICE_LIMIT: Duration = Duration::from_secs(2);
/// How long the checks of a practice gateway may take at least: those that wait for silence take longest.
const PRACTICE_TIMEOUT: Duration = Duration::from_secs(30);
/// Reports taken in at once, so that a burst of them is one drawing.
const BURST: usize = 256;

/// Shows the wizard on this runtime until the person leaves. Takes over the terminal and gives it back, whatever happens.
///
/// # Errors
/// When there is no terminal, or it cannot be read or written.
pub fn run(start: Start, runtime: Beginning) -> io::Result<Left> {
    let app = App::new(start);
    let runtime = runtime.get()?;
    let result = runtime.block_on(app.run());
    // Checks that hang in a system call must not keep the person waiting.
    runtime.shutdown_background();
    result
}

/// One run of checks.
struct Run {
    number: u32,
    began: Instant,
    task: JoinHandle<()>,
    reports: UnboundedReceiver<ProbeEvent>,
}

impl Drop for Run {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Draws conclusions with these stores. What conclusions are drawn with is read when the first one is: the first frame
/// does not wait for it.
fn reasoner(knowledge: &Arc<Knowledge>, stores: Late, client: Option<String>) -> Reasoner {
    let knowledge = Arc::clone(knowledge);
    let relations = OnceLock::new();
    Arc::new(move |evidence: &_, system| {
        let context = Context {
            system,
            client: client.clone(),
        };
        let relations = relations.get_or_init(|| Relations::from(&*knowledge));
        diagnose(evidence, &stores.get(), relations, &context)
    })
}

struct App {
    model: Model,
    opened: Option<Opened>,
    first: Option<Target>,
    options: CheckOptions,
    stores: Late,
    client: Option<String>,
    practice: Option<PracticeStart>,
    lesson: Option<Open>,
    checks: Option<Run>,
    beat: Option<Interval>,
    /// Looks at this device that nobody has to wait for; each brings a message.
    aside: JoinSet<Message>,
    scribe: Scribe,
}

/// What woke the loop.
enum Woken {
    Terminal(Option<io::Result<Event>>),
    Reports(Vec<ProbeEvent>),
    Journal(Message),
    Beat,
    Aside(Message),
    Signal(Signal),
}

/// What plain mode begins with: the model, the gateway where it is known, what checks may do and what is trusted.
pub(super) fn parts(start: Start) -> (Model, Option<Target>, CheckOptions, Late) {
    let App {
        model,
        first,
        options,
        stores,
        ..
    } = App::new(start);
    (model, first, options, stores)
}

impl App {
    fn new(start: Start) -> Self {
        let knowledge = Arc::new(start.knowledge);
        let reasoner = reasoner(&knowledge, start.stores.clone(), start.client.clone());
        let scribe = Scribe::new(start.keep, start.lang, start.system);
        let options = start.options;
        let contacts = Contacts {
            offline: options.offline,
            no_third_party: options.no_third_party,
            no_public_dns: options.no_public_dns,
            ntp: options.ntp.clone(),
            portal: options.portal.iter().map(|p| p.url.clone()).collect(),
        };
        let mut model = Model::new(knowledge, reasoner, contacts, start.lang, start.system);
        model.theme = Theme::new(start.theme);
        model.glyphs = if start.ascii {
            Glyphs::ASCII
        } else {
            Glyphs::UNICODE
        };
        model.mouse = start.mouse;
        model.zone = TimeZone::system();
        model.folder = crate::report::save::folder();
        model.now = now();
        if scribe.keeps() {
            model.keeping = Keeping::Ready;
        }
        Self {
            model,
            opened: start.opened,
            first: start.target,
            options,
            stores: start.stores,
            client: start.client,
            practice: start.practice,
            lesson: None,
            checks: None,
            beat: None,
            aside: JoinSet::new(),
            scribe,
        }
    }

    async fn run(mut self) -> io::Result<Left> {
        let mut signals = Signals::listen()?;
        let mut screen = Screen::enter(self.model.mouse)?;
        let size = screen.terminal.size()?;
        update(&mut self.model, Message::Resized(size.width, size.height));
        if let Some(opened) = self.opened.take() {
            open_file(&mut self.model, opened.file, opened.judge);
        } else {
            if self.practice.is_none() && self.first.is_none() {
                // The first frame waits for nothing of what follows.
                screen.terminal.draw(|frame| view(&self.model, frame))?;
            }
            self.look_around();
            if let Some(PracticeStart { fault, seed }) = self.practice.take() {
                let effects = self.practise(fault, seed);
                self.apply(&mut screen, effects)?;
            } else if let Some(target) = self.first.take() {
                let effects = set_target(&mut self.model, target, now());
                self.apply(&mut screen, effects)?;
                self.write_down().await;
            } else {
                self.scribe.look_for_last();
            }
        }
        let mut keys = EventStream::new();
        loop {
            screen.terminal.draw(|frame| view(&self.model, frame))?;
            let effects = match self.wake(&mut keys, &mut signals).await {
                Woken::Terminal(Some(event)) => match Message::of_terminal(event?, now()) {
                    Some(message) => update(&mut self.model, message),
                    None => continue,
                },
                // The terminal is gone: the session has not come to its end, and is offered again.
                Woken::Terminal(None) | Woken::Signal(Signal::Leave) => {
                    self.scribe.flush(Vec::new()).await;
                    return Ok(self.left());
                }
                Woken::Journal(message) => update(&mut self.model, message),
                Woken::Reports(events) => self.reported(events),
                Woken::Beat => self.tick(),
                Woken::Aside(message) => update(&mut self.model, message),
                #[cfg(unix)]
                Woken::Signal(Signal::StandAside) => vec![Effect::Suspend],
                #[cfg(unix)]
                Woken::Signal(Signal::GoOn) => vec![Effect::Redraw],
            };
            let leaves = self.apply(&mut screen, effects)?;
            self.write_down().await;
            if leaves {
                let rest = std::mem::take(&mut self.model.outbox);
                self.scribe.end(rest, now()).await;
                return Ok(self.left());
            }
        }
    }

    /// Looks for this device's connections, and reads what the first conclusions are drawn with.
    fn look_around(&mut self) {
        let knowledge = Arc::clone(&self.model.knowledge);
        let system = self.model.session.system();
        self.aside.spawn_blocking(move || {
            let found = profiles::of_this_device(&knowledge.clients().profiles, system);
            drop(Relations::from(&*knowledge));
            Message::Profiles(found)
        });
    }

    /// What happened, onto the disk before it is drawn.
    async fn write_down(&mut self) {
        let happened = std::mem::take(&mut self.model.outbox);
        for message in self.scribe.write_down(happened).await {
            update(&mut self.model, message);
        }
    }

    fn left(&self) -> Left {
        Left {
            kept: match &self.model.keeping {
                Keeping::Kept(path) => Some(path.clone()),
                _ => None,
            },
            lang: self.model.session.lang(),
        }
    }

    /// Sleeps until something happens.
    async fn wake(&mut self, keys: &mut EventStream, signals: &mut Signals) -> Woken {
        let mut burst = Vec::new();
        let checks = &mut self.checks;
        let beat = &mut self.beat;
        let aside = &mut self.aside;
        let scribe = &mut self.scribe;
        tokio::select! {
            biased;
            signal = signals.next() => Woken::Signal(signal),
            event = keys.next() => Woken::Terminal(event),
            _ = async {
                match checks {
                    Some(run) => run.reports.recv_many(&mut burst, BURST).await,
                    None => std::future::pending().await,
                }
            } => Woken::Reports(burst),
            message = scribe.next() => Woken::Journal(message),
            () = async {
                match beat {
                    Some(beat) => { beat.tick().await; }
                    None => std::future::pending().await,
                }
            } => Woken::Beat,
            // One that broke brings nothing: what it was to look at stays unseen.
            Some(Ok(message)) = aside.join_next(), if !aside.is_empty() => Woken::Aside(message),
        }
    }

    /// Reports of the run: none at all means that it ended, with its last word or, if it broke, without.
    fn reported(&mut self, mut events: Vec<ProbeEvent>) -> Vec<Effect> {
        let Some(run) = &self.checks else {
            return Vec::new();
        };
        let number = run.number;
        if events.is_empty() {
            events.push(ProbeEvent::Done);
        }
        let ended = events.contains(&ProbeEvent::Done);
        let elapsed_ms = milliseconds(run.began.elapsed());
        update(&mut self.model, Message::Tick { elapsed_ms });
        let effects = update(
            &mut self.model,
            Message::Probes {
                run: number,
                events,
            },
        );
        if ended {
            self.checks = None;
            self.beat = None;
        }
        effects
    }

    fn tick(&mut self) -> Vec<Effect> {
        let Some(run) = &self.checks else {
            self.beat = None;
            return Vec::new();
        };
        let elapsed_ms = milliseconds(run.began.elapsed());
        update(&mut self.model, Message::Tick { elapsed_ms })
    }

    /// Does what was asked for. True to leave.
    fn apply(&mut self, screen: &mut Screen, effects: Vec<Effect>) -> io::Result<bool> {
        for effect in effects {
            match effect {
                Effect::StartChecks {
                    target,
                    run,
                    left_out,
                } => self.start(target, run, &left_out),
                Effect::CancelChecks => {
                    self.checks = None;
                    self.beat = None;
                }
                Effect::Practise { fault, seed } => {
                    let effects = self.practise(fault, seed);
                    if self.apply(screen, effects)? {
                        return Ok(true);
                    }
                }
                Effect::ReadLans => {
                    let lans = crate::device::lan::networks();
                    update(&mut self.model, Message::Lans(lans));
                }
                Effect::PrepareSearch => {
                    let knowledge = Arc::clone(&self.model.knowledge);
                    // Whoever searches before it is done waits for it.
                    drop(spawn_blocking(move || {
                        library::index(&knowledge);
                    }));
                }
                Effect::ReadDevice => {
                    self.aside.spawn_blocking(read_device);
                }
                Effect::SaveReport {
                    path,
                    text,
                    replace,
                } => {
                    let saved = crate::report::save::save(&path, &text, replace);
                    update(&mut self.model, Message::Saved(saved));
                }
                Effect::Pack {
                    journal,
                    level,
                    made_at,
                } => self.pack(journal, level, made_at),
                Effect::SaveBundle {
                    path,
                    bytes,
                    replace,
                } => {
                    let saved = crate::report::save::save_bytes(&path, &bytes, replace);
                    update(&mut self.model, Message::BundleSaved(saved));
                }
                Effect::Reopen(path) => {
                    let (at, happened) = (now(), std::mem::take(&mut self.model.outbox));
                    let message = self.scribe.reopen(&path, happened, at);
                    if matches!(message, Message::Reopened { .. }) {
                        self.give_practice_up();
                    }
                    let more = update(&mut self.model, message);
                    if more.contains(&Effect::CancelChecks) {
                        self.checks = None;
                        self.beat = None;
                    }
                }
                Effect::ListSessions => self.scribe.list(),
                Effect::ReadSession(path) => self.scribe.read(path),
                Effect::DeleteSession(path) => {
                    if let Some(message) = self.scribe.delete(&path) {
                        update(&mut self.model, message);
                    }
                }
                Effect::Copy(text) => screen.copy(&text)?,
                Effect::Mouse(on) => screen.set_mouse(on)?,
                Effect::Suspend => screen.suspend()?,
                Effect::Redraw => screen.retake()?,
                Effect::Quit => return Ok(true),
            }
        }
        Ok(false)
    }

    fn reasoner(&self) -> Reasoner {
        reasoner(
            &self.model.knowledge,
            self.stores.clone(),
            self.client.clone(),
        )
    }

    fn start(&mut self, target: Target, number: u32, left_out: &[ProbeId]) {
        self.end_practice();
        let (sender, reports) = unbounded_channel();
        let (mut options, stores) = (self.options.clone(), self.stores.clone());
        options.profile.clone_from(&self.model.profile);
        let before = self.model.session.before();
        let carried = before.map_or_else(Vec::new, |before| carried(before, left_out));
        let checks = async move {
            // Dropped unsent only if the stores' reader is gone, and then there is nothing to check against.
            if let Ok(stores) = spawn_blocking(move || stores.get()).await {
                probe::run_again(target, options, stores, carried, sender).await;
            }
        };
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        self.beat = Some(beat);
        self.checks = Some(Run {
            number,
            began: Instant::now(),
            task: tokio::spawn(checks),
            reports,
        });
    }
}

/// Asks this device what it says of itself.
pub(super) fn read_device() -> Message {
    let device = crate::device::this_device();
    Message::Device(
        device.map(|device| Box::new(facts::read(&*device, facts::patience(DEVICE_LIMIT)))),
    )
}

fn now() -> UnixTime {
    UnixTime::from(SystemTime::now())
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
