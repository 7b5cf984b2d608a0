//! The routers on the way to an address, found without any special right: UDP packets that live for one, two, three
//! hops, all at once, and the ICMP messages that come back.
//!
//! Reading those messages is in `icmp`; what a way that ends early means is not here.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::check::{Check, Ending, Reporter, microseconds};
use super::icmp::{Heard, hear, socket};
use super::surroundings::Pace;
use crate::evidence::{
    Hop, HopAnswer, IcmpWord, Observation, PathEvidence, ProbeId, ProbeOutcome, Why, WhyCode,
};
use crate::msg::Msg;

/// Hops that are looked at; most places are within fifteen.
const MAX_HOPS: u8 = 24;
/// The port that the first hop's packet goes to: where traceroute has always sent its packets, and where nobody listens.
const FIRST_PORT: u16 = 33_434;

/// Looks for the routers on the way.
pub(super) struct PathCheck {
    /// Where to.
    pub address: IpAddr,
    /// How long it may take.
    pub pace: Pace,
}

impl Check for PathCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Path
    }

    fn limit(&self) -> Duration {
        self.pace.aside
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.walk(report).boxed()
    }
}

impl PathCheck {
    async fn walk(self, report: Reporter) -> Ending {
        if !cfg!(target_os = "linux") {
            return Ending::Unknown(Why::because(
                WhyCode::Unsupported,
                Msg::new("probe.path.not-here"),
            ));
        }
        let patience = self.pace.aside.mul_f64(0.8);
        let mut hops: Vec<Hop> = (1..=MAX_HOPS)
            .map(|ttl| Hop { ttl, answer: None })
            .collect();
        let mut pending: FuturesUnordered<_> = (1..=MAX_HOPS)
            .map(|ttl| send(self.address, ttl, patience / 2))
            .collect();
        // A limit: every answer is taken as it comes, and the last one needed ends the wait.
        let deadline = tokio::time::sleep(patience);
        tokio::pin!(deadline);
        let mut refused_here = None;
        loop {
            tokio::select! {
                next = pending.next() => match next {
                    None => break,
                    Some((_, Err(error))) => refused_here = Some(error),
                    Some((ttl, Ok(answer))) => {
                        let ends_here = answer.word != IcmpWord::Passing;
                        if let Some(hop) = hops.get_mut(usize::from(ttl) - 1) {
                            hop.answer = Some(answer);
                        }
                        if ends_here {
                            // What comes from nearer comes sooner, but for routers that take their time.
                            let soon = tokio::time::Instant::now() + patience / 6;
                            if soon < deadline.deadline() {
                                deadline.as_mut().reset(soon);
                            }
                        }
                        if is_complete(&hops) {
                            break;
                        }
                    }
                },
                () = &mut deadline => break,
            }
        }
        let seen = PathEvidence {
            addr: self.address,
            hops: cut(hops),
        };
        if seen.last().is_none() {
            return Ending::Unknown(nobody(refused_here.as_ref()));
        }
        let ending = tell(&report, &seen);
        report.observe(Observation::Path(seen));
        ending
    }
}

/// Sends a packet that lives for `ttl` hops, again every `interval` while nothing comes back.
async fn send(address: IpAddr, ttl: u8, interval: Duration) -> (u8, io::Result<HopAnswer>) {
    let to = SocketAddr::new(address, FIRST_PORT + u16::from(ttl));
    let sent = async {
        let socket = socket(to, Some(ttl)).await?;
        let mut began = Instant::now();
        socket.send(b"vpnmedic").await?;
        loop {
            match tokio::time::timeout(interval, hear(&socket)).await {
                Ok(Heard::Icmp(from, word)) => {
                    return Ok(HopAnswer {
                        from: from.unwrap_or(address),
                        word,
                        took_us: microseconds(began.elapsed()),
                    });
                }
                // Somebody listens there after all.
                Ok(Heard::Datagram(_)) => {
                    return Ok(HopAnswer {
                        from: address,
                        word: IcmpWord::Other,
                        took_us: microseconds(began.elapsed()),
                    });
                }
                Err(_) => {
                    began = Instant::now();
                    // An error here is the echo of a message that is heard next.
                    let _ = socket.send(b"vpnmedic").await;
                }
            }
        }
    };
    (ttl, sent.await)
}

