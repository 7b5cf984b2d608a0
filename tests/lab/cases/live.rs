//! Revocation asked about live, clocks that vote, portals that are voted on: on real servers.

use super::cases;
use crate::case::Family;
use crate::certificates::{Aia, Chain, SOUND, Trusted};
use crate::pki::{Days, Key};
use crate::servers::Gateway;
use crate::statements::{List, Responder, SILENT, Told};
use crate::verdict::Expect;
use crate::witness::{Error, Witness};

/// A chain whose end-entity certificate names a responder.
const fn asked(responder: Responder) -> Chain {
    Chain {
        told: Told {
            responder: Some(responder),
            ..SILENT
        },
        ..SOUND
    }
}

/// A chain whose end-entity certificate names a list.
const fn listed(list: List) -> Chain {
    Chain {
        told: Told {
            list: Some(list),
            ..SILENT
        },
        ..SOUND
    }
}

/// The same with RSA keys.
const fn rsa(chain: Chain) -> Chain {
    Chain {
        key: Key::Rsa,
        ca_key: Key::Rsa,
        ..chain
    }
}

const GOOD: Expect = Expect::HealthyBut(&["not-revoked"]);

cases! {
    healthy_responder_says_good_ocserv { expect: GOOD, chain: asked(Responder::Good) }
    healthy_responder_says_good_nginx_rsa {
        args: &["--lang", "ja"],
        expect: GOOD,
        gateway: Some(Gateway::Nginx),
        chain: rsa(asked(Responder::Good)),
    }
    healthy_list_without_the_certificate_ipv6 {
        expect: GOOD,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        chain: listed(List::Good),
    }
    healthy_list_of_four_megabytes { expect: GOOD, chain: rsa(listed(List::Long)) }
    healthy_list_in_a_dead_responders_place {
        expect: GOOD,
        chain: Chain {
            told: Told { responder: Some(Responder::Dead), list: Some(List::Good), ..SILENT },
            ..SOUND
        },
    }
    healthy_responder_says_good_nginx_ipv6 {
        expect: GOOD,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        chain: asked(Responder::Good),
    }
    healthy_responder_over_ipv4_alone_on_both_families {
        expect: GOOD,
        family: Family::Both,
        chain: asked(Responder::GoodOverIpv4),
    }
    healthy_responder_over_ipv4_alone_and_ipv6_silent {
        args: &["--lang", "ja"],
        expect: GOOD,
        gateway: Some(Gateway::Nginx),
        family: Family::Both,
        chain: rsa(asked(Responder::GoodOverIpv4Ipv6Silent)),
    }
    revocation_unreachable_responder_over_ipv4_alone_from_ipv6 {
        expect: Expect::Harms("revocation-unreachable", "degrades"),
        family: Family::V6,
        chain: asked(Responder::GoodOverIpv4),
    }
    healthy_responder_not_asked_without_third_parties {
        args: &["--no-third-party"],
        chain: asked(Responder::Revoked),
    }
    healthy_responder_on_this_device_is_not_asked { chain: asked(Responder::OnThisDevice) }
    healthy_stapled_where_it_is_demanded {
        expect: GOOD,
        gateway: Some(Gateway::Nginx),
        chain: Chain {
            told: Told { must_staple: true, stapled: true, responder: Some(Responder::Dead), ..SILENT },
            ..SOUND
        },
    }

    cert_revoked_says_the_responder_ocserv {
        expect: Expect::Top("cert-revoked"),
        chain: asked(Responder::Revoked),
    }
    cert_revoked_says_the_responder_nginx_rsa {
        args: &["--lang", "ja"],
        expect: Expect::Top("cert-revoked"),
        gateway: Some(Gateway::Nginx),
        chain: rsa(asked(Responder::Revoked)),
    }
    cert_revoked_says_the_list_ipv6 {
        expect: Expect::Top("cert-revoked"),
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        chain: listed(List::Revoked),
    }
    revocation_unreachable_responder_does_not_know_it {
        expect: Expect::Harms("revocation-unreachable", "some-clients"),
        chain: asked(Responder::Unknown),
    }
    revocation_unreachable_answer_about_another_certificate {
        expect: Expect::Harms("revocation-unreachable", "degrades"),
        gateway: Some(Gateway::Nginx),
        chain: rsa(asked(Responder::AboutAnother)),
    }
    revocation_unreachable_answer_out_of_date {
        expect: Expect::Harms("revocation-unreachable", "degrades"),
        chain: asked(Responder::Expired),
    }
    revocation_unreachable_answer_by_a_stranger {
        expect: Expect::Harms("revocation-unreachable", "degrades"),
        chain: asked(Responder::ByStranger),
    }
    revocation_unreachable_responder_dead_ocserv {
        expect: Expect::Harms("revocation-unreachable", "degrades"),
        chain: asked(Responder::Dead),
    }
    revocation_unreachable_list_not_there_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Harms("revocation-unreachable", "degrades"),
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        chain: listed(List::Missing),
    }
    crl_expired_ocserv { expect: Expect::Harms("crl-expired", "some-clients"), chain: listed(List::Expired) }
    crl_expired_nginx_rsa_ipv6 {
        expect: Expect::Harms("crl-expired", "some-clients"),
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        chain: rsa(listed(List::Expired)),
    }
    must_staple_missing_ocserv {
        expect: Expect::Harms("must-staple-missing", "some-clients"),
        chain: Chain { told: Told { must_staple: true, ..SILENT }, ..SOUND },
    }
    must_staple_missing_nginx_rsa_and_the_responder_says_good {
        expect: Expect::Harms("must-staple-missing", "some-clients"),
        gateway: Some(Gateway::Nginx),
        chain: rsa(Chain {
            told: Told { must_staple: true, responder: Some(Responder::Good), ..SILENT },
            ..SOUND
        }),
    }

    timezone_wrong_nine_hours_slow_ocserv {
        expect: Expect::Top("timezone-wrong"),
        witness: Witness::Verify(Error::NotYetValid),
        clock: Some("-9h"),
        chain: Chain { leaf: Days(0, 150), ..SOUND },
    }
    timezone_wrong_one_hour_slow_nginx_rsa_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Top("timezone-wrong"),
        witness: Witness::Verify(Error::NotYetValid),
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        clock: Some("-1h"),
        chain: rsa(Chain { leaf: Days(0, 150), ..SOUND }),
    }
    healthy_one_hour_fast_is_advice {
        expect: Expect::HealthyBut(&["clock-off", "clock-zone"]),
        gateway: Some(Gateway::Nginx),
        clock: Some("+1h"),
    }
    healthy_one_time_source_lies { gateway: Some(Gateway::Nginx), liar: Some("+5d") }
    clock_skew_slow_one_time_source_lies {
        expect: Expect::Top("clock-skew-slow"),
        witness: Witness::Verify(Error::NotYetValid),
        gateway: Some(Gateway::Nginx),
        clock: Some("-3d"),
        liar: Some("+5d"),
        chain: Chain { leaf: Days(-1, 150), ..SOUND },
    }

    unknown_ca_beside_a_filter_that_rewrites_one_probe {
        expect: Expect::Top("unknown-ca"),
        witness: Witness::Verify(Error::NoIssuer),
        args: &[
            "--portal", "http://probe2.lab.test/generate_204",
            "--portal", "http://filtered.lab.test/generate_204",
        ],
        chain: Chain { trusted: Trusted::Another, aia: Aia::Unnamed, ..SOUND },
    }
}
