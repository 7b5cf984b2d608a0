//! How whole the causes are: nothing is missing, and what is taken away is missed.

use super::super::coverage::{FAMILIES, covered};
use super::*;
use crate::cause::CauseId;

/// The embedded cause with this id.
fn cause(id: CauseId) -> Cause {
    Causes::default().get(&id).unwrap().clone()
}

fn missing(cause: &Cause) -> Vec<String> {
    let gaps = covered(cause).gaps.into_iter();
    gaps.map(|gap| format!("{:?} {:?}: {}", gap.place, gap.lang, gap.what))
        .collect()
}

#[test]
fn every_cause_is_whole_on_every_system_in_both_languages() {
    let coverage = Coverage::of(&knowledge());
    assert_eq!(coverage.causes.len(), CauseId::ALL.len());
    let gaps: Vec<String> = coverage
        .causes
        .iter()
        .flat_map(|cause| {
            let gaps = cause.gaps.iter();
            gaps.map(move |gap| format!("{} {:?}: {}", cause.cause, gap.place, gap.what))
        })
        .collect();
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
    assert!(coverage.is_whole() && coverage.gaps() == 0);
}

#[test]
fn a_cause_whose_file_cannot_be_read_is_a_gap_and_not_left_out() {
    let unread = super::super::coverage::unread(CauseId::UNKNOWN_CA);
    let coverage = Coverage {
        causes: vec![unread],
    };
    assert!(!coverage.is_whole());
    let [unread] = &coverage.causes[..] else {
        panic!("{coverage:?}");
    };
    let told = unread.gaps[0].what.to_string();
    assert!(
        told.contains("lint assets/causes/unknown-ca.toml"),
        "{told}"
    );
    for system in System::ALL {
        assert!(!unread.is_whole(system.place(), Lang::En));
    }
}

#[test]
fn a_system_without_a_step_of_its_own_is_missed_there_only() {
    let mut cause = cause(CauseId::MISSING_INTERMEDIATE);
    cause.steps.retain(|step| !step.os.contains(&Place::Macos));
    let covered = covered(&cause);
    assert_eq!(missing(&cause), ["Macos None: no step of its own"]);
    assert!(!covered.is_whole(Place::Macos, Lang::En) && !covered.is_whole(Place::Macos, Lang::Ja));
    assert!(covered.is_whole(Place::Windows, Lang::En));
}

#[test]
fn asking_alone_is_not_enough() {
    let mut cause = cause(CauseId::SERVICE_UNAVAILABLE);
    cause
        .steps
        .retain(|step| step.os.contains(&Place::Gateway) || !is_do_or_look(step));
    let missing = missing(&cause);
    for system in ["Windows", "Macos", "Linux", "Ios", "Android"] {
        assert!(
            missing.contains(&format!("{system} None: nothing but asking")),
            "{missing:#?}"
        );
    }
}

fn is_do_or_look(step: &Step) -> bool {
    !matches!(step.kind, StepKind::Ask | StepKind::Escalate)
}

#[test]
fn a_text_in_the_wrong_language_is_missed_in_that_language_only() {
    let mut cause = cause(CauseId::CLOCK_SKEW_FAST);
    let step = cause
        .steps
        .iter_mut()
        .find(|step| step.os == [Place::Windows])
        .unwrap();
    step.text.ja = step.text.en.clone();
    let code = step.code.clone();
    let covered = covered(&cause);
    assert_eq!(
        missing(&cause),
        [format!(
            "Windows Some(Ja): {code} is not written in this language"
        )]
    );
    assert!(covered.is_whole(Place::Windows, Lang::En));
    assert!(!covered.is_whole(Place::Windows, Lang::Ja));
}

#[test]
fn each_gateway_product_backup_and_last_look_is_missed() {
    for family in FAMILIES {
        let mut cause = cause(CauseId::CERT_EXPIRED_LEAF);
        cause
            .steps
            .retain(|step| step.product.as_deref() != Some(family));
        assert_eq!(
            missing(&cause),
            [format!("Gateway None: no step for {family}")]
        );
    }
    let mut unsaved = cause(CauseId::CERT_EXPIRED_LEAF);
    unsaved.steps.retain(|step| step.kind != StepKind::Backup);
    assert_eq!(
        missing(&unsaved),
        ["Gateway None: no backup step before the first change"]
    );
    let mut unseen = cause(CauseId::CERT_EXPIRED_LEAF);
    unseen
        .steps
        .retain(|step| !(step.kind == StepKind::Verify && step.os.contains(&Place::Gateway)));
    assert_eq!(
        missing(&unseen),
        ["Gateway None: no verify step for any product after the change"]
    );
}

#[test]
fn what_a_step_needs_is_missed() {
    let mut cause = cause(CauseId::CERT_EXPIRED_LEAF);
    cause.browser = None;
    cause.apart = None;
    cause.steps.retain(|step| step.kind != StepKind::Escalate);
    for step in &mut cause.steps {
        if step.os == [Place::Any] {
            step.check = None;
        }
        if step.code == "W1" {
            step.expect = None;
        }
        if step.code == "G5" {
            step.undo = None;
            step.undo_command = None;
        }
    }
    assert_eq!(
        missing(&cause),
        [
            "Any None: no [browser]",
            "Any None: no [apart]",
            "Any None: no escalate step",
            "Any None: no verify step with a live `check`",
            "Windows None: W1 has no expect",
            "Gateway None: G5 changes something and has no undo",
        ]
    );
}

/// Phones and computers differ: what has nothing to do on one system is still wanted on the others.
#[test]
fn a_cause_of_some_systems_only_is_wanted_there() {
    let mut cause = cause(CauseId::EXTENSION_NOT_APPROVED);
    let whole = covered(&cause);
    for system in System::ALL {
        let concerned = !matches!(system, System::Windows | System::Linux);
        assert_eq!(whole.concerns(system.place()), concerned, "{system:?}");
    }
    assert!(whole.concerns(Place::Gateway));
    cause.steps.retain(|step| !step.os.contains(&Place::Macos));
    assert_eq!(missing(&cause), ["Macos None: no step of its own"]);
}
