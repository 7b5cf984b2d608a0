//! Experiments on a certificate chain: the same certificates judged in worlds that differ in one thing, and the
//! smallest set of changes under which they are accepted.
//!
//! What the result means is `certificate`'s. Nothing here looks at other evidence than certificates and the clock.

use std::sync::Arc;

use crate::cause::CauseId;
use crate::chain::{
    AltName, Cert, Judgement, MAX_CERTIFICATES, Purpose, Question, SecondOpinion, Signed, Source,
    Stores, Violation, company_part, is_signed_by, judge, second_opinion,
};
use crate::evidence::{Host, UnixTime};

/// What can be changed about a chain without anybody's new certificate: these worlds are really judged.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// This device's clock is set right.
    SetClock,
    /// The gateway sends the fetched certificates along.
    Send,
    /// This device trusts this root.
    Trust(Arc<Cert>),
    /// This device's store is brought up to date with Mozilla's.
    UpdateStore,
    /// Somebody replaces the certificate this violation is about. The world with the new certificate does not exist
    /// yet, so it is modelled by leaving out exactly the violations that the new certificate would not have.
    Replace(Fault),
    /// The person uses this name, which the certificate has; really judged. With the mismatch it removes.
    UseName(Host, Fault),
    /// The gateway sends the certificates in this order; really judged. With the disorder it removes.
    Reorder(Vec<Arc<Cert>>, Fault),
    /// The certificate is issued again for the name used: judged without any name. With the mismatch it removes.
    Rename(Fault),
}

/// One thing wrong with one certificate.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The cause.
    pub cause: CauseId,
    /// The certificate at fault, where one is.
    pub cert: Option<Arc<Cert>>,
    /// The violation as the judge words it.
    pub violation: Violation,
}

/// The certificates and what may be varied.
pub(super) struct Lab<'a> {
    /// As served; never empty.
    pub served: &'a [Arc<Cert>],
    /// Fetched from the addresses inside them.
    pub fetched: &'a [Arc<Cert>],
    /// The stores.
    pub stores: &'a Stores,
    /// The name used; none leaves names out.
    pub host: Option<&'a Host>,
    /// The time by this device.
    pub device_time: UnixTime,
    /// The real time, where the device's is known to be off by more than is harmless.
    pub real_time: Option<UnixTime>,
}

/// One world that was judged.
pub(super) struct World {
    /// What was changed, in the order of likelihood; everything else as it is.
    pub changes: Vec<Change>,
    /// What the judge said.
    pub judgement: Judgement,
}

/// What came of the search.
pub(super) struct Outcome {
    /// As it is.
    pub as_served: Judgement,
    /// The best world with all its changes; the first is empty when the chain is accepted as it is.
    pub changes: Vec<Change>,
    /// The judgement with the changes that could really be made.
    pub repaired: Judgement,
    /// Whether judging with all changes left nothing.
    pub solved: bool,
}

/// Causes that say that no path to a trusted root was found; only another path or another root removes them.
pub(super) const TRUST: [CauseId; 3] = [
    CauseId::MISSING_INTERMEDIATE,
    CauseId::UNKNOWN_CA,
    CauseId::SELF_SIGNED,
];

/// Self-issued certificates that are tried as roots at most; a chain has one, hostile ones have more.
const MAX_ROOTS: usize = 3;
/// The weight of one repair against the likelihoods below.
const REPAIR: u32 = 100;
/// The weight of a chain that ends nowhere: any repair is better.
const UNTRUSTED: u32 = 10_000;

