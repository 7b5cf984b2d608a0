//! The report as plain text: for a terminal without the screen, a pipe, or a ticket.

use std::fmt::Write as _;

use super::model::{Report, ReportCause, ReportStep, Subject};
use crate::guide::{Lang, Texts};

/// The report in lines of text, without colour and without any fixed width.
pub fn text(subject: &Subject<'_>) -> String {
    let report = Report::new(subject);
    let mut out = Writer {
        texts: &subject.knowledge.texts,
        lang: subject.lang,
        out: String::new(),
    };
    out.line(&format!("{}  {}", report.target, report.headline));
    for cause in &report.causes {
        out.cause(cause);
    }
    if !report.advice.is_empty() {
        out.heading("report.advice");
        for (_, text) in &report.advice {
            out.line(&format!("  - {text}"));
        }
    }
    if !report.ruled_out.is_empty() {
        out.heading("report.ruled-out");
        for (_, name) in &report.ruled_out {
            out.line(&format!("  - {name}"));
        }
    }
    if !report.unknown.is_empty() {
        out.heading("report.unknown");
        for (_, name, why) in &report.unknown {
            out.line(&format!("  - {name}: {why}"));
        }
    }
    out.heading("report.log");
    for line in &subject.evidence.log {
        let text = subject.knowledge.texts.render(subject.lang, &line.text);
        out.line(&format!(
            "  {:>8.1} ms  {:<8} {text}",
            line.at_ms,
            line.probe.as_str()
        ));
    }
    out.out
}

struct Writer<'a> {
    texts: &'a Texts,
    lang: Lang,
    out: String,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{line}");
    }

    fn get(&self, id: &str) -> String {
        self.texts.get(self.lang, id).to_owned()
    }

    fn heading(&mut self, id: &str) {
        let title = self.get(id);
        self.line("");
        self.line(&title);
    }

    fn labelled(&mut self, id: &str, text: &str) {
        let label = self.get(id);
        self.line(&format!("  {label}: {text}"));
    }

    fn cause(&mut self, cause: &ReportCause) {
        self.line("");
        let certainty = self.get(super::certainty_id(cause.certainty));
        self.line(&format!("{}  {}  [{certainty}]", cause.code, cause.title));
        self.line(&format!("  {}", cause.meaning));
        if let Some(root) = cause.explained_by {
            self.labelled("report.explained-by", root.as_str());
        }
        let owners: Vec<String> = cause
            .owner
            .iter()
            .map(|owner| self.get(super::owner_id(*owner)))
            .collect();
        self.labelled("report.owner", &owners.join(" / "));
        for (probe, text) in &cause.evidence {
            self.labelled("report.evidence", &format!("{} - {text}", probe.as_str()));
        }
        if let Some((what, proved)) = &cause.repair {
            self.labelled(
                if *proved {
                    "report.repair-proved"
                } else {
                    "report.repair"
                },
                what,
            );
        }
        if let Some(browser) = &cause.browser {
            self.labelled("report.browser", browser);
        }
        for step in &cause.steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &ReportStep) {
        let who = self.get(super::owner_id(step.who));
        let admin = if step.admin {
            format!(", {}", self.get("report.admin"))
        } else {
            String::new()
        };
        self.line(&format!(
            "  [ ] {}  ({who}{admin}) {}",
            step.code, step.text
        ));
        for command in step.command.iter().flat_map(|command| command.lines()) {
            self.line(&format!("        {command}"));
        }
        for (id, text) in [
            ("report.danger", &step.danger),
            ("report.expect", &step.expect),
            ("report.undo", &step.undo),
            ("report.undo", &step.undo_command),
        ] {
            if let Some(text) = text {
                let label = self.get(id);
                self.line(&format!("        {label}: {text}"));
            }
        }
    }
}
