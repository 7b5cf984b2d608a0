//! Handshakes with addresses that others give for the name and this system does not: the certificate tells where the
//! gateway is.
//!
//! What that means is in [`crate::diagnose`].

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::evidence::{DnsEvidence, Lookup, Observation, ProbeOutcome, TlsAttempt, TlsVariant};
use crate::msg::Msg;
use crate::probe::check::{Reporter, microseconds};
use crate::probe::handshake::shake;
use crate::probe::surroundings::Pace;
use crate::probe::tcp::{self, Budget};

/// Handshakes with addresses that others give.
const MAX_TRIALS: usize = 2;

/// How to shake hands with addresses that others give.
pub(in crate::probe) struct Trials {
    /// The gateway's port.
    pub port: u16,
    /// The server name to send there.
    pub sni: Option<String>,
    /// What may still be connected.
    pub budget: Budget,
    /// How long it may take.
    pub pace: Pace,
}

impl Trials {
    /// Shakes hands with what others give for the name and this system does not, each address once, and reports what is
    /// seen.
    pub(in crate::probe) async fn make(&self, seen: &mut DnsEvidence, report: &Reporter) {
        let pace = &self.pace;
        for address in others(seen).into_iter().take(MAX_TRIALS) {
            let addr = SocketAddr::new(address, self.port);
            if seen.trials.iter().any(|made| made.addr == addr) {
                continue;
            }
            let Some(place) = self.budget.place() else {
                return;
            };
            let (outcome, stream, took) = tcp::connect(addr, pace.tcp / 2).await;
            let Some(stream) = stream else {
                let text = tcp::outcome_text(&outcome).with("addr", addr);
                report.timed(ProbeOutcome::Running, text, took);
                let variant = TlsVariant::OtherAddress;
                let made = TlsAttempt::unconnected(variant, addr, outcome, microseconds(took));
                seen.trials.push(made);
                report.observe(Observation::Dns(seen.clone()));
                continue;
            };
            place.forget();
            let shaken = shake(
                stream,
                addr,
                self.sni.as_deref(),
                TlsVariant::OtherAddress,
                None,
                pace.tls / 2,
            )
            .await;
            let text = match shaken.attempt.outcome.session() {
                Some(_) => Msg::new("probe.dns.trial-completed"),
                None => Msg::new("probe.dns.trial-failed"),
            };
            let took = Duration::from_micros(shaken.attempt.took_us);
            report.timed(ProbeOutcome::Running, text.with("addr", addr), took);
            seen.trials.push(shaken.attempt);
            report.observe(Observation::Dns(seen.clone()));
        }
    }
}

/// Addresses that some server gives and programs on this device do not get.
fn others(seen: &DnsEvidence) -> Vec<IpAddr> {
    let used = seen.addresses();
    if used.is_empty() {
        return Vec::new();
    }
    let mut others = Vec::new();
    for resolver in &seen.resolvers {
        let Some(Lookup::Addresses { addresses, .. }) = resolver.answer.known() else {
            continue;
        };
        // Whoever shares an address with what is used gives the same answer in another order or part.
        if !addresses.iter().any(|address| used.contains(address)) {
            others.extend(addresses.first().filter(|a| !others.contains(*a)).copied());
        }
    }
    others
}

pub(in crate::probe) fn answers_differ(seen: &DnsEvidence) -> bool {
    !others(seen).is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::unanswered;
    use super::*;
    use crate::evidence::{Fact, ResolverKind};

    #[test]
    fn only_an_answer_that_shares_nothing_is_another_answer() {
        let found = |list: &[[u8; 4]]| {
            Fact::Known(Lookup::Addresses {
                addresses: list.iter().copied().map(IpAddr::from).collect(),
                aliases: Vec::new(),
            })
        };
        let server = SocketAddr::from(([192, 0, 2, 53], 53));
        let mut seen = DnsEvidence {
            hosts_file: Vec::new(),
            system: found(&[[192, 0, 2, 1]]),
            resolvers: vec![unanswered(server, ResolverKind::Configured); 2],
            trials: Vec::new(),
        };
        assert!(!answers_differ(&seen));
        seen.resolvers[0].answer = found(&[[192, 0, 2, 2], [192, 0, 2, 1]]);
        assert!(!answers_differ(&seen), "the same in another order");
        seen.resolvers[1].answer = found(&[[192, 0, 2, 3], [192, 0, 2, 4]]);
        assert_eq!(others(&seen), [IpAddr::from([192, 0, 2, 3])]);
        seen.system = Fact::Known(Lookup::NotFound);
        seen.resolvers.truncate(1);
        assert!(!answers_differ(&seen), "what is used is that very answer");
    }
}
