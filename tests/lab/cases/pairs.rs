//! Two independent faults at once: both are named, in the order in which they are met.

use super::cases;
use crate::certificates::{Chain, SOUND, Served};
use crate::pki::{Days, Key};
use crate::servers::{Gateway, Tls};
use crate::verdict::Expect;
use crate::witness::{Error, Witness};

cases! {
    pair_expired_leaf_and_wrong_name_ocserv {
        expect: Expect::Roots(&["cert-expired-leaf", "hostname-mismatch"]),
        witness: Witness::ExpiredAt(0),
        chain: Chain { leaf: Days(-90, -1), names: &["DNS:gw.lab.test"], ..SOUND },
    }
    pair_expired_leaf_and_wrong_name_nginx_rsa_tls12 {
        expect: Expect::Roots(&["cert-expired-leaf", "hostname-mismatch"]),
        witness: Witness::ExpiredAt(0),
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        chain: Chain { leaf: Days(-90, -1), names: &["DNS:gw.lab.test"], key: Key::Rsa, ..SOUND },
    }
    pair_missing_intermediate_and_wrong_name_ocserv {
        expect: Expect::Roots(&["missing-intermediate", "hostname-mismatch"]),
        witness: Witness::Verify(Error::NoIssuer),
        chain: Chain { served: Served::LeafOnly, names: &["DNS:gw.lab.test"], ..SOUND },
    }
    pair_missing_intermediate_and_wrong_name_s_server {
        expect: Expect::Roots(&["missing-intermediate", "hostname-mismatch"]),
        witness: Witness::Verify(Error::NoIssuer),
        gateway: Some(Gateway::Openssl),
        chain: Chain { served: Served::LeafOnly, names: &["DNS:gw.lab.test"], ..SOUND },
    }
}
