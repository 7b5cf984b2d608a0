//! The text for the gateway's administrator: what was found, what shows it, the chain as it was served, what to
//! change. Plain text, in one language at a time; nothing in it that was not observed.

use std::fmt::Write as _;

use crate::cause::CauseId;
use crate::chain::Source;
use crate::diagnose::{Certainty, Diagnosis, Finding};
use crate::guide::{Knowledge, Lang, Owner};
use crate::msg::Msg;
use crate::text::sanitise;

use super::Session;

/// The text about this cause, and whatever else was found, in this language.
pub fn text(
    knowledge: &Knowledge,
    session: &Session,
    diagnosis: Option<&Diagnosis>,
    cause: CauseId,
    lang: Lang,
) -> String {
    let writer = Writer {
        knowledge,
        session,
        diagnosis,
        lang,
    };
    writer.write(cause)
}

pub(super) struct Writer<'a> {
    pub(super) knowledge: &'a Knowledge,
    pub(super) session: &'a Session,
    pub(super) diagnosis: Option<&'a Diagnosis>,
    pub(super) lang: Lang,
}

impl Writer<'_> {
    pub(super) fn t(&self, id: &str) -> String {
        self.knowledge.texts.get(self.lang, id).to_owned()
    }

    pub(super) fn msg(&self, msg: &Msg) -> String {
        self.knowledge.texts.render(self.lang, msg)
    }

    fn name(&self, cause: CauseId) -> String {
        self.knowledge.causes.get(&cause).map_or_else(
            || cause.to_string(),
            |known| {
                self.session
                    .fill(self.diagnosis)
                    .apply(known.name.get(self.lang))
            },
        )
    }

    fn write(&self, cause: CauseId) -> String {
        let mut out = String::new();
        let fill = self.session.fill(self.diagnosis);
        let gateway = self
            .session
            .target()
            .map_or_else(|| fill.host.clone(), ToString::to_string);
        let file = self.session.file();
        let subject = Msg::new("screen.letter.subject")
            .with("gateway", &gateway)
            .with("name", self.name(cause));
        let _ = writeln!(out, "{}\n", self.msg(&subject));
        let _ = writeln!(out, "{}", self.t("screen.letter.greeting"));
        if let Some(evidence) = self.session.evidence() {
            let checked = match file {
                Some(file) => Msg::new("screen.letter.judged").with("files", sanitise(&file.files)),
                None => Msg::new("screen.letter.checked").with("gateway", &gateway),
            };
            let checked = checked.with("time", evidence.started_at.rfc3339());
            let _ = writeln!(out, "{}", self.msg(&checked));
        }
        let findings: &[Finding] = self.diagnosis.map_or(&[], |d| d.causes.as_slice());
        // The cause asked about first, then the others in their rank.
        let (first, others): (Vec<&Finding>, Vec<&Finding>) =
            findings.iter().partition(|finding| finding.cause == cause);
        if first.is_empty() {
            let guess = Msg::new("screen.letter.suspected").with("name", self.name(cause));
            let _ = writeln!(out, "\n{}", self.msg(&guess));
        }
        for finding in first.into_iter().chain(others) {
            self.finding(&mut out, finding);
        }
        self.chain(&mut out);
        self.change(&mut out, cause);
        let end = if file.is_some() {
            "screen.letter.read-only-file"
        } else {
            "screen.letter.read-only"
        };
        let _ = writeln!(out, "\n{}", self.t(end));
        out
    }

    pub(super) fn finding(&self, out: &mut String, finding: &Finding) {
        let certainty = self.t(match finding.certainty {
            Certainty::Confirmed => "screen.certainty.confirmed",
            Certainty::Likely => "screen.certainty.likely",
            Certainty::Possible => "screen.certainty.possible",
        });
        let _ = writeln!(
            out,
            "\n* {} [{}, {}]",
            self.name(finding.cause),
            finding.cause,
            certainty
        );
        for proof in &finding.evidence {
            let _ = writeln!(
                out,
                "  - {}: {}",
                proof.probe.as_str(),
                self.msg(&proof.text)
            );
        }
        if let Some(repair) = &finding.repair {
            let tried = self.diagnosis.map(|d| self.msg(&d.tried(repair)));
            let text = Msg::new("repair.both")
                .with("what", self.msg(&repair.what))
                .with("tried", tried.unwrap_or_default());
            let _ = writeln!(
                out,
                "  {}: {}",
                self.t("screen.verdict.repair"),
                self.msg(&text)
            );
        }
    }

    /// The chain as it was served: an administrator compares fingerprints, not descriptions.
    fn chain(&self, out: &mut String) {
        let served: Vec<_> = self
            .diagnosis
            .iter()
            .flat_map(|d| &d.chain)
            .filter(|entry| entry.source == Source::Served)
            .collect();
        if served.is_empty() {
            return;
        }
        let heading = if self.session.file().is_some() {
            "screen.letter.chain-file"
        } else {
            "screen.letter.chain"
        };
        let _ = writeln!(out, "\n{}", self.t(heading));
        for entry in served {
            let cert = &entry.cert;
            let _ = writeln!(out, "  {}. {}", entry.position + 1, sanitise(&cert.subject));
            let _ = writeln!(
                out,
                "     {}: {}",
                self.t("screen.certificate.issuer"),
                sanitise(&cert.issuer)
            );
            let _ = writeln!(
                out,
                "     {}: {} - {}",
                self.t("screen.certificate.validity"),
                cert.not_before.rfc3339(),
                cert.not_after.rfc3339()
            );
            let _ = writeln!(out, "     SHA-256: {}", cert.fingerprint());
        }
    }

    /// The steps that are the administrator's.
    fn change(&self, out: &mut String, cause: CauseId) {
        let Some(known) = self.knowledge.causes.get(&cause) else {
            return;
        };
        let product = self
            .session
            .evidence()
            .and_then(|evidence| evidence.gateway.known())
            .and_then(|gateway| gateway.product.as_ref());
        let fill = self.session.fill(self.diagnosis);
        let steps: Vec<_> = known
            .gateway_steps(product.map(|product| product.id.as_str()))
            .filter(|step| matches!(step.who, Owner::GatewayAdmin | Owner::PkiAdmin))
            .collect();
        if steps.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{}", self.t("screen.letter.change"));
        for step in steps {
            let text = fill.apply(step.text.get(self.lang));
            let _ = writeln!(out, "  {}  {text}", known.step_code(step));
            for line in step.command.iter().flat_map(|command| command.lines()) {
                let _ = writeln!(out, "      {}", fill.apply(line));
            }
        }
    }
}
