//! Names: no such name, no answer.

use super::cases;
use crate::case::{Dns, Family};
use crate::certificates::{Chain, SOUND};
use crate::pki::Key;
use crate::servers::Gateway;
use crate::twists::{EXPIRED, Twist};
use crate::verdict::Expect;
use crate::witness::Witness;

/// By which silence must be named, in milliseconds.
const SILENCE: f64 = 4000.0;

/// Another machine's certificate.
const OTHER_NAME: Chain = Chain {
    names: &["DNS:www.lab.test"],
    ..SOUND
};

cases! {
    dns_nxdomain_zone_lost_it { expect: Expect::Top("dns-nxdomain"), witness: Witness::NoName, dns: Dns::NoSuchName }
    dns_nxdomain_mistyped_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("dns-nxdomain"),
        witness: Witness::NoName,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        ask: "vnp.lab.test",
    }
    dns_timeout_ipv4 { expect: Expect::TopWithin("dns-timeout", SILENCE), witness: Witness::SilentResolver, dns: Dns::Silent }
    dns_timeout_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::TopWithin("dns-timeout", SILENCE),
        witness: Witness::SilentResolver,
        dns: Dns::Silent,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
    }

    dns_nxdomain_where_a_public_name_would_be_asked_about_too { expect: Expect::Top("dns-nxdomain"), witness: Witness::NoName, ask: "nowhere.lab.test", args: &["--no-third-party"] }
    dns_servfail_signatures_missing { expect: Expect::Top("dns-servfail"), witness: Witness::NoName, dns: Dns::FailsChecks }
    dns_servfail_refused_ipv6_nginx {
        args: &["--lang", "ja"],
        expect: Expect::Top("dns-servfail"),
        witness: Witness::NoName,
        dns: Dns::Refuses,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
    }
    dns_no_resolver_ipv4 { expect: Expect::Top("dns-no-resolver"), witness: Witness::NoName, dns: Dns::NoneSet }
    dns_no_resolver_both_families_nginx {
        args: &["--lang", "ja"],
        expect: Expect::Top("dns-no-resolver"),
        witness: Witness::NoName,
        dns: Dns::NoneSet,
        gateway: Some(Gateway::Nginx),
        family: Family::Both,
    }
    dns_wrong_answer_hosts_line_to_another_machine_ocserv {
        expect: Expect::Top("dns-wrong-answer"),
        witness: Witness::Name,
        dns: Dns::HostsLine,
        twist: Twist::Stranger(OTHER_NAME),
    }
    dns_wrong_answer_first_resolver_leads_elsewhere_nginx_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("dns-wrong-answer"),
        witness: Witness::Name,
        gateway: Some(Gateway::Nginx),
        dns: Dns::FirstLeadsElsewhere,
        family: Family::V6,
        twist: Twist::Stranger(Chain { key: Key::Rsa, ca_key: Key::Rsa, ..OTHER_NAME }),
    }
    dns_wrong_answer_first_resolver_leads_to_an_expired_certificate_ocserv {
        expect: Expect::Top("dns-wrong-answer"),
        witness: Witness::ExpiredAt(0),
        dns: Dns::FirstLeadsElsewhere,
        twist: Twist::Stranger(EXPIRED),
    }
    healthy_second_resolver_leads_elsewhere {
        dns: Dns::SecondLeadsElsewhere,
        twist: Twist::Stranger(OTHER_NAME),
    }
    healthy_resolvers_lead_to_two_sound_gateways_nginx {
        gateway: Some(Gateway::Nginx),
        dns: Dns::FirstLeadsElsewhere,
        twist: Twist::Stranger(SOUND),
    }
    healthy_hosts_line_to_a_sound_gateway {
        gateway: Some(Gateway::Nginx),
        dns: Dns::HostsLine,
        twist: Twist::Stranger(Chain { key: Key::Rsa, ..SOUND }),
    }
}
