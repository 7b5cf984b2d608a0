//! The first screen: the gateway's address, the gateways of the site, the saved connections of this device, and what
//! will be contacted.

use ratatui::text::{Line, Span};

use crate::evidence::{Host, Target, TargetError};
use crate::msg::Msg;

use super::super::super::model::Model;
use super::super::super::page::Page;
use super::super::super::wrap;
use super::super::Context;
use super::{Offer, is_chosen};

pub(super) fn offers(model: &Model) -> Vec<Offer> {
    let gateways = model.knowledge.wizard.site.gateways.len();
    std::iter::once(Offer::Field)
        .chain((0..gateways).map(Offer::Gateway))
        .chain((0..model.offered_profiles().count()).map(Offer::Profile))
        .chain(model.offers_lessons().then_some(Offer::Practise))
        .collect()
}

pub(super) fn fill(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    page.text(&context.t("screen.target.title"), theme.title);
    page.text(&context.t("screen.target.hint"), theme.dim);
    page.gap();
    field(context, page, &model.address);
    under_the_field(context, page);

    let gateways = &model.knowledge.wizard.site.gateways;
    if !gateways.is_empty() {
        page.gap();
        page.text(&context.t("screen.target.offered"), theme.dim);
        for (n, gateway) in gateways.iter().enumerate() {
            let words = format!(
                "{}  {}",
                context.words.text(&gateway.name),
                context.words.outside(&gateway.address)
            );
            super::offer(context, page, n + 1, &words);
        }
    }
    let saved = model.offered_profiles().count();
    profiles(context, page, gateways.len() + 1);
    if model.offers_lessons() {
        page.gap();
        super::offer(
            context,
            page,
            gateways.len() + 1 + saved,
            &context.t("practice.offer.begin"),
        );
    }
    page.gap();
    contacts(context, page);
}

/// The saved connections of this device, the first of them the offer of this number.
fn profiles(context: &Context<'_>, page: &mut Page, first: usize) {
    let model = context.model;
    let theme = &model.theme;
    if model.offered_profiles().next().is_some() {
        page.gap();
        page.text(&context.t("profile.offer.found"), theme.dim);
    }
    let clients = model.knowledge.clients();
    for (n, profile) in model.offered_profiles().enumerate() {
        let client = clients.short_name(&profile.client);
        // Its folder says little here; `vpnmedic profiles` has it.
        let file = profile.file.rsplit(['/', '\\']).next().unwrap_or_default();
        let place = profile.target().map(|place| place.target.to_string());
        let words = format!(
            "{}  {}  ({client}, {})",
            context.words.outside(&profile.name),
            context.words.outside(&place.unwrap_or_default()),
            context.words.outside(file)
        );
        super::offer(context, page, first + n, &words);
    }
    let barred = model.profiles.unread.iter().find_map(|unread| {
        let command = unread.command.as_ref()?;
        Some(Msg::new("profile.offer.barred").with("command", command))
    });
    if let Some(barred) = barred {
        page.gap();
        page.text(&context.words.msg(&barred), theme.dim);
    }
}

/// A one-line field as wide as the page, with the terminal's own cursor in it.
pub(super) fn field(context: &Context<'_>, page: &mut Page, input: &tui_input::Input) {
    let theme = &context.model.theme;
    let chosen = is_chosen(context, 0);
    let lead = context.lead(chosen);
    let room = page.width().saturating_sub(wrap::width(&lead.content) + 1);
    let first = page.lines.len();
    let before: String = input.value().chars().take(input.cursor()).collect();
    let (visible, column) = window(input.value(), wrap::width(&before), room);
    let at = wrap::width(&lead.content) + column;
    page.cursor = chosen
        .then(|| u16::try_from(at).ok())
        .flatten()
        .map(|column| (column, first));
    page.line(Line::from(vec![
        lead,
        Span::styled(wrap::fit(&visible, room, ""), theme.field),
    ]));
    page.choice_from(first, 0);
}

