//! What this machine says of itself, without any packet: trust store, links, routes, VPN programs, adapters, clock,
//! saved connections.
//!
//! ```text
//! source (files, commands: real or recorded) -> linux (one file a system, behind `facts::Device`) -> DeviceEvidence
//! ```

pub mod distro;
pub mod facts;
pub mod lan;
pub mod linux;
pub mod logs;
pub mod network;
mod places;
pub mod profiles;
pub mod proxy;
pub mod recorded;
pub mod source;
pub mod trust_store;

pub use facts::{Deadline, Device};

use std::sync::Arc;

/// This very device; none on systems that this build cannot ask.
pub fn this_device() -> Option<Arc<dyn Device>> {
    if cfg!(target_os = "linux") {
        return Some(Arc::new(linux::Linux::new(source::Real::default())));
    }
    None
}
