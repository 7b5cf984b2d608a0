//! Words that observations and the knowledge share: the systems a person can be on, and how well something is known.
//!
//! Here and not with the knowledge, because observations are kept with them, and they know nothing of it.

use serde::{Deserialize, Serialize};

/// The systems a person can be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// Windows 10 and 11.
    Windows,
    /// macOS.
    Macos,
    /// Linux.
    Linux,
    /// iOS and iPadOS.
    Ios,
    /// Android.
    Android,
}

impl System {
    /// All of them, in the order offered.
    pub const ALL: [Self; 5] = [
        Self::Windows,
        Self::Macos,
        Self::Linux,
        Self::Ios,
        Self::Android,
    ];

    /// The id as written in files, on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::Macos => "macos",
            Self::Linux => "linux",
            Self::Ios => "ios",
            Self::Android => "android",
        }
    }
}

/// How well a statement is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verified {
    /// Read in the cited source.
    Source,
    /// Seen on the real program.
    Lab,
    /// Neither: never enough to be certain of anything.
    Recall,
}

impl Verified {
    /// Whether conclusions may rest on it.
    pub const fn is_certain(self) -> bool {
        matches!(self, Self::Source | Self::Lab)
    }
}
