//! Where coverage asks for less, and why: each line has its reason. What coverage asks for is in [`super::coverage`].

use super::coverage::FAMILIES;
use super::{Cause, Layer, Owner, System};
use crate::cause::CauseId;

/// Which gateways a cause must have steps for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// None: the gateway has no part in it.
    Nothing,
    /// At least one step for whichever product it is.
    Something,
    /// A step of its own for each of these.
    Products(Vec<&'static str>),
}

/// Causes that cannot befall a person on this system at all.
const NOTHING_TO_DO: &[(CauseId, &[System], &str)] = &[
    (
        CauseId::DRIVER_SIGNATURE,
        &[System::Ios, System::Android],
        "phones load no drivers of VPN apps",
    ),
    (
        CauseId::EXTENSION_NOT_APPROVED,
        &[System::Windows, System::Linux],
        "there is nothing to approve: installing the program is enough",
    ),
];

/// Causes that no live check sees go, though others of their layer are seen.
const NEVER_SEEN_LIVE: &[(CauseId, &str)] = &[
    (
        CauseId::TLS_CRYPT_MISMATCH,
        "a server with such a key is silent to everybody else, this program included",
    ),
    (
        CauseId::NO_COMMON_DATA_CIPHER,
        "it is agreed after the sign-in, where this program never goes",
    ),
];

/// Products that have no part in a cause although its layer is theirs.
const NOT_CONCERNED: &[(CauseId, &[&str], &str)] = &[
    (
        CauseId::PQ_CLIENTHELLO_INTOLERANCE,
        &["ocserv", "openvpn", "nginx", "haproxy"],
        "their libraries take it; one step for all of them looks for the device in front",
    ),
    (
        CauseId::LEGACY_RENEGOTIATION_ONLY,
        &["ocserv", "openvpn", "nginx", "haproxy"],
        "their libraries have had the fix since 2010; one step for all looks for the device in front",
    ),
    (
        CauseId::TLS_CRYPT_MISMATCH,
        &["asa", "fortigate", "ocserv", "nginx", "haproxy"],
        "only OpenVPN has such a key",
    ),
    (
        CauseId::NO_COMMON_DATA_CIPHER,
        &["asa", "fortigate", "ocserv", "nginx", "haproxy"],
        "only OpenVPN agrees on a data cipher of its own",
    ),
    (
        CauseId::TLS_INTERCEPTION,
        &FAMILIES,
        "the certificate is replaced before or after the gateway, never by it",
    ),
    (
        CauseId::CLIENT_CERT_EXPIRED,
        &FAMILIES,
        "no setting of the gateway makes an expired certificate good",
    ),
    (
        CauseId::CLIENT_CERT_KEY_MISMATCH,
        &FAMILIES,
        "the fault lies in the person's own file or store",
    ),
    (
        CauseId::ADDRESS_POOL_EXHAUSTED,
        &["nginx", "haproxy"],
        "they hand out no addresses",
    ),
    (
        CauseId::IP_BANNED,
        &["openvpn", "nginx", "haproxy"],
        "they ban nobody themselves; one step for all looks for what does",
    ),
    (
        CauseId::TUNNEL_MODE_REMOVED,
        &["asa", "ocserv", "openvpn", "nginx", "haproxy"],
        "only FortiOS has dropped it",
    ),
];

/// Whether there is nothing to do or to look at on this system.
pub(super) fn has_nothing_to_do(cause: CauseId, system: System) -> bool {
    NOTHING_TO_DO
        .iter()
        .any(|(id, systems, _)| *id == cause && systems.contains(&system))
}

/// Whether no live check can confirm the repair.
pub(super) fn is_never_seen_live(cause: CauseId) -> bool {
    NEVER_SEEN_LIVE.iter().any(|(id, _)| *id == cause)
}

/// The gateways this cause must speak of: each family in its own words where the gateway's TLS, certificates, client
/// certificates or limits are at fault; any words where its administrator can help otherwise.
pub(super) fn wants(cause: &Cause) -> Wants {
    let theirs = |owner: Owner| cause.owner.contains(&owner);
    if !theirs(Owner::GatewayAdmin) && !theirs(Owner::PkiAdmin) {
        return Wants::Nothing;
    }
    let is_product_matter = matches!(
        cause.layer,
        Layer::Tls | Layer::Certificate | Layer::ClientCertificate | Layer::Capacity
    );
    if !is_product_matter {
        return Wants::Something;
    }
    let excused = NOT_CONCERNED.iter().filter(|(id, ..)| *id == cause.id);
    let excused: Vec<&str> = excused
        .flat_map(|(_, products, _)| products.iter().copied())
        .collect();
    let concerned = FAMILIES
        .into_iter()
        .filter(|family| !excused.contains(family));
    Wants::Products(concerned.collect())
}
