//! What is wrong, in the person's words.

use ratatui::text::Span;

use super::super::super::model::Model;
use super::super::super::page::Page;
use super::super::Context;
use super::{Offer, checks_line, is_chosen, offer};

pub(super) fn offers(model: &Model) -> Vec<Offer> {
    (0..model.knowledge.wizard.symptoms.len())
        .map(Offer::Symptom)
        .collect()
}

pub(super) fn fill(context: &Context<'_>, page: &mut Page) {
    let theme = &context.model.theme;
    super::verdict::compared_with_before(context, page);
    if context.model.practice.is_some() {
        page.text(&context.t("practice.screen.banner"), theme.accent);
        page.gap();
    }
    page.text(&context.t("screen.symptom.title"), theme.title);
    checks_line(context, page);
    page.gap();
    for (n, symptom) in context.model.knowledge.wizard.symptoms.iter().enumerate() {
        offer(context, page, n, &context.words.text(&symptom.text));
        if is_chosen(context, n) {
            page.hanging(
                vec![Span::raw("    ")],
                &context.words.text(&symptom.hint),
                theme.dim,
            );
        }
    }
}
