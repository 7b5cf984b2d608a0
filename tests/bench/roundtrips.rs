//! How many round trips a check takes on a long line: `cargo bench --bench roundtrips`, as root. The fault lab's worlds on
//! a cable on which each packet is under way for 50 ms and a little, as the two programs that carry it need it: every
//! measured moment is the program's own, divided by the quickest opening of a connection on that same cable. Budgets: first
//! verdict in 5, everything in 8. `-- --waterfall` also shows when each check began and ended: what waits for what.

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

use std::collections::BTreeMap;

use case::{Case, Family, HEALTHY, OnPath};
use certificates::{Aia, Chain, SOUND, Served, Trusted};
use servers::{Gateway, Tls};
use statements::{Responder, SILENT, Told};
use tools::{Outcome, Trouble};
use twists::EXPIRED;
use world::World;

/// The check that takes one round trip and nothing else: a connection that opens.
const ONE: &str = "tcp";
/// Times each world is asked; the median is shown.
const ASKED: usize = 5;

/// A chain whose end-entity certificate names an OCSP responder.
const RESPONDER: Chain = Chain {
    told: Told {
        responder: Some(Responder::Good),
        ..SILENT
    },
    ..SOUND
};

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
            "healthy, nginx, a responder is asked",
            Case {
                gateway: Some(Gateway::Nginx),
                chain: RESPONDER,
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
        (
            "missing intermediate, a responder is asked",
            Case {
                gateway: Some(Gateway::Nginx),
                chain: Chain {
                    served: Served::LeafOnly,
                    ..RESPONDER
                },
                ..far
            },
        ),
        (
            "unknown CA, ocserv",
            Case {
                chain: Chain {
                    trusted: Trusted::Another,
                    aia: Aia::Unnamed,
                    ..SOUND
                },
                ..far
            },
        ),
        (
            "expired, nginx, both families",
            Case {
                gateway: Some(Gateway::Nginx),
                family: Family::Both,
                chain: EXPIRED,
                ..far
            },
        ),
        (
            "certificate for another name, nginx",
            Case {
                gateway: Some(Gateway::Nginx),
                chain: Chain {
                    names: &["DNS:www.lab.test"],
                    ..SOUND
                },
                ..far
            },
        ),
    ];
    let waterfall = std::env::args().any(|argument| argument == "--waterfall");
    println!(
        "{:<44} {:>14} {:>10}",
        "round trips", "chain judged", "all done"
    );
    for (name, case) in worlds {
        let case = Case {
            name: "roundtrips",
            ..case
        };
        let documents = documents(&case);
        let trip = round_trip(&documents);
        let rows = rows(&documents, trip);
        let judged = rows.iter().find(|row| row.id == "chain");
        let all = rows.iter().find(|row| row.id == ALL);
        let end = |row: Option<&Row>| row.map_or(f64::NAN, |row| row.to);
        println!(
            "{name:<44} {:>14.1} {:>10.1}   of {trip:.1} ms",
            end(judged),
            end(all)
        );
        for row in rows.iter().filter(|_| waterfall) {
            println!("    {:<40} {:>14.1} {:>10.1}", row.id, row.from, row.to);
        }
    }
}

/// The row of the whole run.
const ALL: &str = "everything";

/// When a check began and ended, in round trips: the median of all runs in which it ran.
struct Row {
    id: String,
    from: f64,
    to: f64,
}

/// One round trip, in milliseconds.
fn round_trip(documents: &[serde_json::Value]) -> f64 {
    let took = |document: &serde_json::Value| {
        let probes = document["probes"].as_array()?;
        let one = probes.iter().find(|probe| probe["id"] == ONE)?;
        one["took_ms"].as_f64()
    };
    let quickest = documents.iter().filter_map(took).min_by(f64::total_cmp);
    quickest.unwrap_or_else(|| panic!("no connection was opened"))
}

/// The checks of all runs, with their moments in round trips of `trip` milliseconds.
fn rows(documents: &[serde_json::Value], trip: f64) -> Vec<Row> {
    let mut times: BTreeMap<String, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for document in documents {
        let Some(probes) = document["probes"].as_array() else {
            panic!("no probes in {document}")
        };
        let mut last: f64 = 0.0;
        for probe in probes {
            let from = probe["started_ms"].as_f64().unwrap_or_default();
            let to = from + probe["took_ms"].as_f64().unwrap_or_default();
            last = last.max(to);
            let (Some(id), true) = (probe["id"].as_str(), probe["outcome"] != "skipped") else {
                continue;
            };
            let known = times.entry(id.to_owned()).or_default();
            known.0.push(from);
            known.1.push(to);
        }
        let whole = times.entry(ALL.to_owned()).or_default();
        whole.0.push(0.0);
        whole.1.push(last);
    }
    let mut rows: Vec<Row> = times
        .into_iter()
        .map(|(id, (from, to))| Row {
            id,
            from: median(from) / trip,
            to: median(to) / trip,
        })
        .collect();
    rows.sort_by(|one, other| one.from.total_cmp(&other.from));
    rows
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
