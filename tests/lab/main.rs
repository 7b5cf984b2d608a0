//! The fault lab: real servers that nobody here wrote (ocserv, nginx, `openssl s_server`, dnsmasq, chronyd), in network
//! namespaces, each world broken in one way, and what `vpnmedic check HOST --json` must say about it.
//!
//! Every case is a row of the tables in [`cases`] and a test of its own: `cargo test --test lab cert_expired`.
//! It needs Linux, root and the packages that `setup.sh` names; a case that cannot be staged says `SKIPPED` and why, and
//! fails where `VPNMEDIC_REQUIRE_LAB=1`. `VPNMEDIC_LAB_SHOW=1` builds the worlds and asks only the independent witness;
//! `VPNMEDIC_LAB_RECORD=FOLDER` keeps every document there; `VPNMEDIC_LAB_REPEAT=10` asks every world ten times.
#![cfg(target_os = "linux")]
#![expect(
    clippy::panic,
    reason = "a failing case tells the test harness so by a panic"
)]

mod between;
mod cards;
mod case;
mod cases;
mod certificates;
mod delay;
mod flaws;
mod names;
mod netns;
mod pki;
mod screen;
mod servers;
mod silence;
mod statements;
mod tools;
mod twists;
mod verdict;
mod witness;
mod world;
