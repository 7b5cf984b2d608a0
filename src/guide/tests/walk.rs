//! The walk: every way ends, answers are kept, checks answer where they can and never take a person's word away.

use std::collections::{BTreeMap, BTreeSet};

mod compare;
mod device;
mod properties;

use super::*;
use crate::cause::CauseId;
use crate::evidence::{ProbeId, ProbeOutcome};

/// Facts as a test wants them: what was found, what was ruled out, which checks are still running.
#[derive(Clone, Debug, Default)]
struct Told {
    found: BTreeSet<CauseId>,
    ruled_out: BTreeSet<CauseId>,
    running: BTreeSet<ProbeId>,
}

impl Facts for Told {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Found(id) if self.found.contains(id) => Some(true),
            Condition::Found(id) if self.ruled_out.contains(id) => Some(false),
            Condition::RuledOut(id) if self.ruled_out.contains(id) => Some(true),
            Condition::RuledOut(id) if self.found.contains(id) => Some(false),
            Condition::Probe(id, ProbeOutcome::Pass) => {
                (!self.running.contains(id)).then_some(true)
            }
            _ => None,
        }
    }

    fn finished(&self, probe: ProbeId) -> bool {
        !self.running.contains(&probe)
    }
}

fn found(ids: &[CauseId]) -> Told {
    Told {
        found: ids.iter().copied().collect(),
        ..Told::default()
    }
}

fn ruled_out(ids: &[CauseId]) -> Told {
    Told {
        ruled_out: ids.iter().copied().collect(),
        ..Told::default()
    }
}

fn running() -> Told {
    Told {
        running: ProbeId::ALL.into_iter().collect(),
        ..Told::default()
    }
}

fn at(walk: &Walk, wizard: &Wizard, facts: &dyn Facts) -> String {
    walk.position(wizard, facts).unwrap().node().to_owned()
}

fn answer(walk: &mut Walk, wizard: &Wizard, facts: &dyn Facts, id: &str) {
    let node = at(walk, wizard, facts);
    assert!(
        walk.choose(wizard, facts, &node, Choice::Answer(id.into())),
        "no answer {id} at {node}"
    );
}

/// Takes the answer that the question stood at has already, as Enter does; false where it has none.
fn again(walk: &mut Walk, wizard: &Wizard, facts: &dyn Facts) -> bool {
    let position = walk.position(wizard, facts);
    let Some(Position::Ask {
        node,
        chosen: Some((choice, _)),
        ..
    }) = position
    else {
        return false;
    };
    walk.choose(wizard, facts, node, choice)
}

fn chosen(walk: &Walk, wizard: &Wizard, facts: &dyn Facts) -> Option<(Choice, By)> {
    match walk.position(wizard, facts) {
        Some(Position::Ask { chosen, .. }) => chosen,
        other => panic!("not at a question: {other:?}"),
    }
}

#[test]
fn offline_a_person_answers_everything_by_hand() {
    let wizard = knowledge().wizard;
    let mut walk = Walk::start(&wizard, "certificate").unwrap();
    assert_eq!(at(&walk, &wizard, &NoFacts), "cert-message");
    assert_eq!(walk.progress(&wizard, &NoFacts), (1, 4));
    answer(&mut walk, &wizard, &NoFacts, "untrusted");
    answer(&mut walk, &wizard, &NoFacts, "everywhere");
    assert_eq!(walk.progress(&wizard, &NoFacts), (3, 4));
    answer(&mut walk, &wizard, &NoFacts, "everybody");
    let Some(Position::Outcome { causes, .. }) = walk.position(&wizard, &NoFacts) else {
        panic!("{walk:?}")
    };
    assert_eq!(causes[0], CauseId::MISSING_INTERMEDIATE);
    assert_eq!(walk.progress(&wizard, &NoFacts), (4, 4));
    let trail = walk.trail(&wizard, &NoFacts);
    assert_eq!(trail.len(), 3);
    assert!(trail.iter().all(|passed| passed.by == By::Person));
}

#[test]
fn an_unknown_symptom_starts_nothing_and_another_tree_fits_no_walk() {
    let wizard = knowledge().wizard;
    assert!(Walk::start(&wizard, "nothing").is_none());
    let walk = Walk::start(&wizard, "certificate").unwrap();
    let mut other = wizard.clone();
    other.symptoms.clear();
    assert!(walk.position(&other, &NoFacts).is_none());
    assert_eq!(walk.progress(&other, &NoFacts), (1, 1));
    assert!(walk.trail(&other, &NoFacts).is_empty());
}

#[test]
fn a_check_waits_and_says_for_what() {
    let wizard = knowledge().wizard;
    let walk = Walk::start(&wizard, "certificate").unwrap();
    let mut facts = running();
    facts.running.remove(&ProbeId::Dns);
    let Some(Position::Wait { node, probes, .. }) = walk.position(&wizard, &facts) else {
        panic!("{walk:?}")
    };
    assert_eq!(node, "look-certificate");
    assert!(probes.contains(&ProbeId::Tls) && !probes.contains(&ProbeId::Dns));
}

