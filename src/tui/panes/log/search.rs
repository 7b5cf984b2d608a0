//! Where a word occurs in a text, upper and lower case alike, and the text in spans with those places marked.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::Span;

/// Whether the text holds what is searched for; nothing is held by no text.
pub(super) fn holds(text: &str, needle: &str) -> bool {
    !places(text, needle).is_empty()
}

/// The text, its hits in another style.
pub(super) fn marked(text: &str, needle: &str, style: Style, hit: Style) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut end = 0;
    for place in places(text, needle) {
        let before = text.get(end..place.start).unwrap_or_default();
        if !before.is_empty() {
            spans.push(Span::styled(before.to_owned(), style));
        }
        let found = text.get(place.clone()).unwrap_or_default();
        spans.push(Span::styled(found.to_owned(), hit));
        end = place.end;
    }
    let rest = text.get(end..).unwrap_or_default();
    if !rest.is_empty() || spans.is_empty() {
        spans.push(Span::styled(rest.to_owned(), style));
    }
    spans
}

/// The places, from the left, none inside another.
fn places(text: &str, needle: &str) -> Vec<Range<usize>> {
    let needle: Vec<char> = needle.chars().map(fold).collect();
    if needle.is_empty() {
        return Vec::new();
    }
    let letters: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, fold(c))).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(window) = letters.get(at..at + needle.len()) {
        if window.iter().map(|(_, c)| c).eq(&needle) {
            let start = window.first().map_or(0, |(start, _)| *start);
            let end = letters
                .get(at + needle.len())
                .map_or(text.len(), |(end, _)| *end);
            found.push(start..end);
            at += needle.len();
        } else {
            at += 1;
        }
    }
    found
}

/// One letter stays one letter, so that places in the folded text are places in the text.
fn fold(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_found_whatever_their_case_and_wherever_they_are() {
        assert_eq!(places("TLS 1.3, tls", "tls"), [0..3, 9..12]);
        assert_eq!(places("証明書の証明", "証明"), [0..6, 12..18]);
        assert_eq!(places("aaa", "aa"), [Range { start: 0, end: 2 }]);
        assert_eq!(places("İx", "x"), [Range { start: 2, end: 3 }]);
        assert!(places("x", "").is_empty());
        assert!(!holds("x", ""));
        assert!(!holds("", "x"));
    }

    #[test]
    fn marking_changes_no_letter() {
        let (plain, hit) = (Style::new(), Style::new().bold());
        for (text, needle, spans) in [
            ("TLS 1.3 tls", "TLS", 3),
            ("nothing", "x", 1),
            ("", "x", 1),
            ("xx", "x", 2),
        ] {
            let marked = marked(text, needle, plain, hit);
            assert_eq!(marked.len(), spans, "{text}");
            let letters: String = marked.iter().map(|span| span.content.as_ref()).collect();
            assert_eq!(letters, text);
        }
    }
}
