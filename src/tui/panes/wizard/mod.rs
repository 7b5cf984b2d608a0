//! The wizard pane: one file a screen, and the list of what can be chosen on each.

mod checking;
mod clients;
mod hand_over;
mod message;
mod presented;
mod question;
mod steps;
mod symptom;
mod target;
mod verdict;

use crate::cause::CauseId;
use crate::guide::{Choice, Position};
use crate::session::Stage;

use super::super::model::Model;
use super::super::page::Page;
use super::Context;

pub use hand_over::links;
pub use steps::{details as step_details, is_gateway};

/// Something that can be taken with Enter in the wizard pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// The text field of the screen.
    Field,
    /// A gateway of the site.
    Gateway(usize),
    /// A saved connection of this device, by its place among those offered.
    Profile(usize),
    /// A lesson on a gateway broken on purpose.
    Practise,
    /// The end of the lesson.
    Debrief,
    /// A symptom, by its place in the list.
    Symptom(usize),
    /// An answer to the question at this node.
    Answer(String, Choice),
    /// The steps for this cause.
    Steps(CauseId),
    /// The text for the administrator about this cause.
    HandOver(CauseId),
    /// Another finding, by its place in the diagnosis.
    Finding(usize),
    /// Everything found, ruled out and not checked.
    Results,
    /// The checks again.
    Recheck,
    /// Before and after the latest re-check.
    Compared,
    /// What was changed, to take it back.
    Changes,
    /// A second VPN program, tried once.
    Compare,
    /// Back to the list of symptoms.
    OtherSymptom,
    /// Back to the address, to type it anew.
    OtherTarget,
    /// The step at this place of the list.
    Step(usize),
    /// The steps as QR codes.
    Phone(CauseId),
    /// The text on show, to the clipboard.
    Copy,
}

/// What can be chosen on the screen shown, in order.
pub fn offers(model: &Model) -> Vec<Offer> {
    match model.session.stage() {
        Stage::Target => target::offers(model),
        Stage::File => verdict::offers(model, &[]),
        Stage::Symptom => symptom::offers(model),
        Stage::Walk => match at(model) {
            Some(Position::Ask {
                node,
                answers,
                paste,
                chosen,
                ..
            }) => question::offers(model, node, answers, paste && chosen.is_none(), paste),
            Some(Position::Wait { node, .. }) => {
                vec![Offer::Answer(node.to_owned(), Choice::Unsure)]
            }
            Some(Position::Outcome { causes, .. }) => verdict::offers(model, causes),
            None => vec![Offer::OtherSymptom],
        },
        Stage::Steps(cause) => steps::offers(model, *cause),
        Stage::HandOver(_) => std::iter::once(Offer::Copy)
            .chain(model.can_recheck().then_some(Offer::Recheck))
            .collect(),
    }
}

/// Where in the tree the person is.
pub fn at(model: &Model) -> Option<Position<'_>> {
    model
        .session
        .position(&model.knowledge.wizard, model.conclusions.as_ref())
}

/// Fills the page of the wizard pane.
pub fn fill(context: &Context<'_>, page: &mut Page) {
    match context.model.session.stage() {
        Stage::Target => target::fill(context, page),
        Stage::File => verdict::fill_file(context, page),
        Stage::Symptom => symptom::fill(context, page),
        Stage::Walk => match at(context.model) {
            Some(position @ Position::Ask { .. }) => question::fill(context, page, &position),
            Some(Position::Wait { text, probes, .. }) => {
                checking::fill(context, page, text, &probes);
            }
            Some(Position::Outcome { text, causes, .. }) => {
                verdict::fill(context, page, text, causes);
            }
            None => {
                page.text(&context.t("screen.walk.nowhere"), context.model.theme.text);
                page.gap();
                offer(context, page, 0, &context.t("screen.verdict.offer-symptom"));
            }
        },
        Stage::Steps(cause) => steps::fill(context, page, *cause),
        Stage::HandOver(cause) => hand_over::fill(context, page, *cause),
    }
}

/// One offer's lines: pointer, words, and the page told whose they are.
fn offer(context: &Context<'_>, page: &mut Page, number: usize, words: &str) {
    let chosen = is_chosen(context, number);
    let first = page.lines.len();
    page.hanging(
        vec![context.lead(chosen)],
        words,
        context.choice_style(chosen),
    );
    page.choice_from(first, number);
}

/// Whether this is the chosen offer.
fn is_chosen(context: &Context<'_>, number: usize) -> bool {
    context.model.chosen[0] == number
}

/// One line on how far the checks are, while the person is busy with something else.
fn checks_line(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let Some(evidence) = model.evidence() else {
        return;
    };
    let theme = &model.theme;
    if model.offline() {
        return;
    }
    let total = evidence.probes.len();
    let done = evidence
        .probes
        .iter()
        .filter(|record| record.outcome != crate::evidence::ProbeOutcome::Running)
        .count();
    let (sign, style, msg) = if total == 0 && !evidence.finished {
        let msg = crate::msg::Msg::new("screen.checks.starting");
        (context.busy(), theme.accent, msg)
    } else if evidence.finished {
        let found = model.diagnosis().map_or(0, |d| d.causes.len());
        let id = match found {
            0 => "screen.checks.done-none",
            1 => "screen.checks.done-one",
            _ => "screen.checks.done-many",
        };
        let style = if found == 0 { theme.good } else { theme.warn };
        let sign = if found == 0 {
            model.glyphs.pass
        } else {
            model.glyphs.warn
        };
        (sign, style, crate::msg::Msg::new(id).with("count", found))
    } else {
        let msg = crate::msg::Msg::new("screen.checks.running")
            .with("done", done)
            .with("total", total);
        (context.busy(), theme.accent, msg)
    };
    page.hanging(
        vec![ratatui::text::Span::styled(format!("{sign} "), style)],
        &context.words.msg(&msg),
        theme.dim,
    );
}
