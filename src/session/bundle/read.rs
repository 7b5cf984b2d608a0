//! Opening a bundle. It may come from a stranger: sizes are capped before anything is kept, names are plain, and what
//! a newer program wrote is refused with its version.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::tar::{self, TarError};
use super::{CONCLUSIONS, EVENTS, FORMAT, MANIFEST, MAX_PACKED, MAX_UNPACKED, Manifest, Recorded};
use crate::session::journal::{self, Journal};
use crate::session::redact::Level;
use crate::text::sanitise;

/// The most conclusions that one bundle may hold.
const MAX_CONCLUSIONS: usize = 10_000;

/// An opened bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// What it says of itself.
    pub manifest: Manifest,
    /// What happened.
    pub journal: Journal,
    /// What followed; none where it is to be drawn from the events again.
    pub recorded: Option<Vec<Recorded>>,
}

/// Why a bundle cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is larger than a bundle may be, packed or unpacked.
    #[error("larger than a bundle may be ({} MiB packed, {} MiB unpacked)", MAX_PACKED >> 20, MAX_UNPACKED >> 20)]
    TooLarge,
    /// It is not packed with gzip, or damaged.
    #[error("not a bundle, or damaged")]
    Packing,
    /// The archive inside is refused.
    #[error("not a bundle: {0}")]
    Archive(#[from] TarError),
    /// A file that a bundle needs is missing.
    #[error("not a bundle: {0} is missing in it")]
    Missing(&'static str),
    /// A file in it cannot be read.
    #[error("{0} in it is damaged")]
    Damaged(&'static str),
    /// A newer program wrote it.
    #[error("written by {tool} in format {format}; this program reads up to format {FORMAT}")]
    Newer {
        /// Its format.
        format: u64,
        /// That program, sanitised.
        tool: String,
    },
    /// The journal in it cannot be read.
    #[error("{EVENTS} in it: {0}")]
    Journal(#[from] journal::ReadError),
}

/// Whether these bytes begin as a bundle does; a journal begins otherwise.
pub fn is_bundle(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Opens a bundle.
///
/// # Errors
/// Where it cannot be used; see [`OpenError`].
pub fn open(packed: &[u8]) -> Result<Bundle, OpenError> {
    if u64::try_from(packed.len()).is_ok_and(|length| length > MAX_PACKED) {
        return Err(OpenError::TooLarge);
    }
    let mut archive = Vec::new();
    GzDecoder::new(packed)
        .take(MAX_UNPACKED + 1)
        .read_to_end(&mut archive)
        .map_err(|_| OpenError::Packing)?;
    if u64::try_from(archive.len()).is_ok_and(|length| length > MAX_UNPACKED) {
        return Err(OpenError::TooLarge);
    }
    let files = tar::files(&archive)?;
    let file = |name: &'static str| {
        files
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, content)| *content)
    };
    let manifest = manifest(file(MANIFEST).ok_or(OpenError::Missing(MANIFEST))?)?;
    let journal = journal::parse(file(EVENTS).ok_or(OpenError::Missing(EVENTS))?)?;
    let recorded = match file(CONCLUSIONS) {
        Some(content) => {
            let all: Vec<Recorded> =
                serde_json::from_slice(content).map_err(|_| OpenError::Damaged(CONCLUSIONS))?;
            if all.len() > MAX_CONCLUSIONS {
                return Err(OpenError::TooLarge);
            }
            Some(all)
        }
        None if manifest.redaction == Level::None => None,
        None => return Err(OpenError::Missing(CONCLUSIONS)),
    };
    Ok(Bundle {
        manifest,
        journal,
        recorded,
    })
}

fn manifest(content: &[u8]) -> Result<Manifest, OpenError> {
    // What a newer format says otherwise is not known: its number and its program come first.
    let value: serde_json::Value =
        serde_json::from_slice(content).map_err(|_| OpenError::Damaged(MANIFEST))?;
    let format = value.get("format").and_then(serde_json::Value::as_u64);
    let format = format.ok_or(OpenError::Damaged(MANIFEST))?;
    if format > u64::from(FORMAT) {
        let tool = value
            .get("tool")
            .and_then(serde_json::Value::as_str)
            .unwrap_or("?");
        return Err(OpenError::Newer {
            format,
            tool: sanitise(tool),
        });
    }
    serde_json::from_value(value).map_err(|_| OpenError::Damaged(MANIFEST))
}
