//! The steps as QR codes, to be taken along on a phone: the whole screen but the hint line, the code on the left and
//! words beside it. How codes are made is in [`super::super::qr`].

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::cause::CauseId;
use crate::msg::Msg;

use super::super::model::Model;
use super::super::page::Page;
use super::super::panes::Context;
use super::super::qr::{self, Modules};

/// Cells for the words beside the code.
const WORDS: usize = 26;

/// What the codes of a cause say: its name, then each step for the system chosen with its code, and what to take care
/// of. The gateway's own steps stay: they are not done on a phone.
pub fn paragraphs(model: &Model, cause: CauseId) -> Vec<String> {
    let context = Context::new(model);
    let Some(known) = model.cause(cause) else {
        return Vec::new();
    };
    let name = context.words.text(&known.name);
    let mut paragraphs = vec![format!("{} {name}", known.code)];
    for step in known.steps_for(model.session.system(), model.knowledge.distro) {
        let mut text = format!(
            "{} {}",
            known.step_code(step),
            context.words.text(&step.text)
        );
        for command in step.command.iter() {
            text.push('\n');
            text.push_str(&context.words.command(command));
        }
        if let Some(danger) = &step.danger {
            let careful = context.t("screen.steps.danger");
            text.push_str(&format!("\n{careful} {}", context.words.text(danger)));
        }
        paragraphs.push(text);
    }
    paragraphs
}

/// The version of the codes that fit on a screen of this size, or the size that is needed.
fn version(model: &Model) -> Result<usize, (usize, usize)> {
    let (width, height) = (usize::from(model.size.0), usize::from(model.size.1));
    let ascii = model.glyphs.ascii;
    let rows = height.saturating_sub(1);
    let columns = width.saturating_sub(WORDS);
    // Two letters wide and one high, or one wide and two of them high.
    let modules = if ascii {
        rows.min(columns / 2)
    } else {
        (rows * 2).min(columns)
    };
    qr::largest_in(modules).ok_or_else(|| {
        let side = qr::side(qr::SMALLEST);
        if ascii {
            (2 * side + WORDS, side + 1)
        } else {
            (side + WORDS, side.div_ceil(2) + 1)
        }
    })
}

/// The version, and the texts of the codes: as few as the largest version takes, in the smallest that takes no more.
fn shared_out(model: &Model, cause: CauseId) -> Result<(usize, Vec<String>), (usize, usize)> {
    let largest = version(model)?;
    let paragraphs = paragraphs(model, cause);
    let fewest = qr::parts(&paragraphs, largest).len();
    let all = (qr::SMALLEST..=largest).map(|version| (version, qr::parts(&paragraphs, version)));
    let mut fit = all.filter(|(_, parts)| parts.len() <= fewest);
    Ok(fit.next().unwrap_or((largest, Vec::new())))
}

/// How many codes there are.
pub fn count(model: &Model, cause: CauseId) -> usize {
    shared_out(model, cause).map_or(0, |(_, parts)| parts.len())
}

