//! Notes, changes and how to take them back, saving before the first change, before and after, and the list of kept
//! sessions: what their keys do.

use std::path::PathBuf;

use tui_input::Input;

use crate::cause::CauseId;
use crate::diagnose::{Certainty, Verdict};
use crate::guide::StepKind;
use crate::msg::Msg;
use crate::session::compare::{Side, compare};
use crate::session::journal::{Journal, Summary};
use crate::session::{Mark, SessionEvent};

use super::super::message::Effect;
use super::super::model::{Compared, Keeping, Model, Popup, SessionList, changes_something};
use super::super::view;
use super::{apply, notice, wizard};

/// Opens the note of the chosen step.
pub(super) fn open_note(model: &mut Model) {
    let Some((cause, n)) = wizard::chosen_step(model) else {
        return;
    };
    let code = model.cause(cause).and_then(|known| {
        let step = model.steps(cause).get(n).copied()?;
        Some(known.step_code(step))
    });
    if let Some(code) = code {
        let marked = model.session.checklist().marked(&code);
        let note = marked.and_then(|marked| marked.note.clone());
        let field = Input::new(note.unwrap_or_default());
        model.popup = Some(Popup::Note { code, field });
    }
}

/// Opens the list of what was changed.
pub(super) fn open_changes(model: &mut Model) {
    model.popup = Some(Popup::Changes { chosen: 0 });
}

/// Before the first step that changes something is taken up, once a session: save what is there. True where that was
/// offered now, in place of what was asked for.
pub fn offers_saving(model: &mut Model, cause: CauseId, n: usize) -> bool {
    if model.session.checklist().saving_offered {
        return false;
    }
    let steps = model.steps(cause);
    let changes = steps.get(n).is_some_and(|step| changes_something(step));
    if !changes {
        return false;
    }
    let backups = backup_codes(model, cause);
    let open = |code: &String| model.session.mark(code) == Mark::Open;
    // Who has dealt with saving by themselves need not be asked.
    if backups.is_empty() || !backups.iter().any(open) {
        return false;
    }
    apply(model, &SessionEvent::SavingOffered { cause });
    model.popup = Some(Popup::Saving { cause, chosen: 0 });
    true
}

/// Enter in one of these popups.
pub(super) fn enter(model: &mut Model, popup: Popup) -> Vec<Effect> {
    match popup {
        Popup::Note { code, field } => {
            let note = field.value().trim().to_owned();
            apply(model, &SessionEvent::StepNoted { code, note });
        }
        Popup::Changes { chosen } => {
            let code = model.changes().get(chosen).map(|c| c.changed.code.clone());
            if let Some(code) = code {
                apply(model, &SessionEvent::StepUndone { code });
                let last = model.changes().len().saturating_sub(1);
                let chosen = chosen.min(last);
                model.popup = Some(Popup::Changes { chosen });
            }
        }
        Popup::Saving { cause, chosen } => {
            mark_saved(model, cause, chosen == 0);
        }
        Popup::Sessions(list) => {
            let path = chosen(model, &list).map(|summary| summary.path.clone());
            return path.map(Effect::Reopen).into_iter().collect();
        }
        _ => {}
    }
    Vec::new()
}

/// What was there is saved, or the person goes on without: the steps that save it are marked so.
pub fn mark_saved(model: &mut Model, cause: CauseId, is_saved: bool) {
    let mark = match is_saved {
        true => Mark::Done,
        false => Mark::Skipped,
    };
    for code in backup_codes(model, cause) {
        apply(model, &SessionEvent::StepMarked { code, mark });
    }
}

fn backup_codes(model: &Model, cause: CauseId) -> Vec<String> {
    let Some(known) = model.cause(cause) else {
        return Vec::new();
    };
    let steps = model.steps(cause).into_iter();
    steps
        .filter(|step| step.kind == StepKind::Backup)
        .map(|step| known.step_code(step))
        .collect()
}

