//! The end of a walk: what is wrong, how sure that is, who can fix it, what shows it, and what was not checked.

mod file;
mod offers;

use ratatui::text::{Line, Span};

use crate::cause::CauseId;
use crate::diagnose::{Diagnosis, Finding, Impact, Verdict};
use crate::guide::{Layer, Text};
use crate::msg::Msg;

use super::super::super::page::Page;
use super::super::super::wrap;
use super::super::Context;
use super::{Offer, offer};
use offers::{has_compared, less_likely, shown_index};

pub(super) use offers::{comparison, offers};

/// What a saved file shows, in place of a walk's end.
pub(super) fn fill_file(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    if let Some(diagnosis) = model.diagnosis() {
        match model.shown_finding() {
            Some(finding) => found(context, page, diagnosis, finding),
            None => file::nothing_found(context, page, diagnosis),
        }
    }
    choices(context, page, &[]);
}

pub(super) fn fill(context: &Context<'_>, page: &mut Page, text: &Text, outcome: &[CauseId]) {
    let model = context.model;
    let theme = &model.theme;
    if model.is_running() {
        super::checks_line(context, page);
        page.gap();
    }
    compared_with_before(context, page);
    if has_compared(model) && model.diagnosis().is_some() && !model.offline() {
        page.text(&context.words.text(text), theme.title);
        page.gap();
    }
    match (model.diagnosis(), model.shown_finding()) {
        (Some(diagnosis), Some(finding)) => found(context, page, diagnosis, finding),
        (Some(diagnosis), None) => nothing_found(context, page, diagnosis, text),
        (None, _) => page.text(&context.words.text(text), theme.title),
    }
    choices(context, page, outcome);
}

/// What can be chosen now, and below it what belongs to the finding on show.
fn choices(context: &Context<'_>, page: &mut Page, outcome: &[CauseId]) {
    let model = context.model;
    let theme = &model.theme;
    page.gap();
    // A finding's choices stay in sight on a small screen: the message that was given comes after them.
    let found = model.shown_finding();
    if found.is_none() {
        super::message::fill(context, page);
    }
    let mut headed = false;
    for (n, what) in offers(model, outcome).iter().enumerate() {
        let shown = model.shown_finding().map(|finding| finding.cause);
        let possible = matches!(what, Offer::Steps(cause) if Some(*cause) != shown);
        if possible && !headed {
            headed = true;
            page.gap();
            page.text(&context.t("screen.verdict.possible"), theme.dim);
        }
        if headed && !possible {
            headed = false;
            less_likely_line(context, page, outcome);
            page.gap();
        }
        offer(context, page, n, &words_of(context, what, possible));
    }
    if let Some(finding) = found {
        page.gap();
        super::message::fill(context, page);
        more(context, page, finding);
    }
}

/// The causes that are not offered, by their codes: a code can be typed.
fn less_likely_line(context: &Context<'_>, page: &mut Page, outcome: &[CauseId]) {
    let model = context.model;
    let causes = less_likely(model, outcome);
    let codes: Vec<&str> = causes
        .iter()
        .filter_map(|cause| Some(model.cause(*cause)?.code.as_str()))
        .collect();
    if !codes.is_empty() {
        let msg = Msg::new("screen.verdict.less-likely").with("codes", codes.join(" "));
        page.hanging(
            vec![Span::raw("  ")],
            &context.words.msg(&msg),
            context.model.theme.dim,
        );
    }
}

fn words_of(context: &Context<'_>, offer: &Offer, possible: bool) -> String {
    let model = context.model;
    match offer {
        Offer::Steps(cause) if possible => name(context, *cause),
        Offer::Steps(_) => {
            let system = context.t(super::super::super::view::system_id(model.session.system()));
            context
                .words
                .msg(&Msg::new("screen.verdict.offer-steps").with("system", system))
        }
        Offer::HandOver(_) => context.t("screen.verdict.offer-hand-over"),
        Offer::Finding(n) => {
            let cause = model
                .diagnosis()
                .and_then(|d| d.causes.get(*n))
                .map(|finding| name(context, finding.cause))
                .unwrap_or_default();
            context
                .words
                .msg(&Msg::new("screen.verdict.offer-finding").with("name", cause))
        }
        Offer::Results => {
            let (ruled_out, unknown) = model
                .diagnosis()
                .map_or((0, 0), |d| (d.ruled_out.len(), d.unknown.len()));
            context.words.msg(
                &Msg::new("screen.verdict.offer-results")
                    .with("ruled", ruled_out)
                    .with("unknown", unknown),
            )
        }
        Offer::Debrief => context.t("practice.offer.end"),
        Offer::Recheck => context.t("screen.verdict.offer-recheck"),
        Offer::Compared => context.t("screen.verdict.offer-compared"),
        Offer::Changes => context.t("screen.verdict.offer-changes"),
        Offer::Compare => context.t("screen.verdict.offer-compare"),
        Offer::OtherSymptom => context.t("screen.verdict.offer-symptom"),
        Offer::OtherTarget => context.t("screen.verdict.offer-target"),
        Offer::Field
        | Offer::Gateway(_)
        | Offer::Profile(_)
        | Offer::Practise
        | Offer::Symptom(_)
        | Offer::Answer(..)
        | Offer::Step(_)
        | Offer::Phone(_)
        | Offer::Copy => String::new(),
    }
}

