//! The only place where the model changes: a message in, effects out. Pure: no terminal, no network, no clock.

mod bundle;
mod checks;
mod codes;
mod file;
mod kept;
mod library;
mod line;
mod log;
mod pointer;
mod popup;
mod practice;
mod reopen;
mod report;
mod scroll;
mod typing;
mod wizard;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::evidence::UnixTime;
use crate::guide::{Lang, System};
use crate::msg::Msg;
use crate::session::journal::Kept;
use crate::session::{Mark, SessionEvent, Stage};

use super::keymap::{self, Action};
use super::message::{Effect, Message};
use super::model::{Held, Keeping, Model, Pane, Popup};
use super::theme::{Glyphs, Theme};
use super::view;

use checks::{Again, cancel, on_probes, recheck};
pub use file::open_file;
use scroll::{edge, inside, keep_in_sight, page, settle, step};

pub use checks::set_target;
pub use kept::{mark_saved, offers_saving};
pub use practice::{
    Ended, Guess, PracticeEnd, Practising, begin_practice, end_for_good as end_practice_for_good,
    practice_failed,
};
pub use report::{
    enter as save_report, open as open_report, saved as report_saved, turn as turn_report,
};
pub use wizard::{can_copy, certificate_at_hand, mark_as, take};

/// Takes a message in and says what is to be done outside.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let before = reports_mouse(model);
    let mut effects = take_in(model, message);
    let after = reports_mouse(model);
    if after != before {
        effects.push(Effect::Mouse(after));
    }
    effects
}

/// Whether the terminal is to report the mouse: a text that fills the screen is selected with the terminal's own means,
/// which need it.
fn reports_mouse(model: &Model) -> bool {
    model.mouse && !matches!(model.popup, Some(Popup::Text { .. }))
}

fn take_in(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Key { key, now } => {
            model.now = now;
            on_key(model, key, now)
        }
        Message::Mouse { event, now } => {
            model.now = now;
            pointer::on_mouse(model, event, now)
        }
        Message::Paste(text) => {
            if view::areas(model).is_some() {
                typing::paste(model, &text);
            }
            Vec::new()
        }
        Message::Resized(width, height) => {
            model.size = (width, height);
            keep_in_sight(model);
            Vec::new()
        }
        Message::Probes { run, events } => {
            if run == model.session.runs() {
                on_probes(model, events);
            }
            Vec::new()
        }
        Message::Keeping(news) => {
            reopen::on_news(model, news);
            Vec::new()
        }
        Message::SlowDisk => {
            notice(model, &Msg::new("screen.notice.slow-disk"));
            Vec::new()
        }
        Message::Unfinished(summary) => {
            reopen::offer(model, summary);
            Vec::new()
        }
        Message::Reopened { journal, anew } => reopen::reopen(model, &journal, anew),
        Message::Sessions(all) => {
            kept::on_list(model, all);
            Vec::new()
        }
        Message::ToCompare(journal) => {
            kept::on_compare(model, &journal);
            Vec::new()
        }
        Message::NotOpened(why) => {
            let text = Msg::new("screen.notice.not-opened").with("why", why);
            notice(model, &text);
            Vec::new()
        }
        Message::Lans(lans) => {
            model.lans = Some(lans);
            Vec::new()
        }
        Message::Device(device) => {
            checks::on_device(model, device);
            Vec::new()
        }
        Message::Profiles(profiles) => {
            checks::on_profiles(model, profiles);
            Vec::new()
        }
        Message::Saved(saved) => {
            report::saved(model, saved);
            Vec::new()
        }
        Message::Packed { level, packed } => {
            bundle::on_packed(model, level, packed);
            Vec::new()
        }
        Message::BundleSaved(saved) => {
            bundle::on_saved(model, saved);
            Vec::new()
        }
        Message::Tick { elapsed_ms } => {
            model.elapsed_ms = elapsed_ms;
            Vec::new()
        }
    }
}

/// Folds an event in and hands it over to be written down. A saved file is its own record.
fn apply(model: &mut Model, event: &SessionEvent) {
    let wizard = &model.knowledge.wizard;
    let conclusions = model.conclusions.as_ref();
    model
        .session
        .apply_at(model.now, event, wizard, conclusions);
    // A practice is nobody's case: it is not written into the session that it interrupts.
    if model.keeping != Keeping::Off && model.session.file().is_none() && model.practice.is_none() {
        model.outbox.push(Kept::did(model.now, event.clone()));
    }
}

