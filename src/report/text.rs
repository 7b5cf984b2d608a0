//! The report as plain text: for a terminal without the screen, a pipe, or a ticket. Lines are broken to a width, all but
//! commands, which are typed or copied as they stand; keys of the screen, which is not there, are not spoken of.

use std::fmt::Write as _;

use super::model::{Report, ReportCause, ReportStep, Subject, cause_name};
use crate::guide::{Lang, Texts};
use crate::msg::Msg;
use crate::text::without_keys;
use crate::wrap;

/// The narrowest column of words: what is indented further than leaves this many cells goes beyond the width.
const NARROWEST: usize = 20;

/// The report in lines of text of at most `width` cells, without colour.
pub fn text(subject: &Subject<'_>, width: usize) -> String {
    let report = Report::new(subject);
    let mut out = Writer {
        texts: &subject.knowledge.texts,
        lang: subject.lang,
        width,
        out: String::new(),
    };
    out.told("", &format!("{}  {}", report.target, report.headline));
    let product_known = subject
        .evidence
        .gateway
        .known()
        .is_some_and(|gateway| gateway.product.is_some());
    for cause in &report.causes {
        out.cause(cause, &report, product_known);
    }
    out.list(
        "report.advice",
        report.advice.iter().map(|(_, text)| text.as_str().into()),
    );
    // Where nobody is known to refuse there is nothing to compare.
    if subject
        .diagnosis
        .clients
        .iter()
        .any(|view| view.accepts == Some(false))
    {
        let clients = report.clients.iter().map(|line| line.as_str().into());
        out.list("clients.heading", clients);
    }
    out.list(
        "report.ruled-out",
        subject
            .diagnosis
            .ruled_out
            .iter()
            .map(|id| cause_name(subject, *id).into()),
    );
    out.list(
        "report.unknown",
        report
            .unknown
            .iter()
            .map(|(id, why)| format!("{}: {why}", cause_name(subject, *id)).into()),
    );
    let log = subject.evidence.log.iter().map(|line| {
        let text = subject.knowledge.texts.render(subject.lang, &line.text);
        Line {
            first: format!("{:>8.1} ms  {:<8} ", line.at_ms, line.probe.as_str()),
            text,
        }
    });
    out.list("report.log", log);
    out.out
}

struct Writer<'a> {
    texts: &'a Texts,
    lang: Lang,
    width: usize,
    out: String,
}

/// A line of a list: what stands before the words, and the words, which may take more than one.
struct Line {
    first: String,
    text: String,
}

impl<T: Into<String>> From<T> for Line {
    fn from(text: T) -> Self {
        Self {
            first: String::new(),
            text: text.into(),
        }
    }
}

