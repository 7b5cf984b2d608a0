//! The name again, asked of a public DNS server: an answer of this network may look sound and lead to somebody else.
//!
//! Runs only where what answers is no gateway that fits. A handshake with the address that the public server gives tells
//! which of the two is right; what it means is in [`crate::diagnose`]. Servers that give no answer at all are `dns`'s.

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::check::{Check, Ending, Reporter};
use super::dns::{Trials, answers_differ, unanswered, words};
use super::nameserver;
use super::surroundings::Surroundings;
use crate::evidence::{
    DnsEvidence, Fact, Lookup, Observation, ProbeId, ResolverKind, Why, WhyCode,
};
use crate::msg::Msg;

/// Asks the public server.
pub(super) struct ElsewhereCheck {
    /// The name, as it goes to DNS.
    pub name: String,
    /// What was seen of names until now.
    pub seen: DnsEvidence,
    /// For the handshake with its address.
    pub trials: Trials,
    /// Whom to ask, and how patiently.
    pub surroundings: Surroundings,
}

impl Check for ElsewhereCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Elsewhere
    }

    fn limit(&self) -> Duration {
        self.surroundings.pace.aside
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.ask(report).boxed()
    }
}

impl ElsewhereCheck {
    async fn ask(self, report: Reporter) -> Ending {
        let Self {
            name,
            mut seen,
            trials,
            surroundings,
        } = self;
        let server = surroundings.public_dns;
        let began = Instant::now();
        // The rest is for the handshake.
        let patience = surroundings.pace.aside.mul_f64(0.4);
        let lookup = nameserver::ask(server, &[name], patience).await;
        let took = began.elapsed();
        let mut answer = unanswered(server, ResolverKind::Public);
        answer.took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        answer.answer = Fact::Known(lookup.clone());
        words::tell(&report, &answer.answer, Some(server), took);
        seen.resolvers.push(answer);
        report.observe(Observation::Dns(seen.clone()));
        match lookup {
            Lookup::Addresses { .. } => {}
            Lookup::NxDomain | Lookup::NoRecords => return Ending::Warn,
            _ => {
                return Ending::Unknown(Why::because(
                    WhyCode::Failed,
                    Msg::new("probe.elsewhere.no-answer").with("server", server),
                ));
            }
        }
        if !answers_differ(&seen) {
            return Ending::Pass;
        }
        trials.make(&mut seen, &report).await;
        Ending::Warn
    }
}
