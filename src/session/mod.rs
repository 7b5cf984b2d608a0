//! A session: everything that happened, folded. Playing the same events again gives the same session.
//!
//! It knows nothing of the screen: where the cursor is and what is unfolded is not kept here.

pub mod again;
pub mod bundle;
pub mod certificate_text;
mod checklist;
pub mod compare;
mod event;
mod facts;
pub mod hand_over;
pub mod journal;
pub mod play;
pub mod redact;

use std::net::{IpAddr, Ipv4Addr};

use crate::cause::CauseId;
use crate::diagnose::{Certainty, Diagnosis};
use crate::evidence::{DEFAULT_PORT, Evidence, Fact, Host, Target, UnixTime};
use crate::guide::{Fill, Lang, Position, System, Walk, Wizard};

pub use checklist::{Changed, Checklist, MAX_NOTE, Marked};
pub use event::{Mark, SavedFile, SessionEvent, Stage};
pub use facts::FactsNow;

/// The fold of a session's events.
#[derive(Clone, Debug)]
pub struct Session {
    lang: Lang,
    system: System,
    target: Option<Target>,
    evidence: Option<Evidence>,
    walk: Option<Walk>,
    /// Walks from other symptoms, with their answers.
    aside: Vec<Walk>,
    /// Where the person is and where they came from, the latest last; never empty in effect: no entry means the first
    /// screen.
    way: Vec<Stage>,
    checklist: Checklist,
    found_before: Vec<CauseId>,
    /// The latest run before this one that came to its end, else as far as one came.
    before: Option<Box<Evidence>>,
    /// What was found once and ruled out by a later run, with the time of that.
    fixed: Vec<(CauseId, UnixTime)>,
    /// The time of the latest event, by this device's clock.
    now: UnixTime,
    runs: u32,
    file: Option<SavedFile>,
}

impl Session {
    /// A session in which nothing has happened.
    pub fn new(lang: Lang, system: System) -> Self {
        Self {
            lang,
            system,
            target: None,
            evidence: None,
            walk: None,
            aside: Vec::new(),
            way: Vec::new(),
            checklist: Checklist::default(),
            found_before: Vec::new(),
            before: None,
            fixed: Vec::new(),
            now: UnixTime(0),
            runs: 0,
            file: None,
        }
    }

    /// Folds in one event of this moment.
    pub fn apply_at(
        &mut self,
        at: UnixTime,
        event: &SessionEvent,
        wizard: &Wizard,
        diagnosis: Option<&Diagnosis>,
    ) {
        self.now = at;
        self.apply(event, wizard, diagnosis);
    }

    /// Folds one event in, at the time of the one before where it tells none itself. Walking asks the tree and what is
    /// known by now; the other events do not look at them.
    pub fn apply(&mut self, event: &SessionEvent, wizard: &Wizard, diagnosis: Option<&Diagnosis>) {
        match event {
            SessionEvent::TargetSet { target, at } => {
                self.now = *at;
                self.evidence = Some(Evidence::new(target.clone(), *at));
                self.target = Some(target.clone());
                self.file = None;
                self.forget_findings();
                self.runs += 1;
                self.enter(Stage::Symptom);
            }
            SessionEvent::TargetSkipped => self.enter(Stage::Symptom),
            SessionEvent::FileOpened(file) => self.open_file(file),
            SessionEvent::SymptomChosen { id } => {
                let same = self.walk.as_ref().is_some_and(|walk| walk.symptom() == id);
                if !same {
                    self.put_aside();
                    let kept = self.aside.iter().position(|walk| walk.symptom() == id);
                    self.walk = match kept {
                        Some(at) => Some(self.aside.remove(at)),
                        None => Walk::start(wizard, id),
                    };
                }
                self.enter(Stage::Walk);
            }
            SessionEvent::ErrorTextGiven { text } => {
                if let Some(walk) = &mut self.walk {
                    walk.say(wizard, &journal::scrub(text));
                }
            }
            SessionEvent::Answered { .. } | SessionEvent::Jumped { .. } => {
                self.walk_on(event, wizard, diagnosis);
            }
            SessionEvent::WentBack => self.go_back(wizard, diagnosis),
            SessionEvent::Opened(stage) => self.enter(stage.clone()),
            SessionEvent::Rechecked { at, found } => {
                self.now = *at;
                if let Some(target) = &self.target {
                    let seen = self.evidence.replace(Evidence::new(target.clone(), *at));
                    let is_whole = |run: &Evidence| run.finished;
                    // A run that was given up half-way does not take the place of one that came to its end.
                    if seen.as_ref().is_some_and(is_whole)
                        || !self.before.as_deref().is_some_and(is_whole)
                    {
                        self.before = seen.map(Box::new);
                        self.found_before.clone_from(found);
                    }
                    self.runs += 1;
                    if matches!(self.stage(), Stage::Steps(_) | Stage::HandOver(_)) {
                        let next = if self.walk.is_some() {
                            Stage::Walk
                        } else {
                            Stage::Symptom
                        };
                        self.enter(next);
                    }
                }
            }
            SessionEvent::Probe(event) => {
                if let Some(evidence) = &mut self.evidence {
                    evidence.apply(event);
                }
            }
            SessionEvent::StepMarked { code, mark } => {
                self.checklist.mark(code, *mark, self.now);
            }
            SessionEvent::StepNoted { code, note } => {
                self.checklist.note(code, &journal::scrub(note), self.now);
            }
            SessionEvent::StepUndone { code } => self.checklist.undo(code, self.now),
            SessionEvent::SavingOffered { .. } => self.checklist.saving_offered = true,
            SessionEvent::Concluded { causes, gone, .. } => self.conclude(causes, gone),
            SessionEvent::SystemChosen(system) => self.system = *system,
            SessionEvent::LanguageChosen(lang) => self.lang = *lang,
        }
    }

