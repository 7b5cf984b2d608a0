//! Rules about a saved connection: whether it fits the gateway that it leads to, and what its settings turn a fault into.
//!
//! How its authorities take the store's place is [`crate::chain::Stores::under`]'s; faults of certificates are
//! `certificate`'s and stay with whoever has to mend them.

use std::borrow::Cow;

use crate::cause::CauseId;
use crate::chain::{Cert, Purpose, Question, Stores, judge};
use crate::evidence::{
    Carrier, Evidence, Material, NameRule, ProbeId, ProfileEvidence, Strict, TcpOutcome,
    UdpOutcome, UdpQuestion, Why, WhyCode,
};
use crate::msg::Msg;

use super::Context;
use super::Relations;
use super::case::Case;
use super::certificate::located;
use super::draft::{Ledger, Ruling};
use super::model::{Certainty, Finding, Impact, Proof};
use super::trial::{Change, TRUST};

/// The cause that is judged here.
pub(super) const CAUSES: [CauseId; 1] = [CauseId::PROFILE_MISMATCH];

/// What counts: this device's stores, or what the saved connection puts in their place.
pub(super) fn stores<'a>(evidence: &Evidence, stores: &'a Stores) -> Cow<'a, Stores> {
    let own = evidence.profile.known().and_then(|p| stores.under(p));
    own.map_or(Cow::Borrowed(stores), Cow::Owned)
}

/// Who asks: the client that was named, else the one whose connection it is.
pub(super) fn asker(evidence: &Evidence, relations: &Relations, named: &Context) -> Context {
    let profile = evidence.profile.known();
    let own = profile.and_then(|profile| relations.clients.id_of(&profile.client));
    Context {
        system: named.system,
        client: named.client.clone().or(own.map(str::to_owned)),
    }
}

/// Enters what the saved connection shows. `device` is what this device trusts without it.
pub(super) fn enter(case: &Case<'_>, device: &Stores, ledger: &mut Ledger) {
    const CAUSE: CauseId = CauseId::PROFILE_MISMATCH;
    let Some(profile) = case.evidence.profile.known() else {
        let why = Msg::new("profile.found.none-chosen");
        ledger.enter(CAUSE, Ruling::Unknown(Why::because(WhyCode::NotRun, why)));
        return;
    };
    let look = Look {
        case,
        profile,
        device,
    };
    look.mismatch(ledger);
    look.expired_roots(ledger);
    look.tls_version(ledger);
    look.strict(ledger);
    let fits = if profile.roots_are_unknown() {
        let why = Msg::new("profile.roots.unknown");
        Ruling::Unknown(Why::because(WhyCode::Failed, why))
    } else if case.works() == Some(true) {
        Ruling::RuledOut
    } else {
        Ruling::Unknown(Why::code(WhyCode::Blocked))
    };
    ledger.enter(CAUSE, fits);
}

struct Look<'a> {
    case: &'a Case<'a>,
    profile: &'a ProfileEvidence,
    device: &'a Stores,
}

