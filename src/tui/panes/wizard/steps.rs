//! What to do, step by step, for one cause on the system chosen; the chosen step in full.

use ratatui::text::{Line, Span};

use crate::cause::CauseId;
use crate::guide::{Layer, Place, Step, StepKind, System};
use crate::msg::Msg;

use super::super::super::model::Model;
use super::super::super::page::Page;
use super::super::super::wrap;
use super::super::Context;
use super::verdict::name;
use super::{Offer, is_chosen, offer};

pub(super) fn offers(model: &Model, cause: CauseId) -> Vec<Offer> {
    let steps = model.steps(cause);
    let mut offers: Vec<Offer> = (0..steps.len()).map(Offer::Step).collect();
    if matches!(model.session.system(), System::Ios | System::Android) && !steps.is_empty() {
        offers.push(Offer::Phone(cause));
    }
    offers.push(Offer::HandOver(cause));
    if model.can_recheck() {
        offers.push(Offer::Recheck);
    }
    // What is said of a program on this device, another program can bear out.
    if model
        .cause(cause)
        .is_some_and(|known| known.layer == Layer::Device)
    {
        offers.extend(super::verdict::comparison(model));
    }
    offers
}

pub(super) fn fill(context: &Context<'_>, page: &mut Page, cause: CauseId) {
    let model = context.model;
    let theme = &model.theme;
    if model.presenter && !page.is_linear() {
        super::presented::fill(context, page, cause);
        return;
    }
    page.text(&name(context, cause), theme.title);
    let system = context.t(super::super::super::view::system_id(model.session.system()));
    let msg = Msg::new("screen.steps.system").with("system", system);
    page.text(&context.words.msg(&msg), theme.dim);
    let steps = model.steps(cause);
    if steps.is_empty() {
        page.gap();
        page.text(&context.t("screen.steps.none"), theme.text);
    }
    let mut at_gateway = false;
    for (n, step) in steps.iter().enumerate() {
        if is_gateway(step) && !at_gateway {
            at_gateway = true;
            page.gap();
            page.text(&context.t("screen.steps.gateway"), theme.accent);
        } else if n == 0 {
            page.gap();
        }
        one(context, page, n, cause, step);
    }
    page.gap();
    others(context, page, cause);
}

/// What can be chosen besides steps.
pub(super) fn others(context: &Context<'_>, page: &mut Page, cause: CauseId) {
    let model = context.model;
    let steps = model.steps(cause).len();
    for (n, what) in offers(model, cause).iter().enumerate().skip(steps) {
        let id = match what {
            Offer::Phone(_) => "sharing.phone.offer",
            Offer::HandOver(_) => "screen.verdict.offer-hand-over",
            Offer::Compare => "screen.verdict.offer-compare",
            _ => "screen.verdict.offer-recheck",
        };
        offer(context, page, n, &context.t(id));
    }
}

/// Whether a step is for the gateway's administrator, on the gateway.
pub fn is_gateway(step: &Step) -> bool {
    step.os.contains(&Place::Gateway)
}

fn one(context: &Context<'_>, page: &mut Page, n: usize, cause: CauseId, step: &Step) {
    let model = context.model;
    let theme = &model.theme;
    let chosen = is_chosen(context, n);
    let code = model
        .cause(cause)
        .map(|known| known.step_code(step))
        .unwrap_or_default();
    let (mark, mark_style) = context.mark(model.session.mark(&code));
    let first = page.lines.len();
    let style = if chosen { theme.title } else { theme.text };
    page.hanging(
        vec![
            context.lead(chosen),
            Span::styled(format!("{mark} "), mark_style),
            Span::styled(wrap::fit(&code, 8, ""), theme.accent),
        ],
        &context.words.text(&step.text),
        style,
    );
    if chosen {
        details(context, page, step);
    }
    page.choice_from(first, n);
}

/// Everything else about a step, below it.
pub fn details(context: &Context<'_>, page: &mut Page, step: &Step) {
    let theme = &context.model.theme;
    let row = |page: &mut Page, id: &str, text: &str, style| {
        let label = format!("{}  ", context.t(id));
        page.hanging(
            vec![Span::raw("      "), Span::styled(label, theme.dim)],
            text,
            style,
        );
    };
    let admin = if step.admin {
        "screen.steps.admin-yes"
    } else {
        "screen.steps.admin-no"
    };
    let who = context
        .words
        .msg(&Msg::new(admin).with("who", context.t(step.who.text_id())));
    row(page, "screen.steps.who", &who, theme.text);
    // The text that such a step speaks of is on another screen; read aloud, the next number opens it.
    if step.kind == StepKind::Escalate && !page.is_linear() {
        let keys = context.t("screen.steps.letter-keys");
        row(page, "screen.steps.letter", &keys, theme.text);
    }
    if step.site {
        let own = context.t("screen.steps.origin-site");
        row(page, "screen.steps.origin", &own, theme.text);
    }
    if let Some(danger) = &step.danger {
        row(
            page,
            "screen.steps.danger",
            &context.words.text(danger),
            theme.warn,
        );
    }
    if let Some(command) = &step.command {
        code(context, page, &context.words.command(command));
    }
    if let Some(expect) = &step.expect {
        row(
            page,
            "screen.steps.expect",
            &context.words.text(expect),
            theme.text,
        );
    }
    if let Some(undo) = &step.undo {
        row(
            page,
            "screen.steps.undo",
            &context.words.text(undo),
            theme.text,
        );
    } else if step.undo_command.is_some() {
        row(
            page,
            "screen.steps.undo",
            &context.t("screen.steps.undo-by"),
            theme.text,
        );
    }
    if let Some(undo) = &step.undo_command {
        code(context, page, &context.words.command(undo));
    }
}

/// A command, on its own ground. Wrapped by cells, never by words: what is shown is what is typed.
fn code(context: &Context<'_>, page: &mut Page, command: &str) {
    if page.is_linear() {
        page.typed(command);
        return;
    }
    let theme = &context.model.theme;
    let room = page.width().saturating_sub(9).max(2);
    for command_line in command.lines() {
        let mut rest = command_line;
        loop {
            let head = wrap::take(rest, room);
            let head = if head.is_empty() { rest } else { head };
            page.line(Line::from(vec![
                Span::raw("      "),
                Span::styled(format!(" {} ", wrap::fit(head, room, "")), theme.code),
            ]));
            rest = &rest[head.len()..];
            if rest.is_empty() {
                break;
            }
        }
    }
}
