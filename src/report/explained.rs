//! What a message or a log points to, in words and as JSON. Both are symptoms: every cause is possible, none more.

use std::fmt::Write as _;

use serde::Serialize;

use super::json::SCHEMA;
use crate::cause::CauseId;
use crate::device::logs::{Found, LogHit, Obstacle, When};
use crate::diagnose::{Certainty, Verdict};
use crate::guide::messages::{Catalogue, Explanation, Match, Message, RankedCause, Standing};
use crate::guide::{Fill, Knowledge, Lang, Layer, LogPlace, Owner, System};
use crate::msg::Msg;

/// The most causes told in words; the document has all.
const MOST_CAUSES: usize = 6;
/// The most messages told in words.
const MOST_MESSAGES: usize = 6;
/// The most messages of logs told in words.
const MOST_HITS: usize = 40;

/// For whom, in which words.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The words.
    pub knowledge: &'a Knowledge,
    /// The messages.
    pub catalogue: &'a Catalogue,
    /// The language.
    pub lang: Lang,
    /// The system the steps are for.
    pub system: System,
}

/// What was read of logs, and where more are.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// What was found.
    pub found: &'a Found,
    /// Programs that keep their logs where only a command shows them.
    pub elsewhere: &'a [&'a LogPlace],
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: String,
    verdict: Verdict,
    causes: Vec<Cause<'a>>,
    messages: Vec<Told<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    decoded: Vec<Decoded<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hits: Option<Vec<Hit<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<Vec<Read>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_read: Option<Vec<NotRead>>,
}

#[derive(Serialize)]
struct Cause<'a> {
    id: CauseId,
    code: &'a str,
    certainty: Certainty,
    layer: Layer,
    owner: &'a [Owner],
    title: String,
    messages: Vec<&'a str>,
    /// How often its messages stand in the logs read; none for a pasted text.
    #[serde(skip_serializing_if = "Option::is_none")]
    hits: Option<u64>,
    steps: Vec<String>,
}

#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    client: &'a str,
    text: &'a str,
    code: Option<String>,
    /// How much of it was there, of a hundred.
    share: usize,
    meaning: Option<&'a str>,
    undecided: bool,
    verified: Standing,
    source: &'a str,
    causes: &'a [CauseId],
}

#[derive(Serialize)]
struct Decoded<'a> {
    number: &'a str,
    code: &'a str,
}

#[derive(Serialize)]
struct Hit<'a> {
    message: &'a str,
    log: String,
    line: u64,
    count: u64,
    time: Option<String>,
    text: &'a str,
    meaning: Option<&'a str>,
    causes: &'a [CauseId],
}

#[derive(Serialize)]
struct Read {
    log: String,
    bytes: u64,
}

#[derive(Serialize)]
struct NotRead {
    log: String,
    why: &'static str,
}

impl<'a> Reader<'a> {
    /// What an explained text comes to: a problem where it points to causes, healthy where all of it is known to be no
    /// fault, inconclusive where it is not known.
    pub fn verdict(explanation: &Explanation<'_>) -> Verdict {
        match (explanation.is_recognised(), explanation.causes.is_empty()) {
            (false, _) => Verdict::Inconclusive,
            (true, true) => Verdict::Healthy,
            (true, false) => Verdict::Problem,
        }
    }

    /// An explained text as one line of JSON.
    ///
    /// # Errors
    /// Never in practice: those of writing JSON.
    pub fn explained_json(&self, explanation: &Explanation<'a>) -> serde_json::Result<String> {
        serde_json::to_string(&Document {
            schema: SCHEMA,
            tool: tool(),
            verdict: Self::verdict(explanation),
            causes: self.causes(&explanation.causes, None),
            messages: explanation.messages.iter().map(|m| self.told(m)).collect(),
            decoded: explanation
                .decoded
                .iter()
                .map(|(number, code)| Decoded { number, code })
                .collect(),
            hits: None,
            read: None,
            not_read: None,
        })
    }

    /// What was read of logs as one line of JSON.
    ///
    /// # Errors
    /// Never in practice: those of writing JSON.
    pub fn logs_json(&self, reading: &Reading<'a>) -> serde_json::Result<String> {
        let found = reading.found;
        let counts = found.counts();
        let ranked = self.catalogue.rank(&counts);
        let messages = counts.iter().filter_map(|(id, _)| self.catalogue.get(id));
        let verdict = if found.hits.is_empty() {
            Verdict::Inconclusive
        } else {
            Verdict::Problem
        };
        serde_json::to_string(&Document {
            schema: SCHEMA,
            tool: tool(),
            verdict,
            causes: self.causes(&ranked, Some(found)),
            messages: messages
                .map(|message| {
                    self.told(&Match {
                        message,
                        share: 100,
                    })
                })
                .collect(),
            decoded: Vec::new(),
            hits: Some(found.hits.iter().map(|hit| self.hit(hit)).collect()),
            read: Some(
                found
                    .read
                    .iter()
                    .map(|(log, bytes)| Read {
                        log: crate::text::sanitise(&log.name()),
                        bytes: *bytes,
                    })
                    .collect(),
            ),
            not_read: Some(
                found
                    .obstacles
                    .iter()
                    .map(|(log, why)| NotRead {
                        log: crate::text::sanitise(log),
                        why: word(*why),
                    })
                    .collect(),
            ),
        })
    }

