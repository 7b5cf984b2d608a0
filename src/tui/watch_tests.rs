//! The table in four sizes, two languages, both glyph sets.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::cause::CauseId;
use crate::evidence::Target;
use crate::watch::Seen;

fn watch() -> Watch {
    let named = ["vpn.example.com", "127.0.0.1:4433", "例え.jp:10443"];
    let mut watch = Watch::new(named.map(|typed| Target::parse(typed).unwrap()).to_vec());
    let seen = |at: i64, roots: &[CauseId], us: Option<u64>| Seen {
        at: UnixTime(at),
        state: State {
            verdict: if roots.is_empty() {
                Verdict::Healthy
            } else {
                Verdict::Problem
            },
            roots: roots.to_vec(),
        },
        handshake_us: us,
        not_after: us.map(|_| UnixTime(86_400 * 30)),
    };
    for n in 0..40 {
        watch.take(
            0,
            seen(n * 60, &[], Some(20_000 + n.unsigned_abs() % 7 * 3000)),
        );
    }
    watch.take(1, seen(0, &[], Some(5000)));
    watch.take(
        1,
        seen(
            600,
            &[CauseId::CERT_EXPIRED_LEAF, CauseId::HOSTNAME_MISMATCH],
            None,
        ),
    );
    watch
}

fn drawn(lang: Lang, ascii: bool, size: (u16, u16), watch: &Watch) -> Vec<String> {
    let knowledge = Knowledge::load(None).unwrap();
    let mut look = WatchLook::new(knowledge, lang, ThemeName::None, ascii, 60);
    look.zone = TimeZone::UTC;
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal
        .draw(|frame| look.draw(frame, watch, UnixTime(2400)))
        .unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| {
        (0..size.0)
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
    };
    (0..size.1).map(row).collect()
}

#[test]
fn every_size_shows_every_verdict_and_what_changed() {
    let watch = watch();
    for lang in [Lang::En, Lang::Ja] {
        for ascii in [false, true] {
            for size in [(60, 16), (80, 24), (120, 36), (160, 45)] {
                let rows = drawn(lang, ascii, size, &watch);
                let all = rows.join("\n");
                let knowledge = Knowledge::load(None).unwrap();
                // Wide letters take two cells; the second is a blank of the buffer.
                let tight = all.replace(' ', "");
                for verdict in [Verdict::Healthy, Verdict::Problem] {
                    let word = knowledge.texts.get(lang, word_id(verdict)).replace(' ', "");
                    assert!(tight.contains(&word), "{lang:?} {size:?} {word}\n{all}");
                }
                assert!(all.contains("vpn.example.com"), "{size:?}\n{all}");
                assert!(
                    all.contains("00:10:00"),
                    "the change has its time: {size:?}\n{all}"
                );
                assert!(!all.contains("watch."), "an id is shown: {all}");
                assert!(!all.contains('{'), "an open placeholder: {all}");
            }
        }
    }
}

#[test]
fn the_course_is_as_long_as_its_column_and_leaves_gaps() {
    let mut watch = watch();
    assert_eq!(wrap::width(&course(&watch.rows[0], 8, false)), 8);
    assert_eq!(course(&watch.rows[0], 8, true).len(), 8);
    assert_eq!(course(&watch.rows[1], 8, true), "^ ");
    watch.rows[0].times.clear();
    assert_eq!(course(&watch.rows[0], 8, false), "");
}

#[test]
fn a_terminal_of_any_size_is_drawn_on() {
    let watch = watch();
    for size in [(1, 1), (3, 2), (20, 5), (300, 4), (40, 100)] {
        drawn(Lang::Ja, false, size, &watch);
    }
}

#[test]
fn keys_scroll_and_end() {
    use crossterm::event::KeyEvent;
    let knowledge = Knowledge::load(None).unwrap();
    let mut look = WatchLook::new(knowledge, Lang::En, ThemeName::Dark, false, 60);
    let press = |code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
    assert_eq!(look.key(&press(KeyCode::End), 5), Some(WatchKey::Draw));
    assert_eq!(look.top, 4);
    assert_eq!(look.key(&press(KeyCode::Down), 5), Some(WatchKey::Draw));
    assert_eq!(look.top, 4);
    assert_eq!(
        look.key(&press(KeyCode::Char('q')), 5),
        Some(WatchKey::Quit)
    );
    assert_eq!(look.key(&press(KeyCode::Char('x')), 5), None);
}
