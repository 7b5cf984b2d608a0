//! Breaking text into lines, and cutting it to a width, in terminal cells as ratatui counts them.
//!
//! Japanese is broken between characters, with a small kinsoku rule: no line begins with closing punctuation or a
//! small kana, none ends with an opening bracket. Nothing here knows of styles or panes.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// Characters that must not begin a line (JIS X 4051, the part that matters on a screen).
const NOT_FIRST: &str = "、。，．,.:;!?・：；？！゛゜ヽヾゝゞ々ー)）]］}｝〉》」』】〕〗〙’”»ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ…‥%％";
/// Characters that must not end a line.
const NOT_LAST: &str = "(（[［{｛〈《「『【〔〖〘‘“«";

/// How many cells this text takes.
pub fn width(text: &str) -> usize {
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
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += usize::from(grapheme.cell_width());
        if used > cells {
            return &text[..at];
        }
    }
    text
}

/// The text in lines of at most `cells` cells. Line breaks of the text are kept. Words longer than a line are broken
/// where the line ends. At least one line, also for the empty text.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(2);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        wrap_paragraph(paragraph, cells, &mut lines);
    }
    lines
}

fn wrap_paragraph(text: &str, cells: usize, lines: &mut Vec<String>) {
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
            !NOT_FIRST.contains(after)
                && !NOT_LAST.contains(before)
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
