//! What was seen, as Markdown.

use std::fmt::Write as _;

use crate::programs::Peer;
use crate::{Row, Seen};

/// All tables.
pub fn markdown(rows: &[Row]) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "\nA healthy gateway:\n");
    healthy(&mut out, rows);
    for (far, title) in [
        (false, "Broken gateways, short line"),
        (true, "Broken gateways, round trips of 100 ms"),
    ] {
        let _ = writeln!(
            out,
            "\n{title}: time until all is said, and whether the cause was named:\n"
        );
        broken(&mut out, rows, far);
    }
    out
}

fn healthy(out: &mut String, rows: &[Row]) {
    let near = rows.iter().find(|row| row.fault.is_empty() && !row.far);
    let far = rows.iter().find(|row| row.fault.is_empty() && row.far);
    let _ = writeln!(
        out,
        "| | short line | 100 ms round trip | processor time | connections | bytes | memory |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    for seen in near.iter().flat_map(|row| &row.seen) {
        let long = far.and_then(|row| of(row, seen.peer));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {:.1} kB | {:.1} MB |",
            seen.peer.name(),
            took(seen),
            long.map_or_else(|| "not asked".to_owned(), took),
            time(seen.cost.cpu_ms),
            seen.connections,
            seen.bytes / 1000.0,
            seen.cost.peak_mb,
        );
    }
}

fn broken(out: &mut String, rows: &[Row], far: bool) {
    let rows: Vec<&Row> = rows
        .iter()
        .filter(|row| row.far == far && !row.fault.is_empty())
        .collect();
    let peers: Vec<Peer> = Peer::ALL
        .into_iter()
        .filter(|peer| rows.iter().any(|row| of(row, *peer).is_some()))
        .collect();
    let names: Vec<&str> = peers.iter().map(|peer| peer.name()).collect();
    let _ = writeln!(out, "| | {} |", names.join(" | "));
    let _ = writeln!(out, "| --- |{}", " --- |".repeat(peers.len()));
    for row in &rows {
        let cells: Vec<String> = peers
            .iter()
            .map(|peer| {
                of(row, *peer).map_or_else(
                    || "not asked".to_owned(),
                    |seen| format!("{} {}", took(seen), seen.named.word()),
                )
            })
            .collect();
        let _ = writeln!(out, "| `{}` | {} |", row.fault, cells.join(" | "));
    }
    let totals: Vec<String> = peers
        .iter()
        .map(|peer| {
            let asked: Vec<&Seen> = rows.iter().filter_map(|row| of(row, *peer)).collect();
            let named = asked
                .iter()
                .filter(|seen| seen.named == crate::Named::Yes)
                .count();
            let connections = asked
                .iter()
                .map(|seen| seen.connections)
                .fold(0.0, f64::max);
            format!(
                "{named} of {}, at most {connections} connections",
                asked.len()
            )
        })
        .collect();
    let _ = writeln!(out, "| named | {} |", totals.join(" | "));
}

fn of(row: &Row, peer: Peer) -> Option<&Seen> {
    row.seen.iter().find(|seen| seen.peer == peer)
}

/// How long it took; what was ended from outside was not done by then.
fn took(seen: &Seen) -> String {
    match seen.cost.code {
        Some(_) => time(seen.cost.took_ms),
        None => format!("over {}", time(seen.cost.took_ms)),
    }
}

fn time(milliseconds: f64) -> String {
    if milliseconds < 1000.0 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{:.1} s", milliseconds / 1000.0)
    }
}
