//! DNS answers as they arrive, and this device's own files about names: resolv.conf, hosts.
//!
//! Input: one byte (even: an answer, odd: a file), then the bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vpnmedic::probe::fuzzing::{dns, resolver_files};

fuzz_target!(|bytes: &[u8]| {
    match bytes.split_first() {
        Some((choice, answer)) if choice & 1 == 0 => dns(answer),
        Some((_, file)) => resolver_files(file),
        None => {}
    }
});
