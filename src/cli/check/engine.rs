//! One gateway: look, conclude, and put it into the form that was asked for.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;

use super::Refusal;
use crate::cause::CauseId;
use crate::device::trust_store::Late;
use crate::diagnose::{Context, Diagnosis, Relations, Verdict, diagnose};
use crate::evidence::{Evidence, Target, UnixTime};
use crate::guide::{Knowledge, Lang};
use crate::probe::CheckOptions;
use crate::report::session::{self, Format, Source};
use crate::report::{Document, Sample, Subject};

/// How long after its own deadline a run may still hand in what it has.
const GRACE: Duration = Duration::from_secs(2);

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Everything about one gateway, for people.
    Report {
        /// Cells of a line.
        width: usize,
    },
    /// The same to hand on, as a file of this kind.
    Full(Format),
    /// One line for people.
    Line {
        /// Cells for the target.
        width: usize,
    },
    /// One document a line.
    Json,
    /// Nothing until all are done, then metrics.
    Metrics,
}

/// What came of one gateway.
pub struct Answer {
    /// The gateway.
    pub target: Target,
    /// In one word.
    pub verdict: Verdict,
    /// The causes that follow from no other.
    pub roots: Vec<CauseId>,
    /// What to write now; empty where nothing is.
    pub text: Result<String, Refusal>,
    /// What to write of it at the end.
    pub sample: Option<Sample>,
}

/// All that every gateway is looked at with, read once.
pub struct Engine {
    knowledge: Arc<Knowledge>,
    /// Read beside the first gateway's handshake, which needs none of it.
    relations: OnceLock<Relations>,
    stores: Late,
    options: CheckOptions,
    context: Context,
    lang: Lang,
    form: Form,
}

impl Engine {
    pub fn new(
        knowledge: Arc<Knowledge>,
        stores: Late,
        options: CheckOptions,
        context: Context,
        lang: Lang,
        form: Form,
    ) -> Self {
        Self {
            relations: OnceLock::new(),
            knowledge,
            stores,
            options,
            context,
            lang,
            form,
        }
    }

    /// Looks at one gateway. A gateway on which this program itself breaks is one of which nothing is known.
    pub async fn answer(self: Arc<Self>, target: Target) -> Answer {
        if self.relations.get().is_none() {
            let engine = Arc::clone(&self);
            drop(tokio::task::spawn_blocking(move || {
                engine.relate();
            }));
        }
        let (engine, looked_at) = (Arc::clone(&self), target.clone());
        let work = tokio::spawn(async move {
            let evidence = look(looked_at, engine.options.clone(), engine.stores.clone()).await;
            engine.conclude(&evidence)
        });
        match work.await {
            Ok(answer) => answer,
            Err(_) => {
                let mut nothing = Evidence::new(target, UnixTime::from(SystemTime::now()));
                nothing.finished = true;
                self.conclude(&nothing)
            }
        }
    }

    fn relate(&self) -> &Relations {
        let read = || Relations::from(&*self.knowledge);
        self.relations.get_or_init(read)
    }

    fn conclude(&self, evidence: &Evidence) -> Answer {
        let diagnosis = diagnose(evidence, &self.stores.get(), self.relate(), &self.context);
        let subject = Subject {
            knowledge: &self.knowledge,
            lang: self.lang,
            system: self.context.system,
            evidence,
            diagnosis: &diagnosis,
        };
        Answer {
            target: evidence.target.clone(),
            verdict: diagnosis.verdict,
            roots: roots(&diagnosis),
            text: self.write(&subject),
            sample: (self.form == Form::Metrics).then(|| Sample::of(&subject)),
        }
    }

    fn write(&self, subject: &Subject<'_>) -> Result<String, Refusal> {
        match self.form {
            Form::Full(format) => {
                let source = Source {
                    knowledge: subject.knowledge,
                    lang: subject.lang,
                    system: subject.system,
                    evidence: Some(subject.evidence),
                    diagnosis: Some(subject.diagnosis),
                    session: None,
                    made_at: UnixTime::from(SystemTime::now()),
                };
                session::write(&source, format)
                    .map_err(|error| Refusal(format!("cannot write the report: {error}")))
            }
            Form::Report { width } => Ok(format!("{}\n", crate::report::text(subject, width))),
            Form::Line { width } => Ok(crate::report::line(subject, width)),
            Form::Json => Document::live(subject)
                .line()
                .map(|line| line + "\n")
                .map_err(|error| Refusal(format!("cannot write JSON: {error}"))),
            Form::Metrics => Ok(String::new()),
        }
    }
}

/// Runs the checks of one gateway to their end.
pub async fn look(target: Target, options: CheckOptions, stores: Late) -> Evidence {
    let (events, mut seen) = mpsc::unbounded_channel();
    let mut evidence = Evidence::new(target.clone(), UnixTime::from(SystemTime::now()));
    // The run keeps its own deadline; this one holds even if the run itself does not.
    let last = tokio::time::Instant::now() + options.timeout + GRACE;
    let run = tokio::spawn(crate::probe::run(target, options, stores, events));
    while let Ok(Some(event)) = tokio::time::timeout_at(last, seen.recv()).await {
        evidence.apply(&event);
    }
    run.abort();
    evidence.finished = true;
    evidence
}

fn roots(diagnosis: &Diagnosis) -> Vec<CauseId> {
    let roots = diagnosis
        .causes
        .iter()
        .filter(|finding| finding.explained_by.is_none());
    roots.map(|finding| finding.cause).collect()
}
