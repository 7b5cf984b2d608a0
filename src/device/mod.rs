//! What this machine says of itself, without any packet: trust store, links, routes, saved
//! connections.

pub mod distro;
pub mod lan;
pub mod logs;
pub mod network;
mod places;
pub mod profiles;
pub mod proxy;
pub mod trust_store;