impl Lab<'_> {
    /// Judges the chain with these changes; [`Change::Replace`] has no part in it.
    pub(super) fn judge_with(&self, changes: &[Change]) -> Judgement {
        self.ask(changes, judge)
    }

    /// What the second judge says of the chain as it is.
    pub(super) fn second_opinion(&self) -> SecondOpinion {
        self.ask(&[], second_opinion)
    }

    fn ask<T>(&self, changes: &[Change], answer: impl Fn(&Question<'_>) -> T) -> T {
        let mut anchors: Vec<Arc<Cert>> = Vec::new();
        let (mut at, mut fetched, mut name) = (self.device_time, &[][..], self.host);
        let mut served = self.served;
        for change in changes {
            match change {
                Change::SetClock => at = self.real_time.unwrap_or(at),
                Change::Send => fetched = self.fetched,
                Change::Trust(root) => anchors.push(Arc::clone(root)),
                Change::UpdateStore => anchors.extend(self.stores.mozilla.anchors.iter().cloned()),
                Change::UseName(host, _) => name = Some(host),
                Change::Rename(_) => name = None,
                Change::Reorder(order, _) => served = order,
                Change::Replace(_) => {}
            }
        }
        let system = self.stores.system.anchors.as_slice();
        if !anchors.is_empty() {
            anchors.extend(system.iter().cloned());
        }
        answer(&Question {
            served,
            fetched,
            anchors: if anchors.is_empty() { system } else { &anchors },
            name,
            at,
            purpose: Purpose::Server,
        })
    }

    /// Looks for the smallest set of changes under which the chain is accepted; among equally small ones for the
    /// likeliest.
    pub(super) fn search(&self) -> Outcome {
        let as_served = self.judge_with(&[]);
        let (mut best, mut best_cost) = (
            World {
                changes: Vec::new(),
                judgement: as_served.clone(),
            },
            cost_of(&[], &as_served),
        );
        if best_cost > 0 {
            for changes in self.worlds() {
                // Its own changes alone already cost as much as a whole repair that is known.
                if cost_of_changes(&changes) >= best_cost {
                    continue;
                }
                let judgement = self.judge_with(&changes);
                let cost = cost_of(&changes, &judgement);
                if cost < best_cost {
                    (best, best_cost) = (World { changes, judgement }, cost);
                }
            }
        }
        self.finish(as_served, best)
    }

    /// Combinations of the changes that can be judged, small ones first.
    fn worlds(&self) -> Vec<Vec<Change>> {
        let mut times = vec![None];
        if self.real_time.is_some() {
            times.push(Some(Change::SetClock));
        }
        let mut sends = vec![None];
        if self.fetched.iter().any(|cert| !is_root(cert)) {
            sends.push(Some(Change::Send));
        }
        let mut roots = vec![None];
        if !self.stores.mozilla.anchors.is_empty() {
            roots.push(Some(Change::UpdateStore));
        }
        roots.extend(
            self.self_issued()
                .into_iter()
                .map(|root| Some(Change::Trust(root))),
        );
        let mut worlds = Vec::new();
        for time in &times {
            for send in &sends {
                for root in &roots {
                    let world: Vec<Change> =
                        [time, send, root].into_iter().flatten().cloned().collect();
                    if !world.is_empty() {
                        worlds.push(world);
                    }
                }
            }
        }
        worlds.sort_by_key(|world| cost_of_changes(world));
        worlds
    }

    /// Certificates at hand that could be roots: those that signed themselves, the end-entity certificate among them. One
    /// that merely has its issuer's name was signed by somebody else, and to trust it would hide who.
    fn self_issued(&self) -> Vec<Arc<Cert>> {
        let mut roots: Vec<Arc<Cert>> = Vec::new();
        let served = self.served.iter().take(MAX_CERTIFICATES);
        for (index, cert) in served.chain(self.fetched).enumerate() {
            if (cert.is_ca || index == 0)
                && roots.len() < MAX_ROOTS
                && !roots.iter().any(|known| known.sha256 == cert.sha256)
                && is_root(cert)
            {
                roots.push(Arc::clone(cert));
            }
        }
        roots
    }

    /// Adds what has to be replaced to the best world, and checks that nothing is left then.
    fn finish(&self, as_served: Judgement, best: World) -> Outcome {
        let World {
            mut changes,
            mut judgement,
        } = best;
        let disorder = fault_of(&judgement, CauseId::CHAIN_WRONG_ORDER)
            .map(|fault| Change::Reorder(in_order(self.served, &judgement), fault));
        let mismatch = fault_of(&judgement, CauseId::HOSTNAME_MISMATCH);
        let other_name = mismatch
            .clone()
            .and_then(|fault| Some(Change::UseName(self.usable_name(&judgement)?, fault)));
        let renamed = mismatch.map(Change::Rename);
        for change in [disorder, other_name, renamed].into_iter().flatten() {
            let mut more = changes.clone();
            more.push(change);
            let other = self.judge_with(&more);
            // Only a change that takes its fault away and brings nothing new is one.
            if other.violations.len() < judgement.violations.len() {
                (changes, judgement) = (more, other);
            }
        }
        let faults = faults(&judgement);
        let waived = |violation: &Violation| {
            faults.iter().any(|fault| {
                fault.cause == violation.cause
                    && fault.cert.as_ref().map(|c| c.sha256)
                        == cert_of(&judgement, violation).map(|c| c.sha256)
            })
        };
        let solved = judgement.violations.iter().all(waived);
        changes.extend(faults.into_iter().map(Change::Replace));
        Outcome {
            as_served,
            changes,
            repaired: judgement,
            solved,
        }
    }

    /// A name in the end-entity certificate that a person could have meant instead: one that shares its domain with
    /// the name used. Wildcards name nobody.
    fn usable_name(&self, judgement: &Judgement) -> Option<Host> {
        let leaf = &judgement.path.first()?.cert;
        let mut names = leaf.names.iter().filter_map(|name| match name {
            AltName::Dns(name) if !name.contains('*') => Some(name.as_str()),
            _ => None,
        });
        let name = match self.host? {
            Host::Name { ascii, .. } => nearest(ascii, names),
            // An address was used: any name of the certificate is better.
            Host::Ip(_) => names.next(),
        };
        parse_name(name?)
    }
}

