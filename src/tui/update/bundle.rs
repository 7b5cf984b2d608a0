//! Putting the session into a file to hand over: how much is taken out, what would go in, where to. Packing and writing
//! are the loop's; nothing is written before Enter.

use tui_input::Input;

use crate::evidence::UnixTime;
use crate::msg::Msg;
use crate::report::save::Saved;
use crate::session::bundle::file_name;
use crate::session::redact::Level;

use super::super::message::Effect;
use super::super::model::{BundleForm, Keeping, Model, Packed, Popup};
use super::notice;

/// Opens the form at the level between the two others, and has the session packed at it.
pub(super) fn open(model: &mut Model, now: UnixTime) -> Vec<Effect> {
    let kept = match &model.keeping {
        Keeping::Kept(path) if model.practice.is_none() && model.session.file().is_none() => path,
        _ => {
            notice(model, &Msg::new("bundle.form.nothing-kept"));
            return Vec::new();
        }
    };
    let level = Level::ALL
        .iter()
        .position(|level| *level == Level::default());
    let form = BundleForm {
        journal: kept.clone(),
        level: level.unwrap_or_default(),
        packed: [None, None, None],
        path: Input::new(model.folder.join(file_name(now)).display().to_string()),
        made_at: now,
        scroll: 0,
        trouble: None,
    };
    let effect = pack(&form);
    model.popup = Some(Popup::Bundle(Box::new(form)));
    vec![effect]
}

fn pack(form: &BundleForm) -> Effect {
    Effect::Pack {
        journal: form.journal.clone(),
        level: form.level,
        made_at: form.made_at,
    }
}

/// The next level or the one before; what it would hold is worked out once.
pub(super) fn turn(model: &mut Model, by: isize) -> Vec<Effect> {
    let Some(Popup::Bundle(form)) = &mut model.popup else {
        return Vec::new();
    };
    let before = form.level;
    form.level = before
        .saturating_add_signed(by)
        .min(form.packed.len().saturating_sub(1));
    if form.level == before {
        return Vec::new();
    }
    (form.scroll, form.trouble) = (0, None);
    let known = form.packed.get(form.level).is_some_and(Option::is_some);
    if known { Vec::new() } else { vec![pack(form)] }
}

/// The session was packed.
pub(super) fn on_packed(model: &mut Model, level: usize, packed: Packed) {
    if let Some(Popup::Bundle(form)) = model.popup.as_mut().map(Popup::beneath)
        && let Some(place) = form.packed.get_mut(level)
    {
        *place = Some(packed);
    }
}

/// Enter: saves what is shown; once more where there is a file of that name already, which is replaced then.
pub(super) fn enter(model: &mut Model, form: Box<BundleForm>) -> Vec<Effect> {
    let shown = form.packed.get(form.level).and_then(Option::as_ref);
    let effects = match shown {
        Some(Ok(contents)) => vec![Effect::SaveBundle {
            path: form.path.value().to_owned(),
            bytes: contents.packed.clone(),
            replace: matches!(form.trouble, Some(Saved::Exists(_))),
        }],
        // Nobody saves what they could not have seen.
        Some(Err(_)) | None => Vec::new(),
    };
    let waits = shown.is_none();
    model.popup = Some(Popup::Bundle(form));
    if waits {
        notice(model, &Msg::new("bundle.form.packing"));
    }
    effects
}

