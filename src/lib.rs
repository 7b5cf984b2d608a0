//! vpnmedic finds out why an SSL-VPN will not connect, or why its certificate is refused, proves it with live
//! checks, and walks a person through the fix.
//!
//! The way through the house, which never runs back:
//!
//! ```text
//! Target -> probe -> Evidence -> diagnose -> Diagnosis -> guide (steps) -> session -> tui | report
//! ```
//!
//! | room | knows | does not know |
//! | --- | --- | --- |
//! | [`evidence`] | what was observed, tri-state, serialisable | how it was observed, what it means |
//! | [`chain`] | X.509: parsing, paths, judging with reasons | I/O, clocks, what to say to people |
//! | [`diagnose`] | evidence to ranked findings, repairs proved by judging again | I/O, wording |
//! | [`guide`] | the knowledge files, the tree and the walk over it | I/O beyond the text it is given |
//! | [`probe`] | how to look, with deadlines | what the result means |
//! | [`profile`] | what is written in VPN programs' own files, secrets left out | where the files are |
//! | [`device`] | what this machine says of itself | the network |
//! | [`plan`] | address pool arithmetic | this device's networks, wording |
//! | [`practice`] | gateways on loopback, broken on purpose | checks, diagnosis, the screen |
//! | [`session`] | events and their fold | the screen |
//! | [`report`] | one model, many writers | how to look |
//! | [`watch`] | what changed from check to check, and when the next is due | checks, clocks, the screen |
//! | [`tui`] | the full-screen wizard | how to look, how to reason |
//! | [`cli`] | flags and verbs | logic of its own |

pub mod cause;
pub mod chain;
pub mod cli;
pub mod device;
pub mod diagnose;
pub mod evidence;
pub mod guide;
#[cfg(test)]
mod memory;
pub mod msg;
mod packed;
pub mod plan;
pub mod practice;
pub mod probe;
pub mod profile;
pub mod report;
pub mod runtime;
pub mod session;
pub mod text;
pub mod tui;
pub mod watch;
mod wrap;
