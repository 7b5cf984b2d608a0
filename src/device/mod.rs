//! What this machine says of itself, without any packet: trust store, links, routes.

pub mod distro;
pub mod lan;
pub mod logs;
pub mod network;
pub mod proxy;
pub mod trust_store;
