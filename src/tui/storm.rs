//! A storm of keys, clicks, pastes, reports, news and sizes: whatever happens, nothing panics, what is chosen stays
//! inside what there is, and a person finds their way back afterwards.
//!
//! `VPNMEDIC_STORM_EVENTS=100000` makes it longer; then memory is watched as well, so run this test alone.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::fixtures;
use super::message::{Effect, Message};
use super::model::{Model, Pane};
use super::update::update;
use super::view::view;
use crate::device::profiles::Profiles;
use crate::guide::Lang;
use crate::plan::{Lan, Place};
use crate::report::save::Saved;
use crate::session::journal::{Condition, News, Summary, Trouble};

/// A small generator (xorshift64): the same storm every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

const KEYS: [KeyCode; 21] = [
    KeyCode::Up,
    KeyCode::Down,
    KeyCode::Left,
    KeyCode::Right,
    KeyCode::Enter,
    KeyCode::Enter,
    KeyCode::Enter,
    KeyCode::Esc,
    KeyCode::Tab,
    KeyCode::BackTab,
    KeyCode::PageUp,
    KeyCode::PageDown,
    KeyCode::Home,
    KeyCode::End,
    KeyCode::Backspace,
    KeyCode::Delete,
    KeyCode::F(1),
    KeyCode::F(2),
    KeyCode::F(5),
    KeyCode::Insert,
    KeyCode::Null,
];
const LETTERS: &str = "abdfghjklmnopqrtuxySULG:?1234 .例証\u{202e}\u{0301}";
const SIZES: [(u16, u16); 12] = [
    (0, 0),
    (1, 1),
    (5, 3),
    (59, 15),
    (60, 16),
    (61, 17),
    (80, 24),
    (109, 40),
    (110, 28),
    (120, 36),
    (200, 16),
    (300, 100),
];
/// Wide, combining, right to left, pictures of several code points, invisible, controlling, and long without a blank.
const PASTES: [&str; 10] = [
    "https://vpn.例え.jp:443/\u{1b}[31m\nsecond line",
    "証明書の有効期限が切れています。",
    "e\u{301}\u{301}\u{301}\u{301}a\u{308}\u{20dd}",
    "\u{5d0}\u{5d1}\u{5d2} \u{202e}txet\u{202c} \u{645}\u{631}\u{62d}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{1f3fd}\u{1f1ef}\u{1f1f5}\u{fe0f}",
    "\u{0}\u{7}\u{8}\u{7f}\u{9b}2J\u{1b}]0;x\u{7}\r\n\t",
    "\u{200b}\u{feff}\u{2066}\u{e0041}",
    "ｖｐｎ．ｅｘａｍｐｌｅ．ｃｏｍ：１０４４３",
    "…※①■→ａ\u{ff9e}\u{3099}",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];
/// Events of an ordinary storm.
const EVENTS: usize = 6_300;
/// What the last two thirds of a long storm may add to the memory in use, in bytes.
const GROWTH: u64 = 48 << 20;

fn event(dice: &mut Dice, model: &Model) -> Message {
    let now = fixtures::NOW;
    match dice.roll(20) {
        0 => {
            let (width, height) = if dice.roll(2) == 0 {
                SIZES[dice.roll(SIZES.len())]
            } else {
                let side = |dice: &mut Dice, most| u16::try_from(1 + dice.roll(most)).unwrap();
                (side(dice, 400), side(dice, 200))
            };
            Message::Resized(width, height)
        }
        1 => Message::Paste(PASTES[dice.roll(PASTES.len())].repeat(1 + dice.roll(30))),
        2 => {
            let all = fixtures::run();
            let from = dice.roll(all.len());
            let to = from + dice.roll(all.len() - from + 1);
            Message::Probes {
                run: model
                    .session
                    .runs()
                    .saturating_sub(u32::from(dice.roll(9) == 0)),
                events: all[from..to].to_vec(),
            }
        }
        3 => news(dice),
        4 | 5 => {
            let kind = [
                MouseEventKind::Down(MouseButton::Left),
                MouseEventKind::ScrollUp,
                MouseEventKind::ScrollDown,
                MouseEventKind::Moved,
            ][dice.roll(4)];
            Message::Mouse {
                event: MouseEvent {
                    kind,
                    column: u16::try_from(dice.roll(310)).unwrap(),
                    row: u16::try_from(dice.roll(110)).unwrap(),
                    modifiers: KeyModifiers::NONE,
                },
                now,
            }
        }
        6..=12 => {
            let letters: Vec<char> = LETTERS.chars().collect();
            let key = KeyCode::Char(letters[dice.roll(letters.len())]);
            let modifiers = if dice.roll(12) == 0 {
                KeyModifiers::CONTROL
            } else {
                KeyModifiers::NONE
            };
            Message::Key {
                key: KeyEvent::new(key, modifiers),
                now,
            }
        }
        _ => Message::Key {
            key: KeyEvent::new(KEYS[dice.roll(KEYS.len())], KeyModifiers::NONE),
            now,
        },
    }
}

