//! Old versions, unusual methods, and what is not TLS.

use super::cases;
use crate::case::Family;
use crate::certificates::{Chain, SOUND};
use crate::pki::Key;
use crate::servers::{Gateway, Tls};
use crate::verdict::Expect;
use crate::witness::Witness;

const RSA: Chain = Chain {
    key: Key::Rsa,
    ca_key: Key::Rsa,
    ..SOUND
};

cases! {
    tls_too_old_1_0_s_server {
        expect: Expect::Top("tls-version-too-old"),
        witness: Witness::OnlyWith("-tls1 -cipher ALL:@SECLEVEL=0"),
        gateway: Some(Gateway::Openssl),
        tls: Tls::Words("-tls1 -cipher ALL:@SECLEVEL=0"),
        chain: RSA,
    }
    tls_too_old_1_1_nginx_ecdsa_ipv6_in_japanese {
        expect: Expect::Top("tls-version-too-old"),
        witness: Witness::OnlyWith("-tls1_1 -cipher ALL:@SECLEVEL=0"),
        gateway: Some(Gateway::Nginx),
        tls: Tls::Words("ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"),
        family: Family::V6,
        args: &["--lang", "ja"],
    }
    tls_too_old_1_0_and_1_1_ocserv_without_third_parties {
        expect: Expect::Top("tls-version-too-old"),
        witness: Witness::OnlyWith("-tls1_1 -cipher ALL:@SECLEVEL=0"),
        tls: Tls::Words(":-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1"),
        chain: RSA,
        args: &["--no-third-party"],
    }

    suites_only_static_rsa_nginx {
        expect: Expect::Harms("no-common-cipher", "some-clients"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Nginx),
        tls: Tls::Words("ssl_protocols TLSv1.2; ssl_ciphers AES256-GCM-SHA384:AES128-SHA;"),
        chain: RSA,
    }
    suites_only_static_rsa_ocserv {
        expect: Expect::Harms("no-common-cipher", "some-clients"),
        witness: Witness::Connects,
        tls: Tls::Words(":-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA"),
        chain: RSA,
    }
    suites_only_dhe_s_server {
        expect: Expect::Harms("no-common-cipher", "some-clients"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Openssl),
        tls: Tls::Words("-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-SHA"),
        chain: RSA,
    }
    suites_only_dhe_ocserv_ipv6 {
        expect: Expect::Harms("no-common-cipher", "some-clients"),
        witness: Witness::Connects,
        tls: Tls::Words(":-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA"),
        family: Family::V6,
        chain: RSA,
    }
    suites_only_cbc_nginx_ecdsa {
        expect: Expect::Harms("no-common-cipher", "some-clients"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Nginx),
        tls: Tls::Words("ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA;"),
    }
    suites_only_triple_des_ocserv {
        expect: Expect::Top("no-common-cipher"),
        witness: Witness::NoHandshake,
        tls: Tls::Words(":-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+3DES-CBC:-KX-ALL:+RSA:-MAC-ALL:+SHA1"),
        chain: RSA,
    }

    group_only_brainpool_s_server_tls12 {
        expect: Expect::Top("no-common-cipher"),
        witness: Witness::OnlyWith("-tls1_2 -groups brainpoolP256r1"),
        gateway: Some(Gateway::Openssl),
        tls: Tls::Words("-tls1_2 -cipher ECDHE -groups brainpoolP256r1"),
        chain: RSA,
    }
    group_only_secp521r1_nginx_tls13 {
        expect: Expect::Harms("no-common-cipher", "some-clients"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Nginx),
        tls: Tls::Words("ssl_protocols TLSv1.3; ssl_ecdh_curve secp521r1;"),
        chain: RSA,
    }
    group_only_x448_s_server_tls13_ipv6 {
        expect: Expect::Harms("no-common-cipher", "some-clients"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Openssl),
        tls: Tls::Words("-tls1_3 -groups X448"),
        family: Family::V6,
    }
    signature_only_sha1_s_server {
        expect: Expect::Harms("no-common-cipher", "some-clients"),
        witness: Witness::OnlyWith("-tls1_2 -cipher DEFAULT:@SECLEVEL=0 -sigalgs RSA+SHA1"),
        gateway: Some(Gateway::Openssl),
        tls: Tls::Words("-tls1_2 -cipher ECDHE:@SECLEVEL=0 -sigalgs RSA+SHA1"),
        chain: RSA,
    }

    refuses_everything_rsa_suites_with_an_ecdsa_certificate_nginx {
        expect: Expect::Top("gateway-misconfigured"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::Nginx),
        tls: Tls::Words("ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES256-GCM-SHA384;"),
    }
    refuses_everything_ecdsa_suites_with_an_rsa_certificate_s_server_ipv6 {
        expect: Expect::Top("gateway-misconfigured"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::Openssl),
        tls: Tls::Words("-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384"),
        family: Family::V6,
        chain: RSA,
    }

    legacy_renegotiation_only_ocserv {
        expect: Expect::Harms("legacy-renegotiation-only", "some-clients"),
        witness: Witness::OnlyWith("-legacy_server_connect"),
        tls: Tls::Words(":%DISABLE_SAFE_RENEGOTIATION:-VERS-ALL:+VERS-TLS1.2"),
    }
    legacy_renegotiation_only_ocserv_rsa_ipv6 {
        expect: Expect::Harms("legacy-renegotiation-only", "some-clients"),
        witness: Witness::OnlyWith("-legacy_server_connect"),
        tls: Tls::Words(":%DISABLE_SAFE_RENEGOTIATION:-VERS-ALL:+VERS-TLS1.2"),
        family: Family::V6,
        chain: RSA,
        args: &["--lang", "ja"],
    }

    not_tls_plain_http_nginx {
        expect: Expect::Top("not-tls"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::PlainHttp),
    }
    not_tls_sshd_on_both_families {
        expect: Expect::Top("not-tls"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::Ssh),
        family: Family::Both,
    }
    not_tls_smtp {
        expect: Expect::Top("not-tls"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::Smtp),
    }
    not_tls_openvpn {
        expect: Expect::Top("not-tls"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::OpenVpn),
    }
    not_tls_openvpn_ipv6_rsa_in_japanese {
        expect: Expect::Top("not-tls"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::OpenVpn),
        family: Family::V6,
        chain: RSA,
        args: &["--lang", "ja"],
    }

    healthy_ocserv_with_old_versions_beside_new_ones {
        tls: Tls::Words(":-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2:+VERS-TLS1.3"),
        chain: RSA,
    }
    healthy_nginx_tls12_with_weak_suites_beside_strong_ones {
        gateway: Some(Gateway::Nginx),
        tls: Tls::Words("ssl_protocols TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0; ssl_prefer_server_ciphers off;"),
        chain: RSA,
    }

    suites_only_triple_des_with_ecdhe_ocserv_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("no-common-cipher"),
        witness: Witness::NoHandshake,
        tls: Tls::Words(":-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+3DES-CBC:-KX-ALL:+ECDHE-RSA:-MAC-ALL:+SHA1"),
        family: Family::V6,
        chain: RSA,
    }
    suites_only_cbc_ocserv_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Harms("no-common-cipher", "some-clients"),
        witness: Witness::Connects,
        tls: Tls::Words(":-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-CBC:+AES-128-CBC:-KX-ALL:+ECDHE-RSA"),
        family: Family::V6,
        chain: RSA,
    }
    signature_only_sha1_ocserv_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Harms("no-common-cipher", "some-clients"),
        witness: Witness::OnlyWith("-tls1_2 -cipher DEFAULT:@SECLEVEL=0 -sigalgs RSA+SHA1"),
        tls: Tls::Words(":-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA:-SIGN-ALL:+SIGN-RSA-SHA1"),
        family: Family::V6,
        chain: RSA,
    }
    not_tls_plain_http_nginx_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("not-tls"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::PlainHttp),
        family: Family::V6,
    }
    not_tls_sshd_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("not-tls"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::Ssh),
        family: Family::V6,
    }
    not_tls_smtp_ipv6_on_its_own_port {
        args: &["--lang", "ja"],
        expect: Expect::Top("not-tls"),
        witness: Witness::NoHandshake,
        gateway: Some(Gateway::Smtp),
        family: Family::V6,
        port: 10443,
        ask: "vpn.lab.test:10443",
    }
}
