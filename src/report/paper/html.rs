//! A paper as one HTML page: no script, nothing fetched, light and dark, and page breaks that fall between steps.

use super::{Block, Paper, PaperStep, chart};
use crate::guide::Lang;
use crate::session::Mark;

const STYLE: &str = include_str!("sheet.css");

/// The paper as an HTML page.
pub fn html(paper: &Paper) -> String {
    let lang = match paper.lang {
        Lang::En => "en",
        Lang::Ja => "ja",
    };
    let title = escaped(&paper.title);
    // The one style sheet inside is allowed by its digest, and nothing else at all.
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, format!("\n{STYLE}").as_bytes());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        data_encoding::BASE64.encode(digest.as_ref())
    );
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    for block in &paper.blocks {
        write(block, &mut out);
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn write(block: &Block, out: &mut String) {
    match block {
        Block::Heading(level, name, text) => {
            let level = (*level).clamp(2, 6);
            let (name, text) = (escaped(name), escaped(text));
            out.push_str(&format!("<h{level} id=\"{name}\">{text}</h{level}>\n"));
        }
        Block::Contents(entries) => {
            out.push_str("<nav><ul>\n");
            for (name, text) in entries {
                let (name, text) = (escaped(name), escaped(text));
                out.push_str(&format!("<li><a href=\"#{name}\">{text}</a></li>\n"));
            }
            out.push_str("</ul></nav>\n");
        }
        Block::Text(text) => out.push_str(&format!("<p>{}</p>\n", escaped(text))),
        Block::Labelled(label, text) => {
            let (label, text) = (escaped(label), escaped(text));
            out.push_str(&format!("<p><strong>{label}</strong>: {text}</p>\n"));
        }
        Block::Question {
            name,
            code,
            text,
            hint,
            answers,
        } => {
            let (name, code, text) = (escaped(name), escaped(code), escaped(text));
            out.push_str(&format!(
                "<section class=\"question\" id=\"{name}\"><p><b class=\"code\">{code}</b> {text}</p>\n"
            ));
            if let Some(hint) = hint {
                out.push_str(&format!("<p class=\"hint\">{}</p>\n", escaped(hint)));
            }
            out.push_str("<ul class=\"boxes\">\n");
            for (answer, goal) in answers {
                let (answer, code) = (escaped(answer), escaped(&goal.code));
                let to = escaped(&goal.anchor);
                out.push_str(&format!(
                    "<li>{answer} → <a href=\"#{to}\"><b>{code}</b></a></li>\n"
                ));
            }
            out.push_str("</ul></section>\n");
        }
        Block::Outcome { text, causes, .. } => {
            out.push_str(&format!("<p>{}</p>\n<ul>\n", escaped(text)));
            for (name, code, text) in causes {
                let (name, code, text) = (escaped(name), escaped(code), escaped(text));
                out.push_str(&format!(
                    "<li><a href=\"#{name}\"><b>{code}</b> {text}</a></li>\n"
                ));
            }
            out.push_str("</ul>\n");
        }
        Block::Step(step) => write_step(step, out),
        Block::List(lines) => {
            out.push_str("<ul>\n");
            for line in lines {
                out.push_str(&format!("<li>{}</li>\n", escaped(line)));
            }
            out.push_str("</ul>\n");
        }
        Block::Table { head, rows } => {
            out.push_str("<div class=\"table\"><table>\n");
            write_row("th", head, out);
            for row in rows {
                write_row("td", row, out);
            }
            out.push_str("</table></div>\n");
        }
        Block::Code(lines) => {
            let text = escaped(&lines.join("\n"));
            out.push_str(&format!("<pre class=\"copy\">{text}</pre>\n"));
        }
        Block::Chart(picture) => chart::svg(picture, out),
    }
}

fn write_row(cell: &str, cells: &[String], out: &mut String) {
    out.push_str("<tr>");
    for text in cells {
        out.push_str(&format!("<{cell}>{}</{cell}>", escaped(text)));
    }
    out.push_str("</tr>\n");
}

fn write_step(step: &PaperStep, out: &mut String) {
    out.push_str(&format!(
        "<section class=\"step\"><p><span class=\"box{}\"></span><b class=\"code\">{}</b> {}<span class=\"who\">{}</span></p>\n<p>{}</p>\n",
        match &step.state {
            Some((Mark::Done, _)) => " done",
            Some((Mark::Failed, _)) => " failed",
            _ => "",
        },
        escaped(&step.code),
        step.state
            .as_ref()
            .map(|(_, word)| format!("<b>[{}]</b> ", escaped(word)))
            .unwrap_or_default(),
        escaped(&step.who),
        escaped(&step.text)
    ));
    write_command(&step.command, out);
    for (label, text) in &step.notes {
        let (label, text) = (escaped(label), escaped(text));
        out.push_str(&format!(
            "<p class=\"note\"><strong>{label}</strong>: {text}</p>\n"
        ));
    }
    write_command(&step.undo_command, out);
    out.push_str("</section>\n");
}

fn write_command(lines: &[String], out: &mut String) {
    if !lines.is_empty() {
        out.push_str(&format!("<pre>{}</pre>\n", escaped(&lines.join("\n"))));
    }
}

/// The text with the characters that HTML would read as its own replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}
