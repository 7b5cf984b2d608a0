//! `vpnmedic sessions`: the sessions kept on this device, in lines or as JSON. No network.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::{Common, SessionsArgs, SessionsVerb};
use super::{Exit, Refusal, print, refuse, setup};
use crate::cause::CauseId;
use crate::diagnose::Verdict;
use crate::evidence::UnixTime;
use crate::guide::{Knowledge, Lang};
use crate::msg::Msg;
use crate::session::compare::{Comparison, Side, compare};
use crate::session::journal::{self, Condition, Journal, Place, ReadError, Summary};
use crate::session::{Mark, Session};
use crate::text::sanitise;

/// Carries the verb out.
pub fn run(common: &Common, args: &SessionsArgs) -> Result<Exit, Refusal> {
    let knowledge = setup::knowledge(common)?;
    let place = journal::place().ok_or_else(|| refuse(&Msg::new("refusal.no-home")))?;
    let teller = Teller {
        lang: setup::language(common, Some(&knowledge.wizard.site)),
        knowledge,
        place,
        json: args.json,
    };
    match &args.what {
        None => teller.list(None),
        Some(SessionsVerb::List { word }) => teller.list(word.as_deref()),
        Some(SessionsVerb::Show { id }) => teller.show(id),
        Some(SessionsVerb::Compare { before, after }) => teller.compare(before, after),
        Some(SessionsVerb::Delete { id, yes, .. }) => teller.delete(id.as_deref(), *yes),
    }
}

struct Teller {
    knowledge: Knowledge,
    lang: Lang,
    place: Place,
    json: bool,
}

impl Teller {
    fn msg(&self, msg: &Msg) -> String {
        self.knowledge.texts.render(self.lang, msg)
    }

    fn t(&self, id: &'static str) -> String {
        self.msg(&Msg::new(id))
    }

    fn list(&self, word: Option<&str>) -> Result<Exit, Refusal> {
        let word = word.map(str::to_lowercase);
        let (mut lines, mut entries) = (Vec::new(), Vec::new());
        let all = journal::list(&self.place);
        let none = all.is_empty();
        for one in all {
            match one {
                Ok(summary) => {
                    let line = self.line(&summary);
                    let ids = summary.causes.iter().map(|(cause, _)| cause.as_str());
                    let text = format!("{line} {}", ids.collect::<Vec<_>>().join(" "));
                    if word
                        .as_ref()
                        .is_none_or(|w| text.to_lowercase().contains(w))
                    {
                        lines.push(line);
                        entries.push(summary_json(&summary));
                    }
                }
                Err((id, error)) => {
                    let msg = Msg::new("sessions.unreadable")
                        .with("id", &id)
                        .with("why", &error);
                    lines.push(self.msg(&msg));
                    entries.push(json!({"id": id, "error": error.to_string()}));
                }
            }
        }
        if self.json {
            let folder = self.place.folder().display().to_string();
            self.print_json(&json!({"schema": 1, "folder": folder, "sessions": entries}))?;
        } else if lines.is_empty() {
            let id = if none {
                "sessions.none"
            } else {
                "sessions.no-match"
            };
            print(&format!("{}\n", self.t(id)))?;
        } else {
            print(&(lines.join("\n") + "\n"))?;
        }
        Ok(Exit::Healthy)
    }

    /// One session in one line.
    fn line(&self, summary: &Summary) -> String {
        let target = match &summary.target {
            Some(target) => sanitise(&target.to_string()),
            None => self.t("sessions.no-target"),
        };
        let mut line = format!(
            "{}  {}  {target}  {}",
            summary.id,
            local(summary.began),
            self.outcome(summary)
        );
        if !summary.ended {
            line = format!("{line}  [{}]", self.t("sessions.unended"));
        }
        line
    }

