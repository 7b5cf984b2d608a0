//! The model all writers share: findings with their words put in, for one language and one system.

use crate::cause::CauseId;
use crate::diagnose::{Certainty, ClientView, Diagnosis, Finding, Impact, Verdict};
use crate::evidence::{DnsEvidence, Evidence, Host, ProbeId, TlsSession};
use crate::guide::{Cause, Fill, Knowledge, Lang, Layer, Owner, Step, StepKind, System, Texts};
use crate::msg::Msg;

/// What a report is about and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The words.
    pub knowledge: &'a Knowledge,
    /// The language.
    pub lang: Lang,
    /// The system the steps are for.
    pub system: System,
    /// What was seen.
    pub evidence: &'a Evidence,
    /// What follows from it.
    pub diagnosis: &'a Diagnosis,
}

/// Everything a writer needs, in words.
#[derive(Clone, Debug)]
pub struct Report {
    /// The target as it was understood: `host:port`.
    pub target: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Its headline.
    pub headline: String,
    /// The causes, ranked.
    pub causes: Vec<ReportCause>,
    /// The causes that could not be checked, and why.
    pub unknown: Vec<(CauseId, String)>,
    /// Good to know: id and text.
    pub advice: Vec<(&'static str, String)>,
    /// What named clients make of the chain, a line each.
    pub clients: Vec<String>,
}

/// One cause in words.
#[derive(Clone, Debug)]
pub struct ReportCause {
    /// Its id.
    pub id: CauseId,
    /// Its spoken code.
    pub code: String,
    /// Its layer.
    pub layer: Layer,
    /// How sure.
    pub certainty: Certainty,
    /// How bad.
    pub impact: Impact,
    /// The root it follows from.
    pub explained_by: Option<CauseId>,
    /// Its name.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// Why the browser may work.
    pub browser: Option<String>,
    /// Who can fix it.
    pub owner: Vec<Owner>,
    /// What shows it.
    pub evidence: Vec<(ProbeId, String)>,
    /// What would make it work.
    pub repair: Option<ReportRepair>,
    /// What to do: for this system, then for the gateway.
    pub steps: Vec<ReportStep>,
}

/// A repair in words.
#[derive(Clone, Debug)]
pub struct ReportRepair {
    /// The change.
    pub what: String,
    /// Whether it was tried, and what came of it.
    pub tried: String,
    /// Whether judging again with it accepted the chain.
    pub proved: bool,
}

/// One step in words.
#[derive(Clone, Debug)]
pub struct ReportStep {
    /// Its whole code: `C04-W1`.
    pub code: String,
    /// Whose hands.
    pub who: Owner,
    /// What kind.
    pub kind: StepKind,
    /// Whether it needs administrator rights.
    pub admin: bool,
    /// Whether the site wrote it, not this program's makers.
    pub site: bool,
    /// Whether it is done on the gateway.
    pub on_gateway: bool,
    /// What to do.
    pub text: String,
    /// The command, filled in.
    pub command: Option<String>,
    /// What is seen when it worked.
    pub expect: Option<String>,
    /// How to take it back.
    pub undo: Option<String>,
    /// The command that takes it back.
    pub undo_command: Option<String>,
    /// What could go wrong.
    pub danger: Option<String>,
}

impl Report {
    /// Puts the words in. Only the causes found are read from the catalogue: a healthy gateway needs none of it.
    pub fn new(subject: &Subject<'_>) -> Self {
        let words = Words::new(subject);
        let diagnosis = subject.diagnosis;
        let causes: Vec<ReportCause> = diagnosis
            .causes
            .iter()
            .filter_map(|finding| words.cause(finding))
            .collect();
        Self {
            target: words.target(subject.evidence),
            verdict: diagnosis.verdict,
            headline: words.headline(diagnosis.verdict, &causes),
            causes,
            unknown: diagnosis
                .unknown
                .iter()
                .map(|(id, why)| (*id, words.render(&why.message())))
                .collect(),
            advice: diagnosis
                .advice
                .iter()
                .map(|advice| (advice.id, words.render(&advice.text)))
                .collect(),
            clients: diagnosis
                .clients
                .iter()
                .map(|view| words.client(view))
                .collect(),
        }
    }
}

/// The values of the placeholders in cause texts, from what was seen. A saved chain that was judged for no name goes by
/// the first one in its end-entity certificate.
pub(super) fn fill(subject: &Subject<'_>) -> Fill {
    let evidence = subject.evidence;
    let host = match &evidence.target.host {
        Host::Ip(ip) if ip.is_unspecified() => subject
            .diagnosis
            .first_name()
            .unwrap_or_else(|| "vpn.example.com".to_owned()),
        Host::Name { ascii, .. } => ascii.clone(),
        Host::Ip(ip) => ip.to_string(),
    };
    let address = evidence.address();
    let address = address.map_or_else(|| host.clone(), |ip| ip.to_string());
    Fill {
        host,
        port: evidence.target.port,
        address,
    }
}

/// A cause's name in the report's language.
pub(super) fn cause_name(subject: &Subject<'_>, id: CauseId) -> String {
    subject.knowledge.causes.get(&id).map_or_else(
        || id.to_string(),
        |cause| fill(subject).apply(cause.name.get(subject.lang)),
    )
}

/// The session of the ordinary handshake, if it completed.
pub(super) fn session(evidence: &Evidence) -> Option<&TlsSession> {
    evidence.tls.known()?.main()?.outcome.session()
}

/// The addresses of the target, as programs on this device get them.
pub(super) fn addresses(evidence: &Evidence) -> Vec<String> {
    if let Host::Ip(ip) = evidence.target.host {
        return vec![ip.to_string()];
    }
    let addresses = evidence.dns.known().map(DnsEvidence::addresses);
    let shown = addresses.iter().flatten().map(ToString::to_string);
    shown.collect()
}

struct Words<'a> {
    texts: &'a Texts,
    knowledge: &'a Knowledge,
    diagnosis: &'a Diagnosis,
    lang: Lang,
    system: System,
    fill: Fill,
    product: Option<&'a str>,
}

