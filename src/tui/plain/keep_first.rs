//! Saving what is there before the first step that changes something: asked once a session, in place of that step, as the
//! screen does. Whether it is asked and what becomes of the answer is decided for both in `update`.

use crate::cause::CauseId;
use crate::evidence::UnixTime;
use crate::guide::StepKind;
use crate::msg::Msg;
use crate::session::Stage;

use super::super::message::Effect;
use super::super::model::Popup;
use super::super::update::{mark_saved, offers_saving};
use super::answer::{Answer, Command};
use super::dialogue::Dialogue;

/// How many answers there are: it is saved, or not.
const ANSWERS: usize = 2;

impl Dialogue {
    /// The cause whose steps are to be begun with saving, where that is asked or has to be asked now.
    pub(super) fn keeps_first(&mut self) -> Option<CauseId> {
        if let Stage::Steps(cause) = *self.model.session.stage() {
            let at = self.step_at();
            offers_saving(&mut self.model, cause, at);
        }
        self.keeping_first()
    }

    /// The same, where it was asked already.
    pub(super) fn keeping_first(&self) -> Option<CauseId> {
        match self.model.popup {
            Some(Popup::Saving { cause, .. }) => Some(cause),
            _ => None,
        }
    }

    pub(super) fn ask_keep_first(&mut self, cause: CauseId) {
        self.gap();
        self.say_id("screen.saving.title");
        self.say_id("screen.saving.text");
        let words = self.model.words();
        let steps = self.model.steps(cause).into_iter();
        let backups = steps.filter(|step| step.kind == StepKind::Backup);
        let told: Vec<(String, Option<String>)> = backups
            .map(|step| {
                let known = self.model.cause(cause);
                let code = known.map(|known| known.step_code(step));
                let msg = Msg::new("plain.keep-first.step").with("code", code.unwrap_or_default());
                let text = words.msg(&msg.with("text", words.text(&step.text)));
                let command = step.command.as_ref();
                (text, command.map(|command| words.command(command)))
            })
            .collect();
        for (text, command) in told {
            self.say(text);
            for line in command.iter().flat_map(|command| command.lines()) {
                self.say_typed(line.to_owned());
            }
        }
        self.gap();
        for (n, id) in ["screen.saving.saved", "screen.saving.without"]
            .into_iter()
            .enumerate()
        {
            let msg = Msg::new("plain.choice").with("n", n + 1);
            self.say_msg(&msg.with("text", self.word(id)));
        }
        self.gap();
        self.say_id("plain.keep-first.once");
        self.say_msg(&Msg::new("plain.prompt.number").with("count", ANSWERS));
    }

    pub(super) fn take_keep_first(
        &mut self,
        cause: CauseId,
        answer: Answer,
        now: UnixTime,
    ) -> Vec<Effect> {
        match answer {
            Answer::Number(n @ 1..=ANSWERS) => {
                self.model.popup = None;
                mark_saved(&mut self.model, cause, n == 1);
            }
            Answer::Number(n) => self.say_no_such_number(n, ANSWERS),
            Answer::Command(Command::Back) => {
                self.model.popup = None;
                self.back(now);
            }
            Answer::Command(Command::Help) => self.tell_help(),
            Answer::Command(Command::Quit) => {
                self.model.popup = None;
                self.close();
                return vec![Effect::Quit];
            }
            Answer::Empty => self.say_id("plain.again.empty"),
            _ => self.say_id("plain.again.words"),
        }
        Vec::new()
    }
}
