//! What a typed line means: a number, a command, or text. Full-width digits and letters count as the plain ones, and
//! blanks of any kind around them are passed over: that is how Japanese input methods leave them.
//!
//! Which answers there are at a place is not known here.

use icu_normalizer::ComposingNormalizerBorrowed;

/// A line of input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing but blanks.
    Empty,
    /// A number.
    Number(usize),
    /// One of the commands that are understood everywhere.
    Command(Command),
    /// Anything else, without the blanks around it.
    Text(String),
}

/// What can be asked for at every prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// One question, or one step, back.
    Back,
    /// What can be typed here.
    Help,
    /// Leave.
    Quit,
    /// The other language.
    Language,
    /// Steps for the next system.
    System,
    /// The checks again.
    Recheck,
    /// Take the mark of this step back, and tell how to undo what it did.
    Undo,
    /// The checklist as it stands.
    Checklist,
    /// Another gateway.
    NewTarget,
    /// Save a report.
    Report,
}

/// Letters and words of the commands, in both languages.
const WORDS: [(Command, &[&str]); 10] = [
    (Command::Back, &["b", "back", "戻る", "もどる"]),
    (Command::Help, &["?", "h", "help", "ヘルプ", "使い方"]),
    (
        Command::Quit,
        &["q", "quit", "exit", "終了", "やめる", "終わる"],
    ),
    (Command::Language, &["l", "language", "言語"]),
    (Command::System, &["o", "system", "システム"]),
    (Command::Recheck, &["r", "check", "再確認"]),
    (
        Command::Undo,
        &["u", "undo", "元に戻す", "取り消す", "取消"],
    ),
    (
        Command::Checklist,
        &["c", "checklist", "チェックリスト", "一覧"],
    ),
    (Command::Report, &["w", "report", "レポート", "保存"]),
    (Command::NewTarget, &["n", "new", "接続先"]),
];

impl Answer {
    /// What this line means.
    pub fn of(line: &str) -> Self {
        let text = line.trim();
        if text.is_empty() {
            return Self::Empty;
        }
        let folded = ComposingNormalizerBorrowed::new_nfkc()
            .normalize(text)
            .to_lowercase();
        let folded = folded.trim();
        let number = folded
            .trim_start_matches('(')
            .trim_end_matches([')', '.', '。', '、', '番'])
            .trim();
        if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
            // More digits than fit are a number that no list has.
            return Self::Number(number.parse().unwrap_or(usize::MAX));
        }
        let command = WORDS
            .iter()
            .find_map(|(command, words)| words.contains(&folded).then_some(*command));
        command.map_or_else(|| Self::Text(text.to_owned()), Self::Command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_either_width_and_blanks_of_either_kind_are_a_number() {
        for line in [
            "2",
            " 2\r\n",
            "２",
            "\u{3000}２\u{3000}",
            "2.",
            "(2)",
            "２番",
            "②",
        ] {
            assert_eq!(Answer::of(line), Answer::Number(2), "{line:?}");
        }
        assert_eq!(Answer::of("１２"), Answer::Number(12));
        assert_eq!(
            Answer::of("99999999999999999999999999"),
            Answer::Number(usize::MAX)
        );
    }

    #[test]
    fn commands_are_letters_of_either_width_or_words_of_either_language() {
        for line in ["b", "B", "ｂ", "Ｂ", "back", "戻る"] {
            assert_eq!(Answer::of(line), Answer::Command(Command::Back), "{line}");
        }
        assert_eq!(Answer::of("？"), Answer::Command(Command::Help));
        assert_eq!(Answer::of("終了"), Answer::Command(Command::Quit));
    }

    #[test]
    fn the_rest_is_text_as_it_was_typed() {
        assert_eq!(
            Answer::of(" vpn.example.com \n"),
            Answer::Text("vpn.example.com".to_owned())
        );
        assert_eq!(Answer::of("\u{3000} \n"), Answer::Empty);
        assert_eq!(Answer::of("１つ目"), Answer::Text("１つ目".to_owned()));
    }

    #[test]
    fn no_word_means_two_things() {
        let mut words: Vec<&str> = WORDS
            .iter()
            .flat_map(|(_, words)| *words)
            .copied()
            .collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
