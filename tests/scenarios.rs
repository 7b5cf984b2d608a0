//! Described worlds and what must be concluded from them: `tests/scenarios/*.toml`. Certificates are made with fixed
//! dates when the tests run; nothing is looked up and no clock is read.
//!
//! One scenario is one table: `world` is what was seen, the rest is what must follow. An expected cause is written
//! `<id> <certainty> <impact> [proved|unproved] [by <root>]`; all causes must be there in this order and no others. What
//! shows them, what would mend them and why the rest is not known is compared where the description speaks of it; what was
//! found is written out as a description would, so that it can be read and copied.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a description that cannot be read is a failed test"
)]

mod scenario;

use std::collections::BTreeSet;

use scenario::{Pki, Scenario, Words, load_relations, load_scenarios};
use vpnmedic::cause::CauseId;
use vpnmedic::diagnose::{Context, Diagnosis, Verdict, causes_with_rules, diagnose};
use vpnmedic::evidence::ProbeId;
use vpnmedic::guide::System;

const CONTEXT: Context = Context {
    system: System::Linux,
    client: None,
};

fn conclude(pki: &Pki, scenario: &Scenario) -> Diagnosis {
    if scenario.is_saved() {
        return scenario.inspect(pki, load_relations());
    }
    let stores = scenario.stores(pki);
    let context = Context {
        client: scenario.client.clone(),
        ..CONTEXT
    };
    let relations = scenario.relations(pki);
    diagnose(&scenario.evidence(pki), &stores, &relations, &context)
}