/// The name among these that is nearest to the one used, of those below the same company's domain: who would sign in at
/// a stranger's host because that shares `co.jp` with their own is worse off than without advice.
fn nearest<'n>(used: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let lower = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    let used = lower(used);
    let shared = |name: &str| {
        let name = lower(name);
        let labels = name.rsplit('.').zip(used.rsplit('.'));
        let labels = labels.take_while(|(a, b)| a == b).count();
        (labels >= 2 && company_part(&name) == company_part(&used)).then_some(labels)
    };
    names
        .filter_map(|name| Some((shared(name)?, name)))
        .max_by_key(|(labels, _)| *labels)
        .map(|(_, name)| name)
}

impl Outcome {
    /// Whether the chain is accepted as it is, apart from what only some clients mind.
    pub(super) fn accepted(&self) -> bool {
        self.as_served
            .violations
            .iter()
            .all(|violation| violation.cause == CauseId::CN_ONLY)
    }

    /// Whether one of the changes is of this kind.
    pub(super) fn changes_any(&self, kind: impl Fn(&Change) -> bool) -> bool {
        self.changes.iter().any(kind)
    }
}

/// Whether a certificate signed itself. One that merely has its issuer's name does not end a chain: a CA that changed its
/// key has such a certificate between the old key and the new one (RFC 5280 section 3.2).
pub(super) fn is_root(cert: &Cert) -> bool {
    cert.is_self_issued() && is_signed_by(cert, cert) != Signed::No
}

/// The fault with this cause, if the judge names it.
fn fault_of(judgement: &Judgement, cause: CauseId) -> Option<Fault> {
    faults(judgement)
        .into_iter()
        .find(|fault| fault.cause == cause)
}

