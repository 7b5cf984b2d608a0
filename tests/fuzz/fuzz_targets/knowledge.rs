//! Knowledge files that a helpdesk edits: every mistake is told with a place in the file, none breaks the program.
//!
//! Input: one byte that chooses the kind of file, then the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vpnmedic::guide::{Choice, Knowledge, Lang, NoFacts, SiteFiles, Walk, lint};
use vpnmedic::probe::Products;

const FILES: [&str; 9] = [
    "wizard.toml",
    "knowledge/causes/own-cause.toml",
    "knowledge/errors.toml",
    "causes/cert-expired-leaf.toml",
    "ui/probe.toml",
    "advisories.toml",
    "clients.toml",
    "errors.toml",
    "gateways.toml",
];

fuzz_target!(init: { let _ = Knowledge::load(None); }, |bytes: &[u8]| {
    let Some((choice, file)) = bytes.split_first() else {
        return;
    };
    let name = FILES[usize::from(*choice) % FILES.len()];
    if name == "gateways.toml" {
        let _ = Products::parse(&String::from_utf8_lossy(file)).map_err(|error| error.to_string());
        return;
    }
    let errors = lint(name, file);
    let lines = file.iter().filter(|byte| **byte == b'\n').count() + 1;
    for error in &errors {
        assert!(error.line <= lines, "{error:?} of {lines}");
        let shown = error.to_string();
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
    if name != "wizard.toml" || !errors.is_empty() {
        return;
    }
    // A wizard without mistakes can be walked.
    let knowledge = Knowledge::load_site(Some((name, file)), &SiteFiles::default());
    let knowledge = knowledge.expect("nothing is wrong with it");
    let wizard = &knowledge.wizard;
    for symptom in &wizard.symptoms {
        let mut walk = Walk::start(wizard, &symptom.id).expect("it is there");
        for _ in 0..20 {
            let (at, most) = walk.progress(wizard, &NoFacts);
            assert!(at <= most);
            let _ = walk.trail(wizard, &NoFacts);
            let Some(position) = walk.position(wizard, &NoFacts) else {
                break;
            };
            if !walk.choose(wizard, &NoFacts, position.node(), Choice::Unsure) {
                break;
            }
        }
        let _ = symptom.text.get(Lang::Ja);
    }
});
