//! Sessions that were kept: the offer to go on with the last one, opening one, and what becomes of writing this one.
//!
//! Reading and writing the files is the loop's.

use std::sync::Arc;

use crate::msg::Msg;
use crate::session::journal::{Condition, Entry, Journal, Kept, News, Summary, Trouble, tool};
use crate::session::play::{Played, play};
use crate::session::{SessionEvent, Stage};

use super::super::message::Effect;
use super::super::model::{Keeping, Model, Popup};
use super::{apply, checks, look_at_wizard, notice};

/// What became of writing the session down.
pub(super) fn on_news(model: &mut Model, news: News) {
    let before = std::mem::take(&mut model.keeping);
    model.keeping = match news {
        News::Kept(path) => {
            if matches!(before, Keeping::Trouble(_)) {
                notice(model, &Msg::new("screen.notice.kept-again"));
            }
            Keeping::Kept(path)
        }
        News::Trouble(trouble) => {
            notice(model, &trouble_text(&trouble));
            Keeping::Trouble(trouble)
        }
    };
}

fn trouble_text(trouble: &Trouble) -> Msg {
    match trouble {
        Trouble::NoHome => Msg::new("screen.notice.no-home"),
        Trouble::ReadOnly => Msg::new("screen.notice.read-only"),
        Trouble::Full => Msg::new("screen.notice.disk-full"),
        Trouble::Other(why) => Msg::new("screen.notice.not-kept").with("why", why),
    }
}

/// Offers to go on with a session that did not end, unless the person is busy already.
pub(super) fn offer(model: &mut Model, summary: Box<Summary>) {
    let untouched = model.session.stage() == &Stage::Target
        && model.popup.is_none()
        && model.address.value().is_empty();
    if untouched {
        model.popup = Some(Popup::Resume { summary, chosen: 0 });
    }
}

/// Plays a kept session again, and goes on with it. Conclusions are drawn where the walk asked for them then.
pub(super) fn reopen(model: &mut Model, journal: &Journal, anew: bool) -> Vec<Effect> {
    let reasoner = Arc::clone(&model.reasoner);
    let Played {
        session,
        conclusions,
    } = play(
        (journal.header.lang, journal.header.system),
        &journal.events,
        &model.knowledge.wizard,
        &|evidence, system, _| reasoner(evidence, system),
    );
    model.conclusions = conclusions;
    if let Some(target) = session.target() {
        model.address = tui_input::Input::new(target.to_string());
    }
    let said = session.walk().and_then(|walk| walk.message());
    model.message = tui_input::Input::new(said.unwrap_or_default().to_owned());
    // The language the person reads now is the one they go on in.
    let reads = model.session.lang();
    model.session = session;
    // A re-check is one of the connection that this session was about.
    let evidence = model.session.evidence();
    let profile = evidence.and_then(|evidence| evidence.profile.known());
    model.profile = profile.cloned().map(Arc::new);
    (model.held, model.popup, model.address_error) = (None, None, None);
    (model.finding, model.elapsed_ms) = (0, 0);
    if anew {
        let events = journal.events.iter();
        let copied = events.map(|(at, event)| Kept::did(*at, event.clone()));
        model.outbox.extend(copied);
    }
    model.outbox.push(Kept {
        at: model.now,
        entry: Entry::Resumed { tool: tool() },
    });
    if model.session.lang() != reads {
        apply(model, &SessionEvent::LanguageChosen(reads));
    }
    look_at_wizard(model);
    let cut_short = model.is_running();
    if cut_short {
        checks::cancel(model);
    }
    let id = match (journal.condition, cut_short) {
        (Condition::Damaged { .. }, _) => "screen.notice.reopened-part",
        (_, true) => "screen.notice.reopened-cut",
        (_, false) => "screen.notice.reopened",
    };
    notice(model, &Msg::new(id));
    vec![Effect::CancelChecks]
}