/// Before and after the latest re-check.
pub(super) fn open_compared(model: &mut Model) {
    let Some(before) = model.session.before() else {
        notice(model, &Msg::new("screen.notice.nothing-before"));
        return;
    };
    let found = model.session.found_before().iter();
    let was = Side {
        evidence: Some(before.clone()),
        // Only what was found counts here, not how sure that was.
        concluded: before.finished.then(|| {
            let causes = found.map(|cause| (*cause, Certainty::Possible)).collect();
            (Verdict::Problem, causes)
        }),
    };
    show(model, &was, &now(model));
}

/// What is known of this session's run.
fn now(model: &Model) -> Side {
    let finished = !model.is_running();
    Side {
        evidence: model.session.evidence().cloned(),
        concluded: model
            .conclusions
            .as_ref()
            .filter(|_| finished)
            .map(|diagnosis| {
                let causes = diagnosis.causes.iter();
                let causes = causes.map(|finding| (finding.cause, finding.certainty));
                (diagnosis.verdict, causes.collect())
            }),
    }
}

fn show(model: &mut Model, was: &Side, is: &Side) {
    let began = |side: &Side| side.evidence.as_ref().map(|evidence| evidence.started_at);
    model.popup = Some(Popup::Compared(Box::new(Compared {
        comparison: compare(was, is),
        times: [began(was), began(is)],
        both_concluded: was.concluded.is_some() && is.concluded.is_some(),
        scroll: 0,
    })));
}

/// Opens the list of kept sessions; the folder is read beside the screen.
pub(super) fn open_sessions(model: &mut Model) -> Vec<Effect> {
    if model.keeping == Keeping::Off {
        notice(model, &Msg::new("screen.notice.nothing-kept"));
        return Vec::new();
    }
    model.popup = Some(Popup::Sessions(Box::default()));
    vec![Effect::ListSessions]
}

/// The folder was read. This very session is not among those to go on with.
pub(super) fn on_list(model: &mut Model, mut all: Vec<Summary>) {
    if let Keeping::Kept(path) = &model.keeping {
        all.retain(|summary| summary.path != *path);
    }
    if let Some(Popup::Sessions(list)) = model.popup.as_mut().map(Popup::beneath) {
        list.chosen = list.chosen.min(all.len().saturating_sub(1));
        list.all = Some(all);
    }
}

/// A kept session was read: it is the earlier side, this one the later.
pub(super) fn on_compare(model: &mut Model, journal: &Journal) {
    if matches!(model.popup, Some(Popup::Sessions(_))) {
        show(model, &Side::of(journal), &now(model));
    }
}

fn chosen<'a>(model: &Model, list: &'a SessionList) -> Option<&'a Summary> {
    let n = view::sessions_found(model, list)
        .get(list.chosen)
        .copied()?;
    list.all.as_ref()?.get(n)
}

fn chosen_path(model: &Model) -> Option<PathBuf> {
    match &model.popup {
        Some(Popup::Sessions(list)) => Some(chosen(model, list)?.path.clone()),
        _ => None,
    }
}

/// Compares the chosen session with what was seen now.
pub(super) fn compare_chosen(model: &mut Model) -> Vec<Effect> {
    if model.session.evidence().is_none() {
        notice(model, &Msg::new("screen.notice.nothing-now"));
        return Vec::new();
    }
    let path = chosen_path(model);
    path.map(Effect::ReadSession).into_iter().collect()
}

/// Asked once it asks back, asked twice it deletes.
pub(super) fn delete_chosen(model: &mut Model) -> Vec<Effect> {
    let path = chosen_path(model);
    let Some(Popup::Sessions(list)) = &mut model.popup else {
        return Vec::new();
    };
    if path.is_some() && list.doomed == path {
        list.doomed = None;
        return path.map(Effect::DeleteSession).into_iter().collect();
    }
    list.doomed = path;
    Vec::new()
}
