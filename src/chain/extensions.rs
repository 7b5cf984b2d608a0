//! What a certificate's extensions say (RFC 5280 section 4.2), and what is wrong with their form.
//!
//! Not here: whether what they say fits the use (`rules.rs`, `constraints.rs`).

use std::collections::HashSet;

use x509_parser::certificate::X509Certificate;

use super::cert::{
    AltName, BasicConstraints, Defect, ExtendedUse, Extensions, GeneralName, KeyUsage, Severity,
};
use super::der::{self, NotDer, Reader, tag};
use super::dn;
use super::general::{comparable, general_name, general_names, name_constraints};
use crate::msg::Msg;

/// Addresses kept from one certificate; more are of no use to anyone.
const MAX_URLS: usize = 8;
/// Unknown critical extensions kept from one certificate; one is enough to refuse it.
const MAX_UNKNOWN: usize = 8;

/// What matters to the letter of the profile only.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    /// subjectAltName is marked critical.
    pub critical_names: bool,
    /// extKeyUsage is marked critical.
    pub critical_uses: bool,
    /// authorityKeyIdentifier without a key identifier, or with more than that.
    pub odd_authority_key: bool,
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub marks: Marks,
    pub extensions: Extensions,
    pub names: Vec<AltName>,
    pub issuer_urls: Vec<String>,
    pub ocsp_urls: Vec<String>,
    pub crl_urls: Vec<String>,
}

/// Reads all extensions; what is wrong with them goes to `defects`.
pub(super) fn read(cert: &X509Certificate<'_>, defects: &mut Vec<Defect>) -> Found {
    let mut found = Found::default();
    let (mut seen, mut repeated) = (HashSet::new(), HashSet::new());
    for extension in cert.extensions() {
        let oid = extension.oid.to_id_string();
        let mut step = Step {
            found: &mut found,
            defects,
            critical: extension.critical,
        };
        if !seen.insert(oid.clone()) {
            if !repeated.insert(oid.clone()) {
                continue;
            }
            step.defect(
                Severity::Refused,
                "RFC 5280 section 4.2",
                Msg::new("chain.defect.duplicate-extension").with("oid", &oid),
            );
            continue;
        }
        step.read(&oid, extension.value);
    }
    found
}

struct Step<'s> {
    found: &'s mut Found,
    defects: &'s mut Vec<Defect>,
    critical: bool,
}

