//! The saved connections of VPN programs on this device: found where `assets/clients.toml` says, or in a file that was
//! named, with the certificate files that they name. Files with keys are never opened.
//!
//! Not here: what is written in them ([`crate::profile`]) and what follows from it ([`crate::diagnose`]).

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::facts::Deadline;
use super::places::expand;
use super::source::Real;
use super::tunnels_in_registry;
use crate::chain::is_pkcs12;
use crate::evidence::{Material, ProfileEvidence, Strict};
use crate::guide::{ProfilePlace, System};
use crate::msg::Msg;
use crate::profile::{self, Contents, Format, MAX_FILE, ProfileError};
use crate::text::sanitise;

/// The most files that are looked into.
const MOST_FILES: usize = 500;

/// The connections of this device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    /// Those that were read, in the order of the catalogue and of their files.
    pub connections: Vec<ProfileEvidence>,
    /// What is there and was not read.
    pub unread: Vec<Unread>,
}

/// A file or folder that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which.
    pub file: String,
    /// The line at which reading ended, from 1.
    pub line: Option<usize>,
    /// Why.
    pub why: Msg,
    /// The command that would tell, where only rights are missing.
    pub command: Option<String>,
}

/// How long the registry of Windows may take to answer.
const REGISTRY: Duration = Duration::from_secs(2);

/// The connections of this very device, in files and in the registry where there is one.
pub fn of_this_device(places: &[ProfilePlace], system: System) -> Profiles {
    let mut found = find(places, system, &|name| std::env::var(name).ok());
    if cfg!(windows) && system == System::Windows {
        let until = Deadline::after(REGISTRY);
        let kept = tunnels_in_registry::find(&Real::default(), until);
        found.connections.extend(kept.connections);
        found.unread.extend(kept.unread);
    }
    found
}

/// The connections that this system's VPN programs keep in files. `variable` gives the environment's variables.
pub fn find(
    places: &[ProfilePlace],
    system: System,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Profiles {
    let mut found = Profiles::default();
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut policy = Vec::new();
    for place in places.iter().filter(|place| place.system == system) {
        for written in &place.paths {
            let expanded = expand(written, variable);
            for folder in expanded.forbidden {
                found.unread.push(Unread {
                    file: folder.display().to_string(),
                    line: None,
                    why: Msg::new("profile.file.forbidden"),
                    command: place.command.clone(),
                });
            }
            for path in expanded.paths {
                let is_new = path.canonicalize().is_ok_and(|real| seen.insert(real));
                if !is_new || seen.len() > MOST_FILES || path.is_dir() {
                    continue;
                }
                match read(&path, Some(place.format)) {
                    Ok(contents) => {
                        found.connections.extend(contents.connections);
                        policy.extend(contents.policy);
                    }
                    // A server's configuration beside those of clients is nobody's connection.
                    Err((_, Obstacle::OfServer)) => {}
                    Err((unread, Obstacle::Other)) => found.unread.push(unread),
                    Err((unread, Obstacle::Forbidden)) => found.unread.push(Unread {
                        command: place.command.clone(),
                        ..unread
                    }),
                }
            }
        }
    }
    heed(&policy, &mut found.connections);
    found
}

/// The connections of one file, with the settings of this device that its program heeds beside it.
///
/// # Errors
/// An [`Unread`] that says why.
pub fn open(
    path: &Path,
    places: &[ProfilePlace],
    system: System,
) -> Result<Vec<ProfileEvidence>, Unread> {
    let mut connections = read(path, None).map_err(|(unread, _)| unread)?.connections;
    let variable = |name: &str| std::env::var(name).ok();
    let mut policy = Vec::new();
    let policies = places
        .iter()
        .filter(|place| place.system == system && place.format == Format::AnyconnectPolicy);
    for written in policies.flat_map(|place| &place.paths) {
        for path in expand(written, &variable).paths {
            if let Ok(contents) = read(&path, Some(Format::AnyconnectPolicy)) {
                policy.extend(contents.policy);
            }
        }
    }
    heed(&policy, &mut connections);
    Ok(connections)
}

/// What holds for all of Cisco's connections on this device.
fn heed(policy: &[Strict], connections: &mut [ProfileEvidence]) {
    for connection in connections.iter_mut().filter(|c| c.client == "anyconnect") {
        for strict in policy {
            if !connection.insists_on(*strict) {
                connection.strict.push(*strict);
            }
        }
    }
}

/// What kept a file from being read, as far as it is not all the same here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    /// This user may not.
    Forbidden,
    /// It is a server's.
    OfServer,
    Other,
}

fn read(path: &Path, format: Option<Format>) -> Result<Contents, (Unread, Obstacle)> {
    let named = sanitise(&path.display().to_string());
    let unread = |line, why| Unread {
        file: named.clone(),
        line,
        why,
        command: None,
    };
    let bytes = bounded(path).map_err(|(why, obstacle)| (unread(None, why), obstacle))?;
    let stem = path
        .file_stem()
        .map(|stem| sanitise(&stem.to_string_lossy()))
        .unwrap_or_default();
    let read = profile::read(&bytes, format, &stem);
    let mut contents = read.map_err(|error: ProfileError| {
        let obstacle = if error.of_server {
            Obstacle::OfServer
        } else {
            Obstacle::Other
        };
        (unread(error.line, error.expected), obstacle)
    })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    for connection in &mut contents.connections {
        connection.file.clone_from(&named);
        look_into(&mut connection.roots, folder);
        look_into(&mut connection.client_certificate, folder);
    }
    Ok(contents)
}

/// Reads the certificates of a file that is named. A file that this user may not read stays named: nothing is known.
fn look_into(material: &mut Material, folder: &Path) {
    let Material::Named(name) = material else {
        return;
    };
    let shown = sanitise(name);
    // A token's object; this program asks no tokens.
    if name.contains(':') && !Path::new(name).is_absolute() {
        *name = shown;
        return;
    }
    *material = match bounded(&folder.join(&name)) {
        // Opened only with its password.
        Ok(bytes) if is_pkcs12(&bytes) => Material::Named(shown),
        Ok(bytes) => profile::material(Some(shown), &bytes),
        Err((_, Obstacle::Forbidden)) => Material::Named(shown),
        Err((why, _)) => Material::Unreadable {
            file: Some(shown),
            why,
        },
    };
}

/// The whole of an ordinary file that is not too large.
fn bounded(path: &Path) -> Result<Zeroizing<Vec<u8>>, (Msg, Obstacle)> {
    let why = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => (Msg::new("profile.file.missing"), Obstacle::Other),
        ErrorKind::PermissionDenied => (Msg::new("profile.file.forbidden"), Obstacle::Forbidden),
        kind => {
            let failed = Msg::new("profile.file.failed").with("reason", kind);
            (failed, Obstacle::Other)
        }
    };
    // Opening a pipe would wait for whoever writes.
    if !path.metadata().map_err(why)?.is_file() {
        return Err((Msg::new("profile.file.not-a-file"), Obstacle::Other));
    }
    let file = std::fs::File::open(path).map_err(why)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(why)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE {
        let large = Msg::new("profile.read.too-large").with("limit", MAX_FILE);
        return Err((large, Obstacle::Other));
    }
    Ok(bytes)
}
