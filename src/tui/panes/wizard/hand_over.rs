//! The text for the administrator, to be read and copied.

use crate::cause::CauseId;
use crate::session::hand_over;

use super::super::super::page::Page;
use super::super::Context;
use super::offer;

/// The site's own pages: to be read and typed elsewhere, never opened from here.
pub fn links(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    let links = &model.knowledge.wizard.site.links;
    if links.is_empty() {
        return;
    }
    page.text(&context.t("sharing.links"), theme.accent);
    for link in links {
        page.labelled(
            &context.words.text(&link.label),
            theme.dim,
            &context.words.outside(&link.url),
            theme.text,
        );
    }
    page.gap();
}

pub(super) fn fill(context: &Context<'_>, page: &mut Page, cause: CauseId) {
    let model = context.model;
    let theme = &model.theme;
    page.text(&context.t("screen.hand-over.title"), theme.title);
    let from_file = model.session.file().is_some();
    let hint = if from_file {
        "screen.hand-over.hint-file"
    } else {
        "screen.hand-over.hint"
    };
    page.text(&context.t(hint), theme.dim);
    page.gap();
    offer(context, page, 0, &context.t("screen.hand-over.copy"));
    if model.can_recheck() {
        offer(context, page, 1, &context.t("screen.verdict.offer-recheck"));
    }
    page.gap();
    links(context, page);
    let text = hand_over::text(
        &model.knowledge,
        &model.session,
        model.diagnosis(),
        cause,
        model.session.lang(),
    );
    for line in text.lines() {
        let words = line.trim_start_matches(' ');
        let mut indent = line.len() - words.len();
        if words.starts_with("- ") || words.starts_with("* ") {
            indent += 2;
        }
        let (lead, words) = line.split_at(indent.min(line.len()));
        let lead = ratatui::text::Span::styled(lead.to_owned(), theme.text);
        page.hanging(vec![lead], &context.words.outside(words), theme.text);
    }
}
