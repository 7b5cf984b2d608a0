//! A step code that is typed: the field for it, and going to the step. Which step a code means is in
//! [`super::super::codes`].

use tui_input::Input;

use crate::msg::Msg;
use crate::session::Stage;

use super::super::codes::{Found, matching, read, system_for};
use super::super::message::Effect;
use super::super::model::{Model, Pane, Popup};
use super::{keep_in_sight, notice, show_for, wizard};

/// Opens the palette with the letter that every code begins with.
pub(super) fn open(model: &mut Model) {
    model.popup = Some(Popup::Palette {
        field: Input::new("C".to_owned()),
        chosen: 0,
    });
}

/// Enter on a code: to the step, or on with typing where there is none.
pub(super) fn enter(model: &mut Model, field: Input, chosen: usize) -> Vec<Effect> {
    let found = read(field.value()).map(|code| matching(model, &code));
    match found.and_then(|all| all.into_iter().nth(chosen)) {
        Some(found) => jump(model, &found),
        None => model.popup = Some(Popup::Palette { field, chosen: 0 }),
    }
    Vec::new()
}

fn jump(model: &mut Model, found: &Found) {
    let Some((cause, step)) = found.of(model) else {
        return;
    };
    let code = step.map(|step| cause.step_code(step));
    let system = step.and_then(|step| system_for(step, model.session.system()));
    wizard::open(model, Stage::Steps(found.cause));
    if let Some(system) = system {
        show_for(model, system);
    }
    let (Some(code), Some(wanted)) = (code, &found.step) else {
        return;
    };
    let steps = model.steps(found.cause);
    match steps.iter().position(|step| step.code == *wanted) {
        Some(place) => {
            model.chosen[Pane::Wizard.index()] = place;
            model.chosen[Pane::Checklist.index()] = place;
            keep_in_sight(model);
        }
        None => notice(
            model,
            &Msg::new("screen.notice.step-elsewhere").with("code", code),
        ),
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::super::super::fixtures::{model, press, sized, type_in, with_run};
    use super::super::super::panes::wizard::{Offer, offers};
    use super::*;
    use crate::guide::{Lang, System};

    fn shown_code(model: &Model) -> Option<String> {
        let Stage::Steps(cause) = model.session.stage() else {
            return None;
        };
        let chosen = model.chosen[Pane::Wizard.index()];
        let Some(Offer::Step(n)) = offers(model).into_iter().nth(chosen) else {
            return None;
        };
        let step = model.steps(*cause).get(n).copied()?;
        Some(model.cause(*cause)?.step_code(step))
    }

    #[test]
    fn a_code_that_is_typed_leads_to_its_step_from_every_pane() {
        for pane in ['1', '2', '3', '4'] {
            let mut model = sized(Lang::En, (120, 36));
            with_run(&mut model);
            press(&mut model, KeyCode::Char(pane));
            type_in(&mut model, "C07-W1");
            press(&mut model, KeyCode::Enter);
            assert_eq!(shown_code(&model).as_deref(), Some("C07-W1"), "pane {pane}");
            assert_eq!(model.focus, Pane::Wizard);
            press(&mut model, KeyCode::Esc);
            assert_eq!(shown_code(&model), None, "the way back is as ever");
        }
    }

    #[test]
    fn a_step_for_another_system_shows_that_systems_steps() {
        let mut model = sized(Lang::Ja, (80, 24));
        with_run(&mut model);
        assert_eq!(model.session.system(), System::Windows);
        type_in(&mut model, "c07-m1");
        press(&mut model, KeyCode::Enter);
        assert_eq!(shown_code(&model).as_deref(), Some("C07-M1"));
        assert_eq!(model.session.system(), System::Macos);
    }

    #[test]
    fn every_code_leads_to_its_step_where_nothing_is_known_of_the_gateway() {
        let codes: Vec<String> = model(Lang::En)
            .knowledge
            .causes
            .iter()
            .flat_map(|(_, cause)| cause.steps.iter().map(|step| cause.step_code(step)))
            .collect();
        let mut model = sized(Lang::En, (80, 24));
        with_run(&mut model);
        for code in codes {
            model.focus = Pane::Checklist;
            model.popup = None;
            type_in(&mut model, &code);
            press(&mut model, KeyCode::Enter);
            assert!(
                shown_code(&model).as_ref() == Some(&code) || model.notice.is_some(),
                "{code} leads to {:?}",
                shown_code(&model)
            );
        }
    }

    #[test]
    fn a_wrong_code_is_said_and_typing_goes_on() {
        let mut model = sized(Lang::En, (80, 24));
        with_run(&mut model);
        type_in(&mut model, "C99-W77");
        press(&mut model, KeyCode::Enter);
        let popup = model.popup.clone();
        assert!(matches!(popup, Some(Popup::Palette { .. })));
        let page = super::super::super::view::popup_page(&model, &popup.unwrap(), 72);
        let shown: String = page.lines.iter().map(ToString::to_string).collect();
        assert!(shown.contains("No step has the code C99-W77"), "{shown}");
        press(&mut model, KeyCode::Esc);
        assert!(model.popup.is_none());
    }
}
