//! Breaking text into lines, and cutting it to a width, in terminal cells as ratatui counts them.
//!
//! Japanese is broken between characters, with a small kinsoku rule: no line begins with closing punctuation or a
//! small kana, none ends with an opening bracket or between a number and what it counts, and no paragraph ends with a
//! line of one or two characters. Nothing here knows of styles or panes.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// Characters that must not begin a line (JIS X 4051, the part that matters on a screen).
const NOT_FIRST: &str = "、。，．,.:;!?・：；？！゛゜ヽヾゝゞ々ー)）]］}｝〉》」』】〕〗〙’”»ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ…‥%％";
/// Characters that must not end a line.
const NOT_LAST: &str = "(（[［{｛〈《「『【〔〖〘‘“«";
/// A last line of at most so many cells is an orphan: two wide characters, the "す。" of a sentence.
const ORPHAN: usize = 4;
/// How many cells at most go over to an orphan to keep it company.
const REACH: usize = 24;
/// Lines narrower than this are broken where they end: there is no room to be particular.
const NARROW: usize = 20;

/// How many cells this text takes.
pub fn width(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    text.graphemes(true)
        .map(|g| usize::from(g.cell_width()))
        .sum()
}

/// The text, cut to at most `max` cells; where something was cut off, the last cells say so with `more`.
pub fn cut(text: &str, max: usize, more: &str) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(width(more));
    let mut shown = take(text, room).to_owned();
    if width(more) <= max {
        shown.push_str(more);
    }
    shown
}

/// The text cut or filled with blanks to exactly `cells` cells.
pub fn fit(text: &str, cells: usize, more: &str) -> String {
    let mut shown = cut(text, cells, more);
    let used = width(&shown);
    shown.extend(std::iter::repeat_n(' ', cells.saturating_sub(used)));
    shown
}

/// The longest beginning of `text` that takes at most `cells` cells.
pub fn take(text: &str, cells: usize) -> &str {
    if is_plain(text) {
        return text.get(..cells).unwrap_or(text);
    }
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += usize::from(grapheme.cell_width());
        if used > cells {
            return &text[..at];
        }
    }
    text
}

/// Whether each byte is one character of one cell: what English texts and the names in them are made of. Looking for
/// characters made of several, as everywhere else, took a third of each frame.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The text in lines of at most `cells` cells. Line breaks of the text are kept. Words longer than a line are broken
/// where the line ends. At least one line, also for the empty text.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(2);
    if is_plain(text) {
        return broken(text, cells);
    }
    WRAPPED.with_borrow_mut(|known| {
        if let Some(lines) = known.get(text).and_then(|widths| widths.get(&cells)) {
            return lines.clone();
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let lines = broken(text, cells);
        let widths = known.entry(text.to_owned()).or_default();
        if widths.len() >= WIDTHS {
            widths.clear();
        }
        widths.insert(cells, lines.clone());
        lines
    })
}

/// How many texts are remembered with their lines: more than two screens full, and less than a megabyte.
const REMEMBERED: usize = 512;
/// For how many widths each: a window that is being drawn larger soon asks for its old one no more.
const WIDTHS: usize = 4;

thread_local! {
    /// The lines of the texts that were broken last: each frame asks for nearly those of the frame before.
    static WRAPPED: RefCell<HashMap<String, BTreeMap<usize, Vec<String>>>> = RefCell::default();
}

fn broken(text: &str, cells: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        wrap_paragraph(paragraph, cells, &mut lines);
    }
    lines
}

fn wrap_paragraph(text: &str, cells: usize, lines: &mut Vec<String>) {
    let before = lines.len();
    let mut line = String::new();
    let mut used = 0;
    for piece in pieces(text) {
        let wide = width(piece);
        let blank = piece.chars().all(|c| c == ' ');
        if used + wide <= cells {
            line.push_str(piece);
            used += wide;
            continue;
        }
        if blank {
            // A blank at the end of a line is not carried over.
            flush(&mut line, &mut used, lines);
            continue;
        }
        if !line.trim().is_empty() {
            flush(&mut line, &mut used, lines);
        }
        let mut rest = piece;
        while width(rest) > cells {
            let head = take(rest, cells);
            let head = if head.is_empty() {
                first_grapheme(rest)
            } else {
                head
            };
            lines.push(head.to_owned());
            rest = &rest[head.len()..];
        }
        line.push_str(rest);
        used = width(&line);
    }
    flush(&mut line, &mut used, lines);
    if lines.len() > before + 1 {
        keep_company(text, cells, lines);
    }
}

