//! What the screen shows of kept sessions: the offer to go on with the last one, the list, two runs side by side.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::cause::CauseId;
use crate::diagnose::Verdict;
use crate::evidence::{ProbeOutcome, UnixTime};
use crate::msg::Msg;
use crate::session::compare::Comparison;
use crate::session::journal::{Condition, Summary};

use super::super::model::{Compared, Model, SessionList};
use super::super::page::Page;
use super::super::panes::Context;
use super::super::wrap;
use super::popups::{cause_name, option, prompt};

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

/// The time of day where the person is.
pub fn clock_time(model: &Model, at: UnixTime) -> String {
    match jiff::Timestamp::from_second(at.0) {
        Ok(moment) => moment
            .to_zoned(model.zone.clone())
            .strftime("%H:%M")
            .to_string(),
        Err(_) => at.rfc3339(),
    }
}

/// The kept sessions that hold every word typed, by their places in the list.
pub fn found(model: &Model, list: &SessionList) -> Vec<usize> {
    let context = Context::new(model);
    let typed = list.field.value().to_lowercase();
    let words: Vec<&str> = typed.split_whitespace().collect();
    let all = list.all.iter().flatten().enumerate();
    all.filter(|(_, summary)| {
        let text = format!("{} {}", head(&context, summary), outcome(&context, summary));
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    })
    .map(|(n, _)| n)
    .collect()
}

/// The list of kept sessions.
pub(super) fn list(context: &Context<'_>, page: &mut Page, list: &SessionList) {
    let theme = &context.model.theme;
    prompt(context, page, &list.field);
    let Some(all) = &list.all else {
        page.text(&context.t("screen.sessions.reading"), theme.dim);
        return;
    };
    let found = found(context.model, list);
    if found.is_empty() {
        let id = if all.is_empty() {
            "sessions.none"
        } else {
            "sessions.no-match"
        };
        page.text(&context.t(id), theme.dim);
    }
    for (n, summary) in found.iter().filter_map(|n| all.get(*n)).enumerate() {
        let is_chosen = n == list.chosen;
        let first = page.lines.len();
        page.hanging(
            vec![context.lead(is_chosen)],
            &head(context, summary),
            context.choice_style(is_chosen),
        );
        page.hanging(
            vec![Span::raw("    ")],
            &outcome(context, summary),
            theme.dim,
        );
        if let Some(msg) = condition(summary.condition) {
            page.hanging(
                vec![Span::raw("    ")],
                &context.words.msg(&msg),
                theme.warn,
            );
        }
        if list.doomed.as_ref() == Some(&summary.path) {
            page.hanging(
                vec![Span::raw("    ")],
                &context.t("screen.sessions.sure"),
                theme.warn,
            );
        }
        page.choice_from(first, n);
    }
}

fn head(context: &Context<'_>, summary: &Summary) -> String {
    let target = match &summary.target {
        Some(target) => context.words.outside(&target.to_string()),
        None => context.t("screen.resume.no-target"),
    };
    let mut head = format!("{}  {target}", moment(context.model, summary.began));
    if !summary.ended {
        head = format!("{head}  [{}]", context.t("sessions.unended"));
    }
    head
}

fn outcome(context: &Context<'_>, summary: &Summary) -> String {
    match summary.verdict {
        None => context.t("sessions.unchecked"),
        Some(Verdict::Healthy) => context.t("sessions.healthy"),
        Some(Verdict::Inconclusive) => context.t("sessions.inconclusive"),
        Some(Verdict::Problem) => {
            let causes = summary.causes.iter();
            let names: Vec<String> = causes.map(|(id, _)| cause_name(context, *id)).collect();
            names.join(" / ")
        }
    }
}

/// Two runs side by side: causes, what was seen, check by check.
pub(super) fn compared(context: &Context<'_>, page: &mut Page, compared: &Compared) {
    let theme = &context.model.theme;
    let times = compared.times.map(|at| match at {
        Some(at) => moment(context.model, at),
        None => context.t("sessions.not-seen"),
    });
    let msg = Msg::new("screen.compared.times")
        .with("before", &times[0])
        .with("after", &times[1]);
    page.text(&context.words.msg(&msg), theme.dim);
    if let Some([before, after]) = &compared.comparison.gateways {
        let msg = Msg::new("sessions.other-gateway")
            .with("before", context.words.outside(before))
            .with("after", context.words.outside(after));
        page.hanging(
            vec![Span::styled(
                format!("{} ", context.model.glyphs.warn),
                theme.warn,
            )],
            &context.words.msg(&msg),
            theme.warn,
        );
    }
    page.gap();
    if compared.both_concluded {
        causes(context, page, &compared.comparison);
    } else {
        page.text(&context.t("sessions.open-sided"), theme.unknown);
    }
    values(context, page, &compared.comparison);
    checks(context, page, &compared.comparison);
}

