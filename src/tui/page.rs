//! A pane's content before it is drawn: styled lines, which of them belong to which choice, and where the cursor is.
//!
//! The same page is what is drawn, what the mouse hits, and what scrolling is measured on.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::wrap;

/// Words of a paragraph that look alike.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The words.
    pub text: String,
    /// How they look.
    pub style: Style,
    /// The choice they are, if they are one.
    pub choice: Option<usize>,
}

/// The content of a pane at one width.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Its lines, none wider than the width it was made for.
    pub lines: Vec<Line<'static>>,
    /// Which lines belong to which choice: first line, line after the last, number of the choice.
    pub spans: Vec<(usize, usize, usize)>,
    /// The first lines of what holds a hit of the search, from the top.
    pub marks: Vec<usize>,
    /// Where the terminal's cursor belongs: column and line.
    pub cursor: Option<(u16, usize)>,
    /// Lines of a linear page that are typed as they stand, commands for example: they must never be broken.
    pub verbatim: Vec<usize>,
    /// Whether an empty line follows each choice.
    pub roomy: bool,
    width: usize,
    linear: bool,
    comma: String,
}

impl Page {
    /// An empty page of this many cells.
    pub fn new(width: u16) -> Self {
        Self {
            width: usize::from(width),
            ..Self::default()
        }
    }

    /// An empty page to be read line by line, or aloud: no paragraph is broken, what stands in front of one ends in a
    /// colon, and columns are set off by this comma.
    pub fn linear(comma: &str) -> Self {
        Self {
            width: usize::from(u16::MAX),
            linear: true,
            comma: comma.to_owned(),
            ..Self::default()
        }
    }

    /// Whether this is a page for plain mode.
    pub fn is_linear(&self) -> bool {
        self.linear
    }

    /// The cells of a line.
    pub fn width(&self) -> usize {
        self.width
    }

    /// An empty line, unless the page is empty or ends in one.
    pub fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| line.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    /// One line as it is; what does not fit is cut off when drawn.
    pub fn line(&mut self, line: impl Into<Line<'static>>) {
        let line = line.into();
        self.lines.push(if self.linear {
            Line::raw(self.without_columns(&line.to_string()))
        } else {
            line
        });
    }

    /// Lines of a linear page as they are.
    pub fn typed(&mut self, text: &str) {
        for line in text.lines() {
            self.verbatim.push(self.lines.len());
            self.lines.push(Line::raw(line.to_owned()));
        }
    }

    /// A paragraph, wrapped.
    pub fn text(&mut self, text: &str, style: Style) {
        self.hanging(Vec::new(), text, style);
    }

    /// A paragraph with something in front of its first line; the other lines are indented by as much.
    pub fn hanging(&mut self, lead: Vec<Span<'static>>, text: &str, style: Style) {
        if self.linear {
            let lead: String = lead.iter().map(|span| span.content.as_ref()).collect();
            self.spoken(&lead, text);
            return;
        }
        let indent: usize = lead.iter().map(|span| wrap::width(&span.content)).sum();
        let room = self.width.saturating_sub(indent);
        let mut lead = Some(lead);
        for part in wrap::wrap(text, room) {
            let mut spans = lead
                .take()
                .unwrap_or_else(|| vec![Span::raw(" ".repeat(indent))]);
            spans.push(Span::styled(part, style));
            self.lines.push(Line::from(spans));
        }
    }

    /// The words of a line without its columns: where two or more blanks stood, a comma.
    fn without_columns(&self, line: &str) -> String {
        let words = line.split("  ").map(str::trim);
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        words.join(&self.comma)
    }

    /// A paragraph of a linear page, with what stands in front of it in words.
    fn spoken(&mut self, lead: &str, text: &str) {
        let lead = self.without_columns(lead);
        let colon = if lead.is_empty() || lead.ends_with([':', '：']) {
            ""
        } else {
            ":"
        };
        let blank = if lead.is_empty() { "" } else { " " };
        for (n, part) in text.split('\n').enumerate() {
            let part = self.without_columns(part);
            self.lines.push(Line::raw(if n == 0 {
                format!("{lead}{colon}{blank}{part}")
            } else {
                part
            }));
        }
    }

