//! What the screen shows of kept sessions: the offer to go on with the last one.

use crate::evidence::UnixTime;
use crate::msg::Msg;
use crate::session::journal::{Condition, Summary};

use super::super::model::Model;
use super::super::page::Page;
use super::super::panes::Context;
use super::popups::option;

/// The offer to go on with the last session.
pub(super) fn resume(context: &Context<'_>, page: &mut Page, summary: &Summary, chosen: usize) {
    let theme = &context.model.theme;
    let about = match &summary.target {
        Some(target) => context.words.outside(&target.to_string()),
        None => context.t("screen.resume.no-target"),
    };
    let msg = Msg::new("screen.resume.text")
        .with("about", about)
        .with("time", moment(context.model, summary.last));
    page.text(&context.words.msg(&msg), theme.text);
    if let Some(msg) = condition(summary.condition) {
        page.text(&context.words.msg(&msg), theme.warn);
    }
    page.gap();
    for (n, id) in ["screen.resume.go-on", "screen.resume.anew"]
        .into_iter()
        .enumerate()
    {
        option(context, page, n, chosen == n, &context.t(id));
    }
}

/// What is to be said of a file that is not whole.
fn condition(condition: Condition) -> Option<Msg> {
    match condition {
        Condition::Whole => None,
        Condition::Torn { .. } => Some(Msg::new("screen.resume.torn")),
        Condition::Damaged { line, .. } => {
            Some(Msg::new("screen.resume.damaged").with("line", line))
        }
    }
}

/// Day and time where the person is.
pub(super) fn moment(model: &Model, at: UnixTime) -> String {
    match jiff::Timestamp::from_second(at.0) {
        Ok(moment) => moment
            .to_zoned(model.zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        Err(_) => at.rfc3339(),
    }
}
