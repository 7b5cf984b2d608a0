//! What this machine says of itself, without any packet: trust store, links, routes, VPN programs, adapters, clock,
//! saved connections.
//!
//! ```text
//! source (files, commands: real or recorded) -> linux, macos, windows (behind `facts::Device`) -> DeviceEvidence
//! ```

pub mod distro;
pub mod facts;
pub mod lan;
pub mod linux;
pub mod logs;
pub mod macos;
pub mod network;
mod places;
pub mod profiles;
pub mod proxy;
pub mod recorded;
pub mod source;
pub mod trust_store;
pub mod tunnels_in_registry;
pub mod windows;

pub use facts::{Deadline, Device};

use std::sync::Arc;

/// This very device; none on systems that this build cannot ask.
pub fn this_device() -> Option<Arc<dyn Device>> {
    let source = source::Real::default();
    if cfg!(target_os = "linux") {
        Some(Arc::new(linux::Linux::new(source)))
    } else if cfg!(target_os = "macos") {
        Some(Arc::new(macos::Macos::new(source)))
    } else if cfg!(target_os = "windows") {
        Some(Arc::new(windows::Windows::new(source)))
    } else {
        None
    }
}
