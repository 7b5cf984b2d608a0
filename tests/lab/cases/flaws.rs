//! Certificates with one thing wrong in them: roots, names, order, constraints, uses, keys, signatures, form.

use super::cases;
use crate::case::Family;
use crate::certificates::{Chain, SOUND, Served};
use crate::flaws::Flaw;
use crate::pki::Key;
use crate::servers::{Gateway, Tls};
use crate::verdict::Expect;
use crate::witness::{Error, Witness};

/// A chain with this flaw.
const fn with(flaw: Flaw) -> Chain {
    Chain { flaw, ..SOUND }
}

/// The same with RSA keys.
const fn rsa(flaw: Flaw) -> Chain {
    Chain {
        flaw,
        key: Key::Rsa,
        ca_key: Key::Rsa,
        ..SOUND
    }
}

/// OpenSSL as it must be told to serve what it would refuse itself.
const SERVES_WEAK: Tls = Tls::Words("-cipher DEFAULT:@SECLEVEL=0");

cases! {
    cert_expired_root_ocserv {
        expect: Expect::Top("cert-expired-root"),
        witness: Witness::ExpiredAt(2),
        chain: with(Flaw::RootExpired),
    }
    cert_expired_root_nginx_rsa_sent_along_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("cert-expired-root"),
        witness: Witness::ExpiredAt(2),
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        chain: Chain { served: Served::WithRoot, ..rsa(Flaw::RootExpired) },
    }

    // curl with OpenSSL still reads the common name.
    cn_only_ocserv {
        expect: Expect::Harms("cn-only", "some-clients"),
        witness: Witness::Connects,
        chain: Chain { names: &[], ..SOUND },
    }
    cn_only_nginx_rsa_tls12 {
        args: &["--lang", "ja"],
        expect: Expect::Harms("cn-only", "some-clients"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        chain: Chain { names: &[], ..rsa(Flaw::None) },
    }

    chain_wrong_order_intermediates_swapped_nginx {
        expect: Expect::Harms("chain-wrong-order", "some-clients"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Nginx),
        chain: Chain { served: Served::IntermediatesSwapped, ..SOUND },
    }
    chain_wrong_order_root_before_intermediate_s_server_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Harms("chain-wrong-order", "some-clients"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only12,
        family: Family::V6,
        chain: Chain { served: Served::RootBeforeIntermediate, ..rsa(Flaw::None) },
    }
    healthy_two_intermediates_in_order_nginx {
        gateway: Some(Gateway::Nginx),
        chain: Chain { served: Served::BothIntermediates, ..SOUND },
    }

    weak_signature_leaf_ocserv_rsa {
        expect: Expect::Top("weak-signature"),
        witness: Witness::Verify(Error::WeakDigest),
        chain: rsa(Flaw::LeafSha1),
    }
    weak_signature_leaf_s_server_ecdsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("weak-signature"),
        witness: Witness::Verify(Error::WeakDigest),
        gateway: Some(Gateway::Openssl),
        tls: SERVES_WEAK,
        family: Family::V6,
        chain: with(Flaw::LeafSha1),
    }
    weak_signature_intermediate_ocserv {
        expect: Expect::Top("weak-signature"),
        witness: Witness::Verify(Error::WeakDigest),
        chain: with(Flaw::IntermediateSha1),
    }
    weak_key_rsa_1024_s_server {
        expect: Expect::Top("weak-key"),
        witness: Witness::Verify(Error::SmallKey),
        gateway: Some(Gateway::Openssl),
        tls: SERVES_WEAK,
        chain: Chain { key: Key::Rsa1024, ca_key: Key::Rsa, ..SOUND },
    }
    weak_key_rsa_1024_ocserv_tls12_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("weak-key"),
        witness: Witness::Verify(Error::SmallKey),
        tls: Tls::Only12,
        family: Family::V6,
        chain: Chain { key: Key::Rsa1024, ca_key: Key::Rsa, ..SOUND },
    }

    weak_key_unusual_curve_nginx_tls12 {
        expect: Expect::Top("weak-key"),
        witness: Witness::OnlyWith("-tls1_2 -groups P-256:secp256k1"),
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        chain: Chain { key: Key::Secp256k1, ..SOUND },
    }

    missing_server_auth_eku_for_clients_only_ocserv {
        expect: Expect::Top("missing-server-auth-eku"),
        witness: Witness::Verify(Error::Purpose),
        chain: with(Flaw::ForClientsOnly),
    }
    missing_server_auth_eku_for_mail_nginx_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("missing-server-auth-eku"),
        witness: Witness::Verify(Error::Purpose),
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        chain: rsa(Flaw::ForMailAndCode),
    }

    bad_key_usage_leaf_may_sign_lists_only_nginx {
        expect: Expect::Top("bad-key-usage"),
        witness: Witness::Verify(Error::Purpose),
        gateway: Some(Gateway::Nginx),
        chain: with(Flaw::LeafMaySignListsOnly),
    }
    bad_key_usage_intermediate_may_not_sign_ocserv_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("bad-key-usage"),
        witness: Witness::Verify(Error::NoCa),
        family: Family::V6,
        chain: rsa(Flaw::IntermediateMayNotSign),
    }

    not_a_ca_issuer_says_it_is_none_ocserv {
        expect: Expect::TopBeside("not-a-ca-issuer", &["bad-key-usage"]),
        witness: Witness::Verify(Error::NoCa),
        chain: with(Flaw::IntermediateIsNoCa),
    }
    not_a_ca_issuer_says_nothing_nginx_rsa_tls12 {
        args: &["--lang", "ja"],
        expect: Expect::Top("not-a-ca-issuer"),
        witness: Witness::Verify(Error::NoCa),
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        chain: rsa(Flaw::IntermediateSaysNothing),
    }

    path_length_exceeded_nginx {
        expect: Expect::Top("path-length-exceeded"),
        witness: Witness::Verify(Error::PathLength),
        gateway: Some(Gateway::Nginx),
        chain: Chain { served: Served::BothIntermediates, ..with(Flaw::IntermediateIsTheLast) },
    }
    path_length_exceeded_ocserv_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("path-length-exceeded"),
        witness: Witness::Verify(Error::PathLength),
        family: Family::V6,
        chain: Chain { served: Served::BothIntermediates, ..rsa(Flaw::IntermediateIsTheLast) },
    }

    name_constraints_violation_not_among_the_permitted_ocserv {
        expect: Expect::Top("name-constraints-violation"),
        witness: Witness::Verify(Error::NotPermitted),
        chain: with(Flaw::OtherNamesPermitted),
    }
    name_constraints_violation_among_the_excluded_nginx_rsa {
        args: &["--lang", "ja"],
        expect: Expect::Top("name-constraints-violation"),
        witness: Witness::Verify(Error::Excluded),
        gateway: Some(Gateway::Nginx),
        chain: rsa(Flaw::NamesExcluded),
    }

    bad_signature_leaf_ocserv {
        expect: Expect::Top("bad-signature"),
        witness: Witness::Verifies(Error::Signature),
        chain: with(Flaw::LeafTampered),
    }
    bad_signature_intermediate_nginx_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("bad-signature"),
        witness: Witness::Verifies(Error::Signature),
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        chain: rsa(Flaw::IntermediateTampered),
    }

    unknown_critical_extension_leaf_ocserv {
        expect: Expect::Top("unknown-critical-extension"),
        witness: Witness::Verify(Error::Critical),
        chain: with(Flaw::LeafCritical),
    }
    unknown_critical_extension_intermediate_nginx_rsa_tls12 {
        args: &["--lang", "ja"],
        expect: Expect::Top("unknown-critical-extension"),
        witness: Witness::Verify(Error::Critical),
        gateway: Some(Gateway::Nginx),
        tls: Tls::Only12,
        chain: rsa(Flaw::IntermediateCritical),
    }

    ca_used_as_server_certificate_nginx {
        expect: Expect::Harms("ca-used-as-server-certificate", "some-clients"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Nginx),
        chain: with(Flaw::LeafIsCa),
    }
    ca_used_as_server_certificate_ocserv_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Harms("ca-used-as-server-certificate", "some-clients"),
        witness: Witness::Connects,
        family: Family::V6,
        chain: rsa(Flaw::LeafIsCa),
    }

    malformed_certificate_uses_unreadable_nginx {
        expect: Expect::Top("malformed-certificate"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::Nginx),
        chain: with(Flaw::UsesUnreadable),
    }
    malformed_certificate_usage_unreadable_ocserv_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("malformed-certificate"),
        witness: Witness::NoHandshake,
        family: Family::V6,
        chain: rsa(Flaw::UsageUnreadable),
    }
}
