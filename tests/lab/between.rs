//! Somebody in between who takes connections to the gateway, signs certificates in its place with a CA of his own and
//! passes everything on: nginx on the router. Not here: captive portals, which pass nothing on ([`crate::world`]).

use std::fs;
use std::path::Path;

use crate::certificates::{Chain, Made};
use crate::tools::Outcome;
use crate::world::{GATEWAY4, GATEWAY6, INTERNET4, INTERNET6, ROUTER4, ROUTER6};

/// Somebody in between.
#[derive(Clone, Copy, Debug)]
pub struct Between {
    /// What he shows.
    pub chain: Chain,
    /// Whether the client trusts his CA.
    pub trusted: bool,
    /// Whose connections he takes.
    pub takes: Takes,
}

/// Whose connections are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// The client's.
    Direct,
    /// The proxy's, and those of nobody else.
    OfTheProxy,
}

/// Where he listens on the router.
const PORT: u16 = 4443;

impl Between {
    /// Makes his certificates; his root joins what the client trusts where it is trusted.
    pub fn make(&self, folder: &Path, gateway: &mut Made) -> Outcome<Made> {
        let own = folder.join("between");
        let offered = own.join("offered");
        fs::create_dir_all(&offered)?;
        let made = self.chain.make(&own, &offered)?;
        if self.trusted {
            let both = fs::read_to_string(&gateway.trusted)? + &fs::read_to_string(&made.trusted)?;
            gateway.trusted = folder.join("roots-with-between.pem");
            fs::write(&gateway.trusted, both)?;
        }
        Ok(made)
    }

    /// His sites for nginx, one for each family. His own connections leave from the internet's addresses: they are not
    /// taken once more.
    pub fn sites(made: &Made) -> String {
        let ends = [
            (ROUTER4.to_owned(), GATEWAY4.to_owned(), INTERNET4),
            (format!("[{ROUTER6}]"), format!("[{GATEWAY6}]"), INTERNET6),
        ];
        let site = |(here, there, from): (String, String, &str)| {
            format!(
                "server {{ listen {here}:{PORT} ssl; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {}; ssl_certificate_key {};
                   location / {{ proxy_bind {from}; proxy_ssl_server_name on; proxy_pass https://{there}:443; }} }}\n",
                made.served.display(),
                made.key.display()
            )
        };
        ends.map(site).concat()
    }

    /// What the router does to connections to the gateway.
    pub fn rules(self) -> String {
        let (hook, whose) = match self.takes {
            Takes::Direct => ("prerouting", "iifname lan"),
            Takes::OfTheProxy => ("output", "meta l4proto tcp"),
        };
        let nat = |family: &str, daddr: &str, saddr: &str, to: &str| {
            format!(
                "table {family} between {{ chain {hook} {{ type nat hook {hook} priority -100;
                   {whose} {daddr} {saddr} tcp dport 443 dnat to {to}; }}\n}}\n"
            )
        };
        nat(
            "ip",
            &format!("ip daddr {GATEWAY4}"),
            &format!("ip saddr != {INTERNET4}"),
            &format!("{ROUTER4}:{PORT}"),
        ) + &nat(
            "ip6",
            &format!("ip6 daddr {GATEWAY6}"),
            &format!("ip6 saddr != {INTERNET6}"),
            &format!("[{ROUTER6}]:{PORT}"),
        )
    }
}
