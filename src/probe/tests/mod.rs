//! Hermetic tests of whole checks and runs, against small servers on loopback. Nothing sleeps to wait for something:
//! every wait is on an event, with a limit.

mod aia;
mod dns;
mod experiments;
mod handshakes;
mod kit;
mod pki;
mod plans;
mod runs;
mod waves;
