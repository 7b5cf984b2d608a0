//! The command line as it is typed. `--help` is made from this file, so every line here is read by people.

mod kept;

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::guide::{Lang, System};

pub use kept::{BundleArgs, ReplayArgs, ReportArgs, SessionsArgs, SessionsVerb};

/// Find out why an SSL-VPN will not connect or why its certificate is refused, prove it with live checks, and be
/// walked through the fix. Without a verb the full-screen wizard starts. It looks and never touches: nothing on this
/// device is changed.
#[derive(Debug, Parser)]
#[command(
    name = "vpnmedic",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
#[command(
    after_help = "Exit: 0 healthy, 1 a cause was found, 2 usage or unreadable input, 3 inconclusive."
)]
pub struct Args {
    /// The VPN's address as you would type it into the VPN program: name, name:port, or a pasted URL.
    #[arg(value_name = "HOST[:PORT]")]
    pub target: Option<String>,
    /// Keep nothing of this session: no journal to go on from, none to compare with later.
    #[arg(long)]
    pub no_journal: bool,
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// Options that every verb understands.
#[derive(Clone, Debug, clap::Args)]
pub struct Common {
    /// Language of everything shown [default: this system's].
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<LangArg>,
    /// The system the steps are for [default: this one].
    #[arg(long, global = true, value_name = "OS")]
    pub os: Option<OsArg>,
    /// Another decision tree and site settings than the built-in ones.
    #[arg(long, global = true, value_name = "FILE")]
    pub wizard: Option<PathBuf>,
    /// Contact nothing and nobody; answer by hand.
    #[arg(long, global = true)]
    pub offline: bool,
    /// Contact only the gateway and this device's DNS servers.
    #[arg(long, global = true)]
    pub no_third_party: bool,
    /// Colours of the screen [default: that of wizard.toml, else chosen from the terminal].
    #[arg(long, global = true, value_name = "THEME")]
    pub theme: Option<ThemeArg>,
    /// No colour; the same as setting NO_COLOR.
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Leave the mouse to the terminal, so that it selects text.
    #[arg(long, global = true)]
    pub no_mouse: bool,
    /// Draw with ASCII characters only [default: where the locale is not UTF-8].
    #[arg(long, global = true)]
    pub ascii: bool,
    /// The walk as questions and numbered answers in lines, for screen readers and scripts; also where standard output is
    /// no terminal or TERM is dumb. It ends as `check` does.
    #[arg(long, global = true)]
    pub plain: bool,
    /// Limits and trust for the live checks.
    #[command(flatten)]
    pub live: Live,
}

/// What the live checks may do and whom they trust.
#[derive(Clone, Debug, clap::Args)]
pub struct Live {
    /// Seconds for all live checks of one gateway together, 1 to 300 [default: 15].
    #[arg(long, global = true, value_name = "SECS", value_parser = clap::value_parser!(u64).range(1..=300))]
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

impl Live {
    /// The first option given that only a live check can heed.
    pub fn needs_a_check(&self) -> Option<&'static str> {
        first_given([
            (self.timeout.is_some(), "--timeout"),
            (self.connect.is_some(), "--connect"),
            (self.sni.is_some(), "--sni"),
            (!self.ntp.is_empty(), "--ntp"),
            (!self.portal.is_empty(), "--portal"),
        ])
    }

    /// The first option given at all.
    pub fn given(&self) -> Option<&'static str> {
        self.needs_a_check().or(first_given([
            (self.ca.is_some(), "--ca"),
            (self.client.is_some(), "--client"),
        ]))
    }
}

