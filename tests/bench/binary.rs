//! Which vpnmedic a bench measures.

use std::path::PathBuf;

/// Names another vpnmedic to measure than the one that was built with the bench: an earlier one, or a package's.
const BINARY: &str = "VPNMEDIC_BENCH_BINARY";

/// The program that is measured.
pub fn ours(built: &str) -> PathBuf {
    std::env::var_os(BINARY)
        .unwrap_or_else(|| built.into())
        .into()
}
