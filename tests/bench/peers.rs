//! vpnmedic beside the tools that people reach for today, on the fault lab's gateways, as root: `cargo bench --bench peers`.
//!
//! A healthy gateway and ten broken ones, on a short line and on one with round trips of 100 ms. For each: the time until
//! the program has said all it has to say, the connections that its router saw it open to the gateway, the bytes on its
//! line in both directions (name lookups, time and revocation included), the most memory, and whether the fault was
//! named; the rule for that is in `peers/faults.rs`. Quick programs are asked several times and the median is shown, slow
//! ones once. What is missing here is said, and the rest goes on.
//!
//! `-- --quick`: three times each and without the programs that take seconds. `-- --show FOLDER`: keeps what each wrote.

#![expect(
    clippy::panic,
    dead_code,
    reason = "the lab's modules are here as they are; a bench that cannot be staged says so by panicking"
)]

#[path = "../lab/between.rs"]
mod between;
mod binary;
#[path = "../lab/cards.rs"]
mod cards;
#[path = "../lab/case.rs"]
mod case;
#[path = "../lab/certificates.rs"]
mod certificates;
#[path = "../lab/delay.rs"]
mod delay;
#[path = "peers/faults.rs"]
mod faults;
#[path = "../lab/flaws.rs"]
mod flaws;
mod measure;
#[path = "../lab/names.rs"]
mod names;
#[path = "../lab/netns.rs"]
mod netns;
#[path = "../lab/pki.rs"]
mod pki;
#[path = "peers/programs.rs"]
mod programs;
#[path = "../lab/servers.rs"]
mod servers;
#[path = "../lab/statements.rs"]
mod statements;
#[path = "peers/table.rs"]
mod table;
#[path = "../lab/tools.rs"]
mod tools;
#[path = "../lab/twists.rs"]
mod twists;
#[path = "../lab/verdict.rs"]
mod verdict;
#[path = "../lab/witness.rs"]
mod witness;
#[path = "../lab/world.rs"]
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use case::{Case, OnPath};
use faults::{BROKEN, Fault, NONE, Named};
use measure::{Cost, median};
use programs::Peer;
use tools::{Outcome, Trouble, find};
use world::World;

/// How often a quick program is asked.
const ASKED: usize = 7;
/// When a program is ended, whatever it is doing: some wait minutes for an answer that does not come.
const LIMIT: Duration = Duration::from_secs(15);
/// The same for programs that make dozens of connections.
const SLOW_LIMIT: Duration = Duration::from_secs(120);
/// A program whose first run takes longer, in milliseconds, is not asked again.
const LONG: f64 = 3_000.0;

/// What one program did in one world: medians of its runs.
struct Seen {
    peer: Peer,
    cost: Cost,
    connections: f64,
    bytes: f64,
    named: Named,
}

/// What all programs did in one world.
struct Row {
    /// The cause's id; empty for the healthy gateway.
    fault: &'static str,
    far: bool,
    seen: Vec<Seen>,
}

