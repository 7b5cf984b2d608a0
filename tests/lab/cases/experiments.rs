//! What only a second handshake tells: paths that lose large packets, hellos that are too large, names that lead to
//! another certificate, nodes that differ; and gateways that are full, shut to this device, down, or send clients on.

use super::cases;
use crate::case::{Family, OnPath};
use crate::certificates::{Chain, SOUND};
use crate::pki::Key;
use crate::servers::{Gateway, Tls};
use crate::twists::{EXPIRED, Twist};
use crate::verdict::Expect;
use crate::witness::Witness;

const RSA: Chain = Chain {
    key: Key::Rsa,
    ca_key: Key::Rsa,
    ..SOUND
};

/// What a GlobalProtect portal says to clients that show no certificate where it demands one.
const DEMANDS: &str = "<prelogin-response><status>Error</status><msg>Valid client certificate is required</msg></prelogin-response>";

cases! {
    mtu_blackhole_both_ways_ocserv_rsa {
        expect: Expect::Top("mtu-blackhole"),
        witness: Witness::Silent,
        path: OnPath::BlackHole,
        chain: RSA,
    }
    mtu_blackhole_towards_the_client_nginx_ipv6_tls12 {
        expect: Expect::Top("mtu-blackhole"),
        witness: Witness::Silent,
        gateway: Some(Gateway::Nginx),
        path: OnPath::BlackHoleDown,
        family: Family::V6,
        tls: Tls::Only12,
        chain: RSA,
        args: &["--lang", "ja"],
    }
    mtu_blackhole_both_ways_s_server_one_connection_at_a_time {
        expect: Expect::Top("mtu-blackhole"),
        witness: Witness::Silent,
        gateway: Some(Gateway::Openssl),
        path: OnPath::BlackHole,
        chain: RSA,
    }
    healthy_ocserv_on_a_path_that_says_what_it_carries {
        path: OnPath::Narrow,
        chain: RSA,
    }

    pq_intolerance_silent_ocserv {
        expect: Expect::Top("pq-clienthello-intolerance"),
        witness: Witness::AcceptedWithoutShare,
        path: OnPath::SwallowsLargeHellos,
    }
    pq_intolerance_reset_nginx_ipv6_rsa {
        expect: Expect::Top("pq-clienthello-intolerance"),
        witness: Witness::AcceptedWithoutShare,
        gateway: Some(Gateway::Nginx),
        path: OnPath::ResetsLargeHellos,
        family: Family::V6,
        chain: RSA,
        args: &["--lang", "ja"],
    }

    sni_wrong_certificate_by_name_nginx {
        expect: Expect::Top("sni-wrong-default-cert"),
        witness: Witness::Name,
        gateway: Some(Gateway::Nginx),
        twist: Twist::WrongByName(Chain { names: &["DNS:www.lab.test"], ..SOUND }),
    }
    sni_unknown_name_s_server_rsa {
        expect: Expect::Top("sni-wrong-default-cert"),
        witness: Witness::Cut,
        gateway: Some(Gateway::Openssl),
        twist: Twist::UnknownName,
        chain: RSA,
    }
    sni_unknown_name_nginx_ipv6 {
        expect: Expect::Top("sni-wrong-default-cert"),
        witness: Witness::Cut,
        gateway: Some(Gateway::Nginx),
        twist: Twist::UnknownName,
        family: Family::V6,
        args: &["--lang", "ja"],
    }

    inconsistent_nodes_in_turn_one_expired {
        expect: Expect::Top("inconsistent-nodes"),
        gateway: Some(Gateway::Nginx),
        twist: Twist::InTurn(EXPIRED),
    }
    inconsistent_nodes_in_turn_one_for_another_name_rsa_ipv6 {
        expect: Expect::Top("inconsistent-nodes"),
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        chain: RSA,
        twist: Twist::InTurn(Chain { names: &["DNS:node2.lab.test"], ..RSA }),
        args: &["--lang", "ja"],
    }
    healthy_two_nodes_in_turn_with_their_own_certificates {
        gateway: Some(Gateway::Nginx),
        twist: Twist::InTurn(RSA),
    }
    healthy_two_addresses_with_their_own_certificates {
        gateway: Some(Gateway::Nginx),
        family: Family::Both,
        twist: Twist::Neighbour(RSA),
    }

    connection_limit_ocserv_full {
        expect: Expect::TopBeside("connection-limit", &["ip-banned"]),
        witness: Witness::Cut,
        twist: Twist::Full,
    }
    connection_limit_ocserv_full_rsa_ipv6 {
        expect: Expect::TopBeside("connection-limit", &["ip-banned"]),
        witness: Witness::Cut,
        twist: Twist::Full,
        family: Family::V6,
        chain: RSA,
        args: &["--lang", "ja"],
    }
    connection_limit_front_says_so {
        expect: Expect::Top("connection-limit"),
        witness: Witness::Status(503),
        gateway: Some(Gateway::Nginx),
        twist: Twist::Answers(503, "<p>Maximum number of licensed users reached</p>"),
    }

    // From this device a ban looks like a gateway that is full: both must be named, and neither as certain.
    ip_banned_ocserv_looks_like_full {
        expect: Expect::TopBeside("connection-limit", &["ip-banned"]),
        witness: Witness::Cut,
        twist: Twist::Banned,
    }
    ip_banned_too_many_requests_nginx {
        expect: Expect::Top("ip-banned"),
        witness: Witness::Status(404),
        gateway: Some(Gateway::Nginx),
        twist: Twist::OneAMinute,
    }
    ip_banned_too_many_requests_nginx_ipv6_rsa {
        expect: Expect::Top("ip-banned"),
        witness: Witness::Status(404),
        gateway: Some(Gateway::Nginx),
        twist: Twist::OneAMinute,
        family: Family::V6,
        chain: RSA,
        args: &["--lang", "ja"],
    }

    service_unavailable_503_nginx {
        expect: Expect::Top("service-unavailable"),
        witness: Witness::Status(503),
        gateway: Some(Gateway::Nginx),
        twist: Twist::Answers(503, "<p>Down for maintenance</p>"),
    }
    service_unavailable_nothing_behind_the_front_ipv6_rsa {
        expect: Expect::Top("service-unavailable"),
        witness: Witness::Status(502),
        gateway: Some(Gateway::Nginx),
        twist: Twist::NothingBehind,
        family: Family::V6,
        chain: RSA,
        args: &["--lang", "ja"],
    }

    gateway_misconfigured_sends_on_to_an_expired_port {
        expect: Expect::Harms("gateway-misconfigured", "some-clients"),
        witness: Witness::Status(302),
        gateway: Some(Gateway::Nginx),
        twist: Twist::SendsOn("vpn.lab.test", 8443, EXPIRED),
    }
    gateway_misconfigured_sends_on_to_another_name_rsa_ipv6 {
        expect: Expect::Harms("gateway-misconfigured", "some-clients"),
        witness: Witness::Status(302),
        gateway: Some(Gateway::Nginx),
        twist: Twist::SendsOn("other.lab.test", 8443, RSA),
        family: Family::V6,
        chain: RSA,
        args: &["--lang", "ja"],
    }
    healthy_sends_on_to_a_sound_gateway {
        witness: Witness::Status(302),
        gateway: Some(Gateway::Nginx),
        twist: Twist::SendsOn("other.lab.test", 8443, Chain { names: &["DNS:other.lab.test"], ..SOUND }),
    }

    gateway_misconfigured_cluster_hands_out_an_expired_member {
        expect: Expect::Harms("gateway-misconfigured", "some-clients"),
        witness: Witness::Status(200),
        gateway: Some(Gateway::Nginx),
        twist: Twist::Cluster("vpn.lab.test", 8443, EXPIRED),
    }
    gateway_misconfigured_cluster_hands_out_a_member_of_another_name_rsa_ipv6 {
        expect: Expect::Harms("gateway-misconfigured", "some-clients"),
        witness: Witness::Status(200),
        gateway: Some(Gateway::Nginx),
        twist: Twist::Cluster("other.lab.test", 8443, RSA),
        family: Family::V6,
        chain: RSA,
        args: &["--lang", "ja"],
    }
    healthy_cluster_hands_out_a_sound_member {
        witness: Witness::Status(200),
        gateway: Some(Gateway::Nginx),
        twist: Twist::Cluster("other.lab.test", 8443, Chain { names: &["DNS:other.lab.test"], ..SOUND }),
    }
    client_cert_required_portal_says_so_before_sign_in {
        expect: Expect::Top("client-cert-required"),
        witness: Witness::Status(200),
        gateway: Some(Gateway::Nginx),
        twist: Twist::Portal(DEMANDS),
    }
    client_cert_required_portal_says_so_before_sign_in_rsa_ipv6 {
        expect: Expect::Top("client-cert-required"),
        witness: Witness::Status(200),
        gateway: Some(Gateway::Nginx),
        twist: Twist::Portal(DEMANDS),
        family: Family::V6,
        chain: RSA,
        args: &["--lang", "ja"],
    }
    healthy_portal_that_asks_for_a_password {
        witness: Witness::Status(200),
        gateway: Some(Gateway::Nginx),
        twist: Twist::Portal(
            "<prelogin-response><status>Success</status><region>JP</region><username-label>Username</username-label></prelogin-response>",
        ),
    }

    service_unavailable_504_tls12_rsa {
        expect: Expect::Top("service-unavailable"),
        witness: Witness::Status(504),
        gateway: Some(Gateway::Nginx),
        twist: Twist::Answers(504, "<p>Gateway time-out</p>"),
        chain: RSA,
    }
}
