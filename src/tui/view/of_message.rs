//! One message of the library to read: as its program shows it, what it means, what it may come from (each a link), how
//! well it is known and where it was seen.
//!
//! The pasted message beside a verdict is the wizard pane's.

use ratatui::style::Modifier;
use ratatui::text::Span;

use super::super::page::{Page, Piece};
use super::super::panes::Context;
use crate::guide::Lang;
use crate::guide::library::Place;
use crate::guide::messages::{Message, Standing};
use crate::msg::Msg;

/// Where its links lead, in their order: its causes, the likeliest first.
pub(super) fn links(message: &Message) -> Vec<Place> {
    message.causes.iter().copied().map(Place::Cause).collect()
}

/// The message; `chosen` is the link under the cursor.
pub(super) fn fill(context: &Context<'_>, page: &mut Page, id: &str, chosen: Option<usize>) {
    let catalogue = context.model.knowledge.messages();
    let Some(message) = catalogue.get(id) else {
        return;
    };
    let theme = &context.model.theme;
    let client = catalogue.client(&message.client);
    page.text(client, theme.dim);
    page.text(&message.spoken(context.model.session.lang()), theme.title);
    wordings(context, page, message);
    if let Some(code) = message.code().filter(|code| !message.text.contains(code)) {
        let line = Msg::new("screen.library.message.code").with("code", code);
        page.text(&context.words.msg(&line), theme.text);
    }
    if let Some(meaning) = &message.meaning {
        page.gap();
        page.text(&context.t("screen.library.message.meaning"), theme.accent);
        page.text(&context.words.text(meaning), theme.text);
    }
    page.gap();
    if message.causes.is_empty() {
        page.text(&context.t("explain.harmless"), theme.text);
    } else {
        page.text(&context.t("explain.causes"), theme.accent);
        causes(context, page, message, chosen);
    }
    if message.undecided {
        page.gap();
        page.text(&context.t("explain.undecided"), theme.text);
    }
    page.gap();
    page.text(&standing(context, message), theme.dim);
}

/// The other wordings and languages, each once.
fn wordings(context: &Context<'_>, page: &mut Page, message: &Message) {
    let theme = &context.model.theme;
    let shown = message.shown(context.model.session.lang());
    let english = (context.model.session.lang() == Lang::Ja).then_some(&message.text);
    let all = english.into_iter().chain(&message.also);
    let all = all.chain(&message.ja).chain(&message.zh);
    let mut told = vec![shown];
    for wording in all {
        if !told.contains(&wording.as_str()) {
            told.push(wording);
            page.hanging(vec![Span::styled("  = ", theme.dim)], wording, theme.dim);
        }
    }
}

fn causes(context: &Context<'_>, page: &mut Page, message: &Message, chosen: Option<usize>) {
    let model = context.model;
    let theme = &model.theme;
    for (n, id) in message.causes.iter().enumerate() {
        let Some(cause) = model.cause(*id) else {
            continue;
        };
        let style = if chosen == Some(n) {
            theme.selected
        } else {
            theme.accent.add_modifier(Modifier::UNDERLINED)
        };
        let piece = Piece {
            text: format!("{}  {}", cause.code, context.words.text(&cause.name)),
            style,
            choice: Some(n),
        };
        page.pieces(
            vec![Span::styled(format!("{:>3}. ", n + 1), theme.accent)],
            &[piece],
        );
    }
}

/// How well it is known, and where it was seen.
fn standing(context: &Context<'_>, message: &Message) -> String {
    let id = match message.verified {
        Standing::Source => "screen.library.message.source",
        Standing::Lab => "screen.library.message.lab",
        Standing::Guide => "screen.library.message.guide",
        Standing::Recall => "screen.library.message.recall",
        Standing::Site if message.source.is_empty() => "screen.library.message.site",
        Standing::Site => "screen.library.message.site-source",
    };
    let mut line = Msg::new(id);
    if message.verified != Standing::Site || !message.source.is_empty() {
        line = line.with("source", &message.source);
    }
    let words = context.words.msg(&line);
    match message.site && message.verified != Standing::Site {
        true => format!("{} {words}", context.t("screen.library.message.site")),
        false => words,
    }
}