    /// An explained text in words.
    pub fn explained_text(&self, explanation: &Explanation<'a>) -> String {
        let mut out = String::new();
        if !explanation.is_recognised() {
            let _ = writeln!(out, "{}", self.t("explain.unknown"));
            return out;
        }
        let _ = writeln!(out, "{}", self.t("explain.head"));
        for (number, code) in &explanation.decoded {
            let msg = Msg::new("explain.decoded")
                .with("number", number)
                .with("code", code);
            let _ = writeln!(out, "  {}", self.render(&msg));
        }
        for found in explanation.messages.iter().take(MOST_MESSAGES) {
            self.message(&mut out, found);
        }
        self.left_out(&mut out, explanation.messages.len(), MOST_MESSAGES);
        if explanation.causes.is_empty() {
            let _ = writeln!(out, "\n{}", self.t("explain.harmless"));
            return out;
        }
        self.causes_text(&mut out, &explanation.causes, None);
        out
    }

    /// What was read of logs in words.
    pub fn logs_text(&self, reading: &Reading<'a>) -> String {
        let mut out = String::new();
        let found = reading.found;
        if !found.hits.is_empty() {
            let _ = writeln!(out, "{}", self.t("logs.head"));
        }
        for hit in found.hits.iter().take(MOST_HITS) {
            self.hit_text(&mut out, hit);
        }
        self.left_out(&mut out, found.hits.len(), MOST_HITS);
        let ranked = self.catalogue.rank(&found.counts());
        if ranked.is_empty() {
            let id = if found.read.is_empty() {
                "logs.no-logs"
            } else {
                "logs.none"
            };
            let _ = writeln!(out, "{}", self.t(id));
        } else {
            self.causes_text(&mut out, &ranked, Some(found));
        }
        out.push('\n');
        for (log, bytes) in &found.read {
            let msg = Msg::new("logs.read")
                .with("log", log.name())
                .with("size", bytes.div_ceil(1000));
            let _ = writeln!(out, "{}", self.render(&msg));
        }
        for (log, why) in &found.obstacles {
            let msg = Msg::new(obstacle_id(*why)).with("log", log);
            let _ = writeln!(out, "{}", self.render(&msg));
        }
        for place in reading.elsewhere {
            if let Some(command) = &place.command {
                let msg = Msg::new("logs.elsewhere")
                    .with("client", &place.client)
                    .with("command", command);
                let _ = writeln!(out, "{}", self.render(&msg));
            }
        }
        if !reading.elsewhere.is_empty() {
            let _ = writeln!(out, "{}", self.t("logs.pipe"));
        }
        out
    }

    fn hit_text(&self, out: &mut String, hit: &LogHit) {
        let when = hit.when.as_ref().map_or_else(
            || self.t("logs.no-time").to_owned(),
            |when| when.text().replace('T', " "),
        );
        let id = if hit.count > 1 {
            "logs.times"
        } else {
            "logs.line"
        };
        let mut place = Msg::new(id)
            .with("log", hit.log.name())
            .with("line", hit.line);
        if hit.count > 1 {
            place = place.with("count", hit.count);
        }
        let _ = writeln!(out, "  {when}  {}", self.render(&place));
        let _ = writeln!(out, "    {}", hit.text);
        if let Some(message) = self.catalogue.get(&hit.message) {
            self.about(out, message);
        }
    }

    fn message(&self, out: &mut String, found: &Match<'_>) {
        let message = found.message;
        let id = if found.share < 100 {
            "explain.part"
        } else {
            "explain.message"
        };
        let mut line = Msg::new(id)
            .with("client", self.catalogue.client(&message.client))
            .with("text", message.spoken(self.lang));
        if found.share < 100 {
            line = line.with("share", found.share);
        }
        let _ = writeln!(out, "  {}", self.render(&line));
        self.about(out, message);
    }

    /// What a message means, and how well that is known.
    fn about(&self, out: &mut String, message: &Message) {
        if let Some(meaning) = &message.meaning {
            let _ = writeln!(out, "    {}", meaning.get(self.lang));
        }
        if message.undecided {
            let _ = writeln!(out, "    {}", self.t("explain.undecided"));
        }
        if message.site {
            let _ = writeln!(out, "    {}", self.t("explain.site"));
        }
        if message.is_reported() {
            let _ = writeln!(out, "    {}", self.t("explain.reported"));
        }
    }

