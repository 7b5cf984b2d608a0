//! `vpnmedic check`: the engine without the screen, for one gateway or many.
//!
//! | file | does |
//! | --- | --- |
//! | `list.rs` | arguments and lists to targets |
//! | `places.rs` | how many are looked at side by side |
//! | `engine.rs` | one gateway: look, conclude, write |
//! | `progress.rs` | how far it is, on a terminal |

mod engine;
mod list;
mod places;
mod progress;

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use super::args::{CheckArgs, Common};
use super::{Exit, Refusal, client, columns, is_read, profiles, refuse, setup};
use crate::diagnose::{Context, Version};
use crate::evidence::Target;
use crate::msg::Msg;
use crate::report::{Tally, metrics, target_width};
use engine::{Answer, Engine, Form};
use progress::Progress;

pub(super) use engine::look;
pub(super) use list::{Words, gather};
pub(super) use places::Places;

/// Answers that may wait to be written: a reader that is slow slows the checks down, not the memory up.
const UNREAD: usize = 64;

/// Checks every target. A cause anywhere ends in 1; else a line that was not understood in 2; else a gateway of which
/// nothing can be said in 3.
pub fn run(common: &Common, args: &CheckArgs) -> Result<Exit, Refusal> {
    let runtime = setup::runtime()?;
    // After it: the runtime tries how many threads there are, and would wait behind these.
    crate::probe::ask_device_early();
    let stores = setup::late_stores(&common.live)?;
    let knowledge = Arc::new(setup::knowledge_without_tree(common)?);
    // What ends with the process need not be given back piece by piece before.
    std::mem::forget((Arc::clone(&knowledge), stores.clone()));
    let lang = setup::language(common, Some(&knowledge.wizard.site));
    let words = Words {
        texts: &knowledge.texts,
        lang,
    };
    let files = client::Files {
        certificate: args.client_cert.as_deref(),
        key: args.client_key.as_deref(),
        archive: args.client_p12.as_deref(),
    };
    let has_identity = files.certificate.is_some() || files.archive.is_some();
    if has_identity && list::reads_standard_input(&args.targets, &args.lists) {
        return Err(words.refuse(&Msg::new("check.list.stdin-password")));
    }
    let profile = args
        .profile
        .as_deref()
        .map(|file| profiles::chosen(common, &knowledge, lang, file, args.entry.as_deref()))
        .transpose()?;
    let mut gathered = list::gather(&args.targets, &args.lists, words)?;
    if let Some(place) = profile.as_ref().and_then(|profile| profile.target()) {
        gathered.targets.push(place.target.clone());
    }
    for remark in &gathered.remarks {
        complain(remark);
    }
    let mut options = setup::options(common, &knowledge.wizard.site)?;
    if !args.log.is_empty() && gathered.targets.len() > 1 {
        return Err(refuse(&Msg::new("refusal.log-one")));
    }
    options.logs = setup::logs(&args.log, &knowledge)?;
    options.ranges = setup::ranges(&args.pool, &args.lan, args.peak)?;
    options.client_version = client_version(common, args)?;
    options.profile = profile;
    options.identity = client::read(&files, &knowledge.texts, lang)?.map(Arc::new);
    if args.report.is_some() && (gathered.from_list || gathered.targets.len() > 1) {
        return Err(refuse(&Msg::new("refusal.report-one")));
    }
    let form = match (args.report, args.openmetrics, args.json) {
        (Some(format), _, _) => Form::Full(format.into()),
        (None, true, _) => Form::Metrics,
        (None, false, true) => Form::Json,
        (None, false, false) if gathered.from_list || gathered.targets.len() > 1 => Form::Line {
            width: target_width(&gathered.targets),
        },
        (None, false, false) => Form::Report { width: columns() },
    };
    let engine = Arc::new(Engine::new(
        knowledge.clone(),
        stores,
        options,
        Context {
            system: setup::system(common),
            client: setup::client(common, &knowledge)?,
        },
        lang,
        form,
    ));
    let many = Many {
        engine,
        places: Places::new(args.jobs.map(usize::from)),
        form,
        began: Instant::now(),
    };
    let several = gathered.targets.len() > 1;
    if several && let Some(files) = many.places.short_of {
        let fewer = Msg::new("check.list.fewer")
            .with("files", files)
            .with("places", many.places.count);
        complain(&knowledge.texts.render(lang, &fewer));
    }
    let progress = Progress::new(
        several && !common.plain && std::io::stderr().is_terminal(),
        words,
    );
    let tally = runtime.block_on(many.all(gathered.targets, progress));
    // A name lookup that hangs in the system must not keep a finished run waiting.
    runtime.shutdown_background();
    let tally = tally?;
    if let Form::Line { .. } = form {
        let counts = tally.text(
            &knowledge,
            lang,
            many.began.elapsed(),
            gathered.not_understood,
        );
        is_read(counts.as_bytes())?;
    }
    Ok(match Exit::from(tally.verdict()) {
        Exit::Problem => Exit::Problem,
        _ if gathered.not_understood > 0 => Exit::Usage,
        exit => exit,
    })
}

/// The version that was named, where it is one and is known of which program.
fn client_version(common: &Common, args: &CheckArgs) -> Result<Option<String>, Refusal> {
    let Some(version) = &args.client_version else {
        return Ok(None);
    };
    if common.live.client.is_none() {
        return Err(refuse(&Msg::new("refusal.client-of-which")));
    }
    let version = crate::text::sanitise(version);
    match version.parse::<Version>() {
        Ok(_) => Ok(Some(version)),
        Err(error) => Err(Refusal(format!("--client-version {version}: {error}"))),
    }
}

/// One line on standard error.
fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "vpnmedic: {line}");
}

struct Many {
    engine: Arc<Engine>,
    places: Places,
    form: Form,
    began: Instant,
}

impl Many {
    /// Looks at all of them, each answer written as it comes.
    async fn all(
        &self,
        targets: Vec<Target>,
        mut progress: Progress<'_>,
    ) -> Result<Tally, Refusal> {
        let mut tally = Tally::new(targets.len());
        let mut samples = Vec::new();
        let (answers, mut finished) = mpsc::channel::<Answer>(UNREAD);
        let (engine, places) = (self.engine.clone(), self.places.clone());
        tokio::spawn(async move {
            for target in targets {
                let Some(place) = places.take().await else {
                    return;
                };
                let (engine, answers) = (engine.clone(), answers.clone());
                tokio::spawn(async move {
                    let answer = place.hold(engine.answer(target)).await;
                    // Nobody listens only where nobody reads what is written any more.
                    let _ = answers.send(answer).await;
                });
            }
        });
        progress.show(&tally);
        while let Some(answer) = finished.recv().await {
            let text = answer.text?;
            tally.count(answer.verdict, &answer.roots, answer.target);
            samples.extend(answer.sample);
            if !text.is_empty() {
                progress.clear();
                if !is_read(text.as_bytes())? {
                    return Ok(tally);
                }
            }
            progress.show(&tally);
        }
        progress.clear();
        if self.form == Form::Metrics {
            is_read(metrics(samples).as_bytes())?;
        }
        Ok(tally)
    }
}
