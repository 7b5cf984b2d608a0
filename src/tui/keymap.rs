//! The one table of commands: what the hint bar, the help and the palette show, and what keys do, comes from here.
//!
//! What a command does to the model is [`super::update`]'s.

mod table;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::{Model, Pane, Popup};

pub use table::COMMANDS;

/// What a person can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The line above.
    Up,
    /// The line below.
    Down,
    /// To the left: the pane before.
    Left,
    /// To the right: the pane after.
    Right,
    /// Take what is chosen.
    Enter,
    /// One screen back.
    Back,
    /// The next pane.
    NextPane,
    /// The pane before.
    PreviousPane,
    /// This pane.
    GoTo(Pane),
    /// A screenful up.
    PageUp,
    /// A screenful down.
    PageDown,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// Search the log.
    LogSearch,
    /// The next hit in the log.
    LogNext,
    /// The hit before.
    LogPrevious,
    /// Only the next check's part of the log.
    LogProbe,
    /// Only warnings and worse in the log, or all.
    LogTone,
    /// The times of the checks instead of the lines, or back.
    LogTimings,
    /// All of the log again.
    LogAll,
    /// Run the checks again that bear on the cause on the table.
    Recheck,
    /// Run all checks again.
    RecheckAll,
    /// Stop the checks that run.
    Cancel,
    /// Copy what is shown: the text for the administrator, the command, the certificate.
    Copy,
    /// Copy the certificate that is chosen or shown, as PEM.
    CopyPem,
    /// The text for the administrator.
    HandOver,
    /// Save a report.
    Report,
    /// Put the session into a file to hand over.
    Bundle,
    /// Mark a step of the checklist.
    Mark,
    /// Write a note beside a step.
    Note,
    /// What was changed, and how to take it back.
    Changes,
    /// Before and after the latest re-check.
    Compare,
    /// The sessions that are kept.
    Sessions,
    /// What is different between the chosen session and now.
    SessionCompare,
    /// Delete the chosen session.
    SessionDelete,
    /// The other language.
    Language,
    /// The next system.
    System,
    /// Hide names and addresses.
    Mask,
    /// Hold the screen still.
    Freeze,
    /// The next theme.
    Theme,
    /// The other glyph set.
    Glyphs,
    /// The mouse on or off.
    Mouse,
    /// Another gateway.
    NewTarget,
    /// The end of a lesson.
    Debrief,
    /// The library, and the search over it and the causes.
    Library,
    /// The address pool form.
    Pool,
    /// What this device says of itself.
    Device,
    /// The help.
    Help,
    /// The palette.
    Palette,
    /// Type the code of a step and go there.
    StepCode,
    /// The steps as QR codes.
    Phone,
    /// Numbers before the lines, and a mark that moves along them, or neither.
    Pointer,
    /// Large spacing and one pane, or back.
    Presenter,
    /// Stand aside for the shell.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
}

impl Action {
    /// Whether it is about a gateway and its checks, so that it means nothing where a saved file is shown.
    pub const fn needs_gateway(self) -> bool {
        matches!(
            self,
            Self::Recheck | Self::RecheckAll | Self::Cancel | Self::NewTarget | Self::Freeze
        )
    }

    /// Whether it says so where it finds nothing to do: a key that does nothing and says nothing looks broken.
    pub const fn says_when_idle(self) -> bool {
        matches!(
            self,
            Self::Recheck
                | Self::Cancel
                | Self::Copy
                | Self::HandOver
                | Self::Phone
                | Self::Debrief
        )
    }
}

/// Where a command is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In every pane, unless text is being typed.
    Panes,
    /// In the checklist and where steps are shown.
    Steps,
    /// In the checklist, where a step is chosen; goes before what the same key means elsewhere.
    Notes,
    /// In the probe log; goes before what the same key means elsewhere.
    Log,
    /// In the probe log while something is searched for; goes before what the same key means elsewhere.
    Hits,
    /// While text is typed: letters are text there.
    Field,
    /// While a popup is open.
    Popup,
    /// In the list of kept sessions.
    Kept,
    /// While a popup is open in which nothing is typed.
    Reading,
}

