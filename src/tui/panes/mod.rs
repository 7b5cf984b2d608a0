//! The panes: each file turns the model into the [`Page`] of one pane. Frames, tabs and scrolling are
//! [`super::view`]'s, what keys do is [`super::update`]'s.

pub mod chain;
mod checklist;
pub mod log;
pub mod wizard;

use ratatui::style::Style;
use ratatui::text::Span;

use crate::diagnose::Certainty;
use crate::evidence::ProbeOutcome;
use crate::report::outcome_id;
use crate::session::Mark;

use super::model::{Model, Pane};
use super::page::Page;
use super::words::Words;

pub use checklist::first_sentence;

/// What every pane needs at hand to fill its page.
pub struct Context<'a> {
    /// The model.
    pub model: &'a Model,
    /// Its words.
    pub words: Words<'a>,
}

impl<'a> Context<'a> {
    /// For this model.
    pub fn new(model: &'a Model) -> Self {
        Self {
            model,
            words: model.words(),
        }
    }

    /// An interface text.
    pub fn t(&self, id: &str) -> String {
        self.words.t(id)
    }

    /// A choice's lead: the pointer where it is the chosen one.
    pub fn lead(&self, chosen: bool) -> Span<'static> {
        if chosen {
            Span::styled(
                format!("{} ", self.model.glyphs.pointer),
                self.model.theme.accent,
            )
        } else {
            Span::raw("  ")
        }
    }

    /// The style of a choice's words.
    pub fn choice_style(&self, chosen: bool) -> Style {
        if chosen {
            self.model.theme.selected
        } else {
            self.model.theme.text
        }
    }

    /// How an outcome looks: sign, style, id of its word.
    pub fn outcome(&self, outcome: ProbeOutcome) -> (&'static str, Style, &'static str) {
        let (glyphs, theme) = (&self.model.glyphs, &self.model.theme);
        let (sign, style) = match outcome {
            ProbeOutcome::Running => (self.busy(), theme.accent),
            ProbeOutcome::Pass => (glyphs.pass, theme.good),
            ProbeOutcome::Warn => (glyphs.warn, theme.warn),
            ProbeOutcome::Fail => (glyphs.fail, theme.bad),
            ProbeOutcome::Skipped => (glyphs.skipped, theme.unknown),
            ProbeOutcome::Unknown => (glyphs.unknown, theme.unknown),
            ProbeOutcome::Crashed => (glyphs.unknown, theme.warn),
        };
        (sign, style, outcome_id(outcome))
    }

    /// The busy sign of this moment.
    pub fn busy(&self) -> &'static str {
        let frames = self.model.glyphs.busy;
        let step = usize::try_from(self.model.elapsed_ms / 100).unwrap_or(0);
        frames
            .get(step % frames.len().max(1))
            .copied()
            .unwrap_or("*")
    }

    /// How sure: style and id of the word.
    pub fn certainty(&self, certainty: Certainty) -> (Style, &'static str) {
        let theme = &self.model.theme;
        match certainty {
            Certainty::Confirmed => (theme.bad, "screen.certainty.confirmed"),
            Certainty::Likely => (theme.warn, "screen.certainty.likely"),
            Certainty::Possible => (theme.unknown, "screen.certainty.possible"),
        }
    }

    /// A step's box: `[x]` and its style.
    pub fn mark(&self, mark: Mark) -> (&'static str, Style) {
        let theme = &self.model.theme;
        match mark {
            Mark::Open => ("[ ]", theme.dim),
            Mark::Done => ("[x]", theme.good),
            Mark::Failed => ("[!]", theme.bad),
            Mark::Skipped => ("[-]", theme.unknown),
            Mark::NotMine => ("[>]", theme.unknown),
        }
    }
}

/// The page of this pane at this width.
pub fn page(model: &Model, pane: Pane, width: u16) -> Page {
    let context = Context::new(model);
    let mut page = Page::new(width);
    page.roomy = model.presenter;
    match pane {
        Pane::Wizard => wizard::fill(&context, &mut page),
        Pane::Checklist => checklist::fill(&context, &mut page),
        Pane::Chain => chain::fill(&context, &mut page),
        Pane::Log => log::fill(&context, &mut page),
    }
    page
}
