//! Virtual adapters of Windows, how their drivers stand, the tunnels that are up, and the name servers; all from the
//! document.
//!
//! An adapter is known by the id under which its driver was installed and by its description, which comes from the
//! driver and not from the language of Windows; its name is the person's own. Not here: how the document is got
//! (`script`).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

use super::programs::fits;
use super::script::{Document, Entry};
use crate::device::facts::is_default;
use crate::device::source::Miss;
use crate::evidence::{Adapter, AdapterKind, Driver, DriverState, Tunnel};
use crate::guide::ClientMarks;
use crate::text::sanitise;

/// Adapters that are looked at, at most.
const MAX: usize = 1024;
/// Routes of one tunnel that are kept.
const MAX_ROUTES: usize = 64;
/// `NET_IF_OPER_STATUS_UP` (ifdef.h), as MSFT_NetAdapter tells it.
const UP: u64 = 1;
/// Beginnings of the ids under which tunnel drivers are installed, what they are, and how the driver is called. Those of
/// TAP-Windows, Wintun, WireGuard and ovpn-dco stand in their public .inf files; the makers' own are recalled, and decide
/// no more than the kind that is shown.
const DRIVERS: [(&str, AdapterKind); 11] = [
    ("tap0901", AdapterKind::Tap),
    ("tap_ovpnconnect", AdapterKind::Tap),
    ("wintun", AdapterKind::Wintun),
    ("wireguard", AdapterKind::Wireguard),
    ("ovpn-dco", AdapterKind::OvpnDco),
    ("vpnva", AdapterKind::Cisco),
    ("ft_vnic", AdapterKind::Fortinet),
    ("ftsvnic", AdapterKind::Fortinet),
    ("pppop", AdapterKind::Fortinet),
    ("pangpd", AdapterKind::Other),
    ("jnprva", AdapterKind::Other),
];

/// An adapter as the document tells it.
struct Seen<'a> {
    index: Option<u64>,
    adapter: Adapter,
    /// The device behind it, with its driver's version.
    device: Option<&'a str>,
    version: Option<&'a str>,
}

/// Every virtual adapter that a VPN program could have made. Those that somebody disabled are told by the list of devices
/// alone on some versions, so both lists count.
pub(super) fn adapters(document: &Document, marks: &[ClientMarks]) -> Result<Vec<Adapter>, Miss> {
    let mut all: Vec<Seen<'_>> = seen(document, marks)?;
    if let Ok(devices) = document.group("devices") {
        for entry in devices.into_iter().take(MAX) {
            let id = entry.text("PNPDeviceID");
            if all.iter().any(|seen| same(seen.device, id)) {
                continue;
            }
            let description = entry.text("Name").unwrap_or_default();
            let driver = entry.text("Service").unwrap_or_default();
            if let Some(adapter) = adapter(description, description, driver, false, marks) {
                all.push(Seen {
                    index: None,
                    adapter,
                    device: id,
                    version: None,
                });
            }
        }
    }
    Ok(all.into_iter().map(|seen| seen.adapter).collect())
}

fn seen<'a>(document: &'a Document, marks: &[ClientMarks]) -> Result<Vec<Seen<'a>>, Miss> {
    let entries = document.group("adapters")?.into_iter().take(MAX);
    Ok(entries
        .filter_map(|entry| {
            let description = entry.text("InterfaceDescription").unwrap_or_default();
            let adapter = adapter(
                entry.text("Name").unwrap_or(description),
                description,
                entry.text("ComponentID").unwrap_or_default(),
                entry.number("InterfaceOperationalStatus") == Some(UP),
                marks,
            )?;
            Some(Seen {
                index: entry.number("InterfaceIndex"),
                adapter,
                device: entry.text("PnPDeviceID"),
                version: entry.text("DriverVersionString"),
            })
        })
        .collect())
}

fn same(one: Option<&str>, other: Option<&str>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one.eq_ignore_ascii_case(other))
}

fn adapter(
    name: &str,
    description: &str,
    driver: &str,
    up: bool,
    marks: &[ClientMarks],
) -> Option<Adapter> {
    let owner = owner(marks, description, |client| &client.adapters);
    let kind = kind(driver).or_else(|| owner.as_ref().map(|_| kind_of_words(description)))?;
    Some(Adapter {
        name: sanitise(name),
        description: sanitise(description),
        kind,
        up,
        client: owner.and_then(Owner::alone),
    })
}

