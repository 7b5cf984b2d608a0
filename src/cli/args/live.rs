//! Options about live checks: limits, addresses, trust. What a verb does with them is the verb's.

use std::net::IpAddr;
use std::path::PathBuf;

use super::number::within;

/// What the live checks may do and whom they trust.
#[derive(Clone, Debug, clap::Args)]
pub struct Live {
    /// Seconds for all live checks of one gateway together, 1 to 300 [default: 15].
    #[arg(long, global = true, value_name = "SECS", value_parser = within::<u64>(1, 300))]
    pub timeout: Option<u64>,
    /// Root certificates to trust beside this system's (PEM, DER or PKCS#7).
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Connect to this address instead of asking DNS.
    #[arg(long, global = true, value_name = "ADDR")]
    pub connect: Option<IpAddr>,
    /// Send this server name in TLS instead of the host's.
    #[arg(long, global = true, value_name = "NAME")]
    pub sni: Option<String>,
    /// Time server to compare the clock with, instead of those of wizard.toml. May be repeated.
    #[arg(long, global = true, value_name = "HOST")]
    pub ntp: Vec<String>,
    /// Captive portal probe instead of those of wizard.toml: a plain http:// address that answers 204 (its path ends
    /// in `204`) or 200. May be repeated.
    #[arg(long, global = true, value_name = "URL")]
    pub portal: Vec<String>,
    /// The VPN program used, where the verdict depends on it (anyconnect, openvpn, openconnect ...).
    #[arg(long, global = true, value_name = "NAME")]
    pub client: Option<String>,
}