fn first_given<const N: usize>(options: [(bool, &'static str); N]) -> Option<&'static str> {
    options
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Check one or more gateways without the screen.
    Check(CheckArgs),
    /// Judge a saved certificate chain, without any network.
    Inspect(InspectArgs),
    /// Check a wizard.toml: every mistake with file, line and column.
    Lint(LintArgs),
    /// Show what vpnmedic found of this device: paths, trust store, terminal, versions.
    Doctor(DoctorArgs),
    /// Say what an error message means and what it may come from, without any network.
    Explain(ExplainArgs),
    /// Search the VPN programs' logs for known messages, without any network.
    Logs(LogsArgs),
    /// List the saved connections of this device's VPN programs, or those of files, without any network.
    Profiles(ProfilesArgs),
    /// The checklist of a symptom or a cause on paper: boxes to tick, codes to say over the phone.
    Walk(WalkArgs),
    /// The sessions kept on this device: list, show, compare, delete.
    Sessions(SessionsArgs),
    /// Look back at a bundle or a kept session: the same screens at any point of it, without any network.
    Replay(ReplayArgs),
    /// Pack a kept session into one file for the helpdesk: events, chain, log, report, names taken out as asked.
    Bundle(BundleArgs),
    /// Write the report of a kept session or of a bundle: text, Markdown, HTML or JSON.
    Report(ReportArgs),
    /// How many addresses a gateway's pool wants, and whether a pool overlaps other networks.
    Plan(PlanArgs),
    /// Repeat checks and report when a verdict changes.
    Watch(WatchArgs),
    /// Try the wizard, or train, on a gateway inside this program that is broken on purpose: no VPN and no network
    /// needed.
    Practice(PracticeArgs),
    /// Print the completions of a shell.
    Completions(CompletionsArgs),
    /// Print the manual page (`vpnmedic man | man -l -`).
    Man,
}

impl Verb {
    /// The verb as it is typed.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Check(_) => "check",
            Self::Inspect(_) => "inspect",
            Self::Lint(_) => "lint",
            Self::Doctor(_) => "doctor",
            Self::Explain(_) => "explain",
            Self::Logs(_) => "logs",
            Self::Profiles(_) => "profiles",
            Self::Walk(_) => "walk",
            Self::Sessions(_) => "sessions",
            Self::Replay(_) => "replay",
            Self::Bundle(_) => "bundle",
            Self::Report(_) => "report",
            Self::Plan(_) => "plan",
            Self::Watch(_) => "watch",
            Self::Practice(_) => "practice",
            Self::Completions(_) => "completions",
            Self::Man => "man",
        }
    }
}

/// `check`.
#[derive(Debug, clap::Args)]
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
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
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
    #[arg(long, value_name = "N", requires = "pool", value_parser = clap::value_parser!(u32).range(1..=i64::from(crate::plan::MAX_PEAK)))]
    pub peak: Option<u32>,
    /// The version of the VPN program named with --client, as in 5.1.7: what is known of it.
    #[arg(long, value_name = "V")]
    pub client_version: Option<String>,
}

/// `inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// Certificates: PEM, DER, PKCS#7, or the pasted output of `openssl s_client -showcerts`; `-` reads standard
    /// input. The first certificate is taken as the server's own.
    #[arg(value_name = "FILE", required_unless_present_any = ["client_cert", "p12"])]
    pub files: Vec<PathBuf>,
    /// The name (or address) the client would use.
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// Judge at this moment: RFC 3339, a day, or Unix seconds [default: now].
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Trust these roots instead of this system's.
    #[arg(long, value_name = "FILE")]
    pub roots: Option<PathBuf>,
    /// A revocation list of one of the CAs (PEM or DER, at most 32 MiB); may be given several times.
    #[arg(long, value_name = "FILE")]
    pub crl: Vec<PathBuf>,
    /// An OCSP answer about one of the certificates (PEM or DER, at most 64 KiB); may be given several times.
    #[arg(long, value_name = "FILE")]
    pub ocsp: Vec<PathBuf>,
    /// A client's own certificate to judge (PEM or DER; PKCS#12 too). Roots given with --roots are then those that the
    /// gateway accepts.
    #[arg(long, value_name = "FILE")]
    pub client_cert: Option<PathBuf>,
    /// Its private key, where that is in a file of its own.
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub key: Option<PathBuf>,
    /// A client's certificate and key in one PKCS#12 file (.p12, .pfx). A password is asked for on the terminal, or
    /// read as one line from standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client_cert", "key"])]
    pub p12: Option<PathBuf>,
    /// The document of `check --json`, with what a file can tell.
    #[arg(long)]
    pub json: bool,
}

/// `lint`.
#[derive(Debug, clap::Args)]
pub struct LintArgs {
    /// The file [default: the one that would be used].
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Instead: how whole the causes are, by system and language, and everything missing. Exit 1 if anything is.
    #[arg(long, conflicts_with = "file")]
    pub coverage: bool,
}

