//! Certificates: dates, names, chains, trust.

use super::cases;
use crate::case::{Family, OnPath};
use crate::certificates::{Aia, Chain, SOUND, Served, Trusted};
use crate::pki::{Days, Key};
use crate::servers::{Gateway, Tls};
use crate::verdict::Expect;
use crate::witness::{Error, Witness};

cases! {
    cert_expired_leaf_ocserv {
        expect: Expect::Top("cert-expired-leaf"),
        witness: Witness::ExpiredAt(0),
        chain: Chain { leaf: Days(-90, -1), ..SOUND },
    }
    cert_expired_leaf_ocserv_without_time_source {
        expect: Expect::Top("cert-expired-leaf"),
        witness: Witness::ExpiredAt(0),
        ntp: false,
        chain: Chain { leaf: Days(-90, -1), ..SOUND },
    }
    cert_expired_leaf_nginx_rsa_tls12 {
        expect: Expect::Top("cert-expired-leaf"),
        witness: Witness::ExpiredAt(0),
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        chain: Chain { leaf: Days(-500, -130), key: Key::Rsa, ca_key: Key::Rsa, ..SOUND },
    }
    cert_expired_leaf_s_server_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("cert-expired-leaf"),
        witness: Witness::ExpiredAt(0),
        gateway: Some(Gateway::Openssl),
        family: Family::V6,
        chain: Chain { leaf: Days(-90, -2), key: Key::P384, ..SOUND },
    }

    cert_expired_intermediate_ocserv {
        expect: Expect::Top("cert-expired-intermediate"),
        witness: Witness::ExpiredAt(1),
        chain: Chain { intermediate: Days(-900, -3), ..SOUND },
    }
    cert_expired_intermediate_nginx_rsa {
        args: &["--lang", "ja"],
        expect: Expect::Top("cert-expired-intermediate"),
        witness: Witness::ExpiredAt(1),
        gateway: Some(Gateway::Nginx),
        chain: Chain { intermediate: Days(-900, -3), key: Key::Rsa, ca_key: Key::Rsa, ..SOUND },
    }
    cert_expired_intermediate_s_server_tls12_root_sent_along {
        expect: Expect::Top("cert-expired-intermediate"),
        witness: Witness::ExpiredAt(1),
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only12,
        chain: Chain { intermediate: Days(-900, -3), served: Served::WithRoot, aia: Aia::Unnamed, ..SOUND },
    }

    cert_not_yet_valid_ocserv {
        expect: Expect::Top("cert-not-yet-valid"),
        witness: Witness::Verify(Error::NotYetValid),
        chain: Chain { leaf: Days(2, 150), ..SOUND },
    }
    cert_not_yet_valid_nginx_rsa_tls12 {
        args: &["--lang", "ja"],
        expect: Expect::Top("cert-not-yet-valid"),
        witness: Witness::Verify(Error::NotYetValid),
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        chain: Chain { leaf: Days(20, 150), key: Key::Rsa, ..SOUND },
    }
    cert_not_yet_valid_s_server_ipv6 {
        tls: Tls::Only13,
        expect: Expect::Top("cert-not-yet-valid"),
        witness: Witness::Verify(Error::NotYetValid),
        gateway: Some(Gateway::Openssl),
        family: Family::V6,
        chain: Chain { leaf: Days(2, 150), ..SOUND },
    }

    hostname_mismatch_ocserv {
        expect: Expect::Top("hostname-mismatch"),
        witness: Witness::Name,
        chain: Chain { names: &["DNS:gw.lab.test", "DNS:www.lab.test"], ..SOUND },
    }
    hostname_mismatch_nginx_wildcard_one_level_only {
        expect: Expect::Top("hostname-mismatch"),
        witness: Witness::Name,
        gateway: Some(Gateway::Nginx),
        ask: "branch.office.lab.test",
        chain: Chain { names: &["DNS:*.lab.test"], key: Key::Rsa, ca_key: Key::Rsa, ..SOUND },
    }
    hostname_mismatch_s_server_asked_by_address {
        args: &["--lang", "ja"],
        expect: Expect::Top("hostname-mismatch"),
        witness: Witness::Name,
        gateway: Some(Gateway::Openssl),
        ask: "203.0.113.10",
    }
    hostname_mismatch_nginx_asked_by_ipv6_address {
        expect: Expect::Top("hostname-mismatch"),
        witness: Witness::Name,
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        family: Family::V6,
        ask: "[2001:db8:113::10]",
    }

    missing_intermediate_ocserv {
        expect: Expect::Top("missing-intermediate"),
        witness: Witness::Verify(Error::NoIssuer),
        chain: Chain { served: Served::LeafOnly, ..SOUND },
    }
    missing_intermediate_nginx_rsa_tls12 {
        expect: Expect::Top("missing-intermediate"),
        witness: Witness::Verify(Error::NoIssuer),
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        chain: Chain { served: Served::LeafOnly, key: Key::Rsa, ca_key: Key::Rsa, ..SOUND },
    }
    missing_intermediate_s_server_ipv6_pkcs7_offered {
        args: &["--lang", "ja"],
        expect: Expect::Top("missing-intermediate"),
        witness: Witness::Verify(Error::NoIssuer),
        gateway: Some(Gateway::Openssl),
        family: Family::V6,
        chain: Chain { served: Served::LeafOnly, aia: Aia::Pkcs7, ..SOUND },
    }
    missing_intermediate_nginx_upper_of_two {
        tls: Tls::Only13,
        expect: Expect::Top("missing-intermediate"),
        witness: Witness::Verify(Error::NoIssuer),
        gateway: Some(Gateway::Nginx),
        chain: Chain { served: Served::UpperMissing, ..SOUND },
    }

    missing_intermediate_ocserv_at_300_ms {
        expect: Expect::Top("missing-intermediate"),
        witness: Witness::Verify(Error::NoIssuer),
        path: OnPath::VeryFar,
        chain: Chain { served: Served::LeafOnly, ..SOUND },
    }

    unknown_ca_ocserv {
        tls: Tls::Only12,
        expect: Expect::Top("unknown-ca"),
        witness: Witness::Verify(Error::NoIssuer),
        chain: Chain { trusted: Trusted::Another, ..SOUND },
    }
    unknown_ca_nginx_rsa_root_sent_along {
        expect: Expect::Top("unknown-ca"),
        witness: Witness::Verify(Error::SelfSignedInChain),
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        chain: Chain {
            trusted: Trusted::Another, served: Served::WithRoot, key: Key::Rsa, ca_key: Key::Rsa, ..SOUND
        },
    }
    unknown_ca_s_server_no_addresses_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("unknown-ca"),
        witness: Witness::Verify(Error::NoIssuer),
        gateway: Some(Gateway::Openssl),
        family: Family::V6,
        chain: Chain { trusted: Trusted::Another, aia: Aia::Unnamed, ..SOUND },
    }

    self_signed_ocserv {
        expect: Expect::Top("self-signed"),
        witness: Witness::Verify(Error::SelfSigned),
        chain: Chain { served: Served::SelfSigned, trusted: Trusted::Another, ..SOUND },
    }
    self_signed_nginx_rsa_tls12 {
        args: &["--lang", "ja"],
        expect: Expect::Top("self-signed"),
        witness: Witness::Verify(Error::SelfSigned),
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        chain: Chain { served: Served::SelfSigned, trusted: Trusted::Another, key: Key::Rsa, ..SOUND },
    }
    self_signed_s_server_as_an_appliance_makes_it {
        expect: Expect::TopBeside("self-signed", &["ca-used-as-server-certificate"]),
        witness: Witness::Verify(Error::SelfSigned),
        gateway: Some(Gateway::Openssl),
        family: Family::V6,
        chain: Chain { served: Served::SelfSignedCa, trusted: Trusted::Another, ..SOUND },
    }
}
