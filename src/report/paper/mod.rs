//! Checklists on paper: a symptom's questions, causes with their steps, or all of both, as a list of blocks that
//! three writers know how to set. Nothing here depends on what a live check saw; the report of a session is put together
//! in [`super::session`], of the same blocks.

mod chart;
mod html;
mod markdown;
mod outline;
mod text;

#[cfg(test)]
mod tests;

use crate::cause::CauseId;
use crate::evidence::DEFAULT_PORT;
use crate::guide::{Cause, Fill, Knowledge, Lang, Step, System};
use crate::msg::Msg;
use crate::session::Mark;
use crate::text::without_keys;

pub use chart::{Chart, ChartBar, Tone};
pub use html::html;
pub use markdown::markdown;
pub use text::text as plain;

/// The host that stands in commands where none was named.
pub const EXAMPLE_HOST: &str = "vpn.example.com";

/// For whom a paper is made.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// All that is known.
    pub knowledge: &'a Knowledge,
    /// The language.
    pub lang: Lang,
    /// The steps' system.
    pub system: System,
    /// The Linux family, where the steps of others are to be left out.
    pub distro: Option<&'a str>,
    /// The gateway, where it is known: name and port.
    pub gateway: Option<(&'a str, u16)>,
}

/// What a paper is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About<'a> {
    /// One symptom of the tree, by its id.
    Symptom(&'a str),
    /// One cause.
    Cause(CauseId),
    /// Everything.
    All,
}

/// A paper: what any writer needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Paper {
    /// The language, for writers that declare it.
    pub lang: Lang,
    /// Its title.
    pub title: String,
    /// In order.
    pub blocks: Vec<Block>,
}

/// A piece of paper.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading: its level from 2 (3 inside a chapter), the name by which it is referred to, and the text.
    Heading(u8, String, String),
    /// A table of contents: names and texts of headings.
    Contents(Vec<(String, String)>),
    /// A paragraph.
    Text(String),
    /// A paragraph with a label.
    Labelled(String, String),
    /// A question with its answers, each with where it leads.
    Question {
        /// The name by which answers refer to it.
        name: String,
        /// `Q3`.
        code: String,
        /// What is asked.
        text: String,
        /// Where to look.
        hint: Option<String>,
        /// Answer and where to go on, with the heading's name where it is on the paper.
        answers: Vec<(String, Goal)>,
    },
    /// The causes that come into question.
    Outcome {
        /// What to say above them.
        text: String,
        /// The heading's name, code and name of each cause.
        causes: Vec<(String, String, String)>,
    },
    /// A step with its box to tick.
    Step(Box<PaperStep>),
    /// Lines that belong together, each with a point before it.
    List(Vec<String>),
    /// Columns with their headings; every row has as many cells as there are headings.
    Table {
        /// The headings.
        head: Vec<String>,
        /// The cells, row by row.
        rows: Vec<Vec<String>>,
    },
    /// Lines that are copied as they stand.
    Code(Vec<String>),
    /// A picture, and for writers that cannot draw the same in words.
    Chart(Chart),
}

/// Where an answer leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// The name of the block there.
    pub anchor: String,
    /// What to say: `Q4` or `R2`.
    pub code: String,
}

/// A step on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperStep {
    /// `C04-W2`.
    pub code: String,
    /// Whose hands, and whether administrator rights are needed.
    pub who: String,
    /// What to do.
    pub text: String,
    /// The command's lines.
    pub command: Vec<String>,
    /// Label and text: danger, what is seen when it worked, undo.
    pub notes: Vec<(String, String)>,
    /// The lines of the command that takes it back.
    pub undo_command: Vec<String>,
    /// What became of it, where that is known: the mark, and its word.
    pub state: Option<(Mark, String)>,
}

impl Paper {
    /// The paper about this; none where the tree has no such symptom.
    pub fn new(about: About<'_>, reader: Reader<'_>) -> Option<Self> {
        let mut writer = Writer {
            reader,
            blocks: Vec::new(),
        };
        let title = match about {
            About::Cause(id) => {
                let cause = reader.knowledge.causes.get(&id)?;
                writer.place_note();
                writer.cause_body(cause, 2);
                format!(
                    "{}  {}",
                    cause.code,
                    writer.fill(cause.name.get(reader.lang))
                )
            }
            About::Symptom(id) => {
                let symptom = reader
                    .knowledge
                    .wizard
                    .symptoms
                    .iter()
                    .find(|s| s.id == id)?;
                writer.place_note();
                let causes = writer.outline(symptom, 2);
                writer.causes(&causes, 2);
                symptom.text.get(reader.lang).to_owned()
            }
            About::All => {
                writer.everything();
                writer.say("paper.title-all")
            }
        };
        Some(Self {
            lang: reader.lang,
            title,
            blocks: writer.blocks,
        })
    }
}

/// Fills a paper.
struct Writer<'a> {
    reader: Reader<'a>,
    blocks: Vec<Block>,
}

impl<'a> Writer<'a> {
    /// For which system this is, and what stands for the gateway's name.
    fn place_note(&mut self) {
        let system = format!("system.{}", self.reader.system.as_str());
        let system = self.say(&system);
        let note = Msg::new("paper.for-system").with("system", system);
        self.blocks.push(Block::Text(self.render(&note)));
        self.blocks.push(Block::Text(match self.reader.gateway {
            Some((host, port)) => self
                .render(&Msg::new("paper.for-gateway").with("gateway", format!("{host}:{port}"))),
            None => self.render(&Msg::new("paper.example-host").with("host", EXAMPLE_HOST)),
        }));
        let how = self.say("paper.how-to-use");
        self.blocks.push(Block::Text(how));
    }

