//! Two runs side by side: what is different in what was seen. "What changed since it worked", and before and after a
//! re-check.
//!
//! What was not seen on one side is no difference: it stays unknown. Not here: what a difference means.

use std::collections::BTreeSet;

use serde::Serialize;

use super::SessionEvent;
use super::again::stands;
use super::journal::Journal;
use crate::cause::CauseId;
use crate::chain::Cert;
use crate::diagnose::{Certainty, Verdict};
use crate::evidence::{Evidence, ProbeId, ProbeOutcome};

/// One side of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// What was seen; none where no gateway was named.
    pub evidence: Option<Evidence>,
    /// What followed from it, if the run came to its end.
    pub concluded: Option<(Verdict, Vec<(CauseId, Certainty)>)>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Addresses of the gateway's name.
    Addresses,
    /// The end-entity certificate's SHA-256.
    Certificate,
    /// Its issuer.
    Issuer,
    /// Its first moment.
    NotBefore,
    /// Its last moment.
    NotAfter,
    /// How many certificates were served, and which.
    Chain,
    /// The TLS version.
    TlsVersion,
    /// The cipher suite.
    Cipher,
    /// The key exchange.
    KeyExchange,
    /// The gateway's product.
    Gateway,
    /// This device's clock against others, in seconds.
    Clock,
    /// The networks that this device is in.
    Networks,
}

impl Topic {
    /// All of them, in the order shown.
    pub const ALL: [Self; 12] = [
        Self::Addresses,
        Self::Certificate,
        Self::Issuer,
        Self::NotBefore,
        Self::NotAfter,
        Self::Chain,
        Self::TlsVersion,
        Self::Cipher,
        Self::KeyExchange,
        Self::Gateway,
        Self::Clock,
        Self::Networks,
    ];

    /// The id of its words in `assets/ui`.
    pub const fn text_id(self) -> &'static str {
        match self {
            Self::Addresses => "sessions.topic.addresses",
            Self::Certificate => "sessions.topic.certificate",
            Self::Issuer => "sessions.topic.issuer",
            Self::NotBefore => "sessions.topic.not-before",
            Self::NotAfter => "sessions.topic.not-after",
            Self::Chain => "sessions.topic.chain",
            Self::TlsVersion => "sessions.topic.tls-version",
            Self::Cipher => "sessions.topic.cipher",
            Self::KeyExchange => "sessions.topic.key-exchange",
            Self::Gateway => "sessions.topic.gateway",
            Self::Clock => "sessions.topic.clock",
            Self::Networks => "sessions.topic.networks",
        }
    }
}

/// One thing on both sides. Values are text from outside; none where it was not seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// What.
    pub topic: Topic,
    /// On the earlier side.
    pub before: Option<String>,
    /// On the later side.
    pub after: Option<String>,
}

impl Pair {
    /// Whether it was seen on both sides and differs.
    pub fn differs(&self) -> bool {
        self.before.is_some() && self.after.is_some() && self.before != self.after
    }
}

/// How one check ended on both sides; none where it did not run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// Which check.
    pub id: ProbeId,
    /// Outcome and milliseconds on the earlier side.
    pub before: Option<(ProbeOutcome, f64)>,
    /// The same on the later side.
    pub after: Option<(ProbeOutcome, f64)>,
    /// Whether the later side left it out, and what was seen before stands.
    pub stands: bool,
}

/// A comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The gateways, where the two sides are about different ones: then no difference is a change. Text from outside.
    pub gateways: Option<[String; 2]>,
    /// Everything that was seen on at least one side, in order.
    pub pairs: Vec<Pair>,
    /// Every check that ran on at least one side, in order.
    pub checks: Vec<Ends>,
    /// Found on the earlier side alone.
    pub gone: Vec<CauseId>,
    /// Found on the later side alone.
    pub new: Vec<CauseId>,
    /// Found on both.
    pub still: Vec<CauseId>,
}

impl Comparison {
    /// How to say that a cause was found on the earlier side alone, the later side alone, both: ids in `assets/ui` with
    /// the gateway for their placeholder. Of two gateways nothing is gone or new.
    pub fn found_ids(&self) -> [(&'static str, Option<&str>); 3] {
        match &self.gateways {
            Some([before, after]) => [
                ("sessions.only-at", Some(before)),
                ("sessions.only-at", Some(after)),
                ("sessions.at-both", None),
            ],
            None => [
                ("sessions.gone", None),
                ("sessions.new", None),
                ("sessions.still", None),
            ],
        }
    }

    /// Whether anything was seen on both sides: without that, neither sameness nor difference can be said.
    pub fn compares_anything(&self) -> bool {
        let both = |pair: &Pair| pair.before.is_some() && pair.after.is_some();
        self.pairs.iter().any(both)
    }
}

impl Side {
    /// The last run of a kept session.
    pub fn of(journal: &Journal) -> Self {
        let mut side = Self::default();
        for (_, event) in &journal.events {
            match event {
                SessionEvent::TargetSet { target, at } => {
                    side.evidence = Some(Evidence::new(target.clone(), *at));
                    side.concluded = None;
                }
                SessionEvent::Rechecked { at, .. } => {
                    let target = side.evidence.take().map(|evidence| evidence.target);
                    side.evidence = target.map(|target| Evidence::new(target, *at));
                    side.concluded = None;
                }
                SessionEvent::Probe(event) => {
                    if let Some(evidence) = &mut side.evidence {
                        evidence.apply(event);
                    }
                }
                SessionEvent::Concluded {
                    verdict, causes, ..
                } => side.concluded = Some((*verdict, causes.clone())),
                _ => {}
            }
        }
        side
    }