impl Look<'_> {
    /// Everything in which the connection and the gateway do not fit one another; the first that shows stands.
    fn mismatch(&self, ledger: &mut Ledger) {
        let found = self
            .unreadable_roots()
            .map(|finding| (finding, &[][..]))
            .or_else(|| Some((self.other_roots()?, &TRUST[..])))
            .or_else(|| Some((self.expected_name()?, &[][..])))
            .or_else(|| Some((self.other_name(ledger)?, &[CauseId::HOSTNAME_MISMATCH][..])))
            .or_else(|| Some((self.other_port(ledger)?, &[CauseId::PORT_MISMATCH][..])))
            .or_else(|| {
                const SHUT: &[CauseId] = &[
                    CauseId::CONNECTION_REFUSED,
                    CauseId::FIREWALL_DROP,
                    CauseId::FIREWALL_REJECT,
                ];
                Some((self.other_protocol()?, SHUT))
            });
        let Some((finding, followers)) = found else {
            return;
        };
        let root = finding.cause;
        ledger.found(finding, false);
        for follower in followers {
            ledger.explain(*follower, root);
        }
    }

    fn finding(&self, certainty: Certainty) -> Finding {
        Finding::blocks(CauseId::PROFILE_MISMATCH, certainty)
    }

    /// The connection names a file for its authorities that cannot be read: its program cannot either.
    fn unreadable_roots(&self) -> Option<Finding> {
        let Material::Unreadable { file, why } = &self.profile.roots else {
            return None;
        };
        let file = file.as_ref().unwrap_or(&self.profile.file);
        let finding = self
            .finding(Certainty::Likely)
            .shown_by(
                ProbeId::Chain,
                Msg::new("profile.found.roots-unreadable")
                    .with("profile", &self.profile.name)
                    .with("file", file),
            )
            .shown_by(ProbeId::Chain, why.clone())
            .helped_by(Msg::new("profile.repair.new"));
        Some(finding)
    }

    /// The certificate was not issued under any of the connection's own authorities.
    fn other_roots(&self) -> Option<Finding> {
        if !self.profile.roots_alone {
            return None;
        }
        let trust = self.case.trust.as_ref()?;
        let as_served = &trust.outcome.as_served;
        let violation = as_served
            .violations
            .iter()
            .find(|violation| TRUST.contains(&violation.cause))?;
        // What the gateway leaves out and its certificates say where to get is the gateway's to send.
        if trust
            .with_fetched
            .as_ref()
            .is_some_and(|with| with.anchored)
        {
            return None;
        }
        let top = &as_served.path.last()?.cert;
        let own = &self.case.stores.system.anchors;
        let same_name = own.iter().any(|ca| ca.subject_name == top.issuer_name);
        let served_root = trust
            .outcome
            .changes
            .iter()
            .any(|change| matches!(change, Change::Trust(_)))
            && trust.outcome.solved;
        let elsewhere = [&self.device.system, &self.device.mozilla]
            .into_iter()
            .find(|store| {
                judge(&Question {
                    served: &trust.served,
                    fetched: &trust.fetched,
                    anchors: &store.anchors,
                    name: self.case.name,
                    at: self.case.clock.real().unwrap_or(self.case.clock.device),
                    purpose: Purpose::Server,
                })
                .accepted()
            });
        if violation.cause == CauseId::MISSING_INTERMEDIATE
            && !same_name
            && !served_root
            && elsewhere.is_none()
        {
            return None;
        }
        let certainty = if served_root || elsewhere.is_some() {
            Certainty::Confirmed
        } else {
            Certainty::Likely
        };
        let labels: Vec<String> = own.iter().take(3).map(|ca| ca.label()).collect();
        let issuer = if top.is_self_issued() {
            top.label()
        } else {
            top.issuer.clone()
        };
        let mut finding = self
            .finding(certainty)
            .shown_by(
                ProbeId::Chain,
                Msg::new("profile.found.other-roots")
                    .with("profile", &self.profile.name)
                    .with("roots", labels.join(", "))
                    .with("issuer", issuer),
            )
            .shown_by(ProbeId::Chain, violation.text.clone());
        if same_name {
            let text = Msg::new("profile.found.same-name").with("issuer", &top.issuer);
            finding = finding.shown_by(ProbeId::Chain, text);
        }
        if let Some(store) = elsewhere {
            let text = Msg::new("profile.found.accepted-elsewhere").with("store", &store.name);
            finding = finding.shown_by(ProbeId::Chain, text);
        } else if served_root {
            let text = Msg::new("profile.found.accepted-with-root").with("root", top.label());
            finding = finding.shown_by(ProbeId::Chain, text);
        }
        finding = located(finding, trust, Some(top));
        Some(finding.helped_by(Msg::new("profile.repair.new-roots").with("issuer", &top.issuer)))
    }

    /// The name that the connection says the certificate must have (OpenVPN's `verify-x509-name`).
    fn expected_name(&self) -> Option<Finding> {
        let rule = self.profile.expects.as_ref()?;
        let trust = self.case.trust.as_ref()?;
        let leaf = trust.leaf()?;
        if fits(rule, leaf) {
            return None;
        }
        // The rest of the certificate is accepted: the name alone makes the difference.
        let certainty = if trust.outcome.accepted() {
            Certainty::Confirmed
        } else {
            Certainty::Likely
        };
        let mut finding = self.finding(certainty).shown_by(
            ProbeId::Chain,
            Msg::new("profile.found.expects-name")
                .with("profile", &self.profile.name)
                .with("expected", rule.text())
                .with("subject", &leaf.subject),
        );
        if certainty == Certainty::Confirmed {
            finding = finding.shown_by(ProbeId::Chain, Msg::new("profile.found.but-for-name"));
        }
        let finding = located(finding, trust, Some(leaf));
        Some(finding.helped_by(Msg::new("profile.repair.new")))
    }

    /// The connection leads to a name that the certificate does not have, and the certificate has one beside it.
    fn other_name(&self, ledger: &Ledger) -> Option<Finding> {
        if !ledger.has_found(CauseId::HOSTNAME_MISMATCH) {
            return None;
        }
        let trust = self.case.trust.as_ref()?;
        let name = trust
            .outcome
            .changes
            .iter()
            .find_map(|change| match change {
                Change::UseName(name, _) => Some(name),
                _ => None,
            })?;
        let host = &self.case.evidence.target.host;
        // Another place of the same connection has it: then the gateway is known by both.
        let knows = self
            .profile
            .targets
            .iter()
            .any(|place| place.target.host == *name);
        let mut finding = self
            .finding(Certainty::Likely)
            .shown_by(
                ProbeId::Chain,
                Msg::new("profile.found.leads-to")
                    .with("profile", &self.profile.name)
                    .with("host", host),
            )
            .shown_by(
                ProbeId::Chain,
                Msg::new("diagnose.chain.name-fits").with("name", name),
            );
        if knows {
            let text = Msg::new("profile.found.knows-name").with("name", name);
            finding = finding.shown_by(ProbeId::Chain, text);
        }
        let repair = Msg::new("repair.use-name")
            .with("name", name)
            .with("host", host);
        Some(located(finding, trust, trust.leaf()).helped_by(repair))
    }

    /// Another port of the same host is the gateway.
    fn other_port(&self, ledger: &Ledger) -> Option<Finding> {
        let known = ledger
            .found
            .iter()
            .find(|known| known.finding.cause == CauseId::PORT_MISMATCH)?;
        if known.finding.certainty < Certainty::Likely || self.profile.is_openvpn() {
            return None;
        }
        let text = Msg::new("profile.found.names-port")
            .with("profile", &self.profile.name)
            .with("port", self.case.evidence.target.port);
        let mut finding = self
            .finding(known.finding.certainty)
            .shown_by(ProbeId::Tcp, text)
            .shown_by_all(known.finding.evidence.iter().cloned());
        finding.repair.clone_from(&known.finding.repair);
        Some(finding)
    }

    /// Over TCP nobody answers where the connection says, over UDP an OpenVPN server does.
    fn other_protocol(&self) -> Option<Finding> {
        let place = self.profile.target()?;
        if !self.profile.is_openvpn() || place.carrier != Carrier::Tcp {
            return None;
        }
        let port = self.case.evidence.target.port;
        let attempts = self.case.attempts();
        let shut = attempts.iter().find(|attempt| {
            matches!(
                attempt.outcome,
                TcpOutcome::Refused | TcpOutcome::TimedOut | TcpOutcome::Rejected
            )
        })?;
        if attempts.iter().any(|a| a.outcome == TcpOutcome::Open) {
            return None;
        }
        let udp = self.case.evidence.udp.known()?;
        let answered = udp.attempts.iter().find(|attempt| {
            attempt.question == UdpQuestion::OpenVpn
                && attempt.outcome == UdpOutcome::Answered
                && attempt.addr == shut.addr
                && attempt.addr.port() == port
        })?;
        let finding = self
            .finding(Certainty::Confirmed)
            .shown_by(
                ProbeId::Tcp,
                Msg::new("profile.found.tcp-shut")
                    .with("profile", &self.profile.name)
                    .with("addr", shut.addr),
            )
            .shown_by(
                ProbeId::Udp,
                Msg::new("profile.found.udp-answers").with("addr", answered.addr),
            )
            .helped_by(Msg::new("profile.repair.protocol").with("port", port));
        Some(finding)
    }

    /// Authorities of the connection that are over: said beside the chain that ends in them, or where no chain was seen.
    fn expired_roots(&self, ledger: &mut Ledger) {
        const CAUSE: CauseId = CauseId::CERT_EXPIRED_ROOT;
        let own: Vec<Cert> = self
            .profile
            .roots
            .certificates()
            .iter()
            .filter_map(|der| Cert::parse(der).ok())
            .collect();
        if !self.profile.roots_alone || own.is_empty() {
            return;
        }
        let now = self.case.clock.real().unwrap_or(self.case.clock.device);
        let text = |cert: &Cert| {
            Msg::new("profile.found.root-expired")
                .with("profile", &self.profile.name)
                .with("root", cert.label())
                .with("until", cert.not_after.rfc3339())
        };
        let proof = |cert: &Cert| Proof {
            probe: ProbeId::Chain,
            text: text(cert),
        };
        let over = own.iter().find(|cert| cert.not_after < now);
        let Some(over) = over else { return };
        if let Some(known) = ledger
            .found
            .iter_mut()
            .find(|known| known.finding.cause == CAUSE)
        {
            known.finding.evidence.push(proof(over));
        } else if self.case.trust.is_none() && own.iter().all(|cert| cert.not_after < now) {
            let certainty = match &self.case.clock.reading {
                Ok(_) => Certainty::Confirmed,
                Err(_) => Certainty::Likely,
            };
            let mut finding = Finding::blocks(CAUSE, certainty).shown_by_all([proof(over)]);
            finding = match &self.case.clock.reading {
                Ok(reading) => finding.shown_by_all(reading.proofs()),
                Err(_) => finding.shown_by(ProbeId::Clock, Msg::new("diagnose.clock.unchecked")),
            };
            let repair = Msg::new("profile.repair.new-roots").with("issuer", &over.subject);
            ledger.found(finding.helped_by(repair), false);
        }
    }

    /// The gateway's best version is older than the connection takes.
    fn tls_version(&self, ledger: &mut Ledger) {
        let Some(least) = &self.profile.tls_min else {
            return;
        };
        let Ok(attempt) = self.case.tls() else { return };
        let Some(session) = attempt.outcome.session() else {
            return;
        };
        // Both are `1.n`: later ones come later in the alphabet.
        if session.version.starts_with("1.") && session.version < *least {
            let finding = Finding::blocks(CauseId::TLS_VERSION_TOO_OLD, Certainty::Likely)
                .shown_by(
                    ProbeId::Tls,
                    Msg::new("profile.found.tls-too-old")
                        .with("version", &session.version)
                        .with("profile", &self.profile.name)
                        .with("least", least),
                )
                .helped_by(Msg::new("profile.repair.newer-tls").with("least", least));
            ledger.found(finding, false);
        }
    }

    /// Settings under which there is no way past a fault.
    fn strict(&self, ledger: &mut Ledger) {
        let refuses = [Strict::StrictTrust, Strict::BlockUntrusted]
            .into_iter()
            .find(|strict| self.profile.insists_on(*strict));
        let note = |strict: Strict, id| Proof {
            probe: ProbeId::Chain,
            text: Msg::new(id)
                .with("setting", strict.setting())
                .with("profile", &self.profile.name),
        };
        let server_certificate = |cause: CauseId| {
            super::coverage::CAUSES[..2]
                .iter()
                .any(|causes| causes.contains(&cause))
        };
        for known in &mut ledger.found {
            let finding = &mut known.finding;
            if let Some(strict) = refuses
                && server_certificate(finding.cause)
                && finding.impact == Impact::Blocks
            {
                finding
                    .evidence
                    .push(note(strict, "profile.found.no-way-past"));
            }
            if finding.cause == CauseId::REVOCATION_UNREACHABLE
                && self.profile.insists_on(Strict::OcspRevocation)
                && finding.impact != Impact::Blocks
            {
                finding.impact = Impact::Blocks;
                let text = "profile.found.insists-on-revocation";
                finding.evidence.push(note(Strict::OcspRevocation, text));
            }
        }
    }
}

