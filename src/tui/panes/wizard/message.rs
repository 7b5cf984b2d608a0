//! What the message that a person pasted says, beside what the checks saw. It is a symptom: what it points to is offered
//! as possible, and what a check has ruled out is not offered.

use ratatui::text::Span;

use crate::cause::CauseId;
use crate::guide::Heard;
use crate::msg::Msg;

use super::super::super::model::Model;
use super::super::super::page::Page;
use super::super::Context;

/// What the message points to; nothing where there is none or nobody knows it.
pub(super) fn heard(model: &Model) -> &Heard {
    static NOTHING: Heard = Heard {
        messages: Vec::new(),
        causes: Vec::new(),
    };
    let walk = model.session.walk();
    walk.map_or(&NOTHING, |walk| walk.heard())
}

/// The causes that the message points to and no check has ruled out.
pub(super) fn possible(model: &Model) -> Vec<CauseId> {
    let ruled_out = model.diagnosis().map_or(&[][..], |d| &d.ruled_out);
    let causes = heard(model).causes.iter().copied();
    causes.filter(|cause| !ruled_out.contains(cause)).collect()
}

/// The surest of the messages recognised, what it means, and how well that is known.
pub(super) fn fill(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    let catalogue = model.knowledge.messages();
    let known = heard(model).messages.first();
    let Some(message) = known.and_then(|id| catalogue.get(id)) else {
        return;
    };
    let told = Msg::new("explain.message")
        .with("client", catalogue.client(&message.client))
        .with("text", message.spoken(model.session.lang()));
    page.labelled(
        &context.t("screen.verdict.message"),
        theme.dim,
        &context.words.msg(&told),
        theme.text,
    );
    let mut about: Vec<String> = Vec::new();
    about.extend(message.meaning.as_ref().map(|m| context.words.text(m)));
    if message.undecided {
        about.push(context.t("explain.undecided"));
    }
    if message.site {
        about.push(context.t("explain.site"));
    }
    if message.is_reported() {
        about.push(context.t("explain.reported"));
    }
    let indent = if page.width() >= 56 { 20 } else { 2 };
    for line in about {
        page.hanging(vec![Span::raw(" ".repeat(indent))], &line, theme.dim);
    }
    page.gap();
}
