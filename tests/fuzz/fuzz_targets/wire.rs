//! What servers answer before there is a session: ClientHello's answers, OpenVPN's packets, datagrams, a proxy's head.
//!
//! Input: one byte that chooses the reader (for ClientHello's answers also the size of the pieces), then the bytes.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};
use vpnmedic::probe::fuzzing::{connect_answer, datagram, hello, openvpn};

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let built = Builder::new_current_thread().enable_all().build();
        built.expect("a runtime")
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    match choice % 4 {
        0 => hello(bytes, usize::from(choice / 4)),
        1 => runtime().block_on(openvpn(bytes)),
        2 => datagram(bytes),
        _ => connect_answer(bytes),
    }
});
