//! What one run of a program costs: time from its start to its end, processor time, the most memory it held. Not here:
//! what is run and what its output is worth.
//!
//! The kernel tells the memory and the processor time of a process that has ended to its parent, together with those of
//! all its other children. So each run has a parent of its own: the bench itself, called once more with [`FLAG`]. That
//! parent also takes the times, inside the namespace, so that `ip netns exec` is in none of them. What it holds itself,
//! some 3 MB, is the least that can be measured.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde::{Deserialize, Serialize};

/// The argument by which the bench is told to run and measure another program: then follow a file for the result, the
/// limit in seconds, the program and its arguments.
pub const FLAG: &str = "--measure-one-run";

/// What a run cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cost {
    /// From its start to its end, in milliseconds.
    pub took_ms: f64,
    /// Processor time, its own and the system's for it, in milliseconds.
    pub cpu_ms: f64,
    /// The most memory that it or one of its children held, in megabytes.
    pub peak_mb: f64,
    /// Its exit code; none where a signal ended it, as at the limit.
    pub code: Option<i32>,
}

/// Arguments that make this very program measure a run of another.
pub fn arguments(result: &Path, limit: Duration, program: &Path, of: &[OsString]) -> Vec<OsString> {
    let mut all = vec![
        FLAG.into(),
        result.into(),
        limit.as_secs().to_string().into(),
        program.into(),
    ];
    all.extend_from_slice(of);
    all
}

/// What [`arguments`] left in its file.
pub fn read(result: &Path) -> Option<Cost> {
    serde_json::from_slice(&std::fs::read(result).ok()?).ok()
}

/// The parent of one run, where the arguments ask for one.
pub fn is_asked_for() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != FLAG {
        return None;
    }
    let result = arguments.next()?;
    let limit = arguments.next()?.to_str()?.parse().ok()?;
    let program = arguments.next()?;
    let measured = run(
        Duration::from_secs(limit),
        Command::new(program).args(arguments),
    );
    let written = measured.and_then(|cost| {
        let text = serde_json::to_vec(&cost)?;
        std::fs::write(result, text)
    });
    Some(match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot measure: {error}");
            ExitCode::FAILURE
        }
    })
}

fn run(limit: Duration, command: &mut Command) -> std::io::Result<Cost> {
    let began = Instant::now();
    // A group of its own: what a program that is ended leaves behind would hold its output open for ever.
    let mut child = command.process_group(0).spawn()?;
    let (ended, end) = mpsc::channel::<()>();
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let guard = std::thread::spawn(move || {
        // The other end hangs up when the run is over.
        if end.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout)
            && let Some(pid) = pid
        {
            end_all(pid);
        }
    });
    let status = child.wait()?;
    let took = began.elapsed();
    drop(ended);
    let _ = guard.join();
    if let Some(pid) = pid {
        end_all(pid);
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time() + usage.system_time();
    #[expect(
        clippy::cast_precision_loss,
        reason = "kilobytes and microseconds of one run"
    )]
    Ok(Cost {
        took_ms: took.as_secs_f64() * 1000.0,
        cpu_ms: cpu.num_microseconds() as f64 / 1000.0,
        peak_mb: usage.max_rss() as f64 / 1024.0,
        code: status.code(),
    })
}

/// Ends a program and all that it began. They may have ended by themselves.
fn end_all(leader: rustix::process::Pid) {
    let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
}

/// The middle one.
pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}