fn causes(context: &Context<'_>, page: &mut Page, comparison: &Comparison) {
    let (theme, glyphs) = (&context.model.theme, &context.model.glyphs);
    let fixed = |cause: &CauseId| {
        let mut all = context.model.session.fixed().iter();
        all.find(|(id, _)| id == cause).map(|(_, at)| *at)
    };
    let row = |page: &mut Page, sign: &str, style: Style, msg: &Msg| {
        page.hanging(
            vec![Span::styled(format!("{sign} "), style)],
            &context.words.msg(msg),
            theme.text,
        );
    };
    for cause in &comparison.gone {
        let name = cause_name(context, *cause);
        match fixed(cause) {
            Some(at) => {
                let msg = Msg::new("screen.verdict.fixed")
                    .with("name", name)
                    .with("time", clock_time(context.model, at));
                row(page, glyphs.pass, theme.good, &msg);
            }
            None => {
                let msg = Msg::new("sessions.gone").with("name", name);
                row(page, glyphs.unknown, theme.unknown, &msg);
            }
        }
    }
    for cause in &comparison.new {
        let msg = Msg::new("sessions.new").with("name", cause_name(context, *cause));
        row(page, glyphs.warn, theme.warn, &msg);
    }
    for cause in &comparison.still {
        let msg = Msg::new("sessions.still").with("name", cause_name(context, *cause));
        row(page, glyphs.fail, theme.bad, &msg);
    }
}

fn values(context: &Context<'_>, page: &mut Page, comparison: &Comparison) {
    let theme = &context.model.theme;
    page.gap();
    let mut changed = comparison
        .pairs
        .iter()
        .filter(|pair| pair.differs())
        .peekable();
    if changed.peek().is_some() {
        let id = match comparison.gateways {
            Some(_) => "sessions.differs",
            None => "sessions.changed",
        };
        page.text(&context.t(id), theme.accent);
    } else if comparison.compares_anything() {
        page.text(&context.t("sessions.same"), theme.text);
    } else {
        page.text(&context.t("sessions.nothing-common"), theme.unknown);
    }
    for pair in changed {
        page.text(
            &format!("  {}", context.t(pair.topic.text_id())),
            theme.text,
        );
        for (sign, value, style) in [
            ("    - ", &pair.before, theme.dim),
            ("    + ", &pair.after, theme.text),
        ] {
            let value = value.as_deref().map(|value| context.words.outside(value));
            page.hanging(
                vec![Span::styled(sign, style)],
                &value.unwrap_or_default(),
                style,
            );
        }
    }
    let open = comparison.pairs.iter();
    let open: Vec<String> = open
        .filter(|pair| pair.before.is_none() || pair.after.is_none())
        .map(|pair| context.t(pair.topic.text_id()))
        .collect();
    if !open.is_empty() {
        let words = format!("{}: {}", context.t("sessions.one-sided"), open.join(", "));
        page.text(&words, theme.dim);
    }
}

/// Each check in one line: its name, how it ended before, how it ended after.
fn checks(context: &Context<'_>, page: &mut Page, comparison: &Comparison) {
    const NAME: usize = 30;
    const END: usize = 22;
    let theme = &context.model.theme;
    page.gap();
    page.text(&context.t("screen.compared.checks"), theme.accent);
    for ends in &comparison.checks {
        let name = context.t(&format!("screen.probe.{}", ends.id.as_str()));
        let mut spans = vec![Span::styled(
            format!("  {} ", wrap::fit(&name, NAME, context.model.glyphs.more)),
            theme.text,
        )];
        for end in [ends.before, ends.after] {
            let (sign, style, words) = ended(context, end);
            spans.push(Span::styled(format!("{sign} "), style));
            let words = wrap::fit(&words, END, context.model.glyphs.more);
            spans.push(Span::styled(words, theme.text));
        }
        page.line(Line::from(spans));
    }
}

fn ended(context: &Context<'_>, end: Option<(ProbeOutcome, f64)>) -> (&'static str, Style, String) {
    let outcome = end.map_or(ProbeOutcome::Skipped, |(outcome, _)| outcome);
    let (sign, style, word) = context.outcome(outcome);
    let words = match end {
        Some((_, took)) if took > 0.0 => format!("{} {took:.0} ms", context.t(word)),
        _ => context.t(word),
    };
    (sign, style, words)
}
