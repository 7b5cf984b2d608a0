//! What the log says of an answer about a name.

use std::net::SocketAddr;
use std::time::Duration;

use crate::evidence::{Fact, Lookup, ProbeOutcome};
use crate::msg::Msg;
use crate::probe::check::Reporter;

/// Addresses of one answer that get a line in the log.
const MAX_LINES: usize = 4;

/// One line an address, or one for what went wrong; without a server it is the system's own answer.
pub(in crate::probe) fn tell(
    report: &Reporter,
    answer: &Fact<Lookup>,
    server: Option<SocketAddr>,
    took: Duration,
) {
    let Some(lookup) = answer.known() else {
        return;
    };
    let Lookup::Addresses { addresses, aliases } = lookup else {
        let text = match server {
            Some(server) => failure_of_server(lookup).with("server", server),
            None => failure_of_system(lookup),
        };
        report.timed(ProbeOutcome::Fail, text, took);
        return;
    };
    for alias in aliases.iter().take(MAX_LINES) {
        report.line(
            ProbeOutcome::Running,
            Msg::new("probe.dns.alias").with("name", alias),
        );
    }
    for address in addresses.iter().take(MAX_LINES) {
        let kind = if address.is_ipv4() { "A" } else { "AAAA" };
        let text = match server {
            Some(server) => Msg::new("probe.dns.address-by-server").with("server", server),
            None => Msg::new("probe.dns.address-by-system"),
        };
        report.timed(
            ProbeOutcome::Pass,
            text.with("kind", kind).with("address", address),
            took,
        );
    }
    if addresses.len() > MAX_LINES {
        let text = Msg::new("probe.dns.more").with("count", addresses.len() - MAX_LINES);
        report.line(ProbeOutcome::Running, text);
    }
}

fn failure_of_system(lookup: &Lookup) -> Msg {
    match lookup {
        Lookup::Timeout => Msg::new("probe.dns.system-timeout"),
        Lookup::NoResolver => Msg::new("probe.dns.system-no-resolver"),
        _ => Msg::new("probe.dns.system-not-found"),
    }
}

fn failure_of_server(lookup: &Lookup) -> Msg {
    match lookup {
        Lookup::NxDomain => Msg::new("probe.dns.nxdomain"),
        Lookup::NoRecords => Msg::new("probe.dns.no-records"),
        Lookup::Refused => Msg::new("probe.dns.refused"),
        Lookup::Timeout => Msg::new("probe.dns.timeout"),
        Lookup::Unreachable(reason) => Msg::new("probe.dns.unreachable").with("reason", reason),
        _ => Msg::new("probe.dns.servfail"),
    }
}
