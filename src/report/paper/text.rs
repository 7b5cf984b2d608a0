//! A paper as plain text, 78 cells wide: for a printer, a ticket, or reading over the phone.

use super::{Block, Paper, PaperStep};
use crate::session::Mark;
use crate::wrap::{width, wrap};

/// Cells of a line.
const CELLS: usize = 78;

/// The paper as text. Commands are never broken: a line that is too long stays one line.
pub fn text(paper: &Paper) -> String {
    let mut out = Out(String::new());
    out.line(&paper.title);
    out.line(&"=".repeat(width(&paper.title).min(CELLS)));
    for block in &paper.blocks {
        out.block(block);
    }
    out.0
}

struct Out(String);

impl Out {
    fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    /// The text, its first line after `first`, its others below its beginning.
    fn hanging(&mut self, first: &str, text: &str) {
        let indent = width(first);
        for (n, line) in wrap(text, CELLS.saturating_sub(indent)).iter().enumerate() {
            if n == 0 {
                self.line(&format!("{first}{line}"));
            } else {
                self.line(&format!("{}{line}", " ".repeat(indent)));
            }
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, _, text) => {
                self.line("");
                for line in wrap(text, CELLS) {
                    self.line(&line);
                }
                let rule = if *level <= 2 { "-" } else { "." };
                self.line(&rule.repeat(width(text).min(CELLS)));
            }
            Block::Contents(entries) => {
                self.line("");
                for (_, text) in entries {
                    self.hanging("  ", text);
                }
            }
            Block::Text(text) => {
                self.line("");
                self.hanging("", text);
            }
            Block::Labelled(label, text) => {
                self.line("");
                self.hanging("", &format!("{label}: {text}"));
            }
            Block::Question {
                code,
                text,
                hint,
                answers,
                ..
            } => {
                self.line("");
                self.hanging(&format!("{code:<5}"), text);
                if let Some(hint) = hint {
                    self.hanging("     ", hint);
                }
                for (answer, goal) in answers {
                    self.hanging("     [ ] ", &format!("{answer}  -> {}", goal.code));
                }
            }
            Block::Outcome { text, causes, .. } => {
                self.hanging("", text);
                for (_, code, name) in causes {
                    self.hanging(&format!("  {code:<5}"), name);
                }
            }
            Block::Step(step) => self.step(step),
            Block::List(lines) => {
                self.line("");
                for line in lines {
                    self.hanging("  - ", line);
                }
            }
            Block::Table { head, rows } => {
                for row in rows {
                    self.line("");
                    for (title, cell) in head.iter().zip(row) {
                        self.hanging("  ", &format!("{title}: {cell}"));
                    }
                }
            }
            Block::Code(lines) => {
                self.line("");
                for line in lines {
                    self.line(line);
                }
            }
            Block::Chart(chart) => {
                self.line("");
                self.hanging("", &chart.caption);
                for bar in &chart.bars {
                    let lead = format!("  {}- ", "  ".repeat(bar.depth));
                    self.hanging(&lead, &bar.words());
                }
            }
        }
    }

    fn step(&mut self, step: &PaperStep) {
        self.line("");
        let sign = match &step.state {
            Some((Mark::Done, _)) => "[x]",
            Some((Mark::Failed, _)) => "[!]",
            Some((Mark::Skipped | Mark::NotMine, _)) => "[-]",
            Some((Mark::Open, _)) | None => "[ ]",
        };
        let state = step.state.as_ref().map(|(_, word)| format!("{word}  "));
        let state = state.unwrap_or_default();
        self.line(&format!("{sign} {}  {state}({})", step.code, step.who));
        self.hanging("    ", &step.text);
        for line in &step.command {
            self.line(&format!("      {line}"));
        }
        for (label, text) in &step.notes {
            self.hanging("    ", &format!("{label}: {text}"));
        }
        for line in &step.undo_command {
            self.line(&format!("      {line}"));
        }
    }
}
