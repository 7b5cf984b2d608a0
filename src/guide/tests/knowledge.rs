//! What is embedded: complete in both languages, every cause there and reachable, codes that never change.

use std::collections::BTreeSet;

use super::*;
use crate::cause::CauseId;
use crate::evidence::{TargetError, WhyCode};

#[test]
fn everything_embedded_is_right() {
    let faults: Vec<String> = CauseId::FILES
        .iter()
        .flat_map(|(id, file)| {
            let text = file.text().unwrap();
            lint(&format!("assets/causes/{id}.toml"), text.as_bytes())
        })
        .map(|error| error.to_string())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let knowledge = knowledge();
    assert_eq!(knowledge.causes.len(), CauseId::ALL.len());
    assert_eq!(knowledge.causes.iter().count(), CauseId::ALL.len());
    assert!(knowledge.wizard.symptoms.len() >= 9);
}

#[test]
fn codes_said_over_the_phone_follow_the_list_and_never_change() {
    for (i, id) in CauseId::ALL.iter().enumerate() {
        assert_eq!(cause(*id).code, format!("C{:02}", i + 1), "{id}");
    }
    let cause = cause(CauseId::MISSING_INTERMEDIATE);
    assert_eq!(cause.step_code(&cause.steps[0]), "C04-1");
}

#[test]
fn relations_are_those_of_the_files() {
    let knowledge = knowledge();
    let relations = knowledge.relations();
    assert_eq!(relations.layer.len(), CauseId::ALL.len());
    for (id, cause) in knowledge.causes.iter() {
        assert_eq!(relations.layer[id], cause.layer);
        assert_eq!(relations.explains[id], cause.explains);
    }
    assert!(relations.explains[&CauseId::CLOCK_SKEW_FAST].contains(&CauseId::CERT_EXPIRED_LEAF));
}

#[test]
fn dated_facts_and_clients_are_embedded_without_a_mistake() {
    use super::super::{advisories, clients};
    for (name, text) in [
        (advisories::NAME, advisories::TEXT),
        (clients::NAME, clients::TEXT),
    ] {
        let faults = lint(name, text.as_bytes());
        assert!(faults.is_empty(), "{faults:#?}");
    }
    let relations = knowledge().relations();
    let advisories = &relations.advisories;
    assert!(advisories.distrusted.len() >= 7 && advisories.limits.len() >= 7);
    let wanted = [
        "anyconnect",
        "forticlient",
        "openvpn",
        "openconnect",
        "chrome",
        "firefox",
        "safari",
    ];
    assert_eq!(relations.clients.ids(), wanted);
    assert_eq!(relations.clients.id_of("Cisco"), Some("anyconnect"));
    assert_eq!(relations.clients.id_of("netscape"), None);
    for system in [System::Windows, System::Macos, System::Linux] {
        assert!(
            relations.clients.on("anyconnect", system).is_some(),
            "{system:?}"
        );
    }
    // What was only recalled is never certain.
    let windows = relations.clients.on("anyconnect", System::Windows).unwrap();
    assert!(
        windows
            .fetches
            .as_ref()
            .is_some_and(|known| known.certain().is_none())
    );
}

/// A key typed wrongly would never match anything: the roots that Mozilla's list still has are looked up in it.
#[test]
fn distrusted_keys_are_those_of_the_roots_they_are_said_to_be() {
    let relations = knowledge().relations();
    let known: Vec<String> = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter_map(|der| crate::chain::Cert::parse(&crate::evidence::Der::from(der.to_vec())).ok())
        .filter(|cert| {
            let cas = &relations.advisories.distrusted;
            cas.iter()
                .any(|ca| ca.marks.keys.contains(&cert.spki_sha256()))
        })
        .map(|cert| cert.label())
        .collect();
    assert!(
        !known.is_empty(),
        "no distrusted root is in Mozilla's list any more"
    );
    let names = [
        "Entrust",
        "AffirmTrust",
        "HiPKI",
        "ePKI",
        "Chunghwa",
        "NetLock",
        "GLOBALTRUST",
    ];
    for label in known {
        assert!(names.iter().any(|name| label.contains(name)), "{label}");
    }
}

