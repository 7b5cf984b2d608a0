//! The program: nothing but the way into [`vpnmedic::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    vpnmedic::cli::main()
}
