//! Who accepts the certificate and who refuses it, in three lines at most. The reasons are in the report; how a client
//! judges is in `assets/clients.toml`.

use ratatui::text::Span;

use crate::diagnose::ClientView;
use crate::msg::Msg;
use crate::report::client_word_id;

use super::super::super::page::Page;
use super::super::super::wrap;
use super::super::Context;

/// The lines; nothing where no chain was judged.
pub(super) fn fill(context: &Context<'_>, page: &mut Page, views: &[ClientView]) {
    if views.is_empty() {
        return;
    }
    let (theme, glyphs) = (&context.model.theme, &context.model.glyphs);
    page.gap();
    page.text(&context.t("clients.heading"), theme.dim);
    for (accepts, glyph, style) in [
        (Some(true), glyphs.pass, theme.good),
        (Some(false), glyphs.fail, theme.bad),
        (None, glyphs.unknown, theme.unknown),
    ] {
        let group = views.iter().filter(|view| view.accepts == accepts);
        let names: Vec<String> = group.map(|view| name(context, view)).collect();
        if names.is_empty() {
            continue;
        }
        let word = wrap::fit(&context.t(client_word_id(accepts)), 12, "");
        page.hanging(
            vec![Span::styled(format!("{glyph} {word}"), style)],
            &names.join(&context.t("clients.separator")),
            theme.text,
        );
    }
}

fn name(context: &Context<'_>, view: &ClientView) -> String {
    if view.os == "any" {
        return view.name.clone();
    }
    let system = context.t(&format!("system.{}", view.os));
    let msg = Msg::new("clients.on")
        .with("client", &view.name)
        .with("system", system);
    context.words.msg(&msg)
}
