//! Gateways that are more than one server with one certificate: nodes that differ, names that lead elsewhere, limits,
//! bans, gateways that send their clients on. Not here: a gateway as such ([`crate::servers`]).

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use crate::cards;
use crate::case::Case;
use crate::certificates::{Chain, Made, SOUND};
use crate::netns::Netns;
use crate::servers::{self, Gateway, Ready, Running, Tls, socket};
use crate::tools::{Outcome, Run, Trouble, find};
use crate::world::{STRANGER4, STRANGER6};

/// How a gateway differs from one server with one certificate.
#[derive(Clone, Copy, Debug)]
pub enum Twist {
    /// Not at all.
    None,
    /// Two nodes answer at one address in turn; every other connection gets the second, which serves this.
    InTurn(Chain),
    /// The gateway's IPv6 address belongs to another node, which serves this.
    Neighbour(Chain),
    /// Asked by its name, the gateway serves this; asked without, what it should.
    WrongByName(Chain),
    /// The gateway refuses to know its name, and answers without.
    UnknownName,
    /// Every place is taken.
    Full,
    /// The client's address is banned, for too many connections.
    Banned,
    /// Every request is answered with this status and page.
    Answers(u16, &'static str),
    /// A second request within the minute is one too many.
    OneAMinute,
    /// What is behind the gateway's front does not run.
    NothingBehind,
    /// The gateway sends its clients on to this host and port, where this is served.
    SendsOn(&'static str, u16, Chain),
    /// AnyConnect's front page for a browser; the first message of AnyConnect's clients is sent on to this host and port,
    /// where this is served, as the director of a cluster does it.
    Cluster(&'static str, u16, Chain),
    /// A GlobalProtect portal that answers the first message of its clients with this.
    Portal(&'static str),
    /// The gateway asks its clients for a certificate and lets nobody in without one.
    WantsCard,
    /// It asks for one, and lets in also those who have none.
    AsksForCard,
    /// The gateway's program stands still: connections are taken and never answered.
    Hangs,
    /// Another machine, which serves this, has the address [`crate::world::STRANGER4`] or its counterpart.
    Stranger(Chain),
}

/// Where the second node listens behind the first one's address.
const SECOND: u16 = 4432;
/// Where the first node listens where a second one takes turns.
const FIRST: u16 = 4431;

impl Twist {
    /// Whether there is one.
    pub fn is_some(self) -> bool {
        !matches!(self, Self::None)
    }

    /// The second chain, made in `folder`, and its root added to what the client trusts.
    pub fn second(self, folder: &Path, first: &mut Made) -> Outcome<Option<Made>> {
        let chain = match self {
            Self::InTurn(chain)
            | Self::Neighbour(chain)
            | Self::WrongByName(chain)
            | Self::Stranger(chain)
            | Self::SendsOn(_, _, chain)
            | Self::Cluster(_, _, chain) => chain,
            _ => return Ok(None),
        };
        let own = folder.join("second");
        let offered = own.join("offered");
        fs::create_dir_all(&offered)?;
        let second = chain.make(&own, &offered)?;
        let both = fs::read_to_string(&first.trusted)? + &fs::read_to_string(&second.trusted)?;
        first.trusted = folder.join("both-roots.pem");
        fs::write(&first.trusted, both)?;
        Ok(Some(second))
    }

    /// Starts the gateway with this twist.
    pub fn start(
        self,
        case: &Case,
        gateway: &Netns,
        addresses: &[IpAddr],
        first: &Made,
        second: Option<&Made>,
        folder: &Path,
    ) -> Outcome<Vec<Running>> {
        let second = || second.ok_or_else(|| Trouble::Broken("no second chain was made".into()));
        let ok = "location / { default_type text/html; return 200 '<title>Sign in</title>'; }";
        let nginx = |sites: &str, port| {
            servers::nginx(gateway, "nginx-gateway", sites, port, folder)
                .map(|running| vec![running])
        };
        match self {
            Self::None => Ok(Vec::new()),
            Self::InTurn(_) => {
                gateway.nft(&format!(
                    "table inet twist {{ chain prerouting {{ type nat hook prerouting priority -100;
                       tcp dport {} redirect to :numgen inc mod 2 map {{ 0 : {FIRST}, 1 : {SECOND} }}; }}\n}}",
                    case.port
                ))?;
                let sites = site(&listen(addresses, FIRST), first, ok)
                    + &site(&listen(addresses, SECOND), second()?, ok);
                nginx(&sites, SECOND)
            }
            Self::Neighbour(_) => {
                let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) =
                    addresses.iter().partition(|address| address.is_ipv4());
                let sites = site(&listen(&v4, case.port), first, ok)
                    + &site(&listen(&v6, case.port), second()?, ok);
                nginx(&sites, case.port)
            }
            Self::WrongByName(_) => {
                let named = format!("server_name {}; {ok}", case.ask);
                let sites = site(&listen(addresses, case.port), first, ok)
                    + &site(&listen(addresses, case.port), second()?, &named);
                nginx(&sites, case.port)
            }
            Self::UnknownName if case.gateway == Some(Gateway::Openssl) => {
                let address = addresses.first().copied();
                let address = address.ok_or_else(|| Trouble::Broken("no address".into()))?;
                let mut args = servers::s_server(case.tls, address, case.port, first);
                args.extend(
                    ["-servername", "elsewhere.lab.test", "-servername_fatal"].map(Into::into),
                );
                args.extend(["-cert2".into(), first.leaf.clone().into()]);
                args.extend(["-key2".into(), first.key.clone().into()]);
                let ready = Ready::Says("ACCEPT");
                servers::start(gateway, "s_server", "openssl", args, folder, ready).map(|r| vec![r])
            }
            Self::UnknownName => {
                let refusing = format!(
                    "server {{ {} server_name {}; ssl_reject_handshake on; }}\n",
                    listen(addresses, case.port),
                    case.ask
                );
                nginx(
                    &(site(&listen(addresses, case.port), first, ok) + &refusing),
                    case.port,
                )
            }
            Self::Full => {
                let changed = |text: String| text.replace("max-clients = 16", "max-clients = 1");
                let mut running = ocserv(case, gateway, addresses, first, folder, changed)?;
                let inside: Vec<std::ffi::OsString> =
                    ["s_client", "-brief", "-ign_eof", "-connect"]
                        .map(Into::into)
                        .into_iter()
                        .chain([socket(addresses[0], case.port).into()])
                        .collect();
                let ready = Ready::Says("CONNECTION ESTABLISHED");
                running.push(servers::start(
                    gateway, "inside", "openssl", inside, folder, ready,
                )?);
                Ok(running)
            }
            Self::Banned => {
                let strict = "max-ban-score = 2\nban-points-connection = 1\nban-reset-time = 3000\nmin-reauth-time = 3000\n";
                let changed =
                    |text: String| strict.to_owned() + &text.replace("max-ban-score = 0\n", "");
                ocserv(case, gateway, addresses, first, folder, changed)
            }
            Self::Answers(status, page) => {
                let place = format!(
                    "location / {{ default_type text/html; add_header Retry-After 120 always; return {status} '{page}'; }}"
                );
                nginx(
                    &site(&listen(addresses, case.port), first, &place),
                    case.port,
                )
            }
            Self::OneAMinute => {
                let place = "limit_req_status 429; location / { limit_req zone=one; try_files /none =404; }";
                let zone = "limit_req_zone $binary_remote_addr zone=one:1m rate=1r/m;\n";
                nginx(
                    &(zone.to_owned() + &site(&listen(addresses, case.port), first, place)),
                    case.port,
                )
            }
            Self::NothingBehind => {
                let place = "location / { proxy_pass http://127.0.0.1:9; }";
                nginx(
                    &site(&listen(addresses, case.port), first, place),
                    case.port,
                )
            }
            Self::SendsOn(host, port, _) => {
                let place = format!("location / {{ return 302 https://{host}:{port}/; }}");
                let sites = site(&listen(addresses, case.port), first, &place)
                    + &site(&listen(addresses, port), second()?, ok);
                nginx(&sites, case.port)
            }
            Self::Cluster(host, port, _) => {
                let place = format!(
                    "location / {{ default_type text/html; add_header Set-Cookie 'webvpnlogin=1; secure' always;
                       if ($request_method = POST) {{ return 302 https://{host}:{port}/; }}
                       return 200 '<link href=\"/+CSCOU+/portal.css\"><title>SSL VPN Service</title>'; }}"
                );
                let sites = site(&listen(addresses, case.port), first, &place)
                    + &site(&listen(addresses, port), second()?, ok);
                nginx(&sites, case.port)
            }
            Self::Portal(answer) => {
                let place = format!(
                    "location = /global-protect/prelogin.esp {{ default_type application/xml; return 200 '{answer}'; }}
                     location / {{ default_type text/html; return 200 '<title>GlobalProtect Portal</title>'; }}"
                );
                nginx(
                    &site(&listen(addresses, case.port), first, &place),
                    case.port,
                )
            }
            Self::WantsCard | Self::AsksForCard => {
                self.with_cards(case, gateway, addresses, first, folder)
            }
            Self::Hangs => {
                let running = ordinary(case, gateway, addresses, first, folder)?;
                for server in &running {
                    server.stop()?;
                }
                Ok(running)
            }
            Self::Stranger(_) => {
                let mut running = ordinary(case, gateway, addresses, first, folder)?;
                let theirs: Vec<IpAddr> = addresses.iter().map(stranger_beside).collect();
                gateway.ip_batch(&format!(
                    "addr add {STRANGER4}/24 dev eth0\naddr add {STRANGER6}/64 dev eth0 nodad\n"
                ))?;
                let sites = site(&listen(&theirs, case.port), second()?, ok);
                let name = "nginx-stranger";
                running.push(servers::nginx_at(
                    gateway, name, &sites, theirs[0], case.port, folder,
                )?);
                Ok(running)
            }
        }
    }

    /// A gateway that asks for client certificates of the CA in [`cards::accepted`].
    fn with_cards(
        self,
        case: &Case,
        gateway: &Netns,
        addresses: &[IpAddr],
        first: &Made,
        folder: &Path,
    ) -> Outcome<Vec<Running>> {
        let (ca, list) = (cards::accepted(folder), cards::list(folder));
        match case.gateway {
            Some(Gateway::Nginx) => {
                let verify = if self.is(Self::WantsCard) {
                    "on"
                } else {
                    "optional"
                };
                let place = format!(
                    "ssl_verify_client {verify}; ssl_client_certificate {}; ssl_crl {};
                     location / {{ default_type text/html; return 200 '<title>Sign in</title>'; }}",
                    ca.display(),
                    list.display()
                );
                let mut sites = site(&listen(addresses, case.port), first, &place);
                if case.tls == Tls::Only12 {
                    sites = sites.replace("TLSv1.2 TLSv1.3", "TLSv1.2");
                }
                let name = "nginx-gateway";
                servers::nginx(gateway, name, &sites, case.port, folder).map(|r| vec![r])
            }
            Some(Gateway::Openssl) => addresses
                .iter()
                .map(|address| {
                    let mut args = servers::s_server(case.tls, *address, case.port, first);
                    let verify = if self.is(Self::WantsCard) {
                        "-Verify"
                    } else {
                        "-verify"
                    };
                    args.extend(
                        [verify, "2", "-verify_return_error", "-crl_check"].map(Into::into),
                    );
                    args.extend(["-CAfile".into(), ca.clone().into()]);
                    args.extend(["-CRL".into(), list.clone().into()]);
                    // It would not read a file of CAs beside this one.
                    args.retain(|argument| argument != "-no-CAfile");
                    let ready = Ready::Says("ACCEPT");
                    let name = format!("s_server-{}", if address.is_ipv4() { 4 } else { 6 });
                    servers::start(gateway, &name, "openssl", args, folder, ready)
                })
                .collect(),
            _ => {
                let plain = format!(
                    "auth = \"plain[passwd={}]\"",
                    folder.join("ocpasswd").display()
                );
                let method = if self.is(Self::WantsCard) {
                    "auth = \"certificate\"".to_owned()
                } else {
                    format!("{plain}\nenable-auth = \"certificate\"")
                };
                let ours = format!(
                    "{method}\nca-cert = {}\ncrl = {}\ncert-user-oid = 2.5.4.3\n",
                    ca.display(),
                    list.display()
                );
                let changed = |text: String| text.replace(&plain, &ours);
                ocserv(case, gateway, addresses, first, folder, changed)
            }
        }
    }

    fn is(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// What the client has done before anybody looks.
    pub fn before(self, client: &Netns, address: IpAddr, port: u16) -> Outcome<()> {
        if !matches!(self, Self::Banned) {
            return Ok(());
        }
        for _ in 0..4 {
            // Turned away or not: it is counted.
            let line = client.inside(&find("openssl")?)?;
            Run::new(&line[0])
                .args(&line[1..])
                .args(["s_client", "-brief", "-connect"])
                .arg(socket(address, port))
                .end()?;
        }
        Ok(())
    }
}

