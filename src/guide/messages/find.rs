//! Finding whole messages in a folded text: all wordings at once, then the rest of each one that begins to fit.
//!
//! Messages of which only a part is there are in [`super::partial`].

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::catalogue::{Catalogue, Kind, Message, segments};
use super::fold::{Folded, Number};
use crate::guide::placeholder;

/// How many bytes of folded text a placeholder may stand for.
const HOLE: usize = 160;
/// How many letters may stand between the word of a context and its number: "is", "no", "番号は".
const BESIDE: usize = 4;
/// The smallest number that means something all by itself; small ones are counts and exit codes of anything.
const TELLING: i64 = 600;
/// `HRESULT_FROM_WIN32`: the upper half of a code that carries a plain Windows error in its lower half (winerror.h).
const FROM_WIN32: u32 = 0x8007;

/// A number that stands for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// A decimal number, sign and all.
    Decimal(i64),
    /// The same, in parentheses only.
    Enclosed(i64),
    /// A Windows code, also where it is written as a signed or unsigned decimal number.
    Hex(u32),
    /// A packed OpenSSL code as OpenSSL 3 prints it; that of 1.1.1 with the same reason counts too.
    Packed(u32),
}

impl Code {
    /// The code of a file.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            return u32::from_str_radix(digits, 16).ok().map(Self::Hex);
        }
        if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            return inner.parse().ok().map(Self::Enclosed);
        }
        if text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return u32::from_str_radix(text, 16).ok().map(Self::Packed);
        }
        text.parse().ok().map(Self::Decimal)
    }

    /// Whether this number is the code.
    fn is(self, number: &Number) -> bool {
        match self {
            Self::Decimal(code) => number.decimal == Some(code),
            Self::Enclosed(code) => number.enclosed && number.decimal == Some(code),
            Self::Hex(code) => number.hex == Some(code) || number.unsigned() == Some(code),
            Self::Packed(code) => number.hex.is_some_and(|seen| {
                // OpenSSL 1.1.1 packs library 8, function 12 and reason 12 bits; 3 has no function (err.h of both).
                seen == code || (seen >> 24 == 0x14 && seen & 0xfff == code & 0x7f_ffff)
            }),
        }
    }

    /// Whether this number is a Windows code that wraps this plain one.
    fn is_wrapped_in(self, number: &Number) -> bool {
        let wrapped = number.hex.or_else(|| number.unsigned());
        let low = wrapped
            .filter(|code| code >> 16 == FROM_WIN32)
            .map(|code| i64::from(code & 0xffff));
        matches!(self, Self::Decimal(code) if low == Some(code) && code > 0)
    }
}

impl Number {
    /// The number as 32 bits without a sign: a negative decimal number of Windows is its code.
    pub(super) fn unsigned(&self) -> Option<u32> {
        let decimal = self.decimal?;
        match u32::try_from(decimal) {
            Ok(code) => Some(code),
            Err(_) => i32::try_from(decimal).ok().map(i32::cast_unsigned),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decimal(code) => write!(f, "{code}"),
            Self::Enclosed(code) => write!(f, "({code})"),
            Self::Hex(code) => write!(f, "0x{code:08X}"),
            Self::Packed(code) => write!(f, "{code:08X}"),
        }
    }
}

/// What numbers are looked up by: a number has a few of these, and a code has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Decimal(i64),
    Hex(u32),
    /// The reason of a packed OpenSSL code.
    Reason(u32),
}

impl Likeness {
    fn of(code: Code) -> Self {
        match code {
            Code::Decimal(value) | Code::Enclosed(value) => Self::Decimal(value),
            Code::Hex(code) => Self::Hex(code),
            Code::Packed(code) => Self::Reason(code & 0xfff),
        }
    }

    /// Everything this number may be looked up by.
    fn all_of(number: &Number) -> impl Iterator<Item = Self> {
        let code = number.hex.or_else(|| number.unsigned());
        let wrapped = code.filter(|code| code >> 16 == FROM_WIN32);
        [
            number.decimal.map(Self::Decimal),
            number.unsigned().map(Self::Hex),
            number.hex.map(Self::Hex),
            number.hex.map(|code| Self::Reason(code & 0xfff)),
            wrapped.map(|code| Self::Decimal(i64::from(code & 0xffff))),
        ]
        .into_iter()
        .flatten()
    }
}

