//! `vpnmedic walk`: the checklist on paper.

use super::args::{Common, PaperFormat, WalkArgs};
use super::{Exit, Refusal, print, refuse, setup};
use crate::cause::CauseId;
use crate::evidence::DEFAULT_PORT;
use crate::guide::{Fill, Knowledge, Lang};
use crate::msg::Msg;
use crate::report::paper::{About, EXAMPLE_HOST, Paper, Reader, html, markdown, plain};

/// Names offered where one is not known.
const SUGGESTIONS: usize = 3;
/// How alike a name must be to be offered.
const ALIKE: f64 = 0.75;

/// Prints the checklist of a symptom, of a cause, or of all; without a name, what there is.
pub fn run(common: &Common, args: &WalkArgs) -> Result<Exit, Refusal> {
    let knowledge = setup::knowledge(common)?;
    let lang = setup::language(common, Some(&knowledge.wizard.site));
    let Some(name) = &args.name else {
        print(&list(&knowledge, lang))?;
        return Ok(Exit::Healthy);
    };
    let target = args
        .host
        .as_deref()
        .map(|typed| setup::target(typed, &knowledge, lang))
        .transpose()?;
    let host = target.as_ref().map(|target| target.host.to_string());
    let reader = Reader {
        knowledge: &knowledge,
        lang,
        system: setup::system(common),
        // Paper may be for another device than this one.
        distro: if common.os.is_some() {
            None
        } else {
            knowledge.distro
        },
        gateway: host
            .as_deref()
            .zip(target.as_ref())
            .map(|(host, target)| (host, target.port)),
    };
    let paper = about(name, &knowledge)
        .and_then(|about| Paper::new(about, reader))
        .ok_or_else(|| unknown(name, &knowledge))?;
    print(&match args.format {
        PaperFormat::Text => plain(&paper),
        PaperFormat::Md => markdown(&paper),
        PaperFormat::Html => html(&paper),
    })?;
    Ok(Exit::Healthy)
}

/// What a name stands for. Of a symptom and a cause with the same id, the symptom.
fn about<'a>(name: &str, knowledge: &'a Knowledge) -> Option<About<'a>> {
    let name = name.trim().to_lowercase();
    if name == "all" {
        return Some(About::All);
    }
    let symptoms = &knowledge.wizard.symptoms;
    if let Some(symptom) = symptoms.iter().find(|symptom| symptom.id == name) {
        return Some(About::Symptom(&symptom.id));
    }
    let by_code = || {
        let mut causes = knowledge.causes.iter();
        causes.find_map(|(id, cause)| cause.code.eq_ignore_ascii_case(&name).then_some(*id))
    };
    CauseId::parse(&name).or_else(by_code).map(About::Cause)
}

fn unknown(name: &str, knowledge: &Knowledge) -> Refusal {
    let typed = name.to_lowercase();
    let symptoms = knowledge.wizard.symptoms.iter().map(|s| s.id.as_str());
    let causes = CauseId::ALL.iter().map(|id| id.as_str());
    let mut near: Vec<(f64, &str)> = symptoms
        .chain(causes)
        .map(|id| (strsim::jaro_winkler(&typed, id), id))
        .filter(|(alike, id)| *alike >= ALIKE || (typed.len() > 2 && id.contains(&typed)))
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    let near: Vec<&str> = near
        .into_iter()
        .take(SUGGESTIONS)
        .map(|(_, id)| id)
        .collect();
    let msg = match near.as_slice() {
        [] => Msg::new("refusal.no-walk"),
        near => Msg::new("refusal.no-walk-near").with("near", near.join(", ")),
    };
    refuse(&msg.with("name", name))
}

fn list(knowledge: &Knowledge, lang: Lang) -> String {
    let say = |id: &str| knowledge.texts.get(lang, id).to_owned();
    let any = Fill {
        host: EXAMPLE_HOST.to_owned(),
        port: DEFAULT_PORT,
        address: String::new(),
    };
    let mut lines = vec![
        say("paper.list-how"),
        String::new(),
        say("paper.list-symptoms"),
    ];
    for symptom in &knowledge.wizard.symptoms {
        lines.push(format!("  {:<31} {}", symptom.id, symptom.text.get(lang)));
    }
    lines.push(String::new());
    lines.push(say("paper.list-causes"));
    for (id, cause) in knowledge.causes.iter() {
        let name = any.apply(cause.name.get(lang));
        lines.push(format!("  {:<31} {:<5} {name}", id.as_str(), cause.code));
    }
    lines.join("\n") + "\n"
}
