//! The rules one path is held to, each with its section of RFC 5280 or where else it comes from. Every rule runs; none
//! hides another.
//!
//! Not here: which path is judged (`path.rs`, `judge.rs`), what the names of a host are (`names.rs`).

use super::cert::{Cert, Defect, ExtendedUse, KeyAlgorithm, KeyUsage, Severity};
use super::constraints::{self, Outcome};
use super::path::{End, Found, Search};
use super::signature::{Signed, algorithm_name};
use super::{Link, Purpose, Question, Source, Violation, ending, names};
use crate::cause::CauseId;
use crate::evidence::Host;
use crate::msg::Msg;

/// What the rules found on one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub violations: Vec<Violation>,
    pub advice: Vec<Violation>,
    pub remarks: Vec<Violation>,
}

impl Findings {
    fn violation(&mut self, cause: CauseId, at: usize, rule: &'static str, text: Msg) {
        self.violations.push(Violation {
            cause,
            at: Some(at),
            text,
            rule,
        });
    }

    fn advice(&mut self, cause: CauseId, at: usize, rule: &'static str, text: Msg) {
        self.advice.push(Violation {
            cause,
            at: Some(at),
            text,
            rule,
        });
    }
}

/// Holds a path to every rule, beside what [`end_entity`] found of its first certificate, which is the same on every
/// path. `budget` is what name constraints may still cost.
pub(super) fn hold(
    question: &Question<'_>,
    found: &Found,
    search: &mut Search<'_>,
    budget: &mut usize,
    end_entity: &Findings,
) -> Findings {
    let mut findings = end_entity.clone();
    let anchored = matches!(found.end, End::Anchor);
    if let Some(violation) = ending::fault(question, found) {
        findings.violations.push(violation);
    }
    for (at, link) in found.path.iter().enumerate() {
        let role = Role::of(at, found, anchored);
        dates(question, &link.cert, at, role, &mut findings);
        form(&link.cert, at, &mut findings);
        // Nobody relies on a trust anchor's own signature, whoever made it.
        let trusted_itself = anchored && at + 1 == found.path.len();
        let signature_matters = !trusted_itself && role != Role::Root;
        strength(&link.cert, at, signature_matters, &mut findings);
        extended_use(question.purpose, &link.cert, at, &mut findings);
        if at > 0 {
            issuer(&link.cert, at, role, &mut findings);
        }
    }
    signatures(found, search, &mut findings);
    path_length(&found.path, &mut findings);
    name_constraints(&found.path, budget, &mut findings);
    findings
}

/// What a certificate is on its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// The end-entity certificate.
    Leaf,
    /// Between the ends.
    Intermediate,
    /// The last one, trusted or issued by itself.
    Root,
}

impl Role {
    fn of(at: usize, found: &Found, anchored: bool) -> Self {
        let last = at + 1 == found.path.len();
        if at == 0 {
            Self::Leaf
        } else if last && (anchored || matches!(found.end, End::SelfIssued)) {
            Self::Root
        } else {
            Self::Intermediate
        }
    }
}

/// RFC 5280 section 4.1.2.5: both ends belong to the validity.
fn dates(question: &Question<'_>, cert: &Cert, at: usize, role: Role, findings: &mut Findings) {
    const RULE: &str = "RFC 5280 section 4.1.2.5";
    let client_leaf = question.purpose == Purpose::Client && role == Role::Leaf;
    if question.at > cert.not_after {
        let (cause, id) = match role {
            _ if client_leaf => (CauseId::CLIENT_CERT_EXPIRED, "chain.expired-leaf"),
            Role::Leaf => (CauseId::CERT_EXPIRED_LEAF, "chain.expired-leaf"),
            Role::Intermediate => (
                CauseId::CERT_EXPIRED_INTERMEDIATE,
                "chain.expired-intermediate",
            ),
            Role::Root => (CauseId::CERT_EXPIRED_ROOT, "chain.expired-root"),
        };
        let text = Msg::new(id)
            .with("subject", cert.label())
            .with("until", cert.not_after.rfc3339())
            .with("at", question.at.rfc3339());
        findings.violation(cause, at, RULE, text);
    }
    if question.at < cert.not_before {
        let text = Msg::new("chain.not-yet-valid")
            .with("subject", cert.label())
            .with("from", cert.not_before.rfc3339())
            .with("at", question.at.rfc3339());
        findings.violation(CauseId::CERT_NOT_YET_VALID, at, RULE, text);
    }
}