/// Gives a last line of one or two wide characters the end of the line before it, from where a phrase begins if
/// there is such a place near, so that "ありま" and "す。" do not stand apart.
fn keep_company(text: &str, cells: usize, lines: &mut [String]) {
    let [.., above, last] = lines else {
        return;
    };
    let joined = format!("{above}{last}");
    // Where a blank fell away at the break, the two are words of their own.
    let wide = last.graphemes(true).any(is_wide);
    if cells < NARROW || !wide || width(last) > ORPHAN || !text.trim_end().ends_with(&joined) {
        return;
    }
    let mut moved = 0;
    let mut at = joined.len();
    let mut nearest = None;
    for piece in pieces(&joined).into_iter().rev() {
        moved += width(piece);
        at -= piece.len();
        if moved > (cells * 2 / 3).min(REACH) {
            break;
        }
        if moved <= ORPHAN || at == 0 || piece.trim().is_empty() {
            continue;
        }
        nearest = nearest.or(Some(at));
        if begins_phrase(&joined[..at], piece) {
            nearest = Some(at);
            break;
        }
    }
    if let Some(at) = nearest {
        *last = joined[at..].to_owned();
        *above = joined[..at].trim_end().to_owned();
    }
}

/// Whether a Japanese phrase begins here: after a particle, an ending or punctuation, with anything but more of it.
fn begins_phrase(before: &str, piece: &str) -> bool {
    let hiragana = |c: char| ('ぁ'..='ゟ').contains(&c);
    let ends = before
        .chars()
        .next_back()
        .is_some_and(|c| hiragana(c) || "、。・ ".contains(c));
    ends && piece.chars().next().is_some_and(|c| !hiragana(c))
}

fn first_grapheme(text: &str) -> &str {
    text.graphemes(true).next().unwrap_or(text)
}

fn flush(line: &mut String, used: &mut usize, lines: &mut Vec<String>) {
    lines.push(line.trim_end().to_owned());
    line.clear();
    *used = 0;
}

/// The pieces of a paragraph between which a line may be broken: runs of blanks, words, single wide characters with
/// the punctuation that must stay with them.
fn pieces(text: &str) -> Vec<&str> {
    if is_plain(text) {
        words(text).collect()
    } else {
        pieces_of_any(text)
    }
}

/// The same where nothing but blanks is a place to break at.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let blank = |byte: &u8| *byte == b' ';
    let runs = text.as_bytes().chunk_by(move |a, b| blank(a) == blank(b));
    runs.filter_map(|run| str::from_utf8(run).ok())
}

fn pieces_of_any(text: &str) -> Vec<&str> {
    let graphemes: Vec<(usize, &str)> = text.grapheme_indices(true).collect();
    let mut cuts = vec![0];
    for pair in graphemes.windows(2) {
        let [(_, before), (at, after)] = pair else {
            continue;
        };
        if may_break(before, after) {
            cuts.push(*at);
        }
    }
    cuts.push(text.len());
    cuts.windows(2)
        .filter_map(|ends| text.get(ends[0]..ends[1]))
        .filter(|piece| !piece.is_empty())
        .collect()
}

fn may_break(before: &str, after: &str) -> bool {
    let blank = |g: &str| g == " ";
    match (blank(before), blank(after)) {
        (true, true) => false,
        (true, false) | (false, true) => true,
        (false, false) => {
            let counted = before.ends_with(|c: char| c.is_ascii_digit()) && is_wide(after);
            !NOT_FIRST.contains(after)
                && !NOT_LAST.contains(before)
                && !counted
                && (is_wide(before) || is_wide(after))
        }
    }
}

