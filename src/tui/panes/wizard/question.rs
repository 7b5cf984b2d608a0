//! A question that only a person can answer, and the answers that checks and a pasted message already gave.

use ratatui::text::Span;

use crate::guide::{Answer, By, Choice, Position};
use crate::msg::Msg;

use super::super::super::model::Model;
use super::super::super::page::Page;
use super::super::Context;
use super::{Offer, checks_line, message, offer, target};

/// The field, the causes that the message points to while no answer was found by it (`open`), and the answers.
pub(super) fn offers(
    model: &Model,
    node: &str,
    answers: &[Answer],
    open: bool,
    paste: bool,
) -> Vec<Offer> {
    let field = paste.then_some(Offer::Field);
    let causes = if open {
        message::possible(model)
    } else {
        Vec::new()
    };
    let choices = answers
        .iter()
        .map(|answer| Choice::Answer(answer.id.clone()))
        .chain(std::iter::once(Choice::Unsure))
        .map(|choice| Offer::Answer(node.to_owned(), choice));
    let causes = causes.into_iter().map(Offer::Steps);
    field.into_iter().chain(causes).chain(choices).collect()
}

pub(super) fn fill(context: &Context<'_>, page: &mut Page, position: &Position<'_>) {
    let Position::Ask {
        node,
        text,
        hint,
        answers,
        paste,
        chosen,
    } = position
    else {
        return;
    };
    let model = context.model;
    let theme = &model.theme;
    super::verdict::compared_with_before(context, page);
    passed(context, page);
    if !*paste {
        message::fill(context, page);
    }
    page.text(&context.words.text(text), theme.title);
    if let Some(hint) = hint {
        page.text(&context.words.text(hint), theme.dim);
    }
    page.gap();
    if *paste {
        target::field(context, page, &model.message);
        let said = model.session.walk().and_then(|walk| walk.message());
        let known = !message::heard(model).messages.is_empty();
        let id = match said {
            // The message was taken, and none of its words led on from here.
            Some(_) if chosen.is_none() && !known => "walk.no-match",
            _ => "screen.message.hint",
        };
        page.hanging(vec![Span::raw("  ")], &context.t(id), theme.dim);
        page.gap();
        if chosen.is_none() {
            message::fill(context, page);
        }
    }
    let mut headed = false;
    let open = *paste && chosen.is_none();
    for (n, what) in offers(model, node, answers, open, *paste)
        .iter()
        .enumerate()
    {
        if let Offer::Steps(cause) = what {
            if !headed {
                headed = true;
                page.text(&context.t("screen.verdict.possible"), theme.dim);
            }
            offer(context, page, n, &super::verdict::name(context, *cause));
            continue;
        }
        let Offer::Answer(_, choice) = what else {
            continue;
        };
        if headed {
            headed = false;
            page.gap();
        }
        let words = match choice {
            Choice::Answer(id) => answers
                .iter()
                .find(|answer| answer.id == *id)
                .map(|answer| context.words.text(&answer.text))
                .unwrap_or_default(),
            Choice::Unsure => context.t("walk.cannot-tell"),
        };
        let words = match chosen {
            Some((given, by)) if given == choice => {
                format!("{words}  ({})", context.t(by_id(*by)))
            }
            _ => words,
        };
        offer(context, page, n, &words);
    }
    page.gap();
    checks_line(context, page);
}

/// Questions that were passed: what was answered, and who did.
fn passed(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    let Some(walk) = model.session.walk() else {
        return;
    };
    let wizard = &model.knowledge.wizard;
    for passed in walk.trail(wizard, &model.facts()) {
        if passed.by == By::Person {
            continue;
        }
        let answer = match passed.answer {
            Some(answer) => context.words.text(&answer.text),
            None => context.t("walk.cannot-tell"),
        };
        let msg = match passed.by {
            By::Message => Msg::new("screen.question.by-message").with("answer", answer),
            by => Msg::new("screen.question.passed")
                .with("question", context.words.text(passed.text))
                .with("answer", answer)
                .with("by", context.t(by_id(by))),
        };
        page.hanging(
            vec![Span::styled(format!("{} ", model.glyphs.pass), theme.good)],
            &context.words.msg(&msg),
            theme.dim,
        );
    }
    page.gap();
}

fn by_id(by: By) -> &'static str {
    match by {
        By::Person => "walk.by-person",
        By::Check => "walk.by-check",
        By::Message => "walk.by-message",
    }
}