/// A chain of which the end-entity certificate has expired.
pub const EXPIRED: Chain = Chain {
    leaf: crate::pki::Days(-400, -12),
    ..SOUND
};

/// The address of the other machine beside this one.
fn stranger_beside(address: &IpAddr) -> IpAddr {
    if address.is_ipv4() {
        STRANGER4.into()
    } else {
        STRANGER6.into()
    }
}

/// The gateway as it would be without a twist.
fn ordinary(
    case: &Case,
    gateway: &Netns,
    addresses: &[IpAddr],
    certificates: &Made,
    folder: &Path,
) -> Outcome<Vec<Running>> {
    let kind = case.gateway.unwrap_or(Gateway::Nginx);
    servers::gateway(
        gateway,
        kind,
        case.tls,
        addresses,
        case.port,
        certificates,
        folder,
    )
}

fn ocserv(
    case: &Case,
    gateway: &Netns,
    addresses: &[IpAddr],
    certificates: &Made,
    folder: &Path,
    change: impl Fn(String) -> String,
) -> Outcome<Vec<Running>> {
    let text = servers::ocserv(case.tls, addresses, case.port, certificates, folder)?;
    servers::ocserv_with(gateway, &change(text), case.port, folder).map(|running| vec![running])
}

fn listen(addresses: &[IpAddr], port: u16) -> String {
    addresses
        .iter()
        .map(|address| format!("listen {} ssl; ", socket(*address, port)))
        .collect()
}

fn site(listen: &str, made: &Made, rest: &str) -> String {
    format!(
        "server {{ {listen} ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {}; ssl_certificate_key {}; {rest} }}\n",
        made.served.display(),
        made.key.display()
    )
}
