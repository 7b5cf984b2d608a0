//! Searching a stream for messages: all literals of the catalogue at once over the bytes, and only the lines that hold
//! one are read as text and compared with the catalogue.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind, StartKind};
use encoding_rs::SHIFT_JIS;
use jiff::Zoned;

use super::open::Opened;
use super::time::when;
use super::{Log, LogHit, Obstacle, mask};
use crate::guide::messages::Catalogue;

/// The bytes held at a time. A longer line is searched in pieces.
const BUFFER: usize = 256 << 10;
/// Of a line, what is looked at before and after a literal, in bytes.
const BEFORE: usize = 2000;
const AFTER: usize = 4000;
/// How far back the time of a line without one is looked for, in bytes.
const TIME_BEFORE: usize = 2000;
/// A shown line begins at most this long before the message, where it does not fit whole.
const LEAD: usize = 120;

/// Finds the catalogue's messages in logs.
pub struct Scanner<'a> {
    catalogue: &'a Catalogue,
    literals: Option<AhoCorasick>,
}

impl<'a> Scanner<'a> {
    /// A scanner for these messages.
    pub fn new(catalogue: &'a Catalogue) -> Self {
        let mut patterns: Vec<Vec<u8>> = Vec::new();
        for literal in catalogue.literals() {
            if !literal.is_ascii() {
                // Japanese programs of old write Shift_JIS.
                let (bytes, _, lost) = SHIFT_JIS.encode(&literal);
                if !lost {
                    patterns.push(bytes.into_owned());
                }
            }
            patterns.push(literal.into_bytes());
        }
        let literals = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .start_kind(StartKind::Unanchored)
            .kind(Some(AhoCorasickKind::DFA))
            .build(patterns);
        Self {
            catalogue,
            literals: literals.ok(),
        }
    }

    /// Reads the stream to its end: the messages with how often each stands there, the bytes read, and what kept it
    /// from reading on.
    pub(super) fn scan(
        &self,
        log: &Log,
        stream: &mut Opened,
        now: &Zoned,
    ) -> (Vec<LogHit>, u64, Option<Obstacle>) {
        let mut pass = Pass {
            scanner: self,
            log,
            now,
            line: 1,
            hits: BTreeMap::new(),
        };
        let mut buffer = vec![0; BUFFER];
        let mut held = 0;
        let mut total = 0;
        let obstacle = loop {
            let read = match stream.read(&mut buffer[held..]) {
                Ok(0) => break None,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => break Some(stream.obstacle(&error)),
            };
            total += u64::try_from(read).unwrap_or(0);
            let end = held + read;
            // Whole lines, or, of one that fills the buffer, as much as there is.
            let whole = match memchr::memrchr(b'\n', &buffer[held..end]) {
                Some(at) => held + at + 1,
                None if end + 64 >= BUFFER => end,
                None => {
                    held = end;
                    continue;
                }
            };
            pass.region(&buffer[..whole]);
            buffer.copy_within(whole..end, 0);
            held = end - whole;
        };
        pass.region(&buffer[..held]);
        (pass.hits.into_values().collect(), total, obstacle)
    }
}

/// One log on its way through the scanner.
struct Pass<'a, 's> {
    scanner: &'s Scanner<'a>,
    log: &'s Log,
    now: &'s Zoned,
    /// The number of the region's first line.
    line: u64,
    hits: BTreeMap<&'a str, LogHit>,
}

impl Pass<'_, '_> {
    /// Searches some lines.
    fn region(&mut self, region: &[u8]) {
        let Some(literals) = &self.scanner.literals else {
            return;
        };
        let (mut at, mut counted) = (0, 0);
        while let Some(found) = region.get(at..).and_then(|rest| literals.find(rest)) {
            let (from, to) = (at + found.start(), at + found.end());
            let start = memchr::memrchr(b'\n', &region[..from]).map_or(0, |n| n + 1);
            let end = memchr::memchr(b'\n', &region[to..]).map_or(region.len(), |n| to + n);
            self.line += lines(&region[counted..start]);
            counted = start;
            let window = start.max(from.saturating_sub(BEFORE))..end.min(to + AFTER);
            at = window.end;
            self.candidate(
                &region[start.saturating_sub(TIME_BEFORE)..start],
                &region[start..window.end],
                &region[window],
                &region[from..to],
            );
        }
        self.line += lines(&region[counted..]);
    }

    /// Compares a line that holds a literal. `before` are the lines above it, `line` begins where it begins, `window` is
    /// what is looked at of it.
    fn candidate(&mut self, before: &[u8], line: &[u8], window: &[u8], literal: &[u8]) {
        let text = text(window);
        let catalogue = self.scanner.catalogue;
        let explained = catalogue.in_log(&text);
        // One line is one thing that happened: what is surest of it is told.
        let fault = explained
            .messages
            .iter()
            .find(|m| !m.message.causes.is_empty());
        let Some(message) = fault.map(|m| m.message) else {
            return;
        };
        let written = self.time(before, line);
        let shown = shown(&text, literal);
        let number = self.line;
        let hit = self.hits.entry(&message.id).or_insert_with(|| LogHit {
            message: message.id.clone(),
            log: self.log.clone(),
            line: number,
            count: 0,
            when: None,
            text: String::new(),
        });
        hit.count += 1;
        let newer = match (&hit.when, &written) {
            (Some(known), Some(new)) => new.moment() >= known.moment(),
            (Some(_), None) => false,
            (None, _) => true,
        };
        if newer {
            hit.line = number;
            hit.when = written;
            hit.text = shown;
        }
    }

    /// The line's own time, else that of the nearest line above that has one.
    fn time(&self, before: &[u8], line: &[u8]) -> Option<super::When> {
        let head = |bytes: &[u8]| when(&text(&bytes[..bytes.len().min(400)]), self.now);
        head(line).or_else(|| before.rsplit(|b| *b == b'\n').find_map(head))
    }
}

fn lines(bytes: &[u8]) -> u64 {
    u64::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(0)
}

/// Bytes as text: UTF-8, else Shift_JIS, else UTF-8 with signs for what is not.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    match SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => text,
        None => String::from_utf8_lossy(bytes),
    }
}

/// The line as it may be shown: without secrets, and where it is long, from shortly before the message on.
fn shown(text: &str, literal: &[u8]) -> String {
    let masked = mask::mask(text.trim());
    let lower = masked.to_ascii_lowercase();
    let literal = self::text(literal).to_ascii_lowercase();
    let at = match lower.find(&literal) {
        Some(at) if masked.len() > crate::text::MAX_SHOWN => at.saturating_sub(LEAD),
        _ => 0,
    };
    crate::text::sanitise(&masked[masked.floor_char_boundary(at)..])
}
