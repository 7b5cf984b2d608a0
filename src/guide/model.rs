//! The shapes of the knowledge. How files become these is in the loader, how people move over the tree in the walker.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::causes::Causes;
use super::messages::{Catalogue, Messages};
use crate::cause::CauseId;
use crate::evidence::{ProbeId, ProbeOutcome, System};

/// The languages everything for people exists in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// One text in every language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Japanese.
    pub ja: String,
}

impl Text {
    /// The text in this language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ja => &self.ja,
        }
    }
}

/// The systems of observations are the systems of the knowledge; where steps apply is the knowledge's alone.
impl System {
    /// Where steps for this system apply.
    pub const fn place(self) -> Place {
        match self {
            Self::Windows => Place::Windows,
            Self::Macos => Place::Macos,
            Self::Linux => Place::Linux,
            Self::Ios => Place::Ios,
            Self::Android => Place::Android,
        }
    }
}

/// Where a step applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Everywhere.
    Any,
    /// Windows.
    Windows,
    /// macOS.
    Macos,
    /// Linux.
    Linux,
    /// iOS.
    Ios,
    /// Android.
    Android,
    /// On the gateway, by its administrator.
    Gateway,
}

/// Who can fix something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The person in front of the device.
    User,
    /// Their helpdesk.
    Helpdesk,
    /// Whoever runs the gateway.
    GatewayAdmin,
    /// Whoever issues its certificates.
    PkiAdmin,
    /// The internet provider or the network's owner.
    Isp,
}

impl Owner {
    /// The id of this owner's word in `assets/ui`.
    pub const fn text_id(self) -> &'static str {
        match self {
            Self::User => "owner.user",
            Self::Helpdesk => "owner.helpdesk",
            Self::GatewayAdmin => "owner.gateway-admin",
            Self::PkiAdmin => "owner.pki-admin",
            Self::Isp => "owner.isp",
        }
    }
}

/// The layer a cause lives in, in the order a connection meets them: this is the order of ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// This device: clock, client, drivers, rights.
    Device,
    /// The way out: links, portals, proxies, routes.
    Network,
    /// Names.
    Dns,
    /// TCP and UDP.
    Transport,
    /// TLS itself.
    Tls,
    /// The server's certificates.
    Certificate,
    /// The client's certificate.
    ClientCertificate,
    /// Accounts and second factors.
    SignIn,
    /// Limits of the gateway.
    Capacity,
}

/// One cause, as `assets/causes/<id>.toml` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its id, equal to the file's name.
    pub id: CauseId,
    /// What is said over the phone: `C04`.
    pub code: String,
    /// Where it lives.
    pub layer: Layer,
    /// Who can fix it, the likeliest first; never empty.
    pub owner: Vec<Owner>,
    /// Causes that follow from this one.
    pub explains: Vec<CauseId>,
    /// One line.
    pub name: Text,
    /// A few plain sentences.
    pub meaning: Text,
    /// Why the browser or a colleague may still get in.
    pub browser: Option<Text>,
    /// How to tell it from its look-alikes.
    pub apart: Option<Text>,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

