//! `vpnmedic report`: the report of a kept session, or of a bundle. No network.

use super::args::{Common, ReportArgs};
use super::kept::{self, Kept};
use super::{Exit, Refusal, print, setup};
use crate::evidence::UnixTime;
use crate::report::save::{Saved, save};
use crate::report::session::{Source, write};

/// Carries the verb out.
pub fn run(common: &Common, args: &ReportArgs) -> Result<Exit, Refusal> {
    let (knowledge, stores) = setup::knowledge_and_stores(common)?;
    let kept = Kept::open(&args.session)?;
    let conclude = kept.reasoner(common, &knowledge, stores)?;
    let played = kept.play(&knowledge, kept.events().len(), &*conclude);
    let made_at = UnixTime::from(std::time::SystemTime::now());
    let conclusions = played.conclusions.as_ref();
    let mut source = Source::of_session(&knowledge, &played.session, conclusions, made_at);
    if let Some(lang) = common.lang {
        source.lang = lang.into();
    }
    if common.os.is_some() {
        source.system = setup::system(common);
    }
    let text = write(&source, args.format.into())
        .map_err(|error| Refusal(format!("the report cannot be written: {error}")))?;
    match &args.output {
        None => print(&text)?,
        Some(path) => match save(&path.to_string_lossy(), &text, args.force) {
            Saved::As(_) => {}
            other => return Err(kept::not_saved(&other)),
        },
    }
    Ok(played
        .conclusions
        .map_or(Exit::Inconclusive, |conclusions| conclusions.verdict.into()))
}
