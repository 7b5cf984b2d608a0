//! Options of the verbs that look at gateways: `check`, `watch`.

use std::path::PathBuf;

use super::number::{at_least, within};
use super::words::PaperFormat;

/// `check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit: 0 healthy, 1 a cause was found, 2 usage or unreadable input, 3 inconclusive. With many: 1 a cause anywhere, else 2 a line not understood, else 3 one that remains open."
)]
pub struct CheckArgs {
    /// The gateways; `-` stands for `--targets -`. One gateway gets the whole report, several a line each.
    #[arg(value_name = "HOST[:PORT]", required_unless_present_any = ["lists", "profile"])]
    pub targets: Vec<String>,
    /// Gateways from a file, one a line; `-` reads standard input. Blank lines and what follows a `#` are passed over; a
    /// line that names no gateway is told with its number and the others are checked. May be repeated.
    #[arg(long = "targets", value_name = "FILE")]
    pub lists: Vec<PathBuf>,
    /// A saved connection of a VPN program, in place of a gateway: AnyConnect or FortiClient XML, .ovpn, openconnect or
    /// openfortivpn options, a NetworkManager connection. What it leads to, trusts and insists on is looked at.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["targets", "lists"])]
    pub profile: Option<PathBuf>,
    /// Which connection of that file, by the name the program shows, where there are several.
    #[arg(long, value_name = "NAME", requires = "profile")]
    pub entry: Option<String>,
    /// One JSON document; for several gateways one a line, each as soon as its gateway is done.
    #[arg(long)]
    pub json: bool,
    /// Metrics for a monitoring system (OpenMetrics, also readable as the Prometheus text format), when all are done.
    #[arg(long, conflicts_with = "json")]
    pub openmetrics: bool,
    /// The full report of one gateway instead: plain text, Markdown, or one HTML page, for the user, the helpdesk and the
    /// administrator, with the chain as PEM.
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["json", "openmetrics"])]
    pub report: Option<PaperFormat>,
    /// Gateways checked side by side, 1 to 1024 [default: 64, fewer where this system allows fewer open files].
    #[arg(long, value_name = "N", value_parser = within::<u16>(1, 1024))]
    pub jobs: Option<u16>,
    /// Your client certificate (PEM or DER; PKCS#12 too): judged, and shown to a gateway that asks for one.
    #[arg(long, value_name = "FILE")]
    pub client_cert: Option<PathBuf>,
    /// Its private key, where that is in a file of its own.
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub client_key: Option<PathBuf>,
    /// Your client certificate and key in one PKCS#12 file (.p12, .pfx). A password is asked for on the terminal, or
    /// read as one line from standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client_cert", "client_key"])]
    pub client_p12: Option<PathBuf>,
    /// The addresses that the VPN hands out or leads to, as in 10.20.0.0/22: whether this device's own networks overlap
    /// them. May be repeated.
    #[arg(long, value_name = "CIDR")]
    pub pool: Vec<String>,
    /// A network that must not overlap them either, a user's home network for example. May be repeated. Those this
    /// device is in are always compared.
    #[arg(long, value_name = "CIDR", requires = "pool")]
    pub lan: Vec<String>,
    /// A log of the VPN program: known messages of the last days in it are possible causes, ranked after everything
    /// that was seen. A file or a folder, also packed with gzip; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub log: Vec<PathBuf>,
    /// People connected at the same time, at the peak: whether the pools together hold them, by arithmetic.
    #[arg(long, value_name = "N", requires = "pool", value_parser = within::<u32>(1, u64::from(crate::plan::MAX_PEAK)))]
    pub peak: Option<u32>,
    /// The version of the VPN program named with --client, as in 5.1.7: what is known of it.
    #[arg(long, value_name = "V")]
    pub client_version: Option<String>,
}

/// `watch`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit: that of the last round, 0 healthy, 1 a cause was found, 3 inconclusive. `q` or Ctrl-C ends the table."
)]
pub struct WatchArgs {
    /// The gateways; `-` stands for `--targets -`.
    #[arg(value_name = "HOST[:PORT]", required_unless_present = "lists")]
    pub targets: Vec<String>,
    /// Gateways from a file, one a line, as of `check`. May be repeated.
    #[arg(long = "targets", value_name = "FILE")]
    pub lists: Vec<PathBuf>,
    /// Seconds from one check of a gateway to the next, some more or less each time: 10 to 86400, from 1 for a gateway
    /// on this device [default: 60]. Gateways count connections, and some ban those who come often.
    #[arg(long, value_name = "SECS", value_parser = within::<u64>(1, 86_400))]
    pub every: Option<u64>,
    /// End after so many rounds [default: go on].
    #[arg(long, value_name = "N", value_parser = at_least(1))]
    pub count: Option<u64>,
    /// One JSON document a line: the first verdict of each gateway and each change.
    #[arg(long)]
    pub json: bool,
    /// Keep this file up to date with metrics of the last round (OpenMetrics); `-` writes each round to standard output.
    #[arg(long, value_name = "FILE")]
    pub openmetrics: Option<PathBuf>,
}
