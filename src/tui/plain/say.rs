//! Saying things: words, lines to be typed, gaps, whole pages. What is said when is in [`super::dialogue`].

use crate::msg::Msg;

use super::super::page::Page;
use super::dialogue::{Dialogue, Said};

impl Dialogue {
    pub(super) fn say(&mut self, text: String) {
        self.said.push(Said::Text(text));
    }

    pub(super) fn say_typed(&mut self, text: String) {
        self.said.push(Said::Typed(text));
    }

    pub(super) fn say_id(&mut self, id: &str) {
        let text = self.word(id);
        self.say(text);
    }

    pub(super) fn say_msg(&mut self, msg: &Msg) {
        let text = self.model.words().msg(msg);
        self.say(text);
    }

    pub(super) fn word(&self, id: &str) -> String {
        self.model.words().t(id)
    }

    /// An empty line, unless the last one is.
    pub(super) fn gap(&mut self) {
        let empty = Said::Text(String::new());
        if self.said.last() != Some(&empty) {
            self.said.push(empty);
        }
    }

    /// A linear page, line by line.
    pub(super) fn say_page(&mut self, page: &Page) {
        for (at, line) in page.lines.iter().enumerate() {
            let text = line.to_string();
            if page.verbatim.contains(&at) {
                self.say_typed(text);
            } else if text.is_empty() {
                self.gap();
            } else {
                self.say(text);
            }
        }
    }
}
