//! The program: nothing but the way into [`vpnmedic::cli`].

fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
