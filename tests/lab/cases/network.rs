//! Captive portals: by names, by taking over every web connection, by taking over plain HTTP alone. Proxies, routers
//! without a way on, networks that overlap.

use super::cases;
use crate::case::{Dns, Family, OnPath, Portal, Proxy};
use crate::servers::Gateway;
use crate::verdict::Expect;
use crate::witness::Witness;

cases! {
    captive_portal_names_ocserv {
        expect: Expect::Top("captive-portal"),
        witness: Witness::Redirected,
        portal: Some(Portal::Names),
        ntp: false,
    }
    captive_portal_intercepts_ocserv {
        args: &["--lang", "ja"],
        expect: Expect::Top("captive-portal"),
        witness: Witness::Redirected,
        portal: Some(Portal::Intercepts),
    }
    captive_portal_redirects_web_nginx {
        expect: Expect::Top("captive-portal"),
        witness: Witness::Redirected,
        gateway: Some(Gateway::Nginx),
        portal: Some(Portal::RedirectsWeb),
    }

    proxy_required_where_all_else_is_dropped_ocserv {
        expect: Expect::Top("proxy-required"),
        witness: Witness::Silent,
        path: OnPath::DropAll,
        proxy: Some(Proxy::Open),
    }
    proxy_required_where_the_port_is_rejected_nginx {
        args: &["--lang", "ja"],
        expect: Expect::Top("proxy-required"),
        witness: Witness::Refused,
        gateway: Some(Gateway::Nginx),
        path: OnPath::Reject,
        proxy: Some(Proxy::Open),
    }
    proxy_auth_required_where_all_else_is_dropped_ocserv {
        expect: Expect::Top("proxy-auth-required"),
        witness: Witness::Silent,
        path: OnPath::DropAll,
        proxy: Some(Proxy::WantsSignIn),
    }
    proxy_auth_required_where_the_port_is_rejected_nginx {
        args: &["--lang", "ja"],
        expect: Expect::Top("proxy-auth-required"),
        witness: Witness::Refused,
        gateway: Some(Gateway::Nginx),
        path: OnPath::Reject,
        proxy: Some(Proxy::WantsSignIn),
    }
    proxy_unreachable_beside_a_direct_way_ocserv {
        expect: Expect::Harms("proxy-unreachable", "some-clients"),
        proxy: Some(Proxy::Dead),
    }
    proxy_unreachable_beside_a_direct_way_nginx_both_families {
        args: &["--lang", "ja"],
        expect: Expect::Harms("proxy-unreachable", "some-clients"),
        gateway: Some(Gateway::Nginx),
        family: Family::Both,
        proxy: Some(Proxy::Dead),
    }
    route_unreachable_router_has_no_way_on_ocserv {
        expect: Expect::Top("route-unreachable"),
        witness: Witness::Refused,
        path: OnPath::NoWayOn,
    }
    route_unreachable_router_has_no_way_on_ipv6_nginx {
        args: &["--lang", "ja"],
        expect: Expect::Top("route-unreachable"),
        witness: Witness::Refused,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        path: OnPath::NoWayOn,
    }
    address_overlap_the_home_network_is_inside_the_pool {
        args: &["--pool", "10.0.0.0/8"],
        expect: Expect::Harms("address-overlap", "degrades"),
    }
    address_overlap_ipv6_the_pool_is_inside_the_home_network {
        args: &["--lang", "ja", "--pool", "2001:db8:20::1000/120"],
        expect: Expect::Harms("address-overlap", "degrades"),
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
    }
    address_overlap_with_a_named_network {
        args: &["--pool", "172.20.0.0/16", "--lan", "172.20.3.0/24"],
        expect: Expect::Harms("address-overlap", "degrades"),
    }

    no_default_route_ocserv {
        expect: Expect::Top("no-default-route"),
        witness: Witness::Refused,
        path: OnPath::NoDefaultRoute,
    }
    no_default_route_ipv6_nginx {
        args: &["--lang", "ja"],
        expect: Expect::Top("no-default-route"),
        witness: Witness::Refused,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        path: OnPath::NoDefaultRoute,
    }
    ipv6_broken_dropped_on_the_way_ocserv {
        expect: Expect::Harms("ipv6-broken", "degrades"),
        witness: Witness::Connects,
        family: Family::Both,
        path: OnPath::DropV6,
    }
    ipv6_broken_rejected_on_the_way_nginx {
        args: &["--lang", "ja"],
        expect: Expect::Harms("ipv6-broken", "degrades"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Nginx),
        family: Family::Both,
        path: OnPath::RejectV6,
    }
    healthy_device_without_ipv6_and_a_name_with_it { dns: Dns::AnswersBoth }
    captive_portal_names_nginx_in_japanese {
        args: &["--lang", "ja"],
        expect: Expect::Top("captive-portal"),
        witness: Witness::Redirected,
        gateway: Some(Gateway::Nginx),
        portal: Some(Portal::Names),
    }
}
