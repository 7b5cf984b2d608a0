//! What is told besides the questions: each check as it ends, the help, the checklist, the text for the administrator,
//! and at the end where things stand.

use crate::cause::CauseId;
use crate::diagnose::Verdict;
use crate::evidence::{ProbeEvent, ProbeId, ProbeOutcome, Why};
use crate::guide::Lang;
use crate::msg::Msg;
use crate::report::{certainty_id, mark_id, marked, outcome_id};
use crate::session::{Stage, hand_over};

use super::dialogue::Dialogue;
use super::steps::cause_name;

impl Dialogue {
    /// A line for a check that ended; nothing for the other reports.
    pub(super) fn tell_check(&mut self, event: &ProbeEvent) {
        match event {
            ProbeEvent::Finished {
                id, outcome, why, ..
            } => self.tell_outcome(*id, *outcome, why.as_ref()),
            ProbeEvent::Skipped { id, why, .. } => {
                self.tell_outcome(*id, ProbeOutcome::Skipped, Some(why));
            }
            _ => {}
        }
    }

    fn tell_outcome(&mut self, id: ProbeId, outcome: ProbeOutcome, why: Option<&Why>) {
        let name = self.word(&format!("screen.probe.{}", id.as_str()));
        let outcome = self.word(outcome_id(outcome));
        let msg = match why {
            Some(why) => {
                let why = self.model.words().msg(&why.message());
                Msg::new("plain.check-why").with("why", why)
            }
            None => Msg::new("plain.check"),
        };
        self.say_msg(&msg.with("name", name).with("outcome", outcome));
    }

    /// What can be typed, and more about the answers where there is more.
    pub(super) fn tell_help(&mut self) {
        self.gap();
        self.say_id("plain.help.title");
        for id in [
            "plain.help.number",
            "plain.help.back",
            "plain.help.recheck",
            "plain.help.checklist",
            "plain.help.report",
            "plain.help.undo",
            "plain.help.code",
            "plain.help.system",
            "plain.help.language",
            "plain.help.target",
            "plain.help.quit",
        ] {
            self.say_id(id);
        }
        if self.model.session.stage() != &Stage::Symptom {
            return;
        }
        self.gap();
        self.say_id("plain.help.symptoms");
        let words = self.model.words();
        let hints: Vec<String> = self
            .model
            .knowledge
            .wizard
            .symptoms
            .iter()
            .map(|symptom| words.text(&symptom.hint))
            .collect();
        for (n, hint) in hints.into_iter().enumerate() {
            let msg = Msg::new("plain.choice").with("n", n + 1);
            self.say_msg(&msg.with("text", hint));
        }
    }

    /// Every step that was marked, in words.
    pub(super) fn tell_checklist(&mut self) {
        let (knowledge, session) = (self.model.knowledge.clone(), &self.model.session);
        let words = self.model.words();
        let lines: Vec<Msg> = marked(&knowledge, session)
            .into_iter()
            .map(|(code, mark, step)| {
                Msg::new("plain.steps.line")
                    .with("code", code)
                    .with("state", words.t(mark_id(mark)))
                    .with(
                        "text",
                        super::super::panes::first_sentence(&words.text(&step.text)),
                    )
            })
            .collect();
        if lines.is_empty() {
            self.say_id("plain.steps.empty-list");
        }
        for line in lines {
            self.say_msg(&line);
        }
    }

    /// The text for the administrator in the language that is not shown.
    pub(super) fn tell_letter_in_the_other_language(&mut self) {
        let other = match self.model.session.lang() {
            Lang::En => Lang::Ja,
            Lang::Ja => Lang::En,
        };
        if let Stage::HandOver(cause) = *self.model.session.stage() {
            self.gap();
            self.tell_letter(cause, other);
        }
    }

    pub(super) fn tell_letter(&mut self, cause: CauseId, lang: Lang) {
        let letter = hand_over::text(
            &self.model.knowledge,
            &self.model.session,
            self.model.diagnosis(),
            cause,
            lang,
        );
        for line in letter.trim_end().lines() {
            if line.is_empty() {
                self.gap();
            } else {
                self.say_typed(line.to_owned());
            }
        }
    }

    /// Where things stand: what was found, what was done.
    pub(super) fn tell_state(&mut self) {
        self.say_id("plain.end.title");
        match self.model.session.target().map(ToString::to_string) {
            Some(target) => self.say(target),
            None => self.say_id("plain.end.no-target"),
        }
        let found: Vec<Msg> = self
            .diagnosis()
            .iter()
            .flat_map(|diagnosis| &diagnosis.causes)
            .map(|finding| {
                let owners: Vec<String> = self
                    .model
                    .cause(finding.cause)
                    .iter()
                    .flat_map(|cause| &cause.owner)
                    .map(|owner| self.word(owner.text_id()))
                    .collect();
                Msg::new("plain.end.finding")
                    .with("certainty", self.word(certainty_id(finding.certainty)))
                    .with("name", cause_name(&self.model, finding.cause))
                    .with("who", owners.join(&self.word("screen.list-separator")))
            })
            .collect();
        for msg in &found {
            self.say_msg(msg);
        }
        match self.verdict() {
            Some(Verdict::Healthy) => self.say_id("screen.verdict.healthy"),
            Some(Verdict::Inconclusive) if self.model.offline() => {
                self.say_id("screen.verdict.offline-more");
            }
            Some(Verdict::Inconclusive) => self.say_id("screen.verdict.inconclusive"),
            Some(Verdict::Problem) | None => {}
        }
        self.tell_checklist();
        self.say_id("screen.target.read-only");
    }
}
