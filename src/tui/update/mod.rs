//! The only place where the model changes: a message in, effects out. Pure: no terminal, no network, no clock.

mod library;
mod file;
mod popup;
mod typing;
mod wizard;

use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::evidence::{ProbeEvent, Target, UnixTime, Why, WhyCode};
use crate::guide::{Lang, System};
use crate::msg::Msg;
use crate::session::{SessionEvent, Stage};

use super::keymap::{self, Action};
use super::message::{Effect, Message};
use super::model::{Held, Model, Pane, Popup};
use super::panes;
use super::theme::{Glyphs, Theme};
use super::view;

pub use file::open_file;
pub use wizard::{certificate_at_hand, copyable};

/// Lines the wheel moves by.
const WHEEL: usize = 3;

/// Takes a message in and says what is to be done outside.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Key { key, now } => on_key(model, key, now),
        Message::Mouse { event, now } => on_mouse(model, event, now),
        Message::Paste(text) => {
            typing::paste(model, &text);
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
        Message::Lans(lans) => {
            model.lans = Some(lans);
            Vec::new()
        }
        Message::Tick { elapsed_ms } => {
            model.elapsed_ms = elapsed_ms;
            Vec::new()
        }
    }
}

/// Sets the gateway and begins the checks: what a start with a gateway on the command line does first.
pub fn set_target(model: &mut Model, target: Target, now: UnixTime) -> Vec<Effect> {
    model.address = tui_input::Input::new(target.to_string());
    model.address_error = None;
    model.finding = 0;
    model.held = None;
    apply(
        model,
        &SessionEvent::TargetSet {
            target: target.clone(),
            at: now,
        },
    );
    look_at_wizard(model);
    begin(model, target)
}

/// A run begins, or, offline, is over at once with everything skipped.
fn begin(model: &mut Model, target: Target) -> Vec<Effect> {
    model.elapsed_ms = 0;
    model.conclusions = None;
    if model.offline() {
        let skipped = crate::evidence::ProbeId::ALL
            .into_iter()
            .map(|id| ProbeEvent::Skipped {
                id,
                at_ms: 0.0,
                why: Why::code(WhyCode::Offline),
            })
            .chain(std::iter::once(ProbeEvent::Done))
            .collect();
        on_probes(model, skipped);
        return Vec::new();
    }
    vec![Effect::StartChecks {
        target,
        run: model.session.runs(),
    }]
}

fn on_probes(model: &mut Model, events: Vec<ProbeEvent>) {
    let at_end = is_log_at_end(model);
    let node = node_of(model);
    for event in events {
        apply(model, &SessionEvent::Probe(event));
    }
    if let Some(evidence) = model.session.evidence() {
        model.conclusions = Some((model.reasoner)(evidence, model.session.system()));
    }
    if node != node_of(model) {
        // A check answered: the walk went on by itself.
        model.chosen[Pane::Wizard.index()] = 0;
        model.scroll[Pane::Wizard.index()] = 0;
    }
    if at_end {
        model.scroll[Pane::Log.index()] = usize::MAX;
    }
    settle(model);
}

/// The node of the tree that is on show, to notice that the walk went on.
fn node_of(model: &Model) -> Option<String> {
    if model.session.stage() != &Stage::Walk {
        return None;
    }
    panes::wizard::at(model).map(|position| position.node().to_owned())
}

/// Whether the log follows what comes in: it does until the person scrolls up.
fn is_log_at_end(model: &Model) -> bool {
    let Some(inner) = view::areas(model).and_then(|areas| areas.inside(Pane::Log)) else {
        return true;
    };
    let page = panes::page(model, Pane::Log, inner.width);
    let height = usize::from(inner.height);
    model.scroll[Pane::Log.index()] >= page.clamp(usize::MAX, height)
}

fn apply(model: &mut Model, event: &SessionEvent) {
    model
        .session
        .apply(event, &model.knowledge.wizard, model.conclusions.as_ref());
}

