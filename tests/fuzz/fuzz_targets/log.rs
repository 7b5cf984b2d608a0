//! Logs: any encoding, packed or not; lines as a person pastes them; secrets taken out.
//!
//! Input: one byte (0: the file as it is, 1: packed whole, 2: packed and torn; more: a pasted text), then the content.

#![no_main]

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Zoned;
use jiff::civil::date;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use vpnmedic::device::logs::{Log, Scanner, fuzz, mask::mask};
use vpnmedic::guide::messages::{Catalogue, embedded};
use vpnmedic::session::journal::scrub;
use vpnmedic::text::sanitise;

struct Ready {
    scanner: Scanner<'static>,
    catalogue: &'static Catalogue,
    now: Zoned,
    file: PathBuf,
}

fn ready() -> &'static Ready {
    static READY: OnceLock<Ready> = OnceLock::new();
    READY.get_or_init(|| {
        let catalogue: &'static Catalogue = Box::leak(Box::new((*embedded()).clone()));
        let zone = TimeZone::fixed(jiff::tz::offset(9));
        Ready {
            scanner: Scanner::new(catalogue),
            catalogue,
            now: date(2026, 11, 22)
                .at(12, 0, 0, 0)
                .to_zoned(zone)
                .expect("a moment"),
            // In memory where the system has such a place.
            file: ["/dev/shm", "/tmp"]
                .iter()
                .map(PathBuf::from)
                .find(|folder| folder.is_dir())
                .expect("a folder")
                .join(format!("vpnmedic-fuzz-log-{}", std::process::id())),
        }
    })
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(content).expect("in memory");
    packer.finish().expect("in memory")
}

fuzz_target!(init: { let _ = ready(); }, |bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else {
        return;
    };
    let ready = ready();
    let file = match choice % 4 {
        0 => content.to_vec(),
        1 => packed(content),
        2 => {
            let mut torn = packed(content);
            torn.truncate(torn.len() * usize::from(*choice) / 256);
            torn
        }
        _ => {
            pasted(&String::from_utf8_lossy(content), ready.catalogue);
            return;
        }
    };
    std::fs::write(&ready.file, &file).expect("the file is ours");
    let log = Log::File(ready.file.clone());
    let (hits, _) = fuzz(&ready.scanner, &log, &ready.now);
    for hit in &hits {
        assert!(hit.line >= 1 && hit.count >= 1);
        assert!(!hit.text.chars().any(char::is_control), "{:?}", hit.text);
        let _ = hit.when.as_ref().map(|when| (when.moment(), when.text()));
        assert!(ready.catalogue.get(&hit.message).is_some());
    }
});

fn pasted(text: &str, catalogue: &Catalogue) {
    let explanation = catalogue.explain(text);
    for found in &explanation.messages {
        assert!((1..=100).contains(&found.share));
    }
    let _ = catalogue.in_log(text);
    // Taken out once, nothing is left to take out.
    let masked = mask(text);
    assert_eq!(mask(&masked), masked);
    let scrubbed = scrub(text);
    assert_eq!(scrub(&scrubbed), scrubbed);
    let shown = sanitise(text);
    assert_eq!(sanitise(&shown).chars().count(), shown.chars().count());
}