impl<'a> Words<'a> {
    fn new(subject: &Subject<'a>) -> Self {
        let gateway = subject
            .evidence
            .gateway
            .known()
            .and_then(|gateway| gateway.product.as_ref());
        Self {
            texts: &subject.knowledge.texts,
            knowledge: subject.knowledge,
            diagnosis: subject.diagnosis,
            lang: subject.lang,
            system: subject.system,
            fill: fill(subject),
            product: gateway.map(|guess| guess.id.as_str()),
        }
    }

    fn render(&self, msg: &Msg) -> String {
        self.texts.render(self.lang, msg)
    }

    /// A client, its word and why.
    fn client(&self, view: &ClientView) -> String {
        let name = if view.os == "any" {
            view.name.clone()
        } else {
            let system = self
                .texts
                .get(self.lang, &format!("system.{}", view.os))
                .to_owned();
            let msg = Msg::new("clients.on")
                .with("client", &view.name)
                .with("system", system);
            self.render(&msg)
        };
        let line = Msg::new("clients.line")
            .with("client", name)
            .with(
                "word",
                self.texts
                    .get(self.lang, super::client_word_id(view.accepts)),
            )
            .with("why", self.render(&view.why));
        self.render(&line)
    }

    /// The target; a saved chain may have been judged for no name at all.
    fn target(&self, evidence: &Evidence) -> String {
        match evidence.target.host {
            Host::Ip(ip) if ip.is_unspecified() => {
                self.texts.get(self.lang, "report.no-name").to_owned()
            }
            _ => evidence.target.to_string(),
        }
    }

    fn headline(&self, verdict: Verdict, causes: &[ReportCause]) -> String {
        match verdict {
            Verdict::Healthy => self
                .texts
                .get(self.lang, "report.headline.healthy")
                .to_owned(),
            Verdict::Inconclusive => self
                .texts
                .get(self.lang, "report.headline.inconclusive")
                .to_owned(),
            Verdict::Problem => causes
                .first()
                .map_or_else(String::new, |cause| cause.title.clone()),
        }
    }

    fn cause(&self, finding: &Finding) -> Option<ReportCause> {
        let cause = self.knowledge.causes.get(&finding.cause)?;
        Some(ReportCause {
            id: cause.id,
            code: cause.code.clone(),
            layer: cause.layer,
            certainty: finding.certainty,
            impact: finding.impact,
            explained_by: finding.explained_by,
            title: self.fill.apply(cause.name.get(self.lang)),
            meaning: self.fill.apply(cause.meaning.get(self.lang)),
            browser: cause
                .browser
                .as_ref()
                .map(|text| self.fill.apply(text.get(self.lang))),
            owner: cause.owner.clone(),
            evidence: finding
                .evidence
                .iter()
                .map(|proof| (proof.probe, self.render(&proof.text)))
                .collect(),
            repair: finding.repair.as_ref().map(|repair| ReportRepair {
                what: self.render(&repair.what),
                tried: self.render(&self.diagnosis.tried(repair)),
                proved: repair.proved,
            }),
            steps: self.steps(cause),
        })
    }

    fn steps(&self, cause: &Cause) -> Vec<ReportStep> {
        let here = cause
            .steps_for(self.system, self.knowledge.distro)
            .map(|step| self.step(cause, step, false));
        let gateway = cause
            .gateway_steps(self.product)
            .map(|step| self.step(cause, step, true));
        here.chain(gateway).collect()
    }

    fn step(&self, cause: &Cause, step: &Step, on_gateway: bool) -> ReportStep {
        let text = |text: &crate::guide::Text| self.fill.apply(text.get(self.lang));
        let command = |command: &String| self.fill.apply(command);
        ReportStep {
            code: cause.step_code(step),
            who: step.who,
            kind: step.kind,
            admin: step.admin,
            site: step.site,
            on_gateway,
            text: text(&step.text),
            command: step.command.as_ref().map(command),
            expect: step.expect.as_ref().map(text),
            undo: step.undo.as_ref().map(text),
            undo_command: step.undo_command.as_ref().map(command),
            danger: step.danger.as_ref().map(text),
        }
    }
}
