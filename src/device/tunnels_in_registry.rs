//! Connections that a VPN program keeps in the registry of Windows and in no file: FortiClient's.
//!
//! Asked with `reg query`, as the other facts of Windows are, and tried on recorded answers. Secrets are not kept: of
//! `DATA1` to `DATA4`, in which FortiClient keeps what a person let it save, only whether there are any. Not here: files
//! ([`super::profiles`]), what an address means ([`crate::profile`]).

use super::facts::Deadline;
use super::profiles::{Profiles, Unread};
use super::source::Source;
use super::windows::registry::{Key, query};
use crate::profile::{MAX_CONNECTIONS, forticlient_tunnel};
use crate::text::sanitise;

/// Where its tunnels are, below a root of the registry.
const TUNNELS: &str = r"SOFTWARE\Fortinet\FortiClient\Sslvpn\Tunnels";
/// Those of the device, of the person, and of a 32-bit version.
const PLACES: [(&str, &str); 3] = [
    ("HKLM", "/reg:64"),
    ("HKCU", "/reg:64"),
    ("HKLM", "/reg:32"),
];

/// The tunnels that the device of this source has, each once, and those that make no sense.
pub fn find(source: &dyn Source, until: Deadline) -> Profiles {
    let mut found = Profiles::default();
    for (root, view) in PLACES {
        let path = format!(r"{root}\{TUNNELS}");
        // Where there is none the key is not there: nothing is missing then.
        let keys = query(source, &path, &["/s", view], until).unwrap_or_default();
        for key in keys.iter().take(MAX_CONNECTIONS) {
            take(key, &mut found);
        }
    }
    found
}

fn take(key: &Key, found: &mut Profiles) {
    let Some((above, name)) = key.path.rsplit_once('\\') else {
        return;
    };
    // Keys deeper down belong to a tunnel and are none.
    if !above.to_ascii_lowercase().ends_with(r"\sslvpn\tunnels") {
        return;
    }
    let Some(server) = key.text("Server") else {
        return;
    };
    let (file, name) = (sanitise(&key.path), sanitise(name));
    let saved = ["DATA1", "DATA2", "DATA3", "DATA4"];
    let has_secrets = saved.iter().any(|value| key.text(value).is_some());
    match forticlient_tunnel(&name, server, has_secrets) {
        Ok(mut connection) => {
            let mut known = found.connections.iter();
            let again = |old: &crate::evidence::ProfileEvidence| {
                old.name == connection.name && old.targets == connection.targets
            };
            if !connection.targets.is_empty() && !known.any(again) {
                connection.file = file;
                found.connections.push(connection);
            }
        }
        Err(error) => found.unread.push(Unread {
            file,
            line: None,
            why: error.expected,
            command: None,
        }),
    }
}