/// The certificate's own form: what could not be read, and what nobody here knows.
fn form(cert: &Cert, at: usize, findings: &mut Findings) {
    for Defect {
        severity,
        text,
        rule,
    } in &cert.defects
    {
        let text = text.clone().with("subject", cert.label());
        match severity {
            Severity::Refused => findings.violation(CauseId::MALFORMED_CERTIFICATE, at, rule, text),
            Severity::Remark => findings.remarks.push(Violation {
                cause: CauseId::MALFORMED_CERTIFICATE,
                at: Some(at),
                text,
                rule,
            }),
        }
    }
    for oid in &cert.extensions.unknown_critical {
        let text = Msg::new("chain.unknown-critical-extension")
            .with("subject", cert.label())
            .with("oid", oid);
        findings.violation(
            CauseId::UNKNOWN_CRITICAL_EXTENSION,
            at,
            "RFC 5280 section 4.2",
            text,
        );
    }
}

/// Keys and signature algorithms that clients no longer take.
fn strength(cert: &Cert, at: usize, signature_matters: bool, findings: &mut Findings) {
    if is_weak_key(cert) {
        let text = Msg::new("chain.weak-key")
            .with("subject", cert.label())
            .with("key", key_words(cert));
        findings.violation(
            CauseId::WEAK_KEY,
            at,
            "CA/Browser Forum Baseline Requirements section 6.1.5",
            text,
        );
    }
    if signature_matters && cert.scheme.is_broken() {
        let text = Msg::new("chain.weak-signature")
            .with("subject", cert.label())
            .with("algorithm", &cert.signature_algorithm);
        findings.violation(
            CauseId::WEAK_SIGNATURE,
            at,
            "RFC 8446 section 4.4.2.4",
            text,
        );
    }
}

fn is_weak_key(cert: &Cert) -> bool {
    match &cert.key.algorithm {
        KeyAlgorithm::Rsa => cert.key.bits < 2048,
        KeyAlgorithm::Ec(curve) => !matches!(curve.as_str(), "P-256" | "P-384" | "P-521"),
        KeyAlgorithm::Ed25519 => false,
        KeyAlgorithm::Other(_) => true,
    }
}

fn key_words(cert: &Cert) -> String {
    match &cert.key.algorithm {
        KeyAlgorithm::Rsa => format!("RSA {}", cert.key.bits),
        KeyAlgorithm::Ec(curve) => format!("EC {curve}"),
        KeyAlgorithm::Ed25519 => "Ed25519".to_owned(),
        KeyAlgorithm::Other(oid) => algorithm_name(oid).unwrap_or(oid).to_owned(),
    }
}

/// RFC 5280 section 4.2.1.12; a CA that names uses hands out no others (as every TLS client applies it).
fn extended_use(purpose: Purpose, cert: &Cert, at: usize, findings: &mut Findings) {
    let Some(uses) = &cert.extensions.extended_key_usage else {
        return;
    };
    let (wanted, cause) = match purpose {
        Purpose::Server => (ExtendedUse::ServerAuth, CauseId::MISSING_SERVER_AUTH_EKU),
        Purpose::Client => (ExtendedUse::ClientAuth, CauseId::CLIENT_CERT_MISSING_EKU),
    };
    if uses.contains(&wanted) || uses.contains(&ExtendedUse::Any) {
        return;
    }
    let found: Vec<String> = uses.iter().map(ToString::to_string).collect();
    let text = Msg::new(if at == 0 {
        "chain.extended-use"
    } else {
        "chain.extended-use-ca"
    })
    .with("subject", cert.label())
    .with("expected", wanted)
    .with(
        "found",
        if found.is_empty() {
            "-".to_owned()
        } else {
            found.join(", ")
        },
    );
    findings.violation(cause, at, "RFC 5280 section 4.2.1.12", text);
}

