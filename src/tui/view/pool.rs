//! The address pool form: three fields, and what the arithmetic says of them as they are typed.

use ratatui::text::{Line, Span};

use super::super::model::{Model, PoolForm};
use super::super::page::Page;
use super::super::panes::Context;
use super::super::wrap;
use crate::msg::Msg;
use crate::plan::{self, Lan, Place, Question};
use crate::report::plan_lines;

/// The ids of the fields' labels, in their order.
const LABELS: [&str; 3] = ["screen.pool.peak", "screen.pool.pool", "screen.pool.lan"];

/// What is typed, read: the question, or for each field what is wrong with it.
pub fn read(model: &Model, form: &PoolForm) -> Result<Option<Question>, Box<[Option<Msg>; 3]>> {
    let [peak, pool, lans] = form.fields.each_ref().map(|field| field.value().trim());
    if peak.is_empty() && pool.is_empty() && lans.is_empty() {
        return Ok(None);
    }
    let mut wrong = [const { None }; 3];
    let people = peak
        .parse()
        .ok()
        .filter(|n| (1..=plan::MAX_PEAK).contains(n));
    if people.is_none() {
        wrong[0] = Some(Msg::new("screen.pool.peak-wrong").with("most", plan::MAX_PEAK));
    }
    let network = |text: &str| plan::network(text);
    let given = match pool {
        "" => None,
        text => {
            let net = network(text);
            if net.is_none() {
                wrong[1] = Some(Msg::new("screen.pool.net-wrong").with("text", text));
            }
            net
        }
    };
    let mut known = model.lans.clone().unwrap_or_default();
    for text in lans.split([' ', ',', '、']).filter(|text| !text.is_empty()) {
        match network(text) {
            Some(net) => known.push(Lan {
                net,
                place: Place::Given,
            }),
            None => wrong[2] = Some(Msg::new("screen.pool.net-wrong").with("text", text)),
        }
    }
    match people {
        Some(peak) if wrong.iter().all(Option::is_none) => Ok(Some(Question {
            peak,
            pool: given,
            lans: known,
        })),
        _ => Err(Box::new(wrong)),
    }
}

/// The form and its answer.
pub(super) fn fill(context: &Context<'_>, page: &mut Page, form: &PoolForm) {
    let model = context.model;
    let theme = &model.theme;
    page.text(&context.t("screen.pool.text"), theme.dim);
    let read = read(model, form);
    let none = [const { None }; 3];
    let wrong = read.as_ref().err().map_or(&none, |wrong| &**wrong);
    for (n, (label, field)) in LABELS.into_iter().zip(&form.fields).enumerate() {
        page.gap();
        let first = page.lines.len();
        let is_here = n == form.at;
        page.hanging(
            vec![context.lead(is_here)],
            &context.t(label),
            context.choice_style(is_here),
        );
        let room = page.width().saturating_sub(4);
        if is_here {
            let before: String = field.value().chars().take(field.cursor()).collect();
            let column = (2 + wrap::width(&before)).min(page.width().saturating_sub(1));
            page.cursor = u16::try_from(column)
                .ok()
                .map(|column| (column, page.lines.len()));
        }
        let shown = wrap::fit(
            &crate::text::sanitise(field.value()),
            room,
            model.glyphs.more,
        );
        page.line(Line::from(vec![
            Span::raw("  "),
            Span::styled(shown, theme.field),
        ]));
        if let Some(wrong) = &wrong[n] {
            page.hanging(
                vec![Span::styled(
                    format!("  {} ", model.glyphs.warn),
                    theme.warn,
                )],
                &context.words.msg(wrong),
                theme.warn,
            );
        }
        page.choice_from(first, n);
    }
    if let Ok(Some(question)) = read {
        let plan = plan::plan(&question);
        page.gap();
        let lang = model.session.lang();
        for line in plan_lines(&plan, &model.knowledge.texts, lang) {
            // Rows of the table keep their columns.
            if line.starts_with("  ") || line.is_empty() {
                page.line(Line::styled(line, theme.text));
            } else {
                page.text(&context.words.outside(&line), theme.text);
            }
        }
    }
}
