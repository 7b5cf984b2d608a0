//! Worlds that nothing is wrong with: nothing may be reported.

use super::cases;
use crate::case::{Family, OnPath, Proxy, Udp};
use crate::certificates::{Aia, Chain, SOUND, Served, Trusted};
use crate::pki::Key;
use crate::servers::{Gateway, Tls};
use crate::verdict::Expect;

cases! {
    healthy_ocserv {}
    healthy_ocserv_rsa_on_both_families {
        family: Family::Both,
        chain: Chain { key: Key::Rsa, ca_key: Key::Rsa, ..SOUND },
    }
    healthy_ocserv_on_its_own_port { port: 10443, ask: "vpn.lab.test:10443" }
    healthy_ocserv_asked_by_address {
        ask: "203.0.113.10",
        chain: Chain { names: &["DNS:vpn.lab.test", "IP:203.0.113.10"], ..SOUND },
    }
    healthy_ocserv_without_third_parties { args: &["--no-third-party"] }
    healthy_ocserv_on_a_lossy_path { path: OnPath::Lossy }
    healthy_ocserv_at_300_ms { path: OnPath::VeryFar }
    healthy_nginx_at_100_ms_ipv6 { gateway: Some(Gateway::Nginx), path: OnPath::Far, family: Family::V6 }
    healthy_nginx_tls12_only { gateway: Some(Gateway::Nginx), tls: Tls::Only12 }
    healthy_nginx_wildcard_root_sent_along {
        expect: Expect::HealthyBut(&["root-sent"]),
        gateway: Some(Gateway::Nginx),
        chain: Chain { names: &["DNS:*.lab.test"], served: Served::WithRoot, ..SOUND },
    }
    healthy_nginx_expired_cross_certificate {
        gateway: Some(Gateway::Nginx),
        chain: Chain { served: Served::ExpiredCross, key: Key::Rsa, ca_key: Key::Rsa, ..SOUND },
    }
    healthy_s_server_p384_ipv6_only {
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only13,
        family: Family::V6,
        chain: Chain { key: Key::P384, ca_key: Key::P384, ..SOUND },
    }
    healthy_nginx_on_both_families_tls13_only_in_japanese {
        gateway: Some(Gateway::Nginx),
        family: Family::Both,
        tls: Tls::Only13,
        args: &["--lang", "ja"],
    }
    healthy_ocserv_tls12_one_portal_check_dead {
        tls: Tls::Only12,
        args: &["--portal", "http://nowhere.lab.test/generate_204"],
        chain: Chain { aia: Aia::Unnamed, ..SOUND },
    }
    healthy_s_server_without_time_source { gateway: Some(Gateway::Openssl), ntp: false }
    healthy_self_signed_and_trusted {
        gateway: Some(Gateway::Nginx),
        chain: Chain { served: Served::SelfSigned, trusted: Trusted::Leaf, ..SOUND },
    }
    healthy_ocserv_with_dtls_on { gateway: Some(Gateway::OcservDtls) }
    healthy_ocserv_beside_a_proxy_that_works { proxy: Some(Proxy::Open) }
    healthy_nginx_beside_a_proxy_that_wants_a_sign_in {
        gateway: Some(Gateway::Nginx),
        proxy: Some(Proxy::WantsSignIn),
    }
    healthy_ocserv_and_a_proxy_that_must_not_be_asked {
        proxy: Some(Proxy::Dead),
        args: &["--no-third-party"],
    }
    healthy_nginx_ipv6_only { gateway: Some(Gateway::Nginx), family: Family::V6 }
    healthy_ocserv_whose_pool_is_elsewhere { args: &["--pool", "172.20.0.0/16", "--lan", "192.168.1.0/24"] }
    healthy_ocserv_where_one_packet_in_a_hundred_is_lost { path: OnPath::LosesOnePercent }
    healthy_nginx_ipv6_rsa_where_one_packet_in_a_hundred_is_lost {
        gateway: Some(Gateway::Nginx),
        path: OnPath::LosesOnePercent,
        family: Family::V6,
        chain: Chain { key: Key::Rsa, ca_key: Key::Rsa, ..SOUND },
    }
    healthy_nginx_beside_an_ike { gateway: Some(Gateway::Nginx), udp: Some(Udp::Ike) }
    healthy_ocserv_beside_an_openvpn_on_udp { udp: Some(Udp::OpenVpn) }
}
