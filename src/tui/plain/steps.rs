//! The steps for a cause, one by one: what to do, what has become of it, and how to undo it. Which steps there are is
//! the model's.

use crate::cause::CauseId;
use crate::guide::Step;
use crate::msg::Msg;
use crate::report::mark_id;
use crate::session::{Mark, Stage};

use super::super::model::{Model, Pane};
use super::super::page::Page;
use super::super::panes::Context;
use super::super::panes::wizard::{self, Offer, is_gateway, step_details};
use super::super::update::mark_as;
use super::dialogue::{Dialogue, Entry, NONE};

/// The marks that are offered, in this order.
const MARKS: [Mark; 4] = [Mark::Done, Mark::Failed, Mark::Skipped, Mark::NotMine];

/// The code of a step, what stands in it, and what is told of it.
struct Shown {
    code: String,
    text: String,
    at_gateway: bool,
    details: Page,
}

impl Dialogue {
    /// The step that is on, by its place in the list; past the last one all are done.
    pub(super) fn step_at(&self) -> usize {
        match self.model.chosen[Pane::Wizard.index()] {
            // Coming from a page on which nothing is chosen.
            NONE => 0,
            at => at,
        }
    }

    pub(super) fn ask_step(&mut self, cause: CauseId) {
        let total = self.model.steps(cause).len();
        let at = self.step_at().min(total);
        self.model.chosen[Pane::Wizard.index()] = at;
        let name = cause_name(&self.model, cause);
        if at == 0 {
            self.say(name.clone());
            let id = super::super::view::system_id(self.model.session.system());
            let system = self.word(id);
            self.say_msg(&Msg::new("screen.steps.system").with("system", system));
            if total == 0 {
                self.say_id("screen.steps.none");
            }
        }
        match shown(&self.model, cause, at) {
            Some(step) => {
                self.gap();
                let state = self.word(mark_id(self.model.session.mark(&step.code)));
                self.say_msg(
                    &Msg::new("plain.steps.at")
                        .with("code", &step.code)
                        .with("n", at + 1)
                        .with("total", total)
                        .with("state", state),
                );
                if step.at_gateway {
                    self.say_id("screen.steps.gateway");
                }
                self.say(step.text);
                self.say_page(&step.details);
            }
            None if total > 0 => {
                self.say_msg(&Msg::new("plain.steps.all").with("name", name));
                self.tell_checklist();
            }
            None => {}
        }
        self.gap();
        for (n, entry) in self.step_entries(cause).into_iter().enumerate() {
            let text = self.entry_words(&entry);
            let msg = Msg::new("plain.choice").with("n", n + 1);
            self.say_msg(&msg.with("text", text));
        }
    }

    /// What can be answered at a step, or after the last.
    pub(super) fn step_entries(&self, cause: CauseId) -> Vec<Entry> {
        let total = self.model.steps(cause).len();
        if self.step_at() < total {
            let marks = MARKS.into_iter().map(Entry::Mark);
            return marks.chain([Entry::NextStep]).collect();
        }
        // Where lines are read aloud, a code to be photographed is of no use.
        let offers = wizard::offers(&self.model)
            .into_iter()
            .skip(total)
            .filter(|offer| !matches!(offer, Offer::Phone(_)));
        let again = (total > 0).then_some(Entry::FirstStep);
        offers.map(Entry::Offer).chain(again).collect()
    }

    fn entry_words(&self, entry: &Entry) -> String {
        match entry {
            Entry::Mark(mark) => {
                let state = self.word(mark_id(*mark));
                let msg = Msg::new("plain.steps.mark").with("state", state);
                self.model.words().msg(&msg)
            }
            Entry::NextStep => self.word("plain.steps.next"),
            Entry::FirstStep => self.word("plain.steps.first"),
            Entry::Offer(Offer::HandOver(_)) => self.word("screen.verdict.offer-hand-over"),
            Entry::Offer(Offer::Compare) => self.word("screen.verdict.offer-compare"),
            Entry::Offer(Offer::Copy) => self.word("plain.hand-over.other"),
            Entry::Offer(_) => self.word("screen.verdict.offer-recheck"),
        }
    }

