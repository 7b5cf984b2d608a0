//! The text of one knowledge file: made safe to read (size, encoding), and able to say where in it something is.
//!
//! What the text means is not here: tables and keys are in the reader, their meaning in the file of each kind.

use std::cell::RefCell;
use std::io::Read;
use std::ops::Range;

use super::LintError;

/// The largest knowledge file that is read, in bytes.
pub const MAX_FILE: usize = 1024 * 1024;

/// Reads a knowledge file without ever holding more than [`MAX_FILE`] and one byte; what is longer is cut there, and
/// loading or linting it then says that it is too large.
///
/// # Errors
/// Those of `input`.
pub fn read_bounded(input: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// One file's text, its line starts, and everything found wrong with it so far.
pub(super) struct Source<'a> {
    name: &'a str,
    text: &'a str,
    lines: Vec<usize>,
    errors: RefCell<Vec<LintError>>,
}

impl<'a> Source<'a> {
    /// The file, if its bytes are text of a size worth reading.
    pub(super) fn new(name: &'a str, bytes: &'a [u8]) -> Result<Self, LintError> {
        let whole = |message: String| LintError {
            file: name.to_owned(),
            line: 0,
            column: 0,
            message,
        };
        if bytes.len() > MAX_FILE {
            return Err(whole(
                "the file is larger than 1 MiB; a knowledge file of at most 1 MiB was expected"
                    .into(),
            ));
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let good = &bytes[..error.valid_up_to()];
                // The part before is valid by the error's own word.
                let before = std::str::from_utf8(good).unwrap_or_default();
                let source = Self::of(name, before);
                let (line, column) = source.place(before.len());
                return Err(LintError {
                    file: name.to_owned(),
                    line,
                    column,
                    message: "this byte is not UTF-8; save the file as UTF-8 text".into(),
                });
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Err(whole(
                "the file is empty; the tables of a knowledge file were expected".into(),
            ));
        }
        Ok(Self::of(name, text))
    }

    fn of(name: &'a str, text: &'a str) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes());
        Self {
            name,
            text,
            lines: std::iter::once(0).chain(breaks.map(|at| at + 1)).collect(),
            errors: RefCell::default(),
        }
    }

    /// The file's name as the person gave it.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// The text, without a byte order mark.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Notes that something is wrong at this place.
    pub(super) fn error(&self, span: &Range<usize>, message: impl Into<String>) {
        let (line, column) = self.place(span.start);
        self.errors.borrow_mut().push(LintError {
            file: self.name.to_owned(),
            line,
            column,
            message: message.into(),
        });
    }

    /// Everything found wrong, in the order of the file.
    pub(super) fn into_errors(self) -> Vec<LintError> {
        let mut errors = self.errors.into_inner();
        errors.sort_by_key(|error| (error.line, error.column));
        errors.dedup();
        errors
    }

    /// Line and column, both from 1, the column in characters.
    fn place(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        let column = self
            .text
            .get(start..offset)
            .map_or(1, |before| before.chars().count() + 1);
        (line, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        match Source::new("wizard.toml", bytes) {
            Ok(_) => "accepted".into(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_file_that_is_no_text_is_refused_with_its_reason() {
        assert!(refused(b"").contains("empty"));
        assert!(refused(b" \n\t").contains("empty"));
        assert!(refused(b"\xef\xbb\xbf").contains("empty"));
        assert_eq!(
            refused(
                "a = 1\nb = \"例"
                    .as_bytes()
                    .split_last()
                    .map_or(&[][..], |s| s.1)
            ),
            "wizard.toml:2:6: this byte is not UTF-8; save the file as UTF-8 text"
        );
    }

    #[test]
    fn a_huge_file_is_cut_while_reading_and_refused() {
        let read = read_bounded(std::io::repeat(b'x')).unwrap();
        assert_eq!(read.len(), MAX_FILE + 1);
        assert!(refused(&read).contains("larger than 1 MiB"));
    }

    #[test]
    fn places_count_characters_not_bytes() {
        let source = Source::new("f", "あい = 1\nう = 2".as_bytes()).unwrap();
        assert_eq!(source.place("あい".len()), (1, 3));
        assert_eq!(source.place("あい = 1\nう".len()), (2, 2));
        assert_eq!(source.place(usize::MAX), (2, 6));
    }
}
