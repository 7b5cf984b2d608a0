//! The command line as it is typed. `--help` is made from these files, so every line here is read by people.

mod beforehand;
mod checks;
mod files;
mod heeded;
mod kept;
mod live;
mod number;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use beforehand::Beforehand;
pub use checks::{CheckArgs, WatchArgs};
pub use files::{InspectArgs, LogsArgs, ProfilesArgs};
pub use heeded::{beside, described};
pub use kept::{BundleArgs, ReplayArgs, ReportArgs, SessionsArgs, SessionsVerb};
pub use live::Live;
pub use number::NumberError;
pub use words::{LangArg, OsArg, PaperFormat, ThemeArg};

use number::within;

/// Find out why an SSL-VPN will not connect or why its certificate is refused, prove it with live checks, and be
/// walked through the fix. Without a verb the full-screen wizard starts. It looks and never touches: nothing on this
/// device is changed.
#[derive(Debug, Parser)]
#[command(
    name = "vpnmedic",
    version,
    override_usage = "vpnmedic [OPTIONS] [HOST[:PORT]]\n       vpnmedic [OPTIONS] <COMMAND>",
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

/// Options that stand beside every verb, before or after it; `heeded` says which verb heeds which.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Common options")]
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
    /// How many addresses a gateway's pool needs, and whether a pool overlaps other networks.
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

/// Why a command line cannot be used.
#[derive(Debug)]
pub enum Misread {
    /// Not as clap expects it; also help and version, which are asked for.
    Clap(clap::Error),
    /// An option, as typed, that this verb cannot heed.
    Unheeded(String, String),
    /// A gateway before this verb.
    TargetBefore(String, String),
}

impl From<clap::Error> for Misread {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
}

impl Args {
    /// Reads a command line, the program's name included. `spoken` puts the help of a command line, described whole, into
    /// the person's language; it is called where help is asked for.
    pub fn read(
        line: &[OsString],
        spoken: impl FnOnce(Command) -> Command,
    ) -> Result<Self, Misread> {
        let matches = match Self::command().try_get_matches_from(line) {
            // Asked for again of the command line as it is to be read of: that one takes longer to build.
            Err(error) if error.kind() == ErrorKind::DisplayHelp => {
                spoken(described()).try_get_matches_from(line)
            }
            read => read,
        }?;
        if let Some((option, verb)) = heeded::unheeded(&matches) {
            return Err(Misread::Unheeded(option, verb.to_owned()));
        }
        let args = Self::from_arg_matches(&matches)?;
        match (args.target, &args.verb) {
            (Some(target), Some(verb)) => {
                Err(Misread::TargetBefore(target, verb.name().to_owned()))
            }
            (target, _) => Ok(Self { target, ..args }),
        }
    }
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

/// `lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit: 0 no mistakes, 2 mistakes or an unreadable file.")]
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
#[command(
    after_help = "Exit: 0 the pool holds the peak and overlaps nothing, or none was given; 1 it does not; 2 usage."
)]
pub struct PlanArgs {
    /// People connected at the same time, at the peak.
    #[arg(long, value_name = "N", value_parser = within::<u32>(1, u64::from(crate::plan::MAX_PEAK)))]
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

/// `completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// Which shell's.
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}
