//! The rule for networks that overlap what the VPN hands out. It compares only where somebody named those ranges.

use ipnet::IpNet;

use crate::cause::CauseId;
use crate::evidence::{ProbeId, Why, WhyCode};
use crate::msg::Msg;

use super::case::{Case, known};
use super::draft::{Rule, Ruling};
use super::model::{Certainty, Finding, Impact, Proof};

pub(super) const RULES: &[Rule] = &[Rule {
    cause: CauseId::ADDRESS_OVERLAP,
    look: overlap,
}];

/// A network of this device, or one that was named, shares addresses with the VPN's.
fn overlap(case: &Case<'_>) -> Ruling {
    let Ok(ranges) = known(&case.evidence.ranges) else {
        return Ruling::Unknown(Why::because(
            WhyCode::NotRun,
            Msg::new("diagnose.overlap.no-pool"),
        ));
    };
    let mut proofs: Vec<Proof> = Vec::new();
    let network = case.network();
    if let Ok(network) = &network {
        // A VPN that is up has an address of its own pool, on the end of its tunnel.
        let links = network.interfaces.iter().filter(|link| !link.tunnel);
        for link in links {
            for (lan, pool) in shared(&link.networks, &ranges.pools) {
                proofs.push(Proof {
                    probe: ProbeId::Network,
                    text: Msg::new("diagnose.overlap.link")
                        .with("name", &link.name)
                        .with("lan", lan)
                        .with("pool", pool),
                });
            }
        }
    }
    for (lan, pool) in shared(&ranges.lans, &ranges.pools) {
        proofs.push(Proof {
            probe: ProbeId::Network,
            text: Msg::new("diagnose.overlap.given")
                .with("lan", lan)
                .with("pool", pool),
        });
    }
    if proofs.is_empty() {
        return match network {
            Ok(_) => Ruling::RuledOut,
            Err(why) => Ruling::Unknown(why),
        };
    }
    Finding::new(
        CauseId::ADDRESS_OVERLAP,
        Certainty::Confirmed,
        Impact::Degrades,
    )
    .shown_by_all(proofs)
    .into()
}

/// Every pair that shares addresses.
fn shared<'a>(
    lans: &'a [IpNet],
    pools: &'a [IpNet],
) -> impl Iterator<Item = (&'a IpNet, &'a IpNet)> {
    lans.iter().flat_map(move |lan| {
        pools
            .iter()
            .filter(move |pool| lan.contains(&pool.network()) || pool.contains(&lan.network()))
            .map(move |pool| (lan, pool))
    })
}
