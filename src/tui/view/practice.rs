//! The end of a lesson: what is broken, asked; then what was broken, whether it was found, and what tells it.

use crate::cause::CauseId;
use crate::msg::Msg;

use super::super::model::Model;
use super::super::page::Page;
use super::super::panes::Context;
use super::super::update::{Ended, Guess, PracticeEnd, Practising};

/// What can be done after a lesson.
const AFTER: [&str; 3] = [
    "practice.end.next",
    "practice.end.leave",
    "practice.end.stay",
];

/// How many lines can be chosen.
pub fn choices(model: &Model) -> usize {
    match &model.practice {
        Some(lesson) if lesson.is_to_be_asked() => lesson.guesses().len(),
        Some(_) => AFTER.len(),
        None => 0,
    }
}

pub(super) fn fill(context: &Context<'_>, page: &mut Page, end: PracticeEnd) {
    let Some(lesson) = &context.model.practice else {
        return;
    };
    if lesson.is_to_be_asked() {
        ask(context, page, lesson, end.chosen);
    } else {
        tell(context, page, lesson, end.chosen);
    }
}

fn ask(context: &Context<'_>, page: &mut Page, lesson: &Practising, chosen: usize) {
    let theme = &context.model.theme;
    page.text(&context.t("practice.ask.headline"), theme.title);
    page.gap();
    for (n, guess) in lesson.guesses().into_iter().enumerate() {
        let words = match guess {
            Guess::Cause(cause) => name(context, cause),
            Guess::Nothing => context.t("practice.end.nothing"),
            Guess::Unsure => context.t("practice.ask.unsure"),
        };
        line(context, page, n, chosen, &words);
    }
}

fn tell(context: &Context<'_>, page: &mut Page, lesson: &Practising, chosen: usize) {
    let theme = &context.model.theme;
    let glyphs = &context.model.glyphs;
    let (sign, style) = match lesson.ended() {
        Ended::BySteps | Ended::ByChoice => (glyphs.pass, theme.good),
        Ended::Half { .. } => (glyphs.warn, theme.warn),
        Ended::Missed => (glyphs.unknown, theme.warn),
    };
    let lead = ratatui::text::Span::styled(format!("{sign} "), style);
    page.hanging(
        vec![lead],
        &context.words.msg(&result(context, lesson)),
        style,
    );
    if let (Ended::Missed, Some(other)) = (lesson.ended(), chosen_instead(context, lesson)) {
        let msg = Msg::new("practice.end.chose-other").with("cause", other);
        page.text(&context.words.msg(&msg), theme.dim);
    }
    for (label, text) in [
        ("practice.end.done", context.t(lesson.fault.done_id())),
        ("practice.end.told", context.t(lesson.fault.told_id())),
        (
            "practice.end.again",
            format!("vpnmedic practice {}", lesson.fault.id()),
        ),
    ] {
        page.gap();
        page.text(&context.t(label), theme.accent);
        page.text(&text, theme.text);
    }
    page.gap();
    for (n, id) in AFTER.into_iter().enumerate() {
        line(context, page, n, chosen, &context.t(id));
    }
}

fn result(context: &Context<'_>, lesson: &Practising) -> Msg {
    let named = |causes: &[CauseId]| {
        if causes.is_empty() {
            return context.t("practice.end.nothing");
        }
        let names = causes.iter().map(|cause| name(context, *cause));
        names.collect::<Vec<_>>().join(", ")
    };
    let expected = named(lesson.fault.expected());
    match lesson.ended() {
        Ended::BySteps => Msg::new("practice.end.by-steps").with("cause", expected),
        Ended::ByChoice => Msg::new("practice.end.by-choice").with("cause", expected),
        Ended::Half { found, missed } => Msg::new("practice.end.half")
            .with("cause", named(&found))
            .with("missed", named(&missed)),
        Ended::Missed => Msg::new("practice.end.missed").with("cause", expected),
    }
}

fn chosen_instead(context: &Context<'_>, lesson: &Practising) -> Option<String> {
    match lesson.guess? {
        Guess::Cause(cause) => Some(name(context, cause)),
        Guess::Nothing => Some(context.t("practice.end.nothing")),
        Guess::Unsure => None,
    }
}

fn name(context: &Context<'_>, cause: CauseId) -> String {
    match context.model.cause(cause) {
        Some(known) => context.words.text(&known.name),
        None => cause.to_string(),
    }
}

fn line(context: &Context<'_>, page: &mut Page, number: usize, chosen: usize, words: &str) {
    let chosen = number == chosen;
    let first = page.lines.len();
    page.hanging(
        vec![context.lead(chosen)],
        words,
        context.choice_style(chosen),
    );
    page.choice_from(first, number);
}
