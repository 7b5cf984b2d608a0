//! Captive portals: by names, by taking over every web connection, by taking over plain HTTP alone.

use super::cases;
use crate::case::Portal;
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
}
