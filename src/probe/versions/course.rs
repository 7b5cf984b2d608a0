//! Which hand-made ClientHello to send next: a pure function of what has been answered. Each differs from an earlier one
//! in one thing, and there are never more than [`MOST`].
//!
//! First everything up to TLS 1.2 is offered: a server names the best version it has by itself. What it then chooses
//! beyond what today's programs offer is taken away, one step at a time, until it refuses or chooses something current.

use crate::evidence::{
    Hello, HelloAnswer, HelloAttempt, HelloOutcome, Standing, TlsOutcome, TlsVersion,
};

/// Hand-made ClientHellos that one run sends at most.
pub(super) const MOST: usize = 5;

/// The next one, if another is of use. `ordinary` is what came of the ordinary handshake.
pub(super) fn next(ordinary: &TlsOutcome, made: &[HelloAttempt]) -> Option<Hello> {
    use TlsVersion::{Tls10, Tls11, Tls12, Tls13};
    let Some(last) = made.last() else {
        return Some(Hello::everything(Tls12));
    };
    if made.len() >= MOST {
        return None;
    }
    let hello = match &last.outcome {
        HelloOutcome::Answered(answer) => narrower(&last.hello, answer)?,
        outcome if outcome.is_refusal() => {
            // What was taken away made the difference, or the version did.
            if last.hello != Hello::everything(last.hello.highest) {
                return None;
            }
            match last.hello.highest {
                Tls12 if only_new(ordinary, outcome) => Hello::everything(Tls13),
                Tls12 => Hello::everything(Tls10),
                // A server that goes by the version alone may have exactly the one between.
                Tls10 if is_about_version(outcome) => Hello::everything(Tls11),
                _ => return None,
            }
        }
        _ => return None,
    };
    made.iter()
        .all(|attempt| attempt.hello != hello)
        .then_some(hello)
}

/// The same greeting without the least usual thing that the server chose; none where everything chosen is current.
fn narrower(hello: &Hello, answer: &HelloAnswer) -> Option<Hello> {
    if answer.version < TlsVersion::Tls12 {
        return None;
    }
    let standing = |chosen: Option<&crate::evidence::Chosen>| {
        chosen.map_or(Standing::Current, |chosen| chosen.standing)
    };
    let suite = answer.suite.standing;
    let group = standing(answer.group.as_ref());
    let signature = standing(answer.signature.as_ref());
    let worst = suite.max(group).max(signature);
    let below = match worst {
        Standing::Current => return None,
        Standing::Lingering => Standing::Current,
        Standing::Rare => Standing::Lingering,
    };
    let mut narrow = *hello;
    let part = if suite == worst {
        &mut narrow.suites
    } else if group == worst {
        &mut narrow.groups
    } else {
        &mut narrow.signatures
    };
    // A server that chooses what was not offered to it would go on so forever.
    if below >= *part {
        return None;
    }
    *part = below;
    Some(narrow)
}

/// Whether a server that turned the versions up to 1.2 down for their sake may have newer ones: the ordinary handshake,
/// which offers 1.2 and 1.3, was not refused for the version.
fn only_new(ordinary: &TlsOutcome, outcome: &HelloOutcome) -> bool {
    is_about_version(outcome)
        && matches!(ordinary, TlsOutcome::Alert(alert) if alert != "protocol_version")
}

fn is_about_version(outcome: &HelloOutcome) -> bool {
    matches!(outcome, HelloOutcome::Alert(alert) if alert == "protocol_version")
}

#[cfg(test)]
mod tests {
    use super::super::offers;
    use super::*;

    fn alert(name: &str) -> TlsOutcome {
        TlsOutcome::Alert(name.to_owned())
    }

    fn refused(hello: Hello, name: &str) -> HelloAttempt {
        attempt(hello, HelloOutcome::Alert(name.to_owned()))
    }

    fn attempt(hello: Hello, outcome: HelloOutcome) -> HelloAttempt {
        HelloAttempt {
            addr: ([192, 0, 2, 1], 443).into(),
            hello,
            outcome,
            took_us: 1,
        }
    }