#[test]
fn every_described_world_is_diagnosed_as_described() {
    let pki = Pki::new();
    let words = Words::load();
    let mut wrong = Vec::new();
    for scenario in load_scenarios() {
        let diagnosis = conclude(&pki, &scenario);
        let complaints = scenario.compare(&diagnosis, &words);
        if !complaints.is_empty() {
            wrong.push(format!("{}:\n  {}", scenario.name, complaints.join("\n  ")));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} scenarios differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_cause_with_a_rule_is_found_in_some_scenario() {
    let pki = Pki::new();
    let mut found = BTreeSet::new();
    for scenario in load_scenarios() {
        found.extend(
            conclude(&pki, &scenario)
                .causes
                .into_iter()
                // A log may point to what no check looks at.
                .filter(|f| f.evidence.iter().any(|proof| proof.probe != ProbeId::Logs))
                .map(|f| f.cause),
        );
    }
    let missing: Vec<CauseId> = causes_with_rules()
        .filter(|cause| !found.contains(cause))
        .collect();
    assert!(missing.is_empty(), "no scenario shows {missing:?}");
    let unruled: Vec<CauseId> = found
        .iter()
        .copied()
        .filter(|cause| !causes_with_rules().any(|known| known == *cause))
        .collect();
    assert!(
        unruled.is_empty(),
        "found without being listed as having a rule: {unruled:?}"
    );
}

#[test]
fn every_cause_with_a_rule_gets_exactly_one_word() {
    let pki = Pki::new();
    // A file shows nothing of names, ways and clocks.
    for scenario in load_scenarios().into_iter().filter(|s| !s.is_saved()) {
        let diagnosis = conclude(&pki, &scenario);
        for cause in causes_with_rules() {
            let words = usize::from(diagnosis.causes.iter().any(|f| f.cause == cause))
                + usize::from(diagnosis.ruled_out.contains(&cause))
                + usize::from(diagnosis.unknown.iter().any(|(id, _)| *id == cause));
            let given = |id: &str| diagnosis.advice.iter().any(|a| a.id == id);
            let is_advice = match cause.as_str() {
                "timezone-wrong" => given("clock-zone"),
                other => other.starts_with("clock-skew") && given("clock-off"),
            };
            assert!(
                words == 1 || (words == 0 && is_advice),
                "{}: {words} words on {cause}",
                scenario.name
            );
        }
    }
}

#[test]
fn a_healthy_verdict_waits_for_every_check_but_those_that_decide_nothing() {
    use vpnmedic::evidence::{ProbeEvent, ProbeOutcome};
    let pki = Pki::new();
    let scenarios = load_scenarios();
    let healthy = scenarios
        .iter()
        .find(|scenario| scenario.name == "healthy_public_chain")
        .unwrap();
    for running in ProbeId::ALL {
        let mut evidence = healthy.on_the_way(&pki).pop().unwrap();
        for id in ProbeId::ALL {
            evidence.apply(&ProbeEvent::Started { id, at_ms: 0.0 });
            if id != running {
                evidence.apply(&ProbeEvent::Finished {
                    id,
                    took_ms: 1.0,
                    outcome: ProbeOutcome::Pass,
                    why: None,
                });
            }
        }
        let diagnosis = diagnose(&evidence, &healthy.stores(&pki), load_relations(), &CONTEXT);
        let decides_nothing = [ProbeId::Revocation, ProbeId::Backups, ProbeId::Logs];
        let expected = if decides_nothing.contains(&running) {
            Verdict::Healthy
        } else {
            Verdict::Inconclusive
        };
        assert_eq!(diagnosis.verdict, expected, "{running:?}");
    }
}

#[test]
fn the_offset_that_is_told_is_that_of_the_clocks_that_are_believed() {
    let pki = Pki::new();
    let scenarios = load_scenarios();
    for (name, expected) in [
        (
            "a_time_server_that_lies_alone_does_not_win",
            Some((-345_600_000, &["ntp.example.net", "vpn.example.com"][..])),
        ),
        (
            "a_time_server_that_lies_beside_a_right_clock_is_healthy",
            Some((0, &["ntp.example.net"][..])),
        ),
        ("two_clocks_that_disagree_are_not_believed", None),
    ] {
        let scenario = scenarios.iter().find(|s| s.name == name).unwrap();
        let told = vpnmedic::diagnose::clock_offset(&scenario.evidence(&pki));
        let expected = expected.map(|(offset, names): (i64, &[&str])| {
            (
                offset,
                names.iter().map(|name| (*name).to_owned()).collect(),
            )
        });
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn a_chain_goes_by_the_name_of_its_end_entity_wherever_that_was_sent() {
    let pki = Pki::new();
    let scenarios = load_scenarios();
    for (name, expected) in [
        ("leaf_sent_last", Some("vpn.example.com")),
        (
            "wrong_name_with_a_sibling_to_use",
            Some("gateway.example.com"),
        ),
        ("address_used_instead_of_the_name", Some("vpn.example.com")),
        // Names nobody: there is only a wildcard, or no name at all.
        ("wildcard_one_level_too_shallow", None),
        (
            "a_factory_certificate_for_another_name_is_no_interception",
            None,
        ),
        ("refused", None),
    ] {
        let scenario = scenarios.iter().find(|s| s.name == name).unwrap();
        let first = conclude(&pki, scenario).first_name();
        assert_eq!(first.as_deref(), expected, "{name}");
    }
}

#[test]
fn nothing_is_claimed_before_anything_is_seen() {
    let pki = Pki::new();
    for scenario in load_scenarios() {
        let mut evidence = scenario.evidence(&pki);
        let (target, started_at) = (evidence.target.clone(), evidence.started_at);
        evidence = vpnmedic::evidence::Evidence::new(target, started_at);
        let diagnosis = diagnose(
            &evidence,
            &scenario.stores(&pki),
            load_relations(),
            &CONTEXT,
        );
        assert_eq!(diagnosis.causes, [], "{}", scenario.name);
        assert_eq!(diagnosis.verdict, Verdict::Inconclusive);
        let free: Vec<&CauseId> = diagnosis
            .ruled_out
            .iter()
            .filter(|cause| !cause.as_str().starts_with("dns-"))
            .collect();
        assert!(
            free.is_empty(),
            "{}: ruled out unseen {free:?}",
            scenario.name
        );
    }
}

/// Evidence arrives piece by piece. What one piece leaves out may only ever be unknown in between: a cause that the
/// whole evidence rules out may be suspected on the way, but never claimed as confirmed.
#[test]
fn no_cause_is_confirmed_on_the_way_that_is_ruled_out_at_the_end() {
    let pki = Pki::new();
    for scenario in load_scenarios().into_iter().filter(|s| !s.is_saved()) {
        let whole = conclude(&pki, &scenario);
        let context = Context {
            client: scenario.client.clone(),
            ..CONTEXT
        };
        for (step, evidence) in scenario.on_the_way(&pki).into_iter().enumerate() {
            let partial = diagnose(
                &evidence,
                &scenario.stores(&pki),
                load_relations(),
                &context,
            );
            for finding in &partial.causes {
                assert!(
                    finding.certainty != vpnmedic::diagnose::Certainty::Confirmed
                        || !whole.ruled_out.contains(&finding.cause),
                    "{} step {step}: {} was confirmed too early",
                    scenario.name,
                    finding.cause
                );
            }
            if whole.verdict == Verdict::Problem
                && whole
                    .causes
                    .iter()
                    .any(|f| f.impact == vpnmedic::diagnose::Impact::Blocks)
            {
                assert_ne!(
                    partial.verdict,
                    Verdict::Healthy,
                    "{} step {step}",
                    scenario.name
                );
            }
        }
    }
}

/// While a probe still runs, what it has not met yet is not told apart from what it will never meet.
#[test]
fn an_address_still_being_tried_keeps_the_others_refusal_from_being_the_cause() {
    use vpnmedic::evidence::{ProbeEvent, ProbeId, ProbeOutcome};

    let pki = Pki::new();
    let scenario = load_scenarios()
        .into_iter()
        .find(|s| s.name == "refused")
        .unwrap();
    let stores = scenario.stores(&pki);
    let mut evidence = scenario.evidence(&pki);
    evidence.finished = false;
    evidence.apply(&ProbeEvent::Started {
        id: ProbeId::Tcp,
        at_ms: 1.0,
    });
    let running = diagnose(&evidence, &stores, load_relations(), &CONTEXT);
    assert_eq!(running.causes, []);
    assert!(
        running
            .unknown
            .iter()
            .any(|(id, _)| *id == CauseId::CONNECTION_REFUSED)
    );
    // A run that is over waits for nothing, whatever its records say.
    let mut stopped = evidence.clone();
    stopped.apply(&ProbeEvent::Done);
    let stopped = diagnose(&stopped, &stores, load_relations(), &CONTEXT);
    assert!(
        stopped
            .causes
            .iter()
            .any(|f| f.cause == CauseId::CONNECTION_REFUSED)
    );
    evidence.apply(&ProbeEvent::Finished {
        id: ProbeId::Tcp,
        took_ms: 3.0,
        outcome: ProbeOutcome::Fail,
        why: None,
    });
    let over = diagnose(&evidence, &stores, load_relations(), &CONTEXT);
    assert!(
        over.causes
            .iter()
            .any(|f| f.cause == CauseId::CONNECTION_REFUSED)
    );
}

/// The same of UDP: addresses that were not asked yet have not answered "closed".
#[test]
fn closed_udp_ports_say_nothing_of_those_still_to_be_asked() {
    use vpnmedic::evidence::{ProbeEvent, ProbeOutcome};

    let pki = Pki::new();
    let scenario = load_scenarios()
        .into_iter()
        .find(|s| s.name == "a_gateway_without_dtls_is_no_fault")
        .unwrap();
    let stores = scenario.stores(&pki);
    let mut evidence = scenario.evidence(&pki);
    evidence.finished = false;
    evidence.apply(&ProbeEvent::Started {
        id: ProbeId::Udp,
        at_ms: 1.0,
    });
    let ruled_out = |evidence: &_| {
        let diagnosis = diagnose(evidence, &stores, load_relations(), &CONTEXT);
        diagnosis.ruled_out.contains(&CauseId::UDP_BLOCKED)
    };
    assert!(!ruled_out(&evidence));
    evidence.apply(&ProbeEvent::Finished {
        id: ProbeId::Udp,
        took_ms: 3.0,
        outcome: ProbeOutcome::Pass,
        why: None,
    });
    assert!(ruled_out(&evidence));
}

/// A chain that only greetings by hand brought to light: no program gets to see it, so nothing is told of programs.
#[test]
fn what_no_program_gets_to_see_is_held_against_none() {
    let pki = Pki::new();
    let scenarios = load_scenarios();
    for (name, seen) in [
        ("chooses_tls_1_0_when_it_may", false),
        ("healthy_public_chain", true),
    ] {
        let scenario = scenarios.iter().find(|s| s.name == name).unwrap();
        let clients = conclude(&pki, scenario).clients;
        assert_eq!(!clients.is_empty(), seen, "{name}: {clients:?}");
    }
}
