//! The trial with a second program: what is asked on which system, and what each answer makes likely.

use super::*;
use crate::guide::{COMPARE, System};

/// A run that knows the system and nothing else.
struct On(System);

impl Facts for On {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::System(system) => Some(*system == self.0),
            _ => None,
        }
    }

    fn finished(&self, _: ProbeId) -> bool {
        true
    }
}

/// Answers in order, and what comes of it.
fn outcome(system: System, answers: &[&str]) -> (String, Vec<&'static str>) {
    let wizard = knowledge().wizard;
    let facts = On(system);
    let mut walk = Walk::start(&wizard, COMPARE).unwrap();
    for id in answers {
        answer(&mut walk, &wizard, &facts, id);
    }
    match walk.position(&wizard, &facts) {
        Some(Position::Outcome { node, causes, .. }) => {
            let causes = causes.iter().map(|cause| cause.as_str()).collect();
            (node.to_owned(), causes)
        }
        other => panic!("no outcome: {other:?}"),
    }
}

#[test]
fn the_system_is_never_asked_and_decides_what_can_be_tried() {
    let wizard = knowledge().wizard;
    let walk = Walk::start(&wizard, COMPARE).unwrap();
    for (system, node, has_openconnect) in [
        (System::Windows, "cmp-with-windows", false),
        (System::Macos, "cmp-with-unix", true),
        (System::Linux, "cmp-with-unix", true),
        (System::Ios, "cmp-with-phone", false),
        (System::Android, "cmp-with-phone", false),
    ] {
        let facts = On(system);
        let Some(Position::Ask {
            node: here,
            answers,
            ..
        }) = walk.position(&wizard, &facts)
        else {
            panic!("{system:?} is at no question");
        };
        assert_eq!(here, node);
        let offered = answers.iter().any(|answer| answer.id == "openconnect");
        assert_eq!(offered, has_openconnect, "{system:?}");
    }
}

#[test]
fn a_second_program_that_gets_in_puts_the_first_one_at_fault() {
    for (system, answers) in [
        (System::Linux, ["openconnect", "works"]),
        (System::Windows, ["phone", "works"]),
        (System::Android, ["computer", "works"]),
    ] {
        let (node, causes) = outcome(system, &answers);
        assert_eq!(node, "out-cmp-program");
        for cause in [
            "profile-mismatch",
            "client-outdated",
            "client-too-new-for-gateway",
        ] {
            assert!(causes.contains(&cause), "{cause}");
        }
        // What another program got past is nobody's fault.
        for cause in ["service-unavailable", "firewall-drop", "account-locked"] {
            assert!(!causes.contains(&cause), "{cause}");
        }
    }
}

#[test]
fn two_programs_that_fail_alike_put_neither_at_fault() {
    for (system, answers) in [
        (System::Macos, ["openconnect", "same"]),
        (System::Windows, ["version", "same"]),
        (System::Ios, ["browser", "same"]),
        (System::Windows, ["phone", "same"]),
    ] {
        let (node, causes) = outcome(system, &answers);
        assert_eq!(node, "out-cmp-gateway");
        assert!(causes.contains(&"service-unavailable"));
        assert!(!causes.iter().any(|cause| cause.starts_with("client-")));
    }
}

#[test]
fn the_version_that_gets_in_says_which_one_is_wrong() {
    let first = |answer| {
        let (_, causes) = outcome(System::Windows, &["version", answer]);
        causes[0]
    };
    assert_eq!(first("older"), "client-too-new-for-gateway");
    assert_eq!(first("newer"), "client-outdated");
}

#[test]
fn a_fault_of_another_kind_is_told_from_the_same_one() {
    let (node, _) = outcome(System::Linux, &["openconnect", "other"]);
    assert_eq!(node, "out-cmp-otherwise");
    let (_, causes) = outcome(System::Linux, &["browser", "other"]);
    assert_eq!(causes[0], "captive-portal");
    let (node, causes) = outcome(System::Linux, &["phone", "works-elsewhere"]);
    assert_eq!(
        (node.as_str(), causes[0]),
        ("out-cmp-network", "firewall-drop")
    );
}
