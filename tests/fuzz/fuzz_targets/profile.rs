//! Saved connections of VPN programs, in every format, told or guessed; and the certificates they name.
//!
//! Input: one byte that chooses the format, then the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vpnmedic::chain::Stores;
use vpnmedic::evidence::Material;
use vpnmedic::profile::{Format, MAX_CONNECTIONS, material, read};

const FORMATS: [Option<Format>; 9] = [
    None,
    Some(Format::Anyconnect),
    Some(Format::AnyconnectPolicy),
    Some(Format::Forticlient),
    Some(Format::ForticlientPlist),
    Some(Format::Openvpn),
    Some(Format::Openconnect),
    Some(Format::Openfortivpn),
    Some(Format::NetworkManager),
];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, file)) = bytes.split_first() else {
        return;
    };
    let format = FORMATS[usize::from(*choice) % FORMATS.len()];
    let contents = match read(file, format, "a file") {
        Ok(contents) => contents,
        Err(error) => {
            let lines = file
                .iter()
                .filter(|byte| matches!(byte, b'\n' | b'\r'))
                .count();
            // UTF-16 breaks lines with two bytes.
            assert!(
                error
                    .line
                    .is_none_or(|line| (1..=lines + 2).contains(&line))
            );
            return;
        }
    };
    assert!(contents.connections.len() <= MAX_CONNECTIONS);
    for connection in &contents.connections {
        assert!(connection.targets.len() <= 64 && connection.name.chars().count() <= 200);
        let _ = connection.client();
        let _ = Stores::default().under(connection);
    }
    if let Material::Read { certificates, .. } = material(None, file) {
        assert!(!certificates.is_empty());
    }
});