/// `doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// `plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// People connected at the same time, at the peak.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(crate::plan::MAX_PEAK)))]
    pub peak: u32,
    /// The pool that is there or meant, as in 10.20.0.0/22 or fd00:1::/64.
    #[arg(long, value_name = "CIDR")]
    pub pool: Option<String>,
    /// A network that the pool must not overlap; may be repeated. Those this device is in are always compared.
    #[arg(long, value_name = "CIDR")]
    pub lan: Vec<String>,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// `explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit: 0 known and no fault, 1 it points to causes, 2 usage or no text, 3 not known. A text is a symptom: its causes are possible, a check tells."
)]
pub struct ExplainArgs {
    /// The message as it was shown, in English or Japanese, whole or in part; or its code. `-` reads standard input.
    #[arg(value_name = "TEXT", required = true, allow_negative_numbers = true)]
    pub text: Vec<String>,
    /// As JSON: messages and causes.
    #[arg(long)]
    pub json: bool,
}

/// `practice`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit with --check: as of a check, 0 healthy, 1 a cause was found, 3 inconclusive. Nothing leaves this device."
)]
pub struct PracticeArgs {
    /// What is to be broken; `hard` draws two faults at once. Without it one is drawn and not told.
    #[arg(value_name = "FAULT")]
    pub fault: Option<String>,
    /// List the faults.
    #[arg(long, conflicts_with_all = ["fault", "check", "seed"])]
    pub list: bool,
    /// Draw the fault of this number: the same number is always the same fault.
    #[arg(long, value_name = "N", conflicts_with = "list")]
    pub seed: Option<u64>,
    /// Without the screen: check the gateway, and say what was broken and whether that was found.
    #[arg(long)]
    pub check: bool,
    /// The verdict document of `check`, with `practice` beside it.
    #[arg(long, requires = "check")]
    pub json: bool,
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
    #[arg(long, value_name = "SECS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub every: Option<u64>,
    /// End after so many rounds [default: go on].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// One JSON document a line: the first verdict of each gateway and each change.
    #[arg(long)]
    pub json: bool,
    /// Keep this file up to date with metrics of the last round (OpenMetrics); `-` writes each round to standard output.
    #[arg(long, value_name = "FILE")]
    pub openmetrics: Option<PathBuf>,
}

/// `walk`.
#[derive(Debug, clap::Args)]
pub struct WalkArgs {
    /// A symptom, a cause, a cause's code (C04), or `all`; without it, the list of what there is.
    #[arg(value_name = "SYMPTOM|CAUSE|all")]
    pub name: Option<String>,
    /// The VPN's address, to stand in the commands.
    #[arg(long, value_name = "HOST[:PORT]")]
    pub host: Option<String>,
    /// How it is written: plain text, Markdown, or one HTML page to print.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PaperFormat,
}

/// A format of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PaperFormat {
    Text,
    Md,
    Html,
}

impl From<PaperFormat> for crate::report::session::Format {
    fn from(format: PaperFormat) -> Self {
        match format {
            PaperFormat::Text => Self::Text,
            PaperFormat::Md => Self::Markdown,
            PaperFormat::Html => Self::Html,
        }
    }
}

/// `completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// Which shell's.
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `logs`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit: 1 known error messages were found, 2 usage or nothing named could be read, 3 none was found. Passwords, cookies and tokens in lines are hidden."
)]
pub struct LogsArgs {
    /// Log files (also packed with gzip) and folders; `-` reads standard input [default: the logs of the VPN programs
    /// known on this system].
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// As JSON: what was found, newest first, and causes.
    #[arg(long)]
    pub json: bool,
}

/// `profiles`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit: 0 some were found, 2 usage or nothing named could be read, 3 none was found. Keys, passwords and cookies in the files are left alone."
)]
pub struct ProfilesArgs {
    /// Files of saved connections [default: those of the VPN programs known on this system].
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// A language on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LangArg {
    En,
    Ja,
}

impl From<LangArg> for Lang {
    fn from(lang: LangArg) -> Self {
        match lang {
            LangArg::En => Self::En,
            LangArg::Ja => Self::Ja,
        }
    }
}

/// A system on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OsArg {
    Windows,
    Macos,
    Linux,
    Ios,
    Android,
}

impl From<OsArg> for System {
    fn from(os: OsArg) -> Self {
        match os {
            OsArg::Windows => Self::Windows,
            OsArg::Macos => Self::Macos,
            OsArg::Linux => Self::Linux,
            OsArg::Ios => Self::Ios,
            OsArg::Android => Self::Android,
        }
    }
}

/// A theme on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ThemeArg {
    Auto,
    Dark,
    Light,
    HighContrast,
    None,
}
