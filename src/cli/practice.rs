//! `vpnmedic practice`: which fault is practised, on the screen or without it. What is broken and how is in
//! [`crate::practice`], the checks and the verdict are the ordinary ones.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::args::{Common, PracticeArgs};
use super::{Exit, Refusal, check, columns, print, refuse, setup};
use crate::cause::CauseId;
use crate::device::trust_store;
use crate::diagnose::{Context, Relations, diagnose};
use crate::guide::{Knowledge, Lang};
use crate::msg::Msg;
use crate::practice::{Fault, Lesson, Level, Outcome};
use crate::report::{Document, Subject};
use crate::tui::{PracticeStart, Start};
use crate::wrap;

/// Seconds for the checks, unless something else is said: those that wait for silence take longest.
const DEFAULT_TIMEOUT: u64 = 30;

/// Practises.
pub fn run(common: &Common, args: &PracticeArgs) -> Result<Exit, Refusal> {
    if common.offline {
        return Err(refuse(&Msg::new("refusal.practice-offline")));
    }
    let knowledge = setup::knowledge(common)?;
    let lang = setup::language(common, Some(&knowledge.wizard.site));
    if args.list {
        return print(&list(&knowledge, lang)).map(|_| Exit::Healthy);
    }
    let seed = args.seed.unwrap_or_else(seed_of_now);
    let fault = fault(args.fault.as_deref(), seed)?;
    let timeout = Duration::from_secs(common.live.timeout.unwrap_or(DEFAULT_TIMEOUT));
    if args.check {
        return headless(common, args.json, knowledge, lang, (fault, seed), timeout);
    }
    let mut options = setup::options(common, &knowledge.wizard.site)?;
    options.timeout = timeout;
    let client = setup::client(common, &knowledge)?;
    let stores = trust_store::Late::begin(None);
    let start = Start {
        practice: Some(PracticeStart { fault, seed }),
        client,
        ..setup::screen(common, knowledge, lang, options, stores)
    };
    setup::show(start, setup::screens_runtime(), "vpnmedic practice --check")?;
    Ok(Exit::Healthy)
}

fn fault(named: Option<&str>, seed: u64) -> Result<Fault, Refusal> {
    match named {
        None => Ok(Fault::drawn(seed, None)),
        Some("hard") => Ok(Fault::drawn(seed, Some(Level::Hard))),
        Some(id) => Fault::parse(id).ok_or_else(|| {
            let near = Fault::ALL
                .iter()
                .max_by(|a, b| {
                    let like = |fault: &Fault| strsim::jaro_winkler(fault.id(), id);
                    like(a).total_cmp(&like(b))
                })
                .map_or("", |fault| fault.id());
            let msg = Msg::new("refusal.no-fault").with("id", id);
            refuse(&msg.with("near", near))
        }),
    }
}

/// A number that nobody can foresee and that a person can type again.
fn seed_of_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::from(since.subsec_nanos()) % 100_000)
}

fn list(knowledge: &Knowledge, lang: Lang) -> String {
    let texts = &knowledge.texts;
    let mut out = format!("{}\n", texts.get(lang, "practice.list.head"));
    let widest = Fault::ALL.iter().map(|fault| fault.id().len()).max();
    for level in Level::ALL {
        out += &format!("\n{}\n", texts.get(lang, level.text_id()));
        for fault in Fault::ALL.iter().filter(|fault| fault.level() == level) {
            let width = widest.unwrap_or(0);
            let done = texts.get(lang, fault.done_id());
            out += &format!("  {:width$}  {done}\n", fault.id());
        }
    }
    out
}

/// The verdict's document and what there was to find, beside it.
#[derive(Serialize)]
struct Practised {
    #[serde(flatten)]
    document: Document,
    practice: Marks,
}

#[derive(Serialize)]
struct Marks {
    fault: &'static str,
    seed: u64,
    expected: &'static [CauseId],
    found: bool,
}

fn headless(
    common: &Common,
    json: bool,
    knowledge: Knowledge,
    lang: Lang,
    (fault, seed): (Fault, u64),
    timeout: Duration,
) -> Result<Exit, Refusal> {
    let runtime = setup::runtime()?;
    let relations = Relations::from(&knowledge);
    let context = Context {
        system: setup::system(common),
        client: setup::client(common, &knowledge)?,
    };
    let (evidence, stores) = runtime.block_on(async {
        let lesson = Lesson::begin(fault).map_err(|error| Refusal(error.to_string()))?;
        let stores = trust_store::Late::begin(Some(lesson.root()));
        let options = lesson.options(timeout);
        let evidence = check::look(lesson.target.clone(), options, stores.clone()).await;
        Ok::<_, Refusal>((evidence, stores))
    })?;
    runtime.shutdown_background();
    let diagnosis = diagnose(&evidence, &stores.get(), &relations, &context);
    let outcome = Outcome::of(fault, &diagnosis);
    let subject = Subject {
        knowledge: &knowledge,
        lang,
        system: context.system,
        evidence: &evidence,
        diagnosis: &diagnosis,
    };
    if json {
        let practised = Practised {
            document: Document::live(&subject),
            practice: Marks {
                fault: fault.id(),
                seed,
                expected: outcome.expected,
                found: outcome.found,
            },
        };
        let line = serde_json::to_string(&practised)
            .map_err(|error| Refusal(format!("cannot write JSON: {error}")))?;
        print(&format!("{line}\n"))?;
    } else {
        let debrief = debrief(&knowledge, lang, fault, outcome.found);
        let report = crate::report::text(&subject, columns());
        print(&format!("{report}\n{debrief}"))?;
    }
    Ok(diagnosis.verdict.into())
}

fn debrief(knowledge: &Knowledge, lang: Lang, fault: Fault, found: bool) -> String {
    let text = |id| knowledge.texts.get(lang, id);
    let result = match found {
        true => "practice.end.checks-found",
        false => "practice.end.checks-missed",
    };
    let again = format!("vpnmedic practice {}", fault.id());
    let lines = [
        ("practice.end.done", text(fault.done_id()).to_owned()),
        ("practice.end.told", text(fault.told_id()).to_owned()),
        ("practice.end.result", text(result).to_owned()),
        ("practice.end.again", again),
    ];
    let mut out = format!("{}\n", text("practice.end.headline"));
    for (label, words) in lines {
        out += &format!("  {}\n", text(label));
        for line in wrap::wrap(&words, columns().saturating_sub(4)) {
            out += &format!("    {line}\n");
        }
    }
    out
}
