//! Flags and verbs. Each verb has a file; none has logic of its own beyond reading its input and choosing a writer.

mod args;
mod built;
mod bundle;
mod check;
mod client;
mod doctor;
mod explain;
mod help;
mod inspect;
mod kept;
mod lint;
mod logs;
mod misread;
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

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write};
use std::process::ExitCode;

use crate::guide::{Lang, Texts};
use crate::msg::Msg;

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
    let line: Vec<OsString> = std::env::args_os().collect();
    let read = Args::read(&line, |command| match setup::language_before(&line) {
        // The descriptions are English, and clap writes them itself.
        Lang::En => command,
        lang => help::in_words_of(command, &Texts::default(), lang, columns()),
    });
    let args = match read {
        Ok(args) => Ok(args),
        Err(Misread::Clap(error)) => return tell(&error, &line),
        Err(Misread::Unheeded(option, verb)) => {
            let msg = Msg::new("misread.unheeded").with("option", option);
            Err(refusal(&msg.with("verb", verb), &line))
        }
        Err(Misread::TargetBefore(target, verb)) => {
            let msg = Msg::new("misread.target-before").with("target", target);
            Err(refusal(&msg.with("verb", verb), &line))
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

/// Tells what clap has to say: of a command line that it could not read, or what it was asked for (help, version). A
/// closed pipe is no reason to complain.
fn tell(error: &clap::Error, line: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Healthy.into();
    }
    let words = match setup::language_before(line) {
        // clap words its own errors, in English and in the terminal's styles.
        Lang::En => None,
        lang => misread::in_words_of(error, &Texts::default(), lang),
    };
    match words {
        Some(words) => drop(std::io::stderr().write_all(words.as_bytes())),
        None => drop(error.print()),
    }
    Exit::Usage.into()
}

/// A refusal of a command line in the person's language.
fn refusal(msg: &Msg, line: &[OsString]) -> Refusal {
    Refusal(Texts::default().render(setup::language_before(line), msg))
}

/// A refusal in the language that the command line of this process asks for.
fn refuse(msg: &Msg) -> Refusal {
    let line: Vec<OsString> = std::env::args_os().collect();
    refusal(msg, &line)
}

/// The screen cannot be used, and `instead` works without it.
fn no_screen(error: &std::io::Error, instead: &str) -> Refusal {
    let msg = Msg::new("refusal.no-screen").with("why", error);
    refuse(&msg.with("instead", format!("`{instead}`")))
}

/// The cells of a line on standard output: the terminal's, else as many as a terminal had.
fn columns() -> usize {
    let terminal = std::io::stdout().is_terminal();
    let size = terminal.then(|| crossterm::terminal::size().ok()).flatten();
    // A terminal that does not know its size says zero.
    let columns = size.map_or(0, |(columns, _)| usize::from(columns));
    if columns == 0 { 80 } else { columns.max(20) }
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
