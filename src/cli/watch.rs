//! `vpnmedic watch`: checks the same gateways again and again, and tells what changes: on a table, in lines, as JSON,
//! as metrics. What is kept and who is due when is in [`crate::watch`], one check is that of `check`.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::sync::mpsc;

use super::args::{Common, WatchArgs};
use super::{Exit, Refusal, check, is_read, no_screen, refuse, setup};
use crate::cause::CauseId;
use crate::device::trust_store::Late;
use crate::diagnose::{Context, Relations, Verdict, diagnose};
use crate::evidence::{Evidence, Target, UnixTime};
use crate::guide::{Knowledge, Lang};
use crate::msg::Msg;
use crate::probe::CheckOptions;
use crate::report::{SCHEMA, Sample, Subject, metrics};
use crate::tui::{WatchKey, WatchLook, WatchScreen, state_words};
use crate::watch::{Change, MIN_EVERY, Schedule, Seen, State, Watch, too_often};

/// Seconds between two checks, unless something else is said.
const DEFAULT_EVERY: u64 = 60;
/// Gateways checked side by side.
const AT_ONCE: usize = 16;
/// Answers that may wait.
const UNREAD: usize = 64;
/// Between two drawings of the clock in the table.
const BEAT: Duration = Duration::from_secs(1);

/// Watches until all rounds are made or the person ends it. Exit as of a check of how things are then.
pub fn run(common: &Common, args: &WatchArgs) -> Result<Exit, Refusal> {
    if common.offline {
        return Err(refuse(&Msg::new("refusal.watch-offline")));
    }
    let stores = setup::late_stores(&common.live)?;
    let knowledge = setup::knowledge(common)?;
    let lang = setup::language(common, Some(&knowledge.wizard.site));
    let words = check::Words {
        texts: &knowledge.texts,
        lang,
    };
    let gathered = check::gather(&args.targets, &args.lists, words)?;
    for remark in &gathered.remarks {
        let _ = writeln!(std::io::stderr(), "vpnmedic: {remark}");
    }
    let every = Duration::from_secs(args.every.unwrap_or(DEFAULT_EVERY));
    if let Some(target) = too_often(every, &gathered.targets) {
        return Err(words.refuse(
            &Msg::new("watch.refused.too-often")
                .with("seconds", every.as_secs())
                .with("least", MIN_EVERY.as_secs())
                .with("target", target),
        ));
    }
    let options = setup::options(common, &knowledge.wizard.site)?;
    let context = Context {
        system: setup::system(common),
        client: setup::client(common, &knowledge)?,
    };
    let runtime = setup::runtime()?;
    let to_stdout = args.openmetrics.as_deref() == Some(Path::new("-"));
    let form = match (args.json, to_stdout, speaks_to_a_person()) {
        (true, true, _) => {
            return Err(refuse(&Msg::new("refusal.one-output")));
        }
        (true, ..) => Form::Json,
        (_, true, _) => Form::Silent,
        (_, _, true) => Form::Table(Box::new(WatchLook::new(
            setup::knowledge(common)?,
            lang,
            setup::theme(common, &knowledge.wizard.site),
            common.ascii || !setup::speaks_utf8(),
            every.as_secs(),
        ))),
        _ => Form::Lines,
    };
    let relations = Relations::from(&knowledge);
    let watcher = Watcher {
        engine: Arc::new(Engine {
            knowledge,
            relations,
            stores,
            options,
            context,
            lang,
        }),
        schedule: Schedule::new(gathered.targets.len(), every, args.count, seed()),
        samples: vec![None; gathered.targets.len()],
        watch: Watch::new(gathered.targets),
        metrics: args.openmetrics.clone(),
        form,
        began: Instant::now(),
    };
    let watched = runtime.block_on(watcher.run());
    // A name lookup that hangs in the system must not keep a finished watch waiting.
    runtime.shutdown_background();
    watched.map(Exit::from)
}

/// Whether standard output is a terminal that understands more than letters.
fn speaks_to_a_person() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    std::io::stdout().is_terminal() && std::io::stdin().is_terminal() && !(dumb && cfg!(unix))
}

fn seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| u64::from(since.subsec_nanos()));
    nanos ^ u64::from(std::process::id())
}

/// How the watch is told.
enum Form {
    /// A table on the terminal.
    Table(Box<WatchLook>),
    /// A line a change.
    Lines,
    /// A document a change.
    Json,
    /// Metrics alone.
    Silent,
}

/// All that each check is made with.
struct Engine {
    knowledge: Knowledge,
    relations: Relations,
    stores: Late,
    options: CheckOptions,
    context: Context,
    lang: Lang,
}

