//! The table of `vpnmedic watch`: a gateway a line, and the last changes below. Drawing and keys only: what is kept is
//! in [`crate::watch`], who is checked when is the verb's.

use std::io;

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::terminal::Screen;
use super::theme::{Glyphs, Theme, ThemeName};
use super::wrap;
use crate::diagnose::Verdict;
use crate::evidence::UnixTime;
use crate::guide::{Knowledge, Lang};
use crate::msg::Msg;
use crate::text::sanitise;
use crate::watch::{Change, Row, State, Watch};

mod columns;

use columns::{Columns, course};

/// The most lines that changes take beside their title.
const CHANGES: usize = 8;
/// Fewer days left than this stand out: of a certificate's life nothing is kept here, so that it is short enough for
/// those of a few weeks.
const FEW_DAYS: i64 = 15;

/// How the table looks, and where the person is in it.
pub struct WatchLook {
    knowledge: Knowledge,
    lang: Lang,
    theme: Theme,
    glyphs: Glyphs,
    zone: TimeZone,
    /// Seconds between checks.
    every: u64,
    top: usize,
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchKey {
    /// The table is to be drawn anew.
    Draw,
    /// Everything is to be drawn anew.
    Redraw,
    /// The watch is to end.
    Quit,
}

/// The terminal, taken for the table.
pub struct WatchScreen(Screen);

impl WatchScreen {
    /// Takes the terminal; it is given back when this is dropped.
    ///
    /// # Errors
    /// When there is no terminal or it refuses.
    pub fn enter() -> io::Result<Self> {
        Screen::enter(false).map(Self)
    }

    /// Draws; `wholly` where what is on the terminal cannot be trusted.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn draw(
        &mut self,
        look: &WatchLook,
        watch: &Watch,
        now: UnixTime,
        wholly: bool,
    ) -> io::Result<()> {
        if wholly {
            self.0.terminal.clear()?;
        }
        self.0
            .terminal
            .draw(|frame| look.draw(frame, watch, now))
            .map(drop)
    }
}

impl WatchLook {
    /// A table at its top.
    pub fn new(
        knowledge: Knowledge,
        lang: Lang,
        theme: ThemeName,
        ascii: bool,
        every: u64,
    ) -> Self {
        Self {
            knowledge,
            lang,
            theme: Theme::new(theme),
            glyphs: if ascii {
                Glyphs::ASCII
            } else {
                Glyphs::UNICODE
            },
            zone: TimeZone::system(),
            every,
            top: 0,
        }
    }

    /// What this event asks for, if anything.
    pub fn key(&mut self, event: &Event, rows: usize) -> Option<WatchKey> {
        let Event::Key(key) = event else {
            return matches!(event, Event::Resize(..)).then_some(WatchKey::Draw);
        };
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let last = rows.saturating_sub(1);
        match (key.code, key.modifiers.contains(KeyModifiers::CONTROL)) {
            (KeyCode::Char('c'), true) | (KeyCode::Char('q') | KeyCode::Esc, false) => {
                return Some(WatchKey::Quit);
            }
            (KeyCode::Char('l'), true) => return Some(WatchKey::Redraw),
            (KeyCode::Char('L') | KeyCode::F(2), _) => {
                self.lang = match self.lang {
                    Lang::En => Lang::Ja,
                    Lang::Ja => Lang::En,
                };
            }
            (KeyCode::Char('t'), false) => self.theme = Theme::new(self.theme.name.next()),
            (KeyCode::Up | KeyCode::Char('k'), _) => self.top = self.top.saturating_sub(1),
            (KeyCode::Down | KeyCode::Char('j'), _) => self.top = (self.top + 1).min(last),
            (KeyCode::PageUp, _) => self.top = self.top.saturating_sub(10),
            (KeyCode::PageDown, _) => self.top = (self.top + 10).min(last),
            (KeyCode::Home, _) => self.top = 0,
            (KeyCode::End, _) => self.top = last,
            _ => return None,
        }
        Some(WatchKey::Draw)
    }

