//! Practice: a real gateway inside this process, on loopback, broken in one way, for the ordinary checks to find out.
//!
//! | file | does |
//! | --- | --- |
//! | `faults.rs` | the ways to be broken, and what is to be found for each |
//! | `pki.rs` | a certificate authority that exists for one lesson |
//! | `statements.rs` | what that authority says of revoked certificates |
//! | `scene.rs` | how a gateway broken in each way is set up |
//! | `hello.rs` | reading a ClientHello, and answering it by hand where a TLS library would be too good |
//! | `gateway.rs` | the listeners |
//! | `lesson.rs` | one lesson: the gateway, how to check it, and whether the person found the fault |
//!
//! Nothing here looks or reasons: checks and diagnosis know nothing of practice. The authority's root is trusted for
//! this lesson only, the same way as that of `--ca`, and no listener is reachable from another device.

mod faults;
mod gateway;
mod hello;
mod lesson;
mod pki;
mod scene;
mod statements;

pub use faults::{Fault, Level};
pub use lesson::{Lesson, Outcome, PracticeError};

#[cfg(test)]
mod tests;
