//! The conversation as a state machine: [`Dialogue::ask`] says the question of the moment, [`Dialogue::take`] what an
//! answer does. Pure: no input, no output, no clock.

use crate::diagnose::{Diagnosis, Verdict};
use crate::evidence::{ProbeEvent, Target, UnixTime};
use crate::guide::{Lang, Position, System};
use crate::msg::Msg;
use crate::session::{Mark, Stage};

use super::super::keymap::Action;
use super::super::message::{Effect, Message};
use super::super::model::{Model, Pane};
use super::super::page::Page;
use super::super::panes::Context;
use super::super::panes::wizard::{self, Offer};
use super::super::theme::Glyphs;
use super::super::update::{act, set_target, take, update};
use super::super::view;
use super::answer::{Answer, Command};
use super::saving::Saving;

/// A choice that is none.
pub(super) const NONE: usize = usize::MAX;
/// The longest message that is taken, in characters: as much as the screen's field takes.
const MAX_MESSAGE: usize = 4000;

/// A line for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Words; may be broken into lines.
    Text(String),
    /// What is typed or handed on as it stands.
    Typed(String),
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    stage: Stage,
    node: Option<String>,
    finding: usize,
    run: u32,
    words: (Lang, System),
}

/// What a number stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An offer of the screen.
    Offer(Offer),
    /// Marks the step that is shown and goes on.
    Mark(Mark),
    /// The next step.
    NextStep,
    /// The first step.
    FirstStep,
}

/// The conversation.
pub struct Dialogue {
    pub(super) model: Model,
    pub(super) said: Vec<Said>,
    /// Lines of a message that has not ended yet.
    message: Vec<String>,
    /// Seconds that the checks may take.
    seconds: u64,
    /// What was asked last: asked again, a verdict or a text that was read out is not read out once more.
    asked: Option<Asked>,
    /// How far saving a report is.
    pub(super) saving: Option<Saving>,
}

impl Dialogue {
    /// A conversation at its beginning. `seconds` is how long the checks may take.
    pub fn new(mut model: Model, seconds: u64) -> Self {
        model.glyphs = Glyphs::WORDS;
        // Its question at the end is put on a screen.
        model.lessons = false;
        Self {
            model,
            said: Vec::new(),
            message: Vec::new(),
            seconds,
            asked: None,
            saving: None,
        }
    }

