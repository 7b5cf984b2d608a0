//! A storm of keys, clicks, pastes, reports and sizes: whatever happens, nothing panics, and what is chosen stays
//! inside what there is.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::fixtures;
use super::message::{Effect, Message};
use super::model::Model;
use super::update::update;
use super::view::view;
use crate::guide::Lang;

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

fn event(dice: &mut Dice, model: &Model) -> Message {
    let now = fixtures::NOW;
    match dice.roll(20) {
        0 => {
            let (width, height) = SIZES[dice.roll(SIZES.len())];
            Message::Resized(width, height)
        }
        1 => Message::Paste(
            "https://vpn.例え.jp:443/\u{1b}[31m\nsecond line".repeat(1 + dice.roll(30)),
        ),
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
        3 => Message::Tick {
            elapsed_ms: u64::try_from(dice.roll(100_000)).unwrap(),
        },
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

#[test]
fn nothing_panics_in_a_storm() {
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
        for _ in 0..900 {
            let message = event(&mut dice, &model);
            let effects = update(&mut model, message);
            starts += effects
                .iter()
                .filter(|effect| matches!(effect, Effect::StartChecks { .. }))
                .count();
            if dice.roll(3) == 0 {
                let (width, height) = model.size;
                let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
                terminal.draw(|frame| view(&model, frame)).unwrap();
            }
            let offers = model.choices();
            assert!(
                model.chosen[0] < offers.max(1),
                "{} of {offers}",
                model.chosen[0]
            );
        }
        // The other size than the one reported last.
        for (width, height) in SIZES {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| view(&model, frame)).unwrap();
        }
    }
    assert!(
        starts > 5,
        "the storm hardly reached anything: {starts} starts"
    );
}