    /// A paragraph of pieces that look different, with something in front of its first line. Each piece with a choice
    /// makes its lines those of the choice.
    pub fn pieces(&mut self, lead: Vec<Span<'static>>, pieces: &[Piece]) {
        let indent: usize = lead.iter().map(|span| wrap::width(&span.content)).sum();
        let room = self.width.saturating_sub(indent);
        let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let mut letters = pieces
            .iter()
            .flat_map(|piece| piece.text.chars().map(move |letter| (letter, piece)))
            .peekable();
        let mut lead = Some(lead);
        for line in wrap::wrap(&whole, room) {
            let mut spans = lead
                .take()
                .unwrap_or_else(|| vec![Span::raw(" ".repeat(indent))]);
            for letter in line.chars() {
                // Wrapping drops blanks at the ends of lines, and nothing else.
                let piece = loop {
                    match letters.next() {
                        Some((next, piece)) if next == letter => break Some(piece),
                        Some(_) => {}
                        None => break None,
                    }
                };
                let style = piece.map_or_else(Style::new, |piece| piece.style);
                match spans.last_mut() {
                    Some(last) if last.style == style && !last.content.is_empty() => {
                        last.content.to_mut().push(letter);
                    }
                    _ => spans.push(Span::styled(letter.to_string(), style)),
                }
                if let Some(choice) = piece.and_then(|piece| piece.choice) {
                    self.extend_choice(choice);
                }
            }
            self.lines.push(Line::from(spans));
        }
    }

    /// Makes the line that comes next one of this choice.
    fn extend_choice(&mut self, choice: usize) {
        let line = self.lines.len();
        match self
            .spans
            .iter_mut()
            .find(|(_, _, number)| *number == choice)
        {
            Some((_, end, _)) => *end = line + 1,
            None => self.spans.push((line, line + 1, choice)),
        }
    }

    /// A label and a paragraph beside it; on narrow pages below it, indented by two.
    pub fn labelled(&mut self, label: &str, label_style: Style, text: &str, style: Style) {
        const COLUMN: usize = 20;
        if self.linear {
            self.spoken(label, text);
            return;
        }
        if self.width >= 56 {
            let label = wrap::fit(label, COLUMN - 2, "");
            self.hanging(
                vec![Span::styled(format!("{label}  "), label_style)],
                text,
                style,
            );
        } else {
            self.text(label, label_style);
            self.hanging(vec![Span::raw("  ")], text, style);
        }
    }

    /// Makes the lines from `first` on those of this choice.
    pub fn choice_from(&mut self, first: usize, number: usize) {
        self.spans.push((first, self.lines.len(), number));
        if self.roomy {
            self.gap();
        }
    }

    /// The choice that this line belongs to.
    pub fn choice_at(&self, line: usize) -> Option<usize> {
        self.spans
            .iter()
            .find(|(first, end, _)| (*first..*end).contains(&line))
            .map(|(_, _, number)| *number)
    }

    /// The lines of this choice: the first, and the one after the last.
    pub fn lines_of(&self, choice: usize) -> Option<(usize, usize)> {
        self.spans
            .iter()
            .find(|(_, _, number)| *number == choice)
            .map(|(first, end, _)| (*first, *end))
    }

    /// The scroll offset nearest to `offset` at which `height` lines show the lines `first..end` (their beginning,
    /// where they are more than fit).
    pub fn scroll_to(&self, offset: usize, height: usize, first: usize, end: usize) -> usize {
        let mut offset = offset;
        if end > offset + height {
            offset = end.saturating_sub(height);
        }
        if first < offset {
            offset = first;
        }
        self.clamp(offset, height)
    }

    /// The scroll offset, not past the last screenful.
    pub fn clamp(&self, offset: usize, height: usize) -> usize {
        offset.min(self.lines.len().saturating_sub(height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_page_has_words_where_a_screen_has_columns() {
        let mut page = Page::linear(", ");
        page.labelled(
            "Who can fix it",
            Style::new(),
            "the administrator",
            Style::new(),
        );
        page.line("  CONFIRMED  stops the connection  C04");
        page.hanging(
            vec![Span::raw("      Careful:  ")],
            "it stops",
            Style::new(),
        );
        page.hanging(vec![Span::raw("  ")], "C04  a name", Style::new());
        page.typed("a  b\n  c");
        let shown: Vec<String> = page.lines.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "Who can fix it: the administrator",
                "CONFIRMED, stops the connection, C04",
                "Careful: it stops",
                "C04, a name",
                "a  b",
                "  c"
            ]
        );
        assert_eq!(page.verbatim, [4, 5]);
    }

    #[test]
    fn lines_of_a_paragraph_hang_below_each_other() {
        let mut page = Page::new(16);
        page.hanging(
            vec![Span::raw("dns  ")],
            "an answer that is long",
            Style::new(),
        );
        let shown: Vec<String> = page.lines.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["dns  an answer", "     that is", "     long"]);
    }

    #[test]
    fn scrolling_shows_the_chosen_lines_and_never_runs_past_the_end() {
        let mut page = Page::new(10);
        for number in 0..30 {
            let first = page.lines.len();
            page.line(number.to_string());
            page.choice_from(first, number);
        }
        assert_eq!(page.scroll_to(0, 10, 15, 16), 6);
        assert_eq!(page.scroll_to(20, 10, 3, 4), 3);
        assert_eq!(page.clamp(99, 10), 20);
        assert_eq!(page.choice_at(7), Some(7));
    }
}