fn on_key(model: &mut Model, key: KeyEvent, now: UnixTime) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    model.notice = None;
    if view::areas(model).is_none() {
        return on_card(&key);
    }
    let top = line::top(model);
    let effects = match keymap::command(&key, model) {
        Some(command) => {
            let idle = model.popup.is_none()
                && command.action.says_when_idle()
                && !keymap::is_useful(command, model);
            let effects = act(model, command.action, now);
            if idle && model.popup.is_none() && model.notice.is_none() && effects.is_empty() {
                let name = model.words().t(command.name);
                notice(model, &Msg::new("screen.notice.not-now").with("name", name));
            }
            effects
        }
        None => {
            typing::key(model, key);
            Vec::new()
        }
    };
    line::follow(model, &top);
    effects
}

/// A key while only the card for a small screen is seen. Nothing is typed or chosen unseen, no question is asked that
/// nobody could read: what the card says works, and what the terminal itself is used to.
fn on_card(key: &KeyEvent) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if control => vec![Effect::Quit],
        KeyCode::Char('l') if control => vec![Effect::Redraw],
        KeyCode::Char('z') if control => vec![Effect::Suspend],
        KeyCode::Char('q' | 'Q') if !control => vec![Effect::Quit],
        _ => Vec::new(),
    }
}

/// Carries a command out.
pub(super) fn act(model: &mut Model, action: Action, now: UnixTime) -> Vec<Effect> {
    match action {
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Language => {
            language(model);
            return Vec::new();
        }
        Action::Pointer => {
            line::toggle(model);
            return Vec::new();
        }
        _ => {}
    }
    if line::act(model, action) {
        return Vec::new();
    }
    if model.popup.is_some() {
        return popup::act(model, action, now);
    }
    if action.needs_gateway() && model.session.file().is_some() {
        return Vec::new();
    }
    if log::act(model, action) {
        return Vec::new();
    }
    match action {
        Action::Up => step(model, -1),
        Action::Down => step(model, 1),
        Action::PageUp => page(model, -1),
        Action::PageDown => page(model, 1),
        Action::Home => edge(model, false),
        Action::End => {
            // The end of the log is where it follows what comes in.
            if model.focus == Pane::Log {
                model.log.hit = None;
            }
            edge(model, true);
        }
        Action::Left | Action::PreviousPane => turn(model, Pane::ALL.len() - 1),
        Action::Right | Action::NextPane => turn(model, 1),
        Action::GoTo(pane) => focus(model, pane),
        Action::Enter => return wizard::enter(model, now),
        Action::Back => {
            if !log::back(model) {
                wizard::back(model);
            }
        }
        Action::Recheck => return recheck(model, now, Again::ForTheCause),
        Action::RecheckAll => return recheck(model, now, Again::All),
        Action::Cancel => return cancel(model),
        Action::Copy => return wizard::copy(model),
        // Where there is no certificate to copy, the small letter is the beginning of a code.
        Action::CopyPem if model.certificate_at_hand().is_none() => codes::open(model),
        Action::CopyPem => return wizard::copy_pem(model),
        Action::HandOver => wizard::hand_over(model),
        Action::Mark => wizard::mark(model, Mark::next),
        Action::Note => kept::open_note(model),
        Action::Changes => kept::open_changes(model),
        Action::Compare => kept::open_compared(model),
        Action::Sessions => return kept::open_sessions(model),
        Action::SessionCompare | Action::SessionDelete => {}
        Action::System => system(model),
        Action::Mask => model.masked = !model.masked,
        Action::Freeze => freeze(model),
        Action::Theme => {
            model.theme = Theme::new(model.theme.name.next());
            let name = model.words().t(model.theme.name.text_id());
            notice(model, &Msg::new("screen.notice.theme").with("name", name));
        }
        Action::Glyphs => {
            model.glyphs = if model.glyphs.ascii {
                Glyphs::UNICODE
            } else {
                Glyphs::ASCII
            };
        }
        Action::Mouse => {
            model.mouse = !model.mouse;
            let id = if model.mouse {
                "screen.notice.mouse-on"
            } else {
                "screen.notice.mouse-off"
            };
            notice(model, &Msg::new(id));
        }
        Action::NewTarget => {
            apply(model, &SessionEvent::Opened(Stage::Target));
            look_at_wizard(model);
        }
        Action::Pool => {
            model.popup = Some(Popup::Pool(Box::default()));
            if model.lans.is_none() {
                return vec![Effect::ReadLans];
            }
        }
        Action::Device => {
            model.popup = Some(Popup::Device { scroll: 0 });
            if model.device_seen().is_none() && model.device.is_none() {
                return vec![Effect::ReadDevice];
            }
        }
        Action::Debrief => practice::end(model),
        Action::Report => report::open(model, now),
        Action::Bundle => return bundle::open(model, now),
        Action::Library => {
            library::open(model);
            return vec![Effect::PrepareSearch];
        }
        Action::Help => model.popup = Some(Popup::Help { scroll: 0 }),
        Action::Palette => {
            model.popup = Some(Popup::Palette {
                field: tui_input::Input::default(),
                chosen: 0,
            });
        }
        Action::StepCode => codes::open(model),
        Action::Presenter => {
            model.presenter = !model.presenter;
            let id = if model.presenter {
                "sharing.presenter.on"
            } else {
                "sharing.presenter.off"
            };
            notice(model, &Msg::new(id));
            keep_in_sight(model);
        }
        Action::Phone => {
            if let Some(cause) = model.subject() {
                model.popup = Some(Popup::Phone { cause, part: 0 });
            }
        }
        Action::Quit => {
            // A walk that is under way is not thrown away by one key.
            if model.practice.as_ref().is_some_and(|lesson| !lesson.told) {
                // A lesson is not left without its answer; asked again, it is.
                practice::end(model);
                if let Some(lesson) = &mut model.practice {
                    lesson.told = true;
                }
            } else if model.session.can_go_back() {
                model.popup = Some(Popup::Leave {
                    chosen: 0,
                    under: None,
                });
            } else {
                return vec![Effect::Quit];
            }
        }
        // Done above.
        Action::Redraw
        | Action::Suspend
        | Action::Language
        | Action::Pointer
        | Action::LogSearch
        | Action::LogNext
        | Action::LogPrevious
        | Action::LogProbe
        | Action::LogTone
        | Action::LogTimings
        | Action::LogAll => {}
    }
    Vec::new()
}