    fn everything(&mut self) {
        self.place_note();
        let lang = self.reader.lang;
        let symptoms = &self.reader.knowledge.wizard.symptoms;
        let mut causes: Vec<&Cause> = self
            .reader
            .knowledge
            .causes
            .iter()
            .map(|(_, c)| c)
            .collect();
        causes.sort_by(|one, other| {
            one.code
                .len()
                .cmp(&other.code.len())
                .then(one.code.cmp(&other.code))
        });
        let mut contents: Vec<(String, String)> = symptoms
            .iter()
            .map(|symptom| {
                (
                    symptom_anchor(&symptom.id),
                    symptom.text.get(lang).to_owned(),
                )
            })
            .collect();
        contents.extend(causes.iter().map(|cause| {
            let name = self.fill(cause.name.get(lang));
            (anchor(cause.id), format!("{}  {name}", cause.code))
        }));
        self.blocks.push(Block::Contents(contents));
        for symptom in symptoms {
            let text = symptom.text.get(lang).to_owned();
            self.blocks
                .push(Block::Heading(2, symptom_anchor(&symptom.id), text));
            let _ = self.outline(symptom, 3);
        }
        let ids: Vec<CauseId> = causes.iter().map(|cause| cause.id).collect();
        self.causes(&ids, 2);
    }

    fn causes(&mut self, ids: &[CauseId], level: u8) {
        for id in ids {
            if let Some(cause) = self.reader.knowledge.causes.get(id) {
                let name = self.fill(cause.name.get(self.reader.lang));
                let heading = format!("{}  {name}", cause.code);
                self.blocks
                    .push(Block::Heading(level, anchor(*id), heading));
                self.cause_body(cause, level + 1);
            }
        }
    }

    fn cause_body(&mut self, cause: &'a Cause, level: u8) {
        let lang = self.reader.lang;
        let meaning = self.fill(cause.meaning.get(lang));
        self.blocks.push(Block::Text(meaning));
        let owners: Vec<String> = cause.owner.iter().map(|o| self.say(o.text_id())).collect();
        self.labelled("report.owner", owners.join(" / "));
        for (label, text) in [
            ("report.browser", &cause.browser),
            ("paper.apart", &cause.apart),
        ] {
            if let Some(text) = text {
                let text = self.fill(text.get(lang));
                self.labelled(label, text);
            }
        }
        let here: Vec<&Step> = cause
            .steps_for(self.reader.system, self.reader.distro)
            .collect();
        self.steps(cause, &here);
        let gateway: Vec<&Step> = cause.gateway_steps(None).collect();
        if !gateway.is_empty() {
            let heading = self.say("paper.gateway-steps");
            let name = format!("{}-gateway", anchor(cause.id));
            self.blocks.push(Block::Heading(level, name, heading));
            self.steps(cause, &gateway);
        }
    }

    fn steps(&mut self, cause: &Cause, steps: &[&Step]) {
        for step in steps {
            let step = self.step(cause, step);
            self.blocks.push(Block::Step(Box::new(step)));
        }
    }

    fn step(&self, cause: &Cause, step: &Step) -> PaperStep {
        let lang = self.reader.lang;
        let mut who = self.say(step.who.text_id());
        if step.admin {
            who = format!("{who}, {}", self.say("report.admin"));
        }
        for word in [&step.product, &step.distro].into_iter().flatten() {
            if word != "any" {
                who = format!("{who}, {}", product_name(word));
            }
        }
        let notes = [
            ("report.danger", &step.danger),
            ("report.expect", &step.expect),
            ("report.undo", &step.undo),
        ];
        let lines = |command: &Option<String>| -> Vec<String> {
            let filled = command.as_ref().map(|command| self.fill(command));
            filled
                .iter()
                .flat_map(|command| command.lines().map(str::to_owned))
                .collect()
        };
        PaperStep {
            code: cause.step_code(step),
            who,
            text: without_keys(&self.fill(step.text.get(lang))),
            command: lines(&step.command),
            notes: notes
                .into_iter()
                .filter_map(|(label, text)| {
                    Some((self.say(label), self.fill(text.as_ref()?.get(lang))))
                })
                .collect(),
            undo_command: lines(&step.undo_command),
            state: None,
        }
    }

    fn labelled(&mut self, label: &str, text: String) {
        let label = self.say(label);
        self.blocks.push(Block::Labelled(label, text));
    }

    fn say(&self, id: &str) -> String {
        self.reader
            .knowledge
            .texts
            .get(self.reader.lang, id)
            .to_owned()
    }

    fn render(&self, message: &Msg) -> String {
        self.reader
            .knowledge
            .texts
            .render(self.reader.lang, message)
    }

    fn fill(&self, text: &str) -> String {
        let (host, port) = self.reader.gateway.unwrap_or((EXAMPLE_HOST, DEFAULT_PORT));
        let fill = Fill {
            host: host.to_owned(),
            port,
            address: host.to_owned(),
        };
        fill.apply(text)
    }
}

/// The name by which a cause's chapter is referred to.
fn anchor(id: CauseId) -> String {
    id.to_string()
}

/// Symptoms and causes may have the same id; their chapters may not have the same name.
fn symptom_anchor(id: &str) -> String {
    format!("symptom-{id}")
}

/// A product or family as its makers write it.
fn product_name(id: &str) -> &str {
    match id {
        "asa" => "Cisco ASA / FTD",
        "fortigate" => "FortiGate",
        "openvpn" => "OpenVPN",
        "haproxy" => "HAProxy",
        "debian" => "Debian / Ubuntu",
        "fedora" => "Fedora / RHEL",
        "arch" => "Arch Linux",
        other => other,
    }
}
