//! Certificates of clients: gateways that want one, and what can be wrong with the one handed in.

use super::cases;
use crate::cards::{Card, Fault};
use crate::case::Family;
use crate::certificates::{Chain, SOUND};
use crate::pki::Key;
use crate::servers::{Gateway, Tls};
use crate::twists::Twist;
use crate::verdict::Expect;
use crate::witness::Witness;

const RSA: Chain = Chain {
    key: Key::Rsa,
    ca_key: Key::Rsa,
    ..SOUND
};

const fn ecdsa(fault: Fault) -> Option<Card> {
    Some(Card {
        fault,
        key: Key::P256,
    })
}

const fn rsa(fault: Fault) -> Option<Card> {
    Some(Card {
        fault,
        key: Key::Rsa,
    })
}

cases! {
    client_cert_required_nginx {
        expect: Expect::Top("client-cert-required"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Nginx),
        twist: Twist::WantsCard,
    }
    client_cert_required_ocserv_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("client-cert-required"),
        witness: Witness::CardRefused,
        family: Family::V6,
        chain: RSA,
        twist: Twist::WantsCard,
    }
    client_cert_required_s_server_tls12 {
        expect: Expect::Top("client-cert-required"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only12,
        twist: Twist::WantsCard,
    }
    healthy_client_certificate_optional_nginx {
        expect: Expect::HealthyBut(&["client-certificate-asked"]),
        gateway: Some(Gateway::Nginx),
        twist: Twist::AsksForCard,
    }
    healthy_client_certificate_optional_ocserv_rsa {
        expect: Expect::HealthyBut(&["client-certificate-asked"]),
        chain: RSA,
        twist: Twist::AsksForCard,
    }
    healthy_client_certificate_handed_in_nginx_rsa {
        gateway: Some(Gateway::Nginx),
        twist: Twist::WantsCard,
        card: rsa(Fault::None),
    }
    healthy_client_certificate_handed_in_s_server_tls12_ipv6 {
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only12,
        family: Family::V6,
        twist: Twist::WantsCard,
        card: ecdsa(Fault::None),
    }

    client_cert_expired_nginx {
        expect: Expect::Top("client-cert-expired"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Nginx),
        twist: Twist::WantsCard,
        card: ecdsa(Fault::Expired),
    }
    client_cert_expired_s_server_tls12_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("client-cert-expired"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only12,
        family: Family::V6,
        twist: Twist::WantsCard,
        card: rsa(Fault::Expired),
    }
    client_cert_revoked_s_server_tls13 {
        expect: Expect::Top("client-cert-revoked"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only13,
        twist: Twist::WantsCard,
        card: ecdsa(Fault::Revoked),
    }
    client_cert_revoked_s_server_tls12_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("client-cert-revoked"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only12,
        family: Family::V6,
        chain: RSA,
        twist: Twist::WantsCard,
        card: rsa(Fault::Revoked),
    }
    client_cert_wrong_issuer_nginx {
        expect: Expect::Top("client-cert-wrong-issuer"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Nginx),
        twist: Twist::WantsCard,
        card: ecdsa(Fault::ByStranger),
    }
    client_cert_wrong_issuer_ocserv_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("client-cert-wrong-issuer"),
        witness: Witness::CardRefused,
        family: Family::V6,
        chain: RSA,
        twist: Twist::WantsCard,
        card: rsa(Fault::ByStranger),
    }
    client_cert_key_mismatch_nginx {
        expect: Expect::Top("client-cert-key-mismatch"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Nginx),
        twist: Twist::WantsCard,
        card: ecdsa(Fault::KeyOfAnother),
    }
    client_cert_key_mismatch_ocserv_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("client-cert-key-mismatch"),
        witness: Witness::CardRefused,
        family: Family::V6,
        chain: RSA,
        twist: Twist::WantsCard,
        card: rsa(Fault::KeyOfAnother),
    }
    client_cert_corrupt_certificate_torn_nginx {
        expect: Expect::Top("client-cert-corrupt"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Nginx),
        twist: Twist::WantsCard,
        card: ecdsa(Fault::Torn),
    }
    client_cert_corrupt_key_torn_s_server_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("client-cert-corrupt"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Openssl),
        family: Family::V6,
        twist: Twist::WantsCard,
        card: rsa(Fault::KeyTorn),
    }
    client_cert_missing_eku_nginx {
        expect: Expect::Top("client-cert-missing-eku"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Nginx),
        twist: Twist::WantsCard,
        card: ecdsa(Fault::ForServersOnly),
    }
    client_cert_missing_eku_s_server_tls12_rsa {
        args: &["--lang", "ja"],
        expect: Expect::Top("client-cert-missing-eku"),
        witness: Witness::CardRefused,
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only12,
        twist: Twist::WantsCard,
        card: rsa(Fault::ForServersOnly),
    }
}
