//! A paper as Markdown (CommonMark with task lists), for a wiki or a ticket.

use super::{Block, Paper, PaperStep};
use crate::session::Mark;

/// The paper as Markdown.
pub fn markdown(paper: &Paper) -> String {
    let mut out = format!("# {}\n", escaped(&paper.title));
    let mut in_list = false;
    for block in &paper.blocks {
        let is_step = matches!(block, Block::Step(_));
        if !(in_list && is_step) {
            out.push('\n');
        }
        in_list = is_step;
        write(block, &mut out);
    }
    out
}

fn write(block: &Block, out: &mut String) {
    match block {
        Block::Heading(level, _, text) => {
            let marks = "#".repeat(usize::from(*level));
            out.push_str(&format!("{marks} {}\n", escaped(text)));
        }
        Block::Contents(entries) => {
            for (_, text) in entries {
                out.push_str(&format!("- {}\n", escaped(text)));
            }
        }
        Block::Text(text) => out.push_str(&format!("{}\n", escaped(text))),
        Block::Labelled(label, text) => {
            out.push_str(&format!("**{}**: {}\n", escaped(label), escaped(text)));
        }
        Block::Question {
            code,
            text,
            hint,
            answers,
            ..
        } => {
            out.push_str(&format!("**{code}** {}\n", escaped(text)));
            if let Some(hint) = hint {
                out.push_str(&format!("\n{}\n", escaped(hint)));
            }
            out.push('\n');
            for (answer, goal) in answers {
                out.push_str(&format!("- [ ] {} → **{}**\n", escaped(answer), goal.code));
            }
        }
        Block::Outcome { text, causes, .. } => {
            out.push_str(&format!("{}\n\n", escaped(text)));
            for (_, code, name) in causes {
                out.push_str(&format!("- **{code}** {}\n", escaped(name)));
            }
        }
        Block::Step(step) => write_step(step, out),
        Block::List(lines) => {
            for line in lines {
                out.push_str(&format!("- {}\n", escaped(line)));
            }
        }
        Block::Table { head, rows } => {
            write_row(head, out);
            out.push_str(&format!("|{}\n", " --- |".repeat(head.len())));
            for row in rows {
                write_row(row, out);
            }
        }
        Block::Code(lines) => write_fenced(lines, "", out),
        Block::Chart(chart) => {
            out.push_str(&format!("{}\n\n", escaped(&chart.caption)));
            for bar in &chart.bars {
                let indent = "  ".repeat(bar.depth);
                out.push_str(&format!("{indent}- {}\n", escaped(&bar.words())));
            }
        }
    }
}

fn write_row(cells: &[String], out: &mut String) {
    for cell in cells {
        out.push_str(&format!("| {} ", escaped(cell)));
    }
    out.push_str("|\n");
}

fn write_step(step: &PaperStep, out: &mut String) {
    out.push_str(&format!(
        "- [{}] **{}** {}({})\n",
        match &step.state {
            Some((Mark::Done, _)) => "x",
            _ => " ",
        },
        step.code,
        step.state
            .as_ref()
            .map(|(_, word)| format!("**{}** ", escaped(word)))
            .unwrap_or_default(),
        escaped(&step.who)
    ));
    out.push_str(&format!("\n  {}\n", escaped(&step.text)));
    write_command(&step.command, out);
    for (label, text) in &step.notes {
        out.push_str(&format!("\n  *{}*: {}\n", escaped(label), escaped(text)));
    }
    write_command(&step.undo_command, out);
    out.push('\n');
}

/// A fenced block whose fence is longer than any run of backticks in it.
fn write_command(lines: &[String], out: &mut String) {
    if !lines.is_empty() {
        out.push('\n');
        write_fenced(lines, "  ", out);
    }
}

fn write_fenced(lines: &[String], indent: &str, out: &mut String) {
    let longest = lines
        .iter()
        .flat_map(|line| line.split(|c| c != '`'))
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    out.push_str(&format!("{indent}{fence}text\n"));
    for line in lines {
        out.push_str(&format!("{indent}{line}\n"));
    }
    out.push_str(&format!("{indent}{fence}\n"));
}

/// The text with the characters that Markdown would read as its own set off by a backslash.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&'
        ) {
            out.push('\\');
        }
        // A line of its own could begin a list or a heading.
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}
