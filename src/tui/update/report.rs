//! Saving a report: asked for, format and place chosen, and what came of it. Writing the file is the loop's.

use tui_input::Input;

use crate::evidence::UnixTime;
use crate::msg::Msg;
use crate::report::save::Saved;
use crate::report::session::{Format, Source, file_name, write};

use super::super::message::Effect;
use super::super::model::{Model, Popup, ReportForm};
use super::notice;

/// Opens the form, the first format chosen and a name offered.
pub fn open(model: &mut Model, now: UnixTime) {
    let mut form = ReportForm {
        format: 0,
        path: Input::default(),
        made_at: now,
        trouble: None,
    };
    form.path = Input::new(offered(model, &form));
    model.popup = Some(Popup::Report(Box::new(form)));
}

/// The path offered for this form.
fn offered(model: &Model, form: &ReportForm) -> String {
    let source = source(model, form.made_at);
    let name = file_name(&source, format_of(form));
    model.folder.join(name).display().to_string()
}

fn source(model: &Model, made_at: UnixTime) -> Source<'_> {
    Source::of_session(
        &model.knowledge,
        &model.session,
        model.conclusions.as_ref(),
        made_at,
    )
}

fn format_of(form: &ReportForm) -> Format {
    Format::ALL
        .get(form.format)
        .copied()
        .unwrap_or(Format::Html)
}

/// The next format or the one before; the ending of the name goes along.
pub fn turn(model: &mut Model, by: isize) {
    let Some(Popup::Report(form)) = &mut model.popup else {
        return;
    };
    let before = format_of(form).extension();
    form.format = form
        .format
        .saturating_add_signed(by)
        .min(Format::ALL.len() - 1);
    form.trouble = None;
    let after = format_of(form).extension();
    if let Some(stem) = form.path.value().strip_suffix(&format!(".{before}")) {
        form.path = Input::new(format!("{stem}.{after}"));
    }
}

/// Enter: saves; once more where there is a file of that name already, which is replaced then.
pub fn enter(model: &mut Model, form: Box<ReportForm>) -> Vec<Effect> {
    let format = format_of(&form);
    let written = write(&source(model, form.made_at), format);
    let effects = match written {
        Ok(text) => vec![Effect::SaveReport {
            path: form.path.value().to_owned(),
            text,
            replace: matches!(form.trouble, Some(Saved::Exists(_))),
        }],
        // Only if serialising fails, which these shapes give no cause for.
        Err(_) => Vec::new(),
    };
    model.popup = Some(Popup::Report(form));
    effects
}

/// What came of it: told in the hint line where it went well, else in the form.
pub fn saved(model: &mut Model, saved: Saved) {
    match saved {
        Saved::As(path) => {
            if matches!(model.popup, Some(Popup::Report(_))) {
                model.popup = None;
            }
            let msg = Msg::new("full-report.saved").with("path", path.display());
            notice(model, &msg);
        }
        trouble => {
            if let Some(Popup::Report(form)) = &mut model.popup {
                form.trouble = Some(trouble);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::super::super::fixtures::{model, press, type_in, with_run};
    use super::super::super::message::Message;
    use super::super::update;
    use super::*;
    use crate::guide::Lang;

    fn path(model: &Model) -> String {
        match &model.popup {
            Some(Popup::Report(form)) => form.path.value().to_owned(),
            _ => panic!("the form is open"),
        }
    }

    #[test]
    fn a_report_is_saved_where_the_person_says_and_replaces_nothing_unasked() {
        let mut model = model(Lang::En);
        model.folder = "/home/someone".into();
        with_run(&mut model);
        press(&mut model, KeyCode::Char('W'));
        assert_eq!(
            path(&model),
            "/home/someone/vpnmedic-vpn.example.com-20261122T120320Z.html"
        );
        press(&mut model, KeyCode::Down);
        assert!(path(&model).ends_with("Z.txt"), "{}", path(&model));
        type_in(&mut model, "W");
        assert!(path(&model).ends_with("Z.txtW"), "letters are text here");
        press(&mut model, KeyCode::Backspace);
        let effects = press(&mut model, KeyCode::Enter);
        let [
            Effect::SaveReport {
                path: to,
                text,
                replace: false,
            },
        ] = effects.as_slice()
        else {
            panic!("{effects:?}");
        };
        assert!(to.ends_with("Z.txt") && text.contains("C04-1"), "{to}");
        update(&mut model, Message::Saved(Saved::Exists(to.into())));
        let effects = press(&mut model, KeyCode::Enter);
        assert!(matches!(
            effects.as_slice(),
            [Effect::SaveReport { replace: true, .. }]
        ));
        update(&mut model, Message::Saved(Saved::Exists(to.into())));
        // Another name is not that file: what lies there is safe again.
        type_in(&mut model, "2");
        let effects = press(&mut model, KeyCode::Enter);
        assert!(matches!(
            effects.as_slice(),
            [Effect::SaveReport { replace: false, .. }]
        ));
        update(&mut model, Message::Saved(Saved::As(to.into())));
        assert!(model.popup.is_none());
        assert!(
            model
                .notice
                .is_some_and(|notice| notice.contains(to.as_str()))
        );
    }

    #[test]
    fn what_could_not_be_saved_keeps_the_form_open_and_says_why() {
        let mut model = model(Lang::Ja);
        with_run(&mut model);
        press(&mut model, KeyCode::Char('W'));
        press(&mut model, KeyCode::Enter);
        let failed = Saved::Failed("/x".into(), "no room".to_owned());
        update(&mut model, Message::Saved(failed));
        let Some(popup) = &model.popup else {
            panic!("the form is open");
        };
        let page = super::super::super::view::popup_page(&model, popup, 80);
        let shown: String = page.lines.iter().map(ToString::to_string).collect();
        assert!(shown.contains("no room"), "{shown}");
    }
}