    fn open_file(&mut self, file: &SavedFile) {
        let unnamed = || Target {
            host: Host::Ip(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            port: DEFAULT_PORT,
            port_given: false,
        };
        let mut evidence = Evidence::new(file.target.clone().unwrap_or_else(unnamed), file.at);
        evidence.finished = true;
        if let Some(client) = &file.client {
            evidence.client = Fact::Known(client.clone());
        }
        self.evidence = Some(evidence);
        self.target.clone_from(&file.target);
        self.file = Some(file.clone());
        self.walk = None;
        self.aside.clear();
        self.way.clear();
        self.forget_findings();
    }

    /// What belonged to another gateway. What was changed on this device stays changed.
    fn forget_findings(&mut self) {
        self.found_before.clear();
        self.before = None;
        self.fixed.clear();
        self.checklist.forget_marks();
    }

    /// Keeps the walk of a symptom that is left: whoever comes back to it finds their answers.
    fn put_aside(&mut self) {
        self.aside.extend(self.walk.take());
    }

    fn conclude(&mut self, causes: &[(CauseId, Certainty)], gone: &[CauseId]) {
        // What is back is not fixed.
        self.fixed
            .retain(|(cause, _)| causes.iter().all(|(found, _)| found != cause));
        for cause in gone {
            if self.fixed.iter().all(|(fixed, _)| fixed != cause) {
                self.fixed.push((*cause, self.now));
            }
        }
    }

    /// Answers and jumps: what the tree says of them depends on what the checks saw until now.
    fn walk_on(&mut self, event: &SessionEvent, wizard: &Wizard, diagnosis: Option<&Diagnosis>) {
        let facts = FactsNow {
            evidence: self.evidence.as_ref(),
            diagnosis,
            system: self.system,
        };
        let Some(walk) = &mut self.walk else {
            return;
        };
        match event {
            SessionEvent::Answered { node, choice } => {
                // Refused where a check answered in the meantime: then the screen has moved on already.
                walk.choose(wizard, &facts, node, choice.clone());
            }
            SessionEvent::Jumped { node } => {
                walk.jump(wizard, &facts, node);
                self.enter(Stage::Walk);
            }
            _ => {}
        }
    }

    fn go_back(&mut self, wizard: &Wizard, diagnosis: Option<&Diagnosis>) {
        if self.stage() == &Stage::Walk {
            let facts = FactsNow {
                evidence: self.evidence.as_ref(),
                diagnosis,
                system: self.system,
            };
            let moved = self
                .walk
                .as_mut()
                .is_some_and(|walk| walk.back(wizard, &facts));
            if moved {
                return;
            }
        }
        self.way.pop();
    }

    /// Goes to a stage; going to one that was passed before returns to it instead of piling up.
    fn enter(&mut self, stage: Stage) {
        if matches!(stage, Stage::Target | Stage::File) {
            self.way.clear();
            return;
        }
        if let Some(at) = self.way.iter().position(|passed| *passed == stage) {
            self.way.truncate(at);
        }
        self.way.push(stage);
    }

    /// Where the person is.
    pub fn stage(&self) -> &Stage {
        let first = if self.file.is_some() {
            &Stage::File
        } else {
            &Stage::Target
        };
        self.way.last().unwrap_or(first)
    }

    /// Whether there is a screen to go back to.
    pub fn can_go_back(&self) -> bool {
        !self.way.is_empty()
    }

    /// Where in the tree the person is; nothing before a symptom is chosen.
    pub fn position<'w>(
        &self,
        wizard: &'w Wizard,
        diagnosis: Option<&Diagnosis>,
    ) -> Option<Position<'w>> {
        let facts = FactsNow {
            evidence: self.evidence.as_ref(),
            diagnosis,
            system: self.system,
        };
        self.walk.as_ref()?.position(wizard, &facts)
    }

    /// Which step this is and how many there are: the gateway, the symptom, the questions and the verdict, the steps.
    pub fn progress(&self, wizard: &Wizard, diagnosis: Option<&Diagnosis>) -> (usize, usize) {
        let facts = FactsNow {
            evidence: self.evidence.as_ref(),
            diagnosis,
            system: self.system,
        };
        let (at, of) = self
            .walk
            .as_ref()
            .map_or((1, 1), |walk| walk.progress(wizard, &facts));
        let whole = 2 + of + 1;
        match self.stage() {
            Stage::Target | Stage::File => (1, whole),
            Stage::Symptom => (2, whole),
            Stage::Walk => (2 + at, whole),
            Stage::Steps(_) | Stage::HandOver(_) => (whole, whole),
        }
    }

    /// The language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The system steps are wanted for.
    pub fn system(&self) -> System {
        self.system
    }

    /// The gateway, once named.
    pub fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    /// The saved chain on show, where there is one instead of a gateway.
    pub fn file(&self) -> Option<&SavedFile> {
        self.file.as_ref()
    }

    /// What was seen in the latest run.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_ref()
    }

    /// The walk, once a symptom was chosen.
    pub fn walk(&self) -> Option<&Walk> {
        self.walk.as_ref()
    }

    /// How a step went.
    pub fn mark(&self, code: &str) -> Mark {
        self.checklist.marked(code).map_or(Mark::Open, |m| m.mark)
    }

    /// The checklist: marks, notes, changes.
    pub fn checklist(&self) -> &Checklist {
        &self.checklist
    }

    /// What was seen in the latest run before this one that came to its end; where none did, in the one that came last.
    pub fn before(&self) -> Option<&Evidence> {
        self.before.as_deref()
    }

    /// What was found once and ruled out by a later run, with the time of that.
    pub fn fixed(&self) -> &[(CauseId, UnixTime)] {
        &self.fixed
    }

    /// The time of the latest event, by this device's clock.
    pub fn now(&self) -> UnixTime {
        self.now
    }

    /// What had been found in the run of [`Self::before`].
    pub fn found_before(&self) -> &[CauseId] {
        &self.found_before
    }

    /// How many runs were begun: reports of earlier ones are out of date.
    pub fn runs(&self) -> u32 {
        self.runs
    }

    /// What goes into the placeholders of texts and commands. Before a gateway is named, a word that says so stands in
    /// its place; for a saved chain the first name in its end-entity certificate does.
    pub fn fill(&self, diagnosis: Option<&Diagnosis>) -> Fill {
        let Some(target) = &self.target else {
            let named = diagnosis
                .filter(|_| self.file.is_some())
                .and_then(Diagnosis::first_name);
            let host = named.unwrap_or_else(|| "vpn.example.com".to_owned());
            return Fill {
                address: host.clone(),
                host,
                port: DEFAULT_PORT,
            };
        };
        let host = target.host.wire();
        let address = self
            .evidence
            .as_ref()
            .and_then(Evidence::address)
            .map_or_else(|| host.clone(), |address| address.to_string());
        Fill {
            host,
            port: target.port,
            address,
        }
    }
}

#[cfg(test)]
mod tests;
