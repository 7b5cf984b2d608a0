//! The report as a paper: what each of the three readers finds, in the order they read it.

use crate::diagnose::{Impact, Verdict};
use crate::guide::{By, Owner};
use crate::msg::Msg;
use crate::session::Mark;
use crate::text::first_sentence;

use super::super::model::{ReportCause, ReportStep};
use super::super::paper::{Block, Paper, PaperStep};
use super::super::{certainty_id, mark_id, marked};
use super::model::Gathered;

/// The headings for the readers, with the names by which the contents refer to them.
const PARTS: [(&str, &str); 3] = [
    ("user", "full-report.for-user"),
    ("helpdesk", "full-report.for-helpdesk"),
    ("administrator", "full-report.for-administrator"),
];

/// The report as a paper.
pub fn paper(gathered: &Gathered<'_>) -> Paper {
    let mut blocks = Vec::new();
    head(gathered, &mut blocks);
    for (name, id) in PARTS {
        heading(gathered, &mut blocks, 2, name, id);
        match name {
            "user" => user(gathered, &mut blocks),
            "helpdesk" => helpdesk(gathered, &mut blocks),
            _ => super::administrator::write(gathered, &mut blocks),
        }
    }
    let title = Msg::new("full-report.title").with("target", &gathered.report.target);
    Paper {
        lang: gathered.source.lang,
        title: gathered.render(&title),
        blocks,
    }
}

fn heading(gathered: &Gathered<'_>, out: &mut Vec<Block>, level: u8, name: &str, id: &str) {
    out.push(Block::Heading(level, name.to_owned(), gathered.say(id)));
}

/// What it is, when it was made, and what is in it.
fn head(gathered: &Gathered<'_>, out: &mut Vec<Block>) {
    let made = Msg::new("full-report.made")
        .with("version", env!("CARGO_PKG_VERSION"))
        .with("time", gathered.source.made_at.rfc3339());
    out.push(Block::Text(gathered.render(&made)));
    let session = gathered.source.session;
    let checked = match session.and_then(|session| session.file()) {
        Some(file) => Msg::new("full-report.judged").with("files", &file.files),
        None if gathered.source.evidence.is_none() => Msg::new("plain.end.no-target"),
        None => Msg::new("full-report.checked"),
    };
    let checked = checked.with("time", gathered.evidence.started_at.rfc3339());
    out.push(Block::Text(gathered.render(&checked)));
    let contents = PARTS
        .iter()
        .map(|(name, id)| ((*name).to_owned(), gathered.say(id)));
    out.push(Block::Contents(contents.collect()));
}

/// What is wrong, in plain words, and what the person can do.
fn user(gathered: &Gathered<'_>, out: &mut Vec<Block>) {
    let report = &gathered.report;
    if report.causes.is_empty() {
        out.push(Block::Text(report.headline.clone()));
        if report.verdict == Verdict::Inconclusive {
            out.push(Block::Text(
                gathered.say("screen.verdict.inconclusive-more"),
            ));
        }
    }
    for cause in &report.causes {
        let title = format!("{}  {}", cause.code, cause.title);
        out.push(Block::Heading(3, format!("cause-{}", cause.id), title));
        out.push(labelled(
            gathered,
            "full-report.sure",
            sure(gathered, cause),
        ));
        out.push(Block::Text(cause.meaning.clone()));
        out.push(labelled(
            gathered,
            "report.owner",
            owners(gathered, &cause.owner),
        ));
        if let Some(browser) = &cause.browser {
            out.push(labelled(gathered, "report.browser", browser.clone()));
        }
        if let Some(root) = cause.explained_by {
            // A consequence goes away with its root: its own steps would only lead astray.
            let told = Msg::new("screen.verdict.explained").with("name", gathered.cause(root));
            out.push(labelled(
                gathered,
                "report.explained-by",
                gathered.render(&told),
            ));
            continue;
        }
        if let Some(repair) = &cause.repair {
            let text = format!("{} {}", repair.what, repair.tried);
            out.push(labelled(gathered, "report.repair", text));
        }
        let own: Vec<&ReportStep> = cause.steps.iter().filter(|s| !s.on_gateway).collect();
        if !own.is_empty() {
            let system = gathered.say(&format!("system.{}", gathered.source.system.as_str()));
            let what = Msg::new("full-report.steps").with("system", system);
            out.push(Block::Text(gathered.render(&what)));
        }
        out.extend(own.into_iter().map(|step| step_block(gathered, step)));
    }
    if let Some(helpdesk) = &gathered.source.knowledge.wizard.site.helpdesk {
        let text = helpdesk.get(gathered.source.lang).to_owned();
        out.push(labelled(gathered, "screen.verdict.helpdesk", text));
    }
    if !report.advice.is_empty() {
        heading(gathered, out, 3, "advice", "report.advice");
        out.push(Block::List(
            report.advice.iter().map(|(_, text)| text.clone()).collect(),
        ));
    }
}

/// What is asked over the phone.
fn helpdesk(gathered: &Gathered<'_>, out: &mut Vec<Block>) {
    if !gathered.report.causes.is_empty() {
        let head = ["code", "cause", "sure", "impact", "who"].map(column);
        out.push(Block::Table {
            head: head.iter().map(|id| gathered.say(id)).collect(),
            rows: gathered
                .report
                .causes
                .iter()
                .map(|cause| row(gathered, cause))
                .collect(),
        });
    }
    said(gathered, out);
    checklist(gathered, out);
    list(
        gathered,
        out,
        "clients",
        "clients.heading",
        gathered.report.clients.clone(),
    );
    let ruled_out = gathered.diagnosis.ruled_out.iter();
    let ruled_out = ruled_out.map(|id| gathered.cause(*id)).collect();
    list(gathered, out, "ruled-out", "report.ruled-out", ruled_out);
    let unknown = gathered.report.unknown.iter();
    let unknown = unknown.map(|(id, why)| format!("{}: {why}", gathered.cause(*id)));
    list(
        gathered,
        out,
        "not-checked",
        "report.unknown",
        unknown.collect(),
    );
}

