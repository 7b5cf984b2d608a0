//! The administrator's part: what shows the causes, the exact change, the connection as it was, the chain with its
//! certificates to copy, the checks with their times, and the log.

use crate::chain::{AltName, Source, pem};
use crate::diagnose::{ChainEntry, clock_offset};
use crate::msg::Msg;
use crate::session::certificate_text::key;
use crate::text::sanitise;

use super::super::model::{addresses, session};
use super::super::paper::Block;
use super::model::Gathered;
use super::paper::{labelled, list, step_block};
use super::picture;

/// The blocks of this part.
pub fn write(gathered: &Gathered<'_>, out: &mut Vec<Block>) {
    evidence(gathered, out);
    change(gathered, out);
    connection(gathered, out);
    chain(gathered, out);
    if !gathered.evidence.probes.is_empty() {
        heading(gathered, out, "checks", "full-report.checks");
        out.push(Block::Chart(picture::waterfall(gathered)));
    }
    let log = gathered.evidence.log.iter().map(|line| {
        let text = gathered.render(&line.text);
        format!("{:.1} ms  {}  {text}", line.at_ms, line.probe.as_str())
    });
    list(gathered, out, "log", "report.log", log.collect());
}

fn heading(gathered: &Gathered<'_>, out: &mut Vec<Block>, name: &str, id: &str) {
    out.push(Block::Heading(3, name.to_owned(), gathered.say(id)));
}

/// What shows each cause.
fn evidence(gathered: &Gathered<'_>, out: &mut Vec<Block>) {
    if gathered.report.causes.is_empty() {
        return;
    }
    heading(gathered, out, "evidence", "report.evidence");
    for cause in &gathered.report.causes {
        out.push(Block::Labelled(cause.code.clone(), cause.title.clone()));
        let lines = cause
            .evidence
            .iter()
            .map(|(probe, text)| format!("{}: {text}", probe.as_str()));
        out.push(Block::List(lines.collect()));
    }
}

/// The steps that are done on the gateway.
fn change(gathered: &Gathered<'_>, out: &mut Vec<Block>) {
    let steps: Vec<_> = gathered
        .roots()
        .flat_map(|cause| &cause.steps)
        .filter(|step| step.on_gateway)
        .collect();
    if steps.is_empty() {
        return;
    }
    heading(gathered, out, "change", "full-report.change");
    for repair in gathered.roots().filter_map(|cause| cause.repair.as_ref()) {
        let text = format!("{} {}", repair.what, repair.tried);
        out.push(labelled(gathered, "report.repair", text));
    }
    out.extend(steps.into_iter().map(|step| step_block(gathered, step)));
}

/// The gateway as it was met: addresses, TLS, product, clock.
fn connection(gathered: &Gathered<'_>, out: &mut Vec<Block>) {
    let evidence = &gathered.evidence;
    let mut rows: Vec<(&str, String)> = Vec::new();
    let met = addresses(evidence);
    if !met.is_empty() && gathered.source.evidence.is_some() && evidence.tcp.known().is_some() {
        rows.push(("full-report.addresses", met.join(", ")));
    }
    if let Some(tls) = session(evidence) {
        let mut words = format!("TLS {}, {}, {}", tls.version, tls.cipher, tls.key_exchange);
        if let Some(alpn) = &tls.alpn {
            words = format!("{words}, ALPN {alpn}");
        }
        rows.push(("full-report.tls", sanitise(&words)));
    }
    let main = evidence.tls.known().and_then(|tls| tls.main());
    if let Some(sni) = main.and_then(|attempt| attempt.sni.as_ref()) {
        rows.push(("full-report.sni", sanitise(sni)));
    }
    if let Some(product) = evidence.gateway.known().and_then(|g| g.product.as_ref()) {
        let words = format!("{} ({})", sanitise(&product.name), sanitise(&product.how));
        rows.push(("full-report.product", words));
    }
    if let Some((offset_ms, sources)) = clock_offset(evidence) {
        let names: Vec<String> = sources.iter().map(|name| sanitise(name)).collect();
        let msg = Msg::new("full-report.clock-text")
            .with("offset", offset_ms)
            .with("sources", names.join(", "));
        rows.push(("full-report.clock", gathered.render(&msg)));
    }
    if rows.is_empty() {
        return;
    }
    heading(gathered, out, "connection", "full-report.connection");
    out.extend(
        rows.into_iter()
            .map(|(id, text)| labelled(gathered, id, text)),
    );
}

/// The chain: drawn, told, and to copy.
fn chain(gathered: &Gathered<'_>, out: &mut Vec<Block>) {
    let entries = &gathered.diagnosis.chain;
    if entries.is_empty() {
        return;
    }
    heading(gathered, out, "chain", "screen.pane.chain");
    out.push(Block::Chart(picture::chain(gathered)));
    for entry in entries {
        certificate(gathered, entry, out);
    }
    heading(gathered, out, "pem", "full-report.pem");
    for entry in entries.iter().filter(|entry| entry.source != Source::Store) {
        out.push(Block::Text(place(gathered, entry)));
        let text = pem(&entry.cert.der);
        out.push(Block::Code(text.lines().map(str::to_owned).collect()));
    }
}

/// Which certificate it is and where it was seen.
fn place(gathered: &Gathered<'_>, entry: &ChainEntry) -> String {
    let source = gathered.say(picture::source_id(gathered, entry));
    let name = sanitise(&entry.cert.label());
    if entry.source == Source::Store {
        return format!("{name} ({source})");
    }
    let msg = Msg::new("full-report.place")
        .with("n", entry.position + 1)
        .with("source", source);
    format!("{name} ({})", gathered.render(&msg))
}

/// One certificate in full, as labels and values.
fn certificate(gathered: &Gathered<'_>, entry: &ChainEntry, out: &mut Vec<Block>) {
    let cert = &entry.cert;
    let names: Vec<String> = cert
        .names
        .iter()
        .map(|name| match name {
            AltName::Dns(name) => sanitise(name),
            AltName::Ip(ip) => ip.to_string(),
        })
        .collect();
    let validity = format!(
        "{} - {}",
        cert.not_before.rfc3339(),
        cert.not_after.rfc3339()
    );
    let mut rows = vec![
        ("screen.certificate.subject", sanitise(&cert.subject)),
        ("screen.certificate.issuer", sanitise(&cert.issuer)),
        ("screen.certificate.validity", validity),
        (
            "screen.certificate.key",
            gathered.render(&key(&cert.key.algorithm, cert.key.bits)),
        ),
        (
            "screen.certificate.signature",
            sanitise(&cert.signature_algorithm),
        ),
        ("screen.certificate.serial", sanitise(&cert.serial)),
        ("screen.certificate.sha256", cert.fingerprint()),
    ];
    if !names.is_empty() {
        rows.push(("screen.certificate.names", names.join(", ")));
    }
    let faults: Vec<String> = entry
        .problems
        .iter()
        .map(|id| gathered.cause(*id))
        .collect();
    if !faults.is_empty() {
        rows.push(("full-report.faults", faults.join("; ")));
    }
    out.push(Block::Labelled(
        place(gathered, entry),
        gathered.say(picture::state_id(entry)),
    ));
    let lines = rows
        .into_iter()
        .map(|(id, value)| format!("{}: {value}", gathered.say(id)));
    out.push(Block::List(lines.collect()));
}