    fn outcome(&self, summary: &Summary) -> String {
        match summary.verdict {
            None => self.t("sessions.unchecked"),
            Some(Verdict::Healthy) => self.t("sessions.healthy"),
            Some(Verdict::Inconclusive) => self.t("sessions.inconclusive"),
            Some(Verdict::Problem) => {
                let names = summary.causes.iter().map(|(cause, _)| self.name(*cause));
                names.collect::<Vec<_>>().join(" / ")
            }
        }
    }

    fn name(&self, cause: CauseId) -> String {
        match self.knowledge.causes.get(&cause) {
            Some(known) => format!("{} {}", known.code, known.name.get(self.lang)),
            None => cause.to_string(),
        }
    }

    fn show(&self, id: &str) -> Result<Exit, Refusal> {
        let (summary, journal) = self.open(id)?;
        let mut session = Session::new(journal.header.lang, journal.header.system);
        for (at, event) in &journal.events {
            // The walk's own place needs conclusions; marks, notes and times do not.
            session.apply_at(*at, event, &self.knowledge.wizard, None);
        }
        if self.json {
            let mut document = summary_json(&summary);
            let steps = session.checklist().steps().map(|(code, marked)| {
                json!({"code": code, "mark": marked.mark, "at": marked.at.rfc3339(), "note": marked.note})
            });
            document["steps"] = steps.collect();
            document["schema"] = json!(1);
            document["tool"] = json!(journal.header.tool);
            document["device"] = json!(journal.header.device);
            self.print_json(&document)?;
            return Ok(Exit::Healthy);
        }
        let mut out = vec![self.line(&summary)];
        let msg = Msg::new("sessions.began")
            .with("time", local(summary.began))
            .with("last", local(summary.last));
        out.push(format!(
            "{}  ({}, {})",
            self.msg(&msg),
            sanitise(&journal.header.tool),
            sanitise(&journal.header.device)
        ));
        out.extend(self.condition(summary.condition));
        if !summary.causes.is_empty() {
            out.push(format!("{}:", self.t("sessions.found")));
            let names = summary.causes.iter().map(|(cause, certainty)| {
                let sure = self.t(crate::report::certainty_id(*certainty));
                format!("  {}  ({sure})", self.name(*cause))
            });
            out.extend(names);
        }
        let steps: Vec<_> = session.checklist().steps().collect();
        if !steps.is_empty() {
            out.push(format!("{}:", self.t("sessions.steps")));
        }
        for (code, marked) in steps {
            let note = marked.note.as_deref().map(sanitise).unwrap_or_default();
            let line = format!(
                "  {}  {}  {}  {note}",
                sanitise(code),
                local(marked.at),
                self.t(mark_id(marked.mark)),
            );
            out.push(line.trim_end().to_owned());
        }
        out.push(sanitise(&summary.path.display().to_string()));
        print(&(out.join("\n") + "\n"))?;
        Ok(Exit::Healthy)
    }

    fn condition(&self, condition: Condition) -> Option<String> {
        match condition {
            Condition::Whole => None,
            Condition::Torn { .. } => Some(self.t("sessions.torn")),
            Condition::Damaged { line, .. } => {
                Some(self.msg(&Msg::new("sessions.damaged").with("line", line)))
            }
        }
    }