/// What arrives beside the checks.
fn news(dice: &mut Dice) -> Message {
    let text = PASTES[dice.roll(PASTES.len())];
    let summary = || Summary {
        id: text.to_owned(),
        path: text.into(),
        began: fixtures::NOW,
        last: fixtures::NOW,
        target: crate::evidence::Target::parse("vpn.example.com").ok(),
        symptom: Some(text.to_owned()),
        verdict: None,
        causes: Vec::new(),
        ended: false,
        condition: Condition::Torn { bytes: u64::MAX },
        events: usize::MAX,
        bytes: u64::MAX,
    };
    match dice.roll(12) {
        0 => Message::SlowDisk,
        1 => Message::Keeping(News::Kept(text.into())),
        2 => Message::Keeping(News::Trouble(Trouble::Full)),
        3 => Message::Keeping(News::Trouble(Trouble::Other(text.to_owned()))),
        4 => Message::Unfinished(Box::new(summary())),
        5 => Message::Sessions((0..dice.roll(40)).map(|_| summary()).collect()),
        6 => Message::NotOpened(text.to_owned()),
        7 => Message::Saved(Saved::Failed(text.into(), text.to_owned())),
        8 => Message::Lans(vec![Lan {
            net: "10.0.0.0/8".parse().unwrap(),
            place: Place::Interface(text.to_owned()),
        }]),
        9 => Message::Device(None),
        10 => Message::Profiles(Profiles::default()),
        _ => Message::Tick {
            elapsed_ms: u64::MAX >> dice.roll(60),
        },
    }
}

fn draw(model: &Model, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let cells = buffer.content().iter().map(ratatui::buffer::Cell::symbol);
    cells.collect()
}

/// Escape closes what lies over the panes, and the four panes are there again.
fn sane_again(model: &mut Model) {
    update(model, Message::Resized(120, 36));
    for _ in 0..60 {
        if model.popup.is_none() && !model.is_typing() {
            break;
        }
        fixtures::press(model, KeyCode::Esc);
        model.focus = Pane::Log;
    }
    assert!(model.popup.is_none(), "{:?}", model.popup);
    let shown = draw(model, (120, 36));
    let drawn = shown.chars().filter(|c| !c.is_whitespace()).count();
    assert!(drawn > 300, "{shown}");
    let hostile = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{feff}');
    assert!(!shown.contains(hostile), "{shown:?}");
}

#[test]
fn nothing_panics_in_a_storm() {
    let asked = std::env::var("VPNMEDIC_STORM_EVENTS").ok();
    let many: Option<usize> = asked.map(|number| number.parse().unwrap());
    let events = many.unwrap_or(EVENTS) / 7;
    let mut memory = Vec::new();
    let mut starts = 0;
    for seed in 1..=7 {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let lang = if seed % 2 == 0 { Lang::En } else { Lang::Ja };
        let mut model = fixtures::sized(lang, (120, 36));
        model.contacts.offline = seed == 5;
        if seed % 2 == 1 {
            model.keeping = super::model::Keeping::Ready;
        }
        if seed == 7 {
            fixtures::with_file(&mut model, false);
        } else {
            fixtures::with_target(&mut model);
        }
        for _ in 0..events {
            let message = event(&mut dice, &model);
            let effects = update(&mut model, message);
            starts += effects
                .iter()
                .filter(|effect| matches!(effect, Effect::StartChecks { .. }))
                .count();
            // What is to be written down is taken away, as the loop does.
            model.outbox.clear();
            // A huge screen is seldom drawn: it takes as long as dozens of ordinary ones.
            let cells = u32::from(model.size.0) * u32::from(model.size.1);
            if dice.roll(if cells > 12_000 { 30 } else { 3 }) == 0 {
                draw(&model, model.size);
            }
            let offers = model.choices();
            assert!(
                model.chosen[0] < offers.max(1),
                "{} of {offers}",
                model.chosen[0]
            );
        }
        // The other size than the one reported last.
        for size in SIZES {
            draw(&model, size);
        }
        sane_again(&mut model);
        memory.extend(crate::memory::resident());
    }
    if many.is_some() && memory.len() == 7 {
        println!("{} events: {memory:?} bytes in use", 7 * events);
        assert!(memory[6] < memory[2] + GROWTH, "{memory:?}");
    }
    assert!(
        starts > 5,
        "the storm hardly reached anything: {starts} starts"
    );
}
