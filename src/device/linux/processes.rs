//! What runs, from `/proc`, as far as it runs in the same place as this program: what a container runs is not this
//! device's VPN client.
//!
//! Not here: which of it belongs to a client (`clients`).

use crate::device::source::{Miss, Source};

/// Processes that are looked at, at most; a kernel's own limit is far above what people run.
const MAX: usize = 20_000;
/// The kernel keeps this much of a program's name (TASK_COMM_LEN without its end).
const SHORT: usize = 15;

/// One process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub pid: u32,
    /// The name that the kernel keeps, cut at 15 bytes.
    pub short: String,
    /// The program's file: where the kernel shows it, else the first word of the command line.
    pub program: String,
}

impl Process {
    /// Whether it is the program that a mark names: a path where the mark is one, else the last part of the name.
    pub(super) fn is(&self, mark: &str) -> bool {
        let program = self.program.trim_end_matches(" (deleted)");
        if mark.starts_with('/') {
            return program == mark;
        }
        let name = program.rsplit('/').next().unwrap_or_default();
        name == mark || self.short == mark.get(..SHORT).unwrap_or(mark)
    }
}

/// Processes of this network and process namespace. Those whose namespace may not be seen count when their process
/// numbers show that they are in no other.
pub(super) fn of_this_place(source: &impl Source) -> Result<Vec<Process>, Miss> {
    let here = source.link("/proc/self/ns/net").ok();
    let own = source.text("/proc/self/status").unwrap_or_default();
    let own_depth = numbers(&own, "NSpid").len().max(1);
    let own_pid = numbers(&own, "Pid").first().copied();
    let pids = source.folder("/proc")?.into_iter();
    let pids = pids.filter_map(|name| name.parse::<u32>().ok()).take(MAX);
    // There are hundreds of processes, and each question about one is a system call or six: the cheap ones first.
    Ok(pids
        .filter_map(|pid| {
            let program = match source.link(&format!("/proc/{pid}/exe")) {
                Ok(program) => program,
                // Another person's; or the kernel's own thread, which has no command line and is no client.
                Err(_) => {
                    let command = source.text(&format!("/proc/{pid}/cmdline")).ok()?;
                    let first = command.split('\0').next().unwrap_or_default();
                    (!command.is_empty()).then(|| first.to_owned())?
                }
            };
            let there = source.link(&format!("/proc/{pid}/ns/net")).ok();
            let elsewhere = match (&here, &there) {
                (Some(here), Some(there)) => Some(here != there),
                _ => None,
            };
            if elsewhere == Some(true) {
                return None;
            }
            let status = source.text(&format!("/proc/{pid}/status")).ok()?;
            // What this program runs itself, to ask a client for its version, is not that client at work.
            if own_pid.is_some() && numbers(&status, "PPid").first().copied() == own_pid {
                return None;
            }
            if elsewhere.is_none() && numbers(&status, "NSpid").len() > own_depth {
                return None;
            }
            // The same name as in `comm`, without another file to open.
            let short = status.lines().find_map(|line| line.strip_prefix("Name:"))?;
            Some(Process {
                pid,
                short: short.trim().to_owned(),
                program,
            })
        })
        .collect())
}

/// The numbers of one line of a status file (proc_pid_status(5)).
pub(super) fn numbers(status: &str, key: &str) -> Vec<u32> {
    let line = status
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| *name == key);
    line.map(|(_, rest)| {
        rest.split_whitespace()
            .filter_map(|n| n.parse().ok())
            .collect()
    })
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(short: &str, program: &str) -> Process {
        Process {
            pid: 1,
            short: short.to_owned(),
            program: program.to_owned(),
        }
    }

    #[test]
    fn a_name_that_is_everybodys_counts_only_with_its_path() {
        let mark = "/opt/cisco/secureclient/bin/vpn";
        assert!(process("vpn", mark).is(mark));
        assert!(!process("vpn", "/home/u/bin/vpn").is(mark));
    }

    #[test]
    fn a_long_name_is_known_by_what_the_kernel_keeps_of_it() {
        let cut = process("nm-openconnect-", "");
        assert!(cut.is("nm-openconnect-service"));
        assert!(!cut.is("nm-openvpn-service"));
    }

    #[test]
    fn a_program_that_was_replaced_while_it_ran_is_still_itself() {
        assert!(process("x", "/usr/sbin/openvpn (deleted)").is("openvpn"));
    }

    #[test]
    fn status_lines_are_numbers_or_nothing() {
        let status = "Name:\tsh\nUid:\t1000\t0\t0\t0\nNSpid:\t77\t3\n";
        assert_eq!(numbers(status, "Uid"), [1000, 0, 0, 0]);
        assert_eq!(numbers(status, "NSpid"), [77, 3]);
        assert!(numbers("", "Uid").is_empty());
    }
}