#[cfg(test)]
impl Scope {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Panes,
        Self::Steps,
        Self::Notes,
        Self::Kept,
        Self::Log,
        Self::Hits,
        Self::Field,
        Self::Popup,
        Self::Reading,
    ];
}

/// A key and what is held down with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub code: KeyCode,
    /// Whether Ctrl is held down.
    pub ctrl: bool,
}

impl Key {
    /// The key of a terminal's event. Shift is part of the letter, Alt and the others play no part.
    pub fn of(event: &KeyEvent) -> Self {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Self { code, ctrl }
    }

    /// What is printed on it. `arrows` are shown as the words given by the glyph set where all of them are meant.
    pub fn label(&self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(c) if self.ctrl => return format!("Ctrl-{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::F(n) => format!("F{n}"),
            KeyCode::Enter => "Enter".to_owned(),
            KeyCode::Esc => "Esc".to_owned(),
            KeyCode::Tab => "Tab".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::Backspace => "Backspace".to_owned(),
            KeyCode::PageUp => "PageUp".to_owned(),
            KeyCode::PageDown => "PageDown".to_owned(),
            KeyCode::Up => "Up".to_owned(),
            KeyCode::Down => "Down".to_owned(),
            KeyCode::Left => "Left".to_owned(),
            KeyCode::Right => "Right".to_owned(),
            other => format!("{other:?}"),
        };
        if self.ctrl {
            format!("Ctrl-{name}")
        } else {
            name
        }
    }
}

/// One command.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// The id of its name (`cmd.<word>`), a word or two.
    pub name: &'static str,
    /// The id of its description (`cmd.<word>-help`), a sentence.
    pub help: &'static str,
    /// Where it is in force.
    pub scope: Scope,
    /// Its keys; the first is the one shown.
    pub keys: &'static [Key],
    /// What it does.
    pub action: Action,
    /// Its place in the hint bar from the left; 0 keeps it out.
    pub hint: u8,
}

/// Whether commands of this scope are in force now.
pub fn in_force(scope: Scope, model: &Model) -> bool {
    match (&model.popup, model.is_typing()) {
        (Some(popup), _) => {
            let typed = matches!(
                popup,
                Popup::Palette { .. }
                    | Popup::Library { .. }
                    | Popup::Pool(_)
                    | Popup::Report(_)
                    | Popup::Bundle(_)
                    | Popup::Note { .. }
                    | Popup::Sessions(_)
            );
            let kept = matches!(popup, Popup::Sessions(_));
            scope == Scope::Popup
                || (scope == Scope::Kept && kept)
                || (scope == Scope::Reading && !typed)
        }
        (None, true) => scope == Scope::Field,
        (None, false) => match scope {
            Scope::Panes => true,
            Scope::Steps => model.shows_steps(),
            Scope::Notes => model.focus == Pane::Checklist && model.subject().is_some(),
            Scope::Log => model.focus == Pane::Log,
            Scope::Hits => model.focus == Pane::Log && !model.log.search.is_empty(),
            Scope::Field | Scope::Popup | Scope::Kept | Scope::Reading => false,
        },
    }
}

/// The command that this key means now, if any.
pub fn command(event: &KeyEvent, model: &Model) -> Option<&'static Command> {
    let pressed = Key::of(event);
    let meant =
        |command: &&Command| in_force(command.scope, model) && command.keys.contains(&pressed);
    let mut hits = COMMANDS
        .iter()
        .filter(|c| matches!(c.scope, Scope::Hits | Scope::Notes | Scope::Log));
    hits.find(meant).or_else(|| COMMANDS.iter().find(meant))
}