    /// The whole frame.
    ///
    /// ```text
    ///  vpnmedic watch  with a cause: 1  gateways: 3  every 60 s                12:03:20
    ///  Gateway           Verdict         TLS       Course           Certificate  Changed   First cause
    ///  vpn.example.com   ✔ healthy       24.1 ms   ⣀⣀⣠⣀⣀            312 d left   none
    ///
    ///  Changes
    ///  12:01:10  old.example.com:443: now cause found (...); before: healthy
    ///  ↑↓ scroll  q quit
    /// ```
    fn draw(&self, frame: &mut Frame<'_>, watch: &Watch, now: UnixTime) {
        let area = frame.area();
        frame.buffer_mut().set_style(area, self.theme.text);
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        let below = watch
            .changes
            .len()
            .clamp(1, CHANGES)
            .min(height.saturating_sub(6) / 2)
            + 2;
        let room = height.saturating_sub(3 + below);
        let columns = Columns::fitting(self, watch, width);
        let mut lines = vec![self.head(watch, now, width), self.titles(&columns)];
        let top = self.top.min(watch.rows.len().saturating_sub(room));
        lines.extend(
            watch
                .rows
                .iter()
                .skip(top)
                .take(room)
                .map(|row| self.row(row, &columns, now)),
        );
        lines.push(Line::default());
        lines.push(Line::styled(
            format!(" {}", self.t("watch.log.title")),
            self.theme.title,
        ));
        if watch.changes.is_empty() {
            lines.push(Line::styled(
                format!(" {}", self.t("watch.log.none")),
                self.theme.dim,
            ));
        }
        let shown = watch.changes.iter().rev().take(below.saturating_sub(2));
        lines.extend(shown.map(|change| self.change(watch, change, now, width)));
        frame.render_widget(Paragraph::new(lines), area);
        if let Some(last) = area.bottom().checked_sub(1) {
            let id = if self.glyphs.ascii {
                "watch.hint.keys-ascii"
            } else {
                "watch.hint.keys"
            };
            let hint = wrap::fit(&format!(" {}", self.t(id)), width, self.glyphs.more);
            let at = Rect {
                x: 0,
                y: last,
                width: area.width,
                height: 1,
            };
            frame.render_widget(Line::styled(hint, self.theme.bar), at);
        }
    }