/// A cause's one line, with its code.
pub(super) fn name(context: &Context<'_>, cause: CauseId) -> String {
    match context.model.cause(cause) {
        Some(known) => format!("{}  {}", known.code, context.words.text(&known.name)),
        None => cause.to_string(),
    }
}

/// After a re-check: what is gone, what is still there, what could not be seen this time.
pub(super) fn compared_with_before(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    let Some(diagnosis) = model.diagnosis() else {
        return;
    };
    if model.is_running() || model.session.found_before().is_empty() {
        return;
    }
    for cause in model.session.found_before() {
        if diagnosis.causes.iter().any(|f| f.cause == *cause) {
            let msg = Msg::new("screen.verdict.still").with("name", name(context, *cause));
            page.hanging(
                vec![Span::styled(format!("{} ", model.glyphs.fail), theme.bad)],
                &context.words.msg(&msg),
                theme.text,
            );
        } else if diagnosis.ruled_out.contains(cause) {
            let fixed = model.session.fixed().iter().find(|(id, _)| id == cause);
            let msg = match fixed {
                Some((_, at)) => Msg::new("screen.verdict.fixed")
                    .with("name", name(context, *cause))
                    .with("time", super::super::super::view::clock_time(model, *at)),
                None => Msg::new("screen.verdict.gone").with("name", name(context, *cause)),
            };
            page.hanging(
                vec![Span::styled(format!("{} ", model.glyphs.pass), theme.good)],
                &context.words.msg(&msg),
                theme.text,
            );
        } else {
            let msg = Msg::new("screen.verdict.not-seen").with("name", name(context, *cause));
            page.hanging(
                vec![Span::styled(
                    format!("{} ", model.glyphs.unknown),
                    theme.unknown,
                )],
                &context.words.msg(&msg),
                theme.text,
            );
        }
    }
    for finding in &diagnosis.causes {
        if !model.session.found_before().contains(&finding.cause) {
            let msg = Msg::new("screen.verdict.new").with("name", name(context, finding.cause));
            page.hanging(
                vec![Span::styled(format!("{} ", model.glyphs.warn), theme.warn)],
                &context.words.msg(&msg),
                theme.text,
            );
        }
    }
    page.gap();
}

fn found(context: &Context<'_>, page: &mut Page, diagnosis: &Diagnosis, finding: &Finding) {
    let model = context.model;
    let theme = &model.theme;
    let Some(cause) = model.cause(finding.cause) else {
        page.text(finding.cause.as_str(), theme.title);
        return;
    };
    let (style, certainty) = context.certainty(finding.certainty);
    page.hanging(
        vec![Span::styled(format!("{} ", model.glyphs.fail), theme.bad)],
        &context.words.text(&cause.name),
        theme.title,
    );
    let mut facts = vec![
        Span::raw("  "),
        Span::styled(context.t(certainty), style),
        Span::styled(
            format!("  {}", context.t(impact_id(finding.impact))),
            theme.text,
        ),
        Span::styled(format!("  {}", cause.code), theme.dim),
    ];
    if diagnosis.causes.len() > 1 {
        let msg = Msg::new("screen.verdict.nth")
            .with("n", shown_index(model) + 1)
            .with("total", diagnosis.causes.len());
        facts.push(Span::styled(
            format!("  {}", context.words.msg(&msg)),
            theme.dim,
        ));
    }
    page.line(Line::from(facts));
    page.gap();
    page.text(&context.words.text(&cause.meaning), theme.text);
    page.gap();

    let owners: Vec<String> = cause.owner.iter().map(|o| context.t(o.text_id())).collect();
    let separator = context.t("screen.list-separator");
    page.labelled(
        &context.t("screen.verdict.who"),
        theme.dim,
        &owners.join(&separator),
        theme.text,
    );
    helpdesk(context, page);
    if let Some(root) = finding.explained_by {
        let msg = Msg::new("screen.verdict.explained").with("name", name(context, root));
        page.labelled(
            &context.t("screen.verdict.follows"),
            theme.dim,
            &context.words.msg(&msg),
            theme.text,
        );
    }
    if let Some(repair) = &finding.repair {
        let text = Msg::new("repair.both")
            .with("what", context.words.msg(&repair.what))
            .with("tried", context.words.msg(&diagnosis.tried(repair)));
        let text = context.words.msg(&text);
        page.labelled(
            &context.t("screen.verdict.repair"),
            theme.dim,
            &text,
            theme.text,
        );
    }
}

