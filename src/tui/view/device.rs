//! The device card: what this device says of itself, and what is not known of it.

use ratatui::text::Span;

use super::super::page::Page;
use super::super::panes::Context;
use crate::report::card;

/// Fills the page with the card; says so where nobody could be asked.
pub(super) fn fill(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    page.text(&context.t("device.card.text"), theme.dim);
    page.gap();
    let Some(device) = model.device_seen() else {
        let id = match model.device {
            Some(None) => "device.card.not-here",
            _ => "device.card.none-yet",
        };
        page.text(&context.t(id), theme.text);
        return;
    };
    let proxies = model
        .session
        .evidence()
        .and_then(|evidence| evidence.proxy.known())
        .map(|proxy| proxy.settings.as_slice());
    let at = model.session.evidence().map(|evidence| evidence.started_at);
    for row in card(device, proxies, at) {
        let style = if row.unknown { theme.dim } else { theme.text };
        let mut label = context.t(row.label);
        for line in &row.lines {
            let text = context.words.msg(line);
            if label.is_empty() && page.width() < 56 {
                page.hanging(vec![Span::raw("  ")], &text, style);
            } else {
                page.labelled(&label, theme.dim, &text, style);
            }
            label.clear();
        }
    }
}
