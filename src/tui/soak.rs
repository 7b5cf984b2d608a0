//! Eight hours in a few seconds: the screen re-checks again and again, what happens is written down, and memory stays
//! what it was. The measuring runs in a process of its own, where nothing else takes memory.
//!
//! `VPNMEDIC_SOAK_ROUNDS=10000` makes it longer. Not here: the watch, whose rounds are counted beside it.

use std::process::Command;

use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::sync::mpsc::unbounded_channel;

use super::fixtures;
use super::message::{Effect, Message};
use super::model::Keeping;
use super::update::update;
use super::view::view;
use crate::guide::{Lang, System};
use crate::memory::resident;
use crate::session::journal::{self, Header, Keeper, MAX_FILE, News, Place};

/// A re-check every ten seconds for eight hours are 2880; fewer show a leak of a kilobyte a round as well.
const ROUNDS: usize = 240;
/// What all rounds after the first third may add, in bytes: the allocator's own waste.
const GROWTH: u64 = 12 << 20;
/// Set for the process that measures.
const ALONE: &str = "VPNMEDIC_SOAK_ALONE";

#[test]
fn eight_hours_of_rechecks_take_no_more_memory() {
    if resident().is_none() {
        return;
    }
    if std::env::var_os(ALONE).is_some() {
        measure();
        return;
    }
    let run = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "tui::soak::eight_hours_of_rechecks_take_no_more_memory",
        ])
        .args(["--nocapture", "--test-threads=1"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    println!("{said}");
}

fn measure() {
    let rounds = std::env::var("VPNMEDIC_SOAK_ROUNDS").ok();
    let rounds: usize = rounds.map_or(ROUNDS, |number| number.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (sender, mut news) = unbounded_channel();
    let header = Header::new(Lang::Ja, System::Windows);
    let place = Place::at(folder.path().join("sessions"));
    let keeper = Keeper::begin(Some(place), header, sender).unwrap();
    let mut model = fixtures::sized(Lang::Ja, (120, 36));
    model.keeping = Keeping::Ready;
    let mut memory = Vec::new();
    fixtures::with_target(&mut model);
    for round in 0..rounds {
        fixtures::report(&mut model, fixtures::run());
        if round % 16 == 0 {
            let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
            terminal.draw(|frame| view(&model, frame)).unwrap();
        }
        let effects = fixtures::press(&mut model, KeyCode::Char('r'));
        assert!(
            effects
                .iter()
                .any(|effect| matches!(effect, Effect::StartChecks { .. })),
            "{effects:?}"
        );
        if let Some(written) = keeper.keep(std::mem::take(&mut model.outbox)) {
            written.blocking_recv().unwrap();
        }
        while let Ok(told) = news.try_recv() {
            assert!(!matches!(told, News::Trouble(_)), "{told:?}");
            update(&mut model, Message::Keeping(told));
        }
        if round % (rounds / 12).max(1) == 0 {
            memory.extend(resident());
        }
    }
    let third = memory[memory.len() / 3];
    let last = *memory.last().unwrap();
    let Keeping::Kept(path) = &model.keeping else {
        panic!("{:?}", model.keeping);
    };
    let size = std::fs::metadata(path).unwrap().len();
    println!("{rounds} rounds: {memory:?} bytes in use, a journal of {size} bytes");
    assert!(last < third + GROWTH, "{memory:?}");
    // However long it goes on, the journal can be opened again.
    assert!(size < MAX_FILE, "{size}");
    let kept = journal::read(path).unwrap();
    assert_eq!(kept.condition, journal::Condition::Whole);
    let runs = |event: &crate::session::SessionEvent| {
        matches!(event, crate::session::SessionEvent::Rechecked { .. })
    };
    let rechecks = kept.events.iter().filter(|(_, event)| runs(event)).count();
    assert_eq!(rechecks, rounds);
}