impl Writer<'_> {
    /// A line as it stands.
    fn line(&mut self, line: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{line}");
    }

    /// Words after `first`, in lines that begin below their beginning.
    fn told(&mut self, first: &str, words: &str) {
        self.told_at(first, wrap::width(first), words);
    }

    /// Words after `first`, in lines of which those after the first begin at `indent`: where the words do, or right of it.
    fn told_at(&mut self, first: &str, indent: usize, words: &str) {
        let room = self.width.saturating_sub(indent).max(NARROWEST);
        for (n, line) in wrap::wrap(&without_keys(words), room).iter().enumerate() {
            if n == 0 {
                self.line(&format!("{first}{line}"));
            } else {
                self.line(&format!("{}{line}", " ".repeat(indent)));
            }
        }
    }

    fn get(&self, id: &str) -> String {
        self.texts.get(self.lang, id).to_owned()
    }

    /// A heading and its lines; nothing where there are none.
    fn list(&mut self, heading: &str, lines: impl Iterator<Item = Line>) {
        let mut lines = lines.peekable();
        if lines.peek().is_some() {
            let title = self.get(heading);
            self.line(&format!("\n{title}"));
        }
        for line in lines {
            self.told(&format!("  - {}", line.first), &line.text);
        }
    }

    fn labelled(&mut self, id: &str, text: &str) {
        let label = self.get(id);
        self.told_at("     ", 7, &format!("{label}: {text}"));
    }

    fn cause(&mut self, cause: &ReportCause, report: &Report, product_known: bool) {
        let certainty = self.get(super::certainty_id(cause.certainty));
        self.line("");
        let title = format!("{}  [{certainty}]", cause.title);
        self.told(&format!("{}  ", cause.code), &title);
        self.told("     ", &cause.meaning);
        let owners: Vec<String> = cause
            .owner
            .iter()
            .map(|owner| self.get(owner.text_id()))
            .collect();
        self.labelled("report.owner", &owners.join(" / "));
        for (probe, text) in &cause.evidence {
            self.labelled("report.evidence", &format!("{} - {text}", probe.as_str()));
        }
        if let Some(repair) = &cause.repair {
            self.labelled(
                "report.repair",
                &format!("{} {}", repair.what, repair.tried),
            );
        }
        if let Some(browser) = &cause.browser {
            self.labelled("report.browser", browser);
        }
        if let Some(root) = cause.explained_by {
            // A consequence goes away with its root: its own steps would only lead astray.
            let title = report
                .causes
                .iter()
                .find(|c| c.id == root)
                .map(|c| c.title.clone());
            self.labelled(
                "report.explained-by",
                &title.unwrap_or_else(|| root.to_string()),
            );
            return;
        }
        self.steps(cause, report, product_known);
    }

    /// The steps for the person, and those for the gateway where its product is known.
    fn steps(&mut self, cause: &ReportCause, report: &Report, product_known: bool) {
        let (here, on_gateway): (Vec<_>, Vec<_>) =
            cause.steps.iter().partition(|step| !step.on_gateway);
        if !here.is_empty() {
            let heading = self.get("report.what-to-do");
            self.line(&format!("\n     {heading}"));
        }
        for step in here {
            self.step(step);
        }
        if product_known {
            for step in on_gateway {
                self.step(step);
            }
        } else if !on_gateway.is_empty() {
            let more = Msg::new("report.gateway-steps")
                .with("count", on_gateway.len())
                .with("target", &report.target);
            let more = self.texts.render(self.lang, &more);
            self.told("     ", &more);
        }
    }

    fn step(&mut self, step: &ReportStep) {
        let who = self.get(step.who.text_id());
        let admin = if step.admin {
            format!(", {}", self.get("report.admin"))
        } else {
            String::new()
        };
        let site = if step.site {
            format!(", {}", self.get("screen.steps.origin-site"))
        } else {
            String::new()
        };
        let heading = format!("{}  ({who}{admin}{site})", step.code);
        self.told("     [ ] ", &heading);
        self.told("         ", &step.text);
        for command in step.command.iter().flat_map(|command| command.lines()) {
            self.line(&format!("           {command}"));
        }
        for (id, text) in [
            ("report.danger", &step.danger),
            ("report.expect", &step.expect),
            ("report.undo", &step.undo),
        ] {
            if let Some(text) = text {
                let label = self.get(id);
                self.told("         ", &format!("{label}: {text}"));
            }
        }
        for command in step.undo_command.iter().flat_map(|command| command.lines()) {
            self.line(&format!("           {command}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_broken_below_their_beginning_and_keys_are_left_out() {
        let texts = Texts::default();
        let mut out = Writer {
            texts: &texts,
            lang: Lang::Ja,
            width: 40,
            out: String::new(),
        };
        out.told(
            "         ",
            "VPNソフトを完全に終了して、このプログラムで再確認します(r キー)。",
        );
        let lines: Vec<&str> = out.out.lines().collect();
        assert!(lines.len() > 1 && lines.iter().all(|line| wrap::width(line) <= 40));
        assert!(lines.iter().all(|line| line.starts_with("         ")));
        let words: String = lines.iter().map(|line| line.trim()).collect();
        assert_eq!(
            words,
            "VPNソフトを完全に終了して、このプログラムで再確認します。"
        );
    }
}
