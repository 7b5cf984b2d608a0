//! The device's own doing: its clock, and what it forbids itself. Only the clock of vpnmedic itself is shifted; servers and time source tell the true time.

use super::cases;
use crate::case::{Family, OnPath};
use crate::certificates::{Chain, SOUND};
use crate::pki::{Days, Key};
use crate::servers::{Gateway, Tls};
use crate::verdict::Expect;
use crate::witness::{Error, Witness};

cases! {
    clock_skew_slow_ocserv {
        expect: Expect::Top("clock-skew-slow"),
        witness: Witness::Verify(Error::NotYetValid),
        clock: Some("-3d"),
        chain: Chain { leaf: Days(-1, 150), ..SOUND },
    }
    clock_skew_slow_nginx_rsa_reset_to_years_ago {
        args: &["--lang", "ja"],
        expect: Expect::Top("clock-skew-slow"),
        witness: Witness::Verify(Error::NotYetValid),
        gateway: Some(Gateway::Nginx),
        clock: Some("-1500d"),
        chain: Chain { key: Key::Rsa, ca_key: Key::Rsa, ..SOUND },
    }
    clock_skew_slow_nginx_http_date_only {
        expect: Expect::Top("clock-skew-slow"),
        witness: Witness::Verify(Error::NotYetValid),
        gateway: Some(Gateway::Nginx),
        clock: Some("-3d"),
        ntp: false,
        chain: Chain { leaf: Days(-1, 150), ..SOUND },
    }
    clock_skew_fast_ocserv {
        tls: Tls::Only13,
        expect: Expect::Top("clock-skew-fast"),
        witness: Witness::ExpiredAt(0),
        clock: Some("+400d"),
    }
    clock_skew_fast_s_server_tls12_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("clock-skew-fast"),
        witness: Witness::ExpiredAt(0),
        gateway: Some(Gateway::Openssl),
        tls: Tls::Only12,
        family: Family::V6,
        clock: Some("+400d"),
    }
    clock_skew_fast_nginx_http_date_only {
        expect: Expect::Top("clock-skew-fast"),
        witness: Witness::ExpiredAt(0),
        gateway: Some(Gateway::Nginx),
        clock: Some("+400d"),
        ntp: false,
    }

    security_software_forbids_the_way_to_the_gateway_ocserv {
        expect: Expect::Guess("security-software-interference"),
        witness: Witness::Refused,
        path: OnPath::ForbiddenHere,
    }
    security_software_forbids_the_way_to_the_gateway_nginx_without_time_source {
        args: &["--lang", "ja", "--no-third-party"],
        expect: Expect::Guess("security-software-interference"),
        witness: Witness::Refused,
        gateway: Some(Gateway::Nginx),
        ntp: false,
        path: OnPath::ForbiddenHere,
    }
}