    fn chose(hello: Hello, version: TlsVersion, suite: u16, group: Option<u16>) -> HelloAttempt {
        let answer = HelloAnswer {
            version,
            suite: offers::suite(suite),
            group: group.map(offers::group),
            dh_bits: None,
            signature: None,
            secure_renegotiation: Some(true),
            served: Vec::new(),
        };
        attempt(hello, HelloOutcome::Answered(answer))
    }

    const ALL_12: Hello = Hello::everything(TlsVersion::Tls12);

    #[test]
    fn an_old_version_in_the_answer_settles_it() {
        let made = [chose(ALL_12, TlsVersion::Tls10, 0x002f, None)];
        assert_eq!(next(&alert("protocol_version"), &[]), Some(ALL_12));
        assert_eq!(next(&alert("protocol_version"), &made), None);
    }

    #[test]
    fn an_unusual_suite_is_taken_away_until_it_makes_the_difference() {
        let ordinary = alert("handshake_failure");
        let lingering = Hello {
            suites: Standing::Lingering,
            ..ALL_12
        };
        let current = Hello {
            suites: Standing::Current,
            ..ALL_12
        };
        let mut made = vec![chose(ALL_12, TlsVersion::Tls12, 0x000a, None)];
        assert_eq!(next(&ordinary, &made), Some(lingering));
        made.push(chose(lingering, TlsVersion::Tls12, 0x002f, None));
        assert_eq!(next(&ordinary, &made), Some(current));
        made.push(refused(current, "handshake_failure"));
        assert_eq!(next(&ordinary, &made), None);
    }

    #[test]
    fn an_unusual_group_is_taken_away_alone() {
        let made = [chose(ALL_12, TlsVersion::Tls12, 0xc02f, Some(25))];
        let expected = Hello {
            groups: Standing::Current,
            ..ALL_12
        };
        assert_eq!(next(&alert("handshake_failure"), &made), Some(expected));
    }

    #[test]
    fn nothing_more_is_asked_of_a_server_that_chooses_what_is_current() {
        let made = [chose(ALL_12, TlsVersion::Tls12, 0xc02f, Some(23))];
        assert_eq!(next(&alert("handshake_failure"), &made), None);
    }

    #[test]
    fn a_server_that_wants_only_1_3_is_asked_for_its_group() {
        let made = [refused(ALL_12, "protocol_version")];
        let expected = Hello::everything(TlsVersion::Tls13);
        assert_eq!(next(&alert("handshake_failure"), &made), Some(expected));
        // Refused for the version with 1.2 and 1.3 already: then only older ones are left.
        let older = Hello::everything(TlsVersion::Tls10);
        assert_eq!(next(&alert("protocol_version"), &made), Some(older));
    }

    #[test]
    fn the_version_between_is_tried_last() {
        let older = Hello::everything(TlsVersion::Tls10);
        let made = [
            refused(ALL_12, "protocol_version"),
            refused(older, "protocol_version"),
        ];
        let expected = Hello::everything(TlsVersion::Tls11);
        assert_eq!(next(&alert("protocol_version"), &made), Some(expected));
    }

    #[test]
    fn silence_and_garbage_are_not_asked_again() {
        for outcome in [
            HelloOutcome::Stalled { received: 0 },
            HelloOutcome::Garbled,
            HelloOutcome::TooLong,
        ] {
            assert_eq!(
                next(&alert("handshake_failure"), &[attempt(ALL_12, outcome)]),
                None
            );
        }
    }

    /// A server that answers whatever it likes never makes the run endless.
    #[test]
    fn whatever_is_answered_there_is_an_end() {
        let suites = [0xc02f, 0x002f, 0x000a, 0xfefe];
        let groups = [None, Some(23), Some(25), Some(26), Some(0x7777)];
        for suite in suites {
            for group in groups {
                for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
                    let mut made = Vec::new();
                    while let Some(hello) = next(&alert("handshake_failure"), &made) {
                        made.push(chose(hello, version, suite, group));
                        assert!(made.len() <= MOST);
                    }
                }
            }
        }
    }
}