    fn head(&self, watch: &Watch, now: UnixTime, width: usize) -> Line<'static> {
        let found = watch
            .rows
            .iter()
            .filter(|row| verdict(row) == Some(Verdict::Problem))
            .count();
        let parts = [
            self.t("watch.head.title"),
            self.say(&Msg::new("watch.head.found").with("count", found)),
            self.say(&Msg::new("watch.head.gateways").with("count", watch.rows.len())),
            self.say(&Msg::new("watch.head.every").with("seconds", self.every)),
        ];
        let clock = self.time(now, now);
        let left = wrap::width(&clock) + 1;
        let text = wrap::fit(
            &format!(" {}", parts.join("  ")),
            width.saturating_sub(left),
            self.glyphs.more,
        );
        Line::styled(format!("{text}{clock} "), self.theme.bar)
    }

    fn titles(&self, columns: &Columns) -> Line<'static> {
        let cells = [
            ("watch.column.target", columns.target),
            ("watch.column.verdict", columns.verdict),
            ("watch.column.handshake", columns.handshake),
            ("watch.column.course", columns.course),
            ("watch.column.days", columns.days),
            ("watch.column.changed", columns.changed),
            ("watch.column.cause", columns.cause),
        ];
        let shown = cells.iter().filter(|(_, cells)| *cells > 0);
        let titles: Vec<String> = shown
            .map(|(id, cells)| wrap::fit(&self.t(id), *cells, self.glyphs.more))
            .collect();
        Line::styled(format!(" {}", titles.join("  ")), self.theme.dim)
    }

    fn row(&self, row: &Row, columns: &Columns, now: UnixTime) -> Line<'static> {
        let (sign, style) = self.sign(verdict(row));
        let word = verdict(row).map_or("watch.cell.first", word_id);
        let latest = row.last.as_ref().and_then(|last| last.handshake_us);
        let handshake = latest.map_or_else(String::new, |us| {
            let ms = format!("{}.{}", us / 1000, us % 1000 / 100);
            self.say(&Msg::new("watch.cell.milliseconds").with("ms", ms))
        });
        let (days, days_style) = match row.days_left(now) {
            Some(days @ 0..) => {
                let style = if days < FEW_DAYS {
                    self.theme.warn
                } else {
                    self.theme.text
                };
                (
                    self.say(&Msg::new("watch.cell.days").with("days", days)),
                    style,
                )
            }
            Some(days) => {
                let over = days.unsigned_abs();
                (
                    self.say(&Msg::new("watch.cell.expired").with("days", over)),
                    self.theme.bad,
                )
            }
            None => (String::new(), self.theme.dim),
        };
        let changed = match (row.changed, &row.last) {
            (Some(at), _) => self.time(at, now),
            (None, Some(_)) => self.t("watch.cell.unchanged"),
            (None, None) => String::new(),
        };
        let cause = row
            .last
            .as_ref()
            .map(|last| self.causes(&last.state))
            .unwrap_or_default();
        let course = course(row, columns.course, self.glyphs.ascii);
        let cells = [
            (
                sanitise(&row.target.to_string()),
                columns.target,
                self.theme.text,
            ),
            (format!("{sign} {}", self.t(word)), columns.verdict, style),
            (handshake, columns.handshake, self.theme.text),
            (course, columns.course, self.theme.accent),
            (days, columns.days, days_style),
            (changed, columns.changed, self.theme.dim),
            (cause, columns.cause, self.theme.text),
        ];
        let mut spans = vec![Span::raw(" ")];
        for (text, cells, style) in cells.into_iter().filter(|(_, cells, _)| *cells > 0) {
            spans.push(Span::styled(
                wrap::fit(&text, cells, self.glyphs.more),
                style,
            ));
            spans.push(Span::raw("  "));
        }
        spans.pop();
        Line::from(spans)
    }

    fn change(&self, watch: &Watch, change: &Change, now: UnixTime, width: usize) -> Line<'static> {
        let target = watch
            .rows
            .get(change.gateway)
            .map(|row| sanitise(&row.target.to_string()));
        let from = change.from.as_ref().map(|state| self.state(state));
        let text = Msg::new("watch.log.change")
            .with("target", target.unwrap_or_default())
            .with("from", from.unwrap_or_default())
            .with("to", self.state(&change.to));
        let (_, style) = self.sign(Some(change.to.verdict));
        let time = self.time(change.at, now);
        let room = width.saturating_sub(wrap::width(&time) + 3);
        Line::from(vec![
            Span::styled(format!(" {time}  "), self.theme.dim),
            Span::styled(wrap::fit(&self.say(&text), room, self.glyphs.more), style),
        ])
    }

    fn sign(&self, verdict: Option<Verdict>) -> (&'static str, Style) {
        match verdict {
            Some(Verdict::Healthy) => (self.glyphs.pass, self.theme.good),
            Some(Verdict::Problem) => (self.glyphs.fail, self.theme.bad),
            Some(Verdict::Inconclusive) => (self.glyphs.unknown, self.theme.unknown),
            None => (self.glyphs.skipped, self.theme.dim),
        }
    }

    /// The verdict with its causes.
    fn state(&self, state: &State) -> String {
        state_words(&self.knowledge, self.lang, state)
    }

    fn causes(&self, state: &State) -> String {
        cause_names(&self.knowledge, self.lang, state)
    }

    fn t(&self, id: &str) -> String {
        self.knowledge.texts.get(self.lang, id).to_owned()
    }

    fn say(&self, msg: &Msg) -> String {
        self.knowledge.texts.render(self.lang, msg)
    }

    /// The time of day, or the day where that was another one.
    fn time(&self, at: UnixTime, now: UnixTime) -> String {
        let local = |time: UnixTime| {
            let moment = jiff::Timestamp::from_second(time.0).ok()?;
            Some(moment.to_zoned(self.zone.clone()))
        };
        match (local(at), local(now)) {
            (Some(at), Some(now)) if at.date() == now.date() => at.strftime("%H:%M:%S").to_string(),
            (Some(at), _) => at.strftime("%m-%d %H:%M").to_string(),
            (None, _) => String::new(),
        }
    }
}

/// A verdict in words, with the names of its causes where it has any.
pub fn state_words(knowledge: &Knowledge, lang: Lang, state: &State) -> String {
    let word = knowledge.texts.get(lang, word_id(state.verdict));
    if state.roots.is_empty() {
        return word.to_owned();
    }
    let text = Msg::new("watch.log.state")
        .with("word", word)
        .with("causes", cause_names(knowledge, lang, state));
    knowledge.texts.render(lang, &text)
}

fn cause_names(knowledge: &Knowledge, lang: Lang, state: &State) -> String {
    let names = state.roots.iter().map(|root| {
        let cause = knowledge.causes.get(root);
        cause.map_or_else(|| root.to_string(), |cause| cause.name.get(lang).to_owned())
    });
    names.collect::<Vec<_>>().join(", ")
}

fn verdict(row: &Row) -> Option<Verdict> {
    row.last.as_ref().map(|last| last.state.verdict)
}

const fn word_id(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "check.word.healthy",
        Verdict::Problem => "check.word.problem",
        Verdict::Inconclusive => "check.word.inconclusive",
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
