//! Saving a report in plain mode: the format by number, the file's name, and whether to replace what lies there. It
//! fills in the form that the screen shows.

use tui_input::Input;

use crate::evidence::UnixTime;
use crate::msg::Msg;
use crate::report::save::Saved;
use crate::report::session::Format;

use super::super::message::Effect;
use super::super::model::Popup;
use super::super::update::{open_report, report_saved, save_report, turn_report};
use super::super::view::format_id;
use super::answer::{Answer, Command};
use super::dialogue::Dialogue;

/// How far the questions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saving {
    /// Which format.
    Format,
    /// Where to.
    Place,
    /// Whether to replace what is there.
    Replace,
}

impl Dialogue {
    pub(super) fn begin_saving(&mut self, now: UnixTime) {
        open_report(&mut self.model, now);
        self.saving = Some(Saving::Format);
    }

    /// Says the question of the moment.
    pub(super) fn ask_saving(&mut self, saving: Saving) {
        self.gap();
        let path = match &self.model.popup {
            Some(Popup::Report(form)) => form.path.value().to_owned(),
            _ => String::new(),
        };
        match saving {
            Saving::Format => {
                self.say_id("plain.save.format");
                for (n, format) in Format::ALL.into_iter().enumerate() {
                    let text = self.word(format_id(format));
                    let msg = Msg::new("plain.choice").with("n", n + 1);
                    self.say_msg(&msg.with("text", text));
                }
                let msg = Msg::new("plain.prompt.number").with("count", Format::ALL.len());
                self.say_msg(&msg);
            }
            Saving::Place => self.say_msg(&Msg::new("plain.save.place").with("path", path)),
            Saving::Replace => self.say_msg(&Msg::new("plain.save.replace").with("path", path)),
        }
    }

    /// Takes an answer to it.
    pub(super) fn take_saving(&mut self, saving: Saving, answer: Answer) -> Vec<Effect> {
        match (saving, answer) {
            (_, Answer::Command(Command::Quit)) => {
                self.give_up_saving();
                self.close();
                return vec![Effect::Quit];
            }
            (_, Answer::Command(Command::Back)) => {
                self.give_up_saving();
                self.say_id("plain.save.given-up");
            }
            (Saving::Format, Answer::Number(n)) if (1..=Format::ALL.len()).contains(&n) => {
                // From the first format on, as the screen's arrow keys go.
                turn_report(&mut self.model, isize::try_from(n - 1).unwrap_or(0));
                self.saving = Some(Saving::Place);
            }
            (Saving::Place, Answer::Empty) => return self.save(),
            (Saving::Place, Answer::Text(path)) => {
                if let Some(Popup::Report(form)) = &mut self.model.popup {
                    form.path = Input::new(path);
                    form.trouble = None;
                }
                return self.save();
            }
            (Saving::Replace, Answer::Number(1)) => return self.save(),
            (Saving::Replace, Answer::Number(2)) => self.saving = Some(Saving::Place),
            _ => self.say_id("plain.again.words"),
        }
        Vec::new()
    }

    fn give_up_saving(&mut self) {
        self.saving = None;
        self.model.popup = None;
    }

    fn save(&mut self) -> Vec<Effect> {
        match self.model.popup.take() {
            Some(Popup::Report(form)) => save_report(&mut self.model, form),
            _ => Vec::new(),
        }
    }

    /// What came of it.
    pub fn saved(&mut self, saved: Saved) {
        let next = match &saved {
            Saved::As(_) => None,
            Saved::Exists(_) => Some(Saving::Replace),
            Saved::Failed(_, why) => {
                let msg = Msg::new("full-report.failed").with("why", why);
                self.say_msg(&msg);
                Some(Saving::Place)
            }
        };
        report_saved(&mut self.model, saved);
        if let Some(notice) = self.model.notice.take() {
            self.say(notice);
        }
        self.saving = next;
    }
}