/// One wording of one message.
#[derive(Clone, Debug)]
pub(super) struct Phrase {
    /// The message's place in the catalogue.
    pub message: usize,
    /// Its folded pieces between placeholders, in order; never empty.
    pub segments: Vec<String>,
    /// Which of them is the longest: it is what is searched for.
    key: usize,
    /// Whether it must be the whole of a line.
    exact: bool,
    /// Whether it counts in a log.
    pub in_logs: bool,
    /// Its words, folded one by one.
    pub words: Vec<String>,
}

impl Phrase {
    /// Bytes of folded text that it has without its placeholders.
    pub(super) fn len(&self) -> usize {
        self.segments.iter().map(String::len).sum()
    }
}

/// All wordings, searchable.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// The wordings.
    pub phrases: Vec<Phrase>,
    /// The longest pieces of all wordings, each once, and whose they are.
    keys: Option<AhoCorasick>,
    of_key: Vec<Vec<usize>>,
    /// Messages by what a number must be to come into question for them.
    coded: BTreeMap<Likeness, Vec<usize>>,
    /// Messages with regular expressions.
    patterned: Vec<usize>,
}

/// A message found whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// The message's place in the catalogue.
    pub message: usize,
    /// Where it stands in the folded text.
    pub span: Range<usize>,
    /// Bytes of it that are words, not placeholders; for a number, its digits.
    pub letters: usize,
    /// Whether it is its number that stands there.
    pub by_code: bool,
}

/// What kind of text is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// What a person pasted: they say that it is an error.
    Pasted,
    /// A line of a log, most of which are none.
    Log,
}

impl Index {
    pub(super) fn new(messages: &[Message]) -> Self {
        let mut phrases = Vec::new();
        for (n, message) in messages.iter().enumerate() {
            for wording in message.wordings() {
                let segments = segments(wording);
                let longest = segments.iter().enumerate().max_by_key(|(_, s)| s.len());
                let Some((key, _)) = longest else {
                    continue;
                };
                phrases.push(Phrase {
                    message: n,
                    key,
                    segments,
                    exact: message.kind == Kind::Exact,
                    in_logs: !message.ordinary || message.also.iter().any(|a| a == wording),
                    words: placeholder::between(wording)
                        .into_iter()
                        .flat_map(|piece| {
                            let folded = Folded::new(piece);
                            folded.words().map(str::to_owned).collect::<Vec<_>>()
                        })
                        .collect(),
                });
            }
        }
        let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (n, phrase) in phrases.iter().enumerate() {
            if let Some(key) = phrase.segments.get(phrase.key) {
                by_key.entry(key).or_default().push(n);
            }
        }
        let keys = AhoCorasick::new(by_key.keys()).ok();
        let of_key = by_key.into_values().collect();
        let mut coded: BTreeMap<Likeness, Vec<usize>> = BTreeMap::new();
        for (n, message) in messages.iter().enumerate() {
            for code in &message.codes {
                coded.entry(Likeness::of(*code)).or_default().push(n);
            }
        }
        let all = messages.iter().enumerate();
        let patterned = all.filter(|(_, m)| m.regex.is_some());
        Self {
            keys,
            of_key,
            coded,
            patterned: patterned.map(|(n, _)| n).collect(),
            phrases,
        }
    }
}

