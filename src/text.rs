//! Text from outside, made safe to show: certificates, DNS answers, HTTP bodies, files and terminals can all carry
//! escape sequences, bidirectional overrides and invisible characters.

/// The longest run of outside text that is shown in one piece, in characters.
pub const MAX_SHOWN: usize = 400;

/// Outside text without control, bidirectional, zero-width and other invisible characters, at most [`MAX_SHOWN`]
/// characters long. What was taken out is replaced by U+FFFD, so that tampering stays visible; white space of any
/// kind becomes one blank.
pub fn sanitise(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(MAX_SHOWN));
    for (count, character) in text.chars().enumerate() {
        if count == MAX_SHOWN {
            clean.push('…');
            break;
        }
        match character {
            ' ' | '\t' | '\r' | '\n' => clean.push(' '),
            c if is_hostile(c) => clean.push('\u{fffd}'),
            c => clean.push(c),
        }
    }
    clean
}

/// The first sentence of a text, or all of it. A full stop inside a name (`certlm.msc`) ends nothing.
pub fn first_sentence(text: &str) -> &str {
    let end = text
        .char_indices()
        .find(|(at, c)| *c == '。' || (matches!(c, '.' | '?') && text[at + 1..].starts_with(' ')))
        .map_or(text.len(), |(at, c)| at + c.len_utf8());
    &text[..end]
}

/// A text of the causes or the library without the keys of the screen that it names, as in "check again (key r)", for
/// where there is no screen: they stand in brackets, always written so.
pub fn without_keys(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some((before, key)) = rest.split_once('(') {
        let after = key.split_once(')').filter(|(inside, _)| is_key(inside));
        match after {
            Some((_, after)) => {
                kept.push_str(before.strip_suffix(' ').unwrap_or(before));
                rest = after;
            }
            None => {
                kept.push_str(before);
                kept.push('(');
                rest = key;
            }
        }
    }
    kept.push_str(rest);
    kept
}

/// `key r`, `r キー`.
fn is_key(inside: &str) -> bool {
    let letter = inside
        .strip_prefix("key ")
        .or_else(|| inside.strip_suffix(" キー"));
    letter.is_some_and(|letter| letter.len() == 1 && letter.is_ascii())
}

/// True for characters that must never reach a screen, a report or the clipboard: C0 and C1 controls, bidirectional
/// controls, zero-width and other default-ignorable characters, tags, and private-use glyphs.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_bidi_marks_become_visible_replacements() {
        assert_eq!(
            sanitise("a\u{1b}[31mb\u{202e}c\u{200b}d"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}d"
        );
    }

    #[test]
    fn line_breaks_cannot_forge_a_second_line() {
        assert_eq!(
            sanitise("CN=x\r\nverdict: healthy"),
            "CN=x  verdict: healthy"
        );
    }

    #[test]
    fn japanese_and_accents_stay_as_they_are() {
        assert_eq!(sanitise("例え.jp é 株式会社"), "例え.jp é 株式会社");
    }

    #[test]
    fn keys_of_the_screen_are_left_out_and_nothing_else_in_brackets() {
        for (text, without) in [
            (
                "Check again (key r). Then connect.",
                "Check again. Then connect.",
            ),
            (
                "再確認します(r キー)。そのあと接続します。",
                "再確認します。そのあと接続します。",
            ),
            ("type it (key n), else look (key r)", "type it, else look"),
            ("a (host (key r)) b", "a (host) b"),
            (
                "a file (.cer, without a key) and (open",
                "a file (.cer, without a key) and (open",
            ),
            ("キー)", "キー)"),
        ] {
            assert_eq!(without_keys(text), without);
        }
    }

    /// Another way of writing one would stand in reports.
    #[test]
    fn every_key_in_the_causes_is_written_so_that_it_can_be_left_out() {
        let mut seen = 0;
        let causes = crate::guide::Knowledge::load(None).unwrap().causes;
        for (id, cause) in causes.iter() {
            for step in &cause.steps {
                for text in [&step.text.en, &step.text.ja] {
                    let without = without_keys(text);
                    seen += usize::from(without != *text);
                    for sign in ["(key ", "key r", " キー)", "(r)", "press r", "rキー"] {
                        assert!(!without.contains(sign), "{id} {}: {text}", step.code);
                    }
                }
            }
        }
        assert!(seen > 100, "{seen}");
    }

    #[test]
    fn very_long_text_is_cut_and_says_so() {
        let shown = sanitise(&"x".repeat(5000));
        assert_eq!(shown.chars().count(), MAX_SHOWN + 1);
        assert!(shown.ends_with('…'));
    }
}