/// Whether the end was heard of and every hop before it.
fn is_complete(hops: &[Hop]) -> bool {
    for hop in hops {
        match &hop.answer {
            None => return false,
            Some(answer) if answer.word != IcmpWord::Passing => return true,
            Some(_) => {}
        }
    }
    true
}

/// Without what lies behind the first answer that ends the way, or behind the last answer.
fn cut(mut hops: Vec<Hop>) -> Vec<Hop> {
    let ends = |hop: &Hop| {
        hop.answer
            .as_ref()
            .is_some_and(|answer| answer.word != IcmpWord::Passing)
    };
    let end = hops.iter().position(ends);
    let last = end.or_else(|| hops.iter().rposition(|hop| hop.answer.is_some()));
    hops.truncate(last.map_or(0, |last| last + 1));
    hops
}

/// Why nobody answered.
fn nobody(error: Option<&io::Error>) -> Why {
    match error.map(io::Error::kind) {
        Some(io::ErrorKind::PermissionDenied) => Why::code(WhyCode::NotPermitted),
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            Why::code(WhyCode::Blocked)
        }
        _ => Why::because(WhyCode::Failed, Msg::new("probe.path.no-answer")),
    }
}

fn tell(report: &Reporter, seen: &PathEvidence) -> Ending {
    let mut silent: u32 = 0;
    for hop in &seen.hops {
        let Some(answer) = &hop.answer else {
            silent += 1;
            continue;
        };
        let (tone, text) = match answer.word {
            IcmpWord::Prohibited => (ProbeOutcome::Fail, Msg::new("probe.path.prohibited")),
            IcmpWord::Unreachable => (ProbeOutcome::Fail, Msg::new("probe.path.unreachable")),
            _ if answer.from == seen.addr => (ProbeOutcome::Pass, Msg::new("probe.path.arrived")),
            _ => (ProbeOutcome::Running, Msg::new("probe.path.hop")),
        };
        report.timed(
            tone,
            text.with("hop", hop.ttl).with("router", answer.from),
            Duration::from_micros(answer.took_us),
        );
    }
    if silent > 0 {
        let text = Msg::new("probe.path.silent-hops").with("count", silent);
        report.line(ProbeOutcome::Running, text);
    }
    if seen.arrives() {
        return Ending::Pass;
    }
    match seen.last() {
        Some((_, answer)) if answer.word != IcmpWord::Passing => Ending::Fail,
        Some((hop, answer)) => {
            report.line(
                ProbeOutcome::Warn,
                Msg::new("probe.path.ends")
                    .with("hop", hop)
                    .with("router", answer.from),
            );
            Ending::Warn
        }
        None => Ending::Unknown(nobody(None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hops(words: &[Option<IcmpWord>]) -> Vec<Hop> {
        words
            .iter()
            .zip(1..)
            .map(|(word, ttl)| Hop {
                ttl,
                answer: word.map(|word| HopAnswer {
                    from: IpAddr::from([192, 0, 2, ttl]),
                    word,
                    took_us: 1,
                }),
            })
            .collect()
    }

    #[test]
    fn what_lies_behind_the_end_is_left_out() {
        use IcmpWord::{Passing, Prohibited};
        let seen = cut(hops(&[
            Some(Passing),
            None,
            Some(Prohibited),
            Some(Prohibited),
            None,
        ]));
        assert_eq!(seen.len(), 3);
        assert_eq!(cut(hops(&[Some(Passing), None, None])).len(), 1);
        assert_eq!(cut(hops(&[None, None])).len(), 0);
    }

    #[test]
    fn a_way_is_complete_when_every_hop_to_its_end_has_answered() {
        use IcmpWord::{Passing, PortClosed};
        assert!(is_complete(&hops(&[Some(Passing), Some(PortClosed), None])));
        assert!(!is_complete(&hops(&[None, Some(PortClosed)])));
        assert!(!is_complete(&hops(&[Some(Passing), None])));
    }
}