/// `root\tap0901` and `tap0901` are the same driver.
fn kind(driver: &str) -> Option<AdapterKind> {
    let driver = driver.rsplit('\\').next()?.to_ascii_lowercase();
    let mut drivers = DRIVERS.iter();
    drivers
        .find(|(start, _)| driver.starts_with(start))
        .map(|(_, kind)| *kind)
}

/// What an adapter is whose driver's id says nothing.
fn kind_of_words(description: &str) -> AdapterKind {
    const WORDS: [(&str, AdapterKind); 6] = [
        ("Cisco ", AdapterKind::Cisco),
        ("Forti", AdapterKind::Fortinet),
        ("PPPoP ", AdapterKind::Fortinet),
        ("TAP-", AdapterKind::Tap),
        ("Wintun ", AdapterKind::Wintun),
        ("OpenVPN Data Channel", AdapterKind::OvpnDco),
    ];
    let mut words = WORDS.iter();
    words
        .find(|(start, _)| description.starts_with(start))
        .map_or(AdapterKind::Other, |(_, kind)| *kind)
}

/// Whose a thing is by its name: of the clients with the longest fitting mark, where that is one alone.
enum Owner {
    One(String),
    Several,
}

impl Owner {
    fn alone(self) -> Option<String> {
        match self {
            Self::One(client) => Some(client),
            Self::Several => None,
        }
    }
}

fn owner(
    marks: &[ClientMarks],
    name: &str,
    list: impl Fn(&ClientMarks) -> &Vec<String>,
) -> Option<Owner> {
    let mut best: Option<(usize, Owner)> = None;
    for client in marks {
        let fitting = list(client).iter().filter(|mark| fits(mark, name));
        let Some(length) = fitting.map(String::len).max() else {
            continue;
        };
        best = match best {
            Some((longest, owner)) if longest > length => Some((longest, owner)),
            Some((longest, _)) if longest == length => Some((longest, Owner::Several)),
            _ => Some((length, Owner::One(client.client.clone()))),
        };
    }
    best.map(|(_, owner)| owner)
}

/// Drivers of VPN clients by what Windows says of their devices (Win32_PnPEntity, ConfigManagerErrorCode).
pub(super) fn drivers(document: &Document, marks: &[ClientMarks]) -> Result<Vec<Driver>, Miss> {
    let versions = seen(document, marks).unwrap_or_default();
    let entries = document.group("devices")?.into_iter().take(MAX);
    Ok(entries
        .filter_map(|entry| driver(entry, &versions, marks))
        .collect())
}

fn driver(entry: Entry<'_>, versions: &[Seen<'_>], marks: &[ClientMarks]) -> Option<Driver> {
    let description = entry.text("Name").unwrap_or_default();
    // A device without a driver has no service, and still its description where it was installed before.
    let service = entry.text("Service").unwrap_or_default();
    let by_service = owner(marks, service, |client| &client.drivers);
    let by_words = owner(marks, description, |client| &client.adapters);
    if by_service.is_none() && by_words.is_none() && kind(service).is_none() {
        return None;
    }
    let client = by_words
        .and_then(Owner::alone)
        .or_else(|| by_service.and_then(Owner::alone));
    let id = entry.text("PNPDeviceID");
    let mut versions = versions.iter();
    let version = versions.find(|seen| same(seen.device, id));
    let code = entry.number("ConfigManagerErrorCode")?;
    Some(Driver {
        name: sanitise(if service.is_empty() {
            description
        } else {
            service
        }),
        description: sanitise(description),
        client,
        version: version.and_then(|seen| seen.version).map(sanitise),
        state: state(u32::try_from(code).ok()?),
    })
}

/// Problem codes of the device manager (cfg.h, CM_PROB_*).
const fn state(code: u32) -> DriverState {
    match code {
        0 => DriverState::Works,
        22 => DriverState::Disabled,
        // CM_PROB_DRIVER_BLOCKED is 48, CM_PROB_UNSIGNED_DRIVER 52.
        48 | 52 => DriverState::SignatureRefused,
        other => DriverState::Problem(other),
    }
}