/// The part of a long value that is shown so that the cursor, `cursor` cells from its beginning, is in sight, and the
/// cursor's cell in it.
fn window(value: &str, cursor: usize, room: usize) -> (String, usize) {
    let shown = crate::text::sanitise(value);
    // Two cells are kept free, for the cursor and for a wide letter that only half fits in front.
    let whole = room;
    let room = room.saturating_sub(2).max(1);
    if cursor <= room {
        return (wrap::take(&shown, whole).to_owned(), cursor);
    }
    let skipped = wrap::take(&shown, cursor - room).len();
    let rest = shown.get(skipped..).unwrap_or_default();
    let hidden = wrap::width(&shown[..skipped]);
    (
        wrap::take(rest, whole).to_owned(),
        cursor.saturating_sub(hidden),
    )
}

/// What the field is understood as, or what is wrong with it.
fn under_the_field(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    if let Some(error) = &model.address_error {
        page.hanging(
            vec![Span::styled(format!("  {} ", model.glyphs.fail), theme.bad)],
            &context.words.msg(&error.message()),
            theme.bad,
        );
        if *error == TargetError::Sentence {
            let text = context.t("screen.target.look-up");
            page.hanging(vec![Span::raw("    ")], &text, theme.text);
        }
        return;
    }
    let typed = model.address.value();
    if let Ok(target) = Target::parse(typed) {
        let both = matches!(&target.host, Host::Name { ascii, unicode } if ascii != unicode);
        if both || target.to_string() != typed {
            let msg = Msg::new("screen.target.understood").with("target", &target);
            page.hanging(vec![Span::raw("    ")], &context.words.msg(&msg), theme.dim);
        }
        if typed.contains('@') && !typed.contains("://") {
            let text = context.t("screen.target.mail");
            page.hanging(vec![Span::raw("    ")], &text, theme.warn);
        }
    }
}

/// Before anything is contacted: what will be.
fn contacts(context: &Context<'_>, page: &mut Page) {
    let model = context.model;
    let theme = &model.theme;
    let contacts = &model.contacts;
    if contacts.offline {
        page.text(&context.t("screen.target.offline"), theme.dim);
        return;
    }
    if contacts.no_third_party {
        page.text(&context.t("screen.target.contacts-few"), theme.dim);
        return;
    }
    page.text(&context.t("screen.target.contacts"), theme.dim);
    let mut more = Vec::new();
    // What the site's settings leave out is not contacted, and not spoken of.
    for (id, names) in [
        ("screen.target.contacts-ntp", contacts.ntp.clone()),
        ("screen.target.contacts-portal", hosts(&contacts.portal)),
    ] {
        if !names.is_empty() {
            more.push(Msg::new(id).with("names", names.join(", ")));
        }
    }
    if !contacts.no_public_dns {
        let address = crate::probe::PUBLIC_DNS.ip();
        more.push(Msg::new("screen.target.contacts-dns").with("address", address));
    }
    if !more.is_empty() {
        let more: Vec<String> = more.iter().map(|msg| context.words.msg(msg)).collect();
        let more = more.join(&context.t("screen.target.contacts-separator"));
        let msg = Msg::new("screen.target.contacts-more").with("more", more);
        page.text(&context.words.msg(&msg), theme.dim);
    }
    page.text(&context.t("screen.target.read-only"), theme.dim);
}

/// Who is asked, out of the addresses of pages: whose they are is what people want to know.
fn hosts(urls: &[String]) -> Vec<String> {
    let host = |url: &String| {
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default().to_owned()
    };
    urls.iter().map(host).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_inside_the_window() {
        let value = "vpn.例え.example.com".repeat(6);
        for chars in 0..=value.chars().count() {
            let before: String = value.chars().take(chars).collect();
            let (shown, column) = window(&value, wrap::width(&before), 20);
            assert!(column < 20, "{chars}: {column}");
            assert!(wrap::width(&shown) <= 20);
        }
    }
}
