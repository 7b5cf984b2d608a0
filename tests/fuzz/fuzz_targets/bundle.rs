//! Bundles from strangers: as they come, or with what they hold packed here, so that more than the packing is reached.
//!
//! Input: one byte (0: a bundle, 1: an archive to pack, 2: three files to put into one, parted by a zero byte).

#![no_main]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use vpnmedic::session::bundle::{Recorded, is_bundle, open};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else {
        return;
    };
    let packed = match choice % 3 {
        0 => content.to_vec(),
        1 => pack(content),
        _ => {
            let mut parts = content.splitn(3, |byte| *byte == 0);
            let mut archive = Vec::new();
            for name in ["manifest.json", "events.jsonl", "conclusions.json"] {
                if let Some(part) = parts.next() {
                    append(&mut archive, name, part);
                }
            }
            archive.resize(archive.len() + 1024, 0);
            pack(&archive)
        }
    };
    match open(&packed) {
        Ok(bundle) => {
            assert!(is_bundle(&packed));
            let events = &bundle.journal.events;
            let recorded = bundle.recorded.unwrap_or_default();
            for count in [0, 1, events.len(), usize::MAX] {
                let concluded = Recorded::at(&recorded, events, count);
                assert!(
                    concluded
                        .causes
                        .iter()
                        .all(|cause| cause.certificate.is_none())
                );
            }
            let _ = (
                bundle.manifest.began.rfc3339(),
                bundle.manifest.last.rfc3339(),
            );
        }
        Err(error) => {
            let shown = error.to_string();
            assert!(!shown.chars().any(char::is_control), "{shown:?}");
        }
    }
});

fn pack(content: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(content).expect("in memory");
    packer.finish().expect("in memory")
}

/// An ordinary file (POSIX.1-1988 ustar).
fn append(archive: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[148..157].copy_from_slice(b"        0");
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    archive.extend_from_slice(&header);
    archive.extend_from_slice(content);
    archive.resize(archive.len().next_multiple_of(512), 0);
}
