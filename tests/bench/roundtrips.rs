//! How many round trips a check takes on a long line: `cargo bench --bench roundtrips`, as root. The fault lab's worlds on
//! a cable on which each packet is under way for 50 ms; every measured moment is the program's own, divided by the time
//! of one round trip. Budgets: first verdict in 5, everything in 8.

#![expect(
    clippy::panic,
    dead_code,
    reason = "the lab's modules are here as they are; a bench that cannot be staged says so by panicking"
)]

#[path = "../lab/between.rs"]
mod between;
#[path = "../lab/cards.rs"]
mod cards;
#[path = "../lab/case.rs"]
mod case;
#[path = "../lab/certificates.rs"]
mod certificates;
#[path = "../lab/delay.rs"]
mod delay;
#[path = "../lab/flaws.rs"]
mod flaws;
#[path = "../lab/names.rs"]
mod names;
#[path = "../lab/netns.rs"]
mod netns;
#[path = "../lab/pki.rs"]
mod pki;
#[path = "../lab/servers.rs"]
mod servers;
#[path = "../lab/statements.rs"]
mod statements;
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

use case::{Case, Family, HEALTHY, OnPath};
use certificates::{Chain, SOUND, Served};
use servers::{Gateway, Tls};
use tools::{Outcome, Trouble};
use world::World;

/// One round trip on [`OnPath::Far`], in milliseconds.
const ROUND_TRIP: f64 = 100.0;
/// Times each world is asked; the median is shown.
const ASKED: usize = 5;

fn main() {
    // `cargo test --benches` runs benches too, to see that they start.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let far = Case {
        path: OnPath::Far,
        ..HEALTHY
    };
    let worlds = [
        ("healthy, ocserv", far),
        (
            "healthy, nginx, TLS 1.2",
            Case {
                gateway: Some(Gateway::Nginx),
                tls: Tls::Only12,
                ..far
            },
        ),
        (
            "healthy, nginx, both families",
            Case {
                gateway: Some(Gateway::Nginx),
                family: Family::Both,
                ..far
            },
        ),
        (
            "missing intermediate, nginx",
            Case {
                gateway: Some(Gateway::Nginx),
                chain: Chain {
                    served: Served::LeafOnly,
                    ..SOUND
                },
                ..far
            },
        ),
    ];
    println!(
        "{:<32} {:>14} {:>12}",
        "round trips of 100 ms", "chain judged", "all done"
    );
    for (name, case) in worlds {
        let case = Case {
            name: "roundtrips",
            ..case
        };
        let mut judged = Vec::new();
        let mut done = Vec::new();
        for document in documents(&case) {
            let Some(probes) = document["probes"].as_array() else {
                panic!("no probes in {document}")
            };
            let end = |probe: &serde_json::Value| {
                let started = probe["started_ms"].as_f64().unwrap_or_default();
                started + probe["took_ms"].as_f64().unwrap_or_default()
            };
            let chain = probes.iter().find(|probe| probe["id"] == "chain");
            judged.extend(chain.map(end));
            done.push(probes.iter().map(end).fold(0.0, f64::max));
        }
        println!(
            "{name:<32} {:>14.1} {:>12.1}",
            median(judged) / ROUND_TRIP,
            median(done) / ROUND_TRIP
        );
    }
}

fn documents(case: &Case) -> Vec<serde_json::Value> {
    let ask = || {
        let world = World::build(case)?;
        (0..ASKED)
            .map(|_| {
                let ran = case.check(&world)?;
                serde_json::from_str(&ran.stdout).map_err(|error| {
                    Trouble::Broken(format!("{error}: {}{}", ran.stdout, ran.stderr))
                })
            })
            .collect::<Outcome<Vec<serde_json::Value>>>()
    };
    match ask() {
        Ok(documents) => documents,
        Err(trouble) => panic!("{}: {trouble:?}", case.name),
    }
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}
