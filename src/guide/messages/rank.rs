//! From the messages that were found to the causes they point to.

use std::collections::BTreeMap;

use super::MAX_TEXT;
use super::catalogue::{Catalogue, Message};
use super::find::{Hit, Place};
use super::fold::Folded;
use super::partial::Part;
use crate::cause::CauseId;

/// What was made of a text.
#[derive(Clone, Debug, Default)]
pub struct Explanation<'a> {
    /// The messages found in it, the surest first.
    pub messages: Vec<Match<'a>>,
    /// The causes they point to, the likeliest first.
    pub causes: Vec<RankedCause<'a>>,
    /// Numbers that were turned into codes: as they stood there, and what they are.
    pub decoded: Vec<(String, String)>,
}

impl Explanation<'_> {
    /// Whether anything was recognised.
    pub fn is_recognised(&self) -> bool {
        !self.messages.is_empty()
    }
}

/// A message found in a text.
#[derive(Clone, Copy, Debug)]
pub struct Match<'a> {
    /// Which.
    pub message: &'a Message,
    /// How much of it is there, of a hundred.
    pub share: usize,
}

/// A cause that messages point to.
#[derive(Clone, Debug)]
pub struct RankedCause<'a> {
    /// Which.
    pub cause: CauseId,
    /// The messages, the surest first.
    pub messages: Vec<&'a Message>,
}

/// A message with what it weighs among the others, in thousandths.
struct Weighed {
    message: usize,
    share: usize,
    weight: u32,
}

impl Catalogue {
    /// What this text, typed or pasted by a person as an error, points to. Only its first [`MAX_TEXT`] characters are
    /// looked at.
    pub fn explain(&self, text: &str) -> Explanation<'_> {
        let text = bounded(text);
        let folded = Folded::new(text);
        let whole = uncovered(self.whole(text, &folded, Place::Pasted));
        let parts = self.parts(&folded, &whole);
        let mut weighed: Vec<Weighed> = Vec::new();
        weighed.extend(whole.iter().map(|hit| self.weigh_whole(hit)));
        weighed.extend(parts.iter().map(weigh_part));
        self.conclude(weighed, decoded(&folded))
    }

    /// The ids of the messages that stand whole in this text, typed or pasted by a person, the surest first.
    pub fn whole_in(&self, text: &str) -> Vec<&str> {
        let text = bounded(text);
        let folded = Folded::new(text);
        let whole = uncovered(self.whole(text, &folded, Place::Pasted));
        let weighed = whole.iter().map(|hit| self.weigh_whole(hit)).collect();
        let found = self.conclude(weighed, Vec::new()).messages;
        found.iter().map(|m| m.message.id.as_str()).collect()
    }

    /// The messages that stand in this line of a log, and what they point to: only whole ones, and none whose words
    /// are ordinary.
    pub fn in_log(&self, line: &str) -> Explanation<'_> {
        let line = bounded(line);
        let folded = Folded::new(line);
        let whole = uncovered(self.whole(line, &folded, Place::Log));
        let weighed = whole.iter().map(|hit| self.weigh_whole(hit)).collect();
        self.conclude(weighed, decoded(&folded))
    }

    /// The causes that these messages point to together, by how often each was seen.
    pub fn rank<'a>(&'a self, seen: &[(&str, usize)]) -> Vec<RankedCause<'a>> {
        let weighed = seen.iter().filter_map(|(id, count)| {
            let message = self.messages.iter().position(|m| m.id == *id)?;
            let often = u32::try_from(*count).unwrap_or(u32::MAX).min(20);
            Some(Weighed {
                message,
                share: 100,
                weight: self.importance(message) + 10 * often,
            })
        });
        self.conclude(weighed.collect(), Vec::new()).causes
    }

    fn weigh_whole(&self, hit: &Hit) -> Weighed {
        let letters = u32::try_from(hit.letters.min(80)).unwrap_or(0);
        // A number says exactly one thing; of words, the longer say more.
        let more = if hit.by_code { 400 } else { 5 * letters };
        Weighed {
            message: hit.message,
            share: 100,
            weight: self.importance(hit.message) + more,
        }
    }

    /// A message that is the same for many faults says little about each.
    fn importance(&self, message: usize) -> u32 {
        match self.messages.get(message) {
            Some(message) if message.undecided => 400,
            _ => 1000,
        }
    }

    fn conclude(
        &self,
        mut weighed: Vec<Weighed>,
        decoded: Vec<(String, String)>,
    ) -> Explanation<'_> {
        weighed.sort_by_key(|w| std::cmp::Reverse(w.weight));
        let messages: Vec<Match<'_>> = weighed
            .iter()
            .filter_map(|w| {
                Some(Match {
                    message: self.messages.get(w.message)?,
                    share: w.share,
                })
            })
            .collect();
        let mut causes: BTreeMap<CauseId, (u32, u32, Vec<&Message>)> = BTreeMap::new();
        for (found, w) in messages.iter().zip(&weighed) {
            for (place, cause) in found.message.causes.iter().enumerate() {
                let place = u32::try_from(place).unwrap_or(u32::MAX).min(10);
                let weight = w.weight * 10 / (10 + 3 * place);
                let (most, others, by) = causes.entry(*cause).or_default();
                *others += weight.min(*most);
                *most = (*most).max(weight);
                by.push(found.message);
            }
        }
        let mut ranked: Vec<_> = causes.into_iter().collect();
        // The strongest message decides; others that agree break near ties.
        ranked.sort_by_key(|(_, (most, others, _))| std::cmp::Reverse(most + others / 12));
        Explanation {
            messages,
            causes: ranked
                .into_iter()
                .map(|(cause, (_, _, messages))| RankedCause { cause, messages })
                .collect(),
            decoded,
        }
    }
}

fn weigh_part(part: &Part) -> Weighed {
    Weighed {
        message: part.message,
        share: part.share,
        weight: u32::try_from(part.share * 8 + part.letters.min(60)).unwrap_or(0),
    }
}

/// At most [`MAX_TEXT`] characters of the text.
fn bounded(text: &str) -> &str {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// The hits without those that stand inside a longer one: "self-signed certificate" says nothing of its own in
/// "self-signed certificate in certificate chain".
fn uncovered(hits: Vec<Hit>) -> Vec<Hit> {
    let covers = |longer: &Hit, shorter: &Hit| {
        longer.letters > shorter.letters
            && longer.span.start <= shorter.span.start
            && longer.span.end >= shorter.span.end
            && !shorter.span.is_empty()
            && !shorter.by_code
    };
    let kept = hits
        .iter()
        .filter(|hit| !hits.iter().any(|other| covers(other, hit)));
    kept.cloned().collect()
}

/// The negative decimal numbers that are Windows codes, as they are usually written.
fn decoded(folded: &Folded) -> Vec<(String, String)> {
    let mut decoded = Vec::new();
    for number in &folded.numbers {
        if let (Some(decimal), Some(code)) = (number.decimal, number.unsigned())
            && code >> 31 == 1
            // Small negative numbers are some program's own.
            && code >> 16 < 0xfff0
        {
            let pair = (decimal.to_string(), format!("0x{code:08X}"));
            if !decoded.contains(&pair) && decoded.len() < 8 {
                decoded.push(pair);
            }
        }
    }
    decoded
}