fn main() -> ExitCode {
    if let Some(ended) = measure::is_asked_for() {
        return ended;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` runs benches too, to see that they start.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let how = How {
        quick: arguments.iter().any(|argument| argument == "--quick"),
        show: arguments
            .iter()
            .position(|argument| argument == "--show")
            .and_then(|at| arguments.get(at + 1))
            .map(PathBuf::from),
        here: here(),
    };
    let mut rows = Vec::new();
    for far in [false, true] {
        for fault in [&NONE].into_iter().chain(&BROKEN) {
            if far && fault.case.path != OnPath::Clear {
                // Silence takes as long on any line, and this world has its path taken.
                continue;
            }
            match how.row(fault, far) {
                Ok(row) => rows.push(row),
                Err(Trouble::Missing(what)) => {
                    eprintln!("The worlds cannot be made here: {what}");
                    return ExitCode::FAILURE;
                }
                Err(Trouble::Broken(why)) => {
                    eprintln!("{}: the lab broke: {why}", fault.id);
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    print!("{}", table::markdown(&rows));
    ExitCode::SUCCESS
}

/// The programs that are here; what is not is said.
fn here() -> Vec<(Peer, PathBuf)> {
    let mut here = Vec::new();
    for peer in Peer::ALL {
        match peer.file() {
            Ok(file) => here.push((peer, file)),
            Err(package) => eprintln!("{} is not here ({package})", peer.name()),
        }
    }
    here
}

struct How {
    quick: bool,
    show: Option<PathBuf>,
    here: Vec<(Peer, PathBuf)>,
}

impl How {
    fn row(&self, fault: &Fault, far: bool) -> Outcome<Row> {
        let case = Case {
            path: if far { OnPath::Far } else { fault.case.path },
            ..fault.case
        };
        let name = if fault.id.is_empty() {
            "healthy"
        } else {
            fault.id
        };
        eprintln!("{name}{}", if far { ", 100 ms" } else { "" });
        let world = World::build(&case)?;
        let mut seen = Vec::new();
        for (peer, file) in &self.here {
            let once = peer.is_slow();
            // On the long line the slow ones are asked about the healthy gateway alone, and the slowest not at all.
            let too_long = !fault.id.is_empty() || *peer == Peer::Testssl;
            if once && (self.quick || far && too_long) {
                continue;
            }
            let times = if self.quick { 3 } else { ASKED };
            let mut runs = vec![self.run(fault, &case, &world, *peer, file, far)?];
            if !once && runs[0].cost.took_ms < LONG {
                // The first run of a program finds its files cold, and is not counted.
                runs.clear();
                for _ in 0..times {
                    runs.push(self.run(fault, &case, &world, *peer, file, far)?);
                }
            }
            seen.push(summary(*peer, &runs));
        }
        Ok(Row {
            fault: fault.id,
            far,
            seen,
        })
    }

    fn run(
        &self,
        fault: &Fault,
        case: &Case,
        world: &World,
        peer: Peer,
        file: &std::path::Path,
        far: bool,
    ) -> Outcome<Seen> {
        let result = world.folder.path().join("cost.json");
        let me = std::env::current_exe()?;
        let arguments = peer.arguments(&world.certificates.trusted);
        let limit = if peer.is_slow() { SLOW_LIMIT } else { LIMIT };
        let before = (world.sent()?, on_the_line(world)?);
        let ran = case
            .as_person(world, &me)?
            .args(measure::arguments(&result, limit, file, &arguments))
            .limit(limit * 2)
            .end()?;
        let after = (world.sent()?, on_the_line(world)?);
        let cost = measure::read(&result)
            .ok_or_else(|| Trouble::Broken(format!("{}: {}", peer.name(), ran.stderr)))?;
        let said = format!("{}\n{}", ran.stdout, ran.stderr);
        if let Some(folder) = &self.show {
            let name = format!(
                "{}{}-{}",
                fault.id,
                if far { "-far" } else { "" },
                peer.name()
            );
            std::fs::write(folder.join(name), &said)?;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of one run")]
        Ok(Seen {
            peer,
            cost,
            connections: (after.0.connections - before.0.connections) as f64,
            bytes: (after.1 - before.1) as f64,
            named: match peer {
                Peer::Vpnmedic => fault.in_document(&ran.stdout),
                _ => fault.in_words(&said),
            },
        })
    }
}

/// Bytes that the client's line has carried, both ways.
fn on_the_line(world: &World) -> Outcome<u64> {
    let text = world
        .client
        .run(&find("cat")?)?
        .args(["rx_bytes", "tx_bytes"].map(|file| format!("/sys/class/net/eth0/statistics/{file}")))
        .good()?;
    let numbers = text.split_whitespace().map(str::parse::<u64>);
    numbers
        .sum::<Result<u64, _>>()
        .map_err(|error| Trouble::Broken(format!("{error} in {text}")))
}

/// Medians; a fault is named if every run named it.
fn summary(peer: Peer, runs: &[Seen]) -> Seen {
    let middle = |of: fn(&Seen) -> f64| median(runs.iter().map(of).collect());
    Seen {
        peer,
        cost: Cost {
            took_ms: middle(|run| run.cost.took_ms),
            cpu_ms: middle(|run| run.cost.cpu_ms),
            peak_mb: middle(|run| run.cost.peak_mb),
            code: runs.last().and_then(|run| run.cost.code),
        },
        connections: middle(|run| run.connections),
        bytes: middle(|run| run.bytes),
        named: runs.iter().map(|run| run.named).max().unwrap_or(Named::No),
    }
}
