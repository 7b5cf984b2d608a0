//! Search over causes, the library and the messages at once, in both languages whatever the screen's is: a person types the words
//! they see. Titles match fuzzily (letters in order, gaps allowed), the text behind them by whole words typed.

use icu_normalizer::ComposingNormalizerBorrowed;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::markdown::{Block, Run};
use super::of_messages::Shelf;
use super::{Place, pages};
use crate::guide::{Knowledge, Lang};

/// What is looked at of a query, in characters.
const MAX_QUERY: usize = 80;
/// Answers at most.
const MAX_HITS: usize = 60;
/// What a match in a title counts above one in a text.
pub(super) const TITLE: u32 = 1_000;
/// What a title that holds all that was typed, as it was typed, counts beside that.
pub(super) const WHOLE: u32 = 20_000;
/// What an id or a code typed in full counts.
pub(super) const EXACT: u32 = 100_000;

/// Everything that can be found, in the form in which it is compared. Building it reads every cause; once a process.
pub struct Index {
    entries: Vec<Entry>,
    messages: Shelf,
}

struct Entry {
    place: Place,
    /// Id and code, in lower case.
    exact: Vec<String>,
    titles: [String; 2],
    /// Titles and texts in the form in which they are compared, English and Japanese.
    titles_plain: [String; 2],
    texts: [String; 2],
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where it is.
    pub place: Place,
    /// Its title in the language asked for.
    pub title: String,
}

impl Index {
    /// The index of all that is known.
    pub fn new(knowledge: &Knowledge) -> Self {
        let mut entries = Vec::new();
        for (id, cause) in knowledge.causes.iter() {
            let text = |lang| {
                let optional = [&cause.browser, &cause.apart].into_iter().flatten();
                let parts = std::iter::once(&cause.meaning).chain(optional);
                parts
                    .map(|part| part.get(lang))
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            let title = |lang: Lang| {
                let name = cause.name.get(lang).replace("{host}", "VPN");
                format!("{}  {name}", cause.code)
            };
            entries.push(Entry::new(
                Place::Cause(*id),
                vec![id.to_string(), cause.code.to_lowercase()],
                [title(Lang::En), title(Lang::Ja)],
                [text(Lang::En), text(Lang::Ja)],
            ));
        }
        for page in pages() {
            let [en, ja] = [Lang::En, Lang::Ja].map(|lang| sections(page.blocks(lang)));
            for (one, other) in en.iter().zip(&ja) {
                let title = |lang, heading: &str| format!("{}: {heading}", page.title(lang));
                entries.push(Entry::new(
                    Place::Page {
                        id: page.id,
                        heading: Some(one.id.clone()),
                    },
                    Vec::new(),
                    [title(Lang::En, &one.title), title(Lang::Ja, &other.title)],
                    [one.text.clone(), other.text.clone()],
                ));
            }
        }
        Self {
            entries,
            messages: Shelf::new(knowledge.messages()),
        }
    }

    /// What the query finds, the best first. Every word of it must be met. Nothing for an empty query.
    pub fn find(&self, typed: &str, lang: Lang) -> Vec<Hit> {
        let query: String = typed.chars().take(MAX_QUERY).collect();
        let query = comparable(&query);
        let words: Vec<&str> = query.split_whitespace().collect();
        if words.is_empty() {
            return Vec::new();
        }
        let mut query = Query::new(&query, words);
        let mut found: Vec<(u32, Hit)> = self
            .entries
            .iter()
            .filter_map(|entry| {
                let score = entry.score(&mut query)?;
                let hit = Hit {
                    place: entry.place.clone(),
                    title: entry.titles[at(lang)].clone(),
                };
                Some((score, hit))
            })
            .collect();
        let messages = self.messages.find(typed, &mut query);
        found.extend(messages.into_iter().map(|(score, message)| {
            let hit = Hit {
                place: Place::Message(message.id.clone()),
                title: self.messages.title(message, lang),
            };
            (score, hit)
        }));
        // Equal ones stay in the order of the index: causes, pages, messages.
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found
            .into_iter()
            .take(MAX_HITS)
            .map(|(_, hit)| hit)
            .collect()
    }
}

impl Entry {
    fn new(place: Place, exact: Vec<String>, titles: [String; 2], texts: [String; 2]) -> Self {
        Self {
            place,
            exact,
            titles_plain: titles.each_ref().map(|title| comparable(title)),
            texts: texts.map(|text| comparable(&text)),
            titles,
        }
    }