/// Draws one of the codes.
pub(super) fn draw(
    context: &Context<'_>,
    frame: &mut Frame<'_>,
    screen: Rect,
    cause: CauseId,
    part: usize,
) {
    let model = context.model;
    let theme = &model.theme;
    let body = Rect {
        height: screen.height.saturating_sub(1),
        ..screen
    };
    let hints = Rect {
        y: body.bottom(),
        height: 1,
        ..screen
    };
    super::bars::hints(context, frame, hints);
    let (version, parts) = match shared_out(model, cause) {
        Ok(found) => found,
        Err((columns, rows)) => {
            let mut page = Page::new(body.width);
            let msg = Msg::new("sharing.phone.too-small")
                .with("columns", columns)
                .with("rows", rows)
                .with("now-columns", model.size.0)
                .with("now-rows", model.size.1);
            page.text(&context.t("sharing.phone.title"), theme.title);
            page.gap();
            page.text(&context.words.msg(&msg), theme.text);
            frame.render_widget(Paragraph::new(page.lines).style(theme.text), body);
            return;
        }
    };
    let part = part.min(parts.len().saturating_sub(1));
    let code = parts.get(part).and_then(|text| qr::encode(text, version));
    let Some(code) = code else {
        return;
    };
    let lines = drawn(&code, model.glyphs.ascii);
    let columns = lines.first().map_or(0, Line::width);
    let columns = u16::try_from(columns).unwrap_or(body.width).min(body.width);
    let left = Rect {
        width: columns,
        ..body
    };
    frame.render_widget(Paragraph::new(lines), left);
    let right = Rect {
        x: body.x + columns + 2,
        width: body.width.saturating_sub(columns + 3),
        ..body
    };
    let mut page = Page::new(right.width);
    page.text(&context.t("sharing.phone.title"), theme.title);
    page.gap();
    if parts.len() > 1 {
        let msg = Msg::new("sharing.phone.part")
            .with("n", part + 1)
            .with("total", parts.len());
        page.text(&context.words.msg(&msg), theme.accent);
        page.gap();
    }
    page.text(&context.t("sharing.phone.text"), theme.text);
    page.gap();
    page.text(&context.t("sharing.phone.inside"), theme.dim);
    frame.render_widget(Paragraph::new(page.lines).style(theme.text), right);
}

