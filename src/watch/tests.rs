//! Rounds and changes on an injected clock.

use std::time::Duration;

use super::*;
use crate::cause::CauseId;
use crate::diagnose::Verdict;
use crate::evidence::{Target, UnixTime};

fn target(typed: &str) -> Target {
    Target::parse(typed).expect("a target")
}

fn seen(at: i64, roots: &[CauseId], handshake_us: Option<u64>) -> Seen {
    let verdict = if roots.is_empty() {
        Verdict::Healthy
    } else {
        Verdict::Problem
    };
    Seen {
        at: UnixTime(at),
        state: State {
            verdict,
            roots: roots.to_vec(),
        },
        handshake_us,
        not_after: Some(UnixTime(86_400 * 10)),
    }
}

#[test]
fn ten_thousand_rounds_keep_no_more_than_a_few_hundred() {
    let mut watch = Watch::new(vec![target("vpn.example.com"), target("other.example.com")]);
    let mut schedule = Schedule::new(2, Duration::from_secs(60), Some(10_000), 7);
    let mut now = Duration::ZERO;
    let mut told = 0;
    let mut made = [0_u64; 2];
    while !schedule.is_over() {
        while let Some(gateway) = schedule.take(now) {
            let at = i64::try_from(now.as_secs()).expect("fits");
            made[gateway] += 1;
            // The first fails every third time, the second never.
            let roots: &[CauseId] = if gateway == 0 && made[0].is_multiple_of(3) {
                &[CauseId::CONNECTION_LIMIT]
            } else {
                &[]
            };
            told += usize::from(
                watch
                    .take(gateway, seen(at, roots, Some(made[gateway])))
                    .is_some(),
            );
            schedule.done(gateway, now);
        }
        now += schedule
            .wait(now)
            .unwrap_or_default()
            .max(Duration::from_millis(1));
    }
    assert_eq!(made, [10_000, 10_000]);
    let [first, second] = watch.rows.as_slice() else {
        panic!("two rows")
    };
    assert_eq!((first.rounds, second.rounds), (10_000, 10_000));
    // Into the fault and out of it, every third time: 3333 times in, as often out.
    assert_eq!((first.changes, second.changes), (6_666, 0));
    assert_eq!(told, 6_666 + 2);
    assert_eq!((first.times.len(), watch.changes.len()), (240, 200));
    assert_eq!(first.times.back(), Some(&Some(10_000)));
    // Ten per cent more or less, and on the whole as often as was asked for.
    let (shortest, longest) = (9_999 * 54, 9_999 * 66);
    assert!((shortest..=longest).contains(&now.as_secs()), "{now:?}");
    let mean = now.as_secs() as f64 / 9_999.0;
    assert!((59.0..61.0).contains(&mean), "{mean}");
}

#[test]
fn what_changes_is_told_and_what_stays_is_not() {
    let mut watch = Watch::new(vec![target("vpn.example.com")]);
    let first = watch
        .take(0, seen(0, &[], Some(100)))
        .expect("the first is told");
    assert_eq!(first.from, None);
    assert_eq!(watch.take(0, seen(60, &[], Some(900))), None);
    let change = watch
        .take(0, seen(120, &[CauseId::CERT_EXPIRED_LEAF], None))
        .expect("a change");
    assert_eq!(
        change.from.map(|state| state.verdict),
        Some(Verdict::Healthy)
    );
    assert_eq!(change.at, UnixTime(120));
    assert_eq!(watch.verdict(), Verdict::Problem);
    // Another cause is a change although the word stays the same.
    let other = seen(180, &[CauseId::HOSTNAME_MISMATCH], None);
    assert!(watch.take(0, other).is_some());
    assert_eq!(watch.changes.len(), 2);
    assert_eq!(watch.rows[0].changed, Some(UnixTime(180)));
    assert_eq!(watch.rows[0].days_left(UnixTime(180)), Some(9));
    assert_eq!(watch.rows[0].days_left(UnixTime(86_400 * 11)), Some(-1));
    assert!(
        watch.take(7, seen(0, &[], None)).is_none(),
        "no such gateway"
    );
}

#[test]
fn nothing_is_known_before_every_gateway_was_seen() {
    let mut watch = Watch::new(vec![target("a.example.com"), target("b.example.com")]);
    assert_eq!(watch.verdict(), Verdict::Inconclusive);
    watch.take(0, seen(0, &[], None));
    assert_eq!(watch.verdict(), Verdict::Inconclusive);
    watch.take(1, seen(0, &[], None));
    assert_eq!(watch.verdict(), Verdict::Healthy);
}

#[test]
fn a_gateway_is_under_way_once_and_rests_between_checks() {
    let mut schedule = Schedule::new(1, Duration::from_secs(60), None, 1);
    assert_eq!(schedule.take(Duration::ZERO), Some(0));
    assert!(schedule.is_busy());
    assert_eq!(schedule.take(Duration::from_secs(600)), None);
    assert_eq!(schedule.wait(Duration::from_secs(600)), None);
    schedule.done(0, Duration::from_secs(600));
    let rest = schedule.wait(Duration::from_secs(600)).expect("a rest");
    assert!((Duration::from_secs(54)..=Duration::from_secs(66)).contains(&rest));
    assert!(!schedule.is_over());
}

#[test]
fn only_this_device_may_be_asked_every_few_seconds() {
    let near = [
        target("127.0.0.1:4433"),
        target("[::1]:4433"),
        target("localhost"),
    ];
    let far = target("vpn.example.com");
    let short = Duration::from_secs(3);
    assert_eq!(too_often(short, &near), None);
    let mixed = [near[0].clone(), far.clone()];
    assert_eq!(too_often(short, &mixed), Some(&far));
    assert_eq!(too_often(MIN_EVERY, &mixed), None);
}

/// Forty gateways, each checked for a minute and at rest for one, a little after one another: some check is always
/// under way.
#[test]
fn many_gateways_that_leave_no_pause_do_not_keep_what_is_seen_from_being_written() {
    const GATEWAYS: usize = 40;
    let mut schedule = Schedule::new(GATEWAYS, Duration::from_secs(60), None, 7);
    let mut under_way: Vec<(u64, usize)> = Vec::new();
    let mut written = Vec::new();
    for second in 1..=600 {
        let now = Duration::from_secs(second);
        while let Some(gateway) = schedule.take(now) {
            let first = 3 * u64::try_from(gateway).expect("fits");
            let length = if second == 1 { first } else { 60 };
            under_way.push((second + length.max(1), gateway));
        }
        let (over, rest): (Vec<_>, Vec<_>) = under_way.iter().partition(|(end, _)| *end <= second);
        under_way = rest;
        for (_, gateway) in over {
            schedule.done(gateway, now);
            assert!(schedule.is_busy(), "a pause at {second}");
            if schedule.is_time_to_write(now) {
                written.push(second);
            }
        }
    }
    assert!(written.len() > 20, "{written:?}");
    let close = written.windows(2).find(|two| two[1] - two[0] < 10);
    assert_eq!(close, None, "{written:?}");
}