impl Step<'_> {
    fn defect(&mut self, severity: Severity, rule: &'static str, text: Msg) {
        self.defects.push(Defect {
            severity,
            text,
            rule,
        });
    }

    fn remark(&mut self, rule: &'static str, id: &'static str) {
        self.defect(Severity::Remark, rule, Msg::new(id));
    }

    /// Notes an extension whose content cannot be read.
    fn unreadable<T>(
        &mut self,
        read: Result<T, NotDer>,
        name: &'static str,
        rule: &'static str,
        severity: Severity,
    ) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                let text = Msg::new("chain.defect.unreadable")
                    .with("extension", name)
                    .with("reason", error.0);
                self.defect(severity, rule, text);
                None
            }
        }
    }

    fn read(&mut self, oid: &str, value: &[u8]) {
        use Severity::{Refused, Remark};
        match oid {
            "2.5.29.14" => {
                const RULE: &str = "RFC 5280 section 4.2.1.2";
                let id = Reader::new(value)
                    .expect(tag::OCTET_STRING)
                    .map(|element| element.content.to_vec());
                self.found.extensions.subject_key_id =
                    self.unreadable(id, "subjectKeyIdentifier", RULE, Remark);
                if self.critical {
                    self.remark(RULE, "chain.defect.critical-key-id");
                }
            }
            "2.5.29.35" => {
                const RULE: &str = "RFC 5280 section 4.2.1.1";
                let parts = authority_key(value);
                if let Some(parts) = self.unreadable(parts, "authorityKeyIdentifier", RULE, Remark)
                {
                    self.found.marks.odd_authority_key = parts.id.is_none() || parts.has_more;
                    self.found.extensions.authority_key_id = parts.id;
                    self.found.extensions.authority_issuer = parts.issuer;
                }
                if self.critical {
                    self.remark(RULE, "chain.defect.critical-key-id");
                }
            }
            "2.5.29.15" => {
                let usage = key_usage(value);
                self.found.extensions.key_usage =
                    self.unreadable(usage, "keyUsage", "RFC 5280 section 4.2.1.3", Refused);
            }
            "2.5.29.37" => {
                let uses = extended_key_usage(value);
                self.found.marks.critical_uses = self.critical;
                self.found.extensions.extended_key_usage =
                    self.unreadable(uses, "extKeyUsage", "RFC 5280 section 4.2.1.12", Refused);
            }
            "2.5.29.19" => {
                const RULE: &str = "RFC 5280 section 4.2.1.9";
                let constraints =
                    self.unreadable(basic_constraints(value), "basicConstraints", RULE, Refused);
                self.found.extensions.basic_constraints = constraints;
                if constraints.is_some_and(|constraints| constraints.ca) && !self.critical {
                    self.remark(RULE, "chain.defect.basic-constraints-not-critical");
                }
            }
            "2.5.29.30" => self.name_constraints(value),
            "2.5.29.17" => self.alternative_names(value),
            "1.3.6.1.5.5.7.1.1" => {
                const RULE: &str = "RFC 5280 section 4.2.2.1";
                let read = access(value);
                if let Some((issuers, responders)) =
                    self.unreadable(read, "authorityInfoAccess", RULE, Remark)
                {
                    self.found.issuer_urls = issuers;
                    self.found.ocsp_urls = responders;
                }
                if self.critical {
                    self.remark(RULE, "chain.defect.critical-access");
                }
            }
            "2.5.29.31" => {
                let read = distribution_points(value);
                self.found.crl_urls = self
                    .unreadable(
                        read,
                        "cRLDistributionPoints",
                        "RFC 5280 section 4.2.1.13",
                        Remark,
                    )
                    .unwrap_or_default();
            }
            "1.3.6.1.5.5.7.1.24" => {
                let features = tls_features(value);
                self.found.extensions.must_staple = self
                    .unreadable(features, "TLS feature", "RFC 7633 section 4", Remark)
                    .is_some_and(|features| features.contains(&5));
            }
            "2.5.29.36" if !self.critical => {
                self.remark(
                    "RFC 5280 section 4.2.1.11",
                    "chain.defect.policy-constraints-not-critical",
                );
            }
            // Known, and without a say in whether a TLS client accepts: alternative names of the issuer, policies,
            // further revocation addresses, certificate transparency, statements about qualified certificates.
            "2.5.29.18"
            | "2.5.29.9"
            | "2.5.29.16"
            | "2.5.29.32"
            | "2.5.29.33"
            | "2.5.29.36"
            | "2.5.29.54"
            | "2.5.29.46"
            | "1.3.6.1.5.5.7.1.11"
            | "1.3.6.1.5.5.7.1.3"
            | "1.3.6.1.5.5.7.48.1.5"
            | "1.3.6.1.4.1.11129.2.4.2"
            | "2.16.840.1.113730.1.1"
            | "2.16.840.1.113730.1.13" => {}
            unknown if self.critical => {
                let list = &mut self.found.extensions.unknown_critical;
                if list.len() < MAX_UNKNOWN {
                    list.push(unknown.to_owned());
                }
            }
            _ => {}
        }
    }

    fn alternative_names(&mut self, value: &[u8]) {
        const RULE: &str = "RFC 5280 section 4.2.1.6";
        let Some((names, odd)) = self.unreadable(
            general_names(value),
            "subjectAltName",
            RULE,
            Severity::Refused,
        ) else {
            return;
        };
        self.found.marks.critical_names = self.critical;
        if names.is_empty() {
            self.remark(RULE, "chain.defect.no-alternative-names");
        }
        if odd {
            self.remark(RULE, "chain.defect.odd-alternative-name");
        }
        self.found.names = names.iter().filter_map(comparable).collect();
        self.found.extensions.subject_alternative_names = Some(names);
    }

    fn name_constraints(&mut self, value: &[u8]) {
        const RULE: &str = "RFC 5280 section 4.2.1.10";
        let read = name_constraints(value);
        let Some(constraints) = self.unreadable(read, "nameConstraints", RULE, Severity::Refused)
        else {
            return;
        };
        if !self.critical {
            self.remark(RULE, "chain.defect.name-constraints-not-critical");
        }
        let leading =
            |name: &GeneralName| matches!(name, GeneralName::Dns(name) if name.starts_with('.'));
        if constraints
            .permitted
            .iter()
            .chain(&constraints.excluded)
            .any(leading)
        {
            self.remark(RULE, "chain.defect.constraint-leading-dot");
        }
        self.found.extensions.name_constraints = Some(constraints);
    }
}