    fn compare(&self, before: &str, after: &str) -> Result<Exit, Refusal> {
        let ((one, was), (other, is)) = (self.open(before)?, self.open(after)?);
        let (was, is) = (Side::of(&was), Side::of(&is));
        let both_concluded = was.concluded.is_some() && is.concluded.is_some();
        let comparison = compare(&was, &is);
        if self.json {
            let changed: Vec<_> = comparison.pairs.iter().filter(|p| p.differs()).collect();
            let causes =
                |ids: &[CauseId]| -> Vec<String> { ids.iter().map(ToString::to_string).collect() };
            let (gone, new) = (causes(&comparison.gone), causes(&comparison.new));
            let both = was.evidence.is_some() && is.evidence.is_some();
            let same_gateway = both.then_some(comparison.gateways.is_none());
            let found = both_concluded
                .then(|| json!({"gone": gone, "new": new, "still": causes(&comparison.still)}));
            self.print_json(&json!({
                "schema": 1, "before": summary_json(&one), "after": summary_json(&other),
                "same_gateway": same_gateway, "changed": changed, "all": comparison.pairs, "causes": found,
            }))?;
            return Ok(Exit::Healthy);
        }
        let mut out = Vec::new();
        for side in [&one, &other] {
            out.push(self.line(side));
            // What is not there because the file is damaged was not unseen.
            out.extend(self.condition(side.condition));
        }
        out.push(String::new());
        out.extend(self.compared(&comparison, both_concluded));
        print(&(out.join("\n") + "\n"))?;
        Ok(Exit::Healthy)
    }

    fn compared(&self, comparison: &Comparison, both_concluded: bool) -> Vec<String> {
        let mut out = Vec::new();
        let changed: Vec<_> = comparison.pairs.iter().filter(|p| p.differs()).collect();
        if let Some([before, after]) = &comparison.gateways {
            let msg = Msg::new("sessions.other-gateway")
                .with("before", sanitise(before))
                .with("after", sanitise(after));
            out.push(self.msg(&msg));
        }
        if changed.is_empty() {
            out.push(self.t(if comparison.compares_anything() {
                "sessions.same"
            } else {
                "sessions.nothing-common"
            }));
        } else {
            let id = match comparison.gateways {
                Some(_) => "sessions.differs",
                None => "sessions.changed",
            };
            out.push(format!("{}:", self.t(id)));
        }
        let shown = |value: &Option<String>| match value {
            Some(value) => sanitise(value),
            None => self.t("sessions.not-seen"),
        };
        for pair in changed {
            out.push(format!("  {}", self.t(pair.topic.text_id())));
            out.push(format!("    - {}", shown(&pair.before)));
            out.push(format!("    + {}", shown(&pair.after)));
        }
        let one_sided =
            |p: &&crate::session::compare::Pair| p.before.is_none() || p.after.is_none();
        let open: Vec<_> = comparison.pairs.iter().filter(one_sided).collect();
        if !open.is_empty() {
            let topics: Vec<String> = open.iter().map(|p| self.t(p.topic.text_id())).collect();
            out.push(format!(
                "{}: {}",
                self.t("sessions.one-sided"),
                topics.join(", ")
            ));
        }
        if !both_concluded {
            out.push(self.t("sessions.open-sided"));
            return out;
        }
        let found = [&comparison.gone, &comparison.new, &comparison.still];
        for ((id, gateway), causes) in comparison.found_ids().into_iter().zip(found) {
            for cause in causes {
                let msg = Msg::new(id).with("name", self.name(*cause));
                out.push(self.msg(&match gateway {
                    Some(gateway) => msg.with("gateway", sanitise(gateway)),
                    None => msg,
                }));
            }
        }
        out
    }

    fn delete(&self, id: Option<&str>, yes: bool) -> Result<Exit, Refusal> {
        let files = match id {
            Some(id) => vec![self.find(id)?],
            None => self.place.files(),
        };
        if files.is_empty() {
            print(&format!("{}\n", self.t("sessions.none")))?;
            return Ok(Exit::Healthy);
        }
        if !yes && !self.is_sure(files.len())? {
            print(&format!("{}\n", self.t("sessions.not-deleted")))?;
            return Ok(Exit::Healthy);
        }
        let mut exit = Exit::Healthy;
        for (id, path) in files {
            let said = match journal::delete(&path) {
                Ok(()) => Msg::new("sessions.deleted"),
                Err(error) if error.kind() == std::io::ErrorKind::ResourceBusy => {
                    exit = Exit::Usage;
                    Msg::new("sessions.kept-busy")
                }
                Err(error) => {
                    return Err(Refusal(format!("{}: {error}", path.display())));
                }
            };
            print(&format!("{}\n", self.msg(&said.with("id", id))))?;
        }
        Ok(exit)
    }