    fn causes(&self) -> Vec<CauseId> {
        let found = self.concluded.iter().flat_map(|(_, causes)| causes);
        found.map(|(cause, _)| *cause).collect()
    }
}

/// Compares two runs.
pub fn compare(before: &Side, after: &Side) -> Comparison {
    let (was, is) = (before.evidence.as_ref(), after.evidence.as_ref());
    let pairs = Topic::ALL
        .into_iter()
        .map(|topic| Pair {
            topic,
            before: was.and_then(|evidence| value(evidence, topic)),
            after: is.and_then(|evidence| value(evidence, topic)),
        })
        .filter(|pair| pair.before.is_some() || pair.after.is_some())
        .collect();
    let checks = ProbeId::ALL
        .into_iter()
        .map(|id| Ends {
            id,
            before: was.and_then(|evidence| end(evidence, id)),
            after: is.and_then(|evidence| end(evidence, id)),
            stands: is
                .and_then(|evidence| evidence.probe(id))
                .is_some_and(stands),
        })
        .filter(|ends| ends.before.is_some() || ends.after.is_some())
        .collect();
    let gateways = match (was, is) {
        (Some(was), Some(is)) if was.target != is.target => {
            Some([was.target.to_string(), is.target.to_string()])
        }
        _ => None,
    };
    let (was, is) = (before.causes(), after.causes());
    let only = |these: &[CauseId], those: &[CauseId]| {
        let these = these.iter().copied();
        these.filter(|cause| !those.contains(cause)).collect()
    };
    Comparison {
        gateways,
        pairs,
        checks,
        gone: only(&was, &is),
        new: only(&is, &was),
        still: is.iter().copied().filter(|c| was.contains(c)).collect(),
    }
}

fn end(evidence: &Evidence, id: ProbeId) -> Option<(ProbeOutcome, f64)> {
    let record = evidence.probe(id)?;
    (record.outcome != ProbeOutcome::Skipped).then_some((record.outcome, record.took_ms))
}

/// What was seen of this; none where it was not.
fn value(evidence: &Evidence, topic: Topic) -> Option<String> {
    let session = || evidence.tls.known()?.main()?.outcome.session();
    match topic {
        Topic::Addresses => {
            let mut addresses = evidence.dns.known()?.addresses();
            addresses.sort();
            listed(addresses.iter().map(ToString::to_string))
        }
        Topic::Certificate => Some(first(evidence)?.fingerprint()),
        Topic::Issuer => Some(first(evidence)?.issuer),
        Topic::NotBefore => Some(first(evidence)?.not_before.rfc3339()),
        Topic::NotAfter => Some(first(evidence)?.not_after.rfc3339()),
        Topic::Chain => {
            let served = &evidence.tls.known()?.main()?.served;
            let names = served.iter().map(|der| match Cert::parse(der) {
                Ok(cert) => format!("{} ({})", cert.label(), &hex(&cert.sha256)[..8]),
                Err(_) => "?".to_owned(),
            });
            listed(names)
        }
        Topic::TlsVersion => Some(session()?.version.clone()),
        Topic::Cipher => Some(session()?.cipher.clone()),
        Topic::KeyExchange => Some(session()?.key_exchange.clone()),
        Topic::Gateway => Some(evidence.gateway.known()?.product.as_ref()?.name.clone()),
        Topic::Clock => {
            // The most exact one; tenths of a second, so that no two runs differ by nothing.
            let sources = &evidence.clock.known()?.sources;
            let best = sources.iter().min_by_key(|source| source.error_ms)?;
            let half = best.offset_ms.signum() * 50;
            // A journal may come from a stranger, with any number in it.
            let tenths = best.offset_ms.saturating_add(half) / 100;
            let sign = if tenths < 0 { '-' } else { '+' };
            let tenths = tenths.unsigned_abs();
            Some(format!("{sign}{}.{} s", tenths / 10, tenths % 10))
        }
        Topic::Networks => {
            let interfaces = &evidence.network.known()?.interfaces;
            let all = interfaces.iter().flat_map(|interface| {
                let addresses = interface.addresses.iter();
                addresses.map(|address| format!("{} {address}", interface.name))
            });
            let sorted: BTreeSet<String> = all.collect();
            listed(sorted.into_iter())
        }
    }
}

/// The certificate served first.
fn first(evidence: &Evidence) -> Option<Cert> {
    let served = &evidence.tls.known()?.main()?.served;
    Cert::parse(served.first()?).ok()
}

fn listed(values: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = values.collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{ClockEvidence, ClockKind, ClockSource, Fact, Target, UnixTime};

    #[test]
    fn a_clock_that_a_stranger_made_up_is_a_number_like_any_other() {
        for (offset_ms, shown) in [
            (i64::MAX, "+9223372036854775.8 s"),
            (i64::MIN, "-9223372036854775.8 s"),
            (-149, "-0.1 s"),
            (150, "+0.2 s"),
        ] {
            let target = Target::parse("vpn.example.com").unwrap();
            let mut evidence = Evidence::new(target, UnixTime(7));
            evidence.clock = Fact::Known(ClockEvidence {
                sources: vec![ClockSource {
                    name: "a clock".to_owned(),
                    kind: ClockKind::Ntp,
                    offset_ms,
                    error_ms: 1,
                }],
            });
            assert_eq!(value(&evidence, Topic::Clock).as_deref(), Some(shown));
        }
    }
}
