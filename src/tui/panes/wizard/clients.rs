//! Who accepts the certificate and who refuses it, in three lines at most. The reasons are in the report; how a client
//! judges is in `assets/clients.toml`.

use ratatui::text::Span;

use crate::diagnose::ClientView;
use crate::msg::Msg;
use crate::report::client_word_id;

use super::super::super::page::Page;
use super::super::super::wrap;
use super::super::Context;

/// The lines; nothing where no chain was judged.
pub(super) fn fill(context: &Context<'_>, page: &mut Page, views: &[ClientView]) {
    if views.is_empty() {
        return;
    }
    let (theme, glyphs) = (&context.model.theme, &context.model.glyphs);
    page.gap();
    page.text(&context.t("clients.heading"), theme.dim);
    for (accepts, glyph, style) in [
        (Some(true), glyphs.pass, theme.good),
        (Some(false), glyphs.fail, theme.bad),
        (None, glyphs.unknown, theme.unknown),
    ] {
        let group = views.iter().filter(|view| view.accepts == accepts);
        let names: Vec<String> = group.map(|view| name(context, view)).collect();
        if names.is_empty() {
            continue;
        }
        let word = wrap::fit(&context.t(client_word_id(accepts)), 12, "");
        page.hanging(
            vec![Span::styled(format!("{glyph} {word}"), style)],
            &names.join(&context.t("clients.separator")),
            theme.text,
        );
    }
}

fn name(context: &Context<'_>, view: &ClientView) -> String {
    if view.os == "any" {
        return view.name.clone();
    }
    let system = context.t(&format!("system.{}", view.os));
    let msg = Msg::new("clients.on")
        .with("client", &view.name)
        .with("system", system);
    context.words.msg(&msg)
}

#[cfg(test)]
mod tests {
    use super::super::super::super::fixtures::{model, with_run};
    use super::*;
    use crate::guide::Lang;

    /// The lines of the section for the recorded run, whose gateway leaves its intermediate out.
    fn lines(lang: Lang) -> Vec<String> {
        let mut model = model(lang);
        with_run(&mut model);
        let context = Context::new(&model);
        let mut page = Page::new(100);
        fill(&context, &mut page, &model.diagnosis().unwrap().clients);
        let lines = page.lines.iter().map(ToString::to_string);
        lines.filter(|line| !line.trim().is_empty()).collect()
    }

    #[test]
    fn those_who_accept_and_those_who_refuse_are_told_by_word_and_glyph() {
        let en = lines(Lang::En);
        assert_eq!(en[0], "Who accepts this certificate");
        assert!(
            en[1].starts_with("✔ accepts") && en[1].contains("Chrome"),
            "{en:#?}"
        );
        assert!(
            en[2].starts_with("✖ refuses") && en[2].contains("OpenVPN"),
            "{en:#?}"
        );
        assert!(
            en[3].starts_with("? not known") && en[3].contains("Cisco Secure Client on Windows"),
            "{en:#?}"
        );
        let ja = lines(Lang::Ja);
        assert_eq!(ja[0], "この証明書を受け入れるソフト");
        assert!(
            ja[1].starts_with("✔ 受け入れる") && ja[2].starts_with("✖ 拒否する"),
            "{ja:#?}"
        );
    }

    #[test]
    fn nothing_is_said_where_no_chain_was_judged() {
        let model = model(Lang::En);
        let context = Context::new(&model);
        let mut page = Page::new(100);
        fill(&context, &mut page, &[]);
        assert!(page.lines.is_empty());
    }
}