    /// Asks on the terminal; where there is none, the answer must come as an option.
    fn is_sure(&self, count: usize) -> Result<bool, Refusal> {
        if !std::io::stdin().is_terminal() {
            return Err(refuse(&Msg::new("refusal.nobody-there")));
        }
        let msg = Msg::new("sessions.sure").with("count", count);
        print(&self.msg(&msg))?;
        let _ = std::io::stdout().flush();
        let mut answer = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut answer)
            .map_err(|error| Refusal(format!("cannot read the answer: {error}")))?;
        Ok(answer.trim().eq_ignore_ascii_case("yes"))
    }

    fn open(&self, id: &str) -> Result<(Summary, Journal), Refusal> {
        let (id, path) = self.find(id)?;
        match journal::read(&path) {
            Ok(journal) => Ok((journal::summary(id, path, &journal), journal)),
            Err(error) => Err(unreadable(&path, &error)),
        }
    }

    fn find(&self, id: &str) -> Result<(String, PathBuf), Refusal> {
        find(&self.place, id)
    }

    fn print_json(&self, document: &Value) -> Result<(), Refusal> {
        print(&format!("{document}\n"))
    }
}

/// The session that this id means: whole, its beginning, or `last`.
pub(super) fn find(place: &Place, id: &str) -> Result<(String, PathBuf), Refusal> {
    let mut files = place.files();
    if id != "last" {
        if let Some(whole) = files.iter().find(|(known, _)| known == id) {
            return Ok(whole.clone());
        }
        files.retain(|(known, _)| known.starts_with(id));
        if files.len() > 1 {
            let ids: Vec<&str> = files.iter().map(|(id, _)| id.as_str()).collect();
            let msg = Msg::new("refusal.several-sessions").with("id", id);
            return Err(refuse(&msg.with("ids", ids.join(", "))));
        }
    }
    files
        .into_iter()
        .next()
        .ok_or_else(|| refuse(&Msg::new("refusal.no-session").with("id", id)))
}

fn unreadable(path: &std::path::Path, error: &ReadError) -> Refusal {
    Refusal(format!("{}: {error}", path.display()))
}

fn summary_json(summary: &Summary) -> Value {
    let causes = summary
        .causes
        .iter()
        .map(|(cause, certainty)| json!({"id": cause.to_string(), "certainty": certainty}));
    let condition = match summary.condition {
        Condition::Whole => json!("whole"),
        Condition::Torn { bytes } => json!({"torn": {"bytes": bytes}}),
        Condition::Damaged { line, bytes } => json!({"damaged": {"line": line, "bytes": bytes}}),
    };
    json!({
        "id": summary.id, "file": summary.path.display().to_string(),
        "began": summary.began.rfc3339(), "last": summary.last.rfc3339(),
        "target": summary.target.as_ref().map(ToString::to_string), "symptom": summary.symptom,
        "verdict": summary.verdict, "causes": causes.collect::<Vec<_>>(), "ended": summary.ended,
        "condition": condition, "events": summary.events, "bytes": summary.bytes,
    })
}

fn mark_id(mark: Mark) -> &'static str {
    match mark {
        Mark::Open => "sessions.mark.open",
        Mark::Done => "sessions.mark.done",
        Mark::Failed => "sessions.mark.failed",
        Mark::Skipped => "sessions.mark.skipped",
        Mark::NotMine => "sessions.mark.not-mine",
    }
}

/// Day and time where the person is.
fn local(at: UnixTime) -> String {
    match jiff::Timestamp::from_second(at.0) {
        Ok(moment) => moment
            .to_zoned(jiff::tz::TimeZone::system())
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        Err(_) => at.rfc3339(),
    }
}