    /// What was said since the last time this was asked.
    pub fn said(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.said)
    }

    /// What the checks came to; nothing where there were none.
    pub fn verdict(&self) -> Option<Verdict> {
        self.model.conclusions.as_ref().map(|d| d.verdict)
    }

    /// The first lines.
    pub fn greet(&mut self) {
        self.say_id("plain.hello");
    }

    /// Begins with a gateway that is known already.
    pub fn begin(&mut self, target: Target, now: UnixTime) -> Vec<Effect> {
        let effects = set_target(&mut self.model, target, now);
        self.announce(&effects);
        effects
    }

    /// Says that checks start, where they do.
    pub(super) fn announce(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::StartChecks { target, .. } = effect {
                self.gap();
                self.say_msg(
                    &Msg::new("plain.checking")
                        .with("target", target)
                        .with("seconds", self.seconds),
                );
            }
        }
    }

    /// Checks reported.
    pub fn reported(&mut self, run: u32, events: Vec<ProbeEvent>) {
        for event in &events {
            self.tell_check(event);
        }
        update(&mut self.model, Message::Probes { run, events });
    }

    /// This device was asked, where no check may run.
    pub fn device_was_read(&mut self, message: Message) {
        update(&mut self.model, message);
    }

    /// A line of input was cut.
    pub fn was_too_long(&mut self) {
        self.say_id("plain.again.too-long");
    }

    /// Says the question of this moment, its answers and what may be typed.
    pub fn ask(&mut self) {
        if !self.message.is_empty() {
            self.say_id("plain.prompt.message-more");
            return;
        }
        if let Some(saving) = self.saving {
            self.ask_saving(saving);
            return;
        }
        if let Some(cause) = self.keeps_first() {
            self.ask_keep_first(cause);
            return;
        }
        self.gap();
        let asked = self.asked_now();
        let again = self.asked.as_ref() == Some(&asked);
        self.asked = Some(asked);
        if self.model.session.file().is_none() {
            let (n, total) = self.model.session.progress(
                &self.model.knowledge.wizard,
                self.model.conclusions.as_ref(),
            );
            self.say_msg(&Msg::new("plain.step").with("n", n).with("total", total));
        }
        match self.model.session.stage().clone() {
            Stage::Steps(cause) => self.ask_step(cause),
            Stage::HandOver(cause) => self.ask_hand_over(cause, again),
            _ => self.ask_page(again && self.is_verdict()),
        }
        self.gap();
        let prompt = self.prompt();
        self.say_msg(&prompt);
    }

    /// All that decides what is asked now.
    fn asked_now(&self) -> Asked {
        let session = &self.model.session;
        Asked {
            stage: session.stage().clone(),
            node: wizard::at(&self.model).map(|position| position.node().to_owned()),
            finding: self.model.finding,
            run: session.runs(),
            words: (session.lang(), session.system()),
        }
    }

    /// Whether a verdict is on show: long, and the same as long as nothing is changed.
    fn is_verdict(&self) -> bool {
        match self.model.session.stage() {
            Stage::File => true,
            Stage::Walk => matches!(wizard::at(&self.model), Some(Position::Outcome { .. })),
            _ => false,
        }
    }

    /// The page of the screen, its offers numbered and last; only these where `brief`.
    fn ask_page(&mut self, brief: bool) {
        self.model.chosen[Pane::Wizard.index()] = NONE;
        let mut page = Page::linear(&self.word("clients.separator"));
        wizard::fill(&Context::new(&self.model), &mut page);
        let offers = wizard::offers(&self.model);
        let hint = self.word("screen.message.hint");
        let (mut words, mut choices) = (Vec::new(), Vec::new());
        let mut block: Vec<String> = Vec::new();
        let mut chooses = false;
        let mut number = 0;
        let mut last = None;
        for (at, line) in page.lines.iter().enumerate() {
            let text = line.to_string();
            let choice = page.choice_at(at);
            if text.is_empty() && choice.is_none() {
                let to = if chooses { &mut choices } else { &mut words };
                end_block(to, &mut block);
                chooses = false;
                continue;
            }
            match choice.map(|choice| offers.get(choice)) {
                Some(Some(Offer::Field)) => {}
                Some(_) if choice != last => {
                    number += 1;
                    chooses = true;
                    let msg = Msg::new("plain.choice").with("n", number);
                    block.push(self.model.words().msg(&msg.with("text", text)));
                }
                _ if text == hint => {}
                _ => block.push(text),
            }
            last = choice;
        }
        end_block(if chooses { &mut choices } else { &mut words }, &mut block);
        if brief {
            words.clear();
        }
        for line in words.into_iter().chain(choices) {
            match line {
                Some(text) => self.say(text),
                None => self.gap(),
            }
        }
    }

    /// What may be typed here.
    fn prompt(&self) -> Msg {
        let count = self.entries().len();
        let id = match self.model.session.stage() {
            Stage::Target if count == 0 => return Msg::new("plain.prompt.target"),
            Stage::Target if count == 1 => return Msg::new("plain.prompt.target-or-one"),
            Stage::Target => "plain.prompt.target-listed",
            Stage::Steps(_) => "plain.prompt.step",
            _ if self.takes_message() => "plain.prompt.message",
            _ => "plain.prompt.number",
        };
        prompt_with(id, count)
    }

    /// What the numbers stand for.
    pub(super) fn entries(&self) -> Vec<Entry> {
        if let Stage::Steps(cause) = self.model.session.stage() {
            return self.step_entries(*cause);
        }
        wizard::offers(&self.model)
            .into_iter()
            .filter(|offer| *offer != Offer::Field)
            .map(Entry::Offer)
            .collect()
    }

    /// Whether a message can be typed or pasted here.
    fn takes_message(&self) -> bool {
        self.model.session.stage() == &Stage::Walk
            && matches!(
                wizard::at(&self.model),
                Some(Position::Ask { paste: true, .. })
            )
    }

    /// Takes a line of input.
    pub fn take(&mut self, line: &str, now: UnixTime) -> Vec<Effect> {
        self.model.now = now;
        // As pasted text on the screen: what a field cannot show does not get into it.
        let line: String = line
            .chars()
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .filter(|c| !c.is_control())
            .collect();
        let line = line.as_str();
        let answer = Answer::of(line);
        if let Some(saving) = self.saving {
            return self.take_saving(saving, answer);
        }
        if let Some(cause) = self.keeping_first() {
            return self.take_keep_first(cause, answer, now);
        }
        if !self.message.is_empty() {
            return match answer {
                Answer::Empty => self.message_ended(now),
                _ => {
                    self.message.push(line.trim().to_owned());
                    Vec::new()
                }
            };
        }
        match answer {
            Answer::Command(command) => self.command(command, now),
            Answer::Number(n) => self.number(n, now),
            Answer::Empty => self.empty(now),
            Answer::Text(text) => self.text(text, now),
        }
    }

    fn number(&mut self, n: usize, now: UnixTime) -> Vec<Effect> {
        let entries = self.entries();
        match n.checked_sub(1).and_then(|n| entries.get(n)) {
            Some(Entry::Offer(offer)) => self.offer(offer.clone(), now),
            Some(Entry::Mark(mark)) => {
                self.mark_step(*mark);
                Vec::new()
            }
            Some(Entry::NextStep) => {
                self.turn_step(1);
                Vec::new()
            }
            Some(Entry::FirstStep) => {
                self.model.chosen[Pane::Wizard.index()] = 0;
                Vec::new()
            }
            None if entries.is_empty() => {
                self.say_id("plain.again.number-none");
                Vec::new()
            }
            None => {
                self.say_no_such_number(n, entries.len());
                Vec::new()
            }
        }
    }

    pub(super) fn say_no_such_number(&mut self, n: usize, count: usize) {
        let shown = match n {
            NONE => "9999...".to_owned(),
            n => n.to_string(),
        };
        let msg = Msg::new("plain.again.number").with("n", shown);
        self.say_msg(&msg.with("count", count));
    }

    fn offer(&mut self, offer: Offer, now: UnixTime) -> Vec<Effect> {
        if offer == Offer::Copy {
            self.tell_letter_in_the_other_language();
            return Vec::new();
        }
        let effects = take(&mut self.model, offer, now);
        self.after(effects)
    }

    /// What the screen would show beside its panes is said: notices and popups.
    fn after(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        if let Some(notice) = self.model.notice.take() {
            self.say(notice);
        }
        if let Some(popup) = self.model.popup.take() {
            let mut page = Page::linear(&self.word("clients.separator"));
            view::fill_popup(&self.model, &popup, &mut page);
            self.gap();
            self.say_page(&page);
        }
        self.announce(&effects);
        effects
    }

    fn command(&mut self, command: Command, now: UnixTime) -> Vec<Effect> {
        let action = match command {
            Command::Back => {
                self.back(now);
                return Vec::new();
            }
            Command::Help => {
                self.tell_help();
                return Vec::new();
            }
            Command::Quit => {
                self.close();
                return vec![Effect::Quit];
            }
            Command::Undo => {
                self.undo_step();
                return Vec::new();
            }
            Command::Checklist => {
                self.tell_checklist();
                return Vec::new();
            }
            Command::Report => {
                self.begin_saving(now);
                return Vec::new();
            }
            Command::Recheck if self.model.session.target().is_none() => {
                self.say_id("plain.again.no-recheck");
                return Vec::new();
            }
            Command::Recheck => Action::Recheck,
            Command::Language => Action::Language,
            Command::System => Action::System,
            Command::NewTarget => Action::NewTarget,
        };
        let effects = act(&mut self.model, action, now);
        self.after(effects)
    }

    pub(super) fn back(&mut self, now: UnixTime) {
        if matches!(self.model.session.stage(), Stage::Steps(_)) && self.turn_step(-1) {
            return;
        }
        if self.model.session.can_go_back() {
            act(&mut self.model, Action::Back, now);
        } else {
            self.say_id("plain.again.first");
        }
    }

    fn empty(&mut self, now: UnixTime) -> Vec<Effect> {
        if self.model.session.stage() == &Stage::Target && self.model.offline() {
            return self.address(String::new(), now);
        }
        self.say_id("plain.again.empty");
        self.asked = None;
        Vec::new()
    }

    fn text(&mut self, text: String, now: UnixTime) -> Vec<Effect> {
        if self.model.session.stage() == &Stage::Target {
            return self.address(text, now);
        }
        if self.takes_message() {
            self.message.push(text);
            return Vec::new();
        }
        if !self.jump_to_step(&text) {
            self.say_id("plain.again.words");
        }
        Vec::new()
    }

    fn address(&mut self, text: String, now: UnixTime) -> Vec<Effect> {
        self.model.address = tui_input::Input::new(text);
        let effects = take(&mut self.model, Offer::Field, now);
        if let Some(error) = self.model.address_error.take() {
            self.say_msg(&error.message());
            self.model.address = tui_input::Input::default();
        }
        self.after(effects)
    }

    fn message_ended(&mut self, now: UnixTime) -> Vec<Effect> {
        let lines = std::mem::take(&mut self.message);
        let text: String = lines.join(" ").chars().take(MAX_MESSAGE).collect();
        self.model.message = tui_input::Input::new(text);
        let effects = take(&mut self.model, Offer::Field, now);
        self.after(effects)
    }

    /// The input is over: a message under way is heard, and where things stand is said.
    pub fn close(&mut self) {
        if !self.message.is_empty() {
            // Its moment plays no part in what a message means.
            let _ = self.message_ended(UnixTime(0));
        }
        self.gap();
        self.tell_state();
    }

    pub(super) fn diagnosis(&self) -> Option<&Diagnosis> {
        self.model.diagnosis()
    }
}

/// A prompt and how many numbers there are.
fn prompt_with(id: &'static str, count: usize) -> Msg {
    Msg::new(id).with("count", count)
}

/// Puts the lines of a block to the others, an empty line before it.
fn end_block(to: &mut Vec<Option<String>>, block: &mut Vec<String>) {
    if !block.is_empty() {
        to.push(None);
        to.extend(block.drain(..).map(Some));
    }
}