impl Cause {
    /// The steps for a device of this system, in order; the gateway's own are not among them. Steps for another Linux
    /// family than `distro` are left out; all families' where it is not known.
    pub fn steps_for(&self, system: System, distro: Option<&str>) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(move |step| step.os.contains(&Place::Any) || step.os.contains(&system.place()))
            .filter(move |step| match (step.distro.as_deref(), distro) {
                (Some(of_step), Some(here)) => of_step == here,
                _ => true,
            })
    }

    /// The steps for the gateway's administrator: those for this product (an id of `assets/gateways.toml` or a step's
    /// own word) and for any; every product's where it is not known.
    pub fn gateway_steps(&self, product: Option<&str>) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.os.contains(&Place::Gateway))
            .filter(move |step| match (step.product.as_deref(), product) {
                (None | Some("any"), _) | (_, None) => true,
                // Knowledge of products says `cisco_asa` where steps say `asa`.
                (Some(of_step), Some(product)) => product.split(['_', '-']).any(|p| p == of_step),
            })
    }

    /// What is said over the phone: `C04-W1`.
    pub fn step_code(&self, step: &Step) -> String {
        format!("{}-{}", self.code, step.code)
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its code within the cause: `W2`. Said over the phone as `C04-W2`.
    pub code: String,
    /// Where it applies.
    pub os: Vec<Place>,
    /// Which Linux family, where it matters: `debian`, `fedora` or `arch`.
    pub distro: Option<String>,
    /// Which gateway product, for gateway steps.
    pub product: Option<String>,
    /// Whose hands.
    pub who: Owner,
    /// What kind of thing.
    pub kind: StepKind,
    /// Whether it needs administrator rights.
    pub admin: bool,
    /// What to do.
    pub text: Text,
    /// The command, with `{host}`, `{port}` and `{address}` to fill in.
    pub command: Option<String>,
    /// What is seen when it worked.
    pub expect: Option<Text>,
    /// How to take it back.
    pub undo: Option<Text>,
    /// The command that takes it back.
    pub undo_command: Option<String>,
    /// What could go wrong.
    pub danger: Option<Text>,
    /// The live check that confirms it.
    pub check: Option<ProbeId>,
    /// Whether the site wrote it, not this program's makers.
    pub site: bool,
}

/// Kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Save what is there before changing it.
    Backup,
    /// Change something by hand.
    Do,
    /// Change something by a command.
    Command,
    /// Look, change nothing.
    Verify,
    /// Ask somebody.
    Ask,
    /// Switch something off for a moment to see whether it is the culprit, and on again.
    Isolate,
    /// Hand the prepared text over.
    Escalate,
}

/// Values for the placeholders of texts and commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fill {
    /// `{host}`.
    pub host: String,
    /// `{port}`.
    pub port: u16,
    /// `{address}`: the address in use, or the host where none is known.
    pub address: String,
}

/// The site's settings, from `[site]` of wizard.toml.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The company's name.
    pub company: Option<String>,
    /// Whom to turn to.
    pub helpdesk: Option<Text>,
    /// Gateways to offer on the first screen.
    pub gateways: Vec<Gateway>,
    /// Time servers to compare with.
    pub ntp: Vec<String>,
    /// Captive portal probes: plain HTTP addresses and what they are known to answer.
    pub portal: Vec<PortalCheck>,
    /// Ports to try when the given one fails.
    pub ports: Vec<u16>,
    /// SHA-256 of the root certificates that the gateways' chains end in; empty where the site does not say.
    pub root_sha256: Vec<[u8; 32]>,
    /// `auto`, `dark`, `light`, `high-contrast` or `none`.
    pub theme: Option<String>,
    /// `en` or `ja`; the system's where it is not set.
    pub language: Option<Lang>,
    /// What checks may contact beyond the gateway and its DNS.
    pub contact: Contact,
    /// Pages of the site to look things up, shown and never opened.
    pub links: Vec<Link>,
}

/// What a site lets checks contact beyond the gateway and this device's own DNS servers; all where it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Anybody else at all, the addresses inside the gateway's certificate among them.
    pub third_party: bool,
    /// The public DNS server.
    pub public_dns: bool,
    /// Time servers.
    pub ntp: bool,
    /// Captive portal probes.
    pub portal: bool,
}

impl Default for Contact {
    fn default() -> Self {
        Self {
            third_party: true,
            public_dns: true,
            ntp: true,
            portal: true,
        }
    }
}

/// A page of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is about.
    pub label: Text,
    /// Its `https://` address.
    pub url: String,
}

/// A gateway the site offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// What people call it.
    pub name: Text,
    /// Its address, as one would type it.
    pub address: String,
}

