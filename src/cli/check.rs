//! `vpnmedic check`: the engine without the screen.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{Semaphore, mpsc};

use super::args::{CheckArgs, Common};
use super::{Exit, Refusal, client, print, setup};
use crate::chain::Stores;
use crate::diagnose::{Context, Diagnosis, Relations, diagnose};
use crate::evidence::{Evidence, Target, UnixTime};
use crate::guide::{Knowledge, Lang, System};
use crate::probe::CheckOptions;
use crate::report::{Document, Subject};

/// How long after its own deadline a run may still hand in what it has.
const GRACE: Duration = Duration::from_secs(2);
/// Gateways looked at side by side.
const AT_ONCE: usize = 48;

/// Checks every target; the worst exit wins.
pub fn run(common: &Common, args: &CheckArgs) -> Result<Exit, Refusal> {
    if let Some(option) = args.later.given() {
        return Err(Refusal(format!("`{option}` is not there yet")));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Refusal(format!("cannot start: {error}")))?;
    let (knowledge, stores) = setup::knowledge_and_stores(common)?;
    let knowledge = Arc::new(knowledge);
    let lang = setup::language(common, Some(&knowledge.wizard.site));
    let mut targets = Vec::new();
    for typed in &args.targets {
        targets.push(
            setup::target(typed, &knowledge, lang).map_err(|Refusal(why)| {
                Refusal(format!("{}: {why}", crate::text::sanitise(typed)))
            })?,
        );
    }
    let mut options = setup::options(common, &knowledge.wizard.site)?;
    options.ranges = setup::ranges(&args.pool, &args.lan)?;
    let files = client::Files {
        certificate: args.client_cert.as_deref(),
        key: args.client_key.as_deref(),
        archive: args.client_p12.as_deref(),
    };
    options.identity = client::read(&files, &knowledge.texts, lang)?.map(Arc::new);
    let engine = Arc::new(Engine {
        options,
        stores,
        lang,
        system: setup::system(common),
        client: setup::client(common, &knowledge)?,
        json: args.json,
        knowledge,
    });
    let exit = runtime.block_on(all(engine, targets));
    // A name lookup that hangs in the system must not keep a finished run waiting.
    runtime.shutdown_background();
    exit
}

async fn all(engine: Arc<Engine>, targets: Vec<Target>) -> Result<Exit, Refusal> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let (results, mut finished) = mpsc::unbounded_channel();
    for target in targets {
        let (engine, places, results) = (engine.clone(), places.clone(), results.clone());
        tokio::spawn(async move {
            // The semaphore is never closed; without a place the target would still have to be answered for.
            let _place = places.acquire_owned().await;
            let (evidence, diagnosis) = engine.look(target).await;
            let _ = results.send((
                engine.write(&evidence, &diagnosis),
                Exit::from(diagnosis.verdict),
            ));
        });
    }
    drop(results);
    let mut worst = Exit::Healthy;
    while let Some((text, exit)) = finished.recv().await {
        print(&text?)?;
        worst = worst.max(exit);
    }
    Ok(worst)
}

struct Engine {
    knowledge: Arc<Knowledge>,
    options: CheckOptions,
    stores: Arc<Stores>,
    lang: Lang,
    system: System,
    client: Option<String>,
    json: bool,
}

impl Engine {
    async fn look(&self, target: Target) -> (Evidence, Diagnosis) {
        let (events, mut seen) = mpsc::unbounded_channel();
        let mut evidence = Evidence::new(target.clone(), UnixTime::from(SystemTime::now()));
        let run = tokio::spawn(crate::probe::run(
            target,
            self.options.clone(),
            self.stores.clone(),
            events,
        ));
        // The run keeps its own deadline; this one holds even if the run itself does not.
        let last = tokio::time::Instant::now() + self.options.timeout + GRACE;
        while let Ok(Some(event)) = tokio::time::timeout_at(last, seen.recv()).await {
            evidence.apply(&event);
        }
        run.abort();
        evidence.finished = true;
        let context = Context {
            system: self.system,
            client: self.client.clone(),
        };
        let diagnosis = diagnose(
            &evidence,
            &self.stores,
            &Relations::from(&*self.knowledge),
            &context,
        );
        (evidence, diagnosis)
    }

    fn write(&self, evidence: &Evidence, diagnosis: &Diagnosis) -> Result<String, Refusal> {
        let subject = Subject {
            knowledge: &self.knowledge,
            lang: self.lang,
            system: self.system,
            evidence,
            diagnosis,
        };
        if !self.json {
            return Ok(format!("{}\n", crate::report::text(&subject)));
        }
        let line = Document::live(&subject).line();
        line.map(|line| line + "\n")
            .map_err(|error| Refusal(format!("cannot write JSON: {error}")))
    }
}
