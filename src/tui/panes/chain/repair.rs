//! The repair that was tried, drawn at the certificate it is about: "with this added: accepted". Only what was judged
//! again and accepted is drawn; a repair that was merely proposed stands in the wizard.

use ratatui::text::Span;

use crate::cause::CauseId;
use crate::diagnose::{Diagnosis, Finding};
use crate::msg::Msg;

use super::super::super::page::Page;
use super::super::Context;

/// The proved repairs of the faults of the certificate at this place of the diagnosis' chain, each once.
pub(super) fn fill(context: &Context<'_>, page: &mut Page, indent: &str, place: usize) {
    let Some(diagnosis) = context.model.diagnosis() else {
        return;
    };
    let mut drawn: Vec<&'static str> = Vec::new();
    for finding in &diagnosis.causes {
        if finding.certificate != Some(place) {
            continue;
        }
        // What only follows goes away with its root.
        let root = finding
            .explained_by
            .and_then(|root| diagnosis.causes.iter().find(|f| f.cause == root))
            .unwrap_or(finding);
        if let Some(id) = proved(root)
            && !drawn.contains(&id)
        {
            drawn.push(id);
            line(context, page, indent, diagnosis, id);
        }
    }
}

/// The same for the root that this system's store has not.
pub(super) fn of_store(context: &Context<'_>, page: &mut Page, indent: &str) {
    let Some(diagnosis) = context.model.diagnosis() else {
        return;
    };
    let outdated = diagnosis
        .causes
        .iter()
        .find(|finding| finding.cause == CauseId::TRUST_STORE_OUTDATED);
    if let Some(id) = outdated.and_then(proved) {
        line(context, page, indent, diagnosis, id);
    }
}

/// The id of the words for what was changed, where judging again with it accepted the chain.
fn proved(finding: &Finding) -> Option<&'static str> {
    finding.repair.as_ref().filter(|repair| repair.proved)?;
    Some(match finding.cause {
        CauseId::MISSING_INTERMEDIATE => "screen.repaired.added",
        CauseId::UNKNOWN_CA => "screen.repaired.trusted",
        CauseId::TRUST_STORE_OUTDATED => "screen.repaired.store",
        CauseId::CLOCK_SKEW_FAST | CauseId::CLOCK_SKEW_SLOW => "screen.repaired.clock",
        CauseId::HOSTNAME_MISMATCH => "screen.repaired.name",
        CauseId::CHAIN_WRONG_ORDER => "screen.repaired.order",
        _ => "screen.repaired.replaced",
    })
}

fn line(
    context: &Context<'_>,
    page: &mut Page,
    indent: &str,
    diagnosis: &Diagnosis,
    id: &'static str,
) {
    let (theme, glyphs) = (&context.model.theme, &context.model.glyphs);
    let together = diagnosis
        .causes
        .iter()
        .filter(|finding| proved(finding).is_some())
        .count()
        > 1;
    let result = if together {
        "screen.repaired.accepted-together"
    } else {
        "screen.repaired.accepted"
    };
    let msg = Msg::new(result).with("change", context.t(id));
    page.hanging(
        vec![
            Span::raw(indent.to_owned()),
            Span::styled(format!("{} ", glyphs.pass), theme.good),
        ],
        &context.words.msg(&msg),
        theme.good,
    );
}
