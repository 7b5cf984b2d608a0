//! One step alone, for a screen that is shown to others: its code first and wide, its words in bold, all else below. The
//! list of steps is in [`super::steps`].

use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::cause::CauseId;
use crate::msg::Msg;

use super::super::super::page::Page;
use super::super::Context;
use super::verdict::name;
use super::{is_chosen, steps};

pub(super) fn fill(context: &Context<'_>, page: &mut Page, cause: CauseId) {
    let model = context.model;
    let theme = &model.theme;
    let all = model.steps(cause);
    page.text(&name(context, cause), theme.dim);
    page.gap();
    let chosen = (0..all.len()).find(|n| is_chosen(context, *n));
    let Some((n, step)) = chosen.and_then(|n| Some((n, *all.get(n)?))) else {
        if all.is_empty() {
            page.text(&context.t("screen.steps.none"), theme.text);
            page.gap();
        }
        steps::others(context, page, cause);
        return;
    };
    let code = model
        .cause(cause)
        .map(|known| known.step_code(step))
        .unwrap_or_default();
    let first = page.lines.len();
    let (mark, mark_style) = context.mark(model.session.mark(&code));
    let msg = Msg::new("sharing.presenter.step")
        .with("n", n + 1)
        .with("total", all.len());
    page.line(Line::from(vec![
        Span::styled(
            format!(" {} ", wide(&code)),
            theme.selected.add_modifier(Modifier::BOLD),
        ),
        Span::styled(format!("   {mark} "), mark_style),
        Span::styled(format!("  {}", context.words.msg(&msg)), theme.dim),
    ]));
    page.gap();
    if steps::is_gateway(step) {
        page.text(&context.t("screen.steps.gateway"), theme.accent);
        page.gap();
    }
    page.text(
        &context.words.text(&step.text),
        theme.title.add_modifier(Modifier::BOLD),
    );
    page.gap();
    steps::details(context, page, step);
    page.choice_from(first, n);
    page.gap();
    page.text(&context.t("sharing.presenter.more"), theme.dim);
}

/// A code with a blank between its letters, as it is spelled over the phone: `C 0 4 - W 2`.
fn wide(code: &str) -> String {
    let letters: Vec<String> = code.chars().map(String::from).collect();
    letters.join(" ")
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::super::super::super::fixtures::{press, sized, with_run};
    use super::super::super::super::model::{Model, Pane};
    use super::super::super::super::view;
    use super::super::super::page;
    use crate::guide::Lang;

    fn shown(model: &Model) -> String {
        let areas = view::areas(model).unwrap();
        assert_eq!(areas.panes.len(), 1, "one pane at every size");
        let inner = areas.inside(Pane::Wizard).unwrap();
        let page = page(model, Pane::Wizard, inner.width);
        let from = page.clamp(model.scroll[0], usize::from(inner.height));
        let lines = page.lines.iter().skip(from).take(usize::from(inner.height));
        lines.map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn each_step_stands_alone_with_its_code_spelled_out() {
        for (lang, size) in [
            (Lang::En, (80, 24)),
            (Lang::Ja, (80, 24)),
            (Lang::Ja, (160, 45)),
        ] {
            let mut model = sized(lang, size);
            with_run(&mut model);
            press(&mut model, KeyCode::Enter);
            press(&mut model, KeyCode::Enter);
            press(&mut model, KeyCode::Char('P'));
            assert!(model.presenter);
            let cause = model.subject().unwrap();
            let known = model.cause(cause).unwrap();
            let codes: Vec<String> = model
                .steps(cause)
                .iter()
                .map(|step| super::wide(&known.step_code(step)))
                .collect();
            assert!(codes.len() > 1);
            for (n, code) in codes.iter().enumerate() {
                let screen = shown(&model);
                for (other, spelled) in codes.iter().enumerate() {
                    let there = screen.contains(&format!(" {spelled}  "));
                    assert_eq!(there, n == other, "{spelled} for {code}:\n{screen}");
                }
                press(&mut model, KeyCode::Down);
                // A long step is scrolled to its end first.
                while model.chosen[0] == n && model.chosen[0] + 1 < codes.len() {
                    press(&mut model, KeyCode::Down);
                }
            }
            press(&mut model, KeyCode::Char('P'));
            assert!(!model.presenter);
        }
    }
}