/// Whether the certificate has the name. Case and the order of the parts are not held against it: versions differ.
fn fits(rule: &NameRule, leaf: &Cert) -> bool {
    let common = leaf.subject_name.common_name().unwrap_or_default();
    match rule {
        NameRule::CommonName(name) => common == name.to_lowercase(),
        NameRule::Prefix(start) => common.starts_with(&start.to_lowercase()),
        NameRule::Subject(subject) => parts(subject) == parts(&leaf.subject),
    }
}

/// The parts of a written subject: `C=JP, O=Example, CN=gw`, or `/C=JP/O=Example/CN=gw` as old versions have it.
fn parts(subject: &str) -> Vec<String> {
    let separators: &[char] = if subject.starts_with('/') {
        &['/']
    } else {
        &[',', '+']
    };
    let mut parts: Vec<String> = subject
        .split(separators)
        .map(|part| part.trim().to_lowercase())
        .filter(|part| !part.is_empty())
        .collect();
    parts.sort();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_compared_part_by_part() {
        let written = parts("C=JP, O=Example, CN=gw-1");
        assert_eq!(written, parts("CN=gw-1, O=Example, C=JP"));
        assert_eq!(written, parts("/C=JP/O=example/CN=GW-1"));
        assert_ne!(written, parts("C=JP, O=Example, CN=gw-2"));
    }
}