impl Catalogue {
    /// Every message that stands whole in this text: in the order of the catalogue, each once, at its longest.
    pub(super) fn whole(&self, text: &str, folded: &Folded, place: Place) -> Vec<Hit> {
        let mut best: BTreeMap<usize, Hit> = BTreeMap::new();
        let mut enter = |hit: Hit| {
            let known = best.get(&hit.message);
            if known.is_none_or(|known| known.letters < hit.letters) {
                best.insert(hit.message, hit);
            }
        };
        if let Some(keys) = &self.index.keys {
            for found in keys.find_overlapping_iter(&folded.text) {
                let phrases = self.index.of_key.get(found.pattern().as_usize());
                for phrase in phrases.into_iter().flatten() {
                    let Some(phrase) = self.index.phrases.get(*phrase) else {
                        continue;
                    };
                    if place == Place::Log && !phrase.in_logs {
                        continue;
                    }
                    if let Some(span) = stretch(phrase, folded, found.start(), found.end()) {
                        enter(Hit {
                            message: phrase.message,
                            letters: phrase.len(),
                            span,
                            by_code: false,
                        });
                    }
                }
            }
        }
        for number in &folded.numbers {
            let alike = Likeness::all_of(number).filter_map(|like| self.index.coded.get(&like));
            for n in alike.flatten() {
                if let Some(message) = self.messages.get(*n)
                    && stands_for(message, number, folded, place)
                {
                    enter(Hit {
                        message: *n,
                        span: number.at..number.end,
                        letters: number.end - number.at,
                        by_code: true,
                    });
                }
            }
        }
        for n in &self.index.patterned {
            let regex = self.messages.get(*n).and_then(|m| m.regex.as_ref());
            if let Some(found) = regex.and_then(|regex| regex.find(text)) {
                enter(Hit {
                    message: *n,
                    // Where it stands in the folded text is not known; it covers nothing and nothing covers it.
                    span: 0..0,
                    letters: found.len(),
                    by_code: false,
                });
            }
        }
        best.into_values().collect()
    }
}

/// Where the whole wording stands, its longest piece standing here.
fn stretch(phrase: &Phrase, folded: &Folded, at: usize, end: usize) -> Option<Range<usize>> {
    let text = folded.text.as_str();
    let (mut from, mut to) = (at, end);
    for segment in phrase.segments.get(phrase.key + 1..)? {
        let room = text.get(to..boundary(text, to.saturating_add(HOLE + segment.len())))?;
        to += room.find(segment.as_str())? + segment.len();
    }
    for segment in phrase.segments.get(..phrase.key)?.iter().rev() {
        let start = boundary(text, from.saturating_sub(HOLE + segment.len()));
        from = start + text.get(start..from)?.rfind(segment.as_str())?;
    }
    let (first, last) = (phrase.segments.first()?, phrase.segments.last()?);
    let begins = !first.starts_with(|c: char| c.is_ascii()) || folded.is_edge(from);
    let ends = !last.ends_with(|c: char| c.is_ascii()) || folded.is_edge(to);
    let whole = !phrase.exact || (folded.is_line_edge(from) && folded.is_line_edge(to));
    (begins && ends && whole).then_some(from..to)
}

/// The nearest place at or before this byte where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

/// Whether this number in this text is the message's.
fn stands_for(message: &Message, number: &Number, folded: &Folded, place: Place) -> bool {
    if message.codes.iter().any(|code| code.is_wrapped_in(number)) && message.kind == Kind::Code {
        return true;
    }
    if !message.codes.iter().any(|code| code.is(number)) {
        return false;
    }
    // A person who gives nothing but a number means the message it stands for.
    let telling = number
        .decimal
        .is_none_or(|value| !(0..TELLING).contains(&value));
    let alone =
        place == Place::Pasted && telling && number.at == 0 && number.end == folded.text.len();
    alone
        || message.context.is_empty()
        || message
            .context
            .iter()
            .any(|(_, word)| stands_beside(word, number, folded))
}

/// Whether this word stands right before the number with hardly anything between, or right after it.
fn stands_beside(word: &str, number: &Number, folded: &Folded) -> bool {
    let text = folded.text.as_str();
    let whole_word = |from: usize, to: usize| {
        let begins = !word.starts_with(|c: char| c.is_ascii()) || folded.is_edge(from);
        let ends = !word.ends_with(|c: char| c.is_ascii()) || folded.is_edge(to);
        begins && ends
    };
    let after = text
        .get(number.end..)
        .is_some_and(|rest| rest.starts_with(word));
    if after && whole_word(number.end, number.end + word.len()) {
        return true;
    }
    let from = boundary(text, number.at.saturating_sub(word.len() + 4 * BESIDE));
    let Some(at) = text.get(from..number.at).and_then(|room| room.rfind(word)) else {
        return false;
    };
    let end = from + at + word.len();
    let between = text.get(end..number.at).unwrap_or_default();
    whole_word(from + at, end)
        && between.chars().count() <= BESIDE
        && !between.bytes().any(|b| b.is_ascii_digit())
        // "0 error(s), 720 warnings" counts them.
        && between != "s"
}
