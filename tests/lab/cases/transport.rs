//! The way to the port: refused, silent, rejected, the wrong port.

use super::cases;
use crate::case::{Family, OnPath, Udp};
use crate::certificates::{Chain, SOUND};
use crate::pki::Key;
use crate::servers::Gateway;
use crate::twists::Twist;
use crate::verdict::Expect;
use crate::witness::Witness;

/// By which a silent firewall must be named, in milliseconds.
const SILENCE: f64 = 4000.0;

cases! {
    port_mismatch_ocserv_10443 {
        expect: Expect::Top("port-mismatch"),
        witness: Witness::OtherPort(10443),
        port: 10443,
    }
    port_mismatch_nginx_8443_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("port-mismatch"),
        witness: Witness::OtherPort(8443),
        gateway: Some(Gateway::Nginx),
        port: 8443,
        family: Family::V6,
        chain: Chain { key: Key::Rsa, ..SOUND },
    }
    port_mismatch_ocserv_10443_and_443_silent {
        expect: Expect::Top("port-mismatch"),
        witness: Witness::OtherPort(10443),
        port: 10443,
        path: OnPath::DropPort,
    }

    connection_refused_nothing_listens {
        expect: Expect::Top("connection-refused"),
        witness: Witness::Refused,
        gateway: None,
    }
    connection_refused_nothing_listens_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("connection-refused"),
        witness: Witness::Refused,
        gateway: None,
        family: Family::V6,
    }
    connection_refused_filter_resets_ocserv {
        expect: Expect::Top("connection-refused"),
        witness: Witness::Refused,
        path: OnPath::Reset,
    }
    connection_refused_nothing_listens_at_100_ms {
        expect: Expect::Top("connection-refused"),
        witness: Witness::Refused,
        gateway: None,
        path: OnPath::Far,
    }
    connection_refused_nothing_listens_both_families {
        expect: Expect::Top("connection-refused"),
        witness: Witness::Refused,
        gateway: None,
        family: Family::Both,
    }

    firewall_drop_everything_ocserv {
        expect: Expect::TopWithin("firewall-drop", SILENCE),
        witness: Witness::Silent,
        path: OnPath::DropAll,
    }
    firewall_drop_everything_ipv6_nginx {
        args: &["--lang", "ja"],
        expect: Expect::TopWithin("firewall-drop", SILENCE),
        witness: Witness::Silent,
        gateway: Some(Gateway::Nginx),
        path: OnPath::DropAll,
        family: Family::V6,
    }
    firewall_drop_one_port_ocserv {
        expect: Expect::TopWithin("firewall-drop", SILENCE),
        witness: Witness::Silent,
        path: OnPath::DropPort,
    }
    firewall_reject_one_port_ocserv {
        expect: Expect::Top("firewall-reject"),
        witness: Witness::Refused,
        path: OnPath::Reject,
    }
    firewall_reject_one_port_ocserv_both_families {
        expect: Expect::Top("firewall-reject"),
        witness: Witness::Refused,
        path: OnPath::Reject,
        family: Family::Both,
    }

    // Three refusals that a program meets alike or nearly so: a reset, "prohibited" (above), and "port unreachable", the
    // same error as a reset though a filter on the way has sent it.
    connection_refused_filter_resets_nginx_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("connection-refused"),
        witness: Witness::Refused,
        gateway: Some(Gateway::Nginx),
        path: OnPath::Reset,
        family: Family::V6,
    }
    firewall_reject_with_port_unreachable_ocserv {
        expect: Expect::Top("firewall-reject"),
        witness: Witness::Refused,
        path: OnPath::RejectAsClosed,
    }
    firewall_reject_with_port_unreachable_nginx_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("firewall-reject"),
        witness: Witness::Refused,
        gateway: Some(Gateway::Nginx),
        path: OnPath::RejectAsClosed,
        family: Family::V6,
    }
    firewall_reject_with_port_unreachable_and_nothing_listens_both_families {
        expect: Expect::Top("firewall-reject"),
        witness: Witness::Refused,
        gateway: None,
        path: OnPath::RejectAsClosed,
        family: Family::Both,
    }

    udp_blocked_prohibited_on_the_way_ocserv {
        expect: Expect::Harms("udp-blocked", "degrades"),
        gateway: Some(Gateway::OcservDtls),
        path: OnPath::RejectUdp,
    }
    udp_blocked_prohibited_on_the_way_ocserv_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Harms("udp-blocked", "degrades"),
        gateway: Some(Gateway::OcservDtls),
        family: Family::V6,
        path: OnPath::RejectUdp,
    }

    firewall_reject_one_port_nginx_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("firewall-reject"),
        witness: Witness::Refused,
        gateway: Some(Gateway::Nginx),
        path: OnPath::Reject,
        family: Family::V6,
    }
    firewall_drop_all_tcp_while_openvpn_answers_udp {
        expect: Expect::TopWithin("firewall-drop", SILENCE),
        witness: Witness::Silent,
        path: OnPath::DropTcp,
        udp: Some(Udp::OpenVpn),
    }
    firewall_drop_all_tcp_while_openvpn_answers_udp_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::TopWithin("firewall-drop", SILENCE),
        witness: Witness::Silent,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        path: OnPath::DropTcp,
        udp: Some(Udp::OpenVpn),
    }

    firewall_drop_all_tcp_while_ike_answers {
        expect: Expect::TopWithin("firewall-drop", SILENCE),
        witness: Witness::Silent,
        path: OnPath::DropTcp,
        udp: Some(Udp::Ike),
    }
    firewall_drop_all_tcp_while_ike_answers_ipv6_nothing_else_listens {
        args: &["--lang", "ja"],
        expect: Expect::TopWithin("firewall-drop", SILENCE),
        witness: Witness::Silent,
        gateway: None,
        family: Family::V6,
        path: OnPath::DropTcp,
        udp: Some(Udp::Ike),
    }
    connection_refused_where_only_ike_answers {
        expect: Expect::Top("connection-refused"),
        witness: Witness::Refused,
        gateway: None,
        udp: Some(Udp::Ike),
    }

    handshake_stall_hellos_swallowed_ocserv {
        expect: Expect::Top("handshake-stall"),
        witness: Witness::Silent,
        path: OnPath::SwallowsHellos,
    }
    handshake_stall_gateway_stands_still_ocserv {
        expect: Expect::Top("handshake-stall"),
        witness: Witness::Silent,
        twist: Twist::Hangs,
    }
    handshake_stall_gateway_stands_still_nginx_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("handshake-stall"),
        witness: Witness::Silent,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        twist: Twist::Hangs,
    }
    handshake_reset_hellos_reset_ocserv {
        expect: Expect::Top("handshake-reset"),
        witness: Witness::Cut,
        path: OnPath::ResetsHellos,
    }
    handshake_reset_hellos_reset_nginx_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("handshake-reset"),
        witness: Witness::Cut,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        path: OnPath::ResetsHellos,
        chain: Chain { key: Key::Rsa, ca_key: Key::Rsa, ..SOUND },
    }
}