impl Engine {
    /// One check. Where this program itself breaks, nothing is known of the gateway.
    async fn check(self: Arc<Self>, target: Target) -> (Seen, Sample) {
        let look = check::look(target.clone(), self.options.clone(), self.stores.clone());
        let evidence = tokio::spawn(look).await.unwrap_or_else(|_| {
            let mut nothing = Evidence::new(target, now());
            nothing.finished = true;
            nothing
        });
        let diagnosis = diagnose(
            &evidence,
            &self.stores.get(),
            &self.relations,
            &self.context,
        );
        let subject = Subject {
            knowledge: &self.knowledge,
            lang: self.lang,
            system: self.context.system,
            evidence: &evidence,
            diagnosis: &diagnosis,
        };
        (Seen::of(&evidence, &diagnosis), Sample::of(&subject))
    }
}

/// What came of one check.
struct Answer {
    gateway: usize,
    seen: Seen,
    sample: Sample,
}

struct Watcher {
    engine: Arc<Engine>,
    schedule: Schedule,
    watch: Watch,
    samples: Vec<Option<Sample>>,
    metrics: Option<PathBuf>,
    form: Form,
    began: Instant,
}

/// What woke the loop.
enum Woken {
    Answer(Option<Answer>),
    Due,
    Terminal(Option<std::io::Result<Event>>),
    Interrupted,
}

impl Watcher {
    async fn run(mut self) -> Result<Verdict, Refusal> {
        let (answers, mut answered) = mpsc::channel::<Answer>(UNREAD);
        let places = check::Places::new(Some(AT_ONCE));
        let mut screen = match &self.form {
            Form::Table(_) => Some(WatchScreen::enter().map_err(|error| table_refused(&error))?),
            _ => None,
        };
        let mut keys = screen.is_some().then(EventStream::new);
        let mut end = End::listen().map_err(|error| Refusal(format!("cannot start: {error}")))?;
        self.draw(&mut screen, false)?;
        while !self.schedule.is_over() {
            while let Some(gateway) = self.schedule.take(self.began.elapsed()) {
                self.start(gateway, places.clone(), answers.clone());
            }
            let rest = match (&screen, self.schedule.wait(self.began.elapsed())) {
                (Some(_), rest) => rest.unwrap_or(BEAT).min(BEAT),
                (None, rest) => rest.unwrap_or(Duration::from_secs(3600)),
            };
            let woken = tokio::select! {
                biased;
                () = end.asked() => Woken::Interrupted,
                event = next(&mut keys) => Woken::Terminal(event),
                answer = answered.recv() => Woken::Answer(answer),
                // The interval between two checks of a gateway, which the person sets; anything that happens ends it.
                () = tokio::time::sleep(rest) => Woken::Due,
            };
            let mut wholly = false;
            match woken {
                Woken::Answer(Some(answer)) => {
                    if !self.take(answer)? {
                        break;
                    }
                }
                Woken::Due => {}
                Woken::Answer(None) | Woken::Interrupted | Woken::Terminal(None | Some(Err(_))) => {
                    break;
                }
                Woken::Terminal(Some(Ok(event))) => {
                    let rows = self.watch.rows.len();
                    let Form::Table(look) = &mut self.form else {
                        continue;
                    };
                    match look.key(&event, rows) {
                        Some(WatchKey::Quit) => break,
                        Some(WatchKey::Redraw) => wholly = true,
                        Some(WatchKey::Draw) => {}
                        None => continue,
                    }
                }
            }
            self.draw(&mut screen, wholly)?;
        }
        drop(screen);
        if let Form::Table(_) = self.form {
            // The table is gone with the screen; what it ended on stays.
            self.last_words()?;
        }
        Ok(self.watch.verdict())
    }

    fn start(&self, gateway: usize, places: check::Places, answers: mpsc::Sender<Answer>) {
        let Some(row) = self.watch.rows.get(gateway) else {
            return;
        };
        let (engine, target) = (Arc::clone(&self.engine), row.target.clone());
        tokio::spawn(async move {
            let Some(place) = places.take().await else {
                return;
            };
            let (seen, sample) = place.hold(engine.check(target)).await;
            // Nobody listens only once the watch is over.
            let _ = answers
                .send(Answer {
                    gateway,
                    seen,
                    sample,
                })
                .await;
        });
    }

    /// Takes a check's answer in and tells what is worth telling. False where nobody reads any more.
    fn take(&mut self, answer: Answer) -> Result<bool, Refusal> {
        let Answer {
            gateway,
            seen,
            sample,
        } = answer;
        if let Some(kept) = self.samples.get_mut(gateway) {
            *kept = Some(sample);
        }
        let change = self.watch.take(gateway, seen);
        self.schedule.done(gateway, self.began.elapsed());
        let mut read = true;
        if let Some(change) = change {
            read = match self.form {
                Form::Json => is_read(self.document(&change)?.as_bytes())?,
                Form::Lines => is_read(self.line(&change).as_bytes())?,
                Form::Table(_) | Form::Silent => true,
            };
        }
        let now = self.began.elapsed();
        if self.schedule.is_time_to_write(now) {
            read &= self.write_metrics()?;
        }
        Ok(read)
    }

