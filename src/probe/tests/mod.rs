//! Hermetic tests of whole checks and runs, against small servers on loopback. Nothing sleeps to wait for something:
//! every wait is on an event, with a limit.

mod aia;
mod backups;
mod dns;
mod elsewhere;
mod experiments;
mod greeting;
mod handshakes;
mod hostile;
mod kit;
mod pki;
mod plans;
mod revocation;
mod runs;
mod versions;
mod waves;
mod way;
