#!/usr/bin/env bash
# Runs every test. The fault lab needs real servers and root: where this may install them (root on Debian or a
# relative), it does; where it may not, the lab's cases say one by one that they were skipped and why.
# VPNMEDIC_REQUIRE_LAB=1 turns every skip into a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tests/lab/setup.sh
cargo test --locked --doc
# Without doc tests from here, so that the last lines are a summary of tests that ran.
cargo test --locked --lib --bins --tests
