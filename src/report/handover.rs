//! The text a person sends to the administrator: what was seen, what it amounts to, the change to make.

use std::fmt::Write as _;

use super::model::{Report, Subject};
use crate::guide::Lang;
use crate::msg::Msg;

/// A ready message in the given languages, one after the other, with the evidence filled in. Holds nothing but the
/// target, what its servers said in public, and when it was looked at.
pub fn handover(subject: &Subject<'_>, languages: &[Lang]) -> String {
    let parts: Vec<String> = languages
        .iter()
        .map(|lang| {
            in_language(&Subject {
                lang: *lang,
                ..*subject
            })
        })
        .collect();
    parts.join("\n----\n\n")
}

fn in_language(subject: &Subject<'_>) -> String {
    let texts = &subject.knowledge.texts;
    let lang = subject.lang;
    let report = Report::new(subject);
    let mut out = String::new();
    let opening = Msg::new("report.handover.opening")
        .with("target", &report.target)
        .with("at", subject.evidence.started_at.rfc3339());
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "{}\n", texts.render(lang, &opening));
    for cause in &report.causes {
        let certainty = texts.get(lang, super::certainty_id(cause.certainty));
        let _ = writeln!(out, "* {} [{}; {certainty}]", cause.title, cause.id);
        for (probe, text) in &cause.evidence {
            let _ = writeln!(out, "  - {}: {text}", probe.as_str());
        }
        if let Some((what, proved)) = &cause.repair {
            let id = if *proved {
                "report.repair-proved"
            } else {
                "report.repair"
            };
            let _ = writeln!(out, "  - {}: {what}", texts.get(lang, id));
        }
        for step in cause.steps.iter().filter(|step| step.on_gateway) {
            let _ = writeln!(out, "  - {}: {}", step.code, step.text);
            for command in step.command.iter().flat_map(|command| command.lines()) {
                let _ = writeln!(out, "      {command}");
            }
        }
    }
    if !subject.diagnosis.chain.is_empty() {
        let _ = writeln!(out, "\n{}", texts.get(lang, "report.handover.chain"));
        for entry in &subject.diagnosis.chain {
            let source = texts.get(lang, super::source_id(entry.source));
            let _ = writeln!(
                out,
                "  - {source}: {} | {} .. {} | SHA-256 {}",
                crate::text::sanitise(&entry.cert.subject),
                entry.cert.not_before.rfc3339(),
                entry.cert.not_after.rfc3339(),
                entry.cert.fingerprint()
            );
        }
    }
    out
}
