//! What a certificate's extensions say (RFC 5280 section 4.2), and what is wrong with their form.
//!
//! Not here: whether what they say fits the use (`rules.rs`, `constraints.rs`).

use std::collections::HashSet;
use std::net::IpAddr;

use x509_parser::certificate::X509Certificate;

use super::cert::{
    AltName, BasicConstraints, Defect, ExtendedUse, Extensions, GeneralName, KeyUsage,
    NameConstraints, Severity,
};
use super::der::{self, NotDer, Reader, tag};
use super::dn;
use crate::msg::Msg;

/// Addresses kept from one certificate; more are of no use to anyone.
const MAX_URLS: usize = 8;

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub extensions: Extensions,
    pub names: Vec<AltName>,
    pub issuer_urls: Vec<String>,
    pub ocsp_urls: Vec<String>,
    pub crl_urls: Vec<String>,
}

/// Reads all extensions; what is wrong with them goes to `defects`.
pub(super) fn read(cert: &X509Certificate<'_>, defects: &mut Vec<Defect>) -> Found {
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for extension in cert.extensions() {
        let oid = extension.oid.to_id_string();
        let mut step = Step {
            found: &mut found,
            defects,
            critical: extension.critical,
        };
        if !seen.insert(oid.clone()) {
            step.defect(
                Severity::Refused,
                "RFC 5280 section 4.2",
                Msg::new("chain.defect.duplicate-extension").with("oid", &oid),
            );
            continue;
        }
        step.read(&oid, extension.value);
    }
    profile(cert, &found, defects);
    found
}

