//! Two independent faults at once: both are named, in the order in which they are met.

use super::cases;
use crate::case::Family;
use crate::certificates::{Chain, SOUND, Served, Trusted};
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
    pair_self_signed_and_wrong_name_ocserv {
        expect: Expect::Roots(&["self-signed", "hostname-mismatch"]),
        witness: Witness::Verify(Error::SelfSigned),
        chain: Chain {
            served: Served::SelfSigned, trusted: Trusted::Another, names: &["DNS:gw.lab.test"], ..SOUND
        },
    }
    pair_unknown_ca_and_wrong_name_nginx_rsa_in_japanese {
        expect: Expect::Roots(&["unknown-ca", "hostname-mismatch"]),
        witness: Witness::Verify(Error::SelfSignedInChain),
        gateway: Some(Gateway::Nginx),
        chain: Chain {
            served: Served::WithRoot, trusted: Trusted::Another, names: &["DNS:gw.lab.test"],
            key: Key::Rsa, ca_key: Key::Rsa, ..SOUND
        },
        args: &["--lang", "ja"],
    }
    pair_fast_clock_and_wrong_name_ocserv_tls13 {
        expect: Expect::Roots(&["clock-skew-fast", "hostname-mismatch"]),
        witness: Witness::ExpiredAt(0),
        tls: Tls::Only13,
        clock: Some("+400d"),
        chain: Chain { names: &["DNS:gw.lab.test"], ..SOUND },
    }
    pair_missing_intermediate_and_expired_leaf_ocserv_ipv6 {
        expect: Expect::Roots(&["missing-intermediate", "cert-expired-leaf"]),
        witness: Witness::Verify(Error::NoIssuer),
        family: Family::V6,
        chain: Chain { leaf: Days(-90, -1), served: Served::LeafOnly, ..SOUND },
    }
    pair_expired_leaf_and_expired_intermediate_nginx_rsa {
        expect: Expect::Roots(&["cert-expired-leaf", "cert-expired-intermediate"]),
        witness: Witness::ExpiredAt(1),
        gateway: Some(Gateway::Nginx),
        chain: Chain {
            leaf: Days(-90, -1), intermediate: Days(-900, -3), key: Key::Rsa, ca_key: Key::Rsa, ..SOUND
        },
    }
    pair_expired_intermediate_and_wrong_name_s_server_tls12 {
        expect: Expect::Roots(&["cert-expired-intermediate", "hostname-mismatch"]),
        witness: Witness::ExpiredAt(1),
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only12,
        chain: Chain { intermediate: Days(-900, -3), names: &["DNS:gw.lab.test"], ..SOUND },
    }
    pair_unknown_ca_and_expired_leaf_nginx_in_japanese {
        args: &["--lang", "ja"],
        expect: Expect::Roots(&["unknown-ca", "cert-expired-leaf"]),
        witness: Witness::Verify(Error::NoIssuer),
        gateway: Some(Gateway::Nginx),
        chain: Chain { leaf: Days(-90, -1), trusted: Trusted::Another, ..SOUND },
    }
    pair_fast_clock_and_missing_intermediate_ocserv {
        expect: Expect::Roots(&["clock-skew-fast", "missing-intermediate"]),
        witness: Witness::Verify(Error::NoIssuer),
        clock: Some("+400d"),
        chain: Chain { served: Served::LeafOnly, ..SOUND },
    }
    pair_slow_clock_and_missing_intermediate_nginx_rsa {
        expect: Expect::Roots(&["clock-skew-slow", "missing-intermediate"]),
        witness: Witness::Verify(Error::NoIssuer),
        gateway: Some(Gateway::Nginx),
        clock: Some("-3d"),
        chain: Chain {
            leaf: Days(-1, 150), served: Served::LeafOnly, key: Key::Rsa, ca_key: Key::Rsa, ..SOUND
        },
    }
}
