//! Screens as text: each state at each size in each language, compared with the files in `tests/screens`. They are
//! written anew only with `VPNMEDIC_BLESS=1`; look at what changed before you do.

use std::fmt::Write as _;
use std::path::PathBuf;

use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, CellWidth as _};

use super::fixtures::{self, press, report, type_in, with_run, with_target};
use super::message::Message;
use super::model::{Model, Pane};
use super::theme::{Glyphs, Theme, ThemeName};
use super::update::update;
use super::view::view;
use crate::guide::Lang;

const SIZES: [(u16, u16); 4] = [(160, 45), (120, 36), (80, 24), (50, 14)];

type Build = fn(&mut Model);

/// The states that are kept, by name.
const STATES: &[(&str, Build)] = &[
    ("target", |_| {}),
    ("target-wrong", |model| {
        type_in(model, "vpn.example.com:70000");
        press(model, KeyCode::Enter);
    }),
    ("target-idn", |model| type_in(model, "例え.jp")),
    ("symptoms", |model| {
        with_target(model);
        report(model, fixtures::first_half());
    }),
    ("question", |model| {
        with_run(model);
        press(model, KeyCode::Down);
        press(model, KeyCode::Enter);
    }),
    ("message", |model| {
        with_target(model);
        press(model, KeyCode::Down);
        press(model, KeyCode::Down);
        press(model, KeyCode::Enter);
    }),
    ("checking", |model| {
        with_target(model);
        press(model, KeyCode::Enter);
        report(model, fixtures::first_half());
        update(model, Message::Tick { elapsed_ms: 1_240 });
    }),
    ("verdict", |model| {
        with_run(model);
        press(model, KeyCode::Enter);
    }),
    ("steps", |model| {
        with_run(model);
        press(model, KeyCode::Enter);
        press(model, KeyCode::Enter);
        press(model, KeyCode::Char(' '));
        press(model, KeyCode::Down);
    }),
    ("hand-over", |model| {
        with_run(model);
        press(model, KeyCode::Enter);
        press(model, KeyCode::Char('a'));
    }),
    ("chain", |model| {
        with_run(model);
        press(model, KeyCode::Enter);
        press(model, KeyCode::Char('3'));
        press(model, KeyCode::Down);
    }),
    ("certificate", |model| {
        with_run(model);
        press(model, KeyCode::Char('3'));
        press(model, KeyCode::End);
        press(model, KeyCode::Enter);
    }),
    ("log", |model| {
        with_run(model);
        press(model, KeyCode::Enter);
        press(model, KeyCode::Char('4'));
    }),
    ("log-search", |model| {
        with_run(model);
        press(model, KeyCode::Char('4'));
        press(model, KeyCode::Char('/'));
        type_in(model, "tls");
        press(model, KeyCode::Enter);
    }),
    ("log-typing", |model| {
        with_run(model);
        press(model, KeyCode::Char('4'));
        press(model, KeyCode::Char('/'));
        type_in(model, "取得 fetched");
    }),
    ("log-notable", |model| {
        with_run(model);
        press(model, KeyCode::Char('4'));
        press(model, KeyCode::Char('w'));
    }),
    ("log-times", |model| {
        with_run(model);
        press(model, KeyCode::Char('4'));
        press(model, KeyCode::Char('v'));
    }),
    ("log-times-live", |model| {
        model.glyphs = Glyphs::ASCII;
        with_target(model);
        report(model, fixtures::first_half());
        update(model, Message::Tick { elapsed_ms: 1_240 });
        press(model, KeyCode::Down);
        press(model, KeyCode::Char('4'));
        press(model, KeyCode::Char('v'));
    }),
    ("checklist", |model| {
        with_run(model);
        press(model, KeyCode::Enter);
        press(model, KeyCode::Char('2'));
    }),
    ("results", |model| {
        with_run(model);
        press(model, KeyCode::Enter);
        press(model, KeyCode::Down);
        press(model, KeyCode::Down);
        press(model, KeyCode::Enter);
    }),
    ("help", |model| {
        with_run(model);
        press(model, KeyCode::Char('?'));
    }),
    ("palette", |model| {
        with_run(model);
        press(model, KeyCode::Char(':'));
    }),
    ("leave", |model| {
        with_run(model);
        press(model, KeyCode::Char('q'));
    }),
    ("masked", |model| {
        with_run(model);
        press(model, KeyCode::Enter);
        press(model, KeyCode::Char('p'));
    }),
    ("offline", |model| {
        model.contacts.offline = true;
        with_target(model);
        press(model, KeyCode::Enter);
    }),
    ("library", |model| {
        with_run(model);
        press(model, KeyCode::Char('b'));
    }),
    ("library-search", |model| {
        press(model, KeyCode::F(3));
        type_in(model, "intermediate");
        press(model, KeyCode::Down);
    }),
    ("library-page", |model| {
        press(model, KeyCode::F(3));
        for _ in 0..3 {
            press(model, KeyCode::Down);
        }
        press(model, KeyCode::Enter);
        press(model, KeyCode::Tab);
        press(model, KeyCode::Tab);
    }),
    ("library-message", |model| {
        press(model, KeyCode::F(3));
        type_in(model, "Untrusted Server Blocked");
        press(model, KeyCode::Enter);
        press(model, KeyCode::Tab);
    }),
    ("library-cause", |model| {
        press(model, KeyCode::F(3));
        type_in(model, "c04");
        press(model, KeyCode::Enter);
    }),
    ("pool", |model| {
        with_run(model);
        press(model, KeyCode::Char('e'));
        type_in(model, "100");
        press(model, KeyCode::Enter);
        type_in(model, "192.168.1.0/24");
        press(model, KeyCode::Enter);
        type_in(model, "192.168.0.0/16");
    }),
    ("pool-wrong", |model| {
        with_run(model);
        press(model, KeyCode::Char('e'));
        type_in(model, "many");
        press(model, KeyCode::Down);
        type_in(model, "10.0.0.0/40");
    }),
    ("message-known", |model| {
        model.contacts.offline = true;
        with_target(model);
        press(model, KeyCode::Down);
        press(model, KeyCode::Down);
        press(model, KeyCode::Enter);
        let pasted = "Error:\r\nＣertificate  Validation\nFailure\n";
        update(model, Message::Paste(pasted.to_owned()));
        press(model, KeyCode::Enter);
    }),
    ("ascii", |model| {
        model.glyphs = Glyphs::ASCII;
        with_run(model);
        press(model, KeyCode::Enter);
    }),
    ("file", |model| fixtures::with_file(model, false)),
    ("file-certificate", |model| {
        fixtures::with_file(model, false);
        press(model, KeyCode::Enter);
    }),
    ("file-healthy", |model| {
        fixtures::with_file(model, true);
        press(model, KeyCode::Esc);
    }),
    ("practice", fixtures::with_lesson),
    ("practice-ask", |model| {
        fixtures::with_lesson(model);
        press(model, KeyCode::Char('d'));
    }),
    ("practice-end", |model| {
        fixtures::with_lesson(model);
        press(model, KeyCode::Char('d'));
        press(model, KeyCode::Down);
        press(model, KeyCode::Enter);
    }),
];