/// Rules of the profile that need more than one field.
fn profile(cert: &X509Certificate<'_>, found: &Found, defects: &mut Vec<Defect>) {
    let extensions = &found.extensions;
    let ca = extensions
        .basic_constraints
        .is_some_and(|constraints| constraints.ca);
    let empty_subject = cert.subject().iter().next().is_none();
    let self_issued = cert.subject().as_raw() == cert.issuer().as_raw();
    let mut remark = |rule, id| {
        defects.push(Defect {
            severity: Severity::Remark,
            text: Msg::new(id),
            rule,
        });
    };
    if cert.version().0 < 2 {
        return;
    }
    if ca && empty_subject {
        remark("RFC 5280 section 4.1.2.6", "chain.defect.empty-ca-subject");
    }
    if ca && extensions.subject_key_id.is_none() {
        remark("RFC 5280 section 4.2.1.2", "chain.defect.no-subject-key-id");
    }
    if !self_issued && extensions.authority_key_id.is_none() {
        remark(
            "RFC 5280 section 4.2.1.1",
            "chain.defect.no-authority-key-id",
        );
    }
    if !ca && extensions.name_constraints.is_some() {
        remark(
            "RFC 5280 section 4.2.1.10",
            "chain.defect.name-constraints-not-ca",
        );
    }
    let cert_sign = extensions
        .key_usage
        .is_some_and(|usage| usage.any(KeyUsage::KEY_CERT_SIGN));
    if !ca && cert_sign {
        remark("RFC 5280 section 4.2.1.3", "chain.defect.cert-sign-not-ca");
    }
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
                if let Some((id, issuer)) =
                    self.unreadable(parts, "authorityKeyIdentifier", RULE, Remark)
                {
                    self.found.extensions.authority_key_id = id;
                    self.found.extensions.authority_issuer = issuer;
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
            unknown if self.critical => self
                .found
                .extensions
                .unknown_critical
                .push(unknown.to_owned()),
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

/// The kinds TLS compares.
fn comparable(name: &GeneralName) -> Option<AltName> {
    match name {
        GeneralName::Dns(name) => Some(AltName::Dns(name.clone())),
        GeneralName::Ip(bytes) => {
            let v4 = <[u8; 4]>::try_from(bytes.as_slice()).map(IpAddr::from);
            let v6 = || <[u8; 16]>::try_from(bytes.as_slice()).map(IpAddr::from);
            v4.or_else(|_| v6()).ok().map(AltName::Ip)
        }
        _ => None,
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

type AuthorityKey = (Option<Vec<u8>>, Option<dn::Name>);

fn authority_key(value: &[u8]) -> Result<AuthorityKey, NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    let id = reader
        .optional(tag::context(0))?
        .map(|element| element.content.to_vec());
    let issuer = match reader.optional(tag::constructed(1))? {
        None => None,
        Some(names) => {
            let mut names = Reader::new(names.content);
            let mut issuer = None;
            while !names.is_empty() {
                if let (GeneralName::Directory(name), _) = general_name(names.next()?)? {
                    issuer = Some(name);
                }
            }
            issuer
        }
    };
    reader.optional(tag::context(2))?;
    reader.finish()?;
    Ok((id, issuer))
}

fn tls_features(value: &[u8]) -> Result<Vec<u32>, NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    let mut features = Vec::new();
    while !reader.is_empty() {
        features.push(der::small_integer(reader.expect(tag::INTEGER)?.content)?);
    }
    Ok(features)
}

/// All names, and whether one of them is odd (a DNS name that is none, an address of the wrong length).
fn general_names(value: &[u8]) -> Result<(Vec<GeneralName>, bool), NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    let mut names = Vec::new();
    let mut odd = false;
    while !reader.is_empty() {
        let (name, is_odd) = general_name(reader.next()?)?;
        odd |= is_odd;
        names.push(name);
    }
    Ok((names, odd))
}

fn general_name(element: der::Element<'_>) -> Result<(GeneralName, bool), NotDer> {
    let text = || {
        let odd = !element.content.is_ascii();
        (String::from_utf8_lossy(element.content).into_owned(), odd)
    };
    Ok(match element.tag {
        0x81 => {
            let (text, odd) = text();
            (GeneralName::Email(text), odd)
        }
        0x82 => {
            let (text, odd) = text();
            let odd = odd || !is_dns_shaped(&text);
            (GeneralName::Dns(text), odd)
        }
        0x86 => {
            let (text, odd) = text();
            (GeneralName::Uri(text), odd)
        }
        0xa4 => (
            GeneralName::Directory(dn::read(element.content)?.name),
            false,
        ),
        0x87 => (
            GeneralName::Ip(element.content.to_vec()),
            !matches!(element.content.len(), 4 | 16),
        ),
        0xa0 | 0xa3 | 0xa5 | 0x88 => (GeneralName::Other(element.tag & 0x1f), false),
        _ => return Err(NotDer("has a name of an unknown kind")),
    })
}

/// Letters, digits, hyphens and dots, a `*` allowed as the whole first label.
fn is_dns_shaped(text: &str) -> bool {
    let bare = text.strip_prefix("*.").unwrap_or(text);
    !bare.is_empty()
        && bare.len() <= 253
        && bare.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

fn name_constraints(value: &[u8]) -> Result<NameConstraints, NotDer> {
    let mut reader = Reader::single(value, tag::SEQUENCE)?;
    if reader.is_empty() {
        return Err(NotDer("has no constraint in it"));
    }
    let permitted = reader
        .optional(tag::constructed(0))?
        .map(|element| subtrees(element.content))
        .transpose()?;
    let excluded = reader
        .optional(tag::constructed(1))?
        .map(|element| subtrees(element.content))
        .transpose()?;
    reader.finish()?;
    Ok(NameConstraints {
        permitted: permitted.unwrap_or_default(),
        excluded: excluded.unwrap_or_default(),
    })
}

fn subtrees(content: &[u8]) -> Result<Vec<GeneralName>, NotDer> {
    let mut reader = Reader::new(content);
    let mut bases = Vec::new();
    if reader.is_empty() {
        return Err(NotDer("has an empty list of constraints"));
    }
    while !reader.is_empty() {
        let mut subtree = Reader::new(reader.expect(tag::SEQUENCE)?.content);
        let base = constraint_base(subtree.next()?)?;
        if !subtree.is_empty() {
            return Err(NotDer("has a constraint with a minimum or maximum"));
        }
        bases.push(base);
    }
    Ok(bases)
}

fn constraint_base(element: der::Element<'_>) -> Result<GeneralName, NotDer> {
    let (base, _) = general_name(element)?;
    match &base {
        GeneralName::Ip(bytes) if !is_network(bytes) => {
            Err(NotDer("has an address constraint that is no network"))
        }
        GeneralName::Dns(name) if !is_dns_base(name) => {
            Err(NotDer("has a DNS constraint that is no domain"))
        }
        _ => Ok(base),
    }
}

fn is_dns_base(name: &str) -> bool {
    let bare = name.strip_prefix('.').unwrap_or(name);
    name.is_ascii()
        && (name.is_empty()
            || bare
                .split('.')
                .all(|label| !label.is_empty() && !label.contains('*')))
}

/// Address and mask of the same length, the mask ones first and then zeros (RFC 4632 section 3.1).
fn is_network(bytes: &[u8]) -> bool {
    if !matches!(bytes.len(), 8 | 32) {
        return false;
    }
    let mask = bytes.get(bytes.len() / 2..).unwrap_or_default();
    let bits: Vec<bool> = mask
        .iter()
        .flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0))
        .collect();
    bits.windows(2)
        .all(|pair| matches!(pair, [before, after] if *before || !*after))
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
