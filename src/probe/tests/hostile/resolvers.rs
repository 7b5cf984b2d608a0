//! Resolvers that are slow, lie, or fall silent: each question ends in time, and what is said of it is what was seen.
//!
//! Not here: the ways of saying no of an honest server (`dns`, beside this folder).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use super::super::kit::{NoAnswer, Seen, look, options, surroundings};
use super::super::pki::Pki;
use super::{check_bounds, relations};
use crate::cause::CauseId;
use crate::diagnose::{Context, Diagnosis, Verdict, diagnose};
use crate::evidence::{Fact, Lookup, ProbeId, ProbeOutcome, Target};
use crate::guide::System;

/// Where the honest answers lead.
const TRUE: [u8; 4] = [127, 0, 0, 1];
/// Where the lies do.
const FALSE: [u8; 4] = [127, 66, 6, 6];
/// Much longer than any of these runs may take: a busy machine is no failure.
const LIMIT: Duration = Duration::from_secs(20);

/// A server that sends for each question what `answer` makes of it and of its number, each after its own time.
struct Resolver {
    addr: SocketAddr,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Resolver {
    async fn start(
        answer: impl Fn(&Question, usize) -> Vec<(Duration, Vec<u8>)> + Send + Sync + 'static,
    ) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("bind");
        let socket = Arc::new(socket);
        let addr = socket.local_addr().expect("address");
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            let mut packet = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                // The question about the root asks whether anybody is there at all.
                let Some(question) = Question::read(&packet[..length]) else {
                    continue;
                };
                let number = counter.fetch_add(1, Ordering::SeqCst);
                for (late, reply) in answer(&question, number) {
                    let socket = Arc::clone(&socket);
                    tokio::spawn(async move {
                        tokio::time::sleep(late).await;
                        let _ = socket.send_to(&reply, from).await;
                    });
                }
            }
        });
        Self { addr, asked, task }
    }

    /// One that answers at once.
    async fn at_once(answer: impl Fn(&Question) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self::start(move |question, _| {
            let replies = answer(question).into_iter();
            replies.map(|reply| (Duration::ZERO, reply)).collect()
        })
        .await
    }
}

/// A question (RFC 1035 section 4.1).
struct Question {
    id: [u8; 2],
    name: Vec<u8>,
    kind: [u8; 2],
}

impl Question {
    /// None for the root's.
    fn read(query: &[u8]) -> Option<Self> {
        let end = 12 + query.get(12..)?.iter().position(|byte| *byte == 0)?;
        (end > 12).then_some(())?;
        Some(Self {
            id: [*query.first()?, *query.get(1)?],
            name: query.get(12..=end)?.to_vec(),
            kind: query.get(end + 1..end + 3)?.try_into().ok()?,
        })
    }

    fn is_a(&self) -> bool {
        self.kind == [0, 1]
    }

    /// An answer with these records, which may refer to the name at offset 12.
    fn answer(&self, records: &[Vec<u8>]) -> Vec<u8> {
        let count = u16::try_from(records.len()).expect("few").to_be_bytes();
        [
            &self.id[..],
            &[0x81, 0x80, 0, 1],
            &count,
            &[0, 0, 0, 0],
            &self.name,
            &self.kind,
            &[0, 1],
            &records.concat(),
        ]
        .concat()
    }

    /// An honest answer: the true address, or no record of another kind.
    fn honest(&self) -> Vec<u8> {
        let records: Vec<_> = self.is_a().then(|| a(TRUE)).into_iter().collect();
        self.answer(&records)
    }
}

/// An address of the name that was asked for.
fn a(address: [u8; 4]) -> Vec<u8> {
    record(&[0xc0, 12], 1, &address)
}

fn record(name: &[u8], kind: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("short").to_be_bytes();
    [name, &[0, kind, 0, 1, 0, 0, 0, 60], &length, data].concat()
}

/// A name of one label under `example.com`, in full.
fn named(label: &str) -> Vec<u8> {
    let length = u8::try_from(label.len()).expect("short");
    [&[length], label.as_bytes(), b"\x07example\x03com\x00"].concat()
}

/// A run that has only this resolver to ask.
async fn ask(resolver: &Resolver) -> (Seen, Diagnosis) {
    let mut surroundings = surroundings();
    surroundings.servers = Some(vec![resolver.addr]);
    surroundings.system = Arc::new(NoAnswer);
    let stores = Pki::new().stores(true);
    let mut options = options();
    options.no_third_party = true;
    let target = Target::parse("gw.example.com:9").expect("a target");
    let began = Instant::now();
    let seen = look(target, options, Arc::clone(&stores), surroundings).await;
    assert!(began.elapsed() < LIMIT, "{:?}", began.elapsed());
    check_bounds(&seen.evidence);
    let context = Context {
        system: System::Linux,
        client: None,
    };
    let diagnosis = diagnose(&seen.evidence, &stores, relations(), &context);
    assert_ne!(diagnosis.verdict, Verdict::Healthy);
    (seen, diagnosis)
}

fn said(seen: &Seen) -> &Lookup {
    let dns = seen.evidence.dns.known().expect("dns");
    match &dns.resolvers[0].answer {
        Fact::Known(lookup) => lookup,
        Fact::Unknown(why) => panic!("{why:?}"),
    }
}

