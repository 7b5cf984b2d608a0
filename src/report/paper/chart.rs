//! Pictures of a report: bars under a line of words each, drawn as SVG that fits any width and any theme. What they mean
//! is decided where they are made.

use super::html::escaped;
use crate::wrap::cut;

/// Pixels of a row: two lines of words and the bar.
const ROW: usize = 52;
/// Pixels that each step of depth moves a row to the right.
const INDENT: usize = 14;
/// Cells of words that fit a narrow page; the whole is in the row's title.
const CELLS: usize = 46;

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub caption: String,
    /// From the top.
    pub bars: Vec<ChartBar>,
}

/// A row of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartBar {
    /// What it is.
    pub label: String,
    /// What is to be said of it.
    pub note: String,
    /// Where the bar begins, from 0 to 1.
    pub from: f64,
    /// Where it ends, from 0 to 1; nothing is drawn where that is not after the beginning.
    pub to: f64,
    /// How it looks.
    pub tone: Tone,
    /// How deep it stands under the one above.
    pub depth: usize,
}

impl ChartBar {
    /// The same in words.
    pub fn words(&self) -> String {
        if self.note.is_empty() {
            self.label.clone()
        } else {
            format!("{}: {}", self.label, self.note)
        }
    }
}

/// How a bar looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Worth knowing.
    Warn,
    /// Wrong.
    Bad,
    /// Not known, or nothing to judge.
    Neutral,
}

/// The picture as SVG. Bars are in per cent of the page, words keep their size: nothing shrinks on a small screen.
pub(super) fn svg(chart: &Chart, out: &mut String) {
    let height = chart.bars.len() * ROW + 4;
    let caption = escaped(&chart.caption);
    out.push_str(&format!(
        "<figure><figcaption>{caption}</figcaption>\n\
         <svg role=\"img\" aria-label=\"{caption}\" width=\"100%\" height=\"{height}\">\n"
    ));
    for (n, bar) in chart.bars.iter().enumerate() {
        row(n * ROW, bar, out);
    }
    out.push_str("</svg></figure>\n");
}

fn row(top: usize, bar: &ChartBar, out: &mut String) {
    let tone = match bar.tone {
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
        Tone::Neutral => "neutral",
    };
    let x = bar.depth * INDENT;
    let (label, note) = (
        escaped(&cut(&bar.label, CELLS.saturating_sub(bar.depth * 2), "…")),
        escaped(&cut(&bar.note, CELLS.saturating_sub(bar.depth * 2), "…")),
    );
    out.push_str(&format!(
        "<g class=\"{tone}\"><title>{}</title>\n",
        escaped(&bar.words())
    ));
    if bar.depth > 0 {
        let (from, at) = (x - INDENT + 4, top.saturating_sub(6));
        out.push_str(&format!(
            "<path class=\"twig\" d=\"M{from} {at}V{}H{}\"/>\n",
            top + 10,
            x - 2
        ));
    }
    out.push_str(&format!(
        "<text class=\"label\" x=\"{x}\" y=\"{}\">{label}</text>\n\
         <text class=\"note\" x=\"{x}\" y=\"{}\">{note}</text>\n\
         <rect class=\"ground\" x=\"0\" y=\"{}\" width=\"100%\" height=\"6\" rx=\"3\"/>\n",
        top + 15,
        top + 31,
        top + 37
    ));
    let (from, to) = (part(bar.from), part(bar.to));
    if to > from {
        // A bar that is thinner than a hair would not be seen.
        let width = (to - from).clamp(0.6, 100.0);
        let from = from.min(100.0 - width);
        out.push_str(&format!(
            "<rect class=\"bar\" x=\"{from:.2}%\" y=\"{}\" width=\"{width:.2}%\" height=\"6\" rx=\"3\"/>\n",
            top + 37
        ));
    }
    out.push_str("</g>\n");
}

/// A part of the whole in per cent; what is no number is nothing.
fn part(of_one: f64) -> f64 {
    if of_one.is_finite() {
        of_one.clamp(0.0, 1.0) * 100.0
    } else {
        0.0
    }
}