fn is_wide(grapheme: &str) -> bool {
    grapheme.cell_width() > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn english_breaks_between_words() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
    }

    #[test]
    fn plain_text_is_broken_as_any_other() {
        for text in [
            "",
            " ",
            "  two  blanks  ",
            "(a) b, c. d! 10 % of 3.5",
            "a-word-that-is-longer-than-every-line and another",
        ] {
            let words: Vec<&str> = words(text).collect();
            assert_eq!(words, pieces_of_any(text));
            let other = format!("é{text}");
            assert_eq!(width(&other), 1 + width(text), "{text:?}");
            for cells in 0..24 {
                let taken = take(&other, 1 + cells);
                assert_eq!(taken.strip_prefix('é'), Some(take(text, cells)), "{text:?}");
            }
        }
    }

    #[test]
    fn what_was_broken_before_is_broken_the_same_again() {
        let text = "証明書を確認します。もう一度押してください。";
        let first: Vec<_> = (2..40).map(|cells| wrap(text, cells)).collect();
        for other in 0..2 * REMEMBERED {
            wrap(&format!("別の文 {other}"), 12);
        }
        let again: Vec<_> = (2..40).map(|cells| wrap(text, cells)).collect();
        assert_eq!(first, again);
        WRAPPED.with_borrow(|known| {
            assert!(known.len() <= REMEMBERED, "{}", known.len());
            assert!(known.values().all(|widths| widths.len() <= WIDTHS));
        });
    }

    #[test]
    fn japanese_lines_never_begin_with_closing_punctuation() {
        for cells in 2..40 {
            for line in wrap(
                "「証明書」を、確認します。もう一度（再確認）を押してください。",
                cells.max(8),
            ) {
                let first = line.chars().next().unwrap();
                assert!(!"、。」）".contains(first), "{cells}: {line}");
            }
        }
    }

    #[test]
    fn japanese_lines_never_end_with_an_opening_bracket() {
        for cells in 8..40 {
            for line in wrap("最初に「証明書」を選び、次に（左の）欄を押します。", cells)
            {
                assert!(!line.ends_with(['「', '（']), "{cells}: {line}");
            }
        }
    }

    #[test]
    fn a_japanese_paragraph_does_not_end_with_one_or_two_characters_alone() {
        assert_eq!(
            wrap("コードは各手順の先頭にあります。", 30),
            ["コードは各手順の", "先頭にあります。"]
        );
        assert_eq!(
            wrap("コマンドをコピーする", 18),
            ["コマンドをコピーす", "る"],
            "too narrow to be particular"
        );
        for cells in 20..60 {
            let text = "管理者への文面、または選んだ手順のコマンドをコピーします。先頭にあります。";
            let lines = wrap(text, cells);
            assert_eq!(lines.concat(), text, "{cells}");
            let last = lines.last().unwrap();
            assert!(width(last) > 4, "{cells}: {lines:?}");
        }
    }

    #[test]
    fn a_number_stays_with_what_it_counts() {
        for cells in 20..60 {
            for line in wrap(
                "横120桁、縦36行以上に広げ、35日前の証明書を2枚、15分以内に確認します。",
                cells,
            ) {
                assert!(
                    !line.ends_with(|c: char| c.is_ascii_digit()),
                    "{cells}: {line}"
                );
            }
        }
    }

    #[test]
    fn words_apart_by_a_blank_are_not_joined_for_company() {
        assert_eq!(
            wrap("the certificate chain of 証明", 25),
            ["the certificate chain of", "証明"]
        );
    }

    #[test]
    fn a_word_longer_than_the_line_is_broken_and_nothing_is_lost() {
        let long = "x".repeat(25);
        let lines = wrap(&format!("a {long} b"), 10);
        assert_eq!(lines.concat().replace(' ', ""), format!("a{long}b"));
        assert!(lines.iter().all(|line| width(line) <= 10));
    }

    #[test]
    fn cutting_counts_cells_not_characters() {
        assert_eq!(cut("証明書チェーン", 7, "~"), "証明書~");
        assert_eq!(width(&fit("証明書", 9, "~")), 9);
        assert_eq!(fit("証明書", 5, ""), "証明 ");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_and_no_letter_is_lost(text in "[a-z証明書、。「」 (（)]{0,120}", cells in 8usize..60) {
            let lines = wrap(&text, cells);
            for line in &lines {
                prop_assert!(width(line) <= cells, "{line:?}");
            }
            prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }
}