/// What a certificate must be to issue others (RFC 5280 section 6.1.4 (k) and (n)).
fn issuer(cert: &Cert, at: usize, role: Role, findings: &mut Findings) {
    let constraints = cert.extensions.basic_constraints;
    // Roots older than version 3 cannot say that they are CAs; trust in them was given by hand.
    let too_old_to_say = role == Role::Root && cert.version < 3;
    let is_ca = constraints.is_some_and(|constraints| constraints.ca);
    let usage = cert.extensions.key_usage;
    if !is_ca && !too_old_to_say {
        let id = if constraints.is_some() {
            "chain.not-a-ca"
        } else {
            "chain.not-a-ca-silent"
        };
        let text = Msg::new(id).with("subject", cert.label());
        findings.violation(
            CauseId::NOT_A_CA_ISSUER,
            at,
            "RFC 5280 section 4.2.1.9",
            text,
        );
    }
    if let Some(usage) = usage
        && !usage.any(KeyUsage::KEY_CERT_SIGN)
    {
        let text = Msg::new("chain.key-usage-ca")
            .with("subject", cert.label())
            .with("found", usage.words());
        findings.violation(CauseId::BAD_KEY_USAGE, at, "RFC 5280 section 4.2.1.3", text);
    }
}

/// Every certificate's signature by the one above it, and a self-issued top's by itself.
fn signatures(found: &Found, search: &mut Search<'_>, findings: &mut Findings) {
    const RULE: &str = "RFC 5280 section 6.1.3";
    for (at, pair) in found.path.windows(2).enumerate() {
        let [child, parent] = pair else { continue };
        let (cert, issuer) = (&child.cert, &parent.cert);
        match search.signed(cert, issuer) {
            Some(Signed::Yes) => {}
            Some(Signed::No) => {
                let text = Msg::new("chain.bad-signature")
                    .with("subject", cert.label())
                    .with("issuer", issuer.label());
                findings.violation(CauseId::BAD_SIGNATURE, at, RULE, text);
            }
            // Where algorithm or key are weak, that has been said; else nobody could check it.
            Some(Signed::CannotTell) if cert.scheme.is_broken() || is_weak_key(issuer) => {}
            Some(Signed::CannotTell) | None => {
                let text = Msg::new("chain.signature-unknown")
                    .with("subject", cert.label())
                    .with("algorithm", &cert.signature_algorithm);
                findings.violation(CauseId::WEAK_SIGNATURE, at, RULE, text);
            }
        }
    }
    if let (End::SelfIssued, Some(top)) = (&found.end, found.path.last())
        && search.signed(&top.cert, &top.cert) == Some(Signed::No)
    {
        let label = top.cert.label();
        let text = Msg::new("chain.bad-signature")
            .with("subject", &label)
            .with("issuer", &label);
        findings.violation(CauseId::BAD_SIGNATURE, found.path.len() - 1, RULE, text);
    }
}

/// RFC 5280 section 6.1.4 (l) and (m), from the top down. Self-issued intermediates and the end-entity do not count.
fn path_length(path: &[Link], findings: &mut Findings) {
    let mut allowed: Option<(u32, usize)> = None;
    for (at, link) in path.iter().enumerate().skip(1).rev() {
        let is_top = at + 1 == path.len();
        if !is_top && !link.cert.is_self_issued() {
            match &mut allowed {
                Some((0, limiter)) => {
                    let text = Msg::new("chain.path-length")
                        .with("subject", link.cert.label())
                        .with(
                            "limiter",
                            path.get(*limiter)
                                .map(|link| link.cert.label())
                                .unwrap_or_default(),
                        );
                    findings.violation(
                        CauseId::PATH_LENGTH_EXCEEDED,
                        at,
                        "RFC 5280 section 4.2.1.9",
                        text,
                    );
                    return;
                }
                Some((left, _)) => *left -= 1,
                None => {}
            }
        }
        let own = link
            .cert
            .extensions
            .basic_constraints
            .and_then(|constraints| constraints.path_len);
        if let Some(own) = own
            && allowed.is_none_or(|(left, _)| own < left)
        {
            allowed = Some((own, at));
        }
    }
}

/// RFC 5280 section 6.1.3 (b) and (c): every certificate but self-issued intermediates lies within the constraints of
/// every CA above it.
fn name_constraints(path: &[Link], budget: &mut usize, findings: &mut Findings) {
    for (above, ca) in path.iter().enumerate().skip(1) {
        let Some(constraints) = &ca.cert.extensions.name_constraints else {
            continue;
        };
        for (at, link) in path.iter().enumerate().take(above) {
            if at > 0 && link.cert.is_self_issued() {
                continue;
            }
            let (id, name) = match constraints::check(constraints, &link.cert, budget) {
                Outcome::Fits => continue,
                Outcome::NotPermitted(name) => ("chain.constraints.not-permitted", name),
                Outcome::Excluded(name) => ("chain.constraints.excluded", name),
                Outcome::CannotCompare(name) => ("chain.constraints.cannot-compare", name),
                Outcome::TooMany => ("chain.constraints.too-many", String::new()),
            };
            let text = Msg::new(id)
                .with("subject", link.cert.label())
                .with("name", name)
                .with("limiter", ca.cert.label());
            findings.violation(
                CauseId::NAME_CONSTRAINTS_VIOLATION,
                at,
                "RFC 5280 section 4.2.1.10",
                text,
            );
        }
    }
}