/// What was served, the path first and in its order.
fn in_order(served: &[Arc<Cert>], judgement: &Judgement) -> Vec<Arc<Cert>> {
    let on_path = judgement
        .path
        .iter()
        .filter(|link| link.source == Source::Served)
        .map(|link| Arc::clone(&link.cert));
    let mut ordered: Vec<Arc<Cert>> = on_path.collect();
    for cert in served {
        if !ordered.iter().any(|known| known.sha256 == cert.sha256) {
            ordered.push(Arc::clone(cert));
        }
    }
    ordered
}

/// Whether the judge names this cause among the refusals.
pub(super) fn has(judgement: &Judgement, cause: CauseId) -> bool {
    judgement.violations.iter().any(|v| v.cause == cause)
}

/// The certificate a violation is about.
pub(super) fn cert_of<'j>(
    judgement: &'j Judgement,
    violation: &Violation,
) -> Option<&'j Arc<Cert>> {
    violation
        .at
        .and_then(|index| judgement.path.get(index))
        .map(|link| &link.cert)
}

/// What has to be replaced, one entry a cause and certificate; what only a path or a root removes is not among them.
fn faults(judgement: &Judgement) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for violation in &judgement.violations {
        if TRUST.contains(&violation.cause) {
            continue;
        }
        let cert = cert_of(judgement, violation).cloned();
        let known = faults.iter().any(|fault| {
            fault.cause == violation.cause
                && fault.cert.as_ref().map(|c| c.sha256) == cert.as_ref().map(|c| c.sha256)
        });
        if !known {
            faults.push(Fault {
                cause: violation.cause,
                cert,
                violation: violation.clone(),
            });
        }
    }
    faults
}

/// How much is wrong in a world: the changes made to get there, and what is still to be replaced.
fn cost_of(changes: &[Change], judgement: &Judgement) -> u32 {
    let untrusted = judgement
        .violations
        .iter()
        .any(|v| TRUST.contains(&v.cause));
    // Renewing an intermediate or a root is done more rarely than renewing the gateway's own certificate.
    let replacements: u32 = faults(judgement)
        .iter()
        .map(|fault| match fault.cause {
            CauseId::CERT_EXPIRED_INTERMEDIATE | CauseId::CERT_EXPIRED_ROOT => REPAIR + 20,
            _ => REPAIR + 5,
        })
        .sum();
    cost_of_changes(changes) + replacements + if untrusted { UNTRUSTED } else { 0 }
}

/// One repair each; the small part says which is likelier when as many repairs do it another way.
fn cost_of_changes(changes: &[Change]) -> u32 {
    changes
        .iter()
        .map(|change| match change {
            Change::SetClock | Change::Send => REPAIR,
            Change::UpdateStore => REPAIR + 10,
            Change::Trust(_) => REPAIR + 15,
            Change::UseName(..) | Change::Reorder(..) | Change::Rename(_) | Change::Replace(_) => {
                REPAIR + 5
            }
        })
        .sum()
}

fn parse_name(name: &str) -> Option<Host> {
    crate::evidence::Target::parse(name)
        .ok()
        .map(|target| target.host)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_name_of_another_company_is_never_the_one_that_was_meant() {
        for (used, names, meant) in [
            (
                "vpn.example.com",
                &["www.example.com", "VPN2.example.com"][..],
                Some("www.example.com"),
            ),
            (
                "vpn.tokyo.example.co.jp",
                &["www.example.co.jp", "gw.tokyo.example.co.jp"],
                Some("gw.tokyo.example.co.jp"),
            ),
            ("vpn.example.co.jp", &["www.hoster.co.jp"], None),
            ("vpn.example.com.au", &["other.com.au", "com.au"], None),
            ("vpn.example.com", &["example.com."], Some("example.com.")),
            ("vpn.example.com", &["example.net", "com"], None),
        ] {
            let names = names.iter().copied();
            // Of two that are as near either will do.
            let found = nearest(used, names.rev());
            assert_eq!(found, meant, "{used}");
        }
    }
}