fn addresses(seen: &Seen) -> Vec<String> {
    match said(seen) {
        Lookup::Addresses { addresses, .. } => addresses.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

/// That the name does not exist is claimed only where a server said so.
fn claims(diagnosis: &Diagnosis, cause: CauseId) -> bool {
    diagnosis.causes.iter().any(|found| found.cause == cause)
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_a_timeout_and_no_missing_name() {
    let late = Duration::from_secs(5);
    let resolver = Resolver::start(move |question, _| vec![(late, question.honest())]).await;
    let (seen, diagnosis) = ask(&resolver).await;
    assert_eq!(*said(&seen), Lookup::Timeout);
    assert_eq!(seen.record(ProbeId::Dns).outcome, ProbeOutcome::Fail);
    assert!(claims(&diagnosis, CauseId::DNS_TIMEOUT));
    assert!(!claims(&diagnosis, CauseId::DNS_NXDOMAIN));
}

#[tokio::test]
async fn answers_to_questions_that_were_not_asked_are_not_believed() {
    let resolver = Resolver::at_once(|question| {
        let mut forged = question.answer(&[a(FALSE)]);
        forged[1] ^= 0x5a;
        vec![forged; 20]
    })
    .await;
    let (seen, diagnosis) = ask(&resolver).await;
    assert!(addresses(&seen).is_empty(), "{:?}", said(&seen));
    assert!(!claims(&diagnosis, CauseId::DNS_NXDOMAIN));
    assert!(!claims(&diagnosis, CauseId::DNS_WRONG_ANSWER));
}

#[tokio::test]
async fn the_right_answer_counts_behind_a_crowd_of_forged_ones() {
    let resolver = Resolver::at_once(|question| {
        let mut forged = question.answer(&[a(FALSE)]);
        forged[0] ^= 0x5a;
        vec![forged.clone(), forged, question.honest()]
    })
    .await;
    let (seen, _) = ask(&resolver).await;
    let found = addresses(&seen);
    assert!(!found.contains(&"127.66.6.6".to_owned()), "{found:?}");
    // Giving up on such a server would be honest too; believing it would not.
    assert!(
        found == ["127.0.0.1"] || !matches!(said(&seen), Lookup::Addresses { .. }),
        "{:?}",
        said(&seen)
    );
}

#[tokio::test]
async fn an_answer_about_another_name_is_not_one_about_this() {
    let resolver = Resolver::at_once(|question| {
        let other = Question {
            id: question.id,
            name: named("another"),
            kind: question.kind,
        };
        vec![other.answer(&[a(FALSE)])]
    })
    .await;
    let (seen, diagnosis) = ask(&resolver).await;
    assert!(addresses(&seen).is_empty(), "{:?}", said(&seen));
    assert!(!claims(&diagnosis, CauseId::DNS_NXDOMAIN));
}

#[tokio::test]
async fn cut_off_and_not_to_be_had_whole_is_no_answer() {
    // The rest is promised over TCP, where nobody listens.
    let resolver = Resolver::at_once(|question| {
        let mut cut = question.answer(&[]);
        cut[2] |= 0x02;
        vec![cut]
    })
    .await;
    let (seen, diagnosis) = ask(&resolver).await;
    assert!(
        !matches!(said(&seen), Lookup::Addresses { .. } | Lookup::NxDomain),
        "{:?}",
        said(&seen)
    );
    assert!(!claims(&diagnosis, CauseId::DNS_NXDOMAIN));
}

#[tokio::test]
async fn names_that_lead_back_to_themselves_lead_nowhere() {
    for loop_of in [1_usize, 2, 8] {
        let resolver = Resolver::at_once(move |question| {
            let label = |n: usize| named(&format!("a{}", n % loop_of));
            let mut records = vec![record(&[0xc0, 12], 5, &label(0))];
            records.extend((0..loop_of).map(|n| record(&label(n), 5, &label(n + 1))));
            vec![question.answer(&records)]
        })
        .await;
        let (seen, _) = ask(&resolver).await;
        // There is no address under this name, however long one looks.
        assert_eq!(*said(&seen), Lookup::NoRecords, "{loop_of}");
        // A loop is not chased: some questions for each of the two families, not one a turn.
        let asked = resolver.asked.load(Ordering::SeqCst);
        assert!(asked <= 60, "{asked} questions for a loop of {loop_of}");
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_half_way_is_told_apart_from_a_missing_family() {
    // IPv4 is answered, IPv6 never: what is known counts.
    let resolver = Resolver::start(|question, _| {
        if question.is_a() {
            vec![(Duration::ZERO, question.honest())]
        } else {
            Vec::new()
        }
    })
    .await;
    let (seen, _) = ask(&resolver).await;
    assert_eq!(addresses(&seen), ["127.0.0.1"]);

    // Once, and never again.
    let resolver = Resolver::start(|question, number| {
        if number < 2 {
            vec![(Duration::ZERO, question.honest())]
        } else {
            Vec::new()
        }
    })
    .await;
    let (first, _) = ask(&resolver).await;
    assert_eq!(addresses(&first), ["127.0.0.1"]);
    let (second, diagnosis) = ask(&resolver).await;
    assert_eq!(*said(&second), Lookup::Timeout);
    assert!(claims(&diagnosis, CauseId::DNS_TIMEOUT));
}

#[tokio::test]
async fn rubbish_in_place_of_an_answer_is_no_answer() {
    let resolver = Resolver::at_once(|question| {
        let honest = question.honest();
        let mut compressed = question.answer(&[]);
        // A name that points at itself (RFC 1035 section 4.1.4).
        compressed[7] = 1;
        let here = u8::try_from(compressed.len()).expect("short");
        compressed.extend([0xc0, here, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 66, 6, 6]);
        vec![
            Vec::new(),
            vec![0; 11],
            vec![0xff; 600],
            honest[..honest.len() - 1].to_vec(),
            compressed,
        ]
    })
    .await;
    let (seen, diagnosis) = ask(&resolver).await;
    assert!(
        !addresses(&seen).contains(&"127.66.6.6".to_owned()),
        "{:?}",
        said(&seen)
    );
    assert!(!claims(&diagnosis, CauseId::DNS_NXDOMAIN));
}
