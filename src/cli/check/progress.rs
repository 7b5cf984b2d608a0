//! How far a check of many is, on one line of a terminal that is taken back before anything else is written.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::list::Words;
use crate::report::Tally;

/// Between two drawings.
const BEAT: Duration = Duration::from_millis(100);
/// To the beginning of the line, and nothing from there on.
const TAKE_BACK: &[u8] = b"\r\x1b[K";

/// The line, where there is one.
pub struct Progress<'a> {
    words: Words<'a>,
    wanted: bool,
    drawn: Option<Instant>,
    on_show: bool,
}

impl<'a> Progress<'a> {
    /// A line where `wanted`: a terminal that understands more than letters, and more than one gateway.
    pub fn new(wanted: bool, words: Words<'a>) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        Self {
            words,
            wanted: wanted && !(dumb && cfg!(unix)),
            drawn: None,
            on_show: false,
        }
    }

    /// Draws it, unless that was done a moment ago.
    pub fn show(&mut self, tally: &Tally) {
        if !self.wanted || self.drawn.is_some_and(|drawn| drawn.elapsed() < BEAT) {
            return;
        }
        self.drawn = Some(Instant::now());
        self.on_show = true;
        let line = self.words.texts.render(self.words.lang, &tally.progress());
        let room = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
        let mut bytes = TAKE_BACK.to_vec();
        bytes.extend_from_slice(fitting(&line, room.saturating_sub(1)).as_bytes());
        draw(&bytes);
    }

    /// Takes it off the screen.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.on_show) {
            // What comes next is written at once, so the line is drawn anew at once as well.
            self.drawn = None;
            draw(TAKE_BACK);
        }
    }
}

fn draw(bytes: &[u8]) {
    let mut out = std::io::stderr().lock();
    // A terminal that has gone away needs no progress.
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// As much of the line as fits on one row: a line that wraps could not be taken back.
fn fitting(line: &str, room: usize) -> &str {
    let mut used = 0;
    let beyond = line.char_indices().find(|(_, c)| {
        used += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
        used > room
    });
    let end = beyond.map_or(line.len(), |(at, _)| at);
    line.get(..end).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn a_line_never_wraps() {
        assert_eq!(fitting("12 of 40", 80), "12 of 40");
        assert_eq!(fitting("12 of 40", 4), "12 o");
        assert_eq!(fitting("台中台", 5), "台中");
        assert_eq!(fitting("x", 0), "");
    }
}