/// Tunnels that are up: adapters of VPN programs with an address, and connections that Windows itself dialled.
pub(super) fn tunnels(document: &Document, marks: &[ClientMarks]) -> Result<Vec<Tunnel>, Miss> {
    let adapters = seen(document, marks)?;
    let addresses = document.group("addresses")?;
    let routes = document.group("routes")?;
    let mut ends: Vec<(u64, Adapter)> = adapters
        .into_iter()
        .filter(|seen| seen.adapter.up)
        .filter_map(|seen| Some((seen.index?, seen.adapter)))
        .collect();
    // A connection that was dialled has its name as that of its interface, which no list of adapters tells.
    for dialled in document.group("dialled").unwrap_or_default() {
        let Some(name) = dialled.text("Name") else {
            continue;
        };
        let connected = dialled.text("ConnectionStatus") == Some("Connected");
        let index = addresses
            .iter()
            .find(|entry| entry.text("InterfaceAlias") == Some(name))
            .and_then(|entry| entry.number("InterfaceIndex"));
        if let (true, Some(index)) = (connected, index) {
            let adapter = Adapter {
                name: sanitise(name),
                description: String::new(),
                kind: AdapterKind::Ppp,
                up: true,
                client: None,
            };
            ends.push((index, adapter));
        }
    }
    Ok(ends
        .into_iter()
        .filter_map(|(index, adapter)| tunnel(index, adapter, &addresses, &routes))
        .collect())
}

fn tunnel(
    index: u64,
    adapter: Adapter,
    addresses: &[Entry<'_>],
    routes: &[Entry<'_>],
) -> Option<Tunnel> {
    let mine = |entry: &&Entry<'_>| entry.number("InterfaceIndex") == Some(index);
    let addresses: Vec<IpAddr> = addresses
        .iter()
        .filter(mine)
        .filter_map(|entry| address(entry.text("IPAddress")?))
        .filter(|address| !is_of_its_own(address))
        .collect();
    // An adapter without an address carries nothing.
    if addresses.is_empty() {
        return None;
    }
    let networks: Vec<IpNet> = routes
        .iter()
        .filter(mine)
        .filter_map(|entry| entry.text("DestinationPrefix")?.parse().ok())
        .collect();
    let mut others: Vec<IpNet> = networks
        .iter()
        .filter(|net| net.prefix_len() > 1 && !is_housekeeping(net))
        // The tunnel's own end.
        .filter(|net| {
            !(net.prefix_len() == net.max_prefix_len() && addresses.contains(&net.addr()))
        })
        .map(IpNet::trunc)
        .collect();
    others.sort_unstable();
    others.dedup();
    others.truncate(MAX_ROUTES);
    Some(Tunnel {
        adapter: adapter.name,
        default_route: is_default(&networks),
        addresses,
        routes: others,
        client: adapter.client,
    })
}

/// An address, without the link that Windows writes behind `%`.
fn address(text: &str) -> Option<IpAddr> {
    text.split('%').next()?.parse().ok()
}

/// Addresses that an interface gives itself.
fn is_of_its_own(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.is_loopback(),
    }
}

/// Routes that Windows sets on every interface: multicast, broadcast, link-local.
fn is_housekeeping(net: &IpNet) -> bool {
    match net.addr() {
        IpAddr::V4(v4) => v4.is_multicast() || v4.is_broadcast() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_multicast() || v6.is_unicast_link_local(),
    }
}

/// Name servers of the interfaces that are connected, those of the interface with the smallest metric first.
pub(super) fn resolvers(document: &Document) -> Result<Vec<IpAddr>, Miss> {
    let mut metrics: BTreeMap<u64, u64> = BTreeMap::new();
    for entry in document.group("interfaces")? {
        if let (Some(index), Some(1)) = (entry.number("InterfaceIndex"), entry.number("Connected"))
        {
            let metric = entry.number("InterfaceMetric").unwrap_or(u64::MAX);
            let known = metrics.entry(index).or_insert(metric);
            *known = metric.min(*known);
        }
    }
    let mut servers: Vec<(u64, Entry<'_>)> = document
        .group("resolvers")?
        .into_iter()
        .filter_map(|entry| Some((*metrics.get(&entry.number("InterfaceIndex")?)?, entry)))
        .collect();
    // The order of an interface's own servers stays.
    servers.sort_by_key(|(metric, _)| *metric);
    let mut found: Vec<IpAddr> = Vec::new();
    for server in servers
        .iter()
        .flat_map(|(_, entry)| entry.texts("ServerAddresses"))
    {
        if let Some(server) = address(server)
            && !is_placeholder(&server)
            && !found.contains(&server)
        {
            found.push(server);
        }
    }
    Ok(found)
}

/// What Windows shows where nobody set an IPv6 server: fec0:0:0:ffff::1 to 3, which nobody has.
fn is_placeholder(server: &IpAddr) -> bool {
    const FIRST: [u16; 7] = [0xfec0, 0, 0, 0xffff, 0, 0, 0];
    matches!(server, IpAddr::V6(v6) if Ipv6Addr::segments(v6).starts_with(&FIRST))
}
