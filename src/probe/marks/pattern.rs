//! A regular expression that is compiled when a text first comes near it. A gateway's answer comes near two or three of the
//! marks' sixty patterns, and compiling all of them takes longer than a handshake.
//!
//! Near is a text that holds the plain letters with which a match has to begin. Where a pattern has none, or they cannot
//! be told by reading it, every text is near. Not here: which patterns there are (`assets/gateways.toml`).

use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

/// A regular expression, compiled when it is needed.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub struct Pattern {
    text: String,
    /// How a match begins, in each of the alternatives; empty where that is not known.
    starts: Vec<Start>,
    compiled: OnceLock<Option<Regex>>,
}

/// How a match of one alternative begins.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Start {
    letters: String,
    /// Whether the text has to begin with them.
    anchored: bool,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self {
            starts: starts(&text).unwrap_or_default(),
            text,
            compiled: OnceLock::new(),
        }
    }
}

impl Pattern {
    /// Whether it compiles.
    ///
    /// # Errors
    /// What the compiler says against it.
    pub fn check(&self) -> Result<(), regex::Error> {
        Regex::new(&self.text).map(drop)
    }

    /// Whether it is somewhere in this text. One that does not compile is in none.
    pub fn is_match(&self, text: &str) -> bool {
        self.is_near(text) && self.compiled().is_some_and(|regex| regex.is_match(text))
    }

    fn compiled(&self) -> Option<&Regex> {
        let compiled = self.compiled.get_or_init(|| Regex::new(&self.text).ok());
        compiled.as_ref()
    }

    /// Whether this text can match at all.
    fn is_near(&self, text: &str) -> bool {
        self.starts.is_empty()
            || self.starts.iter().any(|start| match start.anchored {
                true => text.starts_with(&start.letters),
                false => memchr::memmem::find(text.as_bytes(), start.letters.as_bytes()).is_some(),
            })
    }
}

/// How the alternatives of this pattern begin, where each begins in plain letters.
fn starts(pattern: &str) -> Option<Vec<Start>> {
    // A flag may change what everything after it means, in later alternatives too.
    if pattern.contains("(?") {
        return None;
    }
    alternatives(pattern)?.into_iter().map(start).collect()
}

/// The pattern cut at the bars that stand in no group and no class. None where it cannot be told where one ends.
fn alternatives(pattern: &str) -> Option<Vec<&str>> {
    let mut cut = Vec::new();
    let (mut from, mut groups, mut classes) = (0, 0_usize, 0_usize);
    // Right after the opening of a class, its end is a letter.
    let (mut escaped, mut opened) = (false, false);
    for (at, sign) in pattern.char_indices() {
        let first = std::mem::take(&mut opened);
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => {
                classes += 1;
                opened = true;
            }
            '^' if first => opened = true,
            ']' if classes > 0 && !first => classes -= 1,
            _ if classes > 0 => {}
            '(' => groups += 1,
            ')' => groups = groups.checked_sub(1)?,
            '|' if groups == 0 => {
                cut.push(pattern.get(from..at)?);
                from = at + 1;
            }
            _ => {}
        }
    }
    cut.push(pattern.get(from..)?);
    (groups == 0 && classes == 0).then_some(cut)
}

/// The plain letters at the beginning of one alternative.
fn start(alternative: &str) -> Option<Start> {
    let (anchored, rest) = match alternative.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, alternative),
    };
    let mut letters = String::new();
    let mut signs = rest.chars().peekable();
    while let Some(sign) = signs.next() {
        let letter = match sign {
            '\\' => match signs.next() {
                // Letters and digits after a backslash are classes and places; other signs are themselves.
                Some(sign) if sign.is_ascii_punctuation() => sign,
                _ => break,
            },
            '.' | '[' | '(' | ')' | '{' | '}' | '?' | '*' | '+' | '^' | '$' => break,
            letter => letter,
        };
        // What may be left out is no letter that has to be there; what may come again is there once at least.
        if matches!(signs.peek(), Some('?' | '*' | '{')) {
            break;
        }
        letters.push(letter);
    }
    (!letters.is_empty()).then_some(Start { letters, anchored })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::probe::marks::Products;

    fn told(pattern: &str) -> Vec<(String, bool)> {
        let starts = starts(pattern).unwrap_or_default();
        starts
            .into_iter()
            .map(|start| (start.letters, start.anchored))
            .collect()
    }

    #[test]
    fn the_letters_that_have_to_be_there_are_told() {
        let one = |letters: &str, anchored| vec![(letters.to_owned(), anchored)];
        assert_eq!(told("^Cisco AWARE "), one("Cisco AWARE ", true));
        assert_eq!(told(r"/\+CSCOE\+/"), one("/+CSCOE+/", false));
        assert_eq!(told("^SonicWALL SSL-?VPN"), one("SonicWALL SSL", true));
        assert_eq!(told(r"^ANsession\d+="), one("ANsession", true));
        assert_eq!(told("CN=(a|b)(,|$)"), one("CN=", false));
        assert_eq!(told("ab+c"), one("ab", false));
        assert_eq!(told("ab{0,2}c"), one("a", false));
        let both = vec![("one".to_owned(), false), ("two".to_owned(), true)];
        assert_eq!(told("one|^two"), both);
        assert_eq!(told("one[|(](x[])]|y)|^two"), both);
        for unknown in [
            "(?i)^webvpn",
            "^(CPWS|Check)",
            "a|",
            "",
            r"\d+",
            "[ab]c|d",
            "x?",
            "a)|b",
            "a(?i)|b",
            "a[|",
            "a(",
        ] {
            assert_eq!(told(unknown), [], "{unknown}");
        }
    }

    #[test]
    fn one_that_does_not_compile_says_why_and_matches_nothing() {
        let broken = Pattern::from("(".to_owned());
        assert!(broken.check().is_err());
        assert!(!broken.is_match("("));
    }

    #[test]
    fn most_patterns_of_the_file_are_passed_by_without_being_compiled() {
        let products = Products::embedded().expect("the embedded file is right");
        let marks = || products.products.iter().flat_map(|product| &product.marks);
        let all = || marks().flat_map(|mark| mark.patterns());
        let known = all().filter(|pattern| !pattern.starts.is_empty()).count();
        assert!(
            known * 4 > all().count() * 3,
            "{known} of {}",
            all().count()
        );
    }

    proptest! {
        /// Whatever matches was near: texts are the pattern itself with signs taken out and letters put in.
        #[test]
        fn nothing_that_matches_is_passed_by(
            pattern in r"\^?[ab]{0,2}([ab][?*+]?|\(a\|b\)|\\\.|\[ab\]|\[\|\]|\[\(\]|\[\^?\][a)]\]|\||\([ab]\[\)\]\)){0,5}\$?",
            text in r"[ab.|()]{0,8}",
        ) {
            let read = Pattern::from(pattern.clone());
            if let Ok(regex) = Regex::new(&pattern) {
                prop_assert_eq!(read.is_match(&text), regex.is_match(&text));
            }
        }
    }
}
