//! Names: no such name, no answer.

use super::cases;
use crate::case::{Dns, Family};
use crate::servers::Gateway;
use crate::verdict::Expect;
use crate::witness::Witness;

/// By which silence must be named, in milliseconds.
const SILENCE: f64 = 4000.0;

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
}
