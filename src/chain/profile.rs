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

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::super::cert::{Extensions, GeneralName, NameConstraints};
    use super::*;
    use crate::evidence::Der;

    type Change = fn(&mut Cert, &mut Marks);

    /// An end-entity certificate that another issued, with nothing against it.
    fn sound() -> Cert {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "vpn.example.com");
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let mut cert = Cert::parse(&Der::from(&made.der()[..])).unwrap();
        cert.issuer_name = super::super::dn::Name::default();
        cert.names = vec![AltName::Dns("vpn.example.com".to_owned())];
        cert.extensions = Extensions {
            extended_key_usage: Some(vec![ExtendedUse::ServerAuth]),
            subject_alternative_names: Some(vec![GeneralName::Dns("vpn.example.com".to_owned())]),
            authority_key_id: Some(vec![1]),
            ..Extensions::default()
        };
        cert
    }

    fn authority(cert: &mut Cert) {
        cert.is_ca = true;
        cert.extensions = Extensions {
            subject_key_id: Some(vec![2]),
            authority_key_id: Some(vec![1]),
            ..Extensions::default()
        };
        cert.names.clear();
    }

    /// A CA that issued its own certificate.
    fn root(cert: &mut Cert) {
        authority(cert);
        cert.issuer_name = cert.subject_name.clone();
        cert.extensions.authority_key_id = Some(vec![2]);
    }

    fn without_subject(cert: &mut Cert) {
        // The issuer's name is another still.
        cert.issuer_name = std::mem::take(&mut cert.subject_name);
        cert.common_name = None;
    }

    /// Each remark with the case that is nearest to it and draws none.
    #[test]
    fn what_is_against_the_letter_is_remarked_on_and_what_is_near_it_is_not() {
        let rows: &[(Change, &str)] = &[
            (|_, _| {}, ""),
            (|cert, _| authority(cert), ""),
            (|cert, _| root(cert), ""),
            (
                |cert, _| {
                    authority(cert);
                    without_subject(cert);
                },
                "empty-ca-subject",
            ),
            (
                |cert, marks| {
                    without_subject(cert);
                    marks.critical_names = true;
                },
                "",
            ),
            (
                |cert, _| {
                    authority(cert);
                    cert.extensions.subject_key_id = None;
                },
                "no-subject-key-id",
            ),
            (
                |cert, _| cert.extensions.authority_key_id = None,
                "no-authority-key-id",
            ),
            (
                |cert, _| {
                    root(cert);
                    cert.extensions.authority_key_id = None;
                },
                "",
            ),
            (
                |_, marks| marks.odd_authority_key = true,
                "authority-key-id-form",
            ),
            (
                |cert, _| {
                    root(cert);
                    cert.extensions.authority_key_id = Some(vec![1]);
                },
                "self-key-ids-differ",
            ),
            (|cert, _| cert.issuer_name = cert.subject_name.clone(), ""),
            (
                |cert, _| cert.extensions.name_constraints = Some(NameConstraints::default()),
                "name-constraints-not-ca",
            ),
            (
                |cert, _| {
                    authority(cert);
                    cert.extensions.name_constraints = Some(NameConstraints::default());
                    cert.extensions.key_usage = Some(KeyUsage(KeyUsage::KEY_CERT_SIGN));
                },
                "",
            ),
            (
                |cert, _| cert.extensions.key_usage = Some(KeyUsage(KeyUsage::KEY_CERT_SIGN)),
                "cert-sign-not-ca",
            ),
            (
                |cert, _| cert.extensions.key_usage = Some(KeyUsage(KeyUsage::CRL_SIGN)),
                "",
            ),
            (
                |cert, _| without_subject(cert),
                "alternative-names-not-critical",
            ),
            (
                |_, marks| marks.critical_names = true,
                "alternative-names-critical",
            ),
            (
                |cert, _| {
                    without_subject(cert);
                    cert.extensions.subject_alternative_names = None;
                },
                "",
            ),
            (
                |cert, _| cert.common_name = Some("VPN.example.com".to_owned()),
                "common-name-elsewhere",
            ),
            (
                |cert, _| {
                    cert.names.push(AltName::Ip([192, 0, 2, 5].into()));
                    cert.common_name = Some("192.0.2.5".to_owned());
                },
                "",
            ),
            (
                |cert, _| {
                    cert.common_name = Some("gateway".to_owned());
                    cert.names.clear();
                },
                "",
            ),
            (
                |cert, _| {
                    authority(cert);
                    cert.names.push(AltName::Dns("ca.example.com".to_owned()));
                },
                "",
            ),
            (
                |cert, _| cert.extensions.extended_key_usage = None,
                "no-extended-use",
            ),
            (|_, marks| marks.critical_uses = true, "extended-use-form"),
            (
                |cert, _| cert.extensions.extended_key_usage = Some(vec![ExtendedUse::Any]),
                "extended-use-form",
            ),
            (
                |cert, marks| {
                    authority(cert);
                    cert.extensions.extended_key_usage = Some(vec![ExtendedUse::Any]);
                    marks.critical_uses = true;
                },
                "",
            ),
            (
                |cert, _| {
                    root(cert);
                    cert.extensions.extended_key_usage = Some(vec![ExtendedUse::ServerAuth]);
                },
                "root-extended-use",
            ),
            (
                |cert, _| {
                    cert.key.algorithm = KeyAlgorithm::Rsa;
                    cert.key.bits = 2047;
                },
                "key-size-odd",
            ),
            (
                |cert, _| {
                    cert.key.algorithm = KeyAlgorithm::Rsa;
                    cert.key.bits = 2056;
                },
                "",
            ),
            (
                |cert, _| {
                    cert.key.algorithm = KeyAlgorithm::Ec("P-521".to_owned());
                    cert.key.bits = 521;
                },
                "",
            ),
        ];
        for (row, (change, expected)) in rows.iter().enumerate() {
            let (mut cert, mut marks) = (sound(), Marks::default());
            change(&mut cert, &mut marks);
            cert.defects.clear();
            remark(&mut cert, marks);
            let said: Vec<&str> = cert
                .defects
                .iter()
                .map(|defect| defect.text.id.trim_start_matches("chain.defect."))
                .collect();
            assert_eq!(said.join(" "), *expected, "row {row}");
            let remarks = |defect: &Defect| defect.severity == Severity::Remark;
            assert!(cert.defects.iter().all(remarks));
        }
    }
}
