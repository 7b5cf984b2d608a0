//! The library over the panes: the field with what it finds, and a page, a cause or a message to read.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::super::model::{Model, Reading};
use super::super::page::{Page, Piece};
use super::super::panes::Context;
use super::super::wrap;
use crate::cause::CauseId;
use crate::guide::library::{self, Block, Hit, Place, Run};

/// What the library offers for what was typed: hits, or the table of contents where nothing was.
pub fn offered(model: &Model, typed: &str) -> Vec<Hit> {
    let lang = model.session.lang();
    if typed.trim().is_empty() {
        return library::pages()
            .iter()
            .map(|page| Hit {
                place: Place::Page {
                    id: page.id,
                    heading: None,
                },
                title: page.title(lang).to_owned(),
            })
            .collect();
    }
    library::index(&model.knowledge).find(typed, lang)
}

/// The field and the list below it.
pub(super) fn list(
    context: &Context<'_>,
    page: &mut Page,
    field: &tui_input::Input,
    chosen: usize,
) {
    super::popups::prompt(context, page, field);
    let theme = &context.model.theme;
    let hits = offered(context.model, field.value());
    if hits.is_empty() {
        page.text(&context.t("screen.library.none"), theme.dim);
    }
    for (n, hit) in hits.iter().enumerate() {
        let first = page.lines.len();
        let kind = match hit.place {
            Place::Page { .. } => "screen.library.page",
            Place::Cause(_) => "screen.library.cause",
            Place::Message(_) => "screen.library.of-message",
        };
        page.hanging(
            vec![
                context.lead(n == chosen),
                Span::styled(wrap::fit(&context.t(kind), 8, ""), theme.accent),
            ],
            &hit.title,
            context.choice_style(n == chosen),
        );
        page.choice_from(first, n);
    }
    if field.value().trim().is_empty() {
        page.gap();
        super::super::panes::wizard::links(context, page);
    }
}

/// The page or the cause that is read.
pub(super) fn reading(context: &Context<'_>, page: &mut Page, reading: &Reading) {
    match &reading.place {
        Place::Page { id, .. } => {
            if let Some(known) = library::page(id) {
                let lang = context.model.session.lang();
                page.text(known.title(lang), context.model.theme.accent);
                blocks(context, page, known.blocks(lang), reading.link);
            }
        }
        Place::Cause(id) => cause(context, page, *id),
        Place::Message(id) => super::of_message::fill(context, page, id, reading.link),
    }
}

/// The first line of what a place names: its heading, else the top.
pub fn line_of(model: &Model, reading: &Reading, width: u16) -> usize {
    let Place::Page {
        id,
        heading: Some(heading),
    } = &reading.place
    else {
        return 0;
    };
    let Some(known) = library::page(id) else {
        return 0;
    };
    let blocks = known.blocks(model.session.lang());
    let at = blocks
        .iter()
        .position(|block| matches!(block, Block::Heading { id, .. } if id == heading));
    let Some(at) = at else {
        return 0;
    };
    let context = Context::new(model);
    let mut above = Page::new(width);
    above.text(known.title(model.session.lang()), Style::new());
    self::blocks(&context, &mut above, &blocks[..at], None);
    above.gap();
    above.lines.len()
}

/// Where the links of what is read lead, in their order.
pub fn links(model: &Model, place: &Place) -> Vec<Place> {
    let id = match place {
        Place::Page { id, .. } => id,
        Place::Cause(_) => return Vec::new(),
        Place::Message(id) => {
            let catalogue = model.knowledge.messages();
            return catalogue
                .get(id)
                .map_or_else(Vec::new, super::of_message::links);
        }
    };
    let Some(known) = library::page(id) else {
        return Vec::new();
    };
    known
        .blocks(model.session.lang())
        .iter()
        .flat_map(runs_of)
        .filter_map(|run| run.to.clone())
        .collect()
}

fn runs_of(block: &Block) -> &[Run] {
    match block {
        Block::Heading { runs, .. } | Block::Text(runs) | Block::Item { runs, .. } => runs,
        Block::Code(_) => &[],
    }
}

fn blocks(context: &Context<'_>, page: &mut Page, blocks: &[Block], chosen: Option<usize>) {
    let theme = &context.model.theme;
    let mut link = 0;
    let mut pieces = |runs: &[Run], base: Style| -> Vec<Piece> {
        runs.iter()
            .map(|run| {
                let mut style = base;
                if run.strong {
                    style = style.add_modifier(Modifier::BOLD);
                }
                if run.code {
                    style = theme.accent;
                }
                let choice = run.to.as_ref().map(|_| {
                    link += 1;
                    link - 1
                });
                if let Some(choice) = choice {
                    style = if chosen == Some(choice) {
                        theme.selected
                    } else {
                        theme.accent.add_modifier(Modifier::UNDERLINED)
                    };
                }
                Piece {
                    text: run.text.clone(),
                    style,
                    choice,
                }
            })
            .collect()
    };
    let mut after_item = false;
    for block in blocks {
        let is_item = matches!(block, Block::Item { .. });
        if !(is_item && after_item) {
            page.gap();
        }
        after_item = is_item;
        match block {
            Block::Heading { runs, .. } => {
                let pieces = pieces(runs, theme.title);
                page.pieces(Vec::new(), &pieces);
            }
            Block::Text(runs) => {
                let pieces = pieces(runs, theme.text);
                page.pieces(Vec::new(), &pieces);
            }
            Block::Item { number, runs } => {
                let sign = match number {
                    Some(number) => format!("{number:>3}. "),
                    None => "  - ".to_owned(),
                };
                let pieces = pieces(runs, theme.text);
                page.pieces(vec![Span::styled(sign, theme.accent)], &pieces);
            }
            Block::Code(lines) => {
                for line in lines {
                    page.hanging(vec![Span::raw("    ")], line, theme.accent);
                }
            }
        }
    }
}

fn cause(context: &Context<'_>, page: &mut Page, id: CauseId) {
    let model = context.model;
    let theme = &model.theme;
    let Some(cause) = model.cause(id) else {
        return;
    };
    page.hanging(
        vec![Span::styled(format!("{}  ", cause.code), theme.accent)],
        &context.words.text(&cause.name),
        theme.title,
    );
    page.gap();
    page.text(&context.words.text(&cause.meaning), theme.text);
    page.gap();
    let owners: Vec<String> = cause
        .owner
        .iter()
        .map(|owner| context.t(owner.text_id()))
        .collect();
    page.labelled(
        &context.t("report.owner"),
        theme.dim,
        &owners.join(" / "),
        theme.text,
    );
    for (label, text) in [
        ("report.browser", &cause.browser),
        ("paper.apart", &cause.apart),
    ] {
        if let Some(text) = text {
            page.gap();
            page.text(&context.t(label), theme.accent);
            page.text(&context.words.text(text), theme.text);
        }
    }
    page.gap();
    page.text(&context.t("report.what-to-do"), theme.accent);
    for step in model.steps(id) {
        page.gap();
        page.hanging(
            vec![Span::styled(
                format!("{}  ", cause.step_code(step)),
                theme.accent,
            )],
            &context.words.text(&step.text),
            theme.text,
        );
        for line in step.command.iter().flat_map(|command| command.lines()) {
            page.hanging(
                vec![Span::raw("    ")],
                &context.words.command(line),
                theme.accent,
            );
        }
        if let Some(undo) = &step.undo {
            let undo = format!("{}: {}", context.t("report.undo"), context.words.text(undo));
            page.hanging(vec![Span::raw("    ")], &undo, theme.dim);
        }
    }
    page.line(Line::default());
}
