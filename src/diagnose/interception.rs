//! The rule for TLS interception: somebody in between signs certificates in the gateway's place.
//!
//! Which products sign how is data: `assets/interception.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::cause::CauseId;
use crate::chain::{Cert, covers};
use crate::evidence::{ProbeId, Why, WhyCode};
use crate::msg::Msg;

use super::Relations;
use super::case::Case;
use super::dns::trial_that_fits;
use super::draft::{Ledger, Ruling};
use super::model::{Advice, Certainty, Finding, Impact, Proof};
use super::network::is_private;
use super::trust::Trust;

/// The products known by their issuers' names.
const PRODUCTS: &str = include_str!("../../assets/interception.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Products {
    product: Vec<Product>,
}

/// One product.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    name: String,
    /// Any of these, each with all its parts.
    issuer: Vec<Vec<String>>,
    /// Gateways of the same maker.
    #[serde(default)]
    gateways: Vec<String>,
    /// Where it is written down; read by people.
    #[serde(rename = "source")]
    _source: String,
}

impl Product {
    fn signed(&self, cert: &Cert) -> bool {
        let issuer = cert.issuer.to_lowercase();
        self.issuer.iter().any(|parts| {
            !parts.is_empty()
                && parts
                    .iter()
                    .all(|part| issuer.contains(&part.to_lowercase()))
        })
    }
}

/// Compares the end of the chain with the roots that the site says its gateways use. A chain that carries the target's
/// name, ends in a root of its own and not in one of those was made by somebody else, and that is certain.
pub(super) fn compare_with_site(case: &Case<'_>, relations: &Relations, ledger: &mut Ledger) {
    let Some(trust) = &case.trust else { return };
    let path = &trust.outcome.repaired.path;
    let (Some(leaf), Some(top)) = (path.first(), path.last()) else {
        return;
    };
    let pins = &relations.site_roots;
    // A chain that ends early does not show whose it is, and a certificate that signs itself has a rule of its own.
    if pins.is_empty() || !top.cert.is_self_issued() || leaf.cert.is_self_issued() {
        return;
    }
    let pinned = |cert: &Cert| pins.contains(&cert.sha256);
    let stores = [&case.stores.system, &case.stores.mozilla];
    let known = stores
        .into_iter()
        .flat_map(|store| &store.anchors)
        .filter(|anchor| pinned(anchor));
    let is_the_sites = path.iter().any(|link| pinned(&link.cert))
        || known.clone().any(|anchor| anchor.same_entity(&top.cert));
    if is_the_sites && trust.outcome.repaired.anchored {
        ledger.enter(CauseId::TLS_INTERCEPTION, Ruling::RuledOut);
    }
    let host = &case.evidence.target.host;
    if is_the_sites || !leaf.cert.names.iter().any(|name| covers(name, host)) {
        return;
    }
    let compared = Msg::new("diagnose.interception.not-the-sites")
        .with("root", top.cert.label())
        .with("sha256", top.cert.fingerprint());
    // Public CAs do not sign for those in between: the site's settings are older than its gateway's certificate.
    if is_public(case, trust) {
        ledger.advice.push(Advice {
            id: "site-root-differs",
            text: compared,
        });
        return;
    }
    let (impact, trusted) = met_here(case, trust);
    let mut finding = Finding::new(CauseId::TLS_INTERCEPTION, Certainty::Confirmed, impact)
        .shown_by(
            ProbeId::Chain,
            Msg::new("diagnose.interception.for-the-name")
                .with("host", host)
                .with("issuer", &leaf.cert.issuer),
        )
        .shown_by(ProbeId::Chain, compared)
        .shown_by_all(trusted)
        .helped_by(Msg::new("repair.exempt-host").with("host", host));
    finding.certificate = trust.place_of(&leaf.cert);
    ledger.found(finding, false);
}

