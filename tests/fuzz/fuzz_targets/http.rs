//! HTTP answers: read within their limits, and asked which product sent them, where they lead and what time they tell.
//!
//! Input: one byte (how much of a body is read, in units of 64 bytes), then what the server sends.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};
use vpnmedic::evidence::Target;
use vpnmedic::probe::Products;
use vpnmedic::probe::fuzzing::{date_header, http};

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let built = Builder::new_current_thread().enable_all().build();
        built.expect("a runtime")
    })
}

fuzz_target!(init: { let _ = (runtime(), Products::embedded()); }, |bytes: &[u8]| {
    let Some((size, sent)) = bytes.split_first() else {
        return;
    };
    let Some((answer, there)) = runtime().block_on(http(sent, usize::from(*size) * 64)) else {
        return;
    };
    let products = Products::embedded().expect("the built-in marks are sound");
    let guess = products.recognise(Some(&answer), None);
    assert_eq!(guess, products.recognise(Some(&answer), None));
    for (name, value) in &answer.headers {
        if name == "date" {
            date_header(value);
        }
    }
    if let Some(there) = there {
        // It will be connected to: what is meant has one reading.
        let again = Target::parse(&there.typed()).expect("a target that can be typed");
        assert_eq!((again.host, again.port), (there.host, there.port));
    }
});
