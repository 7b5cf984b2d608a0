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

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::evidence::{Der, Material};

    fn root() -> Der {
        let key = KeyPair::generate().unwrap();
        let made = CertificateParams::default().self_signed(&key).unwrap();
        Der::from(&made.der()[..])
    }

    fn store(name: &str, anchors: &[&Der]) -> TrustStore {
        TrustStore {
            name: name.to_owned(),
            anchors: anchors
                .iter()
                .map(|der| Arc::new(Cert::parse(der).unwrap()))
                .collect(),
            brought: 0,
        }
    }

    #[test]
    fn a_connection_s_own_authorities_stand_in_the_store_s_place_or_beside_it() {
        let read = |certificates| Material::Read {
            file: None,
            certificates,
        };
        let (public, own) = (root(), root());
        let stores = Stores {
            system: store("system", &[&public]),
            mozilla: store("Mozilla", &[&public]),
        };
        let mut profile = ProfileEvidence::named("Office", "openvpn");
        profile.file = "office.ovpn".to_owned();
        let ders = |store: &TrustStore| -> Vec<Der> {
            store.anchors.iter().map(|cert| cert.der.clone()).collect()
        };
        // None, or none that can be read: the system's store is what counts.
        for roots_alone in [false, true] {
            profile.roots_alone = roots_alone;
            profile.roots = Material::None;
            assert!(stores.under(&profile).is_none());
            profile.roots = read(vec![Der::from(&[0x30, 0][..])]);
            assert!(stores.under(&profile).is_none());
        }
        profile.roots = read(vec![own.clone(), Der::from(&[0x30, 0][..])]);
        profile.roots_alone = true;
        let alone = stores.under(&profile).unwrap();
        assert_eq!(alone.system.name, "office.ovpn");
        assert_eq!(ders(&alone.system), std::slice::from_ref(&own));
        assert!(alone.system.is_brought(0) && alone.mozilla.anchors.is_empty());
        profile.roots_alone = false;
        let beside = stores.under(&profile).unwrap();
        assert_eq!(beside.system.name, "system + office.ovpn");
        assert_eq!(ders(&beside.system), [public.clone(), own]);
        assert!(!beside.system.is_brought(0) && beside.system.is_brought(1));
        assert_eq!(ders(&beside.mozilla), [public]);
    }
}
