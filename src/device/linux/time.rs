//! What keeps the clock of a Linux device: chrony, systemd-timesyncd or ntpd.
//!
//! Not here: comparing the clock with anybody else's; that is the clock check's.

use super::is_file;
use super::processes::Process;
use crate::device::facts::Deadline;
use crate::device::source::Source;
use crate::evidence::{Fact, TimeService, UnixTime, Why, WhyCode};
use crate::msg::Msg;
use crate::text::sanitise;

/// Services that keep time, with the files of their programs and what they leave behind when they are killed.
const KEEPERS: [(&str, &[&str], &[&str]); 4] = [
    (
        "chronyd",
        &["/usr/sbin/chronyd", "/usr/bin/chronyd"],
        &["/run/chrony/chronyd.pid", "/run/chronyd.pid"],
    ),
    (
        "systemd-timesyncd",
        &[
            "/usr/lib/systemd/systemd-timesyncd",
            "/lib/systemd/systemd-timesyncd",
        ],
        &[],
    ),
    (
        "ntpd",
        &["/usr/sbin/ntpd", "/usr/bin/ntpd"],
        &["/run/ntpd.pid"],
    ),
    ("openntpd", &["/usr/sbin/openntpd"], &[]),
];

/// The service that runs, or the first that is installed and does not.
pub(super) fn service(
    source: &impl Source,
    all: &[Process],
    container: bool,
    until: Deadline,
) -> Fact<TimeService> {
    for (name, ..) in KEEPERS {
        if all.iter().any(|process| process.is(name)) {
            return Fact::Known(match name {
                "chronyd" => chrony(source, until),
                "systemd-timesyncd" => timesyncd(source),
                _ => running(name, Fact::Unknown(Why::code(WhyCode::Unsupported))),
            });
        }
    }
    let there = |paths: &[&str]| paths.iter().any(|path| is_file(source, path));
    let killed = KEEPERS.iter().find(|(_, _, left)| there(left));
    let installed = KEEPERS.iter().find(|(_, programs, _)| there(programs));
    // The host keeps a container's clock, unless something in it was meant to.
    if container && killed.is_none() {
        return Fact::Unknown(Why::because(
            WhyCode::Unsupported,
            Msg::new("why.clock-of-the-host"),
        ));
    }
    let name = killed.or(installed).map(|(name, ..)| (*name).to_owned());
    Fact::Known(TimeService {
        synchronised: if name.is_some() {
            Fact::Known(false)
        } else {
            // A virtual machine's host may keep its clock.
            Fact::Unknown(Why::code(WhyCode::Unsupported))
        },
        name,
        running: false,
        offset_ms: None,
        source: None,
        since: None,
    })
}

fn running(name: &str, synchronised: Fact<bool>) -> TimeService {
    TimeService {
        name: Some(name.to_owned()),
        running: true,
        synchronised,
        offset_ms: None,
        source: None,
        since: None,
    }
}

fn chrony(source: &impl Source, until: Deadline) -> TimeService {
    let answer = source.run("chronyc", &["-n", "-c", "tracking"], until);
    let told = answer.ok().and_then(|answer| answer.good());
    told.and_then(|text| tracking(&text))
        .unwrap_or_else(|| running("chronyd", Fact::Unknown(Why::code(WhyCode::Failed))))
}

/// `chronyc -c tracking`: reference id, its name or address, stratum, reference time, system time, last offset, ...,
/// leap status as the fourteenth (chronyc(1)).
fn tracking(text: &str) -> Option<TimeService> {
    let fields: Vec<&str> = text.lines().next()?.trim().split(',').collect();
    let leap = *fields.get(13)?;
    let synchronised = leap != "Not synchronised";
    let seconds = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok());
    let address = fields.get(1).copied().filter(|text| !text.is_empty());
    Some(TimeService {
        // Its "system time" is how far the clock is behind (positive: slow).
        offset_ms: seconds(4)
            .filter(|offset| synchronised && offset.abs() < 1e9)
            .map(|offset| rounded(offset * -1000.0)),
        source: address.map(sanitise),
        since: seconds(3)
            .filter(|at| *at > 0.0)
            .map(|at| UnixTime(rounded(at))),
        ..running("chronyd", Fact::Known(synchronised))
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float stops at the ends of the range, and these are far from them"
)]
fn rounded(number: f64) -> i64 {
    number.round() as i64
}

/// timesyncd leaves a file behind whose age is that of the last answer it took (systemd-timesyncd.service(8)).
fn timesyncd(source: &impl Source) -> TimeService {
    let mark = source.node("/run/systemd/timesync/synchronized");
    TimeService {
        since: mark.ok().and_then(|node| node.changed),
        ..running("systemd-timesyncd", Fact::Known(mark.is_ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chronys_word_is_read_from_its_numbers() {
        let followed = "0A000001,10.0.0.1,3,1795000000.123456789,-0.000250000,0.0001,0.0002,-1.2,0.0,0.1,0.02,0.001,64.2,Normal\n";
        let seen = tracking(followed).expect("a line of tracking");
        assert_eq!(seen.synchronised, Fact::Known(true));
        assert_eq!(seen.source.as_deref(), Some("10.0.0.1"));
        assert_eq!(seen.since, Some(UnixTime(1_795_000_000)));
        let lost = "00000000,,0,0.000000000,0.000000000,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised\n";
        let seen = tracking(lost).expect("a line of tracking");
        assert_eq!(seen.synchronised, Fact::Known(false));
        assert_eq!(
            (seen.source, seen.since, seen.offset_ms),
            (None, None, None)
        );
        assert!(tracking("506 Cannot talk to daemon").is_none());
        assert!(tracking("").is_none());
    }
}
