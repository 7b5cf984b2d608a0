//! The letter of the profile where most clients do not mind: remarks for whoever runs the CA, never refusals.
//!
//! RFC 5280 section 4 and, for server certificates, the CA/Browser Forum's Baseline Requirements (BR) section 7.1.

use super::cert::{AltName, Cert, Defect, ExtendedUse, KeyAlgorithm, KeyUsage, Severity};
use super::extensions::Marks;
use crate::msg::Msg;

/// Adds what a certificate of version 3 has against the profile.
pub(super) fn remark(cert: &mut Cert, marks: Marks) {
    let mut remarks = Vec::new();
    let mut note = |holds: bool, rule: &'static str, text: Msg| {
        if holds {
            remarks.push(Defect {
                severity: Severity::Remark,
                text,
                rule,
            });
        }
    };
    let extensions = &cert.extensions;
    let ca = cert.is_ca;
    let self_issued = cert.is_self_issued();
    let empty_subject = cert.subject_name.is_empty();

    note(
        ca && empty_subject,
        "RFC 5280 section 4.1.2.6",
        Msg::new("chain.defect.empty-ca-subject"),
    );
    note(
        ca && extensions.subject_key_id.is_none(),
        "RFC 5280 section 4.2.1.2",
        Msg::new("chain.defect.no-subject-key-id"),
    );
    note(
        !self_issued && extensions.authority_key_id.is_none(),
        "RFC 5280 section 4.2.1.1",
        Msg::new("chain.defect.no-authority-key-id"),
    );
    note(
        marks.odd_authority_key,
        "CA/Browser Forum Baseline Requirements section 7.1.2.11.1",
        Msg::new("chain.defect.authority-key-id-form"),
    );
    note(
        ca && self_issued
            && extensions.authority_key_id.is_some()
            && extensions.authority_key_id != extensions.subject_key_id,
        "CA/Browser Forum Baseline Requirements section 7.1.2.1.3",
        Msg::new("chain.defect.self-key-ids-differ"),
    );
    note(
        !ca && extensions.name_constraints.is_some(),
        "RFC 5280 section 4.2.1.10",
        Msg::new("chain.defect.name-constraints-not-ca"),
    );
    note(
        !ca && extensions
            .key_usage
            .is_some_and(|usage| usage.any(KeyUsage::KEY_CERT_SIGN)),
        "RFC 5280 section 4.2.1.3",
        Msg::new("chain.defect.cert-sign-not-ca"),
    );
    if extensions.subject_alternative_names.is_some() {
        note(
            empty_subject && !marks.critical_names,
            "RFC 5280 section 4.2.1.6",
            Msg::new("chain.defect.alternative-names-not-critical"),
        );
        note(
            !empty_subject && marks.critical_names,
            "RFC 5280 section 4.2.1.6",
            Msg::new("chain.defect.alternative-names-critical"),
        );
    }
    note(
        !ca && common_name_stands_elsewhere(cert),
        "CA/Browser Forum Baseline Requirements section 7.1.4.3",
        Msg::new("chain.defect.common-name-elsewhere"),
    );
    let uses = extensions.extended_key_usage.as_deref();
    note(
        !ca && uses.is_none(),
        "CA/Browser Forum Baseline Requirements section 7.1.2.7.10",
        Msg::new("chain.defect.no-extended-use"),
    );
    note(
        !ca && uses.is_some_and(|uses| marks.critical_uses || uses.contains(&ExtendedUse::Any)),
        "CA/Browser Forum Baseline Requirements section 7.1.2.7.10",
        Msg::new("chain.defect.extended-use-form"),
    );
    note(
        ca && self_issued && uses.is_some(),
        "CA/Browser Forum Baseline Requirements section 7.1.2.1.2",
        Msg::new("chain.defect.root-extended-use"),
    );
    note(
        cert.key.algorithm == KeyAlgorithm::Rsa && !cert.key.bits.is_multiple_of(8),
        "CA/Browser Forum Baseline Requirements section 6.1.5",
        Msg::new("chain.defect.key-size-odd").with("bits", cert.key.bits),
    );
    cert.defects.append(&mut remarks);
}

/// The common name, where there is one, repeats an alternative name letter by letter.
fn common_name_stands_elsewhere(cert: &Cert) -> bool {
    let Some(cn) = &cert.common_name else {
        return false;
    };
    !cert.names.is_empty()
        && !cert.names.iter().any(|name| match name {
            AltName::Dns(name) => name == cn,
            AltName::Ip(ip) => ip.to_string() == *cn,
        })
}
