//! Flags and verbs. Each verb has a file; none has logic of its own beyond reading its input and choosing a writer.

mod args;
mod built;
mod bundle;
mod check;
mod client;
mod doctor;
mod explain;
mod inspect;
mod kept;
mod lint;
mod logs;
mod papers;
mod password;
mod plan;
mod practice;
mod profiles;
mod replay;
mod report;
mod sessions;
mod setup;
mod site;
mod walk;
mod watch;

use std::io::Write;
use std::process::ExitCode;

use crate::text::sanitise;

use args::{Args, Misread, Verb};

/// How a run ends, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: nothing wrong was found.
    Healthy,
    /// 3: no cause was found, and not everything could be checked.
    Inconclusive,
    /// 1: a cause was found.
    Problem,
    /// 2: the command line or an input could not be used.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Healthy => 0,
            Exit::Problem => 1,
            Exit::Usage => 2,
            Exit::Inconclusive => 3,
        })
    }
}

impl From<crate::diagnose::Verdict> for Exit {
    fn from(verdict: crate::diagnose::Verdict) -> Self {
        match verdict {
            crate::diagnose::Verdict::Healthy => Self::Healthy,
            crate::diagnose::Verdict::Problem => Self::Problem,
            crate::diagnose::Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

/// Runs the program with the process's own arguments.
pub fn main() -> ExitCode {
    let args = match Args::read(std::env::args_os()) {
        Ok(args) => Ok(args),
        Err(Misread::Unheeded(option, verb)) => Err(Refusal(format!(
            "`{option}` has no meaning for `vpnmedic {verb}`"
        ))),
        Err(Misread::TargetBefore(target, verb)) => Err(Refusal(format!(
            "`{}` stands before the verb: `vpnmedic {verb} --help` says what comes after it",
            sanitise(&target)
        ))),
        Err(Misread::Clap(error)) => {
            // clap words its own errors, help and version; a closed pipe is no reason to complain.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage.into()
            } else {
                Exit::Healthy.into()
            };
        }
    };
    match args.and_then(run) {
        Ok(exit) => exit.into(),
        Err(Refusal(message)) => {
            let _ = writeln!(std::io::stderr(), "vpnmedic: {message}");
            Exit::Usage.into()
        }
    }
}

/// Why a command could not be carried out, in one or more lines for people. Ends in exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal(String);

fn run(args: Args) -> Result<Exit, Refusal> {
    match args.verb {
        None => setup::wizard(&args.common, args.target.as_deref(), !args.no_journal),
        Some(Verb::Check(options)) => check::run(&args.common, &options),
        Some(Verb::Inspect(options)) => inspect::run(&args.common, &options),
        Some(Verb::Lint(options)) => lint::run(&args.common, &options),
        Some(Verb::Doctor(options)) => doctor::run(&args.common, &options),
        Some(Verb::Explain(options)) => explain::run(&args.common, &options),
        Some(Verb::Logs(options)) => logs::run(&args.common, &options),
        Some(Verb::Profiles(options)) => profiles::run(&args.common, &options),
        Some(Verb::Plan(options)) => plan::run(&args.common, &options),
        Some(Verb::Practice(options)) => practice::run(&args.common, &options),
        Some(Verb::Walk(options)) => walk::run(&args.common, &options),
        Some(Verb::Watch(options)) => watch::run(&args.common, &options),
        Some(Verb::Sessions(options)) => sessions::run(&args.common, &options),
        Some(Verb::Bundle(options)) => bundle::run(&args.common, &options),
        Some(Verb::Replay(options)) => replay::run(&args.common, &options),
        Some(Verb::Report(options)) => report::run(&args.common, &options),
        Some(Verb::Completions(options)) => papers::completions(&options),
        Some(Verb::Man) => papers::man(),
    }
}

/// Writes to standard output; a reader that has gone away is not an error.
fn print(text: &str) -> Result<(), Refusal> {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> Result<(), Refusal> {
    is_read(bytes).map(drop)
}

/// Writes to standard output. False where its reader has gone away: then nobody wants the rest.
fn is_read(bytes: &[u8]) -> Result<bool, Refusal> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Refusal(format!("cannot write the result: {error}"))),
    }
}