/// A code in cells, dark on light whatever the theme: readers look for just that. Light modules are letters as well as
/// colours, so that they are there without colours too.
fn drawn(code: &Modules, ascii: bool) -> Vec<Line<'static>> {
    const DARK: Color = Color::Indexed(16);
    const LIGHT: Color = Color::Indexed(231);
    let mixed = Style::new()
        .fg(LIGHT)
        .bg(DARK)
        .remove_modifier(Modifier::all());
    let light = mixed.bg(LIGHT);
    let cell = |top: bool, bottom: bool| match (top, bottom, ascii) {
        (false, _, true) => Span::styled("##", light),
        (true, _, true) => Span::styled("  ", mixed),
        (false, false, false) => Span::styled("█", light),
        (false, true, false) => Span::styled("▀", mixed),
        (true, false, false) => Span::styled("▄", mixed),
        (true, true, false) => Span::styled(" ", mixed),
    };
    if ascii {
        let rows = code.iter();
        return rows
            .map(|row| row.iter().map(|dark| cell(*dark, *dark)).collect())
            .collect();
    }
    code.chunks(2)
        .map(|pair| {
            let top = pair.first().map_or(&[][..], Vec::as_slice);
            // Below an odd last row it is light.
            let bottom = |at: usize| pair.get(1).and_then(|row| row.get(at)).copied();
            top.iter()
                .enumerate()
                .map(|(at, dark)| cell(*dark, bottom(at).unwrap_or(false)))
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::buffer::Buffer;

    use super::super::super::fixtures::{press, sized, type_in, with_run};
    use super::super::super::theme::{Glyphs, Theme, ThemeName};
    use super::*;
    use crate::guide::{Lang, System};

    fn screen(model: &Model) -> Buffer {
        let backend = TestBackend::new(model.size.0, model.size.1);
        let mut terminal = Terminal::new(backend).unwrap();
        terminal
            .draw(|frame| super::super::view(model, frame))
            .unwrap();
        terminal.backend().buffer().clone()
    }

    /// What a phone held before the screen sees: the colours of the cells, half by half.
    fn seen(buffer: &Buffer, side: usize, ascii: bool) -> Modules {
        let light = |colour: Color| match colour {
            Color::Indexed(231) => true,
            Color::Indexed(16) => false,
            other => panic!("{other:?} in the code"),
        };
        let at = |x: usize, y: usize| {
            let column = u16::try_from(if ascii { 2 * x } else { x }).unwrap();
            let row = u16::try_from(if ascii { y } else { y / 2 }).unwrap();
            let cell = &buffer[(column, row)];
            let ink = match cell.symbol() {
                "#" | "█" => true,
                " " => false,
                "▀" => y.is_multiple_of(2),
                "▄" => !y.is_multiple_of(2),
                other => panic!("{other} in the code"),
            };
            !light(if ink { cell.fg } else { cell.bg })
        };
        (0..side)
            .map(|y| (0..side).map(|x| at(x, y)).collect())
            .collect()
    }

    fn words(buffer: &Buffer) -> String {
        buffer.content().iter().map(|cell| cell.symbol()).collect()
    }

    /// All that the codes of the steps on show say, as a phone reads them from the screen.
    fn read_all(model: &mut Model) -> String {
        press(model, KeyCode::Char('Q'));
        let cause = model.subject().unwrap();
        let (version, parts) = shared_out(model, cause).unwrap();
        let mut whole = Vec::new();
        for n in 0..parts.len() {
            let modules = seen(&screen(model), qr::side(version), model.glyphs.ascii);
            let text = qr::tests::read(&modules);
            let number = format!("{}/{}\n", n + 1, parts.len());
            whole.push(text.strip_prefix(&number).unwrap_or(&text).to_owned());
            press(model, KeyCode::Down);
        }
        press(model, KeyCode::Esc);
        assert!(model.popup.is_none());
        whole.join("\n")
    }

    fn letters(text: &str) -> String {
        text.split_whitespace().collect()
    }

    #[test]
    fn the_steps_are_read_from_the_screen_in_every_theme_language_and_size() {
        let mut theme = ThemeName::Dark;
        for (lang, size, ascii) in [
            (Lang::En, (80, 24), false),
            (Lang::Ja, (80, 24), false),
            (Lang::Ja, (160, 45), false),
            (Lang::En, (200, 60), true),
            (Lang::Ja, (120, 46), true),
        ] {
            for system in [System::Ios, System::Android] {
                let mut model = sized(lang, size);
                with_run(&mut model);
                press(&mut model, KeyCode::Enter);
                press(&mut model, KeyCode::Enter);
                while model.session.system() != system {
                    press(&mut model, KeyCode::Char('o'));
                }
                if ascii {
                    model.glyphs = Glyphs::ASCII;
                }
                model.theme = Theme::new(theme);
                theme = theme.next();
                let cause = model.subject().unwrap();
                let wanted = letters(&paragraphs(&model, cause).concat());
                assert!(wanted.contains("-A1") || wanted.contains("-I1") || wanted.contains("-1"));
                assert_eq!(letters(&read_all(&mut model)), wanted);
            }
        }
    }

    #[test]
    fn a_window_that_is_too_small_says_which_size_is_needed_and_that_size_is_enough() {
        for (ascii, small, enough) in [
            (false, (70, 24), (71, 24)),
            (false, (80, 23), (80, 24)),
            (true, (80, 24), (116, 46)),
        ] {
            let mut model = sized(Lang::En, small);
            with_run(&mut model);
            if ascii {
                model.glyphs = Glyphs::ASCII;
            }
            type_in(&mut model, "Q");
            let needed = version(&model).unwrap_err();
            let shown = words(&screen(&model));
            assert!(shown.contains(&format!("{} columns", needed.0)), "{shown}");
            assert!(shown.contains(&format!("{} rows", needed.1)), "{shown}");
            model.size = enough;
            assert!(version(&model).is_ok(), "{needed:?}");
        }
    }

    #[test]
    fn hidden_names_are_in_no_code() {
        let mut model = sized(Lang::En, (160, 45));
        with_run(&mut model);
        let host = model.session.target().unwrap().host.to_string();
        // Every cause's steps, and those with the host's name in them at that.
        let mut with_host = 0;
        let causes: Vec<CauseId> = model.knowledge.causes.iter().map(|(id, _)| *id).collect();
        for masked in [false, true] {
            model.masked = masked;
            for cause in &causes {
                let said = paragraphs(&model, *cause).concat();
                with_host += usize::from(said.contains(&host));
                assert!(!(masked && said.contains(&host)), "{cause}: {said}");
            }
        }
        assert!(with_host > 0);
    }
}
