//! What a person types or pastes into a field: addresses of gateways, networks, words to search for.
//!
//! Input: UTF-8, or what is nearly that.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use vpnmedic::evidence::Target;
use vpnmedic::guide::library::index;
use vpnmedic::guide::{Knowledge, Lang};
use vpnmedic::plan::{network, overlap};
use vpnmedic::text::{first_sentence, sanitise};

fn knowledge() -> &'static Knowledge {
    static READ: OnceLock<Knowledge> = OnceLock::new();
    READ.get_or_init(|| Knowledge::load(None).expect("the built-in knowledge is sound"))
}

fuzz_target!(init: { let _ = index(knowledge()); }, |bytes: &[u8]| {
    let typed = String::from_utf8_lossy(bytes);
    match Target::parse(&typed) {
        Ok(target) => {
            assert!(target.port > 0);
            let shown = target.to_string();
            assert!(!shown.chars().any(char::is_control), "{shown:?}");
            // As it is written by us it means the same again.
            let again = Target::parse(&target.typed());
            let again = again.expect("what we write can be typed");
            assert_eq!((again.host, again.port), (target.host, target.port));
        }
        Err(error) => {
            let _ = error.message();
            let shown = error.to_string();
            assert!(shown.len() < 4096);
        }
    }
    for word in typed.split_whitespace().take(8) {
        if let Some(net) = network(word) {
            assert!(overlap(net, net));
            assert_eq!(network(&net.to_string()), Some(net));
        }
    }
    assert!(typed.starts_with(first_sentence(&typed)));
    assert!(sanitise(&typed).chars().count() <= 401);
    // Only behind a slash, as the key that begins a search: it takes a hundred times as long as all of the above.
    if let Some(words) = typed.strip_prefix('/')
        && bytes.len() < 200
    {
        for lang in [Lang::En, Lang::Ja] {
            let hits = index(knowledge()).find(words, lang);
            assert!(hits.len() < 2000);
        }
    }
});