/// The heading of a column of the table of causes.
fn column(name: &str) -> &'static str {
    match name {
        "code" => "full-report.column.code",
        "cause" => "full-report.column.cause",
        "sure" => "full-report.sure",
        "impact" => "full-report.column.impact",
        _ => "report.owner",
    }
}

fn row(gathered: &Gathered<'_>, cause: &ReportCause) -> Vec<String> {
    vec![
        cause.code.clone(),
        format!("{} ({})", cause.title, cause.id),
        gathered.say(certainty_id(cause.certainty)),
        gathered.say(impact_id(cause.impact)),
        owners(gathered, &cause.owner),
    ]
}

/// The symptom, the message and the answers.
fn said(gathered: &Gathered<'_>, out: &mut Vec<Block>) {
    let Some(symptom) = &gathered.symptom else {
        return;
    };
    heading(gathered, out, 3, "said", "full-report.said");
    out.push(labelled(gathered, "full-report.symptom", symptom.clone()));
    if let Some(message) = &gathered.message {
        out.push(labelled(
            gathered,
            "screen.verdict.message",
            message.clone(),
        ));
    }
    let answers = gathered.answers.iter().map(|answered| {
        let by = gathered.say(match answered.by {
            By::Person => "walk.by-person",
            By::Check => "walk.by-check",
            By::Message => "walk.by-message",
        });
        let msg = Msg::new("screen.question.passed")
            .with("question", &answered.question)
            .with("answer", &answered.answer);
        gathered.render(&msg.with("by", by))
    });
    let answers: Vec<String> = answers.collect();
    if !answers.is_empty() {
        out.push(Block::List(answers));
    }
}

/// How far the steps are: those of the causes found, and others that were marked.
fn checklist(gathered: &Gathered<'_>, out: &mut Vec<Block>) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let row = |code: &str, mark: Mark, text: &str| {
        let state = gathered.say(mark_id(mark));
        vec![code.to_owned(), state, first_sentence(text).to_owned()]
    };
    for step in gathered.roots().flat_map(|cause| &cause.steps) {
        rows.push(row(&step.code, gathered.mark(&step.code), &step.text));
    }
    if let Some(session) = gathered.source.session {
        let fill = session.fill(gathered.source.diagnosis);
        for (code, mark, step) in marked(gathered.source.knowledge, session) {
            if rows.iter().all(|row| row.first() != Some(&code)) {
                let text = fill.apply(step.text.get(gathered.source.lang));
                rows.push(row(&code, mark, &text));
            }
        }
    }
    if rows.is_empty() {
        return;
    }
    heading(gathered, out, 3, "checklist", "screen.tab.checklist");
    let head = [
        "full-report.column.code",
        "full-report.column.state",
        "full-report.column.step",
    ];
    out.push(Block::Table {
        head: head.iter().map(|id| gathered.say(id)).collect(),
        rows,
    });
}

/// A heading and its lines; nothing where there are none.
pub(super) fn list(
    gathered: &Gathered<'_>,
    out: &mut Vec<Block>,
    name: &str,
    id: &str,
    lines: Vec<String>,
) {
    if !lines.is_empty() {
        heading(gathered, out, 3, name, id);
        out.push(Block::List(lines));
    }
}

pub(super) fn labelled(gathered: &Gathered<'_>, id: &str, text: String) -> Block {
    Block::Labelled(gathered.say(id), text)
}

/// A step with its box.
pub(super) fn step_block(gathered: &Gathered<'_>, step: &ReportStep) -> Block {
    let mut who = gathered.say(step.who.text_id());
    let more = [
        (step.admin, "report.admin"),
        (step.site, "screen.steps.origin-site"),
    ];
    for (_, id) in more.into_iter().filter(|(so, _)| *so) {
        who = format!("{who}, {}", gathered.say(id));
    }
    let lines = |command: &Option<String>| -> Vec<String> {
        let lines = command.iter().flat_map(|command| command.lines());
        lines.map(str::to_owned).collect()
    };
    let notes = [
        ("report.danger", &step.danger),
        ("report.expect", &step.expect),
        ("report.undo", &step.undo),
    ];
    let mark = gathered.mark(&step.code);
    Block::Step(Box::new(PaperStep {
        code: step.code.clone(),
        who,
        text: step.text.clone(),
        command: lines(&step.command),
        notes: notes
            .into_iter()
            .filter_map(|(id, text)| Some((gathered.say(id), text.clone()?)))
            .collect(),
        undo_command: lines(&step.undo_command),
        state: (mark != Mark::Open).then(|| (mark, gathered.say(mark_id(mark)))),
    }))
}

fn sure(gathered: &Gathered<'_>, cause: &ReportCause) -> String {
    let certainty = gathered.say(certainty_id(cause.certainty));
    let impact = gathered.say(impact_id(cause.impact));
    let msg = Msg::new("full-report.sure-and-impact").with("certainty", certainty);
    gathered.render(&msg.with("impact", impact))
}

fn owners(gathered: &Gathered<'_>, owners: &[Owner]) -> String {
    let owners: Vec<String> = owners.iter().map(|o| gathered.say(o.text_id())).collect();
    owners.join(&gathered.say("screen.list-separator"))
}

fn impact_id(impact: Impact) -> &'static str {
    match impact {
        Impact::Blocks => "screen.impact.blocks",
        Impact::SomeClients => "screen.impact.some-clients",
        Impact::Degrades => "screen.impact.degrades",
    }
}
