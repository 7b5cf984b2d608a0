//! Every fault, checked by the ordinary checks: what is to be found is found, and nothing is reachable from elsewhere.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;

use super::gateway::reserve;
use super::{Fault, Lesson, Level, Outcome};
use crate::chain::{Cert, Stores, TrustStore};
use crate::diagnose::{Context, Diagnosis, Relations, diagnose};
use crate::evidence::{Der, Evidence, ProbeOutcome, UnixTime};
use crate::guide::{Knowledge, System};

/// Checks as `vpnmedic check` does, trusting the practice root alone.
async fn checked(lesson: &Lesson) -> Evidence {
    let options = lesson.options(Duration::from_secs(40));
    let (events, mut seen) = mpsc::unbounded_channel();
    let target = lesson.target.clone();
    let mut evidence = Evidence::new(target.clone(), UnixTime::from(SystemTime::now()));
    let run = tokio::spawn(crate::probe::run(target, options, stores(lesson), events));
    while let Some(event) = seen.recv().await {
        evidence.apply(&event);
    }
    run.await.expect("the run ends");
    evidence
}

fn stores(lesson: &Lesson) -> Arc<Stores> {
    let root = Cert::parse(&Der::from(lesson.root().1)).expect("a root");
    Arc::new(Stores {
        system: TrustStore {
            name: "practice".to_owned(),
            anchors: vec![Arc::new(root)],
            brought: 1,
        },
        mozilla: TrustStore::default(),
    })
}

fn concluded(lesson: &Lesson, evidence: &Evidence, knowledge: &Knowledge) -> Diagnosis {
    let context = Context {
        system: System::Linux,
        client: None,
    };
    diagnose(
        evidence,
        &stores(lesson),
        &Relations::from(knowledge),
        &context,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_found_by_the_ordinary_checks() {
    let knowledge = Knowledge::load(None).expect("knowledge");
    let mut wrong = Vec::new();
    // A handful at a time: waiting for silence takes seconds, and a crowd would make the quick ones late.
    for group in Fault::ALL.chunks(8) {
        let runs = group.iter().map(|fault| {
            tokio::spawn(async {
                let lesson = Lesson::begin(*fault).expect("a lesson");
                let evidence = checked(&lesson).await;
                (lesson, evidence)
            })
        });
        for run in runs.collect::<Vec<_>>() {
            let (lesson, evidence) = run.await.expect("a run");
            stays_here(&evidence, lesson.fault);
            for record in &evidence.probes {
                assert_ne!(record.outcome, ProbeOutcome::Crashed, "{:?}", lesson.fault);
            }
            let diagnosis = concluded(&lesson, &evidence, &knowledge);
            if !lesson.outcome(&diagnosis).found {
                let found: Vec<_> = diagnosis
                    .causes
                    .iter()
                    .map(|f| (f.cause, f.certainty, f.explained_by))
                    .collect();
                wrong.push(format!(
                    "{}: {:?} {found:?}\n  unknown {:?}\n",
                    lesson.fault.id(),
                    diagnosis.verdict,
                    diagnosis.unknown.iter().take(3).collect::<Vec<_>>(),
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "not found:\n{}", wrong.join(""));
}

/// Whoever was contacted is on this device, and nobody's name was asked for.
fn stays_here(evidence: &Evidence, fault: Fault) {
    let asked = evidence.dns.known().map_or(0, |dns| dns.resolvers.len());
    assert_eq!(asked, 0, "{fault:?} asks DNS servers");
    let attempts = evidence.tls.known().map(|tls| tls.attempts.as_slice());
    for attempt in attempts.unwrap_or_default() {
        assert!(
            attempt.addr.ip().is_loopback(),
            "{fault:?}: {}",
            attempt.addr
        );
    }
    let fetches = evidence.aia.known().map(|aia| aia.fetches.as_slice());
    for fetch in fetches.unwrap_or_default() {
        assert!(fetch.url.starts_with("http://127.0.0.1:"), "{}", fetch.url);
    }
    // Another gateway that is named would be looked up and connected to.
    let gateway = evidence.gateway.known();
    assert!(
        gateway.is_none_or(|gateway| gateway.handed_out.is_none()),
        "{fault:?}"
    );
}

#[tokio::test]
async fn nothing_listens_where_another_device_could_connect() {
    let (_, shelf) = reserve().expect("a listener");
    assert!(shelf.ip().is_loopback());
    for fault in [
        Fault::ExpiredLeaf,
        Fault::Refused,
        Fault::DefaultCertificate,
    ] {
        let lesson = Lesson::begin(fault).expect("a lesson");
        let options = lesson.options(Duration::from_secs(1));
        let asked = options.connect.map(|ip| ip.is_loopback());
        assert!(asked.unwrap_or(true) && lesson.target.host.wire() != "0.0.0.0");
        // Nobody but the gateway is contacted.
        assert!(options.ntp.is_empty() && options.portal.is_empty() && options.ports.is_empty());
    }
}

#[test]
fn a_number_always_draws_the_same_and_all_are_drawn() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..2000 {
        let fault = Fault::drawn(seed, None);
        assert_eq!(fault, Fault::drawn(seed, None));
        assert_ne!(fault.level(), Level::Hard);
        assert_eq!(Fault::drawn(seed, Some(Level::Hard)).level(), Level::Hard);
        seen.insert(fault);
    }
    let plain = Fault::ALL.iter().filter(|f| f.level() != Level::Hard);
    assert_eq!(seen.len(), plain.count());
    assert!(Fault::ALL.len() >= 20);
}

#[test]
fn the_choices_hold_what_is_to_be_found_among_others() {
    for fault in Fault::ALL {
        for seed in 0..20 {
            let choices = fault.choices(seed);
            assert!(choices.len() >= 6);
            assert!(fault.expected().iter().all(|cause| choices.contains(cause)));
            let mut once = choices.clone();
            once.sort_by_key(|cause| cause.as_str());
            once.dedup();
            assert_eq!(once.len(), choices.len());
        }
    }
    // Their place gives nothing away.
    let places: std::collections::BTreeSet<_> = (0..40)
        .filter_map(|seed| {
            let choices = Fault::ExpiredLeaf.choices(seed);
            choices
                .iter()
                .position(|c| *c == Fault::ExpiredLeaf.expected()[0])
        })
        .collect();
    assert!(places.len() > 3, "{places:?}");
}

#[test]
fn a_healthy_gateway_is_found_healthy_and_an_empty_look_is_not() {
    let knowledge = Knowledge::load(None).expect("knowledge");
    let target = crate::evidence::Target::parse("127.0.0.1:1").expect("a target");
    let evidence = Evidence::new(target, UnixTime(0));
    let context = Context {
        system: System::Linux,
        client: None,
    };
    let nothing = Arc::new(Stores {
        system: TrustStore::default(),
        mozilla: TrustStore::default(),
    });
    let diagnosis = diagnose(&evidence, &nothing, &Relations::from(&knowledge), &context);
    assert!(!Outcome::of(Fault::Nothing, &diagnosis).found);
    assert!(!Outcome::of(Fault::ExpiredLeaf, &diagnosis).found);
}
