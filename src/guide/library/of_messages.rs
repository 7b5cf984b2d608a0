//! Search over the messages: typed in part, pasted whole with the names and numbers filled in, or only the code.
//!
//! How a whole message is recognised is the catalogue's; here it is ranked beside what letters and words find.

use std::sync::Arc;

use super::search::{EXACT, Query, TITLE, WHOLE, comparable};
use crate::guide::Lang;
use crate::guide::messages::{Catalogue, Message};
use crate::guide::placeholder;

/// What is looked at of a query as a pasted message, in characters.
const MAX_PASTED: usize = 400;
/// What each letter typed has to score: sixteen where it stands, less for every gap before it.
const TIGHT: u32 = 14;
/// Messages among the answers at most: causes and pages are not to be pushed out.
const MOST: usize = 30;

/// The messages in the form in which they are compared.
pub(super) struct Shelf {
    catalogue: Arc<Catalogue>,
    entries: Vec<Entry>,
}

struct Entry {
    /// Its place in the catalogue.
    message: usize,
    /// Id and codes, in lower case.
    exact: Vec<String>,
    /// Every wording, in every language, placeholders left out.
    wordings: Vec<String>,
    /// What it means, in both languages.
    meaning: String,
}

impl Shelf {
    pub(super) fn new(catalogue: Arc<Catalogue>) -> Self {
        let entries = catalogue.messages.iter().enumerate();
        let entries = entries.map(|(n, message)| Entry::new(n, message)).collect();
        Self { catalogue, entries }
    }

    /// The messages that this finds, the best first, with their scores. `typed` is the query as it was typed.
    pub(super) fn find(&self, typed: &str, query: &mut Query<'_>) -> Vec<(u32, &Message)> {
        let typed: String = typed.chars().take(MAX_PASTED).collect();
        let pasted = self.catalogue.whole_in(&typed);
        let mut found: Vec<(u32, &Message)> = self
            .entries
            .iter()
            .filter_map(|entry| {
                let message = self.catalogue.messages.get(entry.message)?;
                let score = if entry.exact.iter().any(|exact| exact == query.text) {
                    EXACT
                } else if let Some(at) = pasted.iter().position(|id| *id == message.id) {
                    // The surest first; before all that letters find, after a title that holds the whole query.
                    let pasted = WHOLE - u32::try_from(at).unwrap_or(0).min(100);
                    let typed = entry.score(query);
                    typed.unwrap_or(0).max(pasted)
                } else {
                    entry.score(query)?
                };
                Some((score, message))
            })
            .collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found.truncate(MOST);
        found
    }

    /// What a message is called in a list: its program, and its text as people see it.
    pub(super) fn title(&self, message: &Message, lang: Lang) -> String {
        let client = self.catalogue.client(&message.client);
        format!("{client}: {}", message.spoken(lang))
    }
}

/// Whether so many letters were met close together: a sentence is long enough to hold the letters of any word
/// somewhere.
fn is_tight(score: u32, letters: usize) -> bool {
    let letters = u32::try_from(letters).unwrap_or(u32::MAX);
    score.saturating_sub(TITLE) >= letters.saturating_mul(TIGHT)
}

impl Entry {
    fn new(message: usize, of: &Message) -> Self {
        let plain = |wording: &str| {
            let pieces = placeholder::between(wording);
            comparable(&pieces.join(" "))
        };
        let shown = plain(&of.text);
        let mut wordings: Vec<String> = of.wordings().map(plain).collect();
        if !wordings.contains(&shown) {
            wordings.push(shown);
        }
        let meaning = of.meaning.as_ref();
        Self {
            message,
            exact: std::iter::once(of.id.to_lowercase())
                .chain(of.code().map(|code| code.to_lowercase()))
                .collect(),
            wordings,
            meaning: meaning.map_or_else(String::new, |meaning| {
                comparable(&format!("{} {}", meaning.en, meaning.ja))
            }),
        }
    }

    fn score(&self, query: &mut Query<'_>) -> Option<u32> {
        let wording = query.best(self.wordings.iter());
        let words = &query.words;
        let letters = words.iter().map(|word| word.chars().count()).sum::<usize>();
        if wording.is_some_and(|score| is_tight(score, letters)) {
            return wording;
        }
        let whole = words.iter().all(|word| {
            self.meaning.contains(word) || self.wordings.iter().any(|w| w.contains(word))
        });
        whole.then_some(1)
    }
}
