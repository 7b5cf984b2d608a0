//! Words for a command line that cannot be read. clap says in English what it could not read; here the same is said in
//! another language, from what clap tells as data (kinds and contexts of [`clap::Error`]) and never from its sentences.
//!
//! Which command lines are refused is decided by `args`; what is wrong with a value that could be read, by the verbs.

use std::error::Error as _;
use std::net::AddrParseError;
use std::num::{IntErrorKind, ParseIntError};

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::{Args, NumberError};
use super::help::usage_in_words;
use crate::guide::{Lang, Texts};
use crate::msg::Msg;

/// What clap says of the command line, in this language and without styles; none where it says what is not known here.
pub fn in_words_of(error: &clap::Error, texts: &Texts, lang: Lang) -> Option<String> {
    Misread { error, texts, lang }.text()
}

struct Misread<'a> {
    error: &'a clap::Error,
    texts: &'a Texts,
    lang: Lang,
}

impl Misread<'_> {
    fn text(&self) -> Option<String> {
        let (what, listed) = self.what()?;
        let mut text = self.say(&Msg::new("misread.error").with("what", self.say(&what)));
        for line in listed {
            text.push_str(&format!("\n  {}", crate::text::sanitise(&line)));
        }
        let tips = self.tips();
        if !tips.is_empty() {
            text.push('\n');
        }
        for tip in tips {
            let tip = Msg::new("misread.tip").with("what", self.say(&tip));
            text.push_str(&format!("\n  {}", self.say(&tip)));
        }
        if let Some(ContextValue::StyledStr(usage)) = self.error.get(ContextKind::Usage) {
            let heading = self.texts.get(self.lang, "help.frame.usage");
            let usage = usage_in_words(&usage.to_string(), self.texts, self.lang);
            let hang = " ".repeat(crate::wrap::width(heading) + 1);
            let usage = usage.replace('\n', &format!("\n{hang}"));
            text.push_str(&format!("\n\n{heading} {usage}"));
        }
        let more = self.texts.get(self.lang, "misread.more");
        Some(format!("{text}\n\n{more}\n"))
    }

    /// What is wrong, and what is listed below it.
    fn what(&self) -> Option<(Msg, Vec<String>)> {
        let argument = || self.one(ContextKind::InvalidArg);
        let alone = |msg| Some((msg, Vec::new()));
        match self.error.kind() {
            ErrorKind::UnknownArgument => {
                alone(Msg::new("misread.what.unknown-argument").with("argument", argument()?))
            }
            ErrorKind::InvalidSubcommand => {
                let verb = self.one(ContextKind::InvalidSubcommand)?;
                alone(Msg::new("misread.what.unknown-verb").with("verb", verb))
            }
            ErrorKind::InvalidValue => {
                let value = self.one(ContextKind::InvalidValue)?;
                let msg = if value.is_empty() {
                    Msg::new("misread.what.no-value")
                } else {
                    Msg::new("misread.what.bad-value").with("value", value)
                };
                let possible = self.several(ContextKind::ValidValue);
                let list = Msg::new("help.frame.possible").with("values", possible.join(", "));
                let listed = (!possible.is_empty()).then(|| self.say(&list));
                Some((msg.with("argument", argument()?), Vec::from_iter(listed)))
            }
            ErrorKind::ValueValidation => {
                let msg = match self.why() {
                    Some(why) => Msg::new("misread.what.bad-value-why").with("why", self.say(&why)),
                    None => Msg::new("misread.what.bad-value"),
                };
                let value = self.one(ContextKind::InvalidValue)?;
                alone(msg.with("value", value).with("argument", argument()?))
            }
            ErrorKind::TooManyValues => {
                let value = self.one(ContextKind::InvalidValue)?;
                let msg = Msg::new("misread.what.surplus-value").with("value", value);
                alone(msg.with("argument", argument()?))
            }
            ErrorKind::MissingRequiredArgument => Some((
                Msg::new("misread.what.missing"),
                self.several(ContextKind::InvalidArg),
            )),
            ErrorKind::ArgumentConflict => self.conflict(argument()?),
            ErrorKind::InvalidUtf8 => alone(Msg::new("misread.what.not-utf8")),
            _ => None,
        }
    }

    fn conflict(&self, argument: String) -> Option<(Msg, Vec<String>)> {
        match self.error.get(ContextKind::PriorArg)? {
            ContextValue::String(other) if *other == argument => Some((
                Msg::new("misread.what.twice").with("argument", argument),
                Vec::new(),
            )),
            ContextValue::String(other) => {
                let msg = Msg::new("misread.what.conflict").with("argument", argument);
                Some((msg.with("other", other), Vec::new()))
            }
            ContextValue::Strings(others) => Some((
                Msg::new("misread.what.conflicts").with("argument", argument),
                others.clone(),
            )),
            _ => None,
        }
    }

    /// Why a value was not taken.
    fn why(&self) -> Option<Msg> {
        let source = self.error.source()?;
        let number = match source.downcast_ref::<NumberError>() {
            Some(NumberError::Below { value, least }) => {
                let msg = Msg::new("misread.why.below").with("value", value);
                return Some(msg.with("least", least));
            }
            Some(NumberError::Outside { value, least, most }) => {
                let msg = Msg::new("misread.why.outside").with("value", value);
                return Some(msg.with("least", least).with("most", most));
            }
            Some(NumberError::None(error)) => Some(error),
            None => source.downcast_ref::<ParseIntError>(),
        };
        match number.map(ParseIntError::kind) {
            Some(IntErrorKind::InvalidDigit) => Some(Msg::new("misread.why.no-number")),
            Some(IntErrorKind::PosOverflow) => Some(Msg::new("misread.why.too-large")),
            Some(IntErrorKind::Empty) => Some(Msg::new("misread.why.empty")),
            _ => source
                .downcast_ref::<AddrParseError>()
                .map(|_| Msg::new("misread.why.no-address")),
        }
    }

    fn tips(&self) -> Vec<Msg> {
        let mut tips = Vec::new();
        for (context, one, many) in [
            (
                ContextKind::SuggestedSubcommand,
                "misread.hint.verb",
                "misread.hint.verbs",
            ),
            (
                ContextKind::SuggestedArg,
                "misread.hint.argument",
                "misread.hint.arguments",
            ),
            (
                ContextKind::SuggestedValue,
                "misread.hint.value",
                "misread.hint.values",
            ),
        ] {
            let names = self.several(context);
            let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
            let separator = self.texts.get(self.lang, "misread.separator");
            match quoted.as_slice() {
                [] => {}
                [name] => tips.push(Msg::new(one).with("names", name)),
                names => tips.push(Msg::new(many).with("names", names.join(separator))),
            }
        }
        if let Some(ContextValue::StyledStrs(more)) = self.error.get(ContextKind::Suggested) {
            let plain = more.iter().map(ToString::to_string);
            tips.extend(plain.filter_map(|tip| self.tip_of(&tip)));
        }
        tips
    }

    /// A tip that clap gives as a sentence: which one it is tells what is typed in it.
    fn tip_of(&self, sentence: &str) -> Option<Msg> {
        let argument = self.one(ContextKind::InvalidArg)?;
        let is_verb = Args::command()
            .get_subcommands()
            .any(|verb| verb.get_name() == argument);
        if is_verb {
            return Some(Msg::new("misread.hint.no-dashes").with("argument", argument));
        }
        if sentence.contains(&format!("-- {argument}")) {
            return Some(Msg::new("misread.hint.as-value").with("argument", argument));
        }
        let typed = sentence.split('\'').nth(1)?;
        Some(Msg::new("misread.hint.after-verb").with("typed", typed))
    }

    fn one(&self, context: ContextKind) -> Option<String> {
        match self.error.get(context)? {
            ContextValue::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn several(&self, context: ContextKind) -> Vec<String> {
        match self.error.get(context) {
            Some(ContextValue::Strings(texts)) => texts.clone(),
            Some(ContextValue::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        }
    }

    fn say(&self, msg: &Msg) -> String {
        self.texts.render(self.lang, msg)
    }
}

#[cfg(test)]
#[path = "misread_tests.rs"]
mod tests;
