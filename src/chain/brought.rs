//! What is trusted where a saved connection brings its own authorities along.
//!
//! Not here: how they were read ([`crate::profile`]).

use std::sync::Arc;

use super::{Cert, Stores, TrustStore};
use crate::evidence::ProfileEvidence;

impl Stores {
    /// What counts for this connection, where that is not simply this system's store: its own authorities in the store's
    /// place, or beside it. None where it brings none that can be read.
    pub fn under(&self, profile: &ProfileEvidence) -> Option<Self> {
        let own: Vec<Arc<Cert>> = profile
            .roots
            .certificates()
            .iter()
            .filter_map(|der| Cert::parse(der).ok())
            .map(Arc::new)
            .collect();
        if own.is_empty() {
            return None;
        }
        if profile.roots_alone {
            return Some(Self {
                system: TrustStore {
                    name: profile.file.clone(),
                    brought: own.len(),
                    anchors: own,
                },
                // Public roots do not count for this program: nothing would follow from a comparison.
                mozilla: TrustStore::default(),
            });
        }
        let mut system = self.system.clone();
        system.name = format!("{} + {}", system.name, profile.file);
        system.brought += own.len();
        system.anchors.extend(own);
        Some(Self {
            system,
            mozilla: self.mozilla.clone(),
        })
    }
}