fn on_key(model: &mut Model, key: KeyEvent, now: UnixTime) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    model.notice = None;
    match keymap::command(&key, model) {
        Some(command) => act(model, command.action, now),
        None => {
            typing::key(model, key);
            Vec::new()
        }
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
        _ => {}
    }
    if model.popup.is_some() {
        return popup::act(model, action, now);
    }
    if action.needs_gateway() && model.session.file().is_some() {
        return Vec::new();
    }
    match action {
        Action::Up => step(model, -1),
        Action::Down => step(model, 1),
        Action::PageUp => page(model, -1),
        Action::PageDown => page(model, 1),
        Action::Home => edge(model, false),
        Action::End => edge(model, true),
        Action::Left | Action::PreviousPane => turn(model, Pane::ALL.len() - 1),
        Action::Right | Action::NextPane => turn(model, 1),
        Action::GoTo(pane) => focus(model, pane),
        Action::Enter => return wizard::enter(model, now),
        Action::Back => wizard::back(model),
        Action::Recheck => return recheck(model, now),
        Action::Cancel => return cancel(model),
        Action::Copy => return wizard::copy(model),
        Action::CopyPem => return wizard::copy_pem(model),
        Action::HandOver => wizard::hand_over(model),
        Action::Mark => wizard::mark(model),
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
            return vec![Effect::Mouse(model.mouse)];
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
        Action::Library => library::open(model),
        Action::Help => model.popup = Some(Popup::Help { scroll: 0 }),
        Action::Palette => {
            model.popup = Some(Popup::Palette {
                field: tui_input::Input::default(),
                chosen: 0,
            });
        }
        Action::Quit => {
            // A walk that is under way is not thrown away by one key.
            if model.session.can_go_back() {
                model.popup = Some(Popup::Leave { chosen: 0 });
            } else {
                return vec![Effect::Quit];
            }
        }
        Action::Redraw | Action::Suspend | Action::Language => {}
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

/// Runs the checks again, from nothing; what was found is kept to compare with.
fn recheck(model: &mut Model, now: UnixTime) -> Vec<Effect> {
    let Some(target) = model.session.target().cloned() else {
        return Vec::new();
    };
    if model.offline() {
        notice(model, &Msg::new("screen.notice.offline"));
        return Vec::new();
    }
    let found = model
        .conclusions
        .iter()
        .flat_map(|d| &d.causes)
        .map(|finding| finding.cause)
        .collect();
    model.held = None;
    model.finding = 0;
    apply(model, &SessionEvent::Rechecked { at: now, found });
    look_at_wizard(model);
    begin(model, target)
}

/// Stops the checks; what has not ended says that the person stopped it.
fn cancel(model: &mut Model) -> Vec<Effect> {
    if !model.is_running() {
        return Vec::new();
    }
    let at_ms = f64::from(u32::try_from(model.elapsed_ms).unwrap_or(u32::MAX));
    let running: Vec<ProbeEvent> = crate::evidence::ProbeId::ALL
        .into_iter()
        .filter(|id| {
            model.session.evidence().is_some_and(|evidence| {
                evidence
                    .probe(*id)
                    .is_none_or(|record| record.outcome == crate::evidence::ProbeOutcome::Running)
            })
        })
        .map(|id| ProbeEvent::Skipped {
            id,
            at_ms,
            why: Why::code(WhyCode::Cancelled),
        })
        .chain(std::iter::once(ProbeEvent::Done))
        .collect();
    on_probes(model, running);
    notice(model, &Msg::new("screen.notice.cancelled"));
    vec![Effect::CancelChecks]
}

/// To the pane `by` places further, round and round.
fn turn(model: &mut Model, by: usize) {
    let at = (model.focus.index() + by) % Pane::ALL.len();
    if let Some(pane) = Pane::ALL.get(at) {
        focus(model, *pane);
    }
}

fn focus(model: &mut Model, pane: Pane) {
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

/// How many lines can be chosen in a pane.
fn choices(model: &Model, pane: Pane) -> usize {
    match pane {
        Pane::Wizard => model.choices(),
        Pane::Checklist => model.subject().map_or(0, |cause| model.steps(cause).len()),
        Pane::Chain => model
            .diagnosis()
            .map_or(0, |d| panes::chain::order(d).len()),
        Pane::Log => 0,
    }
}

/// One choice up or down; in panes without choices, one line.
fn step(model: &mut Model, by: isize) {
    let pane = model.focus;
    let count = choices(model, pane);
    if count == 0 {
        scroll(model, pane, by);
        return;
    }
    let at = model.chosen[pane.index()].min(count - 1);
    let next = at.saturating_add_signed(by).min(count - 1);
    if next == at {
        // At the first and last choice the keys go on to what lies beyond it, and come back the same way.
        scroll(model, pane, by);
        return;
    }
    if !is_in_sight(model) {
        // First show what is chosen, then move on from it.
        keep_in_sight(model);
        return;
    }
    model.chosen[pane.index()] = next;
    keep_in_sight(model);
}

fn page(model: &mut Model, by: isize) {
    let pane = model.focus;
    let height = inside(model, pane).1.saturating_sub(1).max(1);
    scroll(
        model,
        pane,
        by.saturating_mul(isize::try_from(height).unwrap_or(1)),
    );
}

fn edge(model: &mut Model, end: bool) {
    let pane = model.focus;
    let count = choices(model, pane);
    if count > 0 {
        model.chosen[pane.index()] = if end { count - 1 } else { 0 };
    }
    scroll(model, pane, if end { isize::MAX } else { isize::MIN });
}

/// The cells of a pane: columns and rows inside its frame.
fn inside(model: &Model, pane: Pane) -> (u16, usize) {
    view::areas(model)
        .and_then(|areas| areas.inside(pane))
        .map_or((76, 19), |inner| (inner.width, usize::from(inner.height)))
}

fn scroll(model: &mut Model, pane: Pane, by: isize) {
    let (width, height) = inside(model, pane);
    let page = panes::page(model, pane, width);
    let at = page.clamp(model.scroll[pane.index()], height);
    model.scroll[pane.index()] = page.clamp(at.saturating_add_signed(by), height);
}

/// Keeps the choices inside what can be chosen.
fn settle(model: &mut Model) {
    for pane in Pane::ALL {
        let count = choices(model, pane);
        let at = &mut model.chosen[pane.index()];
        *at = (*at).min(count.saturating_sub(1));
    }
}

/// Whether all of the chosen line is on the screen.
fn is_in_sight(model: &Model) -> bool {
    let pane = model.focus;
    let (width, height) = inside(model, pane);
    let page = panes::page(model, pane, width);
    let offset = page.clamp(model.scroll[pane.index()], height);
    page.lines_of(model.chosen[pane.index()])
        .is_none_or(|(first, _)| (offset..offset + height).contains(&first))
}

/// Keeps the choices inside what can be chosen, and the chosen line on the screen.
pub(super) fn keep_in_sight(model: &mut Model) {
    settle(model);
    let pane = model.focus;
    let (width, height) = inside(model, pane);
    let page = panes::page(model, pane, width);
    let offset = page.clamp(model.scroll[pane.index()], height);
    let chosen = model.chosen[pane.index()];
    model.scroll[pane.index()] = match page.lines_of(chosen) {
        // The first choice comes with all that stands above it.
        Some((_, end)) if chosen == 0 && end <= height => 0,
        Some((first, end)) => page.scroll_to(offset, height, first, end),
        None => offset,
    };
}

fn on_mouse(model: &mut Model, event: MouseEvent, now: UnixTime) -> Vec<Effect> {
    if !model.mouse {
        return Vec::new();
    }
    let wheel = isize::try_from(WHEEL).unwrap_or(1);
    let by = match event.kind {
        MouseEventKind::ScrollUp => -wheel,
        MouseEventKind::ScrollDown => wheel,
        MouseEventKind::Down(MouseButton::Left) => return on_click(model, event, now),
        _ => return Vec::new(),
    };
    if model.popup.is_some() {
        popup::scroll(model, by);
        return Vec::new();
    }
    if let Some((pane, _)) = pane_at(model, event) {
        scroll(model, pane, by);
    }
    Vec::new()
}

fn pane_at(model: &Model, event: MouseEvent) -> Option<(Pane, ratatui::layout::Rect)> {
    let spot = Position::new(event.column, event.row);
    let areas = view::areas(model)?;
    let (pane, _) = areas
        .panes
        .iter()
        .find(|(_, area)| area.contains(spot))
        .copied()?;
    Some((pane, areas.inside(pane)?))
}

/// A click chooses; a click on what is chosen takes it.
fn on_click(model: &mut Model, event: MouseEvent, now: UnixTime) -> Vec<Effect> {
    if model.popup.is_some() {
        return Vec::new();
    }
    model.notice = None;
    let Some(areas) = view::areas(model) else {
        return Vec::new();
    };
    let spot = Position::new(event.column, event.row);
    if areas.tabs.is_some_and(|tabs| tabs.contains(spot)) {
        if let Some(pane) = view::tab_at(model, event.column) {
            focus(model, pane);
        }
        return Vec::new();
    }
    let Some((pane, inner)) = pane_at(model, event) else {
        return Vec::new();
    };
    let was = (model.focus, model.chosen[pane.index()]);
    model.focus = pane;
    if !inner.contains(spot) {
        return Vec::new();
    }
    let page = panes::page(model, pane, inner.width);
    let offset = page.clamp(model.scroll[pane.index()], usize::from(inner.height));
    let line = offset + usize::from(event.row - inner.y);
    let Some(choice) = page.choice_at(line) else {
        return Vec::new();
    };
    model.chosen[pane.index()] = choice;
    if was == (pane, choice) {
        return wizard::enter(model, now);
    }
    keep_in_sight(model);
    Vec::new()
}

#[cfg(test)]
mod library_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_file;
