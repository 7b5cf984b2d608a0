//! Text as it is compared: without case, width, spacing, line breaks and punctuation, so that what a person pasted and
//! what is written in the catalogue meet. Beside it the numbers in the text, read in every way Windows and OpenSSL
//! write them.
//!
//! Not here: what is looked for.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// How much of a boundary stands before a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edge {
    /// None: the word goes on.
    Inside,
    /// A word begins.
    Word,
    /// A line begins.
    Line,
}

/// A text as it is compared. Offsets are bytes of [`Self::text`].
#[derive(Clone, Debug)]
pub(super) struct Folded {
    /// Letters, digits, `_` and `%`, in lower case; everything else is left out.
    pub text: String,
    /// The numbers in it, in order.
    pub numbers: Vec<Number>,
    /// What stands before each byte, and after the last.
    edges: Vec<Edge>,
}

/// A number in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// Its digits as a decimal number, with its sign.
    pub decimal: Option<i64>,
    /// What it is as `0x...` or as eight hexadecimal digits.
    pub hex: Option<u32>,
    /// Whether it stands in parentheses by itself.
    pub enclosed: bool,
    /// Where it begins.
    pub at: usize,
    /// Where it ends.
    pub end: usize,
}

impl Folded {
    /// Folds this text. NFKC makes full-width letters plain and half-width katakana whole; the long vowel mark is left
    /// out, since the same word is written with and without it.
    pub(super) fn new(text: &str) -> Self {
        let plain: Cow<'_, str> = if text.is_ascii() {
            Cow::Borrowed(text)
        } else {
            ComposingNormalizerBorrowed::new_nfkc().normalize(text)
        };
        let mut folder = Folder::new(plain.len());
        for c in plain.chars() {
            folder.take(c);
        }
        folder.end()
    }

    /// Whether a word begins (or the text ends) at this byte.
    pub(super) fn is_edge(&self, at: usize) -> bool {
        self.edge(at) != Edge::Inside
    }

    /// Whether a line begins (or the text ends) at this byte.
    pub(super) fn is_line_edge(&self, at: usize) -> bool {
        self.edge(at) == Edge::Line
    }

    fn edge(&self, at: usize) -> Edge {
        self.edges.get(at).copied().unwrap_or(Edge::Line)
    }

    /// Where each word begins and ends: runs of ASCII, and every letter of other scripts by itself.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let starts: Vec<usize> = (0..self.text.len())
            .filter(|at| self.text.is_char_boundary(*at))
            .filter(|at| self.is_edge(*at) || !self.text.as_bytes()[*at].is_ascii())
            .chain(std::iter::once(self.text.len()))
            .collect();
        starts
            .windows(2)
            .filter_map(|pair| self.text.get(pair[0]..pair[1]))
            .collect::<Vec<_>>()
            .into_iter()
    }
}

struct Folder {
    folded: Folded,
    /// The boundary before the next letter.
    pending: Edge,
    /// The characters before the next one: the last, and the one before it.
    last: [Option<char>; 2],
    /// The number or word being read: where it begins, and whether a minus or a parenthesis stands before it.
    token: Option<(usize, bool, bool)>,
}

impl Folder {
    fn new(room: usize) -> Self {
        Self {
            folded: Folded {
                text: String::with_capacity(room),
                numbers: Vec::new(),
                edges: Vec::with_capacity(room + 1),
            },
            pending: Edge::Line,
            last: [None; 2],
            token: None,
        }
    }

    fn take(&mut self, c: char) {
        let kept = (c.is_alphanumeric() && c != 'ー') || c == '_' || c == '%';
        if kept {
            for lower in c.to_lowercase() {
                self.keep(lower);
            }
        } else if c != 'ー' {
            self.end_token(c == ')');
            self.pending = self.pending.max(match c {
                '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Edge::Line,
                _ => Edge::Word,
            });
        }
        self.last = [Some(c), self.last[0]];
    }