/// Says what a key just did, in place of the hints.
fn notice(model: &mut Model, msg: &Msg) {
    let text = model.words().msg(msg);
    model.notice = Some(text);
}

fn language(model: &mut Model) {
    let next = match model.session.lang() {
        Lang::En => Lang::Ja,
        Lang::Ja => Lang::En,
    };
    apply(model, &SessionEvent::LanguageChosen(next));
    keep_in_sight(model);
}

fn system(model: &mut Model) {
    let now = model.session.system();
    let at = System::ALL.iter().position(|s| *s == now).unwrap_or(0);
    let next = System::ALL
        .get((at + 1) % System::ALL.len())
        .copied()
        .unwrap_or(now);
    show_for(model, next);
}

/// Shows the steps for this system.
fn show_for(model: &mut Model, next: System) {
    apply(model, &SessionEvent::SystemChosen(next));
    if let Some(evidence) = model.session.evidence() {
        // Which clients are asked about depends on the system.
        model.conclusions = Some((model.reasoner)(evidence, next));
    }
    model.chosen[Pane::Checklist.index()] = 0;
    if matches!(model.session.stage(), Stage::Steps(_)) {
        model.chosen[Pane::Wizard.index()] = 0;
    }
    let name = model.words().t(view::system_id(next));
    notice(model, &Msg::new("screen.notice.system").with("name", name));
    keep_in_sight(model);
}

fn freeze(model: &mut Model) {
    model.held = match model.held {
        Some(_) => None,
        None => Some(Held {
            evidence: model.session.evidence().cloned(),
            diagnosis: model.conclusions.clone(),
        }),
    };
    let id = if model.held.is_some() {
        "screen.notice.frozen"
    } else {
        "screen.notice.thawed"
    };
    notice(model, &Msg::new(id));
}

/// To the pane `by` places further, round and round.
fn turn(model: &mut Model, by: usize) {
    let at = (model.focus.index() + by) % Pane::ALL.len();
    if let Some(pane) = Pane::ALL.get(at) {
        focus(model, *pane);
    }
}

fn focus(model: &mut Model, pane: Pane) {
    // A search that was being typed is given up, as with Esc.
    model.log.field = None;
    model.focus = pane;
    keep_in_sight(model);
}

/// The wizard pane at its beginning: a new screen is shown, its headline first.
pub(super) fn look_at_wizard(model: &mut Model) {
    model.focus = Pane::Wizard;
    model.chosen[Pane::Wizard.index()] = 0;
    model.scroll[Pane::Wizard.index()] = 0;
    settle(model);
}

#[cfg(test)]
mod again_tests;
#[cfg(test)]
mod heard_tests;
#[cfg(test)]
mod kept_tests;
#[cfg(test)]
mod library_tests;
#[cfg(test)]
mod popup_tests;
#[cfg(test)]
mod practice_tests;
#[cfg(test)]
mod sharing_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_file;
#[cfg(test)]
mod way_out_tests;
