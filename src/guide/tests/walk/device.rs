//! Causes on the device that no check sees on every system: the questions lead to them, and put them first.

use super::*;

/// Where these answers end, by hand alone.
fn first_cause(symptom: &str, answers: &[&str]) -> &'static str {
    let wizard = knowledge().wizard;
    let mut walk = Walk::start(&wizard, symptom).unwrap();
    for id in answers {
        answer(&mut walk, &wizard, &NoFacts, id);
    }
    match walk.position(&wizard, &NoFacts) {
        Some(Position::Outcome { causes, .. }) => causes[0].as_str(),
        other => panic!("{symptom} {answers:?}: {other:?}"),
    }
}

#[test]
fn what_a_person_sees_of_the_device_leads_to_its_cause() {
    for (symptom, answers, cause) in [
        ("app", &["rights"][..], "not-admin"),
        ("app", &["remote"], "local-session-policy"),
        ("app", &["extension"], "extension-not-approved"),
        ("app", &["adapter", "yes"], "driver-signature"),
        ("app", &["adapter", "no"], "virtual-adapter-missing"),
        ("app", &["service"], "client-not-running"),
        ("drops", &["sleep"], "sleep-or-roaming"),
        ("drops", &["random", "everywhere"], "sleep-or-roaming"),
        ("drops", &["at-once", "remote"], "local-session-policy"),
        ("drops", &["at-once", "other-vpn"], "conflicting-vpn-client"),
        (
            "compare",
            &["windows", "version", "newer"],
            "client-outdated",
        ),
        (
            "compare",
            &["windows", "version", "older"],
            "client-too-new-for-gateway",
        ),
    ] {
        assert_eq!(
            first_cause(symptom, answers),
            cause,
            "{symptom} {answers:?}"
        );
    }
}

#[test]
fn a_cause_that_a_check_ruled_out_is_not_answered_for_the_person() {
    let wizard = knowledge().wizard;
    let mut walk = Walk::start(&wizard, "app").unwrap();
    let refused = found(&[CauseId::DRIVER_SIGNATURE]);
    // Found by a check it ends the walk; ruled out it leads past its own question.
    assert_eq!(at(&walk, &wizard, &refused), "out-driver");
    let sound = ruled_out(&[CauseId::DRIVER_SIGNATURE]);
    answer(&mut walk, &wizard, &sound, "adapter");
    assert_eq!(at(&walk, &wizard, &sound), "out-adapter");
}

#[test]
fn switched_off_versions_of_tls_are_thought_of_wherever_they_could_be_the_reason() {
    let wizard = knowledge().wizard;
    let outcomes = wizard.nodes.values().filter(|node| match &node.kind {
        NodeKind::Outcome { causes, .. } => {
            causes.contains(&CauseId::TLS_VERSION_DISABLED_ON_CLIENT)
        }
        _ => false,
    });
    let ids: Vec<&str> = outcomes.map(|node| node.id.as_str()).collect();
    for id in [
        "out-handshake",
        "out-version",
        "out-only-me",
        "out-cmp-outdated",
    ] {
        assert!(ids.contains(&id), "{id}");
    }
}