/// What came of it: told in the hint line where it went well, else in the form.
pub(super) fn on_saved(model: &mut Model, saved: Saved) {
    match saved {
        Saved::As(path) => {
            if matches!(model.popup, Some(Popup::Bundle(_))) {
                model.popup = None;
            }
            let msg = Msg::new("bundle.form.saved").with("path", path.display());
            notice(model, &msg);
        }
        trouble => {
            if let Some(Popup::Bundle(form)) = &mut model.popup {
                form.trouble = Some(trouble);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crossterm::event::KeyCode;

    use super::super::super::fixtures::{NOW, model, press, sized, type_in, with_run};
    use super::super::super::message::Message;
    use super::super::super::view;
    use super::super::update;
    use super::*;
    use crate::guide::Lang;
    use crate::session::bundle::Contents;

    fn contents(word: &str) -> Arc<Contents> {
        let text = (1..=9).map(|n| format!("{word} {n}\n")).collect();
        Arc::new(Contents {
            packed: format!("packed {word}").into_bytes(),
            files: vec![
                ("README.txt", text),
                ("report.txt", "vpn.example.com\u{202e}".to_owned()),
            ],
            replaced: vec![("vpn.example.com".to_owned(), "host-1.invalid".to_owned())],
        })
    }

    fn opened(lang: Lang) -> Model {
        let mut model = sized(lang, (120, 60));
        model.keeping = Keeping::Kept("/kept/one".into());
        model.folder = "/home/someone".into();
        with_run(&mut model);
        let effects = press(&mut model, KeyCode::Char('B'));
        let journal = "/kept/one".into();
        assert_eq!(
            effects,
            [Effect::Pack {
                journal,
                level: 1,
                made_at: NOW
            }],
            "packed, nothing written"
        );
        model
    }

    fn page(model: &Model) -> String {
        let popup = model.popup.as_ref().expect("the form is open");
        let page = view::popup_page(model, popup, 92);
        let lines: Vec<String> = page.lines.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    #[test]
    fn what_goes_in_is_seen_before_anything_is_written() {
        let mut model = opened(Lang::En);
        assert!(page(&model).contains("being put together"));
        assert_eq!(
            press(&mut model, KeyCode::Enter),
            [],
            "nothing was seen yet"
        );
        let packed = Ok(contents("names"));
        update(&mut model, Message::Packed { level: 1, packed });
        let shown = page(&model);
        for line in [
            "README.txt",
            "names 1",
            "names 5",
            "and 4 more lines",
            "host-1.invalid",
        ] {
            assert!(shown.contains(line), "{line}: {shown}");
        }
        assert!(!shown.contains("names 6") && !shown.contains('\u{202e}'));
        let effects = press(&mut model, KeyCode::Enter);
        let [
            Effect::SaveBundle {
                path,
                bytes,
                replace: false,
            },
        ] = effects.as_slice()
        else {
            panic!("{effects:?}");
        };
        assert_eq!(path, "/home/someone/vpnmedic-20261122T120320Z.vpnmedic");
        assert_eq!(bytes, b"packed names", "what was seen is what is saved");
    }

    #[test]
    fn each_level_is_packed_once_and_shown_by_itself() {
        let mut model = opened(Lang::Ja);
        let packed = Ok(contents("names"));
        update(&mut model, Message::Packed { level: 1, packed });
        let effects = press(&mut model, KeyCode::Down);
        assert!(matches!(
            effects.as_slice(),
            [Effect::Pack { level: 2, .. }]
        ));
        assert!(
            !page(&model).contains("names 1"),
            "another level, another content"
        );
        assert_eq!(press(&mut model, KeyCode::Down), [], "there is none below");
        let packed = Err("no such file".to_owned());
        update(&mut model, Message::Packed { level: 2, packed });
        assert!(page(&model).contains("no such file"));
        assert_eq!(press(&mut model, KeyCode::Enter), [], "nothing to save");
        assert_eq!(press(&mut model, KeyCode::Up), [], "it is known already");
        assert!(page(&model).contains("names 1"));
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_when_asked_twice() {
        let mut model = opened(Lang::En);
        let packed = Ok(contents("names"));
        update(&mut model, Message::Packed { level: 1, packed });
        press(&mut model, KeyCode::Enter);
        update(&mut model, Message::BundleSaved(Saved::Exists("/x".into())));
        let effects = press(&mut model, KeyCode::Enter);
        assert!(matches!(
            effects.as_slice(),
            [Effect::SaveBundle { replace: true, .. }]
        ));
        update(&mut model, Message::BundleSaved(Saved::Exists("/x".into())));
        type_in(&mut model, "2");
        let effects = press(&mut model, KeyCode::Enter);
        assert!(matches!(
            effects.as_slice(),
            [Effect::SaveBundle { replace: false, .. }]
        ));
        update(&mut model, Message::BundleSaved(Saved::As("/x2".into())));
        assert!(model.popup.is_none());
        assert!(model.notice.is_some_and(|said| said.contains("/x2")));
    }

    #[test]
    fn where_nothing_is_kept_nothing_is_offered() {
        let mut model = model(Lang::En);
        with_run(&mut model);
        assert_eq!(press(&mut model, KeyCode::Char('B')), []);
        assert!(model.popup.is_none());
        assert!(
            model
                .notice
                .is_some_and(|said| said.contains("no kept session"))
        );
    }
}
