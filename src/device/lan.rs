//! The networks this device is in, as a pool of addresses could collide with them. Links and routes are in `network`.

use sysinfo::Networks;

use crate::plan::{Lan, Place, network_of};

/// Networks of this device's interfaces; empty where the system does not tell. Sorted, each once.
pub fn networks() -> Vec<Lan> {
    let Ok(interfaces) = Networks::new_with_refreshed_list() else {
        return Vec::new();
    };
    let mut lans: Vec<Lan> = interfaces
        .iter()
        .flat_map(|(name, data)| {
            let name = name.to_string_lossy().into_owned();
            data.ip_networks()
                .iter()
                .filter_map(|network| network_of(network.addr, network.prefix))
                .map(move |net| Lan {
                    net,
                    place: Place::Interface(name.clone()),
                })
                .collect::<Vec<_>>()
        })
        .collect();
    lans.sort_by_key(|lan| lan.net);
    lans.dedup();
    lans
}
