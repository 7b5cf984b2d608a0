//! Hermetic tests of whole checks and runs against small servers on loopback.
