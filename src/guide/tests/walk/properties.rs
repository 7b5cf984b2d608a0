//! The walk under any acts and any facts: it ends, it loses nothing, and the same answers undo going back.

use proptest::prelude::*;

use super::*;

/// Facts that come and go: any of the causes found or ruled out, any check running.
fn any_facts() -> impl Strategy<Value = Told> {
    let causes = || prop::collection::btree_set(prop::sample::select(CauseId::ALL), 0..4);
    let probes = prop::collection::btree_set(prop::sample::select(&ProbeId::ALL[..]), 0..3);
    (causes(), causes(), probes).prop_map(|(found, ruled_out, running)| Told {
        ruled_out: ruled_out.difference(&found).copied().collect(),
        found,
        running,
    })
}

/// One thing a person can do.
#[derive(Clone, Debug)]
enum Act {
    Choose(usize),
    Back,
    Jump(usize),
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0usize..12).prop_map(Act::Choose),
        2 => Just(Act::Back),
        1 => (0usize..6).prop_map(Act::Jump),
    ]
}

/// Takes the n-th of the answers (the one after the last is "I cannot tell").
fn pick(position: &Position<'_>, n: usize) -> Option<(String, Choice)> {
    match position {
        Position::Ask { node, answers, .. } => {
            let choice = answers
                .get(n % (answers.len() + 1))
                .map_or(Choice::Unsure, |answer| Choice::Answer(answer.id.clone()));
            Some(((*node).to_owned(), choice))
        }
        Position::Wait { node, .. } => Some(((*node).to_owned(), Choice::Unsure)),
        Position::Outcome { .. } => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_sequence_of_choices_ends_in_an_outcome(
        symptom in 0usize..9,
        choices in prop::collection::vec(0usize..12, 12),
        facts in any_facts(),
    ) {
        let wizard = &knowledge_once().wizard;
        let symptom = &wizard.symptoms[symptom % wizard.symptoms.len()];
        let mut walk = Walk::start(wizard, &symptom.id).unwrap();
        let (mut last_step, mut ended) = (0, false);
        for choice in choices {
            let position = walk.position(wizard, &facts).unwrap();
            let (step, of) = walk.progress(wizard, &facts);
            prop_assert!(step >= last_step && step <= of, "step {step} of {of}");
            last_step = step;
            let Some((node, choice)) = pick(&position, choice) else {
                prop_assert_eq!(step, of);
                ended = true;
                break;
            };
            prop_assert!(walk.choose(wizard, &facts, &node, choice));
        }
        prop_assert!(ended, "twelve choices were not enough: {walk:?}");
    }

    #[test]
    fn whatever_a_person_does_no_answer_is_lost(
        symptom in 0usize..9,
        acts in prop::collection::vec((any_act(), any_facts()), 0..40),
    ) {
        let wizard = &knowledge_once().wizard;
        let symptom = &wizard.symptoms[symptom % wizard.symptoms.len()];
        let mut walk = Walk::start(wizard, &symptom.id).unwrap();
        let mut given: BTreeMap<String, Choice> = BTreeMap::new();
        for (act, facts) in acts {
            let position = walk.position(wizard, &facts).unwrap();
            match act {
                Act::Choose(n) => {
                    if let Some((node, choice)) = pick(&position, n) {
                        prop_assert!(walk.choose(wizard, &facts, &node, choice.clone()));
                        given.insert(node, choice);
                    }
                }
                Act::Back => { walk.back(wizard, &facts); }
                Act::Jump(n) => {
                    let node = walk.trail(wizard, &facts).get(n).map(|passed| passed.node);
                    if let Some(node) = node {
                        prop_assert!(walk.jump(wizard, &facts, node));
                        prop_assert_eq!(walk.position(wizard, &facts).unwrap().node(), node);
                    }
                }
            }
            for passed in walk.trail(wizard, &facts) {
                if let Some(own) = given.get(passed.node) {
                    let kept = passed.answer.map_or(Choice::Unsure, |a| Choice::Answer(a.id.clone()));
                    prop_assert_eq!(&kept, own, "at {}", passed.node);
                    prop_assert_eq!(passed.by, By::Person);
                }
            }
            let (step, of) = walk.progress(wizard, &facts);
            prop_assert!(1 <= step && step <= of);
        }
    }

    #[test]
    fn back_and_the_same_answers_again_stand_where_it_stood(
        symptom in 0usize..9,
        choices in prop::collection::vec(0usize..12, 1..12),
    ) {
        let wizard = &knowledge_once().wizard;
        let symptom = &wizard.symptoms[symptom % wizard.symptoms.len()];
        let mut walk = Walk::start(wizard, &symptom.id).unwrap();
        for choice in choices {
            let position = walk.position(wizard, &NoFacts).unwrap();
            if let Some((node, choice)) = pick(&position, choice) {
                walk.choose(wizard, &NoFacts, &node, choice);
            }
        }
        let before = at(&walk, wizard, &NoFacts);
        let mut steps = 0;
        while walk.back(wizard, &NoFacts) {
            steps += 1;
            prop_assert!(steps <= 12);
        }
        for _ in 0..steps {
            prop_assert!(again(&mut walk, wizard, &NoFacts));
        }
        prop_assert_eq!(at(&walk, wizard, &NoFacts), before);
    }
}

/// The embedded knowledge, loaded once for the many cases.
fn knowledge_once() -> &'static Knowledge {
    static ONCE: std::sync::OnceLock<Knowledge> = std::sync::OnceLock::new();
    ONCE.get_or_init(knowledge)
}
