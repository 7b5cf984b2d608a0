//! Messages of which only a part was pasted: the beginning, the end, a piece out of the middle, or the same words with
//! others between them.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::Catalogue;
use super::find::{Hit, Phrase};
use super::fold::Folded;

/// The longest text, in folded bytes, in which parts of messages are looked for: half a message is short.
const MOST: usize = 2_000;
/// The least of a message that has to be there, of a hundred.
const PIECE: usize = 45;
/// The same where only the words are compared, wherever they stand.
const WORDS: usize = 70;
/// The fewest folded bytes that say anything, in Latin letters and in others: 失敗しました says nothing yet.
const LEAST: usize = 14;
const LEAST_WIDE: usize = 24;
/// The same for names of constants: nobody writes SEC_ERROR by chance.
const LEAST_NAME: usize = 8;

/// A message of which a part is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The message's place in the catalogue.
    pub message: usize,
    /// How much of it, of a hundred.
    pub share: usize,
    /// How many bytes of it.
    pub letters: usize,
}

impl Catalogue {
    /// Every message of which a good part stands in this text, each once, at its best. `whole` are those that were
    /// found whole: a part must be longer than any of them to say more.
    pub(super) fn parts(&self, folded: &Folded, whole: &[Hit]) -> Vec<Part> {
        let text = folded.text.as_str();
        if text.len() < LEAST_NAME || text.len() > MOST {
            return Vec::new();
        }
        let longest = whole.iter().map(|hit| hit.letters).max().unwrap_or(0);
        let mut best: BTreeMap<usize, Part> = BTreeMap::new();
        for phrase in &self.index.phrases {
            if whole.iter().any(|hit| hit.message == phrase.message) {
                continue;
            }
            let letters = piece(phrase, text);
            let share = 100 * letters / phrase.len().max(1);
            let least = match (text.contains('_'), text.is_ascii()) {
                (true, true) => LEAST_NAME,
                (false, true) => LEAST,
                (_, false) => LEAST_WIDE,
            };
            if letters < least || letters <= longest || share < PIECE {
                continue;
            }
            let part = Part {
                message: phrase.message,
                share: share.min(99),
                letters,
            };
            let known = best.get(&part.message);
            if known.is_none_or(|known| known.share < part.share) {
                best.insert(part.message, part);
            }
        }
        if best.is_empty() && whole.is_empty() {
            return self.alike(folded);
        }
        best.into_values().collect()
    }

    /// Messages most of whose words are there, rare words counting more; looked for only where nothing else was found.
    fn alike(&self, folded: &Folded) -> Vec<Part> {
        let there: BTreeSet<&str> = folded.words().collect();
        let words = self.words();
        let mut parts: Vec<Part> = Vec::new();
        for (phrase, own) in self.index.phrases.iter().zip(&words.of_phrase) {
            let weight = |word: &&&str| words.weight(word);
            let all: u32 = own.iter().collect::<Vec<_>>().iter().map(weight).sum();
            let shared: Vec<&&str> = own.iter().filter(|word| there.contains(**word)).collect();
            let held: u32 = shared.iter().map(weight).sum();
            let share = usize::try_from(100 * held / all.max(1)).unwrap_or(0);
            if shared.len() >= 3 && share >= WORDS {
                parts.push(Part {
                    message: phrase.message,
                    share: share.min(99),
                    letters: shared.iter().map(|word| word.len()).sum(),
                });
            }
        }
        parts.sort_by_key(|part| std::cmp::Reverse(part.share));
        let mut seen = BTreeSet::new();
        parts.retain(|part| seen.insert(part.message));
        parts
    }

    fn words(&self) -> Words<'_> {
        let mut known = BTreeMap::new();
        let of_phrase: Vec<BTreeSet<&str>> = self
            .index
            .phrases
            .iter()
            .map(|phrase| {
                // Single letters of other scripts stand in anything.
                let words = phrase.words.iter().map(String::as_str);
                words.filter(|word| word.is_ascii()).collect()
            })
            .collect();
        for word in of_phrase.iter().flatten() {
            *known.entry(*word).or_insert(0) += 1;
        }
        Words { of_phrase, known }
    }
}

/// The words of all wordings, and in how many each stands.
struct Words<'a> {
    of_phrase: Vec<BTreeSet<&'a str>>,
    known: BTreeMap<&'a str, u32>,
}

impl Words<'_> {
    /// What finding this word is worth: one that stands in few messages is worth more.
    fn weight(&self, word: &str) -> u32 {
        match self.known.get(word).copied().unwrap_or(1) {
            0..=2 => 8,
            3..=8 => 5,
            9..=30 => 3,
            _ => 1,
        }
    }
}

/// How many bytes of this wording stand in the text: the text is a piece of it, or ends in its beginning, or begins
/// with its end.
fn piece(phrase: &Phrase, text: &str) -> usize {
    let inside = phrase.segments.iter().any(|segment| segment.contains(text));
    if inside {
        return text.len();
    }
    beginning(&phrase.segments, text).max(end(&phrase.segments, text))
}

/// The bytes of the wording's beginning that the text ends in.
fn beginning(segments: &[String], text: &str) -> usize {
    let mut letters = 0;
    let mut rest = text;
    for segment in segments {
        // The first piece may stand anywhere; what comes after it has to follow.
        if let Some(at) = rest.find(segment.as_str()) {
            letters += segment.len();
            rest = &rest[at + segment.len()..];
            continue;
        }
        return letters + common(rest, segment);
    }
    letters
}

/// The longest beginning of `segment` that `text` ends in.
fn common(text: &str, segment: &str) -> usize {
    let starts = segment.char_indices().map(|(at, _)| at).skip(1);
    starts
        .filter(|at| text.ends_with(&segment[..*at]))
        .max()
        .unwrap_or(0)
}

/// The bytes of the wording's end that the text begins with.
fn end(segments: &[String], text: &str) -> usize {
    let mut letters = 0;
    let mut rest = text;
    for segment in segments.iter().rev() {
        if let Some(at) = rest.rfind(segment.as_str()) {
            letters += segment.len();
            rest = &rest[..at];
            continue;
        }
        let ends = segment.char_indices().map(|(at, _)| at).skip(1);
        let cut = ends
            .filter(|at| rest.starts_with(&segment[*at..]))
            .map(|at| segment.len() - at)
            .max();
        return letters + cut.unwrap_or(0);
    }
    letters
}