/// Whom to turn to, where the site says so.
fn helpdesk(context: &Context<'_>, page: &mut Page) {
    let theme = &context.model.theme;
    if let Some(helpdesk) = &context.model.knowledge.wizard.site.helpdesk {
        page.labelled(
            &context.t("screen.verdict.helpdesk"),
            theme.dim,
            &context.words.text(helpdesk),
            theme.text,
        );
    }
}

/// Below the choices: why others get in, what was seen, what it is not.
fn more(context: &Context<'_>, page: &mut Page, finding: &Finding) {
    let theme = &context.model.theme;
    let Some(cause) = context.model.cause(finding.cause) else {
        return;
    };
    page.gap();
    if let Some(browser) = &cause.browser {
        page.labelled(
            &context.t("screen.verdict.browser"),
            theme.dim,
            &context.words.text(browser),
            theme.text,
        );
    }
    evidence(context, page, finding);
    if let Some(diagnosis) = context.model.diagnosis()
        && cause.layer == Layer::Certificate
    {
        super::clients::fill(context, page, &diagnosis.clients);
        page.gap();
    }
    if let Some(apart) = &cause.apart {
        page.labelled(
            &context.t("screen.verdict.apart"),
            theme.dim,
            &context.words.text(apart),
            theme.dim,
        );
    }
}

/// What was seen: label once, then one hanging line an observation, each with its check's name.
fn evidence(context: &Context<'_>, page: &mut Page, finding: &Finding) {
    let theme = &context.model.theme;
    let label = context.t("screen.verdict.seen");
    // As wide as the longest name here: a name cut short says nothing.
    let names = finding.evidence.iter().map(|proof| proof.probe.as_str());
    let column = names.map(wrap::width).max().unwrap_or_default() + 1;
    for (n, proof) in finding.evidence.iter().enumerate() {
        let label = if n == 0 { label.as_str() } else { "" };
        let text = context.words.msg(&proof.text);
        let probe = wrap::fit(proof.probe.as_str(), column, "");
        if page.width() >= 56 {
            page.hanging(
                vec![
                    Span::styled(format!("{}  ", wrap::fit(label, 18, "")), theme.dim),
                    Span::styled(probe, theme.accent),
                ],
                &text,
                theme.text,
            );
        } else {
            if n == 0 {
                page.text(label, theme.dim);
            }
            page.hanging(
                vec![Span::styled(format!("  {probe}"), theme.accent)],
                &text,
                theme.text,
            );
        }
    }
}

fn nothing_found(context: &Context<'_>, page: &mut Page, diagnosis: &Diagnosis, text: &Text) {
    let model = context.model;
    let theme = &model.theme;
    match diagnosis.verdict {
        Verdict::Healthy => {
            page.hanging(
                vec![Span::styled(format!("{} ", model.glyphs.pass), theme.good)],
                &context.t("screen.verdict.healthy"),
                theme.title,
            );
            page.text(&context.t("screen.verdict.healthy-more"), theme.text);
        }
        Verdict::Problem | Verdict::Inconclusive if model.offline() => {
            page.text(&context.words.text(text), theme.title);
            page.text(&context.t("screen.verdict.offline-more"), theme.dim);
        }
        Verdict::Problem | Verdict::Inconclusive if model.is_running() => {
            page.text(&context.words.text(text), theme.title);
        }
        Verdict::Problem | Verdict::Inconclusive => {
            page.hanging(
                vec![Span::styled(
                    format!("{} ", model.glyphs.unknown),
                    theme.unknown,
                )],
                &context.t("screen.verdict.inconclusive"),
                theme.title,
            );
            page.text(&context.t("screen.verdict.inconclusive-more"), theme.text);
        }
    }
    advice(context, page, diagnosis);
}

/// What is good to know though nothing was found.
fn advice(context: &Context<'_>, page: &mut Page, diagnosis: &Diagnosis) {
    let (theme, glyphs) = (&context.model.theme, &context.model.glyphs);
    if !diagnosis.advice.is_empty() {
        page.gap();
        page.text(&context.t("screen.verdict.advice"), theme.dim);
        for advice in &diagnosis.advice {
            page.hanging(
                vec![Span::styled(format!("{} ", glyphs.warn), theme.warn)],
                &context.words.msg(&advice.text),
                theme.text,
            );
        }
    }
}

fn impact_id(impact: Impact) -> &'static str {
    match impact {
        Impact::Blocks => "screen.impact.blocks",
        Impact::SomeClients => "screen.impact.some-clients",
        Impact::Degrades => "screen.impact.degrades",
    }
}