fn key_usage(value: &[u8]) -> Result<KeyUsage, NotDer> {
    let mut reader = Reader::new(value);
    let (bytes, _) = der::bit_string(reader.expect(tag::BIT_STRING)?.content)?;
    reader.finish()?;
    let mut usage = 0u16;
    for bit in 0..9usize {
        let set = bytes
            .get(bit / 8)
            .is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0);
        usage |= u16::from(set) << bit;
    }
    Ok(KeyUsage(usage))
}

fn extended_key_usage(value: &[u8]) -> Result<Vec<ExtendedUse>, NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    let mut uses = Vec::new();
    while !reader.is_empty() {
        let oid = der::oid(reader.expect(tag::OID)?.content)?;
        uses.push(match oid.as_str() {
            "1.3.6.1.5.5.7.3.1" => ExtendedUse::ServerAuth,
            "1.3.6.1.5.5.7.3.2" => ExtendedUse::ClientAuth,
            "1.3.6.1.5.5.7.3.9" => ExtendedUse::OcspSigning,
            "2.5.29.37.0" => ExtendedUse::Any,
            _ => ExtendedUse::Other(oid),
        });
    }
    Ok(uses)
}

fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    let ca = reader
        .optional(tag::BOOLEAN)?
        .map_or(Ok(false), |element| der::boolean(element.content))?;
    let path_len = reader
        .optional(tag::INTEGER)?
        .map(|element| der::small_integer(element.content))
        .transpose()?;
    reader.finish()?;
    Ok(BasicConstraints { ca, path_len })
}

struct AuthorityKey {
    id: Option<Vec<u8>>,
    issuer: Option<dn::Name>,
    has_more: bool,
}

fn authority_key(value: &[u8]) -> Result<AuthorityKey, NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    let id = reader
        .optional(tag::context(0))?
        .map(|element| element.content.to_vec());
    let issuer_names = reader.optional(tag::constructed(1))?;
    let mut names = Reader::new(issuer_names.map_or(&[][..], |element| element.content));
    let mut issuer = None;
    while !names.is_empty() {
        if let (GeneralName::Directory(name), _) = general_name(names.next()?)? {
            issuer = Some(name);
        }
    }
    let serial = reader.optional(tag::context(2))?;
    reader.finish()?;
    Ok(AuthorityKey {
        has_more: issuer_names.is_some() || serial.is_some(),
        id,
        issuer,
    })
}

fn tls_features(value: &[u8]) -> Result<Vec<u32>, NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    let mut features = Vec::new();
    while !reader.is_empty() {
        features.push(der::small_integer(reader.expect(tag::INTEGER)?.content)?);
    }
    Ok(features)
}

/// caIssuers and OCSP addresses.
fn access(value: &[u8]) -> Result<(Vec<String>, Vec<String>), NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    let (mut issuers, mut responders) = (Vec::new(), Vec::new());
    while !reader.is_empty() {
        let mut description = Reader::new(reader.expect(tag::SEQUENCE)?.content);
        let method = der::oid(description.expect(tag::OID)?.content)?;
        let location = description.next()?;
        description.finish()?;
        let list = match method.as_str() {
            "1.3.6.1.5.5.7.48.2" => &mut issuers,
            "1.3.6.1.5.5.7.48.1" => &mut responders,
            _ => continue,
        };
        push_url(list, location);
    }
    Ok((issuers, responders))
}

fn distribution_points(value: &[u8]) -> Result<Vec<String>, NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    let mut urls = Vec::new();
    while !reader.is_empty() {
        let mut point = Reader::new(reader.expect(tag::SEQUENCE)?.content);
        let Some(name) = point.optional(tag::constructed(0))? else {
            continue;
        };
        let Some(full) = Reader::new(name.content).optional(tag::constructed(0))? else {
            continue;
        };
        let mut names = Reader::new(full.content);
        while !names.is_empty() {
            push_url(&mut urls, names.next()?);
        }
    }
    Ok(urls)
}

fn push_url(list: &mut Vec<String>, name: der::Element<'_>) {
    if name.tag == tag::context(6)
        && list.len() < MAX_URLS
        && name.content.len() <= 2048
        && let Ok(url) = std::str::from_utf8(name.content)
    {
        list.push(url.to_owned());
    }
}

#[cfg(test)]
#[path = "tests/extensions.rs"]
mod tests;