/// Looks for a certificate that carries the target's name and a known product's signature. Public CAs do not sign for
/// such products, so an issuer in Mozilla's programme disproves it.
pub(super) fn enter(case: &Case<'_>, trust: &Trust, ledger: &mut Ledger) {
    if ledger.has_found(CauseId::TLS_INTERCEPTION) {
        return;
    }
    let Some(leaf) = trust.outcome.repaired.path.first().map(|link| &link.cert) else {
        return;
    };
    let is_for_target = leaf
        .names
        .iter()
        .any(|name| covers(name, &case.evidence.target.host));
    let product = products().iter().find(|product| {
        trust.served.iter().any(|cert| {
            !(cert.is_self_issued() && cert.sha256 == leaf.sha256) && product.signed(cert)
        })
    });
    let (Some(product), true) = (product, is_for_target) else {
        let ruling = if is_public(case, trust) || leaf.is_self_issued() {
            Ruling::RuledOut
        } else if is_for_target && let Some(finding) = another_path_differs(case, trust, leaf) {
            finding.into()
        } else {
            // A company's own inspection device signs with the company's own name.
            Ruling::Unknown(Why::because(
                WhyCode::Unsupported,
                Msg::new("diagnose.interception.private-issuer"),
            ))
        };
        ledger.enter(CauseId::TLS_INTERCEPTION, ruling);
        return;
    };
    let recognised = case
        .evidence
        .gateway
        .known()
        .and_then(|gateway| gateway.product.as_ref());
    let own_maker = recognised.is_some_and(|guess| product.gateways.contains(&guess.id));
    if own_maker || is_public(case, trust) {
        ledger.enter(CauseId::TLS_INTERCEPTION, Ruling::RuledOut);
        return;
    }
    let (impact, trusted) = met_here(case, trust);
    let mut finding = Finding::new(CauseId::TLS_INTERCEPTION, Certainty::Likely, impact)
        .shown_by(
            ProbeId::Chain,
            Msg::new("diagnose.interception.issuer")
                .with("issuer", &leaf.issuer)
                .with("product", &product.name),
        )
        .shown_by_all(trusted)
        .helped_by(
            Msg::new("repair.exempt")
                .with("host", &case.evidence.target.host)
                .with("product", &product.name),
        );
    finding.certificate = trust.place_of(leaf);
    ledger.found(finding, false);
}

/// The same name has an accepted certificate at another address: who answers here with one of an issuer that nobody knows
/// made it for the name. An inside address may well have a certificate of the inside.
fn another_path_differs(case: &Case<'_>, trust: &Trust, leaf: &Cert) -> Option<Finding> {
    let main = case.tls().ok()?;
    if trust.outcome.as_served.anchored || is_private(main.addr.ip()) {
        return None;
    }
    let there = trial_that_fits(case)?;
    let mut finding = Finding::blocks(CauseId::TLS_INTERCEPTION, Certainty::Likely)
        .shown_by(
            ProbeId::Chain,
            Msg::new("diagnose.interception.for-the-name")
                .with("host", &case.evidence.target.host)
                .with("issuer", &leaf.issuer),
        )
        .shown_by(
            ProbeId::Elsewhere,
            Msg::new("diagnose.dns.trial-fits").with("addr", there.addr),
        );
    finding.certificate = trust.place_of(leaf);
    Some(finding)
}

/// What it does to this device, and what shows that: where the issuer is accepted here, that it is, and that it is so by
/// a root that only its own store has.
fn met_here(case: &Case<'_>, trust: &Trust) -> (Impact, Vec<Proof>) {
    if !trust.outcome.as_served.anchored {
        return (Impact::Blocks, Vec::new());
    }
    let mut texts = vec![Msg::new("diagnose.interception.trusted-here")];
    let top = trust.outcome.as_served.path.last();
    if let Some(top) = top.filter(|_| trust.asked_mozilla && !is_public(case, trust)) {
        texts.push(
            Msg::new("diagnose.interception.only-here")
                .with("root", top.cert.label())
                .with("store", &trust.store),
        );
    }
    let proof = |text| Proof {
        probe: ProbeId::Chain,
        text,
    };
    (Impact::Degrades, texts.into_iter().map(proof).collect())
}

/// Whether the path ends in a root of Mozilla's programme.
pub(super) fn is_public(case: &Case<'_>, trust: &Trust) -> bool {
    let judgement = &trust.outcome.repaired;
    judgement.anchored
        && judgement.path.last().is_some_and(|top| {
            case.stores
                .mozilla
                .anchors
                .iter()
                .any(|anchor| anchor.same_entity(&top.cert))
        })
}

fn products() -> &'static [Product] {
    static READ: OnceLock<Vec<Product>> = OnceLock::new();
    READ.get_or_init(|| {
        toml::from_str::<Products>(PRODUCTS)
            .map(|read| read.product)
            .unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_products_is_readable_and_every_entry_can_match() {
        let read: Products = toml::from_str(PRODUCTS).unwrap();
        assert!(read.product.len() > 10);
        for product in read.product {
            assert!(
                !product.issuer.is_empty() && product.issuer.iter().all(|parts| !parts.is_empty()),
                "{}",
                product.name
            );
            assert!(
                product.issuer.iter().flatten().all(|part| part.len() > 5),
                "{}",
                product.name
            );
        }
    }
}
