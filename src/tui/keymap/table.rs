//! The table itself: every command with its keys, its scope and its place in the hint bar.

use crossterm::event::KeyCode;

use super::super::model::Pane;
use super::{Action, Command, Key, Scope};

macro_rules! command {
    ($id:literal, $scope:ident, $action:expr, $hint:literal, [$($key:expr),+ $(,)?]) => {
        Command {
            name: concat!("cmd.", $id),
            help: concat!("cmd.", $id, "-help"),
            scope: Scope::$scope,
            keys: &[$($key),+],
            action: $action,
            hint: $hint,
        }
    };
}

/// Every command, in the order of the help.
pub const COMMANDS: &[Command] = &[
    command!("up", Panes, Action::Up, 1, [key(KeyCode::Up), letter('k')]),
    command!(
        "down",
        Panes,
        Action::Down,
        0,
        [key(KeyCode::Down), letter('j')]
    ),
    command!("enter", Panes, Action::Enter, 2, [key(KeyCode::Enter)]),
    command!(
        "back",
        Panes,
        Action::Back,
        3,
        [key(KeyCode::Esc), key(KeyCode::Backspace)]
    ),
    command!("next-pane", Panes, Action::NextPane, 5, [key(KeyCode::Tab)]),
    command!(
        "previous-pane",
        Panes,
        Action::PreviousPane,
        0,
        [key(KeyCode::BackTab)]
    ),
    command!(
        "left",
        Panes,
        Action::Left,
        0,
        [key(KeyCode::Left), letter('h')]
    ),
    command!(
        "right",
        Panes,
        Action::Right,
        0,
        [key(KeyCode::Right), letter('l')]
    ),
    command!(
        "pane-wizard",
        Panes,
        Action::GoTo(Pane::Wizard),
        0,
        [letter('1')]
    ),
    command!(
        "pane-checklist",
        Panes,
        Action::GoTo(Pane::Checklist),
        0,
        [letter('2')]
    ),
    command!(
        "pane-chain",
        Panes,
        Action::GoTo(Pane::Chain),
        0,
        [letter('3')]
    ),
    command!("pane-log", Panes, Action::GoTo(Pane::Log), 0, [letter('4')]),
    command!(
        "page-up",
        Panes,
        Action::PageUp,
        0,
        [key(KeyCode::PageUp), ctrl('b')]
    ),
    command!(
        "page-down",
        Panes,
        Action::PageDown,
        0,
        [key(KeyCode::PageDown), ctrl('f')]
    ),
    command!(
        "home",
        Panes,
        Action::Home,
        0,
        [key(KeyCode::Home), letter('g')]
    ),
    command!(
        "end",
        Panes,
        Action::End,
        0,
        [key(KeyCode::End), letter('G')]
    ),
    command!("log-search", Log, Action::LogSearch, 4, [letter('/')]),
    command!("log-next", Hits, Action::LogNext, 4, [letter('n')]),
    command!("log-previous", Hits, Action::LogPrevious, 0, [letter('N')]),
    command!("log-timings", Log, Action::LogTimings, 4, [letter('v')]),
    command!("log-tone", Log, Action::LogTone, 4, [letter('w')]),
    command!("log-probe", Log, Action::LogProbe, 4, [letter('s')]),
    command!("log-all", Log, Action::LogAll, 0, [letter('z')]),
    command!("mark", Steps, Action::Mark, 4, [letter(' ')]),
    command!("note", Notes, Action::Note, 4, [letter('n')]),
    command!("changes", Panes, Action::Changes, 0, [letter('u')]),
    command!("compare", Panes, Action::Compare, 0, [letter('=')]),
    command!("sessions", Panes, Action::Sessions, 0, [letter('S')]),
    command!(
        "recheck",
        Panes,
        Action::Recheck,
        6,
        [letter('r'), key(KeyCode::F(5))]
    ),
    command!("recheck-all", Panes, Action::RecheckAll, 0, [letter('R')]),
    command!("cancel", Panes, Action::Cancel, 6, [letter('x')]),
    command!("copy", Panes, Action::Copy, 7, [letter('y')]),
    command!("copy-pem", Panes, Action::CopyPem, 7, [letter('c')]),
    command!("hand-over", Panes, Action::HandOver, 0, [letter('a')]),
    command!("report", Panes, Action::Report, 0, [letter('W')]),
    command!("bundle", Panes, Action::Bundle, 0, [letter('B')]),
    command!("system", Panes, Action::System, 8, [letter('o')]),
    command!("new-target", Panes, Action::NewTarget, 0, [letter('n')]),
    command!(
        "language",
        Panes,
        Action::Language,
        9,
        [letter('L'), key(KeyCode::F(2))]
    ),
    command!("mask", Panes, Action::Mask, 0, [letter('p')]),
    command!("freeze", Panes, Action::Freeze, 0, [letter('f')]),
    command!("theme", Panes, Action::Theme, 0, [letter('t')]),
    command!("glyphs", Panes, Action::Glyphs, 0, [letter('U')]),
    command!("mouse", Panes, Action::Mouse, 0, [letter('m')]),
    command!(
        "library",
        Panes,
        Action::Library,
        9,
        [letter('b'), key(KeyCode::F(3))]
    ),
    command!("debrief", Panes, Action::Debrief, 7, [letter('X')]),
    command!("pool", Panes, Action::Pool, 0, [letter('e')]),
    command!("device", Panes, Action::Device, 0, [letter('d')]),
    command!(
        "palette",
        Panes,
        Action::Palette,
        0,
        [letter(':'), ctrl('p')]
    ),
    command!(
        "step-code",
        Panes,
        Action::StepCode,
        0,
        [letter('C'), letter('/')]
    ),
    command!(
        "pointer",
        Panes,
        Action::Pointer,
        3,
        [letter('#'), key(KeyCode::F(4))]
    ),
    command!("presenter", Panes, Action::Presenter, 0, [letter('P')]),
    command!("phone", Panes, Action::Phone, 0, [letter('Q')]),
    command!(
        "help",
        Panes,
        Action::Help,
        10,
        [letter('?'), key(KeyCode::F(1))]
    ),
    command!("redraw", Panes, Action::Redraw, 0, [ctrl('l')]),
    command!("suspend", Panes, Action::Suspend, 0, [ctrl('z')]),
    command!("quit", Panes, Action::Quit, 11, [letter('q'), ctrl('c')]),
    command!(
        "field-enter",
        Field,
        Action::Enter,
        1,
        [key(KeyCode::Enter)]
    ),
    command!("field-down", Field, Action::Down, 2, [key(KeyCode::Down)]),
    command!("field-up", Field, Action::Up, 0, [key(KeyCode::Up)]),
    command!("field-back", Field, Action::Back, 3, [key(KeyCode::Esc)]),
    command!(
        "field-next-pane",
        Field,
        Action::NextPane,
        4,
        [key(KeyCode::Tab)]
    ),
    command!(
        "field-previous-pane",
        Field,
        Action::PreviousPane,
        0,
        [key(KeyCode::BackTab)]
    ),
    command!(
        "field-language",
        Field,
        Action::Language,
        5,
        [key(KeyCode::F(2))]
    ),
    command!("field-help", Field, Action::Help, 6, [key(KeyCode::F(1))]),
    command!(
        "field-library",
        Field,
        Action::Library,
        0,
        [key(KeyCode::F(3))]
    ),
    command!("field-palette", Field, Action::Palette, 0, [ctrl('p')]),
    command!(
        "field-pointer",
        Field,
        Action::Pointer,
        3,
        [key(KeyCode::F(4))]
    ),
    command!("field-redraw", Field, Action::Redraw, 0, [ctrl('l')]),
    command!("field-suspend", Field, Action::Suspend, 0, [ctrl('z')]),
    command!("field-quit", Field, Action::Quit, 7, [ctrl('c'), ctrl('q')]),
    command!("popup-up", Popup, Action::Up, 1, [key(KeyCode::Up)]),
    command!("popup-down", Popup, Action::Down, 0, [key(KeyCode::Down)]),
    command!(
        "popup-page-up",
        Popup,
        Action::PageUp,
        0,
        [key(KeyCode::PageUp)]
    ),
    command!(
        "popup-page-down",
        Popup,
        Action::PageDown,
        0,
        [key(KeyCode::PageDown)]
    ),
    command!("popup-home", Popup, Action::Home, 0, [key(KeyCode::Home)]),
    command!("popup-end", Popup, Action::End, 0, [key(KeyCode::End)]),
    command!(
        "popup-enter",
        Popup,
        Action::Enter,
        2,
        [key(KeyCode::Enter)]
    ),
    command!("popup-close", Popup, Action::Back, 4, [key(KeyCode::Esc)]),
    command!(
        "popup-language",
        Popup,
        Action::Language,
        0,
        [key(KeyCode::F(2))]
    ),
    command!(
        "popup-pointer",
        Popup,
        Action::Pointer,
        0,
        [key(KeyCode::F(4))]
    ),
    command!("popup-redraw", Popup, Action::Redraw, 0, [ctrl('l')]),
    command!("popup-suspend", Popup, Action::Suspend, 0, [ctrl('z')]),
    command!("popup-quit", Popup, Action::Quit, 0, [ctrl('c')]),
    command!(
        "session-compare",
        Kept,
        Action::SessionCompare,
        3,
        [ctrl('o')]
    ),
    command!(
        "session-delete",
        Kept,
        Action::SessionDelete,
        3,
        [ctrl('x')]
    ),
    command!("reading-up", Reading, Action::Up, 0, [letter('k')]),
    command!("reading-down", Reading, Action::Down, 0, [letter('j')]),
    command!(
        "reading-next-link",
        Reading,
        Action::NextPane,
        2,
        [key(KeyCode::Tab)]
    ),
    command!(
        "reading-previous-link",
        Reading,
        Action::PreviousPane,
        0,
        [key(KeyCode::BackTab)]
    ),
    command!("reading-copy", Reading, Action::Copy, 3, [letter('y')]),
    command!(
        "reading-copy-pem",
        Reading,
        Action::CopyPem,
        3,
        [letter('c')]
    ),
    command!(
        "reading-close",
        Reading,
        Action::Back,
        0,
        [letter('q'), letter('?'), key(KeyCode::Backspace)]
    ),
    command!(
        "reading-pointer",
        Reading,
        Action::Pointer,
        3,
        [letter('#')]
    ),
    command!(
        "reading-language",
        Reading,
        Action::Language,
        0,
        [letter('L')]
    ),
];

const fn key(code: KeyCode) -> Key {
    Key { code, ctrl: false }
}

const fn letter(c: char) -> Key {
    key(KeyCode::Char(c))
}

const fn ctrl(c: char) -> Key {
    Key {
        code: KeyCode::Char(c),
        ctrl: true,
    }
}