    /// The cause and code of the step that is on.
    fn step_on(&self) -> Option<(CauseId, String)> {
        let Stage::Steps(cause) = self.model.session.stage() else {
            return None;
        };
        let known = self.model.cause(*cause)?;
        let step = self.model.steps(*cause).get(self.step_at()).copied()?;
        Some((*cause, known.step_code(step)))
    }

    /// Marks the step that is on and goes to the next.
    pub(super) fn mark_step(&mut self, mark: Mark) {
        if let Some((_, code)) = self.step_on() {
            mark_as(&mut self.model, code, mark);
            self.turn_step(1);
        }
    }

    /// To the next step or the one before. False where there is none before.
    pub(super) fn turn_step(&mut self, by: isize) -> bool {
        let Stage::Steps(cause) = self.model.session.stage() else {
            return false;
        };
        let total = self.model.steps(*cause).len();
        let at = self.step_at().min(total);
        let to = match at.checked_add_signed(by) {
            Some(to) if to <= total => to,
            _ => return false,
        };
        self.model.chosen[Pane::Wizard.index()] = to;
        true
    }

    /// To the step with this code, if it is one of those at hand.
    pub(super) fn jump_to_step(&mut self, typed: &str) -> bool {
        let Stage::Steps(cause) = self.model.session.stage() else {
            return false;
        };
        let Some(known) = self.model.cause(*cause) else {
            return false;
        };
        let is_meant = |step: &&Step| {
            let code = known.step_code(step);
            code.eq_ignore_ascii_case(typed) || step.code.eq_ignore_ascii_case(typed)
        };
        let found = self.model.steps(*cause).iter().position(is_meant);
        if let Some(at) = found {
            self.model.chosen[Pane::Wizard.index()] = at;
        }
        found.is_some()
    }

    /// Takes the mark of the step that is on back, and tells how to undo what it did.
    pub(super) fn undo_step(&mut self) {
        let Some((cause, code)) = self.step_on() else {
            self.say_id("plain.again.no-undo");
            return;
        };
        if self.model.session.mark(&code) != Mark::Open {
            mark_as(&mut self.model, code.clone(), Mark::Open);
            self.say_msg(&Msg::new("plain.steps.taken-back").with("code", &code));
        }
        let words = self.model.words();
        let step = self.model.steps(cause).get(self.step_at()).copied();
        let undo = step.and_then(|step| step.undo.as_ref());
        let undo = undo.map(|text| words.text(text));
        let command = step.and_then(|step| step.undo_command.as_ref());
        let command = command.map(|command| words.command(command));
        if undo.is_none() && command.is_none() {
            self.say_id("plain.steps.undo-none");
            return;
        }
        let text = undo.unwrap_or_else(|| self.word("screen.steps.undo-by"));
        self.say(format!("{} {text}", self.word("screen.steps.undo")));
        for line in command.iter().flat_map(|command| command.lines()) {
            self.say_typed(line.to_owned());
        }
    }

    /// The text for the administrator, as it is to be handed on, and what can follow.
    pub(super) fn ask_hand_over(&mut self, cause: CauseId, again: bool) {
        if !again {
            self.say_id("screen.hand-over.title");
            self.gap();
            self.tell_letter(cause, self.model.session.lang());
            self.gap();
        }
        for (n, entry) in self.entries().into_iter().enumerate() {
            let text = self.entry_words(&entry);
            let msg = Msg::new("plain.choice").with("n", n + 1);
            self.say_msg(&msg.with("text", text));
        }
    }
}

fn shown(model: &Model, cause: CauseId, at: usize) -> Option<Shown> {
    let known = model.cause(cause)?;
    let step = model.steps(cause).get(at).copied()?;
    let context = Context::new(model);
    let mut details = Page::linear(&context.t("clients.separator"));
    step_details(&context, &mut details, step);
    Some(Shown {
        code: known.step_code(step),
        text: context.words.text(&step.text),
        at_gateway: is_gateway(step),
        details,
    })
}

/// A cause's code and name.
pub(super) fn cause_name(model: &Model, cause: CauseId) -> String {
    match model.cause(cause) {
        Some(known) => format!("{} {}", known.code, model.words().text(&known.name)),
        None => cause.to_string(),
    }
}
