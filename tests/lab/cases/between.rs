//! Somebody in between who signs in the gateway's place.

use super::cases;
use crate::between::{Between, Takes};
use crate::case::{Family, OnPath, Proxy};
use crate::certificates::{Chain, SOUND};
use crate::pki::Key;
use crate::servers::Gateway;
use crate::verdict::Expect;
use crate::witness::{Error, Witness};

/// A product known by the name of its CA.
const KNOWN: Chain = Chain {
    by: "ESET SSL Filter CA,",
    ..SOUND
};

/// A device that signs with a name of its own.
const OWN: Chain = Chain {
    by: "Office Inspection",
    key: Key::Rsa,
    ca_key: Key::Rsa,
    ..SOUND
};

cases! {
    tls_interception_known_product_not_trusted_ocserv {
        expect: Expect::Top("tls-interception"),
        witness: Witness::Verify(Error::NoIssuer),
        between: Some(Between { chain: KNOWN, trusted: false, takes: Takes::Direct }),
    }
    tls_interception_known_product_trusted_nginx_ipv6 {
        args: &["--lang", "ja"],
        expect: Expect::Harms("tls-interception", "degrades"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        between: Some(Between { chain: KNOWN, trusted: true, takes: Takes::Direct }),
    }
    tls_interception_own_ca_is_not_the_sites_root_ocserv {
        expect: Expect::Harms("tls-interception", "degrades"),
        witness: Witness::Connects,
        pinned: true,
        between: Some(Between { chain: OWN, trusted: true, takes: Takes::Direct }),
    }
    tls_interception_by_the_proxy_alone_nginx {
        expect: Expect::Harms("tls-interception", "some-clients"),
        witness: Witness::Connects,
        gateway: Some(Gateway::Nginx),
        proxy: Some(Proxy::Open),
        between: Some(Between { chain: OWN, trusted: false, takes: Takes::OfTheProxy }),
    }
    tls_interception_by_the_proxy_alone_that_this_device_trusts_ocserv {
        args: &["--lang", "ja"],
        expect: Expect::Harms("tls-interception", "degrades"),
        witness: Witness::Connects,
        proxy: Some(Proxy::Open),
        between: Some(Between { chain: OWN, trusted: true, takes: Takes::OfTheProxy }),
    }
    proxy_required_and_the_proxy_signs_in_the_gateways_place {
        expect: Expect::TopBeside("proxy-required", &["tls-interception"]),
        witness: Witness::Silent,
        path: OnPath::DropTcp,
        proxy: Some(Proxy::Open),
        between: Some(Between { chain: OWN, trusted: true, takes: Takes::OfTheProxy }),
    }
    healthy_pinned_root_is_the_gateways_own { pinned: true }
    healthy_pinned_root_nginx_rsa_ipv6 {
        gateway: Some(Gateway::Nginx),
        family: Family::V6,
        pinned: true,
        chain: Chain { key: Key::Rsa, ca_key: Key::Rsa, ..SOUND },
    }
}