    fn score(&self, query: &mut Query<'_>) -> Option<u32> {
        if self.exact.iter().any(|exact| exact == query.text) {
            return Some(EXACT);
        }
        let title = query.best(self.titles_plain.iter().chain(&self.exact));
        if title.is_some() {
            return title;
        }
        let whole = |n: usize| {
            let (title, text) = (&self.titles_plain[n], &self.texts[n]);
            query
                .words
                .iter()
                .all(|word| text.contains(word) || title.contains(word))
        };
        (whole(0) || whole(1)).then_some(1)
    }
}

/// A query made ready: what was typed in the form in which it is compared, its words, and the matcher with its memory.
pub(super) struct Query<'a> {
    pub text: &'a str,
    pub words: Vec<&'a str>,
    pattern: Pattern,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl<'a> Query<'a> {
    fn new(text: &'a str, words: Vec<&'a str>) -> Self {
        Self {
            text,
            pattern: Pattern::parse(&escaped(&words), CaseMatching::Ignore, Normalization::Smart),
            words,
            matcher: Matcher::new(Config::DEFAULT),
            buffer: Vec::new(),
        }
    }

    /// The best score of these titles, where the words meet any.
    pub(super) fn best<'t>(&mut self, titles: impl Iterator<Item = &'t String>) -> Option<u32> {
        let scores = titles
            .filter(|title| is_close(title, &self.words))
            .filter_map(|title| {
                let letters = Utf32Str::new(title, &mut self.buffer);
                let score = self.pattern.score(letters, &mut self.matcher)?;
                let whole = if title.contains(self.text) { WHOLE } else { 0 };
                Some(TITLE + whole + score)
            });
        scores.max()
    }
}

/// Whether a fuzzy match may count: in scripts without blanks between words, letters strewn over a title mean nothing,
/// so a word that is not all ASCII has to stand there as it was typed.
fn is_close(title: &str, words: &[&str]) -> bool {
    words
        .iter()
        .all(|word| word.is_ascii() || title.contains(word))
}

/// The words as a pattern in which no character has a meaning of its own.
fn escaped(words: &[&str]) -> String {
    let escaped: Vec<String> = words
        .iter()
        .map(|word| {
            let word = word.replace('\\', "\\\\");
            match word.chars().next() {
                Some('^' | '\'' | '!') => format!("\\{word}"),
                _ => match word.strip_suffix('$') {
                    Some(start) => format!("{start}\\$"),
                    None => word,
                },
            }
        })
        .collect();
    escaped.join(" ")
}

const fn at(lang: Lang) -> usize {
    match lang {
        Lang::En => 0,
        Lang::Ja => 1,
    }
}

/// Full-width letters made plain, half-width kana whole, all in lower case (Unicode NFKC).
pub(super) fn comparable(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc()
        .normalize(text)
        .to_lowercase()
}

struct Section {
    id: String,
    title: String,
    text: String,
}