    fn draw(&self, screen: &mut Option<WatchScreen>, wholly: bool) -> Result<(), Refusal> {
        if let (Some(screen), Form::Table(look)) = (screen, &self.form) {
            let drawn = screen.draw(look, &self.watch, now(), wholly);
            drawn.map_err(|error| table_refused(&error))?;
        }
        Ok(())
    }

    fn line(&self, change: &Change) -> String {
        let words = |state: &State| state_words(&self.engine.knowledge, self.engine.lang, state);
        let id = match &change.from {
            Some(_) => Msg::new("watch.line.change"),
            None => Msg::new("watch.line.first"),
        };
        let target = self
            .watch
            .rows
            .get(change.gateway)
            .map(|row| row.target.to_string());
        let mut text = id
            .with("time", change.at.rfc3339())
            .with("target", target.unwrap_or_default())
            .with("to", words(&change.to));
        if let Some(from) = &change.from {
            text = text.with("from", words(from));
        }
        self.engine.knowledge.texts.render(self.engine.lang, &text) + "\n"
    }

    /// How each gateway was when the table went.
    fn last_words(&self) -> Result<(), Refusal> {
        for (gateway, row) in self.watch.rows.iter().enumerate() {
            let Some(last) = &row.last else { continue };
            let line = self.line(&Change {
                gateway,
                at: last.at,
                from: None,
                to: last.state.clone(),
            });
            if !is_read(line.as_bytes())? {
                break;
            }
        }
        Ok(())
    }

    fn document(&self, change: &Change) -> Result<String, Refusal> {
        let Some(row) = self.watch.rows.get(change.gateway) else {
            return Ok(String::new());
        };
        let document = Document {
            schema: SCHEMA,
            tool: concat!("vpnmedic ", env!("CARGO_PKG_VERSION")),
            at: change.at.rfc3339(),
            target: row.target.typed(),
            event: if change.from.is_some() {
                "change"
            } else {
                "first"
            },
            round: row.rounds,
            verdict: change.to.verdict,
            causes: &change.to.roots,
            was: change.from.as_ref().map(|from| Was {
                verdict: from.verdict,
                causes: &from.roots,
            }),
            handshake_ms: row
                .last
                .as_ref()
                .and_then(|last| last.handshake_us)
                .map(|us| Duration::from_micros(us).as_secs_f64() * 1000.0),
            days_left: row.days_left(change.at),
        };
        serde_json::to_string(&document)
            .map(|line| line + "\n")
            .map_err(|error| Refusal(format!("cannot write JSON: {error}")))
    }

    /// Writes the metrics of all that was seen so far, where that was asked for. A reader of the file sees the old or
    /// the new, never half of one.
    fn write_metrics(&self) -> Result<bool, Refusal> {
        let Some(path) = &self.metrics else {
            return Ok(true);
        };
        let text = metrics(self.samples.iter().flatten().cloned().collect());
        if path == Path::new("-") {
            return is_read(text.as_bytes());
        }
        let mut beside = path.clone().into_os_string();
        beside.push(format!(".{}.part", std::process::id()));
        let beside = PathBuf::from(beside);
        let kept = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
        kept.map(|()| true).map_err(|error| {
            // What is left of a failed attempt is of no use.
            let _ = std::fs::remove_file(&beside);
            let msg = Msg::new("watch.refused.file")
                .with("file", path.display())
                .with("why", error);
            Refusal(self.engine.knowledge.texts.render(self.engine.lang, &msg))
        })
    }
}

/// The signals by which the system or a person ends the watch: the terminal is given back, and the exit code is told.
struct End {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

impl End {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            signals: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            ],
        })
    }

    #[cfg(unix)]
    async fn asked(&mut self) {
        let [interrupt, terminate, hang_up] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn asked(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

/// A first state or a change, as JSON.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: &'static str,
    at: String,
    target: String,
    event: &'static str,
    round: u64,
    verdict: Verdict,
    causes: &'a [CauseId],
    was: Option<Was<'a>>,
    handshake_ms: Option<f64>,
    days_left: Option<i64>,
}

#[derive(Serialize)]
struct Was<'a> {
    verdict: Verdict,
    causes: &'a [CauseId],
}

/// The next event of the terminal, where one is listened to.
async fn next(keys: &mut Option<EventStream>) -> Option<std::io::Result<Event>> {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

fn table_refused(error: &std::io::Error) -> Refusal {
    no_screen(error, "vpnmedic watch HOST | cat")
}

fn now() -> UnixTime {
    UnixTime::from(SystemTime::now())
}
