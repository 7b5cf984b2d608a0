//! A session looked back at: the wizard's own screen at any point of it, and a slider in place of the hints.
//!
//! There is no loop with checks here, no effect is carried out and nothing is written: what a key would start in the
//! wizard does not exist. Not here: where the session comes from (the verb), how it is folded
//! ([`crate::session::play`]).

use std::io;
use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::keymap::{self, Action};
use super::message::Message;
use super::model::{Contacts, Model};
use super::terminal::Screen;
use super::theme::{Glyphs, Theme, ThemeName};
use super::update::update;
use super::view::{areas, view};
use super::wrap;
use crate::diagnose::Diagnosis;
use crate::evidence::{Evidence, ProbeRecord, UnixTime, WhyCode};
use crate::guide::{Knowledge, Lang, System};
use crate::msg::Msg;
use crate::session::play::{Played, play};
use crate::session::{Session, SessionEvent};

/// Draws conclusions, told how many events came before.
pub type Conclude = Box<dyn Fn(&Evidence, System, usize) -> Diagnosis + Send + Sync>;

/// What is looked back at, and how it looks.
pub struct ReplayStart {
    /// Causes, tree, words.
    pub knowledge: Knowledge,
    /// The language and the system that the session began with.
    pub begun: (Lang, System),
    /// What happened.
    pub events: Vec<(UnixTime, SessionEvent)>,
    /// Draws conclusions from it.
    pub conclude: Conclude,
    /// How many events have happened at first.
    pub at: usize,
    /// The language shown, where it is not to be the session's own.
    pub lang: Option<Lang>,
    /// What to say of what was taken out, until the first key.
    pub notice: Option<Msg>,
    /// Whether certificates are left out.
    pub left_out: bool,
    /// The theme to begin with.
    pub theme: ThemeName,
    /// Signs and frames of ASCII only.
    pub ascii: bool,
}

/// Shows it until the person leaves. Takes over the terminal and gives it back, whatever happens.
///
/// # Errors
/// When there is no terminal, or it cannot be read or written.
pub fn replay(start: ReplayStart) -> io::Result<()> {
    let mut player = Player::new(start);
    let mut screen = Screen::enter(false)?;
    let size = screen.terminal.size()?;
    update(&mut player.model, Message::Resized(size.width, size.height));
    loop {
        screen.terminal.draw(|frame| player.draw(frame))?;
        match crossterm::event::read()? {
            Event::Key(key) => {
                if !player.key(key) {
                    return Ok(());
                }
            }
            Event::Resize(width, height) => {
                update(&mut player.model, Message::Resized(width, height));
            }
            Event::Mouse(_) | Event::Paste(_) | Event::FocusGained | Event::FocusLost => {}
        }
    }
}

/// The screen and the place of the slider.
pub(super) struct Player {
    pub(super) model: Model,
    begun: (Lang, System),
    events: Vec<(UnixTime, SessionEvent)>,
    conclude: Conclude,
    /// Events that have happened.
    pub(super) at: usize,
    /// The language that whoever looks has chosen, whatever the session's was at this point.
    reads: Option<Lang>,
}

impl Player {
    pub(super) fn new(start: ReplayStart) -> Self {
        let knowledge = Arc::new(start.knowledge);
        let contacts = Contacts::default();
        // The screen asks for conclusions only where checks report, and none does here.
        let nothing: super::Reasoner = Arc::new(|_, _| Diagnosis::of_nothing());
        let mut model = Model::new(knowledge, nothing, contacts, start.begun.0, start.begun.1);
        model.theme = Theme::new(start.theme);
        model.glyphs = if start.ascii {
            Glyphs::ASCII
        } else {
            Glyphs::UNICODE
        };
        model.mouse = false;
        model.left_out = start.left_out;
        model.zone = TimeZone::system();
        let mut player = Self {
            model,
            begun: start.begun,
            events: start.events,
            conclude: start.conclude,
            at: 0,
            reads: start.lang,
        };
        player.go(start.at);
        let texts = &player.model.knowledge.texts;
        let lang = player.model.session.lang();
        player.model.notice = start.notice.map(|notice| texts.render(lang, &notice));
        player
    }

    /// To the point after so many events.
    fn go(&mut self, at: usize) {
        let before = self.reads;
        self.at = at.min(self.events.len());
        let passed = self.events.get(..self.at).unwrap_or(&self.events);
        let Played {
            session,
            conclusions,
        } = play(
            self.begun,
            passed,
            &self.model.knowledge.wizard,
            &*self.conclude,
        );
        (self.model.session, self.model.conclusions) = (session, conclusions);
        self.model.contacts.offline = was_offline(&self.model.session);
        (self.model.popup, self.model.finding) = (None, 0);
        self.model.now = passed.last().map_or(UnixTime(0), |(at, _)| *at);
        let target = self.model.session.target().map(ToString::to_string);
        self.model.address = tui_input::Input::new(target.unwrap_or_default());
        let said = self.model.session.walk().and_then(|walk| walk.message());
        self.model.message = tui_input::Input::new(said.unwrap_or_default().to_owned());
        if let Some(lang) = before {
            self.speak(lang);
        }
    }