    fn keep(&mut self, c: char) {
        let before = self.folded.text.chars().next_back();
        if before.is_some_and(|before| before.is_ascii() != c.is_ascii()) {
            // Scripts change: 691 in エラー691です is a word.
            self.end_token(false);
            self.pending = self.pending.max(Edge::Word);
        }
        if c.is_ascii_alphanumeric() {
            if self.token.is_none() && self.pending != Edge::Inside {
                let minus = matches!(
                    self.last[0],
                    Some('-' | '\u{2212}' | '\u{2010}' | '\u{2011}')
                ) && !self.last[1].is_some_and(|c| c.is_ascii_alphanumeric());
                let opened = match minus {
                    true => self.last[1] == Some('('),
                    false => self.last[0] == Some('('),
                };
                self.token = Some((self.folded.text.len(), minus, opened));
            }
        } else if c.is_ascii() {
            // `_` and `%`: what hangs on them is a name, not a number.
            self.end_token(false);
        }
        self.folded.text.push(c);
        self.folded.edges.push(self.pending);
        for _ in 1..c.len_utf8() {
            self.folded.edges.push(Edge::Inside);
        }
        self.pending = Edge::Inside;
    }

    fn end_token(&mut self, closed: bool) {
        let Some((at, minus, opened)) = self.token.take() else {
            return;
        };
        let end = self.folded.text.len();
        let Some(word) = self.folded.text.get(at..end) else {
            return;
        };
        let decimal = (word.len() <= 12 && word.bytes().all(|b| b.is_ascii_digit()))
            .then(|| word.parse::<i64>().ok())
            .flatten()
            .map(|value| if minus { -value } else { value });
        let digits = match word.strip_prefix("0x") {
            Some(digits) if (1..=8).contains(&digits.len()) => Some(digits),
            _ => (word.len() == 8 && !minus).then_some(word),
        };
        let hex = digits
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if decimal.is_some() || hex.is_some() {
            self.folded.numbers.push(Number {
                decimal,
                hex,
                enclosed: opened && closed,
                at,
                end,
            });
        }
    }

    fn end(mut self) -> Folded {
        self.end_token(false);
        self.folded.edges.push(Edge::Line);
        self.folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_spacing_and_punctuation_make_no_difference() {
        let plain = Folded::new("SSL VPN: サーバー証明書 (Error)");
        for other in [
            "ssl vpn サーバ証明書 error",
            "ＳＳＬ　ＶＰＮ：ｻｰﾊﾞｰ証明書（Ｅｒｒｏｒ）",
            "SSL\nVPN --- サーバー 証明書\u{200b}\r\nERR\nOR",
        ] {
            assert_eq!(Folded::new(other).text, plain.text, "{other:?}");
        }
        assert_eq!(plain.text, "sslvpnサバ証明書error");
    }

    #[test]
    fn words_and_lines_keep_their_edges() {
        let folded = Folded::new("one two\nthree");
        assert_eq!(folded.text, "onetwothree");
        assert!(folded.is_line_edge(0) && folded.is_line_edge(6) && folded.is_line_edge(11));
        assert!(folded.is_edge(3) && !folded.is_line_edge(3) && !folded.is_edge(4));
        let words: Vec<&str> = folded.words().collect();
        assert_eq!(words, ["one", "two", "three"]);
    }

    #[test]
    fn numbers_are_read_as_people_and_programs_write_them() {
        let numbers = |text: &str| {
            let folded = Folded::new(text);
            let read = folded.numbers.iter().map(|n| (n.decimal, n.hex));
            read.collect::<Vec<_>>()
        };
        assert_eq!(numbers("(-14)"), [(Some(-14), None)]);
        assert_eq!(
            numbers("－２１４６７６２４８７"),
            [(Some(-2_146_762_487), None)]
        );
        assert_eq!(numbers("0x800B0109"), [(None, Some(0x800b_0109))]);
        // Eight digits after a minus are no code of OpenSSL.
        assert_eq!(numbers("-14090086"), [(Some(-14_090_086), None)]);
        assert_eq!(numbers("error:0A000086:SSL"), [(None, Some(0x0a00_0086))]);
        assert_eq!(numbers("エラー691です"), [(Some(691), None)]);
        assert_eq!(numbers("10-5"), [(Some(10), None), (Some(5), None)]);
        assert_eq!(numbers("abc12 ERR_12 v1"), []);
        assert!(Folded::new("curl: (6)").numbers[0].enclosed);
        assert!(!Folded::new("curl 6").numbers[0].enclosed);
    }
}