fn sections(blocks: &[Block]) -> Vec<Section> {
    let words = |runs: &[Run]| runs.iter().map(|run| run.text.as_str()).collect::<String>();
    let mut sections: Vec<Section> = Vec::new();
    for block in blocks {
        let text = match block {
            Block::Heading { id, runs, .. } => {
                sections.push(Section {
                    id: id.clone(),
                    title: words(runs),
                    text: String::new(),
                });
                continue;
            }
            Block::Text(runs) | Block::Item { runs, .. } => words(runs),
            Block::Code(lines) => lines.join(" "),
        };
        if let Some(section) = sections.last_mut() {
            section.text.push_str(&text);
            section.text.push(' ');
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::CauseId;

    fn first(query: &str) -> Option<Place> {
        let knowledge = Knowledge::load(None).unwrap();
        let hits = Index::new(&knowledge).find(query, Lang::En);
        hits.first().map(|hit| hit.place.clone())
    }

    fn glossary(heading: &str) -> Option<Place> {
        Some(Place::Page {
            id: "glossary",
            heading: Some(heading.to_owned()),
        })
    }

    #[test]
    fn words_of_either_language_find_the_same_cause() {
        let cause = Some(Place::Cause(CauseId::MISSING_INTERMEDIATE));
        for query in [
            "C04",
            "c04",
            "ｃ０４",
            "missing-intermediate",
            "does not send intermediate",
            "中間CA証明書を送って",
            "中間ＣＡ証明書を送って",
        ] {
            assert_eq!(first(query), cause, "{query}");
        }
    }

    #[test]
    fn letters_may_be_left_out_of_a_title() {
        let knowledge = Knowledge::load(None).unwrap();
        let hits = Index::new(&knowledge).find("captve portal", Lang::En);
        let cause = Place::Cause(CauseId::CAPTIVE_PORTAL);
        assert!(
            hits.iter().take(3).any(|hit| hit.place == cause),
            "{hits:?}"
        );
    }

    #[test]
    fn glossary_and_questions_are_found_too() {
        assert_eq!(first("split-horizon"), glossary("split-horizon"));
        assert_eq!(first("スプリットホライズン"), glossary("split-horizon"));
        let knowledge = Knowledge::load(None).unwrap();
        let hits = Index::new(&knowledge).find("verify return", Lang::Ja);
        let answer = Place::Page {
            id: "faq",
            heading: Some("openssl".into()),
        };
        assert!(hits.iter().any(|hit| hit.place == answer), "{hits:?}");
    }

    #[test]
    fn every_cause_is_found_by_its_own_name_in_both_languages() {
        let knowledge = Knowledge::load(None).unwrap();
        let index = Index::new(&knowledge);
        for (id, cause) in knowledge.causes.iter() {
            for lang in [Lang::En, Lang::Ja] {
                let name = cause.name.get(lang).replace("{host}", "VPN");
                let hits = index.find(&name, lang);
                let place = hits.first().map(|hit| &hit.place);
                assert_eq!(place, Some(&Place::Cause(*id)), "{name}");
            }
        }
    }

    #[test]
    fn messages_are_found_in_part_filled_in_and_by_their_code() {
        let knowledge = Knowledge::load(None).unwrap();
        let index = Index::new(&knowledge);
        let catalogue = knowledge.messages();
        for message in &catalogue.messages {
            // As it is written, and a message stands among what it finds; in every script.
            let zh = message.zh.iter();
            for wording in std::iter::once(&message.text).chain(&message.ja).chain(zh) {
                let typed = wording.replace(['{', '}'], " ");
                let hits = index.find(&typed, Lang::Ja);
                assert!(
                    hits.iter()
                        .any(|hit| matches!(hit.place, Place::Message(_))),
                    "{typed}"
                );
            }
        }
        for typed in ["0x800B0109", "-2146762487"] {
            let hits = index.find(typed, Lang::En);
            let Some(Place::Message(first)) = hits.first().map(|hit| &hit.place) else {
                panic!("{typed}: {hits:?}");
            };
            let code = catalogue.get(first).unwrap().code().unwrap();
            assert_eq!(code, "0x800B0109", "{typed}");
        }
    }

    #[test]
    fn every_message_is_found_by_its_id() {
        let knowledge = Knowledge::load(None).unwrap();
        let index = Index::new(&knowledge);
        for message in &knowledge.messages().messages {
            let hits = index.find(&message.id, Lang::En);
            let place = hits.first().map(|hit| &hit.place);
            assert_eq!(place, Some(&Place::Message(message.id.clone())));
        }
    }

    #[test]
    fn nonsense_and_emptiness_find_nothing_and_signs_have_no_meaning() {
        for query in ["", "   ", "qqqqzzzz", "\u{1b}[31m", "🦀🦀"] {
            assert_eq!(first(query), None, "{query:?}");
        }
        let long = "certificate ".repeat(10_000);
        assert!(first(&long).is_some(), "what is too long is cut");
        assert_eq!(first("^missing-intermediate$"), None);
        assert_eq!(first("!captive"), None);
    }
}