    fn speak(&mut self, lang: Lang) {
        let event = SessionEvent::LanguageChosen(lang);
        let wizard = &self.model.knowledge.wizard;
        self.model
            .session
            .apply(&event, wizard, self.model.conclusions.as_ref());
    }

    /// Heeds a key; false to leave.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        if key.kind == KeyEventKind::Release {
            return true;
        }
        self.model.notice = None;
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return false;
        }
        if self.model.popup.is_some() && areas(&self.model).is_some() {
            self.pass(key, true);
            return true;
        }
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return false,
            // Nothing is typed here, whatever field is on show.
            KeyCode::Char('L') | KeyCode::F(2) => {
                let lang = match self.model.session.lang() {
                    Lang::En => Lang::Ja,
                    Lang::Ja => Lang::En,
                };
                self.reads = Some(lang);
                self.speak(lang);
            }
            KeyCode::Left => self.go(self.at.saturating_sub(1)),
            KeyCode::Right => self.go(self.at + 1),
            KeyCode::PageUp => self.go(self.stage_before()),
            KeyCode::PageDown => self.go(self.stage_after()),
            KeyCode::Home => self.go(0),
            KeyCode::End => self.go(self.events.len()),
            _ => self.pass(key, false),
        }
        true
    }

    /// Hands a key to the screen where it only looks. What it would start is never carried out.
    fn pass(&mut self, key: KeyEvent, popup: bool) {
        let looks = match keymap::command(&key, &self.model).map(|command| command.action) {
            Some(
                Action::Up
                | Action::Down
                | Action::NextPane
                | Action::PreviousPane
                | Action::GoTo(_)
                | Action::Language
                | Action::Mask
                | Action::Pointer
                | Action::Theme
                | Action::Help,
            ) => true,
            Some(Action::PageUp | Action::PageDown | Action::Home | Action::End | Action::Back) => {
                popup
            }
            _ => false,
        };
        if looks {
            let now = self.model.now;
            let spoken = self.model.session.lang();
            drop(update(&mut self.model, Message::Key { key, now }));
            let speaks = self.model.session.lang();
            if speaks != spoken {
                self.reads = Some(speaks);
            }
        }
    }

    fn stage_before(&self) -> usize {
        (0..self.at)
            .rev()
            .find(|at| self.is_stage(*at))
            .unwrap_or(0)
    }

    fn stage_after(&self) -> usize {
        let mut later = self.at + 1..=self.events.len();
        later
            .find(|at| self.is_stage(*at))
            .unwrap_or(self.events.len())
    }

    /// Whether something other than a report of a check has just happened at this point.
    fn is_stage(&self, at: usize) -> bool {
        let last = at.checked_sub(1).and_then(|last| self.events.get(last));
        last.is_some_and(|(_, event)| !matches!(event, SessionEvent::Probe(_)))
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        view(&self.model, frame);
        let area = frame.area();
        let Some(y) = area.bottom().checked_sub(1) else {
            return;
        };
        if self.model.notice.is_none() {
            let width = usize::from(area.width);
            let line = Line::styled(
                wrap::fit(&self.slider(width), width, self.model.glyphs.more),
                self.model.theme.bar,
            );
            frame.render_widget(
                line,
                Rect {
                    x: area.x,
                    y,
                    width: area.width,
                    height: 1,
                },
            );
        }
    }

    /// ` 12/87 ▰▰▰▱▱▱▱▱▱▱ 12:03:20  ←→ event  PgUp PgDn stage  q quit`
    fn slider(&self, width: usize) -> String {
        let (model, all) = (&self.model, self.events.len());
        let say = |msg: &Msg| model.knowledge.texts.render(model.session.lang(), msg);
        let moment = jiff::Timestamp::from_second(model.now.0)
            .ok()
            .filter(|_| self.at > 0);
        let moment = moment.map(|at| {
            at.to_zoned(model.zone.clone())
                .strftime("%H:%M:%S")
                .to_string()
        });
        let cells = (width / 5).clamp(8, 40);
        let full = if all == 0 {
            cells
        } else {
            (self.at * cells).div_ceil(all)
        };
        let keys = if model.glyphs.ascii {
            "bundle.replay.keys-ascii"
        } else {
            "bundle.replay.keys"
        };
        format!(
            " {:>3}/{all} {}{} {}  {}",
            self.at,
            model.glyphs.full.repeat(full),
            model.glyphs.empty.repeat(cells.saturating_sub(full)),
            moment.unwrap_or_default(),
            say(&Msg::new(keys)),
        )
    }
}