/// Whether a command would do anything now; what would not is left out of the hint bar.
pub fn is_useful(command: &Command, model: &Model) -> bool {
    if command.action.needs_gateway() && model.session.file().is_some() {
        return false;
    }
    match command.action {
        Action::Recheck | Action::RecheckAll => model.can_recheck() && !model.is_running(),
        Action::Cancel => model.is_running(),
        Action::Debrief => model.practice.is_some(),
        Action::Compare => model.session.before().is_some(),
        Action::Copy => model.can_copy(),
        Action::CopyPem => model.certificate_at_hand().is_some(),
        Action::HandOver | Action::Phone => model.subject().is_some(),
        Action::System => model.shows_steps(),
        Action::Back => {
            model.popup.is_some() || model.session.can_go_back() || model.focus != Pane::Wizard
        }
        Action::Enter => match &model.popup {
            Some(popup) => {
                matches!(
                    popup,
                    Popup::Palette { .. }
                        | Popup::Library { .. }
                        | Popup::Copied { .. }
                        | Popup::Report(_)
                        | Popup::Bundle(_)
                        | Popup::Resume { .. }
                        | Popup::Note { .. }
                        | Popup::Sessions(_)
                        | Popup::Saving { .. }
                        | Popup::Changes { .. }
                        | Popup::Leave { .. }
                        | Popup::Practice(_)
                ) || is_link_chosen(popup)
            }
            // Steps are marked, which has a key and a name of its own; a log has nothing to open.
            None if model.focus == Pane::Log => model.is_typing(),
            None => !model.at_step(),
        },
        Action::NextPane if command.scope == Scope::Reading => {
            matches!(&model.popup, Some(Popup::Reading(reading))
                if !super::view::library_links(model, &reading.place).is_empty())
        }
        Action::Down if command.scope == Scope::Field => model.choices() > 1,
        _ => true,
    }
}

fn is_link_chosen(popup: &Popup) -> bool {
    matches!(popup, Popup::Reading(reading) if reading.link.is_some())
}

/// The commands for the hint bar now, from the left.
pub fn hints(model: &Model) -> Vec<&'static Command> {
    let mut shown: Vec<&'static Command> = COMMANDS
        .iter()
        .filter(|command| command.hint > 0 && in_force(command.scope, model))
        .filter(|command| is_useful(command, model))
        // Reminds of itself only while it changes what other keys do.
        .filter(|command| command.action != Action::Pointer || model.pointed.is_some())
        .collect();
    shown.sort_by_key(|command| command.hint);
    shown
}

/// The commands of the palette: everything that can be done outside fields and popups and is not merely moving about.
pub fn palette() -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().filter(|command| {
        matches!(
            command.scope,
            Scope::Panes | Scope::Steps | Scope::Notes | Scope::Log
        ) && !matches!(
            command.action,
            Action::Up
                | Action::Down
                | Action::Left
                | Action::Right
                | Action::Enter
                | Action::PageUp
                | Action::PageDown
                | Action::Home
                | Action::End
                | Action::NextPane
                | Action::PreviousPane
                | Action::Palette
                | Action::StepCode
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_of_one_scope_share_a_key() {
        for scope in Scope::ALL {
            let mut taken: Vec<(Key, &str)> = Vec::new();
            // Commands of the steps and of the log are in force together with those of the panes; those of the hits
            // go before them.
            let together = |other: Scope| {
                other == scope
                    || (scope == Scope::Panes && matches!(other, Scope::Steps | Scope::Log))
                    || (scope == Scope::Popup && other == Scope::Reading)
            };
            for command in COMMANDS.iter().filter(|c| together(c.scope)) {
                for key in command.keys {
                    // In the log it searches; everywhere else it finds a step.
                    if key.code == KeyCode::Char('/') && command.scope == Scope::Log {
                        continue;
                    }
                    if let Some((_, other)) = taken.iter().find(|(k, _)| k == key) {
                        panic!("{} and {other} share {}", command.name, key.label());
                    }
                    taken.push((*key, command.name));
                }
            }
        }
    }

    #[test]
    fn letters_are_text_while_typing() {
        for command in COMMANDS.iter().filter(|c| c.scope == Scope::Field) {
            for key in command.keys {
                assert!(
                    key.ctrl || !matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace),
                    "{} takes {} away from the field",
                    command.name,
                    key.label()
                );
            }
        }
    }

    #[test]
    fn names_are_unique() {
        for (at, command) in COMMANDS.iter().enumerate() {
            assert!(
                COMMANDS[..at]
                    .iter()
                    .all(|other| other.name != command.name)
            );
        }
    }
}