#[test]
fn what_a_check_found_ends_the_walk_without_a_question() {
    let wizard = knowledge().wizard;
    let walk = Walk::start(&wizard, "cannot-connect").unwrap();
    let facts = found(&[CauseId::FIREWALL_DROP]);
    let Some(Position::Outcome { causes, .. }) = walk.position(&wizard, &facts) else {
        panic!("{walk:?}")
    };
    assert!(causes.contains(&CauseId::FIREWALL_DROP));
    assert_eq!(walk.progress(&wizard, &facts), (1, 1));
}

#[test]
fn every_cause_that_a_check_can_find_leads_to_an_outcome_that_names_it() {
    let wizard = knowledge().wizard;
    let NodeKind::Check { branches, .. } = &wizard.nodes["look-everything"].kind else {
        panic!("look-everything is no check")
    };
    let mut seen = 0;
    for (when, go) in branches {
        let [Condition::Found(cause)] = when.as_slice() else {
            panic!("{when:?}")
        };
        let NodeKind::Outcome { causes, .. } = &wizard.nodes[go].kind else {
            panic!("{go} is no outcome")
        };
        assert!(causes.contains(cause), "{go} does not name {cause}");
        seen += 1;
    }
    assert!(seen >= 50, "{seen}");
    for id in &CauseId::ALL[..15] {
        assert!(
            branches
                .iter()
                .any(|(when, _)| when.contains(&Condition::Found(*id))),
            "{id}"
        );
    }
}

#[test]
fn a_person_can_go_on_without_waiting_and_a_late_result_still_counts() {
    let wizard = knowledge().wizard;
    let mut walk = Walk::start(&wizard, "certificate").unwrap();
    assert!(walk.choose(&wizard, &running(), "look-certificate", Choice::Unsure));
    assert_eq!(at(&walk, &wizard, &running()), "cert-message");
    let facts = found(&[CauseId::CERT_EXPIRED_LEAF]);
    assert_eq!(at(&walk, &wizard, &facts), "out-expired");
}

#[test]
fn going_back_and_forward_keeps_every_answer() {
    let wizard = knowledge().wizard;
    let facts = NoFacts;
    let mut walk = Walk::start(&wizard, "certificate").unwrap();
    for id in ["untrusted", "everywhere", "everybody"] {
        answer(&mut walk, &wizard, &facts, id);
    }
    let end = at(&walk, &wizard, &facts);
    assert!(walk.back(&wizard, &facts));
    assert_eq!(at(&walk, &wizard, &facts), "cert-others");
    assert_eq!(walk.progress(&wizard, &facts), (3, 4));
    assert!(walk.back(&wizard, &facts) && walk.back(&wizard, &facts));
    assert_eq!(at(&walk, &wizard, &facts), "cert-message");
    assert_eq!(
        chosen(&walk, &wizard, &facts),
        Some((Choice::Answer("untrusted".into()), By::Person))
    );
    assert!(
        !walk.back(&wizard, &facts),
        "before the first question is the symptom"
    );
    assert!(again(&mut walk, &wizard, &facts));
    assert_eq!(at(&walk, &wizard, &facts), "cert-elsewhere");
    answer(&mut walk, &wizard, &facts, "everywhere");
    assert_eq!(at(&walk, &wizard, &facts), "cert-others");
    assert!(again(&mut walk, &wizard, &facts));
    assert_eq!(at(&walk, &wizard, &facts), end);
    assert!(!again(&mut walk, &wizard, &facts));
}

#[test]
fn another_answer_leads_elsewhere_and_the_old_ones_come_back_with_the_old_one() {
    let wizard = knowledge().wizard;
    let facts = NoFacts;
    let mut walk = Walk::start(&wizard, "certificate").unwrap();
    for id in ["untrusted", "everywhere", "everybody"] {
        answer(&mut walk, &wizard, &facts, id);
    }
    assert!(walk.jump(&wizard, &facts, "cert-message"));
    answer(&mut walk, &wizard, &facts, "name");
    assert_eq!(at(&walk, &wizard, &facts), "cert-name");
    assert_eq!(chosen(&walk, &wizard, &facts), None);
    assert!(walk.back(&wizard, &facts));
    answer(&mut walk, &wizard, &facts, "untrusted");
    assert_eq!(at(&walk, &wizard, &facts), "cert-elsewhere");
    assert_eq!(
        chosen(&walk, &wizard, &facts),
        Some((Choice::Answer("everywhere".into()), By::Person))
    );
}