fn draw(model: &Model) -> Buffer {
    let backend = TestBackend::new(model.size.0, model.size.1);
    let mut terminal = Terminal::new(backend).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The letters of the screen, a line a row, blanks at the ends left out.
fn letters(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            line.push_str(cell.symbol());
            x += cell.symbol().cell_width().max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/screens")
        .join(name)
}

/// Compares with the file, or writes it when blessed. The difference, if there is one.
fn compare(name: &str, seen: &str) -> Option<String> {
    let path = file(name);
    if std::env::var_os("VPNMEDIC_BLESS").is_some() {
        std::fs::write(&path, seen).unwrap();
        return None;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    (kept != seen).then(|| format!("{name} differs; it is now:\n{seen}"))
}

fn name_of(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "en",
        Lang::Ja => "ja",
    }
}

fn build(state: Build, lang: Lang, size: (u16, u16)) -> Model {
    let mut model = fixtures::sized(lang, size);
    state(&mut model);
    model
}

#[test]
fn screens_are_as_kept() {
    let mut differences = Vec::new();
    for (name, state) in STATES {
        for lang in [Lang::En, Lang::Ja] {
            for size in SIZES {
                // The small card is the same for every state.
                if size == SIZES[3] && *name != "target" {
                    continue;
                }
                let model = build(*state, lang, size);
                let file = format!("{name}.{}x{}.{}.txt", size.0, size.1, name_of(lang));
                differences.extend(compare(&file, &letters(&draw(&model))));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn no_screen_shows_the_id_of_a_text_or_an_open_placeholder() {
    let rooms = [
        "screen.",
        "cmd.",
        "probe.",
        "diagnose.",
        "chain.",
        "repair.",
        "why.",
        "target.",
        "walk.",
        "owner.",
        "system.",
    ];
    for (name, state) in STATES {
        for lang in [Lang::En, Lang::Ja] {
            let shown = letters(&draw(&build(*state, lang, (160, 45))));
            for word in shown.split_whitespace() {
                // `system.` ends a sentence, `system.linux` is an id.
                let is_id = rooms.iter().any(|room| {
                    word.strip_prefix(room)
                        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
                });
                assert!(!is_id, "{name} shows {word}");
                assert!(
                    !(word.contains('{') && word.contains('}')),
                    "{name} shows {word}"
                );
            }
        }
    }
}

#[test]
fn every_line_of_a_frame_ends_where_the_frame_ends() {
    // A wide letter in the last column, or a line too long, would break the right border.
    for (name, state) in STATES {
        for lang in [Lang::En, Lang::Ja] {
            let model = build(*state, lang, (120, 36));
            if model.popup.is_some() {
                continue;
            }
            let buffer = draw(&model);
            for y in 2..34 {
                let edge = buffer[(119, y)].symbol().to_owned();
                assert!(
                    "│┐┘|+".contains(&edge),
                    "{name} {lang:?}: row {y} ends in {edge:?}"
                );
            }
        }
    }
}

#[test]
fn colours_of_the_verdict_are_as_kept() {
    let mut model = build(STATES[7].1, Lang::En, (80, 24));
    let mut dump = String::new();
    for name in [
        ThemeName::Dark,
        ThemeName::Light,
        ThemeName::HighContrast,
        ThemeName::None,
    ] {
        model.theme = Theme::new(name);
        let buffer = draw(&model);
        let _ = writeln!(dump, "== {name:?}");
        let mut last = None;
        for y in 0..6 {
            for x in 0..buffer.area.width {
                let cell = &buffer[(x, y)];
                let look = (cell.fg, cell.bg, cell.modifier);
                if last != Some(look) {
                    let _ = writeln!(dump, "{y:>2},{x:<3} {:?}", look);
                    last = Some(look);
                }
            }
        }
    }
    let difference = compare("verdict.colours.txt", &dump);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

#[test]
fn the_cursor_of_a_field_is_the_terminals_own() {
    let mut model = fixtures::sized(Lang::Ja, (80, 24));
    type_in(&mut model, "例え.jp");
    let backend = TestBackend::new(80, 24);
    let mut terminal = Terminal::new(backend).unwrap();
    terminal.draw(|frame| view(&model, frame)).unwrap();
    let at = terminal.get_cursor_position().unwrap();
    let row = letters(terminal.backend().buffer())
        .lines()
        .position(|line| line.contains("› 例え.jp"))
        .unwrap();
    // Frame, air, pointer and blank before it; two wide letters and three narrow ones.
    assert_eq!((usize::from(at.y), at.x), (row, 2 + 2 + 7));
    model.focus = Pane::Log;
    terminal.draw(|frame| view(&model, frame)).unwrap();
}