/// What only the end-entity certificate is held to.
pub(super) fn end_entity(question: &Question<'_>, cert: &Cert) -> Findings {
    let mut findings = Findings::default();
    if let Some(host) = question
        .name
        .filter(|_| question.purpose == Purpose::Server)
    {
        name(cert, host, &mut findings);
    }
    end_entity_usage(question.purpose, cert, &mut findings);
    if cert.is_ca {
        let text = Msg::new("chain.ca-as-server").with("subject", cert.label());
        findings.advice(
            CauseId::CA_USED_AS_SERVER_CERTIFICATE,
            0,
            "RFC 5280 section 4.2.1.9",
            text,
        );
    }
    findings
}

/// What the end-entity's key must be allowed to do. RSA keys can still serve old key exchanges without signing
/// (RFC 5246 section 7.4.2); any other key, and any client's, can only sign (RFC 8422 section 5.3).
fn end_entity_usage(purpose: Purpose, cert: &Cert, findings: &mut Findings) {
    const RULE: &str = "RFC 8446 section 4.4.2.2";
    let Some(usage) = cert.extensions.key_usage else {
        return;
    };
    if usage.any(KeyUsage::DIGITAL_SIGNATURE) {
        return;
    }
    let say = |id| {
        Msg::new(id)
            .with("subject", cert.label())
            .with("found", usage.words())
    };
    let other_ways = KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT;
    let rsa_server = purpose == Purpose::Server && cert.key.algorithm == KeyAlgorithm::Rsa;
    // A CA certificate that serves itself is held to less: for it this is one more oddity.
    if cert.is_ca || (rsa_server && usage.any(other_ways)) {
        let text = say("chain.key-usage-no-signature");
        findings.advice(CauseId::BAD_KEY_USAGE, 0, RULE, text);
    } else {
        findings.violation(CauseId::BAD_KEY_USAGE, 0, RULE, say("chain.key-usage-leaf"));
    }
}

fn name(cert: &Cert, host: &Host, findings: &mut Findings) {
    if let Some((cause, text, rule)) = names::fault(cert, host) {
        findings.violation(cause, 0, rule, text.with("subject", cert.label()));
    }
}

/// Whether a link came from the trust store.
pub(super) fn is_from_store(link: &Link) -> bool {
    link.source == Source::Store
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::evidence::Der;

    /// CA/Browser Forum Baseline Requirements section 6.1.5: RSA from 2048 bits, three curves; clients take Ed25519 too.
    #[test]
    fn keys_are_weak_below_2048_bits_and_off_the_three_curves() {
        let made = CertificateParams::default().self_signed(&KeyPair::generate().unwrap());
        let mut cert = Cert::parse(&Der::from(&made.unwrap().der()[..])).unwrap();
        let ec = |curve: &str| KeyAlgorithm::Ec(curve.to_owned());
        let other = |oid: &str| KeyAlgorithm::Other(oid.to_owned());
        for (algorithm, bits, weak, words) in [
            (KeyAlgorithm::Rsa, 2047, true, "RSA 2047"),
            (KeyAlgorithm::Rsa, 2048, false, "RSA 2048"),
            (KeyAlgorithm::Rsa, 0, true, "RSA 0"),
            (ec("P-256"), 256, false, "EC P-256"),
            (ec("P-384"), 384, false, "EC P-384"),
            (ec("P-521"), 521, false, "EC P-521"),
            (ec("P-224"), 224, true, "EC P-224"),
            (ec("secp256k1"), 256, true, "EC secp256k1"),
            (KeyAlgorithm::Ed25519, 256, false, "Ed25519"),
            (other("1.3.101.113"), 456, true, "Ed448"),
            (other("1.2.840.10040.4.1"), 4096, true, "DSA"),
            (other("1.2.3.4"), 4096, true, "1.2.3.4"),
        ] {
            (cert.key.algorithm, cert.key.bits) = (algorithm, bits);
            assert_eq!(
                (is_weak_key(&cert), key_words(&cert).as_str()),
                (weak, words)
            );
        }
    }
}