/// A captive portal probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalCheck {
    /// A plain `http://` address.
    pub url: String,
    /// The status it answers with when nobody is in between.
    pub status: u16,
    /// What its body starts with then, if it has one.
    pub body: Option<String>,
}

/// The decision tree and the site's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wizard {
    /// `[site]`.
    pub site: Site,
    /// What a person can say is wrong, in the order shown.
    pub symptoms: Vec<Symptom>,
    /// The nodes by id.
    pub nodes: BTreeMap<String, Node>,
    /// The messages that a pasted text is looked up in.
    pub messages: Messages,
}

/// What a person can say is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symptom {
    /// Its id.
    pub id: String,
    /// In the person's words.
    pub text: Text,
    /// One more line for those who hesitate.
    pub hint: Text,
    /// The node where its walk begins.
    pub start: String,
}

/// One node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
}

/// Kinds of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Something only a person (or evidence, where `when` holds) can answer.
    Question {
        /// What is asked.
        text: Text,
        /// Why, or where to look.
        hint: Option<Text>,
        /// The answers, in the order shown.
        answers: Vec<Answer>,
        /// Where "I cannot tell" leads.
        unsure: String,
        /// Whether the person can type or paste a message here; the answers' `words` then choose for them.
        paste: bool,
    },
    /// Waits for live checks, then branches on what they found.
    Check {
        /// What is being looked at.
        text: Text,
        /// The checks it waits for.
        probes: Vec<ProbeId>,
        /// The first whose conditions all hold is taken.
        branches: Vec<(Vec<Condition>, String)>,
        /// Taken when none holds, and when nothing can be checked.
        otherwise: String,
    },
    /// The end of a walk: what comes into question, the likeliest first.
    Outcome {
        /// What to say above the causes.
        text: Text,
        /// The causes.
        causes: Vec<CauseId>,
    },
}

/// One answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its id within the question.
    pub id: String,
    /// In the person's words.
    pub text: Text,
    /// Where it leads.
    pub go: String,
    /// Taken without asking when all of these hold (and there is at least one).
    pub when: Vec<Condition>,
    /// Taken when a pasted message holds one of these; in lower case.
    pub words: Vec<String>,
}

/// Something evidence can decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `cause:<id>`: found, at least likely.
    Found(CauseId),
    /// `ruled-out:<id>`.
    RuledOut(CauseId),
    /// `probe:<id>=<outcome>`.
    Probe(ProbeId, ProbeOutcome),
    /// `system:<os>`.
    System(System),
}

/// What a person chose at a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// One of its answers.
    Answer(String),
    /// "I cannot tell."
    Unsure,
}

/// The words of the interface, by dotted id, from `assets/ui/*.toml`.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    pub(super) by_id: BTreeMap<String, Text>,
}

/// Everything known, loaded and checked.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// The words of the interface.
    pub texts: Texts,
    /// Every cause.
    pub causes: Causes,
    /// The tree and the site's settings.
    pub wizard: Wizard,
    /// This device's Linux family (`debian`, `fedora`, `arch`), where it is known: steps for the others are left out.
    pub distro: Option<&'static str>,
}

impl Knowledge {
    /// The messages that people see: ours, and the site's own.
    pub fn messages(&self) -> Arc<Catalogue> {
        self.wizard.messages.catalogue()
    }
}

/// One thing wrong with a knowledge file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintError {
    /// The file, as the person named it.
    pub file: String,
    /// Line, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Column in characters, from 1; 0 where the whole line is meant.
    pub column: usize,
    /// What is wrong and what was expected, in English (the linter's readers are the files' authors).
    pub message: String,
}

impl std::fmt::Display for LintError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(f, "{}: {}", self.file, self.message),
            (line, 0) => write!(f, "{}:{line}: {}", self.file, self.message),
            (line, column) => write!(f, "{}:{line}:{column}: {}", self.file, self.message),
        }
    }
}