    fn causes_text(&self, out: &mut String, ranked: &[RankedCause<'_>], logs: Option<&Found>) {
        let _ = writeln!(out, "\n{}", self.t("explain.causes"));
        for cause in self.causes(ranked, logs).into_iter().take(MOST_CAUSES) {
            let name = Msg::new("explain.cause")
                .with("code", cause.code)
                .with("name", &cause.title);
            let _ = writeln!(out, "  {}", self.render(&name));
            if let Some(owner) = cause.owner.first() {
                let who = Msg::new("explain.who").with("owner", self.t(owner.text_id()));
                let _ = writeln!(out, "       {}", self.render(&who));
            }
            if let Some(hits) = cause.hits {
                let seen = Msg::new("logs.hits").with("count", hits);
                let _ = writeln!(out, "       {}", self.render(&seen));
            }
            if !cause.steps.is_empty() {
                let steps = Msg::new("explain.steps").with("steps", cause.steps.join(" "));
                let _ = writeln!(out, "       {}", self.render(&steps));
            }
        }
        self.left_out(out, ranked.len(), MOST_CAUSES);
        let _ = writeln!(out, "\n{}", self.t("explain.next"));
    }

    fn left_out(&self, out: &mut String, all: usize, shown: usize) {
        if all > shown {
            let more = Msg::new("explain.more").with("count", all - shown);
            let _ = writeln!(out, "  {}", self.render(&more));
        }
    }

    fn causes(&self, ranked: &[RankedCause<'a>], logs: Option<&Found>) -> Vec<Cause<'a>> {
        let fill = Fill {
            host: "HOST".to_owned(),
            port: crate::evidence::DEFAULT_PORT,
            address: "HOST".to_owned(),
        };
        let known = ranked.iter().filter_map(|ranked| {
            let cause = self.knowledge.causes.get(&ranked.cause)?;
            let steps = cause.steps_for(self.system, self.knowledge.distro);
            Some(Cause {
                id: cause.id,
                code: &cause.code,
                certainty: Certainty::Possible,
                layer: cause.layer,
                owner: &cause.owner,
                title: fill.apply(cause.name.get(self.lang)),
                hits: logs.map(|found| hits(found, ranked)),
                messages: ranked.messages.iter().map(|m| m.id.as_str()).collect(),
                steps: steps.map(|step| cause.step_code(step)).collect(),
            })
        });
        known.collect()
    }

    fn told(&self, found: &Match<'a>) -> Told<'a> {
        let message = found.message;
        Told {
            id: &message.id,
            client: self.catalogue.client(&message.client),
            text: message.shown(self.lang),
            code: message.code(),
            share: found.share,
            meaning: message.meaning.as_ref().map(|m| m.get(self.lang)),
            undecided: message.undecided,
            verified: message.verified,
            source: &message.source,
            causes: &message.causes,
        }
    }

    fn hit(&self, hit: &'a LogHit) -> Hit<'a> {
        let message = self.catalogue.get(&hit.message);
        Hit {
            message: &hit.message,
            log: crate::text::sanitise(&hit.log.name()),
            line: hit.line,
            count: hit.count,
            time: hit.when.as_ref().map(When::text),
            text: &hit.text,
            meaning: message
                .and_then(|m| m.meaning.as_ref())
                .map(|m| m.get(self.lang)),
            causes: message.map_or(&[], |m| &m.causes),
        }
    }

    fn t(&self, id: &'a str) -> &'a str {
        self.knowledge.texts.get(self.lang, id)
    }

    fn render(&self, msg: &Msg) -> String {
        self.knowledge.texts.render(self.lang, msg)
    }
}

/// How often the messages that point to this cause stand in the logs.
fn hits(found: &Found, ranked: &RankedCause<'_>) -> u64 {
    let of_cause = |hit: &&LogHit| ranked.messages.iter().any(|m| m.id == hit.message);
    found
        .hits
        .iter()
        .filter(of_cause)
        .map(|hit| hit.count)
        .sum()
}

fn tool() -> String {
    format!("vpnmedic {}", env!("CARGO_PKG_VERSION"))
}

const fn word(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Missing => "missing",
        Obstacle::Forbidden => "forbidden",
        Obstacle::NotAFile => "not-a-file",
        Obstacle::Binary => "binary",
        Obstacle::Damaged => "damaged",
        Obstacle::TooLong => "too-long",
        Obstacle::TooMany => "too-many",
        Obstacle::Failed => "failed",
    }
}

const fn obstacle_id(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Missing => "logs.obstacle.missing",
        Obstacle::Forbidden => "logs.obstacle.forbidden",
        Obstacle::NotAFile => "logs.obstacle.not-a-file",
        Obstacle::Binary => "logs.obstacle.binary",
        Obstacle::Damaged => "logs.obstacle.damaged",
        Obstacle::TooLong => "logs.obstacle.too-long",
        Obstacle::TooMany => "logs.obstacle.too-many",
        Obstacle::Failed => "logs.obstacle.failed",
    }
}
