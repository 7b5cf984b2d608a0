//! One certificate in full: where it was seen and how it stands, what is in it, what is wrong with it and what was tried.

use ratatui::style::Style;

use crate::chain::{AltName, BasicConstraints, Cert};
use crate::msg::Msg;
use crate::session::certificate_text;

use super::super::page::Page;
use super::super::panes::{Context, chain};
use super::popups::cause_name;

/// Fills the page with the certificate at this place of the diagnosis' chain.
pub(super) fn fill(context: &Context<'_>, page: &mut Page, place: usize) {
    let Some(diagnosis) = context.model.diagnosis() else {
        return;
    };
    let Some(entry) = diagnosis.chain.get(place) else {
        return;
    };
    let theme = &context.model.theme;
    let cert = &entry.cert;
    let style = if entry.problems.is_empty() {
        theme.text
    } else {
        theme.bad
    };
    let state = format!(
        "{}  {}",
        context.t(chain::state_id(entry)),
        context.t(chain::source_id(context.model, entry))
    );
    let mut row = |id: &str, text: &str, style: Style| {
        page.labelled(&context.t(id), theme.dim, text, style);
    };
    let outside = |text: &str| context.words.outside(text);
    row(
        "screen.certificate.subject",
        &outside(&cert.subject),
        theme.title,
    );
    row("screen.certificate.state", &state, style);
    for finding in &diagnosis.causes {
        if finding.certificate != Some(place) {
            continue;
        }
        row(
            "screen.certificate.problem",
            &cause_name(context, finding.cause),
            theme.bad,
        );
        if let Some(proof) = finding.evidence.first() {
            row(
                "screen.verdict.seen",
                &context.words.msg(&proof.text),
                theme.text,
            );
        }
        if let Some(repair) = &finding.repair {
            let text = Msg::new("repair.both")
                .with("what", context.words.msg(&repair.what))
                .with("tried", context.words.msg(&diagnosis.tried(repair)));
            row(
                "screen.verdict.repair",
                &context.words.msg(&text),
                theme.text,
            );
        }
    }
    for (id, text) in facts(context, cert) {
        row(id, &text, theme.text);
    }
    page.gap();
    page.text(&context.t("screen.certificate.copy"), theme.dim);
}

/// What stands in it, label by label.
fn facts(context: &Context<'_>, cert: &Cert) -> Vec<(&'static str, String)> {
    let outside = |text: &str| context.words.outside(text);
    let names: Vec<String> = cert
        .names
        .iter()
        .map(|name| match name {
            AltName::Dns(name) => outside(name),
            AltName::Ip(ip) => outside(&ip.to_string()),
        })
        .collect();
    let names = if names.is_empty() {
        context.t("screen.certificate.no-names")
    } else {
        names.join(", ")
    };
    let key = certificate_text::key(&cert.key.algorithm, cert.key.bits);
    let mut facts = vec![
        ("screen.certificate.issuer", outside(&cert.issuer)),
        ("screen.certificate.names", names),
        ("screen.certificate.not-before", cert.not_before.rfc3339()),
        ("screen.certificate.not-after", cert.not_after.rfc3339()),
        ("screen.certificate.key", context.words.msg(&key)),
        (
            "screen.certificate.signature",
            outside(&cert.signature_algorithm),
        ),
        ("screen.certificate.ca", ca(context, cert)),
    ];
    if let Some(usage) = cert.extensions.key_usage {
        facts.push(("screen.certificate.key-usage", usage.words()));
    }
    if let Some(uses) = &cert.extensions.extended_key_usage {
        let uses: Vec<String> = uses.iter().map(ToString::to_string).collect();
        facts.push(("screen.certificate.extended-use", outside(&uses.join(", "))));
    }
    for url in &cert.issuer_urls {
        facts.push(("screen.certificate.issuer-url", outside(url)));
    }
    facts.extend([
        ("screen.certificate.serial", outside(&cert.serial)),
        ("screen.certificate.sha256", cert.fingerprint()),
        ("screen.certificate.sha1", cert.thumbprint()),
    ]);
    facts
}

/// Whether it is a CA's, and how many may follow below it.
fn ca(context: &Context<'_>, cert: &Cert) -> String {
    match cert.extensions.basic_constraints {
        Some(BasicConstraints {
            ca: true,
            path_len: Some(below),
        }) => context
            .words
            .msg(&Msg::new("screen.certificate.ca-below").with("count", below)),
        _ if cert.is_ca => context.t("screen.certificate.ca-yes"),
        _ => context.t("screen.certificate.ca-no"),
    }
}
