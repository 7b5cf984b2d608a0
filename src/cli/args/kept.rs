//! Options of the verbs about what is kept: sessions, bundles, reports, replay.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// `sessions`.
#[derive(Debug, clap::Args)]
pub struct SessionsArgs {
    /// What to do [default: list].
    #[command(subcommand)]
    pub what: Option<SessionsVerb>,
    /// As JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with kept sessions. An id may be cut short as long as it means one session; `last` is the newest.
#[derive(Debug, Subcommand)]
pub enum SessionsVerb {
    /// All of them, the newest first.
    List {
        /// Only those whose id, gateway or causes hold this word.
        #[arg(value_name = "WORD")]
        word: Option<String>,
    },
    /// What one was about and what happened in it.
    Show {
        /// Its id, as `list` tells it.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// What is different between two: certificate, addresses, TLS, gateway, clock, causes.
    Compare {
        /// The earlier one, for example from a day when it worked.
        #[arg(value_name = "BEFORE")]
        before: String,
        /// The later one.
        #[arg(value_name = "AFTER", default_value = "last")]
        after: String,
    },
    /// Delete one, or all.
    Delete {
        /// Its id.
        #[arg(value_name = "ID", required_unless_present = "all")]
        id: Option<String>,
        /// Every session that no vpnmedic is in.
        #[arg(long, conflicts_with = "id")]
        all: bool,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// `bundle`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file opens with `vpnmedic replay` and unpacks with `tar -xzf`. Passwords, keys and cookies are taken out at every level."
)]
pub struct BundleArgs {
    /// A kept session (its id, the beginning of it, or `last`), or the file of one or of a bundle.
    #[arg(value_name = "SESSION", default_value = "last")]
    pub session: String,
    /// The bundle [default: vpnmedic-DATE-TIME.vpnmedic here].
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What is taken out: nothing but secrets; names, addresses and certificates; free text and notes too.
    #[arg(long, value_name = "LEVEL", default_value = "names")]
    pub redact: RedactArg,
    /// Over a file that is there.
    #[arg(long)]
    pub force: bool,
    /// Write nothing: show what would be in it, and what stands for what.
    #[arg(long, conflicts_with_all = ["output", "force"])]
    pub preview: bool,
}

/// How much is taken out of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RedactArg {
    None,
    Names,
    Strict,
}

impl From<RedactArg> for crate::session::redact::Level {
    fn from(level: RedactArg) -> Self {
        match level {
            RedactArg::None => Self::None,
            RedactArg::Names => Self::Names,
            RedactArg::Strict => Self::Strict,
        }
    }
}

/// `report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// A kept session (its id, the beginning of it, or `last`), or the file of one or of a bundle.
    #[arg(value_name = "SESSION", default_value = "last")]
    pub session: String,
    /// Plain text, Markdown, one HTML page, or JSON.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ReportFormat,
    /// Into this file instead of standard output; never over another one.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Over a file that is there.
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// How a session's report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Text,
    Md,
    Html,
    Json,
}

impl From<ReportFormat> for crate::report::session::Format {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Text => Self::Text,
            ReportFormat::Md => Self::Markdown,
            ReportFormat::Html => Self::Html,
            ReportFormat::Json => Self::Json,
        }
    }
}

/// `replay`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit of the document: 0 healthy, 1 a cause was found, 2 usage or an unreadable file, 3 inconclusive; of the screen: 0."
)]
pub struct ReplayArgs {
    /// A bundle, or a kept session: its file, its id, the beginning of that, or `last`.
    #[arg(value_name = "FILE")]
    pub session: String,
    /// The JSON document of that point instead of the screen; also where standard output is no terminal.
    #[arg(long)]
    pub json: bool,
    /// The point after this many events [default: the last].
    #[arg(long, value_name = "N")]
    pub at: Option<usize>,
}
