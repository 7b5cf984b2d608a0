//! Everything that a report says, gathered once for all its writers: the findings in words, what the person said, and
//! what became of the steps.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use crate::cause::CauseId;
use crate::device::logs::mask::mask;
use crate::diagnose::Diagnosis;
use crate::evidence::{DEFAULT_PORT, Evidence, Host, Target};
use crate::guide::By;
use crate::msg::Msg;
use crate::session::{FactsNow, Mark};
use crate::text::sanitise;

use super::super::model::{Report, ReportCause, Subject};
use super::Source;

/// A question and its answer, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What was asked.
    pub question: String,
    /// What was answered.
    pub answer: String,
    /// Whose answer it is.
    pub by: By,
}

/// What there is to report.
pub struct Gathered<'a> {
    pub source: Source<'a>,
    pub evidence: Cow<'a, Evidence>,
    pub diagnosis: Cow<'a, Diagnosis>,
    /// The findings in words.
    pub report: Report,
    /// The symptom that the person chose.
    pub symptom: Option<String>,
    /// The message that the person pasted, secrets hidden.
    pub message: Option<String>,
    /// Questions on the way, in order.
    pub answers: Vec<Answered>,
}

impl<'a> Gathered<'a> {
    pub fn new(source: &Source<'a>) -> Self {
        let evidence = source
            .evidence
            .map_or_else(|| Cow::Owned(nothing_seen(source)), Cow::Borrowed);
        let diagnosis = source
            .diagnosis
            .map_or_else(|| Cow::Owned(Diagnosis::of_nothing()), Cow::Borrowed);
        let report = Report::new(&subject(source, &evidence, &diagnosis));
        let mut gathered = Self {
            source: *source,
            evidence,
            diagnosis,
            report,
            symptom: None,
            message: None,
            answers: Vec::new(),
        };
        gathered.hear();
        gathered
    }

    /// What the other writers of this room work on.
    pub fn subject(&self) -> Subject<'_> {
        subject(&self.source, &self.evidence, &self.diagnosis)
    }

    /// What the person said.
    fn hear(&mut self) {
        let Some((session, walk)) = self
            .source
            .session
            .and_then(|session| Some((session, session.walk()?)))
        else {
            return;
        };
        let (wizard, lang) = (&self.source.knowledge.wizard, self.source.lang);
        let symptoms = &wizard.symptoms;
        self.symptom = symptoms
            .iter()
            .find(|symptom| symptom.id == walk.symptom())
            .map(|symptom| symptom.text.get(lang).to_owned());
        self.message = walk.message().map(|message| sanitise(&mask(message)));
        let facts = FactsNow {
            evidence: session.evidence(),
            diagnosis: self.source.diagnosis,
            system: session.system(),
        };
        let fill = session.fill(self.source.diagnosis);
        self.answers = walk
            .trail(wizard, &facts)
            .into_iter()
            .map(|passed| Answered {
                question: fill.apply(passed.text.get(lang)),
                answer: passed.answer.map_or_else(
                    || self.say("walk.cannot-tell"),
                    |answer| fill.apply(answer.text.get(lang)),
                ),
                by: passed.by,
            })
            .collect();
    }

    /// What became of a step.
    pub fn mark(&self, code: &str) -> Mark {
        let session = self.source.session;
        session.map_or(Mark::Open, |session| session.mark(code))
    }

    /// The causes that are nobody's consequence.
    pub fn roots(&self) -> impl Iterator<Item = &ReportCause> {
        let causes = self.report.causes.iter();
        causes.filter(|cause| cause.explained_by.is_none())
    }

    /// A cause's code and name.
    pub fn cause(&self, id: CauseId) -> String {
        let name = super::super::model::cause_name(&self.subject(), id);
        match self.source.knowledge.causes.get(&id) {
            Some(cause) => format!("{}  {name}", cause.code),
            None => name,
        }
    }

    pub fn say(&self, id: &str) -> String {
        let texts = &self.source.knowledge.texts;
        texts.get(self.source.lang, id).to_owned()
    }

    pub fn render(&self, msg: &Msg) -> String {
        self.source.knowledge.texts.render(self.source.lang, msg)
    }
}

fn subject<'s>(
    source: &Source<'s>,
    evidence: &'s Evidence,
    diagnosis: &'s Diagnosis,
) -> Subject<'s> {
    Subject {
        knowledge: source.knowledge,
        lang: source.lang,
        system: source.system,
        evidence,
        diagnosis,
    }
}

/// Evidence of nothing, about nobody: the report of a walk by hand.
fn nothing_seen(source: &Source<'_>) -> Evidence {
    let unnamed = Target {
        host: Host::Ip(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        port: DEFAULT_PORT,
        port_given: false,
    };
    let mut evidence = Evidence::new(unnamed, source.made_at);
    evidence.finished = true;
    evidence
}
