//! `vpnmedic replay`: a bundle or a kept session on the wizard's screen at any point of it, or its document. No network.

use super::args::{Common, ReplayArgs};
use super::kept::Kept;
use super::{Exit, Refusal, print, setup};
use crate::msg::Msg;
use crate::report::{Document, Subject};
use crate::session::redact::Level;
use crate::tui::{ReplayStart, replay};

/// Carries the verb out.
pub fn run(common: &Common, args: &ReplayArgs) -> Result<Exit, Refusal> {
    let (knowledge, stores) = setup::knowledge_and_stores(common)?;
    let kept = Kept::open(&args.session)?;
    let conclude = kept.reasoner(common, &knowledge, stores)?;
    let count = kept.events().len();
    let at = args.at.unwrap_or(count);
    if at > count {
        return Err(Refusal(format!(
            "--at {at}: the session has {count} events"
        )));
    }
    if !args.json && setup::has_screen() {
        let redacted = kept
            .manifest
            .as_ref()
            .map(|manifest| manifest.redaction != Level::None);
        let left_out = redacted == Some(true);
        let start = ReplayStart {
            left_out,
            begun: (kept.journal.header.lang, kept.journal.header.system),
            conclude,
            at,
            lang: common.lang.map(Into::into),
            notice: redacted.map(|redacted| {
                Msg::new(if redacted {
                    "bundle.replay.left-out"
                } else {
                    "bundle.replay.own-roots"
                })
            }),
            theme: setup::theme(common, &knowledge.wizard.site),
            ascii: common.ascii || !setup::speaks_utf8(),
            events: kept.journal.events,
            knowledge,
        };
        let shown = replay(start);
        shown.map_err(|error| {
            Refusal(format!(
                "the screen cannot be used ({error}); --json works without it"
            ))
        })?;
        return Ok(Exit::Healthy);
    }
    let played = kept.play(&knowledge, at, &*conclude);
    let (Some(evidence), Some(diagnosis)) =
        (played.session.evidence(), played.conclusions.as_ref())
    else {
        return Err(Refusal(
            "no gateway had been named at that point of the session".into(),
        ));
    };
    let subject = Subject {
        knowledge: &knowledge,
        lang: common.lang.map_or(played.session.lang(), Into::into),
        system: played.session.system(),
        evidence,
        diagnosis,
    };
    let line = Document::live(&subject).line();
    let line = line.map_err(|error| Refusal(format!("the document cannot be written: {error}")))?;
    print(&format!("{line}\n"))?;
    Ok(diagnosis.verdict.into())
}
