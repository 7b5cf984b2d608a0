//! How long it takes to say what a pasted text means, and to search the library while a person types: a short text, a
//! long one, and a log of 4 KiB; a key pressed. Budgets: 10 ms a text, 5 ms a key.
//!
//! The catalogue is read before, as the screen has it; how long that takes is a measure of its own.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use vpnmedic::guide::library::Index;
use vpnmedic::guide::{Knowledge, Lang, messages};

/// One line, as a person types it.
const SHORT: &str = "certificate validation failure";

/// What a dialog shows, with names, line breaks and full-width letters.
const LONG: &str = "AnyConnect セキュア ゲートウェイに接続できません。\n\
    The secure gateway has rejected the connection attempt. A new connection attempt to the same or another secure\n\
    gateway is needed, which requires re-authentication. The following message was received from the secure gateway:\n\
    Ｎｏ ａｓｓｉｇｎｅｄ ａｄｄｒｅｓｓ (vpn.example.com, 192.0.2.10)";

/// A piece of a log: known messages among lines that are none.
fn log() -> String {
    let line = "2026-11-22 12:00:00 us=123456 VERIFY ERROR: depth=1, error=unable to get local issuer certificate: CN=x\n\
        2026-11-22 12:00:01 OpenSSL: error:0A000086:SSL routines::certificate verify failed\n\
        2026-11-22 12:00:02 TLS_ERROR: BIO read tls_read_plaintext error\n\
        2026-11-22 12:00:03 SIGUSR1[soft,tls-error] received, process restarting\n";
    line.repeat(4096 / line.len() + 1)[..4096].to_owned()
}

fn explain(criterion: &mut Criterion) {
    let catalogue = messages::embedded();
    let log = log();
    for (name, text) in [("short", SHORT), ("long", LONG), ("log-4k", &log)] {
        assert!(catalogue.explain(text).is_recognised(), "{name} is known");
        criterion.bench_function(&format!("explain/{name}"), |bencher| {
            bencher.iter(|| catalogue.explain(black_box(text)).causes.len());
        });
    }
}

#[expect(
    clippy::expect_used,
    reason = "without its own knowledge there is nothing to measure"
)]
fn search(criterion: &mut Criterion) {
    let knowledge = Knowledge::load(None).expect("the embedded knowledge is whole");
    let index = Index::new(&knowledge);
    for (name, typed) in [
        ("one-letter", "c"),
        ("word", "certificate"),
        ("japanese", "証明書"),
        ("code", "-2146762487"),
        (
            "pasted",
            "Failed to connect to vpn.example.com: certificate verify failed",
        ),
    ] {
        assert!(!index.find(typed, Lang::Ja).is_empty(), "{name} is found");
        criterion.bench_function(&format!("search/{name}"), |bencher| {
            bencher.iter(|| index.find(black_box(typed), Lang::Ja).len());
        });
    }
    let mut once = criterion.benchmark_group("search");
    once.sample_size(10);
    // Every cause was read before; the rest is what the first key in the library waits for.
    once.bench_function("index", |bencher| bencher.iter(|| Index::new(&knowledge)));
    once.finish();
}

criterion_group!(benches, explain, search);
criterion_main!(benches);
