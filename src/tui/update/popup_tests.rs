//! What lies over the panes: what it does to the mouse, what leaving it gives back, and that the help is whole.

use crossterm::event::KeyCode;

use super::super::fixtures::{model, press, press_ctrl, sized, type_in, with_run};
use super::super::keymap::COMMANDS;
use super::super::view;
use super::*;

#[test]
fn the_mouse_is_the_terminals_only_while_the_text_alone_is_on_the_screen() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press(&mut model, KeyCode::Char('y'));
    assert_eq!(press(&mut model, KeyCode::Enter), [Effect::Mouse(false)]);
    assert_eq!(press_ctrl(&mut model, 'c'), [Effect::Mouse(true)]);
    assert!(matches!(model.popup, Some(Popup::Leave { .. })));
    assert_eq!(press(&mut model, KeyCode::Esc), [Effect::Mouse(false)]);
    assert!(
        matches!(model.popup, Some(Popup::Text { .. })),
        "who stays goes on there"
    );
    let effects = press(&mut model, KeyCode::Char('y'));
    assert!(
        matches!(effects.as_slice(), [Effect::Copy(_), Effect::Mouse(true)]),
        "{effects:?}"
    );
    press(&mut model, KeyCode::Esc);
    assert_eq!(
        press(&mut model, KeyCode::Char('m')),
        [Effect::Mouse(false)]
    );
    press(&mut model, KeyCode::Char('y'));
    assert_eq!(press(&mut model, KeyCode::Enter), [], "it is off already");
    assert_eq!(press(&mut model, KeyCode::Esc), []);
}

#[test]
fn what_is_being_typed_is_there_again_for_who_stays() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press(&mut model, KeyCode::Char('2'));
    press(&mut model, KeyCode::Char('n'));
    type_in(&mut model, "asked Hanako");
    press_ctrl(&mut model, 'c');
    assert!(matches!(model.popup, Some(Popup::Leave { .. })));
    press(&mut model, KeyCode::Enter);
    let Some(Popup::Note { field, .. }) = &model.popup else {
        panic!("{:?}", model.popup);
    };
    assert_eq!(field.value(), "asked Hanako");
}

#[test]
fn what_was_asked_for_comes_also_while_it_is_asked_whether_to_leave() {
    let mut model = model(Lang::En);
    model.keeping = Keeping::Ready;
    with_run(&mut model);
    assert_eq!(
        press(&mut model, KeyCode::Char('S')),
        [Effect::ListSessions]
    );
    press_ctrl(&mut model, 'c');
    update(&mut model, Message::Sessions(Vec::new()));
    press(&mut model, KeyCode::Esc);
    let Some(Popup::Sessions(list)) = &model.popup else {
        panic!("{:?}", model.popup);
    };
    assert!(list.all.is_some(), "the list has come");
}

#[test]
fn the_help_has_every_command_of_the_table() {
    let mut model = sized(Lang::En, (120, 36));
    with_run(&mut model);
    let page = view::popup_page(&model, &Popup::Help { scroll: 0 }, 200);
    let lines: Vec<String> = page.lines.iter().map(ToString::to_string).collect();
    for command in COMMANDS {
        let told = model.words().t(command.help);
        assert!(
            lines.iter().any(|line| line.contains(&told)),
            "{}: {told}",
            command.name
        );
    }
}