#[test]
fn checks_answer_for_the_person_and_the_person_has_the_last_word() {
    let wizard = knowledge().wizard;
    let mut facts = ruled_out(&[CauseId::CLOCK_SKEW_FAST]);
    let mut walk = Walk::start(&wizard, "certificate").unwrap();
    answer(&mut walk, &wizard, &facts, "expired");
    assert_eq!(at(&walk, &wizard, &facts), "out-expired");
    assert_eq!(
        walk.progress(&wizard, &facts),
        (2, 2),
        "what a check answers is no step"
    );
    let trail = walk.trail(&wizard, &facts);
    assert_eq!(
        (trail[1].node, trail[1].by),
        ("cert-clock-expired", By::Check)
    );
    assert!(walk.jump(&wizard, &facts, "cert-clock-expired"));
    assert_eq!(
        chosen(&walk, &wizard, &facts),
        Some((Choice::Answer("right".into()), By::Check))
    );
    answer(&mut walk, &wizard, &facts, "wrong");
    assert_eq!(at(&walk, &wizard, &facts), "out-clock");
    // A later result does not overrule the person.
    facts = ruled_out(&[CauseId::CLOCK_SKEW_FAST, CauseId::CLOCK_SKEW_SLOW]);
    assert_eq!(at(&walk, &wizard, &facts), "out-clock");
}

#[test]
fn a_choice_is_never_applied_to_another_question() {
    let wizard = knowledge().wizard;
    let mut walk = Walk::start(&wizard, "certificate").unwrap();
    let before = walk.clone();
    let facts = NoFacts;
    assert!(!walk.choose(&wizard, &facts, "cert-name", Choice::Unsure));
    assert!(!walk.choose(
        &wizard,
        &facts,
        "cert-message",
        Choice::Answer("nonsense".into())
    ));
    assert!(!walk.choose(&wizard, &facts, "out-expired", Choice::Unsure));
    assert!(!walk.jump(&wizard, &facts, "cert-name"));
    assert_eq!(walk, before);
}

#[test]
fn a_pasted_message_answers_the_question_that_takes_it() {
    let wizard = knowledge().wizard;
    for (message, expected) in [
        ("Certificate Validation Failure", "own-cert"),
        ("AnyConnect: 証明書の検証の失敗", "own-cert"),
        ("Untrusted Server Blocked!", "cert-elsewhere"),
        (
            "Server certificate verify failed: certificate expired",
            "cert-clock-expired",
        ),
        (
            "SSL certificate problem: unable to get local issuer certificate",
            "cert-elsewhere",
        ),
        (
            "VPN connection failed due to unsuccessful Domain Name Resolution",
            "out-dns",
        ),
        ("ERR_CONNECTION_REFUSED", "reach-port"),
        (
            "Connection attempt has timed out.  Please verify\nInternet connectivity.",
            "reach-elsewhere",
        ),
        ("この接続ではプライバシーが保護されません", "cert-elsewhere"),
        ("権限がありません。(-455)", "sign-where"),
        (
            "\"OpenVPNServiceInteractive\" が開始されていません。",
            "app-what",
        ),
        ("No assigned address", "out-peak"),
        (
            "VPN establishment capability from a remote desktop is disabled",
            "out-local-policy",
        ),
        ("tlsv1 alert protocol version", "out-handshake"),
        ("The VPN client driver encountered an error", "app-what"),
    ] {
        let mut walk = Walk::start(&wizard, "message").unwrap();
        assert_eq!(at(&walk, &wizard, &NoFacts), "message");
        walk.say(&wizard, message);
        assert_eq!(at(&walk, &wizard, &NoFacts), expected, "{message}");
    }
}

#[test]
fn an_unknown_message_leaves_the_question_open() {
    let wizard = knowledge().wizard;
    let mut walk = Walk::start(&wizard, "message").unwrap();
    walk.say(&wizard, "zzz 42");
    assert_eq!(walk.message(), Some("zzz 42"));
    assert_eq!(at(&walk, &wizard, &NoFacts), "message");
    walk.say(&wizard, "  ");
    assert_eq!(walk.message(), None);
    answer(&mut walk, &wizard, &NoFacts, "expired");
    walk.say(&wizard, "connection refused");
    assert_eq!(
        at(&walk, &wizard, &NoFacts),
        "cert-clock-expired",
        "the person's word stands"
    );
}

#[test]
fn a_walk_survives_being_written_down() {
    let wizard = knowledge().wizard;
    let mut walk = Walk::start(&wizard, "sign-in").unwrap();
    answer(&mut walk, &wizard, &NoFacts, "password");
    walk.say(&wizard, "x");
    let written = serde_json::to_string(&walk).unwrap();
    assert_eq!(serde_json::from_str::<Walk>(&written).unwrap(), walk);
}

#[test]
fn no_way_asks_more_than_five_questions() {
    let wizard = knowledge().wizard;
    for symptom in &wizard.symptoms {
        let walk = Walk::start(&wizard, &symptom.id).unwrap();
        let (_, steps) = walk.progress(&wizard, &NoFacts);
        assert!(
            steps - 1 <= 5,
            "{} asks up to {} questions",
            symptom.id,
            steps - 1
        );
        assert!(steps > 1, "{} asks nothing", symptom.id);
    }
}