#[test]
fn every_cause_comes_into_question_somewhere() {
    let knowledge = knowledge();
    let named: BTreeSet<CauseId> = knowledge
        .wizard
        .nodes
        .values()
        .filter_map(|node| match &node.kind {
            NodeKind::Outcome { causes, .. } => Some(causes.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    let missing: Vec<_> = CauseId::ALL
        .iter()
        .filter(|id| !named.contains(id))
        .collect();
    assert!(
        missing.is_empty(),
        "in no outcome of wizard.toml: {missing:?}"
    );
}

#[test]
fn the_fifteen_most_met_causes_have_everything_a_person_needs() {
    for id in &CauseId::ALL[..15] {
        let cause = cause(*id);
        assert!(
            cause.browser.is_some(),
            "{id} does not say why the browser may work"
        );
        assert!(
            cause.apart.is_some(),
            "{id} does not say how to tell it apart"
        );
        for system in System::ALL {
            assert!(
                cause.steps_for(system, None).next().is_some(),
                "{id} has no step for {system:?}"
            );
        }
    }
}

#[test]
fn steps_are_picked_by_system_and_product() {
    let knowledge = knowledge();
    for (_, cause) in knowledge.causes.iter() {
        for system in System::ALL {
            for step in cause.steps_for(system, None) {
                assert!(
                    !step.os.contains(&Place::Gateway),
                    "{}",
                    cause.step_code(step)
                );
            }
        }
        for step in cause.gateway_steps(Some("cisco_asa")) {
            let product = step.product.as_deref().unwrap_or("any");
            assert!(
                ["any", "asa"].contains(&product),
                "{}",
                cause.step_code(step)
            );
        }
        assert!(cause.gateway_steps(None).count() >= cause.gateway_steps(Some("ocserv")).count());
    }
    let chain = cause(CauseId::MISSING_INTERMEDIATE);
    assert!(
        chain
            .gateway_steps(Some("ocserv"))
            .any(|s| s.product.as_deref() == Some("ocserv"))
    );
}

#[test]
fn names_are_short_enough_for_one_line() {
    for (_, cause) in knowledge().causes.iter() {
        assert!(
            cause.name.en.chars().count() <= 76,
            "{}: {}",
            cause.id,
            cause.name.en
        );
        assert!(
            cause.name.ja.chars().count() <= 38,
            "{}: {}",
            cause.id,
            cause.name.ja
        );
    }
}

/// Every text of causes and wizard, with where it is.
pub(super) fn texts(knowledge: &Knowledge) -> Vec<(String, &Text)> {
    let mut texts: Vec<(String, &Text)> = Vec::new();
    for (id, text) in knowledge.texts.iter() {
        texts.push((id.to_owned(), text));
    }
    for (_, cause) in knowledge.causes.iter() {
        let own = [
            Some(&cause.name),
            Some(&cause.meaning),
            cause.browser.as_ref(),
            cause.apart.as_ref(),
        ];
        texts.extend(
            own.into_iter()
                .flatten()
                .map(|text| (cause.id.to_string(), text)),
        );
        for step in &cause.steps {
            let parts = [
                Some(&step.text),
                step.expect.as_ref(),
                step.undo.as_ref(),
                step.danger.as_ref(),
            ];
            texts.extend(
                parts
                    .into_iter()
                    .flatten()
                    .map(|text| (cause.step_code(step), text)),
            );
        }
    }
    for symptom in &knowledge.wizard.symptoms {
        texts.push((symptom.id.clone(), &symptom.text));
        texts.push((symptom.id.clone(), &symptom.hint));
    }
    for node in knowledge.wizard.nodes.values() {
        match &node.kind {
            NodeKind::Question {
                text,
                hint,
                answers,
                ..
            } => {
                texts.push((node.id.clone(), text));
                texts.extend(hint.iter().map(|hint| (node.id.clone(), hint)));
                texts.extend(
                    answers
                        .iter()
                        .map(|a| (format!("{}.{}", node.id, a.id), &a.text)),
                );
            }
            NodeKind::Check { text, .. } | NodeKind::Outcome { text, .. } => {
                texts.push((node.id.clone(), text));
            }
        }
    }
    texts
}

#[test]
fn texts_are_calm_and_in_their_own_language() {
    let knowledge = knowledge();
    let mut faults = Vec::new();
    for (place, text) in texts(&knowledge) {
        if text.en.contains('!') || text.ja.contains(['!', '！']) {
            faults.push(format!("{place}: exclamation mark"));
        }
        // A language is called by its own name.
        let en = text.en.replace("日本語", "");
        if en.chars().any(|c| ('\u{3000}'..='\u{9fff}').contains(&c)) {
            faults.push(format!("{place}: Japanese in the English text: {en}"));
        }
        if text
            .ja
            .chars()
            .any(|c| ('\u{ff61}'..='\u{ff9f}').contains(&c))
        {
            faults.push(format!("{place}: half-width katakana"));
        }
        if text.ja.contains("撤回") {
            faults.push(format!("{place}: revocation is called 失効"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_reason_and_every_refusal_has_words() {
    let knowledge = knowledge();
    let codes = [
        WhyCode::NotRun,
        WhyCode::Blocked,
        WhyCode::NotNeeded,
        WhyCode::Offline,
        WhyCode::NoThirdParty,
        WhyCode::TimedOut,
        WhyCode::NotPermitted,
        WhyCode::Failed,
        WhyCode::Unsupported,
        WhyCode::Cancelled,
    ];
    for code in codes {
        for lang in [Lang::En, Lang::Ja] {
            let shown = knowledge.texts.get(lang, code.text_id());
            assert_ne!(shown, code.text_id(), "{code:?} has no words");
        }
    }
    let refusals = [
        TargetError::Empty,
        TargetError::Blank,
        TargetError::Port("70000".into()),
        TargetError::TooLong(300),
        TargetError::NotAName("-x".into()),
        TargetError::Scheme("ftp".into()),
        TargetError::NotIpv6("[::1".into()),
    ];
    for refusal in refusals {
        for lang in [Lang::En, Lang::Ja] {
            let message = refusal.message();
            let shown = knowledge.texts.render(lang, &message);
            assert_ne!(shown, message.id, "{refusal:?} has no words");
            assert!(
                !shown.contains('{'),
                "{refusal:?} leaves a placeholder open: {shown}"
            );
        }
    }
}

#[test]
fn words_for_owners_layers_systems_and_kinds_are_complete() {
    let knowledge = knowledge();
    let mut ids: Vec<String> = System::ALL
        .iter()
        .map(|s| format!("system.{}", s.as_str()))
        .collect();
    for (_, cause) in knowledge.causes.iter() {
        ids.push(format!("layer.{}", word(&cause.layer)));
        ids.extend(
            cause
                .owner
                .iter()
                .map(|owner| format!("owner.{}", word(owner))),
        );
        for step in &cause.steps {
            ids.push(format!("step-kind.{}", word(&step.kind)));
            ids.push(format!("owner.{}", word(&step.who)));
            ids.extend(step.distro.iter().map(|distro| format!("distro.{distro}")));
        }
    }
    for id in ids {
        assert!(knowledge.texts.text(&id).is_some(), "no text `{id}`");
    }
}

/// The embedded cause with this id.
fn cause(id: CauseId) -> Cause {
    let causes = Causes::default();
    let cause = causes.get(&id);
    let cause = cause.unwrap_or_else(|| panic!("assets/causes/{id}.toml cannot be read: lint it"));
    cause.clone()
}

/// An enum's word in files.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

/// Who does not walk reads the same settings and nothing of the tree.
#[test]
fn without_its_tree_the_knowledge_is_the_same() {
    let site = SiteFiles::default();
    let (whole, without) = (
        knowledge(),
        Knowledge::load_without_tree(&site).expect("sound"),
    );
    assert!(without.wizard.symptoms.is_empty() && without.wizard.nodes.is_empty());
    assert!(!whole.wizard.symptoms.is_empty() && !whole.wizard.nodes.is_empty());
    assert_eq!(without.wizard.site, whole.wizard.site);
    assert!(!whole.wizard.site.portal.is_empty(), "it has settings");
}
