//! What this very program was built from, by what and for what. Gathered by `src/build.rs`; nothing is asked at run time.

use serde::Serialize;

/// What a fact of the build reads that the builder could not tell.
pub const NOT_KNOWN: &str = "not known";

/// The facts of this build. What the builder could not tell reads [`NOT_KNOWN`].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Built {
    /// The commit, in full; `+changes` behind it where files differed from it. Development builds do not say.
    pub commit: &'static str,
    /// The target triple.
    pub target: &'static str,
    /// What `rustc --version` said.
    pub rustc: &'static str,
    /// `release` or `debug`.
    pub profile: &'static str,
    /// `dynamic`, or `static` where the C library is inside.
    pub linked: &'static str,
}

impl Built {
    /// This program's.
    pub const THIS: Self = Self {
        commit: env!("VPNMEDIC_BUILD_COMMIT"),
        target: env!("VPNMEDIC_BUILD_TARGET"),
        rustc: env!("VPNMEDIC_BUILD_RUSTC"),
        profile: env!("VPNMEDIC_BUILD_PROFILE"),
        linked: env!("VPNMEDIC_BUILD_LINKED"),
    };

    /// The commit as short as git shows it, and as unmistakable.
    pub fn short_commit(&self) -> String {
        match self.commit.split_once('+') {
            Some((id, changes)) => format!("{}+{changes}", id.get(..12).unwrap_or(id)),
            None => self.commit.get(..12).unwrap_or(self.commit).to_owned(),
        }
    }
}