/// Whether nothing was contacted: no gateway had been named, or its checks were all left out for that reason.
fn was_offline(session: &Session) -> bool {
    let left_out = |record: &ProbeRecord| {
        let why = record.why.as_ref();
        why.is_some_and(|why| why.code == WhyCode::Offline)
    };
    session
        .evidence()
        .is_none_or(|run| !run.probes.is_empty() && run.probes.iter().all(left_out))
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::super::fixtures;
    use super::*;
    use crate::evidence::{ProbeEvent, ProbeId, Target, Why};
    use crate::session::Stage;

    fn start() -> ReplayStart {
        let report = |at_ms| {
            SessionEvent::Probe(ProbeEvent::Started {
                id: ProbeId::Dns,
                at_ms,
            })
        };
        let at = fixtures::NOW;
        let target = Target::parse("vpn.example.com").unwrap();
        let events = vec![
            SessionEvent::TargetSet { target, at },
            report(1.0),
            report(2.0),
            SessionEvent::Probe(ProbeEvent::Done),
            SessionEvent::Opened(Stage::Steps(crate::cause::CauseId::ALL[0])),
        ];
        let conclude = |_: &Evidence, _, _| Diagnosis::of_nothing();
        ReplayStart {
            knowledge: (*fixtures::knowledge()).clone(),
            begun: (Lang::En, System::Linux),
            events: events.into_iter().map(|event| (at, event)).collect(),
            conclude: Box::new(conclude),
            at: 5,
            lang: None,
            notice: None,
            left_out: true,
            theme: ThemeName::Dark,
            ascii: false,
        }
    }

    fn shown(player: &mut Player) -> String {
        update(&mut player.model, Message::Resized(120, 36));
        let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
        terminal.draw(|frame| player.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn the_slider_goes_by_event_and_by_stage_and_stays_within_the_session() {
        let mut player = Player::new(start());
        assert!(shown(&mut player).contains("5/5"));
        let mut press = |code| {
            assert!(player.key(KeyEvent::from(code)));
            player.at
        };
        assert_eq!(press(KeyCode::Right), 5);
        assert_eq!(press(KeyCode::Left), 4);
        assert_eq!(press(KeyCode::PageUp), 1);
        assert_eq!(press(KeyCode::PageDown), 5);
        assert_eq!(press(KeyCode::Home), 0);
        assert_eq!(press(KeyCode::Left), 0);
        assert_eq!(press(KeyCode::PageDown), 1);
        assert_eq!(press(KeyCode::End), 5);
        assert!(!player.key(KeyEvent::from(KeyCode::Char('q'))));
    }

    #[test]
    fn the_screen_is_that_of_the_point_and_keys_that_act_do_nothing() {
        let mut player = Player::new(start());
        assert!(shown(&mut player).contains("Certificates are left out"));
        for code in ['r', 'W', 'S', 'n', ' ', 'x']
            .map(KeyCode::Char)
            .into_iter()
            .chain([KeyCode::Enter])
        {
            let before = shown(&mut player);
            assert!(player.key(KeyEvent::from(code)), "{code:?}");
            assert_eq!(shown(&mut player), before, "{code:?}");
            assert!(player.model.outbox.is_empty());
        }
        player.key(KeyEvent::from(KeyCode::Home));
        assert!(player.model.session.target().is_none());
        player.key(KeyEvent::from(KeyCode::Char('L')));
        player.key(KeyEvent::from(KeyCode::End));
        assert_eq!(player.model.session.lang(), Lang::Ja);
        assert!(shown(&mut player).contains("vpn.example.com"));
    }

    #[test]
    fn a_run_that_could_not_tell_is_not_called_one_that_never_was() {
        let said = |probes: Vec<ProbeEvent>| {
            let mut start = start();
            let at = fixtures::NOW;
            start.events.truncate(1);
            let all = probes.into_iter().chain([ProbeEvent::Done]);
            start
                .events
                .extend(all.map(|event| (at, SessionEvent::Probe(event))));
            let id = "everything".to_owned();
            start.events.push((at, SessionEvent::SymptomChosen { id }));
            start.at = start.events.len();
            shown(&mut Player::new(start))
        };
        let looked = said(fixtures::run());
        for claim in ["OFFLINE", "Nothing was checked"] {
            assert!(!looked.contains(claim), "{looked}");
        }
        let skipped = ProbeId::ALL.map(|id| ProbeEvent::Skipped {
            id,
            at_ms: 0.0,
            why: Why::code(WhyCode::Offline),
        });
        let offline = said(skipped.to_vec());
        for fact in ["OFFLINE", "Nothing was checked"] {
            assert!(offline.contains(fact), "{offline}");
        }
    }
}
