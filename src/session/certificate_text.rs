//! One certificate as text for its administrator: what it is, where it was seen, what is wrong with it and what would
//! mend that. Plain text, in one language at a time; nothing in it that was not observed.

use std::fmt::Write as _;

use crate::chain::{AltName, KeyAlgorithm, Source};
use crate::diagnose::{ChainEntry, Diagnosis};
use crate::guide::{Knowledge, Lang};
use crate::msg::Msg;
use crate::text::sanitise;

use super::Session;
use super::hand_over::Writer;

/// The text about the certificate at this place of the diagnosis' chain, in this language; none where there is none.
pub fn text(
    knowledge: &Knowledge,
    session: &Session,
    diagnosis: &Diagnosis,
    entry: usize,
    lang: Lang,
) -> Option<String> {
    let shown = diagnosis.chain.get(entry)?;
    let writer = Writer {
        knowledge,
        session,
        diagnosis: Some(diagnosis),
        lang,
    };
    let mut out = String::new();
    let _ = writeln!(out, "{}", heading(&writer, shown));
    for (id, value) in rows(&writer, shown) {
        let _ = writeln!(out, "  {}: {value}", writer.t(id));
    }
    for finding in &diagnosis.causes {
        if finding.certificate == Some(entry) {
            writer.finding(&mut out, finding);
        }
    }
    Some(out)
}

/// Which certificate it is, and where it was seen.
fn heading(writer: &Writer<'_>, entry: &ChainEntry) -> String {
    let session = writer.session;
    let place = entry.position + 1;
    let msg = match (entry.source, session.file()) {
        (Source::Served, Some(file)) => Msg::new("screen.letter.certificate-file")
            .with("files", sanitise(&file.files))
            .with("place", place),
        (Source::Served, None) => {
            let gateway = session
                .target()
                .map_or_else(|| session.fill(writer.diagnosis).host, ToString::to_string);
            Msg::new("screen.letter.certificate-served")
                .with("gateway", gateway)
                .with("place", place)
        }
        (Source::Fetched, _) => Msg::new("screen.letter.certificate-fetched"),
        (Source::Store, _) if entry.brought => Msg::new("screen.letter.certificate-given"),
        (Source::Store, _) => Msg::new("screen.letter.certificate-store"),
    };
    writer.msg(&msg.with("certificate", entry.cert.label()))
}

/// What stands in it, label by label.
fn rows(writer: &Writer<'_>, entry: &ChainEntry) -> Vec<(&'static str, String)> {
    let cert = &entry.cert;
    let names: Vec<String> = cert
        .names
        .iter()
        .map(|name| match name {
            AltName::Dns(name) => sanitise(name),
            AltName::Ip(ip) => ip.to_string(),
        })
        .collect();
    let names = if names.is_empty() {
        writer.t("screen.certificate.no-names")
    } else {
        names.join(", ")
    };
    let validity = format!(
        "{} - {}",
        cert.not_before.rfc3339(),
        cert.not_after.rfc3339()
    );
    vec![
        ("screen.certificate.subject", sanitise(&cert.subject)),
        ("screen.certificate.issuer", sanitise(&cert.issuer)),
        ("screen.certificate.names", names),
        ("screen.certificate.validity", validity),
        (
            "screen.certificate.key",
            writer.msg(&key(&cert.key.algorithm, cert.key.bits)),
        ),
        (
            "screen.certificate.signature",
            sanitise(&cert.signature_algorithm),
        ),
        ("screen.certificate.serial", sanitise(&cert.serial)),
        ("screen.certificate.sha256", cert.fingerprint()),
        ("screen.certificate.sha1", cert.thumbprint()),
    ]
}

/// A public key in words.
pub fn key(algorithm: &KeyAlgorithm, bits: u32) -> Msg {
    let algorithm = match algorithm {
        KeyAlgorithm::Rsa => "RSA".to_owned(),
        KeyAlgorithm::Ec(curve) => curve.clone(),
        KeyAlgorithm::Ed25519 => "Ed25519".to_owned(),
        KeyAlgorithm::Other(oid) => oid.clone(),
    };
    Msg::new("screen.certificate.key-text")
        .with("algorithm", algorithm)
        .with("bits", bits)
}
