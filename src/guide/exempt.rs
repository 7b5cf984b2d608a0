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
const NOTHING_TO_DO: &[(CauseId, &[System], &str)] = &[];

/// Causes where a person does exactly the same on every system.
const SAME_EVERYWHERE: &[(CauseId, &str)] = &[];

/// Causes that no live check sees go, though others of their layer are seen.
const NEVER_SEEN_LIVE: &[(CauseId, &str)] = &[];

/// Products that have no part in a cause although its layer is theirs.
const NOT_CONCERNED: &[(CauseId, &[&str], &str)] = &[];

/// Whether there is nothing to do or to look at on this system.
pub(super) fn has_nothing_to_do(cause: CauseId, system: System) -> bool {
    NOTHING_TO_DO
        .iter()
        .any(|(id, systems, _)| *id == cause && systems.contains(&system))
}

/// Whether steps for everybody are enough.
pub(super) fn is_the_same_everywhere(cause: CauseId) -> bool {
    SAME_EVERYWHERE.iter().any(|(id, _)| *id == cause)
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
